package web_test

import (
	"context"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/institutions"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
	"mektep/core/web/year"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// asker is a ministry of two administrators, one of whom asks.
type asker struct {
	*webtest.World
	t         *testing.T
	by, other *webtest.Person
}

// What waits for somebody else's word leads to its request, from every form that can end
// in one: it stands there, said to be no mistake, and is asked for once however often the
// form is sent (the world sends each again). The forms are found in the code.
func TestTRIC1_WhatWaitsLeadsToItsRequest(t *testing.T) {
	text := string(webtest.Must(os.ReadFile("testdata/asks.txt")))
	tried := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		tried[line] = true
		t.Run(line, func(t *testing.T) {
			send := forms[line]
			if send == nil {
				t.Fatal("nobody sends this form")
			}
			w := newAsker(t)
			a := send(w)
			to, at, _ := strings.Cut(a.Location, "#")
			made := webtest.Must(w.Approvals.List(w.by.Ctx))
			if len(made) > 0 {
				first := made[0]
				made = slices.DeleteFunc(made, func(r approval.Request) bool { return r.Key != first.Key })
			}
			if a.Status != 303 || to != "/approvals" || len(made) != 1 || at != made[0].UID {
				t.Fatalf("%d to %q, with %d requests: %.600s", a.Status, a.Location, len(made), a.Text())
			}
			page := w.by.Follow().Wants(t, 200, "Your request is recorded", "Waiting", "Withdraw")
			if !strings.Contains(page.Body, `id="`+at+`"`) {
				t.Errorf("the request is not on the page it leads to")
			}
		})
	}
	for line := range forms {
		if !tried[line] {
			t.Errorf("%s is none of the forms that can end in a request", line)
		}
	}
}

func newAsker(t *testing.T) *asker {
	w := &asker{World: webtest.New(t, "kg", "secondary_school"), t: t}
	w.Mount(
		people.Routes(w.Base, people.Services{
			Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals, Detail: year.Detail(w.Calendar),
		}),
		year.Routes(w.Base, w.Calendar),
		institutions.Routes(w.Base, institutions.Services{DB: w.DB, Registry: w.Registry, Tree: w.Tree, Calendar: w.Calendar, Identity: w.Identity}),
	)
	w.by, w.other = w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	return w
}

var order = []string{"order.number", "01-7/245", "order.date", "2 Feb 2026"}

// forms send each form once, as the first administrator.
var forms = map[string]func(w *asker) *webtest.Answer{
	"people /people/new": func(w *asker) *webtest.Answer {
		w.by.Get("/people/new?role=auditor&unit=" + w.Root.UID)
		w.by.Submit("/people/new/review", "family", "Осмонова", "given", "Жеңиш", "email", "jenish@mail.example", "identified_by", "passport", "seen", "1",
			"order.number", "12", "order.date", "1 Mar 2026", "since", "2 Mar 2026").Wants(w.t, 200)
		return w.by.Submit("/people/new")
	},
	"people /people/:uid/edit": func(w *asker) *webtest.Answer {
		return w.own("/edit", "family", "Башкачаев")
	},
	"people /people/:uid/block": func(w *asker) *webtest.Answer { return w.own("/block", "note", "left") },
	"people /people/:uid/reset": func(w *asker) *webtest.Answer {
		return w.own("/reset", "identified_by", "passport", "seen", "1")
	},
	"people /people/:uid/end/:appointment": func(w *asker) *webtest.Answer {
		who := w.With("auditor", w.Root)
		page := "/people/" + who.UID + "/end/" + who.Appointment.UID
		w.by.Get(page).Wants(w.t, 200)
		return w.by.SubmitAt(page, append([]string{"on", "1 Apr 2026", "note", "left"}, order...)...)
	},
	"people /people/:uid/unblock": func(w *asker) *webtest.Answer {
		who := w.With("auditor", w.Root)
		if err := w.Identity.Block(w.Ctx, who.UID, "left"); err != nil {
			w.t.Fatal(err)
		}
		w.by.Get("/people/"+who.UID).Wants(w.t, 200)
		return w.by.Submit("/people/" + who.UID + "/unblock")
	},
	"people /people/:uid/sessions/end": func(w *asker) *webtest.Answer {
		return w.by.Post("/people/" + w.With("auditor", w.Root).UID + "/sessions/end")
	},
	"people /people/:uid/invite":        func(w *asker) *webtest.Answer { return w.invited("/invite") },
	"people /people/:uid/invite/cancel": func(w *asker) *webtest.Answer { return w.invited("/invite/cancel") },
	"people /people/:uid/address": func(w *asker) *webtest.Answer {
		if err := w.Identity.Block(w.Ctx, w.other.UID, "left"); err != nil { // nobody else is left who may confirm it
			w.t.Fatal(err)
		}
		p := w.With("ministry_officer", w.Root)
		page := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
		if err := w.Identity.Correct(w.by.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given, Email: "typed@mail.example"}); err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.Identity.Appoint(w.by.Ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: w.Root, IdentifiedBy: "passport"}); err != nil {
			w.t.Fatal(err)
		}
		w.by.Get("/people/"+p.UID).Wants(w.t, 200)
		return w.by.Submit("/people/" + p.UID + "/address")
	},

	"people /settings/letters": func(w *asker) *webtest.Answer {
		if err := w.Tenants.AddHost(caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "test")), w.Profile.ID, "edu.example"); err != nil {
			w.t.Fatal(err)
		}
		w.by.Get("/settings").Wants(w.t, 200, "edu.example", "The links in letters lead here")
		return w.by.Submit("/settings/letters")
	},

	"institutions /units/new": func(w *asker) *webtest.Answer {
		form := w.by.Get("/units/new?parent="+w.Region.UID).Wants(w.t, 200)
		return w.by.Post("/units/new", typed(form, append([]string{"name.ky", "Жаңы район", "name.ru", "Новый район", "code", "N-1", "since", "1 Feb 2026"}, order...)...)...)
	},
	"institutions /units/proposals/:id/accept": func(w *asker) *webtest.Answer {
		for _, p := range webtest.Must(w.Registry.Territory.Proposals(w.by.Ctx)) {
			if p.Do == "create" && p.Level == unit.Region {
				page := "/units/proposals/" + p.ID + "/accept"
				w.by.Get(page).Wants(w.t, 200)
				return w.by.Submit(page, append([]string{"since", "1 Feb 2026"}, order...)...)
			}
		}
		w.t.Fatal("the profile proposes no region")
		return nil
	},
	`institutions of.actURL(":uid", ":act")`: func(w *asker) *webtest.Answer {
		page := "/units/" + w.Here.UID + "/act/rename"
		w.by.Get(page).Wants(w.t, 200)
		return w.by.Submit(page, append([]string{"name.ky", "Манас району", "name.ru", "Манасский район", "since", "10 Feb 2026"}, order...)...)
	},
	`institutions of.url(":uid") + "/correct/:fact/:on"`: func(w *asker) *webtest.Answer {
		page := w.renamed() + "/correct/name/2026-02-10"
		w.by.Get(page).Wants(w.t, 200)
		return w.by.Submit(page, "name.ky", "Манас району", "name.ru", "Манасский район", "reason", "A slip")
	},
	`institutions of.url(":uid") + "/withdraw/:fact/:on"`: func(w *asker) *webtest.Answer {
		page := w.renamed() + "/withdraw/name/2026-02-10"
		w.by.Get(page).Wants(w.t, 200)
		return w.by.Submit(page, "reason", "No such order")
	},

	"year /calendar/new": func(w *asker) *webtest.Answer { return w.proposes("/calendar/new") },
	"year /calendar/:year/amend": func(w *asker) *webtest.Answer {
		return w.proposes("/calendar/2026-2027/amend", "terms.0.name.ky", "Башка")
	},
}

