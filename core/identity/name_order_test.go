package identity_test

import (
	"context"
	"slices"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/web/webtest"
)

// A person is called as the country writes names, wherever they are called: in the list and by its
// order, in what others are asked and told, at the head of their own pages. They are found by either order.
func TestAPersonIsCalledAsTheCountryWritesNames(t *testing.T) {
	for country, c := range map[string]struct {
		typ, full string
		listed    []string
	}{
		"kg": {"secondary_school", "Асанова Жылдыз Бакытовна", []string{"Асанова Жылдыз Бакытовна", "Бекова Айгүл"}},
		"tr": {"ilkokul", "Жылдыз Бакытовна Асанова", []string{"Айгүл Бекова", "Жылдыз Бакытовна Асанова"}},
	} {
		t.Run(country, func(t *testing.T) {
			w := webtest.New(t, country, c.typ)
			head := w.With("head", w.School)
			for _, p := range []identity.Person{{Family: "Асанова", Given: "Жылдыз", Patronymic: "Бакытовна"}, {Family: "Бекова", Given: "Айгүл"}} {
				webtest.Must(w.Identity.Appoint(head.Ctx, identity.NewAppointment{Person: p, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport"}))
			}
			find := func(words string) (names, uids []string) {
				t.Helper()
				rows, _, err := w.Identity.People(head.Ctx, identity.Filter{Words: words})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					names, uids = append(names, r.Name), append(uids, r.UID)
				}
				return names, uids
			}
			listed := func() {
				t.Helper()
				all, _ := find("")
				all = slices.DeleteFunc(all, func(n string) bool { return !slices.Contains(c.listed, n) })
				if !slices.Equal(all, c.listed) {
					t.Errorf("the list calls them %q", all)
				}
			}
			listed()
			var uid string
			for _, words := range []string{"Асанова Жылдыз", "Жылдыз Асанова", "Бакытовна Асанова"} {
				names, uids := find(words)
				if !slices.Equal(names, []string{c.full}) {
					t.Fatalf("by %q is found %q", words, names)
				}
				uid = uids[0]
			}
			page := webtest.Must(w.Identity.Person(head.Ctx, uid))
			if names := webtest.Must(w.Identity.Names(head.Ctx, []string{uid})); page.Name != c.full || names[uid] != c.full {
				t.Errorf("called %q, in histories %q", page.Name, names[uid])
			}
			var to []notify.Recipient
			unit := func(f func(ctx context.Context, tx *db.Tx) error) {
				t.Helper()
				if err := w.DB.Tenant(w.Ctx, f); err != nil {
					t.Fatal(err)
				}
			}
			unit(func(ctx context.Context, tx *db.Tx) (err error) {
				to, err = identity.Recipients(ctx, tx, []int64{page.ID})
				return err
			})
			if len(to) != 1 || to[0].Name != c.full {
				t.Errorf("letters go to %+v", to)
			}
			exec(w, "UPDATE account SET state = 'active', login = 'jyldyz', password_hash = 'x' WHERE tenant_id = $1 AND id = $2", page.ID)
			if who := webtest.Must(w.Identity.ResolveAccount(w.Ctx, caller.From(w.Ctx).Tenant, page.ID)); who.Name != c.full {
				t.Errorf("acts as %q", who.Name)
			}

			// What stands in another order, as before there was one, is written anew.
			unit(func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.PGX().Exec(ctx, "UPDATE account SET name = $2, sort_key = $3, name_order = '' WHERE tenant_id = $1",
					tx.Tenant(), "Old Order", locale.SortKey(w.Profile.Main(), "Old Order"))
				return err
			})
			if err := w.Identity.Sweep(caller.With(w.Ctx, caller.System(caller.From(w.Ctx).Tenant, "housekeeping", ""))); err != nil {
				t.Fatal(err)
			}
			listed()
		})
	}
}
