package calendar_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

// extended is what is read of an extension for some types.
const extended = "window.notice.extended_for"

// told is a ministry whose extensions are announced, by hand where a job would.
type told struct {
	*webtest.World
	queued []calendar.Announcement
	officer,
	head, specialist, elsewhere, teacher *webtest.Person
	extension calendar.Extension
	window    *profile.Window
}

func newTold(t *testing.T) *told {
	t.Helper()
	w := &told{World: webtest.New(t, "kg", "secondary_school")}
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
	overseer := w.Profile.Type("secondary_school").Overseer
	w.officer = w.With("directorate_officer", w.Directorate(overseer))
	w.head, w.specialist, w.elsewhere = w.With("head", w.School), w.With("responsible_specialist", w.School), w.With("head", w.Elsewhere)
	w.teacher = w.With("teacher", w.School)
	for _, x := range w.Profile.Windows("statistics") {
		if w.window == nil && x.ClosesAt().After(w.Clock.Now()) {
			w.window = x
		}
	}
	if w.window == nil {
		t.Fatal("no window of statistics")
	}
	w.extension = calendar.Extension{
		Year: w.window.Year().ID, Window: w.window.ID, Types: []string{"secondary_school"}, Until: w.window.ClosesAt().AddDate(0, 0, 5), Reason: "Суу каптап кетти",
		Order: audit.Order{Number: "12", Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)},
	}
	return w
}

// run does what is queued as two runs at once would, and once more.
func (w *told) run() {
	w.T.Helper()
	ctx := caller.With(context.Background(), caller.System(caller.From(w.Ctx).Tenant, "announce", ""))
	var all sync.WaitGroup
	for _, a := range append(w.queued, w.queued...) {
		all.Go(func() {
			if err := w.Calendar.Announce(ctx, a); err != nil {
				w.T.Error(err)
			}
		})
	}
	all.Wait()
	w.queued = nil
}

// notices counts the notices of a kind of text that somebody has.
func (w *told) notices(p *webtest.Person, key string) (n int) {
	w.T.Helper()
	items, _, err := w.Notify.Inbox(p.Ctx, "")
	if err != nil {
		w.T.Fatal(err)
	}
	for _, i := range items {
		if i.Key == key {
			n++
			for _, l := range w.Words.Languages() {
				if s := w.Words.Localizer(l.Tag).T(i.Key, i.Args); s == "" || strings.Contains(s, "{{") || strings.Contains(s, "⟦") {
					w.T.Errorf("%s reads %q", l.Tag, s)
				}
			}
		}
	}
	return n
}

// mailed counts the letters of a kind of text that wait to go.
func (w *told) mailed(key string) int {
	w.T.Helper()
	return w.Count("mail_outbox WHERE tenant_id = $1 AND body_key = '" + key + "'")
}

func TestTRIC8_AnExtensionIsAnnouncedToThoseWhomItConcerns(t *testing.T) {
	w := newTold(t)
	e, err := w.Calendar.Extend(w.officer.Ctx, w.extension)
	if err != nil {
		t.Fatalf("%v %v", err, faulttest.Of(t, err).Fields)
	}
	w.run()
	for name, c := range map[string]struct {
		p    *webtest.Person
		want int
	}{"the head": {w.head, 1}, "another school's head": {w.elsewhere, 1}, "a teacher, who enters no passport": {w.teacher, 0}, "the giver": {w.officer, 0}} {
		if n := w.notices(c.p, extended); n != c.want {
			t.Errorf("%s was told %d times, want %d", name, n, c.want)
		}
	}
	w.shows(w.window, 3, 3)
	if w.mailed(extended) == 0 {
		t.Error("nobody is written to of what was given")
	}
	if err := w.Calendar.Cancel(w.officer.Ctx, e.UID); err != nil {
		t.Fatal(err)
	}
	w.run()
	if n := w.notices(w.head, "window.notice.cancelled"); n != 1 {
		t.Errorf("told of its end %d times", n)
	}
	if w.mailed("window.notice.cancelled") == 0 {
		t.Error("nobody is written to of what was taken back")
	}
}

