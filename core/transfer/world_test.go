package transfer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/exchange"
	"mektep/core/exchange/xlsx"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/record/boats"
	"mektep/core/registry"
	"mektep/core/transfer"
	"mektep/core/unit"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var on = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

// world is a ministry of a country made for tests, with two registers whose lists come and go.
type world struct {
	t            testing.TB
	db           *db.DB
	tree         *unit.Tree
	jobs         *jobs.Jobs
	ctx          context.Context // the system role "test"
	north, south unit.Unit

	mu     sync.Mutex
	people map[int64]*caller.Caller
}

// subject is a register under test: every test of this package that takes one runs for each.
type subject struct {
	name    string
	records *record.Records
	t       *transfer.Service
	heads   string // headings of what a row must say
	row     func(code, name string, north bool) string
	open    string // a field that all see, with a value
	some    string
	held    string // a number that few see
	unique  string // a text of which no two records share one, that few see
}

func newWorld(t testing.TB) (*world, []subject) {
	t.Helper()
	d := dbtest.New(t)
	w := &world{t: t, db: d, ctx: dbtest.Tenant(t, d, "one", "zz"), people: map[int64]*caller.Caller{}}
	_, err := dbtest.Super(t, d).Exec(w.ctx, boats.Tables)
	ok(t, err)
	c := &clock.Clock{}
	c.Set(on)
	m := boats.Ministry(t)
	trail, err := audit.New(d, c, []byte("0123456789abcdef0123456789abcdef"))
	ok(t, err)
	g := gate.New(d, c, trail, func(ctx context.Context) (gate.Ministry, error) { happens(ctx); return m, nil })
	w.tree = unit.NewTree(d, c, func(context.Context) string { return "en" })
	g.Set(gate.Checks{Way: func(ctx context.Context, u unit.Unit) ([]unit.Unit, error) { return w.tree.Way(ctx, u) }})
	schools := registry.New(d, c, g, trail, w.tree)
	of := record.New(boats.Register(), d, c, g, trail, w.tree)
	w.jobs = w.newJobs(c)
	files, err := jobs.OpenFiles(context.Background(), (&url.URL{Scheme: "file", Path: filepath.Join(t.TempDir(), "files"), RawQuery: "create_dir=true&metadata=skip&no_tmp_dir=true"}).String())
	ok(t, err)
	cfg := transfer.Config{DB: d, Clock: c, Gate: g, Trail: trail, Tree: w.tree, Jobs: w.jobs, Files: files, Words: gatetest.Words(t, boats.Words), Formats: xlsx.Formats(), File: "boat.file"}
	subjects := []subject{
		{
			name: "institution", records: schools.Records, t: registry.NewTransfer(schools, cfg),
			heads: "code;name;type;district;ownership",
			row: func(code, name string, north bool) string {
				return fmt.Sprintf("%s;%s;school;%s;public", code, name, map[bool]string{true: "0101", false: "0201"}[north])
			},
			open: "address", some: "Pier 1", held: "hidden_number", unique: "hidden_unique",
		},
		{
			name: "boat", records: of, t: transfer.New(of, transfer.Plain{Records: of, Tree: w.tree}, cfg),
			heads: "code;called;unit;seats",
			row: func(code, name string, north bool) string {
				return fmt.Sprintf("%s;%s;%s;4", code, name, map[bool]string{true: "8001", false: "8002"}[north])
			},
			open: "built", some: "2001-05-06", held: "debt", unique: "hull",
		},
	}
	root := w.unit(unit.New{Level: unit.Ministry})
	w.north, w.south = w.unit(unit.New{Parent: &root, Level: unit.Region, Code: "01"}), w.unit(unit.New{Parent: &root, Level: unit.Region, Code: "02"})
	near, far := w.unit(unit.New{Parent: &w.north, Level: unit.District, Code: "0101"}), w.unit(unit.New{Parent: &w.south, Level: unit.District, Code: "0201"})
	for code, s := range map[string]struct {
		name string
		in   unit.Unit
	}{"8001": {"Harbour school", near}, "8002": {"River school", far}} {
		_, err := schools.Create(w.ctx, registry.Entry{
			Code: code, Parent: s.in.UID, Type: "school", Name: map[string]string{"en": s.name}, Since: on.AddDate(-9, 0, 0),
			Order: audit.Order{Number: "1", Date: on.AddDate(-9, 0, 0)}, Fields: map[string]any{"ownership": "public"},
		})
		ok(t, err)
	}
	ok(t, w.jobs.Start(context.Background()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = w.jobs.Stop(ctx)
		_ = files.Close()
	})
	return w, subjects
}

func (w *world) newJobs(c *clock.Clock) *jobs.Jobs {
	tenant := caller.From(w.ctx).Tenant
	j, err := jobs.New(context.Background(), w.db, jobs.Config{
		Active:  func(context.Context, int32) (caller.Tenant, error) { return tenant, nil },
		Tenants: func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{tenant}, nil },
		Resolve: func(_ context.Context, _ caller.Tenant, account int64) (*caller.Caller, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if c := w.people[account]; c != nil {
				return c, nil
			}
			return nil, fault.New(fault.Denied, "account.blocked")
		},
		Clock: c, Workers: 2, Throttle: time.Hour, Retry: func(int) time.Duration { return 10 * time.Millisecond },
	})
	ok(w.t, err)
	return j
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

