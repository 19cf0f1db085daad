package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// A unit that has ended gives nothing: what is held there has power until the day on which
// it ends, and none from then on, in a session that is open as in a new one; whoever is
// above winds up what it leaves; and where the closing is taken back, the posts are back.
func TestKGER6d_AUnitThatHasEndedGivesNothing(t *testing.T) {
	w := newWorld(t)
	head, officer := w.with("head", w.school), w.with("district_officer", w.chuy)
	both := w.with("head", w.lyceum)
	get(w.s.Appoint(w.ctx, NewAppointment{Account: both.UID, Role: "teacher", Unit: w.school}))
	tenant := caller.From(w.ctx).Tenant
	posts := func(p somebody) (out []string) {
		c, err := w.s.ResolveAccount(w.ctx, tenant, p.ID)
		if err != nil {
			wants(t, err, fault.Denied, "identity.unit_closed")
			return nil
		}
		for _, a := range c.Assignments {
			out = append(out, a.Role)
		}
		return out
	}
	at := gate.Target{Object: "account", Path: w.school.Path, Type: w.school.Type, Level: w.school.Level}
	day := w.clock.Today(w.profile.Zone).AddDate(0, 0, 2)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE account SET email = uid || '@posta.example' WHERE tenant_id = $1 AND id = ANY($2)", tx.Tenant(), []int64{head.ID, both.ID})
		return err
	}))
	ok(t, w.tree.Close(w.ctx, w.school, day, "1"))
	if n := get(w.s.PostsEnd(w.ctx, w.school, day)); n != 2 {
		t.Errorf("%d people are said to lose a post", n)
	}
	open := w.as(head) // as a session that stays open
	if !w.gate.Can(open, "view", at) || len(posts(both)) != 2 {
		t.Error("the head may nothing before the school ends")
	}
	w.clock.Set(day.Add(9 * 3600e9))
	if w.gate.Can(open, "view", at) || len(posts(head)) != 0 || len(posts(both)) != 1 || posts(both)[0] != "head" {
		t.Errorf("the school has ended, and %v and %v are held", posts(head), posts(both))
	}
	if !w.gate.Can(w.as(officer), "view", at) {
		t.Error("nobody above can wind it up")
	}
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(head, goodPassword))
	f := wants(t, err, fault.Denied, "identity.unit_closed")
	if f.Args["Until"] != day || f.Args["Unit"] == nil || f.Next == nil {
		t.Errorf("why the account opens nothing: %+v", f.Args)
	}
	if got := w.told(head); !strings.Contains(got, "identity.notice.unit_closed") {
		t.Errorf("the head was told %q", got)
	}
	if got := get(w.s.Holders(w.as(officer)))["head"]; got != 1 {
		t.Errorf("%d heads are counted", got)
	}
	if got := w.told(head); strings.Contains(got, "/me") {
		t.Errorf("the head is led to what they can't open: %q", got)
	}
	if n := get(w.written("identity.notice.unit_closed")); n != 2 { // the inbox of who can't sign in is read by nobody
		t.Errorf("%d were written to that the school closes", n)
	}
	closed := get(w.tree.Get(w.ctx, w.school.UID))
	ok(t, w.tree.Reopen(w.ctx, closed))
	if len(posts(head)) != 1 || len(posts(both)) != 2 || !strings.Contains(w.told(head), "identity.notice.unit_reopened") {
		t.Error("the closing was taken back, and the posts aren't back")
	}
}

// Nor does a post there count among what somebody holds, where that says who stands over them or what
// they may not hold beside it.
func TestKGER6c_APostAtAUnitThatHasEndedBindsNobody(t *testing.T) {
	w := newWorld(t)
	head, here := w.with("head", w.school), w.with("head", w.lyceum)
	moved := w.with("teacher", w.lyceum)
	get(w.s.Appoint(w.ctx, NewAppointment{Account: moved.UID, Role: "teacher", Unit: w.school}))
	corrects := func() error {
		now := get(w.s.Person(w.ctx, moved.UID))
		return w.s.Correct(w.as(here), moved.UID, now.Version, Person{Family: now.Family, Given: now.Given + "а", Email: now.Email})
	}
	promotes := func(since time.Time) error {
		_, err := w.s.Appoint(w.ctx, NewAppointment{Account: head.UID, Role: "district_officer", Unit: w.chuy, Since: since})
		return err
	}
	wants(t, corrects(), fault.Denied, "")
	today := w.clock.Today(w.profile.Zone)
	wants(t, promotes(today), fault.Denied, "identity.roles_exclude")
	day := today.AddDate(0, 0, 2)
	ok(t, w.tree.Close(w.ctx, w.school, day, "1"))
	wants(t, corrects(), fault.Denied, "")
	wants(t, promotes(today), fault.Denied, "identity.roles_exclude")
	ok(t, promotes(day))
	w.clock.Set(day.Add(9 * 3600e9))
	ok(t, corrects())
}

// written counts the letters of a message that were put out.
func (w *world) written(key string) (n int, err error) {
	return n, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM mail_outbox WHERE tenant_id = $1 AND body_key = $2", tx.Tenant(), key).Scan(&n)
	})
}

// told are the keys of what somebody finds in their inbox.
func (w *world) told(p somebody) string {
	items, _, err := w.inbox.Inbox(p.ctx, "")
	ok(w.t, err)
	var keys []string
	for _, i := range items {
		keys = append(keys, i.Key)
	}
	return strings.Join(keys, " ")
}

