package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/notify/peer"
	"mektep/locales"
)

// mailing is a house whose mail goes to p; its log is kept.
func mailing(t *testing.T, p *post, security string) *house {
	t.Helper()
	var log syncedLog
	h := open(t, func(c *Config) {
		c.SMTP = p.config(security)
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Recipients = func(_ context.Context, _ *db.Tx, accounts []int64) ([]Recipient, error) {
			return []Recipient{{Account: 7, Address: "aiperi@mektep.test", Language: "ky"}, {Account: 8}, {Account: 9, Address: "not an address"}}, nil
		}
		c.Head = func(_ context.Context, language string) Head {
			return Head{Name: map[string]string{"tr": "Millî Eğitim Bakanlığı", "ky": "Билим берүү министрлиги"}[language]}
		}
		c.URL = func(_ context.Context, path string) string { return "https://kg.edu.test" + path }
	})
	t.Cleanup(func() {
		if s := log.String(); strings.Contains(s, "aiperi") || strings.Contains(s, "@mektep") || strings.Contains(s, "s3cret") {
			t.Errorf("personal data in the log: %s", s)
		}
	})
	return h
}

type syncedLog struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (l *syncedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *syncedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (h *house) queue(t *testing.T, ctx context.Context, l Letter) {
	t.Helper()
	if err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return h.Mail(ctx, tx, l) }); err != nil {
		t.Fatal(err)
	}
}

func letter(to string) Letter {
	return Letter{
		Kind: "invitation", To: to, Language: "tr", SubjectKey: "window.extension", BodyKey: "window.open_until",
		Args: fault.Args{"Unit": "Özel\r\nBcc: x@y.test", "Date": start, "Key": "s3cret"}, URL: "https://tr.edu.test/i/s3cret?a=1&b=2",
	}
}

// read takes a mail apart: its header, and its parts by media type.
func read(t *testing.T, m peer.Letter) (netmail.Header, map[string]string) {
	t.Helper()
	msg, err := netmail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	media, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("%s, %v", media, err)
	}
	parts := map[string]string{}
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return msg.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		if enc := p.Header.Get("Content-Transfer-Encoding"); enc != "quoted-printable" {
			t.Fatalf("encoding %q", enc)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		media, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		parts[media] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
}

