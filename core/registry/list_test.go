package registry_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/registry"
)

func names(w *world, p record.Page) []string {
	out := make([]string, 0, len(p.Items))
	for _, i := range p.Items {
		out = append(out, i.Name[w.profile.Main()])
	}
	return out
}

func list(t *testing.T, w *world, ctx context.Context, q record.Query) record.Page {
	t.Helper()
	p, err := w.s.List(ctx, q)
	ok(t, err)
	return p
}

func TestListPagesForwardAndBack(t *testing.T) {
	w := newWorld(t, "kg")
	district := firstDistrict(w)
	var all []string
	for n := range 23 {
		name := fmt.Sprintf("%d-мектеп", n+1)
		all = append(all, name)
		w.school("", name, "secondary_school", district, nil)
	}
	var got []string
	var pages []record.Page
	q := record.Query{Limit: 5}
	for {
		p := list(t, w, w.ctx, q)
		if p.Total != 23 || p.More {
			t.Fatalf("total %d, more %v", p.Total, p.More)
		}
		pages = append(pages, p)
		got = append(got, names(w, p)...)
		if p.Next == "" {
			break
		}
		q.After = p.Next
	}
	if d := cmp.Diff(all, got); d != "" {
		t.Fatalf("in order of numbers, each once:\n%s", d)
	}
	if pages[0].Previous != "" || len(pages) != 5 {
		t.Errorf("%d pages, before the first: %q", len(pages), pages[0].Previous)
	}
	for k := len(pages) - 1; k > 0; k-- {
		p := list(t, w, w.ctx, record.Query{Limit: 5, Before: pages[k].Previous})
		if d := cmp.Diff(names(w, pages[k-1]), names(w, p)); d != "" {
			t.Errorf("back from page %d:\n%s", k+1, d)
		}
		if p.Next != pages[k-1].Next || (p.Previous == "") != (k == 1) {
			t.Errorf("page %d got back to has other neighbours: %q %q", k, p.Next, p.Previous)
		}
	}
	for _, bad := range []string{"x", "1.2", "-1.2.a", "1.x.a", "..", "1.1.a\x00"} {
		_, err := w.s.List(w.ctx, record.Query{After: bad})
		wants(t, err, fault.Invalid, "record.bad_cursor")
	}
}

func TestListFilters(t *testing.T) {
	w := newWorld(t, "tr")
	kadikoy, cankaya := w.byCode["1421"], w.byCode["1231"]
	w.school("100001", "Atatürk İlkokulu", "ilkokul", kadikoy, map[string]any{"ownership": "public", "heating": "gas_boiler", "ramp": true})
	w.school("100002", "Işık Ortaokulu", "ortaokul", kadikoy, map[string]any{"ownership": "private"})
	gone := w.school("100003", "Çankaya Fen Lisesi", "fen_lisesi", cankaya, map[string]any{"ownership": "public", "ramp": false, "instruction_languages": []string{"tr", "en"}})
	ok(t, w.s.Close(w.ctx, gone.UID, nil, registry.Act{Version: 1, Since: time.Date(2025, 6, 30, 0, 0, 0, 0, time.UTC), Order: audit.Order{Number: "5", Date: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)}}))

	for name, c := range map[string]struct {
		q    record.Query
		want []string
	}{
		"open today":               {record.Query{}, []string{"Atatürk İlkokulu", "Işık Ortaokulu"}},
		"closed":                   {record.Query{State: record.Closed}, []string{"Çankaya Fen Lisesi"}},
		"open then":                {record.Query{On: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}, []string{"Atatürk İlkokulu", "Çankaya Fen Lisesi", "Işık Ortaokulu"}},
		"not yet":                  {record.Query{On: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)}, nil},
		"all":                      {record.Query{State: record.All}, []string{"Atatürk İlkokulu", "Çankaya Fen Lisesi", "Işık Ortaokulu"}},
		"in a district":            {record.Query{State: record.All, Under: cankaya.UID}, []string{"Çankaya Fen Lisesi"}},
		"in a province":            {record.Query{Under: w.byCode["34"].UID}, []string{"Atatürk İlkokulu", "Işık Ortaokulu"}},
		"of types":                 {record.Query{State: record.All, Types: []string{"fen_lisesi", "ilkokul"}}, []string{"Atatürk İlkokulu", "Çankaya Fen Lisesi"}},
		"of a group":               {record.Query{Group: "lower_secondary"}, []string{"Işık Ortaokulu"}},
		"of a group without any":   {record.Query{Group: "dorm"}, nil},
		"private":                  {record.Query{Filter: []record.Filter{{Field: "ownership", Any: []string{"private"}}}}, []string{"Işık Ortaokulu"}},
		"either":                   {record.Query{Filter: []record.Filter{{Field: "ownership", Any: []string{"private", "public"}}}}, []string{"Atatürk İlkokulu", "Işık Ortaokulu"}},
		"with a ramp":              {record.Query{Filter: []record.Filter{{Field: "ramp", Any: []string{"true"}}}}, []string{"Atatürk İlkokulu"}},
		"one of several languages": {record.Query{State: record.All, Filter: []record.Filter{{Field: "instruction_languages", Any: []string{"en"}}}}, []string{"Çankaya Fen Lisesi"}},
		"both filters":             {record.Query{Filter: []record.Filter{{Field: "ownership", Any: []string{"public"}}, {Field: "heating", Any: []string{"gas_boiler"}}}}, []string{"Atatürk İlkokulu"}},
		"a sign":                   {record.Query{Words: "%"}, nil},
		"signs alone":              {record.Query{Words: "* \\ _ . \""}, nil},
		"words in any order":       {record.Query{Words: "ilk ata"}, []string{"Atatürk İlkokulu"}},
		"another alphabet":         {record.Query{Words: "ышык"}, []string{"Işık Ortaokulu"}},
		"the code":                 {record.Query{Words: "100002"}, []string{"Işık Ortaokulu"}},
		"one mistake":              {record.Query{Words: "attürk"}, []string{"Atatürk İlkokulu"}},
		"words and a filter":       {record.Query{Words: "okul", Types: []string{"ortaokul"}}, nil},
		"nothing that is there":    {record.Query{Words: "zzzzz"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := list(t, w, w.ctx, c.q)
			if d := cmp.Diff(c.want, slices.Clip(names(w, p)), cmpEmpty); d != "" {
				t.Error(d)
			}
			if p.Total != len(c.want) {
				t.Errorf("total %d", p.Total)
			}
		})
	}
	var codes int // of the dictionary: a code is right or wrong
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM unit_word WHERE tenant_id = $1 AND word = '100002'", tx.Tenant()).Scan(&codes)
	}))
	if codes != 0 {
		t.Error("a code stands among the words that may be mistyped")
	}
	p := list(t, w, w.ctx, record.Query{Words: "attürk"})
	if p.Corrected["attvrk"] == "" && len(p.Corrected) != 1 {
		t.Errorf("what was taken for what: %v", p.Corrected)
	}
	i := p.Items[0]
	if i.District.Name["tr"] != "Kadıköy" || i.Region.Name["tr"] != "İstanbul" || i.Code != "100001" || i.Type != "ilkokul" {
		t.Errorf("%+v", i)
	}
	for _, bad := range []record.Filter{{Field: "capacity", From: "1"}, {Field: "none", Any: []string{"x"}}, {Field: "name"}} {
		_, err := w.s.List(w.ctx, record.Query{Filter: []record.Filter{bad}})
		wants(t, err, fault.Invalid, "record.bad_filter")
	}
	_, err := w.s.List(w.ctx, record.Query{Under: "nosuchunit"})
	wants(t, err, fault.NotFound, "")
}

