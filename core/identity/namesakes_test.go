package identity_test

import (
	"testing"

	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// namesakes makes accounts of the same name as somebody's, older ones of a post at a unit.
func namesakes(w *webtest.World, of *webtest.Person, n int, at int64) {
	w.T.Helper()
	exec(w, `INSERT INTO account (tenant_id, uid, name, family, given, patronymic, sort_key, created_at) SELECT a.tenant_id, a.uid || n, a.name, a.family, a.given, a.patronymic, a.sort_key, a.created_at
		FROM account a, generate_series(1, $3::int) n WHERE a.tenant_id = $1 AND a.id = $2`, of.ID, n)
	exec(w, `INSERT INTO account_word (tenant_id, account_id, word) SELECT b.tenant_id, b.id, w.word FROM account a JOIN account b ON b.tenant_id = a.tenant_id AND b.id <> a.id AND starts_with(b.uid, a.uid)
		JOIN account_word w ON w.tenant_id = a.tenant_id AND w.account_id = a.id WHERE a.tenant_id = $1 AND a.id = $2`, of.ID)
	exec(w, `INSERT INTO appointment (tenant_id, uid, account_id, role, unit_id, since, granted_at) SELECT b.tenant_id, b.uid, b.id, 'teacher', $3, '2020-01-01', b.created_at FROM account a
		JOIN account b ON b.tenant_id = a.tenant_id AND b.id <> a.id AND starts_with(b.uid, a.uid) WHERE a.tenant_id = $1 AND a.id = $2`, of.ID, at)
}

// Whoever is kept out is found among however many of their name.
func TestKGER6c_WhoIsKeptOutIsFoundAmongManyNamesakes(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head, older := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.Elsewhere)
	namesakes(w, older, 205, w.Elsewhere.ID)
	was := webtest.Must(w.Identity.Person(w.Ctx, older.UID))
	same := identity.Person{Family: was.Family, Given: was.Given, Patronymic: was.Patronymic}
	p := w.With("teacher", w.School)
	if err := w.Identity.Correct(w.Ctx, p.UID, webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Version, same); err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{
		Person: same, AnotherPerson: true, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport",
	}); err != nil {
		t.Fatal(err)
	}
	if n := h.notices(district.UID, "identity.notice.alike_given"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// Whoever decides to keep somebody out is told at once which open accounts look like theirs, of those
// that they may see.
func TestKGER6c_WhoKeepsSomebodyOutIsToldOfTheAccountsThatLookLikeTheirs(t *testing.T) {
	for name, stopped := range map[string]bool{"blocked": false, "stopped": true} {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t, "kg", "secondary_school")
			h := house{World: w}
			district, head, there := w.With("district_officer", w.Here), w.With("head", w.School), w.With("head", w.Elsewhere)
			p := w.With("teacher", w.School)
			was := identity.Person{Family: "Тыныбеков", Given: "Чубак", Patronymic: "Эмилович"}
			if err := w.Identity.Correct(w.Ctx, p.UID, webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Version, was); err != nil {
				t.Fatal(err)
			}
			if stopped {
				also(t, w, p, "teacher", false)
			}
			give := func(by *webtest.Person) identity.Account {
				n := identity.NewAppointment{
					Person: was, AnotherPerson: true, Role: "teacher", Unit: w.School,
					Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport",
				}
				if by == there {
					n.Unit = w.Elsewhere
				}
				return webtest.Must(w.Identity.Appoint(by.Ctx, n)).Account
			}
			give(there)
			told := func() int { return h.notices(district.UID, "identity.notice.alike_stands") }
			block := func(by *webtest.Person) {
				t.Helper()
				if err := w.Identity.Block(by.Ctx, p.UID, "an inquiry"); err != nil {
					t.Fatal(err)
				}
			}
			block(district)
			if told() != 0 {
				t.Error("told of an account that they may not see")
			}
			if err := w.Identity.Unblock(district.Ctx, p.UID); err != nil {
				t.Fatal(err)
			}
			here := give(head)
			block(district)
			if told() != 1 {
				t.Fatalf("told %d times", told())
			}
			if n := h.Count("notice WHERE tenant_id = $1 AND key = 'identity.notice.alike_stands' AND link = '/people/" + here.UID + "' AND length(args::text) - length(replace(args::text, 'Чубак', '')) = 10"); n != 1 {
				t.Error("it names others, or leads elsewhere")
			}
			if n := h.Count("audit_entry WHERE tenant_id = $1 AND action = 'view' AND account_uid = '" + district.UID + "' AND target_uid = '" + here.UID + "'"); n != 1 {
				t.Errorf("%d entries of the name", n)
			}
			// Once that one is kept out as well, there is nothing to tell.
			if err := w.Identity.Block(district.Ctx, here.UID, "the same"); err != nil {
				t.Fatal(err)
			}
			if told() != 1 {
				t.Errorf("told %d times in the end", told())
			}
		})
	}
}
