package locale

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"mektep/locales"
)

// One thing has one name: a person looks for what a notice told them to set up.
func TestTheSecondFactorHasOneName(t *testing.T) {
	others := map[string]string{
		"en": `two-step|two-factor|second step`,
		"tr": `iki adım|ikinci (adım|aşama|doğrulama)|faktör`,
		"ky": `фактор|экинчи баскыч|эки кадам`,
		"ru": `втор[а-я]+ фактор|втор[а-я]+ шаг|двухэтап|двухступ`,
	}
	for tag, pattern := range others {
		text, err := fs.ReadFile(locales.FS, tag+".toml")
		if err != nil {
			t.Fatal(err)
		}
		other := regexp.MustCompile(`(?i)` + pattern)
		for line := range strings.Lines(string(text)) {
			if _, words, _ := strings.Cut(line, "="); other.MatchString(words) {
				t.Errorf("%s: %s", tag, strings.TrimSpace(line))
			}
		}
	}
}