func header(t *testing.T, h netmail.Header, name string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(h.Get(name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMailIsWrittenInTheRecipientsLanguage(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("ayse@okul.test"))
	h.send(t, ctx, Notice{Kind: "window", Key: "window.open_until", Args: fault.Args{"Date": start}, Link: "/calendar", Mail: true}, 7, 8, 9)
	if n, err := h.Deliver(ctx); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	got := p.Letters()
	if len(got) != 2 {
		t.Fatalf("%d mails", len(got))
	}
	if got[0].To != "ayse@okul.test" {
		got[0], got[1] = got[1], got[0]
	}
	hd, parts := read(t, got[0])
	if s := header(t, hd, "Subject"); s != "Süre uzatımı: Özel Bcc: x@y.test" {
		t.Errorf("subject %q", s)
	}
	if hd.Get("Bcc") != "" || hd.Get("To") != "<ayse@okul.test>" || got[0].From != "noreply@edu.test" {
		t.Errorf("header %v", hd)
	}
	if from := header(t, hd, "From"); !strings.Contains(from, "Millî Eğitim Bakanlığı") || !strings.Contains(from, "<noreply@edu.test>") {
		t.Errorf("from %q", from)
	}
	if !strings.HasSuffix(hd.Get("Message-ID"), "@edu.test>") || hd.Get("Auto-Submitted") != "auto-generated" || hd.Get("Content-Language") != "tr" {
		t.Errorf("header %v", hd)
	}
	text := parts["text/plain"]
	if !strings.Contains(text, "22.11.2026 09:00 tarihine kadar açık\n") || !strings.Contains(text, "Aç:\nhttps://tr.edu.test/i/s3cret?a=1&b=2\n") || !strings.Contains(text, "lütfen yanıtlamayın") {
		t.Errorf("text %s", text)
	}
	html := parts["text/html"]
	if !strings.Contains(html, `<html lang="tr" dir="ltr">`) || !strings.Contains(html, `href="https://tr.edu.test/i/s3cret?a=1&amp;b=2"`) {
		t.Errorf("html %s", html)
	}
	hd, parts = read(t, got[1])
	if s := header(t, hd, "Subject"); s != "Сизге жаңы билдирүү келди" || got[1].To != "aiperi@mektep.test" {
		t.Errorf("subject %q to %s", s, got[1].To)
	}
	if text := parts["text/plain"]; !strings.Contains(text, "күнүнө чейин ачык") || !strings.Contains(text, "Ачуу:\nhttps://kg.edu.test/calendar") {
		t.Errorf("text %s", text)
	}
	if n, err := h.Deliver(ctx); err != nil || n != 0 {
		t.Errorf("delivered again: %d, %v", n, err)
	}
}

func TestNothingRemainsOfMailThatHasLeft(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("aiperi@mektep.test"))
	if _, err := h.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	var row string
	err := dbtest.Super(t, h.db).QueryRow(context.Background(), `SELECT mail_outbox::text FROM mail_outbox`).Scan(&row)
	if err != nil || !strings.Contains(row, "sent") || strings.Contains(row, "aiperi") || strings.Contains(row, "s3cret") {
		t.Errorf("%s, %v", row, err)
	}
}

func TestEncryptedConnections(t *testing.T) {
	for _, security := range []string{StartTLS, TLS} {
		t.Run(security, func(t *testing.T) {
			p := serveWith(t, security, "mektep", "s3cret")
			h := mailing(t, p, security)
			ctx := h.ministry(t, "one")
			h.queue(t, ctx, letter("aiperi@mektep.test"))
			if n, err := h.Deliver(ctx); err != nil || n != 1 || len(p.Letters()) != 1 || !p.Letters()[0].Secure {
				t.Errorf("%d, %v, %v", n, err, p.Letters())
			}
		})
	}
	t.Run("a server without TLS gets nothing", func(t *testing.T) {
		p := serve(t, NoTLS)
		h := mailing(t, p, NoTLS)
		m, err := newMailer(SMTP{Host: "127.0.0.1", Port: p.Port(), From: "noreply@edu.test"})
		if err != nil {
			t.Fatal(err)
		}
		h.mailer = m
		ctx := h.ministry(t, "one")
		h.queue(t, ctx, letter("aiperi@mektep.test"))
		if n, err := h.Deliver(ctx); err == nil || n != 0 || len(p.Letters()) != 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
	t.Run("a wrong password", func(t *testing.T) {
		p := serveWith(t, StartTLS, "mektep", "changed")
		p.server.Password = "s3cret" // what our side still has
		h := mailing(t, p, StartTLS)
		ctx := h.ministry(t, "one")
		h.queue(t, ctx, letter("aiperi@mektep.test"))
		if _, err := h.Deliver(ctx); fault.KindOf(err) != fault.Unavailable || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
		if n, _ := h.Outbox(ctx); n.Waiting != 1 || n.Failed+n.Refused != 0 {
			t.Errorf("the letter is not to blame: %+v", n)
		}
	})
}

func TestWhatIsRefusedForNowIsTriedAgain(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("aiperi@mektep.test"))
	h.queue(t, ctx, letter("other@mektep.test"))
	p.Refuse(func(to string) error {
		if strings.HasPrefix(to, "aiperi") {
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "aiperi@mektep.test: greylisted"}
		}
		return nil
	})
	if n, err := h.Deliver(ctx); err != nil || n != 1 {
		t.Fatalf("one refusal must not hold up the others: %d, %v", n, err)
	}
	p.Refuse(nil)
	if n, err := h.Deliver(ctx); err != nil || n != 0 {
		t.Errorf("before the pause is over: %d, %v", n, err)
	}
	h.clock.Set(start.Add(firstPause))
	if n, err := h.Deliver(ctx); err != nil || n != 1 {
		t.Errorf("after the pause: %d, %v", n, err)
	}
}

func TestWhatIsRefusedForGoodFails(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("aiperi@mektep.test"))
	p.Refuse(func(string) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user aiperi@mektep.test"}
	})
	if n, err := h.Deliver(ctx); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := h.Outbox(ctx); err != nil || n.Waiting != 0 || n.Refused != 1 || n.Failed != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestAServerThatIsDownLosesNothing(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("aiperi@mektep.test"))
	p.Close()
	now := start
	for try := 1; try < mostTries; try++ {
		if _, err := h.Deliver(ctx); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("try %d: %v", try, err)
		}
		now = now.Add(pause(try))
		h.clock.Set(now)
	}
	if waited := now.Sub(start); waited < 18*time.Hour || waited > 48*time.Hour {
		t.Errorf("given up after %v", waited)
	}
	if n, _ := h.Outbox(ctx); n.Waiting != 1 || !n.Oldest.Equal(start) {
		t.Errorf("%+v", n)
	}
	_, _ = h.Deliver(ctx)
	if n, _ := h.Outbox(ctx); n.Failed != 1 || n.Refused != 0 {
		t.Errorf("%+v after the last try", n)
	}
}

