package core

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// worded are, by language, words that an office does not write, and what it writes instead. A
// line that says one of but means something else by it.
var worded = map[string][]struct {
	word *regexp.Regexp
	but  string
	say  string
}{
	"en": {{regexp.MustCompile(`will stand on this page`), "", "will be shown on this page"}},
	"tr": {
		{regexp.MustCompile(`(?i)\bengelli\b`), "tuvalet", "erişimi kapatılmış: “engelli” is said of a person's health"},
		{regexp.MustCompile(`(?i)mektu[pb]`), "", "e-posta"},
	},
	"ky": {
		{regexp.MustCompile(`\}\} (чейин|баштап|тартып|кийин|мурун)`), "", "a word between, which takes the suffix: «{{.Until}} күнүнө чейин»"},
		{regexp.MustCompile(`(?i)бирди[кг]`), "өлчөм", "аймак, бөлүм or уюм: «бирдик» is a unit of measure"},
	},
	"ru": {{regexp.MustCompile(`[а-я]\((а|ла|на|ась)\)`), "", "without a gender: «кто утвердил: {{.Who}}»"}},
}

func TestWordsAreThoseOfAnOffice(t *testing.T) {
	looked := 0
	for tag, words := range worded {
		in := linesOf(t, tag)
		looked += len(in)
		for where, line := range in {
			small := strings.ToLower(line)
			for _, w := range words {
				if said := w.word.FindString(line); said != "" && (w.but == "" || !strings.Contains(small, w.but)) && !strings.Contains(small, "бирдиктүү") {
					t.Errorf("%s says %q; write %s: %s", where, said, w.say, line)
				}
			}
		}
	}
	if looked < 12000 {
		t.Errorf("only %d lines", looked)
	}
}

// linesOf are a language's lines, in its own file and in those of the countries.
func linesOf(t *testing.T, tag string) map[string]string {
	t.Helper()
	lines := map[string]string{}
	raw, err := os.ReadFile("../locales/" + tag + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(raw), "\n") {
		if key, _, is := strings.Cut(line, " = "); is && !strings.HasPrefix(key, `"import.also.`) { // words of files from elsewhere
			lines[tag+".toml "+key] = line
		}
	}
	own := regexp.MustCompile(`\b` + tag + `: ("[^"]*"|[^,}\n]*)`)
	profiles := os.DirFS("../profiles")
	err = fs.WalkDir(profiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		raw, err := fs.ReadFile(profiles, path)
		for i, m := range own.FindAllString(string(raw), -1) {
			lines[fmt.Sprintf("%s, %s %d", path, tag, i+1)] = m
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
