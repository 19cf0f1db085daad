package ui

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// keyless are the forms that take no idempotency key, by what is in them, and why. It may
// only shrink.
var keyless = map[string]string{
	"v.LanguageURL":    "the choice of a language: chosen twice, it is chosen",
	"v.ThemeURL":       "light or dark: the same",
	"v.Person.SignOut": "signing out: who is out is out",
	"v.Search.URL":     "a search changes nothing",
	"f.Action":         "the search of a list changes nothing",
}

// Every form that is posted carries a key, so that sent again it is answered as it was
// first: each in the templates, which all forms come from, is looked at.
func TestEveryFormCarriesAKey(t *testing.T) {
	form := regexp.MustCompile(`(?s)<form\b.*?</form>`)
	seen := map[string]bool{}
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".templ" {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, f := range form.FindAllString(string(raw), -1) {
			if !strings.Contains(f, `method="post"`) {
				continue
			}
			n++
			if strings.Contains(f, "@keyAndVersion(v, ") {
				continue
			}
			why := ""
			for address := range keyless {
				if strings.Contains(f, "templ.SafeURL("+address+")") && !seen[path+address] {
					why = address
				}
			}
			if why == "" {
				t.Errorf("%s: a form is posted without a key: %.120s", path, f)
			}
			seen[why] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for address := range keyless {
		if !seen[address] {
			t.Errorf("no form to %s needs to go without a key", address)
		}
	}
	if n < 10 {
		t.Errorf("only %d forms were found", n)
	}
}

// A form brings its key, or gets one, and each another; who has not signed in has none.
func TestAFormWithoutAKeyGetsOne(t *testing.T) {
	v := english(t)
	draw := func(f FormSpec) string {
		var b bytes.Buffer
		if err := Form(v, f).Render(templ.WithChildren(context.Background(), templ.NopComponent), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if s := draw(FormSpec{}); strings.Contains(s, FieldKey) {
		t.Errorf("a form of nobody has a key: %s", s)
	}
	n := 0
	v.Keys = func() string { n++; return strings.Repeat("k", 8+n) }
	one, two, own, asks := draw(FormSpec{}), draw(FormSpec{}), draw(FormSpec{Key: "my-own-key"}), draw(FormSpec{Get: true})
	if !strings.Contains(one, `value="kkkkkkkkk"`) || !strings.Contains(two, `value="kkkkkkkkkk"`) || !strings.Contains(own, `value="my-own-key"`) || strings.Contains(asks, FieldKey) {
		t.Errorf("keys: %s %s %s %s", one, two, own, asks)
	}
}
