package identity

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/identity/door"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

func names(rows []PersonRow) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Name)
	}
	return out
}

func (w *world) named(family, given, role string, at int) somebody {
	w.t.Helper()
	u := w.school
	if at == 1 {
		u = w.lyceum
	}
	return w.accepted(get(w.s.Appoint(w.ctx, NewAppointment{Person: Person{Family: family, Given: given}, Role: role, Unit: u})))
}

func TestPeopleAreFoundByBeginningsInEitherAlphabetWithinTheScope(t *testing.T) {
	w := newWorld(t)
	officer := w.with("district_officer", w.chuy)
	head := w.with("head", w.school)
	w.named("Жумабаева", "Айгүл", "teacher", 0)
	w.named("Шаршенов", "Эркин", "responsible_specialist", 0)
	w.named("Шаршенова", "Нуриза", "teacher", 1)
	for words, want := range map[string][]string{
		"жума":        {"Жумабаева Айгүл"},
		"aigul juma":  {"Жумабаева Айгүл"},
		"sharsh":      {"Шаршенов Эркин"}, // the other one works in another district
		"nuriza":      nil,
		"а' OR 1=1":   nil,
		"%":           nil, // signs alone are nobody's name
		"_ . * \\ \"": nil,
	} {
		for _, by := range []somebody{officer, head} {
			rows, _, err := w.s.People(by.ctx, Filter{Words: words})
			ok(t, err)
			if !slices.Equal(names(rows), want) {
				t.Errorf("%q finds %v, want %v", words, names(rows), want)
			}
		}
	}
	rows, _, err := w.s.People(w.ctx, Filter{Words: "шарш"})
	ok(t, err)
	if len(rows) != 2 {
		t.Errorf("the whole ministry: %v", names(rows))
	}
	rows, _, err = w.s.People(officer.ctx, Filter{Role: "responsible_specialist", State: Active, Unit: &w.school})
	ok(t, err)
	if len(rows) != 1 || rows[0].Posts[0].Unit.UID != w.school.UID {
		t.Errorf("filtered: %+v", rows)
	}
	if reads := w.audited(audit.Filter{Object: "account", Action: "view"}); len(reads) == 0 || slices.ContainsFunc(reads, func(r audit.Record) bool { return strings.Contains(r.Target, "жума") }) {
		t.Errorf("reads recorded: %d", len(reads))
	}
}

func TestPeoplePageByPage(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	for range 11 {
		get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	}
	var seen []string
	after := ""
	for pages := 0; ; pages++ {
		rows, next, err := w.s.People(head.ctx, Filter{Limit: 5, After: after})
		ok(t, err)
		for _, r := range rows {
			seen = append(seen, r.UID)
		}
		if after = next; after == "" || pages > 5 {
			break
		}
	}
	unique := slices.Clone(seen)
	slices.Sort(unique)
	if len(seen) != 12 || len(slices.Compact(unique)) != 12 {
		t.Errorf("%d rows, %d people", len(seen), len(slices.Compact(unique)))
	}
	_, _, err := w.s.People(head.ctx, Filter{After: "forged"})
	wants(t, err, fault.Invalid, "identity.cursor")
}

func TestTeacherSeesNobodyButThemself(t *testing.T) {
	w := newWorld(t)
	p, q := w.with("teacher", w.school), w.with("teacher", w.school)
	rows, _, err := w.s.People(p.ctx, Filter{})
	ok(t, err)
	if len(rows) != 1 || rows[0].UID != p.UID {
		t.Errorf("sees %v", names(rows))
	}
	_, err = w.s.Person(p.ctx, q.UID)
	wants(t, err, fault.Denied, "")
	get(w.s.Person(p.ctx, p.UID))
}

