package signin

import (
	"net/url"

	"mektep/core/edge"
	"mektep/core/web/me"
	"mektep/core/web/screen"
)

// None of the forms before signing in has a write key: a session opened twice is
// not the same answer twice, and what lets somebody in is not kept.

func (d desk) askLogin(q *screen.Request) error {
	if ok, err := resting(q); ok {
		return err
	}
	to := q.C.Query("to")
	if q.Caller.SignedIn() && q.C.Query("other") == "" { // somebody else may want to come in
		onward, err := d.Onward(q.Context(), to)
		if err != nil {
			return err
		}
		return q.See(onward, edge.Flash{})
	}
	return q.Page(showSignIn(q, q.View(), LoginSpec{Action: "/sign-in", To: screen.Local(to)}))
}

func (d desk) signIn(q *screen.Request) error {
	f := q.Form()
	a := attempt(q, f)
	f.Require("login")
	if f.Secret("password") == "" {
		f.Wrong("password", "field.required", nil)
	}
	spec := LoginSpec{Action: "/sign-in", To: screen.Local(f.Value("to")), Login: f.Value("login"), Shared: f.Ticked("shared")}
	if err := f.Faults(); err != nil {
		spec.Errors, _ = q.Errors(err)
		return q.Render(422, showSignIn(q, q.View(), spec))
	}
	o, err := d.Identity.Door.SignIn(q.Context(), a)
	if err != nil {
		refused, status, ok := entryRefused(q, err)
		if !ok {
			return err
		}
		spec.refused = refused
		return q.Render(status, showSignIn(q, q.View(), spec))
	}
	if o.Session != nil {
		return d.enter(q, o.Session, spec.To)
	}
	q.Edge.RememberStep(q.C, o.Challenge)
	to := "/sign-in/second"
	if spec.To != "/" && spec.To != me.Home {
		to += "?to=" + url.QueryEscape(spec.To)
	}
	return q.See(to, edge.Flash{})
}
