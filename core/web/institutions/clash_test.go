package institutions_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
)

// clashing is what an act form is filled with, of one kind of unit.
type clashing struct {
	page string   // of the form, after the record's address
	fill []string // what is typed besides day and order
	shut bool     // the record is closed first
}

// Every form of an act that was filled before somebody else changed the record says who
// did what meanwhile, beside what was typed; sent again without a choice it does nothing,
// and it does what was chosen. The acts are the register's: one without a form is named.
func TestAnActOverAnothersIsSeenBeforeItIsDone(t *testing.T) {
	w := newWorld(t, "kg")
	order := []string{"order.number", "5-1", "order.date", "2026-02-01"}
	day := []string{"since", "2026-03-01"}
	formless := map[string][]string{"/institutions/": {"update"}, "/units/": {"create"}} // nothing to be changed over; a code comes with a file or a program
	typeOf := w.profile.TypesAt(w.clock.Now())
	other := typeOf[slices.IndexFunc(typeOf, func(x *profile.Type) bool {
		return x.ID != w.school.Type && slices.Contains(w.profile.ParentsOf(x), unit.District)
	})].ID
	for path, acts := range map[string][]string{"/institutions/": w.registry.Acts(), "/units/": w.registry.Territory.Acts()} {
		for _, act := range acts {
			if slices.Contains(formless[path], act) {
				continue
			}
			t.Run(strings.Trim(path, "/")+" "+act, func(t *testing.T) {
				w := newWorld(t, "kg")
				c := map[string]clashing{
					"rename":   {page: "/act/rename", fill: slices.Concat([]string{"name.ky", "Жазылган ат", "name.ru", "Жазылган ат"}, day, order)},
					"retype":   {page: "/act/retype", fill: slices.Concat([]string{"type", other}, day, order)},
					"move":     {page: "/act/move?to=" + w.elsewhere(path), fill: slices.Concat(day, order)},
					"merge":    {page: "/act/merge?to=" + w.heir(path), fill: slices.Concat(day, order)},
					"close":    {page: "/act/close", fill: slices.Concat(day, order, []string{"rest", w.regions[0].UID})},
					"reopen":   {page: "/act/reopen", fill: order, shut: true},
					"update":   {page: "/act/update", fill: slices.Concat([]string{"code", "U-7"}, order)},
					"correct":  {page: "/correct/name/" + w.since(path), fill: []string{"name.ky", "Жазылган ат", "reason", "Ката"}},
					"withdraw": {page: "/withdraw/name/2026-02-10", fill: []string{"reason", "Ката"}},
				}[act]
				if c.page == "" {
					t.Fatal("the test knows no form of the act")
				}
				w.overAnother(path, c)
			})
		}
	}
}

// elsewhere is a place to which the record of a path can move, heir one of its kind.
func (w *world) elsewhere(path string) string {
	if path == "/units/" {
		return w.regions[1].UID
	}
	return w.districts[1].UID
}

func (w *world) since(path string) string {
	u, _ := w.record(path)
	return u.Since.Format(time.DateOnly)
}

func (w *world) heir(path string) string {
	if path == "/units/" {
		return w.districts[1].UID
	}
	return w.further.UID
}

// record is the unit of a path that is acted on, with the service that changes it.
func (w *world) record(path string) (unit.Unit, *registry.Dated) {
	if path == "/units/" {
		return w.districts[0], w.registry.Territory.Dated
	}
	return w.school.Unit, w.registry.Dated
}

