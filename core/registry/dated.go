package registry

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// Dated does what an order stands behind to units of one kind, and puts right what was
// entered so by mistake: institutions, and places of the territory with the ministry's
// offices. All of it goes through one frame (run).
type Dated struct {
	s *Service
	kind
}

// kind is what one kind of unit has of its own: its rights, its places, its words.
type kind struct {
	object string   // of the policy
	levels []string // of the tree
	acts   []string // what is done to it, as the policy names it
	facts  []unit.Kind
	screen string // address of a record, without its id
	says   messages
}

// messages are the messages that speak of the kind.
type messages struct {
	invalid, unknown, closed, openAlready, closingStands, noParent, noSuccessor string
	correct, correctClosing, correctedBy, reopen, reopenYourself                string
}

// AgreedBy is the field of a unit's history that names the second person of an act: the
// public id of an account, or "operator".
const AgreedBy = "agreed_by"

// Deed is something to be done to a unit on an order, or to what was entered of it.
type Deed struct {
	Do  string `json:"do"`  // the action, as the policy names it; "correct" or "withdraw"
	UID string `json:"uid"` // of the unit; of one that is to be: of the place above
	Act
	Level      string            `json:"level,omitempty"`
	Type       string            `json:"type,omitempty"`
	Code       string            `json:"code,omitempty"`
	Parent     string            `json:"parent,omitempty"`
	Name       map[string]string `json:"name,omitempty"`
	Successors []string          `json:"successors,omitempty"`

	Fact   unit.Kind `json:"fact,omitempty"` // which was entered by mistake
	On     time.Time `json:"on"`
	Reason string    `json:"reason,omitempty"`
}

// doing is a deed under way.
type doing struct {
	Deed
	tx      *db.Tx
	profile *profile.Profile
	unit    unit.Unit
	life    unit.Life
	grant   gate.Grant
	fact    *unit.Fact // of a chain, that is put right; nil for the days of opening and closing
	before  *unit.Fact
	entries []audit.Entry     // besides the deed's own: what went with it
	told    []fault.Phrase    // to whoever agrees
	gone    map[string]int    // what went with a closing: how many to which place, by public id
	names   map[string]string // that hold on the day of the act, before it
}

// step is how a deed is done: who may, what is wrong with the request, what stands in its
// way, and the doing.
type step struct {
	right func(d *Dated, ctx context.Context, w *doing) (gate.Grant, error)
	judge func(d *Dated, ctx context.Context, w *doing) error
	room  func(d *Dated, ctx context.Context, w *doing) error
	do    func(d *Dated, ctx context.Context, w *doing) ([]audit.Change, error)
}

func acting(do func(d *Dated, ctx context.Context, w *doing) ([]audit.Change, error)) step {
	return step{(*Dated).mayAct, (*Dated).judgeAct, (*Dated).roomFor, do}
}

func mending(do func(d *Dated, ctx context.Context, w *doing) ([]audit.Change, error)) step {
	return step{(*Dated).mayMend, (*Dated).judgeSlip, (*Dated).find, do}
}

var steps = map[string]step{
	"create":   {(*Dated).mayCreate, (*Dated).judgeNew, (*Dated).roomFor, (*Dated).create},
	"rename":   acting((*Dated).rename),
	"retype":   acting((*Dated).retype),
	"move":     acting((*Dated).move),
	"merge":    acting((*Dated).end),
	"close":    acting((*Dated).end),
	"reopen":   acting((*Dated).reopen),
	"update":   acting((*Dated).recode),
	"correct":  mending((*Dated).correct),
	"withdraw": mending((*Dated).withdraw),
}

// done does a deed in one unit of work: at once, or, where the profile demands two people
// for the ministry's set-up and the kind belongs to it, once a second person has agreed;
// then it returns *approval.Asked.
func (d *Dated) done(ctx context.Context, deed Deed) (unit.Unit, error) {
	return d.doneAs(ctx, func(context.Context) (Deed, error) { return deed, nil })
}

