package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// farAway and farOther are days that every operation asks about.
const farAway, farOther = "2090-02-01", "2091-02-01"

// Of every operation that takes the word on a day far ahead, that word is of the day for which it was
// given: a bare yes is none, and the word on one day says nothing of another that is sent in its place.
func TestTheWordOnAFarDayIsBoundToItByEveryOperation(t *testing.T) {
	w := newWorld(t)
	all, tried := bodies(w), 0
	d := w.ministries["kg"].description()
	for _, methods := range d.Paths {
		for method, o := range methods {
			if o.RequestBody == nil || o.RequestBody.Content["application/json"] == nil {
				continue
			}
			content, _ := o.RequestBody.Content["application/json"].(map[string]any)
			body, _ := content["schema"].(map[string]any)
			if _, takes := schema(body).at(d.Components.Schemas, []string{"far_ahead"}); !takes {
				continue
			}
			tried++
			all[o.OperationID].far(t, o.OperationID, strings.ToUpper(method))
		}
	}
	if tried < 14 {
		t.Errorf("%d operations take the word on a day", tried)
	}
}

func (s sent) far(t *testing.T, id, method string) {
	t.Helper()
	var headers []string
	if s.match != "" {
		headers = []string{"If-Match", s.match}
	}
	errors := func(word any) (keys []string, read string) {
		t.Helper()
		b := maps.Clone(s.body)
		if b["since"] = farAway; word != nil {
			b["far_ahead"] = word
		}
		a := s.m.ask(method, "/api/v1"+s.path, s.token, b, headers...)
		if a.status != 422 {
			return nil, ""
		}
		p := a.problem(422)
		for _, e := range p.Errors {
			if e.Field == "since" && e.Read != "" {
				read = e.Read
			}
		}
		return problemOf{p}.keys(), read
	}
	asked := "since institution.far_ahead"
	keys, read := errors(nil)
	if !slices.Contains(keys, asked) || read != farAway {
		t.Errorf("%s asks %q, to be answered with %q", id, keys, read)
	}
	if keys, _ := errors(farOther); !slices.Contains(keys, asked) {
		t.Errorf("%s takes the word on another day: %q", id, keys)
	}
	if keys, _ := errors(true); !slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, "far_ahead ") }) {
		t.Errorf("%s takes a bare yes: %q", id, keys)
	}
	if keys, _ := errors(read); slices.Contains(keys, asked) {
		t.Errorf("%s asks again about what was read", id)
	}
}
