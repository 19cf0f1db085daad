package register_test

import (
	"context"
	"strings"
	"testing"
	"time"

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
