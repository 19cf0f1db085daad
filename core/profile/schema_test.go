package profile

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:generate go test -run TestSchemasAreThoseOfTheTypes -update .

var update = flag.Bool("update", false, "write the generated files")

const schemaDir = "../../profiles/schema"

// schemaWriter turns the Go types of the files into JSON Schemas, with the Go
// comments as descriptions: one definition for loader, editor and reader.
type schemaWriter struct {
	comments map[string]string // Type or Type.Field
	defs     map[string]any
}

type object = map[string]any

func comments(t *testing.T) map[string]string {
	out := map[string]string{}
	files, err := filepath.Glob("types*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				ts, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				out[ts.Name.Name] = oneLine(g.Doc.Text())
				st, ok := ts.Type.(*ast.StructType)
				if !ok {
					continue
				}
				for _, field := range st.Fields.List {
					for _, n := range field.Names {
						out[ts.Name.Name+"."+n.Name] = oneLine(field.Comment.Text())
					}
				}
			}
		}
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (w *schemaWriter) structure(t reflect.Type) object {
	props, required := object{}, []string{}
	entry := specOf(t).entry
	for _, k := range specOf(t).keys {
		s := w.value(k)
		owner, field := t, t.Field(k.index[0])
		for _, i := range k.index[1:] {
			owner = field.Type
			field = owner.Field(i)
		}
		if d := w.comments[owner.Name()+"."+field.Name]; d != "" {
			s["description"] = d
		}
		props[k.name] = s
		// a later layer may leave out what an earlier one has: only what stands by itself is required
		if k.name == "id" && entry || k.must && !entry && fileOf(t) == "" {
			required = append(required, k.name)
		}
	}
	out := object{"type": "object", "properties": props, "additionalProperties": false}
	if d := w.comments[t.Name()]; d != "" {
		out["description"] = d
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func fileOf(t reflect.Type) string {
	if t == calendarType {
		return "calendar.yaml"
	}
	for name, x := range fileTypes {
		if x == t {
			return name
		}
	}
	return ""
}

func (w *schemaWriter) value(k *keySpec) object {
	t := k.typ
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case textType:
		w.defs["text"] = object{
			"type": "object", "description": "words for people, by language", "minProperties": 1,
			"propertyNames": object{"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"}, "additionalProperties": object{"type": "string", "minLength": 1},
		}
		return object{"$ref": "#/$defs/text"}
	case dateType:
		return object{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
	case fieldType:
		return object{"type": "string", "pattern": typePattern()}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	case reflect.Slice:
		inner := *k
		inner.typ = t.Elem()
		return object{"type": "array", "items": w.value(&inner)}
	case reflect.Struct:
		if w.defs[t.Name()] == nil {
			w.defs[t.Name()] = object{}
			w.defs[t.Name()] = w.structure(t)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	}
	s := object{"type": "string"}
	if len(k.enum) > 0 {
		s["enum"] = k.enum
	}
	if f, ok := forms[k.form]; ok && k.form != "id" {
		s["pattern"] = f.pattern.String()
	}
	return s
}

func schemas(t *testing.T) map[string][]byte {
	out := map[string][]byte{}
	c := comments(t)
	types := map[string]reflect.Type{"calendar.yaml": calendarType}
	for name, typ := range fileTypes {
		types[name] = typ
	}
	for name, typ := range types {
		w := &schemaWriter{comments: c, defs: object{}}
		s := w.structure(typ)
		s["$schema"], s["title"], s["$defs"] = "https://json-schema.org/draft/2020-12/schema", name, w.defs
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(bytes.NewBuffer(text).Bytes(), '\n')
		out[strings.TrimSuffix(name, ".yaml")+".schema.json"] = text
	}
	return out
}

func TestSchemasAreThoseOfTheTypes(t *testing.T) {
	want := schemas(t)
	if *update {
		for name, text := range want {
			if err := os.WriteFile(filepath.Join(schemaDir, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	have, err := filepath.Glob(schemaDir + "/*.json")
	if err != nil || len(have) != len(want) {
		t.Errorf("%d schemas for %d types (%v)", len(have), len(want), err)
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(schemaDir, name))
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s is not what the types say: run go generate ./core/profile", name)
		}
	}
}

// TestSchemasAcceptTheProfiles keeps editors from crying over right files, and
// tries that they do cry over a wrong key.
func TestSchemasAcceptTheProfiles(t *testing.T) {
	compiled := map[string]*jsonschema.Schema{}
	c := jsonschema.NewCompiler()
	for name := range schemas(t) {
		s, err := c.Compile(filepath.Join(schemaDir, name))
		if err != nil {
			t.Fatal(err)
		}
		compiled[name] = s
	}
	n := 0
	try := func(name string, text []byte) error {
		schema := strings.TrimSuffix(path.Base(name), ".yaml") + ".schema.json"
		if path.Base(path.Dir(name)) == "calendar" {
			schema = "calendar.schema.json"
		}
		asJSON, err := yaml.YAMLToJSON(text)
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			return err
		}
		n++
		return compiled[schema].Validate(v)
	}
	walk := func(fsys fs.FS) {
		_ = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".yaml" {
				return err
			}
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			if err := try(name, text); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	}
	walk(os.DirFS("../../profiles"))
	walk(readmeProfile(t))
	if n < 15 {
		t.Errorf("only %d files tried", n)
	}
	for name, text := range map[string]string{
		"registers.yaml":     "registers: [{id: a, groups: [{id: b, fields: [{id: c, type: text, requird: x}]}]}]",
		"roles.yaml":         "roles: [{id: a, order: perhaps}]",
		"calendar/2025.yaml": "id: 2025\nstart: 1.9.2025",
		"law.yaml":           "laws: [{kind: law}]",
		"profile.yaml":       "limits: [{id: a, values: [{since: 2020-01-01}]}]",
	} {
		if try(name, []byte(text)) == nil {
			t.Errorf("the schema of %s accepts %s", name, text)
		}
	}
}

// typePattern is how the kinds of field are written.
func typePattern() string {
	var plain, pointing []string
	for _, s := range kinds {
		if s.target == "" {
			plain = append(plain, string(s.id))
		} else {
			pointing = append(pointing, string(s.id))
		}
	}
	return "^(" + strings.Join(plain, "|") + "|(" + strings.Join(pointing, "|") + "):[a-z0-9_]+)$"
}
