package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestTheDescriptionIsWhole(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	raw := kg.ask("GET", "/api/v1/openapi.json", "", nil).is(200)
	d := kg.description()
	if !strings.HasPrefix(d.OpenAPI, "3.1") || len(d.Servers) != 1 || d.Servers[0].URL != "/api/v1" || len(d.Paths) < 50 {
		t.Fatalf("%s %v, %d paths", d.OpenAPI, d.Servers, len(d.Paths))
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw.body)))
	must(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	must(t, c.AddResource("openapi.json", doc))
	for name := range d.Components.Schemas {
		if _, err := c.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if first := name[:1]; first != strings.ToUpper(first) || strings.HasPrefix(name, "Error") {
			t.Errorf("a schema is called %s", name)
		}
	}
	for _, ref := range regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(raw.body), -1) {
		if d.Components.Schemas[ref[1]] == nil {
			t.Errorf("nothing is called %s", ref[1])
		}
	}
	seen := map[string]bool{}
	parameter := regexp.MustCompile(`{(\w+)}`)
	for path, methods := range d.Paths {
		for method, o := range methods {
			if o.OperationID == "" || seen[o.OperationID] || o.Summary == "" || len(o.Tags) != 1 {
				t.Errorf("%s %s: %+v", method, path, o)
			}
			seen[o.OperationID] = true
			for _, name := range parameter.FindAllStringSubmatch(path, -1) {
				found := false
				for _, p := range o.Parameters {
					found = found || p.Name == name[1] && p.In == "path" && p.Required
				}
				if !found {
					t.Errorf("%s %s: %s is not described", method, path, name[1])
				}
			}
			if o.Responses["default"].Content["application/problem+json"] == nil {
				t.Errorf("%s %s: failures are not described", method, path)
			}
		}
	}
	var other described
	y := kg.ask("GET", "/api/v1/openapi.yaml", "", nil).is(200)
	must(t, yaml.Unmarshal(y.body, &other))
	if len(other.Paths) != len(d.Paths) {
		t.Errorf("YAML has %d paths", len(other.Paths))
	}
}

func TestAnswersAreAsDescribed(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	admin := kg.as("tenant_admin", kg.root)
	raw := kg.ask("GET", "/api/v1/openapi.json", "", nil).is(200)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw.body)))
	must(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	must(t, c.AddResource("openapi.json", doc))
	d := kg.description()
	for path, uid := range map[string]string{
		"/me": "", "/me/rights": "", "/me/tokens": "", "/units": "", "/units/{uid}": kg.here.UID, "/units/{uid}/children": kg.root.UID,
		"/institutions": "", "/institutions/{uid}": school.UID, "/institutions/{uid}/history": school.UID, "/institutions/counts": "",
		"/imports": "", "/imports/targets": "", "/jobs": "", "/years": "", "/years/{id}": "2025-2026", "/inbox": "", "/undertakings": "", "/approvals": "",
		"/profile": "", "/profile/types": "", "/profile/roles": "", "/profile/laws": "", "/profile/rules": "", "/profile/books/{id}": "ownership",
	} {
		a := kg.ask("GET", "/api/v1"+regexp.MustCompile(`{\w+}`).ReplaceAllString(path, uid), admin, nil).is(200)
		if d.Paths[path]["get"].OperationID == "" {
			t.Errorf("%s is not described", path)
			continue
		}
		s, err := c.Compile("openapi.json#/paths/" + strings.ReplaceAll(path, "/", "~1") + "/get/responses/200/content/application~1json/schema")
		must(t, err)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(a.body)))
		must(t, err)
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	problem, err := c.Compile("openapi.json#/components/schemas/Problem")
	must(t, err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(kg.ask("GET", "/api/v1/audit/head", admin, nil).is(403).body)))
	must(t, err)
	must(t, problem.Validate(v))
}

func TestTheDocumentationLoadsNothingFromElsewhere(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	elsewhere := regexp.MustCompile(`(?i)(src|href|action|url\()\s*=?\s*["'(]?\s*(https?:)?//`)
	for _, language := range []string{"en", "tr", "ky", "ru"} {
		a := kg.ask("GET", "/api/v1/docs", "", nil, "Accept-Language", language).is(200)
		page := string(a.body)
		for _, bad := range []string{"<script", "style=", "onclick", "<style", "<img", "api.op.", "api.docs."} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page has %s", language, bad)
			}
		}
		if hit := elsewhere.FindString(page); hit != "" {
			t.Errorf("%s: %q", language, hit)
		}
		l := w.words.Localizer(language)
		for _, key := range []string{"api.title", "api.op.appoint", "api.group.audit", "api.docs.lead"} {
			if !strings.Contains(page, strings.ReplaceAll(l.T(key), "'", "&#39;")) {
				t.Errorf("%s: %s is missing", language, key)
			}
		}
		if !strings.Contains(page, `lang="`+language+`"`) || !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", language, a.header)
		}
	}
	css := kg.ask("GET", "/api/v1/docs.css", "", nil).is(200)
	if elsewhere.Match(css.body) || strings.Contains(string(css.body), "@import") || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
		t.Error("the style loads something")
	}
	page := string(kg.ask("GET", "/api/v1/docs", "", nil).body)
	for path, methods := range kg.description().Paths {
		for _, o := range methods {
			if !strings.Contains(page, `id="`+o.OperationID+`"`) {
				t.Errorf("%s is not documented", path)
			}
		}
	}
	w.askAt(base, http.MethodGet, "/api/v1/docs", "", nil).problem(404)
	w.askAt(base, http.MethodGet, "/api/v1/openapi.json", "", nil).problem(404)
}

func TestExamplesOfTheDocumentationAreJSON(t *testing.T) {
	w := newWorld(t)
	page := string(w.ministries["kg"].ask("GET", "/api/v1/docs", "", nil).is(200).body)
	unescape := strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">")
	bodies := regexp.MustCompile(`(?s)--json '(.*?)'</code>`).FindAllStringSubmatch(unescape.Replace(page), -1)
	if len(bodies) < 15 {
		t.Fatalf("%d examples", len(bodies))
	}
	for _, b := range bodies {
		var v any
		if err := json.Unmarshal([]byte(b[1]), &v); err != nil {
			t.Errorf("%v: %s", err, b[1])
		}
	}
	if !slices.ContainsFunc(bodies, func(b []string) bool { return strings.Contains(b[1], fmt.Sprintf("%q", "identified_by")) }) {
		t.Error("no example of an appointment")
	}
}
