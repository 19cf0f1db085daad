package api

import (
	"context"
	"net/http"

	"mektep/core/registry"
)

// Dated is what every dated change of a unit says: from which day, on
// which order.
type Dated struct {
	Since Day    `json:"since" doc:"First day on which it holds"`
	Far   Day    `json:"far_ahead,omitempty" doc:"You have read that the day lies more than a year ahead, or before the order, and it is meant: the day itself, which the error bears as read. Of another day it says nothing"`
	Order *Order `json:"order,omitempty" doc:"Obligatory: number and date"`
}

// SameName is the answer to whether two places of one name are meant.
type SameName struct {
	Meant bool `json:"same_name,omitempty" doc:"That another unit of this name lies in the same place is meant"`
}

// Placed is what a dated change of a place or an office says.
type Placed struct {
	Dated
	SameName
}

func (p Placed) by() (registry.Act, error) {
	by, err := p.Dated.by()
	by.SameName = p.Meant
	return by, err
}

// subject is a kind of unit whose dated facts are changed: where it stands, what it is
// called in the ids of operations, and how a change is answered.
type subject[O any] struct {
	path, noun, group string
	second            bool // two people do it, where the profile demands it
	dated             *registry.Dated
	reread            func(ctx context.Context, uid string) (*O, error)
}

func (a *api) ofInstitutions() subject[institutionAnswer] {
	return subject[institutionAnswer]{"/institutions/", "institution", "institution", false, a.Registry.Dated, a.reread}
}

func (a *api) ofUnits() subject[unitAnswer] {
	return subject[unitAnswer]{"/units/", "unit", "unit", true, a.Registry.Territory.Dated, a.rereadUnit}
}

// acts are the dated changes of institutions, and of places and offices.
func (a *api) acts() {
	type retype struct {
		Dated
		Type string `json:"type" maxLength:"64"`
	}
	type end struct {
		Dated
		Successors []string `json:"successors,omitempty" maxItems:"50" doc:"Public ids of institutions that take over"`
	}
	institutions := a.ofInstitutions()
	ofRegister(a, institutions)
	act(a, institutions, "retype", func(ctx context.Context, uid string, b *retype, by registry.Act) error {
		return institutions.dated.Retype(ctx, uid, b.Type, by)
	})
	act(a, institutions, "close", func(ctx context.Context, uid string, b *end, by registry.Act) error {
		return institutions.dated.Close(ctx, uid, b.Successors, by)
	})
	type dissolve struct {
		Placed
		Successors []string          `json:"successors,omitempty" maxItems:"50" doc:"Public ids of units that take over: one is a merger, several a split"`
		Into       map[string]string `json:"into,omitempty" maxProperties:"5000" doc:"Where what lies in it goes: public ids of units by those of what goes"`
		Rest       string            `json:"rest,omitempty" maxLength:"64" doc:"Public id of the unit that takes all that into does not name; with one successor, that one"`
	}
	units := a.ofUnits()
	ofTerritory(a, units)
	act(a, units, "close", func(ctx context.Context, uid string, b *dissolve, by registry.Act) error {
		by.Into, by.Rest = b.Into, b.Rest
		return units.dated.Close(ctx, uid, b.Successors, by)
	})
	act(a, units, "recode", func(ctx context.Context, uid string, b *recode, by registry.Act) error {
		return units.dated.Recode(ctx, uid, b.Code, by)
	})
}

// Renaming and Moving are what a change of name or place says besides its day and order.
type Renaming struct {
	Name map[string]string `json:"name" doc:"By language; a language that is not named keeps its name, an empty text takes it away"`
}

type Moving struct {
	Parent string `json:"parent" maxLength:"64" doc:"Public id of the unit to move to"`
}

// ofRegister adds the changes that units have as well, to institutions.
func ofRegister(a *api, s subject[institutionAnswer]) {
	type rename struct {
		Dated
		Renaming
	}
	act(a, s, "rename", func(ctx context.Context, uid string, b *rename, by registry.Act) error {
		return s.dated.Rename(ctx, uid, b.Name, by)
	})
	type move struct {
		Dated
		Moving
	}
	act(a, s, "move", func(ctx context.Context, uid string, b *move, by registry.Act) error {
		return s.dated.Move(ctx, uid, b.Parent, by)
	})
	type reopen struct{ Dated }
	act(a, s, "reopen", func(ctx context.Context, uid string, _ *reopen, by registry.Act) error {
		return s.dated.Reopen(ctx, uid, by)
	})
}

// ofTerritory adds them to places and offices, of which two below one place may bear one
// name only where that is meant.
func ofTerritory(a *api, s subject[unitAnswer]) {
	type rename struct {
		Placed
		Renaming
	}
	act(a, s, "rename", func(ctx context.Context, uid string, b *rename, by registry.Act) error {
		return s.dated.Rename(ctx, uid, b.Name, by)
	})
	type move struct {
		Placed
		Moving
	}
	act(a, s, "move", func(ctx context.Context, uid string, b *move, by registry.Act) error {
		return s.dated.Move(ctx, uid, b.Parent, by)
	})
	type reopen struct{ Placed }
	act(a, s, "reopen", func(ctx context.Context, uid string, _ *reopen, by registry.Act) error {
		return s.dated.Reopen(ctx, uid, by)
	})
}

// recode is the body of what has no day of its own.
type recode struct {
	Order *Order `json:"order,omitempty" doc:"Obligatory: number and date"`
	Code  string `json:"code" maxLength:"40"`
}

func (r recode) by() (by registry.Act, err error) {
	by.Order, err = r.Order.act()
	return by, err
}

// by gives act the part that all bodies have.
func (d Dated) by() (registry.Act, error) {
	by := registry.Act{}
	var err error
	if by.Far, err = d.Far.time("far_ahead"); err != nil {
		return by, err
	}
	if by.Since, err = d.Since.time("since"); err != nil {
		return by, err
	}
	by.Order, err = d.Order.act()
	return by, err
}

// act adds one dated change as POST /institutions/{uid}/<name>, or of units.
func act[B interface{ by() (registry.Act, error) }, O any](a *api, s subject[O], name string, do func(ctx context.Context, uid string, b *B, by registry.Act) error) {
	type request struct {
		Path
		Match
		Body B
	}
	add(a, operation{id: name + "_" + s.noun, method: http.MethodPost, path: s.path + "{uid}/" + name, group: s.group, second: s.second},
		func(ctx context.Context, in *request) (*O, error) {
			by, err := in.Body.by()
			if err != nil {
				return nil, err
			}
			version, unmatched := in.version()
			by.Version = version
			return mended(ctx, s, in.UID, unmatched, do(ctx, in.UID, &in.Body, by))
		})
}

func (a *api) reread(ctx context.Context, uid string) (*institutionAnswer, error) {
	return reread(ctx, a.offeredInstitutions(), uid), nil
}
