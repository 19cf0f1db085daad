package registry

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// saysOther says of a row that its name is not that of the institution of its code, though it may be
// that of none the register has: it says another number, or another type and not a word of what that
// one is called.
func (r *rows) saysOther(st *staged, met unit.Unit) *transfer.Fault {
	if st.Code == "" || st.Recode {
		return nil
	}
	key, name := r.known.like.contradicts(st.names, met)
	if key == "" {
		return nil
	}
	return &transfer.Fault{Target: intake.TargetCode, Key: key, Args: fault.Args{"Own": st.Code, "Met": fault.Text(met.Name), "Said": name}, Known: met.ID}
}

// contradicts finds a name, of those said of an institution, that can't be its own: the message that
// says why, and the name. What it is called in any of its languages counts.
func (l *likeness) contradicts(said map[string]string, u unit.Unit) (key, name string) {
	var own, numbers []string
	for _, name := range u.Name {
		own = append(own, l.words(name, u.Type, placeOf(u))...)
		numbers = append(numbers, numbersOf(unit.LikeWords(name))...)
	}
	for _, lang := range slices.Sorted(maps.Keys(said)) {
		words := unit.LikeWords(said[lang])
		if n := numbersOf(words); len(n) > 0 && len(numbers) > 0 && !shares(n, numbers) {
			return "import.row.other_number", said[lang]
		}
		if l.says(words, u.Type) {
			continue
		}
		for typ := range l.types {
			if typ != u.Type && l.says(words, typ) && !shares(l.rest(words, typ, placeOf(u)), own) {
				return "import.row.other_type", said[lang]
			}
		}
	}
	return "", ""
}

// says reports that the words of a name say what a type is called, and more.
func (l *likeness) says(words []string, typ string) bool {
	return slices.ContainsFunc(l.types[typ], func(said string) bool {
		from, to := run(words, said)
		return to > from && to-from < len(words)
	})
}

func shares(some, others []string) bool {
	return slices.ContainsFunc(some, func(s string) bool { return slices.Contains(others, s) })
}

// numbersOf are the numbers among words: 06 is 6.
func numbersOf(words []string) (out []string) {
	for _, w := range words {
		if w != "" && strings.TrimFunc(w, unicode.IsDigit) == "" {
			out = append(out, strings.TrimLeft(w, "0"))
		}
	}
	return out
}
