package registry

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// compact is how words of files are compared: folded, without blanks.
func compact(s string) string { return strings.ReplaceAll(locale.Fold(s), " ", "") }

// places finds units of the territory by what a file calls them.
type places struct {
	byCode map[string]*unit.Unit   // level and code; leading zeros, which spreadsheets lose, do not count
	byName map[string][]*unit.Unit // level and compact name
	byStem map[string][]*unit.Unit // level and name without the words for the kind of place
	byRoot map[string][]*unit.Unit // the same without the endings of adjectives
	levels map[int64]string        // of every unit of the territory
	kinds  *placeKinds
	asked  map[string]fault.List // what was near words that mean nothing
	meant  map[string]*unit.Unit // level and compact word → what a person said that it means
}

func (t *Transfer) places(ctx context.Context) (*places, error) {
	units, err := t.tree.Territory(ctx)
	if err != nil {
		return nil, err
	}
	ministry, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	today := t.tree.Today(ctx)
	units = slices.DeleteFunc(units, func(u unit.Unit) bool { return u.Until != nil && !today.Before(*u.Until) }) // what has ended takes nobody in
	return newPlaces(newPlaceKinds(ministry.Profile, t.words), units), nil
}

func newPlaces(kinds *placeKinds, units []unit.Unit) *places {
	p := &places{
		byCode: map[string]*unit.Unit{}, byName: map[string][]*unit.Unit{}, byStem: map[string][]*unit.Unit{}, byRoot: map[string][]*unit.Unit{},
		levels: make(map[int64]string, len(units)), kinds: kinds, asked: map[string]fault.List{}, meant: map[string]*unit.Unit{},
	}
	note := func(by map[string][]*unit.Unit, u *unit.Unit, word string) {
		if word = u.Level + " " + word; !slices.Contains(by[word], u) {
			by[word] = append(by[word], u)
		}
	}
	for k := range units {
		u := &units[k]
		p.levels[u.ID] = u.Level
		if u.Level != unit.Region && u.Level != unit.District {
			continue
		}
		p.byCode[placeCode(u.Level, u.Code)] = u
		kinds.learn(u)
		for _, name := range u.Name {
			note(p.byName, u, compact(name))
			note(p.byStem, u, kinds.stem(name))
			note(p.byRoot, u, kinds.root(name))
		}
	}
	return p
}

// level returns the level of the unit that an institution belongs to.
func (p *places) level(ctx context.Context, s *Service, u unit.Unit) (string, error) {
	if u.ParentID != nil && p.levels[*u.ParentID] != "" {
		return p.levels[*u.ParentID], nil
	}
	return s.levelAbove(ctx, u)
}

func placeCode(level, code string) string {
	code, _ = plainCode(code)
	return level + " " + strings.TrimLeft(code, "0")
}

// find returns the units of a level that a file calls code or name, within a unit.
func (p *places) find(level, said string, within *unit.Unit) []*unit.Unit {
	if u := p.byCode[placeCode(level, said)]; u != nil {
		return []*unit.Unit{u}
	}
	if found := inside(p.byName[level+" "+compact(said)], within); found != nil {
		return found
	}
	if stem := p.kinds.stem(said); stem != "" {
		if found := inside(p.kinds.narrow(p.byStem[level+" "+stem], said), within); found != nil {
			return found
		}
		if found := inside(p.kinds.narrow(p.byRoot[level+" "+p.kinds.root(said)], said), within); found != nil {
			return found
		}
	}
	if level == unit.District {
		return p.both(said, within)
	}
	return nil
}

// both finds the district of a cell that says its region too: region/district.
func (p *places) both(said string, within *unit.Unit) []*unit.Unit {
	parts := strings.FieldsFunc(strings.ReplaceAll(said, " - ", "/"), func(r rune) bool { return strings.ContainsRune("/,;()|–—", r) })
	var found []*unit.Unit
	for k, region := range parts {
		for n, district := range parts {
			if n == k || len(parts) > 4 {
				continue
			}
			for _, r := range p.find(unit.Region, region, nil) {
				if within != nil && r.ID != within.ID {
					continue
				}
				for _, d := range p.find(unit.District, district, r) {
					if !slices.Contains(found, d) {
						found = append(found, d)
					}
				}
			}
		}
	}
	return found
}

