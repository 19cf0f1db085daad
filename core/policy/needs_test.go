package policy

import (
	"slices"
	"strings"
	"testing"

	"mektep/policies"
)

// comparison holds a ministry's rules, which are here its country's, to its country's.
func comparison(t *testing.T, v Vocabulary) *beyond {
	t.Helper()
	src, found := read(policies.FS, v, nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	return src.beside(src)
}

// KG-ER-6a to 6d, TR-IC-4: nobody comes to have power over people, or their data, wider
// than a role of the same level in the country. Every role, every such act, every scope
// is tried, also for holders of whom everything is demanded.
func TestKGER6c_NobodyHasPeoplesDataWiderThanTheirLevel(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		for i := range v.Roles {
			for _, r := range v.Roles {
				for _, n := range r.Needs {
					if !slices.Contains(v.Roles[i].Needs, n) {
						v.Roles[i].Needs = append(slices.Clone(v.Roles[i].Needs), n)
					}
				}
			}
		}
		b := comparison(t, v)
		w, tried := b.src.words, 0
		for _, role := range append([]string{memberRole}, w.holders()...) {
			for _, o := range w.objectIDs {
				for _, a := range w.objects[o] {
					if a == aggregate || !w.personal[o] && !w.powerful(o, a) {
						continue
					}
					for _, scope := range []string{"unit", "territory", "tenant"} {
						wider := map[string][]string{"unit": {"unit", "territory", "overseen", "tenant"}, "territory": {"territory", "tenant"}, "tenant": {"tenant"}}[scope]
						had := slices.ContainsFunc(w.holders(), func(id string) bool {
							x, r := w.roles[id], w.roles[role]
							return role != memberRole && x.Personal == r.Personal && slices.ContainsFunc(x.Levels, func(l string) bool { return slices.Contains(r.Levels, l) }) &&
								slices.ContainsFunc(wider, func(s string) bool { return b.before[right{id, o, a, s}] && !b.denied(right{id, o, a, s}) })
						})
						given := slices.ContainsFunc(w.holders(), func(id string) bool {
							return slices.ContainsFunc(w.relations, func(s string) bool { return b.before[right{id, o, a, s}] })
						})
						tried++
						if x := b.lacks(right{role, o, a, scope}); !had && x == nil && (given || !strings.Contains(o, ".")) {
							t.Errorf("%s: %s may be given %s, %s in scope %s", country, role, o, a, scope)
						} else if had && x != nil && len(x.who) == 0 {
							t.Errorf("%s: %s", country, x)
						}
					}
				}
			}
		}
		if tried < 1000 {
			t.Errorf("%s: only %d rights were tried", country, tried)
		}
	}
}

// What is refused names what would be right: the scope in which the level has it, and
// who has it beyond.
func TestKGER6c_WhatIsTooWideNamesWhatWouldBeRight(t *testing.T) {
	v := vocabulary(t, "kg")
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	for row, want := range map[string]string{
		"p, head, learner.identity, view, tenant":        "give it no wider than in scope unit",
		"p, head, staff.position, update, territory":     "give it no wider than in scope unit, or leave it to who has it there: district_officer",
		"p, teacher, account, view, tenant":              "give it no wider than in scope unit",
		"p, member, account, view, tenant":               "leave it to who has it there: auditor, special_administrator, tenant_admin",
		"p, teacher, session, view, tenant":              "give it no wider than in scope unit",
		"p, head, account, reset, tenant":                "give it no wider than in scope unit, or leave it to who has it there: special_administrator, tenant_admin",
		"p, head, appointment, dismiss, tenant":          "special_administrator",
		"p, teacher, learner.progress, update, tenant":   "no wider than in scope",
		"p, teacher, import, view, tenant":               "no wider than in scope unit",
		"p, district_officer, learner.*, update, tenant": "no wider than in scope territory",
		"p, head, institution.*, update, tenant":         "a hand in what other units keep (institution.condition, update in scope tenant): in the country no role of the same level has that so far, and no word excuses from it: give it no wider than in scope unit, or leave it to who has it there: tenant_admin",
		"p, teacher, announcement, create, tenant":       "leave it to who has it there: special_administrator, tenant_admin",
		"p, member, announcement, create, tenant":        "a hand in what other units keep",
	} {
		end := ", allow, kg-78-1 §4.3, wide, more\n"
		if strings.HasSuffix(row, "territory") {
			end = ", allow, kg-78-1 §4.3, more\n"
		}
		_, found := Check(policies.FS, v, ministrys("kg/rules.csv", string(rules)+row+end))
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "NEEDS" && strings.Contains(f.Message, want) }) {
			t.Errorf("%s: %s", row, found)
		}
	}
}

// A field group that a ministry adds is judged by its register; one that the country's
// rules do not reach has whoever has the register's.
func TestKGER6c_AGroupOfTheMinistrysOwnIsJudgedByItsRegister(t *testing.T) {
	v := vocabulary(t, "kg")
	v.Groups = append(v.Groups, "sealed.guardian.income")
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	for row, refused := range map[string]bool{
		"p, head, sealed.guardian.income, view, unit, allow, kg-78-1 §4.5, more\n":         false,
		"p, head, sealed.guardian.income, view, tenant, allow, kg-78-1 §4.5, wide, more\n": true,
	} {
		_, found := Check(policies.FS, v, ministrys("kg/rules.csv", string(rules)+row))
		if slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "NEEDS" }) != refused {
			t.Errorf("%s: %s", row, found)
		}
	}
}

