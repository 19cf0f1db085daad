package api

import (
	"context"
	"net/http"

	"mektep/core/fault"
	"mektep/core/registry"
	"mektep/core/unit"
)

// Slip says which dated fact was entered by mistake, and why it is touched.
type Slip struct {
	Fact   string `json:"fact" enum:"name,type,parent,since,until" doc:"What it is about; since is the day it opened on, until the day it closes on"`
	On     Day    `json:"on" doc:"The day from which it was entered to hold, as the history says"`
	Reason string `json:"reason" maxLength:"500" doc:"Stays in the history"`
}

func (s Slip) slip(version int) (registry.Slip, error) {
	on, err := s.On.time("on")
	return registry.Slip{Fact: unit.Kind(s.Fact), On: on, Version: version, Reason: s.Reason}, err
}

// Correction is what should have been entered.
type Correction struct {
	Slip
	Since  Day               `json:"since,omitempty" doc:"The right day; left out: the day is right"`
	Far    Day               `json:"far_ahead,omitempty" doc:"You have read that the day lies more than a year ahead, or before the order, and it is meant: the day itself, which the error bears as read. Of another day it says nothing"`
	Name   map[string]string `json:"name,omitempty" doc:"The right name, by language; a language that is not named keeps its name, an empty text takes it away; left out: it is right"`
	Type   string            `json:"type,omitempty" maxLength:"64" doc:"The right type"`
	Parent string            `json:"parent,omitempty" maxLength:"64" doc:"Public id of the right unit above"`
	Order  *Order            `json:"order,omitempty" doc:"The right order; left out: it is right"`
}

func (b Correction) correction(version int) (registry.Correction, error) {
	slip, err := b.slip(version)
	c := registry.Correction{Slip: slip, Name: b.Name, Type: b.Type, Parent: b.Parent}
	if err == nil {
		c.Far, err = b.Far.time("far_ahead")
	}
	if err == nil && b.Since != "" {
		c.Since, err = b.Since.time("since")
	}
	if err != nil {
		return c, err
	}
	c.Order, err = b.Order.act()
	return c, err
}

// placedCorrection and placedSlip are those of places and offices.
type placedCorrection struct {
	Correction
	SameName
}

func (b placedCorrection) correction(version int) (registry.Correction, error) {
	c, err := b.Correction.correction(version)
	c.SameName = b.Meant
	return c, err
}

type placedSlip struct {
	Slip
	SameName
}

func (b placedSlip) slip(version int) (registry.Slip, error) {
	slip, err := b.Slip.slip(version)
	slip.SameName = b.Meant
	return slip, err
}

// corrections put dated facts right, or take them back: C says what is right, W what is
// taken back.
func corrections[C interface {
	correction(version int) (registry.Correction, error)
}, W interface {
	slip(version int) (registry.Slip, error)
}, O any](a *api, s subject[O]) {
	type correction struct {
		Path
		Match
		Body C
	}
	add(a, operation{id: "correct_" + s.noun + "_fact", method: http.MethodPost, path: s.path + "{uid}/correct", group: s.group, second: s.second},
		func(ctx context.Context, in *correction) (*O, error) {
			version, unmatched := in.version()
			c, err := in.Body.correction(version)
			if err != nil {
				return nil, err
			}
			return mended(ctx, s, in.UID, unmatched, s.dated.Correct(ctx, in.UID, c))
		})
	type withdrawal struct {
		Path
		Match
		Body W
	}
	add(a, operation{id: "withdraw_" + s.noun + "_fact", method: http.MethodPost, path: s.path + "{uid}/withdraw", group: s.group, second: s.second},
		func(ctx context.Context, in *withdrawal) (*O, error) {
			version, unmatched := in.version()
			slip, err := in.Body.slip(version)
			if err != nil {
				return nil, err
			}
			return mended(ctx, s, in.UID, unmatched, s.dated.Withdraw(ctx, in.UID, slip))
		})
}

// mended answers a dated change with the record, or says that its version was left out.
func mended[O any](ctx context.Context, s subject[O], uid string, unmatched, err error) (*O, error) {
	if err != nil {
		if unmatched != nil && stale[fault.From(err).Key] {
			return nil, unmatched
		}
		return nil, err
	}
	return s.reread(ctx, uid)
}
