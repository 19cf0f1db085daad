package registry

import (
	"context"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/unit"
)

// mostNamed is how many of those that a closing has no place for are named.
const mostNamed = 10

// clear takes what lies in a place that ends to where the act says, from that day on and on
// the same order. What has no place to go to is named, and the place does not end.
func (d *Dated) clear(ctx context.Context, w *doing, heirs []unit.Unit) error {
	if d.object == Institutions {
		return nil
	}
	in, err := d.s.tree.Below(ctx, w.unit, w.Since)
	if err != nil {
		return err
	}
	places, err := d.goals(ctx, w, heirs, in)
	if err != nil {
		return err
	}
	w.tellGoing(in, places)
	for _, l := range in {
		place := places[l.UID]
		if err := d.s.tree.Move(ctx, l.Unit, place, w.Since, w.Order.Number); err != nil {
			return d.stuck(w, l.Unit, err)
		}
		w.entries = append(w.entries, w.entry(l.Unit, "move", audit.Change{Field: "parent", Old: w.unit.UID, New: place.UID},
			audit.Change{Field: "holds_from", New: w.Since.Format(time.DateOnly)}))
	}
	return nil
}

// mostTold is how many of those that go with an act are named to whoever agrees to it.
const mostTold = 100

// tellGoing says to whoever agrees what goes where, place by place.
func (w *doing) tellGoing(in []unit.Lying, places map[string]unit.Unit) {
	var order []string
	by := map[string][]unit.Lying{}
	for _, l := range in {
		uid := places[l.UID].UID
		if by[uid] == nil {
			order = append(order, uid)
		}
		by[uid] = append(by[uid], l)
	}
	w.gone = map[string]int{}
	for _, uid := range order {
		w.gone[uid] = len(by[uid])
		place := places[by[uid][0].UID]
		w.told = append(w.told, fault.Phrase{Key: "approval.told.goes", Args: fault.Args{
			"Count": len(by[uid]), "Place": fault.Text(place.Name), "Code": place.Code, "Names": lyingNames(by[uid]),
		}})
	}
}

func lyingNames(all []unit.Lying) fault.List {
	var names fault.List
	for k, l := range all {
		if k == mostTold {
			return append(names, "…")
		}
		names = append(names, fault.Text(l.Name))
	}
	return names
}

// goals are the places to which what lies in a place goes when that ends, by the public
// ids of what goes.
func (d *Dated) goals(ctx context.Context, w *doing, heirs []unit.Unit, in []unit.Lying) (map[string]unit.Unit, error) {
	bad := fault.New(fault.Invalid, d.says.invalid)
	rest := w.Rest
	if rest == "" && len(heirs) == 1 {
		rest = heirs[0].UID
	}
	goals := map[string]unit.Unit{}
	homeless, late := fault.List{}, fault.List{}
	known, err := d.named(ctx, w, rest)
	if err != nil {
		return nil, err
	}
	if w.Rest != "" && known[w.Rest].ID == 0 {
		bad = bad.WithField("rest", "unit.no_goal", nil)
	}
	for _, l := range in {
		uid := w.Into[l.UID]
		if uid == "" {
			uid = rest
		}
		place := known[uid]
		switch {
		case !l.From.Before(w.Since):
			late = append(late, fault.Text(l.Name))
		case uid == "":
			homeless = append(homeless, fault.Text(l.Name))
		case place.ID == 0 && w.Into[l.UID] != "":
			bad = bad.WithField("into."+l.UID, "unit.no_goal", nil)
		case place.ID == 0: // said of the rest
		case takes(w.profile, l.Unit, place) != nil:
			bad = bad.WithField("into."+l.UID, "unit.not_taken", fault.Args{"Unit": fault.Text(l.Name), "Place": fault.Text(place.Name)})
		default:
			goals[l.UID] = place
		}
	}
	for uid := range w.Into {
		if !lies(in, uid) {
			bad = bad.WithField("into."+uid, "unit.not_below", nil)
		}
	}
	if n := len(homeless); n > 0 {
		bad = bad.WithField("rest", "unit.goes_where", fault.Args{"Count": n, "Names": homeless[:min(n, mostNamed)]})
	}
	if n := len(late); n > 0 {
		bad = bad.WithField("since", "unit.comes_later", fault.Args{"Count": n, "Names": late[:min(n, mostNamed)]})
	}
	return goals, bad.OrNil()
}

func lies(in []unit.Lying, uid string) bool {
	return slices.ContainsFunc(in, func(l unit.Lying) bool { return l.UID == uid })
}

// named are the places that an act names, by their public ids.
func (d *Dated) named(ctx context.Context, w *doing, rest string) (map[string]unit.Unit, error) {
	known := map[string]unit.Unit{}
	uids := []string{rest}
	for _, uid := range w.Into {
		uids = append(uids, uid)
	}
	for _, uid := range uids {
		if _, seen := known[uid]; seen || uid == "" {
			continue
		}
		place, err := d.goal(ctx, w, uid)
		if err != nil {
			return nil, err
		}
		known[uid] = place
	}
	return known, nil
}

// goal is a place that takes what another one leaves: within the right of whoever ends
// that. It is empty where there is no such place.
func (d *Dated) goal(ctx context.Context, w *doing, uid string) (unit.Unit, error) {
	place, err := d.s.tree.Get(ctx, uid)
	if err != nil {
		return unit.Unit{}, notFoundIsNone(err)
	}
	if unit.Within(place.Path, w.unit.Path) || !place.OpenOn(w.Since) {
		return unit.Unit{}, nil
	}
	_, err = d.may(ctx, w, w.Do, place, d.target)
	return place, err
}

