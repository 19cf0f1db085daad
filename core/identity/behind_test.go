package identity

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity/door"
	"mektep/core/unit"
)

// inUnit runs something in one unit of work.
func (w *world) inUnit(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	ok(w.t, w.db.Tenant(ctx, fn))
}

// A block is decided from the highest level from which somebody stands over any post, in whatever order
// the posts were given.
func TestKGER6c_ABlockIsDecidedFromTheHighestLevel(t *testing.T) {
	w := newWorld(t)
	tenant := caller.From(w.ctx).Tenant
	both := &caller.Caller{Tenant: tenant, Account: 999, SecondFactor: true, Assignments: []caller.Assignment{
		{Role: "district_officer", UnitID: w.chuy.ID, UnitUID: w.chuy.UID, UnitPath: w.chuy.Path, UnitLevel: w.chuy.Level},
		{Role: "head", UnitID: w.lyceum.ID, UnitUID: w.lyceum.UID, UnitPath: w.lyceum.Path, UnitLevel: w.lyceum.Level},
	}}
	for _, order := range [][2]unit.Unit{{w.school, w.lyceum}, {w.lyceum, w.school}} {
		p := w.with("teacher", order[0])
		get(w.s.Appoint(w.ctx, NewAppointment{Account: p.UID, Role: "teacher", Unit: order[1]}))
		w.inUnit(caller.With(context.Background(), both), func(ctx context.Context, tx *db.Tx) error {
			if level := get(w.s.decidesFrom(ctx, tx, p.Account)); level != "district" {
				t.Errorf("first at %s: decided from %q", order[0].Code, level)
			}
			return nil
		})
	}
}

// Whoever is kept out is told of first to whoever may see them, and to nobody else by the order.
func TestWhoIsKeptOutIsToldOfFirstToWhoMaySeeThem(t *testing.T) {
	found := []alike{{uid: "a"}, {uid: "b"}, {uid: "kept", keptBy: []keeper{{account: 1}}}}
	for name, c := range map[string]struct {
		seen  map[string]string
		first string
	}{
		"everybody": {nil, "kept"}, "who sees them": {map[string]string{"kept": "x"}, "kept"}, "who sees others": {map[string]string{"b": "x"}, "a"}, "who sees nobody": {map[string]string{}, "a"},
	} {
		if got := first(found, c.seen)[0].uid; got != c.first {
			t.Errorf("%s: %s comes first", name, got)
		}
	}
}

// Who stands behind an account reads the mailboxes that are or were theirs; what somebody only entered
// and gave up counts for themself, and what whoever has a hand on them has entered for nobody.
func TestTRIC1_WhatWasOnlyEnteredCountsForItsAccountAlone(t *testing.T) {
	w := newWorld(t)
	p, maker := w.with("teacher", w.school), w.with("head", w.school)
	digest := func(s string) string { return "sha256(convert_to('" + s + "', 'UTF8'))" }
	w.inUnit(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, sql := range []string{
			"UPDATE account SET email = 'entered' || id || '@mail.example', address_unread = true WHERE tenant_id = $1 AND id IN ($2, $3)",
			"INSERT INTO account_former (tenant_id, account_id, digest, until, unread) SELECT $1, a, " + digest("read@mail.example") + ", now(), false FROM unnest(ARRAY[$2, $3::bigint]) a",
			"INSERT INTO account_former (tenant_id, account_id, digest, until, unread) SELECT $1, a, sha256(convert_to('unread' || a || '@mail.example', 'UTF8')), now(), true FROM unnest(ARRAY[$2, $3::bigint]) a",
			"INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, at) VALUES ($1, $2, $3, '', 'shown', 'k', now())",
		} {
			if _, err := tx.PGX().Exec(ctx, sql, tx.Tenant(), p.ID, maker.ID); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		b := get(w.s.standBehind(ctx, tx, p.ID))
		at := func(sql string) string {
			var box []byte
			if err := tx.PGX().QueryRow(ctx, "SELECT sha256(convert_to("+sql+", 'UTF8'))").Scan(&box); err != nil {
				t.Fatal(err)
			}
			return approval.FormerAddress(box)
		}
		for name, c := range map[string]struct {
			box       string
			addresses bool
			entered   bool
		}{
			"read once":               {at("'read@mail.example'"), true, false},
			"entered once":            {at(fmt.Sprintf("'unread%d@mail.example'", p.ID)), false, true},
			"entered":                 {at(fmt.Sprintf("'entered%d@mail.example'", p.ID)), false, true},
			"entered once by a hand":  {at(fmt.Sprintf("'unread%d@mail.example'", maker.ID)), false, false},
			"entered by a hand there": {at(fmt.Sprintf("'entered%d@mail.example'", maker.ID)), false, false},
		} {
			if slices.Contains(b.Addresses, c.box) != c.addresses || slices.Contains(b.Entered, c.box) != c.entered {
				t.Errorf("%s: %t %t", name, slices.Contains(b.Addresses, c.box), slices.Contains(b.Entered, c.box))
			}
		}
		if len(b.Addresses) != 2 || len(b.Accounts) != 2 {
			t.Errorf("%v", b)
		}
		return nil
	})
}