func TestPersonPageShowsWhatTheCallerMaySeeAndDo(t *testing.T) {
	w := newWorld(t)
	head, officer := w.with("head", w.school), w.with("district_officer", w.naryn)
	p := w.with("teacher", w.school)
	get(w.s.Appoint(w.ctx, NewAppointment{Account: p.UID, Role: "teacher", Unit: w.lyceum}))
	page := get(w.s.Person(head.ctx, p.UID))
	if len(page.Appointments) != 1 || page.Elsewhere != 1 || !page.May.Block || page.May.Reset || !page.May.Dismiss[p.appointment.UID] {
		t.Errorf("the head: %d here, %d elsewhere, may %+v", len(page.Appointments), page.Elsewhere, page.May)
	}
	if page := get(w.s.Person(officer.ctx, p.UID)); len(page.Appointments) != 1 || page.Appointments[0].Unit.UID != w.lyceum.UID {
		t.Errorf("the officer sees %+v", page.Appointments)
	}
	special := w.with("special_administrator", w.root)
	if page := get(w.s.Person(special.ctx, p.UID)); !page.May.Block || !page.May.Reset {
		t.Errorf("the special administrator: %+v", page.May)
	}
	if n := len(w.audited(audit.Filter{Object: "account", Action: "view", Target: p.UID})); n != 3 {
		t.Errorf("%d reads recorded", n)
	}
	if n := len(w.audited(audit.Filter{Outcome: audit.Deny})); n != 0 {
		t.Errorf("asking what one may do was recorded as %d refusals", n)
	}
}

func TestSuperiors(t *testing.T) {
	w := newWorld(t)
	head, officer := w.with("head", w.school), w.with("district_officer", w.chuy)
	w.with("head", w.lyceum)
	w.with("district_officer", w.naryn)
	spec := w.with("responsible_specialist", w.school)
	list := get(w.s.Superiors(spec.ctx, spec.UID))
	var got []string
	for _, s := range list {
		got = append(got, s.Role+" "+s.Name)
	}
	want := []string{"head " + head.Name, "district_officer " + officer.Name}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// Of a second post with the same superior they are one to ask.
	_, err := w.s.Appoint(w.ctx, NewAppointment{Account: spec.UID, Role: "teacher", Unit: w.school})
	ok(t, err)
	seen := map[string]bool{}
	for _, s := range get(w.s.Superiors(spec.ctx, spec.UID)) {
		one := s.Role + " " + s.Name + " " + s.Unit.UID
		if seen[one] {
			t.Errorf("%s is named twice", one)
		}
		seen[one] = true
	}
}

func TestOwnDataAndCorrections(t *testing.T) {
	w := newWorld(t)
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	stranger := w.with("head", w.lyceum)
	session := w.signIn(p)
	ctx := w.in(session)
	ok(t, w.s.SetLanguage(ctx, "ru"))
	if c := caller.From(w.in(session)); c.Language != "ru" {
		t.Errorf("language %q", c.Language)
	}
	page := get(w.s.Person(ctx, p.UID))
	ok(t, w.s.ChangeOwn(ctx, Own{Email: "a@b.kg", Language: "ru", Password: goodPassword, Version: page.Version}))
	wants(t, w.s.ChangeOwn(ctx, Own{Email: "c@b.kg", Password: goodPassword, Version: page.Version}), fault.Conflict, "identity.changed")

	page = get(w.s.Person(head.ctx, p.UID))
	fixed := Person{Family: "Осмонов", Given: page.Given, Email: page.Email}
	wants(t, w.s.Correct(stranger.ctx, p.UID, page.Version, fixed), fault.Denied, "")
	ok(t, w.s.Correct(head.ctx, p.UID, page.Version, fixed))
	rows, _, err := w.s.People(head.ctx, Filter{Words: "osmon"})
	ok(t, err)
	if len(rows) != 1 || rows[0].Language != "ru" {
		t.Errorf("found %+v", rows)
	}
}

func TestFirstAdministratorIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	p := Person{Email: "ilias.a1@edu.example", Language: "ky"}
	first := get(w.s.Administrator(w.ctx, "tenant_admin", w.root, p))
	again := get(w.s.Administrator(w.ctx, "tenant_admin", w.root, p))
	if first.Key == nil || again.Key == nil || first.Account.ID != again.Account.ID || first.Key.Path == again.Key.Path {
		t.Fatalf("first %+v, again %+v", first.Key, again.Key)
	}
	_, err := w.s.Accept(w.anonymous(), first.Key.Path[len(invitePath):], Acceptance{Login: "ilias.a", Password: goodPassword})
	wants(t, err, fault.NotFound, "")
	link := again.Key.Path[len(invitePath):]
	if o := get(w.s.OpenKey(w.anonymous(), link)); !o.Nameless || o.Name != "ilias.a" {
		t.Errorf("opened %+v", o)
	}
	get(w.s.Accept(w.anonymous(), link, Acceptance{Login: "ilias.a", Password: goodPassword, Family: "Акматов", Given: "Ильяс"}))
	if page := get(w.s.Person(w.ctx, first.Account.UID)); page.Name != "Акматов Ильяс" {
		t.Errorf("called %s", page.Name)
	}
	if done := get(w.s.Administrator(w.ctx, "tenant_admin", w.root, p)); done.Key != nil {
		t.Error("a link for somebody who needs none")
	}
	if n := w.count("appointment"); n != 1 {
		t.Errorf("%d appointments", n)
	}
}

// operators sets up the platform's side.
func operators(t *testing.T, w *world) (*Operators, context.Context) {
	t.Helper()
	o := get(NewOperators(OperatorsConfig{DB: w.db, Clock: w.clock, Secrets: [][]byte{secret}, Hashing: w.hashing}))
	return o, caller.With(context.Background(), caller.System(caller.Tenant{}, "command", ""))
}

func TestOperatorWithoutSecondFactorCanDoNothing(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	nobody := context.Background()
	_, _, err := o.Create(nobody, "X", "", "en")
	wants(t, err, fault.Unauthenticated, "")
	_, k, err := o.Create(command, "First Operator", "op@platform.example", "en")
	ok(t, err)
	link := k.Path[len(operatorLink):]
	_, err = o.Accept(nobody, link, Acceptance{Login: "first", Password: "only thirteen"})
	wantsField(t, err, "password", "identity.password_short")
	login := get(o.Accept(nobody, link, Acceptance{Login: "first", Password: goodPassword}))
	_, err = o.Accept(nobody, link, Acceptance{Login: "first", Password: goodPassword})
	wants(t, err, fault.NotFound, "")

	at := door.Attempt{Login: login, Password: goodPassword, Remote: home}
	out := get(o.Door.SignIn(nobody, at))
	ctx := caller.With(nobody, get(o.Resolve(nobody, out.Session.Token)))
	f := wants(t, o.Require(ctx), fault.Denied, "identity.operator_second_factor")
	if f.Next == nil {
		t.Error("does not say what to do")
	}
	_, _, err = o.Create(ctx, "Y", "", "en")
	wants(t, err, fault.Denied, "")
	_, err = o.List(ctx)
	wants(t, err, fault.Denied, "")
	_, err = o.Acts(ctx, 0)
	wants(t, err, fault.Denied, "")

	e := get(o.Door.BeginSecondFactor(ctx, "", OperatorIssuer))
	get(o.Door.ConfirmSecondFactor(ctx, e.Ticket, w.totp(e.Secret)))
	ctx = caller.With(nobody, get(o.Resolve(nobody, out.Session.Token)))
	ok(t, o.Require(ctx))
	if list := get(o.List(ctx)); len(list) != 1 || !list[0].SecondFactor {
		t.Errorf("%+v", list)
	}

	w.pass(time.Minute)
	out = get(o.Door.SignIn(nobody, at))
	if out.Session != nil {
		t.Fatal("came in without the second factor")
	}
	s := get(o.Door.SecondStep(nobody, door.Second{Challenge: out.Challenge, Code: w.totp(e.Secret), Remote: home}))
	ctx = caller.With(nobody, get(o.Resolve(nobody, s.Token)))
	ok(t, o.Require(ctx))

	second, _, err := o.Create(ctx, "Second", "", "en")
	ok(t, err)
	wants(t, o.Block(ctx, caller.From(ctx).AccountUID), fault.Denied, "identity.not_yourself")
	ok(t, o.Block(ctx, second.UID))
	var did []string
	for _, a := range get(o.Acts(ctx, 0)) {
		did = append(did, a.Action)
	}
	for _, want := range []string{"create", "accept", "sign_in", "block"} {
		if !slices.Contains(did, want) {
			t.Errorf("%s is not in the platform's trail: %v", want, did)
		}
	}
	ok(t, o.Door.SignOut(ctx))
	_, err = o.Resolve(nobody, s.Token)
	wants(t, err, fault.Unauthenticated, "")
}