// shows fails unless the calendar says to how many the extension was announced.
func (w *told) shows(x *profile.Window, least, most int) {
	w.T.Helper()
	windows, err := w.Calendar.Windows(w.Ctx, x.Year())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, y := range windows {
		if y.ID == x.ID && len(y.Extensions) == 1 {
			if e := y.Extensions[0]; e.ToldAll == nil || e.Told < least || e.Told > most {
				w.T.Errorf("announced to %d, whole %v", e.Told, e.ToldAll)
			}
			return
		}
	}
	w.T.Error("the extension is not shown")
}

// What is taken back before it was announced is announced as neither.
func TestWhatWasTakenBackIsNotAnnouncedAsGiven(t *testing.T) {
	w := newTold(t)
	e, err := w.Calendar.Extend(w.officer.Ctx, w.extension)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Calendar.Cancel(w.officer.Ctx, e.UID); err != nil {
		t.Fatal(err)
	}
	w.run()
	if n := w.notices(w.head, extended); n != 0 {
		t.Errorf("told %d times of what no longer holds", n)
	}
}

// Two announcements run beside each other: whom a longer extension concerns is not told the
// earlier closing as well, maybe last; whom it does not concern is.
func TestTRIC8_TheEarlierClosingIsNotTheLastWord(t *testing.T) {
	w := newTold(t)
	another := ""
	for _, typ := range w.Profile.OverseenBy(w.Profile.Type("secondary_school").Overseer) {
		if typ != "secondary_school" && w.window.For(typ) && w.Profile.TypeAt(typ, w.Clock.Now()) != nil {
			another = typ
		}
	}
	give := func(days int, types ...string) {
		t.Helper()
		e := w.extension
		e.Types, e.Until = types, w.window.ClosesAt().AddDate(0, 0, days)
		if _, err := w.Calendar.Extend(w.officer.Ctx, e); err != nil {
			t.Fatalf("%v %v", err, faulttest.Of(t, err).Fields)
		}
	}
	give(5, "secondary_school", another)
	give(9, another)
	w.run()
	if n := w.notices(w.head, extended); n != 1 {
		t.Errorf("told %d times of an extension that nothing has overtaken", n)
	}
	give(10, "secondary_school")
	give(12, "secondary_school")
	w.queued[0], w.queued[1] = w.queued[1], w.queued[0]
	w.run()
	if n := w.notices(w.head, extended); n != 2 {
		t.Errorf("told %d times of two extensions, the earlier of which had been overtaken", n-1)
	}
	items, _, err := w.Notify.Inbox(w.head.Ctx, "")
	if err != nil || len(items) == 0 {
		t.Fatal(err)
	}
	want := w.window.ClosesAt().AddDate(0, 0, 12).In(w.Profile.Zone).Format(time.DateOnly)
	if _, end := items[0].Args["Until"].(fault.End); !end {
		t.Errorf("the last word is told as a %T", items[0].Args["Until"])
	}
	if got := fmt.Sprint(items[0].Args["Until"]); !strings.HasPrefix(got, want) {
		t.Errorf("the last word is %s, want %s", got, want)
	}
}

// Only institutions of the types are told.
func TestAnotherTypeIsNotTold(t *testing.T) {
	w := newTold(t)
	for _, typ := range w.Profile.Types {
		if typ.Overseer != "" && typ.Overseer == w.Profile.Type("secondary_school").Overseer && typ.ID != "secondary_school" && w.window.For(typ.ID) {
			w.extension.Types = []string{typ.ID}
		}
	}
	if _, err := w.Calendar.Extend(w.officer.Ctx, w.extension); err != nil {
		t.Fatal(err)
	}
	w.run()
	if n := w.notices(w.head, extended); n != 0 {
		t.Errorf("a school was told %d times of what concerns another type", n)
	}
}

// A directorate that names no type is told to name its own.
func TestTRIC8_ADirectorateIsToldToNameItsTypes(t *testing.T) {
	w := newTold(t)
	w.extension.Types = nil
	_, err := w.Calendar.Extend(w.officer.Ctx, w.extension)
	f := faulttest.Of(t, err)
	if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "types" || f.Fields[0].Key != "window.own_types" {
		t.Fatalf("got %v", err)
	}
	if types, _ := f.Fields[0].Args["Types"].(fault.List); len(types) == 0 {
		t.Error("its own types are not named")
	}
	if _, err := w.Calendar.Extend(w.head.Ctx, w.extension); fault.KindOf(err) != fault.Denied {
		t.Errorf("a head: %v", err)
	}
}
