package locale

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"mektep/core/finding"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The codes of findings.
const (
	CodeSyntax      = "SYNTAX"       // the file can't be read as a language file
	CodeMissing     = "MISSING_KEY"  // another language has the message, this one has not
	CodeUnknown     = "UNKNOWN_KEY"  // the code renders it, no language has it
	CodeUnused      = "UNUSED_KEY"   // no code mentions it
	CodePlural      = "PLURAL_FORMS" // forms that the language lacks or needs
	CodePlaceholder = "PLACEHOLDER"  // not the placeholders of the other languages
	CodeTemplate    = "TEMPLATE"     // something other than {{.Name}}
	CodeEmpty       = "EMPTY_TEXT"   // no text
	CodeVerb        = "FORMAT_VERB"  // %s and the like: arguments have names here
	CodeKey         = "KEY_FORM"     // not dotted lower case
)

// Finding is one mistake in a language file.
type Finding = finding.Finding

// DynamicFile lists, beside the language files, the prefixes of keys that the
// code puts together at run time.
const DynamicFile = "dynamic.txt"

// Check judges all language files in the root of fsys against one another and,
// unless uses is nil, against the keys that sources use. It returns every finding,
// ordered by place; a folder without mistakes has none.
func Check(fsys fs.FS, uses []Use) []Finding {
	c := checker{files: map[string]*file{}}
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil || len(names) == 0 {
		return []Finding{{File: ".", Line: 1, Column: 1, Code: CodeSyntax, Message: "no language files (*.toml) here"}}
	}
	for _, name := range names {
		c.open(fsys, name)
	}
	for _, f := range c.files {
		c.file(f)
	}
	c.across()
	if uses != nil {
		c.usage(uses, dynamicPrefixes(fsys))
	}
	slices.SortFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return c.findings
}

type checker struct {
	files    map[string]*file
	findings []Finding
}

// file is one language file as it stands, before any form is filled in.
type file struct {
	name     string
	tag      language.Tag
	messages map[string]*i18n.Message
	place    map[string][2]int // line and column of a key
	needed   []string          // plural forms the file declares
}

func (c *checker) add(f *file, key, code, format string, args ...any) {
	at, ok := f.place[key]
	if !ok {
		at = [2]int{1, 1}
	}
	c.findings = append(c.findings, Finding{
		File: f.name, Line: at[0], Column: at[1], Code: code, Key: key,
		Message: fmt.Sprintf(format, args...),
	})
}

func (c *checker) open(fsys fs.FS, name string) {
	f := &file{name: name, messages: map[string]*i18n.Message{}}
	src, err := fs.ReadFile(fsys, name)
	if err == nil {
		f.place = places(src)
		err = f.parse(src)
	}
	if err != nil {
		line, text := tomlPlace(err)
		c.findings = append(c.findings, Finding{File: name, Line: line, Column: 1, Code: CodeSyntax, Message: text})
		return
	}
	c.files[name] = f
}

var tomlLine = regexp.MustCompile(`line (\d+)`)

// tomlPlace takes the line out of a TOML parser's error.
func tomlPlace(err error) (line int, text string) {
	text = strings.Join(strings.Fields(err.Error()), " ")
	line = 1
	if m := tomlLine.FindStringSubmatch(text); m != nil {
		line = atoi(m[1])
	}
	return line, text
}

var keyAtLineStart = regexp.MustCompile(`^(\s*\[?\s*)"?([A-Za-z0-9_.-]+)"?\s*[\]=]`)

// places finds where each key stands. Keys inside a plural table stand under its
// head.
func places(src []byte) map[string][2]int {
	out := map[string][2]int{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		m := keyAtLineStart.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		if _, seen := out[m[2]]; !seen {
			out[m[2]] = [2]int{n, len(m[1]) + 1}
		}
	}
	return out
}

func (f *file) parse(src []byte) error {
	tag, messages, err := readMessages(f.name, src)
	if err != nil {
		return err
	}
	f.tag, f.needed = tag, declaredForms(messages)
	for _, m := range messages {
		f.messages[m.ID] = m
	}
	return nil
}

// file judges the messages of one file by themselves.
func (c *checker) file(f *file) {
	forms := cldrForms(f.tag)
	if f.messages[keyName] == nil {
		c.add(f, keyName, CodeMissing, "the file does not give the language's own name (%q)", keyName)
	}
	for _, name := range f.needed {
		if !slices.Contains(forms, name) {
			c.add(f, keyPluralForms, CodePlural, "%q is no plural form of this language, which has %s", name, strings.Join(forms, ", "))
		}
	}
	for key, m := range f.messages {
		if !keyForm.MatchString(key) {
			c.add(f, key, CodeKey, "%q: keys are lower case words joined by dots", key)
		}
		if isPlural(m) {
			c.plural(f, key, m, forms)
		}
		if strings.TrimSpace(m.Other) == "" {
			c.add(f, key, CodeEmpty, "%q has no text", key)
		}
		for _, name := range formNames {
			c.text(f, key, *form(m, name))
		}
	}
}