// Of two operators who block each other, or give each other new links, at the same
// moment, one is left.
func TestTwoOperatorsWhoBlockEachOtherLeaveOne(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	made := func(name string) (uid string, ctx context.Context) {
		p, _, err := o.Create(command, name, "", "en")
		ok(t, err)
		var id int64
		ok(t, w.db.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, `UPDATE platform.operator SET state = 'active', login = 'op' || id, password_hash = 'x', password_at = now() WHERE tenant_id = 0 AND uid = $1 RETURNING id`, p.UID).Scan(&id)
		}))
		return p.UID, caller.With(context.Background(), &caller.Caller{Account: id, AccountUID: p.UID, Operator: true, SecondFactor: true})
	}
	for i := range 12 {
		one, asOne := made("One")
		two, asTwo := made("Two")
		first, second := error(nil), error(nil)
		var wg sync.WaitGroup
		wg.Go(func() { first = o.Block(asOne, two) })
		wg.Go(func() { second = o.Block(asTwo, one) })
		wg.Wait()
		if (first == nil) == (second == nil) {
			t.Fatalf("round %d: %v, %v", i, first, second)
		}
	}
}

func TestOperatorSeesNothingBehindAWall(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	op := caller.With(context.Background(), &caller.Caller{Account: 1, AccountUID: "x", Operator: true, SecondFactor: true})
	if _, _, err := w.s.People(op, Filter{}); err == nil {
		t.Error("lists people")
	}
	if _, err := w.s.Person(op, p.UID); err == nil {
		t.Error("reads a person")
	}
	// And nobody of a ministry is an operator, whatever their number.
	o, _ := operators(t, w)
	for _, ctx := range []context.Context{p.ctx, w.ctx} {
		wants(t, o.Require(ctx), fault.Unauthenticated, "")
		if _, err := o.List(ctx); err == nil {
			t.Error("lists operators")
		}
	}
	// A session of one side is nobody's on the other.
	s := w.signIn(p)
	_, err := o.Resolve(context.Background(), s.Token)
	wants(t, err, fault.Unauthenticated, "")
}

func TestOperatorsTrailCannotBeChanged(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	_, _, err := o.Create(command, "First", "", "en")
	ok(t, err)
	service := dbtest.Connect(t, w.db, "mektep_service")
	for _, sql := range []string{`UPDATE platform.operator_act SET action = 'x'`, `DELETE FROM platform.operator_act`} {
		if _, err := service.Exec(context.Background(), sql); err == nil {
			t.Errorf("%s was let through", sql)
		}
	}
}

func TestSweepRemovesWhatNobodyNeeds(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	w.signIn(p)
	_, _ = w.s.Door.SignIn(w.anonymous(), w.attempt(p, "guess"))
	w.pass(signsKept + 400*24*time.Hour)
	ok(t, w.s.Sweep(w.ctx))
	for _, table := range []string{"session", "account_key", "sign_in_throttle", "known_device"} {
		if n := w.count(table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	if page := get(w.s.Person(w.ctx, p.UID)); page.State != Active {
		t.Errorf("the account is %s", page.State)
	}
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		to, err := Recipients(ctx, tx, []int64{p.ID})
		if len(to) != 1 {
			t.Errorf("recipients: %+v", to)
		}
		return err
	}))
}

func TestWhoSeesNobodyElseSeesWhatTheyHoldThemselves(t *testing.T) {
	w := newWorld(t)
	w.with("teacher", w.school)
	teacher := w.with("teacher", w.school)
	rows, _, err := w.s.People(teacher.ctx, Filter{})
	ok(t, err)
	if len(rows) != 1 || rows[0].UID != teacher.UID || len(rows[0].Posts) != 1 || rows[0].Posts[0].Role != "teacher" {
		t.Errorf("%+v", rows)
	}
}