// own sends the form of an act on an auditor.
func (w *asker) own(act string, fields ...string) *webtest.Answer {
	page := "/people/" + w.With("auditor", w.Root).UID + act
	w.by.Get(page).Wants(w.t, 200)
	return w.by.SubmitAt(page, fields...)
}

// invited sends a form about somebody who is invited to be an auditor.
func (w *asker) invited(act string) *webtest.Answer {
	a := webtest.Must(w.Identity.Appoint(w.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Осмонова", Given: "Жеңиш", Email: "jenish@mail.example"}, Role: "auditor", Unit: w.Root,
	}))
	page := "/people/" + a.Account.UID
	w.by.Get(page).Wants(w.t, 200)
	return w.by.Submit(page + act)
}

// renamed is the page of a place whose name was changed.
func (w *asker) renamed() string {
	err := w.Tree.Rename(w.Ctx, w.Here, map[string]string{"ky": "Ката", "ru": "Ошибка"}, time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC), "9")
	if err != nil {
		w.t.Fatal(err)
	}
	return "/units/" + w.Here.UID
}

// proposes goes through both steps of a school year's form.
func (w *asker) proposes(page string, changes ...string) *webtest.Answer {
	form := w.by.Get(page).Wants(w.t, 200)
	review := w.by.Post(page, typed(form, append(changes, order...)...)...).Wants(w.t, 200, "Nothing has been sent yet")
	return w.by.Post(page, typed(review)...)
}

var (
	control  = regexp.MustCompile(`(?s)<input[^>]*>|<textarea[^>]*>.*?</textarea>|<select[^>]*>.*?</select>`)
	attr     = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	selected = regexp.MustCompile(`<option[^>]*selected[^>]*>`)
	mainForm = regexp.MustCompile(`(?s)<form class="form[ "][^>]*method="post".*?</form>`)
)

// typed is the main form of a page as a browser would send it, with some fields changed.
func typed(a *webtest.Answer, changes ...string) []string {
	values, names := map[string]string{}, []string{}
	set := func(name, value string) {
		if _, known := values[name]; !known {
			names = append(names, name)
		}
		values[name] = value
	}
	for _, c := range control.FindAllString(mainForm.FindString(a.Body), -1) {
		head, rest, _ := strings.Cut(c, ">")
		at := map[string]string{}
		for _, m := range attr.FindAllStringSubmatch(head, -1) {
			at[m[1]] = html.UnescapeString(m[2])
		}
		value := at["value"]
		switch {
		case strings.HasPrefix(c, "<textarea"):
			value = html.UnescapeString(strings.TrimSuffix(rest, "</textarea>"))
		case strings.HasPrefix(c, "<select"):
			value = ""
			for _, m := range attr.FindAllStringSubmatch(selected.FindString(rest), -1) {
				if m[1] == "value" {
					value = html.UnescapeString(m[2])
				}
			}
		case at["type"] == "checkbox" && !strings.Contains(head, " checked"):
			continue
		}
		if at["name"] != "" && at["name"] != "_csrf" {
			set(at["name"], value)
		}
	}
	for i := 0; i+1 < len(changes); i += 2 {
		set(changes[i], changes[i+1])
	}
	var out []string
	for _, name := range names {
		out = append(out, name, values[name])
	}
	return out
}
