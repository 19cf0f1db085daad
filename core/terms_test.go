package core

import (
	"strings"
	"testing"

	"mektep/core/profile"
	"mektep/locales"
	"mektep/profiles"
)

// terms are, by language, the word for an institution and those that mean the same: the
// messages and every profile say the first, so that no refusal says both.
var terms = map[string]struct {
	word   string
	others []string
}{
	"en": {"institution", []string{"establishment"}},
	"tr": {"kurum", []string{"müessese"}},
	"ky": {"уюм", []string{"мекеме"}},
	"ru": {"организаци", []string{"учреждени", "заведени"}},
}

func TestOneWordForAnInstitution(t *testing.T) {
	for tag, term := range terms {
		raw, err := locales.FS.ReadFile(tag + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(raw), "\n")
		if len(lines) < 1000 {
			t.Errorf("%s: only %d lines", tag, len(lines))
		}
		for i, line := range lines {
			if strings.HasPrefix(line, `"import.also.`) { // headings of files from elsewhere
				continue
			}
			for _, other := range term.others {
				if strings.Contains(strings.ToLower(line), other) {
					t.Errorf("%s.toml:%d says %q, not %q: %s", tag, i+1, other, term.word, line)
				}
			}
		}
	}
	all, found := profile.LoadAll(profiles.FS, nil)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	for id, p := range all {
		names := map[string]profile.Text{"level": p.Level("institution").Name, "plural": p.Level("institution").Plural}
		for i := range p.Roles {
			names["role "+p.Roles[i].ID] = p.Roles[i].Name
		}
		for i := range p.Registers {
			names["register "+p.Registers[i].ID] = p.Registers[i].Name
		}
		for what, name := range names {
			for tag, text := range name {
				if (what == "level" || what == "plural") && !strings.Contains(strings.ToLower(text), terms[tag].word) {
					t.Errorf("%s calls an institution %q in %s, the messages %q", id, text, tag, terms[tag].word)
				}
				for _, other := range terms[tag].others {
					if strings.Contains(strings.ToLower(text), other) {
						t.Errorf("%s, %s: %q in %s, the messages say %q", id, what, text, tag, terms[tag].word)
					}
				}
			}
		}
	}
}
