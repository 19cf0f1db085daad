package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// early is a day on which no calendar ends soon.
var early = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// TestTRIC8_TheCheckNotesACalendarThatEnds: the note comes in time, and fails no check.
func TestTRIC8_TheCheckNotesACalendarThatEnds(t *testing.T) {
	for _, c := range []struct {
		on    time.Time
		noted bool
	}{{early, false}, {time.Date(2027, 6, 15, 9, 0, 0, 0, time.UTC), true}, {time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), true}} {
		var out bytes.Buffer
		if err := profileCheck([]string{"tr"}, Overlays{}, false, c.on, &out); err != nil || strings.Contains(out.String(), "note: P154 the last school year ends on 2027-08-31") != c.noted {
			t.Errorf("on %s: %v\n%s", c.on, err, out.String())
		}
	}
}

// spoiled copies a built-in file into a folder laid over it, with one line changed.
func spoiled(t *testing.T, read func(string) ([]byte, error), file, from, to string) string {
	t.Helper()
	text, err := read(file)
	if err != nil || !bytes.Contains(text, []byte(from)) {
		t.Fatalf("%s has no %q: %v", file, from, err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestChecksReadWhatTheServerWouldRead: files laid over the built-in ones are
// judged, whether a country or all are asked for, and named where they lie.
func TestChecksReadWhatTheServerWouldRead(t *testing.T) {
	badProfile := spoiled(t, profiles.FS.ReadFile, "kg/roles.yaml", "level: ministry", "level: galaxy")
	badPolicy := spoiled(t, policies.FS.ReadFile, "kg/rules.csv", "allow", "alow")
	for name, c := range map[string]struct {
		check func(out *bytes.Buffer) error
		want  string
	}{
		"profile": {func(out *bytes.Buffer) error {
			return profileCheck([]string{"kg"}, Overlays{Profiles: badProfile}, false, early, out)
		}, filepath.Join(badProfile, "kg/roles.yaml") + ":"},
		"all profiles": {func(out *bytes.Buffer) error {
			return profileCheck(nil, Overlays{Profiles: badProfile}, false, early, out)
		}, `P106 there is no level "galaxy"`},
		"a profile's folder": {func(out *bytes.Buffer) error {
			return profileCheck([]string{filepath.Join(badProfile, "kg")}, Overlays{}, true, early, out)
		}, `"code": "P106"`},
		"policy": {func(out *bytes.Buffer) error {
			return PolicyCheck([]string{"kg"}, Overlays{Policies: badPolicy}, false, out)
		}, filepath.Join(badPolicy, "kg/rules.csv") + ":"},
		"all policies":   {func(out *bytes.Buffer) error { return PolicyCheck(nil, Overlays{Policies: badPolicy}, false, out) }, `(did you mean "allow"?)`},
		"policy's cases": {func(out *bytes.Buffer) error { return PolicyTest(nil, Overlays{Policies: badPolicy}, out) }, "EFFECT"},
	} {
		var out bytes.Buffer
		if err := c.check(&out); !errors.Is(err, ErrFindings) || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	for name, c := range map[string]struct {
		check func(out *bytes.Buffer) error
		says  string
	}{
		"profiles": {func(out *bytes.Buffer) error { return profileCheck(nil, Overlays{}, false, early, out) }, "kg: "},
		"policies": {func(out *bytes.Buffer) error { return PolicyCheck(nil, Overlays{}, false, out) }, "kg/rules.csv "},
		"cases":    {func(out *bytes.Buffer) error { return PolicyTest(nil, Overlays{}, out) }, "cases hold"},
		"words":    {func(out *bytes.Buffer) error { return LocaleCheck("", "../..", false, out) }, "4, and 0 laid over"},
		"the sources'": {func(out *bytes.Buffer) error {
			return profileCheck([]string{"../../profiles/kg"}, Overlays{}, false, early, out)
		}, "hash "},
		"their rules": {func(out *bytes.Buffer) error {
			return PolicyCheck([]string{"../../policies/kg"}, Overlays{}, false, out)
		}, "hash "},
	} {
		var out bytes.Buffer
		if err := c.check(&out); err != nil || !strings.Contains(out.String(), c.says) || strings.Contains(out.String(), ":1:1:") {
			t.Errorf("%s that are built in: %v\n%s", name, err, out.String())
		}
	}
	if err := profileCheck([]string{"atlantis"}, Overlays{}, false, early, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "atlantis") {
		t.Errorf("a country that is not there: %v", err)
	}
}

// write puts files into a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// F3: a profile without policies does not pass policy check.
func TestAProfileWithoutPoliciesIsFound(t *testing.T) {
	over := Overlays{Profiles: write(t, map[string]string{"kg2/profile.yaml": "id: kg2\nextends: kg\n"})}
	for _, paths := range [][]string{nil, {"kg2"}} {
		var out bytes.Buffer
		if err := PolicyCheck(paths, over, false, &out); !errors.Is(err, ErrFindings) || !strings.Contains(out.String(), "kg2/rules.csv:1:1: FILE is missing") {
			t.Errorf("%v: %v\n%s", paths, err, out.String())
		}
	}
}

// What a ministry's folder lacks is told of the place where the ministry can put it.
func TestWhatIsMissingIsToldWhereItBelongs(t *testing.T) {
	for name, c := range map[string]struct {
		profiles map[string]string
		lays     bool // a folder over the policies
		says     string
	}{
		"a country without policies":              {map[string]string{"kg2/profile.yaml": "id: kg2\nextends: kg\n"}, true, "/kg2/rules.csv:1:1: FILE is missing: a country has one; put it here"},
		"a country's guardrails":                  {map[string]string{"kg2/profile.yaml": "id: kg2\nextends: kg\n"}, true, "/kg2/guardrails.csv:1:1: FILE is missing: a country has one; put it here"},
		"a country, and no folder for its policy": {map[string]string{"kg2/profile.yaml": "id: kg2\nextends: kg\n"}, false, "in the folder that MEKTEP_POLICIES_DIR names"},
		"a role":                               {map[string]string{"kg/roles.yaml": aRole}, true, "/kg/rules.csv:1:1: NO_RIGHT no row gives the profile's role methodist anything, and who holds it could do nothing: copy the country's own rules.csv to this place"},
		"a role, and no folder for its policy": {map[string]string{"kg/roles.yaml": aRole}, false, "in the folder that MEKTEP_POLICIES_DIR names"},
	} {
		over := Overlays{Profiles: write(t, c.profiles)}
		if c.lays {
			over.Policies = write(t, map[string]string{"tr/limits.csv": "# none\n"})
		}
		var out bytes.Buffer
		err := PolicyCheck(nil, over, false, &out)
		told := filepath.ToSlash(over.Policies) + c.says
		if !c.lays {
			told = c.says
		}
		if !errors.Is(err, ErrFindings) || !strings.Contains(out.String(), told) || c.lays && strings.Contains(out.String(), "\npolicies/kg") {
			t.Errorf("%s: %v\n%s\nwanted %s", name, err, out.String(), told)
		}
	}
}

const aRole = `roles:
  - id: methodist
    name: {ky: Методист, ru: Методист}
    level: district
    person: official
    granted_by: [{role: special_administrator}]
`

// Backups are noted and pass; files that look like the right ones do not.
func TestChecksNameWhatNobodyReads(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		passes bool
	}{
		"a backup":          {map[string]string{"kg/rules.csv~": "x", "Thumbs.db": "x"}, true},
		"beside its folder": {map[string]string{"rules.csv": "x"}, false},
		"another ending":    {map[string]string{"kg/rules.csv.txt": "x"}, false},
		"what is built in":  {map[string]string{"base/guardrails.csv": "# none"}, false},
	} {
		var out bytes.Buffer
		err := PolicyCheck(nil, Overlays{Policies: write(t, c.files)}, false, &out)
		if (err == nil) != c.passes || !strings.Contains(out.String(), "FILE") {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	// of one country as of all: what lies in its folder, and in none; not what is another's
	for name, passes := range map[string]bool{
		"kg/Rules.csv": false, "kg/rules.csv.txt": false, "kg/guardrail.csv": false, "rules.csv": false, "base/guardrails.csv": false, "catalogue.yaml": false, "kg/rules.csv~": true, "tr/Rules.csv": true,
	} {
		over := Overlays{Policies: write(t, map[string]string{name: "x"})}
		for command, run := range map[string]func(out *bytes.Buffer) error{
			"check": func(out *bytes.Buffer) error { return PolicyCheck([]string{"kg"}, over, false, out) },
			"test":  func(out *bytes.Buffer) error { return PolicyTest([]string{"kg"}, over, out) },
		} {
			var out bytes.Buffer
			if err := run(&out); (err == nil) != passes || strings.Contains(out.String(), "FILE") == strings.HasPrefix(name, "tr/") {
				t.Errorf("policy %s kg, %s: %v\n%s", command, name, err, out.String())
			}
		}
	}
	for _, name := range []string{"KG/registers.yaml", "kgz/registers.yaml", "registers.yaml", "kg/Registers.yaml"} {
		for _, paths := range [][]string{nil, {"kg"}} {
			var out bytes.Buffer
			_ = profileCheck(paths, Overlays{Profiles: write(t, map[string]string{name: "registers: []"})}, false, early, &out)
			if !strings.Contains(out.String(), "P109") {
				t.Errorf("profile check %v says nothing of %s:\n%s", paths, name, out.String())
			}
		}
	}
	var out bytes.Buffer
	if err := profileCheck(nil, Overlays{Profiles: write(t, map[string]string{"_base/profile.yaml": "id: _base"})}, false, early, &out); err == nil || !strings.Contains(out.String(), "built in") {
		t.Errorf("a base laid over: %v\n%s", err, out.String())
	}
}

// F12: what the server accepts of language files, the check accepts, and no more.
func TestPartialLanguageFilesPass(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		says  string // "" where it passes
	}{
		"one word":           {map[string]string{"ru.toml": "\"action.save\" = \"Записать\"\n"}, ""},
		"saved with a mark":  {map[string]string{"ru.toml": "\ufeff\"action.save\" = \"Записать\"\r\n"}, ""},
		"a new language":     {map[string]string{"uz.toml": "\"language.name\" = \"Oʻzbekcha\"\n\"language.fallback\" = \"ru en\"\n"}, ""},
		"another's name":     {map[string]string{"tr-TR.toml": "\"language.name\" = \"Türkçe\"\n\"language.fallback\" = \"tr\"\n"}, "call this file tr.toml"},
		"a word nobody uses": {map[string]string{"ru.toml": "\"action.sav\" = \"Записать\"\n"}, `did you mean "action.save"?`},
		"a brace lost":       {map[string]string{"en.toml": "\"tenant.no_profile\" = \"No {.Profile} and {{.Profile}}\"\n"}, "two braces"},
		"no such fallback":   {map[string]string{"uz.toml": "\"language.name\" = \"Oʻzbekcha\"\n\"language.fallback\" = \"rus en\"\n"}, "rus.toml"},
		"capitals":           {map[string]string{"RU.toml": "x = 1"}, "write ru.toml"},
		"a folder too deep":  {map[string]string{"locales/ru.toml": "x"}, "no such folder"},
		"UTF-16":             {map[string]string{"ru.toml": "\xff\xfea\x00"}, "UTF-16"},
	} {
		dir := write(t, c.files)
		var out bytes.Buffer
		err := LocaleCheck(dir, ".", false, &out)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(out.String(), c.says)) || strings.Count(out.String(), "\n") > 2 {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
}

// F7: an official language that the screens do not speak is said.
func TestAnOfficialLanguageWithoutWordsIsNoted(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &profile.Profile{ProfileFile: profile.ProfileFile{ID: "zz", Languages: profile.Languages{Official: []string{"ru", "uz"}}}}
	if notes := wordless(p, words); len(notes) != 1 || !notes[0].Note || !strings.Contains(notes[0].Message, "uz.toml") {
		t.Error(notes)
	}
}

// What explains a decision says it in words; a word that nobody knows is told with those
// that are known, and fails.
func TestAnExplanationIsInWords(t *testing.T) {
	explain := func(request ...string) (string, error) {
		var out bytes.Buffer
		err := PolicyExplain("kg", Overlays{}, request, &out)
		return out.String(), err
	}
	for _, c := range []struct {
		request string
		says    []string
	}{
		{"head account reset unit", []string{"allowed: head: account, reset in scope unit", "by the row kg/rules.csv:", "kg-78-1 §4.5"}},
		{"head learner.identity update unit", []string{"the role comes to it as head → common.institution_data"}},
		{"head account reset tenant", []string{"denied: ", "no row gives it", "the role has it in scope unit", "  kg/rules.csv:", "who has it, in some scope: district_officer, head"}},
		{"ministry_officer learner.identity update tenant", []string{"denied: ", "no ministry may give it:\n  kg/guardrails.csv:", "kg-78-1 §4.3"}},
	} {
		text, err := explain(strings.Fields(c.request)...)
		for _, s := range c.says {
			if err != nil || !strings.Contains(text, s) {
				t.Errorf("%s: %v, no %q in\n%s", c.request, err, s, text)
			}
		}
		if strings.ContainsAny(text, "{}") || strings.Contains(text, "Guardrail") || strings.Contains(text, "null") {
			t.Errorf("%s: not words:\n%s", c.request, text)
		}
	}
	for request, says := range map[string]string{
		"hed account reset unit":  `unknown role "hed" (did you mean "head"?); known are auditor, `,
		"head acount reset unit":  `unknown object "acount" (did you mean "account"?); known are account, `,
		"head account rest unit":  `unknown action of account "rest" (did you mean "reset"?); known are view, `,
		"head account reset unt":  `unknown scope "unt" (did you mean "unit"?); known are self, `,
		"head account update all": `unknown scope "all"; known are`,
	} {
		if text, err := explain(strings.Fields(request)...); !errors.Is(err, ErrFindings) || !strings.Contains(text, says) || strings.Contains(text, "denied") {
			t.Errorf("%s: %v\n%s", request, err, text)
		}
	}
}
