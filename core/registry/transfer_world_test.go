package registry_test

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/exchange/xlsx"
	"mektep/core/fault"
	"mektep/core/gate/gatetest"
	"mektep/core/jobs"
	"mektep/core/notify"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// desk is a world whose jobs run.
type desk struct {
	*world
	t     *transfer.Service
	jobs  *jobs.Jobs
	files *jobs.Files
	inbox *notify.Service

	mu     sync.Mutex
	people map[int64]*caller.Caller
}

func newDesk(t testing.TB, country string) *desk {
	t.Helper()
	return deskOn(t, newWorld(t, country))
}

func deskOn(t testing.TB, w *world) *desk {
	t.Helper()
	d := &desk{world: w, people: map[int64]*caller.Caller{}}
	tenant := caller.From(w.ctx).Tenant
	var err error
	d.jobs, err = jobs.New(context.Background(), w.db, jobs.Config{
		Active:  func(context.Context, int32) (caller.Tenant, error) { return tenant, nil },
		Tenants: func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{tenant}, nil },
		Resolve: func(_ context.Context, _ caller.Tenant, account int64) (*caller.Caller, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if c := d.people[account]; c != nil {
				return c, nil
			}
			return nil, fault.New(fault.Denied, "account.blocked")
		},
		Clock: w.clock, Workers: 2, Throttle: time.Hour, Retry: func(int) time.Duration { return 10 * time.Millisecond },
	})
	ok(t, err)
	dir := filepath.Join(t.TempDir(), "files")
	d.files, err = jobs.OpenFiles(context.Background(), (&url.URL{Scheme: "file", Path: dir, RawQuery: "create_dir=true&metadata=skip&no_tmp_dir=true"}).String())
	ok(t, err)
	words := gatetest.Words(t, nil)
	d.inbox, err = notify.New(w.db, notify.Config{
		Locales: words, Clock: w.clock, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"},
		Recipients: func(context.Context, *db.Tx, []int64) ([]notify.Recipient, error) { return nil, nil },
	})
	ok(t, err)
	d.t = registry.NewTransfer(w.s, transfer.Config{Jobs: d.jobs, Files: d.files, Words: words, Formats: xlsx.Formats(), Notify: d.inbox})
	ok(t, d.jobs.Start(context.Background()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = d.jobs.Stop(ctx)
		_ = d.files.Close()
	})
	return d
}

// known lets jobs act as whoever acts in ctx.
func (d *desk) known(ctx context.Context) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := caller.From(ctx)
	d.people[c.Account] = c
	return ctx
}

// over waits until a run is over and returns it.
func (d *desk) over(ctx context.Context, uid string) *jobs.Run {
	d.world.t.Helper()
	for range 30000 {
		r, err := d.jobs.Get(ctx, uid)
		ok(d.world.t, err)
		if r.State.Over() {
			return r
		}
		time.Sleep(20 * time.Millisecond)
	}
	d.world.t.Fatal("the run does not end")
	return nil
}

// step does something to an import and waits for its job.
func (d *desk) step(ctx context.Context, i *transfer.Import, do func(context.Context, string, int) (*transfer.Import, error)) (*transfer.Import, *jobs.Run) {
	d.world.t.Helper()
	i, err := do(ctx, i.UID, i.Version)
	ok(d.world.t, err)
	run := d.over(ctx, i.Job)
	i, err = d.t.Import(ctx, i.UID)
	ok(d.world.t, err)
	return i, run
}

func (d *desk) upload(ctx context.Context, name, text string) *transfer.Import {
	d.world.t.Helper()
	i, err := d.t.Upload(ctx, name, strings.NewReader(text))
	ok(d.world.t, err)
	return i
}

// preview uploads a table and checks it.
func (d *desk) preview(ctx context.Context, text string) *transfer.Import {
	d.world.t.Helper()
	i, run := d.step(ctx, d.upload(ctx, "list.csv", text), d.t.Preview)
	if run.State != jobs.Done {
		d.world.t.Fatalf("preview: %v", run.Fault)
	}
	return i
}

// enter imports a table that has no errors.
func (d *desk) enter(ctx context.Context, text string) *transfer.Import {
	d.world.t.Helper()
	i := d.preview(ctx, text)
	if i.Counts.Faulty > 0 {
		found, _, _ := d.t.Findings(ctx, i.UID, 0)
		d.world.t.Fatalf("preview: %+v %+v", i.Counts, found)
	}
	i, run := d.step(ctx, i, d.t.Apply)
	if run.State != jobs.Done || i.State != transfer.Applied {
		found, _, _ := d.t.Findings(ctx, i.UID, 0)
		d.world.t.Fatalf("apply: %s %v %+v %+v", i.State, run.Fault, i.Counts, found)
	}
	return i
}

func (d *desk) export(ctx context.Context, q record.Query, format string) (*transfer.Exported, []byte) {
	d.world.t.Helper()
	run, err := d.t.Export(ctx, q, format)
	ok(d.world.t, err)
	if r := d.over(ctx, run.UID); r.State != jobs.Done {
		d.world.t.Fatalf("export: %v", r.Fault)
	}
	f, err := d.t.OpenExport(ctx, run.UID)
	ok(d.world.t, err)
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	ok(d.world.t, err)
	return f, data
}

// table reads a file as the register's formats do.
func table(t testing.TB, format string, data []byte) [][]string {
	t.Helper()
	for _, f := range xlsx.Formats() {
		if f.ID != format {
			continue
		}
		var rows [][]string
		ok(t, f.Read(context.Background(), bytes.NewReader(data), exchange.Reading{}, func(r exchange.Row) error {
			rows = append(rows, append([]string(nil), r.Cells...))
			return nil
		}))
		return rows
	}
	t.Fatal(format)
	return nil
}
