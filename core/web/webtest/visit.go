package webtest

import (
	"context"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/consent"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/unit"
)

// Person is somebody with an account, and their browser.
type Person struct {
	identity.Account
	Appointment identity.Appointment
	Ctx         context.Context // acts as they do
	w           *World
	token       string
	cookies     map[string]string
	last        *Answer
	at          string // address of the page, for forms that name none
	led         string // where the last redirect led
}

// With gives a new person a role, on the system's word; they accept and sign what
// the role demands.
func (w *World) With(role string, u unit.Unit) *Person {
	p := w.Fresh(role, u)
	for _, x := range Must(w.Consent.Pending(p.Ctx)) {
		if _, err := w.Consent.Sign(p.Ctx, consent.Signing{ID: x.ID, Language: w.Profile.Main(), Name: p.Name, Position: role, Agreed: true}); err != nil {
			w.T.Fatal(err)
		}
	}
	return p
}

// Fresh is With for somebody who has signed nothing yet.
func (w *World) Fresh(role string, u unit.Unit) *Person {
	w.T.Helper()
	w.persons++
	family := "Бакытов" + string([]rune("абвгдежзиклмнопрст")[w.persons%18])
	a, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: family, Given: "Асан", Email: fmt.Sprintf("asan%d@mail.example", w.persons)}, Role: role, Unit: u,
	})
	if err != nil {
		w.T.Fatal(err)
	}
	t := caller.From(w.Ctx).Tenant
	nobody := caller.With(context.Background(), &caller.Caller{Tenant: t})
	if _, err := w.Identity.Accept(nobody, a.Key.Path[strings.LastIndexByte(a.Key.Path, '/')+1:], identity.Acceptance{Login: fmt.Sprintf("asan.%d", w.persons), Password: Password, Language: "en"}); err != nil {
		w.T.Fatal(err)
	}
	err = w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error { // a second factor, which no test here is asked for
		_, err := tx.PGX().Exec(ctx, "UPDATE account SET totp_sealed = '\\x00', totp_at = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), a.Account.ID, w.Clock.Now())
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	c := Must(w.Identity.ResolveAccount(context.Background(), t, a.Account.ID))
	c.SecondFactor, c.Language = true, "en"
	return &Person{
		Account: a.Account, Appointment: a.Appointment, Ctx: caller.With(context.Background(), c), w: w,
		token: fmt.Sprintf("%d.session%d", a.Account.ID, w.persons), cookies: map[string]string{},
	}
}

// As returns a context in which an account acts as it is now, with a second factor.
func (w *World) As(account int64) context.Context {
	w.T.Helper()
	c := Must(w.Identity.ResolveAccount(context.Background(), caller.From(w.Ctx).Tenant, account))
	c.SecondFactor, c.Language = true, "en"
	return caller.With(context.Background(), c)
}

// Answer is what came back.
type Answer struct {
	Status   int
	Body     string
	Location string
	Header   http.Header
}

// Text is what stands on the page, without markup.
func (a *Answer) Text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(a.Body, " "))), " ")
}

// Get asks for a page.
func (p *Person) Get(path string) *Answer { return p.send(http.MethodGet, path, nil) }

// Submit sends the form of the last page that posts to action (the page's own
// address where it names none): its hidden fields, and the fields given as pairs.
func (p *Person) Submit(action string, fields ...string) *Answer {
	p.w.T.Helper()
	for _, form := range forms.FindAllString(p.last.Body, -1) {
		head, _, _ := strings.Cut(form, ">")
		to := ""
		for _, m := range attrs.FindAllStringSubmatch(head, -1) {
			if m[1] == "action" {
				to = html.UnescapeString(m[2])
			}
		}
		if to != action || to == "" && !strings.Contains(head, `class="form"`) {
			continue
		}
		v := url.Values{}
		for _, in := range input.FindAllString(form, -1) {
			a := map[string]string{}
			for _, m := range attrs.FindAllStringSubmatch(in, -1) {
				a[m[1]] = html.UnescapeString(m[2])
			}
			v.Set(a["name"], a["value"])
		}
		for i := 0; i+1 < len(fields); i += 2 {
			v.Add(fields[i], fields[i+1])
		}
		if action == "" {
			action = p.at
		}
		return p.send(http.MethodPost, action, v)
	}
	p.w.T.Fatalf("no form to %s on the page: %s", action, p.last.Text())
	return nil
}

// Box is what a ticked box of the page sends, and whether it is ticked.
func (a *Answer) Box(name string) (value string, ticked bool) {
	for _, in := range box.FindAllString(a.Body, -1) {
		has := map[string]string{}
		for _, m := range attrs.FindAllStringSubmatch(in, -1) {
			has[m[1]] = html.UnescapeString(m[2])
		}
		if has["name"] == name {
			return has["value"], strings.Contains(in, " checked")
		}
	}
	return "", false
}

