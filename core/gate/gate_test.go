package gate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/laid"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/profiles"
)

type world struct {
	db    *db.DB
	gate  *gate.Gate
	clock *clock.Clock
	trail *audit.Trail
	base  context.Context
	p     *profile.Profile

	policy *policy.Snapshot
}

func newWorld(t *testing.T, country string) *world {
	t.Helper()
	w := &world{db: dbtest.New(t), clock: &clock.Clock{}}
	w.clock.Set(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	w.base = dbtest.Tenant(t, w.db, "one", country)
	m := gatetest.Country(t, country)
	w.p, w.policy = m.Profile, m.Policy
	var err error
	if w.trail, err = audit.New(w.db, w.clock, []byte("0123456789abcdef0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	w.gate = gate.New(w.db, w.clock, w.trail, func(context.Context) (gate.Ministry, error) {
		return gate.Ministry{Profile: w.p, Policy: w.policy}, nil
	})
	return w
}

func holding(role, level, path, code string) caller.Assignment {
	return caller.Assignment{Role: role, UnitLevel: level, UnitPath: path, UnitCode: code, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// as returns a context in which somebody holds the assignments.
func (w *world) as(held ...caller.Assignment) context.Context {
	c := *caller.From(w.base)
	c.System, c.Account, c.AccountUID, c.SecondFactor, c.Assignments = "", 7, "account7", true, held
	return caller.With(context.Background(), &c)
}

func (w *world) check(ctx context.Context, action string, t gate.Target) *fault.Error {
	_, err := w.gate.Check(ctx, action, t)
	var f *fault.Error
	errors.As(err, &f)
	return f
}

func wantRefusal(t *testing.T, f *fault.Error, check, rule string) {
	t.Helper()
	if f == nil {
		t.Fatal("it was allowed")
	}
	if f.Kind != fault.Denied || f.Check != check || f.Next == nil {
		t.Errorf("kind %v, check %q, next %v: %v", f.Kind, f.Check, f.Next, f)
	}
	if rule != "" && (f.Rule != rule || f.Law == "") {
		t.Errorf("rule %q by %q, want %q", f.Rule, f.Law, rule)
	}
}

var school = gate.Target{Object: "institution", Groups: []string{"infrastructure"}, UID: "school", Path: "1.2.3.4."}

func TestKGER6a_MinistryOfficerSeesNumbersAndEditsNothing(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("ministry_officer", "ministry", "1.", ""))
	if f := w.check(officer, "aggregate", gate.Target{Object: "learner", Path: school.Path}); f != nil {
		t.Errorf("the ministry may count: %v", f)
	}
	wantRefusal(t, w.check(officer, "update", gate.Target{Object: "learner", Groups: []string{"identity_document"}, Path: school.Path}), "policy", "KG-ER-6a")
	if w.check(officer, "update", school) == nil {
		t.Error("a ministry officer edited an institution")
	}
}

func TestKGER6c_DistrictOfficerActsWithinTheDistrict(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	if f := w.check(officer, "update", school); f != nil {
		t.Fatalf("refused in the own district: %v", f)
	}
	elsewhere := school
	elsewhere.Path = "1.2.30.4." // begins alike, lies elsewhere
	wantRefusal(t, w.check(officer, "update", elsewhere), "policy", "KG-ER-6c")

	// A second assignment elsewhere does not lend its territory to the first's role.
	two := w.as(holding("district_officer", "district", "1.2.3.", ""), holding("teacher", "institution", "1.2.30.4.", ""))
	if w.check(two, "update", elsewhere) == nil {
		t.Error("the teacher's school was edited with the officer's right")
	}
}

func TestAnAssignmentCountsOnlyOnItsDays(t *testing.T) {
	w := newWorld(t, "kg")
	ended := holding("district_officer", "district", "1.2.3.", "")
	ended.Until = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) // the first day on which it no longer holds
	wantRefusal(t, w.check(w.as(ended), "update", school), "policy", "")
	ended.Until = ended.Until.AddDate(0, 0, 1)
	if f := w.check(w.as(ended), "update", school); f != nil {
		t.Errorf("refused on the last day: %v", f)
	}
	later := holding("district_officer", "district", "1.2.3.", "")
	later.Since = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	wantRefusal(t, w.check(w.as(later), "update", school), "policy", "")
}

func TestKGER7a_NothingBeforeTheUndertakingIsSigned(t *testing.T) {
	w := newWorld(t, "kg")
	signed := false
	w.gate.Set(gate.Checks{BeforeUse: func(_ context.Context, _ *caller.Caller, _ caller.Assignment, demand string) error {
		if strings.HasPrefix(demand, "undertaking:") && !signed {
			return fault.New(fault.Denied, "consent.undertaking_first").WithCheck("undertaking").WithNext("consent.next.sign", "/me", nil)
		}
		return nil
	}})
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	wantRefusal(t, w.check(officer, "update", school), "undertaking", "")
	if _, err := w.gate.Scope(officer, "view", "institution"); faulttest.Of(t, err).Check != "undertaking" {
		t.Errorf("lists were open before the signature: %v", err)
	}
	// Or it could never be signed.
	if f := w.check(officer, "sign", gate.Target{Object: "undertaking", Holds: []string{"self"}}); f != nil {
		t.Errorf("signing was refused: %v", f)
	}
	signed = true
	if f := w.check(officer, "update", school); f != nil {
		t.Errorf("refused after the signature: %v", f)
	}
}

func TestTRIC4_FieldsOwnedElsewhereAreReadOnly(t *testing.T) {
	w := newWorld(t, "tr")
	head := w.as(holding("head", "institution", school.Path, ""))
	contact := school
	contact.Groups = []string{"contact"}
	if f := w.check(head, "update", contact); f != nil {
		t.Fatalf("refused while the register owns the group itself: %v", f)
	}
	// The ministry moves the group to its register of staff.
	p, findings := profile.LoadOver(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{
		"tr/registers.yaml": {Data: []byte("registers:\n  - id: institution\n    groups:\n      - {id: contact, owner: staff}\n")},
	}}, "tr")
	if err := findings.Err(); err != nil {
		t.Fatal(err)
	}
	w.p = p
	f := w.check(head, "update", contact)
	wantRefusal(t, f, "owner", "")
	if f.Law == "" || f.Args["Owner"] == nil {
		t.Errorf("the refusal does not say who keeps it: %+v", f)
	}
	if f := w.check(head, "view", contact); f != nil {
		t.Errorf("reading was refused: %v", f)
	}
}

