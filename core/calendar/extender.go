package calendar

import (
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// overseer is what a profile writes for "the directorate that oversees the type".
const overseer = "overseer"

// Extending is what the gate is asked before a window is held open longer for a
// type of institution ("" for all). Beside the policy the profile has a say: it
// names for each window who extends it (TR-IC-8), the directorate that oversees
// the type or one role. w may be nil.
func Extending(p *profile.Profile, w *profile.Window, typ string) gate.Target {
	t := gate.Target{Object: "extension", Type: typ}
	if w == nil {
		return t
	}
	t.Admit = func(a caller.Assignment, relation string) *fault.Error {
		switch w.ExtendedBy {
		case "":
			return nil
		case overseer:
			// A right over the whole ministry makes a directorate no overseer of what
			// another one oversees; who stands above the directorates is not one of them.
			if relation == "overseen" || a.UnitLevel != unit.Directorate {
				return nil
			}
		default:
			if a.Role == w.ExtendedBy {
				return nil
			}
		}
		return notTheirs(p, w)
	}
	return t
}

func notTheirs(p *profile.Profile, w *profile.Window) *fault.Error {
	law := w.Source
	sec := p.Section(w.Section)
	if law == "" && sec != nil {
		law = sec.Source
	}
	f := gate.Cite(fault.New(fault.Denied, "window.not_theirs").WithCheck("policy"), p, law)
	if sec != nil {
		f = f.With("Section", fault.Text(sec.Name))
	}
	return extendedBy(f, p, &Window{Window: w})
}

// extendedBy adds whom to ask for more time. w may be nil.
func extendedBy(f *fault.Error, p *profile.Profile, w *Window) *fault.Error {
	if w == nil {
		return f.WithNext("window.next.extension", "/calendar", nil)
	}
	if r := p.Role(w.ExtendedBy); r != nil {
		return f.WithNext("window.next.ask_role", "/calendar", fault.Args{"Role": fault.Text(r.Name)})
	}
	return f.WithNext("window.next.extension", "/calendar", nil)
}
