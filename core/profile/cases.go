package profile

import (
	"fmt"
	"strings"
)

// Test runs the cases that a profile carries and returns those that fail, each
// at its place in the file.
func (p *Profile) Test() Findings {
	t := tester{p: p}
	t.identifiers()
	t.dates()
	t.windows()
	t.types()
	t.territory()
	t.fields()
	t.rolesAndForms()
	return t.failed.Sorted()
}

// CaseCount returns how many cases the profile carries.
func (p *Profile) CaseCount() int {
	c := &p.Cases
	return len(c.Identifiers) + len(c.Dates) + len(c.Windows) + len(c.Types) + len(c.Territory) + len(c.Fields) + len(c.Signers) + len(c.Grants)
}

// tried reports whether a case is tried: see restCases.
func (t *tester) tried(list string, i int) bool { return !t.p.untried[t.p.casesAt.item(list, i)] }

type tester struct {
	p      *Profile
	failed Findings
}

func (t *tester) fail(list string, i int, note, format string, args ...any) {
	f := t.p.casesAt.item(list, i).finding(CodeCase, format, args...)
	if note != "" {
		f.Message += " (" + note + ")"
	}
	t.failed = append(t.failed, f)
}

func (t *tester) identifiers() {
	for k, c := range t.p.Cases.Identifiers {
		i := t.p.Identifier(c.Identifier)
		err := i.Check(c.Value)
		if (err == nil) != c.Valid {
			t.fail("identifiers", k, c.Note, "%s %q: valid is %t, expected %t", c.Identifier, c.Value, err == nil, c.Valid)
		}
		carried := i.Derive(c.Value)
		for _, name := range keysOf(c.Derived) {
			if got := fmt.Sprint(carried[name]); carried[name] == nil || got != c.Derived[name] {
				t.fail("identifiers", k, c.Note, "%s %q: %s is %v, expected %q", c.Identifier, c.Value, name, carried[name], c.Derived[name])
			}
		}
	}
}

func (t *tester) dates() {
	for k, c := range t.p.Cases.Dates {
		if !t.tried("dates", k) {
			continue
		}
		on := c.On.Time()
		y := t.p.Year(on)
		year, term, school := "none", "none", false
		if y != nil {
			year, school = y.ID, y.SchoolDay(on, 0)
			if x := y.TermAt(on); x != nil {
				term = x.ID
			}
		}
		if c.Year != "" && c.Year != year {
			t.fail("dates", k, c.Note, "%s: the year is %s, expected %s", c.On, year, c.Year)
		}
		if c.Term != "" && c.Term != term {
			t.fail("dates", k, c.Note, "%s: the term is %s, expected %s", c.On, term, c.Term)
		}
		if c.SchoolDay != nil && *c.SchoolDay != school {
			t.fail("dates", k, c.Note, "%s: school day is %t, expected %t", c.On, school, *c.SchoolDay)
		}
	}
}

func (t *tester) windows() {
	for k, c := range t.p.Cases.Windows {
		if !t.tried("windows", k) {
			continue
		}
		at, err := parseMoment(c.At, t.p.Zone)
		if err != nil {
			t.fail("windows", k, c.Note, "%q is no moment", c.At)
			continue
		}
		section := c.Section
		if c.Term != "" && !strings.Contains(section, ".") {
			section += "." + c.Term
		}
		if len(t.p.Windows(section)) == 0 {
			t.fail("windows", k, c.Note, "%s has no window", section)
			continue
		}
		if open := t.p.IsOpen(section, at); open != c.Open {
			t.fail("windows", k, c.Note, "%s at %s: open is %t, expected %t", section, c.At, open, c.Open)
		}
	}
}

func (t *tester) types() {
	for k, c := range t.p.Cases.Types {
		x := t.p.TypeAt(c.Type, c.On.Time())
		if (x != nil) != c.Exists {
			t.fail("types", k, c.Note, "%s on %s: exists is %t, expected %t", c.Type, c.On, x != nil, c.Exists)
			continue
		}
		if x != nil && c.Overseer != "" && x.Overseer != c.Overseer {
			t.fail("types", k, c.Note, "%s is overseen by %q, expected %q", c.Type, x.Overseer, c.Overseer)
		}
	}
}

func (t *tester) territory() {
	for k, c := range t.p.Cases.Territory {
		if !t.tried("territory", k) {
			continue
		}
		a := t.p.AreaAt(c.Code, c.On.Time())
		if (a != nil) != c.Exists {
			t.fail("territory", k, c.Note, "%s on %s: exists is %t, expected %t", c.Code, c.On, a != nil, c.Exists)
			continue
		}
		if a == nil {
			continue
		}
		if c.Parent != "" && a.Parent != c.Parent {
			t.fail("territory", k, c.Note, "%s lies under %q, expected %q", c.Code, a.Parent, c.Parent)
		}
		for _, lang := range keysOf(c.Name) {
			if a.Name[lang] != c.Name[lang] {
				t.fail("territory", k, c.Note, "%s is called %q in %s, expected %q", c.Code, a.Name[lang], lang, c.Name[lang])
			}
		}
	}
}

func (t *tester) fields() {
	for k, c := range t.p.Cases.Fields {
		record := make(map[string]any, len(c.Record))
		for id, v := range c.Record {
			record[id] = v
		}
		_, faults := t.p.ValidateRecord(c.Register, record, c.On.Time())
		got := map[string]string{}
		layer := t.p.casesAt.item("fields", k).src.layer
		for _, f := range faults {
			if x := t.p.Register(c.Register).Field(f.Name); x != nil && (!x.known(layer) || x.stricter(layer)) && c.Faults[f.Name] == "" {
				continue // a ministry's own field, or more than was asked: the case does not know it
			}
			got[f.Name] = f.Key
		}
		for _, id := range keysOf(c.Faults) {
			if got[id] != c.Faults[id] {
				t.fail("fields", k, c.Note, "%s.%s: fault %q, expected %q", c.Register, id, got[id], c.Faults[id])
			}
		}
		for _, id := range keysOf(got) {
			if c.Faults[id] == "" {
				t.fail("fields", k, c.Note, "%s.%s: fault %q, expected none", c.Register, id, got[id])
			}
		}
	}
}

func (t *tester) rolesAndForms() {
	for k, c := range t.p.Cases.Signers {
		if who := t.p.Consent(c.Form).Signer(c.Born.Time(), c.On.Time()); who != c.Signer {
			t.fail("signers", k, c.Note, "%s is signed by %s, expected %s", c.Form, who, c.Signer)
		}
	}
	for k, c := range t.p.Cases.Grants {
		if !t.tried("grants", k) {
			continue
		}
		if may := t.p.MayGrant(c.By, c.Role, c.Group) != nil; may != c.Allow {
			t.fail("grants", k, c.Note, "%s gives %s: %t, expected %t", c.By, c.Role, may, c.Allow)
		}
	}
}