func (w *world) overAnother(path string, c clashing) {
	t := w.t
	u, dated := w.record(path)
	role := map[string]string{"/institutions/": "special_administrator", "/units/": "tenant_admin"}[path]
	b, colleague := w.as(role, w.root), w.colleague(role)
	version := func() int { return must(w.tree.Get(w.ctx, u.UID)).Version }
	act := func(since time.Time) registry.Act {
		return registry.Act{Version: version(), Since: since, Order: audit.Order{Number: "9", Date: founded}, Rest: w.regions[0].UID}
	}
	name := func(name string) map[string]string { return map[string]string{"ky": name, "ru": name} }
	on := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	if err := dated.Rename(w.ctx, u.UID, name("Мурунку ат"), act(on(2, 10))); err != nil {
		t.Fatal(err)
	}
	if c.shut {
		if err := dated.Close(w.ctx, u.UID, nil, act(on(2, 20))); err != nil {
			t.Fatal(err)
		}
	}
	page := path + u.UID + c.page
	action, _, _ := strings.Cut(page, "?")
	meanwhile := func(names string) {
		t.Helper()
		life := must(w.tree.Life(w.ctx, must(w.tree.Get(w.ctx, u.UID))))
		first := life.Names[len(life.Names)-1]
		slip := registry.Slip{Fact: unit.NameFact, On: first.Since, Version: version(), Reason: "Тактоо"}
		err := dated.Correct(colleague, u.UID, registry.Correction{Slip: slip, Name: name(names)})
		if c.shut { // what is closed is changed by its closing alone
			slip = registry.Slip{Fact: unit.ClosingFact, On: *must(w.tree.Get(w.ctx, u.UID)).Until, Version: version(), Reason: "Тактоо"}
			err = dated.Correct(colleague, u.UID, registry.Correction{Slip: slip, Since: slip.On.AddDate(0, 0, -1)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	send := func(form url.Values) *browser {
		b.send("POST", action, "application/x-www-form-urlencoded", []byte(form.Encode()))
		return b
	}
	shown := func() url.Values {
		form := b.form(action)
		if slices.Contains(c.fill, "reason") { // a text of several lines, which form does not read
			form.Set("reason", "Ката")
		}
		return form
	}
	b.get(page)
	form := shown()
	for i := 0; i+1 < len(c.fill); i += 2 {
		form.Set(c.fill[i], c.fill[i+1])
	}
	meanwhile("Башканын аты")
	was := version()
	stands := func() {
		t.Helper()
		if now := version(); now != was {
			t.Fatalf("it was done unseen: version %d, was %d", now, was)
		}
	}
	// What was wrong with the form besides makes it no younger.
	if form.Has("order.date") || form.Has("reason") {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Del("order.date")
		wrong.Set("reason", "")
		send(wrong).see(422)
		stands()
		form.Set("_version", b.form(action).Get("_version"))
	}
	typed := "Жазылган ат"
	send(form).see(409, "saved this record meanwhile", "Saved by Bakyt", "What shall stand?", "Leave it as it is now")
	if !c.shut {
		b.see(409, "Башканын аты")
	}
	if slices.Contains(c.fill, "reason") {
		b.see(409, "Ката")
	}
	if slices.Contains(c.fill, typed) && b.form(action).Get("name.ky") != typed {
		t.Error("what was typed is gone")
	}
	stands()
	send(shown()).see(409, "Choose whether it is still to be done", "Saved by Bakyt")
	stands()
	again := shown()
	leave := url.Values{}
	for k, v := range again {
		leave[k] = v
	}
	leave.Set("_take.act", "theirs")
	leave.Set("_key", leave.Get("_key")+"-leave")
	send(leave).see(303)
	stands()
	// What comes after the choice is asked about as well.
	meanwhile("Дагы башка ат")
	was = version()
	again.Set("_take.act", "mine")
	send(again).see(409, "Choose whether it is still to be done")
	if !c.shut {
		b.see(409, "Дагы башка ат", "Башканын аты")
	}
	stands()
	again = shown()
	again.Set("_take.act", "mine")
	send(again).see(303)
	if version() == was {
		t.Error("chosen, and not done")
	}
}

// colleague is somebody else who changes records, by the name of Bakyt.
func (w *world) colleague(role string) context.Context {
	dbtest.Accounts(w.t, w.db, w.ctx, map[int64]string{99: "Bakyt"})
	c := *w.people[role+w.root.UID]
	c.Account, c.AccountUID = 99, "Bakyt"
	return caller.With(w.ctx, &c)
}

// A difference from the profile is accepted of the unit as it was seen, and an entry that
// somebody else has taken away is no page that there never was.
func TestWhatIsAcceptedOrTakenBackIsWhatWasSeen(t *testing.T) {
	w := newWorld(t, "kg")
	b, colleague := w.as("tenant_admin", w.root), w.colleague("tenant_admin")
	u := w.districts[0]
	rename := func(ctx context.Context, name string, d int) {
		t.Helper()
		act := registry.Act{Version: must(w.tree.Get(w.ctx, u.UID)).Version, Since: time.Date(2026, 2, d, 0, 0, 0, 0, time.UTC), Order: audit.Order{Number: "9", Date: founded}}
		if err := w.registry.Territory.Rename(ctx, u.UID, map[string]string{"ky": name, "ru": name}, act); err != nil {
			t.Fatal(err)
		}
	}
	rename(w.ctx, "Биринчи ат", 3)
	withdraw := "/units/" + u.UID + "/withdraw/name/2026-02-03"
	b.get(withdraw)
	form := b.form(withdraw)
	form.Set("reason", "Ката")
	slip := registry.Slip{Fact: unit.NameFact, On: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), Version: must(w.tree.Get(w.ctx, u.UID)).Version, Reason: "Ката"}
	if err := w.registry.Territory.Withdraw(colleague, u.UID, slip); err != nil {
		t.Fatal(err)
	}
	b.send("POST", withdraw, "application/x-www-form-urlencoded", []byte(form.Encode()))
	b.see(409, "has changed meanwhile: Bakyt").links("/units/" + u.UID + "/correct")

	rename(w.ctx, "Экинчи ат", 4)
	accept := ""
	for _, p := range must(w.registry.Territory.Proposals(w.ctx)) {
		if p.Do == "rename" && p.Code == u.Code {
			accept = "/units/proposals/" + p.ID + "/accept"
		}
	}
	b.get(accept).see(200, "Экинчи ат")
	form = b.form(accept)
	for _, v := range [][2]string{{"since", "2026-02-20"}, {"order.number", "5"}, {"order.date", "2026-02-01"}} {
		form.Set(v[0], v[1])
	}
	rename(colleague, "Үчүнчү ат", 5)
	b.send("POST", accept, "application/x-www-form-urlencoded", []byte(form.Encode()))
	b.see(409, "Saved by Bakyt", "Үчүнчү ат", "What shall stand?")
	b.submit(accept, accept, "_take.act", "mine").see(303)
	if now := must(w.tree.Get(w.ctx, u.UID)); now.Name["ky"] == "Үчүнчү ат" {
		t.Errorf("chosen, and not done: %v", now.Name)
	}
}
