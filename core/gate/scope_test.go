package gate_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
)

// To oversee types of institutions is a directorate's: a unit of another level that has the
// same code by chance oversees none, neither one by one nor in a list.
func TestTRIC8_OnlyADirectorateOversees(t *testing.T) {
	w := newWorld(t, "tr")
	code, typ := "", ""
	for _, x := range w.p.Types {
		if x.Overseer != "" {
			code, typ = x.Overseer, x.ID
			break
		}
	}
	target := gate.Target{Object: "change_request", Path: "1.2.3.4.", Type: typ}
	for level, oversees := range map[string]bool{"directorate": true, "region": false, "district": false} {
		ctx := w.as(holding("directorate_officer", level, "1.9.", code))
		if f := w.check(ctx, "view", target); (f == nil) != oversees {
			t.Errorf("at a %s: %v", level, f)
		}
		if s, err := w.gate.Scope(ctx, "view", "change_request"); s.Holds(target.Path, typ) != oversees {
			t.Errorf("at a %s: %+v lists it: %t, %v", level, s, !oversees, err)
		}
	}
}

// While a role is not ready - its undertaking unsigned, its second factor not set up - what is
// a person's own is listed all the same, and nothing else is.
func TestKGER7a_WhatIsOnesOwnIsListedBeforeTheSignature(t *testing.T) {
	w := newWorld(t, "kg")
	signed := false
	w.gate.Set(gate.Checks{BeforeUse: func(_ context.Context, _ *caller.Caller, _ caller.Assignment, demand string) error {
		if strings.HasPrefix(demand, "undertaking:") && !signed {
			return fault.New(fault.Denied, "consent.undertaking_first").WithCheck("undertaking").WithNext("consent.next.sign", "/me", nil)
		}
		return nil
	}})
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	for _, signed = range []bool{false, true} {
		s, err := w.gate.Scope(officer, "view", "undertaking")
		if err != nil || !slices.Contains(s.Relations, "self") || s.Holds("1.2.3.4.", "") != signed {
			t.Errorf("signed %t: %+v, %v", signed, s, err)
		}
		if _, err := w.gate.Scope(officer, "view", "institution"); (err == nil) != signed {
			t.Errorf("signed %t: schools: %v", signed, faulttest.Key(err))
		}
	}
}
