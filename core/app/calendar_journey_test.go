package app

import (
	"testing"
	"time"

	"mektep/core/gate"
	"mektep/core/web/browsertest"
)

// TestJourneyOfASchoolYear: an administrator proposes the next school year in Turkish, from
// last year's moved by a year, puts what is wrong right without losing anything, sees what
// would open, and asks; the centre agrees to nothing (TR-IC-1), a general directorate does;
// then the sections of that year open (TR-IC-8). And in Kyrgyzstan an officer changes the
// year that runs, by one who agrees.
func TestJourneyOfASchoolYear(t *testing.T) {
	s := newSite(t)
	open := func(ministry, section, typ string, at time.Time) error {
		now := s.Clock.Now()
		defer s.Clock.Set(now)
		s.Clock.Set(at)
		return s.Calendar.Check(s.inside(ministry), section, gate.Target{Object: "institution", Type: typ})
	}
	day := time.Date(2027, 10, 20, 9, 0, 0, 0, time.UTC)
	if open("tr", "passport", "ilkokul", day) == nil {
		t.Fatal("open on a day that no calendar tells of")
	}
	admin := browsertest.Open(t)
	s.signIn(admin, "tr", "admin")
	admin.GoIn("tr", s.at("tr", "/calendar"))
	admin.Shot("year-page")
	admin.Press("Yeni ders yılı")
	admin.See("2027–2028")
	admin.Shot("year-form")
	admin.Accessible()
	admin.Fill("order.number", "2027/31")
	admin.Fill("order.date", "20.11.2026")
	admin.Fill("windows.4.closes", "term_2.end + 3d")
	admin.Fill("holidays.0.start", "31.13.2027")
	admin.Submit("order.number")
	admin.See("Biçim uygun değil")
	admin.See("daha uzun açık kalmalıdır")
	admin.Shot("year-errors")
	admin.Accessible()
	admin.Width(browsertest.Phone)
	admin.Shot("year-errors-narrow")
	admin.Fits()
	admin.Width(browsertest.Wide)
	admin.Fill("windows.4.closes", "term_2.end + 10d 23:59")
	admin.Fill("holidays.0.start", "28.10.2027")
	admin.Submit("order.number")
	admin.See("Henüz hiçbir şey gönderilmedi")
	admin.Shot("year-review")
	admin.Accessible()
	admin.Press("Onaya gönder")
	admin.See("ikinci kişinin onayını bekliyor")
	admin.Shot("year-asked")
	if b := admin.Find(`/approve"`); b != "" {
		t.Errorf("who asked is offered to agree: %s", b)
	}
	if open("tr", "passport", "ilkokul", day) == nil {
		t.Fatal("one person opened it")
	}

	second := browsertest.Open(t)
	s.signIn(second, "tr", "tegm")
	second.GoIn("tr", s.at("tr", "/home"))
	second.Go(s.at("tr", "/approvals"))
	second.See("takviminin yayımlanması")
	second.Shot("year-approval")
	second.Accessible()
	confirm(second, "/approve")
	second.See("Onaylandı")
	second.Go(s.at("tr", "/calendar?year=2027-2028"))
	second.See("Yayımlandı")
	if err := open("tr", "passport", "ilkokul", day); err != nil {
		t.Errorf("the section is closed all the same: %v", err)
	}
	if open("kg", "grades", "secondary_school", day) == nil {
		t.Error("another ministry's calendar holds here")
	}

	officer := browsertest.Open(t)
	s.signIn(officer, "kg", "ministry")
	officer.Ask(`(document.cookie = "theme=dark; path=/")`)
	officer.GoIn("ky", s.at("kg", "/calendar/2026-2027/amend"))
	officer.Shot("year-amend-dark")
	officer.Accessible()
	officer.Fill("order.number", "71")
	officer.Fill("order.date", "20.11.2026")
	officer.Fill("terms.1.end", "09.11.2026")
	officer.Submit("order.number")
	officer.See("дароо жабылат")
	officer.Shot("year-amend-review-dark")
	officer.Accessible()
	officer.Width(browsertest.Phone)
	officer.Shot("year-amend-review-dark-narrow")
	officer.FitsWhatever()
	for _, p := range []*browsertest.Page{admin, second, officer} {
		p.Quiet()
	}
}
