package app

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Whoever renames or drops an id of a profile that a ministry's data go by is told so, ministry by
// ministry, with how often each is used: types of institutions, roles of posts, fields. Nothing is
// lost by it, and nothing is said once the profile has the id again.
func TestWhatTheProfileHasNoMoreAndTheDataHaveIsNamed(t *testing.T) {
	s := newStillSite(t)
	ctx := context.Background()
	super, err := pgx.Connect(ctx, strings.Replace(s.Config.OwnerDSN, "mektep_owner", "mektep_super", 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = super.Close(ctx) })
	exec := func(sql string) {
		t.Helper()
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	said := func() (kg, tr string) {
		t.Helper()
		if err := s.compare(s.command(ctx)); err != nil {
			t.Fatal(err)
		}
		for _, l := range s.laws() {
			switch text := strings.Join(l.Notes, "\n"); l.ID {
			case "kg":
				kg = text
			case "tr":
				tr = text
			}
		}
		return kg, tr
	}
	if kg, tr := said(); strings.Contains(kg+tr, "no longer has") {
		t.Errorf("of what the profiles have: %s %s", kg, tr)
	}
	const some = "(SELECT u.tenant_id, u.id FROM unit u JOIN platform.tenant t ON t.id = u.tenant_id WHERE t.slug = 'kg' AND u.level = 'institution' ORDER BY u.id LIMIT 2)"
	exec("UPDATE unit SET type = 'type_of_old' WHERE (tenant_id, id) IN " + some)
	exec(`UPDATE institution SET fields = fields || '{"field_of_old": 5}' WHERE (tenant_id, id) IN ` + some)
	exec("UPDATE appointment SET role = 'role_of_old' WHERE (tenant_id, id) IN (SELECT a.tenant_id, a.id FROM appointment a JOIN platform.tenant t ON t.id = a.tenant_id WHERE t.slug = 'kg' AND a.until IS NULL ORDER BY a.id LIMIT 1)")
	kg, tr := said()
	for _, want := range []string{
		`kg: the profile no longer has the type "type_of_old" (institutions: 2)`, `kg: the profile no longer has the role "role_of_old" (posts: 1)`,
		`kg: the profile no longer has the field "field_of_old" (institutions: 2)`,
	} {
		if !strings.Contains(kg, want) {
			t.Errorf("not said: %s; but %s", want, kg)
		}
	}
	if strings.Contains(tr, "of_old") {
		t.Errorf("said of another country: %s", tr)
	}
}
