package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"mektep/core/api"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/profiles"
)

// floorCommand makes this program the floor instead.
const floorCommand = "floor"

// bare is the floor: the least work that yields what the product answers. It asks as the
// product's account behind the wall, in one round trip with plans that are kept, for the
// columns that the answer shows and nothing else, and writes the same bytes. It has no
// session, policy, gate, language or audit, and remembers what hardly changes.
type bare struct {
	pool   *pgxpool.Pool
	tenant int32
	page   *leanPage
	byID   map[int64]unit.Unit // the territory
	groups []string
}

// startFloor starts the floor; the product, which runs, gives it the pages to fill.
func (w *world) startFloor(ctx context.Context, b *build, product *process, lists []string, header map[string]string, total int) (*process, error) {
	for name, path := range map[string]string{firstPage: lists[0], laterPage: lists[1]} {
		_, body, err := product.get(host, path, header)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(b.dir, name), body, 0o600); err != nil {
			return nil, err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return b.start(ctx, time.Minute, nil, host, "/readyz", self, floorCommand, "--addr", "{addr}", "--dsn", w.service,
		"--tenant", strconv.Itoa(int(w.ministry.ID)), "--country", w.country, "--total", strconv.Itoa(total), "--pages", b.dir)
}

func serveFloor(args []string) error {
	fs := flag.NewFlagSet(floorCommand, flag.ExitOnError)
	addr := fs.String("addr", "", "address to listen on")
	dsn := fs.String("dsn", "", "PostgreSQL")
	tenant := fs.Int("tenant", 0, "number of the ministry")
	country := fs.String("country", "", "its profile")
	total := fs.Int("total", 0, "institutions, which the product too has counted before")
	pages := fs.String("pages", "", "folder with pages of the product")
	if err := fs.Parse(args); err != nil {
		return err
	}
	ctx := context.Background()
	cfg, err := pgxpool.ParseConfig(*dsn)
	if err != nil {
		return err
	}
	cfg.MaxConns = 20 // as the product
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return err
	}
	f := &bare{pool: pool, tenant: int32(*tenant), byID: map[int64]unit.Unit{}} //nolint:gosec // a small number
	if err := f.learn(ctx, *pages, *country, *total); err != nil {
		return err
	}
	server := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ReadBufferSize: 16 << 10})
	server.Get("/readyz", func(c *fiber.Ctx) error { return c.SendString("ready\n") })
	server.Get("/institutions", f.list)
	server.Get("/api/v1/institutions/:uid", f.record)
	return server.Listen(*addr)
}

// learn reads what is remembered: the territory, the page, the groups of fields.
func (f *bare) learn(ctx context.Context, pages, country string, total int) error {
	var territory []unit.Unit
	err := f.read(ctx, func(b *pgx.Batch) {
		b.Queue("SELECT "+unit.Columns()+` FROM unit u WHERE u.tenant_id = $1 AND u.level <> 'institution'
			ORDER BY array_position(ARRAY['ministry','directorate','region','district'], u.level), length(u.path)`, f.tenant).Query(func(rows pgx.Rows) (err error) {
			territory, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (unit.Unit, error) { return unit.Scan(r) })
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, u := range territory {
		f.byID[u.ID] = u
	}
	p, found := profile.Load(profiles.FS, country)
	if err := found.Err(); err != nil {
		return err
	}
	for i := range p.Register(registry.Institutions).Groups {
		f.groups = append(f.groups, p.Register(registry.Institutions).Groups[i].ID)
	}
	f.page, err = newLeanPage(pages, country, total, territory)
	return err
}

// read sends queries as one read-only transaction of the ministry.
func (f *bare) read(ctx context.Context, queue func(b *pgx.Batch)) error {
	b := &pgx.Batch{}
	b.Queue("select set_config('mektep.tenant',$1,true), set_config('transaction_read_only','on',true), set_config('plan_cache_mode','force_generic_plan',true)", strconv.Itoa(int(f.tenant)))
	queue(b)
	return f.pool.SendBatch(ctx, b).Close()
}

const (
	leanColumns = "SELECT u.id, u.uid, u.parent_id, u.type, u.name ->> $3, u.code, u.sort_key FROM unit u WHERE u.tenant_id = $1 AND u.level = 'institution' AND u.since <= $2 AND (u.until IS NULL OR u.until > $2)"
	leanFirst   = leanColumns + " ORDER BY u.sort_key, u.id LIMIT 51"
	leanNext    = leanColumns + " AND (u.sort_key, u.id) > ($4, $5) ORDER BY u.sort_key, u.id LIMIT 51"
	pageLength  = 50
)

// leanItem is a row of the list.
type leanItem struct {
	id, parent                 int64
	uid, typ, name, code, sort string
}

func (f *bare) list(c *fiber.Ctx) error {
	sql, args := leanFirst, []any{f.tenant, time.Now().UTC().Truncate(24 * time.Hour), f.page.language}
	after := c.Query("after")
	if after != "" {
		parts := strings.SplitN(after, ".", 3)
		if len(parts) != 3 {
			return fiber.ErrBadRequest
		}
		id, _ := strconv.ParseInt(parts[0], 36, 64)
		sql, args = leanNext, append(args, parts[2], id)
	}
	items := make([]leanItem, 0, pageLength+1)
	err := f.read(c.UserContext(), func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var i leanItem
				if err := rows.Scan(&i.id, &i.uid, &i.parent, &i.typ, &i.name, &i.code, &i.sort); err != nil {
					return err
				}
				items = append(items, i)
			}
			return rows.Err()
		})
	})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return c.Send(f.page.write(items, after == ""))
}

func (f *bare) record(c *fiber.Ctx) error {
	uid := c.Params("uid")
	var out api.Institution
	var fields []byte
	var u unit.Unit
	err := f.read(c.UserContext(), func(b *pgx.Batch) {
		b.Queue("SELECT "+unit.Columns()+`, i.fields FROM unit u JOIN institution i ON i.tenant_id = u.tenant_id AND i.id = u.id
		WHERE u.tenant_id = $1 AND u.uid = $2`, f.tenant, uid).QueryRow(func(r pgx.Row) (err error) {
			u, err = unit.Scan(r, &fields)
			return err
		})
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(fields, &out.Fields); err != nil {
		return err
	}
	out.Unit, out.Groups = view(u), f.groups
	for at := u.ParentID; at != nil; at = f.byID[*at].ParentID {
		a := f.byID[*at]
		out.Place = append(out.Place, api.Ref{UID: a.UID, Level: a.Level, Name: a.Name})
	}
	slices.Reverse(out.Place)
	if n := len(out.Place); n > 0 {
		out.Parent = out.Place[n-1].UID
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	e := json.NewEncoder(c)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func view(u unit.Unit) api.Unit {
	v := api.Unit{UID: u.UID, Level: u.Level, Type: u.Type, Name: u.Name, Code: u.Code, Since: api.Day(u.Since.Format(time.DateOnly)), Version: u.Version}
	if u.Until != nil {
		v.Until = api.Day(u.Until.Format(time.DateOnly))
	}
	return v
}
