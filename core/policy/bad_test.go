package policy

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"
	"github.com/google/go-cmp/cmp"

	"mektep/core/laid"
	"mektep/policies"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each folder of testdata/bad holds files that stand in the place of a sound
// country's, and the findings they must give: findings.golden.
func TestBadFilesAreReportedWithTheirPlace(t *testing.T) {
	folders, err := filepath.Glob("testdata/bad/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no bad files (%v)", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			fsys := smallPolicy()
			copyInto(fsys, os.DirFS(folder))
			_, found := Check(fsys, smallVocabulary(), nil)
			if len(found) == 0 {
				t.Fatal("nothing was found")
			}
			golden := filepath.Join(folder, "findings.golden")
			if *update {
				if err := os.WriteFile(golden, []byte(found.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), found.Error()+"\n"); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSmallPolicyIsSound(t *testing.T) {
	if _, found := Check(smallPolicy(), smallVocabulary(), nil); len(found) > 0 {
		t.Error(found)
	}
	if found := (Findings{{File: "xx/rules.csv", Line: 4, Column: 2, Code: "KIND", Message: "m"}}).In("my/policies"); found.Error() != "my/policies/xx/rules.csv:4:2: KIND m" {
		t.Error(found)
	}
	if (Findings{}).Err() != nil {
		t.Error("no finding is no error")
	}
}

// smallPolicy is a small country over a small core, with the shipped model.
func smallPolicy() fstest.MapFS {
	fsys := fstest.MapFS{}
	copyInto(fsys, os.DirFS("testdata/small"))
	text, _ := policies.FS.ReadFile(modelFile)
	fsys[modelFile] = &fstest.MapFile{Data: text}
	return fsys
}

func copyInto(into fstest.MapFS, from fs.FS) {
	_ = fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, _ := fs.ReadFile(from, name)
			into[name] = &fstest.MapFile{Data: text}
		}
		return err
	})
}

func smallVocabulary() Vocabulary {
	return Vocabulary{
		Country: "xx",
		Roles:   []Role{{ID: "officer", Levels: []string{"ministry"}}, {ID: "district_officer", Levels: []string{"district"}}, {ID: "head", Levels: []string{"institution"}}, {ID: "teacher", Levels: []string{"institution"}}},
		Groups:  []string{"institution.general", "learner.identity", "learner.contact", "sealed.learner.special_needs"},
		Laws:    func(ref string) bool { return strings.HasPrefix(ref, "xx-1") },
	}
}

func TestProfileWordsAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(v *Vocabulary)
		says   string
	}{
		"a role without a level":        {func(v *Vocabulary) { v.Roles[0].Levels = nil }, "no guardrail would bind it"},
		"a level nobody knows":          {func(v *Vocabulary) { v.Roles[0].Levels = []string{"distrct"} }, `did you mean "district"?`},
		"a role named as the core's":    {func(v *Vocabulary) { v.Roles[0].ID = "member" }, "not free"},
		"a role that is no id":          {func(v *Vocabulary) { v.Roles[0].ID = "Head Teacher" }, "not free"},
		"a group of no register":        {func(v *Vocabulary) { v.Groups[0] = "institutoin.general" }, `did you mean "institution"?`},
		"a group that is an object":     {func(v *Vocabulary) { v.Groups[0] = "learner.progress" }, "not free"},
		"a group without its register":  {func(v *Vocabulary) { v.Groups[0] = "general" }, "<register>.<group>"},
		"a group that would be a wild*": {func(v *Vocabulary) { v.Groups[0] = "learner.*" }, "<register>.<group>"},
	} {
		v := smallVocabulary()
		change := c
		change.change(&v)
		_, found := Check(smallPolicy(), v, nil)
		if !strings.Contains(found.Error(), c.says) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// FuzzReader feeds the reader of rules whatever bytes: it never panics, and what
// it lets through means the same to a stock enforcer, gives no deny, and leaves
// the guardrails in force.
func FuzzReader(f *testing.F) {
	for _, name := range []string{"base/rules.csv", "kg/rules.csv", "tr/rules.csv", "kg/guardrails.csv", "kg/cases.csv", "kg/limits.csv"} {
		text, err := policies.FS.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 1200)])
	}
	f.Add([]byte("p, head, learner.*, *, unit, allow, \"xx-1, \"\"quoted\"\"\"\ng, head, common.a\np, common.a, learner, view, *, allow, xx-1#2"))
	f.Add([]byte("\ufeffp,head,learner,view,unit,allow,xx-1\r\n\r\n#\np,head,learner,view,unit,deny ,xx-1"))
	f.Add([]byte("g, common.a, common.b\ng, common.b, common.a"))
	small, v := smallPolicy(), smallVocabulary()
	shipped, found := read(small, v, nil)
	if len(found) > 0 {
		f.Fatal(found)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fsys := fstest.MapFS{"base/cases.csv": {Data: text}}
		file := laid.Folder{Built: fsys}.Builtin("base/cases.csv")
		r := &reader{words: shipped.words}
		for _, g := range r.guardrails(file, true) {
			if g.Allow || g.Scope != every {
				t.Fatalf("a guardrail that does not bind: %s", g)
			}
		}
		r.limits(file)
		src := *shipped
		r.found = append(r.found, src.readCases(laid.Folder{Built: fsys}, "xx")...)
		for _, x := range r.found {
			if x.Line < 1 || x.Column < 1 || x.Code == "" || x.Message == "" {
				t.Fatalf("a finding without its place: %+v", x)
			}
		}
		r.found = nil
		rows, links := r.rules(file)
		src.rules, src.links = rows, links
		r.checkCommon(&src)
		if len(r.found) > 0 {
			return
		}
		e := compile(&src)
		m, err := model.NewModelFromString(e.Model())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(e.CSV()) {
			if err := persist.LoadPolicyLine(strings.TrimSpace(line), m); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
		}
		enforcer, err := casbin.NewEnforcer(m)
		if err != nil || enforcer.BuildRoleLinks() != nil {
			t.Fatal(err)
		}
		if n := len(m["p"]["p"].Policy); n != len(e.rows) {
			t.Fatalf("a stock enforcer read %d rows of %d", n, len(e.rows))
		}
		s, err := NewSnapshot(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range [][4]string{
			{"head", "learner.identity", "update", "unit"},
			{"teacher", "learner", "view", "taught"},
			{"officer", "learner.identity", "update", "tenant"},
			{"officer", "learner", "create", "tenant"},
			{"head", "sealed.learner.special_needs", "view", "unit"},
		} {
			want, err := enforcer.Enforce(q[0], q[1], q[2], q[3])
			if got := s.Decide(q[0], q[1], q[2], q[3]); err != nil || got.Allow != want {
				t.Fatalf("%q: stock %v (%v), snapshot %+v", q, want, err, got)
			}
		}
		if s.Decide("officer", "learner.identity", "update", "tenant").Allow {
			t.Fatal("an overlay took a guardrail away")
		}
	})
}
