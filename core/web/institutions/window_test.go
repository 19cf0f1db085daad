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
	"mektep/core/gate/gatetest"
	"mektep/core/profile"
	"mektep/core/unit"
	"mektep/core/web/home"
	"mektep/core/web/institutions"
	"mektep/core/web/webtest"
)

// Of what ends, nothing is open longer than it is there: the calendar says until when others are. A
// place that ends ends nothing: what lies in it goes on with another.
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
	merged := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	if err := w.Tree.Move(w.Ctx, w.School, w.There, merged, ""); err != nil {
		t.Fatal(err)
	}
	then := ": then its record is closed"
	for _, c := range []struct {
		unit int64
		day  int
		want string
	}{{w.Here.ID, 9, before[0]}, {w.School.ID, 4, "Open until 3 Mar 2026, 1 day left" + then}, {w.School.ID, 3, "Open until 2 Mar 2026, last day" + then}} {
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

// A type to come ends or opens what can be filled in on its day, wherever that is said: on the page
// of the record, in the form of a group, in the refusal, and to whoever works there on their home page.
func TestTRIC8_ATypeToComeEndsTheWindowOrOpensIt(t *testing.T) {
	w := webtest.Of(t, gatetest.Changed(t, "tr", func(p *profile.Profile) {
		for _, x := range p.Windows("passport") {
			x.Types = []string{"ilkokul"}
		}
	}), "ilkokul")
	w.Mount(
		institutions.Routes(w.Base, institutions.Services{DB: w.DB, Registry: w.Registry, Tree: w.Tree, Calendar: w.Calendar, Identity: w.Identity}),
		home.Routes(w.Base, home.Services{Identity: w.Identity, Calendar: w.Calendar, Registry: w.Registry, Notify: w.Notify, Trail: w.Trail, Tree: w.Tree, Approvals: w.Approvals.Decidable, Offers: w.Approvals.Offers}),
	)
	admin := w.With("tenant_admin", w.Root)
	retype := func(u unit.Unit, typ string, days int) {
		now := webtest.Must(w.Tree.Get(w.Ctx, u.UID))
		if err := w.Tree.Retype(w.Ctx, now, typ, w.Clock.Today(w.Profile.Zone).AddDate(0, 0, days), ""); err != nil {
			t.Fatal(err)
		}
	}
	retype(w.School, "ortaokul", 2)
	retype(w.Elsewhere, "ortaokul", 0)
	retype(w.Elsewhere, "ilkokul", 2)
	for name, c := range map[string]struct {
		u    unit.Unit
		want string
	}{
		"ends":  {w.School, "Open until 3 Mar 2026, 1 day left: after that the institution’s type is “Lower secondary school”, for which it is closed"},
		"opens": {w.Elsewhere, "Closed, opens 4 Mar 2026: from then on the institution’s type is “Primary school”, for which it is open"},
	} {
		head := w.With("head", c.u)
		for _, p := range []*webtest.Person{admin, head} {
			page := p.Get("/institutions/"+c.u.UID).Wants(t, 200, c.want)
			if n := strings.Count(page.Body, c.want); n < 2 {
				t.Errorf("%s: said of %d groups", name, n)
			}
		}
		home := head.Get("/home").Wants(t, 200, c.want)
		if name == "ends" {
			home.Wants(t, 200, "Closes soon", "1 day left: after that the institution’s type is “Lower secondary school”")
			head.Get("/institutions/"+c.u.UID+"/edit/infrastructure").Wants(t, 200, c.want)
		} else {
			head.Get("/institutions/"+c.u.UID+"/edit/infrastructure").Wants(t, 423, "It opens on 4 Mar 2026, when the institution becomes “Primary school”")
		}
	}
}
