package institutions_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestListFindsByBeginningsOfWordsAndSaysWhatItTookThemFor(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("ministry_officer", w.root)
	b.get("/institutions").see(200, "2 institutions", "Күн мектеби", "Ай мектеби", "700112")
	b.get("/institutions?q=mekt+kun").see(200, "1 institution", "Күн мектеби").notSee("Ай мектеби")
	b.get("/institutions?q=мектпеби").see(200, "Shown: “mektebi”", "2 institutions")
	b.get("/institutions?q=тоотоо").see(200, "Nothing found", "Clear all")
	b.get("/institutions?under="+w.districts[1].UID).see(200, "Ай мектеби").notSee("Күн мектеби")
	b.get("/institutions?type=general.*&f.ownership=private").see(200, "Nothing found")
	b.get("/institutions?state=closed").see(200, "Nothing found")
	b.get("/institutions?f.nothing=1").see(422)
}

func TestSecondMenuOfPlacesNarrowsTheFirst(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("ministry_officer", w.root)
	r, d := w.regions, w.districts
	b.get("/institutions?under="+r[0].UID+"&district="+d[0].UID).see(200, "Күн мектеби").notSee("Ай мектеби")
	// A district left over from another region counts no more.
	b.get("/institutions?under="+r[1].UID+"&district="+d[0].UID).see(200, "Ай мектеби").notSee("Күн мектеби")
	b.get("/institutions?under=&district="+d[0].UID).see(200, "2 institutions")
}

func TestKGER6a_MinistryOfficerSeesThePassportAndWhyItCannotBeEdited(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("ministry_officer", w.root)
	b.get(at(w.school, "")).see(200, "Күн мектеби", "State", "Why can I not edit this?", "KG-ER-6a", "No. 78/1")
	for _, forbidden := range []string{"/edit/", "/act/"} {
		if strings.Contains(b.page.body, forbidden) {
			t.Errorf("the page leads to %s", forbidden)
		}
	}
	b.get("/institutions").notSee("Add institution", "Import from a file")
	b.get("/units").see(200, "2 institutions")
	b.get(at(w.school, "/edit/general")).see(403, "KG-ER-6a")
	b.get(at(w.school, "/act/rename")).see(403)
	b.get("/institutions/new").see(403)
	b.get(at(w.school, "/history")).see(200, "Entered in the register")
	b.get(at(w.school, "/print")).see(200, "Passport of the institution", "Signature")
}

func TestDistrictOfficerEditsInTheDistrictAndIsRefusedElsewhere(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("district_officer", w.districts[0])
	page := at(w.school, "/edit/infrastructure")
	b.get(page).see(200, "Year built", "m²", "District heating")
	b.submit(page, "", "year_built", "1700", "classrooms", "many", "land_area", "1,200.5")
	b.see(422, "The number must be from 1850 to 2026", "Enter a whole number")
	if form := b.form(""); form.Get("land_area") != "1,200.5" || form.Get("classrooms") != "many" {
		t.Errorf("what was typed is lost: %v", form)
	}
	b.submit(page, "", "year_built", "1974", "classrooms", "12").see(303).follow()
	b.see(200, "Saved: Infrastructure, 3 fields.", "1974", "1,200.5 m²", "12")
	if card, said := strings.Index(b.page.body, `id="group-infrastructure"`), strings.Index(b.page.body, "Saved: Infrastructure"); card < 0 || said < card || strings.Count(b.page.body, "Saved: Infrastructure") != 1 {
		t.Errorf("it is said at %d, far from what was saved at %d", said, card)
	}
	b.get(page).submit(page, "").see(303).follow().see(200, "Nothing was changed.")
	b.get(at(w.further, "/edit/infrastructure")).see(403)
	b.get(at(w.school, "/history")).see(200, "Passport changed", "Year built", "1974")
}

// A mistake is the first thing a page's title says; a place in a list that there is no
// longer leads to where the list begins.
func TestAPageSaysWhatIsWrongAndWhereToGoOn(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("district_officer", w.districts[0])
	page := at(w.school, "/edit/infrastructure")
	b.get(page)
	if strings.Contains(b.page.body, "<title>Error:") {
		t.Error("nothing is wrong yet")
	}
	b.submit(page, "", "year_built", "1700").see(422)
	if !strings.Contains(b.page.body, "<title>Error: ") {
		t.Error("the title does not say that something is wrong")
	}
	for list, first := range map[string]string{
		"/institutions?after=gone&q=school": "/institutions?q=school", "/institutions?before=gone": "/institutions", "/institutions?state=all&before=gone&type=x": "/institutions?state=all&amp;type=x",
	} {
		b.get(list).see(422, "First page")
		if !strings.Contains(b.page.body, `href="`+first+`"`) {
			t.Errorf("%s does not lead to %s", list, first)
		}
	}
}

