package app

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/jobs"
	"mektep/core/tenant"
)

// The names of the jobs.
const (
	jobMail      = "mail"
	jobForgotten = "forgotten"
	jobAnnounce  = "announce"
)

// jobs registers everything that runs behind the requests.
func (a *App) jobs(ctx context.Context) error {
	var err error
	a.Jobs, err = jobs.New(ctx, a.DB, jobs.Config{
		Active: a.Tenants.Work,
		Resolve: func(ctx context.Context, t caller.Tenant, account int64) (*caller.Caller, error) {
			return a.People.ResolveAccount(ctx, t, account)
		},
		Cancelled: func(ctx context.Context, tx *db.Tx, r *jobs.Run) error {
			return a.Trail.Record(ctx, tx, audit.Entry{Action: "cancel", Object: "job", Target: r.UID, Changes: []audit.Change{{Field: "kind", New: r.Kind}}})
		},
		Ended:   func(kind string, state jobs.State) { a.watch.runs.WithLabelValues(kind, string(state)).Inc() },
		Tenants: a.activeTenants, Clock: a.Clock, Log: a.Log, Workers: a.Config.workers(),
	})
	if err != nil {
		return err
	}
	a.Jobs.Register(jobMail, func(ctx context.Context, _ *jobs.Run) error { return a.Notify.Drain(ctx) }, jobs.Attempts(10))
	a.Jobs.Register(jobForgotten, func(ctx context.Context, r *jobs.Run) error {
		var f identity.Forgotten
		if err := r.Payload(&f); err != nil {
			return err
		}
		return a.People.AnswerForgotten(ctx, f)
	}, jobs.Attempts(10))
	a.announcing()
	a.Jobs.Register(audit.JobVerify, a.prove, jobs.Long(), jobs.Attempts(3))
	for _, p := range []struct {
		name  string
		every time.Duration
		work  func(ctx context.Context) error
	}{
		{"seal_audit", time.Minute, func(ctx context.Context) error { _, err := a.Trail.Seal(ctx); return err }},
		{"dated_units", time.Hour, func(ctx context.Context) error { _, err := a.Tree.Refresh(ctx); return err }},
		{"gaps", time.Hour, a.Registry.Reckon},
		{"declined_units", time.Hour, a.Registry.Territory.Forget},
		{"sweep_accounts", time.Hour, a.People.Sweep},
		{"count_ministry", time.Hour, a.Tenants.Count},
		{"known_hosts", time.Minute, a.Tenants.Hear},
		{"operator_acts", time.Minute, a.Tenants.Settle},
		{"twins", 24 * time.Hour, a.twins},
		{"forget_keys", 6 * time.Hour, a.Gate.ForgetKeys},
		{"mail_again", again, a.Notify.Drain},
		{"forget_letters", 24 * time.Hour, a.Notify.Forget},
	} {
		a.Jobs.Register(p.name, func(ctx context.Context, _ *jobs.Run) error { return p.work(ctx) }, jobs.As("housekeeping"))
		a.Jobs.Every(p.name, p.every)
	}
	return nil
}

// prove is the work of audit.JobVerify.
func (a *App) prove(ctx context.Context, run *jobs.Run) error {
	head, err := a.Trail.Head(ctx)
	if err != nil {
		return err
	}
	report, err := a.Trail.VerifyAlong(ctx, func(entries int) error {
		return run.Progress(ctx, int64(entries), int64(head.Entries), "audit.verify.reading", nil)
	})
	if err != nil {
		return err
	}
	return run.Finish(ctx, report, "")
}

// announcing has extensions of time told to those whom they concern, as the ministry
// itself: it does not hang on who gave them.
func (a *App) announcing() {
	a.Calendar.Set(calendar.Announcing{
		Notify: a.Notify,
		Later: func(ctx context.Context, tx *db.Tx, x calendar.Announcement) error {
			asker := caller.From(ctx)
			_, err := a.Jobs.Enqueue(caller.With(ctx, caller.System(asker.Tenant, jobAnnounce, asker.RequestID)), tx, jobAnnounce, x)
			return err
		},
		Holders: func(ctx context.Context, tx *db.Tx, q calendar.Holders) ([]int64, error) {
			return identity.HoldersAt(ctx, tx, q.Roles, q.Types, q.At, a.Clock.Today(caller.From(ctx).Tenant.Zone), q.After, q.Most)
		},
	})
	a.Jobs.Register(jobAnnounce, func(ctx context.Context, r *jobs.Run) error {
		var x calendar.Announcement
		if err := r.Payload(&x); err != nil {
			return err
		}
		return a.Calendar.Announce(ctx, x)
	}, jobs.Long(), jobs.Attempts(10))
}

// everyTenant returns all ministries, in whatever state.
func (a *App) everyTenant(ctx context.Context) ([]caller.Tenant, error) {
	all, err := a.Tenants.All(ctx)
	out := make([]caller.Tenant, len(all))
	for i, m := range all {
		out[i] = m.Tenant
	}
	return out, err
}

func (a *App) activeTenants(ctx context.Context) ([]caller.Tenant, error) {
	all, err := a.Tenants.All(ctx)
	if err != nil {
		return nil, err
	}
	var out []caller.Tenant
	for _, m := range all {
		if m.State == tenant.Active && a.Tenants.Governed(m) == nil {
			out = append(out, m.Tenant)
		}
	}
	return out, nil
}

// twins writes down where records share a value that must be unique: it was so before
// the rule, and somebody has to mend it.
func (a *App) twins(ctx context.Context) error {
	shared, err := a.Registry.Twins(ctx)
	for field, n := range shared {
		a.Log.Warn("records share a value that the profile says is unique", "ministry", caller.From(ctx).Tenant.Slug, "field", field, "records", n)
	}
	return err
}
