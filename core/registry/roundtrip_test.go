package registry_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// couldBe are values that a field may have, the awkward ones first; n is the number of the record.
func couldBe(p *profile.Profile, f *profile.Field, n int) (out []any) {
	add := func(values ...any) { out = append(out, values...) }
	switch f.Type.Kind {
	case profile.KindReference, profile.KindReferences:
		items := p.ItemsAt(f.Type.Target, on)
		for k := range items {
			code := items[(k+n)%len(items)].Code
			if f.Type.Kind == profile.KindReference {
				add(code)
			} else {
				add([]string{code, items[(k+n+1)%len(items)].Code}, []string{code})
			}
		}
	case profile.KindBool:
		add(n%2 == 0, n%2 != 0)
	case profile.KindDate:
		add("2019-11-12", "2021-02-03", "1987-01-01", "1900-02-28", "2001-09-01")
	case profile.KindYear:
		add(1987+n%20, 2001)
	case profile.KindInt, profile.KindDecimal:
		if f.Type.Kind == profile.KindDecimal {
			add(41.123456, 29.5, 74.654321, 1234.5678, 1234.567, 1234.56, 1234.5, 12.25, 12.5, 0.5) // the first with as many decimals as are kept
		}
		for _, bound := range []*float64{f.Max, f.Min} {
			if bound != nil {
				add(*bound)
			}
		}
		add(1250.0, 1000.0, 100.0, 12.0, 2.0, 1.0, 0.0)
	case profile.KindIdentifier:
		for k := range p.Identifier(f.Type.Target).Valid {
			add(p.Identifier(f.Type.Target).Valid[k])
		}
	case profile.KindEmail:
		add(fmt.Sprintf("o'kul.%d+a@mail.example", n))
	case profile.KindURL:
		add(fmt.Sprintf("https://okul.example/%d?a=1&b=%%20;c#x,y", n))
	case profile.KindPhone:
		add("+902163456789", "+996312662442")
	case profile.KindText, profile.KindLongText:
		add("=1+1", "007", "1E5", "-", "12.05.2019", `"Şık"; Ғ, ı '№' `+fmt.Sprint(n), "Çağ «Мектеп»", "AB-12")
	}
	if f.Example != "" {
		add(f.Example)
	}
	return out
}

// filledUp are values of as many fields of the register as a record of a type may have at once.
func filledUp(t *testing.T, p *profile.Profile, typ, level string, n int, taken map[string]bool) map[string]any {
	t.Helper()
	reg := p.Register(registry.Institutions)
	fields, next := map[string]any{}, map[string]int{}
	take := func(f *profile.Field) {
		could := couldBe(p, f, n)
		for delete(fields, f.ID); next[f.ID] < len(could); {
			v := could[next[f.ID]]
			next[f.ID]++
			canon, key, _ := f.Canonical(v, profile.DateOf(on))
			if key != "" || f.Unique && taken[fmt.Sprint(f.ID, canon)] {
				continue
			}
			fields[f.ID] = v
			return
		}
	}
	var all []*profile.Field
	for g := range reg.Groups {
		for k := range reg.Groups[g].Fields {
			if f := &reg.Groups[g].Fields[k]; f.DerivedExpr == "" && f.Holds(profile.DateOf(on)) {
				all = append(all, f)
				take(f)
			}
		}
	}
	for range 200 {
		_, wrong := p.ValidateRecord(reg.ID, record.Facts(fields, typ, level), on)
		if len(wrong) == 0 {
			break
		}
		for _, w := range wrong {
			if f := reg.Field(w.Name); profile.NotApplicable(w.Key) {
				delete(fields, w.Name)
			} else if f != nil {
				take(f)
			}
		}
	}
	for _, f := range all {
		if f.Unique && fields[f.ID] != nil {
			canon, _, _ := f.Canonical(fields[f.ID], profile.DateOf(on))
			taken[fmt.Sprint(f.ID, canon)] = true
		}
	}
	return fields
}

// Every field of every type of institution comes back from a file as it was written into it, in every
// language and format: nothing changes, and nothing is found.
func TestEveryFieldOfEveryTypeComesBack(t *testing.T) {
	for country, at := range map[string]func(d *desk) map[string]unit.Unit{
		"tr": func(d *desk) map[string]unit.Unit {
			return map[string]unit.Unit{unit.District: d.byCode["1421"], unit.Region: d.byCode["34"]}
		},
		"kg": func(d *desk) map[string]unit.Unit {
			district := firstDistrict(d.world)
			return map[string]unit.Unit{unit.District: district, unit.Region: d.byCode[d.profile.AreaAt(district.Code, on).Parent]}
		},
	} {
		t.Run(country, func(t *testing.T) {
			d := newDesk(t, country)
			p, places, rows := d.profile, at(d), 0
			had, taken := map[string]bool{}, map[string]bool{}
			for _, typ := range p.TypesAt(on) {
				parents := p.ParentsOf(typ)
				place, there := places[unit.District], slices.Contains(parents, unit.District)
				if !there {
					place, there = places[unit.Region], slices.Contains(parents, unit.Region)
				}
				if !there {
					place = d.root
				}
				fields := filledUp(t, p, typ.ID, place.Level, rows, taken)
				names := map[string]string{}
				for _, tag := range p.Languages.Official {
					names[tag] = fmt.Sprintf("\"%s\" №%d; ı", typ.Name.In(tag), rows)
				}
				own := fmt.Sprint(map[string]int{"tr": 910001, "kg": 700001}[country] + rows)
				if country == "kg" && rows%2 == 0 { // where it need not be there
					own = ""
				}
				_, err := d.s.Create(d.ctx, registry.Entry{
					SameName: true, Parent: place.UID, Type: typ.ID, Name: names, Code: own,
					Since: cmp.Or(typ.Since.Time(), time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC)), Fields: fields, Order: order(),
				})
				if err != nil {
					t.Fatalf("%s: %v", typ.ID, err)
				}
				rows++
				for id := range fields {
					had[id] = true
				}
			}
			for g := range p.Register(registry.Institutions).Groups {
				for _, f := range p.Register(registry.Institutions).Groups[g].Fields {
					if !had[f.ID] && f.DerivedExpr == "" && f.Holds(profile.DateOf(on)) {
						t.Errorf("no type was given a value of %s", f.ID)
					}
				}
			}
			t.Logf("%d types, %d fields", rows, len(had))
			for _, lang := range []string{"tr", "ky", "ru", "en"} {
				for _, format := range []string{"csv", "xlsx"} {
					c := *caller.From(d.ctx)
					c.Language = lang
					ctx := d.known(caller.With(d.ctx, &c))
					_, data := d.export(ctx, record.Query{State: record.All}, format)
					i := d.preview(ctx, string(data))
					if i.Counts.Rows != rows || i.Counts != (transfer.Counts{Rows: rows, Unchanged: rows, Uncoded: i.Counts.Uncoded}) {
						lost := map[string]int{}
						findings, _, err := d.t.Findings(d.ctx, i.UID, 0)
						ok(t, err)
						for _, f := range findings {
							lost[fmt.Sprintf("%s %s %q %v", f.Target, f.Key, f.Value, f.Args)]++
						}
						t.Errorf("%s %s: %+v", lang, format, i.Counts)
						for _, s := range slices.Sorted(maps.Keys(lost)) {
							t.Errorf("  %d × %s", lost[s], s)
						}
					}
				}
			}
		})
	}
}
