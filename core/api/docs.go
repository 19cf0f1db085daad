package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/locale"
)

// style is the one file that the documentation loads; it is served from here too.
//
//go:embed docs.css
var style []byte

// page is the documentation in a reader's language.
type page struct {
	l         *locale.Localizer
	ministry  string
	server    string // address that the examples call
	version   string
	groups    []docGroup
	languages []docLanguage
}

type docLanguage struct {
	tag, name, url string
	current        bool
}

type docGroup struct {
	id, name   string
	operations []docOperation
}

type docOperation struct {
	id, method, path, summary string
	public                    bool
	parameters                []docField
	body, answer              []docField
	status                    string
	curl, example             string
}

// docField is a parameter, or a field of a body.
type docField struct {
	name, where, kind, text string
	depth                   int
	required                bool
}

// docs shows what the API can do, to people.
func (a *api) docs(c *fiber.Ctx) error {
	ask := edge.Of(c)
	if ask.Ministry == nil {
		return fiber.ErrNotFound
	}
	l := ask.L
	if tag := c.Query("language"); slices.Contains(ask.Offered, tag) {
		l = a.edge.Words().Localizer(tag)
	}
	p := page{
		l: l, ministry: l.Text(ask.Ministry.Name), server: c.BaseURL() + Prefix, version: a.Version,
	}
	for _, known := range a.edge.Words().Languages() {
		if slices.Contains(ask.Offered, known.Tag) {
			p.languages = append(p.languages, docLanguage{known.Tag, known.Name, Prefix + "/docs?language=" + known.Tag, known.Tag == l.Tag()})
		}
	}
	for _, id := range a.groups() {
		p.groups = append(p.groups, docGroup{id: id, name: groupName(l, id)})
	}
	all := a.huma.OpenAPI().Components.Schemas.Map()
	for _, e := range a.entries() {
		i := slices.IndexFunc(p.groups, func(g docGroup) bool { return g.id == e.group })
		p.groups[i].operations = append(p.groups[i].operations, documented(e, p, all))
	}
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := p.page().Render(c.UserContext(), buf); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Vary("Accept-Language", "Cookie")
	c.Response().SetBody(buf.Bytes()) // a copy: the buffer goes back before the answer is sent
	return nil
}

func documented(e entry, p page, all map[string]*huma.Schema) docOperation {
	d := docOperation{
		id: e.OperationID, method: e.Method, path: e.Path, summary: summary(p.l, e.words), public: len(e.Security) == 0,
		status: strconv.Itoa(e.DefaultStatus),
	}
	for _, q := range e.Parameters {
		d.parameters = append(d.parameters, docField{
			name: q.Name, where: q.In, kind: kindOf(q.Schema), text: words(q.Description, q.Schema), required: q.Required,
		})
	}
	var body *huma.Schema
	media := ""
	if e.RequestBody != nil {
		for kind, m := range e.RequestBody.Content {
			media, body = kind, m.Schema
		}
	}
	if body != nil {
		d.body = fields(body, all, 0)
	}
	if r := e.Responses[d.status]; r != nil {
		for _, m := range r.Content {
			d.answer = fields(m.Schema, all, 0)
			for i := range d.answer {
				d.answer[i].required = false // what is always there needs no word
			}
			if sample := exampleOf(m.Schema, all, 0); sample != nil {
				d.example = pretty(sample)
			}
		}
	}
	d.curl = curl(d, p.server, media, body, all)
	return d
}

// curl writes a call as one would type it.
func curl(d docOperation, server, media string, body *huma.Schema, all map[string]*huma.Schema) string {
	var b strings.Builder
	b.WriteString("curl")
	if d.method != "GET" {
		b.WriteString(" -X " + d.method)
	}
	fmt.Fprintf(&b, " '%s%s'", server, d.path)
	if !d.public {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	for _, f := range d.parameters {
		switch f.name {
		case "If-Match":
			b.WriteString(" \\\n  -H 'If-Match: \"3\"'")
		case "Idempotency-Key":
			b.WriteString(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"")
		}
	}
	switch {
	case media == "multipart/form-data":
		b.WriteString(" \\\n  -F 'file=@FILE'")
	case body != nil:
		b.WriteString(" \\\n  --json '" + strings.ReplaceAll(pretty(exampleOf(body, all, 0)), "\n", "\n  ") + "'")
	}
	return b.String()
}

func pretty(v any) string {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(raw)
}

func resolved(s *huma.Schema, all map[string]*huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return all[strings.TrimPrefix(s.Ref, schemas)]
	}
	return s
}

// deepest is how far into a body the documentation and its examples go.
const deepest = 3

// fields lists what a body has, the fields of a field after it.
func fields(s *huma.Schema, all map[string]*huma.Schema, depth int) []docField {
	s = resolved(s, all)
	if s == nil || depth > deepest {
		return nil
	}
	if s.Type == huma.TypeArray {
		return fields(s.Items, all, depth)
	}
	var out []docField
	for _, name := range propertiesOf(s) {
		property := s.Properties[name]
		out = append(out, docField{
			name: name, kind: kindOf(property), text: words(property.Description, property), depth: depth, required: slices.Contains(s.Required, name),
		})
		out = append(out, fields(property, all, depth+1)...)
	}
	return out
}

// propertiesOf are a schema's properties: the obligatory ones first, then by name.
func propertiesOf(s *huma.Schema) []string {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := slices.Contains(s.Required, a), slices.Contains(s.Required, b)
		if x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

func kindOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return strings.TrimPrefix(s.Ref, schemas)
	case s.Type == huma.TypeArray:
		return "[" + kindOf(s.Items) + "]"
	case s.Format != "" && s.Type == huma.TypeString:
		return s.Format
	case s.Type == "":
		return "any"
	}
	return s.Type
}

// words are a field's description, with the values it may have.
func words(text string, s *huma.Schema) string {
	if s == nil {
		return text
	}
	if text == "" {
		text = s.Description
	}
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		if text != "" {
			text += ". "
		}
		text += strings.Join(values, " · ")
	}
	return text
}

// exampleOf makes up a value of a schema.
func exampleOf(s *huma.Schema, all map[string]*huma.Schema, depth int) any {
	s = resolved(s, all)
	switch {
	case s == nil || depth > deepest+1:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, property := range s.Properties {
			if v := exampleOf(property, all, depth+1); v != nil {
				out[name] = v
			}
		}
		return out
	case huma.TypeArray:
		if v := exampleOf(s.Items, all, depth+1); v != nil {
			return []any{v}
		}
		return []any{}
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeString:
		switch s.Format {
		case "date-time":
			return "2026-09-01T08:00:00Z"
		case "date":
			return "2026-09-01"
		}
		return "…"
	}
	return nil
}
