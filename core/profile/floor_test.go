package profile

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/laid"
	"mektep/profiles"
)

// decided walks every key of every type of the files and calls each with its name in
// the table of floors.
func decided(each func(key string)) {
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		if seen[t] || t == casesType {
			return
		}
		seen[t] = true
		for _, k := range specOf(t).keys {
			switch {
			case k.typ.Kind() == reflect.Slice && specOf(k.typ.Elem()).entry:
				walk(k.typ.Elem())
			case structural(k) && k.typ.Kind() == reflect.Struct && k.typ != textType:
				walk(k.typ)
			case !structural(k):
				each(t.Name() + "." + k.name)
			}
		}
	}
	for _, t := range fileTypes {
		walk(t)
	}
	walk(calendarType)
}

// A word of tomorrow must be decided: either the law holds it, or it is the ministry's own.
func TestEveryWordIsTheLawsOrTheMinistrysOwn(t *testing.T) {
	known := map[string]bool{}
	decided(func(key string) {
		known[key] = true
		_, law := floors[key]
		if own := slices.Contains(ministrysOwn, key); law == own {
			t.Errorf("%q: put it into floors, or into ministrysOwn", key)
		}
	})
	for key := range floors {
		if !known[key] {
			t.Errorf("there is no %s any more", key)
		}
	}
	for _, key := range ministrysOwn {
		if !known[key] {
			t.Errorf("there is no %s any more", key)
		}
	}
}

// place is a mapping of a built-in file and the way to it.
type place struct {
	file string
	typ  reflect.Type
	of   *node
	in   *node
}

// places finds every mapping of the built-in countries.
func places(t *testing.T) []place {
	t.Helper()
	var out []place
	var walk func(file string, typ reflect.Type, n, in *node)
	walk = func(file string, typ reflect.Type, n, in *node) {
		if n == nil || n.kind != mapNode {
			return
		}
		out = append(out, place{file, typ, n, in})
		for _, k := range specOf(typ).keys {
			v := n.get(k.name)
			switch {
			case v == nil:
			case k.typ.Kind() == reflect.Slice && specOf(k.typ.Elem()).entry:
				for _, e := range v.items {
					walk(file, k.typ.Elem(), e, n)
				}
			case structural(k) && k.typ.Kind() == reflect.Struct:
				walk(file, k.typ, v, n)
			}
		}
	}
	for country, folder := range map[string]laid.Folder{"kg": {Built: profiles.FS}, "tr": {Built: profiles.FS}, "example": {Built: readmeProfile(t)}} {
		l := &loader{p: &Profile{}, nodes: map[string]*node{}, tables: map[string]*table{}}
		if _, found := l.load(folder, country); len(found.Mistakes()) > 0 {
			t.Fatal(found)
		}
		for rel, n := range l.nodes {
			walk(country+"/"+rel, typeOfFile(rel), n, nil)
		}
	}
	for rel, text := range map[string]string{ // what no country says yet
		"registers.yaml":          "registers: [{id: r, groups: [{id: g, owner: other, fields: [{id: f, derived: a + b}]}]}]",
		"identifiers.yaml":        `identifiers: [{id: i, strip: "-", upper: true}]`,
		"consent.yaml":            "undertakings: [{id: u, renew_days: 365}]",
		"calendar/2030-2031.yaml": "windows: [{id: w, section: grades, term: term_1, after_close: {by: nobody}}]",
	} {
		n, found := parseYAML(&source{path: rel, text: text})
		if len(found) > 0 {
			t.Fatal(found)
		}
		walk(rel, typeOfFile(rel), n, nil)
	}
	return out
}

