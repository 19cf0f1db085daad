package home_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/identity"
	"mektep/core/registry"
	"mektep/core/web/home"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func world(t *testing.T) *webtest.World {
	t.Helper()
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(home.Routes(w.Base, home.Services{
		Identity: w.Identity, Calendar: w.Calendar, Registry: w.Registry, Notify: w.Notify, Trail: w.Trail, Tree: w.Tree,
		Approvals: w.Approvals.Decidable, Offers: w.Approvals.Offers,
		Due: func(q *screen.Request) ([]ui.Task, error) {
			pending, err := w.Consent.Pending(q.Context())
			var list []ui.Task
			for _, u := range pending {
				list = append(list, ui.Task{Title: q.Text(u.Name), URL: "/me/undertakings/" + u.ID})
			}
			return list, err
		},
	}))
	return w
}

func TestHomeOfWhoHasNotSignedSaysSo(t *testing.T) {
	w := world(t)
	w.Fresh("head", w.School).Get("/home").Wants(t, 200, "What must I do", "Undertaking of non-disclosure")
}

// What is offered to somebody is no request that they approve: they accept it or decline it.
func TestAnOfferIsToldAsOne(t *testing.T) {
	w := world(t)
	who := w.With("teacher", w.Elsewhere)
	who.Get("/home").Wants(t, 200).Lacks(t, "offered an appointment", "needs your approval")
	out, err := w.Identity.Appoint(w.With("head", w.School).Ctx, identity.NewAppointment{Account: who.UID, Role: "teacher", Unit: w.School, IdentifiedBy: "passport", Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)}})
	if err != nil || out.Waiting == nil || !out.Waiting.Offer {
		t.Fatalf("%+v %v", out, err)
	}
	who.Get("/home").Wants(t, 200, "You are offered an appointment", "accept or decline it").Lacks(t, "needs your approval")
}

func TestKGER7c_HeadIsToldOfAnIncompletePassport(t *testing.T) {
	w := world(t)
	head := w.With("head", w.School)
	head.Get("/home").Wants(t, 200, "Hither School").Lacks(t, "Complete the passport")
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error { // as when the profile comes to ask for more
		_, err := tx.PGX().Exec(ctx, "UPDATE institution SET fields = '{}' WHERE tenant_id = $1", tx.Tenant())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	head.Get("/home").Wants(t, 200, "Head of institution, Hither School", "Complete the passport: Hither School", "required fields")
	w.With("teacher", w.School).Get("/home").Wants(t, 200).Lacks(t, "Complete the passport")
}

// Whoever looks after several institutions is told in how many passports something is
// missing, and led to those.
func TestKGER7c_OfficersAreToldOfIncompletePassports(t *testing.T) {
	w := world(t)
	officer, head := w.With("district_officer", w.Here), w.With("head", w.School)
	officer.Get("/home").Wants(t, 200).Lacks(t, "Incomplete passports")
	parent := w.Here
	webtest.Must(w.Registry.Create(w.Ctx, registry.Entry{
		Name: w.School.Name, SameName: true, Type: w.School.Type, Parent: parent.UID, Since: w.School.Since, Fields: whole(t, w),
		Order: audit.Order{Number: "1", Date: w.School.Since},
	}))
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE institution SET fields = '{}' WHERE tenant_id = $1 AND id = $2", tx.Tenant(), w.School.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Registry.Reckon(w.Ctx); err != nil {
		t.Fatal(err)
	}
	officer.Get("/home").Wants(t, 200, "Incomplete passports: 1 of 2")
	if !strings.Contains(officer.Last().Body, `href="/institutions?gaps=yes"`) {
		t.Error("nothing leads to them")
	}
	head.Get("/home").Wants(t, 200, "Complete the passport").Lacks(t, "Incomplete passports") // one's own is told by name
}

// whole is the passport of the school as it stands.
func whole(t *testing.T, w *webtest.World) map[string]any {
	t.Helper()
	return webtest.Must(w.Registry.Get(w.Ctx, w.School.UID)).Fields
}

func TestInvitationsOfOnesOwnDistrictAreCounted(t *testing.T) {
	w := world(t)
	p, stranger := w.With("district_officer", w.Here), w.With("district_officer", w.There)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Person: identity.Person{Family: "Сыдыков"}, Role: "head", Unit: w.School}); err != nil {
		t.Fatal(err)
	}
	p.Get("/home").Wants(t, 200, "1 invitation has not been accepted")
	stranger.Get("/home").Wants(t, 200).Lacks(t, "has not been accepted")
}

func TestWindowsThatCloseSoonConcernWhoFillsIn(t *testing.T) {
	w := world(t)
	w.Clock.Set(time.Date(2025, 12, 10, 9, 0, 0, 0, time.UTC))
	officer := w.With("ministry_officer", w.Root)
	head := w.With("head", w.School)
	head.Get("/home").Wants(t, 200, "Closes soon", "15 Dec 2025, 18:00", "5 days left")
	officer.Get("/home").Wants(t, 200, "What is due").Lacks(t, "Closes soon")
}

