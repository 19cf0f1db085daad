package door

import (
	"context"
	"net/netip"
	"strconv"

	"mektep/core/db"
)

// charges are the counters that an attempt on a login counts against. A browser
// that the person has signed in from before is only ever slowed by itself.
func (d *Door) charges(tenant int32, login string, c Credential, known bool, device string, from netip.Addr) []charge {
	if known {
		return []charge{{kind: "device", key: d.keys.placeHash(tenant, "device", strconv.FormatInt(c.ID, 10), device)}}
	}
	all := []charge{
		{kind: "account", key: d.keys.placeHash(tenant, "account", login)},
		{kind: "pair", key: d.keys.placeHash(tenant, "pair", login, network(from))},
		{kind: "remote", key: d.keys.placeHash(tenant, "remote", station(from))},
	}
	if from.Unmap().Is6() {
		all = append(all, charge{kind: "site", key: d.keys.placeHash(tenant, "site", network(from))})
	}
	return all
}

// tried is an attempt that has been counted and not yet judged.
type tried struct {
	cred    Credential
	charges []charge
	known   bool
}

// begin counts an attempt on a login and finds the account, if there is one.
func (d *Door) begin(ctx context.Context, login, device string, from netip.Addr) (tried, error) {
	var t tried
	login = FoldLogin(login)
	if len(login) > MaxLogin {
		login = login[:MaxLogin]
	}
	err := d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if t.cred, _, err = d.byLogin(ctx, tx, login); err != nil {
			return err
		}
		if t.known, err = d.knows(ctx, tx, t.cred.ID, device); err != nil {
			return err
		}
		t.charges = d.charges(tx.Tenant(), login, t.cred, t.known, device, from)
		return d.tries.debit(ctx, tx, t.charges)
	})
	return t, err
}

// password is the first step: it takes the same time whatever is wrong.
func (d *Door) password(ctx context.Context, a Attempt) (tried, error) {
	t, err := d.begin(ctx, a.Login, a.Device, a.Remote)
	if err != nil {
		return t, err
	}
	ok, stale, err := d.hasher.matches(ctx, a.Password, t.cred.hash)
	if err != nil {
		return t, err
	}
	if !ok {
		return t, wrong()
	}
	if t.cred.State != active {
		return t, d.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return d.house.Barred(ctx, tx, t.cred.ID) })
	}
	if stale {
		err = d.renewHash(ctx, t.cred, a.Password)
	}
	return t, err
}

func (d *Door) renewHash(ctx context.Context, c Credential, password string) error {
	hash, err := d.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return d.rehash(ctx, tx, c.ID, c.hash, hash) })
}
