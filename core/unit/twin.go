package unit

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mektep/core/db"
	"mektep/core/locale"
)

// Twin is an institution that bears the name of another and lies in the same place, on one
// day at least. One of another type is called as the other is in every language that it has.
type Twin struct {
	Unit
	Of    string    // its type then
	Other bool      // whether that is another type than that of the one which it looks like
	Name  string    // as it bears it
	Place int64     // id of the place
	From  time.Time // the first day of it that is not over
}

// numberSigns are how keyboards without № write it before a number, the longest first.
var numberSigns = []string{"num", "no", "nr", "n"}

// unsigned is a name without the signs before its numbers. Every row of a file is asked, several
// times: so it goes from number to number, and looks back.
func unsigned(name string) string {
	if !strings.ContainsAny(name, "nN") {
		return name
	}
	var b strings.Builder
	kept, inNumber := 0, false // what of the name is written already
	for i, r := range name {
		digit := r >= '0' && r <= '9'
		if !digit || inNumber {
			inNumber = digit
			continue
		}
		inNumber = true
		before := strings.TrimRightFunc(name[kept:i], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".:°º", r) })
		for _, sign := range numberSigns {
			at := len(before) - len(sign)
			if at < 0 || !strings.EqualFold(before[at:], sign) {
				continue
			}
			if last, _ := utf8.DecodeLastRuneInString(before[:at]); at > 0 && (unicode.IsLetter(last) || unicode.IsNumber(last)) || at == 0 && kept > 0 {
				continue
			}
			b.WriteString(before[:at])
			kept = i
			break
		}
	}
	if kept == 0 {
		return name
	}
	b.WriteString(name[kept:])
	return b.String()
}

// Look is by what names of institutions are compared: letters and digits, whatever their
// case, with no sign before a number. Search folds more than that, and would take
// "Kindergarten I" for "Kindergarten II".
func Look(name string) string {
	var b strings.Builder
	name = unsigned(name)
	for _, r := range name {
		switch {
		case r == 'İ' || r == 'I' || r == 'ı': // which case it is depends on the language
			r = 'i'
		case !unicode.IsLetter(r) && !unicode.IsNumber(r):
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// alone are words that are compared letter by letter: numbers of letters, and letters by themselves.
func alone(word string) bool {
	return word != "" && strings.Trim(word, "ivx") == "" || utf8.RuneCountInString(word) == 1
}

// LikeWords are the words of a name as people write them who lack the letters of a language or
// leave its marks out: what is like by these may be the same, and somebody is asked.
func LikeWords(name string) []string {
	words := strings.FieldsFunc(unsigned(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	out := words[:0]
	for _, w := range words {
		if w = Look(w); !alone(w) {
			w = strings.ReplaceAll(locale.Fold(w), " ", "")
		}
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// Called returns the ids of units that may be called as one of some names, whatever their place
// and level: those that share its rarest word. Who asks compares them by Look.
func (t *Tree) Called(ctx context.Context, names []string) (ids []int64, err error) {
	said := make([]string, len(names))
	for k, name := range names {
		said[k] = unsigned(strings.ReplaceAll(name, "№", " "))
	}
	err = t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		ids, err = Index.Having(ctx, tx, said)
		return err
	})
	return ids, err
}

// Forms says by what a name of an institution of a type in a place is held against others,
// first as it is, then as it may be written as well.
type Forms func(name, typ string, place int64) []string

// Twins returns the institutions that look like another, today or on a day to come, each
// once: as one of its type where it is that on any day. It keeps others from entering one into its places until the unit of work ends: of
// two who do at once the second sees what the first has entered.
func (t *Tree) Twins(ctx context.Context, tx *db.Tx, u Unit, forms Forms) ([]Twin, error) {
	if _, err := tx.PGX().Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('twins ' || place, $1)) FROM (
		SELECT DISTINCT parent_id AS place FROM unit_places($1, $2) WHERE (until IS NULL OR until > $3) ORDER BY 1) p`,
		tx.Tenant(), u.ID, t.Today(ctx)); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, "SELECT DISTINCT "+columns+`, m.name, n.name, p.parent_id, f.since, z.type, z.type <> y.type AS other
		FROM unit_places($1, $2) p CROSS JOIN unit_types($1, $2) y CROSS JOIN unit_names($1, $2) n
		CROSS JOIN LATERAL unit_lies($1, p.parent_id) q
		JOIN unit u ON u.tenant_id = $1 AND u.id = q.unit_id AND u.level = 'institution' AND NOT u.withdrawn
		CROSS JOIN LATERAL unit_types($1, u.id) z CROSS JOIN LATERAL unit_names($1, u.id) m
		CROSS JOIN LATERAL (SELECT greatest(p.since, y.since, n.since, q.since, z.since, m.since, $3::date) AS since, least(p.until, y.until, n.until, q.until, z.until, m.until, u.until, $4::date) AS until) f
		WHERE u.id <> $2 AND (f.until IS NULL OR f.since < f.until) ORDER BY other, f.since, u.id`,
		tx.Tenant(), u.ID, t.Today(ctx), u.Until)
	if err != nil {
		return nil, err
	}
	var out []Twin
	for rows.Next() {
		var theirs, own map[string]string
		var w Twin
		if w.Unit, err = Scan(rows, &theirs, &own, &w.Place, &w.From, &w.Of, &w.Other); err != nil {
			break
		}
		if w.Other && !throughout(theirs, own) {
			continue
		}
		if w.Name = alike(theirs, own, t.language(ctx), func(name string) []string { return forms(name, w.Of, w.Place) }); w.Name != "" && !slices.ContainsFunc(out, func(o Twin) bool { return o.ID == w.ID }) {
			out = append(out, w)
		}
	}
	rows.Close()
	if err == nil {
		err = rows.Err()
	}
	return out, err
}

// throughout reports that all names of one look like those of another, language by language.
func throughout(theirs, own map[string]string) bool {
	for lang, name := range own {
		if name != "" && Look(theirs[lang]) != Look(name) {
			return false
		}
	}
	return true
}

// alike is the first of some names that looks like one of others, that of the ministry's
// language before the rest; empty where none does.
func alike(theirs, own map[string]string, main string, forms func(name string) []string) string {
	found := ""
	for lang, name := range theirs {
		if (found == "" || lang == main) && slices.ContainsFunc(slices.Collect(maps.Values(own)), func(own string) bool { return share(forms(name), forms(own)) }) {
			found = name
		}
	}
	return found
}

// share reports that one of two names is, as it is, a form of the other.
func share(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && (slices.Contains(b, a[0]) || slices.Contains(a, b[0]))
}
