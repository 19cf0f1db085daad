package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/api"
	"mektep/core/identity"
	"mektep/core/unit"
)

// appointment is one that fits the rules.
func appointment(role string, u unit.Unit) map[string]any {
	return map[string]any{
		"person": map[string]any{"family": "Sydykov", "given": "Bakyt"}, "role": role, "unit": u.UID,
		"order": map[string]any{"number": "17-к", "date": "2026-02-27"}, "identified_by": "passport",
	}
}

func TestKGER6b_ASpecialAdministratorAppointsADistrictOfficerWhoSignsFirst(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	special := kg.as("special_administrator", kg.root)
	var roles struct{ Items []struct{ Role string } }
	kg.ask("GET", "/api/v1/units/"+kg.here.UID+"/grantable-roles", special, nil).is(200).into(&roles)
	if !slices.ContainsFunc(roles.Items, func(r struct{ Role string }) bool { return r.Role == "district_officer" }) {
		t.Fatalf("%+v", roles)
	}
	var out api.Appointed
	a := kg.ask("POST", "/api/v1/appointments", special, appointment("district_officer", kg.here), "Idempotency-Key", "appoint-once").is(201).into(&out)
	if out.Invitation == nil || out.Invitation.Path == "" || out.Account.State != "invited" || out.Appointment.Order.Number != "17-к" || out.Appointment.Unit.UID != kg.here.UID {
		t.Fatalf("%s", a.body)
	}
	again := kg.ask("POST", "/api/v1/appointments", special, appointment("district_officer", kg.here), "Idempotency-Key", "appoint-once").is(201)
	if string(again.body) != string(a.body) || again.header.Get("Location") != a.header.Get("Location") {
		t.Fatalf("the one-time link was lost with the answer: %s", again.body)
	}

	p := kg.ask("POST", "/api/v1/appointments", special, map[string]any{"person": map[string]any{"family": "X"}, "role": "district_officer", "unit": kg.here.UID}).problem(422)
	if got := (problemOf{p}).keys(); !slices.Contains(got, "order.number identity.order_required") || !slices.Contains(got, "identified_by identity.identification_required") {
		t.Fatalf("%q", got)
	}
	officer := kg.newcomer("district_officer", kg.here)
	if p := kg.ask("POST", "/api/v1/appointments", officer, appointment("special_administrator", kg.root)).problem(403); p.Rule == "" && p.Check == "" {
		t.Fatalf("%+v", p)
	}
	kg.signs(officer)
}

// signs: a district officer may do nothing before the undertaking is signed.
func (m *ministry) signs(officer string) {
	m.t.Helper()
	school := m.school(m.here)
	p := m.ask("GET", "/api/v1/institutions/"+school.UID, officer, nil).problem(403)
	if p.Check != "undertaking" || p.Rule != "KG-ER-7a" || p.Next == nil {
		m.t.Fatalf("%+v", p)
	}
	var list struct {
		Pending []api.Undertaking
		Signed  []api.Signed
	}
	m.ask("GET", "/api/v1/undertakings", officer, nil).is(200).into(&list)
	if len(list.Pending) != 1 || len(list.Signed) != 0 || list.Pending[0].Wording["ky"] == "" {
		m.t.Fatalf("%+v", list)
	}
	path := "/api/v1/undertakings/" + list.Pending[0].ID + "/signature"
	if p := m.ask("POST", path, officer, `{"name": "Somebody Else", "agreed": false, "shown": "another"}`).problem(422); len(p.Errors) != 2 {
		m.t.Fatalf("%+v", p)
	}
	m.ask("POST", "/api/v1/undertakings/nothing/signature", officer, `{"name": "x", "agreed": true, "shown": "x"}`).problem(404)
	var signed api.Signed
	for _, unread := range []any{"", "of another wording", nil} { // KG-ER-7a: signed is what was read
		body := map[string]any{"name": m.tokens[officer].Name, "agreed": true, "language": "ky"}
		if unread != nil {
			body["shown"] = unread
		}
		m.ask("POST", path, officer, body).problem(422)
	}
	m.ask("POST", path, officer, map[string]any{
		"name": m.tokens[officer].Name, "agreed": true, "language": "ky", "shown": list.Pending[0].Digests["ky"],
	}).is(201).into(&signed)
	if signed.Language != "ky" || signed.Wording == "" || !strings.Contains(signed.Position, m.here.Name["ky"]) {
		m.t.Fatalf("%+v", signed)
	}
	m.ask("GET", "/api/v1/institutions/"+school.UID, officer, nil).is(200)
}

