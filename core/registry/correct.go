package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// mostReason is the length of a reason.
const mostReason = 500

// Slip is a dated fact that was entered by mistake, and why it is touched.
type Slip struct {
	Fact    unit.Kind
	On      time.Time // the day from which it was entered to hold
	Version int
	Reason  string
	// SameName says that another place of one name below one place is meant.
	SameName bool
}

// Correction is what should have been entered. What is left empty stays.
type Correction struct {
	Slip
	Since  time.Time
	Far    time.Time // the day far ahead that is meant, see Act
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
func (d *Dated) MayCorrect(ctx context.Context, u unit.Unit, life unit.Life, k unit.Kind) bool {
	may := !u.Withdrawn && d.s.gate.Can(ctx, rightOf(k, life), d.Target(u))
	if k == unit.ClosingFact {
		return u.Until != nil && may && (!d.over(ctx, u) || d.s.gate.Can(ctx, "reopen", d.Target(u)))
	}
	return may && !d.over(ctx, u)
}

// CheckCorrect refuses what MayCorrect says no to, with the reason.
func (d *Dated) CheckCorrect(ctx context.Context, u unit.Unit, life unit.Life, k unit.Kind) (gate.Grant, error) {
	grant, err := d.s.gate.Check(ctx, rightOf(k, life), d.Target(u))
	if err != nil {
		return grant, err
	}
	if !d.over(ctx, u) {
		return grant, nil
	}
	if k != unit.ClosingFact || u.Withdrawn {
		return grant, d.StaysClosed(ctx, u)
	}
	// Another day may open it again.
	_, err = d.s.gate.Check(ctx, "reopen", d.Target(u))
	return grant, err
}

func (d *Dated) mayMend(ctx context.Context, w *doing) (gate.Grant, error) {
	grant, err := d.CheckCorrect(ctx, w.unit, w.life, w.Fact)
	if err != nil {
		return grant, d.whoThen(ctx, w, err, rightOf(w.Fact, w.life), w.unit, d.target)
	}
	if err := d.mayThen(ctx, w, rightOf(w.Fact, w.life), w.unit, d.target); err != nil || w.Fact != unit.ClosingFact {
		return grant, err
	}
	for _, l := range w.life.Successors { // a merger is put right by whoever may give them what they take over
		if _, err := d.may(ctx, w, "merge", l.Unit, d.target); err != nil {
			return grant, err
		}
	}
	return grant, nil
}

// judgeSlip judges what every correction says: which fact, and why it is touched.
func (d *Dated) judgeSlip(ctx context.Context, w *doing) error {
	bad := fault.New(fault.Invalid, d.says.invalid)
	if !slices.Contains(d.facts, w.Fact) {
		bad = bad.WithField("fact", "institution.no_fact", nil)
	}
	w.Reason = norm.NFC.String(strings.Join(strings.Fields(w.Reason), " "))
	switch {
	case w.Reason == "":
		bad = bad.WithField("reason", "field.required", nil)
	case len([]rune(w.Reason)) > mostReason:
		bad = bad.WithField("reason", "field.too_long", fault.Args{"Max": mostReason})
	case !fault.Plain(w.Reason):
		bad = bad.WithField("reason", "field.plain", nil)
	}
	if w.On.IsZero() {
		bad = bad.WithField("on", "field.required", nil)
	}
	w.Order, bad = w.Order.Checked(bad, false, d.s.tree.Today(ctx))
	return bad.OrNil()
}

// find looks for the fact that is meant.
func (d *Dated) find(_ context.Context, w *doing) error {
	there := false
	switch w.Fact {
	case unit.OpeningFact:
		there = w.unit.Since.Equal(w.On)
	case unit.ClosingFact:
		there = w.unit.Until != nil && w.unit.Until.Equal(w.On)
	default:
		w.fact, w.before = w.life.Begun(w.Fact, w.On)
		there = w.fact != nil
	}
	if !there {
		return fault.New(fault.Invalid, d.says.invalid).WithField("on", "unit.no_fact", nil)
	}
	return nil
}

// why are the lines of the trail that every correction leaves: what the record no longer
// says, and the reason.
func (w *doing) why(changes ...audit.Change) []audit.Change {
	return append(changes,
		audit.Change{Field: "entered_from", Old: w.On.Format(time.DateOnly)},
		audit.Change{Field: "reason", New: w.Reason})
}

// Withdraw takes back a renaming, a change of type or a move that was entered by mistake:
// what held before goes on. A closing is taken back by Reopen. Of the territory, what was
// entered by mistake as a whole is taken back by its opening, while nothing hangs on it.
//
// Faults: Invalid for a fact that is not there, the first of its kind, a missing reason;
// Conflict while something hangs on what would be taken back as a whole, with its names;
// Conflict for another version; the gate's, for the right such a fact is entered by.
func (d *Dated) Withdraw(ctx context.Context, uid string, slip Slip) error {
	_, err := d.done(ctx, slip.deed("withdraw", uid))
	return err
}

func (s Slip) deed(do, uid string) Deed {
	return Deed{Do: do, UID: uid, Act: Act{Version: s.Version, SameName: s.SameName}, Fact: s.Fact, On: s.On, Reason: s.Reason}
}

func (d *Dated) withdraw(ctx context.Context, w *doing) ([]audit.Change, error) {
	if w.Fact == unit.OpeningFact && d.object == Units {
		return d.unenter(ctx, w)
	}
	if w.fact == nil {
		return nil, fault.New(fault.Invalid, d.says.invalid).WithField("fact", "institution.not_withdrawn", nil)
	}
	if w.before != nil {
		if err := d.reaches(ctx, w, *w.before); err != nil {
			return nil, err
		}
	}
	return w.why(audit.Change{Field: string(w.Fact), Old: worth(w.Fact, *w.fact)}), d.s.tree.Withdraw(ctx, w.unit, w.Fact, w.On)
}

// reaches asks for the right over what a fact is put to, as over what it was: whoever may
// not move a unit to a place cannot correct it there.
func (d *Dated) reaches(ctx context.Context, w *doing, will unit.Fact) error {
	switch w.Fact {
	case unit.TypeFact:
		for _, typ := range []string{w.fact.Type, will.Type} {
			if err := d.mayBe(ctx, w, typ); err != nil {
				return err
			}
		}
		return d.retyped(ctx, w, will)
	case unit.PlaceFact:
		for _, place := range []*unit.Unit{w.fact.Parent, will.Parent} {
			if err := d.mayPlace(ctx, w, *place); err != nil {
				return err
			}
		}
		if err := takes(w.profile, w.unit, *will.Parent); err != nil {
			return err
		}
		from := w.newDay()
		if w.before != nil && from.After(w.On) {
			if err := d.moved(ctx, w, *w.before.Parent, w.On, &from); err != nil {
				return err
			}
		}
		return d.moved(ctx, w, *will.Parent, from, w.fact.Until)
	}
	return nil
}

// newDay is the day from which a fact holds once it is put right; of one that is taken back, from
// which it held.
func (w *doing) newDay() time.Time {
	if w.Do == "correct" && !w.Since.IsZero() {
		return w.Since
	}
	return w.On
}

// retyped asks for the sake of posts on all days whose type becomes another: those of the fact,
// and those that it leaves to the one before or takes from it.
func (d *Dated) retyped(ctx context.Context, w *doing, will unit.Fact) error {
	from := w.newDay()
	if w.before != nil && from.After(w.On) {
		if err := d.s.gate.Retyped(ctx, w.unit.UID, w.before.Type, w.On, &from); err != nil {
			return err
		}
	}
	return d.s.gate.Retyped(ctx, w.unit.UID, will.Type, from, w.fact.Until)
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
func (d *Dated) Correct(ctx context.Context, uid string, c Correction) error {
	deed := c.deed("correct", uid)
	deed.Since, deed.Far, deed.Order, deed.Name, deed.Type, deed.Parent = c.Since, c.Far, c.Order, c.Name, c.Type, c.Parent
	_, err := d.done(ctx, deed)
	return err
}

func (d *Dated) correct(ctx context.Context, w *doing) ([]audit.Change, error) {
	if err := d.ofOneKind(w); err != nil {
		return nil, err
	}
	if w.Since.IsZero() {
		w.Since = w.On
	}
	bad := fault.New(fault.Invalid, d.says.invalid)
	if w.Fact == unit.OpeningFact { // was in most cases long before it is put right
		return d.opened(ctx, w, d.near(ctx, bad, w.Since, w.Far))
	}
	if w.Since.Equal(w.On) { // the day stays, whatever order is named now
		bad = d.near(ctx, bad, w.Since, w.Far)
	} else {
		a, err := d.ordered(ctx, w)
		if err != nil {
			return nil, err
		}
		bad = d.nearOrder(ctx, bad, a)
	}
	if w.Fact == unit.ClosingFact {
		if err := bad.OrNil(); err != nil {
			return nil, err
		}
		return w.why(audit.Change{Field: "until", Old: until(w.unit.Until), New: w.Since.Format(time.DateOnly)}), d.reclose(ctx, w)
	}
	return d.amended(ctx, w, bad)
}

// ofOneKind refuses what is no part of the kind of fact that is put right: it would be
// passed over in silence.
func (d *Dated) ofOneKind(w *doing) error {
	bad := fault.New(fault.Invalid, d.says.invalid)
	for _, v := range []struct {
		kind  unit.Kind
		given bool
	}{{unit.NameFact, w.Name != nil}, {unit.TypeFact, w.Type != ""}, {unit.PlaceFact, w.Parent != ""}} {
		if v.given && v.kind != w.Fact {
			bad = bad.WithField(string(v.kind), "institution.not_of_fact", nil)
		}
	}
	return bad.OrNil()
}

// opened puts the opening day right: that of an institution has come, and its type existed
// on it.
func (d *Dated) opened(ctx context.Context, w *doing, bad *fault.Error) ([]audit.Change, error) {
	if w.unit.Level == unit.Institution && w.Since.After(d.s.tree.Today(ctx)) {
		return nil, fault.New(fault.Invalid, d.says.invalid).WithField("since", "institution.future", nil)
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	if w.unit.Level == unit.Institution {
		if first, _ := w.life.Begun(unit.TypeFact, w.unit.Since); first != nil && w.profile.TypeAt(first.Type, w.Since) == nil {
			return nil, bad.WithField("since", "institution.no_type", nil)
		}
	}
	return w.why(audit.Change{Field: "since", Old: w.On.Format(time.DateOnly), New: w.Since.Format(time.DateOnly)}), d.s.tree.Begin(ctx, w.unit, w.Since)
}

func (d *Dated) amended(ctx context.Context, w *doing, bad *fault.Error) ([]audit.Change, error) {
	a := unit.Amended{Since: w.Since, Order: w.Order.Number}
	will := *w.fact
	switch {
	case w.Fact == unit.NameFact && w.Name != nil:
		names := laidOver(w.fact.Name, w.Name)
		for _, f := range Names(w.profile, names) {
			bad = bad.WithField(f.Name, f.Key, f.Args)
		}
		a.Name, will.Name = names, names
	case w.Fact == unit.TypeFact:
		if w.Type != "" {
			a.Type, will.Type = w.Type, w.Type
		}
		if w.profile.TypeAt(will.Type, w.Since) == nil {
			bad = bad.WithField("type", "institution.no_type", nil)
		}
	case w.Fact == unit.PlaceFact && w.Parent != "":
		parent, err := d.s.tree.Get(ctx, w.Parent)
		if err != nil {
			bad = bad.WithField("parent", d.says.noParent, nil)
			break
		}
		a.Parent, will.Parent = &parent, &parent
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	if err := d.reaches(ctx, w, will); err != nil {
		return nil, err
	}
	changes := []audit.Change{{Field: string(w.Fact), Old: worth(w.Fact, *w.fact), New: worth(w.Fact, will)}}
	if !w.Since.Equal(w.On) {
		changes = append(changes, audit.Change{Field: "holds_from", Old: w.On.Format(time.DateOnly), New: w.Since.Format(time.DateOnly)})
	}
	return w.why(changes...), d.s.tree.Amend(ctx, w.unit, w.Fact, w.On, a)
}

// near asks about a day far ahead, unless it is said to be meant.
func (d *Dated) near(ctx context.Context, bad *fault.Error, since time.Time, meant time.Time) *fault.Error {
	return audit.Near(bad, since, time.Time{}, d.s.tree.Today(ctx), meant)
}

// ordered is what a correction is judged by: it holds by the order that is named with it, or by
// that of the fact as it stands, of which the trail knows the day.
func (d *Dated) ordered(ctx context.Context, w *doing) (Act, error) {
	a := w.Act
	if !a.Order.Date.IsZero() {
		return a, nil
	}
	number, field := "", string(unit.ClosingFact)
	if w.fact != nil {
		if number, field = w.fact.Order, ""; number == "" {
			return a, nil
		}
	}
	var err error
	a.Order.Date, err = d.s.trail.OrderedOn(ctx, w.tx, w.unit.UID, number, field)
	return a, err
}

// nearOrder asks also about a day long before the order by which it holds, where that is of a
// day that an order can have.
func (d *Dated) nearOrder(ctx context.Context, bad *fault.Error, a Act) *fault.Error {
	return audit.Near(bad, a.Since, a.Order.Date, d.s.tree.Today(ctx), a.Far)
}
