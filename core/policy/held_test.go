package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// copied returns rows that give a role all that another one has, or only what of it is
// power, cell by cell: no g row and no wildcard tells where it comes from. at is the role
// at whose level it is held.
func copied(src *source, from, to, at string, powerOnly bool) string {
	law := "platform §administration"
	denied, seen := src.denials(), map[right]bool{}
	var b strings.Builder
	src.each(nil, func(g given) {
		c := g.right
		if c.role != from || seen[c] || g.row.Role == memberRole || denied(c) || powerOnly && !src.words.weighs(c) {
			return
		}
		seen[c] = true
		if slices.ContainsFunc(src.words.reserved, func(x reserved) bool {
			return x.Object == c.object && slices.Contains(x.Actions, c.action) && !slices.Contains(x.But, c.scope)
		}) {
			return // no file gives it
		}
		wide := ""
		if src.words.beyond(c.scope, src.words.roles[at]) {
			wide = ", wide"
		}
		fmt.Fprintf(&b, "p, %s, %s, %s, %s, allow, %s%s, more\n", to, c.object, c.action, c.scope, law, wide)
	})
	return b.String()
}

// copyOf is a role of the ministry's own that stands where another one does, demands
// what both demand, and is given by who gives them.
func copyOf(v Vocabulary, id, of string, besides ...string) Role {
	r := v.role(of)
	r.ID, r.Needs, r.Givers = id, slices.Clone(r.Needs), slices.Clone(r.Givers)
	for _, other := range besides {
		r.Needs, r.Givers = append(r.Needs, v.role(other).Needs...), append(r.Givers, v.role(other).Givers...)
	}
	return r
}

// sides are the roles of a country that the words of its limits name, each once.
func sides(src *source, word string) (out []string) {
	for _, id := range src.words.holders() {
		if src.words.means(parentsOf(src.links), word, id) {
			out = append(out, id)
		}
	}
	return out
}

// TR-IC-1, KG-ER-6a, KG-ER-6b: a role of the ministry's own that copies the rows of two
// roles which one person may not hold, all of them or only what is power, does not pass:
// whatever limits there are, whatever roles they name, and at either one's level.
func TestTRIC1_ACopyOfBothSidesOfALimitIsNamed(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		src, found := read(policies.FS, v, nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		rules, _ := policies.FS.ReadFile(country + "/rules.csv")
		tried := 0
		for _, l := range src.limits {
			if l.Kind != Exclusive {
				continue
			}
			for _, a := range sides(src, l.A) {
				for _, b := range sides(src, l.B) {
					for _, powerOnly := range []bool{false, true} {
						if a == b {
							continue
						}
						w := v
						w.Roles = append(slices.Clone(v.Roles), copyOf(v, "watcher", a, b))
						rows := copied(src, a, "watcher", a, powerOnly) + copied(src, b, "watcher", a, powerOnly)
						more, found := read(policies.FS, w, ministrys(country+"/rules.csv", string(rules)+strings.Join(unique(rows), "")))
						if len(found) > 0 {
							t.Fatal(found)
						}
						tried++
						reach, _ := more.beyondCountry(policies.FS, w)
						if !slices.ContainsFunc(reach, func(f Finding) bool { return f.Code == "UNITES" || f.Code == "NEEDS" }) {
							t.Errorf("%s: %s:%d (%s, %s): a copy of %s and %s (only power: %t) passes: %v", country, l.File, l.Line, l.A, l.B, a, b, powerOnly, reach)
						}
					}
				}
			}
		}
		t.Logf("%s: %d copies", country, tried)
	}
}

func unique(rows string) []string {
	lines := strings.SplitAfter(rows, "\n")
	slices.Sort(lines)
	return slices.Compact(lines)
}

