package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/locale"
)

// Sweep is the ministry's daily round, run by a system role: accounts whose last
// appointment has run out are blocked as if they had been dismissed, and what
// nobody needs any more is removed. That nobody comes in a day late does not hang
// on it: sign-in, sessions and the gate look at the days themselves.
func (s *Service) Sweep(ctx context.Context) error {
	var over []int64
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT a.id FROM account a WHERE a.tenant_id = $1 AND a.state <> 'blocked'
			AND EXISTS (SELECT FROM appointment p WHERE p.tenant_id = $1 AND p.account_id = a.id)
			AND NOT EXISTS (SELECT FROM appointment p WHERE p.tenant_id = $1 AND p.account_id = a.id AND `+holdsFrom("$2")+`)
			ORDER BY a.id`, tx.Tenant(), s.today(ctx))
		if err != nil {
			return err
		}
		over, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return s.settle(ctx, tx, id) }); err != nil {
			return err
		}
	}
	if err := s.renameAll(ctx); err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, `DELETE FROM sharing_sign WHERE tenant_id = $1 AND at < $2`, tx.Tenant(), s.now().Add(-signsKept)); err != nil {
			return err
		}
		if _, err := tx.PGX().Exec(ctx, `DELETE FROM alike_told WHERE tenant_id = $1 AND at NOT BETWEEN $2 AND $3`, tx.Tenant(), s.now().Add(-alikeAnew), s.now().Add(alikeAnew)); err != nil {
			return err
		}
		return s.Door.Sweep(ctx, tx)
	})
}

// renamedAtOnce is how many accounts are held while they are written anew.
const renamedAtOnce = 500

// renameAll writes the names anew that stand in another order than the profile's: it was another,
// or the account is older than the order.
func (s *Service) renameAll(ctx context.Context) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for more := true; more; {
		err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			rows, err := tx.PGX().Query(ctx, `SELECT id, family, given, patronymic FROM account WHERE tenant_id = $1 AND name_order <> $2
				ORDER BY id LIMIT $3 FOR UPDATE`, tx.Tenant(), m.Profile.NameOrder, renamedAtOnce)
			if err != nil {
				return err
			}
			var ids []int64
			var names, keys []string
			var id int64
			var p Person
			if _, err := pgx.ForEachRow(rows, []any{&id, &p.Family, &p.Given, &p.Patronymic}, func() error {
				name := m.Profile.PersonName(p.Family, p.Given, p.Patronymic)
				ids, names, keys = append(ids, id), append(names, name), append(keys, locale.SortKey(m.Profile.Main(), name))
				return nil
			}); err != nil {
				return err
			}
			more = len(ids) == renamedAtOnce
			_, err = tx.PGX().Exec(ctx, `UPDATE account a SET name = n.name, sort_key = n.key, name_order = $2
				FROM unnest($3::bigint[], $4::text[], $5::text[]) AS n(id, name, key) WHERE a.tenant_id = $1 AND a.id = n.id`,
				tx.Tenant(), m.Profile.NameOrder, ids, names, keys)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
