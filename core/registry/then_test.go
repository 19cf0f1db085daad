package registry_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
)

// The day from which an act holds decides whose it is: of a school that lies in another district
// from a day on, by what is entered already, nothing is entered, put right or taken back for a
// later day by the district that it leaves, nor before it comes by the one that it comes to.
func TestKGER6c_OfAFarDayDecidesWhoHasThePlaceThen(t *testing.T) {
	words := gatetest.Words(t, nil)
	for country, role := range map[string]string{"kg": "district_officer", "tr": "district_statistics_officer"} {
		t.Run(country, func(t *testing.T) {
			w := newWorld(t, country)
			here, there := firstDistrict(w), otherDistrict(w)
			typ, other := "secondary_school", "school_gymnasium"
			if country == "tr" {
				typ, other = "ilkokul", "ortaokul"
			}
			leaves, comes, special := w.as(role, here), w.as(role, there), w.ctx
			if country == "kg" {
				special = w.as("special_administrator", w.root)
			}
			turn, on := day(2026, 4, 1), day(2026, 5, 1)
			n := 0
			school := func() registry.Institution {
				n++
				i := w.school(strconv.Itoa(700000+n), "Мектеп "+string(rune('А'+n)), typ, here, nil)
				ok(t, w.s.Move(w.ctx, i.UID, there.UID, w.deed(i, turn)))
				return i
			}
			rename := func(ctx context.Context, i registry.Institution, since time.Time) error {
				return w.s.Rename(ctx, i.UID, map[string]string{w.profile.Main(): "Жаңы ат " + i.Code + i.Name[w.profile.Main()]}, w.deed(i, since))
			}
			acts := map[string]struct {
				first func(i registry.Institution) // entered by the system's hand for the day
				do    func(ctx context.Context, i registry.Institution) error
				only  string
			}{
				"rename": {do: func(ctx context.Context, i registry.Institution) error { return rename(ctx, i, on) }},
				"retype": {do: func(ctx context.Context, i registry.Institution) error {
					return w.s.Retype(ctx, i.UID, other, w.deed(i, on))
				}},
				"close": {do: func(ctx context.Context, i registry.Institution) error {
					return w.s.Close(ctx, i.UID, nil, w.deed(i, on))
				}},
				"move": {only: "tr", do: func(ctx context.Context, i registry.Institution) error {
					return w.s.Move(ctx, i.UID, here.UID, w.deed(i, on))
				}},
				"correct a name": {
					func(i registry.Institution) { ok(t, rename(w.ctx, i, on)) },
					func(ctx context.Context, i registry.Institution) error {
						return w.s.Correct(ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.NameFact, on), Name: map[string]string{w.profile.Main(): "Башка ат " + i.Name[w.profile.Main()]}})
					}, "",
				},
				"withdraw a name": {
					func(i registry.Institution) { ok(t, rename(w.ctx, i, on)) },
					func(ctx context.Context, i registry.Institution) error {
						return w.s.Withdraw(ctx, i.UID, w.slip(i, unit.NameFact, on))
					}, "",
				},
				"withdraw a type": {
					func(i registry.Institution) { ok(t, w.s.Retype(w.ctx, i.UID, other, w.deed(i, on))) },
					func(ctx context.Context, i registry.Institution) error {
						return w.s.Withdraw(ctx, i.UID, w.slip(i, unit.TypeFact, on))
					}, "",
				},
				"put a closing right": {
					func(i registry.Institution) { ok(t, w.s.Close(w.ctx, i.UID, nil, w.deed(i, on))) },
					func(ctx context.Context, i registry.Institution) error {
						return w.s.Correct(ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.ClosingFact, on), Since: on.AddDate(0, 0, 3)})
					}, "",
				},
				"reopen": {
					func(i registry.Institution) { ok(t, w.s.Close(w.ctx, i.UID, nil, w.deed(i, on))) },
					func(ctx context.Context, i registry.Institution) error {
						return w.s.Reopen(ctx, i.UID, w.deed(i, day(2026, 3, 2)))
					}, "tr",
				},
			}
			for name, a := range acts {
				if a.only != "" && a.only != country {
					continue
				}
				i := school()
				if a.first != nil {
					a.first(i)
				}
				f := wants(t, a.do(leaves, i), fault.Denied, "gate.then_moved")
				if f.Rule == "" || f.Law == "" || f.Next == nil || f.Args["Day"] != turn {
					t.Errorf("%s: %+v", name, f)
				}
				if country == "kg" && (f.Rule != "KG-ER-6c" || f.Next.Key != "gate.next.ask_role") {
					t.Errorf("%s: rule %q, next %v", name, f.Rule, f.Next)
				}
				// What is done when, in words: the day of the act and that of the move are not one.
				for _, l := range words.Languages() {
					said := words.Localizer(l.Tag)
					for _, d := range []time.Time{f.Args["On"].(time.Time), turn} {
						if text := said.Fault(f).Reason; !strings.Contains(text, said.Date(d)) && !strings.Contains(text, said.DateLong(d)) {
							t.Errorf("%s, %s: %q does not name %s", name, l.Tag, text, said.Date(d))
						}
					}
				}
				f = wants(t, a.do(comes, i), fault.Denied, "gate.elsewhere")           // not theirs yet
				if sendsTo(f, w.profile, role) && f.Next.Key != "gate.next.from_day" { // nor the other's on that day
					t.Errorf("%s: sent to whom it is refused to: %+v", name, f.Next)
				}
				if err := a.do(special, i); err != nil {
					t.Errorf("%s, by whose it is today and then: %v", name, err)
				}
			}
			// What holds before it leaves is theirs.
			ok(t, rename(leaves, w.school("700020", "Бүгүнкү", typ, here, nil), on))
			ok(t, rename(leaves, school(), day(2026, 3, 20)))
		})
	}
}

