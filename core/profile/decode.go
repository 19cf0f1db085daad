package profile

import (
	"fmt"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"mektep/core/finding"

	"golang.org/x/text/language"
)

// decoder fills the Go types from nodes and reports whatever does not fit. What
// can only be judged when all files are read (references) is kept for later.
type decoder struct {
	found    Findings
	official []string // languages that every text must have
	allowed  []string // languages that the profile offers
	narrowed []string // and those that only a layer below offers: words in them lie idle
	partial  bool     // a layer that is not used by itself: required keys may be missing
	pending  []pendingRef
	top      *layer   // where whoever mends a text of a layer below it would do so; nil: nowhere
	undated  bool     // a day could not be read
	lost     bool     // entries vanished: a list under an unknown key, an id that is none
	trail    []string // lists and ids of the entries that are being decoded
}

// pendingRef is a word that must name something.
type pendingRef struct {
	kind string
	word string
	at   *node
}

func (d *decoder) add(n *node, code Code, format string, args ...any) {
	d.found = append(d.found, n.finding(code, format, args...))
}

// file decodes a whole file into the struct that target points to.
func (d *decoder) file(n *node, target any) {
	if n == nil {
		return
	}
	if n.kind != mapNode {
		d.add(n, CodeType, "the file must be a mapping, not %s", n.kind)
		return
	}
	d.mapping(n, reflect.ValueOf(target).Elem())
}

func (d *decoder) mapping(n *node, v reflect.Value) {
	spec := specOf(v.Type())
	for _, p := range n.keys {
		k := spec.key(p.name)
		if k == nil {
			d.lost = d.lost || p.val.kind == listNode
			d.found = append(d.found, Finding{
				File: p.src.path, Line: p.line, Column: p.col, Code: CodeUnknownKey,
				Message: "unknown key " + strconv.Quote(p.name) + finding.DidYouMean(p.name, spec.names()),
			})
			continue
		}
		d.value(p.val, k, v.FieldByIndex(k.index), v.Type())
	}
	for _, k := range spec.keys {
		if k.must && !d.partial && n.get(k.name) == nil {
			if k.typ == textType {
				d.add(n, CodeLanguage, "missing key %q in the official languages (%s)", k.name, strings.Join(d.official, ", "))
			} else {
				d.add(n, CodeMissing, "missing key %q", k.name)
			}
		}
	}
	if e, ok := v.Addr().Interface().(interface{ placed(*node) }); ok {
		e.placed(n)
	}
	if p, ok := v.Addr().Interface().(interface{ period() Period }); ok {
		if p := p.period(); p.Since != 0 && p.Until != 0 && p.Since > p.Until {
			d.add(n.at("until"), CodePeriod, "until %s lies before since %s", p.Until, p.Since)
		}
	}
}

func (e *Entry) placed(n *node)      { e.src = n }
func (y *SchoolYear) placed(n *node) { y.src = n }
func (p *Period) period() Period     { return *p }

func (d *decoder) value(n *node, k *keySpec, v reflect.Value, owner reflect.Type) {
	if n.kind == nullNode {
		d.add(n, CodeType, "%s is empty: leave the key out", k.name)
		return
	}
	switch k.typ {
	case textType:
		v.Set(reflect.ValueOf(d.text(n, k)))
	case dateType:
		if date, err := ParseDate(scalar(n)); err != nil {
			d.undated = true
			d.add(n, CodeType, "%s %s", k.name, err)
		} else {
			v.SetInt(int64(date))
		}
	case fieldType:
		t, ok := parseFieldType(scalar(n))
		if !ok {
			d.add(n, CodeValue, "%q is no type of field; there are %s", n.value, typesListed())
			return
		}
		if target := t.Kind.spec().target; target != "" {
			d.pending = append(d.pending, pendingRef{kind: target, word: t.Target, at: n})
		}
		v.Set(reflect.ValueOf(t))
	default:
		d.plain(n, k, v, owner)
	}
}

