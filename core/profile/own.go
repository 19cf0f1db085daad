package profile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"mektep/core/finding"
)

// Document is a school year in the form of a calendar file, key by key: what a
// ministry keeps of its own years, and what forms and the API hand over. It may hold
// anything; [Profile.Judge] says what is wrong with it.
type Document map[string]any

// Misfit is a finding in a document, at the field where it is mended: terms.1.start is
// the start of the second term.
type Misfit struct {
	Finding
	Path string
	Part string // of CodeWeaker: the section, or a term's part of it, that would be open always
}

// Misfits are the findings in a document.
type Misfits []Misfit

// Mistakes returns them as findings of the year that they are about.
func (m Misfits) Mistakes() Findings {
	out := make(Findings, len(m))
	for i := range m {
		out[i] = m[i].Finding
	}
	return out
}

// text writes the document so that the loader's own reader takes it: JSON is YAML.
// Every value stands on a line of its own, so that findings tell one from another.
func (d Document) text() (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(map[string]any(d))
	return b.String(), err
}

// Digest names the content of a document: equal ones have equal digests. It is empty
// for nil.
func (d Document) Digest() string {
	if d == nil {
		return ""
	}
	b, err := json.Marshal(map[string]any(d)) // keys are sorted
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:32]
}

// Document returns the year as its calendar file has it. Nil for no year.
func (y *SchoolYear) Document() Document {
	if y == nil {
		return nil
	}
	return document(reflect.ValueOf(y).Elem())
}

// document writes down a struct of the files, without what is empty.
func document(v reflect.Value) Document {
	out := Document{}
	for _, k := range specOf(v.Type()).keys {
		if x := v.FieldByIndex(k.index); !x.IsZero() {
			out[k.name] = written(x)
		}
	}
	return out
}

func written(v reflect.Value) any {
	if d, ok := v.Interface().(Date); ok {
		return d.String()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return written(v.Elem())
	case reflect.Struct:
		return map[string]any(document(v))
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = written(v.Index(i))
		}
		return list
	case reflect.Map: // a Text
		words := map[string]any{}
		for _, tag := range v.MapKeys() {
			words[tag.String()] = v.MapIndex(tag).String()
		}
		return words
	case reflect.Int:
		return v.Int()
	case reflect.Bool:
		return v.Bool()
	}
	return v.String()
}

// Judge reads a school year as the loader reads a calendar file, lays it over the
// profile's year of the same id, and puts it through the checks that a file goes
// through: its form, what it names, its dates, its windows (TR-IC-9), and the years
// before and after it; and it leaves no section without a window that has some, which
// would have it open always (TR-IC-8). The year counts only without a misfit.
func (p *Profile) Judge(d Document) (*SchoolYear, Misfits) {
	text, err := d.text()
	if err != nil {
		return nil, Misfits{{Finding: Finding{Code: CodeSyntax, Message: "the school year has no written form"}}}
	}
	src := &source{path: "calendar", text: text, layer: 1}
	root, found := parseYAML(src)
	if len(found) > 0 {
		return nil, misfits(nil, found)
	}
	y := &SchoolYear{}
	l := &loader{p: p}
	l.official, l.allowed = p.Languages.Official, p.Languages.Offered
	l.file(root, y)
	if y.src == nil {
		return nil, misfits(root, l.found)
	}
	for _, r := range l.pending {
		l.follow(r)
	}
	l.p = p.with(y)
	i := slices.Index(l.p.Years, y)
	l.checkYear(i, y)
	if i+1 < len(l.p.Years) && l.p.Years[i+1].Start <= y.End {
		l.add(y.src.at("end"), CodeOverlap, "the year ends after %s has begun", l.p.Years[i+1].ID)
	}
	if len(l.found) > 0 {
		return nil, misfits(root, l.withoutEchoes())
	}
	var open Misfits
	for _, part := range l.leftOpen(p, y) {
		at := y.src.at("windows")
		open = append(open, Misfit{Path: "windows", Part: part, Finding: Finding{
			File: src.path, Line: at.line, Column: at.col, Code: CodeWeaker, Message: part + ": no window would be left of it, and without any it is open always; give it one",
		}})
	}
	if len(open) > 0 {
		return nil, open
	}
	return y, nil
}

// with returns the profile with one more year, in place of its own of the same id.
// Everything else is shared: a profile never changes.
func (p *Profile) with(y *SchoolYear) *Profile {
	q := *p
	q.derived = newDerived()
	q.Years = slices.DeleteFunc(slices.Clone(p.Years), func(x *SchoolYear) bool { return x.ID == y.ID })
	q.Years = append(q.Years, y)
	slices.SortStableFunc(q.Years, func(a, b *SchoolYear) int { return int(a.Start - b.Start) })
	q.index.years = maps.Clone(p.index.years)
	q.index.years[y.ID] = y
	return &q
}

// Join lays a ministry's own school years over those of the profile's files: a year of
// the same id takes the file's place. The files may have changed since the years were
// published: one that does not fit them any more is left out and named, so that nothing
// half understood is ever used.
func (p *Profile) Join(years []Document) (joined *Profile, left Findings) {
	joined = p
	for _, d := range years {
		y, wrong := joined.Judge(d)
		if y == nil {
			for _, m := range wrong.Mistakes() {
				m.File = "calendar/" + word(d["id"])
				left = append(left, m)
			}
			continue
		}
		joined = joined.with(y)
	}
	return joined, left
}

func word(v any) string {
	s, _ := v.(string)
	return s
}

// misfits puts findings to the fields where they are mended.
func misfits(root *node, found Findings) Misfits {
	places := map[[2]int]string{}
	if root != nil {
		pathsOf(places, root, "")
	}
	out := make(Misfits, 0, len(found))
	for _, f := range found.Mistakes().Sorted() {
		out = append(out, Misfit{Finding: f, Path: places[[2]int{f.Line, f.Column}]})
	}
	return out
}

func pathsOf(places map[[2]int]string, n *node, path string) {
	at := [2]int{n.line, n.col}
	if _, taken := places[at]; !taken {
		places[at] = path
	}
	below := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	for _, k := range n.keys {
		if at := [2]int{k.line, k.col}; places[at] == "" {
			places[at] = below(k.name)
		}
		pathsOf(places, k.val, below(k.name))
	}
	for i, item := range n.items {
		pathsOf(places, item, below(strconv.Itoa(i)))
	}
}

// CalendarNotice is how many months before the last school year ends the next one is
// asked for.
const CalendarNotice = 3

// CalendarDue reports whether the next school year is to be entered on a day: from
// three months before the last that is known ends. From its end on every section that
// has windows is closed (TR-IC-8).
func (p *Profile) CalendarDue(day Date) bool {
	ends := p.CalendarEnds()
	return !ends.IsZero() && day >= DateOf(ends.AddDate(0, -CalendarNotice, 0))
}

// CalendarNotes says, as a note, that the next school year is to be entered.
func (p *Profile) CalendarNotes(day Date) Findings {
	if !p.CalendarDue(day) {
		return nil
	}
	last := p.Years[len(p.Years)-1]
	f := finding.Finding{
		File: p.ID + "/calendar/" + last.ID + ".yaml", Line: 1, Column: 1, Code: CodeLastYear, Note: true,
		Message: "the last school year ends on " + DateOf(p.CalendarEnds()).String() + ": enter the next one, by a file beside it or on screen; on the days after it every section that has windows is closed",
	}
	if last.src != nil {
		f.File = last.src.src.path
	}
	return Findings{f}
}