func TestDoubleClickSavesOnce(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("district_officer", w.districts[0])
	page := at(w.school, "/edit/infrastructure")
	form := b.get(page).form("")
	form.Set("floors", "2")
	for range 2 {
		b.send(http.MethodPost, page, "application/x-www-form-urlencoded", []byte(form.Encode()))
		b.see(303)
	}
	b.get(at(w.school, "/history"))
	if n := strings.Count(read(b.page.body), "Passport changed"); n != 1 {
		t.Errorf("saved %d times", n)
	}
	// One goes back, types something else and sends the same form: it was not saved, and the page says so.
	form.Set("floors", "3")
	b.send(http.MethodPost, page, "application/x-www-form-urlencoded", []byte(form.Encode()))
	b.see(409, "sent before with other content", "Look at what is there now").notSee(`name="floors"`)
	b.get(at(w.school, "")).notSee("Floors 3")
}

func TestSaveOverAnothersShowsBothAndLetsOneChooseByField(t *testing.T) {
	w := newWorld(t, "kg")
	first, second := w.as("district_officer", w.districts[0]), w.as("head", w.school.Unit)
	page := at(w.school, "/edit/infrastructure")
	first.get(page)
	second.get(page).submit(page, "", "floors", "3", "classrooms", "20", "computers", "1").see(303)
	first.submit(page, "", "floors", "2", "classrooms", "18", "year_built", "1980")
	first.see(409, "Saved meanwhile: 3", "Yours: 2", "Saved meanwhile: 20", "Yours: 18")
	if strings.Count(first.page.body, "checked") != 1 {
		t.Errorf("of a value that two people typed one is chosen beforehand")
	}
	first.submit(page, "", "_take.floors", "theirs").see(409, "Choose which of the two values shall stand", "Yours: 18", "Classrooms")
	first.submit(page, "", "_take.floors", "theirs", "_take.classrooms", "mine").see(303).follow()
	i, err := w.registry.Get(w.ctx, w.school.UID)
	if err != nil {
		t.Fatal(err)
	}
	if i.Fields["floors"] != 3.0 || i.Fields["classrooms"] != 18.0 || i.Fields["year_built"] != 1980.0 {
		t.Errorf("stands: %v", i.Fields)
	}
}

func TestFieldThatOnlyAColleagueChangedIsNotTakenBack(t *testing.T) {
	w := newWorld(t, "kg")
	first, second := w.as("district_officer", w.districts[0]), w.as("head", w.school.Unit)
	page := at(w.school, "/edit/infrastructure")
	first.get(page)
	second.get(page).submit(page, "", "floors", "3").see(303)
	first.submit(page, "", "classrooms", "18").see(409).submit(page, "").see(303)
	i, _ := w.registry.Get(w.ctx, w.school.UID)
	if i.Fields["floors"] != 3.0 || i.Fields["classrooms"] != 18.0 {
		t.Errorf("stands: %v", i.Fields)
	}
}

func TestActsNeedAnOrderAndLeaveTheirTrace(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	rename := at(w.school, "/act/rename")
	b.get(rename).see(200, "Name (Кыргызча)", "Order")
	b.submit("", rename, "name.ky", "Нур лицейи").see(422, "Fill in this field")
	b.submit("", rename, "name.ky", "Нур лицейи", "since", "1 Feb 2026", "order.number", "01-7/2", "order.date", "20 Jan 2026").see(303)
	b.follow().see(200, "The new name holds from 1 Feb 2026.")
	b.get(at(w.school, "/history")).see(200, "Renamed", "Order 01-7/2 of 20 Jan 2026", "Нур лицейи")

	move := at(w.school, "/act/move")
	b.get(move).see(200, w.regions[0].Name["en"])
	b.get(move+"?to="+w.districts[1].UID).see(200, "New place")
	b.submit("", move, "since", "1 Feb 2026", "order.number", "8", "order.date", "20 Jan 2026").see(303).follow().see(200, w.districts[1].Name["en"])

	merge := at(w.further, "/act/merge")
	b.get(merge).see(200, "Search institutions")
	b.get(merge+"?to="+w.school.UID).see(200, "Taken over by")
	b.submit("", merge, "since", "2 Feb 2026", "order.number", "9", "order.date", "20 Jan 2026").see(303).follow().see(200, "Closed since 2 Feb 2026", "Taken over by")
	w.as("district_officer", w.districts[1]).get(at(w.further, "/edit/infrastructure")).see(423, "The record can no longer be changed", "The institution was closed on 2 Feb 2026").notSee("Closed for now", "not open for entry")
	b.get(at(w.further, "/edit/general")).see(423)
	b.get(at(w.school, "")).see(200, "Took over from", "Ай мектеби")

	reopen := at(w.further, "/act/reopen")
	b.get(reopen).submit("", reopen, "order.number", "10", "order.date", "1 Mar 2026").see(303).follow().see(200, "The closing has been taken back.")
}

