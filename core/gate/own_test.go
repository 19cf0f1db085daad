package gate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
)

// What a person may do only with what is their own is nobody's to do for another: the
// refusal says whose it is, and not that nobody can do it.
func TestWhatIsOnlyOnesOwnIsSaidToBe(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w, tried := newWorld(t, country), 0
		w.each(func(object, action string, target gate.Target) {
			able, err := w.gate.Able(w.base, action, target)
			if err != nil {
				t.Fatal(err)
			}
			may := w.policy.WhoMay(object, action)
			own := slices.ContainsFunc(may, func(role string) bool {
				scopes := w.policy.Scopes(role, object, action)
				return slices.Contains(scopes, "self") || slices.Contains(scopes, "ward")
			})
			if len(able) > 0 || !own || w.policy.Policy().Waits(object) || w.policy.Policy().WaitsFor(object, action) {
				return
			}
			for i := range w.p.Roles {
				r := &w.p.Roles[i]
				f := w.check(w.as(holding(r.ID, r.Level, "1.8.", "")), action, target)
				if f == nil || f.Kind != fault.Denied {
					continue
				}
				if tried++; f.Next == nil || !strings.HasPrefix(f.Next.Key, "gate.own.") {
					t.Errorf("%s: %s may not %s another's %s: %+v", country, r.ID, action, object, f.Next)
				}
				break // it is the same for everybody
			}
		})
		if tried == 0 {
			t.Errorf("%s: nothing was tried", country)
		}
	}
}

// more is a fault that says more than itself.
type more struct{ of *fault.Error }

// Error is for logs.
func (m more) Error() string { return m.of.Error() }

func (m more) Unwrap() error { return m.of }

// A fault that something is wrapped around keeps it when it is given its law.
func TestWhatSaysMoreThanItsFaultIsLeftAsItIs(t *testing.T) {
	w := newWorld(t, "kg")
	by := gate.Grant{Object: "institution", Action: "update", Source: "kg-78-1 §4.5"}
	plain := fault.New(fault.Invalid, "fault.invalid")
	if f := faulttest.Of(t, gate.Cited(plain, w.p, by)); f.Law != by.Source {
		t.Errorf("a plain one rests on %q", f.Law)
	}
	var kept more
	if err := gate.Cited(more{fault.New(fault.Invalid, "fault.invalid")}, w.p, by); !errors.As(err, &kept) {
		t.Errorf("what it said besides is lost: %#v", err)
	}
}
