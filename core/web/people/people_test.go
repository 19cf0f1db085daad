package people_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mektep/core/audit"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func world(t *testing.T) *webtest.World {
	t.Helper()
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail}))
	return w
}

// officer is the form of a district officer's appointment as it should be.
var officer = []string{
	"family", "Осмонова", "given", "Жаркын", "email", "jarkyn@mail.example",
	"order.number", "45-к", "order.date", "27 Feb 2026", "identified_by", "passport", "seen", "1",
}

func without(fields []string, name string) []string {
	var out []string
	for i := 0; i < len(fields); i += 2 {
		if fields[i] != name {
			out = append(out, fields[i], fields[i+1])
		}
	}
	return out
}

func TestKGER6b_SpecialAdministratorAppointsDistrictOfficer(t *testing.T) {
	w := world(t)
	p := w.With("special_administrator", w.Root)

	p.Get("/people/new").Wants(t, 200, "Region")
	p.Get("/people/new?below="+w.Region.UID).Wants(t, 200, "Hither", "Yonder")
	step := "/people/new?role=district_officer&unit=" + w.Here.UID
	p.Get("/people/new?unit="+w.Here.UID).Wants(t, 200, "District or city education officer", "by order", "identity confirmed", "Before first use signs")
	p.Get(step).Wants(t, 200, "Number of the order", "Identified by")

	reviewed := p.Submit("/people/new/review", officer...).Wants(t, 200, "Осмонова Жаркын", "45-к", "Passport", "one-time link")
	if n := accounts(w, "Осмонова"); n != 0 {
		t.Fatalf("the review made %d accounts", n)
	}
	p.Submit("/people/new")
	done := p.Follow().Wants(t, 200, "Осмонова Жаркын", "/invitation/")
	if strings.Contains(reviewed.Body, "/invitation/") {
		t.Error("a link was shown before anything was done")
	}
	_, link, _ := strings.Cut(done.Text(), "/invitation/")
	link, _, _ = strings.Cut(link, " ")
	if o, err := w.Identity.OpenKey(w.Ctx, link); err != nil || !o.Invitation {
		t.Fatalf("the link does not open: %v", err)
	}
	found := webtest.Must2(w.Identity.People(p.Ctx, identity.Filter{Words: "осмонова"}))
	a := webtest.Must(w.Identity.Person(p.Ctx, found[0].UID)).Appointments[0]
	if a.Order.Number != "45-к" || a.IdentifiedBy != "passport" || a.Unit.UID != w.Here.UID || a.GrantedAs != "special_administrator" {
		t.Fatalf("recorded: %+v", a)
	}
	p.Get("/people/"+found[0].UID).Wants(t, 200, "Invited", "45-к", "Passport", "New invitation link")
	p.Get("/people/"+found[0].UID+"/history").Wants(t, 200, "Account made", "Appointed: District or city education officer")
}

func accounts(w *webtest.World, words string) int {
	return webtest.Must(w.Identity.Count(w.Ctx, identity.Filter{Words: words}))
}

func TestKGER6b_WithoutOrderOrIdentificationNothingIsGiven(t *testing.T) {
	w := world(t)
	p := w.With("special_administrator", w.Root)
	step := "/people/new?role=district_officer&unit=" + w.Here.UID
	for field, says := range map[string]string{
		"order.number":  "Give the number of the order.",
		"order.date":    "Give the date of the order.",
		"identified_by": "Note by which document you identified the person.",
		"seen":          "Confirm that you have seen the person and the document.",
		"family":        "",
	} {
		t.Run(field, func(t *testing.T) {
			p.Get(step)
			a := p.Submit("/people/new/review", without(officer, field)...)
			if field == "family" { // one name is enough, for who has no other
				a.Wants(t, 422, "Write this name too", "one name only")
				p.Submit("/people/new/review", append(without(officer, field), "one_name", "1")...).Wants(t, 200, "Жаркын")
				return
			}
			a.Wants(t, 422, says)
			if field != "order.number" && !strings.Contains(a.Body, `value="45-к"`) {
				t.Error("what was typed is lost")
			}
			// Nor does it help to leave the review out.
			p.Post("/people/new", append(without(officer, field), "unit", w.Here.UID, "role", "district_officer")...).Wants(t, 422, says)
		})
	}
	p.Get(step)
	p.Submit("/people/new/review").Wants(t, 422, "Give the number of the order.", "Fill in this field", "Note by which document")
	if n := accounts(w, "Осмонова"); n != 0 {
		t.Fatalf("%d accounts were made", n)
	}
}

