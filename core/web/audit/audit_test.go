package audit_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/jobs"
	trail "mektep/core/web/audit"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func world(t *testing.T) *webtest.World {
	t.Helper()
	w, _ := worldWithJobs(t)
	return w
}

// worldWithJobs is a world whose jobs run once work is called.
func worldWithJobs(t *testing.T) (w *webtest.World, work func()) {
	t.Helper()
	w = webtest.New(t, "kg", "secondary_school")
	at := caller.From(w.Ctx).Tenant
	queue := webtest.Must(jobs.New(context.Background(), w.DB, jobs.Config{
		Active:  func(context.Context, int32) (caller.Tenant, error) { return at, nil },
		Tenants: func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{at}, nil },
		Resolve: func(ctx context.Context, t caller.Tenant, account int64) (*caller.Caller, error) {
			return w.Identity.ResolveAccount(ctx, t, account)
		},
		Clock: w.Clock, Workers: 1, Retry: func(int) time.Duration { return 10 * time.Millisecond },
	}))
	queue.Register(audit.JobVerify, func(ctx context.Context, run *jobs.Run) error {
		report, err := w.Trail.Verify(ctx)
		if err != nil {
			return err
		}
		return run.Finish(ctx, report, "")
	})
	w.Mount(
		trail.Routes(w.Base, trail.Services{Trail: w.Trail, Jobs: queue, Identity: w.Identity, Tree: w.Tree}),
		people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail}),
	)
	return w, func() {
		t.Helper()
		if err := queue.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = queue.Stop(context.Background()) })
	}
}

func TestOnlyTheAuditorReadsTheTrail(t *testing.T) {
	w := world(t)
	for _, role := range []string{"tenant_admin", "special_administrator", "ministry_officer"} {
		p := w.With(role, w.Root)
		for _, path := range []string{"/audit", "/audit/person", "/audit/chain", "/audit/head", "/audit/1"} {
			p.Get(path).Wants(t, 403, "You may not do this")
		}
		if role != "tenant_admin" { // to whom the law's own word is said instead
			p.Get("/audit").Wants(t, 403, "Auditor")
		}
		p.Post("/audit/verify").Wants(t, 403)
		p.Post("/audit/person", "words", "а").Wants(t, 403)
	}
	w.With("auditor", w.Root).Get("/audit").Wants(t, 200, "Audit trail", "Refused")
}

func TestReadingTheTrailIsRecorded(t *testing.T) {
	w := world(t)
	p := w.With("auditor", w.Root)
	p.Get("/audit?outcome=deny")
	found, _, err := w.Trail.Search(w.Ctx, audit.Filter{Account: p.ID, Object: audit.ObjectAudit, Action: "view"}, "")
	if err != nil || len(found) != 1 || strings.Join(found[0].Fields, " ") != "outcome" {
		t.Fatalf("%+v %v", found, err)
	}
}

func TestTrailIsNarrowed(t *testing.T) {
	w := world(t)
	p, head, stranger := w.With("auditor", w.Root), w.With("head", w.School), w.With("head", w.Elsewhere)
	head.Get("/people/" + stranger.UID) // refused
	p.Get("/audit?outcome=deny").Wants(t, 200, head.Family, "Refused", "1 entry on this page")
	p.Get("/audit?account="+stranger.UID).Wants(t, 200, stranger.Name)
	p.Get("/audit?object=appointment&action=create&unit="+w.Here.UID).Wants(t, 200, "Hither School").Lacks(t, "Yonder School")
	p.Get("/audit?from=3+Mar+2026").Wants(t, 200, "No entries")
	p.Get("/audit?from=yesterdayish").Wants(t, 200, "Enter a date")
	p.Get("/audit?after=nonsense").Wants(t, 422)
	for _, wrong := range []string{"object=instituton", "action=creat", "rule=KG-ER-99", "outcome=maybe"} { // an empty list would say that nothing of the kind was done
		_, word, _ := strings.Cut(wrong, "=")
		p.Get("/audit?"+wrong).Wants(t, 200, word+"” is no word of the audit trail")
	}
	p.Get("/audit?from=3+Mar+2026&until=2+Mar+2026").Wants(t, 200, "The end must lie after the beginning").Lacks(t, head.Family)
	p.Get("/audit?from=32+Mar+2026").Wants(t, 200, "Enter a date").Lacks(t, head.Family)
	p.Get("/audit?object=calendar&action=sign_in&rule=KG-ER-6a").Wants(t, 200, "No entries").Lacks(t, "is no word of the audit trail")
	p.Get("/audit/person")
	p.Submit("/audit/person", "words", head.Family).Wants(t, 200, head.Family, "Head of institution")
}

