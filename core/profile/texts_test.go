package profile_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mektep/core/profile"
	"mektep/profiles"
)

// mark is what a line of a text begins with that says which part of the text it is: a heading,
// the number of an item, a dash of a list.
var mark = regexp.MustCompile(`^\s*(#+|[-*]|[0-9]+[.)])\s`)

// outline is the order of a text's parts, in one line.
func outline(text string) string {
	var parts []string
	for line := range strings.Lines(text) {
		switch m := mark.FindStringSubmatch(line); {
		case m != nil:
			parts = append(parts, m[1])
		case strings.TrimSpace(line) != "":
			parts = append(parts, "¶")
		}
	}
	return strings.Join(parts, " ")
}

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
			main := outline(words[p.Languages.Official[0]])
			for _, tag := range slices.Sorted(maps.Keys(words)) {
				if got := outline(words[tag]); got != main {
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
