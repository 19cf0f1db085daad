package registry

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/record"
	"mektep/core/unit"
)

// places finds units of the territory by what a file calls them.
type places struct {
	now   *atlas               // what there is today
	other *atlas               // what has ended, or is to come
	times *times               // what places were called and where they lay at other times
	units map[int64]*unit.Unit // of the territory, by id
	inner map[int64]bool       // those in which a district of today lies
	kinds *placeKinds
	asked map[string]fault.List // what was near words that mean nothing
	meant map[string]answer     // level, region and compact word → what a person said that it means
}

// atlas is a part of the territory by what files may call it.
type atlas struct {
	kinds  *placeKinds
	byCode map[string]*unit.Unit   // level and code; leading zeros, which spreadsheets lose, do not count
	byName map[string][]*unit.Unit // level and compact name
	byStem map[string][]*unit.Unit // level and name without the words for the kind of place
	byRoot map[string][]*unit.Unit // the same without the endings of adjectives
}

func (l *lists) places(ctx context.Context) (*places, error) {
	units, err := l.s.tree.Territory(ctx)
	if err != nil {
		return nil, err
	}
	ministry, err := l.s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	all, err := l.s.tree.Elsewhen(ctx)
	if err != nil {
		return nil, err
	}
	today := l.s.tree.Today(ctx)
	p := newPlaces(newPlaceKinds(ministry.Profile, l.words), units, today)
	p.times = newTimes(p.kinds, units, append(all, elsewhen(ministry.Profile, units, today)...), today)
	return p, nil
}

func newPlaces(kinds *placeKinds, units []unit.Unit, today time.Time) *places {
	p := &places{
		now: newAtlas(kinds), other: newAtlas(kinds),
		units: make(map[int64]*unit.Unit, len(units)), inner: map[int64]bool{}, kinds: kinds, asked: map[string]fault.List{}, meant: map[string]answer{},
	}
	for k := range units {
		u := &units[k]
		p.units[u.ID] = u
		switch {
		case u.Level != unit.Region && u.Level != unit.District:
		case u.OpenOn(today):
			kinds.learn(u)
			p.now.add(u)
			if u.ParentID != nil {
				p.inner[*u.ParentID] = true
			}
		default: // makes no word of today's ambiguous
			p.other.add(u)
		}
	}
	p.times = newTimes(kinds, units, nil, today)
	return p
}

func newAtlas(kinds *placeKinds) *atlas {
	return &atlas{
		kinds: kinds, byCode: map[string]*unit.Unit{},
		byName: map[string][]*unit.Unit{}, byStem: map[string][]*unit.Unit{}, byRoot: map[string][]*unit.Unit{},
	}
}

func (a *atlas) add(u *unit.Unit) {
	a.byCode[placeCode(u.Level, u.Code)] = u
	a.addNames(u)
}

func (a *atlas) addNames(u *unit.Unit) {
	note := func(by map[string][]*unit.Unit, word string) {
		if word = u.Level + " " + word; !slices.Contains(by[word], u) {
			by[word] = append(by[word], u)
		}
	}
	for _, name := range u.Name {
		note(a.byName, locale.Compact(name))
		note(a.byStem, a.kinds.stem(name))
		note(a.byRoot, a.kinds.root(name))
	}
}

// level returns the level of the unit that an institution belongs to.
func (p *places) level(ctx context.Context, s *Service, i record.Head) (string, error) {
	if i.ParentID == nil {
		return "", nil
	}
	if u := p.units[*i.ParentID]; u != nil {
		return u.Level, nil
	}
	above, err := s.tree.ByID(ctx, *i.ParentID)
	return above.Level, err
}

func placeCode(level, code string) string {
	code, _ = intake.PlainCode(code)
	return level + " " + strings.TrimLeft(code, "0")
}

