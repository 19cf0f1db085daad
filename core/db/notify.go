package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	channel     = "mektep"
	listenPing  = 5 * time.Second // how long a silent connection is believed
	listenRetry = time.Second
)

// hub spreads "this has changed" to every process by NOTIFY. One listener a
// placement, since a notification stays in its database.
type hub struct {
	mu       sync.Mutex
	handlers map[string][]func(tenant int32, key string)
	places   map[string]string // placement: DSN to listen on
	ctx      context.Context   // nil until Listen
	cancel   context.CancelFunc
	running  sync.WaitGroup
	log      *slog.Logger
}

func (h *hub) init() {
	h.handlers = map[string][]func(int32, string){}
	h.places = map[string]string{}
}

// Kind is a kind of things that change and of which something is remembered. Who sends
// its notices declares it; whoever remembers such things goes by the same value.
type Kind string

// OnChange calls fn whenever something of the kind has changed, in this process
// or in another. tenant 0 means: forget everything of that kind (the platform's
// own things changed, or notices may have been missed). fn must be quick and may
// be called twice for one change.
func (d *DB) OnChange(kind Kind, fn func(tenant int32, key string)) {
	d.hub.mu.Lock()
	defer d.hub.mu.Unlock()
	d.hub.handlers[string(kind)] = append(d.hub.handlers[string(kind)], fn)
}

// Notify tells every process, once the unit in ctx has committed, that the thing
// of that kind and key has changed; an empty key stands for all of the ministry's.
// Neither may hold personal data. In a unit of the platform it means every ministry.
func (d *DB) Notify(ctx context.Context, kind Kind, key string) error {
	t, ok := InTx(ctx)
	if !ok {
		return ErrNotInUnit
	}
	if kind == "" || strings.Contains(string(kind), ":") {
		return errors.New("db: notify: a kind is a word without a colon")
	}
	if _, err := t.pgx.Exec(ctx, "SELECT pg_notify($1, $2)", channel, payload(string(kind), t.tenant, key)); err != nil {
		return fmt.Errorf("db: notify: %w", err)
	}
	t.told = append(t.told, kind)
	// This process need not wait for its own notice to come back.
	AfterCommit(ctx, func() { d.hub.dispatch(string(kind), t.tenant, key) })
	return nil
}

// Told reports whether the unit in ctx has said so far that something of a kind has changed.
func Told(ctx context.Context, kind Kind) bool {
	t, open := InTx(ctx)
	return open && slices.Contains(t.told, kind)
}

// Listen starts listening until ctx ends or the DB is closed. A lost connection
// is made anew, and everything remembered is forgotten then.
func (d *DB) Listen(ctx context.Context) {
	h := &d.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx != nil {
		return
	}
	h.log = d.log
	h.ctx, h.cancel = context.WithCancel(ctx)
	for name, dsn := range h.places {
		h.start(name, dsn)
	}
}

func (h *hub) add(name, dsn string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.places[name]; known {
		return
	}
	h.places[name] = dsn
	if h.ctx != nil {
		h.start(name, dsn)
	}
}

func (h *hub) start(name, dsn string) {
	ctx := h.ctx
	h.running.Go(func() { h.run(ctx, name, dsn) })
}

func (h *hub) stop() {
	h.mu.Lock()
	if h.ctx == nil { // a Listen after Close must not start anything
		h.ctx, h.cancel = context.WithCancel(context.Background())
	}
	h.cancel()
	h.mu.Unlock()
	h.running.Wait()
}

func (h *hub) run(ctx context.Context, name, dsn string) {
	for ctx.Err() == nil {
		err := h.listen(ctx, dsn)
		if ctx.Err() != nil {
			return
		}
		h.log.Warn("listening for changes was interrupted", "placement", name, "error", err)
		h.forget()
		select {
		case <-time.After(listenRetry):
		case <-ctx.Done():
		}
	}
}

// listen serves one connection until it breaks.
func (h *hub) listen(ctx context.Context, dsn string) error {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return errors.New("the connection string cannot be read")
	}
	cfg.ConnectTimeout = 10 * time.Second
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	h.forget() // what was said before this moment was not heard
	for {
		wait, cancel := context.WithTimeout(ctx, listenPing)
		n, err := conn.WaitForNotification(wait)
		silent := wait.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			if kind, tenant, key, ok := parsePayload(n.Payload); ok {
				h.dispatch(kind, tenant, key)
			}
		case silent && !conn.IsClosed():
			if err := ping(ctx, conn); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return conn.Ping(ctx)
}

func (h *hub) dispatch(kind string, tenant int32, key string) {
	h.mu.Lock()
	fns := h.handlers[kind]
	h.mu.Unlock()
	for _, fn := range fns {
		fn(tenant, key)
	}
}

// forget tells every handler that anything may have changed.
func (h *hub) forget() {
	h.mu.Lock()
	var all []func(int32, string)
	for _, fns := range h.handlers {
		all = append(all, fns...)
	}
	h.mu.Unlock()
	for _, fn := range all {
		fn(0, "")
	}
}

// payload is "kind:tenant:key"; only the key may hold colons.
func payload(kind string, tenant int32, key string) string {
	return kind + ":" + strconv.Itoa(int(tenant)) + ":" + key
}

func parsePayload(s string) (kind string, tenant int32, key string, ok bool) {
	kind, rest, ok := strings.Cut(s, ":")
	if !ok || kind == "" {
		return "", 0, "", false
	}
	id, key, ok := strings.Cut(rest, ":")
	n, err := strconv.ParseInt(id, 10, 32)
	if !ok || err != nil || n < 0 {
		return "", 0, "", false
	}
	return kind, int32(n), key, true
}
