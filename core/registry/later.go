package registry

import (
	"context"
	"errors"
	"slices"

	"mektep/core/fault"
	"mektep/core/unit"
)

// later is a dated fact that stands in the way of what is to hold before it.
type later struct {
	kind unit.Kind
	unit.Fact
}

// laters are the facts of a unit that may not come after what a deed enters or puts right: those of its
// own chain, and of every chain where it is the unit's first or last day. The nearest first.
func (w *doing) laters() (all []later) {
	kinds := []unit.Kind{w.Fact}
	switch w.Do {
	case "rename":
		kinds = []unit.Kind{unit.NameFact}
	case "retype":
		kinds = []unit.Kind{unit.TypeFact}
	case "move":
		kinds = []unit.Kind{unit.PlaceFact}
	}
	if kinds[0] == "" || kinds[0] == unit.OpeningFact || kinds[0] == unit.ClosingFact {
		kinds = []unit.Kind{unit.NameFact, unit.TypeFact, unit.PlaceFact}
	}
	from := w.Since
	if w.Do == "correct" && w.On.Before(from) {
		from = w.On
	}
	for _, k := range kinds {
		facts := w.life.Of(k)
		for i, f := range facts {
			if i+1 < len(facts) && !f.Since.Before(from) && (w.Fact != k || !f.Since.Equal(w.On)) {
				all = append(all, later{k, f})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b later) int { return a.Since.Compare(b.Since) })
	return all
}

// corrigible adds to a refusal because of what is entered already where that is put right, or who may
// do it: the one that stands in the way can be of days that are another's.
func (d *Dated) corrigible(ctx context.Context, w *doing, err error) error {
	f, is := errors.AsType[*fault.Error](err)
	if !is || !slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return f.Key == "unit.later_fact" }) {
		return err
	}
	for _, l := range w.laters() {
		back := &doing{Deed: Deed{Do: "withdraw", UID: w.UID, Fact: l.kind, On: l.Since}, tx: w.tx, profile: w.profile, unit: w.unit, life: w.life}
		refused, is := errors.AsType[*fault.Error](d.mayWithdraw(ctx, back))
		if is && refused.Kind == fault.Denied && refused.Next != nil {
			return f.WithNext("unit.next.later_fact", "", fault.Args{"Day": l.Since, "Next": fault.Phrase{Key: refused.Next.Key, Args: refused.Next.Args}})
		}
	}
	for _, k := range d.facts {
		if d.MayCorrect(ctx, w.unit, w.life, k) {
			return f.WithNext(d.says.correct, d.screen+w.unit.UID+"/correct", nil)
		}
	}
	return err
}

// mayWithdraw asks whether the caller may take a fact back.
func (d *Dated) mayWithdraw(ctx context.Context, w *doing) error {
	if _, err := d.mayMend(ctx, w); err != nil {
		return err
	}
	if err := d.find(ctx, w); err != nil || w.before == nil {
		return err
	}
	return d.reaches(ctx, w, *w.before)
}
