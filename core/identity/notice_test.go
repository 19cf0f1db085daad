package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// Every word that notices and letters need is there, in every language.
func TestNoticesCanBeReadInEveryLanguage(t *testing.T) {
	w := newWorld(t)
	officer := w.with("district_officer", w.chuy)
	head := w.with("head", w.school)
	p := w.with("teacher", w.school)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE account SET email = login || '@mail.example' WHERE tenant_id = $1 AND login <> '' AND email = ''", tx.Tenant())
		return err
	}))
	w.signIn(p)
	a := w.attempt(p, goodPassword)
	a.Remote = abroad
	get(w.s.Door.SignIn(w.anonymous(), a))
	spec := get(w.s.Appoint(head.ctx, w.appointment("responsible_specialist", w.school)))
	ok(t, w.s.Dismiss(head.ctx, spec.Appointment.UID, End{Order: Order{Number: "1", Date: w.clock.Now()}}))
	n := w.appointment("responsible_specialist", w.school)
	n.Account, n.Person = p.UID, Person{}
	again := get(w.s.Appoint(head.ctx, n))
	ok(t, w.s.Dismiss(head.ctx, again.Appointment.UID, End{Order: Order{Number: "2", Date: w.clock.Now()}}))
	w.pass(24 * time.Hour) // no session is in use any more
	a.UserAgent = "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile"
	get(w.s.Door.SignIn(w.anonymous(), a))
	seen := map[string]bool{}
	for _, who := range []somebody{officer, p} {
		items, _, err := w.inbox.Inbox(who.ctx, "")
		ok(t, err)
		for _, item := range items {
			seen[item.Key] = true
			for _, l := range strict().Languages() {
				if s := strict().Localizer(l.Tag).T(item.Key, item.Args); s == "" {
					t.Errorf("%s %s is empty", l.Tag, item.Key)
				}
			}
		}
	}
	for _, key := range []string{"identity.notice.appointed", "identity.notice.dismissed", "identity.notice.sharing", "identity.notice.new_device", "identity.notice.your_appointment", "identity.notice.your_appointment_ended"} {
		if !seen[key] {
			t.Errorf("nobody was told %s", key)
		}
	}
	// What is about the reader's own account and posts is mailed as well; what is about
	// others is not.
	mailed := map[string]bool{}
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, "SELECT DISTINCT body_key FROM mail_outbox WHERE tenant_id = $1", tx.Tenant())
		if err != nil {
			return err
		}
		keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, k := range keys {
			mailed[k] = true
		}
		return err
	}))
	for _, key := range []string{"sharing", "new_device", "your_appointment", "your_appointment_ended"} {
		if !mailed["identity.notice."+key] {
			t.Errorf("nobody was written to: %s", key)
		}
	}
	for _, key := range []string{"appointed", "dismissed"} {
		if mailed["identity.notice."+key] {
			t.Errorf("officers are written to of every post below them: %s", key)
		}
	}
	for _, l := range strict().Languages() {
		for _, kind := range Identifications {
			strict().Localizer(l.Tag).T("identity.document." + kind)
		}
		for _, letter := range []string{"invite", "reset"} {
			for _, part := range []string{"subject", "body", "button"} {
				strict().Localizer(l.Tag).T("identity.mail."+letter+"."+part, fault.Args{"Name": "A", "Until": w.clock.Now(), "Inviter": "B", "Posts": fault.List{"C"}})
			}
		}
	}
}

// The notice of an appointment names the order with its day, and where there is none it speaks
// of none, in no language.
func TestKGER6d_NoticesSpeakOfNoOrderThatIsNone(t *testing.T) {
	w := newWorld(t)
	officer, head := w.with("district_officer", w.chuy), w.with("head", w.school)
	ok(t, w.inbox.MarkRead(officer.ctx))
	ordered := get(w.s.Appoint(head.ctx, w.appointment("responsible_specialist", w.school)))
	plain := w.with("responsible_specialist", w.school) // brought over by the installation, without an order
	items, _, err := w.inbox.Inbox(officer.ctx, "")
	ok(t, err)
	said := map[string]notify.Item{}
	for _, i := range items {
		if !i.Read {
			said[i.Link] = i
		}
	}
	if len(said) != 2 {
		t.Fatalf("the district was told %d times: %+v", len(said), said)
	}
	words := map[string]string{"tr": "onay", "ky": "буйрук", "ru": "приказ", "en": "order"}
	for _, l := range strict().Languages() {
		text := func(link string) string {
			i := said[link]
			return strings.ToLower(strict().Localizer(l.Tag).T(i.Key, i.Args))
		}
		if got := text("/people/" + ordered.Account.UID); !strings.Contains(got, "17-к") || !strings.Contains(got, words[l.Tag]) {
			t.Errorf("%s: of whom an order appointed: %s", l.Tag, got)
		} else if day := strict().Localizer(l.Tag).Value(w.appointment("responsible_specialist", w.school).Order.Date); !strings.Contains(got, strings.ToLower(day)) {
			t.Errorf("%s: the order's day %s does not stand in: %s", l.Tag, day, got)
		}
		if got := text("/people/" + plain.UID); got == "" || strings.Contains(got, words[l.Tag]) || strings.Contains(got, "<nil>") {
			t.Errorf("%s: of whom no order appointed: %s", l.Tag, got)
		}
	}
}
