package tenant_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
)

func commandLine() context.Context {
	return caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "test"))
}

// operator has somebody make an operator, who follows the link and acts then.
func (p *process) operator(by context.Context, login string) context.Context {
	p.t.Helper()
	o, key, err := p.operators.Create(by, "Op "+login, login+"@mektep.example", "en")
	ok(p.t, err)
	p.opens(key, login)
	id := number(p.t, p.db, "SELECT id FROM platform.operator WHERE uid = $1", o.UID)
	return caller.With(context.Background(), &caller.Caller{Account: int64(id), AccountUID: o.UID, Name: o.Name, Operator: true, SecondFactor: true, Session: "s"})
}

func (p *process) opens(key *door.Key, login string) {
	p.t.Helper()
	_, err := p.operators.Accept(context.Background(), key.Path[strings.LastIndex(key.Path, "/")+1:], identity.Acceptance{Login: login, Password: password})
	ok(p.t, err)
}

func uidOf(ctx context.Context) string { return caller.From(ctx).AccountUID }

// agree is the yes of somebody of the ministry who has read a request.
func (p *process) agree(by context.Context, uid string) (approval.Done, error) {
	r, _ := p.approvals.Get(by, uid) // who may not read it is refused below
	return p.approvals.Approve(by, uid, r.Read)
}

// cosign is the yes of an operator who has read a request.
func (p *process) cosign(by context.Context, slug, uid string) (approval.Done, error) {
	all, _ := p.tenants.Waiting(by, slug) // who may not read it is refused below
	read := ""
	for _, r := range all {
		if r.UID == uid {
			read = r.Read
		}
	}
	return p.tenants.Cosign(by, slug, uid, read)
}

// decides reports by which rule an operator is kept from a request; empty: may decide it.
func (p *process) decides(by context.Context, request string) string {
	p.t.Helper()
	offered := must(p.tenants.Waiting(by, "kg"))[0].Decide
	if offered {
		return ""
	}
	key := ""
	for what, err := range map[string]error{"co-signs": only(p.cosign(by, "kg", request)), "declines": p.tenants.Decline(by, "kg", request, "no")} {
		f := faulttest.Of(p.t, err)
		if f.Kind != fault.Denied || f.Rule == "" || f.Law == "" || f.Next == nil || f.Next.Key != "approval.next.other_operator" {
			p.t.Fatalf("%s: %+v", what, f)
		}
		key = f.Key
	}
	return key
}

// An operator makes a second one, has that one's link and the first administrator's,
// and would be asker and second person.
func TestTRIC1_AnOperatorAndThoseWhoseLinksTheyHadAreOnePerson(t *testing.T) {
	const one, other = "approval.operators_hand", "approval.operators_same_hands"
	p := start(t)
	first := p.operator(commandLine(), "first")
	free := p.operator(commandLine(), "free")
	puppet := p.operator(first, "puppet")
	second := p.operator(puppet, "second") // a puppet's puppet
	apart := p.operator(free, "apart")

	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	m, invitations, err := p.tenants.Onboard(first, plan)
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	out, err := p.asks(admin, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	request := out.Waiting.UID
	for name, w := range map[string]struct {
		by   context.Context
		want string
	}{"had the link": {first, one}, "the puppet": {puppet, other}, "its puppet": {second, other}, "free": {free, ""}, "of the free one": {apart, ""}} {
		if got := p.decides(w.by, request); got != w.want {
			t.Errorf("%s: %q, want %q", name, got, w.want)
		}
	}

	// A link that replaces another one counts too, also before it is used.
	key, err := p.operators.Relink(puppet, uidOf(free))
	ok(t, err)
	if got := p.decides(free, request); got != other {
		t.Errorf("after a new link: %q", got)
	}
	p.opens(key, "free")
	// Nobody ends their own hand; somebody else's newer key does, once it is used.
	key, err = p.operators.Relink(first, uidOf(free))
	ok(t, err)
	p.opens(key, "free")
	if got := p.decides(free, request); got != other {
		t.Errorf("the same hands again: %q", got)
	}
	key, err = p.operators.Relink(commandLine(), uidOf(free))
	ok(t, err)
	if got := p.decides(free, request); got != other {
		t.Errorf("a link that nobody has used: %q", got)
	}
	p.opens(key, "free")
	if got := p.decides(free, request); got != "" {
		t.Errorf("keys from the command line: %q", got)
	}
	_, err = p.cosign(free, "kg", request)
	ok(t, err)
}

// The hand is on the puppet's side: it invites the administrator, its maker co-signs.
func TestTRIC1_WhatThePuppetHadInHandItsMakerHas(t *testing.T) {
	p := start(t)
	first := p.operator(commandLine(), "first")
	puppet := p.operator(first, "puppet")
	sibling := p.operator(first, "sibling")
	plan := planKG("kg")
	plan.Admins = plan.Admins[:1]
	m, invitations, err := p.tenants.Onboard(puppet, plan)
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	out, err := p.asks(admin, identity.AuditorRole, "auditor@kg.example")
	ok(t, err)
	// It stays so when the puppet has keys from others by now.
	key, err := p.operators.Relink(commandLine(), uidOf(puppet))
	ok(t, err)
	p.opens(key, "puppet")
	for name, by := range map[string]context.Context{"maker": first, "sibling": sibling} {
		if got := p.decides(by, out.Waiting.UID); got != "approval.operators_same_hands" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Two at once: whatever comes first, a blocked operator has no link that opens.
func TestTRIC1_ANewLinkAndABlockAtOnce(t *testing.T) {
	p := start(t)
	first := p.operator(commandLine(), "first")
	other := p.operator(commandLine(), "other")
	target := p.operator(commandLine(), "target")
	var wg sync.WaitGroup
	var key *door.Key
	var linked, blocked error
	wg.Add(2)
	go func() { defer wg.Done(); key, linked = p.operators.Relink(first, uidOf(target)) }()
	go func() { defer wg.Done(); blocked = p.operators.Block(other, uidOf(target)) }()
	wg.Wait()
	ok(t, blocked)
	noted := number(t, p.db, "SELECT count(*) FROM platform.operator_hand WHERE by_operator = $1 AND what = 'shown'", uidOf(first))
	if linked != nil {
		if faulttest.Of(t, linked).Key != "identity.not_active" || noted != 0 {
			t.Fatalf("%v, %d hands", linked, noted)
		}
		return
	}
	if noted != 1 {
		t.Errorf("%d hands are noted", noted)
	}
	if _, err := p.operators.OpenKey(context.Background(), key.Path[strings.LastIndex(key.Path, "/")+1:]); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the link of a blocked operator opens: %v", err)
	}
}
