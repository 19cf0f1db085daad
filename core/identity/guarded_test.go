package identity_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// holder is somebody with a guarded role, and what it takes to do something to them.
type holder struct {
	*webtest.World
	by, whom *webtest.Person
	invited  string // public id of one who holds it and has not accepted yet
}

// acts are the service's methods that do something to somebody else's account, each
// with a way to call it on a holder of a guarded role.
var acts = map[string]func(h holder, ctx context.Context) error{
	"Block":   func(h holder, ctx context.Context) error { return h.Identity.Block(ctx, h.whom.UID, "x") },
	"Unblock": func(h holder, ctx context.Context) error { return h.Identity.Unblock(ctx, h.whom.UID) },
	"Correct": func(h holder, ctx context.Context) error {
		return h.Identity.Correct(ctx, h.whom.UID, h.version(), identity.Person{Family: "А", Given: "Б", Email: "thief@mail.example"})
	},
	"Dismiss": func(h holder, ctx context.Context) error {
		return h.Identity.Dismiss(ctx, h.whom.Appointment.UID, h.end(h.Clock.Now()))
	},
	"Dismiss, dated": func(h holder, ctx context.Context) error {
		return h.Identity.Dismiss(ctx, h.whom.Appointment.UID, h.end(h.Clock.Now().AddDate(0, 0, 3)))
	},
	"PrintCode": func(h holder, ctx context.Context) error {
		_, err := h.Identity.PrintCode(ctx, h.whom.UID, identity.Reset{IdentifiedBy: "passport"})
		return err
	},
	"PrintCode, dropping the second factor": func(h holder, ctx context.Context) error {
		_, err := h.Identity.PrintCode(ctx, h.whom.UID, identity.Reset{IdentifiedBy: "passport", SecondFactor: true})
		return err
	},
	"Correct, the name only": func(h holder, ctx context.Context) error {
		p := webtest.Must(h.Identity.Person(h.Ctx, h.whom.UID))
		return h.Identity.Correct(ctx, h.whom.UID, p.Version, identity.Person{Family: "Башка", Given: p.Given, Email: p.Email, Phone: p.Phone})
	},
	"RevokeSessions": func(h holder, ctx context.Context) error {
		_, err := h.Identity.RevokeSessions(ctx, h.whom.UID, "")
		return err
	},
	"Reinvite": func(h holder, ctx context.Context) error {
		_, err := h.Identity.Reinvite(ctx, h.invited)
		return err
	},
	"CancelInvitation": func(h holder, ctx context.Context) error { return h.Identity.CancelInvitation(ctx, h.invited) },
}

func (h holder) version() int {
	return webtest.Must(h.Identity.Person(h.Ctx, h.whom.UID)).Version
}

func (h holder) end(on time.Time) identity.End {
	return identity.End{On: on, Order: identity.Order{Number: "9", Date: h.Clock.Now().AddDate(0, 0, -1)}}
}

// harmless are the methods that need no second person, and why.
var harmless = map[string]string{
	"Administrator": "only the platform calls it", "FirstAdministrators": "reads, and only for the platform",
	"AskWhetherRead": "has a letter go to one's own address", "OpenAddress": "reads", "ReadAddress": "is the word of who reads the letters to an address, and lets nobody in",
	"Appoint": "gives: it has its own request, see secondEyes", "Rehearse": "takes back what it does",
	"AnswerForgotten": "writes to the person's own address", "ForgotPassword": "likewise",
	"Accept": "the person's own", "OpenKey": "reads", "RedeemCode": "the person's own", "ChangeOwn": "the person's own", "ConfirmAddress": "is the second person's own act, on what another typed, or asks for one", "ConfirmOwn": "the person's own", "SetLanguage": "the person's own",
	"Security": "reads", "Standing": "reads", "Mine": "reads", "Posts": "reads", "People": "reads", "Person": "reads", "Find": "reads", "Count": "reads", "Holders": "counts", "Vacant": "names no one", "PostsEnd": "counts", "PostsBack": "counts", "RolesUsed": "counts", "Names": "reads", "NamesOf": "reads", "Superiors": "reads", "Grantable": "reads",
	"BeforeUse": "a check", "Retyped": "a check", "Moved": "a check", "Resolve": "reads", "ResolveToken": "reads", "ResolveAccount": "reads", "Sweep": "does what the days say", "TellKeepers": "tells",
}