// as returns a context in which somebody holds a role at a unit; jobs may act for them.
func (w *world) as(role string, u unit.Unit) context.Context {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	account := int64(100 + len(w.people))
	dbtest.Accounts(w.t, w.db, w.ctx, map[int64]string{account: role + strconv.FormatInt(account, 10)})
	c := *caller.From(w.ctx)
	c.System, c.Account, c.AccountUID, c.Session, c.SecondFactor, c.Language = "", account, "account"+strconv.FormatInt(account, 10), "s", true, "en"
	c.Assignments = []caller.Assignment{{ID: account, Role: role, UnitID: u.ID, UnitUID: u.UID, UnitPath: u.Path, UnitLevel: u.Level, UnitCode: u.Code, Since: on.AddDate(-1, 0, 0)}}
	w.people[account] = &c
	return caller.With(context.Background(), &c)
}

// each runs a test for every register, in one world.
func each(t *testing.T, test func(t *testing.T, w *world, s subject)) {
	w, subjects := newWorld(t)
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			w.t = t
			test(t, w, s)
		})
	}
}

// list is a table with further columns, one text a row.
func (s subject) list(more string, rows ...string) string {
	heads := s.heads
	if more != "" {
		heads += ";" + more
	}
	return heads + "\n" + strings.Join(rows, "\n") + "\n"
}

// over waits until the job of an import is over.
func (w *world) over(ctx context.Context, uid string) *jobs.Run {
	w.t.Helper()
	for range 6000 {
		r, err := w.jobs.Get(ctx, uid)
		ok(w.t, err)
		if r.State.Over() {
			return r
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatal("the run does not end")
	return nil
}

func (w *world) step(ctx context.Context, s subject, i *transfer.Import, do func(context.Context, string, int) (*transfer.Import, error)) (*transfer.Import, *jobs.Run) {
	w.t.Helper()
	i, err := do(ctx, i.UID, i.Version)
	ok(w.t, err)
	run := w.over(ctx, i.Job)
	i, err = s.t.Import(ctx, i.UID)
	ok(w.t, err)
	return i, run
}

func (w *world) preview(ctx context.Context, s subject, text string) *transfer.Import {
	w.t.Helper()
	i, err := s.t.Upload(ctx, "list.csv", strings.NewReader(text))
	ok(w.t, err)
	i, run := w.step(ctx, s, i, s.t.Preview)
	if run.State != jobs.Done {
		w.t.Fatalf("preview: %v", run.Fault)
	}
	return i
}

func (w *world) findings(ctx context.Context, s subject, i *transfer.Import) []transfer.Finding {
	w.t.Helper()
	f, _, err := s.t.Findings(ctx, i.UID, 0)
	ok(w.t, err)
	return f
}

// enter imports a list that has no errors.
func (w *world) enter(ctx context.Context, s subject, text string) *transfer.Import {
	w.t.Helper()
	i := w.preview(ctx, s, text)
	if i.Counts.Faulty > 0 {
		w.t.Fatalf("preview: %+v %+v", i.Counts, w.findings(ctx, s, i))
	}
	i, run := w.step(ctx, s, i, s.t.Apply)
	if i.State != transfer.Applied {
		w.t.Fatalf("apply: %s %v %+v %+v", i.State, run.Fault, i.Counts, w.findings(ctx, s, i))
	}
	return i
}

func (w *world) export(ctx context.Context, s subject, format string) string {
	w.t.Helper()
	run, err := s.t.Export(ctx, record.Query{State: record.All}, format)
	ok(w.t, err)
	if r := w.over(ctx, run.UID); r.State != jobs.Done {
		w.t.Fatalf("export: %v", r.Fault)
	}
	f, err := s.t.OpenExport(ctx, run.UID)
	ok(w.t, err)
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	ok(w.t, err)
	return string(data)
}

// cells are the rows of a table as the formats read it.
func cells(t testing.TB, format, data string) [][]string {
	t.Helper()
	f, known := xlsx.Formats().Of(format)
	if !known {
		t.Fatal(format)
	}
	var rows [][]string
	ok(t, f.Read(context.Background(), bytes.NewReader([]byte(data)), exchange.Reading{}, func(r exchange.Row) error {
		rows = append(rows, append([]string(nil), r.Cells...))
		return nil
	}))
	return rows
}

// byCode is the record of a code, as somebody sees it.
func (w *world) byCode(ctx context.Context, s subject, code string) (record.Record, bool) {
	w.t.Helper()
	p, err := s.records.List(ctx, record.Query{Limit: 200})
	ok(w.t, err)
	for _, i := range p.Items {
		if i.Code == code {
			r, err := s.records.Get(ctx, i.UID)
			ok(w.t, err)
			return r, true
		}
	}
	return record.Record{}, false
}

// becomes gives somebody another role in the place of theirs.
func (w *world) becomes(ctx context.Context, role string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := caller.From(ctx)
	c.Assignments[0].Role = role
}