// Letters that were written or put off while the clock was ahead wait no longer for it once
// it is right again, after however many tries.
func TestAClockPutRightKeepsNoLetterWaiting(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	for tries := range mostTries {
		h.clock.Set(start.Add(9 * time.Hour)) // ahead
		h.queue(t, ctx, letter("aiperi@mektep.test"))
		owner := dbtest.Super(t, h.db)
		if _, err := owner.Exec(ctx, "UPDATE mail_outbox SET attempts = $1, next_at = $2 WHERE state = 'waiting'", tries, start.Add(9*time.Hour+pause(tries))); err != nil {
			t.Fatal(err)
		}
		_ = owner.Close(ctx)
		h.clock.Set(start)
		if n, err := h.Deliver(ctx); err != nil || n != 1 {
			t.Errorf("after %d tries: %d %v", tries, n, err)
		}
	}
}

func TestMailOfAWorkerThatDiedIsSentAfterItsLease(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("aiperi@mektep.test"))
	if got, err := h.claim(ctx); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	if n, err := h.Deliver(ctx); err != nil || n != 0 {
		t.Errorf("claimed mail was sent by somebody else: %d, %v", n, err)
	}
	h.clock.Set(start.Add(lease))
	if n, err := h.Deliver(ctx); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestSeveralProcessesSendEachLetterOnce(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	const letters = 45
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		for range letters {
			if err := h.Mail(ctx, tx, letter("aiperi@mektep.test")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := h.Deliver(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(p.Letters()); n != letters {
		t.Errorf("%d mails arrived, want %d", n, letters)
	}
}

func TestMailThatWouldComeTooLateIsNotSent(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	l := letter("aiperi@mektep.test")
	l.Expires = start.Add(time.Hour)
	h.queue(t, ctx, l)
	h.clock.Set(start.Add(time.Hour))
	if n, err := h.Deliver(ctx); err != nil || n != 0 || len(p.Letters()) != 0 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestWithoutAServerTheSenderLearnsIt(t *testing.T) {
	h := open(t, nil)
	ctx := h.ministry(t, "one")
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return h.Mail(ctx, tx, letter("aiperi@mektep.test")) })
	if !NoMail(err) || fault.KindOf(err) != fault.Unavailable || h.HasMail() {
		t.Errorf("%v", err)
	}
	h.send(t, ctx, Notice{Kind: "k", Key: "notify.mail.open", Mail: true}, 7)
	if n, err := h.Outbox(ctx); err != nil || n.Waiting != 0 {
		t.Errorf("%+v, %v", n, err)
	}
	if n, err := h.Unread(as(ctx, 7)); err != nil || n != 1 {
		t.Errorf("the inbox needs no mail server: %d, %v", n, err)
	}
}

func TestMailRefuses(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	for name, change := range map[string]func(*Letter){
		"no address":          func(l *Letter) { l.To = "" },
		"two addresses":       func(l *Letter) { l.To = "a@b.test, c@d.test" },
		"a line break":        func(l *Letter) { l.To = "a@b.test\r\nBcc: c@d.test" },
		"a name":              func(l *Letter) { l.To = "A <a@b.test>" },
		"a script for a link": func(l *Letter) { l.URL = "javascript:alert(1)" },
		"a path for a link":   func(l *Letter) { l.URL = "/i/1" },
	} {
		l := letter("a@b.test")
		change(&l)
		err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return h.Mail(ctx, tx, l) })
		if err == nil || strings.Contains(err.Error(), "b.test") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, cfg := range map[string]SMTP{
		"no sender":                {Host: "h"},
		"unknown security":         {Host: "h", From: "a@b.test", Security: "ssl"},
		"a password in the open":   {Host: "h", From: "a@b.test", Security: NoTLS, User: "u", Password: "p"},
		"a sender with line break": {Host: "h", From: "a@b.test\r\nX: y"},
	} {
		if _, err := New(h.db, Config{SMTP: cfg}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDeliveryIsAskedForInTheUnit(t *testing.T) {
	p := serve(t, NoTLS)
	asked := 0
	h := open(t, func(c *Config) {
		c.SMTP = p.config(NoTLS)
		c.Queued = func(ctx context.Context, tx *db.Tx) error {
			if open, ok := db.InTx(ctx); !ok || open != tx {
				t.Error("not in the unit")
			}
			if c := caller.From(ctx); c.System != Postman || c.Tenant.ID != tx.Tenant() || c.Account != 0 {
				t.Errorf("asked as %+v", c)
			}
			asked++
			return nil
		}
	})
	ctx := h.ministry(t, "one")
	h.queue(t, ctx, letter("a@b.test"))
	h.queue(t, as(ctx, 7), letter("a@b.test"))
	h.queue(t, caller.With(ctx, &caller.Caller{Tenant: caller.From(ctx).Tenant}), letter("a@b.test")) // nobody has signed in
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}

// A mailed notice says in its subject what it is about, in every language, and names
// nobody there: subjects stand in lists that others see.
func TestAMailedNoticeSaysWhatItIsAbout(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := locales.FS.ReadFile("en.toml")
	if err != nil {
		t.Fatal(err)
	}
	var mailed []string // that each mailed notice is among them, core/subjects_test.go asks
	for _, m := range regexp.MustCompile(`(?m)^"notify\.about\.([^"]+)"`).FindAllSubmatch(raw, -1) {
		mailed = append(mailed, string(m[1]))
	}
	if len(mailed) < 30 {
		t.Fatal(mailed)
	}
	args := fault.Args{"Who": "Айжан Сынакова", "Name": "Айжан Сынакова", "Unit": "№ 3 орто мектеп", "Role": "x", "At": start, "On": start, "Since": start, "Until": start}
	for _, l := range words.Languages() {
		for _, key := range mailed {
			got := subject(words.Localizer(l.Tag), queued{Letter: Letter{SubjectKey: about + key, BodyKey: key, Args: args}})
			if got == "" || got == words.Localizer(l.Tag).T("notify.mail.subject") || strings.Contains(got, "Айжан") || strings.Contains(got, "№") {
				t.Errorf("%s: %s: %q", l.Tag, key, got)
			}
		}
		if got := subject(words.Localizer(l.Tag), queued{Letter: Letter{SubjectKey: about + "notify.mail.open"}}); got != words.Localizer(l.Tag).T("notify.mail.subject") {
			t.Errorf("%s: %q", l.Tag, got)
		}
	}
}

// A link in a letter is a key: whoever reads the outbox, or a copy of it, has none, while the
// letter waits and when the server has refused it. Who reads the letter has it.
func TestALinkLiesClosedUntilItLeaves(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := h.ministry(t, "one")
	l := letter("aiperi@mektep.test")
	delete(l.Args, "Key")
	h.queue(t, ctx, l)
	lies := func(when string) {
		t.Helper()
		var row string
		err := dbtest.Super(t, h.db).QueryRow(context.Background(), `SELECT mail_outbox::text FROM mail_outbox WHERE url <> ''`).Scan(&row)
		if err != nil || strings.Contains(row, "s3cret") || strings.Contains(row, "edu.test") {
			t.Errorf("%s: %s, %v", when, row, err)
		}
	}
	lies("while it waits")
	p.Refuse(func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such user"} })
	if _, err := h.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	lies("when it was refused")
	p.Refuse(nil)
	if n, err := h.Again(ctx); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	lies("when it waits again")
	if n, err := h.Deliver(ctx); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	all := p.Letters()
	if _, parts := read(t, all[len(all)-1]); !strings.Contains(parts["text/plain"], l.URL) {
		t.Errorf("the letter has no link: %s", parts["text/plain"])
	}
}