// weaker are values that somebody might try in place of a key's: at least one of them is
// weaker, whatever the direction.
func weaker(of *node, k *keySpec) []*node {
	old := of.get(k.name)
	text := func(kind nodeKind, v string) *node { return &node{src: of.src, kind: kind, value: v} }
	list := func(items ...*node) *node { return &node{src: of.src, kind: listNode, items: items} }
	mapping := func(key string, v *node) *node {
		return &node{src: of.src, kind: mapNode, keys: []pair{{name: key, src: of.src, val: v}}}
	}
	out := []*node{text(boolNode, "true"), text(boolNode, "false"), text(intNode, "0"), text(intNode, "100000"), text(textNode, "none"), text(textNode, "change_request"), text(textNode, "another"), text(textNode, "1900-01-01"), list(), list(text(textNode, "another"))}
	out = append(out, list(mapping("role", text(textNode, "teacher"))), list(mapping("value", text(intNode, "0"))), list(mapping("value", text(intNode, "100000"))))
	for _, word := range append([]string{"int", "1801-01-01", "text"}, k.enum...) {
		out = append(out, text(textNode, word))
	}
	if old != nil && old.kind == mapNode {
		for _, p := range old.keys {
			out = append(out, mapping(p.name, text(textNode, "another")))
		}
	}
	return out
}

// Every floor holds against a ministry's layer, at an entry of a country that is built
// in (or, where no country says the key, at one that does), and saying the same again is
// no mistake. Those marked base hold for a country over the base as well.
func TestEveryFloorHolds(t *testing.T) {
	all := places(t)
	try := func(p place, key string, v *node, ministry bool) Findings {
		m := merger{ministry: ministry}
		upper := &node{src: p.of.src, kind: mapNode, keys: []pair{{name: key, src: p.of.src, val: v}}}
		if id := p.of.get("id"); id != nil {
			upper.keys = append([]pair{{name: "id", src: p.of.src, val: id}}, upper.keys...)
			m.entries(p.typ, &node{kind: listNode, items: []*node{p.of}}, &node{kind: listNode, items: []*node{upper}}, p.in)
		} else {
			m.mapping(p.typ, p.of, upper, p.in)
		}
		return m.found
	}
	held := map[string]bool{}
	for _, p := range all {
		for _, k := range specOf(p.typ).keys {
			name := p.typ.Name() + "." + k.name
			f, law := floors[name]
			if !law || isTrue(p.of.get("locked")) {
				continue
			}
			if same := p.of.get(k.name); same != nil {
				if found := try(p, k.name, same, true); len(found) > 0 {
					t.Errorf("%s %s: saying the same again: %s", p.file, name, found)
				}
			}
			if held[name] = held[name] || len(k.enum) == 1; held[name] {
				continue // the only word there is
			}
			held[name] = slices.ContainsFunc(weaker(p.of, k), func(v *node) bool {
				hit := func(ministry bool) bool {
					return slices.ContainsFunc(try(p, k.name, v, ministry), func(x Finding) bool {
						return (x.Code == CodeWeaker || f.all && x.Code == CodeFixed) && (f.all || strings.Contains(x.Message, k.name+": "))
					})
				}
				return hit(true) && hit(false) == (f.base || f.all)
			})
		}
	}
	for name := range floors {
		if !held[name] {
			t.Errorf("%s: nothing that is tried is refused", name)
		}
	}
}

