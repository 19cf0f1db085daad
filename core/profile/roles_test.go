package profile_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mektep/core/profile"
	"mektep/profiles"
)

// What a country's files say of who gets a role and how, of who may be given more time, of
// what two people decide, of what no two records share, of consents, laws and days is held word for word by a table
// that was read against the law: a slip in a file opens offices by a password alone, and
// no floor looks at what the country itself says.
//
// MEKTEP_WRITE=1 writes the tables anew, to be read before they are committed.
func TestEveryRoleRuleOfACountryStandsInATableThatWasRead(t *testing.T) {
	for _, id := range []string{"kg", "tr"} {
		p, found := profile.Load(profiles.FS, id)
		if p == nil {
			t.Fatal(found)
		}
		got, file := ruled(p), "testdata/rules_"+id+".txt"
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
		for i := range max(len(was), len(is)) {
			one, other := "", ""
			if i < len(was) {
				one = was[i]
			}
			if i < len(is) {
				other = is[i]
			}
			if one != other {
				t.Errorf("%s:%d: read: %s\nthe profile: %s", file, i+1, one, other)
			}
		}
	}
}

// Whatever law asks nothing says so: a role of an official or of staff without a word for
// the order, the identification or the second factor is a slip until the table says "none".
func ruled(p *profile.Profile) string {
	var b strings.Builder
	list := func(of []string) string { return cmp.Or(strings.Join(of, "+"), "-") }
	for i := range p.Roles {
		r := &p.Roles[i]
		fmt.Fprintf(&b, "role %s: at %s %s %s; is %s; order %s; identification %s; tells %s; before use %s; guarded %t; one holder %t; %s\n",
			r.ID, r.Level, list(r.Offices), list(r.Institutions), r.Person, cmp.Or(r.Order, "none"), cmp.Or(r.Identification, "none"),
			list(r.Notify), list(r.BeforeUse), r.Guarded, r.OneHolder, cmp.Or(r.Source, "-"))
		for _, g := range r.GrantedBy {
			fmt.Fprintf(&b, "  given by %s within %s %s; %s\n", g.Role, cmp.Or(g.Within, "territory"), list(g.Institutions), cmp.Or(g.Source, "-"))
		}
	}
	for i := range p.Switches {
		fmt.Fprintf(&b, "switch %s: %t; %s\n", p.Switches[i].ID, p.Switches[i].On, cmp.Or(p.Switches[i].Source, "-"))
	}
	for i := range p.Undertakings {
		u := &p.Undertakings[i]
		fmt.Fprintf(&b, "undertaking %s: again after %d days, %s; kept in %s; %s\n", u.ID, u.RenewDays, cmp.Or(u.Renew, "once"), cmp.Or(u.KeptIn, "-"), u.Source)
	}
	for i := range p.Sections {
		s := &p.Sections[i]
		fmt.Fprintf(&b, "section %s: covers %s; by term %t; %s\n", s.ID, list(s.Covers), s.ByTerm, cmp.Or(s.Source, "-"))
	}
	for _, y := range p.SchoolYears() {
		for i := range y.Windows {
			w := &y.Windows[i]
			fmt.Fprintf(&b, "window %s %s: %s until %s; for %s; more time by %s; then %s %s; %s\n",
				y.ID, w.ID, w.Opens, w.Closes, list(w.Types), cmp.Or(w.ExtendedBy, "-"), cmp.Or(w.AfterClose.By, "nobody"), list(w.AfterClose.Attach), cmp.Or(w.Source, "-"))
		}
	}
	for i := range p.Registers {
		var shared []string
		for _, f := range p.Registers[i].Fields() {
			if f.Unique {
				shared = append(shared, f.ID)
			}
		}
		if slices.Sort(shared); len(shared) > 0 {
			fmt.Fprintf(&b, "unique in %s: %s\n", p.Registers[i].ID, list(shared))
		}
	}
	for i := range p.Forms {
		f := &p.Forms[i]
		fmt.Fprintf(&b, "consent %s: of %s to %s; signed by %s; revocable %t; kept in %s; %s %s; %s\n",
			f.ID, list(f.Of), list(f.Covers), f.SignerExpr, f.Revocable, cmp.Or(f.KeptIn, "-"), f.Since, f.Until, f.Source)
	}
	for i := range p.Laws {
		l := &p.Laws[i]
		fmt.Fprintf(&b, "law %s: %s %s of %s; in force %s %s; replaces %s\n", l.ID, l.Kind, cmp.Or(l.Number, "-"), l.Date, l.Since, l.Until, list(l.Replaces))
	}
	for _, y := range p.SchoolYears() {
		fmt.Fprintf(&b, "year %s: %s to %s, %s; weekend %s; %s\n", y.ID, y.Start, y.End, y.Status, list(y.Weekend), cmp.Or(y.Source, "-"))
		for _, d := range y.Terms {
			fmt.Fprintf(&b, "  term %s: %s to %s\n", d.ID, d.Start, d.End)
		}
		for _, d := range y.Breaks {
			fmt.Fprintf(&b, "  break %s: %s to %s; for %s\n", d.ID, d.Start, d.End, list(d.Types))
		}
		for _, d := range y.Holidays {
			fmt.Fprintf(&b, "  holiday %s: %s %s to %s %s; %s\n", d.ID, d.Start, d.From, d.End, d.Until, cmp.Or(d.Source, "-"))
		}
	}
	for i := range p.Types {
		if o := p.Types[i].Overseer; o != "" {
			fmt.Fprintf(&b, "type %s: overseen by %s\n", p.Types[i].ID, o)
		}
	}
	return b.String()
}
