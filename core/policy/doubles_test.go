package policy

import (
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// TR-IC-1: what of a ministry's rows does nothing, or says something twice, is said.
func TestTRIC1_RowsThatDoNothingAreNamed(t *testing.T) {
	v := vocabulary(t, "kg")
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	for row, want := range map[string]string{
		"p, special_administrator, institution.general, view, tenant, allow, kg-78-1 §1.3":    "note: COVERED line",
		"p, head, learner.identity, view, unit, allow, kg-78-1 §4.6":                          "note: COVERED line",
		"p, common.institution_data, class, close, unit, allow, kg-78-1 §4.6":                 "note: COVERED line",
		"p, ministry_officer, learner.progress, aggregate, tenant, allow, kg-78-1 §3.3":       "note: LAWS line",
		"p, head, learner.*, view, unit, allow, kg-78-1 §4.5":                                 "note: LAWS line",
		"p, teacher, staff.*, *, self, allow, kg-78-1 §4.7, more":                             "note: LAWS line",
		"p, ministry_officer, class, aggregate, taught, allow, kg-78-1 §4.3, more":            "NEVER gives nothing: scope taught holds at level institution only, and ministry_officer is held at level ministry",
		"p, head, institution, view, overseen, allow, kg-78-1 §4.5, more":                     "NEVER gives nothing: scope overseen holds at level directorate only",
		"p, district_officer, attendance, view, ward, allow, kg-78-1 §4.4, more":              "NEVER gives nothing: scope ward",
		"p, tenant_admin, calendar, update, territory, allow, platform §administration, more": "NEVER gives nothing: there is one calendar for the whole ministry, and of it only scope tenant holds",
		"p, ministry_officer, settings, view, self, allow, platform §administration, more":    "NEVER gives nothing: there is one settings",
	} {
		e, found := Check(policies.FS, v, ministrys("kg/rules.csv", string(rules)+row+"\n"))
		if e != nil {
			found = e.Notes()
		}
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return (f.Line == strings.Count(string(rules), "\n")+1 || strings.HasPrefix(row, "p, teacher, staff.*")) && strings.Contains(f.String(), want)
		}) {
			t.Errorf("%s: want %s, got %s", row, want, found)
		}
	}
}

// Every row that is built in, written once more in a narrower form or under another law, is
// noted, whatever role has it and whichever way it comes by it.
func TestEveryRowWrittenTwiceIsNoted(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		src, found := read(policies.FS, vocabulary(t, country), nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		if notes := src.doubleRows(); len(notes) > 0 {
			t.Errorf("%s: %s", country, notes)
		}
		holders := src.holdersOf()
		for _, r := range src.rules {
			for _, id := range append([]string{r.Role}, holders[r.Role]...) {
				for _, law := range []string{r.Source, "platform §audit"} {
					again := r
					again.Role, again.Source, again.Line = id, law, 9999
					src.words.cells(id, &again, func(c right) { again.Object, again.Action, again.Scope = c.object, c.action, c.scope })
					two := *src
					two.rules = []Row{r, again}
					code := map[bool]string{true: "COVERED", false: "LAWS"}[law == r.Source]
					if notes := two.doubleRows(); !slices.ContainsFunc(notes, func(f Finding) bool { return f.Code == code && f.Note }) {
						t.Fatalf("%s: %s beside %s: %v", country, again, r, notes)
					}
				}
			}
		}
	}
}

// KG-ER-6d: limits that leave nobody to give a role are a finding, those that leave somebody
// are noted; a role is given to nobody either where those who give it are given to nobody.
func TestKGER6d_ARoleThatNobodyCanBeGivenIsNamed(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		for _, role := range v.Roles {
			givers := slices.DeleteFunc(slices.Clone(role.Givers), func(g string) bool { return g == role.ID })
			var rows strings.Builder
			for i, g := range givers {
				rows.WriteString("never_grants, " + g + ", " + role.ID + ", platform §administration\n")
				e, found := Check(policies.FS, v, ministrys(country+"/limits.csv", rows.String()))
				last := i == len(givers)-1
				if named := slices.ContainsFunc(found, func(f Finding) bool {
					return f.Code == "NO_GIVER" && strings.Contains(f.Message, "nobody can be given "+role.ID)
				}); named != last {
					t.Errorf("%s: %s not given by %s: %s", country, role.ID, givers[:i+1], found)
				}
				if e != nil && !slices.ContainsFunc(e.Notes(), func(f Finding) bool { return f.Code == "GIVER" && strings.Contains(f.Message, g) }) {
					t.Errorf("%s: %s: nothing says that %s gives it no more: %s", country, role.ID, g, e.Notes())
				}
			}
		}
	}
	// who may appoint nobody gives nobody anything
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	without := strings.ReplaceAll(strings.ReplaceAll(string(rules), "p, special_administrator, appointment,", "# "), "p, district_officer, appointment,", "# ")
	_, found := Check(policies.FS, vocabulary(t, "kg"), ministrys("kg/rules.csv", without))
	for _, role := range []string{"district_officer", "head", "teacher"} {
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return f.Code == "NO_GIVER" && strings.Contains(f.Message, "nobody can be given "+role)
		}) {
			t.Errorf("%s: %s", role, found)
		}
	}
}
