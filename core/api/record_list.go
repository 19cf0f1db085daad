package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
)

// RecordQuery says which records to list; an export takes the same.
type RecordQuery struct {
	Words  string   `query:"q" json:"q,omitempty" maxLength:"200" doc:"Beginnings of words of the name or code, in any order and either alphabet; one typing mistake is forgiven"`
	Under  string   `query:"under" json:"under,omitempty" maxLength:"64" doc:"Public id of a unit: it and everything below"`
	Types  []string `query:"type,explode" json:"type,omitempty" maxItems:"100" doc:"Ids of types of institution; any of them"`
	Group  string   `query:"group" json:"group,omitempty" maxLength:"64" doc:"Id of a group of types"`
	State  string   `query:"state" json:"state,omitempty" enum:"open,closed,all" doc:"On the day; open when left out"`
	On     Day      `query:"on" json:"on,omitempty" doc:"The day on which they are open or closed; today when left out. Place, type, name and fields are those of today, whatever the day"`
	Gaps   bool     `query:"incomplete" json:"incomplete,omitempty" doc:"Those in which something is missing that must stand there and that the caller may see"`
	Filter []string `query:"filter,explode" json:"filter,omitempty" maxItems:"20" doc:"Conditions on filterable fields, each as field:value, field:value,value or field:from..to" example:"[\"heating:gas,coal\"]"`
}

// query turns it into the register's.
func (a *api) query(ctx context.Context, q RecordQuery) (record.Query, error) {
	m, err := a.Gate.Ministry(ctx)
	if err != nil {
		return record.Query{}, err
	}
	for _, id := range q.Types {
		if m.Profile.Type(id) == nil {
			return record.Query{}, unlike("type", ids(m.Profile.Types, func(t *profile.Type) string { return t.ID }))
		}
	}
	if q.Group != "" && m.Profile.TypeGroup(q.Group) == nil {
		return record.Query{}, unlike("group", ids(m.Profile.TypeGroups, func(g *profile.TypeGroup) string { return g.ID }))
	}
	if q.Under != "" {
		if _, err := a.Tree.Get(ctx, q.Under); err != nil {
			return record.Query{}, missing(err, "under")
		}
	}
	on, err := q.On.time("on")
	out := record.Query{Words: q.Words, Under: q.Under, Types: q.Types, Group: q.Group, State: record.State(q.State), On: on, Gaps: q.Gaps}
	for _, f := range q.Filter {
		field, value, ok := strings.Cut(f, ":")
		if !ok {
			return out, fault.New(fault.Invalid, "api.invalid").WithField("filter", "api.field.filter", nil)
		}
		c := record.Filter{Field: field}
		if from, to, span := strings.Cut(value, ".."); span {
			c.From, c.To = from, to
		} else {
			c.Any = strings.Split(value, ",")
			c.From, c.To = value, value // of a number: exactly it
		}
		out.Filter = append(out.Filter, c)
	}
	return out, err
}

// values writes it as a URL does, for the links to other pages.
func (q RecordQuery) values(limit int) url.Values {
	v := url.Values{"type": q.Types, "filter": q.Filter}
	for name, s := range map[string]string{"q": q.Words, "under": q.Under, "group": q.Group, "state": q.State, "on": string(q.On)} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if q.Gaps {
		v.Set("incomplete", "true")
	}
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}

func placeView(level string, p *record.Place) *Ref {
	if p == nil {
		return nil
	}
	return &Ref{p.UID, level, p.Name}
}

func listRecords[R, I any](a *api, s offered[R, I]) {
	type query struct {
		RecordQuery
		After  string `query:"after" maxLength:"4000" doc:"next of the page before"`
		Before string `query:"before" maxLength:"4000" doc:"previous of the page after"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 when left out"`
	}
	type list struct {
		Items     []I               `json:"items" nullable:"false"`
		Total     int               `json:"total" doc:"Length of the whole list"`
		AtLeast   bool              `json:"at_least,omitempty" doc:"Counting stopped at total: there are more"`
		Next      string            `json:"next,omitempty" doc:"Cursor of the next page, for after"`
		Previous  string            `json:"previous,omitempty" doc:"Cursor of the page before, for before"`
		Corrected map[string]string `json:"corrected,omitempty" doc:"Words that were taken for others"`
	}
	type answer struct {
		Link []string `header:"Link"`
		Body list
	}
	add(a, s.operation("list_records", "list_"+s.many, http.MethodGet, ""),
		func(ctx context.Context, in *query) (*answer, error) {
			q, err := a.query(ctx, in.RecordQuery)
			if err != nil {
				return nil, err
			}
			q.After, q.Before, q.Limit = in.After, in.Before, in.Limit
			page, err := s.records.List(ctx, q)
			if err != nil {
				return nil, err
			}
			out := &answer{Body: list{
				Items: make([]I, len(page.Items)), Total: page.Total, AtLeast: page.More,
				Next: page.Next, Previous: page.Previous, Corrected: page.Corrected,
			}}
			for i, it := range page.Items {
				out.Body.Items[i] = s.item(it)
			}
			for _, l := range []struct{ rel, name, cursor string }{{"next", "after", page.Next}, {"prev", "before", page.Previous}} {
				if l.cursor != "" {
					v := in.values(in.Limit)
					v.Set(l.name, l.cursor)
					out.Link = append(out.Link, link(l.rel, s.path, v.Encode()))
				}
			}
			return out, nil
		})
}

// countRecords gives numbers to those who may see numbers only.
func countRecords[R, I any](a *api, s offered[R, I]) {
	type query struct {
		RecordQuery
		By string `query:"by" maxLength:"64" default:"type" doc:"type, region, district, or a filterable field with codes or yes and no"`
	}
	type tally struct {
		Value string            `json:"value" doc:"Id of a type, code, or public id of a unit; empty: none"`
		Name  map[string]string `json:"name,omitempty" doc:"Of a region or district"`
		Count int               `json:"count"`
	}
	type answer struct {
		Body struct {
			By    string  `json:"by"`
			Items []tally `json:"items" nullable:"false" doc:"The largest first"`
		}
	}
	add(a, s.operation("count_records", "count_"+s.many, http.MethodGet, "/counts"),
		func(ctx context.Context, in *query) (*answer, error) {
			q, err := a.query(ctx, in.RecordQuery)
			if err != nil {
				return nil, err
			}
			list, err := s.records.Counts(ctx, record.By(in.By), q)
			out := &answer{}
			out.Body.By, out.Body.Items = in.By, make([]tally, len(list))
			for i, t := range list {
				out.Body.Items[i] = tally{Value: t.Value, Count: t.Count}
				if t.Place != nil {
					out.Body.Items[i].Name = t.Place.Name
				}
			}
			return out, err
		})
}