// What two trials laid over a country, and what its own cases had not noticed: each is
// refused at its line, by name (TR-IC-1, KG-ER-6a to 7b).
func TestTRIC1_NoFolderLaidOverTakesAwayWhatTheLawSays(t *testing.T) {
	for _, c := range []struct{ country, file, text, want string }{
		{"kg", "roles.yaml", "roles:\n  - id: tenant_admin\n    guarded: false\n", "3:5: P175 tenant_admin.guarded"},
		{"kg", "roles.yaml", "roles:\n  - id: special_administrator\n    guarded: false\n    before_use: []\n", "4:5: P175 special_administrator.before_use"},
		{"kg", "roles.yaml", "roles:\n  - {id: auditor, granted_by: [{role: teacher, within: unit}]}\n", "P175 auditor.granted_by"},
		{"kg", "roles.yaml", "roles:\n  - {id: tenant_admin, granted_by: [{role: head, within: tenant}, {role: tenant_admin, within: tenant}]}\n", "P175 tenant_admin.granted_by"},
		{"kg", "roles.yaml", "roles:\n  - {id: ministry_officer, level: district}\n", "P175 ministry_officer.level"},
		{"kg", "roles.yaml", "roles:\n  - {id: ministry_officer, granted_by: [{role: district_officer, within: territory}]}\n", "P175 ministry_officer.granted_by"},
		{"kg", "roles.yaml", "roles:\n  - {id: teacher, granted_by: [{role: head, within: tenant, source: kg-78-1 §4.5}]}\n", "P175 teacher.granted_by"},
		{"kg", "roles.yaml", "roles:\n  - {id: responsible_specialist, granted_by: [{role: district_officer, within: territory, source: kg-78-1 §4.4}]}\n", "P175 responsible_specialist.granted_by"},
		{"kg", "roles.yaml", "roles:\n  - {id: teacher, before_use: []}\n", "P175 teacher.before_use"},
		{"kg", "roles.yaml", "roles:\n  - {id: special_administrator, order: optional}\n", "P175 special_administrator.order"},
		{"kg", "roles.yaml", "roles:\n  - {id: head, notify: []}\n", "P175 head.notify"},
		{"kg", "roles.yaml", "roles:\n  - {id: directorate_officer, offices: [odo, ushvo, anpo, upo, sio]}\n", "P175 directorate_officer.offices"},
		{"kg", "roles.yaml", "roles:\n  - {id: auditor, remove: true}\n", "P175 auditor.remove"},
		{"tr", "roles.yaml", "roles:\n  - {id: coordinator_teacher, institutions: []}\n", "P175 coordinator_teacher.institutions"},
		{"kg", "profile.yaml", "switches: [{id: two_person_configuration, on: false}]\n", "P175 two_person_configuration.on"},
		{"tr", "profile.yaml", "switches: [{id: two_person_configuration, remove: true}]\n", "P175 two_person_configuration.remove"},
		{"kg", "profile.yaml", "limits: [{id: session_idle_minutes, values: [{value: 60}]}]\n", "P175 session_idle_minutes.values"},
		{"kg", "profile.yaml", "limits: [{id: session_idle_minutes, values: [{value: 10, until: 2030-12-31}, {value: 60, since: 2031-01-01}]}]\n", "P175 session_idle_minutes.values"},
		{"kg", "profile.yaml", "limits: [{id: session_idle_minutes, values: [{value: 10, until: 2029-12-31}, {value: 60, since: 2030-01-01, until: 2030-01-31}, {value: 10, since: 2030-02-01}]}]\n", "P175 session_idle_minutes.values"},
		{"kg", "profile.yaml", "limits: [{id: password_min_length, values: [{value: 10}]}]\n", "P175 password_min_length.values"},
		{"kg", "profile.yaml", "limits: [{id: window_extension_days, values: [{value: 366}]}]\n", "P175 window_extension_days.values"},
		{"tr", "profile.yaml", "sections: [{id: passport, covers: []}]\n", "P175 passport.covers"},
		{"kg", "registers.yaml", "registers: [{id: institution, groups: [{id: general, fields: [{id: legal_inn, unique: false}]}]}]\n", "P175 legal_inn.unique"},
		{"kg", "registers.yaml", "registers: [{id: institution, groups: [{id: general, fields: [{id: legal_inn, remove: true}]}]}]\n", "P175 legal_inn.remove"},
		{"kg", "registers.yaml", "registers: [{id: learner, groups: [{id: special_needs, sealed: false}]}]\n", "P175 special_needs.sealed"},
		{"kg", "registers.yaml", "registers: [{id: learner, groups: [{id: identity, basis: {consent: special_needs}}]}]\n", "P175 identity.consent"},
		{"kg", "consent.yaml", "undertakings: [{id: annex_1_1, until: 2021-02-01}]\n", "P175 annex_1_1.until"},
		{"kg", "consent.yaml", "forms: [{id: annex_1_2, signer: '\"self\"'}]\n", "P175 annex_1_2.signer"},
		{"kg", "institutions.yaml", "types: [{id: professional_lyceum, group: general}]\n", "P175 professional_lyceum.group"},
		{"tr", "institutions.yaml", "types: [{id: anadolu_lisesi, overseer: tegm}]\n", "P175 anadolu_lisesi.overseer"},
		{"kg", "institutions.yaml", "types: [{id: college, until: 2025-12-31}]\n", "P175 college.until"},
		{"kg", "institutions.yaml", "types: [{id: college, since: 2030-01-01}]\n", "P175 college.since"},
		{"tr", "institutions.yaml", "directorates: [{id: tegm, until: 2026-01-01}]\n", "P175 tegm.until"},
		{"kg", "law.yaml", "laws: [{id: kg-78-1, until: 2022-01-01}]\n", "P175 kg-78-1.until"},
		{"kg", "law.yaml", "laws: [{id: kg-78-1, articles: [{id: \"4.3\", until: 2022-01-01}]}]\n", "P175 4.3.until"},
		{"tr", "calendar/2026-2027.yaml", "windows: [{id: grades_1, opens: year.start, closes: 2027-08-30}]\n", "P175 grades_1:"},
		{"tr", "calendar/2026-2027.yaml", "windows: [{id: passport_autumn, closes: 2027-01-10}]\n", "P175 passport_autumn:"},
		{"tr", "calendar/2026-2027.yaml", "windows: [{id: grades_x, section: grades.term_1, opens: year.start, closes: 2027-08-30 18:00, extended_by: overseer, after_close: {by: change_request}, source: tr-2012-35 §9}]\n", "P175 grades_x:"},
		{"tr", "calendar/2026-2027.yaml", "windows: [{id: passport_winter, section: passport, opens: 2027-01-01, closes: 2027-01-10, types: [ilkokul], extended_by: overseer}]\n", "P175 passport_winter:"},
		{"kg", "calendar/2025-2026.yaml", "windows: [{id: enrolment, closes: year.end}]\n", "P175 enrolment:"},
		{"kg", "calendar/2027-2028.yaml", wholeYear, "P175 own:"},
		{"kg", "calendar/2026-2027.yaml", "windows: [{id: grades_1, extended_by: special_administrator}]\n", "P175 grades_1.extended_by"},
		{"kg", "calendar/2026-2027.yaml", "windows: [{id: passport_confirmation, after_close: {by: change_request}}]\n", "P175 passport_confirmation.by"},
		{"kg", "calendar/2026-2027.yaml", "windows: [{id: grades_1, remove: true}, {id: own, section: grades.quarter_1, opens: quarter_1.start, closes: quarter_1.end + 10d}]\n", "P175 own.extended_by"},
	} {
		over := fstest.MapFS{c.country + "/" + c.file: {Data: []byte(c.text)}}
		p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, c.country)
		if p != nil || !strings.Contains(found.Error(), c.want) || !strings.Contains(found.Error(), "overlay/"+c.country+"/"+c.file+":") {
			t.Errorf("%s %s\n%s: %s", c.country, c.file, c.text, found)
		}
	}
}

