package identity

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"mektep/core/notify"
	"mektep/core/notify/peer"
)

// What others do to an operator's keys is told to them, at their address and at once; the
// letter carries no link, and that it could not be sent stands in the platform's trail
// (TR-IC-1). Without an address nobody could be told: there is none where there is mail.
func TestTRIC1_OperatorsAreToldWhatOthersDoToTheirKeys(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	post := get(peer.Start(peer.Config{}))
	t.Cleanup(post.Close)
	letters := get(notify.New(w.db, notify.Config{Ended: o.Told, Locales: strict(), Clock: w.clock, SMTP: notify.SMTP{Host: "127.0.0.1", Port: post.Port(), Security: notify.NoTLS, From: "no-reply@mail.example"}}))
	o.Write(letters)
	for _, address := range []string{"", " ", "\n\r"} {
		_, _, err := o.Create(command, "Nobody", address, "en")
		wantsField(t, err, "email", "field.required")
	}
	one, _, err := o.Create(command, "Айбек", "one@mektep.example", "ky")
	ok(t, err)
	told := func(n int, words string) {
		t.Helper()
		_, err := letters.Deliver(command)
		ok(t, err)
		all := post.Letters()
		if len(all) != n {
			t.Fatalf("%d letters, want %d", len(all), n)
		}
		text := plain(t, all[n-1])
		if all[n-1].To != "one@mektep.example" || !strings.Contains(text, words) || strings.Contains(text, operatorLink) {
			t.Errorf("%v: %s", all[n-1].To, text)
		}
	}
	told(1, "Айбек")
	k, err := o.Relink(command, one.UID)
	ok(t, err)
	told(2, "эки баскычтуу")
	if strings.Contains(plain(t, post.Letters()[1]), k.Path) {
		t.Error("the letter carries the link")
	}
	ok(t, o.Block(command, one.UID))
	told(3, "бөгөттөлдү")

	// A server that is away for a while only delays a letter.
	post.Refuse(func(string) error { return &smtp.SMTPError{Code: 451, Message: "later"} })
	_, _, err = o.Create(command, "One and a half", "half@mektep.example", "en")
	ok(t, err)
	_, err = letters.Deliver(command)
	ok(t, err)
	post.Refuse(nil)
	told(3, "бөгөттөлдү") // not before its pause is over
	w.pass(time.Minute)
	_, err = letters.Deliver(command)
	ok(t, err)
	if n := len(post.Letters()); n != 4 {
		t.Errorf("%d letters after the pause", n)
	}
	// A server that takes nothing undoes nothing, and is written down.
	post.Refuse(func(string) error { return &smtp.SMTPError{Code: 550, Message: "no"} })
	two, _, err := o.Create(command, "Two", "two@mektep.example", "en")
	ok(t, err)
	_, err = letters.Deliver(command)
	ok(t, err)
	i := slices.IndexFunc(get(o.Acts(command, 0)), func(a Act) bool { return a.Action == "tell" && a.Target == two.UID })
	if acts := get(o.Acts(command, 0)); i < 0 || acts[i].Outcome != "deny" || acts[i].Reason != "notify.letter.refused" {
		t.Errorf("%d %+v", i, acts)
	}
	// Without mail an address is not asked for, and nobody is written to.
	o.Write(nil)
	_, _, err = o.Create(command, "Three", "", "en")
	ok(t, err)
	if n := len(post.Letters()); n != 4 {
		t.Errorf("%d letters", n)
	}
}

// plain is the text of a letter.
func plain(t *testing.T, l peer.Letter) string {
	t.Helper()
	m := get(mail.ReadMessage(bytes.NewReader(l.Raw)))
	_, with, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	ok(t, err)
	part := get(multipart.NewReader(m.Body, with["boundary"]).NextPart())
	return string(get(io.ReadAll(part)))
}
