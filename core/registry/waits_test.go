package registry_test

import (
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/registry"
)

// A field that waits for another one that is empty is refused by a file, for one record and for
// several with the name of the other and what it must say.
func TestWhatWaitsForAnotherFieldSaysForWhich(t *testing.T) {
	d := newDesk(t, "tr")
	l := gatetest.Words(t, nil).Localizer("tr")
	i := d.school("990008", "Işık İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	want := func(door, key string, args fault.Args) {
		t.Helper()
		if said := l.T(key, args); !strings.Contains(said, "“İnternet bağlantısı”") || !strings.Contains(said, "boş") {
			t.Errorf("%s: %s: %s", door, key, said)
		}
	}
	list, _, err := d.t.Findings(d.ctx, d.preview(d.ctx, "code;internet_speed\n990008;100\n").UID, 0)
	ok(t, err)
	list = slices.DeleteFunc(list, func(f registry.Finding) bool { return f.Warning })
	if len(list) != 1 {
		t.Fatal(list)
	}
	want("import", list[0].Key, list[0].Args)
	_, err = d.s.Update(d.ctx, i.UID, i.Version, map[string]any{"internet_speed": "100"})
	f := faulttest.Of(t, err)
	want("one", f.Fields[0].Key, f.Fields[0].Args)
	// Where the other one says that there is none, this one is to be left empty.
	i, err = d.s.Update(d.ctx, i.UID, i.Version, map[string]any{"internet": "none"})
	ok(t, err)
	_, err = d.s.Update(d.ctx, i.UID, i.Version, map[string]any{"internet_speed": "100"})
	if f := faulttest.Of(t, err); f.Fields[0].Key != "field.not_applicable" {
		t.Errorf("%+v", f.Fields)
	}
}
