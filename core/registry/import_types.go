package registry

import (
	"slices"

	"mektep/core/fault"
	"mektep/core/profile"
)

// typeWords are the types of institution by what a file may call them: id, name in
// any language, short name, other spellings.
func typeWords(p *profile.Profile) map[string]string {
	words := map[string]string{}
	add := func(id string, names ...string) {
		for _, s := range names {
			if s = compact(s); s != "" && words[s] == "" {
				words[s] = id
			}
		}
	}
	for k := range p.Types {
		add(p.Types[k].ID, p.Types[k].ID)
	}
	for k := range p.Types {
		t := &p.Types[k]
		for _, s := range t.Name {
			add(t.ID, s)
		}
		for _, s := range t.Short {
			add(t.ID, s)
		}
		add(t.ID, t.Aliases...)
	}
	return words
}

// typeAnswers are what a person said that words mean as types of institution: compact word →
// number of the answer. What means none is returned as places are.
func typeAnswers(types map[string]string, words []PlaceWord) (meant map[string]int, wrong []int) {
	meant = map[string]int{}
	for k, w := range words {
		if w.Level != targetType {
			continue
		}
		if w.In != "" || compact(w.Word) == "" || types[compact(w.Place)] == "" {
			wrong = append(wrong, k)
			continue
		}
		meant[compact(w.Word)] = k
	}
	return meant, wrong
}

// meantTypes refuses words that are said to mean what is no type, and calls those that are one
// by its id.
func (m *matcher) meantTypes(words []PlaceWord, bad *fault.Error) ([]PlaceWord, *fault.Error) {
	types := typeWords(m.p)
	meant, wrong := typeAnswers(types, words)
	for _, k := range wrong {
		key, args := unknownType(m.p, m.on, words[k].Place)
		bad = bad.WithField(placeAnswer(k), key, args)
	}
	words = slices.Clone(words)
	for _, k := range meant {
		words[k].Place = types[compact(words[k].Place)]
	}
	return words, bad
}

// meansType finds the type that a row names: as a person said of its word, or as it is called.
func (r *rows) meansType(st *staged) *rowFault {
	k, said := r.typed[compact(st.word)]
	if !said || st.unsaid.typ {
		return nil
	}
	a := &r.answers[k]
	st.typ = r.types[compact(a.Place)]
	if a.Rows++; a.Rows > mostRead {
		return nil
	}
	return &rowFault{target: targetType, key: "import.row.read_as", args: fault.Args{"Place": fault.Text(r.p.Type(st.typ).Name)}, warn: true}
}
