package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// step is a key that two layers have, or the upper one alone.
type step struct {
	lower, upper *node
	of           *node // the entry or mapping of the layer below that the key belongs to
	in           *node // the entry that this one lies in
	base         bool  // a country over the layer it extends
}

// direction judges a step; says is what a layer above may do.
type direction struct {
	says string
	ok   func(s step) bool
}

var (
	fixed   = direction{"it cannot be changed", func(s step) bool { return s.lower == nil || sameNode(s.lower, s.upper) }}
	closed  = direction{"it cannot be set or changed", func(s step) bool { return s.lower != nil && sameNode(s.lower, s.upper) }}
	kept    = direction{"it cannot be taken away", func(s step) bool { return !isTrue(s.upper) }}
	onlyOn  = direction{"it can only be turned on", func(s step) bool { return !isTrue(s.lower) || isTrue(s.upper) }}
	added   = direction{"it can only be added to", func(s step) bool { return hasAll(s.upper, s.lower) }}
	fewer   = direction{"it can only be narrowed", narrower}
	granted = direction{"it can only be narrowed", func(s step) bool { return s.lower == nil || narrowerGrants(s.lower, s.upper) }}
	higher  = direction{"it can only be raised", func(s step) bool { return s.lower == nil || number(s.upper) >= number(s.lower) }}
	lower   = direction{"it can only be lowered", func(s step) bool { return s.lower == nil || number(s.upper) <= number(s.lower) }}
	later   = direction{"it can only be moved later", func(s step) bool { return s.lower == nil || valueOf(s.upper) >= valueOf(s.lower) }}
	renewed = direction{"it can only be shortened", func(s step) bool {
		return s.lower == nil || number(s.lower) == 0 || number(s.upper) > 0 && number(s.upper) <= number(s.lower)
	}}
	switched  = direction{"it can only be made stricter", strictSwitch}
	limited   = direction{"it can only be made stricter", strictLimit}
	languages = direction{"what is said in a language cannot be changed", func(s step) bool {
		return s.lower == nil || !slices.ContainsFunc(s.lower.keys, func(p pair) bool {
			above := s.upper.get(p.name)
			return above != nil && !sameNode(p.val, above)
		})
	}}
	// what binds a record may not be ended: a field that must be there, that no two may
	// share, that a condition checks, that a law of its own asks for or that is sealed
	unbinding = direction{"a field that binds cannot be ended, narrowed or taken away", func(s step) bool {
		return !binding(s) || s.lower != nil && sameNode(s.lower, s.upper)
	}}
	unbindingRemoval = direction{unbinding.says, func(s step) bool { return !isTrue(s.upper) || !binding(s) }}
)

// raised takes the words of a key, the stricter ones last; unsaid is what holds where
// nothing is said.
func raised(unsaid string, words ...string) direction {
	rank := func(n *node) int {
		if n == nil {
			return slices.Index(words, unsaid)
		}
		return slices.Index(words, n.value)
	}
	return direction{"it can only be made stricter", func(s step) bool { return rank(s.upper) >= rank(s.lower) }}
}

// structural keys only hold entries: a layer above may always add one, and what it does
// to one of a layer below is judged key by key.
func structural(k *keySpec) bool {
	t := k.typ
	return k.name == "id" || k.name == "locked" || t.Kind() == reflect.Slice && specOf(t.Elem()).entry ||
		t.Kind() == reflect.Struct && t != fieldType
}

// judge reports a key of an upper layer that is weaker than what stands below. What is no
// value of the key at all is said to be that: whoever mistyped it meant nothing weaker.
func (m *merger) judge(t reflect.Type, k *keySpec, p pair, s step) bool {
	f, ok := floors[t.Name()+"."+p.name]
	if s.base = !m.ministry; !ok || s.base && !f.base && !f.all || f.may.ok(s) {
		return true
	}
	if wrong := m.misread(t, k, p.val); len(wrong) > 0 {
		m.found = append(m.found, wrong...)
		return false
	}
	if f.all {
		m.found = append(m.found, p.val.finding(CodeFixed, "%s was set by an earlier layer and cannot be changed", p.name))
		return false
	}
	below := ""
	if s.lower != nil {
		below = " (below it is " + brief(s.lower) + ")"
	}
	m.found = append(m.found, Finding{
		File: p.src.path, Line: p.line, Column: p.col, Code: CodeWeaker,
		Message: fmt.Sprintf("%s%s: %s; %s here%s: what the layer below says may be made stricter, never weaker", named(s), p.name, f.would, f.may.says, below),
	})
	return false
}

// misread reads a value by itself and returns what is wrong with it.
func (m *merger) misread(t reflect.Type, k *keySpec, n *node) Findings {
	if k == nil || k.typ == textType {
		return nil // words lie in languages, which are not known yet
	}
	var d decoder
	d.value(n, k, reflect.New(k.typ).Elem(), t)
	m.pending = append(m.pending, d.pending...)
	return d.found
}

// withoutGuesses leaves out that a value is weaker where it is no value at all: where what
// it names does not exist, or its condition does not compile.
func withoutGuesses(fs Findings) Findings {
	return slices.DeleteFunc(fs, func(f Finding) bool {
		return f.Code == CodeWeaker && slices.ContainsFunc(fs, func(o Finding) bool {
			return o.File == f.File && o.Line == f.Line && slices.Contains([]string{CodeReference, CodeCEL, CodeCELResult, CodeCELWord}, o.Code)
		})
	})
}

