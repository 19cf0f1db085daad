// Package register is the screens of a register, whatever it keeps: the list with its
// filters, the record with its groups of fields, their forms and the choice where two saved
// at once, the history, and paper.
//
// A [Subject] is data: where the screens stand, which columns the list has, what is called
// how. All else follows from the register ([record.Records]) and from the fields that the
// profile declares. The screens name no register; what only one has - acts on an order,
// files - its own package adds to the list's head ([Subject.Offers]) and beside its records
// ([Subject.Beside]).
package register

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/jobs"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Services are what the screens ask.
type Services struct {
	DB       *db.DB
	Tree     *unit.Tree
	Calendar *calendar.Service
	Identity *identity.Service
	Jobs     *jobs.Jobs // that read and write lists; may be nil where no register has any
}

// Subject is a register as its screens show it.
type Subject struct {
	Records *record.Records
	Path    string // of the list, such as /institutions; records lie below it
	Words   Words
	// Columns of the list; empty: name, code where records have one, place.
	Columns []Column
	// Types says that records are of the profile's types of institution: lists are
	// filtered by them, records say theirs.
	Types bool
	// In are the levels of the units that records are entered in, by the form that follows
	// from the profile; empty: they are entered otherwise, or nowhere.
	In []string
	// Offers are what the list offers besides: entering, files. nil: nothing.
	Offers func(q *screen.Request, at Address, empty bool) Offers
	// Beside is what a record's pages show besides. nil: nothing.
	Beside func(q *screen.Request, r record.Record) (Beside, error)
	Told   Told
	// Lists are the lists of records that come and go as files. nil: none do.
	Lists *transfer.Service
}

// Column is a column of a list.
type Column struct {
	Head func(q *screen.Request) ui.Column
	Cell func(q *screen.Request, i record.Item) ui.Cell
}

// Offers are the buttons of a list.
type Offers struct {
	Main  *ui.ButtonSpec  // entering
	More  []ui.ButtonSpec // beside it
	Files []ui.MenuItem   // the list in a file
	Begin *ui.ButtonSpec  // where there is nothing yet
}

// Beside is what is shown beside a record.
type Beside struct {
	Menu  []ui.MenuItem // what can be done to it
	Cards []Card
	Tabs  []ui.Tab
}

// Card is a heading with facts.
type Card struct {
	Title string
	Facts []ui.Fact
}

// Told is how a register tells of what is recorded of it besides the profile's fields. Its
// zero value knows what every register has.
type Told struct {
	Did string // prefix of the messages for what was done; empty: those of every register
	// Field names a recorded field; empty: it is named as everywhere.
	Field func(q *screen.Request, field string) string
	// Value writes a recorded value, with names of units by their public ids; false: it is
	// written as everywhere.
	Value func(q *screen.Request, field string, v any, names map[string]string) (string, bool)
	// Units are the recorded fields that hold public ids of units, as a value, as several, or
	// as keys.
	Units []string
	// Line says of a line that it is no change of a value but tells something of the whole
	// act, and tells it. nil: every line is one.
	Line func(q *screen.Request, l audit.FieldChange, names map[string]string, e *ui.Entry) bool
	// People are the public ids of accounts that a line names besides who did it.
	People func(l audit.FieldChange) []string
	Icons  map[string]ui.Glyph // by what was done
}

// Screens are the screens of one register.
type Screens struct {
	Services
	Subject
	Places *Places
	bars   *db.Cache[string, string] // filters of lists, as they are written
}

// barsLife is how long filters of a list are remembered; the territory that they offer
// changes on a few days a year.
const barsLife = time.Minute

// New returns the screens of a register.
func New(services Services, of Subject) *Screens {
	of.Words = of.Words.orElse()
	if of.Told.Did == "" {
		of.Told.Did = "record.did."
	}
	s := &Screens{
		Services: services, Subject: of, Places: NewPlaces(services.DB, services.Tree),
		bars: db.NewCache[string, string](services.DB, unit.Changed, 256, barsLife),
	}
	if len(of.Columns) == 0 {
		s.Columns = []Column{s.Called(), s.Coded(), s.Placed()}
	}
	return s
}

// Routes are the screens.
func (s *Screens) Routes() []screen.Route {
	get := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodGet, Path: s.Path + path, Access: screen.SignedIn, Handle: h}
	}
	post := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodPost, Path: s.Path + path, Access: screen.SignedIn, Handle: h}
	}
	routes := []screen.Route{
		get("", s.list),
		get("/columns", s.columns),
		post("/columns", s.choose),
		get("/several", s.tick),
		post("/several", s.several),
		get("/views", s.saved),
		post("/views", s.save),
		post("/views/:uid/delete", s.drop),
		get("/:uid", s.record),
		get("/:uid/history", s.history),
		get("/:uid/print", s.print),
		get("/:uid/edit/:group", s.editing),
		post("/:uid/edit/:group", s.edit),
	}
	if s.Lists != nil {
		routes = append([]screen.Route{
			post("/export", s.export),
			get("/import", s.imports),
			post("/import", s.upload),
			get("/import/template/:format", s.template),
			get("/import/:uid", s.importPage),
			get("/import/:uid/findings/:format", s.findings),
			post("/import/:uid/columns", s.match),
			post("/import/:uid/reading", s.reread),
			post("/import/:uid/answers", s.answer),
			post("/import/:uid/check", s.check),
			post("/import/:uid/apply", s.apply),
			post("/import/:uid/undo", s.undo),
			post("/import/:uid/cancel", s.cancelImport),
		}, routes...)
	}
	if len(s.In) > 0 {
		routes = append([]screen.Route{get("/new", s.entering), post("/new", s.enter)}, routes...)
	}
	return routes
}

// URL is the address of a record.
func (s *Screens) URL(uid string) string { return s.Path + "/" + uid }

// of is what the profile declares of the register.
func (s *Screens) of(q *screen.Request) *profile.Register { return s.Records.Of(q.Profile()) }

// May reports whether the caller may do action to a register, or a part of it, at all.
func May(q *screen.Request, action, object string) bool {
	return q.Gate.May(q.Context(), action, object)
}