// A country over the base may say what the base leaves to it, and drops nothing that the
// base holds.
func TestTRIC1_NoCountryDropsWhatTheBaseHolds(t *testing.T) {
	for text, want := range map[string]string{
		"roles: [{id: tenant_admin, guarded: false}]\n":        "P175 tenant_admin.guarded",
		"roles: [{id: auditor, before_use: []}]\n":             "P175 auditor.before_use",
		"roles: [{id: auditor, identification: none}]\n":       "P175 auditor.identification",
		"roles: [{id: auditor, remove: true}]\n":               "P175 auditor.remove",
		"roles: [{id: auditor, order: required}]\n":            "",
		"roles: [{id: auditor, granted_by: [{role: head}]}]\n": "P175 auditor.granted_by",
	} {
		fsys := readmeProfile(t)
		fsys["example/roles.yaml"].Data = []byte(strings.Replace(string(fsys["example/roles.yaml"].Data), "roles:\n", "roles:\n  - "+strings.TrimSuffix(strings.TrimPrefix(text, "roles: ["), "]\n")+"\n", 1))
		_, found := Load(fsys, "example")
		if want == "" && len(found) > 0 || !strings.Contains(found.Error(), want) {
			t.Errorf("%s: %s", text, found)
		}
	}
}

// What is the ministry's own may be laid over, and what is the law's may be made stricter.
func TestAMinistryLaysItsOwnOver(t *testing.T) {
	for file, text := range map[string]string{
		"roles.yaml":              "roles:\n  - {id: head, name: {en: Principal}, notify: [district, region], before_use: [\"undertaking:annex_1_1\", second_factor], guarded: true}\n  - {id: teacher, order: required}\n",
		"profile.yaml":            "languages: {offered: [ky, ru]}\nlimits: [{id: session_idle_minutes, values: [{value: 10, source: kg-760}]}]\nswitches: [{id: printed_reset_code, on: false}, {id: briefing_before_window, on: true}]\ncontacts:\n",
		"calendar/2026-2027.yaml": "windows: [{id: passport_confirmation, opens: 2026-11-01, closes: 2026-11-20}, {id: twice, section: passport_confirmation, opens: 2026-09-20, closes: 2026-10-01, types: [kindergarten], extended_by: overseer}]\n",
		"calendar/2027-2028.yaml": strings.Replace(wholeYear, "closes: year.end", "closes: quarter_1.start + 4w", 1),
		"calendar/2025-2026.yaml": "windows: [{id: statistics_autumn, remove: true}]\n",
		"institutions.yaml":       "types: [{id: own_type, name: {ky: Борбор, ru: Центр}, group: general, until: 2030-12-31}]\n",
	} {
		over := fstest.MapFS{"kg/" + file: {Data: []byte(text)}}
		p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, "kg")
		if p == nil {
			t.Errorf("%s: %s", file, found)
			continue
		}
		if len(p.Contacts) == 0 {
			t.Error("a heading with nothing under it took the country's contacts away")
		}
	}
}

