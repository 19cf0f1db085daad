package gate_test

import (
	"testing"

	"mektep/core/caller"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
)

// What the rules give and no service asks about is promised to nobody: not to who has
// the right, not to who is refused, and not on the page of one's rights.
func TestWhatNobodyAsksAboutIsPromisedToNobody(t *testing.T) {
	w := newWorld(t, "kg")
	head := w.as(holding("head", "institution", "1.2.3.4.", ""))
	teacher := w.as(holding("teacher", "institution", "1.2.3.4.", ""))
	refused := func(err error, key string) {
		t.Helper()
		f := faulttest.Of(t, err)
		wantRefusal(t, f, "policy", "")
		if f.Key != key || f.Next == nil || f.Next.Key != "gate.next.waits" || f.Rule == "" || f.Law == "" {
			t.Errorf("%s, next %+v, rule %q, law %q", f.Key, f.Next, f.Rule, f.Law)
		}
	}
	certificate := gate.Target{Object: "certificate", Path: "1.2.3.4."}
	_, err := w.gate.Explain(head, "create", certificate)
	refused(err, "gate.waits")
	_, err = w.gate.Explain(teacher, "create", certificate)
	refused(err, "gate.not_in_role")
	if able, err := w.gate.Able(teacher, "create", certificate); err != nil || len(able) > 0 {
		t.Errorf("%v could do it (%v)", able, err)
	}
	if _, err := w.gate.Explain(head, "view", school); err != nil {
		t.Error(err)
	}
	m, err := w.gate.Ministry(head)
	if err != nil {
		t.Fatal(err)
	}
	rights := w.gate.Rights(m, caller.From(head))
	if len(rights) < 10 {
		t.Fatalf("%d rights", len(rights))
	}
	for _, r := range rights {
		if m.Policy.Policy().Waits(r.Object) {
			t.Errorf("%s, %s is promised", r.Object, r.Action)
		}
	}
}

// The same of an action that nobody asks about of an object that is asked about otherwise.
func TestAnActionThatNobodyAsksAboutIsPromisedToNobody(t *testing.T) {
	w := newWorld(t, "kg")
	special := w.as(holding("special_administrator", "ministry", "1.", ""))
	head := w.as(holding("head", "institution", "1.2.3.4.", ""))
	window := gate.Target{Object: "window"}
	_, err := w.gate.Explain(special, "update", window)
	if f := faulttest.Of(t, err); f.Key != "gate.waits" || f.Next == nil || f.Next.Key != "gate.next.waits" || f.Law == "" {
		t.Errorf("%+v", f)
	}
	_, err = w.gate.Explain(head, "update", window)
	if f := faulttest.Of(t, err); f.Key != "gate.not_in_role" || f.Next == nil || f.Next.Key != "gate.next.waits" {
		t.Errorf("%+v, next %+v", f, f.Next)
	}
	m, err := w.gate.Ministry(special)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []*caller.Caller{caller.From(special), caller.From(head)} {
		for _, r := range w.gate.Rights(m, who) {
			if m.Policy.Policy().WaitsFor(r.Object, r.Action) {
				t.Errorf("%s, %s is promised", r.Object, r.Action)
			}
		}
	}
}
