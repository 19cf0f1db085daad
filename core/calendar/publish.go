package calendar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// Kind is the kind of request by which a school year is published or amended.
const Kind = "calendar"

const object = "calendar"

// Proposal is a school year as somebody wants it in force.
type Proposal struct {
	Year profile.Document `json:"year"`
	// Of is the digest of the year of the same id that it was made from; empty where the
	// ministry has none yet. What was published meanwhile is never overwritten.
	Of    string       `json:"of"`
	Note  profile.Text `json:"note,omitempty"` // why a published year is changed, for everybody to read
	Order audit.Order  `json:"order"`
}

// Plan is a proposal as it would come into force.
type Plan struct {
	Profile *profile.Profile    // that holds without it
	Old     *profile.SchoolYear // nil: the year is new
	New     *profile.SchoolYear
	Order   audit.Order // tidied
}

// Changes are what becomes different.
func (p Plan) Changes() []Change { return Compare(p.Old.Document(), p.New.Document()) }

// Second gives the service the second pair of eyes, while wiring: by it school years are
// published.
func (s *Service) Second(a *approval.Service) {
	s.approvals = a
	a.Register(Kind, approval.Kind{Do: s.approved, Object: object})
}

// Target is what the gate is asked before a school year is published or amended.
func Target() gate.Target { return gate.Target{Object: object} }

// Review judges a proposal as it stands now, and changes nothing. Faults: Denied;
// Conflict when another version is in force than the one it was made from; Invalid by
// field, with the checks of profile check.
func (s *Service) Review(ctx context.Context, p Proposal) (plan Plan, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.gate.Check(ctx, "update", Target()); err != nil {
			return err
		}
		plan, err = s.plan(ctx, tx, p)
		return err
	})
	return plan, s.gate.Refused(ctx, err)
}

// Propose asks for a school year to be published or amended. Two people do it, whatever
// the profile's switches say: it waits for whom the policy lets approve the calendar, and
// is never decided by who asked (TR-IC-1). One proposal a year waits at a time.
//
// Faults: as of Review; Conflict while another proposal for the year waits.
func (s *Service) Propose(ctx context.Context, p Proposal) (r approval.Request, err error) {
	err = s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.gate.Check(ctx, "update", Target()); err != nil {
			return err
		}
		if err := lockYears(ctx, tx); err != nil {
			return err
		}
		plan, err := s.plan(ctx, tx, p)
		if err != nil {
			return err
		}
		p := p
		p.Order = plan.Order
		key := "approval.asks.calendar"
		if plan.Old != nil {
			key = "approval.asks.calendar_amended"
		}
		r, err = s.approvals.Ask(ctx, tx, approval.Ask{
			Kind: Kind, Payload: p, Key: key, Subject: plan.New.ID,
			Waits: fault.New(fault.Conflict, "year.waits").With("Year", fault.Text(plan.New.Name)).WithNext("year.next.waits", "/approvals", nil),
			Args:  fault.Args{"Year": fault.Text(plan.New.Name), "From": plan.New.Start.Time(), "To": plan.New.End.Time()},
		})
		return err
	}, &r)
	return r, err
}

// Proposed returns what a waiting request asks for, as it would come into force now, to
// who may see the request. wrong says why it could not be published as things stand; the
// plan then has only what the document says.
func (s *Service) Proposed(ctx context.Context, uid string) (p Proposal, plan Plan, wrong error, err error) {
	r, payload, err := s.approvals.Payload(ctx, uid)
	if err != nil {
		return p, plan, nil, err
	}
	if r.Kind != Kind || payload == nil {
		return p, plan, nil, fault.New(fault.NotFound, "approval.unknown")
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return p, plan, nil, errors.New("calendar: a proposal cannot be read")
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		plan, wrong = s.plan(ctx, tx, p)
		return nil
	})
	return p, plan, wrong, err
}

