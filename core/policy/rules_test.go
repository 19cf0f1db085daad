package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/policies"
)

// decide compiles a tree of files and answers one request, under the vocabulary v.
func decide(t *testing.T, fsys fstest.MapFS, v Vocabulary, role, object, action, scope string) Decision {
	t.Helper()
	e, found := Load(fsys, v, nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	s, err := NewSnapshot(e)
	if err != nil {
		t.Fatal(err)
	}
	return s.Decide(role, object, action, scope)
}

func TestKGER6a_AGuardrailBindsARoleInventedTomorrow(t *testing.T) {
	fsys, v := files(), vocabulary(t, "kg")
	v.Roles = append(v.Roles, Role{ID: "data_champion", Levels: []string{"ministry"}}, Role{ID: "helper", Levels: []string{"institution"}})
	fsys["kg/rules.csv"].Data = append(fsys["kg/rules.csv"].Data, []byte(`
p, data_champion, learner,   *, tenant, allow, kg-78-1 §4.3
p, data_champion, learner.*, *, *,      allow, kg-78-1 §4.3
p, common.editing, staff.*,  *, tenant, allow, kg-78-1 §4.3
g, data_champion, common.editing
p, helper,        learner.*, update, unit, allow, kg-78-1 §4.6
g, data_champion, helper
`)...)
	for _, c := range []struct {
		role, object, action, scope string
		allow                       bool
	}{
		{"data_champion", "learner.identity", "update", "tenant", false},
		{"data_champion", "learner.identity", "update", "unit", false}, // inherited from a role that may
		{"data_champion", "learner", "create", "tenant", false},        // guardrail on learner.* means learner too
		{"data_champion", "staff.position", "update", "tenant", false}, // through a common set of rights
		{"data_champion", "learner", "aggregate", "tenant", true},      // numbers are spared
		{"data_champion", "learner.identity", "view", "tenant", false}, // the ministry sees numbers
		{"data_champion", "learner.identity", "view", "self", true},
		{"helper", "learner.identity", "update", "unit", true},
	} {
		if d := decide(t, fsys, v, c.role, c.object, c.action, c.scope); d.Allow != c.allow || !c.allow && !d.Guardrail {
			t.Errorf("%+v: %+v", c, d)
		}
	}
}

func TestKGER6a_AnOverlayGivesTheMinistryNothingBack(t *testing.T) {
	v := vocabulary(t, "kg")
	overlay := ministrys("kg/rules.csv", "p, ministry_officer, learner.*, update, tenant, allow, kg-78-1 §4.3\n")
	e, found := Load(policies.FS, v, overlay)
	if len(found) > 0 {
		t.Fatal(found)
	}
	s, _ := NewSnapshot(e)
	if d := s.Decide("ministry_officer", "learner.identity", "update", "tenant"); d.Allow || d.Source != "kg-78-1 §4.3" {
		t.Errorf("%+v", d)
	}
	if s.Decide("head", "institution.general", "update", "unit").Allow {
		t.Error("an overlay replaces the country's rules, it does not add to them")
	}
	if !s.Decide("head", "undertaking", "sign", "self").Allow || !s.Decide("tenant_admin", "settings", "update", "tenant").Allow {
		t.Error("an overlay does not touch what every ministry has")
	}
	void := slices.DeleteFunc(checked(policies.FS, v, overlay), func(f Finding) bool { return f.Code == "NO_RIGHT" })
	if len(void) != 1 || void[0].Code != "VOID" || void[0].File != "over/kg/rules.csv" || void[0].Line != 1 || !strings.Contains(void[0].Message, "kg/guardrails.csv:") {
		t.Errorf("a row that a guardrail voids is said to be void: %v", void)
	}
}

// Whatever is denied by law is denied by one row here, and a case proves it: taken
// away, the row is missed by a case that then fails. The finding of Test that says so
// is held against the truth, row by row.
func TestEveryGuardrailAndLimitIsProvedByACase(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		src, found := readAll(policies.FS, vocabulary(t, country), nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		results, snap, found := src.try()
		if found = append(found, snap.unproved(src, results)...); len(found) > 0 {
			t.Error(found)
		}
		missed := func(without source) bool {
			results, _, found := without.try()
			return len(found) == 0 && slices.ContainsFunc(results, func(r Result) bool { return !r.OK })
		}
		decidedBy := map[string][]Case{}
		for _, r := range results {
			if d := r.Decision; d.Row != nil {
				at := fmt.Sprintf("%s:%d", d.Row.File, d.Row.Line)
				decidedBy[at] = append(decidedBy[at], r.Case)
			}
		}
		for i, row := range src.guardrails {
			without := *src
			without.cases = decidedBy[fmt.Sprintf("%s:%d", row.File, row.Line)]
			without.guardrails = slices.Delete(slices.Clone(src.guardrails), i, i+1)
			if strings.HasPrefix(row.File, baseFolder+"/") { // the base stands by itself, whatever a country forbids besides
				without.cases = slices.DeleteFunc(slices.Clone(src.cases), func(c Case) bool { return c.Allow || !strings.HasPrefix(c.File, baseFolder+"/") })
				without.guardrails = slices.DeleteFunc(without.guardrails, func(g Row) bool { return !strings.HasPrefix(g.File, baseFolder+"/") })
			}
			if !missed(without) {
				t.Errorf("%s:%d can be taken away and no case of %s fails: %s", row.File, row.Line, country, row)
			}
		}
		for i, l := range src.limits {
			without := *src
			without.cases = slices.DeleteFunc(slices.Clone(src.cases), func(c Case) bool { return !c.ofLimit() })
			without.limits = slices.Delete(slices.Clone(src.limits), i, i+1)
			if !missed(without) {
				t.Errorf("%s:%d can be taken away and no case of %s fails", l.File, l.Line, country)
			}
		}
	}
}

func TestAuditorsChangeNothing(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		src, found := read(policies.FS, vocabulary(t, country), nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		src.cases = []Case{{Role: "new.auditor"}, {Role: "new.platform"}}
		s, err := NewSnapshot(compile(src.withNewRoles()))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range s.policy.Objects() {
			for _, a := range s.policy.Actions(o) {
				class := s.policy.words.actions[a].Class
				if d := s.Decide("new.auditor", o, a, "tenant"); class != classRead && d.Allow {
					t.Errorf("%s: an auditor may %s %s", country, a, o)
				}
				if d := s.Decide("new.platform", o, a, "self"); d.Allow {
					t.Errorf("%s: an operator may %s %s", country, a, o)
				}
			}
		}
	}
}

func TestTRIM3_NobodyListsATeachersMovements(t *testing.T) {
	s := snapshot(t, "tr")
	for _, a := range s.policy.Actions("visit.movements") {
		if who := s.WhoMay("visit.movements", a); len(who) > 0 {
			t.Errorf("%v may %s a teacher's movements", who, a)
		}
	}
	if who := s.WhoMay("workplace_training.location", "export"); len(who) > 0 {
		t.Errorf("%v may export where a teacher was", who)
	}
}

func TestSealedGroupsOpenOnlyByName(t *testing.T) {
	s := snapshot(t, "kg")
	for _, r := range s.policy.rows {
		if r.Allow && matches("sealed.learner.special_needs", r.Object) && r.Object != "sealed.learner.special_needs" {
			t.Errorf("%s opens a sealed group", r)
		}
	}
	if s.Decide("head", "sealed.learner.special_needs", "view", "unit").Row.Object != "sealed.learner.special_needs" {
		t.Error("a head sees special needs by a row that names them")
	}
}

func TestLimits(t *testing.T) {
	tr := snapshot(t, "tr").Policy()
	for _, c := range []struct {
		roles []string
		hits  int
	}{
		{[]string{"auditor", "tenant_admin"}, 1},
		{[]string{"tenant_admin", "teacher", "auditor"}, 1},
		{[]string{"it_group", "directorate_officer"}, 1},
		{[]string{"head", "teacher"}, 0},
		{[]string{"teacher", "guardian"}, 0},
		{[]string{"auditor", "auditor"}, 0},
	} {
		hits := tr.Conflicts(c.roles)
		if len(hits) != c.hits {
			t.Errorf("%v: %v", c.roles, hits)
		}
		for _, h := range hits {
			if h.Source == "" {
				t.Errorf("%v rests on no law", h)
			}
		}
	}
	for _, c := range []struct {
		granter, role string
		never         bool
	}{
		{"auditor", "teacher", true},
		{"teacher", "learner", true},
		{"head", "head", true},
		{"head", "province_mebbis_manager", true},
		{"head", "teacher", false},
		{"tenant_admin", "operator", true},
		{"district_mebbis_manager", "head", false},
	} {
		hit, never := tr.MayNotGrant(c.granter, c.role)
		if never != c.never || never && hit.Source == "" {
			t.Errorf("%+v: %v %v", c, never, hit)
		}
	}
}

func TestInheritanceIsBounded(t *testing.T) {
	fsys, v := files(), vocabulary(t, "kg")
	chain := func(n int) []byte {
		var b strings.Builder
		fmt.Fprintf(&b, "g, head, common.c1\n")
		for i := 1; i < n; i++ {
			fmt.Fprintf(&b, "g, common.c%d, common.c%d\n", i, i+1)
		}
		fmt.Fprintf(&b, "p, common.c%d, learner.identity, view, unit, allow, kg-78-1 §4.6\n", n)
		return []byte(b.String())
	}
	fsys["kg/rules.csv"].Data = chain(maxDepth)
	if d := decide(t, fsys, v, "head", "learner.identity", "view", "unit"); !d.Allow {
		t.Error("a right does not reach through the deepest inheritance that is let through")
	}
	e, _ := Load(fsys, v, nil)
	if ok, _ := stock(t, e).Enforce("head", "learner.identity", "view", "unit"); !ok {
		t.Error("nor at a stock enforcer")
	}
	fsys["kg/rules.csv"].Data = chain(maxDepth + 1)
	if _, found := Load(fsys, v, nil); len(found) == 0 || found[0].Code != "DEPTH" {
		t.Errorf("one deeper: %v", found)
	}
}

func TestMissingGuardrailsAreAMistake(t *testing.T) {
	for _, name := range []string{"kg/guardrails.csv", "base/guardrails.csv", "base/rules.csv", "kg/rules.csv", modelFile, catalogueFile} {
		fsys := files()
		delete(fsys, name)
		if _, found := Load(fsys, vocabulary(t, "kg"), nil); len(found) == 0 || found[0].File != name {
			t.Errorf("without %s: %v", name, found)
		}
	}
}

func TestOrderOfRowsNeverMatters(t *testing.T) {
	v := vocabulary(t, "tr")
	straight, found := Load(policies.FS, v, nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	fsys := files()
	for name, f := range fsys {
		if path.Ext(name) == ".csv" {
			lines := strings.Split(string(f.Data), "\n")
			slices.Reverse(lines)
			f.Data = []byte(strings.Join(lines, "\r\n"))
		}
	}
	turned, found := Load(fsys, v, nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	if straight.CSV() != turned.CSV() {
		t.Error("the same rows in another order compile to other files")
	}
}

// KG-ER-6a: who keeps the system, and who watches over it, opens nobody's record in any
// country, whatever its own guardrails say: every object that holds what is kept of a
// person, those of tomorrow too, to a role that was given everything.
func TestKGER6a_TheBaseKeepsAdministratorsFromRecords(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		src, found := read(policies.FS, vocabulary(t, country), nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		src.guardrails = slices.DeleteFunc(src.guardrails, func(g Row) bool { return !strings.HasPrefix(g.File, baseFolder+"/") })
		src.cases = []Case{{Role: "new.tenant_admin"}, {Role: "new.auditor"}}
		s, err := NewSnapshot(compile(src.withNewRoles()))
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for _, o := range src.words.covered(personal) {
			for _, a := range s.policy.Actions(o) {
				if a == aggregate || src.words.actions[a].Class == classOwn {
					continue
				}
				for _, role := range []string{"new.tenant_admin", "new.auditor"} {
					for _, scope := range []string{"tenant", "unit", "territory", "overseen", "taught", "placed"} {
						if tried++; s.Decide(role, o, a, scope).Allow {
							t.Errorf("%s: %s may %s %s, %s", country, role, a, o, scope)
						}
					}
				}
				if src.words.actions[a].Class == classRead && !s.Decide("new.auditor", o, a, "self").Allow {
					t.Errorf("%s: an auditor does not see their own %s", country, o)
				}
			}
		}
		if tried < 500 {
			t.Errorf("%s: only %d were tried", country, tried)
		}
	}
}