func TestKGER6a_MinistryOfficerSeesNumbersAndNoWork(t *testing.T) {
	w := world(t)
	w.With("ministry_officer", w.Root).Get("/home").Wants(t, 200, "Institutions in numbers", "Region 2", "By type").
		Lacks(t, "/people/new", "/institutions/import")
	w.With("head", w.School).Get("/home").Wants(t, 200).Lacks(t, "Institutions in numbers")
}

func TestChangesAreThoseOfOnesOwnDistrict(t *testing.T) {
	w := world(t)
	p, stranger := w.With("district_officer", w.Here), w.With("district_officer", w.There)
	if _, err := w.Registry.Update(p.Ctx, w.School.UID, w.School.Version, map[string]any{"phone": "+996 312 66-24-42"}); err != nil {
		t.Fatal(err)
	}
	p.Get("/home").Wants(t, 200, "Hither School", "Passport changed")
	stranger.Get("/home").Wants(t, 200).Lacks(t, "Passport changed")
}

// From three months before the last calendar ends, who may enter one is told (TR-IC-8);
// nobody else.
func TestTRIC8_AYearThatIsMissingIsATaskThreeMonthsAhead(t *testing.T) {
	w := world(t)
	const task = "The next school year has not been entered"
	ends := w.Profile.CalendarEnds()
	w.Clock.Set(ends.AddDate(0, -3, 0).Add(-12 * time.Hour)) // the evening before, in the ministry's zone
	if body := w.With("tenant_admin", w.Root).Get("/home").Body; strings.Contains(body, task) {
		t.Error("asked earlier than three months ahead")
	}
	w.Clock.Set(ends.AddDate(0, -3, 0).Add(9 * time.Hour))
	admin := w.With("tenant_admin", w.Root)
	if page := admin.Get("/home").Wants(t, 200, task); !strings.Contains(page.Body, `href="/calendar/new"`) {
		t.Error("the task leads to nothing that can be done")
	}
	if body := w.With("head", w.School).Get("/home").Body; strings.Contains(body, task) {
		t.Error("a head is asked to enter a calendar")
	}
	years := w.Profile.SchoolYears()
	next := calendar.Proposal{Year: years[len(years)-1].Next().Document(), Order: audit.Order{Number: "5", Date: w.Clock.Now()}}
	if _, err := w.Calendar.Propose(admin.Ctx, next); err != nil {
		t.Fatal(err)
	}
	if page := admin.Get("/home").Wants(t, 200, task, "waits for a second person"); !strings.Contains(page.Body, `href="/approvals"`) || strings.Contains(page.Body, `href="/calendar/new"`) {
		t.Error("asked to propose what is proposed")
	}
}

// A new ministry's home is what it lacks to begin, as its profile says, for those who can
// do something about it; each step leads to where it is done, or says who does it.
func TestANewMinistryBeginsWithItsFirstSteps(t *testing.T) {
	w := world(t)
	admin := w.With("tenant_admin", w.Root)
	if at := `/people/new?unit=` + w.Root.UID + `&amp;role=auditor`; !strings.Contains(admin.Get("/home").Body, at) {
		t.Errorf("the step does not lead to %s", at)
	}
	admin.Get("/home").Wants(t, 200, "First steps of the ministry", "Appoint a second: System administrator", "Two are needed", "Appoint: Auditor",
		"Appointed by: Special administrator.", "Done: 1 of 7")
	w.With("tenant_admin", w.Root)
	admin.Get("/home").Wants(t, 200, "2 people").Lacks(t, "second: System administrator")
	special := w.With("special_administrator", w.Root)
	special.Get("/home").Wants(t, 200, "First steps", "Done: 2 of 7", "Appoint: District", "Appointed by: System administrator").Lacks(t, "Enter the institutions")
	for _, other := range []*webtest.Person{w.With("head", w.School), w.With("district_officer", w.Here), w.With("ministry_officer", w.Root)} {
		other.Get("/home").Wants(t, 200).Lacks(t, "First steps")
	}
	for _, role := range []string{"auditor", "auditor", "special_administrator", "ministry_officer", "district_officer"} {
		where := w.Root
		if role == "district_officer" {
			where = w.Here
		}
		w.With(role, where)
	}
	admin.Get("/home").Wants(t, 200, "First steps")
	w.With("directorate_officer", w.Directorate("odo"))
	admin.Get("/home").Wants(t, 200).Lacks(t, "First steps")
}

// Who works at one institution goes there by one click from every page; who works at none,
// or at two, by the list.
func TestWhoWorksAtOneInstitutionIsLedToIt(t *testing.T) {
	w := world(t)
	head, officer := w.With("head", w.School), w.With("district_officer", w.Here)
	mine := `href="/institutions/` + w.School.UID + `"`
	if a := head.Get("/home").Wants(t, 200, "My institution"); !strings.Contains(a.Body, mine) {
		t.Error("nothing leads to it")
	}
	officer.Get("/home").Wants(t, 200).Lacks(t, "My institution")
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: head.UID, Role: "teacher", Unit: w.Elsewhere}); err != nil {
		t.Fatal(err)
	}
	head.Get("/home").Wants(t, 200).Lacks(t, "My institution")
}
