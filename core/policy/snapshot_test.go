package policy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/casbin/casbin/v2"

	"mektep/policies"
)

// stock is any Casbin enforcer, loaded from the files that Build writes.
func stock(t testing.TB, e *Effective) *casbin.Enforcer {
	t.Helper()
	dir := t.TempDir()
	if err := e.Build(dir); err != nil {
		t.Fatal(err)
	}
	enforcer, err := casbin.NewEnforcer(filepath.Join(dir, "model.conf"), filepath.Join(dir, "policy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := enforcer.GetPolicy()
	if err != nil || len(rows) != len(e.rows) {
		t.Fatalf("a stock enforcer read %d rows of %d (%v)", len(rows), len(e.rows), err)
	}
	links, err := enforcer.GetGroupingPolicy()
	if err != nil || len(links) != len(e.links) {
		t.Fatalf("a stock enforcer read %d links of %d (%v)", len(links), len(e.links), err)
	}
	return enforcer
}

// requests draws words that the policy knows, words it uses in other places, and
// words that nobody knows.
func requests(s *Snapshot, seed uint64, n int) [][4]string {
	// guardrails are spelt out in many rows: most of what is near a row is near one that gives
	allows := slices.DeleteFunc(slices.Clone(s.policy.rows), func(r Row) bool { return !r.Allow })
	rnd := rand.New(rand.NewPCG(seed, 7))
	strange := []string{"", "*", "learner.*", "learner.", "learner.x", "sealed", "sealed.learner", "sealed.learner.x", "level.ministry", "common.school", "nobody", "Learner", "view ", "any_write", "deny", "ё", "a.b.c", "institution.general.x"}
	pick := func(words []string) string {
		if rnd.IntN(12) == 0 {
			return strange[rnd.IntN(len(strange))]
		}
		return words[rnd.IntN(len(words))]
	}
	subjects := subjects(s)
	out := make([][4]string, n)
	for i := range out {
		object := pick(s.policy.words.objectIDs)
		actions := s.policy.words.objects[object]
		if actions == nil || rnd.IntN(4) == 0 {
			actions = s.policy.words.actionIDs
		}
		r := [4]string{pick(subjects), object, pick(actions), pick(s.policy.words.relations)}
		if rnd.IntN(2) == 0 {
			rows := s.policy.rows
			if rnd.IntN(4) > 0 {
				rows = allows
			}
			r = s.near(rows[rnd.IntN(len(rows))], r, rnd)
		}
		out[i] = r
	}
	return out
}

// near returns a request that a row decides; every second one differs from it in
// one word, taken from another request.
func (s *Snapshot) near(row Row, other [4]string, rnd *rand.Rand) [4]string {
	var heirs []string
	for _, id := range subjects(s) {
		if slices.Contains(s.judge(id).lineage, row.Role) {
			heirs = append(heirs, id)
		}
	}
	r := [4]string{heirs[rnd.IntN(len(heirs))], row.Object, row.Action, row.Scope}
	if objects := s.policy.words.covered(row.Object); len(objects) > 0 {
		r[1] = objects[rnd.IntN(len(objects))]
	}
	if actions := s.policy.words.objects[r[1]]; row.Action == every && len(actions) > 0 {
		r[2] = actions[rnd.IntN(len(actions))]
	}
	if row.Scope == every || row.Scope == others {
		r[3] = s.policy.words.relations[rnd.IntN(len(s.policy.words.relations))]
	}
	if rnd.IntN(2) == 0 {
		i := rnd.IntN(4)
		r[i] = other[i]
	}
	return r
}

func TestSnapshotDecidesAsAStockEnforcer(t *testing.T) {
	n := 1000 // for each of two countries
	if os.Getenv("MEKTEP_FULL") == "1" {
		n = 50_000
	}
	for _, country := range Countries(policies.FS) {
		s := snapshot(t, country)
		enforcer := stock(t, s.policy)
		allowed := 0
		for _, r := range requests(s, rand.Uint64(), n) {
			want, err := enforcer.Enforce(r[0], r[1], r[2], r[3])
			if err != nil {
				t.Fatal(err)
			}
			first := s.Decide(r[0], r[1], r[2], r[3])
			again := s.Decide(r[0], r[1], r[2], r[3])
			if first.Allow != want || again != first {
				t.Fatalf("%s: %q: stock %v, snapshot %+v, remembered %+v", country, r, want, first, again)
			}
			if want {
				allowed++
			}
		}
		if allowed < n/10 {
			t.Errorf("%s: only %d of %d requests were allowed: the draw proves little", country, allowed, n)
		}
		t.Logf("%s: %d rows, %d of %d allowed", country, len(s.policy.rows), allowed, n)
	}
}

func TestEveryAllowedRowIsDecidedAsStockDoes(t *testing.T) {
	s := snapshot(t, "kg")
	enforcer := stock(t, s.policy)
	for _, r := range s.policy.rows {
		object, action, scope := strings.TrimSuffix(r.Object, "*")+"x", r.Action, r.Scope
		if !strings.HasSuffix(r.Object, "*") {
			object = r.Object
		}
		want, _ := enforcer.Enforce(r.Role, object, action, scope)
		if got := s.Decide(r.Role, object, action, scope); got.Allow != want {
			t.Errorf("%s: stock %v, snapshot %v", r, want, got.Allow)
		}
	}
}

func TestDecisionNamesTheLaw(t *testing.T) {
	kg := snapshot(t, "kg")
	for _, c := range []struct {
		role, object, action, scope string
		allow, guardrail            bool
		source                      string
	}{
		{"district_officer", "institution.general", "update", "territory", true, false, "kg-78-1 §4.4"},
		{"district_officer", "institution.general", "update", "tenant", false, false, ""},
		{"ministry_officer", "learner.identity", "update", "tenant", false, true, "kg-78-1 §4.3"},
		{"head", "learner.identity", "update", "unit", true, false, "kg-78-1 §4.6"},
		{"nobody", "learner.identity", "update", "unit", false, false, ""},
		{"auditor", "institution", "create", "tenant", false, true, "platform §audit"},
	} {
		d := kg.Decide(c.role, c.object, c.action, c.scope)
		if d.Allow != c.allow || d.Guardrail != c.guardrail || d.Source != c.source {
			t.Errorf("%+v: %+v", c, d)
		}
		if (d.Row == nil) != (c.source == "") {
			t.Errorf("%+v: row %v", c, d.Row)
		}
	}
}

func TestExplainSaysWhatWouldBeAllowed(t *testing.T) {
	kg := snapshot(t, "kg")

	x := kg.Explain("district_officer", "institution.general", "update", "tenant")
	if x.Allow || !slices.Equal(x.Scopes, []string{"territory"}) || len(x.Nearest) == 0 || x.Nearest[0].Scope != "territory" {
		t.Errorf("elsewhere: %+v", x)
	}
	if !slices.Contains(x.Ask, "head") || slices.Contains(x.Ask, "ministry_officer") {
		t.Errorf("whom to ask: %v", x.Ask)
	}

	x = kg.Explain("head", "learner.identity", "update", "unit")
	if !x.Allow || !slices.Equal(x.Through, []string{"head", "common.institution_data"}) {
		t.Errorf("inherited: %+v", x)
	}

	x = kg.Explain("ministry_officer", "learner.identity", "update", "tenant")
	if !x.Guardrail || len(x.Guardrails) != 1 || x.Guardrails[0].File != "kg/guardrails.csv" || !slices.Equal(x.Through, []string{"ministry_officer", "level.ministry"}) {
		t.Errorf("guardrail: %+v", x)
	}

	x = kg.Explain("techer", "learner.identty", "vew", "taugt")
	if len(x.Unknown) != 3 || !strings.Contains(x.Unknown[0], `did you mean "teacher"?`) || !strings.Contains(x.Unknown[1], `"learner.identity"`) || !strings.Contains(x.Unknown[2], `"taught"`) {
		t.Errorf("unknown words: %q", x.Unknown)
	}
}

func TestScopesAndEachAgreeWithDecide(t *testing.T) {
	s := snapshot(t, "tr")
	for _, role := range []string{"tenant_admin", "directorate_officer", "coordinator_teacher", "guardian"} {
		given := map[string]bool{}
		s.Each(role, func(g Granted) {
			given[g.Object+" "+g.Action+" "+g.Scope] = true
			if g.Source == "" {
				t.Errorf("%s: %+v rests on no law", role, g)
			}
		})
		for _, object := range []string{"institution", "institution.general", "learner", "learner.identity", "sealed.learner.special_needs", "undertaking", "extension", "visit.movements"} {
			for _, action := range s.policy.Actions(object) {
				for _, scope := range s.policy.Relations() {
					allow := s.Decide(role, object, action, scope).Allow
					if allow != slices.Contains(s.Scopes(role, object, action), scope) {
						t.Errorf("%s %s %s %s: Decide %v, Scopes %v", role, object, action, scope, allow, s.Scopes(role, object, action))
					}
					if allow != given[object+" "+action+" "+scope] {
						t.Errorf("%s %s %s %s: Decide %v, not so Each", role, object, action, scope, allow)
					}
				}
			}
		}
	}
}

func TestDecideFromManyAtOnce(t *testing.T) {
	s := snapshot(t, "kg")
	all := requests(s, 3, 120)
	alone := make([]bool, len(all))
	fresh := snapshot(t, "kg")
	for i, r := range all {
		alone[i] = fresh.Decide(r[0], r[1], r[2], r[3]).Allow
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range all {
				i = (i + g*15) % len(all)
				r := all[i]
				if s.Decide(r[0], r[1], r[2], r[3]).Allow != alone[i] {
					t.Errorf("%q differs under load", r)
				}
				s.Scopes(r[0], r[1], r[2])
			}
		})
	}
	wg.Wait()
}

