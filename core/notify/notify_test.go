package notify

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/locales"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// house is a service on a database of its own, with a stopped clock.
type house struct {
	*Service
	db    *db.DB
	clock *clock.Clock
}

func open(t *testing.T, change func(*Config)) *house {
	t.Helper()
	words, err := locale.Load(locales.FS, nil, locale.Strict())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{db: dbtest.New(t), clock: &clock.Clock{}}
	h.clock.Set(start)
	cfg := Config{Locales: words, Clock: h.clock}
	if change != nil {
		change(&cfg)
	}
	if h.Service, err = New(h.db, cfg); err != nil {
		t.Fatal(err)
	}
	h.Under(box{})
	return h
}

// box turns what it closes round, for its purpose and ministry.
type box struct{}

func (box) Seal(plain []byte, purpose string, tenant int32) string {
	turned := slices.Clone(plain)
	slices.Reverse(turned)
	return fmt.Sprint(purpose, tenant, ":", string(turned))
}

func (box) Unseal(sealed, purpose string, tenant int32) ([]byte, error) {
	turned, ok := strings.CutPrefix(sealed, fmt.Sprint(purpose, tenant, ":"))
	if !ok {
		return nil, errors.New("closed for something else")
	}
	plain := []byte(turned)
	slices.Reverse(plain)
	return plain, nil
}

// ministry adds a ministry in which the accounts 7, 8 and 9 are.
func (h *house) ministry(t *testing.T, slug string) context.Context {
	t.Helper()
	ctx := dbtest.Tenant(t, h.db, slug, "x")
	dbtest.Accounts(t, h.db, ctx, map[int64]string{7: "seven", 8: "eight", 9: "nine"})
	return ctx
}

func (h *house) send(t *testing.T, ctx context.Context, n Notice, accounts ...int64) {
	t.Helper()
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return h.Send(ctx, tx, accounts, n) })
	if err != nil {
		t.Fatal(err)
	}
}

func as(ctx context.Context, account int64) context.Context {
	return dbtest.As(ctx, caller.Caller{Account: account})
}

func TestInboxHoldsOnesOwnNotices(t *testing.T) {
	h := open(t, nil)
	one := h.ministry(t, "one")
	two := h.ministry(t, "two")
	args := fault.Args{"Name": fault.Text{"ky": "Мектеп", "ru": "Школа"}, "Role": fault.Key("nav.home"), "Count": 3, "Share": 0.5, "Date": start}
	h.send(t, one, Notice{Kind: "appointment", Key: "notify.mail.open", Args: args, Link: "/people/1"}, 7, 8)
	h.send(t, two, Notice{Kind: "other", Key: "notify.mail.open"}, 7)

	items, next, err := h.Inbox(as(one, 7), "")
	if err != nil || next != "" || len(items) != 1 {
		t.Fatalf("%v, %q, %v", items, next, err)
	}
	it := items[0]
	if it.Kind != "appointment" || it.Link != "/people/1" || it.Read || !it.At.Equal(start) || it.UID == "" {
		t.Errorf("%+v", it)
	}
	want := fault.Args{"Name": fault.Text{"ky": "Мектеп", "ru": "Школа"}, "Role": fault.Key("nav.home"), "Count": int64(3), "Share": 0.5, "Date": start}
	if !reflect.DeepEqual(it.Args, want) {
		t.Errorf("arguments: got %#v, want %#v", it.Args, want)
	}
	for ctx, n := range map[context.Context]int{as(one, 7): 1, as(one, 8): 1, as(one, 9): 0, as(two, 7): 1, as(two, 8): 0, one: 0} {
		if got, err := h.Unread(ctx); err != nil || got != n {
			t.Errorf("%+v: %d unread, %v; want %d", caller.From(ctx), got, err, n)
		}
	}
	if _, _, err := h.Inbox(one, ""); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("an inbox belongs to an account: %v", err)
	}
	if _, _, err := h.Inbox(as(one, 7), "not a cursor"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("cursor: %v", err)
	}
}

func TestReadingMarksOnesOwn(t *testing.T) {
	h := open(t, nil)
	ctx := h.ministry(t, "one")
	for range 3 {
		h.send(t, ctx, Notice{Kind: "k", Key: "notify.mail.open"}, 7, 8)
	}
	mine, _, err := h.Inbox(as(ctx, 7), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.MarkRead(as(ctx, 8), mine[0].UID); err != nil {
		t.Fatal(err)
	}
	if n, _ := h.Unread(as(ctx, 7)); n != 3 {
		t.Errorf("somebody else's mark counted: %d unread", n)
	}
	if err := h.MarkRead(as(ctx, 7), mine[0].UID); err != nil {
		t.Fatal(err)
	}
	if n, _ := h.Unread(as(ctx, 7)); n != 2 {
		t.Errorf("%d unread, want 2", n)
	}
	if err := h.MarkRead(as(ctx, 7)); err != nil {
		t.Fatal(err)
	}
	if n, _ := h.Unread(as(ctx, 7)); n != 0 {
		t.Errorf("%d unread after all were marked", n)
	}
	if n, _ := h.Unread(as(ctx, 8)); n != 3 {
		t.Errorf("the other inbox has %d unread, want 3", n)
	}
	if err := h.Purge(ctx, start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if items, _, _ := h.Inbox(as(ctx, 7), ""); len(items) != 0 {
		t.Errorf("%d read notices outlived the purge", len(items))
	}
	if items, _, _ := h.Inbox(as(ctx, 8), ""); len(items) != 3 {
		t.Errorf("unread notices must outlive the purge: %d", len(items))
	}
}

func TestInboxPages(t *testing.T) {
	h := open(t, nil)
	ctx := h.ministry(t, "one")
	const all = 2*pageSize + 3
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i := range all {
			if err := h.Send(ctx, tx, []int64{7}, Notice{Kind: "k", Key: "notify.mail.open", Args: fault.Args{"N": i}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want, cursor := all-1, ""
	for page := 0; ; page++ {
		items, next, err := h.Inbox(as(ctx, 7), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			if it.Args["N"] != int64(want) {
				t.Fatalf("page %d: got number %v, want %d", page, it.Args["N"], want)
			}
			want--
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if want != -1 {
		t.Errorf("%d notices were not shown", want+1)
	}
}

func TestNobodyIsToldWhatDidNotHappen(t *testing.T) {
	h := open(t, nil)
	ctx := h.ministry(t, "one")
	no := errors.New("no")
	err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := h.Send(ctx, tx, []int64{7}, Notice{Kind: "k", Key: "notify.mail.open"}); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
	if n, _ := h.Unread(as(ctx, 7)); n != 0 {
		t.Errorf("%d notices of a unit that rolled back", n)
	}
}

func TestLinksStayOnOurSite(t *testing.T) {
	h := open(t, nil)
	ctx := h.ministry(t, "one")
	for _, link := range []string{"https://elsewhere.test", "//elsewhere.test", "javascript:alert(1)"} {
		err := h.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			return h.Send(ctx, tx, []int64{7}, Notice{Kind: "k", Key: "notify.mail.open", Link: link})
		})
		if err == nil {
			t.Errorf("%q was accepted", link)
		}
	}
}