func TestSecondClickAppointsOnce(t *testing.T) {
	w := world(t)
	p := w.With("special_administrator", w.Root)
	p.Get("/people/new?role=district_officer&unit=" + w.Here.UID)
	review := *p.Submit("/people/new/review", officer...)
	first := p.Submit("/people/new").Location
	p.Show(&review)
	again := p.Submit("/people/new")
	if again.Status != 303 || !webtest.Same(again.Location, first) {
		t.Fatalf("the second click got %d %s", again.Status, again.Location)
	}
	if n := accounts(w, "Осмонова"); n != 1 {
		t.Fatalf("%d accounts", n)
	}
}

func TestKGER6c_DistrictOfficerAppointsInTheirDistrictOnly(t *testing.T) {
	w := world(t)
	p := w.With("district_officer", w.Here)
	p.Get("/people/new?unit="+w.School.UID).Wants(t, 200, "Head of institution", "Responsible specialist").Lacks(t, `value="teacher"`)
	p.Get("/people/new?q=yonder").Wants(t, 200, "Nothing found within your right to appoint")
	p.Get("/people/new?q=hither").Wants(t, 200, "Hither School")
	p.Get("/people/new?unit="+w.Elsewhere.UID).Wants(t, 403, "District or city education officer", "Order No. 78/1")
	a := p.Post("/people/new", append(slices.Clone(officer), "unit", w.Elsewhere.UID, "role", "head")...)
	a.Wants(t, 403, "Order No. 78/1")
	if n := accounts(w, "Осмонова"); n != 0 {
		t.Fatalf("%d accounts were made", n)
	}
	denied, _, err := w.Trail.Search(w.Ctx, audit.Filter{Account: p.ID, Outcome: audit.Deny}, "")
	if err != nil || len(denied) == 0 || denied[0].Object != "appointment" {
		t.Fatalf("the refusal was not recorded: %v %v", denied, err)
	}
}

func TestKGER6d_HeadCannotAppointAHeadNorElsewhere(t *testing.T) {
	w := world(t)
	p := w.With("head", w.School)
	if a := p.Get("/people/new"); a.Status != 303 || !strings.Contains(a.Location, w.School.UID) {
		t.Fatalf("one unit is no choice: %d %s", a.Status, a.Location)
	}
	p.Follow().Wants(t, 200, "Teacher").Lacks(t, `value="head"`, `value="district_officer"`)
	p.Post("/people/new", append(slices.Clone(officer), "unit", w.School.UID, "role", "head")...).Wants(t, 403, "not yours to give")
	p.Post("/people/new", append(slices.Clone(officer), "unit", w.Elsewhere.UID, "role", "teacher")...).Wants(t, 403)
}

func TestKGER7a_NothingBeforeTheUndertakingIsSigned(t *testing.T) {
	w := world(t)
	p := w.Fresh("special_administrator", w.Root)
	p.Get("/people/new").Wants(t, 403, "sign")
	p.Post("/people/new", append(slices.Clone(officer), "unit", w.Here.UID, "role", "district_officer")...).Wants(t, 403, "sign")
}

func TestKGER6a_MinistryOfficerSeesNobody(t *testing.T) {
	w := world(t)
	p := w.With("ministry_officer", w.Root)
	other := w.With("head", w.School)
	p.Get("/people/"+other.UID).Wants(t, 403).Lacks(t, other.Family)
	p.Get("/people/new").Wants(t, 403)
}

func TestSearchForAPersonStandsInNoAddress(t *testing.T) {
	w := world(t)
	p := w.With("special_administrator", w.Root)
	wanted, other := w.With("head", w.School), w.With("head", w.Elsewhere)
	p.Get("/people")
	a := p.Submit("/people", "words", wanted.Family, "role", "head")
	if a.Status != 303 || strings.Contains(webtest.Must(url.QueryUnescape(a.Location)), wanted.Family) || !strings.Contains(a.Location, "role=head") {
		t.Fatalf("%d %s", a.Status, a.Location)
	}
	found := a.Location
	p.Follow().Wants(t, 200, wanted.Family, "1 person").Lacks(t, other.UID)
	// Somebody else with the address sees the list, not the search.
	w.With("special_administrator", w.Root).Get(found).Wants(t, 200, other.Family)
}