// It decides also where what is named lies elsewhere by then: the heir of one that ends, the place
// that one goes to, and the district that goes to another province with all that lies in it.
func TestKGER6c_WhatIsNamedIsReachedOnTheDayAsWell(t *testing.T) {
	w := newWorld(t, "tr")
	here, there := firstDistrict(w), otherDistrict(w)
	turn, on := day(2026, 4, 1), day(2026, 5, 1)
	ends, heir := w.school("700001", "Biten Okul", "ilkokul", here, nil), w.school("700002", "Kalan Okul", "ilkokul", here, nil)
	officer := w.as("district_statistics_officer", here)
	ok(t, w.s.Move(w.ctx, heir.UID, there.UID, w.deed(heir, turn)))
	wants(t, w.s.Close(officer, ends.UID, []string{heir.UID}, w.deed(ends, on)), fault.Denied, "gate.then_moved")
	ok(t, w.s.Close(officer, ends.UID, []string{heir.UID}, w.deed(ends, day(2026, 3, 20))))
	put := func(from, to time.Time) error {
		return w.s.Correct(officer, ends.UID, registry.Correction{Slip: w.slip(ends, unit.ClosingFact, from), Since: to})
	}
	wants(t, put(day(2026, 3, 20), on), fault.Denied, "gate.then_moved") // nor is its day put off until the heir is another's
	ok(t, put(day(2026, 3, 20), day(2026, 3, 22)))

	other := w.school("700003", "Üçüncü Okul", "ilkokul", here, nil)
	province := w.as("province_statistics_officer", regionOf(w, here))
	now, err := w.tree.Get(w.ctx, here.UID)
	ok(t, err)
	ok(t, w.tree.Move(w.ctx, now, regionOf(w, there), turn, "1"))
	rename := func(ctx context.Context, since time.Time) error {
		return w.s.Rename(ctx, other.UID, map[string]string{"tr": "Yeni Ad " + since.Format("2")}, w.deed(other, since))
	}
	f := wants(t, rename(province, on), fault.Denied, "gate.then_moved")
	if f.Args["Day"] != turn {
		t.Errorf("%+v", f.Args)
	}
	wants(t, w.s.Move(w.as("province_statistics_officer", regionOf(w, there)), other.UID, there.UID, w.deed(other, on)), fault.Denied, "gate.elsewhere")
	ok(t, rename(province, day(2026, 3, 20)))
	ok(t, rename(officer, on)) // goes along
}

