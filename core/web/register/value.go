package register

import (
	"fmt"
	"strconv"

	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/web/screen"
)

// Value writes a field's value as the reader's language does. Values come as JSON
// gives them back.
func Value(q *screen.Request, f *profile.Field, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case bool:
		if x {
			return q.T("common.yes")
		}
		return q.T("common.no")
	case float64:
		return numberText(q, f, x)
	case int64:
		return numberText(q, f, float64(x))
	case profile.Date:
		return q.View().Date(x.Time())
	case []any:
		codes := make([]string, 0, len(x))
		for _, c := range x {
			codes = append(codes, fmt.Sprint(c))
		}
		return listText(q, f, codes)
	case []string:
		return listText(q, f, x)
	case string:
		return wordText(q, f, x)
	}
	return fmt.Sprint(v)
}

func wordText(q *screen.Request, f *profile.Field, s string) string {
	switch f.Type.Kind {
	case profile.KindDate:
		if d, err := profile.ParseDate(s); err == nil {
			return q.View().Date(d.Time())
		}
	case profile.KindReference:
		return itemName(q, f, s)
	case profile.KindPhone:
		return locale.Phone(s)
	case profile.KindEmail, profile.KindURL:
		return profile.Readable(s)
	case profile.KindText, profile.KindLongText, profile.KindInt, profile.KindDecimal, profile.KindBool, profile.KindYear, profile.KindReferences, profile.KindIdentifier: // as it is kept
	}
	return s
}

func listText(q *screen.Request, f *profile.Field, codes []string) string {
	names := make([]string, 0, len(codes))
	for _, c := range codes {
		names = append(names, itemName(q, f, c))
	}
	return q.L.List(names)
}

func itemName(q *screen.Request, f *profile.Field, code string) string {
	if name := q.Profile().ItemName(f.Type.Target, code, q.Today()); len(name) > 0 {
		return q.Text(name)
	}
	return code
}

func numberText(q *screen.Request, f *profile.Field, x float64) string {
	s := q.L.Decimal(x, -1)
	if f.IsYear() {
		s = strconv.FormatInt(int64(x), 10)
	}
	if len(f.Unit) > 0 {
		s += " " + q.Text(f.Unit)
	}
	return s
}

// leads is where a value leads to: a letter, a call, a page.
func leads(f *profile.Field, v any) string {
	s, _ := v.(string)
	if s == "" {
		return ""
	}
	switch f.Type.Kind {
	case profile.KindEmail:
		return "mailto:" + s
	case profile.KindPhone:
		return "tel:" + s
	case profile.KindURL:
		return s
	case profile.KindText, profile.KindLongText, profile.KindInt, profile.KindDecimal, profile.KindBool, profile.KindDate, profile.KindYear, profile.KindReference, profile.KindReferences, profile.KindIdentifier: // nowhere
	}
	return ""
}

// Codes are those of a field that takes several.
func Codes(v any) []string {
	switch x := v.(type) {
	case []string:
		return x
	case []any:
		var out []string
		for _, c := range x {
			out = append(out, fmt.Sprint(c))
		}
		return out
	}
	return nil
}
