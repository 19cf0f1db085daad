package institutions_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestImportInFourStepsWithoutScript(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).see(200, "No imports yet", "Template")
	b.submit("", start).see(422, "Choose a file.")
	// A file that comes after the session ended is not kept, and whoever sent it reads so.
	session := b.cookies["mektep"]
	b.get(start)
	delete(b.cookies, "mektep")
	b.upload(start, "list.csv", "a;b\n1;2\n").see(303)
	b.cookies["mektep"] = session
	b.get(start).see(200, "Your session had ended; the file you chose has not been taken")
	b.get(start).upload(start, "list.csv", "").see(422, "The file is empty")

	csv := "name;type;district code;code;ownership\n" +
		"Бир мектеп;secondary_school;" + w.districts[0].Code + ";700201;public\n" +
		"Эки мектеп;space_school;" + w.districts[0].Code + ";700202;public\n"
	b.get(start).upload(start, "list.csv", csv).see(303).follow()
	b.see(200, "list.csv", "Match columns", "e.g. Бир мектеп")
	at := importAt(t, b)
	b.submit("", at+"/columns", "targets.0", "", "targets.3", "").see(422, "Choose the column with the name.")
	b.submit("", at+"/columns", "targets.0", "name", "targets.3", "code").see(303)
	b.until(at, "1 row has errors").see(200, "Line 3", "space_school", "There is no such type of institution.").notSee("Enter into the register")
	b.submit("", at+"/answers", "leave", "the last").see(422, "Give numbers of lines")
	b.submit("", at+"/answers", "leave", "3").see(303)
	b.until(at, "The file can be entered").see(200, "Left out, as you answered.").notSee("Not taken over")
	b.get(at+"?step=columns").submit("", at+"/columns", "targets.0", "", "targets.3", "").see(422, "Choose the column with the name.", "Match columns")
	b.get(at+"?step=columns").submit("", at+"/columns", "targets.3", "").see(303)
	b.until(at, "The file can be entered").see(200, "Not taken over from the file: code.")

	b.get(start).upload(start, "list.csv", strings.ReplaceAll(csv, "space_school", "secondary_school")).see(303).follow()
	at = importAt(t, b)
	b.submit("", at+"/columns").see(303)
	b.until(at, "The file can be entered").see(200, "Nothing to object to", "What will be entered", "2 new", "Эки мектеп", "700202", "Secondary school").submit("", at+"/apply").see(303)
	b.until(at, "The list has been entered")
	b.get("/institutions?q=700202").see(200, "Эки мектеп")

	b.get(at).submit("", at+"/undo").see(303)
	b.until(at, "The import has been undone")
	b.get("/institutions?q=700202").see(200, "Nothing found")
	b.get(start).see(200, "Undone", "list.csv")
}

// What was warned of rows that were entered is not gone with the preview: whoever entered the
// list looks into it afterwards.
func TestWarningsOfEnteredRowsStandOnTheResult(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).upload(start, "list.csv", "name;type;district;ownership\nБир мектеп;Билим үйү;"+w.districts[0].Name["ru"]+";public\n").see(303).follow()
	at := importAt(t, b)
	b.submit("", at+"/columns").see(303)
	b.until(at, "Words that do not settle").submit("", at+"/answers", "places.0", "secondary_school").see(303)
	b.until(at, "The file can be entered").see(200, "Read as Secondary school").submit("", at+"/apply").see(303)
	b.until(at, "The list has been entered").see(200, "What was found", "Line 2", "Read as Secondary school")
	b.submit("", at+"/undo").see(303)
	b.until(at, "The import has been undone").notSee("What was found")
}

