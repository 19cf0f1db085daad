package approval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// tx runs something in the ministry's database.
func (w *world) tx(sql string, args ...any) {
	w.T.Helper()
	if err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, sql, append([]any{tx.Tenant()}, args...)...)
		return err
	}); err != nil {
		w.T.Fatal(err)
	}
}

// An operator who had a key of whom it is done to, or of whom it is asked by, decides
// nothing of it, however long ago; another does.
func TestTRIC1_WhoHadAKeyOfWhomItConcernsIsNoSecondPerson(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	only, whom := w.With("tenant_admin", w.Root), w.With("teacher", w.School)
	for hand, at := range map[string]struct {
		account int64
		want    string
	}{"concerned": {whom.ID, "approval.operators_concerned"}, "asking": {only.ID, "approval.operators_hand"}} {
		w.tx("INSERT INTO account_hand (tenant_id, account_id, by_operator, what, at) VALUES ($1, $2, $3, 'reset', now())", at.account, hand)
		r := w.askAbout(only.Ctx, hand, whom.ID)
		_, err := w.Cosign(w.Ctx, r.UID, hand)
		refused(t, err, fault.Denied, at.want)
		refused(t, w.Approvals.Decline(w.Ctx, r.UID, hand, "no"), fault.Denied, at.want)
		if _, err := w.Cosign(w.Ctx, r.UID, "free"); err != nil {
			t.Errorf("an operator without a hand in it: %v", err)
		}
	}
}

// An offer is its person's to accept: where they can't, no operator does in their place.
func TestTRIC1_AnOfferIsNoOperators(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	only, whom := w.With("tenant_admin", w.Root), w.With("teacher", w.School)
	var r approval.Request
	err := w.Gate.Unit(only.Ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = w.Approvals.Ask(ctx, tx, approval.Ask{
			Kind: kind, Payload: "red", Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path, Concerns: whom.ID, Offer: true,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"active", "blocked"} {
		w.tx("UPDATE account SET state = $3, blocked_why = CASE WHEN $3 = 'blocked' THEN 'decision' ELSE '' END WHERE tenant_id = $1 AND id = $2", whom.ID, state)
		_, err := w.Cosign(w.Ctx, r.UID, "operator")
		refused(t, err, fault.Denied, "approval.ministry_decides")
		refused(t, w.Approvals.Decline(w.Ctx, r.UID, "operator", "no"), fault.Denied, "approval.ministry_decides")
		if list, err := w.Approvals.ForOperator(w.Ctx); err != nil || len(list) != 0 {
			t.Errorf("%s: %v %v", state, list, err)
		}
	}
	if len(w.chosen) != 0 {
		t.Errorf("%v", w.chosen)
	}
}

// Of two who ask for the same at one moment the second waits for the first and is told of
// it: while the first is not written yet, too.
func TestTRIC1_TheSameIsAskedForOnceAtOneMomentToo(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	one, two := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	ask := func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Approvals.Ask(ctx, tx, approval.Ask{
			Kind: kind, Payload: "red", Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path, Subject: "the wall",
		})
		return err
	}
	second := make(chan error, 1)
	err := w.Gate.Unit(one.Ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := ask(ctx, tx); err != nil {
			return err
		}
		go func() { second <- w.Gate.Unit(two.Ctx, ask) }()
		for n := 0; n == 0; time.Sleep(time.Millisecond) {
			select {
			case err := <-second:
				return fmt.Errorf("the second did not wait: %w", err)
			default:
			}
			// PostgreSQL shows a transaction the same activity all along, unless told not to.
			if err := tx.PGX().QueryRow(ctx, `SELECT count(*) FROM pg_stat_clear_snapshot(), pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, <-second, fault.Conflict, "approval.waits_same")
}

// Who asked is named to nobody to whom the request is not shown, by none of the acts on it.
func TestWhoMayNotSeeARequestIsToldNoName(t *testing.T) {
	for _, c := range []struct{ country, typ string }{{"kg", "secondary_school"}, {"tr", "ilkokul"}} {
		w := newWorld(t, c.country, c.typ)
		asker, teacher, other := w.With("tenant_admin", w.Root), w.With("teacher", w.School), w.With("teacher", w.School)
		plain := w.ask(asker.Ctx, "red")
		var offer approval.Request
		if err := w.Gate.Unit(asker.Ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			offer, err = w.Approvals.Ask(ctx, tx, approval.Ask{
				Kind: kind, Payload: "red", Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path, Concerns: other.ID, Offer: true,
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, r := range []approval.Request{plain, offer} {
			_, agreed := w.Agree(teacher.Ctx, r.UID)
			for act, err := range map[string]error{"approve": agreed, "reject": w.Approvals.Reject(teacher.Ctx, r.UID, "no"), "cancel": w.Approvals.Cancel(teacher.Ctx, r.UID)} {
				f := faulttest.Of(t, err)
				if f.Kind != fault.Denied || f.Next == nil {
					t.Errorf("%s %s: %v", c.country, act, err)
				}
				// It is refused by the rule of the act, and not by that of looking.
				if f.Args["action"] == "view" || act == "cancel" && (f.Key != "approval.not_yours_unseen" || f.Next.Key != "approval.next.unseen" || f.Rule == "") {
					t.Errorf("%s %s: %+v %+v", c.country, act, f, f.Next)
				}
				if r.Offer && act != "cancel" && (f.Key != "approval.theirs_to_accept" || f.Next.Key != "approval.next.theirs") {
					t.Errorf("%s %s of an offer: %+v %+v", c.country, act, f, f.Next)
				}
				for _, l := range w.Words.Languages() {
					x := w.Words.Localizer(l.Tag).Fault(f)
					if strings.Contains(x.Reason+x.NextText, asker.Name) || strings.Contains(x.Reason+x.NextText, other.Name) {
						t.Errorf("%s %s: %s %s", c.country, act, x.Reason, x.NextText)
					}
				}
			}
		}
	}
}

// Who asked is told who decided: the person by name, or an operator of the platform.
func TestTRIC1_TheAskerIsToldWhoDecided(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	only := w.With("tenant_admin", w.Root)
	said := func(by string) {
		t.Helper()
		items, _, err := w.Notify.Inbox(only.Ctx, "")
		if err != nil || len(items) == 0 {
			t.Fatalf("%v %v", items, err)
		}
		items[0].Args["What"] = "x" // which it was says another test
		for _, l := range w.Words.Languages() {
			x := w.Words.Localizer(l.Tag)
			who := by
			if who == "" {
				who = x.T("approval.operator_hand")
			}
			if text := x.T(items[0].Key, items[0].Args); !strings.Contains(text, who) {
				t.Errorf("%s: %q does not name %q", l.Tag, text, who)
			}
		}
	}
	if err := w.Approvals.Decline(w.Ctx, w.ask(only.Ctx, "red").UID, "operator", "no"); err != nil {
		t.Fatal(err)
	}
	said("")
	if _, err := w.Cosign(w.Ctx, w.ask(only.Ctx, "green").UID, "operator"); err != nil {
		t.Fatal(err)
	}
	said("")
	r := w.ask(only.Ctx, "blue")
	second := w.With("tenant_admin", w.Root)
	if err := w.Approvals.Reject(second.Ctx, r.UID, "no"); err != nil {
		t.Fatal(err)
	}
	said(second.Name)
}