func TestTRIC1_EveryActOnAnAccountIsGuardedOrSaidToBeHarmless(t *testing.T) {
	typ := reflect.TypeFor[*identity.Service]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		if _, guarded := acts[name]; guarded == (harmless[name] != "") {
			t.Errorf("%s: say in acts how it is done to a holder of a guarded role, or in harmless why it may be done alone", name)
		}
	}
}

func newHolder(t *testing.T, country, typ, role string) holder {
	t.Helper()
	h := holder{World: webtest.New(t, country, typ)}
	h.by = h.With("tenant_admin", h.Root)
	h.whom = h.With(role, h.Root)
	out, err := h.Identity.Appoint(h.Ctx, identity.NewAppointment{Person: identity.Person{Family: "Чакырылган", Given: "Адам"}, Role: role, Unit: h.Root})
	if err != nil {
		t.Fatal(err)
	}
	h.invited = out.Account.UID
	return h
}

func TestTRIC1_WhateverWeakensAGuardedRoleTakesTwo(t *testing.T) {
	for _, c := range []struct{ country, typ, role string }{
		{"tr", "ilkokul", "tenant_admin"}, {"kg", "secondary_school", "auditor"}, {"kg", "secondary_school", "special_administrator"},
	} {
		t.Run(c.country+" "+c.role, func(t *testing.T) {
			h := newHolder(t, c.country, c.typ, c.role)
			second := h.With("tenant_admin", h.Root)
			for name, act := range acts {
				if name == "Unblock" {
					continue // below: nobody is blocked yet
				}
				r := waits(t, name, act(h, h.by.Ctx))
				if _, err := h.Agree(h.by.Ctx, r.UID); faulttest.Key(err) != "approval.not_yourself" {
					t.Errorf("%s: the asker: %v", name, err)
				}
				if err := h.Approvals.Cancel(h.by.Ctx, r.UID); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if p := webtest.Must(h.Identity.Person(h.Ctx, h.whom.UID)); p.State != identity.Active || !p.Appointments[0].Until.IsZero() {
				t.Errorf("something was done without a second person: %+v", p.Account)
			}
			r := waits(t, "Block", acts["Block"](h, h.by.Ctx))
			if _, err := h.Agree(second.Ctx, r.UID); err != nil {
				t.Fatal(err)
			}
			if p := webtest.Must(h.Identity.Person(h.Ctx, h.whom.UID)); p.State != identity.Blocked {
				t.Errorf("agreed and not done: %s", p.State)
			}
			waits(t, "Unblock", acts["Unblock"](h, h.by.Ctx))
		})
	}
}

// waits fails unless what was asked waits for a second person.
func waits(t *testing.T, name string, err error) approval.Request {
	t.Helper()
	var w *approval.Asked
	if !errors.As(err, &w) {
		t.Fatalf("%s was done, or refused, at once: %v", name, err)
	}
	return w.Request
}

func TestTRIC1_AnOrdinaryRoleNeedsOne(t *testing.T) {
	h := newHolder(t, "kg", "secondary_school", "special_administrator")
	teacher := h.With("teacher", h.School)
	head := h.With("head", h.School)
	slip, err := h.Identity.PrintCode(head.Ctx, teacher.UID, identity.Reset{IdentifiedBy: "passport"})
	if err != nil || slip.Code == "" {
		t.Fatal(err)
	}
	told(t, h.World, teacher, "identity.notice.code")
}

// told fails unless somebody has a notice in the inbox and a letter on its way.
func told(t *testing.T, w *webtest.World, p *webtest.Person, key string) {
	t.Helper()
	toldOnScreen(t, w, p, key)
	if w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = '"+key+"'") == 0 {
		t.Errorf("%s: no letter", key)
	}
}

