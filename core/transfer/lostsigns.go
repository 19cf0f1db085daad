package transfer

import (
	"maps"
	"slices"
	"strings"

	"mektep/core/audit"
)

// lostSigns leaves texts as the register has them which a row has with question marks for what the
// encoding of its file did not have: ½ and ₺ of a text alone, letters within its words.
func (w *work) lostSigns(st *Row, has map[string]any) {
	for _, id := range slices.Sorted(maps.Keys(st.Fields)) {
		said, _ := st.Fields[id].(string)
		old, _ := has[id].(string)
		if said != old && lostFrom(old, said) {
			w.untold(st, id, "import.row.lost")
			w.note(st, []Fault{{Target: id, Key: "import.row.lost_kept", Warn: true, Known: st.Known}})
			delete(st.Fields, id)
		}
	}
}

// untold takes back what was told of a cell of which more is known now.
func (w *work) untold(st *Row, target, key string) {
	kept := len(w.findings)
	w.findings = slices.DeleteFunc(w.findings, func(f Finding) bool { return f.Line == st.Line && f.Target == target && f.Key == key })
	w.counts.Findings -= kept - len(w.findings)
}

// oddTexts are what is told of texts that nobody writes so, as a rule.
var oddTexts = []string{"import.row.nothing", "import.row.programs", "import.row.garbled", "import.row.alphabets", "import.row.lost"}

// asKept takes back what was told of texts that the register has just so: somebody has said them.
func (w *work) asKept(st *Row, has map[string]any, changes []audit.Change) {
	if !w.strange[st.Line] {
		return
	}
	kept := len(w.findings)
	w.findings = slices.DeleteFunc(w.findings, func(f Finding) bool {
		text, _ := has[f.Target].(string)
		return f.Line == st.Line && f.Warning && slices.Contains(oddTexts, f.Key) && text != "" && st.Fields[f.Target] != nil &&
			!slices.ContainsFunc(changes, func(c audit.Change) bool { return c.Field == f.Target })
	})
	w.counts.Findings -= kept - len(w.findings)
}

// lostFrom reports that a text is another one in which question marks stand for signs that not
// every encoding has: one for each, or two for one that UTF-16 writes as two.
func lostFrom(old, said string) bool {
	if !strings.Contains(said, "?") || strings.Count(old, "?") == strings.Count(said, "?") {
		return false
	}
	return lostRunes([]rune(old), []rune(said))
}

func lostRunes(old, said []rune) bool {
	for len(old) > 0 {
		r := old[0]
		switch {
		case len(said) > 0 && said[0] == r:
			old, said = old[1:], said[1:]
		case r < 0x80 || len(said) == 0 || said[0] != '?':
			return false
		case r > 0xffff && len(said) > 1 && said[1] == '?' && lostRunes(old[1:], said[2:]):
			return true
		default:
			old, said = old[1:], said[1:]
		}
	}
	return len(said) == 0
}