func TestTheCountFollowsTheRegister(t *testing.T) {
	w := newWorld(t, "kg")
	d := firstDistrict(w)
	for n := range 4 {
		w.school("", fmt.Sprint("Мектеп ", n), "secondary_school", d, nil)
	}
	q := record.Query{Limit: 2}
	for want := 4; want < 7; want++ {
		if p := list(t, w, w.ctx, q); p.Total != want {
			t.Fatalf("%d counted, %d there", p.Total, want)
		}
		w.school("", fmt.Sprint("Дагы ", want), "secondary_school", d, nil)
	}
}

func TestKGER6c_ADistrictOfficerListsTheDistrictOnly(t *testing.T) {
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	w.school("", "Биздин мектеп", "secondary_school", here, nil)
	w.school("", "Башка мектеп", "secondary_school", there, nil)
	officer := w.as("district_officer", here)
	if d := cmp.Diff([]string{"Биздин мектеп"}, names(w, list(t, w, officer, record.Query{}))); d != "" {
		t.Error(d)
	}
	if p := list(t, w, officer, record.Query{Under: there.UID}); len(p.Items) != 0 || p.Total != 0 {
		t.Errorf("the other district's: %v", names(w, p))
	}
	if p := list(t, w, officer, record.Query{Words: "баш"}); len(p.Items) != 0 {
		t.Errorf("found by words: %v", names(w, p))
	}
	_, err := w.s.List(w.as("guardian", here), record.Query{})
	if f := wants(t, err, fault.Denied, ""); f.Check != "policy" || f.Next == nil {
		t.Errorf("a refusal says why and what now: %+v", f)
	}
}

func TestAListShowsOneMinistryOnly(t *testing.T) {
	d := dbtest.New(t)
	one, two := worldOn(t, d, "one", "kg"), worldOn(t, d, "two", "kg")
	u := firstDistrict(one)
	i := one.school("", "Сыр мектеби", "secondary_school", u, nil)
	if p := list(t, two, two.ctx, record.Query{State: record.All}); len(p.Items) != 0 || p.Total != 0 {
		t.Errorf("seen from the other ministry: %v", names(two, p))
	}
	_, err := two.s.List(two.ctx, record.Query{Under: u.UID})
	wants(t, err, fault.NotFound, "")
	_, err = two.s.Get(two.ctx, i.UID)
	wants(t, err, fault.NotFound, "")
	_, err = two.s.Update(two.ctx, i.UID, 1, map[string]any{"ownership": "private"})
	wants(t, err, fault.NotFound, "")
}
