package calendar_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

// office is a ministry whose calendar people keep.
type office struct {
	*webtest.World
	first, second, head *webtest.Person
	queued              []calendar.Announcement
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return officeOf(t, gatetest.Country(t, "kg"))
}

// officeOf is newOffice of a country that was made for a test.
func officeOf(t *testing.T, m gate.Ministry) *office {
	t.Helper()
	w := &office{World: webtest.Of(t, m, "secondary_school")}
	w.Calendar.Set(calendar.Announcing{
		Notify: w.Notify, Portion: 1,
		Later: func(_ context.Context, _ *db.Tx, a calendar.Announcement) error {
			w.queued = append(w.queued, a)
			return nil
		},
		Holders: func(ctx context.Context, tx *db.Tx, q calendar.Holders) ([]int64, error) {
			return identity.HoldersAt(ctx, tx, q.Roles, q.Types, q.At, w.Clock.Now(), q.After, q.Most)
		},
	})
	w.first, w.second, w.head = w.With("ministry_officer", w.Root), w.With("ministry_officer", w.Root), w.With("head", w.School)
	return w
}

func (w *office) profile() *profile.Profile {
	return webtest.Must(w.Gate.Ministry(w.Ctx)).Profile
}

// next proposes the year after the last one.
func (w *office) next() calendar.Proposal {
	years := w.profile().SchoolYears()
	return calendar.Proposal{Year: years[len(years)-1].Next().Document(), Order: audit.Order{Number: "55", Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}
}

// change proposes a year in force with some days moved.
func (w *office) change(id string, days map[string]string) calendar.Proposal {
	y := w.profile().SchoolYear(id)
	d := y.Document()
	for path, day := range days {
		parts := strings.Split(path, ".")
		for _, e := range d[parts[0]].([]any) {
			if e := e.(map[string]any); e["id"] == parts[1] {
				e[parts[2]] = day
			}
		}
	}
	return calendar.Proposal{
		Year: d, Of: y.Document().Digest(), Order: audit.Order{Number: "56", Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)},
		Note: profile.Text{"ky": "Министрликтин буйругу", "ru": "Приказ министерства"},
	}
}

func refusal(t *testing.T, err error, kind fault.Kind, key string) *fault.Error {
	t.Helper()
	f := faulttest.Of(t, err)
	if f.Kind != kind || f.Key != key {
		t.Fatalf("got %v, want %v %s", err, kind, key)
	}
	return f
}

// A closed day opens by a calendar that two people put in force, and by nothing less.
func TestTRIC8_AYearIsInForceWhenTwoPeopleSaidSo(t *testing.T) {
	w := newOffice(t)
	day := time.Date(2027, 9, 15, 9, 0, 0, 0, w.Profile.Zone)
	grades := func(at time.Time) error {
		now := w.Clock.Now()
		defer w.Clock.Set(now)
		w.Clock.Set(at)
		return w.Calendar.Check(w.Ctx, "grades", gate.Target{Object: "institution", Type: "secondary_school"})
	}
	f := refusal(t, grades(day), fault.Locked, "window.not_entered")
	if f.Next == nil || f.Rule == "" || f.Law == "" || fmt.Sprint(f.Next.Args["Roles"]) == "[]" {
		t.Errorf("nobody is named who could enter it: %+v", f)
	}
	_, err := w.Calendar.Propose(w.head.Ctx, w.next())
	if x := faulttest.Of(t, err); x.Kind != fault.Denied || x.Law == "" || x.Next == nil {
		t.Errorf("a head: %v", err)
	}
	_, err = w.Calendar.Propose(w.Nobody(), w.next())
	refusal(t, err, fault.Unauthenticated, "gate.sign_in")

	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.next()))
	if w.profile().SchoolYear("2027-2028") != nil || grades(day) == nil {
		t.Fatal("one person put a calendar in force")
	}
	_, err = w.Agree(w.first.Ctx, r.UID)
	f = refusal(t, err, fault.Denied, "approval.not_yourself")
	// Whoever else decides the calendar is named, and no administrator because others are.
	own := w.profile().Role("ministry_officer").Name
	if f.Next.Key != "approval.next.second" || !strings.Contains(w.Words.Localizer("ru").T(f.Next.Key, f.Next.Args), own["ru"]) {
		t.Errorf("sent to %+v", f.Next)
	}
	if f = refusal(t, w.Approvals.Reject(w.first.Ctx, r.UID, "no"), fault.Denied, "approval.not_yourself"); f.Next.Key != "approval.next.take_back" {
		t.Errorf("to say no to one's own: %+v", f.Next)
	}
	_, err = w.Approvals.Get(w.head.Ctx, r.UID)
	if f = faulttest.Of(t, err); !strings.Contains(w.Words.Localizer("ru").T(f.Next.Key, f.Next.Args), own["ru"]) {
		t.Errorf("of those who may read it, whoever decides it is not named: %+v", f.Next)
	}
	if _, err = w.Agree(w.head.Ctx, r.UID); fault.KindOf(err) != fault.Denied {
		t.Errorf("a head agreed: %v", err)
	}
	if err = w.Approvals.Reject(w.head.Ctx, r.UID, "no"); fault.KindOf(err) != fault.Denied {
		t.Errorf("a head refused it: %v", err)
	}
	if n := webtest.Must(w.Approvals.Decidable(w.second.Ctx)); n != 1 {
		t.Errorf("%d requests wait for the second person", n)
	}
	if n := webtest.Must(w.Approvals.Decidable(w.head.Ctx)); n != 0 {
		t.Errorf("%d requests wait for a head", n)
	}
	if _, err = w.Agree(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	if err := grades(day); err != nil {
		t.Errorf("the section is closed all the same: %v", err)
	}
	if err := grades(time.Date(2028, 9, 15, 9, 0, 0, 0, time.UTC)); err == nil {
		t.Error("and the year after is open too")
	}
	w.tells(t)
	w.recorded(t)
}

