package api_test

import (
	"strings"
	"testing"
)

// Whatever there is not, of every operation that names something: what to do is said.
func TestWhatThereIsNotSaysWhatNext(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin := kg.as("tenant_admin", kg.root)
	found := 0
	for path, methods := range kg.description().Paths {
		if !strings.Contains(path, "{") {
			continue
		}
		for method := range methods {
			a := kg.ask(strings.ToUpper(method), filled(path), admin, `{"note":"x","reason":"x"}`, "If-Match", `"1"`)
			switch a.status {
			case 404, 405, 409, 412:
				found++
				if p := a.problem(a.status); p.Next == nil || p.Next.Text == "" || strings.HasPrefix(p.Next.Text, "next.") {
					t.Errorf("%s %s: %+v", method, path, p)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d were not found", found)
	}
	if p := kg.ask("GET", "/api/v1/nothing-of-the-kind", admin, nil).problem(404); p.Next == nil {
		t.Errorf("%+v", p)
	}
	if p := kg.ask("PUT", "/api/v1/units", admin, "{}").problem(405); p.Next == nil {
		t.Errorf("%+v", p)
	}
}
