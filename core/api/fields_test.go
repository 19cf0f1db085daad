package api_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mektep/core/api"
	"mektep/core/db/dbtest"
)

// schema is a JSON Schema as the description has it.
type schema map[string]any

// at returns what a schema says of a field, and whether it knows the field at all.
// Where it leaves the names free, every name is one.
func (s schema) at(all map[string]any, path []string) (schema, bool) {
	if ref, ok := s["$ref"].(string); ok {
		named, _ := all[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any)
		return schema(named).at(all, path)
	}
	if len(path) == 0 {
		return s, true
	}
	if items, ok := s["items"].(map[string]any); ok {
		_, err := strconv.Atoi(path[0])
		next, known := schema(items).at(all, path[1:])
		return next, known && err == nil
	}
	properties, _ := s["properties"].(map[string]any)
	if p, ok := properties[path[0]].(map[string]any); ok {
		return schema(p).at(all, path[1:])
	}
	switch more := s["additionalProperties"].(type) {
	case map[string]any:
		return schema(more).at(all, path[1:])
	case bool:
		return nil, more
	}
	return nil, len(s) == 0 // anything at all
}

// texts are the paths of all texts of a value, and the value of each.
func texts(at string, v any) map[string]string {
	all := map[string]string{}
	add := func(name string, v any) {
		for k, s := range texts(strings.TrimPrefix(at+"."+name, "."), v) {
			all[k] = s
		}
	}
	switch v := v.(type) {
	case string:
		all[at] = v
	case []any:
		for i, one := range v {
			add(strconv.Itoa(i), one)
		}
	case map[string]any:
		for name, one := range v {
			add(name, one)
		}
	}
	return all
}

// with is a copy of a body in which a field has another value; without one, it is left out.
func with(body any, path []string, value ...any) any {
	if len(path) == 0 {
		return value[0]
	}
	switch b := body.(type) {
	case []any:
		out := slices.Clone(b)
		i, _ := strconv.Atoi(path[0])
		out[i] = with(b[i], path[1:], value...)
		return out
	case map[string]any:
		out := map[string]any{}
		for k, v := range b {
			if k != path[0] {
				out[k] = v
			} else if len(path) > 1 || len(value) > 0 {
				out[k] = with(v, path[1:], value...)
			}
		}
		return out
	}
	return body
}

// mark stands in every wrong text that is sent: it must never be found anywhere.
const mark = "ZZMARKZZ"

// wrongTexts are what no text of any request may be. The last is written as JSON writes
// it, since no string of Go can hold it.
var wrongTexts = map[string]any{
	"a number":              1e308,
	"a list":                []any{mark},
	"yes":                   true,
	"too long":              mark + strings.Repeat("Ж", 4_990),
	"far too long":          mark + strings.Repeat("Ж", 11_000),
	"NUL":                   mark + "\x00",
	"a control character":   mark + "\x07",
	"turned by an override": mark + "\u202e",
	"turned by an isolate":  mark + "\u2067",
	"a broken character":    mark + "\ufffd",
	"half a pair":           json.RawMessage(`"` + mark + `\ud800"`),
}

// Every field that a refusal names is one of the request's own, and every text of every
// request is judged: too long, turned round, broken or no text at all, it is refused by
// its name and kept nowhere. What a rule asks for is refused with the rule and the law.
func TestKGER6b_ErrorsNameTheRequestsOwnFields(t *testing.T) {
	w := newWorld(t)
	all := bodies(w)
	d := w.ministries["kg"].description()
	for _, methods := range d.Paths {
		for method, o := range methods {
			if o.RequestBody == nil || o.RequestBody.Content["application/json"] == nil {
				continue
			}
			s, known := all[o.OperationID]
			if !known {
				t.Errorf("%s takes a body and is not tried", o.OperationID)
				continue
			}
			content, _ := o.RequestBody.Content["application/json"].(map[string]any)
			body, _ := content["schema"].(map[string]any)
			s.try(t, o.OperationID, strings.ToUpper(method), schema(body), d.Components.Schemas)
		}
	}
	w.nowhere(t, mark)
}

