package institutions_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/fault/faulttest"
	"mektep/core/locale"
	"mektep/core/registry"
	"mektep/core/unit"
)

// The territory is changed on screen, on an order: entered, renamed, put right, split with
// each school going where it is said, and taken back.
func TestAPlaceIsEnteredChangedAndClosedOnScreen(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("tenant_admin", w.root)
	region, old := w.regions[0], w.districts[0]
	order := []string{"order.number", "01-7/245", "order.date", "2026-02-02"}
	b.get("/units").see(200, "Add a place or an office", "The country profile differs").links("/units/" + region.UID)
	b.get("/units/"+region.UID).see(200, "Region", region.Code, "Directly below", "Add a place or an office").links("/units/" + old.UID)
	page := "/units/new?parent=" + region.UID
	b.get(page).see(200, "Belongs to")
	b.fill(page, append([]string{"name.ky", "Жаңы район", "name.ru", "Новый район", "code", "", "since", "2000-01-01"}, order...)...).see(422)
	b.fill(page, append([]string{"name.ky", "Жаңы район", "name.ru", "Новый район", "code", "N-1", "since", "2000-01-01"}, order...)...).see(303).follow().see(200, "Жаңы район", "N-1", "Order 01-7/245", "Entered", "District (city)")
	made := must(w.tree.ByCode(w.ctx, unit.District, "N-1"))
	b.fill(page, append([]string{"name.ky", "Экинчи", "name.ru", "Второй", "code", "N-1", "since", "2000-01-01"}, order...)...).see(409, "Another unit has this code")

	rename := "/units/" + made.UID + "/act/rename"
	b.fill(rename, append([]string{"name.ky", "Манас району", "since", "2062-11-28"}, order...)...).see(422, "more than a year ahead")
	b.fill(rename, append([]string{"name.ky", "Манас району", "since", "2026-02-10"}, order...)...).see(303).follow().see(200, "Манас району", "Names and places over time")
	b.get("/units/"+made.UID+"/correct").see(200, "Put right", "Take back")
	b.fill("/units/"+made.UID+"/withdraw/name/2026-02-10", "reason", "Ката жазылган").see(303).follow().see(200, "Жаңы район", "Dated entry taken back", "Ката жазылган")
	b.fill("/units/"+made.UID+"/act/update", append([]string{"code", "N-2"}, order...)...).see(303).follow().see(200, "N-2", "Code changed")

	// A closing says where all goes; a split says it of each.
	b.fill("/units/"+old.UID+"/act/close", append([]string{"since", "2026-03-01"}, order...)...).see(422, "Say where it goes", "Күн мектеби")
	b.get("/units/"+old.UID+"/act/merge").see(200, "Жаңы район")
	b.fill(page, append([]string{"name.ky", "Үчүнчү", "name.ru", "Третий", "code", "N-3", "since", "2000-01-01"}, order...)...).see(303)
	third := must(w.tree.ByCode(w.ctx, unit.District, "N-3"))
	merge := "/units/" + old.UID + "/act/merge?to=" + made.UID + "&to=" + third.UID
	b.get(merge).see(200, "Where does 1 record go?", "Күн мектеби", "Add another one that takes over")
	b.fill(merge, append([]string{"since", "2026-03-01"}, order...)...).see(422, "Say where it goes")
	b.fill(merge, append([]string{"since", "2026-03-01", "into." + w.school.UID, third.UID}, order...)...).see(303).follow().see(200, "Closed since", "Taken over by").links("/units/" + third.UID)
	b.get(at(w.school, "/history")).see(200, "Moved", "Үчүнчү", "01-7/245")
	if now := must(w.tree.Get(w.ctx, w.school.UID)); !unit.Within(now.Path, third.Path) {
		t.Errorf("the school is at %s", now.Path)
	}
	b.get("/units/" + old.UID + "/act/rename").see(423)
	b.fill("/units/"+old.UID+"/act/reopen", order...).see(303).follow().see(200, "Open", "Closing taken back")
	if now := must(w.tree.Get(w.ctx, w.school.UID)); !unit.Within(now.Path, old.Path) {
		t.Errorf("the school stays at %s", now.Path)
	}

	// What is decided for later stands on the page and in the form, and stays in the languages
	// that are left alone.
	b.fill(rename, append([]string{"name.ru", "Район Манас", "since", "2026-04-01"}, order...)...).see(303).follow().see(200, "Name (decided for later)", "Район Манас", "from 1 Apr 2026")
	b.get(rename).see(200, "Name (decided for later)", "Район Манас")
	b.fill(rename, append([]string{"since", "2026-05-01"}, order...)...).see(422, "nothing changes")
	b.fill(rename, append([]string{"name.ky", "Манас", "since", "2026-05-01"}, order...)...).see(303)
	if life := must(w.tree.Life(w.ctx, made)); life.Names[0].Name["ru"] != "Район Манас" || life.Names[0].Name["ky"] != "Манас" {
		t.Errorf("the latest names are %v", life.Names[0].Name)
	}
	// Who enters a school into a place that ends reads first where it goes then.
	b.fill("/units/"+third.UID+"/act/merge?to="+made.UID, append([]string{"since", "2026-06-01"}, order...)...).see(303)
	w.as("special_administrator", w.root).get("/institutions/new?parent="+third.UID).see(200, "closes on 1 Jun 2026", "goes with the others")

	// Who may not is told why; what is fixed offers nothing.
	c := w.as("district_officer", w.districts[1])
	c.get("/units").see(200).notSee("Add a place", "differs")
	c.get("/units/"+old.UID).see(200).notSee("Add a place", "Decisions")
	for _, page := range []string{rename, page, "/units/proposals", "/units/" + made.UID + "/correct"} {
		c.get(page).see(403)
	}
	c.get("/units/" + w.school.UID).see(404)
	c.get("/units/" + w.root.UID).see(200).notSee("Decisions")
}