func (c *checker) plural(f *file, key string, m *i18n.Message, forms []string) {
	for _, name := range formNames {
		text := *form(m, name)
		switch {
		case text != "" && !slices.Contains(forms, name):
			c.add(f, key, CodePlural, "%q has the form %q, which this language does not have (it has %s)", key, name, strings.Join(forms, ", "))
		case text == "" && name != "other" && slices.Contains(f.needed, name):
			c.add(f, key, CodePlural, "%q lacks the form %q", key, name)
		}
	}
}

var formatVerb = regexp.MustCompile(`%[-+#]?[0-9.]*(\[\d+\])?[sdvqfxXtTgeUc]\b`)

func (c *checker) text(f *file, key, text string) {
	if _, err := parseTemplate(text); err != nil {
		c.add(f, key, CodeTemplate, "%q: %v", key, err)
	}
	if verb := formatVerb.FindString(text); verb != "" {
		c.add(f, key, CodeVerb, "%q holds %q: arguments have names, {{.Name}}", key, verb)
	}
}

// across compares the files with one another.
func (c *checker) across() {
	byKey := map[string][]*file{}
	for _, f := range c.files {
		for key := range f.messages {
			byKey[key] = append(byKey[key], f)
		}
	}
	for key, in := range byKey {
		slices.SortFunc(in, func(a, b *file) int { return cmp.Compare(a.name, b.name) })
		for _, f := range c.files {
			if f.messages[key] == nil && key != keyName {
				c.add(f, key, CodeMissing, "%q is missing here; %s has it", key, in[0].name)
			}
		}
		if !strings.HasPrefix(key, "date.") && !strings.HasPrefix(key, "person.") {
			c.placeholders(key, in)
		}
		if len(in) > 0 && slices.ContainsFunc(in, func(f *file) bool { return isPlural(f.messages[key]) }) {
			c.plurality(key, in)
		}
	}
}

// placeholders reports the languages whose message does not have the
// placeholders that most have. Patterns of dates and names are exempt: which
// parts a language writes is what they are there to say.
func (c *checker) placeholders(key string, in []*file) {
	count := map[string]int{}
	usual := ""
	for _, f := range in {
		count[placeholderSet(f.messages[key])]++
	}
	for _, set := range slices.Sorted(maps.Keys(count)) {
		if count[set] > count[usual] {
			usual = set
		}
	}
	for _, f := range in {
		if set := placeholderSet(f.messages[key]); set != usual {
			c.add(f, key, CodePlaceholder, "%q has the placeholders [%s]; most languages have [%s]", key, set, usual)
		}
	}
}

// plurality reports a message that counts in one language but spells out no form
// in a language that needs them.
func (c *checker) plurality(key string, in []*file) {
	for _, f := range in {
		m := f.messages[key]
		if isPlural(m) {
			continue
		}
		for _, name := range f.needed {
			if name != "other" {
				c.add(f, key, CodePlural, "%q lacks the form %q", key, name)
			}
		}
	}
}

func placeholderSet(m *i18n.Message) string {
	set := map[string]bool{}
	for _, name := range formNames {
		t, err := parseTemplate(*form(m, name))
		if err != nil {
			continue
		}
		for _, p := range t {
			if p.name != "" {
				set[p.name] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), " ")
}

// usage compares the files with what the sources use.
func (c *checker) usage(uses []Use, dynamic []string) {
	known, used := map[string]bool{}, map[string]bool{}
	for _, f := range c.files {
		for key := range f.messages {
			known[key] = true
		}
	}
	for _, u := range uses {
		used[u.Key] = true
		if u.Rendered && !known[u.Key] {
			c.findings = append(c.findings, Finding{
				File: u.File, Line: u.Line, Column: u.Col, Code: CodeUnknown, Key: u.Key,
				Message: fmt.Sprintf("no language file has %q", u.Key),
			})
		}
	}
	for _, f := range c.files {
		for key := range f.messages {
			composed := slices.ContainsFunc(dynamic, func(p string) bool { return strings.HasPrefix(key, p) })
			if !used[key] && !composed {
				c.add(f, key, CodeUnused, "nothing uses %q", key)
			}
		}
	}
}

// dynamicPrefixes reads DynamicFile: one prefix a line, # begins a remark, and
// what follows the prefix is the reason.
func dynamicPrefixes(fsys fs.FS) []string {
	src, err := fs.ReadFile(fsys, DynamicFile)
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(src)) {
		if words := strings.Fields(line); len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			out = append(out, words[0])
		}
	}
	return out
}