// KG-ER-6a: what a ministry keeps of people in a group of another register is personal
// all the same: no rule of the country that reaches the register opens it to who may see
// numbers only, and no row does.
func TestKGER6a_WhatIsKeptOfPeopleIsPersonalInEveryRegister(t *testing.T) {
	v := vocabulary(t, "kg")
	v.Groups = append(v.Groups, "institution.pupils")
	for _, people := range []bool{false, true} {
		if people {
			v.People = append(v.People, "institution.pupils")
		}
		e, found := Load(policies.FS, v, nil)
		if e == nil {
			t.Fatal(found)
		}
		s, err := NewSnapshot(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range []string{"ministry_officer", "auditor", "tenant_admin"} {
			if d := s.Decide(role, "institution.pupils", "view", "tenant"); people && d.Allow || role == "ministry_officer" && !people && !d.Allow {
				t.Errorf("%s, of people %t: %v", role, people, d)
			}
		}
		if !s.Decide("head", "institution.pupils", "view", "unit").Allow {
			t.Error("the head does not see it")
		}
	}
}

// TR-IC-1: of every object it is decided whether to see it is to see people. One that is
// in neither list is new: it goes into power or personal of the catalogue, or here.
func TestTRIC1_WhatShowsPeopleIsMarked(t *testing.T) {
	impersonal := []string{
		"announcement", "attestation", "briefing", "calendar", "class", "extension", "help", "indicator", "institution", "policy", "profile", "programme",
		"reference", "report", "settings", "shift", "snapshot", "subject", "survey", "timeliness", "unit", "window", "workplace",
	}
	for _, country := range Countries(policies.FS) {
		w := comparison(t, vocabulary(t, country)).src.words
		for _, o := range w.objectIDs {
			register, _, _ := strings.Cut(o, ".")
			if slices.Contains(w.objects[o], "view") && !w.personal[o] && !w.powerful(o, "view") && !slices.Contains(impersonal, register) {
				t.Errorf("%s: nobody has said whether %s shows people", country, o)
			}
		}
	}
}

// TR-IC-1, KG-ER-6b: a role of the ministry's own that has all of another role is bound by
// what excludes that one, and by who may not give it.
func TestKGER6b_ALimitBindsWhoInherits(t *testing.T) {
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	v := vocabulary(t, "kg")
	v.Roles = append(v.Roles, own("curator", "district", v.role("district_officer").Needs...), own("warden", "institution", v.role("head").Needs...))
	e, found := Load(policies.FS, v, ministrys("kg/rules.csv", string(rules)+"g, curator, district_officer\ng, warden, head\n"))
	if e == nil {
		t.Fatal(found)
	}
	for _, pair := range [][]string{{"curator", "head"}, {"curator", "warden"}, {"district_officer", "warden"}, {"curator", "responsible_specialist"}} {
		if len(e.Conflicts(pair)) == 0 {
			t.Errorf("one person may be %v", pair)
		}
	}
	for giver, role := range map[string]string{"district_officer": "curator", "curator": "district_officer", "responsible_specialist": "warden"} {
		if _, no := e.MayNotGrant(giver, role); !no {
			t.Errorf("%s may give %s", giver, role)
		}
	}
	if len(e.Conflicts([]string{"head", "teacher"})) > 0 {
		t.Error("a head teaches no more")
	}
}

// KG-ER-6b, KG-ER-6d: power over people, and their data, come from no other hands than in
// the country, under whatever name.
func TestKGER6d_WhatIsGivenComesFromNoOtherHands(t *testing.T) {
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	for givers, want := range map[string]bool{"special_administrator": false, "district_officer": true, "head": true} {
		v := vocabulary(t, "kg")
		r := own("curator", "district", v.role("district_officer").Needs...)
		r.Givers = []string{givers}
		v.Roles = append(v.Roles, r)
		_, found := Check(policies.FS, v, ministrys("kg/rules.csv", string(rules)+"g, curator, district_officer\n"))
		if got := slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "NEEDS" && strings.Contains(f.Message, "granted_by") }); got != want {
			t.Errorf("given by %s: %v", givers, found)
		}
	}
}

func (v Vocabulary) role(id string) Role {
	return v.Roles[slices.IndexFunc(v.Roles, func(r Role) bool { return r.ID == id })]
}

// TR-IC-1, KG-ER-6c: nobody writes the records of other units, people's or not, wider than
// a role of the same level in the country does.
func TestKGER6c_NobodyWritesWiderThanTheirLevel(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		b := comparison(t, vocabulary(t, country))
		w, tried := b.src.words, 0
		for _, role := range w.holders() {
			for _, o := range w.objectIDs {
				for _, a := range w.objects[o] {
					for _, scope := range []string{"territory", "overseen", "tenant"} {
						c := right{role, o, a, scope}
						if w.actions[a].Class != classWrite || w.weighs(c) || !w.beyond(scope, w.roles[role]) {
							continue
						}
						level := slices.ContainsFunc(append(b.peers(role), role), func(id string) bool { return b.has(id, c, upTo(scope)) })
						tried++
						if x := b.lacks(c); !level && x == nil {
							t.Errorf("%s: %s may be given %s, %s in scope %s", country, role, o, a, scope)
						}
					}
				}
			}
		}
		if tried < 500 {
			t.Errorf("%s: only %d rights were tried", country, tried)
		}
	}
}