// A column that seems to hold the name in two languages is offered to be read so; it is, once somebody has
// said so, and the preview shows both.
func TestANameInTwoLanguagesIsOfferedToBeParted(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).upload(start, "list.csv", "Аталышы / Наименование;type;district code;ownership\nКүнгөй / Солнышко;kindergarten;"+w.districts[0].Code+";public\n").see(303).follow()
	b.see(200, "seem to have a text in several languages", "Name (Кыргызча), then Name (Русский)", "Name (Русский), then Name (Кыргызча)")
	at := importAt(t, b)
	b.submit("", at+"/columns").see(303)
	b.until(at, "The file can be entered").see(200, "The cell seems to have the name in two languages")
	b.get(at+"?step=columns").submit("", at+"/columns", "targets.0", "name.ky+name.ru").see(303)
	b.until(at, "The file can be entered").see(200, "Күнгөй", "Солнышко", "Русский").notSee("Күнгөй / Солнышко", "seems to have the name")
	b.get(at + "?step=columns").notSee("seem to have a text in several languages")
}

// Where a long preview has its totals is its last page: that is reached at once, and says which rows it has,
// and which are not listed.
func TestTheLastPageOfALongPreviewIsReachedAtOnce(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	var csv strings.Builder
	csv.WriteString("name;type;district code;code;ownership\n")
	for n := range 1101 {
		fmt.Fprintf(&csv, "№ %d мектеп;secondary_school;%s;%06d;public\n", n+1, w.districts[0].Code, 710001+n)
	}
	b.get(start).upload(start, "list.csv", csv.String()).see(303).follow()
	at := importAt(t, b)
	b.submit("", at+"/columns").see(303)
	b.until(at, "The file can be entered").see(200, "1–50 of 1,101", "Last page").notSee("First page", "are not listed")
	if !strings.Contains(b.page.body, at+"?new=950") {
		t.Error("no link to the last page")
	}
	b.get(at+"?new=50").see(200, "51–100 of 1,101", "First page", "Last page")
	b.get(at+"?new=900").see(200, "901–950 of 1,101", "№ 950 мектеп")
	b.get(at+"?new=950").see(200, "1,052–1,101 of 1,101", "951–1,051 are not listed", "№ 1101 мектеп", "First page").notSee("Last page")
}

func importAt(t *testing.T, b *browser) string {
	t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(b.page.body, -1) {
		if i := strings.Index(m[1], `action="/institutions/import/`); i >= 0 {
			action := strings.SplitN(m[1][i+8:], `"`, 2)[0]
			return action[:strings.LastIndex(action, "/")]
		}
	}
	t.Fatalf("no import here: %s", read(b.page.body))
	return ""
}

func TestUndoIsRefusedOnceSomebodyHasTouchedARow(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	csv := "name;type;district code;code;ownership\nБир мектеп;secondary_school;" + w.districts[0].Code + ";700201;public\n"
	b.get(start).upload(start, "list.csv", csv).follow()
	at := importAt(t, b)
	b.submit("", at+"/columns")
	b.until(at, "The file can be entered").submit("", at+"/apply")
	b.until(at, "The list has been entered")

	officer := w.as("district_officer", w.districts[0])
	officer.get("/institutions?q=700201")
	i := strings.Index(officer.page.body, `class="row-link" href="`)
	uid := officer.page.body[i+len(`class="row-link" href="/institutions/`):][:16]
	page := "/institutions/" + uid + "/edit/general"
	officer.get(page).submit(page, "", "short_name", "БМ").see(303)

	b.get("/institutions/"+uid+"/history").see(200, "from an imported list")
	b.get(at).submit("", at+"/undo").see(303)
	b.until(at, "Undoing an import: Failed").see(200, "The list has been entered", "Put them right one by one: Бир мектеп (700201)")
	b.get("/institutions?q=700201").see(200, "Бир мектеп")
}

func TestExportIsWaitedForAndOnlyItsAskerGetsIt(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("ministry_officer", w.root)
	b.get("/institutions?q=kun").submit("", "/institutions/export?format=csv&q=kun").see(303)
	at := b.page.location
	b.until(at, "Download the file").get(at + "/file")
	if b.page.status != 200 || !strings.Contains(b.page.header.Get("Content-Disposition"), ".csv") {
		t.Fatalf("%d %v", b.page.status, b.page.header)
	}
	if !strings.Contains(b.page.body, "Күн мектеби") || strings.Contains(b.page.body, "Ай мектеби") {
		t.Errorf("the file holds another list: %s", b.page.body)
	}
	other := w.as("special_administrator", w.root)
	other.get(at).see(404)
	other.get(at + "/file").see(404)
}

