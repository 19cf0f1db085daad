package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"mektep/core/audit"
	"mektep/core/registry"
	"mektep/core/unit"
)

// Change is what one field was and became.
type Change struct {
	At     time.Time       `json:"at"`
	By     string          `json:"by,omitempty" doc:"Public id of the account; left out: a system role"`
	System string          `json:"system,omitempty" doc:"The system role"`
	Action string          `json:"action" example:"update"`
	Field  string          `json:"field"`
	Old    json.RawMessage `json:"old,omitempty"`
	New    json.RawMessage `json:"new,omitempty"`
	Erased *time.Time      `json:"erased,omitempty" doc:"When retention erased the values"`
	Order  *Order          `json:"order,omitempty"`
	Law    string          `json:"law,omitempty"`
}

func changeView(c audit.FieldChange) Change {
	return Change{
		At: c.At, By: c.AccountUID, System: c.System, Action: c.Action, Field: c.Field, Old: c.Old, New: c.New,
		Erased: momentOrNone(c.Erased), Order: orderOf(c.Order.Number, c.Order.Date), Law: c.Law,
	}
}

// Fact is a dated value of an institution.
type Fact struct {
	Name   map[string]string `json:"name,omitempty"`
	Type   string            `json:"type,omitempty"`
	Parent *Ref              `json:"parent,omitempty"`
	Since  Day               `json:"since"`
	Until  Day               `json:"until,omitempty"`
	Order  string            `json:"order,omitempty"`
}

func facts(list []unit.Fact) []Fact {
	out := make([]Fact, len(list))
	for i, f := range list {
		out[i] = Fact{Name: f.Name, Type: f.Type, Since: dayOf(f.Since), Until: dayOrNone(f.Until), Order: f.Order}
		if f.Parent != nil {
			r := refOf(*f.Parent)
			out[i].Parent = &r
		}
	}
	return out
}

// Heir is an institution that took over from another, or was taken over.
type Heir struct {
	Ref
	Since Day    `json:"since"`
	Order string `json:"order,omitempty"`
}

func heirs(list []unit.Link) []Heir {
	out := make([]Heir, len(list))
	for i, l := range list {
		out[i] = Heir{refOf(l.Unit), dayOf(l.Since), l.Order}
	}
	return out
}

// Life is everything dated of an institution.
type Life struct {
	Names        []Fact `json:"names" nullable:"false"`
	Types        []Fact `json:"types" nullable:"false"`
	Parents      []Fact `json:"parents" nullable:"false"`
	Successors   []Heir `json:"successors" nullable:"false"`
	Predecessors []Heir `json:"predecessors" nullable:"false"`
}

// history adds the operation that reads what happened to a unit.
func history(a *api, noun, path, group string, read func(ctx context.Context, uid, after string) (registry.History, error)) {
	type query struct {
		Path
		Page
	}
	type answer struct {
		Link []string `header:"Link"`
		Body struct {
			Changes []Change `json:"changes" nullable:"false" doc:"Newest first"`
			Next    string   `json:"next,omitempty"`
			Life    *Life    `json:"life,omitempty" doc:"On the first page"`
		}
	}
	add(a, operation{id: noun + "_history", method: http.MethodGet, path: path + "{uid}/history", group: group},
		func(ctx context.Context, in *query) (*answer, error) {
			h, err := read(ctx, in.UID, in.After)
			if err != nil {
				return nil, err
			}
			out := &answer{Link: onward(path+in.UID+"/history", h.Next)}
			out.Body.Changes, out.Body.Next = make([]Change, len(h.Changes)), h.Next
			for i, c := range h.Changes {
				out.Body.Changes[i] = changeView(c)
			}
			if in.After == "" {
				l := h.Life
				out.Body.Life = &Life{facts(l.Names), facts(l.Types), facts(l.Parents), heirs(l.Successors), heirs(l.Predecessors)}
			}
			return out, nil
		})
}
