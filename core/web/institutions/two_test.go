package institutions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/institutions"
	"mektep/core/web/webtest"
)

// two is a ministry whose territory two people change.
type two struct {
	*webtest.World
	first, second *webtest.Person
	ter           *registry.Territory
	other         unit.Unit // a second region
}

func newTwo(t *testing.T) *two {
	w := webtest.New(t, "tr", "ilkokul")
	w.Mount(institutions.Routes(w.Base, institutions.Services{DB: w.DB, Registry: w.Registry, Tree: w.Tree, Calendar: w.Calendar, Identity: w.Identity}))
	other := webtest.Must(w.Tree.Create(w.Ctx, unit.New{Parent: &w.Root, Level: unit.Region, Code: "03", Name: tr("Other"), Since: w.Region.Since}))
	return &two{w, w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.Registry.Territory, other}
}

func (w *two) act(u unit.Unit) registry.Act {
	return registry.Act{
		Version: webtest.Must(w.Tree.Get(w.Ctx, u.UID)).Version, Since: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		Order: audit.Order{Number: "77", Date: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)},
	}
}

// waits fails unless an act waits for a second person, and returns its request.
func waits(t *testing.T, err error) approval.Request {
	t.Helper()
	var asked *approval.Asked
	if !errors.As(err, &asked) {
		t.Fatalf("it does not wait: %v %+v", err, fault.From(err))
	}
	return asked.Request
}

func tr(name string) map[string]string { return map[string]string{"tr": name} }

// Only the same act was asked for already; another one on the same place is named, with
// who asked and what each may do about it.
func TestTRIC1_AnotherActThatWaitsIsNamed(t *testing.T) {
	w := newTwo(t)
	group := w.With("it_group", w.Directorate("bigb"))
	deeds := map[string]func(p *webtest.Person) error{
		"rename": func(p *webtest.Person) error { return w.ter.Rename(p.Ctx, w.Here.UID, tr("Yeni"), w.act(w.Here)) },
		"move":   func(p *webtest.Person) error { return w.ter.Move(p.Ctx, w.Here.UID, w.other.UID, w.act(w.Here)) },
		"merge": func(p *webtest.Person) error {
			return w.ter.Close(p.Ctx, w.Here.UID, []string{w.There.UID}, w.act(w.Here))
		},
		"close": func(p *webtest.Person) error {
			a := w.act(w.Here)
			a.Rest = w.There.UID
			return w.ter.Close(p.Ctx, w.Here.UID, nil, a)
		},
		"update": func(p *webtest.Person) error { return w.ter.Recode(p.Ctx, w.Here.UID, "0299", w.act(w.Here)) },
		"correct": func(p *webtest.Person) error {
			slip := registry.Slip{Fact: unit.NameFact, On: w.Here.Since, Version: w.act(w.Here).Version, Reason: "Yanlış"}
			return w.ter.Correct(p.Ctx, w.Here.UID, registry.Correction{Slip: slip, Name: tr("Doğrusu")})
		},
	}
	for first, ask := range deeds {
		r := waits(t, ask(w.first))
		for second, again := range deeds {
			for who, want := range map[*webtest.Person]struct{ same, next string }{
				w.first:  {"approval.waits_already", "approval.next.waits"},
				w.second: {"approval.waits_same", "approval.next.decide_first"},
				group:    {"approval.waits_same", "approval.next.decided_first"},
			} {
				key := "approval.waits_other"
				if second == first {
					key = want.same
				}
				f := fault.From(again(who))
				if f.Kind != fault.Conflict || f.Key != key || f.Next == nil || f.Next.Key != want.next || (f.Next.URL == "") == (who != group) {
					t.Fatalf("%s waits, %s is asked for: %v, next %+v", first, second, f, f.Next)
				}
				for _, l := range w.Words.Languages() {
					said := w.Words.Localizer(l.Tag).T(f.Key, f.Args)
					if key == "approval.waits_other" && (!strings.Contains(said, "Hither") || !strings.Contains(said, w.first.Name())) {
						t.Errorf("%s: it does not say what waits: %s", l.Tag, said)
					}
				}
			}
		}
		if err := w.Approvals.Cancel(w.first.Ctx, r.UID); err != nil {
			t.Fatal(err)
		}
	}
	for _, act := range w.ter.Acts() {
		if _, tried := deeds[act]; !tried && !slices.Contains([]string{"create", "reopen", "withdraw"}, act) { // of what is to be; of what is closed; of what was entered
			t.Errorf("%s is not tried", act)
		}
	}
	// On screen it stands with the form, and leads to the requests.
	waits(t, deeds["move"](w.first))
	page := "/units/" + w.Here.UID + "/act/rename"
	w.first.Get(page).Wants(t, 200)
	a := w.first.Submit(page, "name.tr", "Yeni", "since", "2026-03-01", "order.number", "1", "order.date", "2026-02-01")
	a.Wants(t, 409, "Another request about the same record waits", "Hither", "take it back there")
	if !strings.Contains(a.Body, `href="/approvals"`) || !strings.Contains(a.Body, `value="Yeni"`) {
		t.Error("it does not lead to the requests, or what was typed is gone")
	}
}

