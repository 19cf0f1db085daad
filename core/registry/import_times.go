package registry

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// times are what places were called and where they lay at another time than today, or will:
// a list of last year calls them so.
type times struct {
	today time.Time
	atlas *atlas                       // of the places as they were called then
	named map[*unit.Unit]unit.Elsewhen // what an entry of the atlas stands for
	lay   map[int64][]unit.Elsewhen    // by the place: in which others it lay
	units map[int64]*unit.Unit         // of the territory, as they are today
}

func newTimes(kinds *placeKinds, units []unit.Unit, all []unit.Elsewhen, today time.Time) *times {
	t := &times{
		today: today, atlas: newAtlas(kinds), named: map[*unit.Unit]unit.Elsewhen{}, lay: map[int64][]unit.Elsewhen{}, units: make(map[int64]*unit.Unit, len(units)),
	}
	for k := range units {
		t.units[units[k].ID] = &units[k]
	}
	for _, e := range all {
		u := t.units[e.UnitID]
		switch {
		case u == nil:
		case e.Code != "":
			then := *u
			then.Code = e.Code
			t.named[&then] = e
			t.atlas.byCode[placeCode(u.Level, e.Code)] = &then
		case e.Name == nil:
			t.lay[e.UnitID] = append(t.lay[e.UnitID], e)
		default:
			then := *u
			then.Name, then.Code = e.Name, ""
			t.named[&then] = e
			t.atlas.addNames(&then)
		}
	}
	return t
}

// find returns the places, as they are today, that a file calls by a name of another time.
func (t *times) find(level, said string, within *unit.Unit) ([]*unit.Unit, unit.Elsewhen) {
	var found []*unit.Unit
	var first unit.Elsewhen
	for _, then := range t.atlas.find(level, said, nil) {
		u := t.units[then.ID]
		if within != nil && !unit.Within(u.Path, within.Path) && !t.lain(u, within) || slices.Contains(found, u) {
			continue
		}
		if len(found) == 0 {
			first = t.named[then]
		}
		found = append(found, u)
	}
	return found, first
}

// lain reports whether a place lay in a region, or will.
func (t *times) lain(u, region *unit.Unit) bool { return t.layIn(u, region) != nil }

func (t *times) layIn(u, region *unit.Unit) *unit.Elsewhen {
	for k, e := range t.lay[u.ID] {
		if e.PlaceID == region.ID {
			return &t.lay[u.ID][k]
		}
	}
	return nil
}

// noteName says that a row calls a place as it was called, or will be.
func (t *times) noteName(target string, u *unit.Unit, e unit.Elsewhen) located {
	if e.Code != "" {
		return located{target: target, warn: true, key: "import.row.code_was", args: fault.Args{"Place": fault.Text(u.Name), "Code": u.Code, "Since": *e.Until}}
	}
	at := located{target: target, warn: true, key: "import.row.name_will", args: fault.Args{"Place": fault.Text(u.Name), "Since": e.Since}}
	if e.Until != nil && !e.Until.After(t.today) {
		at.key, at.args["Since"] = "import.row.name_was", *e.Until
	}
	return at
}

// notePlace says that a row names the region in which a place lay, or will.
func (t *times) notePlace(target string, u, region *unit.Unit, e unit.Elsewhen) located {
	at := located{
		target: target, warn: true, key: "import.row.region_will",
		args: fault.Args{"Place": fault.Text(u.Name), "Region": fault.Text(region.Name), "Since": e.Since},
	}
	if e.Until != nil && !e.Until.After(t.today) {
		at.key, at.args["Since"] = "import.row.region_was", *e.Until
	}
	return at
}

// formerly are the names that a country profile knows of a place for other times than a
// day, the latest first. The ministry's own history may begin later.
func formerly(p *profile.Profile, u unit.Unit, on time.Time) []unit.Fact {
	var out []unit.Fact
	for k := range p.Territory {
		a := &p.Territory[k]
		if u.Code == "" || a.Code != u.Code || a.Level != u.Level {
			continue
		}
		since, until := span(a.Period)
		if until.IsZero() || until.After(on) || !renamed(u.Name, TidyNames(a.Name)) {
			continue
		}
		out = append(out, unit.Fact{Name: TidyNames(a.Name), Since: since, Until: &until})
	}
	slices.SortFunc(out, func(a, b unit.Fact) int { return b.Until.Compare(*a.Until) })
	return out
}

// before puts the names that the profile knows behind those of the ministry's own history,
// latest first: its first name is so old only as the profile says.
func before(own, former []unit.Fact) []unit.Fact {
	if len(own) == 0 || len(former) == 0 {
		return own
	}
	out := slices.Clone(own)
	first := &out[len(out)-1]
	for _, f := range former {
		if slices.ContainsFunc(own, func(o unit.Fact) bool { return maps.Equal(o.Name, f.Name) }) || first.Until != nil && !f.Until.Before(*first.Until) {
			continue
		}
		if first.Since.Before(*f.Until) {
			first.Since = *f.Until
		}
		out = append(out, f)
		first = &out[len(out)-1]
	}
	return out
}

// elsewhen are the same as the tree has its own.
func elsewhen(p *profile.Profile, units []unit.Unit, on time.Time) []unit.Elsewhen {
	var out []unit.Elsewhen
	for _, u := range units {
		for _, f := range formerly(p, u, on) {
			out = append(out, unit.Elsewhen{UnitID: u.ID, Name: f.Name, Since: f.Since, Until: f.Until})
		}
	}
	return slices.Clip(out)
}

// several are the places that a word means, where it means more than one.
func several(found []*unit.Unit) fault.Args {
	slices.SortFunc(found, func(a, b *unit.Unit) int { return cmp.Compare(a.ID, b.ID) })
	return fault.Args{"Choices": coded(found)}
}