// doneAs is done for a deed that is made within the unit of work: what it is made from is
// no more there when the request is sent again.
func (d *Dated) doneAs(ctx context.Context, what func(ctx context.Context) (Deed, error)) (unit.Unit, error) {
	var out unit.Unit
	var waiting *approval.Request
	err := d.s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, waiting = unit.Unit{}, nil
		deed, err := what(ctx)
		if err != nil {
			return err
		}
		var w *doing
		do := func(ctx context.Context) (err error) {
			if w, err = d.run(ctx, tx, deed); err == nil {
				out = w.unit
			}
			return err
		}
		needs, err := d.needsTwo(ctx)
		if err != nil {
			return err
		}
		if !needs {
			return do(ctx)
		}
		// What could not be done must be said now, not to whoever approves it.
		if err := tx.Rehearse(ctx, do); err != nil {
			if fault.KindOf(err) == fault.Invalid && deed.Do != "create" { // nothing is mended before that is decided
				if waits := d.s.approvals.Waiting(ctx, tx, KindTerritory, deed.UID); waits != nil {
					return waits
				}
			}
			return err
		}
		waiting, err = d.ask(ctx, tx, deed, w)
		return err
	}, &out, &waiting)
	if err == nil && waiting != nil {
		return unit.Unit{}, &approval.Asked{Request: *waiting}
	}
	return out, err
}

// run is the frame of every deed: what it rests on is held, the gate is asked, the request
// is judged, the version compared, and what was done is recorded with its order, in one
// unit of work. It returns what whoever agrees must know besides.
func (d *Dated) run(ctx context.Context, tx *db.Tx, deed Deed) (*doing, error) {
	w := &doing{Deed: deed, tx: tx}
	changes, err := d.doing(ctx, w)
	if err != nil {
		return w, err
	}
	if err := d.s.Changed(ctx); err != nil {
		return w, err
	}
	return w, d.s.trail.Record(ctx, tx, agreed(ctx, append([]audit.Entry{{
		Action: w.Do, Object: d.object, Target: w.unit.UID, UnitPath: w.unit.Path, Law: w.grant.Source, Order: w.Order, Changes: changes,
	}}, w.entries...))...)
}

// doing is run up to the record.
func (d *Dated) doing(ctx context.Context, w *doing) ([]audit.Change, error) {
	m, err := d.s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	step, known := steps[w.Do]
	if !known || !slices.Contains(d.acts, w.Do) {
		return nil, fault.New(fault.NotFound, d.says.unknown)
	}
	if err := d.hold(ctx, w.tx, w.Deed); err != nil {
		return nil, err
	}
	w.profile = m.Profile
	if w.unit, err = d.open(ctx, w.Deed); err != nil {
		return nil, err
	}
	if w.life, err = d.s.tree.Life(ctx, w.unit); err != nil {
		return nil, err
	}
	if w.grant, err = step.right(d, ctx, w); err != nil {
		return nil, err
	}
	if err := step.judge(d, ctx, w); err != nil {
		return nil, d.cited(err, w)
	}
	if w.Do != "create" && w.unit.Version != w.Version {
		return nil, &record.Stale{Version: w.unit.Version}
	}
	if err := step.room(d, ctx, w); err != nil {
		return nil, err
	}
	return d.watched(ctx, w, func() ([]audit.Change, error) {
		changes, err := d.turning(ctx, w, func() ([]audit.Change, error) { return step.do(d, ctx, w) })
		if err != nil {
			return nil, d.cited(d.corrigible(ctx, w, err), w)
		}
		if slices.Contains([]string{"rename", "retype", "move"}, w.Do) { // the day of the entry is another
			changes = append(changes, audit.Change{Field: "holds_from", New: w.Since.Format(time.DateOnly)})
		}
		return changes, nil
	})
}

