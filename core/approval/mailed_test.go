package approval_test

import (
	"context"
	"testing"
)

// Who decides a request, and who asked for it, read of it by mail as well: neither looks at
// a screen every day.
func TestARequestIsMailedToWhoDecidesAndItsEndToWhoAsked(t *testing.T) {
	for end, decide := range map[string]func(w *world, by context.Context, uid string) error{
		"approval.notice.approved": func(w *world, by context.Context, uid string) error {
			_, err := w.Agree(by, uid)
			return err
		},
		"approval.notice.rejected": func(w *world, by context.Context, uid string) error { return w.Approvals.Reject(by, uid, "no") },
	} {
		t.Run(end, func(t *testing.T) {
			w := newWorld(t, "tr", "ilkokul")
			first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
			letters := func(key string) int {
				t.Helper()
				return w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = '" + key + "'")
			}
			r := w.ask(first.Ctx, "red")
			if waiting, ended := letters("approval.notice.waiting"), letters(end); waiting != 1 || ended != 0 {
				t.Errorf("%d letters to who can decide, %d of an end before there is one", waiting, ended)
			}
			if err := decide(w, second.Ctx, r.UID); err != nil {
				t.Fatal(err)
			}
			if n := letters(end); n != 1 {
				t.Errorf("%d letters to who asked", n)
			}
		})
	}
}
