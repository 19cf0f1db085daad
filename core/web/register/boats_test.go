package register_test

import (
	"context"
	"strings"
	"testing"

	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/exchange/xlsx"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/record/boats"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// harbour is a ministry of the country made for tests, with the screens of a register that
// the program does not have.
type harbour struct {
	*webtest.World
	records *record.Records
	lists   *transfer.Service
}

func newHarbour(t *testing.T) harbour {
	t.Helper()
	w := webtest.Of(t, boats.Ministry(t), "school")
	webtest.Must(dbtest.Super(t, w.DB).Exec(w.Ctx, boats.Tables))
	h := harbour{World: w, records: record.New(boats.Register(), w.DB, w.Clock, w.Gate, w.Trail, w.Tree)}
	files := webtest.Must(jobs.OpenFiles(context.Background(), "file://"+t.TempDir()+"?metadata=skip&no_tmp_dir=true"))
	t.Cleanup(func() { _ = files.Close() })
	h.lists = transfer.New(h.records, transfer.Plain{Records: h.records, Tree: w.Tree}, transfer.Config{
		DB: w.DB, Clock: w.Clock, Gate: w.Gate, Trail: w.Trail, Tree: w.Tree, Jobs: w.Jobs, Files: files, Words: w.Words, Formats: xlsx.Formats(), Notify: w.Notify, Screen: "/boats", File: "boat.file",
	})
	screens := register.New(register.Services{DB: w.DB, Tree: w.Tree, Calendar: w.Calendar, Identity: w.Identity, Jobs: w.Jobs}, register.Subject{
		Records: h.records, Path: "/boats", In: []string{unit.Institution}, Lists: h.lists,
	})
	w.Mount(append(screens.Routes(), (&register.Tasks{Jobs: w.Jobs, Registers: []*register.Screens{screens}}).Routes()...))
	return h
}

// boat enters one in the school of the first district.
func (h harbour) boat(name string, fields map[string]any) record.Record {
	h.T.Helper()
	all := map[string]any{"called": name, "seats": 4}
	for id, v := range fields {
		all[id] = v
	}
	return webtest.Must(h.records.Create(h.Ctx, record.Entry{Parent: h.School.UID, Since: h.Clock.Now().AddDate(0, -1, 0), Fields: all}))
}

// relate lets somebody stand in a relation to a boat.
func (h harbour) relate(table string, b record.Record, p *webtest.Person) {
	h.T.Helper()
	err := h.DB.Tenant(h.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "INSERT INTO "+table+" SELECT $1, id, $3 FROM boat WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), b.UID, p.ID)
		return err
	})
	if err != nil {
		h.T.Fatal(err)
	}
}

// Entering, list, filter, record, form, history and paper come from the register's data and
// the profile.
func TestARegisterGetsItsScreens(t *testing.T) {
	h := newHarbour(t)
	inspector := h.With("inspector", h.Region)
	inspector.Get("/boats").Wants(t, 200, "Boats", "No entries yet", "Add an entry")
	inspector.Get("/boats/new").Wants(t, 200, "Region")
	inspector.Get("/boats/new?in="+h.Region.UID).Wants(t, 200, "Hither", "Yonder")
	inspector.Get("/boats/new?in="+h.Here.UID).Wants(t, 200, "Hither School")
	inspector.Get("/boats/new?find=Yonder+School").Wants(t, 200, "Yonder School")
	inspector.Get("/boats/new?parent="+h.School.UID).Wants(t, 200, "Hither School", "Craft", "Seats", "Exists since")
	inspector.Submit("/boats/new", "called", "Martin", "seats", "12", "since", "2 March 2026").Wants(t, 422, "Seats")
	inspector.Get("/boats/new?parent="+h.School.UID).Wants(t, 200)
	inspector.Submit("/boats/new", "called", "Martin", "seats", "6", "since", "2 March 2026").Wants(t, 422, "Risk", "Fill in this field") // it wasn't asked before
	inspector.Submit("/boats/new", "called", "Martin", "seats", "6", "since", "2 March 2026", "risk", "flood").Wants(t, 303)
	inspector.Follow().Wants(t, 200, "Martin", "The entry has been added.", "Not filled in Hull number", "Nothing required is missing")
	martin := inspector.LastPath()
	h.boat("Gannet", map[string]any{"seats": 2, "built": "2019-03-01"})
	inspector.Get("/boats").Wants(t, 200, "Martin", "Gannet", "2 entries")
	inspector.Get("/boats?f.seats.from=5").Wants(t, 200, "Martin", "Seats, from: 5").Lacks(t, "Gannet")
	inspector.Get("/boats?f.built.from=1+March+2019").Wants(t, 200, "Gannet", "Built, from: 1 March 2019").Lacks(t, "Martin")
	inspector.Get("/boats?f.built.from=sometime").Wants(t, 422)
	inspector.Get("/boats?q=gan").Wants(t, 200, "Gannet").Lacks(t, "Martin")
	inspector.Get("/boats?q=nobody").Wants(t, 200, "Nothing found")
	inspector.Get(martin+"/edit/papers").Wants(t, 200, "Hull number")
	inspector.SubmitAt(martin+"/edit/papers", "hull", "TR 17", "risk", "", "debt", "20").Wants(t, 422, "Risk: Fill in this field")
	if !strings.Contains(inspector.Last().Body, `value="TR 17"`) {
		t.Error("what was typed is lost")
	}
	// As an older profile left it: nothing had to stand there (KG-ER-7c).
	if err := h.DB.Tenant(h.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE boat SET fields = fields - 'risk' WHERE tenant_id = $1", tx.Tenant())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.records.Reckon(h.Ctx); err != nil {
		t.Fatal(err)
	}
	inspector.Get("/boats?gaps=yes").Wants(t, 200, "Martin", "Something is missing", "1 entry").Lacks(t, "Gannet")
	h.With("clerk", h.Region).Get("/boats?gaps=yes").Wants(t, 200, "Nothing found").Lacks(t, "Martin")
	inspector.Get(martin+"/edit/papers").Wants(t, 200)
	inspector.SubmitAt(martin+"/edit/papers", "hull", "TR 17", "risk", "flood", "debt", "20").Wants(t, 303)
	inspector.Get("/boats?gaps=yes").Wants(t, 200, "Nothing found", "Something is missing").Lacks(t, "Martin")
	inspector.Get(martin).Wants(t, 200, "TR 17", "20", "Nothing required is missing")
	inspector.Get(martin+"/history").Wants(t, 200, "Hull number", "TR 17", "Entered in the register", "Changed")
	inspector.Get(martin+"/print").Wants(t, 200, "Record: Martin", "TR 17")
}

