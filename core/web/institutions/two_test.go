package institutions_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
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
		t.Fatalf("it does not wait: %v %+v", err, faulttest.Of(t, err))
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
				f := faulttest.Of(t, again(who))
				if f.Kind != fault.Conflict || f.Key != key || f.Next == nil || f.Next.Key != want.next || (f.Next.URL == "") == (who != group) {
					t.Fatalf("%s waits, %s is asked for: %v, next %+v", first, second, f, f.Next)
				}
				for _, l := range w.Words.Languages() {
					said := w.Words.Localizer(l.Tag).T(f.Key, f.Args)
					if key == "approval.waits_other" && (!strings.Contains(said, "Hither") || !strings.Contains(said, w.first.Name)) {
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
	for _, at := range []string{"", "/act/close"} { // before anything is typed
		w.second.Get("/units/"+w.Here.UID+at).Wants(t, 200, "A request about this unit waits for a second person", "Move “Hither”")
	}
	f := faulttest.Of(t, w.ter.Close(w.second.Ctx, w.Here.UID, nil, w.act(w.Here))) // nor is what it lacks asked for first
	if f.Key != "approval.waits_other" {
		t.Errorf("%v %+v", f, f.Fields)
	}
	page := "/units/" + w.Here.UID + "/act/rename"
	w.first.Get(page).Wants(t, 200)
	a := w.first.Submit(page, "name.tr", "Yeni", "since", "2026-03-01", "order.number", "1", "order.date", "2026-02-01")
	a.Wants(t, 409, "Another request about the same record waits", "Hither", "take it back there")
	if !strings.Contains(a.Body, `href="/approvals"`) || !strings.Contains(a.Body, `value="Yeni"`) {
		t.Error("it does not lead to the requests, or what was typed is gone")
	}
}

// What has no name in the reader's language is called as the ministry calls it.
func TestANameOfTheMinistryComesBeforeOthers(t *testing.T) {
	w := newTwo(t)
	u := webtest.Must(w.Tree.Create(w.Ctx, unit.New{
		Parent: &w.Root, Level: unit.Region, Code: "04", Since: w.Region.Since, Name: map[string]string{"tr": "Türkçe Ad", "ru": "Русское имя", "ky": "Кыргызча ат"},
	}))
	if page := w.first.Get("/units/" + u.UID); !strings.Contains(page.Body, "<title>Türkçe Ad") {
		t.Error(page.Body[:600])
	}
}

// A difference whose acceptance waits for the second person says so, with who asked and since
// when, where its answers stood; nobody can decline it meanwhile, and home does not count it.
func TestTRIC1_ADifferenceThatWaitsSaysSo(t *testing.T) {
	w := newTwo(t)
	of := func(do string) registry.Proposal {
		for _, p := range webtest.Must(w.ter.Proposals(w.first.Ctx)) {
			if p.Do == do && (p.Unit == nil || p.Unit.UID == w.Here.UID) && (p.Do != "create" || p.Parent != nil) {
				return p
			}
		}
		t.Fatalf("nothing is to %s", do)
		return registry.Proposal{}
	}
	for _, do := range []string{"create", "close"} {
		p, a := of(do), w.act(w.Here)
		if a.Rest = w.There.UID; do == "create" {
			a.Rest = ""
		}
		count := webtest.Must(w.ter.Proposed(w.second.Ctx))
		r := waits(t, func() error { _, err := w.ter.Accept(w.first.Ctx, p.ID, a); return err }())
		if now := webtest.Must(w.ter.Proposed(w.second.Ctx)); now != count-1 {
			t.Errorf("%s: %d differences wait for an answer, of %d", do, now, count)
		}
		at := "/units/proposals/" + p.ID
		for _, who := range []*webtest.Person{w.first, w.second} {
			page := who.Get("/units/proposals")
			page.Wants(t, 200, "Waits for a second person · asked for by "+w.first.Name)
			if strings.Contains(page.Body, at+"/") || !strings.Contains(page.Body, "/approvals#"+r.UID) {
				t.Errorf("%s: it can be answered, or does not lead to the request", do)
			}
			who.Get(at+"/accept").Wants(t, 200, "asked for by "+w.first.Name)
		}
		if key := faulttest.Key(w.ter.Decline(w.second.Ctx, p.ID)); key != "approval.waits_other" {
			t.Errorf("%s: declined meanwhile: %s", do, key)
		}
		if err := w.Approvals.Reject(w.second.Ctx, r.UID, "Gerekmez"); err != nil {
			t.Fatal(err)
		}
		w.second.Get("/units/proposals").Wants(t, 200)
		if !strings.Contains(w.second.Last().Body, at+"/accept") {
			t.Errorf("%s: rejected, it can't be answered", do)
		}
	}
}

// What two people did names both in the history, and whoever asked is told which request
// was decided and by whom, without a name in the subject of a letter.
func TestTRIC1_WhatTwoDidNamesBoth(t *testing.T) {
	w := newTwo(t)
	r := waits(t, w.ter.Rename(w.first.Ctx, w.Here.UID, tr("Yeni Ad"), w.act(w.Here)))
	if _, err := w.Agree(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	w.first.Get("/units/"+w.Here.UID).Wants(t, 200, w.first.Name+"; agreed to by "+w.second.Name)
	// What goes along with it names both as well.
	a := w.act(w.Here)
	a.Since = a.Since.AddDate(0, 0, 1)
	r = waits(t, w.ter.Close(w.second.Ctx, w.Here.UID, []string{w.There.UID}, a))
	if _, err := w.Agree(w.first.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	w.first.Get("/institutions/"+w.School.UID+"/history").Wants(t, 200, w.second.Name+"; agreed to by "+w.first.Name)
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
				if said := words.T(n.Key, n.Args); !strings.Contains(said, what) || !strings.Contains(said, w.second.Name) {
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
	if f := faulttest.Of(t, found("0203", "HITHER", false)); f.Kind != fault.Invalid || len(f.Fields) == 0 || f.Fields[0].Name != "same_name" {
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
	w.first.Get("/units/"+u.UID).Wants(t, 200, "Taken back: entered by mistake", "Yanlışlıkla girildi", w.first.Name+"; agreed to by "+w.second.Name, "0203").Lacks(t, "Decisions", "Add a place")
	w.first.Get("/units/"+w.Region.UID).Wants(t, 200).Lacks(t, "HITHER")
	// Somebody works there: it really was.
	r = waits(t, found("0203", "Yeni", false))
	w.agreed(r, "Yeni")
	u = webtest.Must(w.Tree.ByCode(w.Ctx, unit.District, "0203"))
	w.With("district_statistics_officer", u)
	slip.Version = u.Version
	if f := faulttest.Of(t, w.ter.Withdraw(w.first.Ctx, u.UID, slip)); f.Key != "unit.hangs_posts" {
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
	if _, err := w.Agree(w.second.Ctx, r.UID); err != nil {
		w.T.Fatalf("%v %+v", err, faulttest.Of(w.T, err).Fields)
	}
}

// overtakings are what is asked for and what changes the world before anybody decides: whoever
// decides reads what stands against it before they press, in words, and again when they do.
func (w *two) overtakings() map[string]func() (ask func() error, change func() error) {
	district := func(code, name string) unit.Unit {
		return webtest.Must(w.Tree.Create(w.Ctx, unit.New{Parent: &w.Region, Level: unit.District, Code: code, Name: tr(name), Since: w.Region.Since}))
	}
	since := w.act(w.Here).Since
	return map[string]func() (func() error, func() error){
		"create": func() (func() error, func() error) {
			return func() error {
				_, err := w.ter.Create(w.first.Ctx, registry.NewUnit{Parent: w.Region.UID, Level: unit.District, Code: "0701", Name: tr("İkiz"), Act: w.act(w.Region)})
				return err
			}, func() error { district("0702", "İkiz"); return nil }
		},
		"rename": func() (func() error, func() error) {
			u := district("0711", "Adlı")
			return func() error { return w.ter.Rename(w.first.Ctx, u.UID, tr("Yeni Adlı"), w.act(u)) },
				func() error { return w.Tree.Rename(w.Ctx, u, tr("Başka Adlı"), since, "9") }
		},
		"move": func() (func() error, func() error) {
			u := district("0721", "Göçen")
			return func() error { return w.ter.Move(w.first.Ctx, u.UID, w.other.UID, w.act(u)) },
				func() error { return w.Tree.Close(w.Ctx, u, since.AddDate(0, 0, -1), "9") }
		},
		"merge": func() (func() error, func() error) {
			u, heir := district("0731", "Biten"), district("0732", "Alan")
			return func() error { return w.ter.Close(w.first.Ctx, u.UID, []string{heir.UID}, w.act(u)) },
				func() error { return w.Tree.Close(w.Ctx, heir, since, "9") }
		},
		"close": func() (func() error, func() error) {
			u := district("0741", "Kapanan")
			return func() error { return w.ter.Close(w.first.Ctx, u.UID, nil, w.act(u)) }, func() error {
				_, err := w.Tree.Create(w.Ctx, unit.New{Parent: &u, Level: unit.Institution, Type: "ilkokul", Code: "190741", Name: tr("Gelen"), Since: u.Since})
				return err
			}
		},
		"reopen": func() (func() error, func() error) {
			u := district("0751", "Açılan")
			webtest.Must(0, w.Tree.Close(w.Ctx, u, since, "9"))
			return func() error { return w.ter.Reopen(w.first.Ctx, u.UID, w.act(u)) },
				func() error { return w.Tree.Reopen(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, u.UID))) }
		},
		"update": func() (func() error, func() error) {
			u := district("0761", "Kodlu")
			return func() error { return w.ter.Recode(w.first.Ctx, u.UID, "0762", w.act(u)) },
				func() error { district("0762", "Önce gelen"); return nil }
		},
		"correct": func() (func() error, func() error) {
			u := district("0771", "Düzelen")
			slip := registry.Slip{Fact: unit.NameFact, On: u.Since, Version: u.Version, Reason: "Yanlış"}
			return func() error {
				return w.ter.Correct(w.first.Ctx, u.UID, registry.Correction{Slip: slip, Name: tr("Doğrusu")})
			}, func() error { district("0772", "Doğrusu"); return nil }
		},
		"withdraw": func() (func() error, func() error) {
			u := district("0781", "Alınan")
			slip := registry.Slip{Fact: unit.OpeningFact, On: u.Since, Version: u.Version, Reason: "Yanlışlıkla"}
			return func() error { return w.ter.Withdraw(w.first.Ctx, u.UID, slip) }, func() error {
				_, err := w.Tree.Create(w.Ctx, unit.New{Parent: &u, Level: unit.Institution, Type: "ilkokul", Code: "190781", Name: tr("Konan"), Since: u.Since})
				return err
			}
		},
	}
}

func TestTRIC1_WhatCanNoLongerBeDoneIsSaidInWords(t *testing.T) {
	w := newTwo(t)
	raw := regexp.MustCompile(`(?i)\b(successors|same_name|[a-z]+\.[a-z_]+)\b`)
	worlds := w.overtakings()
	for _, act := range w.ter.Acts() {
		if worlds[act] == nil {
			t.Errorf("%s is not tried", act)
			continue
		}
		ask, change := worlds[act]()
		r := waits(t, ask())
		if err := change(); err != nil {
			t.Fatalf("%s: %v", act, err)
		}
		for key, who := range map[string]*webtest.Person{"approval.told.overtaken": w.second, "approval.told.overtaken_own": w.first} {
			told := ""
			for _, x := range webtest.Must(w.Approvals.List(who.Ctx)) {
				for _, p := range x.Told() {
					if x.UID != r.UID || p.Key != key {
						continue
					}
					for _, l := range w.Words.Languages() {
						if told = w.Words.Localizer(l.Tag).T(p.Key, p.Args); raw.MatchString(told) || strings.Contains(told, "<no value>") {
							t.Errorf("%s, %s: %s", act, l.Tag, told)
						}
					}
				}
			}
			if told == "" {
				t.Errorf("%s: nothing is said of it before it is decided (%s)", act, key)
			}
		}
		_, err := w.Agree(w.second.Ctx, r.UID)
		f := faulttest.Of(t, err)
		if f.Kind != fault.Conflict || len(f.Fields) > 0 || f.Next == nil {
			t.Errorf("%s: %v %+v", act, err, f)
		}
		if err := w.Approvals.Reject(w.second.Ctx, r.UID, "Durum değişti"); err != nil {
			t.Errorf("%s: %v", act, err)
		}
	}
}

// Whoever agrees reads what goes where, and what code and level a new place has: in the
// request and in the letter that asks them.
func TestTRIC1_WhoeverAgreesReadsWhatGoesWhere(t *testing.T) {
	w := newTwo(t)
	a := w.act(w.Here)
	a.Rest = w.There.UID
	w.agreed(waits(t, w.ter.Close(w.first.Ctx, w.Here.UID, nil, a)), w.School.Name["tr"], w.There.Name["tr"], w.There.Code)
	w.agreed(waits(t, w.ter.Reopen(w.first.Ctx, w.Here.UID, w.act(w.Here))), w.School.Name["tr"])
	_, err := w.ter.Create(w.first.Ctx, registry.NewUnit{Parent: w.Region.UID, Level: unit.District, Code: "0799", Name: tr("Yepyeni"), Act: w.act(w.Region)})
	r := waits(t, err)
	items, _, err := w.Notify.Inbox(w.second.Ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range w.Words.Languages() {
		if words := w.Words.Localizer(l.Tag); !strings.Contains(words.T(items[0].Key, items[0].Args), "0799") {
			t.Errorf("%s: the letter does not say what is asked: %s", l.Tag, words.T(items[0].Key, items[0].Args))
		}
	}
	w.agreed(r, "0799", "Yepyeni")
}