func TestTemplateIsATableOfTheProfile(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	b.get("/institutions/import/template/csv")
	if b.page.status != 200 || !strings.Contains(b.page.header.Get("Content-Disposition"), "institutions.csv") || !strings.Contains(b.page.body, "Languages of instruction") {
		t.Errorf("%d %v %.200s", b.page.status, b.page.header, b.page.body)
	}
	b.get("/institutions/import/template/doc").see(404)
	w.as("ministry_officer", w.root).get("/institutions/import").see(403)
}

// How the file is read, what all rows say and what words mean for places is shown,
// chosen and kept, without script and in four languages.
func TestAnImportIsReadAsThePersonSays(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	district := w.districts[0].Name["ru"]
	csv := "СПИСОК\n\nname;type;district\nБир мектеп;secondary_school;Там\nЭки мектеп;secondary_school;" + district + "\n"
	b.get(start).upload(start, "list.csv", csv).see(303).follow()
	b.see(200, "How the file is read", "Unicode (UTF-8)", "Turkish (Windows-1254)", "Semicolon ;", "Upright stroke |", "Row of headings", "One value for all rows", "Match columns")
	at := importAt(t, b)
	b.submit("", at+"/reading", "reading.heading", "99").see(422, "The file has no row there.")
	b.submit("", at+"/reading", "reading.heading", "1").see(303).follow().see(200, "СПИСОК")
	b.submit("", at+"/reading", "reading.heading", "").see(303).follow().see(200, "e.g. Бир мектеп")
	b.submit("", at+"/columns").see(422, "is required, and no column has it")
	b.submit("", at+"/columns", "values.ownership", "public").see(303)
	b.until(at, "Words that do not settle a place, a type or an entry of a list").see(200, "“Там”, rows: 1")
	b.submit("", at+"/answers", "places.0", "nowhere", "leave", "4-5").see(422, "There is no such place").notSee("Nothing to object to")
	if !strings.Contains(b.page.body, `value="4-5"`) {
		t.Error("what was written of lines is lost with the places")
	}
	b.submit("", at+"/answers", "places.0", w.districts[0].Code, "leave", "").see(303)
	b.until(at, "The file can be entered")
	// The answer stays in the form, and can be changed or taken back there.
	holds := func(district int) {
		t.Helper()
		b.see(200, "“Там”, rows: 1", "Answered; emptied, it is asked again", "Read as "+w.districts[district].Name["en"])
		if !strings.Contains(b.page.body, `value="`+w.districts[district].Code+`"`) {
			t.Error("the answer is not in the form")
		}
	}
	holds(0)
	b.submit("", at+"/answers", "places.0", w.districts[1].Code).see(303)
	b.until(at, "The file can be entered")
	holds(1)
	b.submit("", at+"/answers", "places.0", "").see(303)
	b.until(at, "Words that do not settle a place, a type or an entry of a list").see(200, "“Там”, rows: 1", "There is no such place").notSee("Answered; emptied")
}

// A column of which nobody knows what it is, is neither taken nor left out until somebody has said
// so; what is left out stays so.
func TestAColumnThatCouldBeSomethingIsChosen(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).upload(start, "list.csv", "name;type;district;ownership;Дорога\nБир мектеп;secondary_school;"+w.districts[0].Name["ru"]+";public;Да\n").see(303).follow()
	at := importAt(t, b)
	b.see(200, "could be “Road closed in winter”", "— Choose —", "their headings do not say for sure: Дорога.")
	b.submit("", at+"/columns").see(422, "Choose what this column is")
	b.submit("", at+"/columns", "targets.4", "-").see(303)
	b.until(at, "The file can be entered").see(200, "Not taken over from the file: Дорога")
	b.get(at + "?step=columns").see(200).notSee("could be “Road closed in winter”")
	b.submit("", at+"/columns", "targets.4", "short_name").see(303)
	b.until(at, "The file can be entered").notSee("Not taken over from the file")
}

