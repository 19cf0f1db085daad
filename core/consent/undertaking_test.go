package consent_test

import (
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/consent"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const id = "annex_1_1"

type world struct {
	*webtest.World
	p *webtest.Person // who has signed nothing yet
}

func newWorld(t *testing.T) *world {
	w := webtest.New(t, "kg", "secondary_school")
	return &world{w, w.Fresh("teacher", w.School)}
}

// undertaking is the one of the profile in force, to be changed as a reload would.
func (w *world) undertaking() *profile.Undertaking {
	u, _, _ := w.Profile.Undertaking(id, "")
	return u
}

func (w *world) wording(lang string) string {
	_, wording, _ := w.Profile.Undertaking(id, lang)
	return wording
}

func (w *world) signing(lang string) consent.Signing {
	return consent.Signing{ID: id, Language: lang, Shown: consent.Digest(w.wording(lang)), Name: w.p.Name, Position: "teacher", Agreed: true}
}

func (w *world) sign(lang string) consent.Undertaking {
	w.T.Helper()
	u, err := w.Consent.Sign(w.p.Ctx, w.signing(lang))
	if err != nil {
		w.T.Fatalf("%v %v", err, faulttest.Of(w.T, err).Fields)
	}
	return u
}

func (w *world) pending() bool {
	w.T.Helper()
	all, err := w.Consent.Pending(w.p.Ctx)
	if err != nil {
		w.T.Fatal(err)
	}
	return len(all) > 0
}

func (w *world) signed() []consent.Undertaking {
	w.T.Helper()
	all, err := w.Consent.Signed(w.p.Ctx, w.p.ID, "")
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

func TestKGER7a_SignedOnceItStandsWithTheWordsThatWereRead(t *testing.T) {
	w := newWorld(t)
	if !w.pending() {
		t.Fatal("nothing is to be signed")
	}
	read := w.wording("ru")
	w.sign("ru")
	if w.pending() {
		t.Error("it is to be signed again at once")
	}
	w.Clock.Set(w.Clock.Now().AddDate(30, 0, 0))
	if all := w.signed(); len(all) != 1 || all[0].Wording != read || all[0].Language != "ru" {
		t.Errorf("kept: %+v", all)
	}
}

func TestKGER7a_WhatIsNoSignatureIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change     func(n *consent.Signing)
		field, key string
	}{
		"another's name":            {func(n *consent.Signing) { n.Name = "Somebody Else" }, "name", "consent.other_name"},
		"no name":                   {func(n *consent.Signing) { n.Name = " " }, "name", "consent.other_name"},
		"not agreed":                {func(n *consent.Signing) { n.Agreed = false }, "agreed", "consent.tick"},
		"no official language":      {func(n *consent.Signing) { n.Language, n.Shown = "tr", "" }, "language", "consent.official_language"},
		"no language at all":        {func(n *consent.Signing) { n.Language, n.Shown = "", "" }, "language", "consent.official_language"},
		"another language was read": {func(n *consent.Signing) { n.Shown = w.signing("ru").Shown }, "language", "consent.wording_language"},
		"another wording was read":  {func(n *consent.Signing) { n.Shown = consent.Digest("nothing") }, "agreed", "consent.wording_replaced"},
	} {
		t.Run(name, func(t *testing.T) {
			n := w.signing("ky")
			c.change(&n)
			_, err := w.Consent.Sign(w.p.Ctx, n)
			f := faulttest.Of(t, err)
			if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != c.field || f.Fields[0].Key != c.key {
				t.Errorf("got %v %+v", err, f)
			}
		})
	}
	if !w.pending() || len(w.signed()) != 0 {
		t.Error("something was signed")
	}
	if _, err := w.Consent.Sign(w.p.Ctx, consent.Signing{ID: "nothing", Language: "ky"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown undertaking: %v", err)
	}
}

func TestKGER7a_SignedAgainAfterItsDays(t *testing.T) {
	w := newWorld(t)
	w.undertaking().RenewDays = 365
	w.sign("ky")
	w.Clock.Set(w.Clock.Now().AddDate(0, 0, 365).Add(-time.Second))
	if w.pending() {
		t.Error("asked again before a year was over")
	}
	w.Clock.Set(w.Clock.Now().Add(time.Second))
	if !w.pending() {
		t.Error("not asked again after a year")
	}
	w.sign("ky")
	if w.pending() || len(w.signed()) != 2 {
		t.Error("the second signature does not stand beside the first")
	}
}

// An undertaking binds in its days alone: one that has not begun or is over is asked of
// nobody, and holds nobody up.
func TestKGER7a_AnUndertakingBindsInItsDays(t *testing.T) {
	w := newWorld(t)
	today := profile.DateOf(w.Clock.Now())
	holdsUp := func() bool {
		a := caller.From(w.p.Ctx)
		return w.Consent.BeforeUse(w.p.Ctx, a, a.Assignments[0], "undertaking:annex_1_1") != nil
	}
	for _, c := range []struct {
		since, until profile.Date
		binds        bool
	}{
		{today.AddDays(-1), 0, true},
		{today.AddDays(2), 0, false},
		{today.AddDays(-9), today.AddDays(-2), false},
		{today.AddDays(-9), today.AddDays(2), true},
	} {
		w.undertaking().Since, w.undertaking().Until = c.since, c.until
		if w.pending() != c.binds || holdsUp() != c.binds {
			t.Errorf("%s to %s: pending %t, holds up %t, expected %t", c.since, c.until, w.pending(), holdsUp(), c.binds)
		}
	}
}

func TestKGER7a_NewWordingIsSignedAgainWhereTheProfileSaysSo(t *testing.T) {
	w := newWorld(t)
	w.sign("ru")
	was := w.undertaking().Text()["ru"]
	w.undertaking().Text()["ky"] = "Башка сөз." // a language that was not signed
	if w.pending() {
		t.Error("asked again though the words that were signed still stand")
	}
	w.undertaking().Text()["ru"] = "Другой текст."
	if !w.pending() {
		t.Error("not asked to sign the new wording")
	}
	standing, counts, err := w.Consent.Standing(w.p.Ctx, id)
	if err != nil || counts || standing == nil || standing.Wording != was {
		t.Errorf("the earlier signature: %+v, counts %v, %v", standing, counts, err)
	}
	w.undertaking().Renew = ""
	if w.pending() {
		t.Error("asked again though the profile does not say so")
	}
	w.undertaking().Renew = "wording"
	w.sign("ru")
	if w.pending() || len(w.signed()) != 2 || w.signed()[1].Wording != was {
		t.Error("the signature of the old words is gone, or the new one does not count")
	}
	w.undertaking().Text()["ru"] = was // taken back: those words were signed as well
	if standing, counts, err = w.Consent.Standing(w.p.Ctx, id); w.pending() || err != nil || !counts || standing.Wording != was {
		t.Errorf("the words signed first are asked for again: %+v %v %v", standing, counts, err)
	}
}
