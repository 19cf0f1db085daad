package core

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mektep/core/profile"
	"mektep/profiles"
)

// waiting are words of the profile that no code reads yet: a later part of the platform
// brings what they speak of. The list may only shrink.
var waiting = []string{
	"Book.Extensible",                 // books that a ministry adds to on screen
	"Form.KeptIn",                     // personal files
	"Form.Revocable",                  // withdrawing a consent
	"Law.Issuer",                      // the page of legal bases
	"Law.Published",                   // the same
	"Law.Replaces",                    // the same
	"ProfileFile.EmailDomains",        // addresses of institutions
	"Type.Ownership",                  // which owners a type may have, on the form
	"Type.Successor",                  // types that end
	"Undertaking.KeptIn",              // personal files
	"switches briefing_before_window", // briefings
	"switches public_directory",       // the public directory
}

// judging are the files of package profile that hold a profile against itself: to be
// judged there is not to be used.
var judging = regexp.MustCompile(`^(types.*|check|decode|merge|node|spec|csv|finding|cases|floor.*)\.go$`)

// A word that a profile may say and no code reads is a promise that nobody keeps: every
// key of its types, every switch and every limit is used outside of what checks it.
func TestEveryWordOfTheProfileIsRead(t *testing.T) {
	var source strings.Builder
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		base := filepath.Base(name)
		if err != nil || e.IsDir() || filepath.Ext(base) != ".go" || strings.HasSuffix(base, "_test.go") || strings.HasPrefix(name, "app/bench/") {
			return err
		}
		if filepath.Dir(name) == "profile" && judging.MatchString(base) {
			return nil
		}
		text, err := os.ReadFile(name)
		source.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	code := source.String()
	whole := code
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
			if tag := f.Tag.Get("yaml"); tag != "" && tag != ",inline" && typ.Name() != "Entry" {
				read[typ.Name()+"."+f.Name] = regexp.MustCompile(`\.`+f.Name+`\b`).MatchString(code) ||
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
