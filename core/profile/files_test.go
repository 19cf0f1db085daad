package profile

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/laid"
	"mektep/profiles"
)

// with returns the page's profile with files of its folder changed.
func with(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	fsys := maps.Clone(readmeProfile(t))
	for name, text := range files {
		fsys["example/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func of(t *testing.T, name string) string {
	t.Helper()
	f := readmeProfile(t)["example/"+name]
	if f == nil {
		t.Fatalf("the page has no %s", name)
	}
	return string(f.Data)
}

// A file that a spreadsheet or an editor saved in its own way is read as it was meant.
func TestFilesAreReadAsProgramsSaveThem(t *testing.T) {
	for _, name := range []string{"profile.yaml", "roles.yaml", "calendar/2025-2026.yaml", "territory.csv", "references/heating_types.csv", "texts/privacy.en.md"} {
		text := of(t, name)
		for how, saved := range map[string]string{
			"with a byte order mark": "\ufeff" + text,
			"with CRLF":              strings.ReplaceAll(text, "\n", "\r\n"),
			"with CR":                strings.ReplaceAll(text, "\n", "\r"),
			"with both":              "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"),
		} {
			p, found := Load(with(t, map[string]string{name: saved}), "example")
			if len(found) > 0 {
				t.Errorf("%s %s: %v", name, how, found)
			} else if strings.Contains(p.Notice("privacy").Text()["en"], "\ufeff") {
				t.Errorf("%s %s: the mark is part of the text", name, how)
			}
		}
	}
}

// What cannot be read gives one finding, with the cause and nothing that follows from it.
func TestOnlyTheCauseIsTold(t *testing.T) {
	profileFile, territory := of(t, "profile.yaml"), of(t, "territory.csv")
	for name, c := range map[string]struct {
		file, text, says string
		line             int
	}{
		"a syntax error":           {"profile.yaml", profileFile + "\nbroken: [", "", 0},
		"a tab":                    {"profile.yaml", strings.Replace(profileFile, "  - id: region", "\t- id: region", 1), "", 0},
		"UTF-16":                   {"profile.yaml", "\xff\xfei\x00d\x00", "UTF-16", 1},
		"CSV in UTF-16":            {"territory.csv", "\xff\xfec\x00o\x00", "UTF-16", 1},
		"an empty file":            {"consent.yaml", "", "empty", 1},
		"remarks only":             {"consent.yaml", "# nothing yet\n", "empty", 1},
		"official, not offered":    {"profile.yaml", strings.Replace(profileFile, "official: [en]", "official: [en, ky]", 1), "must be offered", 7},
		"no languages":             {"profile.yaml", strings.Replace(profileFile, "languages:", "langages:", 1), `did you mean "languages"?`, 7},
		"an id that is a number":   {"institutions.yaml", strings.Replace(of(t, "institutions.yaml"), "id: preschool", "id: 5", 1), "put it in quotes", 3},
		"a list under a wrong key": {"roles.yaml", strings.Replace(of(t, "roles.yaml"), "roles:", "rolls:", 1), `did you mean "roles"?`, 2},
		"semicolons":               {"territory.csv", strings.ReplaceAll(territory, ",", ";"), "semicolons", 1},
		"tabs":                     {"territory.csv", strings.ReplaceAll(territory, ",", "\t"), "tabs", 1},
		"semicolons in a book":     {"references/heating_types.csv", "\ufeffcode;name.en\nboiler;Boiler\nstove;Stove\n", "semicolons", 1},
		"an open quotation mark":   {"territory.csv", strings.Replace(territory, "Northern Province", `"Northern Province`, 1), "opened here is not closed", 2},
		"capitals":                 {"Roles.yaml", "x", "write roles.yaml", 1},
		"too deep":                 {"example/roles.yaml", "x", "no such folder", 1},
		"another ending":           {"roles.yaml.txt", "x", `did you mean "roles.yaml"?`, 1},
		"a second download":        {"roles (1).yaml", "x", `did you mean "roles.yaml"?`, 1},
	} {
		p, found := Load(with(t, map[string]string{c.file: c.text}), "example")
		if p != nil || len(found) != 1 || !strings.Contains(found[0].Message, c.says) || c.line > 0 && found[0].Line != c.line {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// Of a day that is none only that is told, whichever day of a country's files it is.
func TestADayThatIsNoneIsAllThatIsTold(t *testing.T) {
	day := regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b`)
	tried := 0
	for _, id := range []string{"kg", "tr"} {
		_ = fs.WalkDir(profiles.FS, id, func(name string, e fs.DirEntry, err error) error {
			if ext := path.Ext(name); err != nil || ext != ".yaml" && ext != ".csv" || path.Base(name) == "cases.yaml" {
				return err
			}
			raw, _ := fs.ReadFile(profiles.FS, name)
			text := string(raw)
			lines := strings.SplitAfter(text, "\n")
			for i, line := range lines {
				remark := strings.Index(line+"#", "#")
				at := day.FindAllStringIndex(line[:remark], -1)
				if len(at) == 0 {
					continue
				}
				tried++
				last := at[len(at)-1]
				bad := slices.Clone(lines)
				bad[i] = line[:last[0]] + "2027-02-30" + line[last[1]:]
				p, found := LoadOver(laid.Folder{Built: replaced{profiles.FS, name, strings.Join(bad, "")}}, id)
				if p != nil || len(found) != 1 || found[0].Line != i+1 || found[0].File != name || !strings.Contains(found[0].Message, "must be a day like 2026-01-31: there is no 2027-02-30") {
					t.Errorf("%s:%d: %s%v", name, i+1, line, found)
				}
			}
			return nil
		})
	}
	if tried < 60 {
		t.Errorf("%d days were tried", tried)
	}
}

// replaced is a tree with another text in one of its files.
type replaced struct {
	fs.FS
	name, text string
}

func (r replaced) Open(name string) (fs.File, error) {
	if name == r.name {
		return fstest.MapFS{name: {Data: []byte(r.text)}}.Open(name)
	}
	return r.FS.Open(name)
}

func TestACodeThatASpreadsheetRewroteIsNamed(t *testing.T) {
	_, found := Load(with(t, map[string]string{"territory.csv": of(t, "territory.csv") + "1.730405E+06,district,01,,,,Far County,Uzak\n"}), "example")
	if len(found) != 1 || !strings.Contains(found[0].Message, "format the column as text") {
		t.Error(found)
	}
}

// Backups and what systems leave behind are named and harm nobody.
func TestBackupsAreNotedAndHarmNobody(t *testing.T) {
	for _, name := range []string{"roles.yaml~", "roles.yaml.bak", ".roles.yaml.swp", "Thumbs.db", "texts/.DS_Store", "calendar/2025-2026.yaml.orig", "README.md"} {
		p, found := Load(with(t, map[string]string{name: "x"}), "example")
		if p == nil || len(found) > 0 || len(p.Notes) != 1 || p.Notes[0].File != "example/"+name {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// F17: what a layer below lacks is told at the file in which it is mended, with what to
// write; what was written is then right.
func TestWhatTheBaseLacksIsMendedInOnesOwnFiles(t *testing.T) {
	fsys := with(t, nil)
	for name, f := range profilesOf(t, "_base") {
		fsys["_base/"+name] = f
	}
	text := strings.ReplaceAll(of(t, "profile.yaml"), "[en, tr]", "[en, tr, kk]")
	fsys["example/profile.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(text, "official: [en]", "official: [en, kk]", 1))}
	_, found := Load(fsys, "example")
	cures := 0
	for _, f := range found {
		if fsys[f.File] == nil {
			t.Errorf("a finding names a file that is not there: %s", f)
		}
		if strings.HasPrefix(f.File, "_base/") {
			t.Errorf("a finding sends whoever reads it to a layer that is built in: %s", f)
		}
		if strings.Contains(f.Message, "levels: [{id: directorate, name: {kk: …}}]") {
			cures++
		}
	}
	if cures != 1 {
		t.Errorf("the cure is not written down: %v", found)
	}
}

func profilesOf(t *testing.T, id string) map[string]*fstest.MapFile {
	t.Helper()
	out := map[string]*fstest.MapFile{}
	files, err := filepath.Glob("../../profiles/" + id + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			out[filepath.Base(name)] = &fstest.MapFile{Data: text}
		}
	}
	return out
}

// The base and its limits are part of every profile, whatever is laid over.
func TestNothingIsLaidOverTheBase(t *testing.T) {
	over := fstest.MapFS{"_base/profile.yaml": {Data: []byte("id: _base\n")}, "schema/x.json": {Data: []byte("{}")}}
	f := laid.Folder{Built: profiles.FS, Over: over, OverName: "over"}
	p, found := LoadOver(f, "kg")
	if len(found) > 0 || p.Limit("term_grace_days", on("2026-01-01")) < 10 {
		t.Fatal(found)
	}
	if strays := Strays(f); len(strays) != 2 || !strings.Contains(strays[0].Message, "built in") || strays[0].File != "over/_base" {
		t.Error(strays)
	}
}

// A11: one role more is one entry, not a copy of the file.
func TestARoleMoreIsOneEntry(t *testing.T) {
	p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{"kg/roles.yaml": {Data: []byte(
		"roles:\n  - id: methodist\n    name: {ky: Методист, ru: Методист}\n    level: district\n    person: official\n    granted_by: [{role: special_administrator}]\n")}}}, "kg")
	if len(found) > 0 || p.Role("methodist") == nil || p.Role("head") == nil {
		t.Fatal(found)
	}
	over := 0
	for _, f := range p.Files {
		if f.Over {
			over++
		}
	}
	if over != 1 || len(p.Files) < 20 {
		t.Errorf("%d of %d files are said to be laid over", over, len(p.Files))
	}
}

// A whole copy of a file laid over itself changes nothing: upgrades and copies get on.
func TestACopyLaidOverItselfIsNoMistake(t *testing.T) {
	for _, id := range []string{"kg", "tr"} {
		for _, name := range []string{"profile.yaml", "roles.yaml", "registers.yaml", "law.yaml", "territory.csv", "consent.yaml"} {
			text, err := profiles.FS.ReadFile(id + "/" + name)
			if err != nil {
				continue
			}
			if _, found := LoadOver(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{id + "/" + name: {Data: text}}, OverName: "over"}, id); len(found) > 0 {
				t.Errorf("%s/%s: %v", id, name, found)
			}
		}
	}
}

func TestWhatStandsBesideTheCountriesIsNamed(t *testing.T) {
	for name, want := range map[string]string{
		"profile.yaml":  "put it into the folder of its country",
		"KG/roles.yaml": "capital and small letters count",
		"profiles/kg/a": "no profile.yaml",
		"uz/roles.yaml": "no profile.yaml",
		"notes.txt":     "no such file",
		"territory.csv": "stands elsewhere",
		"profiles.zip":  "no such file",
	} {
		strays := Strays(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{name: {Data: []byte("x")}, "kg/roles.yaml": {Data: []byte("roles: []")}}})
		if len(strays) != 1 || !strings.Contains(strays[0].Message, want) {
			t.Errorf("%s: %v", name, strays)
		}
	}
	for _, name := range []string{"kg/roles.yaml", "zz/profile.yaml", "_region/profile.yaml"} {
		if strays := Strays(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{name: {Data: []byte("x")}}}); len(strays) > 0 {
			t.Errorf("%s: %v", name, strays)
		}
	}
}

// F27: a link that leads out of the folder is named, and what it leads to read by nobody.
func TestALinkThatLeadsOutIsNotFollowed(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret.md")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "kg/texts"), 0o700); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"kg/texts/privacy.ru.md": outside, "kg/law.yaml": "../../../../../../../../etc/hostname", "kg/references": "/etc"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	over, err := laid.Disk(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	p, found := LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "over"}, "kg")
	if p != nil || len(found) != 3 {
		t.Fatal(found)
	}
	for _, f := range found {
		if !strings.Contains(f.Message, "leads out") || strings.Contains(f.Message, "secret") {
			t.Error(f)
		}
	}
}