func TestListShowsOnlyWhatLiesInScope(t *testing.T) {
	w := world(t)
	mine, other := w.With("head", w.School), w.With("head", w.Elsewhere)
	p := w.With("district_officer", w.Here)
	p.Get("/people").Wants(t, 200, mine.Family, "Head of institution").Lacks(t, other.UID)
	p.Get("/people/"+other.UID).Wants(t, 403, "Order No. 78/1").Lacks(t, other.Family)
	p.Get("/people?role=teacher").Wants(t, 200, "Nobody found")
}

func TestKGER6c_BlockEndsAndUnblockOpens(t *testing.T) {
	w := world(t)
	p, other := w.With("district_officer", w.Here), w.With("head", w.School)
	url := "/people/" + other.UID
	p.Get(url + "/block")
	p.SubmitAt(url+"/block", "note", "").Wants(t, 422, "Give the reason.")
	p.Get(url+"/block").Wants(t, 200)
	p.SubmitAt(url+"/block", "note", "left the school")
	p.Follow().Wants(t, 200, "Blocked", "left the school")
	if a := other.Get("/people"); a.Status != 303 || !strings.HasPrefix(a.Location, "/sign-in") {
		t.Fatalf("a blocked head got %d", a.Status)
	}
	p.Get(url)
	p.Submit(url + "/unblock")
	p.Follow().Wants(t, 200, "Active")
}

func TestKGER6d_DismissalNeedsAnOrder(t *testing.T) {
	w := world(t)
	p, other := w.With("district_officer", w.Here), w.With("head", w.School)
	url := "/people/" + other.UID + "/end/" + other.Appointment.UID
	p.Get(url).Wants(t, 200, "It is the last one")
	p.SubmitAt(url, "note", "moved").Wants(t, 422, "Give the number of the order.", "moved")
	p.Get(url)
	p.SubmitAt(url, "order.number", "46-к", "order.date", "2 Mar 2026")
	p.Follow().Wants(t, 200, "46-к", "Ended", "Closed: no appointment")
	stranger := w.With("district_officer", w.There)
	stranger.Get(url).Wants(t, 403)
	stranger.Post(url, "order.number", "1", "order.date", "2 Mar 2026").Wants(t, 403)
}

func TestPrintedCodeNeedsIdentification(t *testing.T) {
	w := world(t)
	p, other := w.With("district_officer", w.Here), w.With("head", w.School)
	url := "/people/" + other.UID + "/reset"
	p.Get(url).Wants(t, 200)
	p.SubmitAt(url).Wants(t, 422, "Note by which document", "Confirm that you have seen")
	p.Get(url)
	p.SubmitAt(url, "identified_by", "passport", "seen", "1")
	paper := p.Follow().Wants(t, 200, "One-time code for a new password", other.Login)
	if paper.Header.Get("Cache-Control") != "no-store" {
		t.Error("the paper may be kept by the browser")
	}
	w.With("head", w.Elsewhere).Post(url, "identified_by", "passport", "seen", "1").Wants(t, 403)
}

func TestSignedUndertakingCanBePrinted(t *testing.T) {
	w := world(t)
	p, other := w.With("district_officer", w.Here), w.With("head", w.School)
	signed := webtest.Must(w.Consent.Signed(other.Ctx, other.ID, w.School.Path))
	p.Get("/people/"+other.UID).Wants(t, 200, "Undertakings signed")
	p.Get("/people/"+other.UID+"/undertakings/"+signed[0].UID).Wants(t, 200, "Signed on screen", other.Family)
	p.Get("/people/"+other.UID+"/undertakings/none").Wants(t, 404)
}

func TestAppointsSomebodyWhoHasAnAccount(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	p, other := w.With("head", w.School), w.With("teacher", w.Elsewhere)
	step := "/people/new?known=1&role=teacher&unit=" + w.School.UID
	p.Get(step).Wants(t, 200, "Login or e-mail address")
	p.Submit("/people/new/review", "known", "nobody@mail.example", "identified_by", "passport", "seen", "1").Wants(t, 422, "Nobody has this login")
	p.Get(step)
	p.Submit("/people/new/review", "known", other.Email, "order.number", "12-к", "order.date", "27 Feb 2026", "identified_by", "passport", "seen", "1").Wants(t, 200, other.Email, "they must accept the appointment themself").Lacks(t, other.Family)
	p.Submit("/people/new")
	p.Follow().Wants(t, 200, "it waits for the person's own yes").Lacks(t, "/invitation/")
	if n := len(webtest.Must(w.Identity.Person(other.Ctx, other.UID)).Appointments); n != 1 {
		t.Fatalf("%d appointments before the person has agreed", n)
	}
	accept := "/approvals/" + webtest.Must(w.Approvals.List(other.Ctx))[0].UID + "/approve"
	p.Get("/approvals").Wants(t, 200, "An offer", "Offered to", other.Email, "order 12-к of 27 Feb 2026", "Withdraw").Lacks(t, accept, other.Family, "stay yours")
	other.Get("/approvals").Wants(t, 200, "An offer", "Offered by", "order 12-к of 27 Feb 2026", "The posts that you hold now stay yours.", "Accept", "Decline").Lacks(t, "Offered to")
	other.Submit(accept)
	other.Follow().Wants(t, 200, "You have accepted the appointment.")
	if n := len(webtest.Must(w.Identity.Person(other.Ctx, other.UID)).Appointments); n != 2 {
		t.Fatalf("%d appointments", n)
	}
	_, err := w.Identity.Find(other.Ctx, w.School, p.Email)
	if fault.KindOf(err) != fault.Denied {
		t.Fatalf("a teacher may look people up: %v", err)
	}
}

