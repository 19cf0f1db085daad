package identity_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// keptOut is what stands of a decision about somebody: of the account, or of the post at the school.
func keptOut(w *webtest.World, p *webtest.Person) string {
	w.T.Helper()
	return fmt.Sprint(webtest.Must(w.Identity.Person(w.Ctx, p.UID)).State, " ",
		texts(w, "SELECT blocked_level || ' ' || coalesce(blocked_by, 0) || ' ' || blocked_note FROM account WHERE tenant_id = $1 AND id = $2", p.ID),
		texts(w, "SELECT stopped_level || ' ' || coalesce(stopped_by, 0) || ' ' || stopped_note FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND stopped_at IS NOT NULL ORDER BY id", p.ID))
}

// What was decided about somebody from above stays as it was decided, whatever is done from below:
// no act on the account or on what its holder holds replaces, weakens or ends it.
func TestKGER6c_WhatIsDoneFromBelowLeavesADecisionFromAbove(t *testing.T) {
	acts := map[string]func(w *webtest.World, by, p *webtest.Person, post string) error{
		"block": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			return w.Identity.Block(by.Ctx, p.UID, "of my own")
		},
		"unblock": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			return w.Identity.Unblock(by.Ctx, p.UID)
		},
		"block and unblock": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			_ = w.Identity.Block(by.Ctx, p.UID, "of my own")
			return w.Identity.Unblock(by.Ctx, p.UID)
		},
		"correct": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			now := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
			return w.Identity.Correct(by.Ctx, p.UID, now.Version, identity.Person{Family: "Башка", Given: now.Given, Email: "below@mail.example"})
		},
		"print a code": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			_, err := w.Identity.PrintCode(by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"})
			return err
		},
		"invite again": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			_, err := w.Identity.Reinvite(by.Ctx, p.UID)
			return err
		},
		"cancel the invitation": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			return w.Identity.CancelInvitation(by.Ctx, p.UID)
		},
		"end the sessions": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			_, err := w.Identity.RevokeSessions(by.Ctx, p.UID, "")
			return err
		},
		"end the post on a day to come": func(w *webtest.World, by, _ *webtest.Person, post string) error {
			return w.Identity.Dismiss(by.Ctx, post, identity.End{On: w.Clock.Now().AddDate(0, 0, 3), Order: identity.Order{Number: "9", Date: w.Clock.Now()}})
		},
		"give another post": func(w *webtest.World, by, p *webtest.Person, _ string) error {
			_, err := w.Identity.Appoint(by.Ctx, identity.NewAppointment{
				Account: p.UID, Role: "responsible_specialist", Unit: w.School, Order: identity.Order{Number: "9", Date: w.Clock.Now()}, IdentifiedBy: "passport",
			})
			return err
		},
	}
	for _, elsewhere := range []bool{false, true} {
		w := webtest.New(t, "kg", "secondary_school")
		above, head := w.With("special_administrator", w.Root), w.With("head", w.School)
		if elsewhere { // then only the post is stopped
			above = w.With("district_officer", w.Here)
		}
		for name, act := range acts {
			p := w.With("teacher", w.School)
			if elsewhere {
				also(t, w, p, "teacher", false)
			}
			if err := w.Identity.Block(above.Ctx, p.UID, "an inquiry"); err != nil {
				t.Fatal(err)
			}
			before := keptOut(w, p)
			err := act(w, head, p, p.Appointment.UID)
			after := keptOut(w, p)
			if elsewhere && name == "give another post" {
				before = after // that one is stopped, too, as is looked at below
			}
			if after != before {
				t.Errorf("%s (%v): %s was %s: %v", name, elsewhere, after, before, err)
			}
			if slices.Contains(inForce(t, w, p), w.School.Path) {
				t.Errorf("%s: they are let in", name)
			}
			if name == "block" {
				f := faulttest.Of(t, err)
				if f.Kind != fault.Conflict || f.Args["Level"] == nil || f.Args["At"] == nil {
					t.Errorf("%v: %+v", elsewhere, f)
				}
			}
		}
	}
}