// fill opens the form of a page, fills fields in and sends it to where it goes.
func (b *browser) fill(page string, fields ...string) *browser {
	b.t.Helper()
	action, _, _ := strings.Cut(page, "?")
	b.get(page)
	return b.submit(page, action, fields...)
}

// links fails where the page does not lead to an address.
func (b *browser) links(to ...string) *browser {
	b.t.Helper()
	for _, url := range to {
		if !strings.Contains(b.page.body, `href="`+url) {
			b.t.Errorf("the page does not lead to %s", url)
		}
	}
	return b
}

// What the country profile says otherwise is shown, accepted on an order, or declined.
func TestDifferencesFromTheProfileAreAnsweredOnScreen(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("tenant_admin", w.root)
	b.get("/units/proposals").see(200, "New", "Accept", "Decline")
	forms := formPattern.FindAllStringSubmatch(b.page.body, -1)
	decline := ""
	for _, f := range forms {
		if i := strings.Index(f[1], "/units/proposals/"); i >= 0 && decline == "" {
			decline = f[1][i : i+strings.IndexByte(f[1][i:], '"')]
		}
	}
	accept := strings.TrimSuffix(decline, "/decline") + "/accept"
	b.get(accept).see(200, "By the profile", "Order")
	b.fill(accept, "since", "2026-02-01").see(422)
	b.fill(accept, "since", "2026-02-01", "order.number", "5", "order.date", "2026-02-01").see(303).follow().see(200)
	b.get(accept).see(404)
	next := ""
	for _, f := range formPattern.FindAllStringSubmatch(b.get("/units/proposals").page.body, -1) {
		if i := strings.Index(f[1], "/units/proposals/"); i >= 0 && next == "" {
			next = f[1][i : i+strings.IndexByte(f[1][i:], '"')]
		}
	}
	b.submit("/units/proposals", next).see(303).follow().see(200, "Declined")
	if strings.Contains(b.page.body, `action="`+next) {
		t.Error("it can be declined again")
	}
	// A closing that the profile does not know is taken back: that has no day of its own.
	u := w.districts[len(w.districts)-1]
	order := audit.Order{Number: "7", Date: time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)}
	if err := w.registry.Territory.Close(w.ctx, u.UID, nil, registry.Act{Version: u.Version, Since: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Order: order, Rest: w.districts[0].UID}); err != nil {
		t.Fatalf("%v %+v", err, faulttest.Of(t, err).Fields)
	}
	b.get("/units/proposals").see(200, "Decided otherwise: order No. 7 of 10 Jan 2026")
	for _, p := range must(w.registry.Territory.Proposals(w.ctx)) {
		if p.Do == "reopen" && p.Code == u.Code {
			accept = "/units/proposals/" + p.ID + "/accept"
		}
	}
	b.get(accept).see(200, "Exists again").notSee(`name="since"`)
	b.fill(accept, "order.number", "8", "order.date", "2026-02-01").see(303)
	now := must(w.tree.Get(w.ctx, u.UID))
	if now.Until != nil {
		t.Errorf("closed on %s", now.Until)
	}
	// One that ends on a day to come is there today, called as it is called today.
	order.Number = "9"
	day := func(month time.Month) time.Time { return time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC) }
	if err := w.registry.Territory.Rename(w.ctx, u.UID, map[string]string{"ky": "Келечек району", "ru": "Будущий район"}, registry.Act{Version: now.Version, Since: day(5), Order: order}); err != nil {
		t.Fatal(err)
	}
	now = must(w.tree.Get(w.ctx, u.UID))
	if err := w.registry.Territory.Close(w.ctx, u.UID, nil, registry.Act{Version: now.Version, Since: day(6), Order: order, Rest: w.districts[0].UID}); err != nil {
		t.Fatalf("%v %+v", err, faulttest.Of(t, err).Fields)
	}
	b.get("/units/proposals").see(200, "Does not end (1 Jun 2026 in the ministry)").notSee("Будущий")
}

