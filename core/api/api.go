// Package api is the JSON API under /api/v1: the operations of the screens for
// programs, through the same services, behind the same gate. Handlers decode,
// call the service and write down what came of it; no rule stands here.
//
// A program signs in at POST /token and sends what it gets as a bearer token. A
// write that carries an Idempotency-Key is done once however often it is sent; a
// change of a record names the version it was made from in If-Match. Whatever is
// refused is answered with problem details (RFC 9457) in the caller's language:
// which check, which rule and law, and what to do next.
//
// What the API can do is described by itself: /openapi.json, /openapi.yaml, and
// /docs for people, which loads nothing from anywhere else.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/consent"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/tenant"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// Prefix is where the API stands on a ministry's host.
const Prefix = "/api/v1"

// Deps are the services that the API offers.
type Deps struct {
	Gate      *gate.Gate
	Clock     *clock.Clock
	Tenants   *tenant.Service
	Tree      *unit.Tree
	Registry  *registry.Service
	Transfer  *transfer.Service
	Registers []Register // besides that of institutions
	People    *identity.Service
	Approvals *approval.Service
	Calendar  *calendar.Service
	Consent   *consent.Service
	Trail     *audit.Trail
	Notify    *notify.Service
	Jobs      *jobs.Jobs
	Files     *jobs.Files
	Version   string // of the build, as the description gives it
}

// api is the mounted API.
type api struct {
	Deps
	edge   *edge.Edge
	huma   huma.API
	routes []route // what there is, for 404 and 405
	names  map[reflect.Type]string
	files  map[string][]byte // descriptions and the style of the docs, by name
}

// Mount adds the API to app. Every failure below /api is answered here, also that
// of a request which no handler saw.
func Mount(app *fiber.App, e *edge.Edge, d Deps) {
	a := &api{Deps: d, edge: e, names: map[reflect.Type]string{}}
	sub := fiber.New(fiber.Config{ErrorHandler: e.Refusing(a.fail), Immutable: true})
	v1 := sub.Group("/v1")
	v1.Get("/docs", e.Enter, a.docs)
	v1.Get("/docs.css", e.Enter, a.file("docs.css", "text/css; charset=utf-8"))
	for _, h := range []fiber.Handler{e.Bearer, open, e.Once, a.failed} {
		sub.Use(ours(h))
	}
	v1.Get("/openapi.json", a.file("openapi.json", "application/openapi+json"))
	v1.Get("/openapi.yaml", a.file("openapi.yaml", "application/openapi+yaml"))
	a.huma = humafiber.NewWithGroup(sub, v1, a.config())
	a.operations()
	a.formats()
	a.describe()
	sub.Use(ours(a.nothing))
	app.Mount("/api", sub)
}

// operations adds all operations, in the order of the documentation.
func (a *api) operations() {
	a.tokens()
	a.me()
	a.units()
	a.institutions()
	for _, r := range a.Registers {
		a.register(r)
	}
	a.acts()
	corrections[Correction, Slip](a, a.ofInstitutions())
	corrections[placedCorrection, placedSlip](a, a.ofUnits())
	a.transfers()
	a.jobRuns()
	a.accounts()
	a.appointments()
	a.approvals()
	a.calendars()
	a.inbox()
	a.undertakings()
	a.audits()
	a.country()
}

// ours keeps a middleware to the API: the router takes every path that begins
// with these letters for ours.
func ours(h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if p := c.Path(); p != "/api" && !strings.HasPrefix(p, "/api/") {
			return c.Next()
		}
		return h(c)
	}
}

// open refuses writes in a ministry that is suspended.
func open(c *fiber.Ctx) error {
	if m := edge.Of(c).Ministry; c.Method() != fiber.MethodGet {
		if err := m.Open(); err != nil {
			return err
		}
	}
	return c.Next()
}

const failure = "failure"

// failed hands on what an operation refused: huma would write every error itself. What
// waits for a second person is no failure, and is answered here, where the write key keeps
// answers.
func (a *api) failed(c *fiber.Ctx) error {
	if err := c.Next(); err != nil {
		return err
	}
	err, ok := c.Locals(failure).(error)
	if !ok {
		return nil
	}
	c.Response().ResetBody()
	if w := (*approval.Asked)(nil); errors.As(err, &w) {
		q, err := a.asked(c.UserContext())
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderLocation, Prefix+"/approvals/"+w.Request.UID)
		return c.Status(http.StatusAccepted).JSON(Waiting{approvalView(w.Request, q.l)})
	}
	return err
}

