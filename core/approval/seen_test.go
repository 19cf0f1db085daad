package approval_test

import (
	"slices"
	"testing"

	"mektep/core/audit"
	"mektep/core/web/webtest"
)

// That somebody was shown what others ask for, with their names, is recorded; looking at one's
// own requests is not.
func TestTheViewOfOthersRequestsIsRecorded(t *testing.T) {
	w := newWorld(t, "tr", "ilkokul")
	asker, other := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)
	w.ask(asker.Ctx, "red")
	for _, c := range []struct {
		who  *webtest.Person
		seen bool
	}{{asker, false}, {other, true}} {
		if list, err := w.Approvals.List(c.who.Ctx); err != nil || len(list) != 1 {
			t.Fatalf("%v %v", list, err)
		}
		all, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "approval", Action: "view"}, "")
		if err != nil {
			t.Fatal(err)
		}
		seen := slices.ContainsFunc(all, func(r audit.Record) bool {
			return r.Account == c.who.ID && slices.Equal(r.Fields, []string{"asked_by"})
		})
		if seen != c.seen {
			t.Errorf("account %d looked, recorded %t: %+v", c.who.ID, seen, all)
		}
	}
}
