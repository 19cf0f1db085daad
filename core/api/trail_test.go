package api_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mektep/core/db/dbtest"
)

// traceless are the operations that write and leave no entry in the trail, and why. It may only
// shrink.
var traceless = map[string]string{
	"explain":                     "asks what somebody may, and writes nothing",
	"match_import":                "how one reads one's own file, before anything of it is entered: the entering is recorded, with how it was read",
	"read_import":                 "as above",
	"preview_institution_changes": "looks at what would change, and writes nothing",
	"mark_read":                   "that somebody has read what they were told is their own matter",
}

// Every operation that writes leaves an entry of its own in the trail: found in the description,
// and done as it stands.
func TestEveryOperationThatWritesLeavesItsEntry(t *testing.T) {
	w := newWorld(t)
	all := bodies(w)
	d := w.ministries["kg"].description()
	super := dbtest.Super(t, w.db)
	entries := func() (n int) {
		if err := super.QueryRow(context.Background(), "SELECT count(*) FROM audit_entry").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	writes := map[string]bool{}
	for _, methods := range d.Paths {
		for method, o := range methods {
			if !strings.EqualFold(method, "GET") {
				writes[o.OperationID] = true
			}
		}
	}
	tried := 0
	for template, methods := range d.Paths {
		for method, o := range methods {
			s, has := all[o.OperationID]
			if !writes[o.OperationID] || !has {
				continue
			}
			var headers []string
			if s.match != "" {
				headers = []string{"If-Match", s.match}
			}
			tried++
			before := entries()
			a := s.m.ask(strings.ToUpper(method), "/api/v1"+s.path, s.token, s.body, headers...)
			left := entries() - before
			if a.status >= 400 && o.OperationID != "issue_token" { // of nobody
				t.Errorf("%s %s: %d %.300s", o.OperationID, template, a.status, a.body)
			}
			if _, may := traceless[o.OperationID]; may != (left == 0) {
				t.Errorf("%s leaves %d entries; listed as leaving none: %v", o.OperationID, left, may)
			}
		}
	}
	if tried != len(all) {
		t.Errorf("%d of %d were tried", tried, len(all))
	}
	for id := range traceless {
		if !writes[id] {
			t.Errorf("%s is no operation that writes", id)
		}
	}
}

// split are texts that a line end or a mark of direction makes look like something else.
var split = []string{"Але\u202eксей", "Але\u200eксей", "Але\r\nксей", "Але\u2028ксей", "Але\u0000ксей"}

// keptAsTyped are the texts in which lines end, and what is compared and never kept.
var keptAsTyped = []string{"note", "reason", "words", "q", "password", "heads"}

// unescape is a body of JSON with what stands in it as escapes.
func unescape(body []byte) string {
	return strings.NewReplacer(`\u202e`, "\u202e", `\u200e`, "\u200e", `\u2028`, "\u2028", `\r`, "\r", `\n`, "\n", `\u0000`, "\x00").Replace(string(body))
}

// unlike are the characters of split that nobody sees.
func unlike(r rune) bool { return strings.ContainsRune("\u202e\u200e\u2028\r\n\x00", r) }

// What people and places are called, and every other text that is no note, holds neither a line
// end nor a mark of direction, whichever operation it comes by: it is refused, or tidied.
func TestNoNameHoldsALineEndOrAMarkOfDirection(t *testing.T) {
	w := newWorld(t)
	all := bodies(w)
	d := w.ministries["kg"].description()
	tried := 0
	for _, methods := range d.Paths {
		for method, o := range methods {
			s, has := all[o.OperationID]
			if !has || o.RequestBody == nil {
				continue
			}
			content, _ := o.RequestBody.Content["application/json"].(map[string]any)
			form, _ := content["schema"].(map[string]any)
			var headers []string
			if s.match != "" {
				headers = []string{"If-Match", s.match}
			}
			schema(form).leaves(d.Components.Schemas, "", func(field string) {
				if slices.ContainsFunc(strings.Split(field, "."), func(p string) bool { return slices.Contains(keptAsTyped, p) }) {
					return
				}
				for _, v := range split {
					tried++
					a := s.m.ask(strings.ToUpper(method), "/api/v1"+s.path, s.token, put(s.body, strings.Split(field, "."), v), headers...)
					if a.status < 400 && strings.ContainsFunc(strings.TrimSpace(unescape(a.body)), unlike) {
						t.Errorf("%s takes %q as its %s: %d %.300s", o.OperationID, v, field, a.status, a.body)
					}
				}
			})
		}
	}
	if tried < 200 {
		t.Errorf("only %d were tried", tried)
	}
}
