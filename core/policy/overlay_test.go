package policy

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"mektep/core/laid"
	"mektep/policies"
)

// laidOver is an overlay of several files.
func laidOver(files map[string]string) *Overlay {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return &Overlay{Files: out, Name: "over"}
}

// What is built in is always part of a policy: each file of it, laid over with a file
// that says nothing, still says what it said. The list is read from the folder.
func TestNothingLaidOverTakesAwayWhatIsBuiltIn(t *testing.T) {
	v := vocabulary(t, "kg")
	straight, _ := Load(policies.FS, v, nil)
	cases, _ := Test(policies.FS, v, nil)
	_ = fs.WalkDir(policies.FS, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(name, "tr/") || filepath.Ext(name) == ".go" || filepath.Ext(name) == ".md" || name == "kg/rules.csv" || name == "kg/reach.csv" {
			return err
		}
		over := laidOver(map[string]string{name: "# none\n"})
		e2, found := Load(policies.FS, v, over)
		if len(found) > 0 || e2.Hash() != straight.Hash() {
			t.Errorf("%s laid over changes the policy: %v", name, found)
		}
		if results, found := Test(policies.FS, v, over); len(found) > 0 || len(results) != len(cases) {
			t.Errorf("%s laid over: %d cases of %d, %v", name, len(results), len(cases), found)
		}
		strays := Strays(policies.FS, over, []string{"kg", "tr"})
		if country := strings.HasPrefix(name, "kg/"); country != (len(strays) == 0) || !country && !strings.Contains(strays[0].Message, "built in") {
			t.Errorf("%s laid over: %v", name, strays)
		}
		return nil
	})
}

func TestWhatIsLaidOverIsAdded(t *testing.T) {
	v := vocabulary(t, "kg")
	over := laidOver(map[string]string{
		"kg/guardrails.csv": "p, teacher, attendance, update, *, deny, kg-78-1 §4.7\n",
		"kg/limits.csv":     "exclusive, head, district_officer, kg-78-1 §4.4\nexclusive, teacher, head, kg-78-1 §4.4\n",
		"kg/cases.csv":      "deny, teacher, holds, head, \"who heads does not teach here\"\n",
	})
	e, found := Load(policies.FS, v, over)
	if len(found) > 0 {
		t.Fatal(found)
	}
	s, _ := NewSnapshot(e)
	if s.Decide("teacher", "attendance", "update", "taught").Allow {
		t.Error("an added guardrail does not bind")
	}
	if len(e.Conflicts([]string{"teacher", "head"})) != 1 {
		t.Error("an added limit does not bind")
	}
	results, found := Test(policies.FS, v, over)
	failed := slices.DeleteFunc(results, func(r Result) bool { return r.OK })
	if len(failed) != 1 || failed[0].Object != "attendance" || !failed[0].Allow {
		t.Errorf("the country's cases no longer count: %v", failed) // the country lets teachers mark; that heads teach is taken back on purpose
	}
	if len(found) != 2 || found[0].Code != "UNPROVED" || found[0].File != "over/kg/guardrails.csv" || found[1].File != "over/kg/limits.csv" {
		t.Errorf("an added guardrail or limit that no case proves: %v", found)
	}
}

// A ministry may take back what its country gives, if it says so; what the country
// denies stays denied.
func TestAMinistrysOwnRulesAreHeldToTheCountrysCases(t *testing.T) {
	v := vocabulary(t, "kg")
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	less := strings.Replace(string(rules), "p, teacher, attendance,          update,    taught, allow, kg-78-1 §4.7\n", "", 1)
	failed := func(files map[string]string) (out []Result) {
		results, found := Test(policies.FS, v, laidOver(files))
		found = found.Mistakes()
		if len(found) > 0 {
			t.Fatal(found)
		}
		return slices.DeleteFunc(results, func(r Result) bool { return r.OK })
	}
	if f := failed(map[string]string{"kg/rules.csv": less}); len(f) != 1 || !f[0].Allow || f[0].Object != "attendance" {
		t.Errorf("a right taken away goes unnoticed: %v", f)
	}
	if f := failed(map[string]string{"kg/rules.csv": less, "kg/cases.csv": "deny, teacher, attendance, update, taught, \"heads mark here\"\n"}); len(f) != 0 {
		t.Errorf("a right taken away on purpose: %v", f)
	}
	more := string(rules) + "p, directorate_officer, institution.general, update, overseen, allow, kg-78-1 §5.5, more\n"
	deny := failed(map[string]string{"kg/rules.csv": more})
	if len(deny) == 0 {
		t.Fatal("the example gives nothing that a case denies")
	}
	c := deny[0]
	if f := failed(map[string]string{"kg/rules.csv": more, "kg/cases.csv": strings.Replace(c.Case.String(), "deny", "allow", 1) + "\n"}); !slices.ContainsFunc(f, func(r Result) bool { return r.asks() == c.asks() && !r.Allow }) {
		t.Errorf("a case that allows took the place of the country's that denies: %v", f)
	}
}