// find returns the units of a level that a file calls code or name, within a unit.
func (a *atlas) find(level, said string, within *unit.Unit) []*unit.Unit {
	if u := a.byCode[placeCode(level, said)]; u != nil {
		return []*unit.Unit{u}
	}
	if found := inside(a.byName[level+" "+locale.Compact(said)], within); found != nil {
		return found
	}
	if stem := a.kinds.stem(said); stem != "" {
		if found := inside(a.kinds.narrow(a.byStem[level+" "+stem], said), within); found != nil {
			return found
		}
		if found := inside(a.kinds.narrow(a.byRoot[level+" "+a.kinds.root(said)], said), within); found != nil {
			return found
		}
	}
	if level == unit.District {
		return a.both(said, within)
	}
	return nil
}

// both finds the district of a cell that says its region too: region/district.
func (a *atlas) both(said string, within *unit.Unit) []*unit.Unit {
	parts := strings.FieldsFunc(strings.ReplaceAll(said, " - ", "/"), func(r rune) bool { return strings.ContainsRune("/,;()|–—", r) })
	var found []*unit.Unit
	for k, region := range parts {
		for n, district := range parts {
			if n == k || len(parts) > 4 {
				continue
			}
			for _, r := range a.find(unit.Region, region, nil) {
				if within != nil && r.ID != within.ID {
					continue
				}
				for _, d := range a.find(unit.District, district, r) {
					if !slices.Contains(found, d) {
						found = append(found, d)
					}
				}
			}
		}
	}
	return found
}

// near are places of a level whose names are one mistake away from a word that means none,
// or have it in them, or are one of its words; nil where there are none.
func (p *places) near(level, said string, within *unit.Unit) fault.List {
	word := level + " " + locale.Compact(said)
	if within != nil {
		word = within.Code + " " + word
	}
	if list, asked := p.asked[word]; asked {
		return list
	}
	own, _ := p.kinds.part(strings.NewReplacer("-", " ", "/", " ", ",", " ").Replace(said))
	stem := p.kinds.stem(said)
	found := p.alike(level, within, func(name string) bool { return locale.OneMistake(stem, name) && len(name) <= len(stem)+1 })
	if len(found) == 0 { // the name with the word of an office, or a number
		found = p.alike(level, within, func(name string) bool { return len(name) >= shortestPart && slices.Contains(own, name) })
	}
	if len(found) == 0 { // a part of the name
		found = p.alike(level, within, func(name string) bool {
			return slices.ContainsFunc(own, func(w string) bool { return len([]rune(w)) >= shortestPart && strings.Contains(name, w) })
		})
	}
	var list fault.List
	found = found[:min(len(found), intake.ShownNear)]
	for _, u := range found {
		list = append(list, p.told(u, found))
	}
	p.asked[word] = list
	return list
}

// told is what a place is called beside others: of several of one name with what each lies in.
func (p *places) told(u *unit.Unit, beside []*unit.Unit) any {
	again := slices.ContainsFunc(beside, func(o *unit.Unit) bool {
		return o != u && slices.ContainsFunc(slices.Collect(maps.Values(o.Name)), func(name string) bool {
			return slices.Contains(slices.Collect(maps.Values(u.Name)), name)
		})
	})
	if !again {
		return fault.Text(u.Name)
	}
	return p.withRegion(u)
}

// withRegion is what a place is called, with what it lies in.
func (p *places) withRegion(u *unit.Unit) any {
	if u.Level == unit.Region || u.ParentID == nil || p.times.units[*u.ParentID] == nil {
		return fault.Text(u.Name)
	}
	return fault.Phrase{Key: "import.place.coded", Args: fault.Args{"Name": fault.Text(u.Name), "Code": fault.Text(p.times.units[*u.ParentID].Name)}}
}

// shortestPart is how many letters of a name say which is meant.
const shortestPart = 4

// alike are the places of a level within a unit of whose own names one is as like says.
func (p *places) alike(level string, within *unit.Unit, like func(name string) bool) []*unit.Unit {
	var found []*unit.Unit
	for _, known := range []map[string][]*unit.Unit{p.now.byStem, p.now.byRoot} {
		for word, units := range known {
			name, of := strings.CutPrefix(word, level+" ")
			if !of || !like(name) {
				continue
			}
			for _, u := range inside(units, within) {
				if !slices.Contains(found, u) {
					found = append(found, u)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b *unit.Unit) int { return cmp.Compare(a.ID, b.ID) })
	return found
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