func TestTRIC8_AClosedSectionRefusesTheWrite(t *testing.T) {
	w := newWorld(t, "tr")
	asked := ""
	w.gate.Set(gate.Checks{Window: func(_ context.Context, section string, _ gate.Target) error {
		asked = section
		return fault.New(fault.Locked, "window.never_open").WithCheck("window")
	}})
	head := w.as(holding("head", "institution", school.Path, ""))
	if f := w.check(head, "update", school); f == nil || f.Kind != fault.Locked || asked == "" {
		t.Fatalf("asked %q: %v", asked, f)
	}
	if f := w.check(head, "view", school); f != nil {
		t.Errorf("reading was refused with the window: %v", f)
	}
}

func TestASuspendedMinistryIsReadOnly(t *testing.T) {
	w := newWorld(t, "kg")
	w.gate.Set(gate.Checks{Open: func(context.Context) error { return fault.New(fault.Locked, "tenant.suspended") }})
	officer := w.as(holding("district_officer", "district", "1.2.3.", ""))
	if f := w.check(officer, "update", school); f == nil || f.Kind != fault.Locked {
		t.Fatalf("written while suspended: %v", f)
	}
	if f := w.check(officer, "view", school); f != nil {
		t.Errorf("reading was refused: %v", f)
	}
}

func TestNobodyIsAskedToSignIn(t *testing.T) {
	w := newWorld(t, "kg")
	stranger := *caller.From(w.base)
	stranger.System = ""
	for _, ctx := range []context.Context{context.Background(), caller.With(context.Background(), &stranger)} {
		if _, err := w.gate.Check(ctx, "view", school); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("got %v", err)
		}
	}
}

func TestScopeIsWhatTheListMayShow(t *testing.T) {
	w := newWorld(t, "tr")
	directorate := ""
	for _, typ := range w.p.Types {
		directorate = typ.Overseer
		if directorate != "" {
			break
		}
	}
	for _, c := range []struct {
		name string
		as   context.Context
		path string
		typ  string
		in   bool
	}{
		{"own district", w.as(holding("district_mebbis_manager", "district", "1.2.3.", "")), "1.2.3.4.", "", true},
		{"another district", w.as(holding("district_mebbis_manager", "district", "1.2.3.", "")), "1.2.30.4.", "", false},
		{"own school", w.as(holding("head", "institution", "1.2.3.4.", "")), "1.2.3.4.", "", true},
		{"overseen type", w.as(holding("directorate_officer", "directorate", "1.9.", directorate)), "1.2.3.4.", w.p.OverseenBy(directorate)[0], true},
		{"the whole ministry", w.as(holding("ministry_officer", "ministry", "1.", "")), "1.2.3.4.", "", true},
	} {
		s, err := w.gate.Scope(c.as, "view", "institution")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s.Holds(c.path, c.typ) != c.in {
			t.Errorf("%s: %+v holds %s: %v", c.name, s, c.path, !c.in)
		}
		// The condition for the store must say the same as Holds.
		args := []any{1}
		if sql := s.SQL("u", &args); (sql == "") != s.All {
			t.Errorf("%s: condition %q for %+v", c.name, sql, s)
		}
	}
	args := []any{1}
	if sql := (gate.Scope{}).SQL("u", &args); sql != " AND false" {
		t.Errorf("an empty scope must hold nothing: %q", sql)
	}
}