func TestANewCountryIsLaidOverWhole(t *testing.T) {
	v := vocabulary(t, "kg")
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	v.Country = "zz"
	e, found := Load(policies.FS, v, laidOver(map[string]string{"zz/rules.csv": string(rules), "zz/guardrails.csv": "# none\n"}))
	if len(found) > 0 || len(e.Rows()) == 0 {
		t.Fatal(found)
	}
	for missing, files := range map[string]map[string]string{
		"over/zz/guardrails.csv": {"zz/rules.csv": string(rules)},
		"over/zz/rules.csv":      {"zz/guardrails.csv": "# none\n"},
	} {
		if _, found := Load(policies.FS, v, laidOver(files)); len(found) != 1 || found[0].File != missing || found[0].Code != "FILE" {
			t.Errorf("%s: %v", missing, found)
		}
	}
	if _, found := Load(policies.FS, v, nil); len(found) != 2 || found[0].Code != "FILE" {
		t.Errorf("a country without any file: %v", found)
	}
}

// Names that look like the right ones, in the right place or beside it.
func TestWhatNobodyReadsIsNamed(t *testing.T) {
	for name, want := range map[string]struct {
		says string
		note bool
	}{
		"rules.csv":             {"put it into the folder of its country", false},
		"kg/Rules.csv":          {"capital and small letters count", false},
		"KG/rules.csv":          {"capital and small letters count", false},
		"kg/rules.csv.txt":      {`did you mean "rules.csv"?`, false},
		"kg/rules (1).csv":      {`did you mean "rules.csv"?`, false},
		"kg/rules - Copy.csv":   {`did you mean "rules.csv"?`, false},
		"kg/rules2.csv":         {`did you mean "rules.csv"?`, false},
		"kg/rules":              {`did you mean "rules.csv"?`, false},
		"kg/rules.xlsx":         {`did you mean "rules.csv"?`, false},
		"kg/rule.csv":           {`did you mean "rules.csv"?`, false},
		"kg/guardrail.csv":      {`did you mean "guardrails.csv"?`, false},
		"kg/kg/rules.csv":       {"stands elsewhere", false},
		"policies/kg/rules.csv": {"no such folder", false},
		"uz/rules.csv":          {"no such folder", false},
		"kg/notes.txt":          {"no such file", false},
		"kg/model.conf":         {"no such file", false},
		"kg/rules.csv~":         {"backup", true},
		"kg/rules.csv.bak":      {"backup", true},
		"kg/.rules.csv.swp":     {"backup", true},
		"kg/~$rules.csv":        {"backup", true},
		"kg/Thumbs.db":          {"backup", true},
		"kg/.DS_Store":          {"backup", true},
		".git/config":           {"backup", true},
		"README.md":             {"backup", true},
	} {
		found := Strays(policies.FS, laidOver(map[string]string{name: "x", "kg/limits.csv": ""}), []string{"kg", "tr"})
		if len(found) != 1 || found[0].Note != want.note || !strings.Contains(found[0].Message, want.says) || found[0].Code != "FILE" {
			t.Errorf("%s: %v", name, found)
		}
	}
	for _, name := range []string{"kg/rules.csv", "kg/guardrails.csv", "kg/limits.csv", "kg/cases.csv"} {
		if found := Strays(policies.FS, laidOver(map[string]string{name: "x"}), []string{"kg"}); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestALinkThatLeadsOutIsNamedAndNotFollowed(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret.csv")
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(outside, []byte("# secret\n"), 0o600))
	must(os.MkdirAll(filepath.Join(dir, "kg"), 0o700))
	must(os.MkdirAll(filepath.Join(dir, "..data"), 0o700))
	must(os.Symlink(outside, filepath.Join(dir, "kg/guardrails.csv")))
	must(os.Symlink(filepath.Dir(outside), filepath.Join(dir, "tr")))
	must(os.WriteFile(filepath.Join(dir, "..data/limits.csv"), []byte("# none\n"), 0o600))
	must(os.Symlink("../..data/limits.csv", filepath.Join(dir, "kg/limits.csv"))) // as Kubernetes mounts files
	files, err := laid.Disk(t.Context(), dir)
	must(err)
	over := &Overlay{Files: files, Name: "over"}
	found := Strays(policies.FS, over, []string{"kg", "tr"})
	if len(found) != 3 || !found[0].Note || found[1].File != "over/kg/guardrails.csv" || !strings.Contains(found[1].Message, "leads out") || found[2].File != "over/tr" {
		t.Errorf("%v", found)
	}
	if _, found := Load(policies.FS, vocabulary(t, "kg"), over); len(found) != 1 || found[0].File != "over/kg/guardrails.csv" {
		t.Errorf("a link that leads out was followed: %v", found)
	}
}

// A file that a spreadsheet or an editor saved in its own way is read, or gives one
// finding that says what it is.
func TestFilesAsProgramsSaveThem(t *testing.T) {
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	text := string(rules)
	wide := func(s string) string {
		var b bytes.Buffer
		b.WriteString("\xff\xfe")
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	v := vocabulary(t, "kg")
	straight, _ := Load(policies.FS, v, nil)
	for name, saved := range map[string]string{
		"as it is":                    text,
		"with a byte order mark":      "\ufeff" + text,
		"with CRLF":                   strings.ReplaceAll(text, "\n", "\r\n"),
		"with CR":                     strings.ReplaceAll(text, "\n", "\r"),
		"a remark by CR, rows by LF":  "# mine\r" + text,
		"without a line end at last":  strings.TrimSpace(text),
		"with a mark, CR and remarks": "\ufeff# a\r" + strings.ReplaceAll(text, "\n", "\r"),
	} {
		if e, found := Load(policies.FS, v, ministrys("kg/rules.csv", saved)); len(found) > 0 || e.Hash() != straight.Hash() {
			t.Errorf("%s: %v", name, found)
		}
	}
	for name, c := range map[string]struct{ text, code, says string }{
		"semicolons":            {strings.ReplaceAll(text, ",", ";"), "SEPARATOR", "semicolons"},
		"tabs":                  {strings.ReplaceAll(text, ",", "\t"), "SEPARATOR", "tabs"},
		"semicolons and a mark": {"\ufeff" + strings.ReplaceAll(text, ",", ";"), "SEPARATOR", "semicolons"},
		"UTF-16":                {wide(text), "ENCODING", "UTF-16"},
		"UTF-16 without a mark": {wide(text)[2:], "ENCODING", "UTF-16"},
		"another encoding":      {strings.ReplaceAll(text, "§", "\xa7"), "ENCODING", "not UTF-8"},
		"a NUL":                 {text + "\x00\n", "ENCODING", "NUL"},
		"nothing":               {"", "NO_RULE", "no rule"},
		"blank lines":           {"\n\n \n", "NO_RULE", "no rule"},
		"remarks only":          {"# a\n# b\n", "NO_RULE", "no rule"},
		"remarks only, by CR":   {"# a\r# b\r", "NO_RULE", "no rule"},
		"a mark only":           {"\ufeff", "NO_RULE", "no rule"},
	} {
		if _, found := Load(policies.FS, v, ministrys("kg/rules.csv", c.text)); len(found) != 1 || found[0].Code != c.code || !strings.Contains(found[0].Message, c.says) || found[0].File != "over/kg/rules.csv" {
			t.Errorf("%s: %.300s", name, found.Error())
		}
	}
}

// A row of the country's rules that means more, or less, than its writer can have meant.
func TestWhatRowsMeanIsJudged(t *testing.T) {
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	without := func(role string) string {
		var keep []string
		for _, l := range strings.Split(string(rules), "\n") {
			if !strings.HasPrefix(l, "p, "+role+",") && !strings.HasPrefix(l, "g, "+role+",") {
				keep = append(keep, l)
			}
		}
		return strings.Join(keep, "\n")
	}
	law := " allow, kg-78-1 §4.6\n"
	for row, code := range map[string]string{
		"p, teacher, sealed.*, view, taught," + law:                                                            "SEALED",
		"p, head, sealed.*, *, unit," + law:                                                                    "SEALED",
		"p, head, sealed.learner.*, view, unit," + law:                                                         "SEALED",
		"p, district_officer, *, view, territory," + law:                                                       "SEALED",
		"p, common.institution_data, sealed.*, view, unit," + law:                                              "SEALED",
		"p, member, sealed.learner.*, view, self," + law:                                                       "SEALED",
		"p, head, sealed.institution.*, view, unit," + law:                                                     "UNKNOWN_OBJECT",
		"p, head, sealed*, view, unit," + law:                                                                  "WILDCARD",
		"p, *, sealed.learner.special_needs, view, unit," + law:                                                "UNKNOWN_ROLE",
		"p, teacher, staff.*, view, tenant," + law:                                                             "WIDE",
		"p, teacher, staff.*, view, *," + law:                                                                  "WIDE",
		"p, head, learner, view, tenant," + law:                                                                "WIDE",
		"p, district_officer, learner.*, update, tenant," + law:                                                "WIDE",
		"p, directorate_officer, learner.*, aggregate, tenant," + law:                                          "WIDE",
		"p, common.institution_data, learner.*, view, tenant," + law:                                           "WIDE",
		"p, member, learner.*, view, tenant," + law:                                                            "WIDE",
		"p, guardian, learner.*, view, unit," + law:                                                            "WIDE",
		"p, learner, learner.*, view, territory," + law:                                                        "WIDE",
		"p, teacher, staff.identity, view, unit, allow, kg-78-1 §4.6, wide\n":                                  "WIDE", // it is not
		"p, teacher, staff.identity, view, tenant, allow, kg-78-1 §4.6, wid\n":                                 "COLUMNS",
		"p, teacher, class, view, tenant, allow, kg-78-1 §4.6, wide\n":                                         "MORE",
		"p, teacher, class, view, tenant, allow, kg-78-1 §4.6, wide, more\n":                                   "",
		"p, teacher, class, view, unit, allow, kg-78-1 §4.6, more, wide\n":                                     "WIDE",
		"p, head, class, view, unit, allow, kg-78-1 §4.6, more\n":                                              "MORE", // it is not
		"p, ministry_officer, institution, view, tenant," + law:                                                "",
		"g, head, common.a\ng, common.a, common.b\ng, common.b, head\np, common.b, learner, view, unit," + law: "CYCLE",
		"p, teacher, class, view, taught, allow, kg-78-1 4.7\n":                                                "UNKNOWN_LAW",
	} {
		_, found := Check(policies.FS, vocabulary(t, "kg"), ministrys("kg/rules.csv", string(rules)+row))
		if code == "" && len(found) > 0 || code != "" && (len(found) != 1 || found[0].Code != code || found[0].Line < strings.Count(string(rules), "\n")) {
			t.Errorf("%s: want %q, got %v", row, code, found)
		}
	}
	_, found := Check(policies.FS, vocabulary(t, "kg"), ministrys("kg/rules.csv", without("learner")))
	if len(found) != 1 || found[0].Code != "NO_RIGHT" || !strings.Contains(found[0].Message, "learner") {
		t.Errorf("a role without a right: %v", found)
	}
}

func TestAFindingSaysWhatWasMeant(t *testing.T) {
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	for row, says := range map[string]string{
		"p, teaсher, class, view, taught, allow, kg-78-1 §4.7\n":                                            "U+0441, a Cyrillic letter",
		"р, teacher, class, view, taught, allow, kg-78-1 §4.7\n":                                            `unknown kind of row "р" (Character 1 is U+0440, a Cyrillic letter)`,
		"p, teacher, class, view, taught, allow, kg-78-1 §4.З\n":                                            "(Character 12 is U+0417, a Cyrillic letter)",
		"p, teacher, class, view, taught, allow, кg-78-1\n":                                                 "(Character 1 is U+043A, a Cyrillic letter)",
		"p, teacher\u200b, class, view, taught, allow, kg-78-1 §4.7\n":                                      "cannot be seen",
		"p, teacher, class, view, taught, allow, kg-78-1 4.7\n":                                             `did you mean "kg-78-1 §4.7"?`,
		"p, methodist_of_the_republic, class, view, taught, allow, kg-78-1 §4.7\n":                          "roles.yaml",
		"g, teacher, common.x\ng, common.x, teacher\np, common.x, class, view, unit, allow, kg-78-1 §4.7\n": "common.x → teacher → common.x",
	} {
		_, found := Load(policies.FS, vocabulary(t, "kg"), ministrys("kg/rules.csv", string(rules)+row))
		if len(found) != 1 || !strings.Contains(found[0].Message, says) {
			t.Errorf("%s: %v", row, found)
		}
	}
	r := Result{Case: Case{Role: "new.district", Object: "learner", Action: "view", Scope: "tenant"}, Decision: Decision{Allow: true, Row: &Row{Source: "a file of tomorrow"}}}
	if !strings.Contains(r.String(), "no guardrail forbids it") {
		t.Error(r)
	}
}

// Even a row that came past the reader opens nothing sealed, here and at a stock
// enforcer that loads what was compiled.
func TestSealedStaysShutWhateverReachesTheCompiler(t *testing.T) {
	for _, object := range []string{"*", "sealed.*", "sealed.learner.*"} {
		src, found := read(policies.FS, vocabulary(t, "kg"), nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		src.rules = append(src.rules, Row{Role: "teacher", Object: object, Action: every, Scope: every, Allow: true, Source: "kg-78-1 §4.7"})
		e := compile(src)
		s, err := NewSnapshot(e)
		if err != nil {
			t.Fatal(err)
		}
		enforcer := stock(t, e)
		for _, action := range e.Actions("sealed.learner.special_needs") {
			ok, err := enforcer.Enforce("teacher", "sealed.learner.special_needs", action, "taught")
			if err != nil || ok || s.Decide("teacher", "sealed.learner.special_needs", action, "taught").Allow {
				t.Errorf("%s opens the sealed group for %s (stock: %v, %v)", object, action, ok, err)
			}
		}
		if object == "*" && !s.Decide("teacher", "learner.identity", "view", "taught").Allow {
			t.Error("what is not sealed is given")
		}
	}
}

// TR-IC-1: the second person's yes is no right that a file gives away: not by its name,
// not by *, not by having the administrator's rights.
func TestTRIC1_NoFileMakesAnotherRoleTheSecondPerson(t *testing.T) {
	v := vocabulary(t, "kg")
	rules := string(must(t, policies.FS, "kg/rules.csv"))
	for _, row := range []string{
		"p, ministry_officer, approval, approve, tenant, allow, kg-78-1 §4.3",
		"p, special_administrator, approval, *, tenant, allow, kg-78-1 §1.3",
		"p, special_administrator, approval, reject, *, allow, kg-78-1 §1.3",
		"p, ministry_officer, *, approve, tenant, allow, kg-78-1 §4.3",
		"g, ministry_officer, tenant_admin",
		// where links to every account lead is a key to all of them
		"p, special_administrator, settings, update, tenant, allow, kg-78-1 §4.3, more",
		"p, ministry_officer, settings, *, tenant, allow, kg-78-1 §4.3, more",
	} {
		found := checked(policies.FS, v, ministrys("kg/rules.csv", rules+row+"\n"))
		if !strings.Contains(found.Error(), "RESERVED") && !strings.Contains(found.Error(), "SEALED") {
			t.Errorf("%s: %s", row, found)
		}
	}
	// to see what waits is no such yes: who sees it answers for what they see (NEEDS)
	if found := checked(policies.FS, v, ministrys("kg/rules.csv", rules+"p, ministry_officer, approval, view, tenant, allow, kg-78-1 §4.3, more\n")); strings.Contains(found.Error(), "RESERVED") || !strings.Contains(found.Error(), "NEEDS") {
		t.Error(found)
	}
}

func must(t *testing.T, fsys fs.FS, name string) []byte {
	t.Helper()
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
