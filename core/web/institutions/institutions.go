// Package institutions is the screens of the register of institutions: the list,
// the record with its passport, forms and dated acts, history, the territory, and
// the ways in and out by file.
package institutions

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/jobs"
	"mektep/core/registry"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
)

// Services are what the screens ask.
type Services struct {
	DB       *db.DB
	Registry *registry.Service
	Transfer *transfer.Service
	Tree     *unit.Tree
	Calendar *calendar.Service
	Identity *identity.Service
	Jobs     *jobs.Jobs
}

type screens struct {
	Services
	reg *register.Screens
}

// Upload is where files of imports are sent.
const Upload = "/institutions/import"

// Routes are the screens of institutions, of the territory and of running tasks.
func Routes(_ *screen.Base, services Services) []screen.Route {
	s := &screens{Services: services}
	s.reg = s.register()
	get := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodGet, Path: path, Access: screen.SignedIn, Handle: h}
	}
	post := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodPost, Path: path, Access: screen.SignedIn, Handle: h}
	}
	routes := []screen.Route{
		get("/institutions/new", s.entering),
		post("/institutions/new", s.enter),

		get("/units", s.units),
		get("/units/new", s.foundingUnit),
		post("/units/new", s.foundUnit),
		get(proposalsURL, s.proposals),
		get(proposalsURL+"/:id/accept", s.accepting),
		post(proposalsURL+"/:id/accept", s.accept),
		post(proposalsURL+"/:id/decline", s.decline),
		get("/units/:uid", s.unit),
	}
	routes = append(routes, s.reg.Routes()...)
	routes = append(routes, (&register.Tasks{Jobs: s.Jobs, Registers: []*register.Screens{s.reg}}).Routes()...)
	for _, of := range []subject{s.ofInstitutions(), s.ofUnits()} {
		routes = append(routes,
			get(of.actURL(":uid", ":act"), s.acting(of)),
			post(of.actURL(":uid", ":act"), s.act(of)),
			get(of.correctURL(":uid"), s.correcting(of)),
			get(of.url(":uid")+"/correct/:fact/:on", s.slipping(of, false)),
			post(of.url(":uid")+"/correct/:fact/:on", s.mend(of, false)),
			get(of.url(":uid")+"/withdraw/:fact/:on", s.slipping(of, true)),
			post(of.url(":uid")+"/withdraw/:fact/:on", s.mend(of, true)),
		)
	}
	return routes
}
