package tenant_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/tenant"
)

// asked is a request by which letters would lead to a host name.
func (p *process) asked(by context.Context, host string) string {
	p.t.Helper()
	var a *approval.Asked
	if err := p.tenants.UseHost(by, host); !errors.As(err, &a) {
		p.t.Fatalf("it was done, or refused, at once: %v", err)
	}
	return a.Request.UID
}

// own fails when letters lead to what is not the ministry's, as its people, the platform's
// first page and the tables say.
func (p *process) own(m *tenant.Ministry, when string) {
	p.t.Helper()
	if n := number(p.t, p.db, `SELECT count(*) FROM known_host k WHERE k.tenant_id = $1 AND k.letters
		AND NOT EXISTS (SELECT FROM platform.tenant_host h WHERE h.tenant_id = k.tenant_id AND h.host = k.host)`, m.ID); n != 0 {
		p.t.Errorf("%s: letters lead to a host name that is not the ministry's", when)
	}
	if n := number(p.t, p.db, "SELECT count(*) FROM platform.tenant_host WHERE tenant_id = $1 AND host = $2", m.ID, p.letters(m)); n != 1 {
		p.t.Errorf("%s: links are made to %s", when, p.letters(m))
	}
}

// blocked runs fn while sql holds its locks, and lets it go on once fn waits for them.
func (p *process) blocked(sql string, id int32, meanwhile func(), fn func() error) error {
	p.t.Helper()
	conn := dbtest.Super(p.t, p.db)
	ctx := context.Background()
	tx := must(conn.Begin(ctx))
	must(tx.Exec(ctx, sql, id))
	done := make(chan error, 1)
	go func() { done <- fn() }()
	eventually(p.t, "it waits", func() bool {
		return number(p.t, p.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0
	})
	meanwhile()
	ok(p.t, tx.Commit(ctx))
	return <-done
}

// Choosing a host name for letters and taking it away keep one another waiting: whoever
// comes second finds what the first has done, however far apart their steps lie.
func TestTRIC1_WhatIsChosenForLettersIsNotTakenAwayMeanwhile(t *testing.T) {
	const host = "bilim.example"
	t.Run("chosen first", func(t *testing.T) {
		p := start(t)
		m, admins, _ := p.ruled()
		ok(t, p.tenants.AddHost(console(), "kg", host))
		uid := p.asked(admins[0], host)
		// The removal waits at the ministry's line, behind which somebody agrees.
		agreed := make(chan error, 1)
		err := p.blocked("SELECT FROM platform.tenant WHERE id = $1 FOR NO KEY UPDATE", m.ID, func() {
			go func() { agreed <- only(p.agree(admins[1], uid)) }()
			eventually(t, "both wait", func() bool {
				return number(t, p.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 1
			})
		}, func() error { return p.tenants.RemoveHost(console(), "kg", host) })
		second := <-agreed
		if (err == nil) == (second == nil) {
			t.Errorf("taken away: %v, agreed to: %v", err, second)
		}
		p.own(m, "both have come to their end")
	})
	t.Run("chosen between looking and taking away", func(t *testing.T) {
		p := start(t)
		m, admins, _ := p.ruled()
		ok(t, p.tenants.AddHost(console(), "kg", host))
		uid := p.asked(admins[0], host)
		// The removal has looked, and waits where it takes the host name out of the directory.
		var agreed error
		waits := make(chan struct{})
		err := p.blocked("SELECT FROM platform.tenant_host WHERE tenant_id = $1 FOR UPDATE", m.ID, func() {
			go func() { agreed = only(p.agree(admins[1], uid)); close(waits) }()
			select {
			case <-waits:
				t.Errorf("it was agreed to while it was taken away: %v", agreed)
			case <-time.After(300 * time.Millisecond):
			}
		}, func() error { return p.tenants.RemoveHost(console(), "kg", host) })
		<-waits
		if err != nil || agreed == nil {
			t.Errorf("taken away: %v, agreed to: %v", err, agreed)
		}
		p.own(m, "taken away first")
	})
	t.Run("at once", func(t *testing.T) {
		p := start(t)
		m, admins, _ := p.ruled()
		for range 12 {
			now := p.letters(m)
			to := host
			if now == host {
				to = "mektep-kg.example"
			}
			if !slices.Contains(must(p.tenants.Addresses(admins[0])).Hosts, to) {
				ok(t, p.tenants.AddHost(console(), "kg", to))
			}
			uid := p.asked(admins[0], to)
			var removed, agreed error
			var both sync.WaitGroup
			both.Go(func() { removed = p.tenants.RemoveHost(console(), "kg", to) })
			both.Go(func() { agreed = only(p.agree(admins[1], uid)) })
			both.Wait()
			if (removed == nil) == (agreed == nil) {
				t.Errorf("taken away: %v, agreed to: %v", removed, agreed)
			}
			p.own(m, "at once")
			if agreed != nil {
				_ = p.approvals.Cancel(admins[0], uid)
			}
		}
	})
}

// A host name of letters that is the ministry's no more, however that came: links lead to
// another of its own, its people and the operators are told, and two people choose again.
func TestTRIC1_LettersNeverLeadToWhatIsNotTheMinistrys(t *testing.T) {
	const gone = "bilim.example"
	for how, come := range map[string]func(p *process, m *tenant.Ministry) error{
		"heard of by itself":        func(p *process, m *tenant.Ministry) error { return p.tenants.Hear(inside(m)) },
		"given to another ministry": func(p *process, _ *tenant.Ministry) error { return p.tenants.AddHost(console(), "tr", gone) },
		"taken by a new ministry": func(p *process, _ *tenant.Ministry) error {
			plan := planKG("new")
			plan.Hosts = []string{gone}
			_, _, err := p.tenants.Onboard(console(), plan)
			return err
		},
		"another one is added": func(p *process, _ *tenant.Ministry) error {
			return p.tenants.AddHost(console(), "kg", "0.evil.example")
		},
	} {
		t.Run(how, func(t *testing.T) {
			p := start(t)
			p.onboard("tr")
			m, admins, auditor := p.ruled()
			ok(t, p.tenants.AddHost(console(), "kg", gone))
			ok(t, only(p.agree(admins[1], p.asked(admins[0], gone))))
			exec(t, p.db, "DELETE FROM platform.tenant_host WHERE host = '"+gone+"'")
			if at := p.letters(m); at != "kg.mektep.example" {
				t.Errorf("nobody has noticed, and links are made to %s", at)
			}
			ok(t, come(p, m))
			p.own(m, how)
			if at := p.letters(m); at != "kg.mektep.example" {
				t.Errorf("links are made to %s", at)
			}
			if n := p.told(m, "tenant.notice.letters_lost"); n != 3 {
				t.Errorf("%d of two administrators and the auditor know", n)
			}
			if a := must(p.tenants.Addresses(auditor)); a.Gone != gone || a.Letters != "kg.mektep.example" {
				t.Errorf("the ministry sees %+v", a)
			}
			ministry := must(p.tenants.BySlug(context.Background(), "kg"))
			if to := must(p.tenants.Leads(context.Background(), ministry)); to.Gone != gone || to.Host != "kg.mektep.example" {
				t.Errorf("operators see %+v", to)
			}
			ok(t, p.tenants.Hear(inside(m)))
			if n := p.told(m, "tenant.notice.letters_lost"); n != 3 {
				t.Errorf("it is told again: %d", n)
			}

			// Two people choose again, be it what there is.
			ok(t, only(p.agree(admins[1], p.asked(admins[0], "kg.mektep.example"))))
			if to := must(p.tenants.Leads(context.Background(), ministry)); to != (tenant.Leads{Host: "kg.mektep.example"}) {
				t.Errorf("operators see %+v", to)
			}
			if err := p.tenants.UseHost(admins[0], "kg.mektep.example"); fault.KindOf(err) != fault.Conflict {
				t.Errorf("the one that was chosen: %v", err)
			}
		})
	}
}

// What comes back to a ministry is a host name like any other.
func TestTRIC1_AHostNameThatComesBackIsNotChosen(t *testing.T) {
	p := start(t)
	m, admins, _ := p.ruled()
	ok(t, p.tenants.AddHost(console(), "kg", "bilim.example"))
	ok(t, only(p.agree(admins[1], p.asked(admins[0], "bilim.example"))))
	exec(t, p.db, "DELETE FROM platform.tenant_host WHERE host = 'bilim.example'")
	ok(t, p.tenants.AddHost(console(), "kg", "bilim.example"))
	if at := p.letters(m); at != "kg.mektep.example" {
		t.Errorf("links are made to %s", at)
	}
}

// What the directory says no longer is not chosen, whatever the ministry has been told.
func TestTRIC1_WhatIsKnownAndGoneIsNotChosen(t *testing.T) {
	p := start(t)
	m, admins, _ := p.ruled()
	ok(t, p.tenants.AddHost(console(), "kg", "bilim.example"))
	uid := p.asked(admins[0], "bilim.example")
	exec(t, p.db, "DELETE FROM platform.tenant_host WHERE host = 'bilim.example'")
	if err := only(p.approvals.Approve(admins[1], uid, must(p.approvals.Get(admins[1], uid)).Read)); err == nil {
		t.Error("it was chosen")
	}
	if err := p.approvals.Cancel(admins[0], uid); err != nil {
		t.Log(err)
	}
	if err := p.tenants.UseHost(admins[0], "bilim.example"); err == nil {
		t.Error("it was asked for")
	}
	p.own(m, "gone")
}

// The directory lies in another database than what a ministry of a placement of its own
// knows and chooses: it is no other ministry for that.
func TestTRIC1_AMinistryElsewhereKeepsWhereItsLettersLead(t *testing.T) {
	const host = "bilim.example"
	far := dbtest.Config(t)
	p := processOn(t, dbtest.Open(t, db.Config{Placements: func(context.Context, string) (string, error) { return far.ServiceDSN, nil }}), &clock.Clock{})
	plan := planKG("kg")
	plan.Placement = "far"
	m, invitations, err := p.tenants.Onboard(console(), plan)
	ok(t, err)
	admins := [2]context.Context{p.accept(m, invitations[0].Link, "aigul"), p.accept(m, invitations[1].Link, "asan")}
	ok(t, p.tenants.AddHost(console(), "kg", host))
	for range 4 {
		uid := p.asked(admins[0], host)
		var removed, agreed error
		var both sync.WaitGroup
		both.Go(func() { removed = p.tenants.RemoveHost(console(), "kg", host) })
		both.Go(func() { agreed = only(p.agree(admins[1], uid)) })
		both.Wait()
		if (removed == nil) == (agreed == nil) {
			t.Errorf("taken away: %v, agreed to: %v", removed, agreed)
		}
		if at := p.letters(m); !slices.Contains(must(p.tenants.BySlug(context.Background(), "kg")).Hosts, at) {
			t.Errorf("links are made to %s", at)
		}
		if agreed == nil {
			break
		}
		_ = p.approvals.Cancel(admins[0], uid)
		ok(t, p.tenants.AddHost(console(), "kg", host))
	}
	if p.letters(m) != host {
		ok(t, only(p.agree(admins[1], p.asked(admins[0], host))))
	}
	exec(t, p.db, "DELETE FROM platform.tenant_host WHERE host = '"+host+"'")
	p.onboard("tr")
	if err := p.tenants.AddHost(console(), "tr", host); err != nil {
		t.Fatal(err)
	}
	to := must(p.tenants.Leads(context.Background(), must(p.tenants.BySlug(context.Background(), "kg"))))
	if to != (tenant.Leads{Host: "kg.mektep.example", Gone: host}) || p.letters(m) != to.Host {
		t.Errorf("%+v, links are made to %s", to, p.letters(m))
	}
}