func TestEntryShowsWhatTheReaderMaySee(t *testing.T) {
	w := world(t)
	p, officer, head := w.With("auditor", w.Root), w.With("district_officer", w.Here), w.With("head", w.School)
	if err := w.Identity.Block(officer.Ctx, head.UID, "left the school"); err != nil {
		t.Fatal(err)
	}
	found, _, err := w.Trail.Search(w.Ctx, audit.Filter{Account: officer.ID, Action: "block"}, "")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	p.Get("/audit/"+strconv.FormatInt(found[0].ID, 10)).Wants(t, 200, "Block", officer.Name, head.Name, "left the school", "Not sealed yet")
	p.Get("/audit/999999").Wants(t, 404)
	p.Get("/audit/x").Wants(t, 404)

	// Learners' data lies outside the auditor's right: the field is named, its value is not.
	err = w.DB.Tenant(officer.Ctx, func(ctx context.Context, tx *db.Tx) error {
		return w.Trail.Record(ctx, tx, audit.Entry{Action: "update", Object: "learner", Target: "l1", Changes: []audit.Change{{Field: "phone", Old: "111", New: "secret 222"}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	found = webtest.Must2(w.Trail.Search(w.Ctx, audit.Filter{Object: "learner"}, ""))
	p.Get("/audit/"+strconv.FormatInt(found[0].ID, 10)).Wants(t, 200, "Telephone", "Why not?").Lacks(t, "secret 222")
}

// An end is kept as the first moment at which something holds no longer, and called by the last
// day on which it does, as everywhere.
func TestTheTrailCallsAnEndByItsLastDay(t *testing.T) {
	w := world(t)
	auditor, officer := w.With("auditor", w.Root), w.With("district_officer", w.Here)
	zone := webtest.Must(time.LoadLocation("Asia/Bishkek"))
	for what, c := range map[string]struct {
		old, end   any
		say, never string
	}{
		"a day":            {"2027-02-01", "2027-01-11", "10 Jan 2027", "11 Jan 2027"},
		"a midnight":       {nil, time.Date(2027, 1, 11, 0, 0, 0, 0, zone).UTC(), "10 Jan 2027", "11 Jan 2027"},
		"an hour":          {nil, time.Date(2027, 1, 11, 17, 30, 0, 0, zone), "17:30", "10 Jan 2027"},
		"what is no day":   {nil, "somewhen", "somewhen", "Jan 2027"},
		"nothing any more": {"2027-01-11", nil, "10 Jan 2027", "11 Jan 2027"},
	} {
		err := w.DB.Tenant(officer.Ctx, func(ctx context.Context, tx *db.Tx) error {
			return w.Trail.Record(ctx, tx, audit.Entry{Action: "create", Object: "appointment", Target: strings.ReplaceAll(what, " ", ""), Changes: []audit.Change{{Field: "until", Old: c.old, New: c.end}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		found := webtest.Must2(w.Trail.Search(w.Ctx, audit.Filter{Target: strings.ReplaceAll(what, " ", "")}, ""))
		auditor.Get("/audit/"+strconv.FormatInt(found[0].ID, 10)).Wants(t, 200, c.say, "Last day").Lacks(t, c.never, "2027-01-1", "2027-02-01")
	}
}

func TestVerifyAndExport(t *testing.T) {
	w, work := worldWithJobs(t)
	p := w.With("auditor", w.Root)
	p.Get("/audit/chain").Wants(t, 200, "Nothing has been sealed yet")
	dbtest.Settle(t, w.DB)
	if _, err := w.Trail.Seal(w.Ctx); err != nil {
		t.Fatal(err)
	}
	p.Get("/audit/chain").Wants(t, 200, "Sealed blocks 1")
	at := p.Submit("/audit/verify").Wants(t, 303).Location
	p.Follow().Wants(t, 200, "Waiting to begin").Lacks(t, "The record is whole")
	if other := w.With("auditor", w.Root); other.Get(at).Status != 404 {
		t.Error("a proof is shown to somebody who did not ask for it")
	}
	work()
	for range 100 {
		if strings.Contains(p.Get(at).Text(), "The record is whole") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.Get(at).Wants(t, 200, "The record is whole", "Blocks: 1.")
	head := p.Get("/audit/head")
	heads, err := audit.ReadHeads(strings.NewReader(head.Body), "kg")
	if err != nil || len(heads) != 1 || !strings.Contains(head.Header.Get("Content-Disposition"), ".jsonl") {
		t.Fatalf("%v %v %v", heads, err, head.Header)
	}
	if r, err := w.Trail.Verify(w.Ctx, heads...); err != nil || !r.OK() {
		t.Fatalf("the exported head does not fit: %+v %v", r, err)
	}
}

func TestTheAuditorReadsTheWholeSentenceOfARefusal(t *testing.T) {
	w := world(t)
	if p := w.With("ministry_officer", w.Root); p.Get("/audit").Status != 403 {
		t.Fatal("nothing was refused")
	}
	denied, _, err := w.Trail.Search(w.Ctx, audit.Filter{Outcome: audit.Deny, Object: audit.ObjectAudit}, "")
	if err != nil || len(denied) != 1 || len(denied[0].Fields) != 0 {
		t.Fatalf("%+v %v", denied, err)
	}
	one, err := w.Trail.Get(w.Ctx, denied[0].ID)
	if err != nil || len(one.Changes) != 0 {
		t.Fatalf("%+v %v", one, err)
	}
	said := w.Words.Localizer("en").Fault(&fault.Error{Key: one.Reason, Args: one.Said}).Reason
	if !strings.Contains(said, "udit") || strings.Contains(said, "{{") {
		t.Fatalf("the sentence is %q", said)
	}
	w.With("auditor", w.Root).Get("/audit/"+strconv.FormatInt(one.ID, 10)).Wants(t, 200, "What was said", said)
	ky := w.Words.Localizer("ky").Fault(&fault.Error{Key: one.Reason, Args: one.Said}).Reason
	if ky == said || strings.Contains(ky, "<no value>") {
		t.Errorf("in Kyrgyz the sentence is %q", ky)
	}
}
