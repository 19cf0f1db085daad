package gate_test

import (
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/locales"
)

// A refusal rests on the grant that is missing or on the rule that refused, and names
// who could do it to this target, never more.
func TestRefusalsNameTheMissingGrantAndWhoMay(t *testing.T) {
	kg, tr := newWorld(t, "kg"), newWorld(t, "tr")
	words, err := locale.Load(locales.FS, nil, locale.Strict())
	if err != nil {
		t.Fatal(err)
	}
	root := gate.Target{Object: "account", Path: "1.", Level: "ministry"}
	for _, c := range []struct {
		name        string
		w           *world
		role, level string
		action      string
		t           gate.Target
		key, law    string
		asked       []string
	}{
		{
			name: "a Turkish head cancels an extension", w: tr, role: "head", level: "institution", action: "cancel",
			t: gate.Target{Object: "extension", Type: "ilkokul"}, key: "gate.not_in_role", law: "tr-2012-35 §8",
		},
		{
			name: "a head blocks an administrator", w: kg, role: "head", level: "institution", action: "block",
			t: root, key: "gate.elsewhere", law: "kg-78-1 §4.5", asked: []string{"special_administrator", "tenant_admin"},
		},
		{
			name: "an auditor edits a school", w: kg, role: "auditor", level: "ministry", action: "update",
			t: school, key: "gate.guardrail_platform", law: "platform §audit",
		},
		{
			name: "a teacher edits a school", w: kg, role: "teacher", level: "institution", action: "update",
			t: school, key: "gate.not_in_role",
		},
		{
			name: "a teacher reads the trail", w: kg, role: "teacher", level: "institution", action: "view",
			t: gate.Target{Object: "audit"}, key: "gate.not_in_role",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.w.check(c.w.as(holding(c.role, c.level, "1.2.3.4.", "")), c.action, c.t)
			if f == nil || f.Key != c.key {
				t.Fatalf("got %v, want %s", f, c.key)
			}
			if f.Check == "" || f.Law == "" || f.Rule == "" || f.Next == nil || c.law != "" && f.Law != c.law {
				t.Errorf("check %q, rule %q, law %q, next %v; want law %s", f.Check, f.Rule, f.Law, f.Next, c.law)
			}
			for _, l := range words.Languages() { // panics where a word is missing
				if x := words.Localizer(l.Tag).Fault(f); x.NextText == "" {
					t.Errorf("%s: no next step", l.Tag)
				}
			}
			able, err := c.w.gate.Able(c.w.base, c.action, c.t)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, a := range able {
				ids = append(ids, a.Role.ID)
			}
			if c.asked != nil && !slices.Equal(ids, c.asked) {
				t.Errorf("sent to %v, want %v", ids, c.asked)
			}
		})
	}
}

// Whoever is named could really do it, from some unit; whoever is not, from none.
func TestWhoIsNamedCouldDoIt(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t, country)
		units := []struct{ level, path string }{{"ministry", "1."}, {"directorate", "1.9."}, {"region", "1.2."}, {"district", "1.2.3."}, {"institution", "1.2.3.4."}}
		for _, u := range units {
			for _, object := range []string{"institution", "account", "appointment", "unit", "extension"} {
				for _, action := range w.policy.Policy().Actions(object) {
					for _, typ := range append(types(w), "") {
						if (typ != "") != (u.level == "institution") {
							continue
						}
						target := gate.Target{Object: object, Path: u.path, Level: u.level, Type: typ}
						able, err := w.gate.Able(w.base, action, target)
						if err != nil {
							t.Fatal(err)
						}
						for i := range w.p.Roles {
							r := &w.p.Roles[i]
							named := slices.ContainsFunc(able, func(a gate.Able) bool { return a.Role.ID == r.ID })
							if could := w.could(r.ID, r.Level, r.Offices, r.Institutions, action, target); named != could {
								t.Errorf("%s: %s %s at %s %s: %s is named %v, could %v", country, action, object, u.level, typ, r.ID, named, could)
							}
						}
					}
				}
			}
		}
	}
}

// types are an institution type of each group and overseer.
func types(w *world) []string {
	var ids, seen []string
	for i := range w.p.Types {
		if k := w.p.Types[i].Group + " " + w.p.Types[i].Overseer; !slices.Contains(seen, k) {
			ids, seen = append(ids, w.p.Types[i].ID), append(seen, k)
		}
	}
	return ids
}

// could asks the gate for every place at which somebody can hold the role.
func (w *world) could(role, level string, offices, groups []string, action string, t gate.Target) bool {
	typ := w.p.Type(t.Type)
	if typ != nil && level == "institution" && len(groups) > 0 && !slices.Contains(groups, typ.Group) {
		return w.passes(role, level, "8.8.8.8.", "", action, t)
	}
	for _, path := range map[string][]string{
		"ministry": {"1."}, "directorate": {"1.9.", "1.8."}, "region": {"1.2.", "1.7."}, "district": {"1.2.3.", "1.2.7."}, "institution": {"1.2.3.4.", "1.2.3.7."},
	}[level] {
		for _, code := range append(w.codes(level), "") {
			if len(offices) > 0 && code != "" && !slices.Contains(offices, code) {
				continue
			}
			if w.passes(role, level, path, code, action, t) {
				return true
			}
		}
	}
	return false
}