// TR-IC-8: a ministry that enters its own calendar is not held to what the country
// supposed until then; its own cases, and those of other years, bind as before.
func TestTRIC8_ACaseRestsOnTheCalendarItWasWrittenFor(t *testing.T) {
	for _, c := range []struct {
		country, calendar, cases string
		tried, failed            string
	}{
		{"tr", "id: 2026-2027\nwindows: [{id: passport_autumn, closes: 2026-11-20}]\n", "", "note: P199 not tried", ""},
		{"kg", "id: 2026-2027\nwindows: [{id: passport_confirmation, closes: 2026-11-20}]\n", "", "note: P199 not tried", ""},
		{"kg", "id: 2026-2027\nbreaks: [{id: autumn, start: 2026-11-02, end: 2026-11-15}]\nterms: [{id: quarter_1, end: 2026-11-01}, {id: quarter_2, start: 2026-11-16}]\n", "", "note: P199 not tried", ""},
		{"tr", "id: 2026-2027\nwindows: [{id: passport_autumn, closes: 2026-11-20}]\n", "windows: [{section: passport, at: \"2026-11-22T12:00\", open: true}]\n", "note: P199 not tried", "P199 passport at"},
		{"tr", "", "windows: [{section: passport, at: \"2026-11-22T12:00\", open: false}]\n", "", "P199 passport at"},
		{"kg", "id: 2025-2026\nholidays: [{id: may_days, remove: true}]\n", "", "", "P199 2026-05-05"}, // published: changed by an amendment
	} {
		over := fstest.MapFS{}
		if c.calendar != "" {
			over[c.country+"/calendar/"+c.calendar[4:13]+".yaml"] = &fstest.MapFile{Data: []byte(c.calendar)}
		}
		if c.cases != "" {
			over[c.country+"/cases.yaml"] = &fstest.MapFile{Data: []byte(c.cases)}
		}
		p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, c.country)
		if p == nil {
			t.Errorf("%s: %s", c.calendar, found)
			continue
		}
		if built, _ := Load(profiles.FS, c.country); p.CaseCount() != built.CaseCount()+strings.Count(c.cases, "at:") {
			t.Errorf("%s: %d cases, the country's own are not among them", c.cases, p.CaseCount())
		}
		if failed := p.Test(); failed.Error() == "" != (c.failed == "") || !strings.Contains(failed.Error(), c.failed) {
			t.Errorf("%s%s: fails %q", c.calendar, c.cases, failed.Error())
		}
		if (c.tried == "") != (p.Notes.Error() == "") || !strings.Contains(p.Notes.Error(), c.tried) {
			t.Errorf("%s: notes %q", c.calendar, p.Notes.Error())
		}
	}
}

