package notify

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"mektep/core/db"
)

// to lists the letters of an account.
func (h *house) to(t *testing.T, ctx context.Context, account int64) (list []Sent) {
	t.Helper()
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = h.LettersTo(ctx, tx, account, 9)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func toAiperi() Letter {
	l := letter("aiperi@mektep.test")
	l.Account = 7
	return l
}

// A letter is sent when the server has taken it. Who had it written hears when it does
// not arrive, once, with the server's words as far as they name nobody; and it can be sent
// again, until it is over.
func TestALetterIsSentWhenTheServerHasTakenIt(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	h.cfg.Recipients = func(context.Context, *db.Tx, []int64) ([]Recipient, error) {
		return []Recipient{{Account: 7, Name: "Айпери", Screen: "/people/aiperi"}}, nil
	}
	ctx := h.ministry(t, "one")
	by := as(ctx, 8)
	p.Refuse(func(string) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<aiperi@mektep.test>: no mailbox Aiperi here, see https://help.test/7 [10.1.2.3] q4Xy71abcdefgh"}
	})
	for range 2 {
		h.queue(t, by, toAiperi())
	}
	if l := h.to(t, ctx, 7); len(l) != 2 || l[0].State != Waiting || l[0].Answer != "" {
		t.Fatalf("before it is tried: %+v", l)
	}
	if _, err := h.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	l := h.to(t, ctx, 7)
	if l[0].State != Refused || l[0].Code != 550 || !strings.Contains(l[0].Answer, "no mailbox") {
		t.Errorf("%+v", l[0])
	}
	for _, x := range []string{"aiperi", "mektep.test", "help.test", "10.1.2.3", "q4Xy71"} {
		if strings.Contains(strings.ToLower(l[0].Answer), strings.ToLower(x)) {
			t.Errorf("the answer kept %s: %s", x, l[0].Answer)
		}
	}
	items, _, err := h.Inbox(by, "")
	if err != nil || len(items) != 1 || items[0].Key != "notify.notice.refused" || items[0].Link != "/people/aiperi" || items[0].Args["Name"] != "Айпери" {
		t.Errorf("who had it written was told %+v, %v", items, err)
	}
	if items, _, _ := h.Inbox(as(ctx, 9), ""); len(items) != 0 {
		t.Errorf("others were told too: %+v", items)
	}

	p.Refuse(nil)
	if n, err := h.Again(ctx); err != nil || n != 2 {
		t.Fatalf("%d again, %v", n, err)
	}
	if n, err := h.Deliver(ctx); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	if l := h.to(t, ctx, 7); l[0].State != Taken || l[0].Answer != "" {
		t.Errorf("%+v", l[0])
	}
	if n, err := h.Again(ctx); err != nil || n != 0 {
		t.Errorf("what has left is sent again: %d, %v", n, err)
	}
}

// What waits too long is given up and said; what failed is not sent again once what it
// carries is no longer good, nor what was taken back.
func TestWhatIsOverOrVoidIsNotSent(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	h.cfg.Recipients = func(context.Context, *db.Tx, []int64) ([]Recipient, error) {
		return []Recipient{{Account: 7, Name: "Айпери", Screen: "/people/aiperi"}}, nil
	}
	ctx := h.ministry(t, "one")
	p.Refuse(func(string) error { return &smtp.SMTPError{Code: 451, Message: "later"} })
	late := toAiperi()
	late.Expires = start.Add(30 * time.Second)
	h.queue(t, as(ctx, 8), late)
	void := toAiperi()
	void.SubjectKey = "notify.mail.open"
	h.queue(t, as(ctx, 8), void)
	if _, err := h.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return h.Withdraw(ctx, tx, 7, "notify.mail.open") })
	if err != nil {
		t.Fatal(err)
	}
	p.Refuse(nil)
	h.clock.Set(start.Add(time.Hour))
	if n, err := h.Deliver(ctx); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
	for _, l := range h.to(t, ctx, 7) {
		if l.State != Over {
			t.Errorf("%+v", l)
		}
	}
	if items, _, _ := h.Inbox(as(ctx, 8), ""); len(items) != 1 || items[0].Key != "notify.notice.over" {
		t.Errorf("%+v", items)
	}
	p.Refuse(func(string) error { return &smtp.SMTPError{Code: 550, Message: "never"} })
	h.queue(t, ctx, toAiperi())
	_, _ = h.Deliver(ctx)
	if n, _ := h.Outbox(ctx); n.Refused != 1 || n.Again != 1 {
		t.Errorf("%+v", n)
	}
	h.clock.Set(start.Add(time.Hour + keptFailed))
	_, _ = h.Deliver(ctx)
	if n, _ := h.Outbox(ctx); n.Refused != 1 || n.Again != 0 {
		t.Errorf("after a fortnight: %+v", n)
	}
	if n, err := h.Again(ctx); err != nil || n != 0 {
		t.Errorf("%d again, %v", n, err)
	}
}

// The platform's own letters wait in an outbox of their own.
func TestThePlatformsLettersWaitLikeOthers(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	ctx := context.Background()
	if err := h.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error { return h.Mail(ctx, tx, letter("op@mektep.test")) }); err != nil {
		t.Fatal(err)
	}
	other := h.ministry(t, "one")
	if n, err := h.Deliver(other); err != nil || n != 0 {
		t.Errorf("a ministry sent it: %d, %v", n, err)
	}
	if n, err := h.Deliver(ctx); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if err := h.Purge(ctx, start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
}

// A letter says whose it is: whom to ask, the address that stays, where answers go, and
// it is dark where the reader's screen is.
func TestALetterSaysWhomToAsk(t *testing.T) {
	p := serve(t, NoTLS)
	h := mailing(t, p, NoTLS)
	h.cfg.Head = func(context.Context, string) Head {
		return Head{Name: "Ministry", Address: "https://kg.edu.test", Help: "Support, 147", ReplyTo: "help@edu.test"}
	}
	h.cfg.Language = func(context.Context) string { return "ky" }
	ctx := h.ministry(t, "one")
	l := letter("op@mektep.test")
	l.Language = ""
	h.queue(t, ctx, l)
	if _, err := h.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	hd, parts := read(t, p.Letters()[0])
	if hd.Get("Reply-To") != "<help@edu.test>" || hd.Get("Content-Language") != "ky" {
		t.Errorf("%s, %s", hd.Get("Reply-To"), hd.Get("Content-Language"))
	}
	for media, text := range parts {
		for _, want := range []string{"Support, 147", "https://kg.edu.test", "help@edu.test"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %s: %s", media, want, text)
			}
		}
	}
	if !strings.Contains(parts["text/html"], "prefers-color-scheme: dark") {
		t.Error("no dark variant")
	}
}
