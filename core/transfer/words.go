package transfer

import (
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
)

// What a word for yes or no is said to mean.
const (
	yes = "true"
	no  = "false"
)

// listField is the field of a list, or of yes and no, that words of a file may be explained for; nil: the level is of
// a place or of the type.
func listField(reg *profile.Register, level string) *profile.Field {
	if f := reg.Field(level); listed(f) {
		return f
	}
	return nil
}

// listed reports that the values of a field are a list's, or yes and no.
func listed(f *profile.Field) bool {
	return f != nil && (f.Type.Kind.Coded() || f.Type.Kind == profile.KindBool)
}

// itemOf is the code of a list's entry that somebody names by its code or as it is called;
// empty: none, or more than one.
func itemOf(p *profile.Profile, f *profile.Field, said string, on time.Time) string {
	if f.Type.Kind == profile.KindBool {
		if said == yes || said == no {
			return said
		}
		return ""
	}
	found := ""
	for _, i := range p.ItemsAt(f.Type.Target, on) {
		if i.Code == said {
			return i.Code
		}
		for _, name := range i.Name {
			if locale.Compact(name) != locale.Compact(said) || found == i.Code {
				continue
			}
			if found != "" {
				return ""
			}
			found = i.Code
		}
	}
	return found
}

// meantItems refuses words that are said to mean what no list has, and calls those that it has
// by their codes.
func (m *Matcher) meantItems(words []PlaceWord, bad *fault.Error) ([]PlaceWord, *fault.Error) {
	words = slices.Clone(words)
	for k, w := range words {
		f := listField(m.fields, w.Level)
		if f == nil {
			continue
		}
		code := itemOf(m.P, f, w.Place, m.On)
		if w.In != "" || locale.Compact(w.Word) == "" || code == "" {
			var all intake.Choices
			for _, i := range m.P.ItemsAt(f.Type.Target, m.On) {
				all = append(all, fault.Text(i.Name))
			}
			if f.Type.Kind == profile.KindBool {
				all = intake.Choices{fault.Key("common.yes"), fault.Key("common.no")}
			}
			bad = bad.WithField(Answer(k), "import.row.word", fault.Args{"Field": fault.Text(f.Name), "Choices": fault.List(all)})
			continue
		}
		words[k].Place = code
	}
	return words, bad
}

// explained makes the columns of lists read words as a person said that they are meant.
func (r *Judge) explained() {
	r.listed = map[string]int{}
	for k, w := range r.Answers {
		f := listField(r.t.records.Of(r.P), w.Level)
		if f == nil {
			continue
		}
		if code := itemOf(r.P, f, w.Place, r.Today); code != "" {
			r.Reader.Mean(f.ID, w.Word, code)
			r.listed[f.ID+" "+locale.Compact(w.Word)] = k
		}
	}
}

// wordRead tells of a cell of a list that it was read as a person said, and asks about one that
// names no entry.
func (r *Judge) wordRead(c *intake.ColumnReader, said string, bad *intake.Fault) *intake.Fault {
	if !listed(c.Field) {
		return bad
	}
	if bad == nil {
		parts := []string{said}
		if c.Field.Type.Kind == profile.KindReferences {
			parts = append(parts, r.Reader.Parts(said)...)
		}
		for _, part := range parts {
			if told := r.answered(c, part); told != nil {
				return told
			}
		}
		return nil
	}
	if part, one := bad.Args["Part"].(string); one && bad.Key == "import.row.part" {
		said = part
	} else if !strings.HasPrefix(bad.Key, "import.row.word") {
		return bad
	}
	r.Unmeant(PlaceWord{Level: c.Target, Word: intake.Cut(said, 80), Rows: 1})
	return bad
}

// answered counts a row in which a word stands that a person has said the meaning of, and tells of
// it; nil: nobody has, or enough rows tell of it.
func (r *Judge) answered(c *intake.ColumnReader, said string) *intake.Fault {
	k, is := r.listed[c.Target+" "+locale.Compact(said)]
	if !is {
		return nil
	}
	a := r.Answers[k]
	if !r.Answered(k) {
		return nil
	}
	if c.Field.Type.Kind == profile.KindBool {
		word := fault.Key("common.no")
		if a.Place == yes {
			word = fault.Key("common.yes")
		}
		return &intake.Fault{Target: c.Target, Key: "import.row.read_as", Args: fault.Args{"Place": word}, Warn: true}
	}
	for _, i := range r.P.ItemsAt(c.Field.Type.Target, r.Today) {
		if i.Code == a.Place {
			return &intake.Fault{Target: c.Target, Key: "import.row.read_as", Args: fault.Args{"Place": fault.Text(i.Name)}, Warn: true}
		}
	}
	return nil
}

// Unmeant counts a word of which it is asked what it means.
func (r *Judge) Unmeant(w PlaceWord) {
	for k := range r.words {
		if r.words[k].Level == w.Level && locale.Compact(r.words[k].Word) == locale.Compact(w.Word) && r.words[k].In == w.In {
			r.words[k].Rows++
			return
		}
	}
	if len(r.words) < mostWords {
		r.words = append(r.words, w)
	}
}

// mostWords bounds the words that are asked about; more are a wrong column.
const mostWords = 100
