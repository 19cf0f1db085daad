package once_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/once"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is a ministry in which somebody acts, with its keys.
type world struct {
	t     *testing.T
	db    *db.DB
	clock *clock.Clock
	store *once.Store
	ctx   context.Context // somebody's who has signed in
	ran   int             // units of work that were done
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.New(t), clock: &clock.Clock{}}
	w.clock.Set(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	w.store = once.OfMinistries(w.db, w.clock)
	w.ctx = dbtest.As(dbtest.Tenant(t, w.db, "one", "kg"), caller.Caller{Account: 7, AccountUID: "account7"})
	return w
}

// key is the request of somebody with a write key.
func (w *world) key(name string) context.Context { return once.With(w.ctx, once.Key{Name: name}) }

// link does a unit of work that finds out a link.
func (w *world) link(ctx context.Context) (link string, err error) {
	err = w.store.Unit(ctx, func(context.Context, *db.Tx) error {
		w.ran++
		link = "/join/secret"
		return nil
	}, &link)
	return link, err
}

// A link that is shown once lies beside its key until the answer is there, and is not kept
// twice: what a repetition is answered from is the answer alone.
func TestWhatAnAnswerNeededIsKeptUntilTheAnswerIs(t *testing.T) {
	w := newWorld(t)
	kept := func(when string, result, answer bool) {
		t.Helper()
		var haveResult, haveAnswer bool
		if err := dbtest.Super(t, w.db).QueryRow(t.Context(), "SELECT result IS NOT NULL, body IS NOT NULL FROM write_key WHERE key = 'key-of-one-form'").Scan(&haveResult, &haveAnswer); err != nil {
			t.Fatal(err)
		}
		if haveResult != result || haveAnswer != answer {
			t.Errorf("%s: what was found out %t, the answer %t", when, haveResult, haveAnswer)
		}
	}
	first := w.key("key-of-one-form")
	if _, err := w.link(first); err != nil {
		t.Fatal(err)
	}
	kept("done", true, false)
	if link, err := w.link(w.key("key-of-one-form")); err != nil || link != "/join/secret" {
		t.Errorf("before it is answered: %q %v", link, err)
	}
	if err := once.Answered(first, once.Answer{Status: 201, Body: []byte("the page")}); err != nil {
		t.Fatal(err)
	}
	kept("answered", false, true)
	if link, err := w.link(w.key("key-of-one-form")); !errors.Is(err, once.Repeated) || link != "" {
		t.Errorf("once it is answered: %q %v", link, err)
	}
	if w.ran != 1 {
		t.Errorf("done %d times", w.ran)
	}
}

// The key is of the request: whatever further units of work it does belong to the same.
func TestEveryUnitOfOneRequestIsDone(t *testing.T) {
	w := newWorld(t)
	ctx := w.key("key-of-one-form")
	for n := range 3 {
		if link, err := w.link(ctx); err != nil || link == "" || w.ran != n+1 || once.Replayed(ctx) {
			t.Errorf("unit %d: %q %v, %d done", n+1, link, err, w.ran)
		}
	}
}

// A request of nobody who has signed in has a key of its own kind, which is nobody's account's.
func TestTheKeyOfAStrangerIsNoAccounts(t *testing.T) {
	w := newWorld(t)
	stranger := dbtest.As(w.ctx, caller.Caller{})
	for n, ctx := range []context.Context{stranger, w.ctx, stranger} {
		if _, err := w.link(once.With(ctx, once.Key{Name: "key-of-one-form"})); err != nil {
			t.Errorf("%d: %v", n+1, err)
		}
	}
	if w.ran != 2 {
		t.Errorf("done %d times, wanted once by each", w.ran)
	}
}

// Whoever sweeps keys waits for nobody who sweeps too and takes long.
func TestWhoSweepsKeysWaitsForNobodyWhoDoes(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"key-of-one-form", "key-of-another"} {
		if _, err := w.link(w.key(name)); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Set(w.clock.Now().Add(49 * time.Hour))
	slow, err := dbtest.Super(t, w.db).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Rollback(context.Background()) }()
	if _, err := slow.Exec(t.Context(), "SELECT FROM write_key WHERE key = 'key-of-one-form' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.ctx, 3*time.Second)
	defer cancel()
	if err := w.db.Tenant(ctx, w.store.Forget); err != nil {
		t.Fatal(err)
	}
	var left string
	if err := dbtest.Super(t, w.db).QueryRow(t.Context(), "SELECT string_agg(key, ' ') FROM write_key").Scan(&left); err != nil || left != "key-of-one-form" {
		t.Errorf("left: %s %v", left, err)
	}
}
