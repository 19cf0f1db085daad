package tenant_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/tenant"
)

// ruled is a ministry with two administrators and an auditor who have accepted.
func (p *process) ruled() (m *tenant.Ministry, admins [2]context.Context, auditor context.Context) {
	p.t.Helper()
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(p.t, err)
	admins[0], admins[1] = p.accept(m, invitations[0].Link, "aigul"), p.accept(m, invitations[1].Link, "asan")
	out, err := p.people.Administrator(inside(m), identity.AuditorRole, must(p.tree.Root(inside(m))), identity.Person{Family: "Аудитор", Given: "Адам", Email: "auditor@kg.example"})
	ok(p.t, err)
	return m, admins, p.accept(m, out.Key.Path, "auditor")
}

func (p *process) letters(m *tenant.Ministry) string { return must(p.tenants.LettersHost(inside(m))) }

// address is where the platform's first page leads to the ministry.
func (p *process) address() string {
	return must(p.tenants.Leads(context.Background(), must(p.tenants.BySlug(context.Background(), "kg")))).Host
}

func (p *process) told(m *tenant.Ministry, key string) int {
	return number(p.t, p.db, "SELECT count(*) FROM notice WHERE tenant_id = $1 AND key = $2", m.ID, key)
}

// Where a one-time link leads is a key: no operator alone chooses it, in whatever order the
// names stand, and the ministry hears of every name that leads to it.
func TestTRIC1_WhereLettersLeadIsNotOnePersonsToChoose(t *testing.T) {
	p := start(t)
	m, admins, _ := p.ruled()
	for i, host := range []string{"aaa.evil.example", "zzz.evil.example", "0.evil.example", "xn--h1akdx.example"} {
		ok(t, p.tenants.AddHost(console(), "kg", host))
		if at := p.letters(m); at != "kg.mektep.example" {
			t.Fatalf("an operator added %s, and letters lead to %s", host, at)
		}
		if at := p.address(); at != "kg.mektep.example" {
			t.Errorf("the front page leads to %s", at)
		}
		if n := p.told(m, "tenant.notice.host_create"); n != 3*(i+1) {
			t.Errorf("%d of two administrators and the auditor know of %d host names", n, i+1)
		}
	}
	if n := number(t, p.db, "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND object = 'settings' AND action = 'update'", m.ID); n != 4 {
		t.Errorf("%d entries of the ministry's own trail of four host names", n)
	}
	if n := number(t, p.db, "SELECT count(*) FROM change_value WHERE tenant_id = $1 AND field = 'operator' AND new::text LIKE '%operator-one%'", m.ID); n != 4 {
		t.Errorf("%d of them name the operator", n)
	}
	if err := p.tenants.RemoveHost(console(), "kg", "kg.mektep.example"); faulttest.Of(t, err).Key != "tenant.letters_host" || faulttest.Of(t, err).Next == nil {
		t.Errorf("an operator takes away where letters lead: %v", err)
	}
	ok(t, p.tenants.RemoveHost(console(), "kg", "aaa.evil.example"))
	if n := p.told(m, "tenant.notice.host_delete"); n != 3 {
		t.Errorf("%d know that a host name is gone", n)
	}

	ask := func(host string) approval.Request {
		t.Helper()
		var a *approval.Asked
		if err := p.tenants.UseHost(admins[0], host); !errors.As(err, &a) {
			t.Fatalf("it was done, or refused, at once: %v", err)
		}
		return a.Request
	}
	if err := p.tenants.UseHost(admins[0], "aaa.evil.example"); !slices.Equal(faulty(err), []string{"host"}) {
		t.Errorf("one that leads there no longer: %v", err)
	}
	if err := p.tenants.UseHost(admins[0], "kg.mektep.example"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the one to which they lead: %v", err)
	}
	r := ask("zzz.evil.example")
	if err := p.tenants.UseHost(admins[1], "0.evil.example"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second request about the same: %v", err)
	}
	if _, err := p.agree(admins[0], r.UID); faulttest.Key(err) != "approval.not_yourself" {
		t.Errorf("who asked: %v", err)
	}
	if err := only(p.cosign(colleague(), "kg", r.UID)); faulttest.Key(err) != "approval.ministry_decides" {
		t.Errorf("an operator: %v", err)
	}
	if at := p.letters(m); at != "kg.mektep.example" {
		t.Fatalf("nobody has agreed, and letters lead to %s", at)
	}
	ok(t, only(p.agree(admins[1], r.UID)))
	if at := p.letters(m); at != "zzz.evil.example" {
		t.Errorf("two have agreed, and letters lead to %s", at)
	}
	if at := p.address(); at != "zzz.evil.example" {
		t.Errorf("two have agreed, and the front page leads to %s", at)
	}
	if n := p.told(m, "tenant.notice.letters"); n != 3 {
		t.Errorf("%d know that letters lead elsewhere", n)
	}
	ok(t, p.tenants.RemoveHost(console(), "kg", "kg.mektep.example"))

	// What was taken away while it was asked for is not chosen.
	r = ask("0.evil.example")
	ok(t, p.tenants.RemoveHost(console(), "kg", "0.evil.example"))
	if err := only(p.agree(admins[1], r.UID)); fault.KindOf(err) != fault.Conflict {
		t.Errorf("one that is gone since: %v", err)
	}
	if at := p.letters(m); at != "zzz.evil.example" {
		t.Errorf("letters lead to %s", at)
	}
}