func TestRememberedDecisionsAllocateNothing(t *testing.T) {
	s := snapshot(t, "kg")
	s.Decide("head", "learner.identity", "update", "unit")
	s.Scopes("head", "learner.identity", "update")
	if n := testing.AllocsPerRun(100, func() { s.Decide("head", "learner.identity", "update", "unit") }); n != 0 {
		t.Errorf("Decide allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { s.Scopes("head", "learner.identity", "update") }); n != 0 {
		t.Errorf("Scopes allocates %v times", n)
	}
}

func TestShelfSharesEqualPolicies(t *testing.T) {
	v := vocabulary(t, "kg")
	shelf := NewShelf()
	take := func(overlay *Overlay) *Snapshot {
		e, found := Load(policies.FS, v, overlay)
		if len(found) > 0 {
			t.Fatal(found)
		}
		s, err := shelf.Snapshot(e)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	lines := strings.Split(strings.TrimSpace(string(rules)), "\n")
	slices.Reverse(lines)
	a := take(nil)
	b := take(ministrys("kg/rules.csv", "# another order, another comment\n"+strings.Join(lines, "\n")))
	c := take(ministrys("kg/rules.csv", strings.Replace(string(rules), "p, teacher, attendance,          update,    taught, allow, kg-78-1 §4.7\n", "", 1)))
	if a != b || a.Hash() != b.Hash() {
		t.Error("the same rules in another order are another policy")
	}
	if a == c || a.Hash() == c.Hash() {
		t.Error("a policy with a row less is the same policy")
	}
	runtime.KeepAlive(a)
}

func TestDecideLines(t *testing.T) {
	s := snapshot(t, "kg")
	var out strings.Builder
	err := s.DecideLines(strings.NewReader("head,learner.identity,update,unit\nhead,learner.identity,update,tenant\r\nnobody,,,\n"), &out)
	if err != nil || out.String() != "allow\ndeny\ndeny\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	err = s.DecideLines(strings.NewReader("head,learner.identity,update,unit\nhead,learner.identity,update\nhead,learner.identity,update,unit\n"), &out)
	if err == nil || !strings.Contains(err.Error(), "line 2") || out.String() != "allow\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := s.DecideLines(strings.NewReader("\n"), &out); err == nil {
		t.Error("an empty line is not a request")
	}
}

func BenchmarkDecideRemembered(b *testing.B) {
	s := snapshot(b, "kg")
	s.Decide("responsible_specialist", "learner.identity_document", "update", "unit")
	b.ReportAllocs()
	for b.Loop() {
		if !s.Decide("responsible_specialist", "learner.identity_document", "update", "unit").Allow {
			b.Fatal("denied")
		}
	}
}

func BenchmarkScopesRemembered(b *testing.B) {
	s := snapshot(b, "kg")
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Scopes("responsible_specialist", "learner.identity_document", "update")) != 1 {
			b.Fatal("scopes")
		}
	}
}

