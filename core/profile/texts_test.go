package profile_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/laid"
	"mektep/core/profile"
	"mektep/profiles"
)

// What people sign says the same in every language: as many items, numbered alike. The outline
// stands in a table that was read against the law, so that no item is lost in all of them either.
//
// MEKTEP_WRITE=1 writes the table anew, to be read before it is committed.
func TestKGER7a_WhatIsSignedHasTheSameItemsInEveryLanguage(t *testing.T) {
	var b strings.Builder
	for _, id := range []string{"kg", "tr"} {
		p, found := profile.Load(profiles.FS, id)
		if p == nil {
			t.Fatal(found)
		}
		tell := func(what, id string, words profile.Text) {
			if !slices.Equal(slices.Sorted(maps.Keys(words)), slices.Sorted(slices.Values(p.Languages.Offered))) {
				t.Errorf("%s %s is written in %v, the country offers %v", what, id, slices.Sorted(maps.Keys(words)), p.Languages.Offered)
			}
			main := profile.Outline(words[p.Languages.Official[0]])
			for _, tag := range slices.Sorted(maps.Keys(words)) {
				if got := profile.Outline(words[tag]); got != main {
					t.Errorf("%s %s in %s: %s\nin %s: %s", what, id, tag, got, p.Languages.Official[0], main)
				}
			}
			fmt.Fprintf(&b, "%s %s %s: %s\n", p.ID, what, id, main)
		}
		for i := range p.Undertakings {
			tell("undertaking", p.Undertakings[i].ID, p.Undertakings[i].Text())
		}
		for i := range p.Forms {
			tell("form", p.Forms[i].ID, p.Forms[i].Text())
		}
		for i := range p.Notices {
			tell("notice", p.Notices[i].ID, p.Notices[i].Text())
		}
	}
	const file = "testdata/outlines.txt"
	if os.Getenv("MEKTEP_WRITE") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(read) != b.String() {
		t.Errorf("%s:\n%s\nthe profiles:\n%s", file, read, b.String())
	}
}

// Every item of what is signed that a laid-over text lacks is noted, in one language or in all,
// and a text with other words and the same items is none of that.
func TestKGER7a_AnItemThatALaidTextLacksIsNoted(t *testing.T) {
	item := regexp.MustCompile(`(?m)^6[.)] .*\n?`)
	whole, missing := fstest.MapFS{}, fstest.MapFS{}
	p, _ := profile.Load(profiles.FS, "kg")
	for _, u := range p.Undertakings {
		for tag, text := range u.Text() {
			name := "kg/texts/" + u.ID + "." + tag + ".md"
			if item.MatchString(text) {
				missing[name] = &fstest.MapFile{Data: []byte(item.ReplaceAllString(text+"\n", ""))}
				whole[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "6. ", "6. Also: ") + "\n")}
			}
		}
	}
	if len(missing) < 4 {
		t.Fatalf("%d texts have an item 6", len(missing))
	}
	noted := func(over fstest.MapFS) map[string]int {
		t.Helper()
		p, found := profile.LoadOver(laid.Folder{Built: profiles.FS, Over: over, OverName: "over"}, "kg")
		if p == nil {
			t.Fatal(found)
		}
		at := map[string]int{}
		for _, n := range p.Notes {
			if n.Code == profile.CodeOutline {
				at[n.File]++
			}
		}
		return at
	}
	for name, file := range missing {
		if at := noted(fstest.MapFS{name: file}); at["over/"+name] == 0 {
			t.Errorf("%s without its item 6: %v", name, at)
		}
	}
	if at := noted(missing); len(at) != len(missing) {
		t.Errorf("no language has the item: %v", at)
	}
	if at := noted(whole); len(at) > 0 {
		t.Errorf("all items are there: %v", at)
	}
}
