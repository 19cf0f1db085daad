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
	"mektep/core/registry"
	"mektep/core/unit"
)

// Institution is an entry of the register.
type Institution struct {
	Unit
	Place  []Ref          `json:"place" nullable:"false" doc:"The units above, from the ministry down"`
	Groups []string       `json:"groups" nullable:"false" doc:"Field groups that you may see"`
	Fields map[string]any `json:"fields" doc:"Values by field, see /profile/registers/institution/schema"`
}

func institutionView(i registry.Institution) Institution {
	out := Institution{Unit: unitView(i.Unit, ""), Place: refs(i.Place), Groups: i.Groups, Fields: i.Fields}
	if n := len(i.Place); n > 0 {
		out.Parent = i.Place[n-1].UID
	}
	if out.Groups == nil {
		out.Groups = []string{}
	}
	if out.Fields == nil {
		out.Fields = map[string]any{}
	}
	return out
}

// InstitutionItem is a line of the list.
type InstitutionItem struct {
	UID      string            `json:"uid"`
	Type     string            `json:"type"`
	Name     map[string]string `json:"name" doc:"By language"`
	Code     string            `json:"code,omitempty"`
	District *Ref              `json:"district,omitempty"`
	Region   *Ref              `json:"region,omitempty"`
	Since    Day               `json:"since"`
	Until    Day               `json:"until,omitempty" doc:"First day on which it no longer exists"`
	Version  int               `json:"version"`
}

func placeView(level string, p *record.Place) *Ref {
	if p == nil {
		return nil
	}
	return &Ref{p.UID, level, p.Name}
}

// InstitutionQuery says which institutions to list; an export takes the same.
type InstitutionQuery struct {
	Words  string   `query:"q" json:"q,omitempty" maxLength:"200" doc:"Beginnings of words of the name or code, in any order and either alphabet; one typing mistake is forgiven"`
	Under  string   `query:"under" json:"under,omitempty" maxLength:"64" doc:"Public id of a unit: it and everything below"`
	Types  []string `query:"type,explode" json:"type,omitempty" maxItems:"100" doc:"Ids of types; any of them"`
	Group  string   `query:"group" json:"group,omitempty" maxLength:"64" doc:"Id of a group of types"`
	State  string   `query:"state" json:"state,omitempty" enum:"open,closed,all" doc:"On the day; open when left out"`
	On     Day      `query:"on" json:"on,omitempty" doc:"The day; today when left out"`
	Filter []string `query:"filter,explode" json:"filter,omitempty" maxItems:"20" doc:"Conditions on filterable fields, each as field:value, field:value,value or field:from..to" example:"[\"heating:gas,coal\"]"`
}

