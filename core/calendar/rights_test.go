package calendar_test

import (
	"context"
	"slices"
	"testing"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// What was asked for is put in force as the person who asked, by the right they have then:
// whose post with the calendar has ended, though they hold another, asked in vain.
func TestTRIC8_WhoKeepsTheCalendarNoLongerAskedInVain(t *testing.T) {
	w := newOffice(t)
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.next()))
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: w.first.UID, Role: "teacher", Unit: w.School}); err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.Dismiss(w.Ctx, w.first.Appointment.UID, identity.End{}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Agree(w.second.Ctx, r.UID)
	refusal(t, err, fault.Denied, "approval.askers_refusal")
	if w.profile().SchoolYear("2027-2028") != nil {
		t.Error("it is in force")
	}
}

// Ending an extension stands in the trail with the law by which it was ended.
func TestTRIC8_TheEndOfAnExtensionNamesItsLaw(t *testing.T) {
	w := newTold(t)
	given, err := w.Calendar.Extend(w.officer.Ctx, w.extension)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Calendar.Cancel(w.officer.Ctx, given.UID); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"create", "cancel"} {
		var laws []string
		err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
			rows, err := tx.PGX().Query(ctx, "SELECT law FROM audit_entry WHERE tenant_id = $1 AND object = 'extension' AND action = $2 AND target_uid = $3", tx.Tenant(), action, given.UID)
			if err != nil {
				return err
			}
			var law string
			for rows.Next() {
				if err := rows.Scan(&law); err != nil {
					return err
				}
				laws = append(laws, law)
			}
			return rows.Err()
		})
		if err != nil || len(laws) != 1 || slices.Contains(laws, "") {
			t.Errorf("%s: by %q, %v", action, laws, err)
		}
	}
}
