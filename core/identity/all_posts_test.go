package identity_test

import (
	"slices"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/locale"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// office is somebody who may stand over another, and how they are named.
type office struct {
	*webtest.Person
	name string
}

// Of somebody with posts at several places those are named who may do it for all of them, and
// nobody whom the other place refuses: who is named may, and who may is named.
func TestKGER6c_WhoMayIsNamedForAllPosts(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	l := w.Words.Localizer("en")
	var offices []office
	for _, o := range []struct {
		role string
		at   unit.Unit
	}{{"head", w.School}, {"head", w.Elsewhere}, {"district_officer", w.Here}, {"district_officer", w.There}, {"special_administrator", w.Root}, {"tenant_admin", w.Root}} {
		name := l.Text(w.Profile.Role(o.role).Name)
		if o.at.Level != unit.Ministry {
			name = l.T("gate.role_at", fault.Args{"Role": fault.Text(w.Profile.Role(o.role).Name), "Unit": fault.Text(o.at.Name)})
		}
		offices = append(offices, office{w.With(o.role, o.at), name})
	}
	refused := 0
	for name, second := range map[string]struct {
		role string
		at   unit.Unit
	}{"one place": {}, "two districts": {"teacher", w.Elsewhere}, "an office above": {"district_officer", w.There}, "the ministry": {"ministry_officer", w.Root}} {
		who := w.Fresh("teacher", w.School)
		if second.role != "" {
			webtest.Must(w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: who.UID, Role: second.role, Unit: second.at}))
		}
		for act, do := range map[string]func(p office) error{
			"correct": func(p office) error {
				a := webtest.Must(w.Identity.Person(w.Ctx, who.UID))
				return w.Identity.Correct(p.Ctx, who.UID, a.Version, identity.Person{Family: a.Family, Given: a.Given, Patronymic: a.Patronymic, Email: a.Email, Phone: "0555 00 00 0" + string(rune('0'+a.Version%10))})
			},
			"print a code": func(p office) error {
				_, err := w.Identity.PrintCode(p.Ctx, who.UID, identity.Reset{IdentifiedBy: "passport"})
				return err
			},
		} {
			var able []string
			var said []*fault.Error
			for _, o := range offices {
				if err := do(o); err != nil {
					said = append(said, faulttest.Of(t, err))
				} else {
					able = append(able, o.name)
				}
			}
			slices.Sort(able)
			for _, f := range said {
				refused++
				named := names(l, f)
				if !slices.Equal(named, able) {
					t.Errorf("%s, %s: %s names %q, and %q may", name, act, f.Key, named, able)
				}
			}
		}
	}
	if refused < 10 {
		t.Errorf("only %d were refused", refused)
	}
}

// names are those who could do it instead of whom a refusal speaks to.
func names(l *locale.Localizer, f *fault.Error) (out []string) {
	if f.Next == nil {
		return nil
	}
	list, _ := f.Next.Args["Roles"].(fault.List)
	for _, x := range list {
		switch x := x.(type) {
		case fault.Text:
			out = append(out, l.Text(x))
		case fault.Phrase:
			out = append(out, l.T(x.Key, x.Args))
		}
	}
	slices.Sort(out)
	return out
}
