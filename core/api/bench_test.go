package api_test

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"mektep/core/api"
	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/unit"
)

// callers is how many ask at a time.
const callers = 8

// flood asks for one address as often as b says, from several callers.
func flood(b *testing.B, app *fiber.App, host, path, token string) {
	b.Helper()
	listener := fasthttputil.NewInmemoryListener()
	go func() { _ = app.Listener(listener) }()
	client := fasthttp.HostClient{Addr: host, Dial: func(string) (net.Conn, error) { return listener.Dial() }}
	var left atomic.Int64
	left.Store(int64(b.N))
	var wait sync.WaitGroup
	b.ResetTimer()
	for range callers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for left.Add(-1) >= 0 {
				var q fasthttp.Request
				var r fasthttp.Response
				q.SetRequestURI("http://" + host + path)
				q.Header.Set("Authorization", "Bearer "+token)
				if err := client.Do(&q, &r); err != nil || r.StatusCode() != 200 {
					b.Errorf("%v %d %s", err, r.StatusCode(), r.Body())
					return
				}
			}
		}()
	}
	wait.Wait()
}

// BenchmarkRecord compares a record read through the API with a bare handler that
// asks the same of the database and writes the same JSON.
func BenchmarkRecord(b *testing.B) {
	w := newWorld(b)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	token := kg.as("ministry_officer", kg.root)
	kg.ask("GET", "/api/v1/institutions/"+school.UID, token, nil).is(200)

	floor := bare(b, w, caller.From(kg.ctx).Tenant.ID)
	for range 3 { // in turns: whatever else the machine does befalls both
		b.Run("bare", func(b *testing.B) {
			flood(b, floor, "kg."+base, "/api/v1/institutions/"+school.UID, token)
		})
		b.Run("api", func(b *testing.B) {
			flood(b, w.app, "kg."+base, "/api/v1/institutions/"+school.UID, token)
		})
	}
}

// bare is the floor: fiber, pgx, the same two questions, the same answer.
func bare(b *testing.B, w *world, tenant int32) *fiber.App {
	b.Helper()
	cfg, err := pgxpool.ParseConfig(dbtest.Super(b, w.db).Config().ConnString())
	must(b, err)
	cfg.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	must(b, err)
	b.Cleanup(pool.Close)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/api/v1/institutions/:uid", func(c *fiber.Ctx) error {
		uid := c.Params("uid")
		var i api.Institution
		q := &pgx.Batch{}
		q.Queue("SELECT "+unit.Columns()+`, i.fields FROM unit u JOIN institution i ON i.tenant_id = u.tenant_id AND i.id = u.id
			WHERE u.tenant_id = $1 AND u.uid = $2`, tenant, uid).QueryRow(func(r pgx.Row) error {
			var raw []byte
			u, err := unit.Scan(r, &raw)
			if err != nil {
				return err
			}
			i.Unit = api.Unit{
				UID: u.UID, Level: u.Level, Type: u.Type, Name: u.Name, Code: u.Code, Since: api.Day(u.Since.Format("2006-01-02")), Version: u.Version,
			}
			return json.Unmarshal(raw, &i.Fields)
		})
		q.Queue(`WITH RECURSIVE up AS (
				SELECT parent_id AS id, 1 AS n FROM unit WHERE tenant_id = $1 AND uid = $2
				UNION ALL SELECT u.parent_id, up.n + 1 FROM up JOIN unit u ON u.tenant_id = $1 AND u.id = up.id
			) SELECT `+unit.Columns()+" FROM up JOIN unit u ON u.tenant_id = $1 AND u.id = up.id ORDER BY up.n DESC", tenant, uid).
			Query(func(rows pgx.Rows) error {
				for rows.Next() {
					u, err := unit.Scan(rows)
					if err != nil {
						return err
					}
					i.Place = append(i.Place, api.Ref{UID: u.UID, Level: u.Level, Name: u.Name})
				}
				return rows.Err()
			})
		if err := pool.SendBatch(c.Context(), q).Close(); err != nil {
			return err
		}
		i.Parent, i.Groups = i.Place[len(i.Place)-1].UID, []string{"general", "infrastructure", "condition", "material_base"}
		return c.JSON(i)
	})
	return app
}
