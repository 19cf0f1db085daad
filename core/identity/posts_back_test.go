package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/registry"
	"mektep/core/web/webtest"
)

// Whoever agrees that a district comes back, or ends later, is told whose rights come back with it, as
// whoever agrees to its closing is told whose end: an officer's power over accounts is more than the
// schools that lie there.
func TestTRIC1_ReopeningTellsWhichPostsComeBack(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	first := w.With("tenant_admin", w.Root)
	w.With("tenant_admin", w.Root)
	w.With("district_officer", w.There)
	w.With("district_officer", w.There)
	stops(w, w.With("district_officer", w.There))
	today := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	on := func(since time.Time) registry.Act {
		u := webtest.Must(w.Tree.Get(w.Ctx, w.There.UID))
		return registry.Act{Version: u.Version, Since: since, Order: audit.Order{Number: "17", Date: today.AddDate(0, -1, 0)}}
	}
	told := func(err error) string {
		t.Helper()
		var asked *approval.Asked
		if !errors.As(err, &asked) {
			t.Fatalf("nobody is asked: %v", err)
		}
		l := w.Words.Localizer("en")
		var out []string
		for _, p := range asked.Request.Told() {
			out = append(out, l.T(p.Key, p.Args))
		}
		if err := w.Approvals.Cancel(first.Ctx, asked.Request.UID); err != nil {
			t.Fatal(err)
		}
		return strings.Join(out, "\n")
	}
	const back = "give their holders all rights again: District or city education officer (2)."
	end := on(today)
	end.Rest = w.Here.UID
	if got := told(w.Registry.Territory.Close(first.Ctx, w.There.UID, nil, end)); !strings.Contains(got, "People who hold a post at") || !strings.Contains(got, ": 2.") {
		t.Errorf("closing tells: %s", got)
	}
	if err := w.Registry.Territory.Close(w.Ctx, w.There.UID, nil, end); err != nil {
		t.Fatal(err)
	}
	if got := told(w.Registry.Territory.Reopen(first.Ctx, w.There.UID, on(today))); !strings.Contains(got, back) {
		t.Errorf("reopening tells: %s", got)
	}
}
