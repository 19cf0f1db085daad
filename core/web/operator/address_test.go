package operator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db/dbtest"
)

// A ministry is shown by one host name wherever it is shown, the one to which its letters
// lead: once the ministry has chosen another, by that.
func TestAMinistryIsShownWhereItsLettersLead(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	m := s.onboard("kg")
	uid := must(s.tenants.Administrators(consoleCaller(), "kg")).Invited[0].UID
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/invitations/" + uid).want(200)
	first := s.accept(m, b.find(`data-copy="([^"]+)"`), "aigul")
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/hosts", "host", "edu.example").want(303)
	shown := func(host, other string) {
		t.Helper()
		s.browser(base).get("/").want(200, `href="http://`+host+`/"`).lacks(other)
		b.get("/operator").want(200, host).lacks(other)
		b.get("/operator/ministries/kg").want(200, `href="http://`+host+`/"`).lacks(`href="http://` + other + `/"`)
	}
	shown("kg.mektep.example", "edu.example")

	var asked *approval.Asked
	if err := s.tenants.UseHost(first, "edu.example"); !errors.As(err, &asked) {
		t.Fatal(err)
	}
	shown("kg.mektep.example", "edu.example")
	colleague := s.operator("colleague")
	colleague.get("/operator/ministries/kg")
	colleague.post("/operator/ministries/kg/approvals/" + asked.Request.UID + "/approve").want(303)
	shown("edu.example", "kg.mektep.example")
	// What was chosen and is the ministry's no more is said first, until it has chosen again.
	if _, err := dbtest.Super(t, s.db).Exec(context.Background(), "DELETE FROM platform.tenant_host WHERE host = 'edu.example'"); err != nil {
		t.Fatal(err)
	}
	inside := caller.With(context.Background(), caller.System(m.Tenant, "test", "test"))
	if err := s.tenants.Hear(inside); err != nil {
		t.Fatal(err)
	}
	b.get("/operator").want(200, "kg.mektep.example", "edu.example", `href="/operator/ministries/kg"`)
	s.browser(base).get("/").want(200, `href="http://kg.mektep.example/"`).lacks("edu.example")
}

// A ministry whose database does not answer keeps nobody from the others: neither people on
// the platform's first page, nor operators.
func TestAMinistryThatDoesNotAnswerKeepsNobodyFromTheOthers(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	s.onboard("kg")
	ctx := context.Background()
	tx := must(dbtest.Super(t, s.db).Begin(ctx))
	defer func() { _ = tx.Rollback(ctx) }()
	must(tx.Exec(ctx, "LOCK TABLE known_host IN ACCESS EXCLUSIVE MODE"))
	begun := time.Now()
	s.browser(base).get("/").want(200).lacks("kg.mektep.example")
	b.get("/operator").want(200, "kg.mektep.example", `href="/operator/ministries/kg"`)
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("they waited %v", took)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	s.browser(base).get("/").want(200, `href="http://kg.mektep.example/"`)
}

// What an operator is shown of a ministry whose database does not answer is what the platform
// knows of it, and that the rest is not known.
func TestAMinistryThatDoesNotAnswerIsShownAsFarAsItIsKnown(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	s.onboard("kg")
	b.get("/operator/ministries/kg").want(200, "kg.mektep.example", "Administrators at work").lacks("does not answer")
	ctx := context.Background()
	tx := must(dbtest.Super(t, s.db).Begin(ctx))
	defer func() { _ = tx.Rollback(ctx) }()
	must(tx.Exec(ctx, "LOCK TABLE account IN ACCESS EXCLUSIVE MODE"))
	begun := time.Now()
	b.get("/operator/ministries/kg").want(200, "Its database does not answer", "kg.mektep.example")
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	b.get("/operator/ministries/kg").want(200).lacks("does not answer")
}
