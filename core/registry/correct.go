package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Correctable are the dated facts of an institution that can be put right.
var Correctable = []unit.Kind{unit.NameFact, unit.TypeFact, unit.PlaceFact, unit.OpeningFact, unit.ClosingFact}

// mostReason is the length of a reason.
const mostReason = 500

// Slip is a dated fact that was entered by mistake, and why it is touched.
type Slip struct {
	Fact    unit.Kind
	On      time.Time // the day from which it was entered to hold
	Version int
	Reason  string
}

// Correction is what should have been entered. What is left empty stays.
type Correction struct {
	Slip
	Since  time.Time
	Far    bool // a day far ahead is meant, see Act
	Name   map[string]string
	Type   string
	Parent string // public id
	Order  audit.Order
}

// rightOf is the right that such a fact is entered by, and so put right by.
func rightOf(k unit.Kind, life unit.Life) string {
	switch k {
	case unit.NameFact:
		return "rename"
	case unit.TypeFact:
		return "retype"
	case unit.PlaceFact:
		return "move"
	case unit.OpeningFact:
		return "create"
	}
	if len(life.Successors) > 0 {
		return "merge"
	}
	return "close"
}

// MayCorrect reports whether the caller may put a kind of fact of u right.
func (s *Service) MayCorrect(ctx context.Context, u unit.Unit, life unit.Life, k unit.Kind) bool {
	if k == unit.ClosingFact {
		return u.Until != nil && s.gate.Can(ctx, rightOf(k, life), s.target(u)) && (u.OpenOn(s.tree.Today(ctx)) || s.gate.Can(ctx, "reopen", s.target(u)))
	}
	return u.OpenOn(s.tree.Today(ctx)) && s.gate.Can(ctx, rightOf(k, life), s.target(u))
}

// CheckCorrect refuses what MayCorrect says no to, with the reason.
func (s *Service) CheckCorrect(ctx context.Context, u unit.Unit, life unit.Life, k unit.Kind) (gate.Grant, error) {
	grant, err := s.gate.Check(ctx, rightOf(k, life), s.target(u))
	if err != nil {
		return grant, err
	}
	if u.OpenOn(s.tree.Today(ctx)) {
		return grant, nil
	}
	if k != unit.ClosingFact {
		return grant, s.StaysClosed(ctx, u)
	}
	// Another day may open it again.
	_, err = s.gate.Check(ctx, "reopen", s.target(u))
	return grant, err
}

// mending is a correction under way.
type mending struct {
	profile *profile.Profile
	unit    unit.Unit
	life    unit.Life
	fact    *unit.Fact // of a chain; nil for the days of opening and closing
	before  *unit.Fact
}

// mend runs a correction behind the gate and records what stood before, what stands now
// and why: the trail keeps what the record no longer says.
func (s *Service) mend(ctx context.Context, uid, action string, slip Slip, order audit.Order, do func(ctx context.Context, m mending, order audit.Order) ([]audit.Change, error)) error {
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		ministry, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		if err := s.tree.HoldAll(ctx, tx, []string{uid}); err != nil {
			return err
		}
		m := mending{profile: ministry.Profile}
		if m.unit, err = s.institution(ctx, uid); err != nil {
			return err
		}
		if m.life, err = s.tree.Life(ctx, m.unit); err != nil {
			return err
		}
		grant, err := s.CheckCorrect(ctx, m.unit, m.life, slip.Fact)
		if err != nil {
			return err
		}
		reason := norm.NFC.String(strings.Join(strings.Fields(slip.Reason), " "))
		order, err := s.judgeSlip(ctx, slip, reason, order)
		if err != nil {
			return gate.Cited(err, m.profile, grant.Source)
		}
		if m.unit.Version != slip.Version {
			return errStale
		}
		if err := m.find(slip); err != nil {
			return err
		}
		changes, err := do(ctx, m, order)
		if err != nil {
			return gate.Cited(err, m.profile, grant.Source)
		}
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return err
		}
		changes = append(changes,
			audit.Change{Field: "entered_from", Old: slip.On.Format(time.DateOnly)},
			audit.Change{Field: "reason", New: reason})
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: action, Object: Institutions, Target: uid, UnitPath: m.unit.Path, Law: grant.Source, Order: order, Changes: changes,
		})
	})
}

