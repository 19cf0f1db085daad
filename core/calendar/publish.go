package calendar

import (
	"context"
	"encoding/json"
	"errors"

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
	a.Register(Kind, approval.Kind{Do: s.approved, Object: object, Told: s.toldNow})
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
			Told:  p.told(plan, s.clock.Now()),
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
		return plan, gate.Cited(err, base, under(base, plan.Old))
	}
	if plan.Old == nil && p.Of != "" {
		return plan, gate.Cited(fault.New(fault.Invalid, "fault.invalid").WithField("of", "year.unknown", nil), base, under(base, nil))
	}
	if plan.Old.Document().Digest() != p.Of {
		return plan, gate.Cite(fault.New(fault.Conflict, "year.moved_on").WithNext("year.next.moved_on", "/calendar", nil), base, law(base, plan.Old), "calendar", "update")
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
			return plan, gate.Cited(err, base, under(base, plan.Old))
		}
		y, wrong = base.Judge(amended(plan.Old, y, draft, p.Note, day))
	}
	if y == nil {
		return plan, gate.Cited(invalid(bad, wrong, base, p.Year), base, restsOn(wrong, base, p.Year, under(base, plan.Old)))
	}
	plan.New = y
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return plan, err
	}
	if err := plan.fits(fault.New(fault.Invalid, "fault.invalid"), m, p.Year, day).OrNil(); err != nil {
		return plan, gate.Cited(err, base, under(base, plan.Old))
	}
	if len(plan.Changes()) == 0 {
		return plan, gate.Cited(fault.New(fault.Invalid, "fault.invalid").WithField("name", "year.same", nil), base, under(base, plan.Old))
	}
	return plan, nil
}

// under is a change of the calendar, by what it rests on.
func under(p *profile.Profile, y *profile.SchoolYear) gate.Grant {
	return gate.Grant{Source: law(p, y), Object: "calendar", Action: "update"}
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