// wholeYear is a school year that no country has, with a section open all of it.
const wholeYear = `id: 2027-2028
status: provisional
name: {ky: 2027–2028, ru: 2027–2028}
start: 2027-09-01
end: 2028-08-31
terms: [{id: quarter_1, name: {ky: Чейрек, ru: Четверть}, start: 2027-09-15, end: 2028-05-25}]
windows: [{id: own, section: enrolment, opens: year.start, closes: year.end, extended_by: overseer}]
`

// The same for what else is the ministry's own: a field that must be there.
func TestACaseDoesNotKnowWhatAMinistryAdds(t *testing.T) {
	over := fstest.MapFS{
		"kg/registers.yaml": {Data: []byte("registers: [{id: institution, groups: [{id: general, fields: [{id: wing, name: {ky: Канат, ru: Крыло}, type: text, required: \"true\"}]}]}]\n")},
	}
	p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, "kg")
	if p == nil {
		t.Fatal(found)
	}
	if failed := p.Test(); len(failed) > 0 {
		t.Error(failed)
	}
}

// KG-ER-6b to 6d, TR-IC-1: a case that expects something to be given or accepted does not
// bind a ministry that is stricter. Every such case is tried: each giver is taken away,
// each field of a record that must pass is demanded.
func TestKGER6b_ACaseOfWhatIsGivenDoesNotBindAStricterMinistry(t *testing.T) {
	narrowed, demanded := 0, 0
	for _, country := range []string{"kg", "tr"} {
		built, found := Load(profiles.FS, country)
		if built == nil {
			t.Fatal(found)
		}
		lay := func(file, text, note string) {
			over := fstest.MapFS{country + "/" + file: {Data: []byte(text)}}
			p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, country)
			if p == nil {
				t.Errorf("%s: %s", text, found)
				return
			}
			if failed := p.Test(); len(failed) > 0 {
				t.Errorf("%s: %s", text, failed)
			}
			if !strings.Contains(p.Notes.Error(), note) {
				t.Errorf("%s: notes %q", text, p.Notes)
			}
		}
		for _, c := range built.Cases.Grants {
			var rest []string
			for _, g := range built.Role(c.Role).GrantedBy {
				if g.Role != c.By {
					text := "{role: " + g.Role + ", within: " + g.Within
					if len(g.Institutions) > 0 {
						text += ", institutions: [" + strings.Join(g.Institutions, ", ") + "]"
					}
					if g.Source != "" {
						text += ", source: " + g.Source
					}
					rest = append(rest, text+"}")
				}
			}
			if !c.Allow || len(rest) == 0 {
				continue
			}
			narrowed++
			lay("roles.yaml", "roles: [{id: "+c.Role+", granted_by: ["+strings.Join(rest, ", ")+"]}]\n", "note: P199 not tried")
		}
		for _, c := range built.Cases.Fields {
			var groups []string
			for i := range built.Register(c.Register).Groups {
				g := &built.Register(c.Register).Groups[i]
				var fields []string
				for k := range g.Fields {
					if f := &g.Fields[k]; f.RequiredExpr == "" && len(c.Faults) == 0 {
						demanded++
						fields = append(fields, "{id: "+f.ID+", required: \"true\"}")
					}
				}
				groups = append(groups, "{id: "+g.ID+", fields: ["+strings.Join(fields, ", ")+"]}")
			}
			lay("registers.yaml", "registers: [{id: "+c.Register+", groups: ["+strings.Join(groups, ", ")+"]}]\n", "")
		}
	}
	if narrowed < 2 || demanded < 10 {
		t.Errorf("%d givers were taken away, %d fields demanded", narrowed, demanded)
	}
	p, _ := LoadOver(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{"kg/roles.yaml": {Data: []byte("roles: [{id: head, granted_by: [{role: special_administrator, within: tenant, source: kg-78-1 §1.3}]}]\n")}}}, "kg")
	if p == nil || p.MayGrant("district_officer", "head", "general") != nil || len(p.untried) != 2 {
		t.Error("the case that a district gives no head of a lyceum is tried all the same")
	}
}

