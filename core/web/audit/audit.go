// Package audit is the screens of the audit trail, for those whose work it is to
// read it: who did, saw or was refused what, by which rule, and whether the record
// of it is whole.
package audit

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/jobs"
	"mektep/core/unit"
	"mektep/core/web/screen"
)

// Services are what the screens ask.
type Services struct {
	Trail    *audit.Trail
	Jobs     *jobs.Jobs
	Identity *identity.Service
	Tree     *unit.Tree
}

type screens struct{ Services }

// Routes are the screens of the audit trail.
func Routes(_ *screen.Base, services Services) []screen.Route {
	s := &screens{services}
	return []screen.Route{
		{Method: fiber.MethodGet, Path: "/audit", Access: screen.SignedIn, Handle: s.list},
		{Method: fiber.MethodGet, Path: "/audit/person", Access: screen.SignedIn, Handle: s.person},
		{Method: fiber.MethodPost, Path: "/audit/person", Access: screen.SignedIn, Handle: s.findPerson},
		{Method: fiber.MethodPost, Path: "/audit/verify", Access: screen.SignedIn, Handle: s.verify},
		{Method: fiber.MethodGet, Path: "/audit/verify/:uid", Access: screen.SignedIn, Handle: s.verified},
		{Method: fiber.MethodGet, Path: "/audit/head", Access: screen.SignedIn, Handle: s.head},
		{Method: fiber.MethodGet, Path: "/audit/chain", Access: screen.SignedIn, Handle: s.chain},
		{Method: fiber.MethodGet, Path: "/audit/:id", Access: screen.SignedIn, Handle: s.entry},
	}
}

// allowed asks the gate and writes down that the trail was read: whoever watches
// is watched.
func (s *screens) allowed(q *screen.Request, action string, e audit.Entry) error {
	return q.Gate.Witness(q.Context(), action, gate.Target{Object: audit.ObjectAudit, UID: e.Target}, e)
}

// question is what the list is asked. All of it may stand in an address: a person
// is named by their account's public id.
type question struct {
	From, Until, Account, Object, Action, Outcome, Rule, Unit, After string
}

func asked(q *screen.Request) question {
	g := func(name string) string { return q.C.Query(name) }
	return question{g("from"), g("until"), g("account"), g("object"), g("action"), g("outcome"), g("rule"), g("unit"), g("after")}
}

func (a question) values() map[string]string {
	return map[string]string{
		"from": a.From, "until": a.Until, "account": a.Account, "object": a.Object, "action": a.Action,
		"outcome": a.Outcome, "rule": a.Rule, "unit": a.Unit, "after": a.After,
	}
}