func toldOnScreen(t *testing.T, w *webtest.World, p *webtest.Person, key string) {
	t.Helper()
	items, _, err := w.Notify.Inbox(p.Ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.Key == key {
			return
		}
	}
	t.Errorf("%s was not told", key)
}

// The way of the first trial: reset the second administrator, be them, agree.
func TestTRIC1_NobodyAgreesThroughAnAccountTheyHaveReset(t *testing.T) {
	h := newHolder(t, "tr", "ilkokul", "tenant_admin")
	third := h.With("tenant_admin", h.Root)
	page := webtest.Must(h.Identity.Person(h.Ctx, h.whom.UID)) // without an address, so that the link is handed over
	if err := h.Identity.Correct(h.Ctx, h.whom.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given}); err != nil {
		t.Fatal(err)
	}
	puppet := func() error {
		_, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{
			Person: identity.Person{Family: "Kukla", Given: "Çorap"}, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport",
		})
		return err
	}
	if err := puppet(); err != nil {
		t.Fatal(err)
	}
	list := webtest.Must(h.Approvals.List(h.by.Ctx))
	asked := list[0]

	r := waits(t, "PrintCode", acts["PrintCode, dropping the second factor"](h, h.by.Ctx))
	if _, err := h.Agree(h.whom.Ctx, r.UID); faulttest.Key(err) != "approval.not_concerned" {
		t.Errorf("the account concerned agreed: %v", err)
	}
	if _, err := h.Identity.PrintCode(h.by.Ctx, third.UID, identity.Reset{IdentifiedBy: "passport"}); err == nil {
		t.Error("a code alone")
	}
	done, err := h.Agree(third.Ctx, r.UID)
	if err != nil || done.Link == "" {
		t.Fatalf("%+v %v", done, err)
	}
	toldOnScreen(t, h.World, h.whom, "identity.notice.code")
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(done.Link), identity.Acceptance{Password: "yepyeni uzun bir parola 7"}); err != nil {
		t.Fatal(err)
	}
	toldOnScreen(t, h.World, h.whom, "identity.notice.password")
	toldOnScreen(t, h.World, h.whom, "identity.notice.second_dropped")

	_, err = h.Agree(h.whom.Ctx, asked.UID)
	if f := faulttest.Of(t, err); f.Key != "approval.reset_by_asker" || f.Rule == "" || f.Next == nil {
		t.Errorf("agreed through the account that the asker has reset: %v", err)
	}
	// Whoever agreed to the reset held the link: they are no two people either.
	if _, err := h.Identity.Appoint(third.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Başka", Given: "Kukla"}, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport",
	}); err != nil {
		t.Fatal(err)
	}
	for _, x := range webtest.Must(h.Approvals.List(third.Ctx)) {
		if x.State != approval.Waiting || x.AskedBy != third.ID {
			continue
		}
		if _, err := h.Agree(h.whom.Ctx, x.UID); faulttest.Key(err) != "approval.reset_by_asker" {
			t.Errorf("the one who handed the link over: %v", err)
		}
	}
	if _, err := h.Agree(third.Ctx, asked.UID); err != nil {
		t.Errorf("somebody else may not agree: %v", err)
	}
}

func TestTRIC1_WhereNobodyIsLeftAnOperatorIsTheSecondLoudly(t *testing.T) {
	h := newHolder(t, "tr", "ilkokul", "tenant_admin")
	r := waits(t, "Block", acts["Block"](h, h.by.Ctx))
	if list := webtest.Must(h.Approvals.ForOperator(h.Ctx)); len(list) != 1 {
		t.Fatalf("operators see %v", list)
	}
	if _, err := h.Cosign(h.Ctx, r.UID, "operator"); err != nil {
		t.Fatal(err)
	}
	told(t, h.World, h.by, "approval.notice.cosigned")
}

