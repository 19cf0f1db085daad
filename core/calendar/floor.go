package calendar

import (
	"slices"
	"strconv"
	"strings"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// What the checks of a calendar file can't know of a proposal: whom the policy lets extend a window
// (TR-IC-8), and which days a year takes away that the law leaves to the data of a term (TR-IC-9).

// fits judges a year that holds together by itself; draft is the document whose fields are named.
func (p Plan) fits(bad *fault.Error, m gate.Ministry, draft profile.Document, day profile.Date) *fault.Error {
	for i, e := range entries(draft["windows"]) {
		w := windowOf(p.New, text(e["id"]))
		if w == nil || w.ExtendedBy == "" || extends(m, w) {
			continue
		}
		var name any = fault.Key("year.overseer")
		if r := p.Profile.Role(w.ExtendedBy); r != nil {
			name = fault.Text(r.Name)
		}
		bad = bad.WithField("windows."+strconv.Itoa(i)+".extended_by", "year.extends_nothing", fault.Args{"Role": name})
	}
	for _, d := range p.dropped(day) {
		bad = bad.WithField("windows", "year.term_dropped", fault.Args{
			"Part": partName(p.Profile, d.section, d.term.ID, []profile.Term{d.term}), "Days": int(p.Profile.Limit(graceLimit, d.term.End.Time())),
		})
	}
	return bad
}

// extends reports whether the policy lets whoever a window names extend anything at all: where it
// never does, nobody could.
func extends(m gate.Ministry, w *profile.Window) bool {
	for _, id := range m.Policy.WhoMay("extension", "create") {
		if w.ExtendedBy == id {
			return true
		}
		if r := m.Profile.Role(id); w.ExtendedBy == overseer && r != nil &&
			(r.Level != unit.Directorate || slices.Contains(m.Policy.Scopes(id, "extension", "create"), "overseen")) {
			return true
		}
	}
	return false
}

// graceLimit is for how many whole days after a term its data stays open, at least.
const graceLimit = "term_grace_days"

// part is the data of a section that is a term's.
type part struct {
	section string
	term    profile.Term
}

// dropped are the parts that would have no window for somebody who has one, or of a new year had one
// in the year before: left out, a window closes at once, on fewer days than the law leaves. What has
// been over for as long is not asked about.
func (p Plan) dropped(day profile.Date) (out []part) {
	was := p.before()
	if was == nil {
		return nil
	}
	terms := slices.Clone(p.New.Terms)
	if p.Old != nil { // a term that has begun is not dropped with its windows either
		for _, t := range p.Old.Terms {
			if t.Start <= day && !slices.ContainsFunc(terms, func(n profile.Term) bool { return n.ID == t.ID }) {
				terms = append(terms, t)
			}
		}
	}
	for _, t := range terms {
		if t.End.AddDays(int(p.Profile.Limit(graceLimit, t.End.Time()))) < day {
			continue
		}
		same := slices.ContainsFunc(was.Terms, func(o profile.Term) bool { return o.ID == t.ID })
		for i := range was.Windows {
			w := &was.Windows[i]
			d := part{sectionOf(w), t}
			if w.Term == "" || same && w.Term != t.ID || slices.ContainsFunc(out, func(o part) bool { return o.section == d.section && o.term.ID == t.ID }) {
				continue
			}
			if slices.ContainsFunc(p.Profile.Types, func(x profile.Type) bool { return w.For(x.ID) && !p.opens(d, x.ID) }) {
				out = append(out, d)
			}
		}
	}
	return out
}

// opens reports whether the year has a window of a part for a type of institution.
func (p Plan) opens(d part, typ string) bool {
	return slices.ContainsFunc(p.New.Windows, func(w profile.Window) bool {
		return sectionOf(&w) == d.section && w.Term == d.term.ID && w.For(typ)
	})
}

// before is the year as it is in force, or the last that begins before one that is new.
func (p Plan) before() *profile.SchoolYear {
	y := p.Old
	if y == nil {
		for _, x := range p.Profile.SchoolYears() {
			if x.Start < p.New.Start && (y == nil || x.Start > y.Start) {
				y = x
			}
		}
	}
	return y
}

func sectionOf(w *profile.Window) string {
	section, _, _ := strings.Cut(w.Section, ".")
	return section
}