// plan judges a proposal against what is in force within the unit.
func (s *Service) plan(ctx context.Context, tx *db.Tx, p Proposal) (Plan, error) {
	base, err := s.fresh(ctx, tx)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Profile: base, Old: base.SchoolYear(text(p.Year["id"]))}
	if err := written(fault.New(fault.Invalid, "fault.invalid"), "", map[string]any(p.Year)).OrNil(); err != nil {
		return plan, gate.Cited(err, base, law(base, plan.Old))
	}
	if plan.Old.Document().Digest() != p.Of {
		return plan, gate.Cite(fault.New(fault.Conflict, "year.moved_on").WithNext("year.next.moved_on", "/calendar", nil), base, law(base, plan.Old))
	}
	day := profile.DateOf(s.clock.Today(base.Zone))
	var bad *fault.Error
	plan.Order, bad = p.missing(plan.Old, base.Languages.Official, day.Time())
	if plan.Old != nil && plan.Old.End < day {
		bad = bad.WithField("end", "year.over", fault.Args{"Day": plan.Old.End.Time()})
	}
	// What was announced as it is to be does not become a draft again: it would be changed
	// without a word, and what was amended so far be forgotten.
	if plan.Old != nil && !plan.Old.Provisional() && text(p.Year["status"]) == "provisional" {
		bad = bad.WithField("status", "year.stays_published", nil)
	}
	draft := profile.Document{}
	for k, v := range p.Year {
		draft[k] = v
	}
	delete(draft, "amendments") // what was amended before stays, and what is now is added below
	y, wrong := base.Judge(draft)
	if y != nil {
		if y.End < day {
			bad = bad.WithField("end", "year.over", fault.Args{"Day": y.End.Time()})
		}
		if err := bad.OrNil(); err != nil {
			return plan, gate.Cited(err, base, law(base, plan.Old))
		}
		y, wrong = base.Judge(amended(plan.Old, y, draft, p.Note, day))
	}
	if y == nil {
		return plan, gate.Cited(invalid(bad, wrong), base, law(base, plan.Old))
	}
	plan.New = y
	if len(plan.Changes()) == 0 {
		return plan, gate.Cited(fault.New(fault.Invalid, "fault.invalid").WithField("name", "year.same", nil), base, law(base, plan.Old))
	}
	return plan, nil
}

// law is what the calendar rests on.
func law(p *profile.Profile, y *profile.SchoolYear) string {
	if y == nil {
		if years := p.SchoolYears(); len(years) > 0 {
			y = years[len(years)-1]
		}
	}
	if y == nil {
		return ""
	}
	return y.Source
}

// missing tidies the order and says what a proposal lacks beside the year itself: an order, and for a year that
// people go by already a reason in every official language.
func (p Proposal) missing(old *profile.SchoolYear, official []string, today time.Time) (audit.Order, *fault.Error) {
	order, bad := p.Order.Checked(fault.New(fault.Invalid, "fault.invalid"), true, today)
	for _, tag := range slices.Sorted(maps.Keys(p.Note)) {
		switch {
		case len([]rune(p.Note[tag])) > mostReason:
			bad = bad.WithField("note."+tag, "field.too_long", fault.Args{"Max": mostReason})
		case !fault.Legible(p.Note[tag]):
			bad = bad.WithField("note."+tag, "field.plain", nil)
		}
	}
	if old == nil || old.Provisional() {
		return order, bad
	}
	for _, tag := range official {
		if !strings.ContainsFunc(p.Note[tag], unicode.IsLetter) {
			bad = bad.WithField("note."+tag, "field.required", nil)
		}
	}
	return order, bad
}

// mostText is how long a text of a school year may be, in characters; notes, which say
// why it is changed, are as long as reasons.
const mostText = 300

// written judges every text of a proposal's document, whatever it is for: names of the
// year's parts are words, of one line, and nothing in it is without end or hidden.
func written(bad *fault.Error, at string, v any) *fault.Error {
	switch v := v.(type) {
	case string:
		if len([]rune(v)) > mostText {
			return bad.WithField(at, "field.too_long", fault.Args{"Max": mostText})
		}
		if !fault.Plain(v) {
			return bad.WithField(at, "field.plain", nil)
		}
	case []any:
		for i, one := range v {
			bad = written(bad, fmt.Sprintf("%s.%d", at, i), one)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			path := at + "." + k
			if at == "" {
				path = ofYear(k)
			}
			_, words := v[k].(string)
			if last := at[strings.LastIndexByte(at, '.')+1:]; !words && (last == "name" || last == "note" || path == "id") {
				bad = bad.WithField(path, "field.text", nil)
				continue
			}
			bad = written(bad, path, v[k])
		}
	}
	return bad
}

// ofYear names a field of the year's document: its own note is not the proposal's.
func ofYear(path string) string {
	if path == "note" || strings.HasPrefix(path, "note.") {
		return "year." + path
	}
	return path
}

// invalid puts the findings of the calendar's checks to the fields of the form.
func invalid(bad *fault.Error, wrong profile.Misfits) error {
	for _, m := range wrong {
		key := "year.finding.other"
		if known[m.Code] {
			key = "year.finding." + strings.ToLower(m.Code)
		}
		bad = bad.WithField(ofYear(m.Path), key, fault.Args{"Message": m.Message})
	}
	return bad.OrNil()
}

// known are the codes of findings that have words of their own.
var known = map[string]bool{
	profile.CodeType: true, profile.CodeDuplicate: true, profile.CodeMissing: true, profile.CodeValue: true, profile.CodeReference: true,
	profile.CodeLanguage: true, profile.CodeLanguageTag: true, profile.CodePeriod: true, profile.CodeOverlap: true, profile.CodeWindow: true,
	profile.CodeGrace: true, profile.CodeWindowOrder: true, profile.CodeUnknownKey: true,
}