// Who decides from higher than it was decided replaces it, and whose decision it was is told.
func TestKGER6c_ADecisionFromBelowIsReplacedFromAbove(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		w := webtest.New(t, "kg", "secondary_school")
		h := house{World: w}
		above, head := w.With("district_officer", w.Here), w.With("head", w.School)
		p := w.With("teacher", w.School)
		if elsewhere {
			also(t, w, p, "teacher", false)
		}
		for _, by := range []*webtest.Person{head, above} {
			if err := w.Identity.Block(by.Ctx, p.UID, "x"); err != nil {
				t.Fatal(err)
			}
		}
		if f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, p.UID)); f.Key != "identity.decided_above" {
			t.Errorf("%v: %+v", elsewhere, f)
		}
		if n := h.notices(head.UID, "identity.notice.replaced"); n != 1 {
			t.Errorf("%v: who decided from below was told %d times", elsewhere, n)
		}
		if err := w.Identity.Unblock(above.Ctx, p.UID); err != nil {
			t.Errorf("%v: %v", elsewhere, err)
		}
	}
}

// Of two who decide at the same moment the higher one's stands.
func TestKGER6c_OfTwoDecisionsAtOnceTheHigherStands(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		w := webtest.New(t, "kg", "secondary_school")
		above, head := w.With("district_officer", w.Here), w.With("head", w.School)
		for round := range 12 {
			p := w.With("teacher", w.School)
			if elsewhere {
				also(t, w, p, "teacher", false)
			}
			var high, low error
			var wg sync.WaitGroup
			wg.Go(func() { high = w.Identity.Block(above.Ctx, p.UID, "from above") })
			wg.Go(func() { low = w.Identity.Block(head.Ctx, p.UID, "from below") })
			wg.Wait()
			if high != nil || low != nil && fault.KindOf(low) != fault.Conflict {
				t.Fatalf("round %d: %v, %v", round, high, low)
			}
			if f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, p.UID)); f.Key != "identity.decided_above" {
				t.Errorf("round %d: %s", round, keptOut(w, p))
			}
		}
	}
}

// texts are the texts that a question finds.
func texts(w *webtest.World, sql string, args ...any) (out []string) {
	w.T.Helper()
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, sql, append([]any{tx.Tenant()}, args...)...)
		if err == nil {
			out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return out
}

// Where a post is stopped from above, nobody below gives another that takes its place: not in
// another role, nor from the day on which the stopped one ends, nor below it.
func TestKGER6c_NoPostGivenFromBelowTakesAStoppedOnesPlace(t *testing.T) {
	for name, c := range map[string]struct {
		role  string
		dated bool
	}{"another role": {role: "responsible_specialist"}, "from the day of its end": {role: "teacher", dated: true}} {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t, "kg", "secondary_school")
			district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
			also(t, w, p, "teacher", false)
			if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
				t.Fatal(err)
			}
			turn := w.Clock.Now().AddDate(0, 0, 3)
			n := identity.NewAppointment{Account: p.UID, Role: c.role, Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport"}
			if c.dated {
				n.Since = turn
				if err := w.Identity.Dismiss(head.Ctx, p.Appointment.UID, identity.End{On: turn, Order: n.Order}); err != nil {
					t.Fatal(err)
				}
			}
			give := func(by *webtest.Person) {
				t.Helper()
				out, err := w.Identity.Appoint(by.Ctx, n)
				if err == nil && out.Waiting != nil {
					_, err = w.Agree(p.Ctx, out.Waiting.UID)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			give(head)
			for _, day := range []int{0, 4} {
				w.Clock.Set(w.Clock.Now().AddDate(0, 0, day))
				if slices.Contains(inForce(t, w, p), w.School.Path) {
					t.Errorf("after %d days they work there again", day)
				}
				if f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, p.UID)); f.Key != "identity.decided_above" {
					t.Errorf("%+v", f)
				}
			}
			if err := w.Identity.Unblock(district.Ctx, p.UID); err != nil || !slices.Contains(inForce(t, w, p), w.School.Path) {
				t.Fatalf("lifted by who decided: %v", err)
			}
			// What has been lifted stands over nothing that is given later.
			if c.dated {
				if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND stopped_at IS NOT NULL", p.ID); n != 0 {
					t.Errorf("%d are stopped still", n)
				}
			}
		})
	}
	// Who may lift it gives what is open.
	w := webtest.New(t, "kg", "secondary_school")
	head, p := w.With("head", w.School), w.With("teacher", w.School)
	also(t, w, p, "teacher", false)
	if err := w.Identity.Block(head.Ctx, p.UID, "x"); err != nil {
		t.Fatal(err)
	}
	out, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: p.UID, Role: "responsible_specialist", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport"})
	if err == nil && out.Waiting != nil {
		_, err = w.Agree(p.Ctx, out.Waiting.UID)
	}
	if err != nil || !slices.Contains(inForce(t, w, p), w.School.Path) {
		t.Errorf("by who decided: %v", err)
	}
}