func TestARefusalIsRecordedThoughTheUnitRolledBack(t *testing.T) {
	w := newWorld(t, "kg")
	officer := w.as(holding("district_officer", "district", "1.2.9.", ""))
	err := w.gate.Unit(officer, func(ctx context.Context, tx *db.Tx) error {
		if err := w.trail.Record(ctx, tx, audit.Entry{Action: "update", Object: "institution", Target: "rolled_back"}); err != nil {
			return err
		}
		_, err := w.gate.Check(ctx, "update", school)
		return err
	})
	if fault.KindOf(err) != fault.Denied {
		t.Fatal(err)
	}
	records, _, err := w.trail.Search(w.base, audit.Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1 || records[0].Outcome != audit.Deny || records[0].Target != "school" || records[0].Rule != "KG-ER-6c" {
		t.Fatalf("recorded %+v", records)
	}
}

// What a guardrail forbids to one office of a person, no second post of theirs gives
// back; what concerns oneself or one's ward is judged apart. Every pair of roles is
// tried with everything the catalogue has.
func TestKGER6a_AGuardrailBindsThePersonNotThePost(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		t.Run(country, func(t *testing.T) {
			w := newWorld(t, country)
			bound, apart := 0, 0
			for i := range w.p.Roles {
				for k := range w.p.Roles {
					b, a := w.pair(t, &w.p.Roles[i], &w.p.Roles[k])
					bound, apart = bound+b, apart+a
				}
			}
			if bound < 50 || apart < 1 {
				t.Errorf("%d were bound, %d were apart: the test tries nothing", bound, apart)
			}
		})
	}
}

// pair tries what the second role allows to somebody who holds the first as well.
func (w *world) pair(t *testing.T, office, post *profile.Role) (bound, apart int) {
	t.Helper()
	if office.ID == post.ID {
		return 0, 0
	}
	const path = "1.2.3.4."
	both := w.as(holding(office.ID, office.Level, path, ""), holding(post.ID, post.Level, path, ""))
	family := office.Person == "learner" || office.Person == "guardian"
	for _, object := range w.policy.Policy().Objects() {
		for _, action := range w.policy.Policy().Actions(object) {
			for _, relation := range []string{"self", "ward", "unit"} {
				if !w.policy.Decide(post.ID, object, action, relation).Allow || !w.policy.Decide(office.ID, object, action, relation).Guardrail {
					continue
				}
				owner, group, _ := strings.Cut(object, ".")
				target := gate.Target{Object: owner, Path: path, Holds: []string{relation}}
				if group != "" {
					if g := w.p.Group(object); g == nil || g.Owner != "" && g.Owner != "self" {
						continue // owned elsewhere, whoever asks
					}
					target.Groups = []string{group}
				}
				f := w.check(both, action, target)
				if relation == "unit" && !family {
					bound++
					if f == nil || f.Law == "" {
						t.Errorf("%s allows %s of %s to who is %s, and is forbidden it: %v", post.ID, action, object, office.ID, f)
					}
					// That a holder of their own role can do it helps nobody who is one.
					if f != nil && f.Next != nil && f.Next.Key == "gate.next.ask_role" && strings.Contains(fmt.Sprint(f.Next.Args), fmt.Sprint(post.Name)) {
						t.Errorf("%s of %s: who is %s and %s is sent to %v", action, object, office.ID, post.ID, f.Next.Args)
					}
					continue
				}
				apart++
				if f != nil && f.Check == "policy" {
					t.Errorf("as %s, %s of %s by %s is refused to who is %s: %v", post.ID, action, object, relation, office.ID, f)
				}
			}
		}
	}
	return bound, apart
}

// A list opens no more than the single thing would: what a guardrail on one post forbids,
// no other post of the same person lists.
func TestKGER6a_AGuardrailBindsListsToo(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w, tried := newWorld(t, country), 0
		const path = "1.2.3.4."
		for i := range w.p.Roles {
			for k := range w.p.Roles {
				office, post := &w.p.Roles[i], &w.p.Roles[k]
				if office.ID == post.ID {
					continue
				}
				family := office.Person == "learner" || office.Person == "guardian"
				both := w.as(holding(office.ID, office.Level, path, ""), holding(post.ID, post.Level, path, ""))
				for _, object := range w.policy.Policy().Objects() {
					for _, action := range w.policy.Policy().Actions(object) {
						if !w.policy.Decide(post.ID, object, action, "unit").Allow || !w.policy.Decide(office.ID, object, action, "unit").Guardrail {
							continue
						}
						tried++
						s, _ := w.gate.Scope(both, action, object)
						if s.Holds(path, "") != family {
							t.Errorf("%s: %s lists %s for %s to who is %s: %+v", country, post.ID, object, action, office.ID, s)
						}
					}
				}
			}
		}
		if tried == 0 {
			t.Errorf("%s: nothing was tried", country)
		}
	}
}
