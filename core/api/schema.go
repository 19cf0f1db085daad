package api

import (
	"encoding/json"
	"time"

	"mektep/core/profile"
)

// longestBook is how many codes of a reference book a schema spells out; of a
// longer one it names the book.
const longestBook = 300

// registerSchema is the JSON Schema of a register's fields on a day, for programs
// that build forms or check what they send: what the profile declares, as far as
// a schema can say it. Conditions between fields stay the server's to judge.
func registerSchema(p *profile.Profile, r *profile.Register, language string, on time.Time) (json.RawMessage, error) {
	if language == "" {
		language = p.Main()
	}
	text := func(t profile.Text) string { return t.In(language, p.Main()) }
	properties := map[string]any{}
	required := []string{}
	var order []string
	for _, f := range r.FieldsAt(on) {
		s := fieldSchema(p, f, on)
		s["title"] = text(f.Name)
		set(s, "description", text(f.Help))
		set(s, "x-unit", text(f.Unit))
		s["x-group"], s["x-type"] = f.Group().ID, f.Type.String()
		if f.Filter {
			s["x-filter"] = true
		}
		if f.DerivedExpr != "" {
			s["readOnly"] = true
		}
		if f.RequiredExpr == "true" && f.DerivedExpr == "" {
			required = append(required, f.ID)
		}
		properties[f.ID] = s
		order = append(order, f.ID)
	}
	groups := make([]map[string]any, 0, len(r.Groups))
	for i := range r.Groups {
		g := &r.Groups[i]
		groups = append(groups, map[string]any{"id": g.ID, "title": text(g.Name), "category": g.Category, "object": g.Object()})
	}
	return json.Marshal(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": text(r.Name), "type": "object",
		"properties": properties, "required": required, "additionalProperties": false, "x-groups": groups, "x-order": order,
	})
}

// set leaves empty words out.
func set(s map[string]any, name, words string) {
	if words != "" {
		s[name] = words
	}
}

func fieldSchema(p *profile.Profile, f *profile.Field, on time.Time) map[string]any {
	s := map[string]any{"type": "string"}
	switch f.Type.Kind {
	case profile.KindInt, profile.KindYear:
		s["type"] = "integer"
		bound(s, "minimum", "maximum", f.Min, f.Max)
	case profile.KindDecimal:
		s["type"] = "number"
		bound(s, "minimum", "maximum", f.Min, f.Max)
	case profile.KindBool:
		s["type"] = "boolean"
	case profile.KindDate:
		s["format"] = "date"
	case profile.KindEmail:
		s["format"] = "email"
	case profile.KindURL:
		s["format"] = "uri"
	case profile.KindPhone, profile.KindIdentifier:
	case profile.KindReference:
		coded(s, p, f.Type.Target, on)
	case profile.KindReferences:
		item := map[string]any{"type": "string"}
		coded(item, p, f.Type.Target, on)
		s = map[string]any{"type": "array", "items": item, "uniqueItems": true}
	case profile.KindText, profile.KindLongText:
		bound(s, "minLength", "maxLength", f.Min, f.Max)
		if f.Pattern != "" {
			s["pattern"] = "^(?:" + f.Pattern + ")$"
		}
	}
	if f.Example != "" && s["type"] == "string" {
		s["examples"] = []string{f.Example}
	}
	return s
}

func bound(s map[string]any, least, most string, from, to *float64) {
	if from != nil {
		s[least] = *from
	}
	if to != nil {
		s[most] = *to
	}
}

func coded(s map[string]any, p *profile.Profile, book string, on time.Time) {
	s["x-book"] = book
	entries := p.ItemsAt(book, on)
	if len(entries) == 0 || len(entries) > longestBook {
		return
	}
	codes := make([]string, len(entries))
	for i, e := range entries {
		codes[i] = e.Code
	}
	s["enum"] = codes
}