// A key replaces the hands on older ones, never its own.
func TestTRIC1_AKeyDoesNotReplaceItsOwnHand(t *testing.T) {
	w := newWorld(t)
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	for range 2 {
		get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	}
	w.inUnit(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		var own, older int
		if err := tx.PGX().QueryRow(ctx, `SELECT count(*) FILTER (WHERE replaced_by = key_uid), count(*) FILTER (WHERE replaced_by <> key_uid) FROM account_hand
			WHERE tenant_id = $1 AND account_id = $2 AND by_account = $3`, tx.Tenant(), p.ID, head.ID).Scan(&own, &older); err != nil {
			return err
		}
		if own != 0 || older == 0 {
			t.Errorf("%d replace themselves, %d others", own, older)
		}
		return nil
	})
}

// An operator whose letter went where another typed it may be that one; whose hand is over, and who
// only typed an address to which nothing went, is nobody's other half, nor comes with who is.
func TestTRIC1_WhoseHandsAreOnOperators(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	uids, ids := map[string]string{}, map[string]int64{}
	for _, name := range []string{"one", "two", "three"} {
		p, _, err := o.Create(command, name, name+"@mektep.example", "en")
		ok(t, err)
		uids[name] = p.UID
	}
	on := func(fn func(ctx context.Context, tx *db.Tx) error) { t.Helper(); ok(t, w.db.Platform(command, fn)) }
	on(func(ctx context.Context, tx *db.Tx) error {
		for name, uid := range uids {
			var id int64
			if err := tx.PGX().QueryRow(ctx, "SELECT id FROM platform.operator WHERE tenant_id = 0 AND uid = $1", uid).Scan(&id); err != nil {
				return err
			}
			ids[name] = id
		}
		return nil
	})
	as := func(name string) context.Context {
		return caller.With(context.Background(), &caller.Caller{Account: ids[name], AccountUID: uids[name]})
	}
	count := func(sql string, args ...any) (n int) {
		on(func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM platform.operator_hand WHERE tenant_id = 0 AND "+sql, args...).Scan(&n)
		})
		return n
	}
	notes := func(by, of, what, key string) {
		t.Helper()
		on(func(_ context.Context, tx *db.Tx) error { return o.noteHand(as(by), tx, ids[of], what, key) })
	}
	hand := func(of, by string) bool {
		return slices.ContainsFunc(get(w.s.operatorHands(command)).Hands, func(h approval.Hand) bool { return h.Of == uids[of] && h.By == uids[by] })
	}
	notes("one", "two", handAddress, "")
	if hand("two", "one") {
		t.Error("an address that was typed is a hand of itself")
	}
	notes("two", "three", handShown, "k0")
	if count("operator_id = $1 AND by_operator = $2", ids["three"], uids["one"]) != 0 {
		t.Error("who typed an address comes with whom they typed it for")
	}
	on(func(_ context.Context, tx *db.Tx) error {
		return o.noteKey(command, tx, ids["two"], &door.Key{UID: "k1", Mailed: true})
	})
	if !hand("two", "one") {
		t.Error("a letter went where another typed it, and it is nobody's hand")
	}
	on(func(ctx context.Context, tx *db.Tx) error { return o.opened(ctx, tx, ids["two"], "k1") })
	if count("operator_id = $1 AND what = $2 AND over_at IS NULL AND replaced_by IS DISTINCT FROM 'k1'", ids["two"], handAddress) != 1 {
		t.Error("who typed the address is forgotten with an older key")
	}
	notes("two", "three", handShown, "k2")
	if count("operator_id = $1 AND by_operator = $2", ids["three"], uids["one"]) != 1 {
		t.Error("who may be acting as somebody does not come with them")
	}
	on(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE platform.operator_hand SET over_at = now() WHERE tenant_id = 0 AND operator_id = $1", ids["two"])
		return err
	})
	notes("two", "three", handShown, "k3")
	if count("operator_id = $1 AND by_operator = $2 AND key_uid = 'k3'", ids["three"], uids["one"]) != 0 {
		t.Error("whose hand is over comes with whom it was on")
	}
}