func (d *decoder) plain(n *node, k *keySpec, v reflect.Value, owner reflect.Type) {
	switch k.typ.Kind() {
	case reflect.String:
		if n.kind != textNode {
			d.wrongType(n, k, textNode)
			return
		}
		v.SetString(n.value)
		d.word(n, k, owner)
	case reflect.Bool:
		if n.kind != boolNode {
			d.wrongType(n, k, boolNode)
			return
		}
		v.SetBool(n.value == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.value)
		if n.kind != intNode || err != nil {
			d.wrongType(n, k, intNode)
			return
		}
		v.SetInt(int64(i))
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.value, 64)
		if n.kind != intNode && n.kind != floatNode || err != nil {
			d.wrongType(n, k, floatNode)
			return
		}
		v.SetFloat(f)
	case reflect.Pointer:
		p := reflect.New(k.typ.Elem())
		inner := *k
		inner.typ = k.typ.Elem()
		d.value(n, &inner, p.Elem(), owner)
		v.Set(p)
	case reflect.Struct:
		if n.kind != mapNode {
			d.wrongType(n, k, mapNode)
			return
		}
		d.mapping(n, v)
	case reflect.Slice:
		d.list(n, k, v, owner)
	case reflect.Map:
		d.words(n, k, v)
	}
}

func (d *decoder) list(n *node, k *keySpec, v reflect.Value, owner reflect.Type) {
	if n.kind != listNode {
		d.wrongType(n, k, listNode)
		return
	}
	out := reflect.MakeSlice(k.typ, 0, len(n.items))
	inner := *k
	inner.typ = k.typ.Elem()
	ids := map[string]*node{}
	for _, item := range n.items {
		if id := item.get("id"); id != nil && specOf(inner.typ).entry {
			if first := ids[id.value]; first != nil {
				d.add(id, CodeDuplicate, "id %q stands already in %s:%d", id.value, first.src.path, first.line)
				continue
			}
			ids[id.value] = id
			if isTrue(item.get("remove")) {
				d.add(item, CodeRemove, "there is no earlier layer that has %q", id.value)
				continue
			}
		} else if !specOf(inner.typ).entry && item.kind == textNode {
			if first := ids[item.value]; first != nil {
				d.add(item, CodeDuplicate, "%q twice", item.value)
				continue
			}
			ids[item.value] = item
		}
		e := reflect.New(inner.typ).Elem()
		depth := len(d.trail)
		if id := item.get("id"); id != nil {
			d.trail = append(d.trail, k.name, id.value)
		}
		d.value(item, &inner, e, owner)
		d.trail = d.trail[:depth]
		out = reflect.Append(out, e)
	}
	v.Set(out)
}

// words decodes a mapping of text to text.
func (d *decoder) words(n *node, k *keySpec, v reflect.Value) {
	if n.kind != mapNode {
		d.wrongType(n, k, mapNode)
		return
	}
	out := map[string]string{}
	for _, p := range n.keys {
		if p.val.kind != textNode {
			d.add(p.val, CodeType, "%s must be text: put it in quotes", p.name)
			continue
		}
		out[p.name] = p.val.value
	}
	v.Set(reflect.ValueOf(out))
}

func (d *decoder) wrongType(n *node, k *keySpec, want nodeKind) {
	d.lost = d.lost || want == listNode || k.name == "id"
	hint := ""
	if want == textNode && n.kind != mapNode && n.kind != listNode {
		hint = ": put it in quotes"
	}
	d.add(n, CodeType, "%s must be %s, not %s%s", k.name, want, n.kind, hint)
}

func scalar(n *node) string {
	if n.kind != textNode {
		return ""
	}
	return n.value
}

