package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mektep/core/profile"
)

// Change is what becomes different in a school year: of the year itself (List is empty),
// or of an entry of one of its lists. Where Field is empty, the entry as a whole comes
// (Old is nil) or goes (New is nil).
type Change struct {
	List  string // terms, breaks, holidays, windows, amendments
	ID    string // of the entry
	Field string // key in the calendar file
	Old   any
	New   any
}

// Name is the change's place as the trail keeps it: terms.term_1.end.
func (c Change) Name() string {
	var parts []string
	for _, p := range []string{c.List, c.ID, c.Field} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ".")
}

// lists are the lists of a school year, in the order in which they are shown.
var lists = []string{"terms", "breaks", "holidays", "windows", "amendments"}

// Compare returns what is different between two documents of a school year, in the order
// of its form; from nothing, everything.
func Compare(old, now profile.Document) []Change {
	out := fields("", "", withoutLists(old), withoutLists(now))
	for _, list := range lists {
		before, after := entries(old[list]), entries(now[list])
		for _, e := range before {
			id := text(e["id"])
			if other := find(after, id); other == nil {
				out = append(out, Change{List: list, ID: id, Old: e})
			} else {
				out = append(out, fields(list, id, e, other)...)
			}
		}
		for _, e := range after {
			if id := text(e["id"]); find(before, id) == nil {
				out = append(out, Change{List: list, ID: id, New: e})
			}
		}
	}
	return out
}

// place is where a key stands among those of its entry, as people read them.
func place(key string) int {
	first := []string{"id", "name", "status", "start", "end", "section", "term", "opens", "closes"}
	if i := slices.Index(first, key); i >= 0 {
		return i
	}
	return len(first)
}

func withoutLists(d profile.Document) map[string]any {
	out := map[string]any{}
	for k, v := range d {
		if !slices.Contains(lists, k) {
			out[k] = v
		}
	}
	return out
}

func fields(list, id string, old, now map[string]any) (out []Change) {
	keys := []string{}
	for k := range old {
		keys = append(keys, k)
	}
	for k := range now {
		if _, both := old[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(place(a)-place(b), strings.Compare(a, b)) })
	for _, k := range keys {
		// fmt writes mappings with sorted keys, and a number as it is whether it was read
		// from JSON or from the file
		if fmt.Sprint(old[k]) != fmt.Sprint(now[k]) {
			out = append(out, Change{List: list, ID: id, Field: k, Old: old[k], New: now[k]})
		}
	}
	return out
}

func entries(v any) (out []map[string]any) {
	list, _ := v.([]any)
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func find(in []map[string]any, id string) map[string]any {
	for _, e := range in {
		if text(e["id"]) == id {
			return e
		}
	}
	return nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// Effect is what a change of the calendar does to a window.
type Effect struct {
	Old, New *profile.Window // nil: there was none, there will be none
	Kind     EffectKind
}

// EffectKind is what happens to a window.
type EffectKind string

// What happens to windows.
const (
	ClosesNow EffectKind = "closes_now" // it is open, and would be closed at once
	OpensNow  EffectKind = "opens_now"  // it is closed, and would be open at once
	Shorter   EffectKind = "shorter"    // it opens later or closes earlier
	Longer    EffectKind = "longer"     // it opens earlier or closes later
	Moved     EffectKind = "moved"      // both its ends move the same way
	Dropped   EffectKind = "dropped"    // it was to come and does not
	Added     EffectKind = "added"      // it is new and will open
)

// Effects says what replacing one year by another does to the windows, those that open or
// close at once first: a window that runs is not drawn away from under people in silence.
// old is nil for a year that is new.
func Effects(old, now *profile.SchoolYear, at time.Time) []Effect {
	var out []Effect
	add := func(before, after *profile.Window) {
		if e := (Effect{before, after, effect(before, after, at)}); e.Kind != "" {
			out = append(out, e)
		}
	}
	if old != nil {
		for i := range old.Windows {
			w := &old.Windows[i]
			add(w, windowOf(now, w.ID))
		}
	}
	for i := range now.Windows {
		if w := &now.Windows[i]; old == nil || windowOf(old, w.ID) == nil {
			add(nil, w)
		}
	}
	slices.SortStableFunc(out, func(a, b Effect) int { return a.Kind.rank() - b.Kind.rank() })
	return out
}

func (k EffectKind) rank() int {
	return slices.Index([]EffectKind{ClosesNow, OpensNow, Shorter, Dropped, Moved, Longer, Added}, k)
}

func windowOf(y *profile.SchoolYear, id string) *profile.Window {
	for i := range y.Windows {
		if y.Windows[i].ID == id {
			return &y.Windows[i]
		}
	}
	return nil
}

func effect(before, after *profile.Window, at time.Time) EffectKind {
	was, will := before != nil && before.Open(at), after != nil && after.Open(at)
	switch {
	case was && !will, was && fewer(before, after):
		return ClosesNow
	case will && !was, was && fewer(after, before):
		return OpensNow
	case before == nil:
		if after.ClosesAt().Before(at) {
			return ""
		}
		return Added
	case after == nil:
		if before.ClosesAt().Before(at) {
			return ""
		}
		return Dropped
	}
	opens, closes := after.OpensAt().Compare(before.OpensAt()), after.ClosesAt().Compare(before.ClosesAt())
	switch {
	case opens == 0 && closes == 0:
		return ""
	case opens == closes:
		return Moved
	case opens > 0 || closes < 0:
		return Shorter
	}
	return Longer
}

// fewer reports whether a window is for fewer, or others, than another one: whoever is
// not among them any more finds it closed, or it is another section's.
func fewer(before, after *profile.Window) bool {
	if before.Section != after.Section {
		return true
	}
	if len(after.Types) == 0 {
		return false
	}
	return len(before.Types) == 0 || slices.ContainsFunc(before.Types, func(t string) bool { return !slices.Contains(after.Types, t) })
}
