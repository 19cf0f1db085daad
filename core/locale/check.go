package locale

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"mektep/core/finding"
	"mektep/core/laid"

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
	CodeFallback    = "FALLBACK"     // a language to fall back to that there is not
	CodeName        = "SAME_NAME"    // a language called as another one is
	CodeFile        = "FILE"         // a file that nobody reads
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
	return CheckOver(laid.Folder{Built: fsys}, uses)
}

// CheckOver is Check of files with a folder laid over them, message by message, as Load
// reads them: a file laid over holds as many messages as it changes, and a language
// that only it has falls back for all others.
func CheckOver(f laid.Folder, uses []Use) []Finding {
	c := checker{files: map[string]*file{}}
	names, err := fs.Glob(f.Built, "*.toml")
	if err != nil || len(names) == 0 {
		return []Finding{{File: path.Join(f.BuiltName, "."), Line: 1, Column: 1, Code: CodeSyntax, Message: "no language files (*.toml) here"}}
	}
	for _, name := range names {
		if file := c.open(f.Builtin(name)); file != nil {
			c.files[name] = file
		}
	}
	c.known = c.keys()
	if f.Over != nil {
		c.findings = append(c.findings, Strays(f)...)
		over, _ := fs.Glob(f.Over, "*.toml")
		for _, name := range over {
			if own, ok := f.Laid(name); ok && isTag(name) {
				c.lay(name, c.open(own))
			}
		}
	}
	for _, f := range c.files {
		c.file(f)
	}
	c.across()
	if uses != nil {
		c.usage(uses, dynamicPrefixes(f.Built))
	}
	slices.SortFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return finding.List(c.findings).Once()
}

// Strays returns what of a folder laid over the language files nobody reads.
func Strays(f laid.Folder) finding.List {
	names, _ := fs.Glob(f.Built, "*.toml")
	_, strays := laid.Walk(f.Over, f.OverName, ".", laid.Rules{
		Code: CodeFile, Names: names,
		Counts: func(name string, folder bool) bool { return !folder && isTag(name) },
		Why: func(name string, folder bool) string {
			if tag, err := language.Parse(strings.TrimSuffix(name, ".toml")); !folder && err == nil && path.Ext(name) == ".toml" {
				return fmt.Sprintf("no such file is read: capital and small letters count, write %s.toml", tag)
			}
			return ""
		},
	})
	return strays
}

// isTag reports whether a file is called by a language's tag as it is written.
func isTag(name string) bool {
	tag, ok := strings.CutSuffix(name, ".toml")
	t, err := language.Parse(tag)
	return ok && err == nil && t.String() == tag
}

func (c *checker) keys() []string {
	all := map[string]bool{}
	for _, f := range c.files {
		for key := range f.messages {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// lay lays the messages of a file over those of the built-in one.
func (c *checker) lay(name string, own *file) {
	if own == nil {
		return
	}
	for key := range own.messages {
		if _, ok := slices.BinarySearch(c.known, key); !ok {
			c.add(own, key, CodeUnknown, "nothing uses %q%s", key, finding.DidYouMean(key, c.known))
			delete(own.messages, key)
		}
	}
	under := c.files[name]
	if under == nil {
		c.twin(own)
		own.partial = true
		c.files[name] = own
		return
	}
	if len(own.needed) == 0 {
		own.needed = under.needed
	}
	for key, m := range own.messages {
		under.messages[key], under.from[key], under.place[key] = m, own.name, own.place[key]
	}
}

// twin reports a language that only the folder laid over has and that is called as another
// one is: a file that was to change that one and got a longer name.
func (c *checker) twin(own *file) {
	m := own.messages[keyName]
	for name, other := range c.files {
		if is := other.messages[keyName]; m != nil && is != nil && m.Other == is.Other {
			c.add(own, keyName, CodeName, "%q is what %s is called already: two languages of one name would be offered; to change that one call this file %s", m.Other, name, name)
		}
	}
}

type checker struct {
	files    map[string]*file
	known    []string // keys that the built-in files have, sorted
	findings []Finding
}

// file is one language file as it stands, before any form is filled in.
type file struct {
	name     string
	tag      language.Tag
	messages map[string]*i18n.Message
	place    map[string][2]int // line and column of a key
	from     map[string]string // the file laid over this one that a key stands in
	partial  bool              // a language that only the folder laid over has: what it lacks falls back
	needed   []string          // plural forms the file declares
}

func (c *checker) add(f *file, key, code, format string, args ...any) {
	at, ok := f.place[key]
	if !ok {
		at = [2]int{1, 1}
	}
	c.findings = append(c.findings, Finding{
		File: cmp.Or(f.from[key], f.name), Line: at[0], Column: at[1], Code: code, Key: key,
		Message: fmt.Sprintf(format, args...),
	})
}

func (c *checker) open(n laid.Named) *file {
	f := &file{name: n.Shown, messages: map[string]*i18n.Message{}, from: map[string]string{}}
	src, err := fs.ReadFile(n.FS, n.Name)
	if err != nil {
		c.findings = append(c.findings, Finding{File: f.name, Line: 1, Column: 1, Code: CodeFile, Message: laid.Why(err)})
		return nil
	}
	f.place = places(src)
	err = f.parse(n.Name, src)
	if bad := (misshapes)(nil); errors.As(err, &bad) {
		for _, x := range bad {
			c.add(f, x.standing(f.place), CodeSyntax, "%s", x.why)
		}
		return nil
	}
	if err != nil {
		line, text := tomlPlace(err)
		c.findings = append(c.findings, Finding{File: f.name, Line: line, Column: 1, Code: CodeSyntax, Message: text})
		return nil
	}
	return f
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
	text, _, _, _ := finding.Text(src)
	for i, line := range strings.Split(text, "\n") {
		n := i + 1
		m := keyAtLineStart.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if _, seen := out[m[2]]; !seen {
			out[m[2]] = [2]int{n, len(m[1]) + 1}
		}
	}
	return out
}

func (f *file) parse(name string, src []byte) error {
	tag, messages, err := readMessages(name, src)
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
	if m := f.messages[keyFallback]; m != nil {
		for _, tag := range strings.Fields(m.Other) {
			if c.files[tag+".toml"] == nil {
				c.add(f, keyFallback, CodeFallback, "there is no language file %s.toml to fall back to", tag)
			}
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

// singleBrace is an argument that lost a brace: it would be shown as it stands.
var singleBrace = regexp.MustCompile(`\{\.?[A-Z][A-Za-z]*\}|\{\.[A-Za-z]+|\.[A-Z][A-Za-z]*\}`)

func (c *checker) text(f *file, key, text string) {
	if _, err := parseTemplate(text); err != nil {
		c.add(f, key, CodeTemplate, "%q: %v", key, err)
	}
	if brace := singleBrace.FindString(strings.ReplaceAll(strings.ReplaceAll(text, "{{", ""), "}}", "")); brace != "" {
		c.add(f, key, CodeTemplate, "%q holds %q: an argument stands in two braces, {{.Name}}", key, brace)
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
			if f.messages[key] == nil && key != keyName && !f.partial {
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