func (w *world) codes(level string) []string {
	var ids []string
	if level != "directorate" {
		return nil
	}
	for i := range w.p.Directorates {
		ids = append(ids, w.p.Directorates[i].ID)
	}
	return ids
}

func (w *world) passes(role, level, path, code, action string, t gate.Target) bool {
	f := w.check(w.as(holding(role, level, path, code)), action, t)
	return f == nil || f.Kind == fault.NotFound
}

// A role that the profile has ended is named to nobody.
func TestNobodyIsSentToARoleThatIsOver(t *testing.T) {
	w := newWorld(t, "kg")
	target := gate.Target{Object: "institution", Path: "1.2.3.4.", Level: "institution", Type: "secondary_school"}
	named := func() bool {
		able, err := w.gate.Able(w.base, "reopen", target)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(able, func(a gate.Able) bool { return a.Role.ID == "special_administrator" })
	}
	if !named() {
		t.Fatal("choose another role")
	}
	r := w.p.Role("special_administrator")
	r.Until = profile.DateOf(w.clock.Now().AddDate(0, 0, 1))
	if !named() {
		t.Error("it holds today")
	}
	r.Until = profile.DateOf(w.clock.Now().AddDate(0, 0, -1))
	if named() {
		t.Error("it is over")
	}
}

// Whoever may do nothing of a kind is kept to that by what the country says of those who do
// it, not by the right that the platform's own roles have to many things besides.
func TestTheCountrysRuleIsToldBeforeThePlatforms(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w, tried := newWorld(t, country), 0
		w.each(func(object, action string, target gate.Target) {
			able, err := w.gate.Able(w.base, action, target)
			if err != nil {
				t.Fatal(err)
			}
			own := func(a gate.Able) bool { return strings.HasPrefix(a.Source, fault.Own) }
			if len(able) < 2 || !own(able[0]) || !slices.ContainsFunc(able, func(a gate.Able) bool { return !own(a) }) {
				return
			}
			for i := range w.p.Roles {
				r := &w.p.Roles[i]
				f := w.check(w.as(holding(r.ID, r.Level, "1.8.", "")), action, target)
				if f == nil || f.Key != "gate.not_in_role" {
					continue
				}
				if tried++; strings.HasPrefix(f.Law, fault.Own) {
					t.Errorf("%s: %s may not %s %s by %s", country, r.ID, action, object, f.Law)
				}
			}
		})
		if tried == 0 {
			t.Errorf("%s: nothing was tried", country)
		}
	}
}

// Who may look at things of a kind and do no more is kept to that by the rule of the country
// that lets them look, not by the one that gives the act to somebody else.
func TestWhoMayOnlyLookIsKeptToItByTheRuleThatLetsThem(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w, tried := newWorld(t, country), 0
		w.each(func(object, action string, target gate.Target) {
			for i := range w.p.Roles {
				r := &w.p.Roles[i]
				law := w.looksBy(r.ID, object)
				f := w.check(w.as(holding(r.ID, r.Level, "1.8.", "")), action, target)
				if law == "" || f == nil || f.Key != "gate.not_in_role" {
					continue
				}
				if tried++; f.Law != law {
					t.Errorf("%s: %s looks at %s by %s and may not %s it by %s", country, r.ID, object, law, action, f.Law)
				}
			}
		})
		if tried == 0 {
			t.Errorf("%s: nothing was tried", country)
		}
	}
}

// looksBy is the country's law by which a role looks at others' things of a kind; empty: none.
func (w *world) looksBy(role, object string) string {
	for _, scope := range w.policy.Scopes(role, object, "view") {
		if scope != "self" && scope != "ward" {
			if law := w.policy.Decide(role, object, "view", scope).Source; !strings.HasPrefix(law, fault.Own) {
				return law
			}
			return ""
		}
	}
	return ""
}

// Beside a right over others, the right over what is one's own explains no refusal.
func TestWhatIsOnesOwnExplainsNoRefusalElsewhere(t *testing.T) {
	tried := 0
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t, country)
		w.each(func(object, action string, target gate.Target) {
			for i := range w.p.Roles {
				r := &w.p.Roles[i]
				scopes := w.policy.Scopes(r.ID, object, action)
				if len(scopes) < 2 || scopes[0] != "self" {
					continue
				}
				f := w.check(w.as(holding(r.ID, r.Level, "1.8.", "")), action, target)
				if f == nil || f.Key != "gate.elsewhere" {
					continue
				}
				if tried++; f.Args["Scope"] == fault.Key("relation.self") {
					t.Errorf("%s: %s may %s %s only of their own: %v", country, r.ID, action, object, scopes)
				}
			}
		})
	}
	if tried == 0 {
		t.Error("nothing was tried")
	}
}

// each goes through all that can be done to things of a school elsewhere.
func (w *world) each(do func(object, action string, target gate.Target)) {
	for _, object := range w.policy.Policy().Objects() {
		if strings.Contains(object, ".") {
			continue
		}
		for _, action := range w.policy.Policy().Actions(object) {
			do(object, action, gate.Target{Object: object, Path: "1.2.3.4.", Level: "institution"})
		}
	}
}
