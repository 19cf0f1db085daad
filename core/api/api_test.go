package api_test

import (
	"testing"
)

func TestKGER6a_MinistryOfficerIsToldWhyInKyrgyz(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	officer := kg.as("ministry_officer", kg.root)
	kg.ask("GET", "/api/v1/institutions/"+school.UID, officer, nil).is(200)
	a := kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, map[string]any{"fields": map[string]any{"website": "https://x.kg"}}, "If-Match", `"1"`, "Accept-Language", "ky")
	t.Logf("%s", a.body)
	p := a.problem(403)
	if p.Rule != "KG-ER-6a" || p.Next == nil {
		t.Fatalf("%+v", p)
	}
}
