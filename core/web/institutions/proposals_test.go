package institutions_test

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/registry"
)

// A difference tells what differs and no more: of names the one that is another, of places the
// one today beside the one by the profile; and what is to come is told as such.
func TestADifferenceTellsWhatDiffers(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("tenant_admin", w.root)
	u := w.districts[0]
	was := maps.Clone(u.Name)
	names := maps.Clone(u.Name)
	names["ru"] = "Будущий район"
	act := registry.Act{Version: u.Version, Since: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Order: audit.Order{Number: "7", Date: time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)}}
	if err := w.registry.Territory.Rename(w.ctx, u.UID, names, act); err != nil {
		t.Fatal(err)
	}
	act.Version = must(w.tree.Get(w.ctx, u.UID)).Version
	if err := w.registry.Territory.Move(w.ctx, u.UID, w.regions[1].UID, act); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, p := range must(w.registry.Territory.Proposals(w.ctx)) {
		if p.Code == u.Code {
			pages[p.Do] = "/units/proposals/" + p.ID + "/accept"
		}
	}
	b.get("/units/proposals").see(200, "Renaming", was["ru"]+" (Русский)", "Move").notSee(was["ky"]+" (Кыргызча)", "Renamed", "Moved")
	b.get(pages["rename"]).see(200, "By the profile "+was["ru"]+" (Русский)")
	b.get(pages["move"]).see(200, "Now "+w.regions[1].Name["en"]+" By the profile "+w.regions[0].Name["en"])
}

// Who declines what was answered meanwhile comes back to the list, which says so.
func TestADifferenceAnsweredMeanwhileIsSaidInTheList(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("tenant_admin", w.root)
	u := w.districts[0]
	names := maps.Clone(u.Name)
	names["ru"] = "Другой район"
	act := registry.Act{Version: u.Version, Since: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Order: audit.Order{Number: "7", Date: time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)}}
	if err := w.registry.Territory.Rename(w.ctx, u.UID, names, act); err != nil {
		t.Fatal(err)
	}
	at := "/units/proposals/"
	for _, p := range must(w.registry.Territory.Proposals(w.ctx)) {
		if p.Code == u.Code {
			at += p.ID
		}
	}
	// A form of a page that was opened before it was answered.
	form := b.get(at + "/accept").form(at + "/accept")
	for _, name := range []string{"since", "order.number", "order.date"} {
		form.Del(name)
	}
	for to, said := range map[string]string{at: "declined already", "/units/proposals/none": "no such difference"} {
		form.Set("_key", strings.Repeat("k", 20)+strconv.Itoa(len(to)))
		b.send(http.MethodPost, to+"/decline", "application/x-www-form-urlencoded", []byte(form.Encode()))
		b.see(303).follow().see(200, "Differences", said)
	}
}
