package register

import (
	"encoding/json"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Tasks are the screens of what runs longer than a request, of all registers.
type Tasks struct {
	Jobs      *jobs.Jobs
	Registers []*Screens // whose lists come and go as files
}

// Routes are the screens.
func (t *Tasks) Routes() []screen.Route {
	return []screen.Route{
		{Method: fiber.MethodGet, Path: "/jobs/:uid", Access: screen.SignedIn, Handle: t.job},
		{Method: fiber.MethodGet, Path: "/jobs/:uid/file", Access: screen.SignedIn, Handle: t.file},
		{Method: fiber.MethodPost, Path: "/jobs/:uid/cancel", Access: screen.SignedIn, Handle: t.cancel},
	}
}

// of is the register that a task is of; nil: of none.
func (t *Tasks) of(run *jobs.Run) *Screens {
	for _, s := range t.Registers {
		if s.Lists.Works(run) {
			return s
		}
	}
	return nil
}

// job shows how far a task is, and what came of it.
func (t *Tasks) job(q *screen.Request) error {
	run, err := t.Jobs.Get(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	q.Anew(run.State.Over(), bar)
	return q.Page(jobPage(q, t.of(run), run))
}

func (t *Tasks) cancel(q *screen.Request) error {
	if err := t.Jobs.Cancel(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return q.Done("/jobs/"+q.C.Params("uid"), "job.cancelled")
}

// file hands out what a task made, to who asked for it.
func (t *Tasks) file(q *screen.Request) error {
	run, err := t.Jobs.Get(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	s := t.of(run)
	if s == nil {
		return fault.New(fault.NotFound, "job.file_not_found")
	}
	f, err := s.Lists.OpenExport(q.Context(), run.UID)
	if err != nil {
		return err
	}
	q.C.Attachment(f.Name)
	q.C.Set(fiber.HeaderContentType, f.Media)
	return q.C.SendStream(f.File, int(f.Size))
}

// jobCrumbs lead to the register that a task is of.
func jobCrumbs(q *screen.Request, s *Screens) []ui.Link {
	if s == nil {
		return nil
	}
	return s.ListCrumb(q)
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

// bar is the id of a task's bar.
const bar = "progress"

// progress is the bar of a task.
func progress(q *screen.Request, run *jobs.Run, url string) ui.ProgressSpec {
	p := ui.ProgressSpec{ID: bar, Title: jobState(q, run), Percent: -1, Running: !run.State.Over(), URL: url}
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

// jobCame is what came of a task, in the window's title.
func jobCame(q *screen.Request, run *jobs.Run) string {
	if !run.State.Over() {
		return ""
	}
	return jobState(q, run)
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
	return Explained(q, err)
}

// jobMain is what can be done with the outcome.
func jobMain(q *screen.Request, s *Screens, run *jobs.Run) templ.Component {
	v := q.View()
	switch work := transfer.WorkOf(run.Kind); {
	case work == transfer.Export && run.State == jobs.Done && run.File != "":
		return ui.LinkButton(v, ui.ButtonSpec{Text: q.T("export.download"), Icon: ui.GlyphDownload, Kind: ui.Primary, URL: "/jobs/" + run.UID + "/file"})
	case s != nil && work != "" && work != transfer.Export:
		var of struct{ Import string }
		if run.Payload(&of) == nil && of.Import != "" {
			return ui.LinkButton(v, ui.ButtonSpec{Text: q.T("import.open"), Icon: ui.GlyphUpload, Kind: ui.Primary, URL: s.importURL(of.Import)})
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
