package registry_test

import (
	"testing"
	"testing/fstest"

	"mektep/core/fault"
	"mektep/core/laid"
	"mektep/core/profile"
	"mektep/profiles"
)

// A ministry takes a field out of its passport, lets it end, or lets it mean something
// else: records that were written before stay as they are, and what is changed in them is
// judged by itself.
func TestARecordOutlivesAChangeOfItsProfile(t *testing.T) {
	for name, field := range map[string]string{
		"taken out":             "{id: classrooms, remove: true}",
		"ended":                 "{id: classrooms, until: 2026-02-01}",
		"of another range":      "{id: classrooms, max: 10}",
		"for other kinds":       `{id: classrooms, when: "type == 'anaokulu'"}`,
		"needed, and not there": "{id: short_name_of_sign, name: {tr: Tabela adı, en: Name on the sign, ru: Имя на вывеске, ky: Көрнөктөгү аты}, type: text, required: \"true\"}",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "tr")
			i := w.school("100001", "Bir İlkokulu", "ilkokul", w.byCode["1421"], map[string]any{"classrooms": 12, "capacity": 100})
			p, found := profile.LoadOver(laid.Folder{Built: profiles.FS, OverName: "over", Over: fstest.MapFS{"tr/registers.yaml": {Data: []byte(
				"registers:\n  - id: institution\n    groups:\n      - id: infrastructure\n        fields:\n          - " + field + "\n")}}}, "tr")
			if p == nil {
				t.Fatal(found)
			}
			was := w.profile
			w.profile = p
			got, err := w.s.Update(w.ctx, i.UID, i.Version, map[string]any{"capacity": 120})
			ok(t, err)
			w.profile = was // what the profile has no more is shown to nobody, and stays
			stands, err := w.s.Get(w.ctx, i.UID)
			ok(t, err)
			w.profile = p
			if got.Fields["capacity"] != int64(120) || plainInt(stands.Fields["classrooms"]) != 12 {
				t.Errorf("%v, and there stands %v", got.Fields, stands.Fields)
			}
			if name == "for other kinds" || name == "needed, and not there" {
				return // whether a value may be sent is another test's matter
			}
			_, err = w.s.Update(w.ctx, i.UID, got.Version, map[string]any{"classrooms": 13})
			wants(t, err, fault.Invalid, "")
		})
	}
}

// plainInt is a whole number as the form or the database gives it.
func plainInt(v any) int {
	switch x := v.(type) {
	case int64:
		return int(x)
	case float64:
		return int(x)
	}
	return -1
}