func TestTRIC1_AuditorIsGivenByTwo(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	first, second, other := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("special_administrator", w.Root)
	first.Get("/people/new?role=auditor&unit=" + w.Root.UID)
	first.Submit("/people/new/review", officer...).Wants(t, 200)
	first.Submit("/people/new")
	first.Follow().Wants(t, 200, "Your request is recorded: it waits for a second person").Lacks(t, "/invitation/")
	if n := accounts(w, "Осмонова"); n != 0 {
		t.Fatalf("%d accounts before the second word", n)
	}
	waiting := webtest.Must(w.Approvals.List(second.Ctx))
	approve := "/approvals/" + waiting[0].UID + "/approve"
	first.Get("/approvals").Wants(t, 200, "Осмонова", "Withdraw").Lacks(t, approve)
	first.Post(approve).Wants(t, 403, "A second person decides", "Ask somebody else who may decide it", "System administrator")
	other.Post(approve).Wants(t, 403)
	second.Get("/approvals").Wants(t, 200, "Осмонова", "Approve")
	// A no without a reason is asked for its reason, on the request, with what else waits.
	reject := strings.TrimSuffix(approve, "approve") + "reject"
	second.Submit(reject, "note", " ").Wants(t, 422, "Осмонова", "Reason").Lacks(t, "note.")
	// A page of before agrees to nothing that has come since, however often it is clicked.
	page := second.Get("/approvals")
	webtest.Must(w.Identity.Appoint(w.Ctx, identity.NewAppointment{Person: identity.Person{Family: "Осмонова", Given: "Жаркын"}, Role: "teacher", Unit: w.School}))
	for range 2 {
		second.Show(page)
		second.Submit(approve).Wants(t, 409, "has changed since you read it", "Осмонова")
	}
	second.Submit(approve)
	second.Follow().Wants(t, 200, "Approved and carried out.", "own address").Lacks(t, "/invitation/")
	if n := accounts(w, "Осмонова"); n != 2 {
		t.Fatalf("%d accounts", n)
	}
}

