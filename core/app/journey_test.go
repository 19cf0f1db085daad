package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/unit"
	"mektep/core/web/browsertest"
)

// The journeys that the README tells of, from beginning to end in a browser.

// inside returns a context in which the test looks into a ministry as the system.
func (s *site) inside(slug string) context.Context {
	s.t.Helper()
	m, err := s.Tenants.BySlug(context.Background(), slug)
	if err != nil {
		s.t.Fatal(err)
	}
	return caller.With(context.Background(), caller.System(m.Tenant, "test", "test"))
}

func (s *site) unit(slug, level, code string) unit.Unit {
	s.t.Helper()
	u, err := s.Tree.ByCode(s.inside(slug), level, code)
	if err != nil {
		s.t.Fatalf("%s %s: %v", level, code, err)
	}
	return u
}

// sign signs the undertaking that a page leads to.
func sign(p *browsertest.Page, name string) {
	p.Fill("agreed", "1")
	p.Fill("name", name)
	p.Submit("agreed")
}

// TestJourneyOfADistrictOfficer: a special administrator appoints a district
// officer (KG-ER-6b), who accepts the invitation, sets up the second factor, signs
// the undertaking (KG-ER-7a), edits a school of the district (KG-ER-6c) and is
// refused one elsewhere, with the rule in Kyrgyz.
func TestJourneyOfADistrictOfficer(t *testing.T) {
	s := newSite(t)
	district := s.unit("kg", unit.District, "41702205000000")
	school := s.unit("kg", unit.Institution, "700102")
	elsewhere := s.unit("kg", unit.Institution, "700112")

	special := browsertest.Open(t)
	s.signIn(special, "kg", "special")
	special.Go(s.at("kg", "/me/undertakings/annex_1_1"))
	sign(special, "Атайынов Чыңгыз")
	special.Go(s.at("kg", "/people/new?unit="+district.UID+"&role=district_officer"))
	for field, value := range map[string]string{"family": "Токтогулова", "given": "Айпери", "email": "aiperi@kg.example", "identified_by": "passport", "seen": "1"} {
		special.Fill(field, value)
	}
	special.Shot("appoint")
	special.Accessible()
	if special.Ask(`document.querySelector('[name="order.number"]').required`) != "true" {
		t.Error("the order is not marked as required")
	}
	special.Fill("order.number", "12-к")
	special.Fill("order.date", "20.11.2026")
	special.Submit("order.number")
	if special.Find(`(/invitation/[A-Za-z0-9_-]{20,})`) == "" { // the review, to be confirmed
		special.Shot("appoint-review")
		special.Submit("order.number")
	}
	special.Shot("appointed")
	link := special.Find(`(/invitation/[A-Za-z0-9_-]{20,})`)
	if link == "" {
		t.Fatalf("no one-time link on %s:\n%s", special.Where(), special.Text())
	}
	special.Quiet()

	officer := browsertest.Open(t)
	officer.Go(s.at("kg", link))
	officer.Shot("invitation")
	officer.Accessible()
	officer.Fill("login", "aiperi")
	officer.Fill("password", demoPassword)
	officer.Fill("again", demoPassword)
	officer.Submit("password")
	officer.Go(s.at("kg", "/sign-in"))
	officer.Fill("login", "aiperi")
	officer.Fill("password", demoPassword)
	officer.Submit("password")
	officer.Go(s.at("kg", "/me/security/second"))
	officer.Shot("second-factor")
	if secret := officer.Find(`name="secret"[^>]*value="([A-Z2-7 ]+)"`); secret == "" {
		officer.Submit("current") // asked for the password again
	}
	secret := strings.ReplaceAll(officer.Find(`secret=([A-Z2-7]+)`), " ", "")
	officer.Fill("code", totpCode(t, secret, s.Clock.Now()))
	officer.Submit("code")
	officer.Go(s.at("kg", "/institutions/"+school.UID))
	officer.See("KG-ER-7a") // nothing before the undertaking
	officer.Go(s.at("kg", "/me/undertakings/annex_1_1"))
	sign(officer, "Токтогулова Айпери")

	officer.GoIn("ky", s.at("kg", "/institutions/"+school.UID+"/edit/general"))
	officer.Fill("capacity", "420")
	officer.Shot("edit")
	officer.Accessible()
	officer.Submit("capacity")
	officer.Go(s.at("kg", "/institutions/"+school.UID))
	officer.See("420")
	officer.Go(s.at("kg", "/institutions/"+school.UID+"/history"))
	officer.See("420")
	officer.Go(s.at("kg", "/institutions/"+elsewhere.UID+"/edit/general"))
	officer.See("KG-ER-6c")
	officer.See("№ 78/1 буйрук")
	officer.NotSee("Аудитор") // who may look is not who may change
	officer.Shot("refused-elsewhere")
	officer.Accessible()
	officer.Quiet()
}

