package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/profile"
)

// Of a post that the profile says one person holds, a second holder is asked about before
// there are two: both could appoint, confirm and sign for the institution, each not knowing
// of the other (KG-ER-6c). A post is handed over without a question by its days: where the
// one ends before the other begins, there is never a second.

// beside are the others who hold the post on one of the days for which it is given.
func (s *Service) beside(ctx context.Context, a *act, n NewAppointment, account int64) (found []sole, err error) {
	rows, err := a.tx.PGX().Query(ctx, `SELECT p.account_id, x.uid, btrim(x.given || ' ' || x.family), p.since, p.until
		FROM appointment p JOIN account x ON x.tenant_id = p.tenant_id AND x.id = p.account_id
		WHERE p.tenant_id = $1 AND p.unit_id = $2 AND p.role = $3 AND p.account_id <> $4
		AND (p.until IS NULL OR p.until > GREATEST($5::date, $6::date) AND p.until > p.since) AND ($7::date IS NULL OR p.since < $7) ORDER BY p.since, p.id`,
		a.tx.Tenant(), a.unit.ID, a.role.ID, account, n.Since, a.today, orNil(n.Until))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (h sole, err error) {
		var until *time.Time
		err = row.Scan(&h.account, &h.uid, &h.name, &h.since, &until)
		h.until = zeroed(until)
		return h, err
	})
}

// sole is somebody who holds a post that one person holds.
type sole struct {
	account      int64
	uid, name    string
	since, until time.Time
}

// phrase is the holder in words; of one whom the reader may not see, the days alone.
func (h sole) phrase(seen bool) fault.Phrase {
	p := fault.Phrase{Key: "identity.holder", Args: fault.Args{"Since": clock.Day(h.since)}}
	if !h.until.IsZero() {
		p.Key, p.Args["Until"] = "identity.holder_until", fault.End(clock.Day(h.until))
	}
	if p.Args["Name"] = any(h.name); !seen {
		p.Args["Name"] = fault.Key("identity.holder_unseen")
	}
	return p
}

// alone refuses a second holder of a post that one person holds, until the giver says that
// there are to be two.
func (s *Service) alone(ctx context.Context, a *act, n NewAppointment, account int64) error {
	if a.system() || !a.role.OneHolder || n.SecondHolder {
		return nil
	}
	found, err := s.beside(ctx, a, n, account)
	if err != nil || len(found) == 0 {
		return err
	}
	uids := make([]string, len(found))
	for i, h := range found {
		uids[i] = h.uid
	}
	names, err := s.Names(ctx, uids)
	if err != nil {
		return err
	}
	var holders fault.List
	seen := uids[:0]
	for _, h := range found {
		_, sees := names[h.uid]
		if holders = append(holders, h.phrase(sees)); sees {
			seen = append(seen, h.uid)
		}
	}
	if approval.Performing(ctx) {
		return fault.New(fault.Conflict, "identity.second_since").With("Holders", holders)
	}
	return a.invalid().WithField("second_holder", "identity.second_holder", fault.Args{"Count": len(found), "Holders": holders, "UIDs": seen})
}

// toldSecond is what whoever decides a second holder is told.
func (n NewAppointment) toldSecond(r *profile.Role) []fault.Phrase {
	if r == nil || !r.OneHolder || !n.SecondHolder {
		return nil
	}
	return []fault.Phrase{{Key: "approval.told.second_holder"}}
}
