package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"mektep/core/finding"
)

// merger lays one layer of a file over another. It works on nodes, before
// anything is decoded, so that every mistake keeps its place in its own file.
type merger struct {
	found    Findings
	ministry bool         // the layer is laid over a country that is built in: see floors
	pending  []pendingRef // words of values that were refused: whether they name something is said as well
}

var (
	textType  = reflect.TypeFor[Text]()
	entryType = reflect.TypeFor[Entry]()
	dateType  = reflect.TypeFor[Date]()
	fieldType = reflect.TypeFor[FieldType]()
	casesType = reflect.TypeFor[CasesFile]()
)

// mapping merges two mappings of the same Go type: texts by language, lists of
// entries by id, structs key by key, all else replaced where the floors allow it.
// in is the mapping of the lower layer that they lie in.
func (m *merger) mapping(t reflect.Type, lower, upper, in *node) *node {
	if lower == nil || lower.kind != mapNode || upper == nil || upper.kind != mapNode {
		return upper
	}
	out := &node{src: upper.src, line: upper.line, col: upper.col, kind: mapNode, keys: slices.Clone(lower.keys)}
	spec := specOf(t)
	for _, p := range upper.keys {
		f := spec.key(p.name)
		if f != nil && p.val.kind == nullNode && structural(f) {
			m.found = append(m.found, Finding{
				File: p.src.path, Line: p.line, Column: p.col, Code: CodeType, Note: true,
				Message: fmt.Sprintf("%s has nothing under it and changes nothing: leave the key out", p.name),
			})
			continue
		}
		if f != nil && !m.judge(t, f, p, step{lower: lower.get(p.name), upper: p.val, of: lower, in: in}) && f.cel == "" {
			continue // a condition is compiled all the same, to say what else is wrong in it
		}
		i := slices.IndexFunc(out.keys, func(q pair) bool { return q.name == p.name })
		switch {
		case i < 0:
			if f != nil && f.layer == "declared" {
				m.undeclared(nil, p.val)
			}
			if f != nil && f.typ.Kind() == reflect.Struct && f.typ != fieldType { // its keys are judged even where the layer below has none
				p.val = m.mapping(f.typ, &node{src: p.val.src, kind: mapNode}, p.val, lower)
			}
			out.keys = append(out.keys, p)
		case f == nil:
			out.keys[i] = p // unknown key: the decoder reports it
		case t == casesType: // the cases of every layer count
			out.keys[i] = pair{name: p.name, line: p.line, col: p.col, src: p.src, val: joined(out.keys[i].val, p.val)}
		default:
			out.keys[i] = pair{name: p.name, line: p.line, col: p.col, src: p.src, val: m.value(f, out.keys[i].val, p.val, lower)}
		}
	}
	return out
}

// joined is one list after the other.
func joined(lower, upper *node) *node {
	if lower.kind != listNode || upper.kind != listNode {
		return upper
	}
	out := *upper
	out.items = slices.Concat(lower.items, upper.items)
	return &out
}

func (m *merger) value(f *keySpec, lower, upper, in *node) *node {
	switch {
	case f.typ == textType:
		return m.text(lower, upper)
	case f.typ.Kind() == reflect.Struct && f.typ != fieldType:
		return m.mapping(f.typ, lower, upper, in)
	case f.typ.Kind() == reflect.Slice && specOf(f.typ.Elem()).entry:
		if f.layer == "declared" {
			m.undeclared(lower, upper)
		}
		return m.entries(f.typ.Elem(), lower, upper, in)
	default:
		return upper
	}
}

func (m *merger) text(lower, upper *node) *node {
	if lower.kind != mapNode || upper.kind != mapNode {
		return upper
	}
	out := &node{src: upper.src, line: upper.line, col: upper.col, kind: mapNode, keys: slices.Clone(upper.keys)}
	for _, p := range lower.keys {
		if upper.get(p.name) == nil {
			out.keys = append(out.keys, p)
		}
	}
	return out
}

// undeclared reports entries that only the lowest layer may introduce.
func (m *merger) undeclared(lower, upper *node) {
	if upper.kind != listNode {
		return
	}
	known := idsOf(lower)
	for _, e := range upper.items {
		if id := e.get("id"); id != nil && !slices.Contains(known, id.value) {
			m.found = append(m.found, id.finding(CodeUndeclared, "%q is not declared by the base layer%s", id.value, finding.DidYouMean(id.value, known)))
		}
	}
}

func idsOf(list *node) []string {
	var ids []string
	if list != nil {
		for _, e := range list.items {
			if id := e.get("id"); id != nil {
				ids = append(ids, id.value)
			}
		}
	}
	return ids
}

