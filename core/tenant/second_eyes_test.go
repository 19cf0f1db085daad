package tenant_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/tenant"
)

// asks is a request for an administrator's role by somebody.
func (p *process) asks(ctx context.Context, role, email string) (identity.Appointed, error) {
	p.t.Helper()
	return p.people.Appoint(ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Токтогулов", Given: strings.FieldsFunc(email, func(r rune) bool { return r == '@' || r == '+' })[0], Email: email}, Role: role, Unit: must(p.tree.Root(ctx)), IdentifiedBy: "passport",
	})
}

// alone is a ministry with one administrator, who has accepted.
func (p *process) alone() (*tenant.Ministry, context.Context) {
	p.t.Helper()
	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	m, invitations, err := p.tenants.Onboard(console(), plan)
	ok(p.t, err)
	return m, p.accept(m, invitations[0].Link, "aigul")
}

// colleague is another operator.
func colleague() context.Context {
	return caller.With(context.Background(), &caller.Caller{Account: 2, AccountUID: "operator-two", Name: "Colleague", Operator: true, SecondFactor: true, Session: "s"})
}

// only is the error of a call.
func only[T any](_ T, err error) error { return err }

func (p *process) holders(m *tenant.Ministry, role string) int {
	return number(p.t, p.db, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND role = $2", m.ID, role)
}

func TestTRIC1_TheOperatorCosignsWhileThereIsOneAdministrator(t *testing.T) {
	p := start(t)
	m, first := p.alone()
	out, err := p.asks(first, identity.AdministratorRole, "second@kg.example")
	ok(t, err)
	if out.Waiting == nil || out.Key != nil || p.holders(m, identity.AdministratorRole) != 1 {
		t.Fatal("the role was given on one person's word")
	}
	if n := number(t, p.db, "SELECT count(*) FROM account"); n != 1 {
		t.Fatal("the rehearsal left an account behind")
	}
	if _, err := p.agree(first, out.Waiting.UID); !errors.Is(err, fault.New(fault.Denied, "approval.not_yourself")) || faulttest.Of(t, err).Law == "" {
		t.Fatalf("she approves her own: %v", err)
	}
	const shown = "SELECT count(*) FROM audit_entry WHERE action = 'view' AND object = 'approval' AND system = 'platform' AND fields @> '{asked_by,operator}'"
	before := number(t, p.db, shown)
	waiting := must(p.tenants.Waiting(console(), "kg"))
	if n := number(t, p.db, shown); n != before+1 {
		t.Errorf("%d entries say that an operator was shown who asks", n-before)
	}
	if len(waiting) != 1 || waiting[0].UID != out.Waiting.UID || waiting[0].AskedName == "" {
		t.Fatalf("the operator sees %+v", waiting)
	}
	// The operator who has had the asker's link in hand may be the asker.
	if waiting[0].Decide {
		t.Error("the operator who invited her is offered her request")
	}
	for what, err := range map[string]error{
		"co-signs": only(p.cosign(console(), "kg", out.Waiting.UID)), "declines": p.tenants.Decline(console(), "kg", out.Waiting.UID, "no"),
	} {
		if f := faulttest.Of(t, err); f.Key != "approval.operators_hand" || f.Rule == "" || f.Law == "" || f.Next == nil || f.Next.Key != "approval.next.other_operator" {
			t.Errorf("the operator who invited her %s: %v", what, err)
		}
	}
	if w := must(p.tenants.Waiting(colleague(), "kg")); len(w) != 1 || !w[0].Decide {
		t.Errorf("another operator sees %+v", w)
	}
	done, err := p.cosign(colleague(), "kg", out.Waiting.UID)
	ok(t, err)
	if !strings.HasPrefix(done.Link, "https://kg.mektep.example/invitation/") || done.Address != "second@kg.example" || p.holders(m, identity.AdministratorRole) != 2 {
		t.Fatalf("it was not done: %+v", done)
	}
	if n := number(t, p.db, "SELECT count(*) FROM approval WHERE state = 'approved' AND decided_operator = 'operator-two' AND payload IS NULL"); n != 1 {
		t.Fatal("it is not kept who agreed, or what was asked still is")
	}
	if n := number(t, p.db, "SELECT count(*) FROM platform.operator_act WHERE action = 'approve' AND object = 'approval' AND ministry = 'kg' AND outcome = 'allow'"); n != 1 {
		t.Fatal("it is not in the platform's trail")
	}
	if n := number(t, p.db, "SELECT count(*) FROM appointment WHERE granted_by IS NOT NULL AND role = 'tenant_admin'"); n != 1 {
		t.Fatal("it was not given by who asked")
	}
	if _, err := p.cosign(colleague(), "kg", out.Waiting.UID); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("co-signed twice: %v", err)
	}
	// There are two accounts now, and one word: the first typed the address to which the
	// second one's letters go. An operator is still the second pair of eyes.
	second := p.accept(m, done.Link, "zhenish")
	third, err := p.asks(first, identity.AdministratorRole, "third@kg.example")
	ok(t, err)
	if _, err := p.agree(second, third.Waiting.UID); fault.KindOf(err) != fault.Denied {
		t.Fatalf("the address's typist agrees to her own request: %v", err)
	}
	if w := must(p.tenants.Waiting(colleague(), "kg")); len(w) != 1 || !w[0].Decide {
		t.Fatalf("nobody is left to decide: %+v", w)
	}
	ok(t, only(p.cosign(colleague(), "kg", third.Waiting.UID)))
}

