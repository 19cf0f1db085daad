package api

import (
	"context"
	"net/http"

	"mektep/core/registry"
)

// Dated is what every dated change of an institution says: from which day, on
// which order.
type Dated struct {
	Since Day    `json:"since" doc:"First day on which it holds"`
	Far   bool   `json:"far_ahead,omitempty" doc:"The day is meant, though it lies more than a year ahead"`
	Order *Order `json:"order,omitempty" doc:"Obligatory: number and date"`
}

// acts are the dated changes of institutions.
func (a *api) acts() {
	type rename struct {
		Dated
		Name map[string]string `json:"name" doc:"By language"`
	}
	act(a, "rename", func(ctx context.Context, uid string, b *rename, by registry.Act) error {
		return a.Registry.Rename(ctx, uid, b.Name, by)
	})
	type retype struct {
		Dated
		Type string `json:"type" maxLength:"64"`
	}
	act(a, "retype", func(ctx context.Context, uid string, b *retype, by registry.Act) error {
		return a.Registry.Retype(ctx, uid, b.Type, by)
	})
	type move struct {
		Dated
		Parent string `json:"parent" maxLength:"64" doc:"Public id of the unit to move to"`
	}
	act(a, "move", func(ctx context.Context, uid string, b *move, by registry.Act) error {
		return a.Registry.Move(ctx, uid, b.Parent, by)
	})
	type end struct {
		Dated
		Successors []string `json:"successors,omitempty" maxItems:"50" doc:"Public ids of institutions that take over"`
	}
	act(a, "close", func(ctx context.Context, uid string, b *end, by registry.Act) error {
		return a.Registry.Close(ctx, uid, b.Successors, by)
	})
	type reopen struct{ Dated }
	act(a, "reopen", func(ctx context.Context, uid string, _ *reopen, by registry.Act) error {
		return a.Registry.Reopen(ctx, uid, by)
	})
}

// dated gives act the part that all bodies have.
func (d Dated) dated() Dated { return d }

// act adds one dated change as POST /institutions/{uid}/<name>.
func act[B interface{ dated() Dated }](a *api, name string, do func(ctx context.Context, uid string, b *B, by registry.Act) error) {
	type request struct {
		Path
		Match
		Body B
	}
	add(a, operation{id: name + "_institution", method: http.MethodPost, path: "/institutions/{uid}/" + name, group: "institution"},
		func(ctx context.Context, in *request) (*institutionAnswer, error) {
			d := in.Body.dated()
			by := registry.Act{Far: d.Far}
			var err error
			if by.Since, err = d.Since.time("since"); err != nil {
				return nil, err
			}
			if by.Order, err = d.Order.act(); err != nil {
				return nil, err
			}
			version, unmatched := in.version()
			by.Version = version
			return a.mended(ctx, in.UID, unmatched, do(ctx, in.UID, &in.Body, by))
		})
}

// reread answers a change with the record as the caller may see it now.
func (a *api) reread(ctx context.Context, uid string) (*institutionAnswer, error) {
	i, err := a.Registry.Get(ctx, uid)
	if err != nil {
		// It has been done; that this caller may not look at it is no failure of it.
		return &institutionAnswer{Body: Institution{Unit: Unit{UID: uid}, Place: []Ref{}, Groups: []string{}, Fields: map[string]any{}}}, nil //nolint:nilerr // see above
	}
	return &institutionAnswer{etag(i.Version), institutionView(i)}, nil
}
