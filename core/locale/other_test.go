package locale

import (
	"testing"
	"testing/fstest"

	"mektep/locales"
)

// A language of which there is no file has a name all the same: in the reader's language, in
// itself, or else its tag. It is no missing message.
func TestALanguageWithoutAFileHasAName(t *testing.T) {
	b, err := Load(locales.FS, nil, Strict())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reader, tag, want string }{
		{"ru", "uz", "узбекский"},
		{"en", "kaa", "Kara-Kalpak"},
		{"tr", "de", "Almanca"},
		{"en", "ru", "Russian"}, // of the file
		{"ru", "qaa", "qaa"},
	} {
		if got := b.Localizer(c.reader).T("language." + c.tag); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.tag, c.reader, got, c.want)
		}
	}
	for tag, want := range map[string]string{"uz": "o‘zbek", "ky": "Кыргызча", "de": "Deutsch", "qaa": "qaa", "no tag": "no tag"} {
		if got := b.NameOf(tag); got != want {
			t.Errorf("%s calls itself %q, want %q", tag, got, want)
		}
	}
}

// A page is in the language that most of its words are in.
func TestAPageIsInTheLanguageOfItsWords(t *testing.T) {
	b, err := Load(locales.FS, fstest.MapFS{"uz.toml": {Data: []byte(`"language.name" = "Oʻzbekcha"
"language.fallback" = "ru en"
"language.plural_forms" = "one other"
"common.yes" = "ha"
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"uz": "ru", "ru": "ru", "ky": "ky", "tr": "tr", "en": "en"} {
		if got := b.Localizer(tag).Spoken().Tag(); got != want {
			t.Errorf("%s is spoken as %s", tag, got)
		}
	}
	if got := b.Localizer("uz").Tag(); got != "uz" {
		t.Errorf("the language that was chosen is %s", got)
	}
}

// Of which languages the order is known is said truly: of those whose alphabet the tests of the
// order hold as well.
func TestTheOrderOfALanguageIsKnownOrSaidNotToBe(t *testing.T) {
	for tag, want := range map[string]bool{"tr": true, "ky": true, "ru": true, "en": true, "kk": true, "az": true, "tr-TR": true, "uz": false, "kaa": false, "not a tag": false} {
		if Ordered(tag) != want {
			t.Errorf("%s: %t", tag, !want)
		}
	}
}
