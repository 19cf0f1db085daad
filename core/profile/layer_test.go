package profile

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mektep/core/laid"
	"mektep/profiles"
)

func overlay(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// loadOver loads a profile with files of a ministry laid over its folder.
func loadOver(t *testing.T, id string, files fstest.MapFS) (*Profile, Findings) {
	t.Helper()
	laidOver := fstest.MapFS{}
	for name, f := range files {
		laidOver[id+"/"+name] = f
	}
	return LoadOver(laid.Folder{Built: readmeProfile(t), Over: laidOver, OverName: "overlay"}, id)
}

func TestAMinistrysLayerLiesOverTheCountrys(t *testing.T) {
	p, found := loadOver(t, "example", overlay(map[string]string{
		"profile.yaml":                 "contacts: [{id: support, phone: \"1234\"}]\nlimits: [{id: session_idle_minutes, values: [{value: 8}]}]\n",
		"registers.yaml":               "registers: [{id: institution, groups: [{id: infrastructure, fields: [{id: pool, name: {en: Pool}, type: bool}, {id: area, remove: true}]}]}]\n",
		"references/heating_types.csv": "code,name.en\nboiler,Boiler of our own\nsun,Sun\n",
		"texts/annex_1_1.en.md":        "Our wording.\n",
		"roles.yaml":                   "roles: [{id: head, notify: [district, region]}]\n",
	}))
	if len(found) > 0 {
		t.Fatal(found)
	}
	c := p.Contact("support")
	if c.Phone != "1234" || c.Email != "help@edu.example" || c.Name.In("tr") != "Destek masası" {
		t.Errorf("a key of the layer replaces that key alone: %+v", c)
	}
	r := p.Register("institution")
	if r.Field("pool") == nil || r.Field("area") != nil || r.Field("heating") == nil {
		t.Error("fields are added and removed by id")
	}
	if p.ItemName("heating_types", "boiler", on("2026-01-01")).In("en") != "Boiler of our own" || len(p.ItemsAt("heating_types", on("2026-01-01"))) != 3 {
		t.Error("entries of a book are laid over by code")
	}
	if _, text, _ := p.Undertaking("annex_1_1", "en"); text != "Our wording." {
		t.Error("a text of the layer takes the place of the country's")
	}
	if len(p.Role("head").Notify) != 2 || p.Role("head").GrantedBy[0].Role != "county_officer" || p.Limit("session_idle_minutes", on("2026-01-01")) != 8 {
		t.Error("lists without ids are replaced, the rest stays")
	}
	plain := example(t)
	if p.Hash == plain.Hash || plain.Hash != example(t).Hash {
		t.Error("the hash tells contents apart, and nothing else")
	}
}

// lockedGrace is the page's profile over a base that locks a limit.
func lockedGrace(t *testing.T) fstest.MapFS {
	t.Helper()
	fsys := readmeProfile(t)
	text := string(fsys["_base/profile.yaml"].Data)
	if !strings.Contains(text, "    most: 31\n") {
		t.Fatal("the base has no such limit")
	}
	fsys["_base/profile.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(text, "    most: 31\n", "    most: 31\n    locked: true\n", 1))}
	return fsys
}

// TR-IC-9: a ministry gives more days after a term than its country, and never fewer than
// the country or ten; the country's windows stay open as long, to the minute, and whatever
// the ministry's files say of the calendar, a window of theirs leaves as many days itself.
func TestTRIC9_AMinistryGivesMoreDaysOfGrace(t *testing.T) {
	over := func(days, calendar string) (*Profile, Findings) {
		files := fstest.MapFS{"tr/profile.yaml": {Data: []byte("limits: [{id: term_grace_days, values: [{value: " + days + "}]}]\n")}}
		if calendar != "" {
			files["tr/calendar/2026-2027.yaml"] = &fstest.MapFile{Data: []byte(calendar)}
		}
		return LoadOver(laid.Folder{Built: profiles.FS, Over: files, OverName: "over"}, "tr")
	}
	country, _ := LoadOver(laid.Folder{Built: profiles.FS}, "tr")
	for days, want := range map[string]int{"10": 10, "15": 15, "31": 31} {
		p, found := over(days, "")
		if p == nil || len(append(found.Mistakes(), p.Test().Mistakes()...)) > 0 {
			t.Fatalf("%s days: %s", days, found)
		}
		tried := 0
		for _, y := range p.Years {
			for i := range y.Windows {
				w, was := &y.Windows[i], &country.index.years[y.ID].Windows[i]
				_, end, ok := y.span(w.Term)
				if until := end.AddDays(want + 1).In(p.Zone); ok && w.Term != "" {
					tried++
					if w.closes.Before(until.Add(-time.Minute)) || w.closes.After(until) {
						t.Errorf("%s days: %s of %s closes at %s", days, w.ID, y.ID, w.closes)
					}
				} else if !w.closes.Equal(was.closes) {
					t.Errorf("%s days: %s of %s, no term's, closes at %s", days, w.ID, y.ID, w.closes)
				}
			}
		}
		if tried == 0 {
			t.Error("no window is about a term")
		}
	}
	for _, c := range []struct{ days, calendar, want string }{
		{"9", "", "P175 term_grace_days.values"},
		{"0", "", "P175 term_grace_days.values"},
		{"32", "", "P174 term_grace_days cannot be more than 31"},
		{"15", "windows: [{id: grades_1, closes: term_1.end + 12d}]\n", "P151 the window closes on"},
		{"15", "windows: [{id: grades_1, closes: term_1.end + 20d}]\n", "P175 grades_1"},
		{"15", "windows: [{id: grades_1, closes: term_1.end + 15d}]\n", ""},
	} {
		if p, found := over(c.days, c.calendar); c.want == "" && p == nil || c.want != "" && !strings.Contains(found.Mistakes().Error(), c.want) {
			t.Errorf("%s days, %s: %s", c.days, c.calendar, found)
		}
	}
}

func TestLockedEntriesCanBeTranslatedAndNothingElse(t *testing.T) {
	for text, want := range map[string]string{
		`limits: [{id: term_grace_days, name: {ky: Күн}}]`:                     `P170 "term_grace_days" is locked`,
		`limits: [{id: term_grace_days, remove: true}]`:                        `P170 "term_grace_days" is locked by an earlier layer; remove`,
		`limits: [{id: term_grace_days, locked: false, values: [{value: 1}]}]`: `P170 "term_grace_days" is locked by an earlier layer; locked`,
		`limits: [{id: term_grace_days, values: [{value: 20}]}]`:               `P170`,
		`limits: [{id: password_min_length, most: 8}]`:                         `P171`,
		`switches: [{id: free_lunch, name: {en: Lunch}, on: true}]`:            `P173 "free_lunch" is not declared`,
		`contacts: [{id: sup_port, remove: true}]`:                             `P172 there is no "sup_port" to remove (did you mean "support"?)`,
	} {
		p, found := LoadOver(laid.Folder{Built: lockedGrace(t), Over: fstest.MapFS{"example/profile.yaml": {Data: []byte(text)}}, OverName: "overlay"}, "example")
		if p != nil || len(found) != 1 && !strings.Contains(text, "locked: false") || !strings.Contains(found.Error(), want) || !strings.HasPrefix(found[0].File, "overlay/example/profile.yaml") {
			t.Errorf("%s:\n%s", text, found)
		}
	}
	// a further language of a locked entry is welcome, in a country that offers it
	fsys := lockedGrace(t)
	text := string(fsys["example/profile.yaml"].Data)
	text = strings.Replace(text, "offered: [en, tr]", "offered: [en, tr, kk]", 1)
	text = strings.Replace(text, "limits:\n", "limits:\n  - {id: term_grace_days, name: {kk: Күндер}}\n", 1)
	fsys["example/profile.yaml"] = &fstest.MapFile{Data: []byte(text)}
	p, found := Load(fsys, "example")
	if len(found) > 0 || p.index.limits["term_grace_days"].Name.In("kk") != "Күндер" || p.Limit("term_grace_days", on("2026-01-01")) != 10 {
		t.Error(found)
	}
}

func TestExtendsMayNotRunInACircle(t *testing.T) {
	fsys := overlay(map[string]string{"a/profile.yaml": "id: a\nextends: b\n", "b/profile.yaml": "id: b\nextends: a\n", "c/profile.yaml": "extends: ../c\n"})
	for id, want := range map[string]Code{"a": CodeCycle, "c": CodeReference, "d": CodeNoFile} {
		if p, found := Load(fsys, id); p != nil || len(found) == 0 || found[0].Code != want {
			t.Errorf("%s: %s", id, found)
		}
	}
}

func TestAFolderOnDiskLiesOverTheEmbeddedOne(t *testing.T) {
	fsys := readmeProfile(t)
	disk := overlay(map[string]string{
		"example/texts/privacy.en.md": "Another wording.\n",
		"second/profile.yaml":         "id: wrong\n",
	})
	all, found := LoadAll(fsys, disk)
	if all["example"] == nil || all["example"].Notice("privacy").Text()["en"] != "Another wording." {
		t.Error("the file on disk was not taken")
	}
	if len(all) != 1 || len(found) == 0 || !strings.HasPrefix(found[0].File, "second/") {
		t.Errorf("a profile with mistakes was not held back, or took the others down: %s", found)
	}
	if found.In("profiles")[0].File != "profiles/second/profile.yaml" || found.Err() == nil || Findings(nil).Err() != nil {
		t.Error("findings")
	}
	if all, found := LoadAll(fsys, nil); len(all) != 1 || len(found) > 0 {
		t.Error("without a folder on disk")
	}
}

func TestPlacesInsideScalars(t *testing.T) {
	for name, c := range map[string]struct {
		yaml      string
		word      string
		line, col int
	}{
		"plain":          {"a: one two\n", "two", 1, 8},
		"quoted":         {"a: \"x \\\"two\\\"\"\n", "two", 1, 9},
		"single":         {"a: 'it''s two'\n", "two", 1, 11},
		"literal":        {"a: |\n  one\n  é two\n", "two", 3, 5},
		"folded":         {"a: >-  # why\n  one\n  and two\n", "two", 3, 7},
		"plain, 2 lines": {"a: one\n  and two\n", "two", 2, 7},
		"nested":         {"k:\n  - {a: one two}\n", "two", 2, 13},
	} {
		root, found := parseYAML(&source{path: "x", text: c.yaml})
		if len(found) > 0 {
			t.Fatal(found)
		}
		n := root.get("a")
		if n == nil {
			n = root.get("k").items[0].get("a")
		}
		before, _, _ := strings.Cut(n.value, c.word)
		offset := len([]rune(before))
		if line, col := n.locate(offset); line != c.line || col != c.col {
			t.Errorf("%s: %d:%d, expected %d:%d", name, line, col, c.line, c.col)
		}
	}
}