// Where the ministry has two people, operators have no say.
func TestTRIC1_OperatorsDecideNothingForTwo(t *testing.T) {
	p := start(t)
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	first := p.accept(m, invitations[0].Link, "aigul")
	p.accept(m, invitations[1].Link, "asan")
	out, err := p.asks(first, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	if n := len(must(p.tenants.Waiting(colleague(), "kg"))); n != 0 {
		t.Fatal("the operator is shown what the ministry can decide by itself")
	}
	if _, err := p.cosign(colleague(), "kg", out.Waiting.UID); !errors.Is(err, fault.New(fault.Denied, "approval.ministry_decides")) {
		t.Fatalf("an operator decides in the ministry's place: %v", err)
	}
	if err := p.tenants.Decline(colleague(), "kg", out.Waiting.UID, "no"); !errors.Is(err, fault.New(fault.Denied, "approval.ministry_decides")) {
		t.Fatalf("an operator refuses in the ministry's place: %v", err)
	}
}

func TestTRIC1_TwoAdministratorsAgree(t *testing.T) {
	p := start(t)
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	first, second := p.accept(m, invitations[0].Link, "aigul"), p.accept(m, invitations[1].Link, "asan")
	out, err := p.asks(first, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	if out.Waiting == nil {
		t.Fatal("the auditor was appointed on one person's word")
	}
	if n := must(p.approvals.Decidable(second)); n != 1 {
		t.Fatalf("%d wait for the second one", n)
	}
	if n := must(p.approvals.Decidable(first)); n != 0 {
		t.Fatal("her own request waits for her")
	}
	if n := number(t, p.db, "SELECT count(*) FROM notice WHERE key = 'approval.notice.waiting'"); n != 1 {
		t.Fatalf("%d were told", n)
	}
	done, err := p.agree(second, out.Waiting.UID)
	ok(t, err)
	if done.Link == "" || p.holders(m, identity.AuditorRole) != 1 {
		t.Fatal("it was not done")
	}
	if n := number(t, p.db, "SELECT count(*) FROM appointment WHERE role = 'auditor' AND granted_by = $1", caller.From(first).Account); n != 1 {
		t.Fatal("it was not given by who asked")
	}
	if err := p.approvals.Reject(second, out.Waiting.UID, "late"); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("rejected after all: %v", err)
	}
	list := must(p.approvals.List(second))
	if len(list) != 1 || list[0].State != approval.Approved || list[0].DecidedBy == "" {
		t.Fatalf("%+v", list)
	}
}

func TestTRIC1_ARefusedRequestDoesNothing(t *testing.T) {
	p := start(t)
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	first, second := p.accept(m, invitations[0].Link, "aigul"), p.accept(m, invitations[1].Link, "asan")
	ask := func(whom string) string {
		out, err := p.asks(first, identity.AuditorRole, whom+"@kg.example")
		ok(t, err)
		return out.Waiting.UID
	}
	rejected, cancelled, over, lost := ask("one"), ask("two"), ask("three"), ask("four")
	if err := p.approvals.Reject(second, rejected, ""); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	ok(t, p.approvals.Reject(second, rejected, "Буйрук жок"))
	ok(t, p.approvals.Cancel(first, cancelled))
	for _, uid := range []string{rejected, cancelled} {
		if _, err := p.agree(second, uid); fault.KindOf(err) != fault.Conflict {
			t.Errorf("approved after all: %v", err)
		}
	}
	officer := must(p.people.Appoint(inside(m), identity.NewAppointment{Person: identity.Person{Family: "Кызматкер"}, Role: "ministry_officer", Unit: must(p.tree.Root(inside(m)))}))
	stranger := p.accept(m, officer.Key.Path, "officer")
	if _, err := p.agree(stranger, over); fault.KindOf(err) != fault.Denied {
		t.Errorf("an officer approves: %v", err)
	}
	if err := p.approvals.Cancel(stranger, over); fault.KindOf(err) != fault.Denied {
		t.Errorf("an officer cancels another's: %v", err)
	}
	if list := must(p.approvals.List(stranger)); len(list) != 0 {
		t.Errorf("an officer sees others' requests: %+v", list)
	}
	// Whoever has lost the right meanwhile gets nothing done.
	exec(t, p.db, "UPDATE appointment SET until = current_date - 1, since = current_date - 9 WHERE role = 'tenant_admin' AND account_id = (SELECT asked_by FROM approval LIMIT 1)")
	if _, err := p.agree(second, lost); fault.KindOf(err) != fault.Denied {
		t.Errorf("done for who has lost the right: %v", err)
	}
	exec(t, p.db, "UPDATE appointment SET until = NULL WHERE role = 'tenant_admin'")
	p.clock.Set(time.Now().Add(approval.Life + time.Minute))
	if _, err := p.agree(second, over); fault.KindOf(err) != fault.Conflict {
		t.Errorf("approved when it was over: %v", err)
	}
	if p.holders(m, identity.AuditorRole) != 0 {
		t.Fatal("somebody was appointed")
	}
}

func TestTRIC1_WhatCannotBeDoneIsRefusedAtOnce(t *testing.T) {
	p := start(t)
	_, first := p.alone()
	if _, err := p.asks(first, identity.AuditorRole, "aigul@kg.example"); fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Invalid {
		t.Fatalf("an address that is taken: %v", err)
	}
	if n := number(t, p.db, "SELECT count(*) FROM approval"); n != 0 {
		t.Fatal("it waits all the same")
	}
}

func TestOtherMinistriesAndOperatorsReachNoApprovals(t *testing.T) {
	p := start(t)
	m, first := p.alone()
	out, err := p.asks(first, identity.AdministratorRole, "second@kg.example")
	ok(t, err)
	other, invitations, err := p.tenants.Onboard(console(), planKG("other"))
	ok(t, err)
	stranger := p.accept(other, invitations[0].Link, "stranger")
	if _, err := p.agree(stranger, out.Waiting.UID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another ministry's administrator: %v", err)
	}
	if _, err := p.cosign(console(), "other", out.Waiting.UID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("through another ministry: %v", err)
	}
	// A person of the ministry is no operator, whatever they name.
	if _, err := p.approvals.Cosign(first, out.Waiting.UID, "operator-one", ""); fault.KindOf(err) != fault.Denied {
		t.Errorf("she co-signs herself: %v", err)
	}
	if p.holders(m, identity.AdministratorRole) != 1 {
		t.Fatal("the role was given")
	}
}