func BenchmarkDecideFirst(b *testing.B) {
	s := snapshot(b, "kg")
	s.Decide("responsible_specialist", "learner.x", "update", "unit")
	b.ReportAllocs()
	for b.Loop() {
		s.Decide("responsible_specialist", "learner.x", "update", "unit") // an unknown word is not remembered
	}
}

func BenchmarkStockEnforce(b *testing.B) {
	e := stock(b, snapshot(b, "kg").policy)
	b.ReportAllocs()
	for b.Loop() {
		if ok, _ := e.Enforce("responsible_specialist", "learner.identity_document", "update", "unit"); !ok {
			b.Fatal("denied")
		}
	}
}

// subjects are all words that a judge stands for, sorted.
func subjects(s *Snapshot) []string {
	var out []string
	for _, j := range s.judges {
		if j != nil {
			out = append(out, j.lineage[0])
		}
	}
	slices.Sort(out)
	return out
}

func TestADictionaryKnowsItsWordsAndNoOther(t *testing.T) {
	words := []string{"", "tenant", "unit", "unit", "a", "б", "territory"}
	for n := range 300 {
		words = append(words, fmt.Sprint("word.", n))
	}
	d := newDictionary(words)
	for n, w := range words {
		want := n
		if w == "" {
			want = -1
		}
		if n == 3 {
			want = 2
		}
		if got := d.number(w); got != want {
			t.Errorf("%q: %d, not %d", w, got, want)
		}
	}
	for _, w := range []string{"x", "words", "word.300", "word.", "unit ", "*"} {
		if n := d.number(w); n >= 0 {
			t.Errorf("%q has the number %d", w, n)
		}
	}
}