// amended completes the document of a year that is in force and published: what was
// amended before is kept, and the days that move now are written down beside it, so that
// the calendar says what it was and since when it is otherwise.
func amended(old, now *profile.SchoolYear, draft profile.Document, note profile.Text, day profile.Date) profile.Document {
	if old == nil || old.Provisional() {
		return draft
	}
	before, _ := old.Document()["amendments"].([]any)
	all := append([]any{}, before...)
	if changes := moved(old, now); len(changes) > 0 {
		words := map[string]any{}
		for tag, s := range note {
			words[tag] = s
		}
		all = append(all, map[string]any{"id": fmt.Sprintf("amendment_%d", len(all)+1), "on": day.String(), "note": words, "changes": changes})
	}
	if len(all) > 0 {
		draft["amendments"] = all
	}
	return draft
}

// moved are the days of terms, breaks, holidays and of the year that are different.
func moved(old, now *profile.SchoolYear) (out []any) {
	was, will := days(old), days(now)
	for _, d := range append(was, will...) {
		before, after := was.of(d.what), will.of(d.what)
		if before == after || seen(out, d.what) {
			continue
		}
		c := map[string]any{"what": d.what}
		if before != 0 {
			c["was"] = before.String()
		}
		if after != 0 {
			c["now"] = after.String()
		}
		out = append(out, c)
	}
	return out
}

func seen(changes []any, what string) bool {
	for _, c := range changes {
		if c.(map[string]any)["what"] == what {
			return true
		}
	}
	return false
}

type edge struct {
	what string
	day  profile.Date
}

type edges []edge

func (e edges) of(what string) profile.Date {
	for _, x := range e {
		if x.what == what {
			return x.day
		}
	}
	return 0
}

// days are the first and last days in a school year, by name.
func days(y *profile.SchoolYear) edges {
	out := edges{{"year.start", y.Start}, {"year.end", y.End}}
	add := func(id string, start, end profile.Date) {
		if end == 0 {
			end = start
		}
		out = append(out, edge{id + ".start", start}, edge{id + ".end", end})
	}
	for _, t := range y.Terms {
		add(t.ID, t.Start, t.End)
	}
	for _, b := range y.Breaks {
		add(b.ID, b.Start, b.End)
	}
	for _, h := range y.Holidays {
		add(h.ID, h.Start, h.End)
	}
	return out
}

// approved puts a proposal in force, as the person who asked, in the unit of who agreed.
// What it was made from must still be in force: fault Conflict.
func (s *Service) approved(ctx context.Context, tx *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
	var p Proposal
	if err := json.Unmarshal(payload, &p); err != nil {
		return approval.Done{}, errors.New("calendar: an approved proposal cannot be read")
	}
	grant, err := s.gate.Check(ctx, "update", Target())
	if err != nil {
		return approval.Done{}, err
	}
	if err := lockYears(ctx, tx); err != nil {
		return approval.Done{}, err
	}
	plan, err := s.plan(ctx, tx, p)
	if err != nil {
		return approval.Done{}, err
	}
	y := Edition{
		UID: db.NewUID(), Year: plan.New.ID, Document: plan.New.Document(), Order: plan.Order,
		AskedBy: caller.From(ctx).AccountUID, AgreedBy: approval.AgreedUID(ctx), At: s.clock.Now(),
	}
	if err := publish(ctx, tx, y); err != nil {
		return approval.Done{}, err
	}
	if err := s.later(ctx, tx, Announcement{UID: y.UID, Calendar: true}); err != nil {
		return approval.Done{}, err
	}
	if err := s.db.Notify(ctx, changedYears, ""); err != nil {
		return approval.Done{}, err
	}
	e := audit.Entry{Action: "update", Object: object, Target: y.Year, Law: grant.Source, Order: plan.Order}
	for _, c := range plan.Changes() {
		e.Changes = append(e.Changes, audit.Change{Field: c.Name(), Old: c.Old, New: c.New})
	}
	return approval.Done{}, s.trail.Record(ctx, tx, e)
}

// Versions returns what the ministry has published of a school year, the latest first.
// Everybody may know it, as the calendar itself.
func (s *Service) Versions(ctx context.Context, year string) (out []Edition, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = versions(ctx, tx, year)
		return err
	})
	return out, err
}

// Waiting reports whether a proposal for a school year waits for its second person.
func (s *Service) Waiting(ctx context.Context, year string) (waits bool, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		uid, err := s.approvals.Waits(ctx, tx, Kind, year)
		waits = uid != ""
		return err
	})
	return waits, err
}