// watched does something and looks at what it has made of the territory as a whole: places
// of one name, and differences from the country profile.
func (d *Dated) watched(ctx context.Context, w *doing, do func() ([]audit.Change, error)) ([]audit.Change, error) {
	if d.object == Institutions {
		return d.unlikeOthers(ctx, w, do)
	}
	if err := d.alone(ctx, w.tx); err != nil {
		return nil, err
	}
	before, err := d.differing(ctx)
	if err != nil {
		return nil, err
	}
	alike, err := d.namesakes(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := do()
	if err != nil {
		return nil, err
	}
	if err := d.unlike(ctx, w, alike); err != nil {
		return nil, err
	}
	return changes, d.decidedOtherwise(ctx, w.tx, before, w.Order)
}

// turning does something and, where other types of an institution come of it, has those told whom
// that concerns.
func (d *Dated) turning(ctx context.Context, w *doing, do func() ([]audit.Change, error)) ([]audit.Change, error) {
	if d.object != Institutions || d.s.turned == nil || w.Do != "retype" && w.Fact != unit.TypeFact {
		return do()
	}
	was, err := d.s.tree.Courses(ctx, w.unit.ID)
	if err != nil {
		return nil, err
	}
	changes, err := do()
	if err != nil {
		return nil, err
	}
	return changes, d.s.turned(ctx, w.tx, w.unit, was[w.unit.ID])
}

// agreed says in each entry who was the second person, where there was one.
func agreed(ctx context.Context, entries []audit.Entry) []audit.Entry {
	if uid := approval.AgreedUID(ctx); uid != "" {
		for i := range entries {
			entries[i].Changes = append(entries[i].Changes, audit.Change{Field: AgreedBy, New: uid})
		}
	}
	return entries
}

// cited gives what is wrong with a request about an institution the law of the register.
// Of the territory no law says what is wrong, and what allows the act did not refuse it:
// there a rule asks for the order alone.
func (d *Dated) cited(err error, w *doing) error {
	if d.object == Institutions {
		return gate.Cited(err, w.profile, w.grant)
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid && f.Rule == "" &&
		slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return strings.HasPrefix(f.Name, "order.") }) {
		return f.WithOwnRule("orders")
	}
	return err
}

// open reads the unit of a deed; of one that is to be, the place above.
func (d *Dated) open(ctx context.Context, deed Deed) (unit.Unit, error) {
	u, err := d.s.tree.Get(ctx, deed.UID)
	switch {
	case err == nil && (slices.Contains(d.levels, u.Level) || deed.Do == "create" && u.Level == unit.Ministry):
		return u, nil
	case err != nil && fault.KindOf(err) != fault.NotFound:
		return u, err
	case deed.Do == "create":
		return u, fault.New(fault.Invalid, d.says.invalid).WithField("parent", d.says.noParent, nil)
	case err == nil && u.Level == unit.Ministry && d.object != Institutions:
		return u, fault.New(fault.Conflict, "unit.ministry_stands").WithNext("unit.next.ministry", "", nil)
	}
	return unit.Unit{}, fault.New(fault.NotFound, d.says.unknown)
}

// hold keeps others from changing what a deed rests on until the unit of work ends: the
// unit, those it names, the places it lay in, and what lies or lay in it where the deed
// concerns them. What came to be among them in the moment between is another version.
func (d *Dated) hold(ctx context.Context, tx *db.Tx, deed Deed) error {
	first, err := d.rests(ctx, deed)
	if err != nil {
		return err
	}
	if err := d.s.tree.HoldAll(ctx, tx, first); err != nil {
		return err
	}
	again, err := d.rests(ctx, deed)
	if err != nil {
		return err
	}
	for _, uid := range again {
		if !slices.Contains(first, uid) {
			return record.ErrStale
		}
	}
	return nil
}

