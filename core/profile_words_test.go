package core

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/laid"
	"mektep/core/profile"
	"mektep/profiles"
)

// waiting are words of the profile that no code reads yet: a later part of the platform
// brings what they speak of. The list may only shrink.
var waiting = []string{
	"Article.Note",                    // the page of legal bases
	"Article.Period",                  // the same
	"Basis.Consent",                   // consents of learners, staff and guardians: gate.Checks.Basis
	"Book.Extensible",                 // books that a ministry adds to on screen
	"Book.Source",                     // the page of legal bases
	"Contact.Source",                  // the same
	"DatedValue.Source",               // the same
	"Directorate.Code",                // units of the ministry's centre in statistics
	"Directorate.Short",               // the same
	"Directorate.Source",              // the page of legal bases
	"Field.Source",                    // the same
	"Form.KeptIn",                     // personal files
	"Form.Name",                       // consents of learners, staff and guardians
	"Form.Period",                     // the same
	"Form.Revocable",                  // withdrawing a consent
	"Form.Source",                     // consents of learners, staff and guardians
	"Form.Use",                        // the same
	"Holiday.Source",                  // the page of legal bases
	"Identifier.Of",                   // registers of persons
	"Identifier.Period",               // the same
	"Identifier.Source",               // the page of legal bases
	"Law.Issuer",                      // the same
	"Law.Note",                        // the same
	"Law.Period",                      // the same
	"Law.Published",                   // the same
	"Law.Replaces",                    // the same
	"Level.Source",                    // the same
	"Limit.Name",                      // the page of settings
	"Limit.Source",                    // the page of legal bases
	"Limit.Unit",                      // the page of settings
	"Office.Code",                     // offices in letters
	"Office.Name",                     // the same
	"Office.Of",                       // the same
	"Office.Period",                   // the same
	"Office.Source",                   // the page of legal bases
	"ProfileFile.EmailDomains",        // addresses of institutions
	"ProfileFile.Source",              // the page of legal bases
	"Register.Source",                 // the same
	"Switch.Name",                     // the page of settings
	"Type.Note",                       // the page of types
	"Type.Ownership",                  // which owners a type may have, on the form
	"TypeGroup.Source",                // the page of legal bases
	"Undertaking.KeptIn",              // personal files
	"switches briefing_before_window", // briefings
	"switches public_directory",       // the public directory
}

// judged are words whose whole use is to hold other words of the profile: bounds of
// values, and what a consent form covers.
var judged = []string{"Form.Covers", "Form.Of", "Limit.Least", "Limit.Most"}

// judging are the files of package profile that hold a profile against itself: to be
// judged there is not to be used.
var judging = regexp.MustCompile(`^(types.*|check|decode|merge|node|spec|csv|finding|cases|floor.*)\.go$`)

// A word that a profile may say and no code reads is a promise that nobody keeps: every
// key of its types, every switch and every limit is used outside of what checks it. The
// type checker is asked, not the text: ".Name" of another type is no reader.
func TestEveryWordOfTheProfileIsRead(t *testing.T) {
	code := program(t)
	whole := code.text
	for _, name := range []string{"profile/check.go"} { // a limit that binds calendars is read where they are judged
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole += string(text)
	}
	read := map[string]bool{}
	var words func(typ reflect.Type, seen map[reflect.Type]bool)
	words = func(typ reflect.Type, seen map[reflect.Type]bool) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || typ.PkgPath() != "mektep/core/profile" || strings.HasSuffix(typ.Name(), "Case") || typ.Name() == "CasesFile" {
			return
		}
		seen[typ] = true
		for f := range typ.Fields() {
			if tag := f.Tag.Get("yaml"); tag != "" && f.Name != "Entry" && typ.Name() != "Entry" {
				word := typ.Name() + "." + f.Name
				read[word] = code.reads[word] && (word != "Basis.Consent" || code.hooks["Basis"]) ||
					slices.Contains(judged, word) && code.judges[word] ||
					f.Tag.Get("cel") != "" || // compiled, and run as a condition
					f.Name == "Extends" // finds the layer below before anything is parsed
			}
			words(f.Type, seen)
		}
	}
	for _, file := range []any{
		profile.ProfileFile{},
		profile.LawFile{},
		profile.InstitutionsFile{},
		profile.RegistersFile{},
		profile.ReferencesFile{},
		profile.IdentifiersFile{},
		profile.ConsentFile{},
		profile.RolesFile{},
		profile.SchoolYear{},
	} {
		words(reflect.TypeOf(file), map[reflect.Type]bool{})
	}
	base, err := profiles.FS.ReadFile("_base/profile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	kind := ""
	for line := range strings.Lines(string(base)) {
		if m := regexp.MustCompile(`^([a-z_]+):`).FindStringSubmatch(line); m != nil {
			kind = m[1]
		}
		if m := regexp.MustCompile(`^  - \{?id: ([a-z_]+)|^  - id: ([a-z_]+)`).FindStringSubmatch(line); m != nil && (kind == "switches" || kind == "limits") {
			id := m[1] + m[2]
			read[kind+" "+id] = strings.Contains(whole, `"`+id+`"`)
		}
	}
	if len(read) < 100 {
		t.Fatalf("only %d words were found", len(read))
	}
	for word, used := range read {
		if listed := slices.Contains(waiting, word); !used && !listed {
			t.Errorf("no code reads %s", word)
		} else if used && listed {
			t.Errorf("%s is read by now: take it off the list", word)
		}
	}
	for _, word := range waiting {
		if _, known := read[word]; !known {
			t.Errorf("the profile has no word %s any more: take it off the list", word)
		}
	}
}

// What no code shows is demanded of nobody in their language: a country of another official
// language than the base has words in would be told of switches and limits that it does not
// use. Whoever takes such a word off the list, since a page shows it, has it demanded again.
func TestWordsThatNobodyShowsAreNotDemandedInEachLanguage(t *testing.T) {
	for _, of := range []reflect.Type{reflect.TypeFor[profile.Switch](), reflect.TypeFor[profile.Limit]()} {
		name, _ := of.FieldByName("Name")
		waits := slices.Contains(waiting, of.Name()+".Name")
		if optional := name.Tag.Get("optional") == "yes"; optional != waits || (name.Tag.Get("must") == "yes") == waits {
			t.Errorf("%s.Name waits for a page: %t, and is optional: %t", of.Name(), waits, optional)
		}
	}
	text, err := profiles.FS.ReadFile("kg/profile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	languages := regexp.MustCompile(`(?m)^languages: .*$`)
	uzbek := languages.ReplaceAllString(string(text), "languages: {official: [uz], offered: [uz, ky, ru, en, tr]}")
	_, found := profile.LoadOver(laid.Folder{Built: profiles.FS, Over: fstest.MapFS{"zz/profile.yaml": {Data: []byte(strings.Replace(uzbek, "id: kg", "id: zz", 1))}}}, "zz")
	shown := 0
	for _, f := range found {
		if f.Code == profile.CodeLanguage {
			shown++
			if strings.HasPrefix(f.Message, "switches ") || strings.HasPrefix(f.Message, "limits ") {
				t.Error(f)
			}
		}
	}
	if shown < 10 {
		t.Errorf("of a country in Uzbek alone %d texts are missed: %v", shown, found)
	}
}
