package ui

import (
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"mektep/core/locale"
	"mektep/core/web/assets"
	"mektep/locales"
)

// english is a page in English.
func english(t *testing.T) *View {
	t.Helper()
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := assets.Open()
	if err != nil {
		t.Fatal(err)
	}
	return &View{L: words.Localizer("en"), Assets: files}
}

func TestSummaryNamesFieldsInTheOrderOfTheForm(t *testing.T) {
	v := english(t)
	errs := Errors{{Name: "born", Text: "Enter a date"}, {Name: "name", Text: "Fill this in"}, {Name: "seats", Text: "Write figures alone."}, {Name: "seen", Text: "Say that you saw it."}, {Text: "Nothing was saved"}}
	fields := templ.Join(
		Field(v, errs.On(FieldSpec{Name: "name", Label: "Family name"})),
		Field(v, errs.On(FieldSpec{Name: "born", Label: "Born on"})),
		Field(v, errs.On(FieldSpec{Name: "seats", Label: "Seats"})),
		Field(v, errs.On(FieldSpec{Name: "seen", Input: Checkbox, Label: "I have seen the paper"})),
	)
	var b strings.Builder
	if err := Form(v, FormSpec{Errors: errs}).Render(templ.WithChildren(context.Background(), fields), &b); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{"Nothing was saved ", ">Family name: Fill this in<", ">Born on: Enter a date<", ">Seats: Write figures alone.<", ">Say that you saw it.<", `name="name"`, `name="born"`} {
		k := strings.Index(b.String()[at:], want)
		if k < 0 {
			t.Fatalf("%q is not there or stands too early:\n%s", want, b.String())
		}
		at += k
	}
}
