package app

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/cookiejar"
	netmail "net/mail"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/notify/peer"
	"mektep/core/unit"
	"mektep/locales"
)

// writers are the functions that put a letter into the outbox, each with what the
// test below does to have it write one. A new one has no way there yet: give it one.
var writers = map[string]string{
	"identity/notice.go mail":         "a new password and an invitation are asked for",
	"identity/notice.go movedAddress": "an address is changed",
	"notify/notify.go mailNotice":     "what carries Notice.Mail",
}

func TestEveryPlaceThatWritesALetterIsTried(t *testing.T) {
	found := map[string]bool{}
	set := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if lit, ok := n.(*ast.CompositeLit); ok && strings.HasSuffix(name(lit.Type), "Letter") && keyed(lit, "SubjectKey") {
					found[filepath.ToSlash(strings.TrimPrefix(path, "../"))+" "+fn.Name.Name] = true
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for w := range found {
		if writers[w] == "" {
			t.Errorf("%s writes a letter and no test sends it", w)
		}
	}
	for w := range writers {
		if !found[w] {
			t.Errorf("%s writes no letter any more", w)
		}
	}
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func keyed(lit *ast.CompositeLit, key string) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return ok && name(kv.Key) == key
	})
}

// Every letter there are words for leaves through a real mail server, whoever
// asked for it: also nobody.
func TestEveryLetterReachesTheMailServer(t *testing.T) {
	s := newSite(t)
	m, err := s.Tenants.BySlug(context.Background(), "kg")
	if err != nil {
		t.Fatal(err)
	}
	inside := caller.With(context.Background(), caller.System(m.Tenant, "test", db.NewUID()))
	school, err := s.place(inside, demoPerson{Level: "ministry"})
	if err != nil {
		t.Fatal(err)
	}
	invited, err := s.People.Appoint(inside, identity.NewAppointment{
		Person: identity.Person{Family: "Жаңы", Given: "Киши", Email: "new@kg.example", Language: "ky"}, Role: "ministry_officer", Unit: school,
	})
	if err != nil {
		t.Fatal(err)
	}

	// Nobody has signed in: somebody, somebody who has not opened the account, nobody.
	var pages []string
	for _, who := range []string{"osh", "osh@kg.example", "new@kg.example", "nobody", "nobody@kg.example"} {
		status, body := s.post0("kg", "/forgot", url.Values{"who": {who}})
		if status != http.StatusOK {
			t.Errorf("%s: %d", who, status)
		}
		pages = append(pages, nonce.ReplaceAllString(body, ""))
	}
	for _, p := range pages[1:] {
		if p != pages[0] {
			t.Error("the answer tells somebody from nobody")
		}
	}
	sent := map[string]bool{"notify.mail.subject": true} // every notice's, whatever it is about
	arrive := func(letter, to string, n int) {
		t.Helper()
		key := letter + ".subject"
		sent[key] = true
		s.until(fmt.Sprintf("%d letters %s to %s", n, key, to), func() bool { return len(s.letters(key, to)) >= n })
	}
	arrive("identity.mail.reset", "osh@kg.example", 2)
	arrive("identity.mail.invite", "new@kg.example", 2)
	// The link works, once.
	l := s.letters("identity.mail.reset.subject", "osh@kg.example")[0]
	link := regexp.MustCompile(`/reset/([\w-]{43})`).FindStringSubmatch(text(l))
	if link == nil {
		t.Fatalf("no link in %s", text(l))
	}
	nobody := caller.With(context.Background(), &caller.Caller{Tenant: m.Tenant})
	if _, err := s.People.Accept(nobody, link[1], identity.Acceptance{Password: "жаңы сырсөз, узунураак"}); err != nil {
		t.Error(err)
	}
	var uid string
	var version int
	err = s.DB.Tenant(inside, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT uid, version FROM account WHERE tenant_id = $1 AND login = 'osh'", tx.Tenant()).Scan(&uid, &version)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.People.Correct(inside, uid, version, identity.Person{Family: "Ошский", Given: "Сотрудник", Email: "moved@kg.example"}); err != nil {
		t.Fatal(err, faulttest.Of(t, err).Fields)
	}

	arrive("identity.mail.address", "osh@kg.example", 1)

	// Who enters an address is asked there whether they read it.
	var id int64
	if err := s.DB.Tenant(inside, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT id FROM account WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), uid).Scan(&id)
	}); err != nil {
		t.Fatal(err)
	}
	osh, err := s.People.ResolveAccount(context.Background(), m.Tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	own := caller.With(context.Background(), osh)
	mine, err := s.People.Mine(own)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.People.ChangeOwn(own, identity.Own{Email: "own@kg.example", Language: "ky", Password: "жаңы сырсөз, узунураак", Version: mine.Version}); err != nil {
		t.Fatal(err)
	}
	arrive("identity.mail.read", "own@kg.example", 1)
	asks := regexp.MustCompile(`/address/([\w-]{43})`).FindStringSubmatch(text(s.letters("identity.mail.read.subject", "own@kg.example")[0]))
	if asks == nil {
		t.Fatal("no link in it")
	}
	if err := s.People.ReadAddress(own, asks[1]); err != nil {
		t.Error(err)
	}

	// What is done to an operator's keys, they are told.
	console := s.command(context.Background())
	operator, _, err := s.Operators.Create(console, "Опера Тор", "operator@mektep.test", "ky")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Operators.Relink(console, operator.UID); err != nil {
		t.Fatal(err)
	}
	if err := s.Operators.Block(console, operator.UID); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"create", "reset", "block"} {
		arrive("operator.mail."+what, "operator@mektep.test", 1)
	}
	words, err := fs.ReadFile(locales.FS, "en.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range subjects.FindAllSubmatch(words, -1) {
		if !sent[string(key[1])] {
			t.Errorf("no letter %s was sent", key[1])
		}
	}

	if _, err := s.People.OpenKey(nobody, invited.Key.Path[strings.LastIndexByte(invited.Key.Path, '/')+1:]); err != nil {
		t.Errorf("asking made the link on paper useless: %v", err)
	}
}

