package record_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/gate"
	"mektep/core/record"
	"mektep/core/record/boats"
	"mektep/core/registry"
	"mektep/core/unit"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a ministry of a country made for tests, with two registers.
type world struct {
	t       testing.TB
	db      *db.DB
	gate    *gate.Gate
	tree    *unit.Tree
	schools *registry.Service
	boats   *record.Records
	ctx     context.Context // the system role "test"

	near, far unit.Unit // districts of two regions
	north     unit.Unit
	south     unit.Unit
	people    int64
}

var on = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	d := dbtest.New(t)
	w := &world{t: t, db: d, ctx: dbtest.Tenant(t, d, "one", "zz")}
	_, err := dbtest.Super(t, d).Exec(w.ctx, boats.Tables)
	ok(t, err)
	c := &clock.Clock{}
	c.Set(on)
	m := boats.Ministry(t)
	trail, err := audit.New(d, c, []byte("0123456789abcdef0123456789abcdef"))
	ok(t, err)
	w.gate = gate.New(d, c, trail, func(context.Context) (gate.Ministry, error) { return m, nil })
	w.tree = unit.NewTree(d, c, func(context.Context) string { return "en" })
	w.gate.Set(gate.Checks{Way: func(ctx context.Context, u unit.Unit) ([]unit.Unit, error) { return w.tree.Way(ctx, u) }})
	w.schools = registry.New(d, c, w.gate, trail, w.tree)
	w.boats = record.New(boats.Register(), d, c, w.gate, trail, w.tree)
	root := w.unit(unit.New{Level: unit.Ministry})
	w.north, w.south = w.unit(unit.New{Parent: &root, Level: unit.Region, Code: "01"}), w.unit(unit.New{Parent: &root, Level: unit.Region, Code: "02"})
	w.near, w.far = w.unit(unit.New{Parent: &w.north, Level: unit.District, Code: "0101"}), w.unit(unit.New{Parent: &w.south, Level: unit.District, Code: "0201"})
	return w
}

func (w *world) unit(n unit.New) unit.Unit {
	w.t.Helper()
	if n.Name == nil {
		n.Name = map[string]string{"en": n.Level + " " + n.Code}
	}
	n.Since = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	u, err := w.tree.Create(w.ctx, n)
	ok(w.t, err)
	return u
}

// as returns a context in which somebody holds a role at a unit, and their account.
func (w *world) as(role string, u unit.Unit) (context.Context, int64) {
	w.t.Helper()
	w.people++
	account := 100 + w.people
	dbtest.Accounts(w.t, w.db, w.ctx, map[int64]string{account: role + strconv.FormatInt(w.people, 10)})
	c := *caller.From(w.ctx)
	c.System, c.Account, c.AccountUID, c.Session, c.SecondFactor, c.Language = "", account, "account"+role, "s", true, "en"
	c.Assignments = []caller.Assignment{{ID: w.people, Role: role, UnitID: u.ID, UnitUID: u.UID, UnitPath: u.Path, UnitLevel: u.Level, UnitCode: u.Code, Since: on.AddDate(-1, 0, 0)}}
	return caller.With(context.Background(), &c), account
}
