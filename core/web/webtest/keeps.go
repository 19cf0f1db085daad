package webtest

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Refuse is the header, or the cookie, with which a test asks a screen to refuse what it is sent.
const Refuse = "X-Test-Refuse"

func refusals() map[string]*fault.Error {
	return map[string]*fault.Error{
		"busy":    fault.New(fault.Unavailable, "fault.timeout").WithWait(5),
		"closed":  fault.New(fault.Locked, "window.closed_since").With("Section", "X").With("Closed", "1").WithCheck("window").WithOwnRule("own_forms").WithNext("fault.next.open_again", "", nil),
		"denied":  fault.New(fault.Denied, "gate.no_appointment").WithCheck("assignment").WithOwnRule("own_forms").WithNext("fault.next.open_again", "", nil),
		"gone":    fault.New(fault.NotFound, "fault.no_page"),
		"changed": fault.New(fault.Conflict, "fault.conflict"),
		"many":    fault.New(fault.TooMany, "fault.too_many").With("Count", 2).WithWait(2),
		"broken":  fault.New(fault.Internal, "fault.internal"),
	}
}

// Refusable returns routes that refuse when a test asks them to, as their services may.
func Refusable(tables ...[]screen.Route) [][]screen.Route {
	out := make([][]screen.Route, len(tables))
	for i, table := range tables {
		out[i] = slices.Clone(table)
		for k := range out[i] {
			handle := table[k].Handle
			out[i][k].Handle = func(q *screen.Request) error {
				if f := refusals()[q.C.Get(Refuse, q.C.Cookies(Refuse))]; f != nil && q.C.Method() == http.MethodPost {
					return f
				}
				return handle(q)
			}
		}
	}
	return out
}

// Sender sends a form once more: refused in a way of Refusable, or with an ended session.
type Sender struct {
	Refused func(how string) *Answer
	Ended   func() *Answer            // nil: nobody had signed in
	Get     func(path string) *Answer // as who the form was drawn for
	Other   func(path string) *Answer // as somebody else; nil: nobody else is there
}

// Keeps fails unless a form, whatever it is refused for, gives back what was typed into it,
// and nothing that is secret; and unless it stands in the form again after sign-in.
func Keeps(t testing.TB, action string, form url.Values, s Sender) {
	t.Helper()
	sheet := ui.ReadSheet(form.Get(ui.FieldSheet))
	k := sheet.Typed(action, form)
	if k == nil {
		return
	}
	for how := range refusals() {
		a := s.Refused(how)
		if a.Status < http.StatusBadRequest {
			t.Errorf("%s, refused as %s, was answered %d", action, how, a.Status)
		}
		shows(t, action+", refused as "+how+",", a, k)
		for _, f := range sheet.Fields {
			if v := form.Get(f.Name); f.Kind != ui.Text && v != "" && strings.Contains(a.Body, html.EscapeString(v)) {
				t.Errorf("%s, refused as %s, shows the secret %s", action, how, f.Name)
			}
		}
	}
	if s.Ended == nil {
		return
	}
	ended := s.Ended()
	u := Must(url.Parse(ended.Location))
	to := u.Query().Get("to")
	if ended.Status != http.StatusSeeOther || u.Path != "/sign-in" || !strings.Contains(to, ui.FieldKept+"=") {
		t.Errorf("%s, sent after the session ended, was answered %d to %q", action, ended.Status, ended.Location)
		return
	}
	for _, l := range k.Lines {
		for _, v := range l.Values {
			if len(v) > 3 && !strings.Contains(sheet.Page, v) && strings.Contains(ended.Location, url.QueryEscape(v)) {
				t.Errorf("%s: what was typed stands in the address %q", action, ended.Location)
			}
		}
	}
	if s.Other != nil {
		if a := s.Other(to); strings.Contains(a.Body, `class="facts typed-lines"`) {
			t.Errorf("%s: somebody else sees what was typed: %s", action, a.Text())
		}
	}
	a := s.Get(to)
	shows(t, action+", after sign-in,", a, k)
	if a.Status == http.StatusOK {
		fills(t, action, a, k)
	}
}

func shows(t testing.TB, what string, a *Answer, k *ui.Kept) {
	t.Helper()
	text := a.Text()
	for _, l := range k.Lines {
		for _, v := range l.Read {
			if v = strings.Join(strings.Fields(v), " "); !strings.Contains(text, v) {
				t.Errorf("%s does not give back %q of %s: %d %s", what, v, l.Name, a.Status, text)
			}
		}
	}
}

// fills fails unless the page's form holds what was kept, as far as it has such fields.
func fills(t testing.TB, action string, a *Answer, k *ui.Kept) {
	t.Helper()
	held := 0
	var missing []string
	for _, l := range k.Lines {
		for _, v := range l.Values {
			if strings.TrimSpace(v) == "" {
				continue
			}
			name, value := regexp.QuoteMeta(html.EscapeString(l.Name)), regexp.QuoteMeta(html.EscapeString(v))
			in := regexp.MustCompile(`(?s)<input[^>]*name="` + name + `"[^>]*>|<select[^>]*name="` + name + `"[^>]*>.*?</select>|<textarea[^>]*name="` + name + `"[^>]*>.*?</textarea>`)
			found := in.FindAllString(a.Body, -1)
			if len(found) == 0 {
				missing = append(missing, l.Name)
				continue
			}
			ok := slices.ContainsFunc(found, func(c string) bool {
				switch {
				case strings.HasPrefix(c, "<textarea"):
					return strings.Contains(html.UnescapeString(c), v)
				case strings.HasPrefix(c, "<select"):
					return regexp.MustCompile(`value="` + value + `" selected`).MatchString(c)
				case strings.Contains(c, `type="checkbox"`), strings.Contains(c, `type="radio"`):
					return regexp.MustCompile(`value="`+value+`"`).MatchString(c) && strings.Contains(c, " checked")
				}
				return regexp.MustCompile(`value="` + value + `"`).MatchString(c)
			})
			if !ok {
				t.Errorf("%s: the form does not hold %q in %s: %v", action, v, l.Name, found)
			}
			held++
		}
	}
	if held > 0 && len(missing) > 0 {
		t.Errorf("%s: the form after sign-in has no %v", action, missing)
	}
	if held == 0 {
		t.Logf("%s: the page after sign-in has none of its fields", action)
	}
}
