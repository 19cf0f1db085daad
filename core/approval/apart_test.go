package approval_test

import (
	"context"
	"testing"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door/doortest"
	"mektep/core/web/webtest"
)

// Who could not agree, for an operator whose mailbox is theirs has a hand on the asker, is
// neither told to decide first nor told that something waits for them.
func TestTRIC1_WhomAnOperatorBarsIsNotSentToDecide(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second, third := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	operators := webtest.Must(identity.NewOperators(identity.OperatorsConfig{DB: w.DB, Clock: w.Clock, Secrets: [][]byte{[]byte("an installation's secret of tests")}, Hashing: doortest.Hashing()}))
	o, _, err := operators.Create(caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "")), "Operator", "both@mail.example", "en")
	if err != nil {
		t.Fatal(err)
	}
	w.tx("INSERT INTO account_hand (tenant_id, account_id, by_operator, what, at) VALUES ($1, $2, $3, 'shown', now())", first.ID, o.UID)
	w.tx("UPDATE account SET email = 'both@mail.example' WHERE tenant_id = $1 AND id = $2", second.ID)
	ask := func(p *webtest.Person, colour string) error {
		return w.Gate.Unit(p.Ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Approvals.Ask(ctx, tx, approval.Ask{
				Kind: kind, Payload: colour, Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path, Subject: "the wall",
			})
			return err
		})
	}
	if err := ask(first, "red"); err != nil {
		t.Fatal(err)
	}
	for p, next := range map[*webtest.Person]string{first: "approval.next.waits", second: "approval.next.decided_first", third: "approval.next.decide_first"} {
		if f := faulttest.Of(t, ask(p, "blue")); f.Kind != fault.Conflict || f.Next == nil || f.Next.Key != next {
			t.Errorf("%+v, next %+v, not %s", f, f.Next, next)
		}
	}
	for p, waits := range map[*webtest.Person]int{second: 0, third: 1} {
		items, _, err := w.Notify.Inbox(p.Ctx, "")
		if err != nil || len(items) != waits {
			t.Errorf("%d notices, not %d: %v", len(items), waits, err)
		}
	}
}