// rests are the public ids of what a deed rests on.
func (d *Dated) rests(ctx context.Context, deed Deed) ([]string, error) {
	uids := append([]string{deed.UID, deed.Parent, deed.Rest}, deed.Successors...)
	for _, place := range deed.Into {
		uids = append(uids, place)
	}
	u, err := d.s.tree.Get(ctx, deed.UID)
	if err != nil { // what is wrong with it is said later
		return uids, notFoundIsNone(err)
	}
	mends := deed.Do == "correct" || deed.Do == "withdraw"
	if deed.Do == "reopen" || mends && deed.Fact != unit.NameFact && deed.Fact != unit.TypeFact {
		life, err := d.s.tree.Life(ctx, u)
		if err != nil {
			return nil, err
		}
		for _, f := range life.Parents {
			uids = append(uids, f.Parent.UID)
		}
		for _, s := range life.Successors {
			uids = append(uids, s.Unit.UID)
		}
	}
	ends := deed.Do == "close" || deed.Do == "merge" || mends && (deed.Fact == unit.OpeningFact || deed.Fact == unit.ClosingFact)
	if d.object == Institutions || !ends && deed.Do != "reopen" {
		return uids, nil
	}
	in, err := d.s.tree.Below(ctx, u, u.Since)
	if err != nil {
		return nil, err
	}
	left, err := d.s.tree.Left(ctx, u)
	for _, l := range append(in, left...) {
		uids = append(uids, l.UID)
	}
	return uids, err
}

func notFoundIsNone(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// Target is the gate's target for a unit and field groups of it, for those who show or
// hide what could be done.
func (d *Dated) Target(u unit.Unit, groups ...string) gate.Target {
	t := gate.Target{Object: d.object, Groups: groups, UID: u.UID, Path: u.Path}
	if d.object == Institutions {
		t.Type = u.Type
	}
	return t
}

func (d *Dated) target(u unit.Unit) gate.Target { return d.Target(u) }

// may asks for a right over a unit, or over what is to be done at it: today, and on the days to
// come on which the deed holds, by the place and type that it has then.
func (d *Dated) may(ctx context.Context, w *doing, action string, u unit.Unit, target func(u unit.Unit) gate.Target) (gate.Grant, error) {
	grant, err := d.s.gate.Check(ctx, action, target(u))
	if err != nil {
		return grant, d.whoThen(ctx, w, err, action, u, target)
	}
	return grant, d.mayThen(ctx, w, action, u, target)
}

// whoThen makes a refusal of today name those whom the days to come of a deed allow, too.
func (d *Dated) whoThen(ctx context.Context, w *doing, refused error, action string, u unit.Unit, target func(u unit.Unit) gate.Target) error {
	days := w.days()
	till, err := d.s.tree.Till(ctx, u, days[len(days)-1])
	if err != nil || len(till) == 0 {
		return cmp.Or(err, refused)
	}
	return d.s.gate.WhoThen(ctx, refused, action, target(u), target(till[len(till)-1].Unit), till)
}

// mayThen is may for the days to come alone: what is entered already can put the unit out of a
// right that reaches it today (KG-ER-6c: a district decides within the district).
func (d *Dated) mayThen(ctx context.Context, w *doing, action string, u unit.Unit, target func(u unit.Unit) gate.Target) error {
	for _, on := range w.days() {
		till, err := d.s.tree.Till(ctx, u, on)
		if err != nil {
			return err
		}
		if len(till) == 0 {
			continue
		}
		if err := d.s.gate.CheckThen(ctx, action, target(u), target(till[len(till)-1].Unit), till, on); err != nil {
			return err
		}
	}
	return nil
}

// days are those from which a deed holds, and those from which held what it puts right.
func (w *doing) days() []time.Time {
	days := []time.Time{w.Since}
	switch {
	case w.Do == "correct" || w.Do == "withdraw":
		days = append(days, w.On)
	case w.Do == "reopen" && w.unit.Until != nil:
		days = append(days, *w.unit.Until)
	}
	slices.SortFunc(days, time.Time.Compare)
	return slices.CompactFunc(days, time.Time.Equal)
}

// Acts are what is done to units of the kind, as the policy names it.
func (d *Dated) Acts() []string { return d.acts }

// Facts are the dated facts that can be put right.
func (d *Dated) Facts() []unit.Kind { return d.facts }
