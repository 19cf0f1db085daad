package registry

import (
	"strconv"
	"strings"
	"time"

	"mektep/core/locale"
	"mektep/core/profile"
)

// reader turns the cells of a row into values of the register.
type reader struct {
	cols   []cellReader
	months *locale.Localizer
}

// cellReader reads the cells of one column.
type cellReader struct {
	target string
	lang   string            // of a name
	field  *profile.Field    // of a passport
	codes  map[string]string // compact word → code, for what is one of a list
}

func newReader(p *profile.Profile, words *locale.Bundle, l *locale.Localizer, cols []Column, on time.Time) *reader {
	r := &reader{months: l, cols: make([]cellReader, len(cols))}
	for k, c := range cols {
		cr := cellReader{target: c.Target}
		switch {
		case c.Target == targetName:
			cr.lang = p.Main()
		case strings.HasPrefix(c.Target, targetName+"."):
			cr.lang = strings.TrimPrefix(c.Target, targetName+".")
		case c.Target == targetType:
			cr.codes = typeWords(p)
		default:
			if cr.field = p.Register(Institutions).Field(c.Target); cr.field != nil {
				cr.codes = fieldWords(p, words, cr.field, on)
			}
		}
		r.cols[k] = cr
	}
	return r
}

// fieldWords are the codes of a field's reference book, or yes and no, by code and
// by word in any language; nil for a field of free values.
func fieldWords(p *profile.Profile, words *locale.Bundle, f *profile.Field, on time.Time) map[string]string {
	codes := map[string]string{}
	add := func(code string, names ...string) {
		for _, s := range names {
			if s = compact(s); s != "" && codes[s] == "" {
				codes[s] = code
			}
		}
	}
	switch f.Type.Kind {
	case profile.KindBool:
		add("true", "true", "1", "x", "+")
		add("false", "false", "0")
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			add("true", l.T("common.yes"))
			add("false", l.T("common.no"))
		}
	case profile.KindReference, profile.KindReferences:
		items := p.ItemsAt(f.Type.Target, on)
		for _, i := range items {
			add(i.Code, i.Code)
		}
		for _, i := range items {
			for _, s := range i.Name {
				add(i.Code, s)
			}
		}
	default:
		return nil
	}
	return codes
}

// value is what a cell says of a passport's field, for the profile to judge. ok is
// false where the cell says a word that the field's list does not have.
func (r *reader) value(c *cellReader, s string) (v any, ok bool) {
	switch c.field.Type.Kind {
	case profile.KindBool:
		switch c.codes[compact(s)] {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		return nil, false
	case profile.KindReference:
		code, ok := c.codes[compact(s)]
		return code, ok
	case profile.KindReferences:
		var codes []string
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' || r == '\n' }) {
			if strings.TrimSpace(part) == "" {
				continue
			}
			code, ok := c.codes[compact(part)]
			if !ok {
				return nil, false
			}
			codes = append(codes, code)
		}
		return codes, true
	case profile.KindDate:
		if d, ok := r.day(s); ok {
			return d, true
		}
		return s, true // the profile says what a day looks like
	}
	return s, true
}

// spreadsheetEpoch is the day before the first that spreadsheets count; they
// believe in the 29 February 1900, hence one more.
var spreadsheetEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// day reads a day as people and spreadsheets write it.
func (r *reader) day(s string) (profile.Date, bool) {
	if d, err := profile.ParseDate(s); err == nil {
		return d, true
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if n >= 366 && n < 110000 { // 1901 to 2200
			return profile.DateOf(spreadsheetEpoch.AddDate(0, 0, int(n))), true
		}
		return 0, false
	}
	t, err := r.months.ParseDate(s)
	if err != nil {
		return 0, false
	}
	return profile.DateOf(t), true
}
