package gate

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/policies"
	"mektep/profiles"
)

// Each refusal that names a rule names one whose text is about what was refused: every
// pair of a rule and an act that the countries' policies, limits, roles and calendars can
// bring together stands in a table that somebody has read, rule by rule. A new pair, or one
// that is gone, fails until it has been read as well. "-" is the law alone: it says what is
// refused, and no requirement of the profile does.
//
// MEKTEP_WRITE=1 writes the tables anew, to be read before they are committed.
func TestARefusalNamesARuleOnlyOfWhatItIsAbout(t *testing.T) {
	for _, id := range policy.Countries(policies.FS) {
		p, s := country(t, id)
		got, file := table(citable(p, s)), "testdata/cited_"+id+".txt"
		if os.Getenv("MEKTEP_WRITE") != "" {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		read, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		was, is := strings.Split(string(read), "\n"), strings.Split(got, "\n")
		for _, l := range is {
			if !slices.Contains(was, l) {
				t.Errorf("%s: nobody has read: %s", file, l)
			}
		}
		for _, l := range was {
			if !slices.Contains(is, l) {
				t.Errorf("%s: cannot be cited: %s", file, l)
			}
		}
		for _, note := range Aimless(p, s.Policy()) {
			t.Error(note)
		}
	}
}

// A rule that says what it is about is told of nothing else; an object that there is not
// is found.
func TestARuleIsToldOfWhatItIsAbout(t *testing.T) {
	p, s := country(t, "kg")
	p.Rules = []profile.Rule{
		{Entry: profile.Entry{ID: "narrow"}, Source: "law §1", About: []string{"learner.*", "staff:view", "*:export"}},
		{Entry: profile.Entry{ID: "cites"}, Source: "law §2", Also: []string{"law §1"}, About: []string{"unit", "nonsense"}},
		{Entry: profile.Entry{ID: "whole"}, Source: "law §3"},
	}
	for _, c := range [][4]string{
		{"law §1", "learner.progress", "update", "narrow"},
		{"law §1", "learner", "update", ""},
		{"law §1", "staff", "view", "narrow"},
		{"law §1", "staff", "update", ""},
		{"law §1", "learner", "export", "narrow"},
		{"law §1", "unit", "create", "cites"},
		{"law §3", "unit", "create", "whole"},
		{"law §4", "unit", "create", ""},
	} {
		if got := p.RuleOf(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%s of %s %s: %q, want %q", c[0], c[1], c[2], got, c[3])
		}
	}
	if notes := Aimless(p, s.Policy()); len(notes) != 1 || !strings.Contains(notes[0].Message, "nonsense") {
		t.Errorf("%v", notes)
	}
}

func country(t *testing.T, id string) (*profile.Profile, *policy.Snapshot) {
	t.Helper()
	p, found := profile.Load(profiles.FS, id)
	if p == nil {
		t.Fatal(found)
	}
	e, wrong := policy.Load(policies.FS, Vocabulary(p), nil)
	if e == nil {
		t.Fatal(wrong)
	}
	s, err := policy.NewSnapshot(e)
	if err != nil {
		t.Fatal(err)
	}
	return p, s
}

// table has a line for each rule, law and object.
func table(all []cites) string {
	var b strings.Builder
	for i := 0; i < len(all); {
		c := all[i]
		var actions []string
		for ; i < len(all) && all[i].Rule == c.Rule && all[i].Law == c.Law && all[i].Object == c.Object; i++ {
			actions = append(actions, all[i].Action)
		}
		rule := c.Rule
		if rule == "" {
			rule = "-"
		}
		fmt.Fprintf(&b, "%s | %s | %s: %s\n", rule, c.Law, c.Object, strings.Join(actions, " "))
	}
	return b.String()
}

// cites is what a refusal of an act can rest on, and the rule that it then names.
type cites struct {
	Rule, Law, Object, Action string
}

// citable are all laws that a refusal, or an explanation, can cite for an act, each with
// the rule that is told with it: "" where the law speaks for itself.
func citable(p *profile.Profile, s *policy.Snapshot) []cites {
	e, seen := s.Policy(), map[cites]bool{}
	add := func(law, object, action string) {
		if law != "" && !strings.HasPrefix(law, fault.Own) {
			seen[cites{p.RuleOf(law, object, action), law, object, action}] = true
		}
	}
	for _, role := range e.Roles() {
		for _, object := range e.Objects() {
			for _, action := range e.Actions(object) {
				if d := s.Decide(role, object, action, "tenant"); d.Guardrail {
					add(d.Source, object, action)
				}
				for _, scope := range s.Scopes(role, object, action) {
					law := s.Decide(role, object, action, scope).Source
					add(law, object, action)
					if action != "view" {
						continue
					}
					for _, other := range e.Actions(object) { // who may look and no more is told the rule that lets them look
						add(law, object, other)
					}
				}
			}
		}
	}
	given(p, e, add)
	bound := func(law string) { add(law, "section", "open") }
	for i := range p.Sections {
		bound(p.Sections[i].Source)
	}
	for _, y := range p.SchoolYears() {
		add(y.Source, "calendar", "update")
		for i := range y.Windows {
			bound(y.Windows[i].Source)
			add(windowLaw(p, &y.Windows[i]), "extension", "create")
		}
	}
	for i := range p.Undertakings {
		add(p.Undertakings[i].Source, "undertaking", "sign")
	}
	for i := range p.Switches {
		if p.Switches[i].ID == "two_person_configuration" {
			add(p.Switches[i].Source, "approval", "approve")
		}
	}
	owned(p, add)
	out := make([]cites, 0, len(seen))
	for c := range seen {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b cites) int {
		return slices.Compare([]string{a.Rule, a.Law, a.Object, a.Action}, []string{b.Rule, b.Law, b.Object, b.Action})
	})
	return out
}

func windowLaw(p *profile.Profile, w *profile.Window) string {
	if sec := p.Section(w.Section); w.Source == "" && sec != nil {
		return sec.Source
	}
	return w.Source
}

// given are the laws by which roles are given, kept apart, and never given.
func given(p *profile.Profile, e *policy.Effective, add func(law, object, action string)) {
	give := func(law string) {
		for _, object := range []string{"account", "appointment", "invitation", "session"} {
			for _, action := range e.Actions(object) {
				add(law, object, action)
			}
		}
	}
	for i := range p.Roles {
		give(p.Roles[i].Source)
		for _, g := range p.Roles[i].GrantedBy {
			give(g.Source)
		}
	}
	for _, l := range e.Limits() {
		if l.Kind == policy.Exclusive {
			add(l.Source, "appointment", "hold")
		} else {
			add(l.Source, "appointment", "create")
		}
	}
}

// owned are the laws by which groups of fields are another register's.
func owned(p *profile.Profile, add func(law, object, action string)) {
	for i := range p.Registers {
		for j := range p.Registers[i].Groups {
			if g := &p.Registers[i].Groups[j]; g.Owner != "" && g.Owner != "self" {
				law := g.Basis.Law
				if law == "" {
					law = g.Basis.Duty
				}
				add(law, g.Object(), "update")
			}
		}
	}
}