func TestKGER6c_AccountsAreFoundBlockedAndOpenedBySuperiors(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	special := kg.as("special_administrator", kg.root)
	officer := kg.as("district_officer", kg.here)
	teacher := kg.as("teacher", kg.school(kg.there).Unit)
	uid := kg.tokens[officer].AccountUID

	var found struct {
		Items []api.AccountItem
		Next  string
	}
	kg.ask("POST", "/api/v1/accounts/search", special, map[string]any{"role": "district_officer", "unit": kg.here.UID}).is(200).into(&found)
	if len(found.Items) != 1 || found.Items[0].UID != uid || len(found.Items[0].Posts) != 1 || found.Items[0].Posts[0].Unit.UID != kg.here.UID {
		t.Fatalf("%+v", found)
	}
	if kg.ask("POST", "/api/v1/accounts/search", special, `{"limit": 1}`).is(200).into(&found); len(found.Items) != 1 || found.Next == "" {
		t.Fatalf("%+v", found)
	}
	kg.ask("POST", "/api/v1/accounts/search", special, map[string]any{"after": found.Next, "limit": 1}).is(200)
	kg.ask("POST", "/api/v1/accounts/search", special, `{"unit": "x"}`).problem(422)
	if kg.ask("POST", "/api/v1/accounts/search", teacher, `{}`).is(200).into(&found); len(found.Items) != 1 || found.Items[0].UID != kg.tokens[teacher].AccountUID {
		t.Fatalf("a teacher sees more than themself: %+v", found)
	}
	var d api.AccountDetail
	a := kg.ask("GET", "/api/v1/accounts/"+uid, special, nil).is(200).into(&d)
	if len(d.Appointments) != 1 || d.Invitation == nil || d.Invitation.Path != "" || a.header.Get("ETag") == "" {
		t.Fatalf("%+v", d)
	}
	kg.ask("GET", "/api/v1/accounts/"+uid, teacher, nil).problem(403)
	kg.ask("GET", "/api/v1/accounts/nobodyknowsthis_", special, nil).problem(404)

	correct := map[string]any{"family": "Osmonov", "given": "Asan"}
	kg.ask("PATCH", "/api/v1/accounts/"+uid, special, correct).problem(428)
	kg.ask("PATCH", "/api/v1/accounts/"+uid, special, correct, "If-Match", `"99"`).problem(412)
	kg.ask("PATCH", "/api/v1/accounts/"+uid, teacher, correct, "If-Match", a.header.Get("ETag")).problem(403)
	if kg.ask("PATCH", "/api/v1/accounts/"+uid, special, correct, "If-Match", a.header.Get("ETag")).is(200).into(&d); d.Family != "Osmonov" {
		t.Fatalf("%+v", d)
	}
	var inv api.Invitation
	if kg.ask("POST", "/api/v1/accounts/"+uid+"/invitation", special, nil).is(201).into(&inv); inv.Path == "" {
		t.Fatalf("%+v", inv)
	}
	kg.ask("POST", "/api/v1/accounts/"+uid+"/invitation", teacher, nil).problem(403)
	kg.ask("POST", "/api/v1/accounts/"+uid+"/reset-code", special, `{"identified_by": "passport"}`).problem(409) // nothing to reset yet
	kg.ask("POST", "/api/v1/accounts/"+uid+"/reset-code", teacher, `{"identified_by": "passport"}`).problem(403)
	kg.ask("DELETE", "/api/v1/accounts/"+uid+"/invitation", teacher, nil).problem(403)
	kg.ask("DELETE", "/api/v1/accounts/"+uid+"/invitation", special, nil).is(204)
	kg.ask("DELETE", "/api/v1/accounts/"+uid+"/sessions", special, nil).is(204)
	kg.ask("DELETE", "/api/v1/accounts/"+uid+"/sessions", teacher, nil).problem(403)

	kg.ask("POST", "/api/v1/accounts/"+uid+"/block", teacher, `{"note": "no"}`).problem(403)
	kg.ask("POST", "/api/v1/accounts/"+uid+"/block", special, `{"note": " "}`).problem(422)
	kg.ask("POST", "/api/v1/accounts/"+uid+"/block", special, `{"note": "shared their password"}`).is(200).into(&d)
	if d.State != "blocked" {
		t.Errorf("the answer says %q", d.State)
	}
	if kg.ask("GET", "/api/v1/accounts/"+uid, special, nil).is(200).into(&d); d.State != "blocked" || d.BlockedWhy != "decision" {
		t.Fatalf("%+v", d)
	}
	kg.ask("POST", "/api/v1/accounts/"+uid+"/unblock", teacher, nil).problem(403)
	kg.ask("POST", "/api/v1/accounts/"+uid+"/unblock", special, nil).is(204)
	kg.ask("POST", "/api/v1/accounts/"+uid+"/unblock", special, nil).problem(409)
	kg.ask("POST", "/api/v1/accounts/"+kg.tokens[special].AccountUID+"/block", special, `{"note": "myself"}`).problem(403)
}