// One click that needs a second person's word leads to the requests, from whichever
// screen: it is neither a mistake of the form nor done already.
func TestTRIC1_AClickThatNeedsTwoLeadsToTheRequests(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	first := w.With("tenant_admin", w.Root)
	w.With("tenant_admin", w.Root)
	teacher := w.With("teacher", w.School)
	w.With("head", w.School).Get("/people/"+teacher.UID+"/block").Wants(t, 200).Lacks(t, "takes two people")
	acts := map[string][]string{
		"/edit": {"family", "Башкачаев"}, "/block": {"note", "left"}, "/reset": {"identified_by", "passport", "seen", "1"},
		"/end/": {"on", "1 Apr 2026", "order.number", "7", "order.date", "2 Mar 2026", "note", "left"},
	}
	for act, fields := range acts {
		t.Run(act, func(t *testing.T) {
			who := w.With("auditor", w.Root)
			url := "/people/" + who.UID
			page, at := url+act, url+act
			if act == "/end/" {
				page += webtest.Must(w.Identity.Person(first.Ctx, who.UID)).Appointments[0].UID
				at = page
			}
			first.Get(page).Wants(t, 200, "takes two people", "nothing changes until somebody else has agreed", "Ask for it")
			if a := first.SubmitAt(at, fields...); a.Status != 303 || !strings.HasPrefix(a.Location, "/approvals#") {
				t.Fatalf("%d to %q: %.300s", a.Status, a.Location, a.Text())
			}
			n := 0
			for _, r := range webtest.Must(w.Approvals.List(first.Ctx)) {
				if strings.Contains(fmt.Sprint(r), who.UID) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

// The page says what a block comes to before and after: the posts that the reader answers
// for, or the account.
func TestKGER6c_ThePageSaysHowFarABlockGoes(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}))
	head, special, who := w.With("head", w.School), w.With("special_administrator", w.Root), w.With("teacher", w.School)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: who.UID, Role: "teacher", Unit: w.Elsewhere}); err != nil {
		t.Fatal(err)
	}
	url := "/people/" + who.UID
	special.Get(url).Wants(t, 200, "Second factor", "Last signed in")
	head.Get(url).Wants(t, 200, "Contact data and sign-in are shown only to").Lacks(t, "Second factor", "Last signed in") // nor "no" and "never"
	special.Get(url+"/block").Wants(t, 200, "Block the account").Lacks(t, "Only these posts")
	head.Get(url+"/block").Wants(t, 200, "Only these posts are stopped", "Hither School").Lacks(t, "Thither School", "Block the account")
	head.SubmitAt(url+"/block", "note", "left the school")
	head.Follow().Wants(t, 200, "The posts are stopped", "Stopped", "left the school").Lacks(t, "The account is blocked")
	head.Submit(url + "/unblock")
	head.Follow().Wants(t, 200, "The posts are in force again", "In force")
	special.Get(url + "/block")
	special.SubmitAt(url+"/block", "note", "left")
	special.Follow().Wants(t, 200, "The account is blocked")
}

// What has become of the letters to somebody is seen where one looks after their account,
// by those who do.
func TestThePageOfAPersonSaysWhatBecameOfTheLetters(t *testing.T) {
	w := world(t)
	a := webtest.Must(w.Identity.Appoint(w.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Жаңыбаев", Given: "Данияр", Email: "daniyar@mail.example"}, Role: "head", Unit: w.School,
	}))
	officer, colleague := w.With("district_officer", w.Here), w.With("teacher", w.School)
	page := "/people/" + a.Account.UID
	officer.Get(page).Wants(t, 200, "Letters", "Waiting to be sent").Lacks(t, "Taken by the mail server")
	if n, err := w.Notify.Deliver(w.Ctx); err != nil || n == 0 {
		t.Fatalf("%d letters left: %v", n, err)
	}
	officer.Get(page).Wants(t, 200, "Taken by the mail server", "2 Mar 2026").Lacks(t, "Waiting to be sent")
	if a := colleague.Get(page); strings.Contains(a.Body, "Taken by the mail server") {
		t.Error("a colleague sees what letters somebody gets")
	}
}

// The screen asks about a second holder beside the field, and goes on once it is said that
// there are to be two.
func TestKGER6c_TheFormAsksAboutASecondHead(t *testing.T) {
	w := world(t)
	p := w.With("district_officer", w.Here)
	w.With("head", w.School)
	p.Get("/people/new?role=head&unit="+w.School.UID).Wants(t, 200, "Number of the order").Lacks(t, "second_holder")
	p.Submit("/people/new/review", officer...).Wants(t, 422, "A second person is to hold this post", "One person holds this post", "Бакытов")
	p.Submit("/people/new/review", append(slices.Clone(officer), "second_holder", "1")...).Wants(t, 422, "One person holds this post")
	second := func() []string {
		mark, ticked := p.Last().Box("second_holder")
		if mark == "" || ticked {
			t.Fatalf("the box sends %q, ticked %t", mark, ticked)
		}
		return append(slices.Clone(officer), "second_holder", mark)
	}
	meant := second()
	p.Submit("/people/new/review", meant...).Wants(t, 200, "Осмонова Жаркын", "Holds the post now", "Бакытов", "a second person is to hold it", "Whoever holds the post is told")
	reviewed := p.Last()
	p.Post("/people/new/review", slices.Concat(meant, []string{"unit", w.School.UID, "role", "head", "back", "1"})...)
	if mark, ticked := p.Last().Box("second_holder"); mark != meant[len(meant)-1] || !ticked {
		t.Errorf("gone back, the box sends %q, ticked %t", mark, ticked)
	}
	p.Show(reviewed)
	w.Fresh("head", w.School)
	p.Submit("/people/new").Wants(t, 422, "One person holds this post")
	p.Submit("/people/new/review", second()...).Wants(t, 200)
	p.Submit("/people/new")
	p.Follow().Wants(t, 200, "Осмонова Жаркын", "/invitation/")
}