func address(values map[string]string, without ...string) string {
	v := url.Values{}
	for name, value := range values {
		if value != "" && !slices.Contains(without, name) {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/audit"
	}
	return "/audit?" + v.Encode()
}

type page struct {
	ask    question
	rows   []audit.Record
	next   string
	names  map[string]string // of accounts, by public id
	units  map[int64]unit.Unit
	unit   *unit.Unit
	below  []unit.Unit
	person *identity.PersonPage
	head   audit.Head
	report *audit.Report // when the trail was just checked
	run    *jobs.Run     // of a verification
	wrong  []string      // fields of the question that could not be read, or name no word of the trail
}

func (s *screens) list(q *screen.Request) error {
	p := page{ask: asked(q)}
	f, err := s.filter(q, &p)
	if err != nil {
		return err
	}
	if err := s.allowed(q, "view", audit.Entry{Fields: narrowed(p.ask)}); err != nil {
		return err
	}
	unknown, err := q.Gate.Unrecorded(q.Context(), f)
	if err != nil {
		return err
	}
	for name := range unknown {
		if !slices.Contains(p.wrong, name) {
			p.wrong = append(p.wrong, name)
		}
	}
	if err := s.fill(q, &p, f); err != nil {
		return err
	}
	return q.Page(listPage(q, p))
}

// narrowed are the names of the filters that were used: not what was looked for.
func narrowed(a question) []string {
	var out []string
	for name, v := range a.values() {
		if v != "" && name != "after" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// filter turns the question into the trail's own.
func (s *screens) filter(q *screen.Request, p *page) (audit.Filter, error) {
	a := p.ask
	f := audit.Filter{Object: a.Object, Action: a.Action, Outcome: audit.Outcome(a.Outcome), Rule: a.Rule}
	zone := q.Caller.Tenant.Zone
	if zone == nil {
		zone = time.UTC
	}
	day := func(name, typed string, add int) time.Time {
		if typed == "" {
			return time.Time{}
		}
		t, err := q.L.ParseDate(typed)
		if err != nil {
			p.wrong = append(p.wrong, name)
			return time.Time{}
		}
		return time.Date(t.Year(), t.Month(), t.Day()+add, 0, 0, 0, 0, zone)
	}
	f.From, f.Until = day("from", a.From, 0), day("until", a.Until, 1)
	if a.Account != "" {
		person, err := s.Identity.Person(q.Context(), a.Account)
		if err != nil {
			return f, err
		}
		p.person, f.Account = &person, person.ID
	}
	if a.Unit != "" {
		u, err := s.Tree.Get(q.Context(), a.Unit)
		if err != nil {
			return f, err
		}
		p.unit, f.Subtree = &u, u.Path
	}
	return f, nil
}

// fill reads what the page shows: entries, and the names of who and where.
func (s *screens) fill(q *screen.Request, p *page, f audit.Filter) (err error) {
	ctx := q.Context()
	if len(p.wrong) == 0 { // what was not understood is not answered with something else
		if p.rows, p.next, err = s.Trail.Search(ctx, f, p.ask.After); err != nil {
			return err
		}
	}
	if p.names, err = s.Identity.Names(ctx, actors(p.rows)); err != nil {
		return err
	}
	var ids []int64
	for _, r := range p.rows {
		if way := unit.IDs(r.UnitPath); len(way) > 0 {
			ids = append(ids, way[len(way)-1])
		}
	}
	slices.Sort(ids)
	if p.units, err = s.Tree.ByIDs(ctx, slices.Compact(ids)); err != nil {
		return err
	}
	p.below, err = s.choices(q, p.unit)
	return err
}

// choices are the units to narrow the list to: one step down from the chosen one.
func (s *screens) choices(q *screen.Request, chosen *unit.Unit) ([]unit.Unit, error) {
	ctx := q.Context()
	if chosen == nil {
		root, err := s.Tree.Root(ctx)
		if err != nil {
			return nil, err
		}
		below, err := s.Tree.Children(ctx, root.ID)
		return q.InOrder(below), err
	}
	way, err := s.Tree.Way(ctx, *chosen)
	if err != nil || chosen.Level == unit.Institution {
		return way, err
	}
	below, err := s.Tree.Children(ctx, chosen.ID)
	return append(way, q.InOrder(below)...), err
}

func actors(rows []audit.Record) []string {
	var out []string
	for _, r := range rows {
		for _, uid := range []string{r.AccountUID, person(r)} {
			if uid != "" && !slices.Contains(out, uid) {
				out = append(out, uid)
			}
		}
	}
	return out
}

// person is the public id of the account that an entry is about; empty where it
// is about something else.
func person(r audit.Record) string {
	if r.Object == "account" {
		return r.Target
	}
	return ""
}

func (s *screens) person(q *screen.Request) error {
	if err := q.Gate.Refused(q.Context(), s.mayView(q)); err != nil {
		return err
	}
	return q.Page(personPage(q, "", nil))
}

func (s *screens) mayView(q *screen.Request) error {
	_, err := q.Gate.Check(q.Context(), "view", gate.Target{Object: audit.ObjectAudit})
	return err
}

// findPerson answers a posted search: a name never stands in an address.
func (s *screens) findPerson(q *screen.Request) error {
	if err := q.Gate.Refused(q.Context(), s.mayView(q)); err != nil {
		return err
	}
	words := q.Form().Value("words")
	if words == "" {
		return q.Page(personPage(q, "", nil))
	}
	rows, _, err := s.Identity.People(q.Context(), identity.Filter{Words: words, Limit: 30})
	if err != nil {
		return err
	}
	return q.Page(personPage(q, words, rows))
}

// detail is one entry, with its values where the reader may see them.
type detail struct {
	audit.One
	who    string
	about  string
	place  string
	values bool
	why    error
}

func (s *screens) entry(q *screen.Request) error {
	ctx := q.Context()
	id, err := strconv.ParseInt(q.C.Params("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "audit.no_entry")
	}
	if err := s.allowed(q, "view", audit.Entry{Target: strconv.FormatInt(id, 10)}); err != nil {
		return err
	}
	one, err := s.Trail.Get(ctx, id)
	if err != nil {
		return err
	}
	d := detail{One: one}
	names, err := s.Identity.Names(ctx, actors([]audit.Record{one.Record}))
	if err != nil {
		return err
	}
	d.who, d.about = names[one.AccountUID], names[person(one.Record)]
	if way := unit.IDs(one.UnitPath); len(way) > 0 {
		u, err := s.Tree.ByID(ctx, way[len(way)-1])
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		d.place = q.Text(u.Name)
	}
	// An auditor reads that a field was changed; what it held only where they may
	// see the thing itself.
	_, d.why = q.Gate.Scope(ctx, "view", one.Object)
	d.values = d.why == nil
	return q.Page(entryPage(q, d))
}

// chain says how far the record is sealed.
func (s *screens) chain(q *screen.Request) error {
	if err := s.allowed(q, "view", audit.Entry{Target: "chain"}); err != nil {
		return err
	}
	head, err := s.Trail.Head(q.Context())
	if err != nil {
		return err
	}
	return q.Page(chainPage(q, page{head: head}))
}

// head hands out the end of the chain, to be kept where nobody here can reach it.
func (s *screens) head(q *screen.Request) error {
	if err := s.allowed(q, "export", audit.Entry{}); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Trail.Export(q.Context(), &b); err != nil {
		return err
	}
	q.C.Set(fiber.HeaderContentType, "application/x-ndjson")
	q.C.Set(fiber.HeaderCacheControl, "no-store")
	q.C.Attachment("audit-head-" + q.Clock.Now().UTC().Format("2006-01-02") + ".jsonl")
	return q.C.Send(b.Bytes())
}
