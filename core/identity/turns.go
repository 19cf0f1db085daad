package identity

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// An address that nobody has shown to read may stand in any number of accounts, and only so many are
// written to. Who has made accounts up, or has had accounts that they made up make others, stands behind
// them all (hand.go): so letters go round by turns among those who stand behind accounts, and whose
// address it is has one, however many others somebody else acts as.

// claimant is an account that has an address.
type claimant struct {
	id      int64
	comes   int     // before what is compared: 0 they have shown to read it, 1 not, 2 they are blocked
	invited bool    // they have not opened the account yet
	typed   bool    // another typed the address, and nobody has confirmed it
	hands   []int64 // who has a hand on the account, or on one of those who have
}

// claimants are all accounts with an address, the oldest first.
func claimants(ctx context.Context, tx *db.Tx, address string) ([]claimant, error) {
	rows, err := tx.PGX().Query(ctx, `WITH RECURSIVE hands(account, by) AS (
			SELECT account.id, h.by_account FROM account JOIN account_hand h ON `+handed+` WHERE account.tenant_id = $1 AND account.email = $2
			UNION
			SELECT u.account, h.by_account FROM hands u JOIN account ON account.tenant_id = $1 AND account.id = u.by JOIN account_hand h ON `+handed+`),
		behind AS (SELECT account, array_agg(by) AS ids FROM hands WHERE by <> account GROUP BY account)
		SELECT account.id, CASE WHEN state = 'blocked' THEN 2 WHEN address_unread THEN 1 ELSE 0 END, state = 'invited',
			EXISTS (SELECT FROM account_hand h WHERE `+handed+` AND `+typedAlone+`), coalesce(b.ids, '{}')
		FROM account LEFT JOIN behind b ON b.account = account.id WHERE account.tenant_id = $1 AND account.email = $2 ORDER BY account.id`, tx.Tenant(), address)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c claimant, err error) {
		err = row.Scan(&c.id, &c.comes, &c.invited, &c.typed, &c.hands)
		return c, err
	})
}

// byTurns are most claimants at most, in the order in which they are written to: each time whoever has
// those behind them who were written to the least by then, the busiest of them compared first. Nobody
// but those who act as many is put last by it: whoever stands behind their maker is behind others, too.
func byTurns(all []claimant, most int) (ids []int64) {
	had := map[int64]int{} // letters of those behind them, and of themself
	all = slices.Clone(all)
	for len(ids) < most && len(all) > 0 {
		next := 0
		for i := range all {
			if all[i].compare(all[next], had) < 0 {
				next = i
			}
		}
		c := all[next]
		all = slices.Delete(all, next, next+1)
		ids = append(ids, c.id)
		had[c.id]++
		for _, by := range c.hands {
			had[by]++
		}
	}
	return ids
}

// compare says which of two comes first, the zero being the older one.
func (c claimant) compare(o claimant, had map[int64]int) int {
	return cmp.Or(
		cmp.Compare(c.comes, o.comes),
		slices.Compare(c.turns(had), o.turns(had)),
		later(c.invited, o.invited),
		later(len(c.hands) > 0, len(o.hands) > 0),
		later(c.typed, o.typed),
	)
}

// turns are the letters that those behind an account have had, the most first.
func (c claimant) turns(had map[int64]int) (out []int) {
	for _, by := range c.hands {
		if n := had[by]; n > 0 {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Compare(b, a) })
	return out
}

func later(one, other bool) int {
	switch {
	case one == other:
		return 0
	case one:
		return 1
	}
	return -1
}

// inOrder returns accounts by their ids, in that order.
func inOrder(tx *db.Tx, ids []int64) ([]Account, error) {
	var all []Account
	if len(ids) == 0 {
		return nil, nil
	}
	if err := accounts(tx).Where("id IN ?", ids).Find(&all).Error; err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return all, nil
}