// said is what is wrong with a request by its answer: of a preview it stands beside each record.
func (s sent) said(a answer) (api.Problem, bool) {
	if a.status == 422 {
		return a.problem(422), true
	}
	var of edits
	if !s.beside || a.status != 200 || json.Unmarshal(a.body, &of) != nil || len(of.Records) != 1 || of.Records[0].Problem == nil {
		return api.Problem{}, false
	}
	p := *of.Records[0].Problem
	return p, p.Status == 422
}

func (s sent) try(t *testing.T, id, method string, form schema, all map[string]any) {
	t.Helper()
	var headers []string
	if s.match != "" {
		headers = []string{"If-Match", s.match}
	}
	refused := func(what string, body any, want []string, founded bool) {
		t.Helper()
		a := s.m.ask(method, "/api/v1"+s.path, s.token, body, headers...)
		p, said := s.said(a)
		if !said {
			t.Errorf("%s, %s: answered %d %.300s", id, what, a.status, a.body)
			return
		}
		var named []string
		for _, e := range p.Errors {
			named = append(named, e.Field)
			if _, known := form.at(all, strings.Split(e.Field, ".")); !known {
				t.Errorf("%s, %s: the request has no field %s", id, what, e.Field)
			}
		}
		for _, w := range want {
			if !slices.ContainsFunc(named, func(n string) bool { return n == w || strings.HasPrefix(w, n+".") || strings.HasPrefix(n, w+".") }) {
				t.Errorf("%s, %s: named are %v, not %s", id, what, named, w)
			}
		}
		if founded && p.Law == "" { // which laws name a rule is read in core/gate/testdata
			t.Errorf("%s, %s: rule %q and no law", id, what, p.Rule)
		}
	}
	plain, _ := form.at(all, nil)
	required, _ := plain["required"].([]any)
	for _, name := range required {
		refused("without "+name.(string), with(s.body, []string{name.(string)}), []string{name.(string)}, false)
	}
	for field, want := range s.asks {
		refused("without "+field, with(s.body, strings.Split(field, ".")), want, s.founded)
	}
	for path := range texts("", s.body) {
		for what, wrong := range wrongTexts {
			if strings.HasSuffix(what, "too long") && slices.Contains(s.lookedUp, path) {
				continue
			}
			refused(path+" is "+what, with(s.body, strings.Split(path, "."), wrong), []string{path}, false)
		}
		parts := strings.Split(path, ".")
		if above, _ := form.at(all, parts[:len(parts)-1]); above != nil {
			if must, _ := above["required"].([]any); slices.Contains(must, any(parts[len(parts)-1])) {
				refused(path+" is blank", with(s.body, parts, "  "), []string{path}, false)
			}
		}
		if schema, _ := form.at(all, strings.Split(path, ".")); schema["format"] == "date" { // Go's zero time is no "not said"
			for _, day := range []string{"0001-01-01", "0000-01-01", "0026-11-29"} {
				refused(path+" is "+day, with(s.body, strings.Split(path, "."), day), []string{path}, false)
			}
		}
		if strings.HasSuffix(path, "order.date") {
			for _, day := range []string{"1066-01-01", "2030-01-01"} {
				refused(path+" is "+day, with(s.body, strings.Split(path, "."), day), []string{path}, s.founded)
			}
		}
	}
	if a := s.m.ask(method, "/api/v1"+s.path, s.token, s.body, headers...); a.status >= 300 && id != "issue_token" {
		t.Errorf("%s: as it stands it is answered %d: %s", id, a.status, a.body)
	}
}

// nowhere fails when a text stands anywhere in the database.
func (w *world) nowhere(t *testing.T, text string) {
	t.Helper()
	ctx := context.Background()
	all := dbtest.Super(t, w.db)
	defer func() { _ = all.Close(ctx) }()
	rows, err := all.Query(ctx, `SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	must(t, err)
	var tables []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	must(t, rows.Err())
	if len(tables) < 20 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, table := range tables {
		var n int
		must(t, all.QueryRow(ctx, "SELECT count(*) FROM "+table+" AS x WHERE x::text LIKE '%' || $1 || '%'", text).Scan(&n))
		if n > 0 {
			t.Errorf("%d rows of %s hold it", n, table)
		}
	}
}