func (m *merger) entries(t reflect.Type, lower, upper, in *node) *node {
	if lower.kind != listNode || upper.kind != listNode {
		return upper
	}
	out := &node{src: upper.src, line: upper.line, col: upper.col, kind: listNode, items: slices.Clone(lower.items)}
	below, seen := len(lower.items), map[string]bool{}
	for _, e := range upper.items {
		id := e.get("id")
		i := -1
		if id != nil && !seen[id.value] { // the second of two is added, for the decoder to report
			seen[id.value] = true
			i = slices.IndexFunc(out.items[:below], func(x *node) bool { return x.get("id") != nil && x.get("id").value == id.value })
		}
		switch {
		case i < 0 && isTrue(e.get("remove")):
			m.found = append(m.found, e.finding(CodeRemove, "there is no %q to remove%s", valueOf(id), finding.DidYouMean(valueOf(id), idsOf(lower))))
		case i < 0:
			out.items = append(out.items, e)
		case isTrue(out.items[i].get("locked")):
			out.items[i] = m.translated(t, out.items[i], e)
		case isTrue(e.get("remove")):
			if len(e.keys) > 2 {
				m.found = append(m.found, e.finding(CodeRemove, "%q is removed: the other keys mean nothing", id.value))
			}
			if !m.judge(t, specOf(t).key("remove"), removal(e), step{upper: e.get("remove"), of: out.items[i], in: in}) {
				continue
			}
			out.items = slices.Delete(out.items, i, i+1)
			below--
		case m.another(t, lower, out.items[i], e):
		default:
			out.items[i] = m.mapping(t, out.items[i], e, in)
		}
	}
	return out
}

// another reports an entry that is another one under the id of one of the layer below, as a
// copy is whose id was not changed, or was changed to one that is taken: it would rename
// that one, without a word. It shows by another name beside what a ministry has no
// reason to say again, since its country's law fixes it, or by the name of a neighbour.
func (m *merger) another(t reflect.Type, list, lower, upper *node) bool {
	spec, key := specOf(t), "name"
	if spec.key(key) == nil {
		key = "title"
	}
	was, now := lower.get(key), upper.get(key)
	if k := spec.key(key); k == nil || k.typ != textType || was == nil || now == nil {
		return false
	}
	says := func(name *node, other *node) bool { // the same, in some language
		return other != nil && slices.ContainsFunc(name.keys, func(p pair) bool { o := other.get(p.name); return o != nil && sameNode(o, p.val) })
	}
	renamed := slices.ContainsFunc(now.keys, func(p pair) bool { o := was.get(p.name); return o != nil && !sameNode(o, p.val) })
	again := m.ministry && slices.ContainsFunc(spec.keys, func(k *keySpec) bool {
		_, law := floors[t.Name()+"."+k.name]
		return k.must && law && k.name != key && upper.get(k.name) != nil
	})
	neighbour := slices.ContainsFunc(list.items, func(x *node) bool {
		return x != nil && valueOf(x.get("id")) != valueOf(upper.get("id")) && says(now, x.get(key))
	})
	if !renamed || !again && !neighbour {
		return false
	}
	m.found = append(m.found, upper.at("id").finding(CodeDuplicate, "the id %q is taken by %s in the layer below, which this would rename: give this one an id of its own, or say of that one only what differs", valueOf(upper.get("id")), quoted(was)))
	return true
}

// quoted is a name as a message calls it: in English, or in the first language it has.
func quoted(name *node) string {
	v := name.get("en")
	if v == nil && len(name.keys) > 0 {
		v = name.keys[0].val
	}
	return strconv.Quote(valueOf(v))
}

// translated lays texts in further languages over a locked entry and reports all else.
func (m *merger) translated(t reflect.Type, lower, upper *node) *node {
	out := &node{src: lower.src, line: lower.line, col: lower.col, kind: mapNode, keys: slices.Clone(lower.keys)}
	for _, p := range upper.keys {
		if p.name == "id" {
			continue
		}
		f := specOf(t).key(p.name)
		old := lower.get(p.name)
		if f != nil && f.typ == textType && old != nil && p.val.kind == mapNode {
			if slices.ContainsFunc(p.val.keys, func(q pair) bool { has := old.get(q.name); return has != nil && !sameNode(has, q.val) }) {
				m.found = append(m.found, p.val.finding(CodeLocked, "%q is locked by an earlier layer: its texts can be translated, not replaced", valueOf(upper.get("id"))))
				continue
			}
			i := slices.IndexFunc(out.keys, func(q pair) bool { return q.name == p.name })
			out.keys[i].val = m.text(old, p.val)
			continue
		}
		m.found = append(m.found, Finding{
			File: p.src.path, Line: p.line, Column: p.col, Code: CodeLocked,
			Message: "\"" + valueOf(upper.get("id")) + "\" is locked by an earlier layer; " + p.name + " cannot be set here",
		})
	}
	return out
}

func removal(e *node) pair {
	return e.keys[slices.IndexFunc(e.keys, func(p pair) bool { return p.name == "remove" })]
}

func isTrue(n *node) bool { return n != nil && n.kind == boolNode && n.value == "true" }

func valueOf(n *node) string {
	if n == nil {
		return ""
	}
	return n.value
}

// sameNode compares what two nodes say, the order of keys apart.
func sameNode(a, b *node) bool {
	if a.kind != b.kind || a.value != b.value || len(a.keys) != len(b.keys) || len(a.items) != len(b.items) {
		return false
	}
	for _, p := range a.keys {
		if other := b.get(p.name); other == nil || !sameNode(p.val, other) {
			return false
		}
	}
	for i := range a.items {
		if !sameNode(a.items[i], b.items[i]) {
			return false
		}
	}
	return true
}
