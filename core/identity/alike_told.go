package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Somebody who is renamed to and fro fills no inbox: of the same two accounts, and of what makes
// them look alike, the same person is told once in a day.

// alikeAnew is how long the same likeness is no news.
const alikeAnew = 24 * time.Hour

// tellOf tells somebody of those accounts that look like one and of which they weren't told, and
// reports whether there were any.
func (s *Service) tellOf(ctx context.Context, tx *db.Tx, to int64, a Account, found []alike, key string) (told bool, err error) {
	var names fault.List
	for _, x := range found {
		anew, err := tx.PGX().Exec(ctx, `INSERT INTO alike_told (tenant_id, account_id, kept_id, told_id, likeness, at) SELECT $1, $2, $3, $4, unnest($5::text[]), $6::timestamptz
			ON CONFLICT (tenant_id, account_id, kept_id, told_id, likeness) DO UPDATE SET at = EXCLUDED.at WHERE alike_told.at NOT BETWEEN $7 AND $8`,
			tx.Tenant(), a.ID, x.id, to, x.likenesses(), s.now(), s.now().Add(-alikeAnew), s.now().Add(alikeAnew)) // a clock may have been ahead
		if err != nil {
			return false, err
		}
		if anew.RowsAffected() > 0 {
			names = append(names, x.name)
		}
	}
	if len(names) == 0 {
		return false, nil
	}
	return true, s.tell(ctx, tx, notice{to: []int64{to}, key: key, url: "/people/" + a.UID, mail: true, args: fault.Args{
		"Name": a.Name, "Other": names, "Who": caller.From(ctx).Name, "At": s.local(ctx, s.now()),
	}})
}

// likenesses are in what an account looks like another, or how it was and is called.
func (x alike) likenesses() (out []string) {
	for _, name := range x.called {
		sum := sha256.Sum256([]byte(name))
		out = append(out, hex.EncodeToString(sum[:12]))
	}
	for _, r := range x.reasons {
		if r != KeptOut {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// looks is by what an account is told from one that is called or reached otherwise.
func (a Account) looks() string {
	return strings.Join([]string{a.Family, a.Given, a.Patronymic, a.Phone}, "\n")
}