// text decodes words for people and holds them against the profile's languages.
func (d *decoder) text(n *node, k *keySpec) Text {
	if n.kind != mapNode {
		d.add(n, CodeType, "%s must have its words by language, like {%s: …}, not %s", k.name, strings.Join(d.official, ": …, "), n.kind)
		return nil
	}
	out := Text{}
	for _, p := range n.keys {
		at := &node{src: p.src, line: p.line, col: p.col}
		switch {
		case p.val.kind == nullNode && !slices.Contains(d.allowed, p.name):
			d.add(at, CodeType, "%q has no words; between braces a text with a comma needs quotes", p.name)
		case p.val.kind != textNode:
			d.add(p.val, CodeType, "%s in %s must be text, not %s", k.name, p.name, p.val.kind)
		case strings.TrimSpace(p.val.value) == "":
			d.add(p.val, CodeType, "%s in %s is empty: leave it out", k.name, p.name)
		case !wellFormed(p.name):
			d.add(at, CodeLanguageTag, "%q is no language tag%s", p.name, finding.DidYouMean(p.name, d.allowed))
		case d.unknown(p.src, p.name):
			d.add(at, CodeLanguageTag, "the profile offers no language %q%s", p.name, finding.DidYouMean(p.name, d.allowed))
		case readable(p.val.value) != "":
			d.add(p.val, CodeValue, "%s in %s: %s", k.name, p.name, readable(p.val.value))
		default:
			out[p.name] = strings.TrimSpace(p.val.value)
		}
	}
	if k.optional {
		return out
	}
	var missing []string
	for _, l := range d.official {
		if n.get(l) == nil {
			missing = append(missing, l)
		}
	}
	switch {
	case len(missing) > 0 && n.src.below(d.top):
		d.found = append(d.found, d.inOwn(n.src, fmt.Sprintf("%s lacks %s in the layer below: add it under the same id%s: %s", strings.Join(append(slices.Clone(d.trail), k.name), " "), strings.Join(missing, ", "), plural(len(d.trail)/2), d.cure(k.name, missing))))
	case len(missing) > 0:
		d.add(n, CodeLanguage, "%s lacks the official language%s %s", k.name, plural(len(missing)), strings.Join(missing, ", "))
	}
	return out
}

// unknown reports whether a text is in a language that no layer offers. The base has
// words in more languages than a country offers.
func (d *decoder) unknown(src *source, tag string) bool {
	return src.layer > 0 && len(d.allowed) > 0 && !slices.Contains(d.allowed, tag) && !slices.Contains(d.narrowed, tag)
}

// below reports whether the file belongs to a layer under the topmost one: the base,
// most often, which whoever writes a country cannot change.
func (s *source) below(top *layer) bool { return top != nil && s != nil && s.layer < top.depth }

// inOwn is a finding about a text of a layer below, at the file in which it is mended.
func (d *decoder) inOwn(below *source, message string) Finding {
	f := Finding{File: path.Join(d.top.shown, below.rel), Line: 1, Column: 1, Code: CodeLanguage, Message: message}
	if !d.top.has(below.rel) {
		f.File, f.Message = path.Join(d.top.shown, "profile.yaml"), message+", in a file "+below.rel
	}
	return f
}

func (y *layer) has(rel string) bool {
	return y.nodes[rel] != nil || y.tables[rel] != nil || y.texts[rel] != nil
}

// cure writes down what is to be added: the entry by its ids, with the words to fill in.
func (d *decoder) cure(key string, languages []string) string {
	words := make([]string, len(languages))
	for i, l := range languages {
		words[i] = l + ": …"
	}
	text := fmt.Sprintf("%s: {%s}", key, strings.Join(words, ", "))
	for i := len(d.trail) - 2; i >= 0; i -= 2 {
		text = fmt.Sprintf("%s: [{id: %s, %s}]", d.trail[i], d.trail[i+1], text)
	}
	return text
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func wellFormed(tag string) bool {
	_, err := language.Parse(tag)
	return err == nil && tag != ""
}

// word judges a text value by its key's tags.
func (d *decoder) word(n *node, k *keySpec, owner reflect.Type) {
	if len(k.enum) > 0 && !slices.Contains(k.enum, n.value) {
		d.add(n, CodeValue, "%s cannot be %q; allowed: %s%s", k.name, n.value, strings.Join(k.enum, ", "), finding.DidYouMean(n.value, k.enum))
		return
	}
	form := k.form
	if k.name == "id" && k.form == "id" {
		switch owner {
		case reflect.TypeFor[Law]():
			form = "law_id"
		case reflect.TypeFor[Rule]():
			form = "rule_id"
		case reflect.TypeFor[Article]():
			form = "article_id"
		case reflect.TypeFor[ProfileFile]():
			form = "profile_id"
		}
	}
	if form != "" {
		if problem := checkForm(form, n.value); problem != "" {
			code := CodeValue
			d.lost = d.lost || k.name == "id"
			switch form {
			case "pattern":
				code = CodePattern
			case "expr":
				code = CodeWindow
			}
			d.add(n, code, "%s: %s", k.name, problem)
		}
	}
	if k.ref != "" {
		d.pending = append(d.pending, pendingRef{kind: k.ref, word: n.value, at: n})
	}
}