// A ministry with one administrator: an operator co-signs, and not the one who invited her.
func TestTRIC1_OneAdministratorMovesLettersWithAnOperator(t *testing.T) {
	p := start(t)
	m, first := p.alone()
	ok(t, p.tenants.AddHost(colleague(), "kg", "bilim.example"))
	var a *approval.Asked
	if err := p.tenants.UseHost(first, "bilim.example"); !errors.As(err, &a) {
		t.Fatal(err)
	}
	if err := only(p.cosign(console(), "kg", a.Request.UID)); faulttest.Key(err) != "approval.operators_hand" {
		t.Errorf("who had her link: %v", err)
	}
	ok(t, only(p.cosign(colleague(), "kg", a.Request.UID)))
	if at := p.letters(m); at != "bilim.example" {
		t.Errorf("letters lead to %s", at)
	}
}

// What an operator mistyped is mended while nobody in the ministry could do it, and links
// lead where the plan said first.
func TestWhereLettersLeadIsMendedBeforeTheMinistryBegins(t *testing.T) {
	p := start(t)
	plan := planKG("kg")
	plan.Hosts = []string{"mektpe.example", "kg.mektep.example", "abc.example"}
	m, invitations, err := p.tenants.Onboard(console(), plan)
	ok(t, err)
	if !strings.HasPrefix(invitations[0].Link, "https://mektpe.example/") {
		t.Errorf("the first one of the plan is not the one of letters: %s", invitations[0].Link)
	}
	ok(t, p.tenants.RemoveHost(console(), "kg", "mektpe.example"))
	if at := p.letters(m); at != "kg.mektep.example" {
		t.Errorf("letters lead to %s", at)
	}
	p.accept(m, invitations[0].Link, "aigul")
	if err := p.tenants.RemoveHost(console(), "kg", "kg.mektep.example"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the ministry has begun: %v", err)
	}
}

// A change that was cut off between the directory and the ministry is told by the next one.
func TestTheMinistryHearsOfAHostNameHoweverItCame(t *testing.T) {
	p := start(t)
	m, _, _ := p.ruled()
	exec(t, p.db, "INSERT INTO platform.tenant_host (host, tenant_id) SELECT 'aaa.example', id FROM platform.tenant WHERE slug = 'kg'")
	if at := p.letters(m); at != "kg.mektep.example" {
		t.Errorf("letters lead to %s", at)
	}
	ok(t, p.tenants.AddHost(console(), "kg", "bbb.example"))
	if n := p.told(m, "tenant.notice.host_create"); n != 6 {
		t.Errorf("%d notices of two host names for three people", n)
	}
}

func TestOnlyWhoeverKeepsTheSettingsMovesLetters(t *testing.T) {
	p := start(t)
	m, admins, auditor := p.ruled()
	ok(t, p.tenants.AddHost(console(), "kg", "bilim.example"))
	if a := must(p.tenants.Addresses(auditor)); a.Letters != "kg.mektep.example" || !slices.Equal(a.Hosts, []string{"kg.mektep.example", "bilim.example"}) {
		t.Errorf("the auditor sees %+v", a)
	}
	if err := p.tenants.UseHost(auditor, "bilim.example"); fault.KindOf(err) != fault.Denied || faulttest.Of(t, err).Rule == "" && faulttest.Of(t, err).Law == "" {
		t.Errorf("the auditor moves them: %v", err)
	}
	if err := p.tenants.UseHost(anonymous(m), "bilim.example"); err == nil || p.letters(m) != "kg.mektep.example" {
		t.Errorf("a stranger moves them: %v", err)
	}
	if a := must(p.tenants.Addresses(admins[1])); a.Waiting != "" {
		t.Errorf("something waits: %+v", a)
	}
}

// A host name is a domain name that can be pointed to a server, as it was typed.
func TestAHostNameIsADomainNameAndNoOtherMinistrys(t *testing.T) {
	p := start(t)
	p.onboard("kg")
	for host, key := range map[string]string{
		"127.0.0.1": "tenant.host_address", "0.0.0.0": "tenant.host_address", "10.1": "tenant.host_address", "0x7f.1": "tenant.host_address", "1.0x7f": "tenant.host_address", "a.0x": "tenant.host_address",
		"2130706433": "tenant.host_address", "[::1]": "tenant.host_address", "::1": "tenant.host_address",
		"operator": "tenant.bad_host", "evil.example:80": "tenant.bad_host", "kg.example/": "tenant.bad_host", "https://kg.example": "tenant.bad_host", "*.example": "tenant.bad_host", "a b.example": "tenant.bad_host",
		"-a.example": "tenant.bad_host", "a..example": "tenant.bad_host", "x_y.example": "tenant.bad_host", strings.Repeat("a", 64) + ".example": "tenant.bad_host", "xn--a.example": "tenant.bad_host",
		"www.mektep.example": "tenant.base_below", "tr.mektep.example": "tenant.base_below", "a.kg.mektep.example": "tenant.base_below",
	} {
		err := p.tenants.AddHost(console(), "kg", host)
		if f := faulttest.Of(t, err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Key != key {
			t.Errorf("%q: %v", host, err)
		}
		plan := planKG("other")
		plan.Hosts = []string{host}
		if err := p.tenants.Check(console(), plan); faulttest.Of(t, err).Kind != fault.Invalid || !slices.Contains(faulty(err), "hosts") {
			t.Errorf("a plan with %q: %v", host, err)
		}
	}
	for typed, host := range map[string]string{"Мектеп.example": "xn--e1aaogsq.example", "EDU.Example.": "edu.example", "7.edu.example": "7.edu.example"} {
		if err := p.tenants.AddHost(console(), "kg", typed); err != nil {
			t.Errorf("%s: %v", typed, err)
		}
		if m, err := p.tenants.ByHost(context.Background(), host); err != nil || m.Slug != "kg" {
			t.Errorf("%s does not lead there: %v", host, err)
		}
	}
}
