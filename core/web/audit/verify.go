package audit

import (
	"context"
	"encoding/json"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// verify asks for a proof of the whole trail and writes down that it was asked for.
func (s *screens) verify(q *screen.Request) error {
	var run *jobs.Run
	err := q.Gate.Unit(q.Context(), func(ctx context.Context, tx *db.Tx) error {
		err := q.Gate.Witness(ctx, "verify", gate.Target{Object: audit.ObjectAudit}, audit.Entry{})
		if err != nil {
			return err
		}
		run, err = s.Jobs.Enqueue(ctx, tx, audit.JobVerify, nil)
		return err
	}, &run)
	if err != nil {
		return err
	}
	return q.Done("/audit/verify/"+run.UID, "audit.verify.begun")
}

// verified shows how far a proof is, and what it found.
func (s *screens) verified(q *screen.Request) error {
	run, err := s.Jobs.Get(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	if run.Kind != audit.JobVerify {
		return fault.New(fault.NotFound, "job.not_found")
	}
	p := page{ask: question{}, run: run}
	if run.State == jobs.Done {
		p.report = &audit.Report{}
		if err := json.Unmarshal(run.Result, p.report); err != nil {
			return err
		}
	}
	q.Anew(run.State.Over(), bar)
	if p.head, err = s.Trail.Head(q.Context()); err != nil {
		return err
	}
	return q.Page(chainPage(q, p))
}

const bar = "progress"

// progress is the bar of a proof that is being made.
func progress(q *screen.Request, run *jobs.Run) ui.ProgressSpec {
	p := ui.ProgressSpec{ID: bar, Title: q.T("audit.verify.queued"), Percent: -1, Running: true, URL: "/audit/verify/" + run.UID}
	if run.State == jobs.Running {
		p.Title = q.T("audit.verify.reading")
	}
	if run.Total > 0 {
		p.Percent = int(min(run.Done*100/run.Total, 100))
		p.Text = q.T("job.steps", "Done", q.L.Number(run.Done), "Total", q.L.Number(run.Total))
	}
	return p
}

// failure says why no proof came about.
func failure(q *screen.Request, run *jobs.Run) string {
	if run.Fault != nil {
		return q.View().L.Fault(run.Fault).Reason
	}
	return q.T("fault.internal")
}