func TestASlipInADatedEntryIsAskedAboutPutRightAndTakenBack(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	rename := at(w.school, "/act/rename")
	b.get(rename).notSee("The day is right as it stands")
	b.submit("", rename, "name.ky", "Нур лицейи", "since", "1 Feb 2062", "order.number", "01-7/2", "order.date", "20 Jan 2026").
		see(422, "Did you mean 2026?", "The day is right as it stands")
	b.submit("", rename, "far", "1 Feb 2062", "since", "1 Feb 2090").see(422, "Did you mean 2026?") // of another day it was not said
	b.submit("", rename, "far", "1 Feb 2062", "since", "1 Feb 2062").see(303).follow().see(200, "The new name holds from 1 Feb 2062.", "Put a dated entry right")
	slip := at(w.school, "/correct/name/2062-02-01")
	b.get(at(w.school, "/correct")).see(200, "Нур лицейи", "from 1 Feb 2062", "Exists since", "Take back")
	b.get(slip).see(200, "Valid from", "Reason")
	b.submit("", slip, "since", "1 Feb 2026").see(422, "Fill in this field")
	b.submit("", slip, "since", "1 Feb 2026", "reason", "A slip in the year").see(303).follow().see(200, "The entry has been put right.", "Нур лицейи")
	back := at(w.school, "/withdraw/name/2026-02-01")
	b.get(back).see(200, "Нур лицейи")
	b.submit("", back, "reason", "No such order").see(303).follow().see(200, "The entry has been taken back.").notSee("Нур лицейи")
	b.get(at(w.school, "/history")).see(200, "Dated entry taken back", "No such order", "Нур лицейи", "Dated entry put right", "A slip in the year", "1 Feb 2062")
	b.get(back).see(404)
	b.get(at(w.school, "/withdraw/since/1900-01-01")).see(404)

	place := at(w.school, "/correct/parent/"+w.school.Since.Format("2006-01-02"))
	b.get(place).see(200, "Choose another place")
	b.get(place+"?choose=1").see(200, w.regions[0].Name["en"])
	b.get(place+"?choose=1&to="+w.districts[1].UID).see(200, "New place")
	b.submit("", place, "reason", "The other district").see(303).follow().see(200, w.districts[1].Name["en"])

	// F8: until the day of a closing the other acts are open.
	end := at(w.school, "/act/close")
	b.get(end).notSee("Posts held here")
	w.posts = 12
	b.get(end).see(200, "Posts held here", "12 people").submit("", end, "since", "1 Jan 2027", "order.number", "9", "order.date", "20 Jan 2026").see(303).follow().see(200, "Closes on 1 Jan 2027")
	for _, act := range []string{"rename", "retype", "move", "reopen"} {
		b.get(at(w.school, "/act/"+act)).see(200)
	}
	b.get(at(w.school, "/act/merge")).see(409, "already recorded")
	b.get(at(w.school, "/correct/until/2027-01-01")).see(200, "Closed from")

	officer := w.as("ministry_officer", w.root)
	officer.get(at(w.school, "")).see(200).notSee("Put a dated entry right")
	officer.get(at(w.school, "/correct")).see(403)
	officer.get(at(w.school, "/correct/name/"+w.school.Since.Format("2006-01-02"))).see(403)
}

func TestNewInstitutionIsEnteredWithItsOrder(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("district_officer", w.districts[0])
	// Who has one district is not asked which.
	b.get("/institutions/new").see(200, "Add institution", "Ownership", "Order")
	b.submit("", "/institutions/new", "name.ky", "Жаңы мектеп", "code", "700999").see(422, "Fill in this field")
	b.submit("", "/institutions/new", "type", "secondary_school", "ownership", "public", "since", "1 Sep 2025", "order.number", "5", "order.date", "1 Aug 2025").see(303)
	b.follow().see(200, "The institution has been added.", "Жаңы мектеп", "700999")
	special := w.as("special_administrator", w.root)
	special.get("/institutions/new").see(200, "Where does it belong?", w.regions[0].Name["en"])
	special.get("/institutions/new?in="+w.regions[0].UID).see(200, w.districts[0].Name["en"])
	special.get("/institutions/new?find="+w.districts[1].Code).see(200, w.districts[1].Name["en"])
}

func TestTerritoryOpensWithoutScript(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	b.get("/units").see(200, w.regions[0].Name["en"]).notSee(w.districts[0].Name["en"])
	b.get("/units?open="+w.regions[0].UID).see(200, w.districts[0].Name["en"], "1 institution")
	// Whom the policy gives no numbers is told why.
	w.as("teacher", w.school.Unit).get("/units").see(200, w.regions[0].Name["en"], "Why not?")
}

func TestNothingIsShownToWhoHasNotSignedIn(t *testing.T) {
	w := newWorld(t, "kg")
	b := &browser{world: w, cookies: map[string]string{}}
	for _, path := range []string{"/institutions", at(w.school, ""), "/units", "/institutions/import", "/jobs/x"} {
		if b.get(path); b.page.status != 303 || !strings.HasPrefix(b.page.location, "/sign-in") {
			t.Errorf("%s: %d %s", path, b.page.status, b.page.location)
		}
	}
}
