package institutions

import (
	"encoding/json"

	"github.com/a-h/templ"

	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/transfer"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// job shows how far a task is, and what came of it.
func (s *screens) job(q *screen.Request) error {
	run, err := s.Jobs.Get(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	whole(q, run)
	return q.Page(jobPage(q, run))
}

// whole lets a page that watched a task be loaded anew once it is over: more than
// the bar has changed then.
func whole(q *screen.Request, run *jobs.Run) {
	if run != nil && run.State.Over() && q.C.Get("HX-Request") != "" {
		q.C.Set("HX-Refresh", "true")
	}
}

func (s *screens) cancelJob(q *screen.Request) error {
	if err := s.Jobs.Cancel(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return q.Done("/jobs/"+q.C.Params("uid"), "job.cancelled")
}

func jobTitle(q *screen.Request, run *jobs.Run) string {
	switch transfer.WorkOf(run.Kind) {
	case transfer.Export:
		return q.T("job.kind.export")
	case transfer.Preview:
		return q.T("job.kind.check")
	case transfer.Apply:
		return q.T("job.kind.apply")
	case transfer.Undo:
		return q.T("job.kind.undo")
	}
	return q.T("job.kind.other")
}

// progress is the bar of a task.
func progress(q *screen.Request, run *jobs.Run, url string) ui.ProgressSpec {
	p := ui.ProgressSpec{ID: "progress", Title: jobState(q, run), Percent: -1, Running: !run.State.Over(), URL: url}
	if run.Total > 0 {
		p.Percent = int(run.Done * 100 / run.Total)
		p.Text = q.T("job.steps", "Done", q.L.Number(run.Done), "Total", q.L.Number(run.Total))
	}
	switch run.State {
	case jobs.Done:
		p.Tone, p.Percent = ui.Good, 100
	case jobs.Failed:
		p.Tone = ui.Bad
	case jobs.Cancelled:
		p.Tone = ui.Warn
	}
	if run.State.Over() && p.Percent < 0 {
		p.Percent = 0
	}
	return p
}

func jobState(q *screen.Request, run *jobs.Run) string {
	switch run.State {
	case jobs.Running:
		if run.Message != "" {
			return q.T(run.Message, run.Args)
		}
		return q.T("state.running")
	case jobs.Done:
		return q.T("state.done")
	case jobs.Failed:
		return q.T("state.failed")
	case jobs.Cancelled:
		return q.T("job.state.cancelled")
	case jobs.Waiting:
		return q.T("job.suspended")
	}
	return q.T("job.state.queued")
}

// failure says why a task failed; nil when it did not.
func failure(q *screen.Request, run *jobs.Run) *ui.WhyNotSpec {
	if run == nil || run.State != jobs.Failed {
		return nil
	}
	var err error = fault.New(fault.Internal, "fault.internal")
	if run.Fault != nil {
		err = run.Fault
	}
	return register.Explained(q, err)
}

// jobMain is what can be done with the outcome.
func jobMain(q *screen.Request, run *jobs.Run) templ.Component {
	v := q.View()
	switch work := transfer.WorkOf(run.Kind); {
	case work == transfer.Export && run.State == jobs.Done && run.File != "":
		return ui.LinkButton(v, ui.ButtonSpec{Text: q.T("export.download"), Icon: ui.GlyphDownload, Kind: ui.Primary, URL: "/jobs/" + run.UID + "/file"})
	case work != "" && work != transfer.Export:
		var of struct{ Import string }
		if run.Payload(&of) == nil && of.Import != "" {
			return ui.LinkButton(v, ui.ButtonSpec{Text: q.T("import.open"), Icon: ui.GlyphUpload, Kind: ui.Primary, URL: importURL(of.Import)})
		}
	}
	return nil
}

func jobFacts(q *screen.Request, run *jobs.Run) []ui.Fact {
	v := q.View()
	out := []ui.Fact{{Label: q.T("job.asked"), Value: v.DateTime(run.Created)}}
	if !run.Finished.IsZero() {
		out = append(out, ui.Fact{Label: q.T("job.finished"), Value: v.DateTime(run.Finished)})
	}
	var made struct {
		Name string
		Rows int
	}
	if transfer.WorkOf(run.Kind) == transfer.Export && json.Unmarshal(run.Result, &made) == nil && made.Name != "" {
		out = append(out, ui.Fact{Label: q.T("export.file"), Value: made.Name}, ui.Fact{Label: q.T("export.rows"), Value: q.L.Number(int64(made.Rows))})
	}
	return out
}
