package register_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/web/webtest"
)

// A list of records comes in by the register's screens, step by step, and goes out by them.
func TestARegisterGetsTheScreensOfItsLists(t *testing.T) {
	h := newHarbour(t)
	if err := h.Jobs.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Jobs.Stop(context.Background()) })
	inspector := h.With("inspector", h.Region)
	inspector.Get("/boats").Wants(t, 200, "Import")
	inspector.Get("/boats/import").Wants(t, 200, "No imports yet", "Template")
	inspector.Get("/boats/import/template/csv").Wants(t, 200, "Seats", "Institution")
	text := "called;unit;seats;hull\nMartin;" + h.School.Code + ";6;TR 17\nTern;the school yonder;2;\n"
	i := webtest.Must(h.lists.Upload(inspector.Ctx, "boats.csv", strings.NewReader(text)))
	at := "/boats/import/" + i.UID
	inspector.Get(at).Wants(t, 200, "boats.csv", "Boats", "Seats", "Hull number").Lacks(t, "District")
	inspector.Submit(at+"/columns", "targets.0", "called", "targets.1", "unit", "targets.2", "seats", "targets.3", "hull").Wants(t, 303)
	h.over(inspector, i.UID, transfer.Checked)
	inspector.Get(at).Wants(t, 200, "no institution with this code or name", "the school yonder", "Risk")
	inspector.Submit(at+"/answers", "places.0", h.Elsewhere.Code).Wants(t, 303)
	h.over(inspector, i.UID, transfer.Checked)
	inspector.Get(at).Wants(t, 200, "Risk", "Read as Yonder School")
	text = "called;unit;seats;hull;risk\nMartin;" + h.School.Code + ";6;TR 17;flood\nTern;Yonder School;2;;\n"
	i = webtest.Must(h.lists.Upload(inspector.Ctx, "boats.csv", strings.NewReader(text)))
	at = "/boats/import/" + i.UID
	inspector.Get(at).Wants(t, 200)
	inspector.Submit(at+"/columns", "targets.0", "called", "targets.1", "unit", "targets.2", "seats", "targets.3", "hull", "targets.4", "risk").Wants(t, 303)
	h.over(inspector, i.UID, transfer.Checked)
	inspector.Get(at).Wants(t, 200, "The file can be entered")
	inspector.Submit(at+"/apply").Wants(t, 303)
	h.over(inspector, i.UID, transfer.Applied)
	inspector.Get(at).Wants(t, 200, "Boats", "Undo")
	inspector.Get("/boats").Wants(t, 200, "Martin", "Tern", "2 entries")
	inspector.Get(at)
	inspector.Submit(at+"/undo").Wants(t, 303)
	h.over(inspector, i.UID, transfer.Undone)
	inspector.Get("/boats").Wants(t, 200, "No entries yet")
	run := webtest.Must(h.lists.Export(inspector.Ctx, record.Query{}, "csv"))
	inspector.Get("/jobs/"+run.UID).Wants(t, 200, "Boats")
	clerk := h.With("clerk", h.Region)
	clerk.Get("/jobs/"+run.UID+"/file").Wants(t, 404)
}

// What was found is had as a file from where it is looked at: all pages of the kind that is looked
// at, in the reader's words, with nothing that a spreadsheet would run; by whoever may see it.
func TestFindingsAreHadAsAFile(t *testing.T) {
	h := newHarbour(t)
	if err := h.Jobs.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Jobs.Stop(context.Background()) })
	inspector := h.With("inspector", h.Region)
	text := "called;unit;seats;debt\nHeron;" + h.School.Code + ";3;owing77\n"
	for k := range 60 {
		text += fmt.Sprintf("Tern %d;=cmd|'x'!%d;2;\n", k, k)
	}
	i := webtest.Must(h.lists.Upload(inspector.Ctx, "boats.csv", strings.NewReader(text)))
	at := "/boats/import/" + i.UID
	inspector.Get(at).Wants(t, 200).Lacks(t, "Download as")
	inspector.Submit(at+"/columns", "targets.0", "called", "targets.1", "unit", "targets.2", "seats", "targets.3", "debt").Wants(t, 303)
	h.over(inspector, i.UID, transfer.Checked)
	for page, file := range map[string]string{at: at + "/findings/csv", at + "?kind=errors": at + "/findings/csv?kind=errors", at + "?from=50": at + "/findings/csv"} {
		if a := inspector.Get(page).Wants(t, 200, "Download as CSV", "Download as Excel (XLSX)"); !strings.Contains(a.Body, `href="`+file+`"`) {
			t.Errorf("%s does not lead to %s", page, file)
		}
	}
	inspector.Get(at+"?kind=duplicates").Lacks(t, "Download as")
	rows := func(address string) [][]string {
		t.Helper()
		a := inspector.Get(address).Wants(t, 200)
		body, marked := strings.CutPrefix(a.Body, "\ufeff")
		if !marked || !strings.Contains(a.Header.Get("Content-Disposition"), `filename="boats-findings.csv"`) {
			t.Errorf("%.20q %v", a.Body, a.Header)
		}
		r := csv.NewReader(strings.NewReader(body))
		r.Comma = ';'
		return webtest.Must(r.ReadAll())
	}
	all := rows(at + "/findings/csv")
	if diff := cmp.Diff([]string{"Line", "Column", "In the file", "Kind", "Finding"}, all[0]); diff != "" {
		t.Error(diff)
	}
	errors := rows(at + "/findings/csv?kind=errors")
	if len(errors) != 62 || len(all) != len(errors)+len(rows(at+"/findings/csv?kind=notices"))-1 {
		t.Fatalf("%d %d", len(all), len(errors))
	}
	for k, row := range errors[2:] {
		if row[0] != strconv.Itoa(k+3) || row[1] != "unit" || !strings.HasPrefix(row[2], "'=cmd") || row[3] != "Error" || !strings.HasPrefix(row[4], "The register has no institution with this code or name. ") {
			t.Errorf("%q", row)
		}
	}
	inspector.Get(at+"/findings/doc").Wants(t, 404)
	inspector.Get(at+"/findings/csv?kind=changes").Wants(t, 404)
	// Another sees of it what they see of boats; whoever sees no imports nothing.
	own, clerk := inspector.Get(at+"/findings/csv").Wants(t, 200, "owing77"), h.With("clerk", h.Region)
	clerk.Get(at).Wants(t, 200, "debt").Lacks(t, "owing77")
	theirs := clerk.Get(at+"/findings/csv").Wants(t, 200, "cmd", "debt").Lacks(t, "owing77")
	if strings.Count(own.Body, "\n") != strings.Count(theirs.Body, "\n") {
		t.Errorf("%s\n%s", own.Body, theirs.Body)
	}
	parent := h.With("parent", h.School)
	for _, path := range []string{at, at + "/findings/csv", at + "/findings/xlsx?kind=errors"} {
		if a := parent.Get(path).Lacks(t, "cmd"); a.Status < 403 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

// over waits until an import has come to a state.
func (h harbour) over(p *webtest.Person, uid string, state transfer.State) {
	h.T.Helper()
	for range 3000 {
		if i := webtest.Must(h.lists.Import(p.Ctx, uid)); i.State == state {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.T.Fatal("the import does not come to be " + state)
}