// Who may act on an account for the sake of a post to come finds it.
func TestKGER6c_TheHolderOfAPostToComeIsFoundByWhoseItIsThen(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	leaves, comes := kg.as("district_officer", kg.here), kg.as("district_officer", kg.there)
	school := kg.school(kg.here)
	turn := on.AddDate(0, 0, 22).Truncate(24 * time.Hour)
	if err := kg.tree.Move(kg.ctx, school.Unit, kg.there, turn, "1"); err != nil {
		t.Fatal(err)
	}
	given, err := kg.people.Appoint(kg.ctx, identity.NewAppointment{Person: identity.Person{Family: "Кыдыргычев", Given: "Алмаз"}, Role: "head", Unit: school.Unit, Since: turn})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []map[string]any{{"words": "Кыдыргычев"}, {"unit": school.UID}, {"unit": kg.there.UID}} {
		var found struct{ Items []api.AccountItem }
		kg.ask("POST", "/api/v1/accounts/search", comes, body).is(200).into(&found)
		if !slices.ContainsFunc(found.Items, func(it api.AccountItem) bool { return it.UID == given.Account.UID && len(it.Posts) == 1 }) {
			t.Errorf("%v: %+v", body, found)
		}
	}
	kg.ask("POST", "/api/v1/accounts/"+given.Account.UID+"/invitation", comes, nil).is(201)
	kg.ask("POST", "/api/v1/accounts/"+given.Account.UID+"/invitation", leaves, nil).problem(403)
}

func TestKGER6d_AnAppointmentIsEndedBySuperiors(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	special := kg.as("special_administrator", kg.root)
	officer := kg.as("district_officer", kg.here)
	teacher := kg.as("teacher", kg.school(kg.there).Unit)
	var d api.AccountDetail
	kg.ask("GET", "/api/v1/accounts/"+kg.tokens[officer].AccountUID, special, nil).is(200).into(&d)
	path := "/api/v1/appointments/" + d.Appointments[0].UID + "/dismissal"
	end := map[string]any{"order": map[string]any{"number": "18-к", "date": "2026-03-01"}, "note": "moved on"}
	kg.ask("POST", path, teacher, end).problem(403)
	kg.ask("POST", path, special, `{"on": "2026-02-30"}`).problem(422)
	kg.ask("POST", path, special, end).is(204)
	kg.ask("POST", path, special, end).problem(409)
	if kg.ask("GET", "/api/v1/accounts/"+kg.tokens[officer].AccountUID, special, nil).is(200).into(&d); d.Appointments[0].Until != "2026-03-02" || d.Appointments[0].EndOrder.Number != "18-к" || d.State != "blocked" {
		t.Fatalf("%+v", d)
	}
}

