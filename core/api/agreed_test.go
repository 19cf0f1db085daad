package api_test

import (
	"context"
	"testing"

	"mektep/core/api"
	"mektep/core/db"
	"mektep/core/identity"
)

// Whoever agrees by the API to the stop of a post, when the person's other posts have ended,
// is answered with a conflict that says what next, and no account is blocked for it.
func TestTRIC1_ByTheAPITooNoMoreIsStoppedThanWasShown(t *testing.T) {
	w := built(t, true)
	kg := w.ministries["kg"]
	second, school := kg.as("tenant_admin", kg.root), kg.school(kg.here).Unit
	head, who := kg.as("head", school), kg.holder(true)
	must(t, w.db.Tenant(kg.ctx, func(ctx context.Context, tx *db.Tx) error { // who asks has signed in
		_, err := tx.PGX().Exec(ctx, "UPDATE account SET state = 'active', login = 'head', password_hash = 'x', totp_sealed = '\\x00', totp_at = now() WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), w.tokens[head].AccountUID)
		return err
	}))
	uid := who.Account.UID
	must(t, w.people.Dismiss(kg.ctx, who.Appointment.UID, identity.End{})) // a special administrator may be a teacher too, an auditor may not
	for role, u := range map[string]string{"special_administrator": kg.root.UID, "teacher": school.UID} {
		at := kg.root
		if u == school.UID {
			at = school
		}
		a, err := w.people.Appoint(kg.ctx, identity.NewAppointment{Account: uid, Role: role, Unit: at})
		must(t, err)
		if role == "special_administrator" {
			who.Appointment = a.Appointment
		}
	}
	var out struct{ Waiting api.Approval }
	kg.ask("POST", "/api/v1/accounts/"+uid+"/block", head, map[string]any{"note": "left"}).is(202).into(&out)
	must(t, w.people.Dismiss(kg.ctx, who.Appointment.UID, identity.End{}))
	p := kg.approve(out.Waiting.UID, second).problem(409)
	if p.Next == nil {
		t.Errorf("%+v", p)
	}
	a, err := w.people.Person(kg.ctx, uid)
	must(t, err)
	if a.State != identity.Active {
		t.Errorf("the account is %s", a.State)
	}
	kg.ask("POST", "/api/v1/approvals/"+out.Waiting.UID+"/reject", second, map[string]any{"note": "changed"}).is(204)
}