// Who may not see a group, or a record, does not by any screen of it.
func TestScreensOfARegisterKeepWhatIsHeldBack(t *testing.T) {
	h := newHarbour(t)
	b := h.boat("Martin", map[string]any{"seats": 6, "risk": "flood", "hull": "TR 17", "debt": 4711})
	other := h.boat("Gannet", nil)
	at := "/boats/" + b.UID
	clerk := h.With("clerk", h.Region)
	for _, page := range []string{at, at + "/history", at + "/print", "/boats"} {
		clerk.Get(page).Wants(t, 200, "Martin").Lacks(t, "TR 17", "4711", "4,711", "Hull number", "Debt")
	}
	clerk.Get("/boats?f.debt.from=4700").Wants(t, 403)
	clerk.Get(at+"/edit/papers").Wants(t, 403)
	clerk.Post(at+"/edit/papers", "_version", "1", "_was.hull", "TR 17", "hull", "TR 18").Wants(t, 403)
	coach, parent := h.With("coach", h.Elsewhere), h.With("parent", h.Elsewhere)
	for who, p := range map[string]*webtest.Person{"coach": coach, "parent": parent} {
		if a := p.Get(at); a.Status != 403 {
			t.Errorf("a %s of another boat: %d %s", who, a.Status, a.Text())
		}
	}
	h.relate("boat_crew", b, coach)
	h.relate("boat_ward", b, parent)
	coach.Get("/boats").Wants(t, 200, "Martin", "1 entry").Lacks(t, "Gannet")
	coach.Get(at).Wants(t, 200, "Martin", "Edit").Lacks(t, "TR 17", "Hull number")
	parent.Get(at).Wants(t, 200, "Martin", "TR 17").Lacks(t, at+"/edit/craft")
	parent.Get("/boats/"+other.UID).Wants(t, 403)
	coach.Get("/boats/new").Wants(t, 403)
}

// Two who save at once are both shown, and nothing typed is lost.
func TestTwoWhoSaveAnEntryAtOnceAreBothShown(t *testing.T) {
	h := newHarbour(t)
	b := h.boat("Martin", nil)
	at := "/boats/" + b.UID + "/edit/craft"
	first, second := h.With("inspector", h.Region), h.With("clerk", h.Region)
	form := second.Get(at).Wants(t, 200, "Seats")
	first.Get(at)
	first.SubmitAt(at, "called", "Martin", "seats", "3").Wants(t, 303)
	second.Show(form)
	page := second.SubmitAt(at, "called", "Martin", "seats", "5").Wants(t, 409, "Saved meanwhile: 3", "Yours: 5")
	if !strings.Contains(page.Body, "_take.seats") {
		t.Fatal("nothing to choose")
	}
	second.SubmitAt(at, "_take.seats", "mine").Wants(t, 303)
	second.Follow().Wants(t, 200, "Seats 5")
}
