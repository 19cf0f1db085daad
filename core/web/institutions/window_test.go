package institutions_test

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// Of what ends, nothing is open longer than it is there, nor than what it lies in: the calendar says
// until when others are.
func TestTheWindowOfARecordEndsWithIt(t *testing.T) {
	w := newTwo(t)
	open := regexp.MustCompile(`Open until [^<]*`)
	shown := func(path string) []string {
		return open.FindAllString(w.first.Get("/institutions/"+w.School.UID+path).Wants(t, 200).Body, -1)
	}
	before := shown("")
	if len(before) == 0 || slices.ContainsFunc(before, func(s string) bool { return strings.Contains(s, " Mar 2026") }) {
		t.Fatalf("the calendar holds it open: %q", before)
	}
	for _, c := range []struct {
		unit int64
		day  int
		want string
	}{{w.Here.ID, 9, "Open until 8 Mar 2026"}, {w.School.ID, 4, "Open until 3 Mar 2026"}, {w.School.ID, 3, "Open until 2 Mar 2026"}} {
		err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, "UPDATE unit SET until = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), c.unit, time.Date(2026, 3, c.day, 0, 0, 0, 0, time.UTC))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		webtest.Must(w.Tree.Create(w.Ctx, unit.New{Parent: &w.Root, Level: unit.Region, Code: "7" + strconv.Itoa(c.day), Name: tr("New"), Since: w.Region.Since})) // the tree is read anew
		after := shown("")
		if len(after) != len(before) || slices.ContainsFunc(after, func(s string) bool { return !strings.HasPrefix(s, c.want) }) {
			t.Errorf("until %d March: %q", c.day, after)
		}
	}
}
