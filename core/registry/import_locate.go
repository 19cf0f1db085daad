package registry

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// saidPlace is what a row says of where an institution lies.
type saidPlace struct {
	regionCode, region, districtCode, district string
}

// of is what the row says in the column of a target.
func (s saidPlace) of(target string) string {
	switch target {
	case targetRegionCode:
		return s.regionCode
	case targetRegion:
		return s.region
	case targetDistrictCode:
		return s.districtCode
	case targetDistrict:
		return s.district
	}
	return ""
}

// target is the most precise column in which the row says anything.
func (s saidPlace) target() string {
	for _, t := range []string{targetDistrictCode, targetDistrict, targetRegionCode} {
		if s.of(t) != "" {
			return t
		}
	}
	return targetRegion
}

// located is a word that means no one place, or one only by what was or will be: the target
// at fault and the message.
type located struct {
	target string
	key    string
	args   fault.Args
	within *unit.Unit // the region in which it was looked for
	place  *unit.Unit // that has ended, or is to come
	asked  bool       // a person can say what it means
	warn   bool       // it is understood all the same
	answer int        // number of the answer by which it was understood, from 1; 0: none
}

// noPlace is said of a row that names no place.
const noPlace = "import.row.no_place"

// locate finds the unit that a row belongs to: the district where it names one, else the
// region. Codes are believed before names. since is the day from which the row holds.
func (p *places) locate(s saidPlace, since time.Time) (*unit.Unit, []located) {
	var wrong []located
	r, bad := p.one(unit.Region, nil, s, targetRegionCode, targetRegion, since)
	if bad != nil {
		wrong = append(wrong, *bad)
	}
	d, worse := p.one(unit.District, r, s, targetDistrictCode, targetDistrict, since)
	// Which of several districts is meant, the region would have said.
	if worse != nil && (bad == nil || bad.warn || worse.key != "import.row.ambiguous_place" && worse.key != "import.row.same_place") {
		wrong = append(wrong, *worse)
	}
	switch {
	case slices.ContainsFunc(wrong, func(at located) bool { return !at.warn }):
		return nil, wrong
	case d == nil && r == nil:
		return nil, []located{{target: targetDistrict, key: noPlace}}
	case d == nil:
		return r, wrong
	case r != nil && !unit.Within(d.Path, r.Path):
		e := p.times.layIn(d, r)
		if e == nil {
			return nil, []located{{target: s.target(), key: "import.row.other_region", within: r}}
		}
		if worse == nil || worse.key != "import.row.region_was" && worse.key != "import.row.region_will" {
			wrong = append(wrong, p.times.notePlace(s.target(), d, r, *e))
		}
	}
	return d, wrong
}

// one finds the one unit of a level that is meant; nil where the row says nothing.
func (p *places) one(level string, within *unit.Unit, s saidPlace, codeTarget, nameTarget string, since time.Time) (*unit.Unit, *located) {
	target, said := codeTarget, s.of(codeTarget)
	if said == "" {
		target, said = nameTarget, s.of(nameTarget)
	}
	if said == "" {
		return nil, nil
	}
	for _, in := range []*unit.Unit{within, nil} {
		if a, said := p.meant[meaning(level, in, said)]; said {
			return a.place, &located{target: target, key: "import.row.read_as", args: fault.Args{"Place": p.withRegion(a.place)}, warn: true, answer: a.n + 1}
		}
	}
	return p.means(level, target, said, within, since)
}

// means finds the one unit of a level that a word means within a unit, and says why it means
// none, or how it does.
func (p *places) means(level, target, said string, within *unit.Unit, since time.Time) (*unit.Unit, *located) {
	found := begun(p.now.find(level, said, within), since)
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) == 0 {
		if u := intake.Twofold(said, func(s string) *unit.Unit {
			if found := begun(p.now.find(level, s, within), since); len(found) == 1 {
				return found[0]
			}
			return nil
		}); u != nil {
			return u, nil
		}
	}
	bad := &located{target: target, within: within, asked: true}
	if len(found) == 0 {
		u, at := p.otherwise(level, target, said, within)
		if u != nil {
			return u, at
		}
		if at != nil {
			bad.key, bad.args = at.key, at.args
			return nil, bad
		}
	}
	bad.key, bad.args, bad.place = p.lacks(level, said, within, found)
	if bad.key == "" {
		_, bad.key = intake.PlainCode(said)
		bad.asked = false
	}
	if bad.key == "" {
		bad.key, bad.asked = "import.row.unknown_place", true
		if near := p.near(level, said, within); near != nil {
			bad.key, bad.args = "import.row.near_place", fault.Args{"Choices": near}
		}
	}
	return nil, bad
}

// otherwise finds the place that a word meant at another time, or will: by its name then, or
// in the region in which it lay. Where it could mean several, they are named.
func (p *places) otherwise(level, target, said string, within *unit.Unit) (*unit.Unit, *located) {
	found, as := p.times.find(level, said, within)
	open := slices.DeleteFunc(slices.Clone(found), func(u *unit.Unit) bool { return !u.OpenOn(p.times.today) })
	gone := p.other.find(level, said, within)
	switch {
	case len(open) == 1 && len(gone) == 0:
		at := p.times.noteName(target, open[0], as)
		return open[0], &at
	case len(open) > 0:
		return nil, &located{key: "import.row.same_place", args: several(append(open, gone...))}
	case within == nil || len(gone) > 0:
		return nil, nil
	}
	lay := slices.DeleteFunc(slices.Clone(p.now.find(level, said, nil)), func(u *unit.Unit) bool { return !p.times.lain(u, within) })
	if len(lay) != 1 {
		return nil, nil
	}
	at := p.times.notePlace(target, lay[0], within, *p.times.layIn(lay[0], within))
	return lay[0], &at
}