// istatistikList is a list as an office keeps it: one good row, one type that is
// not there, one capacity in letters, one district of another province.
const istatistikList = `Kurum Kodu;Kurum Adı;Kurum Türü;İl;İlçe;Mülkiyet;Kontenjan
880001;Deneme Işık İlkokulu;İlkokul;Ankara;Çankaya;resmi;240
880002;Deneme Uçan Okul;uçan okul;Ankara;Çankaya;resmi;120
880003;Deneme Söğüt İlkokulu;İlkokul;Ankara;Çankaya;devlet gibi;90
880004;Deneme Sınır İlkokulu;İlkokul;İstanbul;Kadıköy;resmi;90
`

// TestJourneyOfAnImport: a statistics officer of a province imports institutions in
// Turkish, sees errors by row, mends the list, enters it as a whole and takes it
// back (TR-DR-6).
func TestJourneyOfAnImport(t *testing.T) {
	s := newSite(t)
	p := browsertest.Open(t)
	s.signIn(p, "tr", "istatistik")
	p.GoIn("tr", s.at("tr", "/institutions/import"))
	imported := func(list string) {
		file := filepath.Join(t.TempDir(), "ankara.csv")
		if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Go(s.at("tr", "/institutions/import"))
		p.Upload("file", file)
		p.Submit("file")
		p.See("Sütunları eşle")
		p.Accessible()
		p.Submit("targets.0")
		p.See("Bulgular")
	}
	// came fails unless the window's title says what came of it, and who listens is told.
	came := func(title, told string) {
		t.Helper()
		if got := p.Ask(`document.title.split(" – ")[0]`); got != "ankara.csv: "+title {
			t.Errorf("the window is titled %q", got)
		}
		if got := p.Ask(`[...document.querySelectorAll("[data-said]")].map((x) => x.textContent.trim()).join("|")`); !strings.Contains(got, told) {
			t.Errorf("said: %q, without %q", got, told)
		}
	}
	imported(istatistikList)
	came("Hata: 3 satırda hata var", "3 satırda hata var")
	p.Shot("import-errors")
	p.Accessible()
	p.See("3 satırda hata var")
	for _, finding := range []string{"Böyle bir kurum türü yok", "uçan okul", "Listede böyle bir seçenek yok", "devlet gibi", "Genelge 2019/16, 6. madde"} {
		p.See(finding)
	}
	p.NotSee("Kütüğe aktar")
	p.Go(s.at("tr", "/institutions?q=deneme"))
	p.NotSee("Deneme Işık")

	lines := strings.SplitAfter(istatistikList, "\n")
	imported(lines[0] + lines[1])
	p.See("Kütüğe aktar")
	p.Shot("import-ready")
	confirm(p, "/apply")
	p.See("Liste aktarıldı")
	came("Liste aktarıldı", "Liste aktarıldı")
	p.Shot("import-applied")
	p.Accessible()
	done := p.Where()
	p.Go(s.at("tr", "/institutions?q=deneme"))
	p.See("Deneme Işık İlkokulu")
	p.Go(done)
	confirm(p, "/undo")
	p.See("Aktarma geri alındı")
	came("Aktarma geri alındı", "Aktarma geri alındı")
	p.Shot("import-undone")
	p.Accessible()
	p.Go(s.at("tr", "/institutions?q=deneme"))
	p.NotSee("Deneme Işık")
	p.Quiet()
}

// confirm sends the form behind a question, as its yes does.
func confirm(p *browsertest.Page, action string) {
	p.Ask(fmt.Sprintf(`(document.querySelector('form[action$="%s"]').requestSubmit(), "")`, action))
}

