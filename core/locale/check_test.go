package locale

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/locales"
)

// The shipped files must have no finding, and nothing in the sources may use a
// message that is not there.
func TestShippedLanguagesAreComplete(t *testing.T) {
	uses, err := Uses(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Check(locales.FS, uses) {
		if strings.HasSuffix(f.File, ".toml") {
			f.File = "locales/" + f.File
		}
		t.Error(f)
	}
}

func TestFindings(t *testing.T) {
	const (
		en = `"language.name" = "English"
"language.plural_forms" = "one other"
"a.b" = "text {{.Name}}"
`
		ru = `"language.name" = "Русский"
"language.plural_forms" = "one few many other"
"a.b" = "текст {{.Name}}"
`
	)
	uses := []Use{
		{Key: "a.b", File: "x.go", Line: 1, Col: 1, Rendered: true},
		{Key: "language.name"},
		{Key: "language.plural_forms"},
		{Key: "a.counted"},
	}
	for name, c := range map[string]struct {
		en, ru string
		uses   []Use
		want   []string
	}{
		"nothing": {en, ru, uses, nil},
		"missing in one": {en + "\"a.counted\" = \"x\"\n", ru, uses, []string{
			`ru.toml:1:1: MISSING_KEY "a.counted" is missing here; en.toml has it`,
		}},
		"unused": {en + "\"c.d\" = \"x\"\n", ru + "\"c.d\" = \"ы\"\n", uses, []string{
			`en.toml:4:1: UNUSED_KEY nothing uses "c.d"`, `ru.toml:4:1: UNUSED_KEY nothing uses "c.d"`,
		}},
		"composed": {en + "\"dyn.d\" = \"x\"\n", ru + "\"dyn.d\" = \"ы\"\n", uses, nil},
		"unknown": {en, ru, append([]Use{{Key: "no.such", File: "core/x.go", Line: 7, Col: 9, Rendered: true}}, uses...), []string{
			`core/x.go:7:9: UNKNOWN_KEY no language file has "no.such"`,
		}},
		"only mentioned": {en, ru, append([]Use{{Key: "www.example", File: "core/x.go"}}, uses...), nil},
		"few and many lacking": {
			en + "\n[\"a.counted\"]\none = \"{{.Count}} day\"\nother = \"{{.Count}} days\"\n",
			ru + "\n[\"a.counted\"]\none = \"{{.Count}} день\"\nother = \"{{.Count}} дня\"\n", uses,
			[]string{`ru.toml:5:2: PLURAL_FORMS "a.counted" lacks the form "few"`, `ru.toml:5:2: PLURAL_FORMS "a.counted" lacks the form "many"`},
		},
		"a form the language has not": {
			en + "\n[\"a.counted\"]\none = \"{{.Count}} day\"\nfew = \"{{.Count}} days\"\nother = \"{{.Count}} days\"\n",
			ru + "\n[\"a.counted\"]\none = \"{{.Count}} день\"\nfew = \"{{.Count}} дня\"\nmany = \"{{.Count}} дней\"\nother = \"{{.Count}} дня\"\n", uses,
			[]string{`en.toml:5:2: PLURAL_FORMS "a.counted" has the form "few", which this language does not have (it has one, other)`},
		},
		"a brace lost in one form": {
			en + "\n[\"a.counted\"]\none = \"{{.Count}} day\"\nother = \"{{.Count}} days\"\n",
			ru + "\n[\"a.counted\"]\none = \"{{.Count}} день\"\nfew = \"{{.Count}} дня\"\nmany = \"{.Count} дней\"\nother = \"{{.Count}} дня\"\n", uses,
			[]string{`ru.toml:5:2: TEMPLATE "a.counted" holds "{.Count}": an argument stands in two braces, {{.Name}}`},
		},
		"no plural in one": {
			en + "\n[\"a.counted\"]\none = \"{{.Count}} day\"\nother = \"{{.Count}} days\"\n",
			ru + "\"a.counted\" = \"{{.Count}} дн.\"\n", uses,
			[]string{
				`ru.toml:4:1: PLURAL_FORMS "a.counted" lacks the form "few"`, `ru.toml:4:1: PLURAL_FORMS "a.counted" lacks the form "many"`,
				`ru.toml:4:1: PLURAL_FORMS "a.counted" lacks the form "one"`,
			},
		},
		"placeholder": {en, strings.Replace(ru, ".Name", ".Nane", 1), uses, []string{
			`ru.toml:3:1: PLACEHOLDER "a.b" has the placeholders [Nane]; most languages have [Name]`,
		}},
		"empty": {en + "\"a.counted\" = \" \"\n", ru + "\"a.counted\" = \"ы\"\n", uses, []string{`en.toml:4:1: EMPTY_TEXT "a.counted" has no text`}},
		"verb": {en + "\"a.counted\" = \"%s of them\"\n", ru + "\"a.counted\" = \"100 % из них\"\n", uses, []string{
			`en.toml:4:1: FORMAT_VERB "a.counted" holds "%s": arguments have names, {{.Name}}`,
		}},
		"template": {en + "\"a.counted\" = \"{{len .X}}\"\n", ru + "\"a.counted\" = \"ы\"\n", uses, []string{
			`en.toml:4:1: TEMPLATE "a.counted": {{len .X}}: only {{.Name}} is a placeholder`,
		}},
		"key": {en + "\"A_b\" = \"x\"\n", ru + "\"A_b\" = \"ы\"\n", nil, []string{
			`en.toml:4:1: KEY_FORM "A_b": keys are lower case words joined by dots`, `ru.toml:4:1: KEY_FORM "A_b": keys are lower case words joined by dots`,
		}},
		"no name": {"\"a.b\" = \"text {{.Name}}\"\n", ru, nil, []string{
			`en.toml:1:1: MISSING_KEY "language.plural_forms" is missing here; ru.toml has it`,
			`en.toml:1:1: MISSING_KEY the file does not give the language's own name ("language.name")`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{
				"en.toml": {Data: []byte(c.en)}, "ru.toml": {Data: []byte(c.ru)},
				DynamicFile: {Data: []byte("# remark\ndyn. composed\n")},
			}
			got := lines(Check(files, c.uses))
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
	misshapen := Check(fstest.MapFS{"en.toml": {Data: []byte(`"language.name" = "English"
"a.number" = 5
"a.share" = 1.5
"a.yes" = true
"a.day" = 2026-11-29
"a.time" = 08:30:00
"a.list" = ["x"]
"a.tables" = [{other = "x"}]
"a.form" = {one = "x", other = 3}
"a.mixed" = {other = "x", save = "y"}
a.bare = 7
`)}}, nil)
	want := []string{
		`en.toml:2:1: SYNTAX "a.number" is a number: a message is a text in quotation marks`,
		`en.toml:3:1: SYNTAX "a.share" is a number: a message is a text in quotation marks`,
		`en.toml:4:1: SYNTAX "a.yes" is true without quotation marks: a message is a text in quotation marks`,
		`en.toml:5:1: SYNTAX "a.day" is a day or a time: a message is a text in quotation marks`,
		`en.toml:6:1: SYNTAX "a.time" is a day or a time: a message is a text in quotation marks`,
		`en.toml:7:1: SYNTAX "a.list" is a list: a message is a text in quotation marks`,
		`en.toml:8:1: SYNTAX "a.tables" is a list: a message is a text in quotation marks`,
		`en.toml:9:1: SYNTAX "a.form.other" is a number: a message is a text in quotation marks`,
		`en.toml:10:1: SYNTAX "a.mixed" holds forms of one message (other) and others beside them (save): a table holds the one or the other`,
		`en.toml:11:1: SYNTAX "a.bare" is a number: a message is a text in quotation marks`,
	}
	if got := lines(misshapen); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	broken := Check(fstest.MapFS{"en.toml": {Data: []byte("\"a.b\" = \"x\"\n\"a.b = y\n")}}, nil)
	if len(broken) != 1 || broken[0].Code != CodeSyntax || broken[0].Line != 2 {
		t.Errorf("broken file: %v", broken)
	}
	if got := Check(fstest.MapFS{}, nil); len(got) != 1 {
		t.Errorf("empty folder: %v", got)
	}
}

func lines(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.String())
	}
	return out
}

func TestUsesInSources(t *testing.T) {
	src := fstest.MapFS{
		"core/a/a.go": {Data: []byte(`package a
func f() {
	l.T("x.t", "Name", "y.argument")
	fault.New(fault.Denied, "x.new").WithNext("x.next", "/u", nil).WithField("f", "x.field", nil).With("A", fault.Key("x.arg"))
	_ = Notice{Key: "x.key", Other: "x.mentioned"}
	http.Get("not a key", "Also.Not")
}`)},
		"core/a/a_test.go":       {Data: []byte(`package a; func f() { l.T("in.tests") }`)},
		"node_modules/x/x.go":    {Data: []byte(`broken`)},
		".hidden/x.go":           {Data: []byte(`broken`)},
		"core/a/testdata/bad.go": {Data: []byte(`broken`)},
	}
	uses, err := Uses(src)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, u := range uses {
		got[u.Key] = u.Rendered
	}
	want := map[string]bool{"x.t": true, "y.argument": false, "x.new": true, "x.next": true, "x.field": true, "x.key": true, "x.arg": true, "x.mentioned": false}
	for k, rendered := range want {
		if r, ok := got[k]; !ok || r != rendered {
			t.Errorf("%s: found %v, rendered %v", k, ok, r)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	if uses[0].File != "core/a/a.go" || uses[0].Line != 3 || uses[0].Col != 6 {
		t.Errorf("place: %+v", uses[0])
	}
	src["core/b/b.go"] = &fstest.MapFile{Data: []byte("package")}
	if _, err := Uses(src); err == nil {
		t.Error("a source that does not parse must be reported")
	}
	var _ fs.FS = src
}