// refused carries an operation's error through huma to failed. Its JSON form is
// written and thrown away.
type refused struct{ err error }

func (r refused) Error() string { return r.err.Error() }

// GetStatus makes it an error that huma writes as it is.
func (r refused) GetStatus() int { return http.StatusInternalServerError }

// caught is the transformer that takes errors out of huma's hands.
func caught(ctx huma.Context, _ string, v any) (any, error) {
	switch e := v.(type) {
	case refused:
		humafiber.Unwrap(ctx).Locals(failure, e.err)
	case *huma.ErrorModel:
		humafiber.Unwrap(ctx).Locals(failure, judged(e))
	}
	return v, nil
}

// operation describes an operation; the words for its id stand in the locale
// files under "api.op.".
type operation struct {
	id     string // snake_case
	words  string // another id that the words stand under; empty: its own
	method string
	path   string
	group  string // of the documentation; words under "api.group."
	public bool   // open to who has no token
	status int    // 0: 200, or 204 without a body
	body   int64  // greatest length in bytes; 0: 1 MiB
	search bool   // a POST that changes nothing
	file   bool   // the body is a form with a file
	second bool   // it may wait for a second person, and is then answered 202
}

// said is the id that the words stand under.
func (o operation) said() string {
	if o.words != "" {
		return o.words
	}
	return o.id
}

// writes reports whether the operation changes something.
func (o operation) writes() bool { return o.method != http.MethodGet && !o.search }

// add registers an operation.
func add[I, O any](a *api, o operation, fn func(ctx context.Context, in *I) (*O, error)) {
	a.routes = append(a.routes, route{o.method, strings.Split(o.path, "/")})
	a.name(reflect.TypeFor[I](), o.id, "Request")
	a.name(reflect.TypeFor[O](), o.id, "Answer")
	huma.Register(a.huma, a.described(o), func(ctx context.Context, in *I) (*O, error) {
		if !o.public && !caller.From(ctx).SignedIn() {
			return nil, refused{fault.New(fault.Unauthenticated, "api.sign_in")}
		}
		if body := reflect.ValueOf(in).Elem().FieldByName("Body"); body.IsValid() {
			if empty := blanks(body, ""); len(empty) > 0 {
				return nil, refused{lacking(empty)}
			}
		}
		out, err := fn(ctx, in)
		if err != nil && o.search {
			err = onlyAsked(err)
		}
		if err != nil {
			return nil, refused{err}
		}
		return out, nil
	})
}

// onlyAsked gives what was typed wrongly into a question its next step: there was nothing to
// save.
func onlyAsked(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Next != nil || len(f.Fields) == 0 {
		return err
	}
	var names fault.List
	for _, x := range f.Fields {
		if !slices.Contains(names, any(x.Name)) {
			names = append(names, x.Name)
		}
	}
	return f.WithNext("fault.next.ask", "", fault.Args{"Fields": names})
}

// route is one way to ask, for those that ask another way.
type route struct {
	method string
	path   []string
}

func (r route) matches(path []string) bool {
	return slices.EqualFunc(r.path, path, func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{") && got != ""
	})
}

// nothing answers for what there is not: 405 where another method would do.
func (a *api) nothing(c *fiber.Ctx) error {
	path := strings.Split(strings.TrimPrefix(c.Path(), Prefix), "/")
	var allowed []string
	for _, r := range a.routes {
		if r.matches(path) {
			allowed = append(allowed, r.method)
			if r.method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	if len(allowed) > 0 {
		c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
		return fiber.ErrMethodNotAllowed
	}
	return fiber.ErrNotFound
}

// file serves a description that does not change while the process runs.
func (a *api) file(name, kind string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if edge.Of(c).Ministry == nil {
			return fiber.ErrNotFound
		}
		c.Set(fiber.HeaderContentType, kind)
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		return c.Send(a.files[name])
	}
}

// json is how answers are written: as they are, without escapes for HTML.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}

// unmarshal reads JSON and nothing after it.
func unmarshal(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

// request gives a handler what it decodes and renders with.
type request struct {
	*caller.Caller
	l *locale.Localizer
	p *profile.Profile
}

// asked returns the words and the country of the caller.
func (a *api) asked(ctx context.Context) (request, error) {
	m, err := a.Gate.Ministry(ctx)
	if err != nil {
		return request{}, err
	}
	c := caller.From(ctx)
	return request{c, a.edge.Words().Localizer(c.Language).At(m.Profile.Main()).WithLaw(m.Profile.Cite).WithFields(m.Profile.Called), m.Profile}, nil
}
