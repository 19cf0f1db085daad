package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/locale"
)

const schemas = "#/components/schemas/"

// problemType is the media type of failures.
const problemType = "application/problem+json"

// described is in English: it is read by programs and those who write them.
const describedIn = "en"

// about is the introduction of the description.
const about = `The operations of the ministry's site, for programs.

* **Who you are**: sign in at ` + "`POST /token`" + ` and send ` + "`Authorization: Bearer …`" + `. Cookies count for nothing here. A token is good on the host of its ministry only.
* **Language**: messages come in the language of ` + "`Accept-Language`" + `, else in the one you read.
* **Failures** are problem details (RFC 9457): the check that refused, the rule and the law behind it, and what to do next.
* **Writing once**: send ` + "`Idempotency-Key`" + ` (8 to 128 letters, digits or signs, new for each write; a UUID will do) with every write; a repetition within 48 hours does nothing and gets the first answer again. The same key with another request is a conflict.
* **Writing over others**: a record carries a version, given as ` + "`ETag`" + `. Send it in ` + "`If-Match`" + `; if somebody saved in between, the answer is 412 with both values.
* **Lists** come by pages: follow ` + "`Link: <…>; rel=\"next\"`" + ` or the field ` + "`next`" + `.
* **Two people.** What needs a second person's word first is answered 202 with ` + "`waiting`" + `: nothing has been done yet.
* **Days** are written 2026-09-01, moments 2026-09-01T08:00:00Z. Texts of the ministry are objects by language.`

func (a *api) config() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: a.edge.Words().Localizer(describedIn).T("api.title"), Version: a.Version, Description: about,
				License: &huma.License{Name: "MIT", Identifier: "MIT"},
			},
			Servers: []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry(schemas, a.named),
				SecuritySchemes: map[string]*huma.SecurityScheme{"bearer": {Type: "http", Scheme: "bearer", Description: "What POST /token returned"}},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{caught},
	}
}

// name notes how the body of a request or an answer is called in the description,
// where its type has no name of its own that others may see.
func (a *api) name(t reflect.Type, id, end string) {
	body, ok := t.FieldByName("Body")
	if !ok || a.names[body.Type] != "" {
		return
	}
	if first, _ := utf8.DecodeRuneInString(body.Type.Name()); unicode.IsUpper(first) {
		return
	}
	var name strings.Builder
	for _, word := range strings.Split(id, "_") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	a.names[body.Type] = name.String() + end
}

func (a *api) named(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n := a.names[t]; n != "" {
		return n
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// described is what the description says of an operation besides its fields.
func (a *api) described(o operation) huma.Operation {
	l := a.edge.Words().Localizer(describedIn)
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{groupName(l, o.group)}, Summary: summary(l, o.said()),
		// A mistyped filter must not widen a list, nor a mistyped day be taken for today.
		DefaultStatus: o.status, RejectUnknownQueryParameters: true, MaxBodyBytes: o.body, BodyReadTimeout: -1,
		Responses: map[string]*huma.Response{"default": {
			Description: "Refused or failed",
			Content:     map[string]*huma.MediaType{problemType: {Schema: a.schemaOf(Problem{})}},
		}},
		Extensions: map[string]any{"x-group": o.group, "x-words": o.said()},
	}
	if !o.public {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	if o.writes() {
		least, most := edge.LeastKey, edge.MostKey
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Description: "Makes the write happen once, however often it is sent",
			Schema: &huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &most},
		})
	}
	if o.second {
		op.Responses[strconv.Itoa(http.StatusAccepted)] = &huma.Response{
			Description: "It waits for a second person, nothing has been done yet",
			Headers:     map[string]*huma.Param{fiber.HeaderLocation: {Description: "Of the request", Schema: &huma.Schema{Type: huma.TypeString}}},
			Content:     map[string]*huma.MediaType{"application/json": {Schema: a.schemaOf(Waiting{})}},
		}
	}
	if o.file {
		op.RequestBody = a.fileBody()
	}
	return op
}

func summary(l *locale.Localizer, id string) string      { return l.T("api.op." + id) }
func groupName(l *locale.Localizer, group string) string { return l.T("api.group." + group) }

// describe writes the description down once everything is registered.
func (a *api) describe() {
	o := a.huma.OpenAPI()
	all := o.Components.Schemas.Map()
	delete(all, "ErrorModel") // huma's own, which nobody is ever answered with
	delete(all, "ErrorDetail")
	l := a.edge.Words().Localizer(describedIn)
	for _, g := range a.groups() {
		o.Tags = append(o.Tags, &huma.Tag{Name: groupName(l, g)})
	}
	a.files = map[string][]byte{"docs.css": style}
	var err error
	if a.files["openapi.json"], err = json.Marshal(o); err != nil {
		panic(err) // a mistake of the wiring, seen at the first start
	}
	if a.files["openapi.yaml"], err = o.YAML(); err != nil {
		panic(err)
	}
}

// groups are the groups of operations in their order.
func (a *api) groups() []string {
	var names []string
	seen := map[string]bool{}
	for _, e := range a.entries() {
		if !seen[e.group] {
			seen[e.group] = true
			names = append(names, e.group)
		}
	}
	return names
}

// entry is an operation as the documentation shows it.
type entry struct {
	*huma.Operation
	group string
	words string // id that its words stand under
}

// entries are the operations in the order in which they were added.
func (a *api) entries() []entry {
	paths := a.huma.OpenAPI().Paths
	var out []entry
	for _, r := range a.routes {
		item := paths[strings.Join(r.path, "/")]
		if item == nil {
			continue
		}
		op := map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPatch: item.Patch,
			http.MethodPut: item.Put, http.MethodDelete: item.Delete,
		}[r.method]
		if op != nil {
			group, _ := op.Extensions["x-group"].(string)
			words, _ := op.Extensions["x-words"].(string)
			out = append(out, entry{op, group, words})
		}
	}
	return out
}