func TestNoticesAreReadByWhomTheyAreFor(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	special := kg.as("special_administrator", kg.root)
	region := kg.as("district_officer", kg.here)
	// A head's appointment is told to the district.
	kg.ask("POST", "/api/v1/appointments", special, appointment("head", kg.school(kg.here).Unit)).is(201)
	var box struct {
		Items  []api.Notice
		Unread int
	}
	kg.ask("GET", "/api/v1/inbox", region, nil, "Accept-Language", "ru").is(200).into(&box)
	if len(box.Items) == 0 || box.Unread != len(box.Items) || box.Items[0].Text == "" || box.Items[0].Read {
		t.Fatalf("%+v", box)
	}
	kg.ask("POST", "/api/v1/inbox/read", region, map[string]any{"uids": []string{box.Items[0].UID}}).is(204)
	if kg.ask("GET", "/api/v1/inbox", region, nil).is(200).into(&box); !box.Items[0].Read {
		t.Fatalf("%+v", box)
	}
	kg.ask("POST", "/api/v1/inbox/read", region, `{}`).is(204)
	if kg.ask("GET", "/api/v1/inbox", region, nil).is(200).into(&box); box.Unread != 0 {
		t.Fatalf("%+v", box)
	}
	kg.ask("GET", "/api/v1/inbox?after=!", region, nil).problem(422)
}

func TestApprovalsAreListedToWhoDecides(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin, teacher := kg.as("tenant_admin", kg.root), kg.as("teacher", kg.school(kg.here).Unit)
	var list struct{ Items []api.Approval }
	kg.ask("GET", "/api/v1/approvals", admin, nil).is(200).into(&list)
	kg.ask("POST", "/api/v1/approvals/nobodyknowsthis_/approve", admin, map[string]any{"read": "0"}).problem(404)
	for _, c := range [][2]string{{"GET", ""}, {"POST", "/nobodyknowsthis_/approve"}} {
		if a := kg.ask(c[0], "/api/v1/approvals"+c[1], teacher, map[string]any{"read": "0"}); a.status != 200 && a.status != 403 && a.status != 404 {
			t.Errorf("%v: %d %s", c, a.status, a.body)
		}
	}
}

// What the caller may not see of somebody is left out, and not given as "no" or as nothing.
func TestWhatIsConcealedOfSomebodyIsLeftOut(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	u, err := w.tree.Get(kg.ctx, school.UID)
	must(t, err)
	uid := kg.tokens[kg.as("district_officer", kg.there)].AccountUID
	_, err = kg.people.Appoint(kg.ctx, identity.NewAppointment{Account: uid, Role: "teacher", Unit: u})
	must(t, err)
	for who, sees := range map[string]bool{kg.as("head", u): false, kg.as("special_administrator", kg.root): true} {
		said := map[string]any{}
		kg.ask("GET", "/api/v1/accounts/"+uid, who, nil).is(200).into(&said)
		if _, ok := said["second_factor"]; ok != sees || said["family"] == nil || said["created"] == nil {
			t.Errorf("%v: %v", sees, said)
		}
		var list struct{ Items []map[string]any }
		kg.ask("POST", "/api/v1/accounts/search", who, map[string]any{"role": "teacher"}).is(200).into(&list)
		for _, it := range list.Items {
			if _, ok := it["second_factor"]; it["uid"] == uid && ok != sees {
				t.Errorf("%v, in a list: %v", sees, it)
			}
		}
		if len(list.Items) == 0 {
			t.Errorf("%v: nobody is listed", sees)
		}
	}
}

func TestKGER6c_ASecondHeadIsAskedAbout(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	officer, school := kg.as("district_officer", kg.here), kg.school(kg.here)
	head := kg.tokens[kg.as("head", school.Unit)].AccountUID
	at := unit.Unit{UID: school.UID}
	p := kg.ask("POST", "/api/v1/appointments", officer, appointment("head", at)).problem(422)
	if got := (problemOf{p}).keys(); !slices.Equal(got, []string{"second_holder identity.second_holder"}) || !slices.Equal(p.Errors[0].Accounts, []string{head}) {
		t.Fatalf("%q %+v", got, p.Errors)
	}
	meant := appointment("head", at)
	meant["second_holder"] = true
	for _, read := range []string{"", "1"} { // nobody has said of whom
		meant["read"] = read
		if got := (problemOf{kg.ask("POST", "/api/v1/appointments", officer, meant).problem(422)}).keys(); !slices.Equal(got, []string{"second_holder identity.second_holder"}) {
			t.Errorf("%q: %q", read, got)
		}
	}
	meant["read"] = p.Errors[0].Read
	kg.ask("POST", "/api/v1/appointments", officer, meant).is(201)
}
