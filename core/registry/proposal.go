package registry

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Proposal is a difference between the territory and offices that the country profile has
// and those of the ministry: something new, renamed, moved or gone. It does nothing by
// itself: somebody with the right accepts it, on an order, or declines it.
type Proposal struct {
	ID         string            // digest of what the profile says: another text is another proposal
	Do         string            // the act that would make the ministry's like the profile's
	Level      string            //
	Code       string            //
	Unit       *unit.Unit        // of the ministry; nil for what is new
	Name       map[string]string // as the profile has it; for what is gone as the ministry has it
	Parent     *unit.Unit        // where the profile puts it; nil where the ministry has no such place yet
	ParentCode string            // its code in the profile
	Heirs      []unit.Unit       // who took over, of what is gone
	Since      time.Time         // from when on by the profile; zero: it says no day
	Declined   *time.Time        // when somebody declined it, or decided otherwise
	By         string            // public id of the account that did; empty: not known
	Order      audit.Order       // on which it was decided otherwise; zero: it was declined
	Waits      string            // public id of the request about it that waits for a second person; empty: none
}

// subject is what a request by which a proposal is accepted is about.
func (p Proposal) subject() string {
	if p.Unit != nil {
		return p.Unit.UID
	}
	return p.Level + " " + p.Code
}

// Proposals are the differences that the caller may answer. Those declined come last: they
// stay so until the profile says something else.
//
// Faults: the gate's, for who may change nothing of the territory.
func (t *Territory) Proposals(ctx context.Context) ([]Proposal, error) {
	may := slices.ContainsFunc(t.acts, func(act string) bool {
		_, err := t.s.gate.Scope(ctx, act, Units)
		return err == nil && act != "correct" && act != "withdraw"
	})
	if !may {
		_, err := t.s.gate.Check(ctx, "create", gate.Target{Object: Units})
		return nil, t.s.gate.Refused(ctx, answering(err))
	}
	all, err := t.known(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(p Proposal) bool { return !t.s.gate.Can(ctx, p.right(), t.targetOf(p)) })
	slices.SortStableFunc(all, func(a, b Proposal) int {
		switch {
		case (a.Declined == nil) == (b.Declined == nil):
			return 0
		case a.Declined == nil:
			return -1
		}
		return 1
	})
	return all, t.waiting(ctx, all)
}

// answering makes a refusal one to answer differences: nothing was to be added.
func answering(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Check == "" {
		return err
	}
	return f.With("Action", fault.Key("right.answer_differences"))
}

// waiting notes which proposals somebody has answered already, as far as a second person
// agrees: nothing else can be done about their units until then.
func (t *Territory) waiting(ctx context.Context, all []Proposal) error {
	if t.s.approvals == nil || len(all) == 0 {
		return nil
	}
	by, err := t.s.approvals.Subjects(ctx, KindTerritory)
	for i := range all {
		all[i].Waits = by[all[i].subject()]
	}
	return err
}

// Asked are the requests about proposals that wait for a second person, by their ids, as far
// as the caller may read them: without who asked where they may not.
func (t *Territory) Asked(ctx context.Context, all []Proposal) (map[string]approval.Request, error) {
	var uids []string
	for _, p := range all {
		if p.Waits != "" && !slices.Contains(uids, p.Waits) {
			uids = append(uids, p.Waits)
		}
	}
	if len(uids) == 0 {
		return nil, nil
	}
	return t.s.approvals.Told(ctx, uids)
}

// Proposed is how many proposals wait for an answer that the caller may give.
func (t *Territory) Proposed(ctx context.Context) (int, error) {
	all, err := t.Proposals(ctx)
	n := 0
	for _, p := range all {
		if p.Declined == nil && p.Waits == "" {
			n++
		}
	}
	return n, err
}

// listed is the territory and the offices as a country profile lists them. A profile that
// was read anew has lists of its own.
type listed struct {
	territory *profile.Area
	offices   *profile.Directorate
}

func listedBy(p *profile.Profile) (l listed) {
	if len(p.Territory) > 0 {
		l.territory = &p.Territory[0]
	}
	if len(p.Directorates) > 0 {
		l.offices = &p.Directorates[0]
	}
	return l
}

// Differences are remembered, of so many profiles for so long, until a unit changes or one
// is answered: home counts them at every view.
const (
	differsKept = 64
	differsLife = 10 * time.Minute
)

// known are the differences as they are remembered; nobody changes them.
func (t *Territory) known(ctx context.Context) ([]Proposal, error) {
	m, err := t.s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	return t.s.differs.Get(ctx, listedBy(m.Profile), t.differences)
}

// differences are all that there are, with what was declined.
func (t *Territory) differences(ctx context.Context) ([]Proposal, error) {
	m, err := t.s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	have, err := t.s.tree.Entered(ctx)
	if err != nil {
		return nil, err
	}
	before, err := t.s.tree.Elsewhen(ctx)
	if err != nil {
		return nil, err
	}
	all := differ(statedBy(m.Profile), have, before)
	declined, err := t.declined(ctx)
	for i := range all {
		if d, is := declined[all[i].ID]; is {
			all[i].Declined, all[i].By, all[i].Order = &d.at, d.by, d.order
		}
	}
	return all, err
}