// lacks says why a word that is known means no one place of today; an empty key for one
// that is not known.
func (p *places) lacks(level, said string, within *unit.Unit, found []*unit.Unit) (key string, args fault.Args, place *unit.Unit) {
	switch {
	case len(found) > 1 && (level == unit.Region || oneRegion(found)): // only codes tell them apart
		return "import.row.same_place", fault.Args{"Choices": coded(found)}, nil
	case len(found) > 1:
		return "import.row.ambiguous_place", nil, nil
	}
	gone := p.other.find(level, said, within)
	if len(gone) == 0 { // as it was called when it was there
		gone, _ = p.times.find(level, said, within)
	}
	if len(gone) == 1 {
		return "import.row.place_over", nil, gone[0]
	}
	if within != nil && len(p.now.find(level, said, nil)) > 0 {
		return "import.row.other_region", nil, nil
	}
	return "", nil, nil
}

// begun leaves out, of several units, those that begin after a day, unless all do.
func begun(units []*unit.Unit, on time.Time) []*unit.Unit {
	if len(units) < 2 {
		return units
	}
	var out []*unit.Unit
	for _, u := range units {
		if !on.Before(u.Since) {
			out = append(out, u)
		}
	}
	if out == nil {
		return units
	}
	return out
}

// oneRegion reports whether units lie side by side.
func oneRegion(units []*unit.Unit) bool {
	return !slices.ContainsFunc(units, func(u *unit.Unit) bool {
		return u.ParentID == nil || units[0].ParentID == nil || *u.ParentID != *units[0].ParentID
	})
}

// coded are units with their codes.
func coded(units []*unit.Unit) fault.List {
	var list fault.List
	for _, u := range units[:min(len(units), intake.ShownNear)] {
		var name any = fault.Text(u.Name)
		if u.Code != "" {
			name = fault.Phrase{Key: "import.place.coded", Args: fault.Args{"Name": name, "Code": u.Code}}
		}
		list = append(list, name)
	}
	return list
}

// meaning is under what it is noted that a word means a place: everywhere, or where a row
// names a region.
func meaning(level string, in *unit.Unit, word string) string {
	region := ""
	if in != nil {
		region = in.UID
	}
	return level + " " + region + " " + locale.Compact(word)
}

// answer is what a person said that a word means: the number of the answer, the place, and
// the region beside which it holds; nil: everywhere.
type answer struct {
	n         int
	place, in *unit.Unit
}

// inRegions calls the regions beside which answers hold.
func (p *places) inRegions(answers []transfer.PlaceWord) {
	for _, a := range p.meant {
		if a.in != nil {
			answers[a.n].InName = a.in.Name
		}
	}
}

// mistaken is an answer to what a word means that names no one place.
type mistaken struct {
	word int // its number
	at   located
}

// mean notes what words mean, and returns the answers that mean no one place.
func (p *places) mean(words []transfer.PlaceWord) (wrong []mistaken) {
	for k, w := range words {
		if w.Level == intake.TargetType { // see typeAnswers
			continue
		}
		unknown := mistaken{k, located{key: "import.row.unknown_place"}}
		var in *unit.Unit
		if w.In != "" {
			regions := p.now.find(unit.Region, w.In, nil)
			if len(regions) != 1 {
				wrong = append(wrong, unknown)
				continue
			}
			in = regions[0]
		}
		if w.Level != unit.Region && w.Level != unit.District || locale.Compact(w.Word) == "" || w.Place == "" {
			wrong = append(wrong, unknown)
			continue
		}
		u, at := p.means(w.Level, "", w.Place, in, time.Time{})
		switch {
		case u == nil:
			wrong = append(wrong, mistaken{k, *at})
		case in != nil && !unit.Within(u.Path, in.Path) && !p.times.lain(u, in):
			wrong = append(wrong, mistaken{k, located{key: "import.row.other_region"}})
		default:
			p.meant[meaning(w.Level, in, w.Word)] = answer{k, u, in}
		}
	}
	return wrong
}

// unplaced counts a word of which a person can say what it means. proposed is the place that
// took over from the one it means.
func (r *rows) unplaced(at located, word string, proposed *unit.Unit) {
	if at.warn || !at.asked || word == "" || at.key == "import.row.other_region" && strings.HasSuffix(at.target, "_code") {
		return
	}
	w := transfer.PlaceWord{Level: strings.TrimSuffix(at.target, "_code"), Word: intake.Cut(word, 80), Rows: 1}
	if at.within != nil {
		w.In, w.InName = cmp.Or(at.within.Code, at.within.Name[r.P.Main()]), at.within.Name
	}
	if proposed != nil { // by its name, where that means it alone
		w.Place = proposed.Name[r.P.Main()]
		if found := r.places.now.find(w.Level, w.Place, at.within); len(found) != 1 || found[0].ID != proposed.ID {
			w.Place = proposed.Code
		}
	}
	r.Unmeant(w)
}