// What two people did names both in the history, and whoever asked is told which request
// was decided and by whom, without a name in the subject of a letter.
func TestTRIC1_WhatTwoDidNamesBoth(t *testing.T) {
	w := newTwo(t)
	r := waits(t, w.ter.Rename(w.first.Ctx, w.Here.UID, tr("Yeni Ad"), w.act(w.Here)))
	if _, err := w.Approvals.Approve(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	w.first.Get("/units/"+w.Here.UID).Wants(t, 200, w.first.Name()+"; agreed to by "+w.second.Name())
	// What goes along with it names both as well.
	a := w.act(w.Here)
	a.Since = a.Since.AddDate(0, 0, 1)
	r = waits(t, w.ter.Close(w.second.Ctx, w.Here.UID, []string{w.There.UID}, a))
	if _, err := w.Approvals.Approve(w.first.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	w.first.Get("/institutions/"+w.School.UID+"/history").Wants(t, 200, w.second.Name()+"; agreed to by "+w.first.Name())
	no := waits(t, w.ter.Rename(w.first.Ctx, w.There.UID, tr("Bambaşka"), w.act(w.There)))
	if err := w.Approvals.Reject(w.second.Ctx, no.UID, "Gerekmez"); err != nil {
		t.Fatal(err)
	}
	items, _, err := w.Notify.Inbox(w.first.Ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for key, what := range map[string]string{"approval.notice.approved": "Yeni Ad", "approval.notice.rejected": "Bambaşka"} {
		found := false
		for _, n := range items {
			if n.Key != key {
				continue
			}
			found = true
			for _, l := range w.Words.Languages() {
				words := w.Words.Localizer(l.Tag)
				if said := words.T(n.Key, n.Args); !strings.Contains(said, what) || !strings.Contains(said, w.second.Name()) {
					t.Errorf("%s: %s", l.Tag, said)
				}
				if about := words.T("notify.about."+n.Key, n.Args); strings.Contains(about, "Асан") {
					t.Errorf("%s: a name in the subject: %s", l.Tag, about)
				}
			}
		}
		if !found {
			t.Errorf("nobody is told: %s", key)
		}
	}
}

// A place entered by mistake is taken back by two where entering it needs two, and a second
// place of one name is known to whoever agrees.
func TestTRIC1_TwoTakeAPlaceBack(t *testing.T) {
	w := newTwo(t)
	found := func(code, name string, meant bool) error {
		a := w.act(w.Region)
		a.SameName = meant
		_, err := w.ter.Create(w.first.Ctx, registry.NewUnit{Parent: w.Region.UID, Level: unit.District, Code: code, Name: tr(name), Act: a})
		return err
	}
	if f := fault.From(found("0203", "HITHER", false)); f.Kind != fault.Invalid || f.Fields[0].Name != "same_name" {
		t.Fatalf("%+v", f)
	}
	r := waits(t, found("0203", "HITHER", true))
	w.agreed(r, "0201", "Hither") // whose name it is
	u := webtest.Must(w.Tree.ByCode(w.Ctx, unit.District, "0203"))
	slip := registry.Slip{Fact: unit.OpeningFact, On: u.Since, Version: u.Version, Reason: "Yanlışlıkla girildi"}
	r = waits(t, w.ter.Withdraw(w.first.Ctx, u.UID, slip))
	if now := webtest.Must(w.Tree.Get(w.Ctx, u.UID)); now.Withdrawn {
		t.Fatal("one person took it back")
	}
	w.agreed(r, "HITHER", "0203", "Yanlışlıkla girildi")
	w.first.Get("/units/"+u.UID).Wants(t, 200, "Taken back: entered by mistake", "Yanlışlıkla girildi", w.first.Name()+"; agreed to by "+w.second.Name(), "0203").Lacks(t, "Decisions", "Add a place")
	w.first.Get("/units/"+w.Region.UID).Wants(t, 200).Lacks(t, "HITHER")
	// Somebody works there: it really was.
	r = waits(t, found("0203", "Yeni", false))
	w.agreed(r, "Yeni")
	u = webtest.Must(w.Tree.ByCode(w.Ctx, unit.District, "0203"))
	w.With("district_statistics_officer", u)
	slip.Version = u.Version
	if f := fault.From(w.ter.Withdraw(w.first.Ctx, u.UID, slip)); f.Key != "unit.hangs_posts" {
		t.Errorf("%+v", f)
	}
}

// agreed has the second person agree to a request, which says what they must know in every
// language.
func (w *two) agreed(r approval.Request, texts ...string) {
	w.T.Helper()
	for _, l := range w.Words.Languages() {
		words := w.Words.Localizer(l.Tag)
		said := words.T(r.Key, r.Args)
		for _, p := range r.Told() {
			said += " " + words.T(p.Key, p.Args)
		}
		for _, text := range texts {
			if !strings.Contains(said, text) {
				w.T.Errorf("%s: %q is not said: %s", l.Tag, text, said)
			}
		}
	}
	if _, err := w.Approvals.Approve(w.second.Ctx, r.UID); err != nil {
		w.T.Fatalf("%v %+v", err, fault.From(err).Fields)
	}
}
