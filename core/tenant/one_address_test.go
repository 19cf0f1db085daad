package tenant_test

import (
	"context"
	"errors"
	"testing"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
)

// Who is an operator and an administrator has one address, and one word: they co-sign
// nothing that somebody of that address asks for, or that makes an account for it; nor
// does the administrator decide for whom the operator may be acting as.
func TestTRIC1_AnOperatorAndAnAdministratorOfOneAddressAreOnePerson(t *testing.T) {
	const address = "approval.operators_address"
	p := start(t)
	both := p.operator(commandLine(), "both") // both@mektep.example
	free := p.operator(commandLine(), "free")
	maker := p.operator(free, "maker")
	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	plan.Admins[0].Email = "BOTH@mektep.example"
	m, invitations, err := p.tenants.Onboard(commandLine(), plan)
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	out, err := p.asks(admin, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	for by, want := range map[context.Context]string{both: address, free: "", maker: ""} {
		if got := p.decides(by, out.Waiting.UID); got != want {
			t.Errorf("%s: %q, want %q", caller.From(by).Name, got, want)
		}
	}
	// The command line has typed the address and had the link: it is no second person.
	if f := faulttest.Of(t, only(p.cosign(commandLine(), "kg", out.Waiting.UID))); f.Key != "approval.operators_hand" {
		t.Errorf("the command line: %v", f)
	}
	ok(t, only(p.cosign(free, "kg", out.Waiting.UID)))

	// An account at an operator's address is that operator's.
	out, err = p.asks(admin, identity.AdministratorRole, "Free@mektep.example")
	ok(t, err)
	for by, want := range map[context.Context]string{both: address, free: address, maker: address} { // free had the maker's link: one person, too
		if got := p.decides(by, out.Waiting.UID); got != want {
			t.Errorf("at an operator's address: %s: %q, want %q", caller.From(by).Name, got, want)
		}
	}
}

// Two administrators of the ministry, one of whom is the operator who had the other's link.
func TestTRIC1_AnAdministratorIsTheOperatorOfTheirAddress(t *testing.T) {
	p := start(t)
	both := p.operator(commandLine(), "both")
	plan := planKG("kg")
	plan.Admins[1].Email = "both@mektep.example"
	m, invitations, err := p.tenants.Onboard(both, plan)
	ok(t, err)
	first, second := p.accept(m, invitations[0].Link, "aigul"), p.accept(m, invitations[1].Link, "asan")
	out, err := p.asks(first, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	if _, err := p.agree(second, out.Waiting.UID); !errors.Is(err, fault.New(fault.Denied, "approval.same_hands")) {
		t.Errorf("who had the asker's link decides by their other account: %v", err)
	} else if f := faulttest.Of(t, err); f.Next == nil || f.Next.Key != "approval.next.operator" {
		t.Errorf("and is told %+v", f.Next)
	}
	list := must(p.approvals.List(second))
	if len(list) != 1 || list[0].Decide || list[0].State != approval.Waiting {
		t.Errorf("%+v", list)
	}
	ok(t, only(p.cosign(p.operator(commandLine(), "other"), "kg", out.Waiting.UID)))
}

// Another address makes nobody another person: before or after they have asked.
func TestTRIC1_AnAddressOfBeforeIsStillTheOperators(t *testing.T) {
	p := start(t)
	both, free := p.operator(commandLine(), "both"), p.operator(commandLine(), "free")
	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	plan.Admins[0].Email = "both@mektep.example"
	m, invitations, err := p.tenants.Onboard(commandLine(), plan)
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	before, err := p.asks(admin, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	for _, address := range []string{"own@mail.example", "another@mail.example"} {
		ok(t, p.changesOwn(admin, identity.Own{Email: address, Password: password}))
	}
	after, err := p.asks(admin, identity.AdministratorRole, "second@kg.example")
	ok(t, err)
	for _, uid := range []string{before.Waiting.UID, after.Waiting.UID} {
		if got := p.decides(both, uid); got != "approval.operators_address" {
			t.Errorf("who had the operator's address: %q", got)
		}
		if got := p.decides(free, uid); got != "" {
			t.Errorf("another operator: %q", got)
		}
	}
}

// A mark of one's own in an address makes nobody another person: neither a mark of the
// administrator's nor one of the operator's, now or before.
func TestTRIC1_AMarkInAnAddressMakesNobodyAnotherPerson(t *testing.T) {
	const address = "approval.operators_address"
	p := start(t)
	both, free := p.operator(commandLine(), "both"), p.operator(commandLine(), "free")
	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	plan.Admins[0].Email = "both+kg@mektep.example"
	m, invitations, err := p.tenants.Onboard(commandLine(), plan)
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	ask := func(role, email string) string { return must(p.asks(admin, role, email)).Waiting.UID }
	now := ask(identity.AuditorRole, "auditor@kg.example")
	ok(t, p.changesOwn(admin, identity.Own{Email: "own@mail.example", Password: password}))
	then := ask(identity.AdministratorRole, "third@kg.example")
	check := func(uid string, wants map[context.Context]string) {
		t.Helper()
		for by, want := range wants {
			if got := p.decides(by, uid); got != want {
				t.Errorf("%s: %q, want %q", caller.From(by).Name, got, want)
			}
		}
	}
	for _, uid := range []string{now, then} {
		check(uid, map[context.Context]string{both: address, free: ""})
	}
	for _, uid := range []string{now, then} {
		ok(t, p.tenants.Decline(free, "kg", uid, "no"))
	}
	check(ask(identity.AdministratorRole, "free+x@mektep.example"), map[context.Context]string{both: address, free: address})
}

// What an administrator enters bars no operator: it is refused where it is an operator's
// mailbox, and says nothing where it came to be one later.
func TestTRIC1_AnEnteredAddressBarsNoOperator(t *testing.T) {
	p := start(t)
	early := p.operator(commandLine(), "early")
	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	m, invitations, err := p.tenants.Onboard(commandLine(), plan)
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	if err := p.changesOwn(admin, identity.Own{Email: "early+q@mektep.example", Password: password}); !errors.Is(err, fault.New(fault.Conflict, "identity.email_taken")) {
		t.Errorf("an operator's mailbox: %v", err)
	}
	ok(t, p.changesOwn(admin, identity.Own{Email: "late+q@mektep.example", Password: password}))
	late := p.operator(commandLine(), "late")
	then := must(p.asks(admin, identity.AuditorRole, "auditor@kg.example")).Waiting.UID
	ok(t, p.changesOwn(admin, identity.Own{Email: "own@mail.example", Password: password}))
	for by, name := range map[context.Context]string{early: "early", late: "late"} {
		if got := p.decides(by, then); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// changesOwn has somebody change their own data as they stand now.
func (p *process) changesOwn(ctx context.Context, o identity.Own) error {
	p.t.Helper()
	o.Version = must(p.people.Mine(ctx)).Version
	return p.people.ChangeOwn(ctx, o)
}