// both runs two things at the same moment.
func both(one, two func() error) (first, second error) {
	var wg sync.WaitGroup
	wg.Go(func() { first = one() })
	wg.Go(func() { second = two() })
	wg.Wait()
	return first, second
}

func TestKGER7c_RolesThatExcludeEachOtherAreNeverGivenAtOnce(t *testing.T) {
	h := newHolder(t, "kg", "secondary_school", "special_administrator")
	appoint := func(p *webtest.Person, role string) func() error {
		at := h.School
		if role == "district_officer" {
			at = h.Here
		}
		return func() error {
			_, err := h.Appointed(h.whom.Ctx, identity.NewAppointment{
				Account: p.UID, Role: role, Unit: at, IdentifiedBy: "passport", Order: identity.Order{Number: "1", Date: h.Clock.Now().AddDate(0, 0, -1)},
			})
			return err
		}
	}
	for i := range 12 {
		p := h.With("teacher", h.Elsewhere)
		one, two := both(appoint(p, "district_officer"), appoint(p, "head"))
		if (one == nil) == (two == nil) {
			t.Fatalf("round %d: %v, %v", i, one, two)
		}
		for _, err := range []error{one, two} {
			if err != nil && faulttest.Of(t, err).Key != "identity.roles_exclude" {
				t.Errorf("round %d: %v", i, err)
			}
		}
	}
}

func TestTheLastHoldersStayOnTheDayThatCounts(t *testing.T) {
	h := newHolder(t, "tr", "ilkokul", "tenant_admin")
	end := func(p *webtest.Person, days int) func() error {
		return func() error {
			return h.Identity.Dismiss(h.Ctx, p.Appointment.UID, h.end(h.Clock.Now().AddDate(0, 0, days)))
		}
	}
	for i := range 12 {
		other := h.With("tenant_admin", h.Root)
		if i == 0 {
			if err := end(h.whom, 0)(); err != nil {
				t.Fatal(err)
			}
		}
		// The one who leaves sooner and the one who leaves later, in either order.
		one, two := both(end(h.by, 1+i%3), end(other, 3-i%3))
		if (one == nil) == (two == nil) {
			t.Fatalf("round %d: %v, %v", i, one, two)
		}
		left := h.by
		if one == nil {
			left = other
		}
		if err := h.Identity.Block(h.Ctx, left.UID, "x"); faulttest.Key(err) != "identity.last_holder" {
			t.Errorf("the one who stays was blocked: %v", err)
		}
		h.by = left
	}
}

// No post at the ministry or its departments stands beside one that edits personal
// data, whichever was given first.
func TestKGER6a_NoPostBesideOneAtTheMinistry(t *testing.T) {
	for country, editing := range map[string][]string{
		"kg": {"district_officer", "head", "responsible_specialist"},
		"tr": {"province_mebbis_manager", "district_mebbis_manager", "head", "deputy_head"},
	} {
		w := webtest.New(t, country, map[string]string{"kg": "secondary_school", "tr": "ilkokul"}[country])
		for i := range w.Profile.Roles {
			r := &w.Profile.Roles[i]
			if r.Level != "ministry" && r.Level != "directorate" {
				continue
			}
			for _, role := range editing {
				for _, roles := range [][]string{{r.ID, role}, {role, r.ID}} {
					hits := w.Policy.Policy().Conflicts(roles)
					if len(hits) == 0 || hits[0].Source == "" {
						t.Errorf("%s: %v may be held together", country, roles)
					}
				}
			}
			for _, own := range []string{"guardian", "learner"} {
				if len(w.Policy.Policy().Conflicts([]string{r.ID, own})) > 0 {
					t.Errorf("%s: %s may not be a %s", country, r.ID, own)
				}
			}
		}
	}
}

