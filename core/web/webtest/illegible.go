package webtest

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mektep/core/web/ui"
)

// illegible are what no text has: a mark of direction, as comes with copying from a PDF, a
// control character, and bytes that are no letter.
var illegible = []string{"\u202e", "\x00", "\xff", "\u0007"}

// Illegible fails unless a form that holds what no text has comes back as it stands on its
// page: with that said beside each such field, and with all that was typed, less what
// cannot be shown. Where the page is no more, or has not these fields any more, what was
// typed stands on the page of the refusal. send sends a form, or with nil asks for a page,
// as who it was drawn for.
func Illegible(t testing.TB, action string, form url.Values, send func(path string, form url.Values) *Answer) {
	t.Helper()
	sheet := ui.ReadSheet(form.Get(ui.FieldSheet))
	var fields []ui.Asked
	for _, f := range sheet.Fields {
		if form.Has(f.Name) && f.Kind != ui.File {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return
	}
	k := sheet.Filled(action, form)
	page := send(sheet.Page, nil)
	if page.Status == http.StatusSeeOther { // whoever it was drawn for must sign in first
		return
	}
	for _, wrong := range [][]ui.Asked{fields, fields[len(fields)-1:]} {
		changed := url.Values{}
		for name, values := range form {
			changed[name] = append([]string(nil), values...)
		}
		for n, f := range wrong {
			changed.Set(f.Name, illegible[n%len(illegible)]+form.Get(f.Name))
		}
		a := send(action, changed)
		gone := page.Status != http.StatusOK
		for _, f := range wrong { // a question that has come up stands on the form again, though not on a new one
			gone = gone || !strings.Contains(page.Body, `name="`+html.EscapeString(f.Name)+`"`) && !strings.Contains(a.Body, errorID(f))
		}
		if gone {
			shows(t, action+" with what no text has", a, &k)
			continue
		}
		if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s with what no text has was answered %d to %q: %s", action, a.Status, a.Location, a.Text())
			return
		}
		for _, f := range wrong {
			if !strings.Contains(a.Body, errorID(f)) {
				t.Errorf("%s: nothing is said beside %s: %s", action, f.Name, a.Text())
			}
		}
		fills(t, action+" with what no text has", a, &k)
		for _, bad := range illegible {
			if bad != "\xff" && strings.Contains(a.Body, bad) {
				t.Errorf("%s shows %q", action, bad)
			}
		}
	}
}

// errorID marks what is wrong with a field on its page.
func errorID(f ui.Asked) string {
	return `id="` + ui.FieldID(strings.TrimSuffix(f.Name, ui.TimeSuffix)) + `-error"`
}