// Who takes a change of type back, or puts its day right, is asked for the posts of all days whose
// type becomes another by it.
func TestKGER6c_APutRightTypeAsksForThePostsOfItsDays(t *testing.T) {
	w := newWorld(t, "kg")
	i := w.school("", "Мектеп", "secondary_school", firstDistrict(w), nil)
	on := day(2026, 5, 1)
	ok(t, w.s.Retype(w.ctx, i.UID, "school_gymnasium", w.deed(i, on)))
	var asked []string
	w.gate.Set(gate.Checks{Retyped: func(_ context.Context, _, typ string, from time.Time, until *time.Time) error {
		end := "open"
		if until != nil {
			end = until.Format(time.DateOnly)
		}
		asked = append(asked, typ+" "+from.Format(time.DateOnly)+" "+end)
		return nil
	}})
	correct := func(from, since time.Time) {
		ok(t, w.s.Correct(w.ctx, i.UID, registry.Correction{Slip: w.slip(i, unit.TypeFact, from), Since: since, Order: audit.Order{Number: "9", Date: day(2026, 2, 1)}}))
	}
	correct(on, day(2026, 6, 1))
	correct(day(2026, 6, 1), day(2026, 4, 1))
	ok(t, w.s.Withdraw(w.ctx, i.UID, w.slip(i, unit.TypeFact, day(2026, 4, 1))))
	if d := cmp.Diff([]string{
		"secondary_school 2026-05-01 2026-06-01", "school_gymnasium 2026-06-01 open",
		"school_gymnasium 2026-04-01 open", "secondary_school 2026-04-01 open",
	}, asked); d != "" {
		t.Error(d)
	}
}

// sendsTo reports whether the next step of a refusal names a role.
func sendsTo(f *fault.Error, p *profile.Profile, role string) bool {
	next := f.Next.Args
	if inner, is := next["Next"].(fault.Phrase); is {
		next = inner.Args
	}
	list, _ := next["Roles"].(fault.List)
	return slices.ContainsFunc(list, func(x any) bool {
		if at, is := x.(fault.Phrase); is {
			x = at.Args["Role"]
		}
		return cmp.Equal(x, any(fault.Text(p.Role(role).Name)))
	})
}

// Where a later change stands in the way of an act on one's own days, it is put right by whoever has
// that day: whoever may not is not sent to a page where it is refused, but to who may.
func TestKGER6c_WhatStandsInTheWayIsTakenBackByWhoseDayItIs(t *testing.T) {
	words := gatetest.Words(t, nil)
	w := newWorld(t, "kg")
	here, there := firstDistrict(w), otherDistrict(w)
	officer, special := w.as("district_officer", here), w.as("special_administrator", w.root)
	turn, before := day(2026, 4, 1), day(2026, 3, 20)
	i := w.school("700001", "Көчкөн мектеп", "secondary_school", here, nil)
	ok(t, w.s.Move(w.ctx, i.UID, there.UID, w.deed(i, turn)))
	for who, ctx := range map[string]context.Context{"officer": officer, "special": special} {
		f := faulttest.Of(t, w.s.Close(ctx, i.UID, nil, w.deed(i, before)))
		if len(f.Fields) != 1 || f.Fields[0].Key != "unit.later_fact" || f.Next == nil {
			t.Fatalf("%s: %+v", who, f)
		}
		if who == "special" {
			if f.Next.URL != "/institutions/"+i.UID+"/correct" {
				t.Errorf("%s: %+v", who, f.Next)
			}
			continue
		}
		if f.Next.Key != "unit.next.later_fact" || f.Next.Args["Day"] != turn || !sendsTo(f, w.profile, "special_administrator") || sendsTo(f, w.profile, "district_officer") {
			t.Errorf("%s: %+v", who, f.Next)
		}
		for _, l := range words.Languages() {
			if x := words.Localizer(l.Tag).Fault(f); x.NextText == "" || strings.Contains(x.NextText, "{{") {
				t.Errorf("%s: %+v", l.Tag, x)
			}
		}
	}
	// What is said is so: it is refused to the one, and done by the other.
	slip := w.slip(i, unit.PlaceFact, turn)
	wants(t, w.s.Withdraw(officer, i.UID, slip), fault.Denied, "")
	ok(t, w.s.Withdraw(special, i.UID, slip))
	ok(t, w.s.Close(officer, i.UID, nil, w.deed(i, before)))
	// One's own is one's own to put right.
	j := w.school("700002", "Аталган мектеп", "secondary_school", here, nil)
	ok(t, w.s.Rename(officer, j.UID, map[string]string{w.profile.Main(): "Башка ат"}, w.deed(j, turn)))
	if f := faulttest.Of(t, w.s.Close(officer, j.UID, nil, w.deed(j, before))); f.Next == nil || f.Next.URL != "/institutions/"+j.UID+"/correct" {
		t.Errorf("%+v", f)
	}
}