func TestKGER6a_TheAuditorIsMadeNoDistrictOfficer(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special := w.With("special_administrator", w.Root)
	for _, role := range []string{"auditor", "tenant_admin"} {
		_, err := w.Identity.Appoint(special.Ctx, identity.NewAppointment{
			Account: w.With(role, w.Root).UID, Role: "district_officer", Unit: w.Here, IdentifiedBy: "passport",
			Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
		})
		if f := faulttest.Of(t, err); f.Key != "identity.roles_exclude" || f.Law == "" {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestDaysBeyondAWorkingLifeAreRefused(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	day := func(s string) time.Time { return webtest.Must(time.Parse(time.DateOnly, s)) }
	for field, n := range map[string]identity.NewAppointment{
		"since": {Since: day("9999-12-31")}, "until": {Until: day("9999-12-31")}, "order.date": {Order: identity.Order{Number: "1", Date: day("0001-02-03")}},
	} {
		n.Person, n.Role, n.Unit = identity.Person{Family: "А", Given: "Б"}, "teacher", w.School
		_, err := w.Identity.Appoint(w.Ctx, n)
		if !slices.ContainsFunc(faulttest.Fields(err), func(f fault.Field) bool { return f.Name == field && f.Key == "identity.day_bounds" }) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TR-DR-8: one account is one person. A second one for what looks like the same
// person is refused with its reasons until the giver says that it is another.
func TestTRDR8_ASecondAccountOfTheSamePersonIsShownToTheGiver(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head := w.With("head", w.School)
	appoint := func(p identity.Person, another bool) error {
		_, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{
			Person: p, AnotherPerson: another, Role: "teacher", Unit: w.School, IdentifiedBy: "passport",
			Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
		})
		return err
	}
	if err := appoint(identity.Person{Family: "Министров", Given: "Эркин", Phone: "0555 123 456"}, false); err != nil {
		t.Fatal(err, faulttest.Of(t, err).Fields)
	}
	for name, p := range map[string]identity.Person{
		"in Latin letters": {Family: "Ministrov", Given: "Erkin", Email: "other@mail.example"},
		"the other order":  {Family: "ЭРКИН", Given: "министров"},
		"by telephone":     {Family: "Башка", Given: "Адам", Phone: "+996 555 123456"},
	} {
		err := appoint(p, false)
		i := slices.IndexFunc(faulttest.Fields(err), func(f fault.Field) bool { return f.Name == "another_person" && f.Key == "identity.looks_like" })
		if i < 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, l := range w.Words.Languages() {
			w.Words.Localizer(l.Tag).Fault(faulttest.Of(t, err))
		}
	}
	if n := w.Count("audit_entry WHERE tenant_id = $1 AND action = 'view' AND object = 'account' AND 'name' = ANY(fields) AND account_id = " + fmt.Sprint(head.ID)); n != 3 {
		t.Errorf("whose accounts those are was read by the giver three times, and recorded %d times", n)
	}
	if f := faulttest.Of(t, appoint(identity.Person{Family: "Тестов", Given: "Тест\n"}, true)); len(f.Fields) != 1 || f.Fields[0].Name != "given" {
		t.Errorf("%+v", f)
	}
	if err := appoint(identity.Person{Family: "Министров", Given: "Эркинбек"}, false); err != nil {
		t.Errorf("another name: %v", err)
	}
	if err := appoint(identity.Person{Family: "Ministrov", Given: "Erkin"}, true); err != nil {
		t.Fatal(err)
	}
	if n := w.Count("audit_entry WHERE tenant_id = $1 AND action = 'create' AND object = 'account' AND 'alike' = ANY(fields)"); n != 1 {
		t.Errorf("recorded %d times", n)
	}
}