// KG-ER-6b, KG-ER-6d: a copy of one role is kept apart from whatever keeps the role apart,
// may give what the role may, and is given by nobody who may not give the role.
func TestKGER6b_ACopyIsBoundAsWhatItCopies(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		src, _ := read(policies.FS, v, nil)
		plain := compile(src)
		rules, _ := policies.FS.ReadFile(country + "/rules.csv")
		tried := 0
		for _, role := range src.words.holders() {
			for _, powerOnly := range []bool{false, true} {
				w := v
				w.Roles = append(slices.Clone(v.Roles), copyOf(v, "watcher", role))
				e, found := Load(policies.FS, w, ministrys(country+"/rules.csv", string(rules)+copied(src, role, "watcher", role, powerOnly)))
				if e == nil {
					t.Fatal(found)
				}
				for _, other := range src.words.holders() {
					for _, c := range []struct {
						what    string
						was, is bool
						meant   bool // the profile lets them, so that the limit must, too
					}{
						{"is held beside", len(plain.Conflicts([]string{role, other})) > 0, role != other && len(e.Conflicts([]string{"watcher", other})) > 0, true},
						{"gives", barred(plain, role, other), barred(e, "watcher", other), slices.Contains(v.role(other).Givers, role)},
						{"is given by", barred(plain, other, role), barred(e, other, "watcher"), slices.Contains(v.role(role).Givers, other)},
					} {
						tried++
						if c.was && !c.is || c.meant && c.is && !c.was {
							t.Errorf("%s: a copy of %s (only power: %t) %s %s: barred %t, the role itself %t", country, role, powerOnly, c.what, other, c.is, c.was)
						}
					}
				}
			}
		}
		t.Logf("%s: %d questions", country, tried)
	}
}

func barred(e *Effective, granter, role string) bool {
	_, no := e.MayNotGrant(granter, role)
	return no
}

// KG-ER-6b, TR-IC-1: a part of each side is enough, under a new name, an old one, or by
// descent; what somebody in the country has together is not kept apart.
func TestTRIC1_APartOfEachSideOfALimitIsEnough(t *testing.T) {
	v := vocabulary(t, "kg")
	v.Roles = append(v.Roles, copyOf(v, "watcher", "special_administrator", "auditor"))
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	const end = ", tenant, allow, platform §administration"
	for rows, want := range map[string]string{
		"p, watcher, audit, view" + end + "\np, watcher, account, reset" + end + "\n":                                             "watcher has what base/limits.csv:2 keeps apart (platform §separation_of_duties): of auditor audit, view in scope tenant on the one hand, of tenant_admin account, reset in scope tenant on the other",
		"p, watcher, audit, *" + end + "\np, watcher, account, view" + end + "\np, watcher, appointment, *" + end + "\n":          "watcher has what",
		"p, watcher, audit, export" + end + "\np, watcher, session, revoke, territory, allow, platform §administration\n":         "watcher has what",
		"g, watcher, auditor\ng, watcher, special_administrator\n":                                                                "watcher has what",
		"g, watcher, auditor\np, watcher, invitation, create" + end + ", more\n":                                                  "",
		"p, special_administrator, audit, view" + end + ", more\n":                                                                "special_administrator has what kg/limits.csv:2 keeps apart (platform §separation_of_duties): of auditor audit, view in scope tenant on the one hand, all of special_administrator on the other",
		"p, watcher, token, view" + end + "\np, watcher, account, reset" + end + "\n":                                             "",
		"p, watcher, audit, view" + end + "\np, watcher, account, view" + end + "\n":                                              "",
		"p, watcher, account, reset" + end + "\np, watcher, appointment, *" + end + "\np, watcher, calendar, update" + end + "\n": "",
	} {
		_, found := Check(policies.FS, v, ministrys("kg/rules.csv", string(rules)+rows))
		if want == "" && len(found) > 0 && !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "VOID" }) ||
			want != "" && !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "UNITES" && strings.HasPrefix(f.Message, want) }) {
			t.Errorf("%s: want %q, got %v", rows, want, found)
		}
	}
}