// What somebody may not see is not nothing: a place beyond one's area has no number, and
// one that reaches beyond it says how many institutions are one's own.
func TestNumbersOfTheTerritoryAreOfOnesOwnArea(t *testing.T) {
	w := newWorld(t, "kg")
	all, mine := w.as("special_administrator", w.root), w.as("district_officer", w.districts[0])
	all.get("/units").see(200, "Jalal-Abad Region 1 institution", "Issyk-Kul Region 1 institution").notSee("in your area")
	mine.get("/units").see(200, "Issyk-Kul Region in your area: 1", "Jalal-Abad Region Units below").notSee("0 institutions")
}

// A place entered by mistake is taken back on screen, and a second one of a name is asked
// about; a renaming says which name is in which language.
func TestAPlaceIsTakenBackAndNamedTwiceOnScreen(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("tenant_admin", w.root)
	region, other := w.regions[0], w.districts[0]
	order := []string{"order.number", "01-7/245", "order.date", "2026-02-02"}
	page := "/units/new?parent=" + region.UID
	fill := append([]string{"name.ky", other.Name["ky"], "name.ru", "Новый район", "code", "N-1", "since", "2000-01-01"}, order...)
	b.fill(page, fill...).see(422, "There is another unit of this name below", other.Code, "two different units are to bear this name")
	b.submit(page, "/units/new", "same_name", "1").see(303).follow().see(200, "Новый район")
	made := must(w.tree.ByCode(w.ctx, unit.District, "N-1"))
	b.fill("/units/"+made.UID+"/act/rename", append([]string{"name.ky", other.Name["ky"], "name.ru", "Другой район", "since", "2026-02-10"}, order...)...).see(303).
		follow().see(200, "Другой район (Русский)", other.Name["ky"]+" (Кыргызча)")
	b.get("/units/"+made.UID+"/correct").see(200, "Take the whole entry back")
	back := "/units/" + made.UID + "/withdraw/since/2000-01-01"
	b.fill(back, "reason", "").see(422)
	b.get("/units/"+w.districts[0].UID+"/correct").see(200, "Take the whole entry back")
	b.fill("/units/"+w.districts[0].UID+"/withdraw/since/"+w.districts[0].Since.Format("2006-01-02"), "reason", "Ката").see(409, "other units hang on it", "Күн мектеби")
	b.fill(back, "reason", "Ката киргизилген").see(303).follow().see(200, "Taken back: entered by mistake", "Ката киргизилген", "N-1").notSee("Decisions", "Add a place")
	b.get("/units/" + region.UID).see(200).notSee("Другой район")
	b.get("/units").notSee("Другой район")
	b.get("/units/"+made.UID+"/act/rename").see(423, "entered by mistake and has been taken back", "its code is free")
	b.get("/units/" + made.UID + "/correct").see(423)
	b.get(at(w.school, "/withdraw/since/2001-09-01")).see(404) // an institution is closed
}

// Places stand in the order of the reader's language wherever they are chosen or looked at, though
// the ministry keeps them in that of its own.
func TestPlacesStandInTheReadersOrder(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	for _, path := range []string{"/units", "/institutions", "/units/" + w.root.UID, "/institutions/new"} {
		for _, tag := range []string{"en", "ky", "ru"} {
			w.people["special_administrator"+w.root.UID].Language = tag
			b.get(path)
			_, main, _ := strings.Cut(b.page.body, "<main")
			var at []int
			names := []string{w.regions[0].Name[tag], w.regions[1].Name[tag]}
			slices.SortFunc(names, func(a, b string) int { return strings.Compare(locale.SortKey(tag, a), locale.SortKey(tag, b)) })
			for _, n := range names {
				at = append(at, strings.Index(main, n))
			}
			if at[0] < 0 || at[0] > at[1] {
				t.Errorf("%s in %s: %v stand at %v", path, tag, names, at)
			}
		}
	}
}