// near are places of a level whose names are one mistake away from a word that means
// none; nil where there are none.
func (p *places) near(level, said string, within *unit.Unit) fault.List {
	word := level + " " + compact(said)
	if within != nil {
		word = within.Code + " " + word
	}
	if list, asked := p.asked[word]; asked {
		return list
	}
	var found []*unit.Unit
	stem := p.kinds.stem(said)
	for known, units := range p.byStem {
		name, of := strings.CutPrefix(known, level+" ")
		if !of || !locale.OneMistake(stem, name) || len(name) > len(stem)+1 {
			continue
		}
		for _, u := range inside(units, within) {
			if !slices.Contains(found, u) {
				found = append(found, u)
			}
		}
	}
	slices.SortFunc(found, func(a, b *unit.Unit) int { return cmp.Compare(a.ID, b.ID) })
	var list fault.List
	for _, u := range found[:min(len(found), shownNear)] {
		list = append(list, fault.Text(u.Name))
	}
	p.asked[word] = list
	return list
}

// inside leaves out the units that do not lie within another; nil leaves out none.
func inside(units []*unit.Unit, within *unit.Unit) []*unit.Unit {
	var found []*unit.Unit
	for _, u := range units {
		if within == nil || unit.Within(u.Path, within.Path) {
			found = append(found, u)
		}
	}
	return found
}

// mean notes what words mean; wrong are the numbers of those that mean no one place.
func (p *places) mean(words []PlaceWord) (wrong []int) {
	for k, w := range words {
		found := p.find(w.Level, w.Place, nil)
		if len(found) != 1 || w.Level != unit.Region && w.Level != unit.District || compact(w.Word) == "" {
			wrong = append(wrong, k)
			continue
		}
		p.meant[w.Level+" "+compact(w.Word)] = found[0]
	}
	return wrong
}

// located is where a row lies: the unit, or the target at fault and a message key.
type located struct {
	unit   *unit.Unit
	target string
	key    string
	args   fault.Args
}

// locate finds the unit that a row belongs to: the district where it names one,
// else the region. Codes are believed before names.
func (p *places) locate(regionCode, region, districtCode, district string) located {
	r, wrong := p.one(unit.Region, nil, targetRegionCode, regionCode, targetRegion, region)
	if wrong.key != "" {
		return wrong
	}
	d, wrong := p.one(unit.District, r, targetDistrictCode, districtCode, targetDistrict, district)
	if wrong.key != "" {
		return wrong
	}
	switch {
	case d == nil && r == nil:
		return located{key: "import.row.no_place"}
	case d == nil:
		return located{unit: r}
	case r != nil && !unit.Within(d.Path, r.Path):
		target := targetDistrict
		if districtCode != "" {
			target = targetDistrictCode
		}
		return located{target: target, key: "import.row.other_region"}
	}
	return located{unit: d}
}

// one finds the one unit of a level that is meant; nil where the row says nothing.
func (p *places) one(level string, within *unit.Unit, codeTarget, code, nameTarget, name string) (*unit.Unit, located) {
	target, said := codeTarget, code
	if said == "" {
		target, said = nameTarget, name
	}
	if said == "" {
		return nil, located{}
	}
	if u := p.meant[level+" "+compact(said)]; u != nil {
		return u, located{}
	}
	found := p.find(level, said, within)
	switch {
	case len(found) == 1:
		return found[0], located{}
	case len(found) > 1:
		return nil, located{target: target, key: "import.row.ambiguous_place"}
	case within != nil && len(p.find(level, said, nil)) > 0:
		return nil, located{target: target, key: "import.row.other_region"}
	}
	if _, key := plainCode(said); key != "" {
		return nil, located{target: target, key: key}
	}
	if near := p.near(level, said, within); near != nil {
		return nil, located{target: target, key: "import.row.near_place", args: fault.Args{"Choices": near}}
	}
	return nil, located{target: target, key: "import.row.unknown_place"}
}

// typeWords are the types of institution by what a file may call them: id, name in
// any language, short name, other spellings.
func typeWords(p *profile.Profile) map[string]string {
	words := map[string]string{}
	add := func(id string, names ...string) {
		for _, s := range names {
			if s = compact(s); s != "" && words[s] == "" {
				words[s] = id
			}
		}
	}
	for k := range p.Types {
		add(p.Types[k].ID, p.Types[k].ID)
	}
	for k := range p.Types {
		t := &p.Types[k]
		for _, s := range t.Name {
			add(t.ID, s)
		}
		for _, s := range t.Short {
			add(t.ID, s)
		}
		add(t.ID, t.Aliases...)
	}
	return words
}