// tells fails unless the year is announced to who fills in, once each.
func (w *office) tells(t *testing.T) {
	t.Helper()
	if len(w.queued) != 1 {
		t.Fatalf("%d announcements", len(w.queued))
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := w.Calendar.Announce(w.Ctx, w.queued[0]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for p, want := range map[*webtest.Person]int{w.head: 1, w.first: 0} {
		items, _, err := w.Notify.Inbox(p.Ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, i := range items {
			if i.Key == "year.notice.published" {
				n++
				for _, l := range w.Words.Languages() {
					if s := w.Words.Localizer(l.Tag).T(i.Key, i.Args); strings.Contains(s, "{{") || !strings.Contains(s, "55") {
						t.Errorf("%s reads %q", l.Tag, s)
					}
				}
			}
		}
		if n != want {
			t.Errorf("%s was told %d times, want %d", p.Name, n, want)
		}
	}
	v := webtest.Must(w.Calendar.Versions(w.Ctx, "2027-2028"))
	if len(v) != 1 || v[0].Told == 0 || v[0].ToldAll == nil || v[0].AskedBy != w.first.UID || v[0].AgreedBy != w.second.UID {
		t.Errorf("%+v", v)
	}
}

// recorded fails unless the trail tells what was before and what is now.
func (w *office) recorded(t *testing.T) {
	t.Helper()
	records, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "calendar"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Action == "update" && r.Outcome == audit.Allow {
			one, fields := webtest.Must(w.Trail.Get(w.Ctx, r.ID)), map[string]bool{}
			for _, c := range one.Changes {
				fields[c.Field] = c.Old == nil && len(c.New) > 0
			}
			if r.Target != "2027-2028" || one.Law == "" || !fields["terms.quarter_1"] || !fields["start"] {
				t.Errorf("%+v", r)
			}
			return
		}
	}
	t.Error("nothing was written down")
}

// An amendment keeps what it was, says why, and stands beside it; an outdated one is a
// conflict when it is decided, and a year that is over is amended no more.
func TestTRIC8_AnAmendmentIsOfTheVersionThatWasSeen(t *testing.T) {
	w := newOffice(t)
	stale := w.change("2025-2026", map[string]string{"breaks.spring.end": "2026-03-08"})
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-06-05"})))
	f := func() *fault.Error {
		_, err := w.Calendar.Propose(w.second.Ctx, stale)
		return refusal(t, err, fault.Conflict, "year.waits")
	}()
	if f.Next == nil || f.Next.URL != "/approvals" {
		t.Errorf("%+v", f.Next)
	}
	if _, err := w.Agree(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	y := w.profile().SchoolYear("2025-2026")
	last := y.Amendments[len(y.Amendments)-1]
	if last.On != 20260302 || last.Note["ru"] != "Приказ министерства" || len(last.Changes) != 1 || last.Changes[0] != (profile.Change{What: "quarter_4.end", Was: 20260529, Now: 20260605}) {
		t.Errorf("%+v", last)
	}
	_, err := w.Calendar.Propose(w.first.Ctx, stale)
	refusal(t, err, fault.Conflict, "year.moved_on")

	// Asked for, and overtaken before it is decided.
	again := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.change("2025-2026", map[string]string{"breaks.spring.end": "2026-03-08"})))
	w.lay(t, w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-06-06"}).Year)
	_, err = w.Agree(w.second.Ctx, again.UID)
	if refusal(t, err, fault.Conflict, "approval.overtaken"); !strings.Contains(err.Error(), "year.moved_on") {
		t.Errorf("not for the reason it has: %v", err)
	}
	if _, _, wrong, err := w.Calendar.Proposed(w.second.Ctx, again.UID); err != nil || fault.KindOf(wrong) != fault.Conflict {
		t.Errorf("who decides is not told: %v %v", wrong, err)
	}

	w.Clock.Set(time.Date(2026, 9, 2, 9, 0, 0, 0, time.UTC))
	_, err = w.Calendar.Review(w.first.Ctx, w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-06-07"}))
	if f := refusal(t, err, fault.Invalid, "fault.invalid"); len(f.Fields) == 0 || f.Fields[0].Key != "year.over" {
		t.Errorf("%+v", f.Fields)
	}
}

// lay puts a version of a year in the table, as another office's decision would.
func (w *office) lay(t *testing.T, d profile.Document) {
	t.Helper()
	raw := webtest.Must(json.Marshal(d))
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `INSERT INTO school_year (tenant_id, year, version, uid, document, order_number, order_date, asked_by, agreed_by, published_at)
			SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, '1', $5::timestamptz, 'a', 'b', $5::timestamptz FROM school_year WHERE tenant_id = $1 AND year = $2`,
			tx.Tenant(), d["id"], db.NewUID(), raw, w.Clock.Now())
		if err != nil {
			return err
		}
		return w.DB.Notify(ctx, "school_year", "")
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The checks of a calendar file apply before anything is asked for, by field; an order and
// a reason are obligatory; nothing is asked for that changes nothing.
func TestTRIC9_AProposalIsJudgedAsAFileIs(t *testing.T) {
	w := newOffice(t)
	for name, c := range map[string]struct {
		p          calendar.Proposal
		field, key string
	}{
		"less grace than the law leaves": {w.change("2025-2026", map[string]string{"windows.grades_4.closes": "quarter_4.end + 9d"}), "windows.4.closes", "year.finding.p151"},
		"no such day":                    {w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-02-30"}), "terms.3.end", "year.finding.p102"},
		"overlapping terms":              {w.change("2025-2026", map[string]string{"terms.quarter_4.start": "2026-02-01"}), "terms.3.start", "year.finding.p122"},
		"no reason": {func() calendar.Proposal {
			p := w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-06-05"})
			delete(p.Note, "ru")
			return p
		}(), "note.ru", "field.required"},
		"a reason without end": {func() calendar.Proposal {
			p := w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-06-05"})
			p.Note["ru"] = strings.Repeat("ш", 1001)
			return p
		}(), "note.ru", "field.too_long"},
		"a reason that nobody can read": {func() calendar.Proposal {
			p := w.change("2025-2026", map[string]string{"terms.quarter_4.end": "2026-06-05"})
			p.Note["ru"] = "Приказ \u202eминистерства"
			return p
		}(), "note.ru", "field.plain"},
		"no order":              {func() calendar.Proposal { p := w.next(); p.Order = audit.Order{}; return p }(), "order.number", "identity.order_required"},
		"an order that is none": {func() calendar.Proposal { p := w.next(); p.Order.Number = "--"; return p }(), "order.number", "identity.order_number"},
		"nothing":               {w.change("2025-2026", nil), "name", "year.same"},
		"a turned name":         {w.change("2025-2026", map[string]string{"breaks.autumn.name": "Күзгү\u202eканикул"}), "breaks.0.name", "field.plain"},
		"a name without end":    {w.change("2025-2026", map[string]string{"breaks.autumn.name": strings.Repeat("К", 301)}), "breaks.0.name", "field.too_long"},
		"a number for a name": {func() calendar.Proposal {
			p := w.next()
			p.Year["name"] = map[string]any{"ky": 1e308, "ru": "x"}
			return p
		}(), "name.ky", "field.text"},
		"a number for its own note": {func() calendar.Proposal {
			p := w.next()
			p.Year["note"] = map[string]any{"en": 7}
			return p
		}(), "year.note.en", "field.text"},
		"an order of 5,000 characters": {func() calendar.Proposal { p := w.next(); p.Order.Number = strings.Repeat("7", 5000); return p }(), "order.number", "identity.order_long"},
		"an order of 1066":             {func() calendar.Proposal { p := w.next(); p.Order.Date = p.Order.Date.AddDate(-960, 0, 0); return p }(), "order.date", "identity.day_bounds"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Calendar.Propose(w.first.Ctx, c.p)
			f := faulttest.Of(t, err)
			if f.Kind != fault.Invalid {
				t.Fatalf("got %v", err)
			}
			for _, x := range f.Fields {
				if x.Name == c.field && x.Key == c.key {
					return
				}
			}
			t.Errorf("got %+v", f.Fields)
		})
	}
	if n := w.Count("approval"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// No switch of a profile takes the second person away, and an administrator who asked is
// no second one.
func TestTRIC1_NoSwitchLiftsTheSecondPersonOfACalendar(t *testing.T) {
	w := officeOf(t, gatetest.Changed(t, "kg", func(p *profile.Profile) {
		for i := range p.Switches {
			if p.Switches[i].ID == approval.Switch {
				p.Switches[i].On = false
			}
		}
	}))
	admin := w.With("tenant_admin", w.Root)
	r := webtest.Must(w.Calendar.Propose(admin.Ctx, w.next()))
	if w.Count("school_year") != 0 {
		t.Fatal("one person published a calendar")
	}
	_, err := w.Agree(admin.Ctx, r.UID)
	refusal(t, err, fault.Denied, "approval.not_yourself")
	if _, err := w.Cosign(w.Ctx, r.UID, "operator"); fault.KindOf(err) != fault.Denied {
		t.Errorf("an operator decided what the ministry can: %v", err)
	}
	// Who has lost the right meanwhile gets nothing done.
	if err := w.Approvals.Reject(w.second.Ctx, r.UID, "not yet"); err != nil {
		t.Fatal(err)
	}
	r = webtest.Must(w.Calendar.Propose(w.first.Ctx, w.next()))
	if err := w.Identity.Block(w.Ctx, w.first.UID, "left"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Agree(w.second.Ctx, r.UID); err == nil {
		t.Error("published on the word of somebody who is blocked")
	}
}

// Two people propose the next year at once, and two decide about one request at once:
// never both.
func TestTRIC1_TwoAtOnceProposeOneYearAndPublishItOnce(t *testing.T) {
	w := newOffice(t)
	third := w.With("ministry_officer", w.Root)
	for round := range 12 {
		p := w.next()
		var all sync.WaitGroup
		asked := make([]approval.Request, 2)
		errs := make([]error, 2)
		for i, who := range []*webtest.Person{w.first, w.second} {
			all.Go(func() { asked[i], errs[i] = w.Calendar.Propose(who.Ctx, p) })
		}
		all.Wait()
		var r approval.Request
		for i, err := range errs {
			if err == nil {
				r = asked[i]
			} else if f := faulttest.Of(t, err); f.Key != "year.waits" {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %v and %v", round, errs[0], errs[1])
		}
		other := w.first
		if r.AskedUID == w.first.UID {
			other = w.second
		}
		for i, who := range []*webtest.Person{third, other} {
			all.Go(func() { _, errs[i] = w.Agree(who.Ctx, r.UID) })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: decided by %v and %v", round, errs[0], errs[1])
		}
		if n := w.Count("school_year"); n != round+1 {
			t.Fatalf("round %d: %d versions", round, n)
		}
	}
}

// What one process publishes the other goes by, and the trail says which calendar was in
// force.
func TestTRIC8_ASecondProcessGoesByTheNewCalendar(t *testing.T) {
	w := newOffice(t)
	service, owner := dbtest.Connect(t, w.DB, "mektep_service").Config().ConnString(), dbtest.Connect(t, w.DB, "mektep_owner").Config().ConnString()
	d, err := db.Open(context.Background(), db.Config{ServiceDSN: service, OwnerDSN: owner, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() { stop(); d.Close() })
	listens, once := make(chan struct{}), sync.Once{}
	d.OnChange("listening", func(int32, string) { once.Do(func() { close(listens) }) })
	d.Listen(ctx)
	<-listens
	other := calendar.New(d, w.Clock, w.Gate, w.Trail, w.Tree)
	other.Over(w.Tenants.Country)
	knows := func() bool { return webtest.Must(other.Ministry(w.Ctx)).Profile.SchoolYear("2027-2028") != nil }
	if knows() || other.Stamp(w.Ctx) != "" {
		t.Fatal("it knows a year that nobody has published")
	}
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, w.next()))
	if _, err := w.Agree(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); !knows(); time.Sleep(20 * time.Millisecond) { // far less than it is remembered for
		if time.Now().After(deadline) {
			t.Fatal("the other process goes by the old calendar")
		}
	}
	if s := other.Stamp(w.Ctx); len(s) != 12 || s != w.Calendar.Stamp(w.Ctx) {
		t.Errorf("stamps %q and %q", s, w.Calendar.Stamp(w.Ctx))
	}
	w.Profile.Sections = append([]profile.Section{}, w.Profile.Sections...) // another ministry of the country has none of it
	if elsewhere := dbtest.Tenant(t, w.DB, "two", "kg"); webtest.Must(w.Calendar.Ministry(elsewhere)).Profile.SchoolYear("2027-2028") != nil {
		t.Error("another ministry has this one's calendar")
	}
}

// What changes for windows is told by what it means now.
func TestEffectsSayWhatOpensAndClosesAtOnce(t *testing.T) {
	w := newOffice(t) // 2 March 2026: the windows of the third quarter are open
	for name, c := range map[string]struct {
		days map[string]string
		id   string
		want calendar.EffectKind
	}{
		"closes":  {map[string]string{"windows.statistics_year_end.closes": "quarter_4.end + 2w"}, "statistics_year_end", calendar.Shorter},
		"longer":  {map[string]string{"windows.grades_3.closes": "quarter_3.end + 20d"}, "grades_3", calendar.Longer},
		"at once": {map[string]string{"windows.passport_confirmation.closes": "2026-06-01 18:00"}, "passport_confirmation", calendar.OpensNow},
		"moves":   {map[string]string{"windows.statistics_year_end.opens": "quarter_4.end + 1w", "windows.statistics_year_end.closes": "quarter_4.end + 4w"}, "statistics_year_end", calendar.Moved},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := w.Calendar.Review(w.first.Ctx, w.change("2025-2026", c.days))
			if err != nil {
				t.Fatal(err, faulttest.Of(t, err).Fields)
			}
			effects := calendar.Effects(plan.Old, plan.New, w.Clock.Now())
			if len(effects) != 1 || effects[0].New.ID != c.id || effects[0].Kind != c.want {
				t.Errorf("%+v", effects)
			}
		})
	}
	// What becomes another section's is closed to its own; of a term's data the law forbids it (dropped).
	y, wrong := w.profile().Judge(w.change("2025-2026", map[string]string{"windows.grades_3.section": "attendance.quarter_3"}).Year)
	if y == nil {
		t.Fatal(wrong)
	}
	if e := calendar.Effects(w.profile().SchoolYear("2025-2026"), y, w.Clock.Now()); len(e) != 1 || e[0].New.ID != "grades_3" || e[0].Kind != calendar.ClosesNow {
		t.Errorf("from many: %+v", e)
	}
	plan := webtest.Must(w.Calendar.Review(w.first.Ctx, w.change("2025-2026", map[string]string{"terms.quarter_3.end": "2026-02-10"})))
	if e := calendar.Effects(plan.Old, plan.New, w.Clock.Now()); len(e) != 2 || e[0].Kind != calendar.ClosesNow || e[1].Kind != calendar.ClosesNow {
		t.Errorf("a term that ends earlier closes what hangs on it: %+v", e)
	}
}

// What was published is amended, with a reason, and does not become a draft again.
func TestTRIC8_APublishedYearStaysPublished(t *testing.T) {
	w := newOffice(t)
	p := w.next()
	p.Year["status"] = "published"
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, p))
	if _, err := w.Agree(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	back := w.change("2027-2028", nil)
	back.Year["status"] = "provisional"
	_, err := w.Calendar.Propose(w.first.Ctx, back)
	f := faulttest.Of(t, err)
	for _, x := range f.Fields {
		if x.Key == "year.stays_published" {
			return
		}
	}
	t.Errorf("a published year becomes a draft: %v %+v", err, f)
}

// Working days that a proposal leaves in no term and no break are told to whoever proposes and
// whoever agrees; the calendar holds with them.
func TestTRIC9_DaysInNoTermAndNoBreakAreTold(t *testing.T) {
	w := newOffice(t)
	y := w.profile().SchoolYears()[0]
	term := y.Terms[1]
	p := w.change(y.ID, map[string]string{"terms." + term.ID + ".start": term.Start.AddDays(7).String()})
	plan, err := w.Calendar.Review(w.first.Ctx, p)
	if err != nil || len(plan.Between()) != 1 {
		t.Fatalf("%+v %v", plan.Between(), err)
	}
	r, err := w.Calendar.Propose(w.first.Ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	for who, r := range map[string]approval.Request{"who proposes": r, "who agrees": webtest.Must(w.Approvals.Get(w.second.Ctx, r.UID))} {
		i := slices.IndexFunc(r.Told(), func(p fault.Phrase) bool { return p.Key == "approval.told.year_between" })
		if i < 0 {
			t.Fatalf("%s is told %+v", who, r.Told())
		}
		for _, l := range w.Words.Languages() {
			args := r.Told()[i].Args
			if said := w.Words.Localizer(l.Tag).T("approval.told.year_between", args); !strings.Contains(said, w.Words.Localizer(l.Tag).Text(term.Name)) || strings.Contains(said, "<no value>") {
				t.Errorf("%s, %s: %s", who, l.Tag, said)
			}
		}
	}
}

// So are those by which the first term begins later, or the last one ends earlier, than it did.
func TestTRIC9_DaysAtTheEdgeOfTheYearAreToldWhereTheyBecomeMore(t *testing.T) {
	w := newOffice(t)
	y := w.profile().SchoolYears()[0]
	first, last := y.Terms[0], y.Terms[len(y.Terms)-1]
	for edit, want := range map[[2]string]string{
		{"terms." + first.ID + ".start", first.Start.AddDays(7).String()}: "approval.told.year_between",
		{"terms." + last.ID + ".end", last.End.AddDays(-7).String()}:      "approval.told.year_after",
		{"terms." + last.ID + ".end", last.End.AddDays(-1).String()}:      "approval.told.year_after",
		{"terms." + last.ID + ".end", last.End.AddDays(7).String()}:       "",
	} {
		plan, err := w.Calendar.Review(w.first.Ctx, w.change(y.ID, map[string]string{edit[0]: edit[1]}))
		if err != nil {
			t.Fatal(err)
		}
		said := plan.Between()
		if want == "" {
			if len(said) > 0 {
				t.Errorf("%v: %+v", edit, said)
			}
			continue
		}
		if len(said) != 1 || said[0].Key != want {
			t.Fatalf("%v: %+v", edit, said)
		}
		for _, l := range w.Words.Languages() {
			if text := w.Words.Localizer(l.Tag).T(want, said[0].Args); text == "" || strings.Contains(text, "<no value>") {
				t.Errorf("%s: %q", l.Tag, text)
			}
		}
	}
	plan, err := w.Calendar.Review(w.first.Ctx, w.next())
	if err != nil || len(plan.Between()) > 0 {
		t.Errorf("last year's calendar a year later: %+v %v", plan.Between(), err)
	}
}

// The windows of a section are bounded: a slip of a program is refused with how many there are
// and may be, not agreed to line by line.
func TestTRIC9_TheWindowsOfASectionAreBounded(t *testing.T) {
	w := newOffice(t)
	y := w.profile().SchoolYears()[0]
	p := w.change(y.ID, nil)
	list := p.Year["windows"].([]any)
	first := list[0].(map[string]any)
	for i := range w.profile().MostWindows(y) {
		more := maps.Clone(first)
		more["id"] = fmt.Sprintf("more_%d", i)
		list = append(list, more)
	}
	p.Year["windows"] = list
	_, err := w.Calendar.Review(w.first.Ctx, p)
	f := faulttest.Of(t, err)
	i := slices.IndexFunc(f.Fields, func(x fault.Field) bool { return x.Key == "year.finding.p158" })
	if f.Kind != fault.Invalid || i < 0 {
		t.Fatalf("%v %+v", err, faulttest.Fields(err))
	}
	for _, l := range w.Words.Languages() {
		if said := w.Words.Localizer(l.Tag).T(f.Fields[i].Key, f.Fields[i].Args); !strings.Contains(said, "60") || !strings.Contains(said, fmt.Sprint(f.Fields[i].Args["Count"])) {
			t.Errorf("%s: %s", l.Tag, said)
		}
	}
}
