package registry_test

import (
	"slices"
	"strings"
	"testing"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/registry"
	"mektep/core/transfer"
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
	list = slices.DeleteFunc(list, func(f transfer.Finding) bool { return f.Warning })
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

// A name with a tab or a line in it is one with a blank, by every door.
func TestATabOfANameIsABlank(t *testing.T) {
	d := newDesk(t, "tr")
	i, err := d.s.Create(d.ctx, registry.Entry{
		Parent: d.byCode["1421"].UID, Type: "ilkokul", Name: map[string]string{"tr": "Işık\tve\nSu İlkokulu"}, Code: "990008", Since: day(2001, 9, 1),
		Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: day(2020, 1, 2)},
	})
	ok(t, err)
	if i.Name["tr"] != "Işık ve Su İlkokulu" {
		t.Errorf("%q", i.Name["tr"])
	}
	if got := found(d, d.preview(d.ctx, "code;name;type;district_code;ownership\n990009;\"Gül\tve\nSu İlkokulu\";ilkokul;1421;resmi\n")); len(got) != 0 {
		t.Error(got)
	}
}