// entry is the line of the trail of what went with a deed.
func (w *doing) entry(u unit.Unit, action string, changes ...audit.Change) audit.Entry {
	object := Units
	if u.Level == unit.Institution {
		object = Institutions
	}
	return audit.Entry{Action: action, Object: object, Target: u.UID, UnitPath: u.Path, Law: w.grant.Source, Order: w.Order, Changes: changes}
}

// stuck says which unit it is that cannot go with a deed, and where its dates are put right.
func (d *Dated) stuck(w *doing, u unit.Unit, err error) error {
	f := fault.From(err)
	if f.Kind != fault.Invalid {
		return err
	}
	screen := d.screen
	if u.Level == unit.Institution {
		screen = institutions.screen
	}
	args := fault.Args{"Unit": fault.Text(u.Name), "Since": w.Since}
	if why := f.Fields; len(why) > 0 && why[0].Key != "unit.later_fact" { // where it was to go cannot take it
		args["Why"] = fault.Phrase{Key: why[0].Key, Args: why[0].Args}
		return fault.New(fault.Invalid, d.says.invalid).WithField("into."+u.UID, "unit.stuck_why", args).WithCause(err)
	}
	return fault.New(fault.Invalid, d.says.invalid).WithField("into."+u.UID, "unit.stuck", args).
		WithNext("unit.next.stuck", screen+u.UID+"/correct", fault.Args{"Unit": fault.Text(u.Name)}).WithCause(err)
}

// left is what went elsewhere by the closing of a place.
func (d *Dated) left(ctx context.Context, w *doing) ([]unit.Lying, error) {
	if d.object == Institutions {
		return nil, nil
	}
	all, err := d.s.tree.Left(ctx, w.unit)
	if len(w.life.Successors) == 0 {
		return all, err
	}
	var out []unit.Lying
	for _, l := range all { // what left on another order left for itself
		if l.Order == w.life.Successors[0].Order {
			out = append(out, l)
		}
	}
	return out, err
}

// comeBack brings back what left a place whose closing is taken back.
func (d *Dated) comeBack(ctx context.Context, w *doing, left []unit.Lying) error {
	if err := d.postsBack(ctx, w); err != nil {
		return err
	}
	if len(left) > 0 {
		w.told = append(w.told, fault.Phrase{Key: "approval.told.comes_back", Args: fault.Args{"Count": len(left), "Names": lyingNames(left)}})
	}
	for _, l := range left {
		if err := d.s.tree.Withdraw(ctx, l.Unit, unit.PlaceFact, l.From); err != nil {
			return d.stuck(w, l.Unit, err)
		}
		w.entries = append(w.entries, w.entry(l.Unit, "withdraw", audit.Change{Field: "parent", New: w.unit.UID},
			audit.Change{Field: "entered_from", Old: l.From.Format(time.DateOnly)}))
	}
	return nil
}

// postsBack says to whoever agrees which posts are in force again with a unit that ends no more on
// its day: what the unit itself may do is little beside what they may.
func (d *Dated) postsBack(ctx context.Context, w *doing) error {
	if w.unit.Until == nil {
		return nil
	}
	held, err := d.s.gate.PostsBack(ctx, w.unit, *w.unit.Until)
	if err != nil || len(held) == 0 {
		return err
	}
	var posts fault.List
	for _, h := range held {
		var name any = h.Role
		if r := w.profile.Role(h.Role); r != nil {
			name = fault.Text(r.Name)
		}
		posts = append(posts, fault.Phrase{Key: "approval.told.post_of", Args: fault.Args{"Role": name, "Count": h.Count}})
	}
	w.told = append(w.told, fault.Phrase{Key: "approval.told.posts_back", Args: fault.Args{"Unit": fault.Text(w.unit.Name), "Posts": posts}})
	return nil
}

// reclose puts the day of a closing right; what left by it leaves on that day as well.
func (d *Dated) reclose(ctx context.Context, w *doing) error {
	if err := d.inherits(w); err != nil {
		return err
	}
	for _, l := range w.life.Successors {
		if key, args := ready(l.Unit, w.Since); key != "" {
			return fault.New(fault.Invalid, d.says.invalid).WithField("since", key, args)
		}
	}
	left, err := d.left(ctx, w)
	if err != nil {
		return err
	}
	tell := d.postsBack // what ends later gives for longer what has ended, or is to end
	if w.Since.Before(w.On) {
		tell = d.postsEnd
	}
	if err := tell(ctx, w); err != nil {
		return err
	}
	follow := func() error {
		for _, l := range left {
			if err := d.s.tree.Amend(ctx, l.Unit, unit.PlaceFact, l.From, unit.Amended{Since: w.Since}); err != nil {
				return d.stuck(w, l.Unit, err)
			}
			w.entries = append(w.entries, w.entry(l.Unit, "correct",
				audit.Change{Field: "holds_from", Old: l.From.Format(time.DateOnly), New: w.Since.Format(time.DateOnly)},
				audit.Change{Field: "reason", New: w.Reason}))
		}
		return nil
	}
	if w.Since.Before(w.On) { // nothing may lie in it when it ends
		if err := follow(); err != nil {
			return err
		}
		return d.s.tree.Reclose(ctx, w.unit, w.Since)
	}
	if err := d.s.tree.Reclose(ctx, w.unit, w.Since); err != nil {
		return err
	}
	return follow()
}