// differing are the ids of the differences there are between the country profile and the
// territory.
func (d *Dated) differing(ctx context.Context) ([]string, error) {
	all, err := d.s.Territory.differences(ctx)
	ids := make([]string, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return ids, err
}

// decidedOtherwise declines the differences that a deed has made: what the ministry has just
// decided on an order is not proposed to be undone, until the profile says something new.
func (d *Dated) decidedOtherwise(ctx context.Context, tx *db.Tx, before []string, o audit.Order) error {
	now, err := d.differing(ctx)
	if err != nil {
		return err
	}
	for _, id := range now {
		if slices.Contains(before, id) {
			continue
		}
		if _, err := d.s.Territory.decline(ctx, tx, id, o); err != nil {
			return err
		}
	}
	return nil
}

// right is the right that accepting a proposal needs, as the act itself does.
func (p Proposal) right() string {
	if p.Do == "close" && len(p.Heirs) > 0 {
		return "merge"
	}
	return p.Do
}

func (t *Territory) targetOf(p Proposal) gate.Target {
	switch {
	case p.Unit != nil:
		return t.Target(*p.Unit)
	case p.Parent != nil:
		return gate.Target{Object: Units, Path: p.Parent.Path}
	}
	return gate.Target{Object: Units}
}

// Proposal returns one of Proposals; fault NotFound where there is no such difference.
func (t *Territory) Proposal(ctx context.Context, id string) (Proposal, error) {
	all, err := t.Proposals(ctx)
	if err != nil {
		return Proposal{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return Proposal{}, fault.New(fault.NotFound, "unit.no_proposal")
}

// Accept makes the ministry's territory say what the profile says, on an order: the act
// itself, with all that is asked of it. The day may be another one than the profile's; a
// version is that of the unit as it was seen, without one as it is.
//
// Faults: NotFound; those of the act; *approval.Asked where a second person decides.
func (t *Territory) Accept(ctx context.Context, id string, a Act) (unit.Unit, error) {
	return t.doneAs(ctx, func(ctx context.Context) (Deed, error) { return t.accepted(ctx, id, a) })
}

// accepted is the deed by which a proposal is accepted.
func (t *Territory) accepted(ctx context.Context, id string, a Act) (Deed, error) {
	p, err := t.Proposal(ctx, id)
	if err != nil {
		return Deed{}, err
	}
	if a.Since.IsZero() {
		a.Since = p.Since
	}
	if p.Do == "reopen" && a.Since.IsZero() { // it has no day of its own
		a.Since = t.s.tree.Today(ctx)
	}
	deed := Deed{Do: p.right(), Act: a, Level: p.Level, Code: p.Code}
	if p.Unit != nil {
		deed.UID, deed.Version = p.Unit.UID, cmp.Or(a.Version, p.Unit.Version)
	}
	if (p.Do == "create" || p.Do == "move") && p.Parent == nil {
		return Deed{}, fault.New(fault.Conflict, "unit.proposal_first").With("Code", p.ParentCode).WithNext("unit.next.proposals", "/units/proposals", nil)
	}
	if p.Do != "close" && (a.Rest != "" || len(a.Into) > 0) {
		field := "rest"
		if a.Rest == "" {
			field = "into"
		}
		return Deed{}, fault.New(fault.Invalid, t.says.invalid).WithField(field, "unit.nothing_goes", nil)
	}
	switch p.Do {
	case "create":
		deed.UID, deed.Name = p.Parent.UID, p.Name
	case "rename":
		deed.Name = p.Name
	case "move":
		deed.Parent = p.Parent.UID
	case "close":
		for _, h := range p.Heirs {
			deed.Successors = append(deed.Successors, h.UID)
		}
	}
	return deed, nil
}

// Decline says that the ministry's territory stays as it is. The proposal is made again
// when the profile says something else.
//
// Faults: NotFound; Conflict when it was declined already, or a request about it waits for a
// second person; the gate's.
func (t *Territory) Decline(ctx context.Context, id string) error {
	return t.s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := t.Proposal(ctx, id)
		if err != nil {
			return err
		}
		grant, err := t.s.gate.Check(ctx, p.right(), t.targetOf(p))
		if err != nil {
			return answering(err)
		}
		if t.s.approvals != nil {
			if err := t.s.approvals.Waiting(ctx, tx, KindTerritory, p.subject()); err != nil {
				return err
			}
		}
		fresh, err := t.decline(ctx, tx, id, audit.Order{})
		if err != nil {
			return err
		}
		if !fresh {
			return fault.New(fault.Conflict, "unit.declined_already")
		}
		if err := t.s.db.Notify(ctx, unit.Changed, ""); err != nil {
			return err
		}
		e := audit.Entry{Action: "reject", Object: Units, Law: grant.Source, Changes: []audit.Change{
			{Field: "proposal", Old: p.Do}, {Field: "code", Old: p.Code}, {Field: "name", Old: p.Name},
		}}
		if p.Unit != nil {
			e.Target, e.UnitPath = p.Unit.UID, p.Unit.Path
		}
		return t.s.trail.Record(ctx, tx, e)
	})
}

// Forget drops what was declined of differences that there are no more; the housekeeping
// calls it: a file that changes there and back is proposed again.
func (t *Territory) Forget(ctx context.Context) error {
	all, err := t.differences(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return t.keepDeclined(ctx, ids)
}
