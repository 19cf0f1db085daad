package approval_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const kind = "colour"

// world has one thing that needs two people: to choose a colour.
type world struct {
	*webtest.World
	mu     sync.Mutex
	chosen []string // what came about
	by     []int64  // as whom
	fails  error    // what choosing answers
}

func newWorld(t *testing.T, country, typ string) *world {
	t.Helper()
	w := &world{World: webtest.New(t, country, typ)}
	w.Approvals.Register(kind, approval.Kind{Do: func(ctx context.Context, _ *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
		var colour string
		if err := json.Unmarshal(payload, &colour); err != nil {
			return approval.Done{}, err
		}
		if needed, err := w.Approvals.Needed(ctx); err != nil || needed {
			t.Errorf("doing what was approved asks for approval again: %v %v", needed, err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.chosen, w.by = append(w.chosen, colour), append(w.by, caller.From(ctx).Account)
		return approval.Done{For: colour}, w.fails
	}})
	return w
}

// ask has somebody ask for a colour.
func (w *world) ask(ctx context.Context, colour string) approval.Request {
	w.T.Helper()
	return w.askAbout(ctx, colour, 0)
}

// askAbout is ask for a colour that concerns an account.
func (w *world) askAbout(ctx context.Context, colour string, concerns int64) approval.Request {
	w.T.Helper()
	var r approval.Request
	err := w.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		r, err = w.Approvals.Ask(ctx, tx, approval.Ask{Kind: kind, Payload: colour, Key: "approval.notice.waiting", Args: fault.Args{"Who": "x"}, UnitPath: w.Root.Path, Concerns: concerns})
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return r
}

func (w *world) state(ctx context.Context, uid string) approval.State {
	w.T.Helper()
	list, err := w.Approvals.List(ctx)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range list {
		if r.UID == uid {
			return r.State
		}
	}
	return ""
}

func refused(t *testing.T, err error, kind fault.Kind, key string) *fault.Error {
	t.Helper()
	f := faulttest.Of(t, err)
	if f.Kind != kind || key != "" && f.Key != key {
		t.Errorf("got %v, want %s %s", err, kind, key)
		return &fault.Error{}
	}
	return f
}

func TestTRIC1_ASecondPersonApproves(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	if needed, err := w.Approvals.Needed(first.Ctx); err != nil || !needed {
		t.Fatalf("a person needs no second one: %v", err)
	}
	if needed, err := w.Approvals.Needed(w.Ctx); err != nil || needed {
		t.Fatalf("a system role waits for a second person: %v", err)
	}

	r := w.ask(first.Ctx, "red")
	if len(w.chosen) != 0 || w.state(first.Ctx, r.UID) != approval.Waiting {
		t.Fatalf("done before anybody agreed: %v", w.chosen)
	}
	for who, want := range map[*webtest.Person]int{first: 0, second: 1} {
		if n, err := w.Approvals.Decidable(who.Ctx); err != nil || n != want {
			t.Errorf("%d wait for their word, want %d: %v", n, want, err)
		}
	}

	// The second pair of eyes is nobody's own.
	_, err := w.Agree(first.Ctx, r.UID)
	if f := refused(t, err, fault.Denied, "approval.not_yourself"); f.Check != "two_people" || f.Rule != "TR-IC-1" || f.Law == "" || f.Next == nil {
		t.Errorf("the refusal names no rule or next step: %+v", f)
	}
	refused(t, w.Approvals.Reject(first.Ctx, r.UID, "no"), fault.Denied, "approval.not_yourself")

	done, err := w.Agree(second.Ctx, r.UID)
	if err != nil || done.For != "red" {
		t.Fatalf("%+v %v", done, err)
	}
	if len(w.chosen) != 1 || w.by[0] != first.ID {
		t.Errorf("done %v, as %v; want once, as who asked", w.chosen, w.by)
	}
	if got := w.state(first.Ctx, r.UID); got != approval.Approved {
		t.Errorf("it is %s", got)
	}
	_, err = w.Agree(second.Ctx, r.UID)
	refused(t, err, fault.Conflict, "approval.not_waiting")
	if len(w.chosen) != 1 {
		t.Error("done twice")
	}
}

func TestTRIC1_WhoMayNotDecideDoesNot(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	admin := w.With("tenant_admin", w.Root)
	r := w.ask(admin.Ctx, "red")
	for _, role := range []string{"ministry_officer", "auditor"} {
		other := w.With(role, w.Root)
		_, err := w.Agree(other.Ctx, r.UID)
		if f := refused(t, err, fault.Denied, ""); f.Check != "policy" {
			t.Errorf("%s: %+v", role, f)
		}
		refused(t, w.Approvals.Reject(other.Ctx, r.UID, "no"), fault.Denied, "")
		refused(t, w.Approvals.Cancel(other.Ctx, r.UID), fault.Denied, "")
		if n, _ := w.Approvals.Decidable(other.Ctx); n != 0 {
			t.Errorf("%d wait for the word of %s", n, role)
		}
	}
	_, err := w.Agree(admin.Ctx, "no-such-request")
	refused(t, err, fault.NotFound, "approval.unknown")
	if len(w.chosen) != 0 || w.state(admin.Ctx, r.UID) != approval.Waiting {
		t.Errorf("%v, %s", w.chosen, w.state(admin.Ctx, r.UID))
	}
}

func TestTRIC1_ARequestIsRejectedWithAReasonOrTakenBack(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(first.Ctx, "red")
	if f := refused(t, w.Approvals.Reject(second.Ctx, r.UID, "  "), fault.Invalid, ""); len(f.Fields) != 1 || f.Fields[0].Name != "note" {
		t.Errorf("without a reason: %+v", f)
	}
	if err := w.Approvals.Reject(second.Ctx, r.UID, "not red"); err != nil {
		t.Fatal(err)
	}
	own := w.ask(first.Ctx, "green")
	if err := w.Approvals.Cancel(first.Ctx, own.UID); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[string]approval.State{r.UID: approval.Rejected, own.UID: approval.Cancelled} {
		if got := w.state(first.Ctx, uid); got != want {
			t.Errorf("it is %s, want %s", got, want)
		}
		_, err := w.Agree(second.Ctx, uid)
		refused(t, err, fault.Conflict, "approval.not_waiting")
	}
	if len(w.chosen) != 0 {
		t.Errorf("done all the same: %v", w.chosen)
	}
}

func TestTRIC1_ARequestIsOverAfterItsTime(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(first.Ctx, "red")
	w.Clock.Set(r.Expires.Add(-time.Second))
	if got := w.state(first.Ctx, r.UID); got != approval.Waiting {
		t.Errorf("a second before its time it is %s", got)
	}
	w.Clock.Set(r.Expires)
	if got := w.state(first.Ctx, r.UID); got != approval.Expired {
		t.Errorf("at its time it is %s", got)
	}
	_, err := w.Agree(second.Ctx, r.UID)
	refused(t, err, fault.Conflict, "approval.not_waiting")
	if n, _ := w.Approvals.Decidable(second.Ctx); n != 0 || len(w.chosen) != 0 {
		t.Errorf("%d wait still, done %v", n, w.chosen)
	}
}

func TestTRIC1_WhatCannotBeDoneStaysUndecided(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.ask(first.Ctx, "red")
	w.fails = errors.New("out of paint")
	if _, err := w.Agree(second.Ctx, r.UID); !errors.Is(err, w.fails) {
		t.Fatal(err)
	}
	if got := w.state(first.Ctx, r.UID); got != approval.Waiting {
		t.Errorf("it is %s although nothing was done", got)
	}
}

func TestTRIC1_AnOperatorCosignsOnlyWhereThereIsNoSecondPerson(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	only := w.With("tenant_admin", w.Root)
	r := w.ask(only.Ctx, "red")
	_, err := w.Cosign(only.Ctx, r.UID, "operator")
	refused(t, err, fault.Denied, "tenant.operators_only") // a person of the ministry is none
	if _, err := w.Cosign(w.Ctx, r.UID, ""); err == nil {
		t.Error("nobody in particular co-signed")
	}
	if list, err := w.Approvals.ForOperator(w.Ctx); err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	if _, err := w.Cosign(w.Ctx, r.UID, "operator"); err != nil || len(w.chosen) != 1 {
		t.Fatalf("%v %v", w.chosen, err)
	}

	later := w.ask(only.Ctx, "green")
	w.With("tenant_admin", w.Root)
	if list, err := w.Approvals.ForOperator(w.Ctx); err != nil || len(list) != 0 {
		t.Errorf("operators are shown what the ministry decides itself: %v %v", list, err)
	}
	_, err = w.Cosign(w.Ctx, later.UID, "operator")
	refused(t, err, fault.Denied, "approval.ministry_decides")
	refused(t, w.Approvals.Decline(w.Ctx, later.UID, "operator", "no"), fault.Denied, "approval.ministry_decides")
}

func TestKindsAreRegisteredOnce(t *testing.T) {
	w := newWorld(t, "kg", "secondary_school")
	defer func() {
		if recover() == nil {
			t.Error("a kind was registered twice")
		}
	}()
	w.Approvals.Register(kind, approval.Kind{Do: func(context.Context, *db.Tx, approval.Request, json.RawMessage) (approval.Done, error) {
		return approval.Done{}, nil
	}})
}

// Every act on a request asks whose it is, whatever the policy says: of each method that
// takes one, who may and what the others are told.
func TestTRIC1_EveryActOnARequestAsksWhoseItIs(t *testing.T) {
	w := newWorld(t, "kg", "secondary_school")
	asker, concerned, free := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	puppet := w.With("ministry_officer", w.Root)
	if _, err := w.Identity.PrintCode(asker.Ctx, puppet.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: puppet.UID, Role: "tenant_admin", Unit: w.Root}); err != nil {
		t.Fatal(err)
	}
	puppet.Ctx = w.As(puppet.ID)
	people := map[string]*webtest.Person{"asker": asker, "concerned": concerned, "puppet": puppet, "free": free, "auditor": w.With("auditor", w.Root)}
	type act struct {
		do   func(ctx context.Context, uid string) error
		want map[string]string // what each is told; empty: it is done
	}
	second := map[string]string{"asker": "approval.not_yourself", "concerned": "approval.not_concerned", "puppet": "approval.reset_by_asker", "free": "", "auditor": "gate."}
	operators := map[string]string{"asker": "tenant.operators_only", "concerned": "tenant.operators_only", "puppet": "tenant.operators_only", "free": "tenant.operators_only", "auditor": "tenant.operators_only"}
	acts := map[string]act{
		"Approve":  {func(ctx context.Context, uid string) error { _, err := w.Agree(ctx, uid); return err }, second},
		"Reject":   {func(ctx context.Context, uid string) error { return w.Approvals.Reject(ctx, uid, "x") }, second},
		"Payload":  {func(ctx context.Context, uid string) error { _, _, err := w.Approvals.Payload(ctx, uid); return err }, nil}, // reads what List shows them
		"Subjects": {func(ctx context.Context, kind string) error { _, err := w.Approvals.Subjects(ctx, kind); return err }, nil}, // of a kind: what waits, and nothing of it
		"Get":      {func(ctx context.Context, uid string) error { _, err := w.Approvals.Get(ctx, uid); return err }, nil},
		"Cancel": {func(ctx context.Context, uid string) error { return w.Approvals.Cancel(ctx, uid) }, map[string]string{
			"asker": "", "concerned": "approval.not_yours", "puppet": "approval.not_yours", "free": "approval.not_yours", "auditor": "approval.not_yours",
		}},
		"Cosign": {func(ctx context.Context, uid string) error {
			_, err := w.Cosign(ctx, uid, "operator")
			return err
		}, operators},
		"Decline": {func(ctx context.Context, uid string) error { return w.Approvals.Decline(ctx, uid, "operator", "x") }, operators},
	}
	typ := reflect.TypeFor[*approval.Service]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumIn() < 3 || m.Type.In(1) != reflect.TypeFor[context.Context]() || m.Type.In(2).Kind() != reflect.String {
			continue // takes no request
		}
		a, known := acts[m.Name]
		if !known {
			t.Errorf("%s: say in acts whose act it is", m.Name)
			continue
		}
		for who, p := range people {
			r := w.askAbout(asker.Ctx, "red", concerned.ID)
			err, want := a.do(p.Ctx, r.UID), a.want[who]
			if want == "" {
				if err != nil {
					t.Errorf("%s by the %s: %v", m.Name, who, err)
				}
				continue
			}
			f := faulttest.Of(t, err)
			if !strings.HasPrefix(f.Key, want) || f.Rule == "" || f.Next == nil {
				t.Errorf("%s by the %s: %+v, want %s", m.Name, who, f, want)
			}
			for _, l := range w.Words.Languages() {
				w.Words.Localizer(l.Tag).Fault(f)
			}
			if got := w.state(asker.Ctx, r.UID); got != approval.Waiting {
				t.Errorf("%s by the %s: refused, and it is %s", m.Name, who, got)
			}
			if err := w.Approvals.Cancel(asker.Ctx, r.UID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Who may not take a request back is told what they can do: reject it, where they may,
// and else leave it to who decides.
func TestTRIC1_WhoMayNotTakeItBackIsToldWhatTheyMayDo(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	asker, concerned, free := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	r := w.askAbout(asker.Ctx, "red", concerned.ID)
	for p, want := range map[*webtest.Person]string{free: "approval.next.reject", concerned: "approval.next.asker", w.With("auditor", w.Root): "approval.next.asker"} {
		if f := faulttest.Of(t, w.Approvals.Cancel(p.Ctx, r.UID)); f.Next == nil || f.Next.Key != want {
			t.Errorf("%+v, want %s", f, want)
		}
	}
	only := newWorld(t, "tr", "ilkokul")
	asker, concerned = only.With("tenant_admin", only.Root), only.With("tenant_admin", only.Root)
	r = only.askAbout(asker.Ctx, "red", concerned.ID)
	if f := faulttest.Of(t, only.Approvals.Cancel(concerned.Ctx, r.UID)); f.Next == nil || f.Next.Key != "approval.next.asker" {
		t.Errorf("%+v", f)
	}
}

// Two at once: of a yes, a no and a taking back one comes about, and what was asked is
// done once or not at all.
func TestTRIC1_TwoDecisionsAtOnceAreOne(t *testing.T) {
	w := newWorld(t, "kg", "secondary_school")
	asker, one, two := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	approve := func(p *webtest.Person, uid string) error { _, err := w.Agree(p.Ctx, uid); return err }
	for name, other := range map[string]func(uid string) error{
		"approve": func(uid string) error { return approve(two, uid) },
		"reject":  func(uid string) error { return w.Approvals.Reject(two.Ctx, uid, "x") },
		"cancel":  func(uid string) error { return w.Approvals.Cancel(asker.Ctx, uid) },
	} {
		for i := range 12 {
			r := w.ask(asker.Ctx, name)
			done := len(w.chosen)
			var first, second error
			var wg sync.WaitGroup
			wg.Go(func() { first = approve(one, r.UID) })
			wg.Go(func() { second = other(r.UID) })
			wg.Wait()
			if (first == nil) == (second == nil) {
				t.Fatalf("%s, round %d: %v, %v", name, i, first, second)
			}
			approved := first == nil || name == "approve"
			if got := w.state(asker.Ctx, r.UID); (got == approval.Approved) != approved || (len(w.chosen) == done+1) != approved || len(w.chosen) > done+1 {
				t.Fatalf("%s, round %d: it is %s and was done %d times", name, i, got, len(w.chosen)-done)
			}
			lost := first
			if lost == nil {
				lost = second
			}
			if fault.KindOf(lost) != fault.Conflict {
				t.Errorf("%s, round %d: %v", name, i, lost)
			}
		}
	}
}

// To wait for somebody else's word is neither a failure nor a mistake, and leads to the request.
func TestTRIC1_ToWaitIsNoFailure(t *testing.T) {
	f := faulttest.Of(t, &approval.Asked{Request: approval.Request{UID: "one"}})
	if f.Kind != fault.Accepted || f.Kind.Status() != 202 || f.Next.URL != "/approvals#one" {
		t.Errorf("%+v", f)
	}
}

// Who may decide nothing is told who decides this request: where everybody whom the policy
// names is barred, an operator of the platform, as those are told themselves.
func TestTRIC1_WhoMayNotDecideIsToldWhoDoes(t *testing.T) {
	for _, c := range []struct{ country, typ string }{{"kg", "secondary_school"}, {"tr", "ilkokul"}} {
		w := newWorld(t, c.country, c.typ)
		asker, concerned := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
		auditor := w.With("auditor", w.Root)
		r := w.askAbout(asker.Ctx, "red", concerned.ID)
		told := func(want string) {
			t.Helper()
			for what, err := range map[string]error{"approve": second(w.Agree(auditor.Ctx, r.UID)), "reject": w.Approvals.Reject(auditor.Ctx, r.UID, "x")} {
				if f := faulttest.Of(t, err); f.Kind != fault.Denied || f.Next == nil || f.Next.Key != want || f.Rule == "" {
					t.Errorf("%s %s: %+v, want %s", c.country, what, f, want)
				}
			}
		}
		told("approval.next.operator")
		w.With("tenant_admin", w.Root)
		told("gate.next.ask_role")
	}
}

func second[T any](_ T, err error) error { return err }

// What is lacking to whoever asked is told as theirs, not as the approver's own.
func TestTRIC1_ARefusalToTheAskerIsToldAsTheirs(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	asker, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	n := identity.NewAppointment{Person: identity.Person{Family: "Жаңы", Given: "Текшерүүчү"}, Role: "auditor", Unit: w.Root, IdentifiedBy: "passport"}
	out, err := w.Identity.Appoint(asker.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatal(err)
	}
	uid := out.Waiting.UID
	err = w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE account SET totp_sealed = NULL, totp_at = NULL WHERE tenant_id = $1 AND id = $2", tx.Tenant(), asker.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range w.Words.Languages() {
		_, err := w.Agree(second.Ctx, uid)
		f := faulttest.Of(t, err)
		if f.Key != "approval.askers_refusal" || f.Args["Asker"] != asker.Name || f.Rule == "" || f.Next == nil || f.Next.Key != "approval.next.askers" {
			t.Fatalf("%+v", f)
		}
		x := w.Words.Localizer(l.Tag).Fault(f)
		if !strings.Contains(x.Reason, asker.Name) {
			t.Errorf("%s: %s", l.Tag, x.Reason)
		}
	}
}

// Whoever decides has no form before them: what can no longer be done as it was asked is
// told them as that, whatever doing it finds wrong, with what they can do about it.
func TestTRIC1_WhatCanNoLongerBeDoneIsNobodysMistake(t *testing.T) {
	w := newWorld(t, "kg", "secondary_school")
	first, second := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	fails := []error{
		fault.New(fault.Invalid, "identity.invalid").WithField("on", "identity.end_past", nil).WithOwnRule("one_account"),
		fault.New(fault.Invalid, "identity.invalid"), fault.New(fault.Conflict, "identity.changed_since"), fault.New(fault.NotFound, "identity.no_account"),
	}
	check := func(err, cause error, url bool) {
		t.Helper()
		f := refused(t, err, fault.Conflict, "approval.overtaken")
		if len(f.Fields) != 0 || f.Next == nil || (f.Next.URL != "") != url || f.Rule != faulttest.Of(t, cause).Rule {
			t.Errorf("%+v", f)
		}
		for _, l := range w.Words.Languages() {
			if said := w.Words.Localizer(l.Tag).Fault(f); said.NextText == "" || strings.Contains(said.Reason, "{{") {
				t.Errorf("%s: %+v", l.Tag, said)
			}
		}
	}
	for _, w.fails = range fails {
		r := w.ask(first.Ctx, "red")
		_, err := w.Agree(second.Ctx, r.UID)
		check(err, w.fails, true)
		if err := w.Approvals.Reject(second.Ctx, r.UID, "x"); err != nil {
			t.Errorf("what it says to do next can't be done: %v", err)
		}
	}
	if err := w.Identity.Block(w.Ctx, second.UID, "x"); err != nil {
		t.Fatal(err)
	}
	for _, w.fails = range fails {
		r := w.ask(first.Ctx, "red")
		_, err := w.Cosign(w.Ctx, r.UID, "operator")
		check(err, w.fails, false)
		if err := w.Approvals.Decline(w.Ctx, r.UID, "operator", "x"); err != nil {
			t.Errorf("what it says to do next can't be done: %v", err)
		}
	}
	w.fails = fault.New(fault.Denied, "identity.roles_exclude").WithCheck("policy")
	_, err := w.Cosign(w.Ctx, w.ask(first.Ctx, "blue").UID, "operator")
	refused(t, err, fault.Denied, "approval.askers_refusal")
}
