package main

import (
	"context"
	"encoding/json"
	"flag"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"mektep/core/api"
	"mektep/core/unit"
)

// floorCommand makes this program the floor instead.
const floorCommand = "floor"

// bare is the floor: what the product answers, without session, wall, policy,
// gate, language and audit. It connects as a superuser, whom no policy slows down.
type bare struct {
	pool   *pgxpool.Pool
	tenant int32
	page   *barePage
}

func (w *world) startFloor(ctx context.Context, b *build, total int) (*process, error) {
	self, err := executable()
	if err != nil {
		return nil, err
	}
	return b.start(ctx, time.Minute, nil, host, "/readyz", self, floorCommand,
		"--addr", "{addr}", "--dsn", w.super, "--tenant", strconv.Itoa(int(w.ministry.ID)), "--country", w.country, "--total", strconv.Itoa(total))
}

func serveFloor(args []string) error {
	fs := flag.NewFlagSet(floorCommand, flag.ExitOnError)
	addr := fs.String("addr", "", "address to listen on")
	dsn := fs.String("dsn", "", "PostgreSQL")
	tenant := fs.Int("tenant", 0, "number of the ministry")
	country := fs.String("country", "", "its profile")
	total := fs.Int("total", 0, "institutions, which the product too has counted before")
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
	f := &bare{pool: pool, tenant: int32(*tenant)} //nolint:gosec // a small number
	if f.page, err = newBarePage(ctx, pool, f.tenant, *country, *total); err != nil {
		return err
	}
	server := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ReadBufferSize: 16 << 10})
	server.Get("/readyz", func(c *fiber.Ctx) error { return c.SendString("ready\n") })
	server.Get("/institutions", f.list)
	server.Get("/api/v1/institutions/:uid", f.record)
	return server.Listen(*addr)
}

// The SQL is the register's: what it asks for a page without filters by somebody
// who sees the whole ministry, and for a record.
const (
	itemColumns = `u.id, u.uid, u.parent_id, u.path, u.type, u.name, u.code, u.sort_key, u.since, u.until, u.version,
	p.id, p.uid, p.level, p.name, g.id, g.uid, g.level, g.name, h.id, h.uid, h.level, h.name`
	itemPlaces = `
	LEFT JOIN unit p ON p.tenant_id = $1 AND p.id = u.parent_id
	LEFT JOIN unit g ON g.tenant_id = $1 AND g.id = p.parent_id AND p.level = 'district'
	LEFT JOIN unit h ON h.tenant_id = $1 AND h.id = g.parent_id AND g.level = 'district'`
	listFirst = "SELECT " + itemColumns + ` FROM (
		SELECT * FROM unit u WHERE u.tenant_id = $1 AND u.level = 'institution' AND u.since <= $2 AND (u.until IS NULL OR u.until > $3)
		ORDER BY u.sort_key, u.id LIMIT $4) u` + itemPlaces + " ORDER BY u.sort_key, u.id"
	listNext = "SELECT " + itemColumns + ` FROM (
		SELECT * FROM unit u WHERE u.tenant_id = $1 AND u.level = 'institution' AND u.since <= $2 AND (u.until IS NULL OR u.until > $3)
		AND (u.sort_key, u.id) > ($4, $5) ORDER BY u.sort_key, u.id LIMIT $6) u` + itemPlaces + " ORDER BY u.sort_key, u.id"
	pageLength = 50
)

// item is a row of the list.
type item struct {
	id, version   int64
	uid, typ      string
	code, sortKey string
	name          map[string]string
	since         time.Time
	until         *time.Time
	places        [3]place // parent, its parent, its parent's parent
}

type place struct {
	level string
	name  map[string]string
}

func (f *bare) list(c *fiber.Ctx) error {
	ctx := c.UserContext()
	today := time.Now().UTC().Truncate(24 * time.Hour)
	after := c.Query("after")
	var rows pgx.Rows
	var err error
	if after == "" {
		rows, err = f.pool.Query(ctx, listFirst, f.tenant, today, today, pageLength+1)
	} else {
		parts := strings.SplitN(after, ".", 3)
		if len(parts) != 3 {
			return fiber.ErrBadRequest
		}
		id, _ := strconv.ParseInt(parts[0], 36, 64)
		rows, err = f.pool.Query(ctx, listNext, f.tenant, today, today, parts[2], id, pageLength+1)
	}
	if err != nil {
		return err
	}
	items := make([]item, 0, pageLength+1)
	for rows.Next() {
		i, err := scanItem(rows)
		if err != nil {
			rows.Close()
			return err
		}
		items = append(items, i)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return f.page.render(c, items, after != "")
}

func scanItem(rows pgx.Rows) (item, error) {
	var i item
	var parent *int64
	var path string
	var name []byte
	var id [3]*int64
	var uid, level [3]*string
	var names [3][]byte
	err := rows.Scan(&i.id, &i.uid, &parent, &path, &i.typ, &name, &i.code, &i.sortKey, &i.since, &i.until, &i.version,
		&id[0], &uid[0], &level[0], &names[0], &id[1], &uid[1], &level[1], &names[1], &id[2], &uid[2], &level[2], &names[2])
	if err != nil {
		return i, err
	}
	if err := json.Unmarshal(name, &i.name); err != nil {
		return i, err
	}
	for k := range names {
		if id[k] == nil {
			continue
		}
		i.places[k].level = *level[k]
		if err := json.Unmarshal(names[k], &i.places[k].name); err != nil {
			return i, err
		}
	}
	return i, nil
}

func (f *bare) record(c *fiber.Ctx) error {
	const columns = "u.id, u.uid, u.parent_id, u.path, u.level, u.type, u.name, u.code, u.sort_key, u.since, u.until, u.version"
	uid := c.Params("uid")
	var out api.Institution
	found := false
	b := &pgx.Batch{}
	b.Queue("SELECT "+columns+`, i.fields FROM unit u JOIN institution i ON i.tenant_id = u.tenant_id AND i.id = u.id
		WHERE u.tenant_id = $1 AND u.uid = $2`, f.tenant, uid).QueryRow(func(r pgx.Row) error {
		var fields []byte
		u, err := unit.Scan(r, &fields)
		if err != nil {
			return err
		}
		found = true
		out.Unit = view(u)
		return json.Unmarshal(fields, &out.Fields)
	})
	b.Queue(`WITH RECURSIVE up AS (
			SELECT parent_id AS id, 1 AS n FROM unit WHERE tenant_id = $1 AND uid = $2
			UNION ALL SELECT u.parent_id, up.n + 1 FROM up JOIN unit u ON u.tenant_id = $1 AND u.id = up.id
		) SELECT `+columns+" FROM up JOIN unit u ON u.tenant_id = $1 AND u.id = up.id ORDER BY up.n DESC", f.tenant, uid).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				u, err := unit.Scan(rows)
				if err != nil {
					return err
				}
				out.Place = append(out.Place, api.Ref{UID: u.UID, Level: u.Level, Name: u.Name})
			}
			return rows.Err()
		})
	if err := f.pool.SendBatch(c.UserContext(), b).Close(); err != nil {
		return err
	}
	if !found {
		return fiber.ErrNotFound
	}
	if n := len(out.Place); n > 0 {
		out.Parent = out.Place[n-1].UID
	}
	out.Groups = f.page.groups
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
