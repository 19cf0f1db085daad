package identity_test

import (
	"maps"
	"slices"
	"testing"

	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Whatever is done to somebody's account leaves an entry of the trail that says to whose: the
// acts are those that the code has.
func TestTheTrailSaysToWhomAnActWasDone(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(acts)) {
		t.Run(name, func(t *testing.T) {
			h := holder{World: webtest.New(t, "kg", "secondary_school")}
			h.by, h.whom = h.With("special_administrator", h.Root), h.With("district_officer", h.Here)
			out := webtest.Must(h.Identity.Appoint(h.Ctx, identity.NewAppointment{Person: identity.Person{Family: "Чакырылган", Given: "Адам"}, Role: "district_officer", Unit: h.There}))
			h.invited = out.Account.UID
			uid := h.whom.UID
			switch name {
			case "Reinvite", "CancelInvitation":
				uid = h.invited
			case "Unblock":
				if err := h.Identity.Block(h.by.Ctx, uid, "x"); err != nil {
					t.Fatal(err)
				}
			case "RevokeSessions":
				exec(h.World, `INSERT INTO session (tenant_id, uid, account_id, hash, second_factor, shared, idle, remote, created_at, seen_at, expires_at)
					VALUES ($1, 'one', $2, 'x', false, false, 30, '', $3::timestamptz, $3, $3::timestamptz + interval '1 hour')`, h.whom.ID, h.Clock.Now())
			}
			last := number(h.World, "SELECT coalesce(max(id), 0) FROM audit_entry WHERE tenant_id = $1")
			if err := acts[name](h, h.by.Ctx); err != nil {
				t.Fatal(err)
			}
			said := number(h.World, `SELECT count(*) FROM audit_entry e WHERE e.tenant_id = $1 AND e.id > $2 AND e.account_uid = $3 AND e.action <> 'view' AND (e.target_uid IN ($4, $5)
				OR EXISTS (SELECT FROM change_value v WHERE v.tenant_id = e.tenant_id AND v.entry_id = e.id AND v.new::text = to_json($4::text)::text))`,
				last, h.by.UID, uid, h.whom.Appointment.UID)
			if said == 0 {
				t.Error("the trail does not say whose account it was")
			}
		})
	}
}
