// Package people is the screens of accounts and appointments: who works here, on
// whose word, and what may be done about it.
package people

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/consent"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/screen"
)

// Services are what the screens ask.
type Services struct {
	Identity *identity.Service
	Tree     *unit.Tree
	Consent  *consent.Service
	Trail    *audit.Trail
	// Approvals is the second pair of eyes; nil: the ministry's roles need none.
	Approvals *approval.Service
	// Detail shows what a waiting request changes, where its kind has more to show than a
	// sentence; nil, or a nil component: it has not.
	Detail func(q *screen.Request, r approval.Request) (templ.Component, error)
}

type screens struct{ Services }

// How long what is sealed in an address can be read.
const (
	searchGood = 2 * time.Hour
	secretGood = 15 * time.Minute
)

// Routes are the screens of people.
func Routes(_ *screen.Base, services Services) []screen.Route {
	s := &screens{services}
	get := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodGet, Path: path, Access: screen.SignedIn, Handle: h}
	}
	post := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodPost, Path: path, Access: screen.SignedIn, Handle: h}
	}
	routes := []screen.Route{
		get("/people", s.list),
		post("/people", s.search),
		get("/people/new", s.wizard),
		post("/people/new", s.appoint),
		post("/people/new/review", s.review),
		get("/people/new/done", s.done),
		get("/people/new/slip", s.inviteSlip),
		get("/people/:uid", s.person),
		get("/people/:uid/history", s.history),
		get("/people/:uid/undertakings/:undertaking", s.undertaking),
		get("/people/:uid/edit", s.correction),
		post("/people/:uid/edit", s.correct),
		get("/people/:uid/end/:appointment", s.ending),
		post("/people/:uid/end/:appointment", s.end),
		get("/people/:uid/block", s.blocking),
		post("/people/:uid/block", s.block),
		post("/people/:uid/unblock", s.unblock),
		get("/people/:uid/reset", s.resetting),
		post("/people/:uid/reset", s.reset),
		get("/people/:uid/slip", s.codeSlip),
		post("/people/:uid/invite", s.invite),
		post("/people/:uid/invite/cancel", s.cancelInvitation),
		post("/people/:uid/sessions/end", s.endSessions),
		post("/people/:uid/address", s.confirmAddress),
	}
	if s.Approvals != nil {
		routes = append(routes, get("/approvals", s.approvals), post("/approvals/:uid/approve", s.approve),
			post("/approvals/:uid/reject", s.reject), post("/approvals/:uid/cancel", s.withdraw),
			get("/settings", s.settings), post("/settings/letters", s.moveLetters))
	}
	return routes
}
