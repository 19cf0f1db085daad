package api_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// freeTexts are the parameters and the fields of bodies that may say anything: what they
// say is looked up in texts or kept as it is, and there is nothing for it to name.
var freeTexts = map[string]string{
	"q": "words of a search", "words": "words of a search",
	"note": "somebody's own words", "reason": "somebody's own words",
	"name": "a name", "family": "a name", "given": "a name", "patronymic": "a name",
	"number": "an order's number", "password": "a secret", "login": "whose it is is nobody's to learn", "code": "a secret, or a school's own number",
	"object": "the trail keeps what is no longer in the catalogue, too", "action": "as above", "rule": "as above", "system": "as above", "target": "as above",
	"shown": "the tick is named that would stand under other words",
	"uids":  "what is read is read, whoever marks it",
}

// free reports whether a path leads to such a text.
func free(path string) bool {
	parts := strings.Split(path, ".")
	for _, p := range parts {
		if freeTexts[p] != "" {
			return true
		}
	}
	return false
}

// leaves are the paths of all texts that a body of a form may hold, lists by their first.
func (s schema) leaves(all map[string]any, at string, add func(path string)) {
	named, _ := s.at(all, nil)
	properties, _ := named["properties"].(map[string]any)
	for name, p := range properties {
		one, path := schema(p.(map[string]any)), strings.TrimPrefix(at+"."+name, ".")
		whole, _ := one.at(all, nil)
		items, isList := whole["items"].(map[string]any)
		if isList {
			whole, path = schema(items), path+".0"
		}
		kind := whole["type"]
		if kinds, several := kind.([]any); several {
			kind = kinds[0]
		}
		switch kind {
		case "string":
			add(path)
		case "object":
			whole.leaves(all, path, add)
		}
	}
}

// put is a copy of a body with a text at a path, with what lies on the way there made.
func put(body any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if path[0] == "0" {
		return []any{put(nil, path[1:], value)}
	}
	out := map[string]any{}
	old, _ := body.(map[string]any)
	for k, v := range old {
		out[k] = v
	}
	out[path[0]] = put(out[path[0]], path[1:], value)
	return out
}

// Whatever a request says that is not so is refused by its name, in whichever operation:
// a parameter that there is not, a place to go on from that no page gave, the id of a
// unit, an account, a type or a role that there is not or that the caller can't see.
func TestWhatARequestSaysWrongIsNamed(t *testing.T) {
	w := newWorld(t)
	all := bodies(w)
	kg := w.ministries["kg"]
	d := kg.description()
	officer, auditor := kg.as("ministry_officer", kg.root), kg.as("auditor", kg.root)
	importer := kg.as("district_officer", kg.here)
	school := kg.school(kg.here)
	paths := map[string]string{"/institutions/{uid}": school.UID, "/units/{uid}": kg.here.UID, "/imports/{uid}": "none", "/profile/registers/{id}": "institution"}
	named := func(a answer) (fields []string) {
		for _, e := range a.problem(422).Errors {
			fields = append(fields, e.Field)
		}
		return fields
	}
	tried := 0
	for template, methods := range d.Paths {
		for method, o := range methods {
			method = strings.ToUpper(method)
			path := template
			for from, uid := range paths {
				if strings.HasPrefix(template, from) {
					path = strings.NewReplacer("{uid}", uid, "{id}", uid).Replace(template)
				}
			}
			path = "/api/v1" + strings.NewReplacer("{uid}", "x", "{id}", "x", "{key}", "x").Replace(path)
			token, headers := officer, []string{"If-Match", `"1"`}
			if strings.HasPrefix(template, "/imports") {
				token = importer
			}
			var body any
			s, hasBody := all[o.OperationID]
			if hasBody {
				body = s.body
			}
			if o.OperationID != "upload_import" {
				if a := kg.ask(method, path+"?zzz=1", token, body, headers...); a.status != 422 || !slices.Contains(named(a), "zzz") {
					t.Errorf("%s takes a parameter that it doesn't have: %d %.200s", o.OperationID, a.status, a.body)
				}
			}
			for _, p := range o.Parameters {
				if p.In != "query" {
					continue
				}
				tried++
				long := kg.ask(method, path+"?"+url.Values{p.Name: {strings.Repeat("a", 5000)}}.Encode(), token, body, headers...).problem(422)
				if len(long.Errors) != 1 || long.Errors[0].Field != p.Name || long.Next == nil {
					t.Errorf("%s?%s=5,000 letters: %+v", o.OperationID, p.Name, long)
				}
				if free(p.Name) {
					continue
				}
				if a := kg.ask(method, path+"?"+url.Values{p.Name: {"zz~"}}.Encode(), token, body, headers...); a.status != 422 || !slices.Contains(named(a), p.Name) {
					t.Errorf("%s?%s=zz~: %d %.300s", o.OperationID, p.Name, a.status, a.body)
				}
			}
			if !hasBody || o.RequestBody == nil {
				continue
			}
			content, _ := o.RequestBody.Content["application/json"].(map[string]any)
			form, _ := content["schema"].(map[string]any)
			headers = nil
			if s.match != "" {
				headers = []string{"If-Match", s.match}
			}
			token = s.token
			if o.OperationID == "search_audit" {
				token = auditor
			}
			schema(form).leaves(d.Components.Schemas, "", func(field string) {
				if free(field) {
					return
				}
				tried++
				a := s.m.ask(method, "/api/v1"+s.path, token, put(s.body, strings.Split(field, "."), "zz~"), headers...)
				if a.status != 422 || !slices.ContainsFunc(named(a), func(n string) bool { return field == n || strings.HasPrefix(field, n+".") }) {
					t.Errorf("%s, %s is zz~: %d %.300s", o.OperationID, field, a.status, a.body)
				}
			})
		}
	}
	if tried < 40 {
		t.Errorf("only %d were tried", tried)
	}
}
