package tenant_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/tenant"
)

// What a ministry is called is a text that fits, in each of its languages, whether it is set
// up or gets another name.
func TestAMinistryIsCalledByATextThatFits(t *testing.T) {
	p := start(t)
	p.onboard("kg")
	for what, name := range map[string]string{"too long": strings.Repeat("Министрлик ", 60), "no text": "Министр\u202eлик"} {
		for _, tag := range []string{"ky", "en"} { // an official one, and one besides
			names := map[string]string{"ky": "Министрлик", "ru": "Министерство", "en": "Ministry"}
			names[tag] = name
			plan := planKG("second")
			plan.Name = names
			for act, err := range map[string]error{
				"check":  p.tenants.Check(console(), plan),
				"rename": p.tenants.Rename(console(), "kg", names),
			} {
				if fault.KindOf(err) != fault.Invalid || !slices.Equal(faulty(err), []string{"name." + tag}) {
					t.Errorf("%s, %s in %s: %v %v", act, what, tag, err, faulty(err))
				}
			}
		}
	}
	if m := must(p.tenants.BySlug(context.Background(), "kg")); strings.Contains(m.Name["en"], "\u202e") || len([]rune(m.Name["en"])) > 300 {
		t.Errorf("it is called %v", m.Name)
	}
}

// A reason for a ministry's suspension is said in some words, and is kept whole or not at all.
func TestAReasonForASuspensionFits(t *testing.T) {
	p := start(t)
	p.onboard("kg")
	if err := p.tenants.Suspend(console(), "kg", strings.Repeat("ж", 501)); !slices.Equal(faulty(err), []string{"reason"}) {
		t.Errorf("a reason without end: %v", err)
	}
	if m := must(p.tenants.BySlug(context.Background(), "kg")); m.State != tenant.Active {
		t.Errorf("it is %s", m.State)
	}
	ok(t, p.tenants.Suspend(console(), "kg", strings.Repeat("ж", 500)))
}

// A ministry that is being set up gets no other name beside its plan.
func TestAMinistryThatIsBeingSetUpIsNotRenamed(t *testing.T) {
	p := start(t)
	undo := dies(t, p.db, "unit", "INSERT", "WHEN (NEW.level = 'district')")
	if _, _, err := p.tenants.Onboard(console(), planKG("kg")); err == nil {
		t.Fatal("it is set up")
	}
	undo()
	names := map[string]string{"ky": "Башка", "ru": "Другое"}
	if err := p.tenants.Rename(console(), "kg", names); fault.KindOf(err) != fault.Conflict {
		t.Errorf("renamed: %v", err)
	}
	ok(t, p.tenants.Continue(console()))
	if m := must(p.tenants.BySlug(context.Background(), "kg")); m.State != tenant.Active || m.Name["ky"] == "Башка" {
		t.Errorf("%+v", m)
	}
	ok(t, p.tenants.Rename(console(), "kg", names))
}
