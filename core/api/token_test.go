package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mektep/core/api"
	"mektep/core/caller"
	"mektep/core/identity"
)

// person is somebody who signs in with a password.
type person struct {
	login, secret string
	account       identity.Account
}

// accepted appoints somebody who accepts the invitation, without a second factor.
func (m *ministry) accepted(role, login string) person {
	m.t.Helper()
	a, err := m.people.Appoint(m.ctx, identity.NewAppointment{Person: identity.Person{Family: "Toktogulova", Given: "Aizada"}, Role: role, Unit: m.root})
	must(m.t, err)
	parts := strings.Split(a.Key.Path, "/")
	anonymous := caller.With(context.Background(), &caller.Caller{Tenant: caller.From(m.ctx).Tenant})
	_, err = m.people.Accept(anonymous, parts[len(parts)-1], identity.Acceptance{Login: login, Password: password, Language: "ru"})
	must(m.t, err)
	return person{login: login, account: a.Account}
}

// enrolled gives a person a second factor.
func (m *ministry) enrolled(p person) person {
	m.t.Helper()
	c, err := m.people.ResolveAccount(context.Background(), caller.From(m.ctx).Tenant, p.account.ID)
	must(m.t, err)
	ctx := caller.With(context.Background(), c)
	e, err := m.people.Door.BeginSecondFactor(ctx, password, "Ministry")
	must(m.t, err)
	p.secret = strings.ReplaceAll(e.Secret, " ", "")
	_, err = m.people.Door.ConfirmSecondFactor(ctx, e.Ticket, m.totp(p))
	must(m.t, err)
	m.clock.Set(m.clock.Now().Add(time.Minute))
	return p
}

func (m *ministry) totp(p person) string {
	m.t.Helper()
	code, err := totp.GenerateCode(p.secret, m.clock.Now())
	must(m.t, err)
	return code
}

func request(p person, code string) map[string]any {
	r := map[string]any{"login": p.login, "password": password, "name": "Nightly"}
	if code != "" {
		r["code"] = code
	}
	return r
}

func TestTRDR8_ATokenIsGotAndEndedByItsOwner(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	p := kg.enrolled(kg.accepted("ministry_officer", "aizada"))

	kg.ask("POST", "/api/v1/token", "", request(p, "")).problem(401)
	kg.ask("POST", "/api/v1/token", "", request(p, "000000")).problem(401)
	var tok api.Token
	kg.ask("POST", "/api/v1/token", "", request(p, kg.totp(p))).is(201).into(&tok)
	if !strings.HasPrefix(tok.Token, "mektep_") || !tok.SecondFactor || tok.Expires.Sub(w.clock.Now()) < 29*24*time.Hour {
		t.Fatalf("%+v", tok)
	}
	w.ministries["tr"].ask("GET", "/api/v1/me", tok.Token, nil).problem(401)

	var me api.Me
	kg.ask("GET", "/api/v1/me", tok.Token, nil).is(200).into(&me)
	if me.UID != p.account.UID || me.Language != "ru" || !me.SecondFactor || len(me.Assignments) != 1 || me.Assignments[0].Role != "ministry_officer" ||
		me.Assignments[0].RoleName != "Сотрудник министерства" || me.Assignments[0].Unit != kg.root.UID {
		t.Fatalf("%+v", me)
	}
	var list struct{ Items []api.Token }
	if kg.ask("GET", "/api/v1/me/tokens", tok.Token, nil).is(200).into(&list); len(list.Items) != 1 || list.Items[0].UID != tok.UID || list.Items[0].Token != "" {
		t.Fatalf("%+v", list)
	}
	kg.ask("DELETE", "/api/v1/me/tokens/nobodyknowsthis_", tok.Token, nil).problem(404)
	kg.ask("DELETE", "/api/v1/token", tok.Token, nil).is(204)
	if p := kg.ask("GET", "/api/v1/me", tok.Token, nil, "Accept-Language", "ky").problem(401); p.Detail != "API кирүү ачкычы жараксыз же мөөнөтү бүткөн." {
		t.Fatalf("%+v", p)
	}
}

func TestATokenWithoutASecondFactorOpensNoRoleThatDemandsOne(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	p := kg.accepted("ministry_officer", "aizada")
	var tok api.Token
	kg.ask("POST", "/api/v1/token", "", request(p, "")).is(201).into(&tok)
	kg.ask("GET", "/api/v1/me", tok.Token, nil).is(200)
	problem := kg.ask("GET", "/api/v1/institutions", tok.Token, nil).problem(403)
	if problem.Check != "second_factor" || problem.Next == nil || problem.Next.URL != "/me/security" {
		t.Fatalf("%+v", problem)
	}
}

func TestGuessingPasswordsIsSlowedDownAsAtSignIn(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	p := kg.accepted("ministry_officer", "aizada")
	wrong := map[string]any{"login": p.login, "password": "not this one, surely", "name": "x"}
	waits := false
	for range 8 {
		a := kg.ask("POST", "/api/v1/token", "", wrong)
		if a.status == 429 {
			a.problem(429)
			waits = true
			break
		}
		if d := a.problem(401); d.Detail == "" {
			t.Fatalf("%+v", d)
		}
	}
	if !waits {
		t.Fatal("nobody was slowed down")
	}
	nobody := map[string]any{"login": "nobody", "password": password, "name": "x"}
	known := kg.ask("POST", "/api/v1/token", "", nobody).problem(401)
	if known.Type != "/problems/unauthenticated" {
		t.Fatalf("%+v", known)
	}
}

func TestATokenIsNeverKeptForARetry(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	p := kg.accepted("ministry_officer", "aizada")
	a := kg.ask("POST", "/api/v1/token", "", request(p, ""), "Idempotency-Key", "key-number-one").is(201)
	b := kg.ask("POST", "/api/v1/token", "", request(p, ""), "Idempotency-Key", "key-number-one").is(201)
	if string(a.body) == string(b.body) || b.header.Get("Idempotent-Replayed") != "" {
		t.Fatal("a token was kept and given out again")
	}
}
