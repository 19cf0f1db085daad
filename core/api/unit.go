package api

import (
	"context"
	"net/http"

	"mektep/core/gate"
	"mektep/core/registry"
	"mektep/core/unit"
)

// Unit is a node of the ministry's tree.
type Unit struct {
	UID     string            `json:"uid"`
	Parent  string            `json:"parent,omitempty" doc:"Public id of the unit above"`
	Level   string            `json:"level" enum:"ministry,directorate,region,district,institution"`
	Type    string            `json:"type,omitempty"`
	Name    map[string]string `json:"name" doc:"By language"`
	Code    string            `json:"code,omitempty"`
	Since   Day               `json:"since"`
	Until   Day               `json:"until,omitempty" doc:"First day on which it no longer exists"`
	Version int               `json:"version"`

	Withdrawn bool `json:"withdrawn,omitempty" doc:"It was entered by mistake and taken back: it never was"`
}

func unitView(u unit.Unit, parent string) Unit {
	return Unit{u.UID, parent, u.Level, u.Type, u.Name, u.Code, dayOf(u.Since), dayOrNone(u.Until), u.Version, u.Withdrawn}
}

// UnitDetail is a unit with those above and below it.
type UnitDetail struct {
	Unit
	Place []Ref `json:"place" nullable:"false" doc:"The units above, from the ministry down"`
}

type unitList struct {
	Body struct {
		Items []Unit `json:"items" nullable:"false"`
	}
}

// seen asks the gate for a unit; an institution is the register's matter.
func (a *api) seen(ctx context.Context, uid string) (unit.Unit, error) {
	u, err := a.Tree.Get(ctx, uid)
	if err != nil {
		return u, err
	}
	t := gate.Target{Object: "unit", UID: u.UID, Path: u.Path}
	if u.Level == unit.Institution {
		t = a.Registry.Target(u)
	}
	_, err = a.Gate.Check(ctx, "view", t)
	return u, a.Gate.Refused(ctx, err)
}

// within lists units that the caller may see.
func (a *api) within(ctx context.Context, units []unit.Unit) (*unitList, error) {
	scope, err := a.Gate.Scope(ctx, "view", "unit")
	if err != nil {
		return nil, a.Gate.Refused(ctx, err)
	}
	uids := make(map[int64]string, len(units))
	for _, u := range units {
		uids[u.ID] = u.UID
	}
	out := &unitList{}
	out.Body.Items = make([]Unit, 0, len(units))
	for _, u := range units {
		if !scope.Holds(u.Path, u.Type) {
			continue
		}
		parent := ""
		if u.ParentID != nil {
			parent = uids[*u.ParentID]
		}
		out.Body.Items = append(out.Body.Items, unitView(u, parent))
	}
	return out, nil
}

func (a *api) units() {
	type query struct {
		Words string `query:"q" maxLength:"200" doc:"Beginnings of words of a name or code, in any order; one typing mistake is forgiven. Without it: the whole territory"`
		Limit int    `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"Of what was searched for"`
	}
	add(a, operation{id: "list_units", method: http.MethodGet, path: "/units", group: "unit"},
		func(ctx context.Context, in *query) (*unitList, error) {
			var units []unit.Unit
			var err error
			if in.Words == "" {
				units, err = a.Tree.Territory(ctx)
			} else {
				units, err = a.Tree.Find(ctx, in.Words, in.Limit, territory)
			}
			if err != nil {
				return nil, err
			}
			return a.within(ctx, units)
		})
	add(a, operation{id: "get_unit", method: http.MethodGet, path: "/units/{uid}", group: "unit"},
		func(ctx context.Context, in *Path) (*unitAnswer, error) {
			u, err := a.seen(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return a.detail(ctx, u)
		})
	add(a, operation{id: "list_unit_children", method: http.MethodGet, path: "/units/{uid}/children", group: "unit"},
		func(ctx context.Context, in *Path) (*unitList, error) {
			u, err := a.seen(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			units, err := a.Tree.Children(ctx, u.ID)
			if err != nil {
				return nil, err
			}
			out, err := a.within(ctx, units)
			if err == nil {
				for i := range out.Body.Items {
					out.Body.Items[i].Parent = u.UID
				}
			}
			return out, err
		})
	a.createUnit()
	a.unitProposals()
	history(a, "unit", "/units/", "unit", a.Registry.Territory.History)
}

// unitAnswer is a unit with its version.
type unitAnswer struct {
	ETag string `header:"ETag"`
	Body UnitDetail
}

// detail is a unit with the way to it.
func (a *api) detail(ctx context.Context, u unit.Unit) (*unitAnswer, error) {
	way, err := a.Tree.Way(ctx, u)
	if err != nil {
		return nil, err
	}
	above := way[:max(len(way)-1, 0)]
	parent := ""
	if len(above) > 0 {
		parent = above[len(above)-1].UID
	}
	return &unitAnswer{etag(u.Version), UnitDetail{unitView(u, parent), refs(above)}}, nil
}

// rereadUnit answers a change with the unit as it is now. The territory is everybody's to see.
func (a *api) rereadUnit(ctx context.Context, uid string) (*unitAnswer, error) {
	u, err := a.Tree.Get(ctx, uid)
	if err != nil {
		return nil, err
	}
	return a.detail(ctx, u)
}

func (a *api) createUnit() {
	type request struct {
		Body struct {
			Placed
			Parent string            `json:"parent" maxLength:"64" doc:"Public id of the unit above"`
			Level  string            `json:"level" enum:"directorate,region,district"`
			Name   map[string]string `json:"name" doc:"By language; the ministry's main language is obligatory"`
			Code   string            `json:"code" maxLength:"40" doc:"Official code"`
		}
	}
	type answer struct {
		Location string `header:"Location"`
		ETag     string `header:"ETag"`
		Body     UnitDetail
	}
	add(a, operation{id: "create_unit", method: http.MethodPost, path: "/units", group: "unit", status: http.StatusCreated, second: true},
		func(ctx context.Context, in *request) (*answer, error) {
			b := in.Body
			by, err := b.by()
			if err != nil {
				return nil, err
			}
			u, err := a.Registry.Territory.Create(ctx, registry.NewUnit{Parent: b.Parent, Level: b.Level, Name: b.Name, Code: b.Code, Act: by})
			if err != nil {
				return nil, err
			}
			out, err := a.detail(ctx, u)
			if err != nil {
				return nil, err
			}
			return &answer{Prefix + "/units/" + u.UID, out.ETag, out.Body}, nil
		})
}

// territory keeps a search to units that are no institutions: those have a list
// of their own.
func territory(alias string, _ *[]any) string { return " AND " + alias + ".level <> 'institution'" }