var (
	subjects = regexp.MustCompile(`(?m)^"(\w+\.mail\.\w+\.subject)"`)
	nonce    = regexp.MustCompile(`[\w-]{24,}`)
	hidden   = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)
)

// post0 sends a form as somebody who has not signed in, each time in a browser of
// their own.
func (s *site) post0(ministry, path string, v url.Values) (int, string) {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	here := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Config.Addr)
	}
	c := &http.Client{Jar: jar, Transport: &http.Transport{DialContext: here}} // not every resolver knows *.localhost
	defer c.CloseIdleConnections()
	page, err := c.Get(s.at(ministry, path))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, in := range hidden.FindAllStringSubmatch(content(s.t, page), -1) {
		v.Set(in[1], in[2])
	}
	answer, err := c.PostForm(s.at(ministry, path), v)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, content(s.t, answer)
}

func content(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// text is what stands in a letter, its soft line ends undone.
func text(l peer.Letter) string {
	raw, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(l.Raw))) // as far as it can be read
	return string(raw)
}

// letters are those that came to somebody with a subject, in whatever language.
func (s *site) letters(key, to string) (out []peer.Letter) {
	for _, l := range s.post.Letters() {
		if l.To != to {
			continue
		}
		msg, err := netmail.ReadMessage(strings.NewReader(string(l.Raw)))
		if err != nil {
			s.t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, lang := range s.Words.Languages() {
			if s.Words.Localizer(lang.Tag).T(key) == subject {
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// An invitation that says neither who invites, nor to what and where, nor whom to ring is what
// people are taught not to open.
func TestAnInvitationSaysWhoInvitesToWhatAndWhomToRing(t *testing.T) {
	s := newSite(t)
	s.undertakes("kg", "director")
	director := s.acting("kg", "director")
	school := s.unit("kg", unit.Institution, "700112")
	country, err := s.Tenants.Country(s.inside("kg"))
	if err != nil {
		t.Fatal(err)
	}
	help := country.Profile.Contact("support")
	families := map[string]string{"ky": "Жаңыбаева", "ru": "Петрова", "en": "Whitfield", "tr": "Çalışkan"} // nobody like another
	for _, l := range s.Words.Languages() {
		to := "invited-" + l.Tag + "@kg.example"
		_, err := s.People.Appoint(director, identity.NewAppointment{
			Person: identity.Person{Family: families[l.Tag], Given: "Нур", Email: to, Language: l.Tag},
			Role:   "teacher", Unit: school, IdentifiedBy: "passport",
		})
		if err != nil {
			t.Fatal(l.Tag, err, faulttest.Of(t, err).Fields)
		}
		s.until("the invitation to "+to, func() bool { return len(s.letters("identity.mail.invite.subject", to)) == 1 })
		said := text(s.letters("identity.mail.invite.subject", to)[0])
		words := s.Words.Localizer(l.Tag)
		for what, want := range map[string]string{
			"who invites": caller.From(director).Name, "the role": words.Text(country.Profile.Role("teacher").Name), "the unit": words.Text(school.Name),
			"the telephone": help.Phone, "who helps": words.Text(help.Name),
		} {
			if want == "" || !strings.Contains(said, want) {
				t.Errorf("%s: %s, %q, is not said:\n%s", l.Tag, what, want, said)
			}
		}
	}
}

// A letter that the server does not take stands in the figures and in the console, and goes
// once what was in the way is mended and somebody sends it again.
func TestARefusedLetterIsCountedShownAndSentAgain(t *testing.T) {
	s := newSite(t)
	s.post.Refuse(func(to string) error {
		if to == "refused@kg.example" {
			return &smtp.SMTPError{Code: 550, Message: "no such user"}
		}
		return nil
	})
	s.undertakes("kg", "director")
	_, err := s.People.Appoint(s.acting("kg", "director"), identity.NewAppointment{
		Person: identity.Person{Family: "Жаңы", Given: "Адам", Email: "refused@kg.example", Language: "ky"}, Role: "teacher",
		Unit: s.unit("kg", unit.Institution, "700112"), IdentifiedBy: "passport",
	})
	if err != nil {
		t.Fatal(err, faulttest.Of(t, err).Fields)
	}
	figure := func() float64 { return s.figures()["mektep_letters{ministry=kg,state=refused}"] }
	s.until("the figure says so", func() bool { return figure() == 1 })

	// The console says it in the reader's language: Zarina's is Kyrgyz.
	console, ky := s.operator(t), s.Words.Localizer("ky")
	shown := func() string {
		t.Helper()
		page := console.get("/operator/ministries/kg")
		if page.status != http.StatusOK {
			t.Fatal(page.status)
		}
		m := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(ky.T("operator.letters.refused")) + `\s*</dt>\s*<dd[^>]*>(.*?)</dd>`).FindSubmatch(page.body)
		if m == nil {
			t.Fatalf("the console says nothing of letters: %s", page.body)
		}
		return strings.TrimSpace(tags.ReplaceAllString(string(m[1]), ""))
	}
	if n := shown(); n != "1" {
		t.Errorf("the console counts %q refused", n)
	}
	s.post.Refuse(nil)
	if r := console.post("/operator/ministries/kg/letters", url.Values{}); r.status != http.StatusSeeOther {
		t.Fatalf("sending again: %d %s", r.status, r.body)
	}
	s.until("it is sent again", func() bool { return len(s.letters("identity.mail.invite.subject", "refused@kg.example")) == 1 })
	s.until("the figure falls", func() bool { return figure() == 0 })
	if n := shown(); n != "0" {
		t.Errorf("the console counts %q refused once it has gone", n)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)