// TestJourneyOfAMinistryOfficer: numbers, no button to edit; and the API says which
// rule and which law stand in the way, in the language asked for (KG-ER-6a).
func TestJourneyOfAMinistryOfficer(t *testing.T) {
	s := newSite(t)
	p := browsertest.Open(t)
	s.signIn(p, "kg", "ministry")
	p.GoIn("ky", s.at("kg", "/home"))
	if p.Find(`>\s*(50)\s*<`) == "" {
		t.Errorf("no count of institutions on the first page:\n%s", p.Text())
	}
	school := s.unit("kg", unit.Institution, "700112")
	p.Go(s.at("kg", "/institutions/"+school.UID))
	p.Accessible()
	if edit := p.Find(`href="[^"]*/edit/[^"]*"`); edit != "" {
		t.Errorf("a button to edit: %s", edit)
	}
	p.Go(s.at("kg", "/institutions/"+school.UID+"/edit/general"))
	p.See("KG-ER-6a")
	p.Quiet()

	var token struct {
		Token string `json:"token"`
	}
	s.call("kg", http.MethodPost, "/api/v1/token", "", `{"login":"ministry","password":"`+demoPassword+`","code":"`+s.code("kg", "ministry")+`","name":"journey"}`, &token)
	if token.Token == "" {
		t.Fatal("no token")
	}
	var list struct {
		Total int `json:"total"`
	}
	s.call("kg", http.MethodGet, "/api/v1/institutions?limit=1", token.Token, "", &list)
	var problem struct {
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Rule   string `json:"rule"`
		Law    string `json:"law_text"`
		Next   struct {
			Text string `json:"text"`
		} `json:"next"`
	}
	s.call("kg", http.MethodPatch, "/api/v1/institutions/"+school.UID, token.Token, `{"fields":{"capacity":1}}`, &problem)
	if problem.Status != http.StatusForbidden || problem.Rule != "KG-ER-6a" || problem.Law == "" || !strings.Contains(problem.Detail, "өзгөртүү") || problem.Next.Text == "" {
		t.Errorf("the API does not say why: %+v", problem)
	}
	// In another ministry the token is nobody's, and its people are unknown.
	var stranger struct {
		Status int `json:"status"`
	}
	s.call("tr", http.MethodGet, "/api/v1/institutions?limit=1", token.Token, "", &stranger)
	if stranger.Status != http.StatusUnauthorized {
		t.Errorf("a token of one ministry is answered %d by another", stranger.Status)
	}
}

// call asks the API of a ministry in Kyrgyz.
func (s *site) call(ministry, method, path, token, body string, into any) {
	s.t.Helper()
	q, err := http.NewRequestWithContext(context.Background(), method, s.at(ministry, path), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Accept-Language", "ky")
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPatch {
		q.Header.Set("If-Match", `"1"`)
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	a, err := onLoopback.Do(q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		s.t.Fatalf("%s %s: %s: %v\n%s", method, path, a.Status, err, raw)
	}
}

// TestJourneyToAThirdMinistry: an operator opens a third ministry of a profile that
// is there already, in under a minute; its first administrator gets in, and nobody
// of it is anybody elsewhere.
func TestJourneyToAThirdMinistry(t *testing.T) {
	s := newSite(t)
	_, key, err := s.Operators.Create(s.command(context.Background()), "Зарина Асанова", "zarina@mektep.example", "en")
	if err != nil {
		t.Fatal(err)
	}
	p := browsertest.Open(t)
	p.GoIn("en", s.at("", key.Path))
	p.Fill("login", "zarina")
	p.Fill("password", demoPassword)
	p.Fill("again", demoPassword)
	p.Submit("again")
	p.Fill("login", "zarina")
	p.Fill("password", demoPassword)
	p.Submit("password")
	p.Fill("code", totpCode(t, p.Find(`name="secret"[^>]*value="([^"]+)"`), s.Clock.Now()))
	p.Submit("code")
	p.Go(s.at("", "/operator"))
	began := time.Now()
	p.Press("Add a ministry")
	p.Press("Choose Kyrgyz Republic")
	p.Fill("slug", "third")
	p.Fill("admins.1.name", "Асанова Бүбүсара")
	p.Fill("admins.1.email", "first@third.example")
	p.Submit("slug")
	p.See("third.localhost")
	p.Submit("step")
	p.See("The ministry is open")
	if took := time.Since(began); took > time.Minute {
		t.Errorf("opening a ministry took %s", took)
	}
	if shown := p.Find(`(/invitation/[A-Za-z0-9_-]{20,})`); shown != "" {
		t.Error("the operator is shown the link that has gone to the administrator's address")
	}
	p.Quiet()
	link := ""
	s.until("the invitation's letter", func() bool {
		for _, l := range s.letters("identity.mail.invite.subject", "first@third.example") {
			link = regexp.MustCompile(`/invitation/[A-Za-z0-9_-]{20,}`).FindString(text(l))
		}
		return link != ""
	})

	first := browsertest.Open(t)
	first.Go(s.at("third", link))
	first.Fill("login", "bubusara")
	first.Fill("password", demoPassword)
	first.Fill("again", demoPassword)
	first.Submit("password")
	first.Go(s.at("third", "/sign-in"))
	first.Fill("login", "bubusara")
	first.Fill("password", demoPassword)
	first.Submit("password")
	s.until("the first administrator's page", func() bool { return !strings.HasSuffix(first.Where(), "/sign-in") })
	// Two ministries of one profile: an account of one is unknown in the other.
	first.Go(s.at("kg", "/home"))
	if !strings.Contains(first.Where(), "/sign-in") {
		t.Error("a session of one ministry is somebody in another")
	}
	first.Go(s.at("kg", "/sign-in"))
	first.Fill("login", "bubusara")
	first.Fill("password", demoPassword)
	first.Submit("password")
	if strings.Contains(first.Where(), "/home") {
		t.Error("an account of one ministry signs in to another")
	}
	first.Quiet()
}