// named is the entry that a key belongs to, as messages begin.
func named(s step) string {
	for _, n := range []*node{s.of, s.in} {
		if id := n.get("id"); id != nil {
			return id.value + "."
		}
	}
	return ""
}

// brief is a value on one line.
func brief(n *node) string {
	if n == nil {
		return "nothing"
	}
	var parts []string
	switch n.kind {
	case mapNode:
		for _, p := range n.keys {
			parts = append(parts, p.name+": "+brief(p.val))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case listNode:
		for _, i := range n.items {
			parts = append(parts, brief(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case nullNode:
		return "nothing"
	}
	return n.value
}

func hasAll(list, all *node) bool {
	return all == nil || !slices.ContainsFunc(all.items, func(x *node) bool {
		return list == nil || !slices.ContainsFunc(list.items, func(y *node) bool { return sameNode(x, y) })
	})
}

// narrower: a list that is empty or absent leaves all open.
func narrower(s step) bool {
	if s.lower == nil || len(s.lower.items) == 0 {
		return true
	}
	return s.upper != nil && len(s.upper.items) > 0 && hasAll(s.lower, s.upper)
}

// narrowerGrants reports whether each grant lies within one of the layer below.
func narrowerGrants(lower, upper *node) bool {
	within := func(g *node) string {
		if w := valueOf(g.get("within")); w != "" {
			return w
		}
		return "territory"
	}
	for _, u := range upper.items {
		if !slices.ContainsFunc(lower.items, func(l *node) bool {
			a, b := within(l), within(u)
			return valueOf(l.get("role")) == valueOf(u.get("role")) &&
				(a == b || a == "tenant" || b == "unit") &&
				narrower(step{lower: l.get("institutions"), upper: u.get("institutions")}) &&
				(l.get("source") == nil || u.get("source") != nil && sameNode(l.get("source"), u.get("source")))
		}) {
			return false
		}
	}
	return true
}

func number(n *node) float64 {
	f, _ := strconv.ParseFloat(strings.ReplaceAll(valueOf(n), "_", ""), 64) // what is no number is a mistake of its own
	return f
}

func strictSwitch(s step) bool {
	strict := strictSwitches[valueOf(s.of.get("id"))]
	now := isTrue(s.lower)
	return now == isTrue(s.upper) || strict == strconv.FormatBool(isTrue(s.upper))
}

// strictLimit compares the values on every day on which one of them changes.
func strictLimit(s step) bool {
	if s.lower == nil {
		return true
	}
	less := slices.Contains(lowerIsStricter, valueOf(s.of.get("id")))
	days := []string{"", "9999-12-31"}
	for _, list := range []*node{s.lower, s.upper} {
		for _, v := range list.items {
			for _, key := range []string{"since", "until"} {
				if d := v.get(key); d != nil {
					days = append(days, d.value)
				}
			}
		}
	}
	at := func(list *node, day string) (float64, bool) {
		for _, v := range list.items {
			since, until := v.get("since"), v.get("until")
			if (since == nil || day >= since.value) && (until == nil || day <= until.value) {
				return number(v.get("value")), true
			}
		}
		return 0, false
	}
	for _, day := range days {
		below, was := at(s.lower, day)
		above, is := at(s.upper, day)
		if was && (!is || less && above > below || !less && above < below) {
			return false
		}
	}
	return true
}

// binding reports whether a field of the layer below may not simply be dropped.
func binding(s step) bool {
	return isTrue(s.of.get("unique")) || s.of.get("required") != nil || s.of.get("check") != nil || s.of.get("source") != nil || isTrue(s.in.get("sealed"))
}

// checkLaidWindows holds windows that a ministry adds to what the country says of the
// section: who may keep it open longer, and what remains possible when it has closed.
func (l *loader) checkLaidWindows() {
	if !l.merge.ministry {
		return
	}
	l.checkWiderWindows()
	theirs := func(n *node) bool { s := n.get("section"); return s == nil || s.src.layer == l.top.depth }
	for _, y := range l.p.Years {
		for i := range y.Windows {
			w := &y.Windows[i]
			if w.src == nil || !theirs(w.src) {
				continue
			}
			var extenders, after []string
			section, _, _ := strings.Cut(w.Section, ".")
			for _, x := range l.p.Windows(section) {
				if x.src != nil && !theirs(x.src) {
					extenders, after = append(extenders, x.ExtendedBy), append(after, x.AfterClose.By)
				}
			}
			if len(extenders) == 0 {
				continue
			}
			if !slices.Contains(extenders, w.ExtendedBy) {
				l.add(w.src.at("extended_by"), CodeWeaker, "%s.extended_by: the country says who may keep the section open longer: %s", w.ID, strings.Join(slices.Compact(slices.Sorted(slices.Values(extenders))), ", "))
			}
			if b := w.AfterClose.By; b != "" && b != "nobody" && !slices.Contains(after, b) {
				l.add(w.src.at("after_close"), CodeWeaker, "%s.after_close: the country lets nobody change the section once it has closed", w.ID)
			}
		}
	}
}