func (s *Service) judgeSlip(ctx context.Context, slip Slip, reason string, order audit.Order) (audit.Order, error) {
	bad := fault.New(fault.Invalid, "institution.invalid")
	if !slices.Contains(Correctable, slip.Fact) {
		bad = bad.WithField("fact", "institution.no_fact", nil)
	}
	switch {
	case reason == "":
		bad = bad.WithField("reason", "field.required", nil)
	case len([]rune(reason)) > mostReason:
		bad = bad.WithField("reason", "field.too_long", fault.Args{"Max": mostReason})
	case !fault.Plain(reason):
		bad = bad.WithField("reason", "field.plain", nil)
	}
	if slip.On.IsZero() {
		bad = bad.WithField("on", "field.required", nil)
	}
	order, bad = order.Checked(bad, false, s.tree.Today(ctx))
	return order, bad.OrNil()
}

// find looks for the fact that the slip means.
func (m *mending) find(slip Slip) error {
	there := false
	switch slip.Fact {
	case unit.OpeningFact:
		there = m.unit.Since.Equal(slip.On)
	case unit.ClosingFact:
		there = m.unit.Until != nil && m.unit.Until.Equal(slip.On)
	default:
		m.fact, m.before = m.life.Begun(slip.Fact, slip.On)
		there = m.fact != nil
	}
	if !there {
		return fault.New(fault.Invalid, "institution.invalid").WithField("on", "unit.no_fact", nil)
	}
	return nil
}

// Withdraw takes back a renaming, a change of type or a move that was entered by mistake:
// what held before goes on. A closing is taken back by Reopen.
//
// Faults: Invalid for a fact that is not there, the first of its kind, a missing reason;
// Conflict for another version; the gate's, for the right such a fact is entered by.
func (s *Service) Withdraw(ctx context.Context, uid string, slip Slip) error {
	return s.mend(ctx, uid, "withdraw", slip, audit.Order{}, func(ctx context.Context, m mending, _ audit.Order) ([]audit.Change, error) {
		if m.fact == nil {
			return nil, fault.New(fault.Invalid, "institution.invalid").WithField("fact", "institution.not_withdrawn", nil)
		}
		if m.before != nil {
			if err := s.reaches(ctx, m, slip.Fact, *m.before); err != nil {
				return nil, err
			}
		}
		return []audit.Change{{Field: string(slip.Fact), Old: worth(slip.Fact, *m.fact)}}, s.tree.Withdraw(ctx, m.unit, slip.Fact, slip.On)
	})
}

// reaches asks for the right over what a fact is put to, as over what it was: whoever may
// not move an institution to a place cannot correct it there.
func (s *Service) reaches(ctx context.Context, m mending, k unit.Kind, will unit.Fact) error {
	switch k {
	case unit.TypeFact:
		for _, typ := range []string{m.fact.Type, will.Type} {
			t := s.target(m.unit)
			t.Type = typ
			if _, err := s.gate.Check(ctx, "retype", t); err != nil {
				return err
			}
		}
		return s.gate.Retyped(ctx, m.unit.UID, will.Type)
	case unit.PlaceFact:
		for _, place := range []*unit.Unit{m.fact.Parent, will.Parent} {
			if _, err := s.gate.Check(ctx, "move", gate.Target{Object: Institutions, UID: m.unit.UID, Path: place.Path, Type: m.unit.Type}); err != nil {
				return err
			}
		}
		return takes(m.profile, m.unit.Type, *will.Parent)
	}
	return nil
}

// takes refuses a place whose level has no institutions of the type.
func takes(p *profile.Profile, typ string, place unit.Unit) error {
	if t := p.Type(typ); t != nil && !slices.Contains(p.ParentsOf(t), place.Level) {
		return fault.New(fault.Invalid, "institution.invalid").
			WithField("parent", "institution.wrong_parent", fault.Args{"Type": fault.Text(t.Name), "Unit": fault.Text(place.Name)})
	}
	return nil
}

// worth is the value of a fact as the trail keeps it.
func worth(k unit.Kind, f unit.Fact) any {
	switch k {
	case unit.NameFact:
		return f.Name
	case unit.TypeFact:
		return f.Type
	}
	return f.Parent.UID
}