// Nobody is sent to an office that has ended, or that the tree never had: whose the right
// would be by the profile has no place where anybody could be appointed.
func TestTRIC8_NobodyIsSentToAnOfficeThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	w.gate.Set(gate.Checks{BeforeUse: w.s.BeforeUse, Way: w.tree.Way, Seat: w.tree.Seat})
	typ := w.profile.Type(w.school.Type)
	at := gate.Target{Object: "extension", Type: typ.ID}
	named := func() bool {
		for _, a := range get(w.gate.Able(w.ctx, "create", at)) {
			if a.Scope == "overseen" {
				return true
			}
		}
		return false
	}
	if named() {
		t.Error("an office that the ministry never had is named")
	}
	office := w.unit(&w.root, unit.Directorate, "", typ.Overseer)
	if !named() {
		t.Error("the office isn't named")
	}
	ok(t, w.tree.Close(w.ctx, office, w.clock.Today(w.profile.Zone), "1"))
	if named() {
		t.Error("an office that has ended is named")
	}
	// nor to a unit above that is over, or to the unit itself
	head := gate.Target{Object: "account", Path: w.school.Path, Type: w.school.Type}
	ok(t, w.tree.Close(w.ctx, w.school, w.clock.Today(w.profile.Zone), "1"))
	for _, a := range get(w.gate.Able(w.ctx, "view", head)) {
		if a.Role.Level == unit.Institution && a.Scope != "tenant" {
			t.Errorf("%s of a school that has ended is named", a.Role.ID)
		}
	}
	if len(w.profile.Oversees(typ.Overseer, profile.DateOf(w.clock.Now()))) == 0 {
		t.Error("the profile's overseer oversees nothing")
	}
}

// Whose post would begin on a day on which its unit has ended is told that it does not begin, and
// not from which day on to sign in.
func TestKGER6c_WhoseUnitEndsBeforeTheirPostIsToldSo(t *testing.T) {
	w := newWorld(t)
	who := w.with("teacher", w.school)
	today := w.clock.Today(w.profile.Zone)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE appointment SET since = $3 WHERE tenant_id = $1 AND account_id = $2", tx.Tenant(), who.ID, today.AddDate(0, 0, 14))
		return err
	}))
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(who, goodPassword))
	wants(t, err, fault.Denied, "identity.not_yet")
	ok(t, w.tree.Close(w.ctx, w.school, today.AddDate(0, 0, 2), "1"))
	for _, days := range []int{0, 3} {
		w.clock.Set(today.AddDate(0, 0, days).Add(9 * 3600e9))
		_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(who, goodPassword))
		f := wants(t, err, fault.Denied, "identity.never_begins")
		if f.Args["Until"] != today.AddDate(0, 0, 2) || f.Args["Since"] != today.AddDate(0, 0, 14) || f.Next == nil {
			t.Errorf("%+v", f.Args)
		}
	}
}

// Where people are listed and shown, a post at a unit that has ended is over from its day on, and who
// holds nothing else is shown as such; with the closing taken back, neither is.
func TestKGER6d_APostAtAUnitThatHasEndedIsShownAsOver(t *testing.T) {
	w := newWorld(t)
	head, officer := w.with("head", w.school), w.with("district_officer", w.chuy)
	both := w.with("head", w.lyceum)
	get(w.s.Appoint(w.ctx, NewAppointment{Account: both.UID, Role: "teacher", Unit: w.school}))
	listed := func(f Filter) map[string]string {
		rows, _, err := w.s.People(w.as(officer), f)
		ok(t, err)
		out := map[string]string{}
		for _, r := range rows {
			state, why := r.Shown()
			out[r.UID] = strings.TrimSpace(string(state) + " " + why)
			for _, p := range r.Posts {
				out[r.UID] += " " + p.Role
			}
		}
		return out
	}
	day := w.clock.Today(w.profile.Zone).AddDate(0, 0, 2)
	ok(t, w.tree.Close(w.ctx, w.school, day, "1"))
	if got := listed(Filter{}); got[head.UID] != "active head" || got[both.UID] != "active teacher" {
		t.Errorf("before its day: %v", got)
	}
	w.clock.Set(day.Add(9 * 3600e9))
	if got := listed(Filter{}); got[head.UID] != "blocked no_appointment" || got[both.UID] != "active" { // what they hold still is elsewhere
		t.Errorf("from its day on: %v", got)
	}
	if got := listed(Filter{State: Active}); got[head.UID] != "" || got[both.UID] == "" {
		t.Errorf("of those who hold something: %v", got)
	}
	if got := listed(Filter{Role: "head"}); len(got) != 0 {
		t.Errorf("heads: %v", got)
	}
	if got := listed(Filter{State: Blocked}); got[head.UID] == "" || got[both.UID] != "" {
		t.Errorf("of those who hold nothing: %v", got)
	}
	p := get(w.s.Person(w.as(officer), head.UID))
	if state, _ := p.Shown(); state != Blocked || p.Appointments[0].HeldOn(day) || !p.Appointments[0].HeldOn(day.AddDate(0, 0, -1)) || !p.Appointments[0].Ends().Equal(day) {
		t.Errorf("the person's page: %s %v", state, p.Appointments[0].Ends())
	}
	ok(t, w.tree.Reopen(w.ctx, get(w.tree.Get(w.ctx, w.school.UID))))
	if got := listed(Filter{State: Active}); got[head.UID] != "active head" {
		t.Errorf("the closing was taken back: %v", got)
	}
}
