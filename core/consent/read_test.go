package consent_test

import (
	"context"
	"testing"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// What others have signed is their personal file - name, post, wording: whom the policy names
// for their unit reads it, and nobody else.
func TestKGER7a_WhatOthersSignedIsReadByWhomThePolicyNames(t *testing.T) {
	w := newWorld(t)
	w.sign("ky")
	for who, c := range map[string]struct {
		ctx  context.Context
		sees bool
	}{
		"they themselves":       {w.p.Ctx, true},
		"their head":            {w.With("head", w.School).Ctx, true},
		"an administrator":      {w.With("special_administrator", w.Root).Ctx, true},
		"a colleague":           {w.With("teacher", w.School).Ctx, false},
		"another school's head": {w.With("head", w.Elsewhere).Ctx, false},
		"nobody":                {w.Nobody(), false},
	} {
		all, err := w.Consent.Signed(c.ctx, w.p.ID, w.School.Path)
		if c.sees {
			if err != nil || len(all) != 1 {
				t.Errorf("%s: %v, %v", who, all, err)
			}
			continue
		}
		f := faulttest.Of(t, err)
		if len(all) > 0 || f.Kind != fault.Denied && f.Kind != fault.Unauthenticated {
			t.Errorf("%s reads %+v, %v", who, all, err)
		}
		if f.Kind == fault.Denied && (f.Law == "" || f.Next == nil) {
			t.Errorf("%s is told %+v", who, f)
		}
	}
}

// A signature stands in the trail with the rule that asks for it and the law of the right.
func TestKGER7a_ASignatureNamesItsRule(t *testing.T) {
	w := newWorld(t)
	signed := w.sign("ky")
	all, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "undertaking", Action: "sign", Target: signed.UID}, "")
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	if r := all[0]; r.Rule != "KG-ER-7a" || r.Law == "" || r.Account != w.p.ID {
		t.Errorf("by rule %q, law %q, account %d", r.Rule, r.Law, r.Account)
	}
}