// Correct puts a dated fact right: what it says, its order, the day it begins on.
//
// Faults: as Withdraw's; Invalid for what no such fact could have been entered as.
func (s *Service) Correct(ctx context.Context, uid string, c Correction) error {
	return s.mend(ctx, uid, "correct", c.Slip, c.Order, func(ctx context.Context, m mending, order audit.Order) ([]audit.Change, error) {
		c := c
		c.Order = order
		if err := c.ofOneKind(); err != nil {
			return nil, err
		}
		if c.Since.IsZero() {
			c.Since = c.On
		}
		if err := s.near(ctx, c.Since, c.Far); err != nil {
			return nil, err
		}
		switch c.Fact {
		case unit.OpeningFact:
			return s.opened(ctx, m, c)
		case unit.ClosingFact:
			return []audit.Change{{Field: "until", Old: until(m.unit.Until), New: c.Since.Format(time.DateOnly)}}, s.tree.Reclose(ctx, m.unit, c.Since)
		}
		return s.amended(ctx, m, c)
	})
}

// ofOneKind refuses what is no part of the kind of fact that is put right: it would be
// passed over in silence.
func (c Correction) ofOneKind() error {
	bad := fault.New(fault.Invalid, "institution.invalid")
	for _, v := range []struct {
		kind  unit.Kind
		given bool
	}{{unit.NameFact, c.Name != nil}, {unit.TypeFact, c.Type != ""}, {unit.PlaceFact, c.Parent != ""}} {
		if v.given && v.kind != c.Fact {
			bad = bad.WithField(string(v.kind), "institution.not_of_fact", nil)
		}
	}
	return bad.OrNil()
}

// opened puts the opening day right: it has come, and the type existed on it.
func (s *Service) opened(ctx context.Context, m mending, c Correction) ([]audit.Change, error) {
	bad := fault.New(fault.Invalid, "institution.invalid")
	if c.Since.After(s.tree.Today(ctx)) {
		return nil, bad.WithField("since", "institution.future", nil)
	}
	if first, _ := m.life.Begun(unit.TypeFact, m.unit.Since); first != nil && m.profile.TypeAt(first.Type, c.Since) == nil {
		return nil, bad.WithField("since", "institution.no_type", nil)
	}
	return []audit.Change{{Field: "since", Old: c.On.Format(time.DateOnly), New: c.Since.Format(time.DateOnly)}}, s.tree.Begin(ctx, m.unit, c.Since)
}

func (s *Service) amended(ctx context.Context, m mending, c Correction) ([]audit.Change, error) {
	a := unit.Amended{Since: c.Since, Order: c.Order.Number}
	will := *m.fact
	bad := fault.New(fault.Invalid, "institution.invalid")
	switch {
	case c.Fact == unit.NameFact && c.Name != nil:
		names := TidyNames(c.Name)
		for _, f := range Names(m.profile, names) {
			bad = bad.WithField(f.Name, f.Key, f.Args)
		}
		a.Name, will.Name = names, names
	case c.Fact == unit.TypeFact:
		if c.Type != "" {
			a.Type, will.Type = c.Type, c.Type
		}
		if m.profile.TypeAt(will.Type, c.Since) == nil {
			bad = bad.WithField("type", "institution.no_type", nil)
		}
	case c.Fact == unit.PlaceFact && c.Parent != "":
		parent, err := s.tree.Get(ctx, c.Parent)
		if err != nil {
			bad = bad.WithField("parent", "institution.no_parent", nil)
			break
		}
		a.Parent, will.Parent = &parent, &parent
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	if err := s.reaches(ctx, m, c.Fact, will); err != nil {
		return nil, err
	}
	changes := []audit.Change{{Field: string(c.Fact), Old: worth(c.Fact, *m.fact), New: worth(c.Fact, will)}}
	if !c.Since.Equal(c.On) {
		changes = append(changes, audit.Change{Field: "holds_from", Old: c.On.Format(time.DateOnly), New: c.Since.Format(time.DateOnly)})
	}
	return changes, s.tree.Amend(ctx, m.unit, c.Fact, c.On, a)
}

// farAhead is how many years ahead a dated fact is entered without being asked about: an
// order takes effect within the school year or at the next one's beginning, and a day
// beyond that is in most cases a slip in the year, which used to lock the record.
const farAhead = 1

// near asks about a day far ahead, unless it is said to be meant.
func (s *Service) near(ctx context.Context, since time.Time, meant bool) error {
	today := s.tree.Today(ctx)
	if meant || !since.After(today.AddDate(farAhead, 0, 0)) {
		return nil
	}
	return fault.New(fault.Invalid, "institution.invalid").WithField("since", "institution.far_ahead", fault.Args{"Since": since, "Year": today.Year()})
}