// What was chosen for a column that could be something, to leave it out too, stands in the form that
// comes back refused, whatever was wrong; what is still open says so beside its select, and by its
// name above the form.
func TestAColumnThatWasLeftOutStaysSoInARefusedForm(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).upload(start, "list.csv", "name;type;district;ownership;Дорога;Крыша;Вода\nБир мектеп;secondary_school;"+w.districts[0].Name["ru"]+";public;Да;Да;Да\n").see(303).follow()
	at := importAt(t, b)
	left := func(k string, want bool) {
		t.Helper()
		_, form, _ := strings.Cut(b.page.body, `name="targets.`+k+`"`)
		form, _, _ = strings.Cut(form, "</select>")
		if got := strings.Contains(form, `value="-" selected`); got != want {
			t.Errorf("column %s: left out %v, not %v", k, got, want)
		}
	}
	b.submit("", at+"/columns", "targets.4", "-").see(422, "Крыша: Choose what this column is", "Вода: Choose what this column is").notSee("Дорога: Choose")
	left("4", true)
	left("5", false)
	b.submit("", at+"/columns", "targets.5", "-", "targets.6", "-", "since", "31.02.2026").see(422).notSee("Choose what this column is")
	left("4", true)
	left("5", true)
	left("6", true)
	b.submit("", at+"/columns", "since", "").see(303)
	b.until(at, "The file can be entered").see(200, "Not taken over from the file: Дорога")
}

// A word for a type is asked about beside those for places, and answered out of a list.
func TestAWordForATypeIsAnsweredInTheForm(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).upload(start, "list.csv", "name;type;district;ownership\nБир мектеп;Билим үйү;"+w.districts[0].Name["ru"]+";public\n").see(303).follow()
	at := importAt(t, b)
	b.submit("", at+"/columns").see(303)
	b.until(at, "Words that do not settle a place, a type or an entry of a list").see(200, "“Билим үйү”, rows: 1", "Secondary school")
	b.submit("", at+"/answers", "places.0", "secondary_school").see(303)
	b.until(at, "The file can be entered").see(200, "Answered; emptied", "Read as Secondary school")
	if !strings.Contains(b.page.body, `value="secondary_school" selected`) {
		t.Error("the answer is not in the form")
	}
}

// What an import changes is seen before anybody says yes, old beside new, in the reader's
// words.
func TestAnImportShowsWhatItChanges(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	head := "name;type;district code;code;ownership;short_name\n"
	row := "Бир мектеп;secondary_school;" + w.districts[0].Code + ";700201;"
	send := func(csv string) string {
		b.get(start).upload(start, "list.csv", csv).see(303).follow()
		at := importAt(t, b)
		b.submit("", at+"/columns").see(303)
		b.until(at, "The file can be entered")
		return at
	}
	at := send(head + row + "public;\n")
	b.notSee("What would change").submit("", at+"/apply").see(303)
	b.until(at, "The list has been entered")
	send(head + row + "private;БМ\n")
	b.see(200, "What would change", "Бир мектеп", "700201", "Ownership State Private", "Short name not given БМ")
}

// A page of a long list on an import that has ended is that page, for whoever has a script too: only
// who watched the work has the whole loaded anew.
func TestTheListsOfAnEndedImportAreTurned(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.as("special_administrator", w.root)
	const start = "/institutions/import"
	b.get(start).upload(start, "list.csv", "name;type;district code;code;ownership\nБир мектеп;secondary_school;"+w.districts[0].Code+";700201;public\n").see(303).follow()
	at := importAt(t, b)
	b.submit("", at+"/columns").see(303)
	b.until(at, "The file can be entered")
	for target, anew := range map[string]bool{"progress": true, "new": false, "findings": false} {
		a := b.ask("GET", at, "", "", nil, b.cookies, "HX-Request", "true", "HX-Target", target)
		if got := a.Header.Get("HX-Refresh") != ""; got != anew {
			t.Errorf("%s is loaded anew: %v", target, got)
		}
	}
}