// Post sends a form that is not on the last page, with a valid token: what
// somebody could send who knows the address.
func (p *Person) Post(path string, fields ...string) *Answer {
	p.w.T.Helper()
	home := p.Get("/calendar")
	v := url.Values{}
	for _, in := range input.FindAllString(home.Body, -1) {
		if strings.Contains(in, `"_csrf"`) {
			for _, m := range attrs.FindAllStringSubmatch(in, -1) {
				if m[1] == "value" {
					v.Set("_csrf", m[2])
				}
			}
		}
	}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return p.send(http.MethodPost, path, v)
}

// SubmitAt sends the last page's main form, which names no address, to the page's
// own.
func (p *Person) SubmitAt(path string, fields ...string) *Answer {
	p.w.T.Helper()
	p.at = path
	defer func() { p.at = "" }()
	return p.Submit("", fields...)
}

// Show makes an earlier answer the page that Submit looks at, as the browser's
// way back does.
func (p *Person) Show(a *Answer) { p.last = a }

// Follow goes where the last answer leads.
func (p *Person) Follow() *Answer {
	p.w.T.Helper()
	if p.last.Status != http.StatusSeeOther {
		p.w.T.Fatalf("no redirect but %d: %s", p.last.Status, p.last.Text())
	}
	p.led = p.last.Location
	return p.Get(p.led)
}

// send sends a request; a form that succeeds is sent again, see Again.
func (p *Person) send(method, path string, form url.Values) *Answer {
	p.w.T.Helper()
	key := form.Get("_key")
	if form != nil && key == "" {
		p.w.sent++
		key = fmt.Sprintf("sent-as-number-%d", p.w.sent)
	}
	if form != nil && !p.w.tried[path] {
		p.w.tried[path] = true
		p.keeps(path, key, form)
	}
	if form == nil {
		p.last = p.ask(method, path, key, form, p.cookies)
		return p.last
	}
	p.last = Again(p.w.T, p.w.DB, path, key, func(again bool) *Answer {
		if again {
			return p.ask(method, path, key, form, maps.Clone(p.cookies))
		}
		return p.ask(method, path, key, form, p.cookies)
	})
	return p.last
}

// keeps sends a form in every way in which it is refused, see Keeps.
func (p *Person) keeps(path, key string, form url.Values) {
	p.w.T.Helper()
	as := func(token string) *Person {
		other := *p
		other.token, other.cookies = token, maps.Clone(p.cookies)
		return &other
	}
	Illegible(p.w.T, path, form, func(path string, form url.Values) *Answer {
		if form == nil {
			return p.ask(http.MethodGet, path, "", nil, maps.Clone(p.cookies))
		}
		return p.ask(http.MethodPost, path, key, form, maps.Clone(p.cookies))
	})
	Keeps(p.w.T, path, form, Sender{
		Refused: func(how string) *Answer {
			return as(p.token).ask(http.MethodPost, path, key, form, map[string]string{}, Refuse, how)
		},
		Ended: func() *Answer { return as("0.over").ask(http.MethodPost, path, key, form, map[string]string{}) },
		Get:   func(to string) *Answer { return p.ask(http.MethodGet, to, "", nil, maps.Clone(p.cookies)) },
	})
}

func (p *Person) ask(method, path, key string, form url.Values, cookies map[string]string, headers ...string) *Answer {
	p.w.T.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, "http://"+p.w.Host+path, body)
	if err != nil {
		p.w.T.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Idempotency-Key", key)
	}
	r.AddCookie(&http.Cookie{Name: "mektep", Value: p.token})
	for k, v := range cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	resp, err := p.w.app.Test(r, -1)
	if err != nil {
		p.w.T.Fatal(err)
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		cookies[c.Name] = c.Value
	}
	raw := Must(io.ReadAll(resp.Body))
	return &Answer{Status: resp.StatusCode, Body: string(raw), Location: resp.Header.Get("Location"), Header: resp.Header}
}

// Wants fails unless the answer has the status and each of the texts.
func (a *Answer) Wants(t testing.TB, status int, texts ...string) *Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("want %d, got %d: %s", status, a.Status, a.Text())
	}
	page := a.Text()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Fatalf("%q is not on the page: %s", x, page)
		}
	}
	return a
}

// Lacks fails when one of the texts stands anywhere in the answer.
func (a *Answer) Lacks(t testing.TB, texts ...string) *Answer {
	t.Helper()
	for _, x := range texts {
		if strings.Contains(a.Body, x) {
			t.Fatalf("%q stands on the page: %s", x, a.Text())
		}
	}
	return a
}

// Last is the page that the person looks at.
func (p *Person) Last() *Answer { return p.last }

// LastPath is where the last redirect led, without what follows the path.
func (p *Person) LastPath() string {
	path, _, _ := strings.Cut(p.led, "?")
	path, _, _ = strings.Cut(path, "#")
	return path
}