// query turns it into the register's.
func (a *api) query(ctx context.Context, q InstitutionQuery) (record.Query, error) {
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
	out := record.Query{Words: q.Words, Under: q.Under, Types: q.Types, Group: q.Group, State: record.State(q.State), On: on}
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
func (q InstitutionQuery) values(limit int) url.Values {
	v := url.Values{"type": q.Types, "filter": q.Filter}
	for name, s := range map[string]string{"q": q.Words, "under": q.Under, "group": q.Group, "state": q.State, "on": string(q.On)} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}

type institutionAnswer struct {
	ETag string `header:"ETag"`
	Body Institution
}

func (a *api) institutions() {
	a.listInstitutions()
	a.countInstitutions() // before the record: "counts" is no uid
	add(a, operation{id: "get_institution", method: http.MethodGet, path: "/institutions/{uid}", group: "institution"},
		func(ctx context.Context, in *Path) (*institutionAnswer, error) {
			i, err := a.Registry.Get(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return &institutionAnswer{etag(i.Version), institutionView(i)}, nil
		})
	history(a, "institution", "/institutions/", "institution", a.Registry.History)
	a.createInstitution()
	a.updateInstitution()
}

func (a *api) listInstitutions() {
	type query struct {
		InstitutionQuery
		After  string `query:"after" maxLength:"4000" doc:"next of the page before"`
		Before string `query:"before" maxLength:"4000" doc:"previous of the page after"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 when left out"`
	}
	type list struct {
		Items     []InstitutionItem `json:"items" nullable:"false"`
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
	add(a, operation{id: "list_institutions", method: http.MethodGet, path: "/institutions", group: "institution"},
		func(ctx context.Context, in *query) (*answer, error) {
			q, err := a.query(ctx, in.InstitutionQuery)
			if err != nil {
				return nil, err
			}
			q.After, q.Before, q.Limit = in.After, in.Before, in.Limit
			page, err := a.Registry.List(ctx, q)
			if err != nil {
				return nil, err
			}
			out := &answer{Body: list{
				Items: make([]InstitutionItem, len(page.Items)), Total: page.Total, AtLeast: page.More,
				Next: page.Next, Previous: page.Previous, Corrected: page.Corrected,
			}}
			for i, it := range page.Items {
				out.Body.Items[i] = InstitutionItem{
					it.UID, it.Type, it.Name, it.Code, placeView(unit.District, it.District), placeView(unit.Region, it.Region),
					dayOf(it.Since), dayOrNone(it.Until), it.Version,
				}
			}
			for _, l := range []struct{ rel, name, cursor string }{{"next", "after", page.Next}, {"prev", "before", page.Previous}} {
				if l.cursor != "" {
					v := in.values(in.Limit)
					v.Set(l.name, l.cursor)
					out.Link = append(out.Link, link(l.rel, "/institutions", v.Encode()))
				}
			}
			return out, nil
		})
}

func (a *api) createInstitution() {
	type request struct {
		Body struct {
			Parent string            `json:"parent" maxLength:"64" doc:"Public id of the unit it belongs to"`
			Type   string            `json:"type" maxLength:"64" doc:"Id of the type, see /profile/types"`
			Name   map[string]string `json:"name" doc:"By language; the ministry's main language is obligatory"`
			Code   string            `json:"code,omitempty" maxLength:"40"`
			Since  Day               `json:"since" doc:"Founded on"`
			Order  *Order            `json:"order,omitempty"`
			Fields map[string]any    `json:"fields,omitempty"`
		}
	}
	type answer struct {
		Location string `header:"Location"`
		ETag     string `header:"ETag"`
		Body     Institution
	}
	add(a, operation{id: "create_institution", method: http.MethodPost, path: "/institutions", group: "institution", status: http.StatusCreated},
		func(ctx context.Context, in *request) (*answer, error) {
			b := in.Body
			since, err := b.Since.time("since")
			if err != nil {
				return nil, err
			}
			order, err := b.Order.act()
			if err != nil {
				return nil, err
			}
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			i, err := a.Registry.Create(ctx, registry.Entry{
				Parent: b.Parent, Type: b.Type, Name: b.Name, Code: b.Code, Since: since, Order: order, Fields: registry.ReadTexts(q.p, b.Fields, q.l),
			})
			if err != nil {
				return nil, placed(err, "fields", "parent", "type", "name", "code", "since", "order")
			}
			out, err := a.reread(ctx, i.UID)
			if err != nil {
				return nil, err
			}
			return &answer{Prefix + "/institutions/" + i.UID, etag(i.Version), out.Body}, nil
		})
}

func (a *api) updateInstitution() {
	type request struct {
		Path
		Match
		Body struct {
			Fields map[string]any `json:"fields" doc:"Only what changes; null takes a value away"`
		}
	}
	add(a, operation{id: "update_institution", method: http.MethodPatch, path: "/institutions/{uid}", group: "institution"},
		func(ctx context.Context, in *request) (*institutionAnswer, error) {
			// Who may not change it is told so first, and not how to ask.
			version, unmatched := in.version()
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			_, err = a.Registry.Update(ctx, in.UID, version, registry.ReadTexts(q.p, in.Body.Fields, q.l))
			if _, stale := record.AsStale(err); stale && unmatched != nil {
				return nil, unmatched
			}
			if err != nil {
				return nil, placed(err, "fields")
			}
			return a.reread(ctx, in.UID)
		})
}
