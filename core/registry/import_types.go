package registry

import (
	"slices"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/transfer"
)

// typeWords are the types of institution by what a file may call them: id, name in
// any language, short name, other spellings.
func typeWords(p *profile.Profile) map[string]string {
	return profile.Derive(p, nil, func() typesByWord { return newTypeWords(p) })
}

type typesByWord map[string]string // compact word → id

func newTypeWords(p *profile.Profile) typesByWord {
	words := typesByWord{}
	add := func(id string, names ...string) {
		for _, s := range names {
			if s = locale.Compact(s); s != "" && words[s] == "" {
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
func typeAnswers(types map[string]string, words []transfer.PlaceWord) (meant map[string]int, wrong []int) {
	meant = map[string]int{}
	for k, w := range words {
		if w.Level != intake.TargetType {
			continue
		}
		if w.In != "" || locale.Compact(w.Word) == "" || types[locale.Compact(w.Place)] == "" {
			wrong = append(wrong, k)
			continue
		}
		meant[locale.Compact(w.Word)] = k
	}
	return meant, wrong
}

// meantTypes refuses words that are said to mean what is no type, and calls those that are one
// by its id.
func meantTypes(m *transfer.Matcher, words []transfer.PlaceWord, bad *fault.Error) ([]transfer.PlaceWord, *fault.Error) {
	types := typeWords(m.P)
	meant, wrong := typeAnswers(types, words)
	for _, k := range wrong {
		key, args := unknownType(m.P, m.On, words[k].Place)
		bad = bad.WithField(transfer.Answer(k), key, args)
	}
	words = slices.Clone(words)
	for _, k := range meant {
		words[k].Place = types[locale.Compact(words[k].Place)]
	}
	return words, bad
}

// meansType finds the type that a row names: as a person said of its word, or as it is called.
func (r *rows) meansType(st *staged) *transfer.Fault {
	k, said := r.typed[locale.Compact(st.word)]
	if !said || st.unsaid.typ {
		return nil
	}
	st.typ = r.types[locale.Compact(r.Answers[k].Place)]
	if !r.Answered(k) {
		return nil
	}
	return &transfer.Fault{Target: intake.TargetType, Key: "import.row.read_as", Args: fault.Args{"Place": fault.Text(r.P.Type(st.typ).Name)}, Warn: true}
}

// unmeantType asks which type the word of a row means that means none: of one that has ended
// the one that it became is proposed.
func (r *rows) unmeantType(st *staged) {
	if st.unsaid.typ || st.word == "" {
		return
	}
	w := transfer.PlaceWord{Level: intake.TargetType, Word: intake.Cut(st.word, 80), Rows: 1}
	if t := r.P.Type(st.typ); t != nil {
		if heir := successor(r.P, t, st.Since); heir != nil {
			w.Place = heir.ID
		}
	}
	r.Unmeant(w)
}

// unknownType is the fault of a type that there is not.
func unknownType(p *profile.Profile, on time.Time, said string) (key string, args fault.Args) {
	var all intake.Choices
	for _, t := range p.TypesAt(on) {
		all = append(all, fault.Text(t.Name))
	}
	near, what := all.Near(said)
	if key = "import.row.unknown_type"; what == intake.LikeWords {
		key = "import.row.unknown_type_near"
	}
	return key, fault.Args{"Choices": near}
}
