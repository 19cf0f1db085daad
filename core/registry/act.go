package registry

import (
	"context"
	"maps"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Act is a dated change of a unit that an order stands behind.
type Act struct {
	Version int         `json:"version"`
	Since   time.Time   `json:"since"`
	Far     time.Time   `json:"far_day,omitzero"` // the day that is meant, more than a year ahead or before the order, and no slip of the pen
	Order   audit.Order `json:"order"`
	// SameName says that another place of one name below one place is meant.
	SameName bool `json:"same_name,omitempty"`

	// Where what lies in a place goes when that ends: public ids of places by those of
	// what lies in it, and the place of all that is not named. One successor takes the rest.
	Into map[string]string `json:"into,omitempty"`
	Rest string            `json:"rest,omitempty"`
}

func (d *Dated) mayAct(ctx context.Context, w *doing) (gate.Grant, error) {
	return d.may(ctx, w, w.Do, w.unit, d.target)
}

func (d *Dated) roomFor(ctx context.Context, w *doing) error {
	return d.Possible(ctx, w.unit, w.Do)
}

// judgeAct tidies the order of an act and judges it with the day and with what it enters,
// all at once.
func (d *Dated) judgeAct(ctx context.Context, w *doing) error {
	bad := fault.New(fault.Invalid, d.says.invalid)
	if w.Since.IsZero() {
		bad = bad.WithField("since", "field.required", nil)
	}
	w.Order, bad = w.Order.Checked(bad, true, d.s.tree.Today(ctx))
	bad = d.nearOrder(ctx, bad, w.Act)
	switch w.Do {
	case "rename":
		bad = d.judgeNames(w, bad)
	case "retype":
		if w.profile.TypeAt(w.Type, w.Since) == nil {
			key, args := noType(w.profile, w.Type, w.Since)
			bad = bad.WithField("type", key, args)
		}
	case "update":
		bad = d.judgeCode(w, bad)
	}
	return bad.OrNil()
}

// then is the unit as it will be, by what is entered, on the day from which the act holds.
func (w *doing) then() unit.Unit {
	if w.Since.IsZero() {
		return w.unit
	}
	return w.life.At(w.unit, w.Since)
}

// judgeNames lays the names that are given over those of the day from which they hold: what
// is decided for then stays in every language that is not named.
func (d *Dated) judgeNames(w *doing, bad *fault.Error) *fault.Error {
	then := w.then().Name
	w.names = then
	w.Name = laidOver(then, w.Name)
	for _, f := range Names(w.profile, w.Name) {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	return bad
}

// laidOver lays names over others: a language that is not named keeps its name, an empty
// text takes it away.
func laidOver(names, given map[string]string) map[string]string {
	out := maps.Clone(names)
	if out == nil {
		out = map[string]string{}
	}
	for tag, name := range given {
		if tidy := TidyNames(map[string]string{tag: name}); len(tidy) > 0 {
			out[tag] = tidy[tag]
		} else {
			delete(out, tag)
		}
	}
	return out
}

// Possible refuses an act that the unit as it stands has no room for: what has been closed
// stays as it was, and what closes on a day to come is changed until then.
func (d *Dated) Possible(ctx context.Context, u unit.Unit, action string) error {
	switch {
	case u.Withdrawn:
		return d.StaysClosed(ctx, u)
	case action == "reopen":
		if u.Until == nil {
			return fault.New(fault.Conflict, d.says.openAlready)
		}
	case d.over(ctx, u):
		return d.StaysClosed(ctx, u)
	case u.Until != nil && (action == "close" || action == "merge"):
		return d.closingStands(ctx, u)
	}
	return nil
}

// over reports whether a unit has ended.
func (d *Dated) over(ctx context.Context, u unit.Unit) bool {
	return u.Withdrawn || u.Until != nil && !d.s.tree.Today(ctx).Before(*u.Until)
}

// closingStands refuses a second closing beside the one that is to come, which can be put
// right.
func (d *Dated) closingStands(ctx context.Context, u unit.Unit) error {
	f := fault.New(fault.Conflict, d.says.closingStands).With("Until", *u.Until)
	life, err := d.s.tree.Life(ctx, u)
	if err != nil {
		return err
	}
	if d.MayCorrect(ctx, u, life, unit.ClosingFact) {
		return f.WithNext(d.says.correctClosing, d.screen+u.UID+"/correct", nil)
	}
	able, err := d.s.gate.Able(ctx, rightOf(unit.ClosingFact, life), d.Target(u))
	if err != nil {
		return err
	}
	names, err := d.s.gate.Named(ctx, able)
	if err != nil {
		return err
	}
	return f.WithNext(d.says.correctedBy, d.screen+u.UID, fault.Args{"Roles": names})
}

// Rename gives the unit names from a day on, in the languages that are given; an empty text
// takes the name in a language away. The others keep the name of that day.
func (d *Dated) Rename(ctx context.Context, uid string, names map[string]string, a Act) error {
	_, err := d.done(ctx, Deed{Do: "rename", UID: uid, Act: a, Name: names})
	return err
}

func (d *Dated) rename(ctx context.Context, w *doing) ([]audit.Change, error) {
	if err := d.s.tree.Rename(ctx, w.unit, w.Name, w.Since, w.Order.Number); err != nil {
		return nil, err
	}
	if maps.Equal(w.Name, w.names) {
		return nil, fault.New(fault.Invalid, d.says.invalid).WithField("name."+w.profile.Main(), "unit.name_as_then", fault.Args{"Since": w.Since})
	}
	return []audit.Change{{Field: "name", Old: w.names, New: w.Name}}, nil
}

// Retype gives the institution another type from a day on. Both types must lie within
// the right of whoever does it, and no post held there may pass to other superiors by it.
func (d *Dated) Retype(ctx context.Context, uid, typ string, a Act) error {
	_, err := d.done(ctx, Deed{Do: "retype", UID: uid, Act: a, Type: typ})
	return err
}

func (d *Dated) retype(ctx context.Context, w *doing) ([]audit.Change, error) {
	if err := d.mayBe(ctx, w, w.Type); err != nil {
		return nil, err
	}
	if err := d.s.gate.Retyped(ctx, w.unit.UID, w.Type, w.Since, nil); err != nil {
		return nil, err
	}
	if err := d.s.tree.Retype(ctx, w.unit, w.Type, w.Since, w.Order.Number); err != nil {
		return nil, err
	}
	if w.then().Type == w.Type {
		return nil, fault.New(fault.Invalid, d.says.invalid).WithField("type", "institution.type_as_then", fault.Args{"Since": w.Since})
	}
	return []audit.Change{{Field: "type", Old: w.then().Type, New: w.Type}}, nil
}

// Move puts the unit under another one from a day on. Both places must lie within the
// mover's right.
func (d *Dated) Move(ctx context.Context, uid, parentUID string, a Act) error {
	_, err := d.done(ctx, Deed{Do: "move", UID: uid, Act: a, Parent: parentUID})
	return err
}

func (d *Dated) move(ctx context.Context, w *doing) ([]audit.Change, error) {
	parent, err := d.s.tree.Get(ctx, w.Parent)
	if err != nil {
		return nil, fault.New(fault.Invalid, d.says.invalid).WithField("parent", d.says.noParent, nil)
	}
	if err := d.mayPlace(ctx, w, parent); err != nil {
		return nil, err
	}
	if err := takes(w.profile, w.unit, parent); err != nil {
		return nil, err
	}
	if err := d.moved(ctx, w, parent, w.Since, nil); err != nil {
		return nil, err
	}
	old, err := d.s.tree.ByID(ctx, *w.then().ParentID)
	if err != nil {
		return nil, err
	}
	if err := d.s.tree.Move(ctx, w.unit, parent, w.Since, w.Order.Number); err != nil {
		return nil, err
	}
	if old.ID == parent.ID {
		return nil, fault.New(fault.Invalid, d.says.invalid).WithField("parent", "unit.lies_then", fault.Args{"Since": w.Since, "Unit": fault.Text(parent.Name)})
	}
	return []audit.Change{{Field: "parent", Old: old.UID, New: parent.UID}}, nil
}

// moved asks for the sake of posts on all days on which an institution lies elsewhere.
func (d *Dated) moved(ctx context.Context, w *doing, place unit.Unit, from time.Time, until *time.Time) error {
	if d.object != Institutions {
		return nil
	}
	return d.s.gate.Moved(ctx, w.unit.UID, place, from, until)
}

// mayBe asks for the right over a type that a unit has or is to get.
func (d *Dated) mayBe(ctx context.Context, w *doing, typ string) error {
	_, err := d.may(ctx, w, "retype", w.unit, func(u unit.Unit) gate.Target {
		t := d.Target(u)
		t.Type = typ
		return t
	})
	return err
}

// mayPlace asks for the right over a place that a unit comes from or goes to.
func (d *Dated) mayPlace(ctx context.Context, w *doing, place unit.Unit) error {
	_, err := d.may(ctx, w, "move", place, func(place unit.Unit) gate.Target {
		t := d.Target(w.unit)
		t.Path = place.Path
		return t
	})
	return err
}

// takes refuses a place whose level has no units of the kind.
func takes(p *profile.Profile, u, place unit.Unit) error {
	bad := fault.New(fault.Invalid, "unit.invalid")
	if u.Level == unit.Institution {
		if t := p.Type(u.Type); t != nil && !slices.Contains(p.ParentsOf(t), place.Level) {
			return fault.New(fault.Invalid, "institution.invalid").
				WithField("parent", "institution.wrong_parent", fault.Args{"Type": fault.Text(t.Name), "Unit": fault.Text(place.Name)})
		}
		return nil
	}
	if l := p.Level(u.Level); l == nil || !slices.Contains(l.Parents, place.Level) {
		return bad.WithField("parent", "unit.wrong_place", fault.Args{"Unit": fault.Text(place.Name)})
	}
	return nil
}

// Close ends the unit on a day; successors take over (a merger, a split), and lie within
// the right of whoever does it, too. What lies in a place goes where the act says.
func (d *Dated) Close(ctx context.Context, uid string, successors []string, a Act) error {
	action := "close"
	if len(successors) > 0 {
		action = "merge"
	}
	_, err := d.done(ctx, Deed{Do: action, UID: uid, Act: a, Successors: successors})
	return err
}

func (d *Dated) end(ctx context.Context, w *doing) ([]audit.Change, error) {
	if named := w.profile.Oversees(w.unit.Code, profile.DateOf(w.Since)); w.unit.Level == unit.Directorate && len(named) > 0 {
		return nil, overseer(w, named)
	}
	heirs := make([]unit.Unit, 0, len(w.Successors))
	for _, id := range w.Successors {
		heir, err := d.s.tree.Get(ctx, id)
		bad := fault.New(fault.Invalid, d.says.invalid)
		if err != nil || heir.ID == w.unit.ID || heir.Withdrawn || !d.follows(w.unit, heir) {
			return nil, bad.WithField("successors", d.says.noSuccessor, nil)
		}
		if key, args := ready(heir, w.Since); key != "" {
			return nil, bad.WithField("successors", key, args)
		}
		if _, err := d.may(ctx, w, w.Do, heir, d.target); err != nil {
			return nil, err
		}
		heirs = append(heirs, heir)
	}
	if err := d.inherits(w); err != nil {
		return nil, err
	}
	if err := d.clear(ctx, w, heirs); err != nil {
		return nil, err
	}
	if err := d.postsEnd(ctx, w); err != nil {
		return nil, err
	}
	changes := []audit.Change{{Field: "until", Old: until(w.unit.Until), New: w.Since.Format(time.DateOnly)}}
	if len(w.gone) > 0 {
		changes = append(changes, audit.Change{Field: "went", New: w.gone})
	}
	if len(heirs) > 0 {
		changes = append(changes, audit.Change{Field: "successors", New: w.Successors})
	}
	return changes, d.s.tree.Close(ctx, w.unit, w.Since, w.Order.Number, heirs...)
}

// overseer refuses to end an office that the profile has oversee types of institution:
// their rights hang on it, and nobody would have them.
func overseer(w *doing, types []*profile.Type) error {
	var names fault.List
	for _, t := range types[:min(len(types), mostNamed)] {
		names = append(names, fault.Text(t.Name))
	}
	f := fault.New(fault.Conflict, "unit.oversees")
	if len(types) > len(names) {
		f = fault.New(fault.Conflict, "unit.oversees_some")
	}
	f = f.With("Unit", fault.Text(w.unit.Name)).With("Count", len(types)).With("Types", names)
	return gate.Cite(f, w.profile, w.grant.Source, Units, w.Do)
}

// PostsEnd counts the accounts that hold a post which ends with a unit on a day.
func (d *Dated) PostsEnd(ctx context.Context, u unit.Unit, on time.Time) (int, error) {
	return d.s.gate.PostsEnd(ctx, u, on)
}

// postsEnd says to whoever agrees how many hold a post that ends with the unit.
func (d *Dated) postsEnd(ctx context.Context, w *doing) error {
	n, err := d.s.gate.PostsEnd(ctx, w.unit, w.Since)
	if n > 0 {
		w.told = append(w.told, fault.Phrase{Key: "approval.told.posts_end", Args: fault.Args{"Count": n, "Unit": fault.Text(w.unit.Name), "Since": w.Since}})
	}
	return err
}

// ready says why a unit can take nothing over on a day; empty where it can.
func ready(heir unit.Unit, on time.Time) (key string, args fault.Args) {
	args = fault.Args{"Unit": fault.Text(heir.Name), "Since": heir.Since, "On": on}
	switch {
	case heir.Until != nil && !on.Before(*heir.Until):
		args["Until"] = *heir.Until
		return "unit.heir_ends", args
	case !heir.OpenOn(on):
		return "unit.heir_begins", args
	}
	return "", nil
}

// inherits refuses to end a unit before the day on which it is to take over from another:
// what that one leaves would go nowhere, and of two that took over from one another neither
// would be left.
func (d *Dated) inherits(w *doing) error {
	bad := fault.New(fault.Invalid, d.says.invalid)
	for _, l := range w.life.Predecessors {
		if !l.Since.Before(w.Since) {
			return bad.WithField("since", "unit.takes_over", fault.Args{"Other": fault.Text(l.Unit.Name), "Unit": fault.Text(w.unit.Name), "On": l.Since})
		}
	}
	return nil
}

// follows reports whether a unit may take over from another: an office of the ministry from
// an office, a place from a place.
func (d *Dated) follows(u, heir unit.Unit) bool {
	return slices.Contains(d.levels, heir.Level) && (u.Level == unit.Directorate) == (heir.Level == unit.Directorate)
}

// Reopen takes a closing back; what left the place by it comes back.
func (d *Dated) Reopen(ctx context.Context, uid string, a Act) error {
	_, err := d.done(ctx, Deed{Do: "reopen", UID: uid, Act: a})
	return err
}

func (d *Dated) reopen(ctx context.Context, w *doing) ([]audit.Change, error) {
	left, err := d.left(ctx, w)
	if err != nil {
		return nil, err
	}
	changes := []audit.Change{{Field: "until", Old: until(w.unit.Until)}}
	if err := d.s.tree.Reopen(ctx, w.unit); err != nil {
		return nil, err
	}
	return changes, d.comeBack(ctx, w, left)
}

// Recode gives the unit its official code, or another one. A code is no dated fact; the
// act's day is not asked for.
func (d *Dated) Recode(ctx context.Context, uid, code string, a Act) error {
	a.Since = d.s.tree.Today(ctx)
	_, err := d.done(ctx, Deed{Do: "update", UID: uid, Act: a, Code: code})
	return err
}

func (d *Dated) judgeCode(w *doing, bad *fault.Error) *fault.Error {
	if id := w.profile.Identifier("institution_code"); id != nil && w.unit.Level == unit.Institution {
		w.Code = id.Normal(w.Code)
	}
	if w.unit.Level == unit.Directorate { // rights hang on it
		return bad.WithField("code", "unit.code_of_profile", nil).WithNext("unit.next.code_of_profile", "", nil)
	}
	if f, ok := d.code(w.profile, w.unit.Level, w.Code); !ok {
		return bad.WithField(f.Name, f.Key, f.Args)
	}
	return bad
}

func (d *Dated) recode(ctx context.Context, w *doing) ([]audit.Change, error) {
	if w.Code == w.unit.Code {
		return nil, nil
	}
	return []audit.Change{{Field: "code", Old: w.unit.Code, New: w.Code}}, d.s.tree.Recode(ctx, w.unit, w.Code)
}

// StaysClosed refuses to change the record of a unit that was closed: its history stays.
// It says who may reopen it.
func (d *Dated) StaysClosed(ctx context.Context, u unit.Unit) error {
	if u.Withdrawn {
		return fault.New(fault.Locked, "unit.withdrawn").WithCheck("closed").WithOwnRule("history").WithNext("unit.next.withdrawn", "/units", nil)
	}
	f := fault.New(fault.Locked, d.says.closed).WithCheck("closed").WithOwnRule("history")
	if u.Until != nil {
		f = f.With("Until", *u.Until)
	}
	if d.s.gate.Can(ctx, "reopen", d.Target(u)) {
		return f.WithNext(d.says.reopenYourself, d.screen+u.UID+"/act/reopen", nil)
	}
	able, err := d.s.gate.Able(ctx, "reopen", d.Target(u))
	if err != nil {
		return err
	}
	names, err := d.s.gate.Named(ctx, able)
	if err != nil {
		return err
	}
	return f.WithNext(d.says.reopen, d.screen+u.UID, fault.Args{"Roles": names})
}

func until(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.Format(time.DateOnly)
}
