package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"mektep/core/jobs"
	"mektep/core/locale"
)

// Job is work that takes longer than a request.
type Job struct {
	UID      string          `json:"uid"`
	Kind     string          `json:"kind" example:"institution_export"`
	State    string          `json:"state" enum:"queued,waiting,running,done,failed,cancelled"`
	Done     int64           `json:"done" doc:"Steps done"`
	Total    int64           `json:"total" doc:"Of so many; 0: not known"`
	Message  string          `json:"message,omitempty" doc:"What it is doing, in your language"`
	Result   json.RawMessage `json:"result,omitempty"`
	Problem  *Problem        `json:"problem,omitempty" doc:"Why it failed"`
	File     string          `json:"file,omitempty" doc:"Path of the file that it made"`
	Created  time.Time       `json:"created"`
	Started  *time.Time      `json:"started,omitempty"`
	Finished *time.Time      `json:"finished,omitempty"`
}

func jobView(r *jobs.Run, l *locale.Localizer) Job {
	out := Job{
		UID: r.UID, Kind: r.Kind, State: string(r.State), Done: r.Done, Total: r.Total,
		Created: r.Created.UTC(), Started: momentOrNone(r.Started), Finished: momentOrNone(r.Finished),
	}
	if r.Message != "" {
		out.Message = l.T(r.Message, r.Args)
	}
	if r.State == jobs.Done && len(r.Result) > 0 && string(r.Result) != "null" {
		out.Result = r.Result
	}
	if r.Fault != nil {
		p := problem(r.Fault, l, "")
		out.Problem = &p
	}
	if r.State == jobs.Done && r.File != "" {
		out.File = Prefix + "/jobs/" + r.UID + "/file"
	}
	return out
}

type jobAnswer struct {
	Location string `header:"Location"`
	Body     Job
}

// started answers a write that goes on as a job.
func (a *api) started(ctx context.Context, r *jobs.Run) (*jobAnswer, error) {
	q, err := a.asked(ctx)
	if err != nil {
		return nil, err
	}
	return &jobAnswer{Prefix + "/jobs/" + r.UID, jobView(r, q.l)}, nil
}

// Page asks for a page of a list.
type Page struct {
	After string `query:"after" maxLength:"400" doc:"next of the page before"`
}

func (a *api) jobRuns() {
	type list struct {
		Link []string `header:"Link"`
		Body struct {
			Items []Job  `json:"items" nullable:"false"`
			Next  string `json:"next,omitempty"`
		}
	}
	add(a, operation{id: "list_jobs", method: http.MethodGet, path: "/jobs", group: "job"},
		func(ctx context.Context, in *Page) (*list, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			runs, next, err := a.Jobs.List(ctx, true, in.After)
			out := &list{}
			out.Body.Items, out.Body.Next, out.Link = make([]Job, len(runs)), next, onward("/jobs", next)
			for i, r := range runs {
				out.Body.Items[i] = jobView(r, q.l)
			}
			return out, err
		})
	add(a, operation{id: "get_job", method: http.MethodGet, path: "/jobs/{uid}", group: "job"},
		func(ctx context.Context, in *Path) (*jobAnswer, error) {
			r, err := a.Jobs.Get(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return a.started(ctx, r)
		})
	add(a, operation{id: "cancel_job", method: http.MethodDelete, path: "/jobs/{uid}", group: "job"},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			return nil, a.Jobs.Cancel(ctx, in.UID)
		})
	add(a, operation{id: "get_job_file", method: http.MethodGet, path: "/jobs/{uid}/file", group: "job"},
		func(ctx context.Context, in *Path) (*fileAnswer, error) {
			run, err := a.Jobs.Get(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			f, err := a.opened(ctx, run)
			if err != nil {
				return nil, err
			}
			return &fileAnswer{func(ctx huma.Context) {
				c := humafiber.Unwrap(ctx)
				attached(ctx, f.Name, f.Media)
				// Sent from the store as it is read; the server closes it.
				if err := c.SendStream(f, int(f.Size)); err != nil {
					c.Locals(failure, err)
				}
			}}, nil
		})
}

// fileAnswer writes a file.
type fileAnswer struct {
	Body func(ctx huma.Context)
}

// attached makes the answer a file of a name.
func attached(ctx huma.Context, name, media string) {
	ctx.SetHeader("Content-Type", media)
	ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	ctx.SetStatus(http.StatusOK)
}

// onward is the Link to the next page of a list without other conditions.
func onward(path, next string) []string {
	if next == "" {
		return nil
	}
	return []string{link("next", path, "after="+next)}
}
