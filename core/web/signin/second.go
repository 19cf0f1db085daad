package signin

import (
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/web/screen"
)

func (d desk) askCode(q *screen.Request) error {
	if q.Edge.Step(q.C) == "" {
		return q.See("/sign-in", edge.Flash{})
	}
	return q.Page(showSecondStep(q.View(), CodeSpec{Action: "/sign-in/second", To: screen.Local(q.C.Query("to"))}))
}

func (d desk) secondStep(q *screen.Request) error {
	f := q.Form()
	spec := CodeSpec{Action: "/sign-in/second", To: screen.Local(f.Value("to"))}
	f.Require("code")
	if err := f.Faults(); err != nil {
		spec.Errors, _ = q.Errors(err)
		return q.Render(422, showSecondStep(q.View(), spec))
	}
	o, err := d.Identity.Door.SecondStep(q.Context(), door.Second{
		Challenge: q.Edge.Step(q.C), Code: f.Value("code"), Device: q.Edge.Device(q.C), Remote: remote(q), UserAgent: q.C.Get("User-Agent"),
	})
	if err == nil {
		return d.enter(q, o, spec.To)
	}
	if fault.From(err).Key == "identity.challenge_over" { // begin anew, from the password
		q.Edge.RememberStep(q.C, "")
		return q.See("/sign-in", edge.Flash{Key: "identity.challenge_over"})
	}
	refused, status, ok := entryRefused(q, err)
	if !ok {
		return err
	}
	spec.refused = refused
	return q.Render(status, showSecondStep(q.View(), spec))
}