// A value that is none of its key is called that, whatever the layer below says: of every
// floor whose place the countries fill, and of conditions and names as well.
func TestWhatIsNoValueIsNotCalledWeaker(t *testing.T) {
	tried := 0
	for _, p := range places(t) {
		for _, k := range specOf(p.typ).keys {
			f, law := floors[p.typ.Name()+"."+k.name]
			if !law || isTrue(p.of.get("locked")) || k.typ == textType || k.name == "remove" {
				continue
			}
			for _, v := range []*node{{kind: textNode, value: "another"}, {kind: intNode, value: "3"}, {kind: boolNode, value: "true"}, {kind: listNode}, {kind: mapNode}, {kind: nullNode}} {
				v.src = p.of.src
				var d decoder
				if d.value(v, k, reflect.New(k.typ).Elem(), p.typ); len(d.found) == 0 {
					continue // it may be one
				}
				m := merger{ministry: true}
				out := m.mapping(p.typ, p.of, &node{src: p.of.src, kind: mapNode, keys: []pair{{name: k.name, src: p.of.src, val: v}}}, p.in)
				d = decoder{}
				if now := out.get(k.name); now != nil {
					d.value(now, k, reflect.New(k.typ).Elem(), p.typ)
				}
				said := append(slices.Clone(m.found), d.found...)
				if len(said) == 0 || slices.ContainsFunc(said, func(x Finding) bool { return x.Code == CodeWeaker || x.Code == CodeFixed }) {
					t.Errorf("%s %s.%s, %s for %s: %v (%+v)", p.file, p.typ.Name(), k.name, v.kind, k.typ, said, f.may.says)
				}
				tried++
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d values were tried", tried)
	}
	for _, c := range []struct{ file, text, want, not string }{
		{"registers.yaml", "registers: [{id: institution, groups: [{id: general, fields: [{id: legal_inn, unique: 3}]}]}]\n", "P102 unique must be true or false", "P175"},
		{"roles.yaml", "roles:\n  - id: auditor\n    guarded: \"yes\"\n", "3:14: P102 guarded must be true or false", "P175"},
		{"roles.yaml", "roles:\n  - {id: auditor, before_use: second_factor}\n", "P102 before_use must be a list", "P175"},
		{"roles.yaml", "roles:\n  - {id: special_administrator, order: allways}\n", "P105 order cannot be", "P175"},
		{"roles.yaml", "roles:\n  - {id: auditor, granted_by: [{role: tenant_amdin}]}\n", "P106", "P175"},
		{"registers.yaml", "registers: [{id: institution, groups: [{id: general, fields: [{id: legal_inn, when: 'capacity == \"emergency\"'}]}]}]\n", "P130", "P175"},
		{"profile.yaml", "limits: [{id: session_idle_minutes, values: ten}]\n", "P102 values must be a list", "P175"},
		{"roles.yaml", "roles:\n  - id: auditor\n    guarded: \"yes\"\n    before_use: []\n", "P175 auditor.before_use", "auditor.guarded"},
	} {
		over := fstest.MapFS{"kg/" + c.file: {Data: []byte(c.text)}}
		p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, "kg")
		if p != nil || !strings.Contains(found.Error(), c.want) || strings.Contains(found.Error(), c.not) {
			t.Errorf("%s: %s", c.text, found)
		}
	}
}

// A copy that kept the id of what it was copied from, or was given one that is taken, is
// another entry and no change of that one: it is refused at its id, of every list whose
// entries have names. What says only what differs renames as before.
func TestACopyUnderATakenIDIsRefused(t *testing.T) {
	built := func(rel string) *node {
		l := &loader{p: &Profile{}, nodes: map[string]*node{}, tables: map[string]*table{}}
		if _, found := l.load(laid.Folder{Built: profiles.FS}, "kg"); len(found.Mistakes()) > 0 {
			t.Fatal(found)
		}
		return l.nodes[rel]
	}
	refused := func(typ reflect.Type, list, lower, upper *node) bool {
		m := merger{ministry: true}
		m.entries(typ, list, &node{src: lower.src, kind: listNode, items: []*node{upper}}, nil)
		return len(m.found) > 0 && m.found[0].Code == CodeDuplicate && strings.Contains(m.found[0].Message, "id of its own")
	}
	with := func(n *node, key string, v *node) *node {
		c := *n
		c.keys = slices.Clone(n.keys)
		for i := range c.keys {
			if c.keys[i].name == key {
				c.keys[i].val = v
			}
		}
		return &c
	}
	tried := 0
	for file, keys := range map[string][]string{"roles.yaml": {"roles"}, "institutions.yaml": {"types", "directorates", "groups"}, "references.yaml": {"books"}, "identifiers.yaml": {"identifiers"}, "consent.yaml": {"forms", "undertakings"}, "registers.yaml": {"registers"}} {
		n := built(file)
		for _, key := range keys {
			list, typ := n.get(key), specOf(fileTypes[file]).key(key).typ.Elem()
			for i, e := range list.items {
				next := list.items[(i+1)%len(list.items)]
				if isTrue(e.get("locked")) || next == e || sameNode(e.get("name"), next.get("name")) {
					continue
				}
				tried++
				if !refused(typ, list, e, with(next, "id", e.get("id"))) {
					t.Errorf("%s: %s under the id of %s", key, valueOf(next.get("id")), valueOf(e.get("id")))
				}
				own := &node{src: e.src, kind: mapNode, keys: []pair{{name: "id", src: e.src, val: e.get("id")}, {name: "name", src: e.src, val: &node{src: e.src, kind: mapNode, keys: []pair{{name: "ky", src: e.src, val: &node{kind: textNode, value: "Өзүбүздүкү"}}}}}}}
				if refused(typ, list, e, own) {
					t.Errorf("%s: %s may not be renamed", key, valueOf(e.get("id")))
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d copies were tried", tried)
	}
	for _, c := range []struct{ text, want string }{
		{"roles:\n  - id: auditor\n    name: {ky: Талдоочу, ru: Аналитик, en: Analyst, tr: Analist}\n    level: ministry\n    person: official\n    granted_by: [{role: tenant_admin, within: tenant, source: kg-78-1 §4.2}]\n    order: optional\n    identification: required\n    before_use: [second_factor]\n    guarded: true\n", `2:9: P103 the id "auditor" is taken by "Auditor" in the layer below`},
		{"roles: [{id: auditor, name: {en: Ministry officer}}]\n", `P103 the id "auditor" is taken`},
		{"roles: [{id: auditor, name: {en: Inspector}}]\n", ""},
	} {
		over := fstest.MapFS{"kg/roles.yaml": {Data: []byte(c.text)}}
		p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "overlay"}, "kg")
		if (p == nil) != (c.want != "") || !strings.Contains(found.Error(), c.want) {
			t.Errorf("%s: %s", c.text, found)
		}
	}
}
