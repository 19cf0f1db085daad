package approval

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Table is where requests lie; each carries the path of the unit that it concerns.
const Table = "approval"

// decidedShown is how many decided requests a list shows.
const decidedShown = 50

const columns = `r.uid, r.kind, r.key, r.args, r.unit_path, r.asked_by, a.uid, a.name, r.asked_at, r.expires_at,
	r.state, coalesce(d.name, ''), r.decided_at, r.decided_operator <> '', r.note, coalesce(r.concerns, 0), r.subject, r.offer, r.payload`

const tables = ` FROM approval r JOIN account a ON a.tenant_id = r.tenant_id AND a.id = r.asked_by
	LEFT JOIN account d ON d.tenant_id = r.tenant_id AND d.id = r.decided_by`

func scan(row pgx.Row) (Request, json.RawMessage, error) {
	var r Request
	var args, payload []byte
	var decided *time.Time
	err := row.Scan(&r.UID, &r.Kind, &r.Key, &args, &r.UnitPath, &r.AskedBy, &r.AskedUID, &r.AskedName, &r.AskedAt, &r.Expires,
		&r.State, &r.DecidedBy, &decided, &r.Operator, &r.Note, &r.Concerns, &r.Subject, &r.Offer, &payload)
	if err != nil {
		return r, nil, err
	}
	if decided != nil {
		r.DecidedAt = *decided
	}
	return r, payload, json.Unmarshal(args, &r.Args)
}

// find reads one request and keeps others from deciding it meanwhile.
func find(ctx context.Context, tx *db.Tx, uid string) (Request, json.RawMessage, error) {
	r, payload, err := scan(tx.PGX().QueryRow(ctx, `SELECT `+columns+tables+` WHERE r.tenant_id = $1 AND r.uid = $2 FOR UPDATE OF r`, tx.Tenant(), uid))
	if db.NoRows(err) {
		return r, nil, fault.New(fault.NotFound, "approval.unknown")
	}
	return r, payload, err
}

// look reads one request.
func look(ctx context.Context, tx *db.Tx, uid string) (Request, json.RawMessage, error) {
	r, payload, err := scan(tx.PGX().QueryRow(ctx, `SELECT `+columns+tables+` WHERE r.tenant_id = $1 AND r.uid = $2`, tx.Tenant(), uid))
	if db.NoRows(err) {
		return r, nil, fault.New(fault.NotFound, "approval.unknown")
	}
	return r, payload, err
}

// waiting finds the request of a kind that waits about a subject.
func waiting(ctx context.Context, tx *db.Tx, kind, subject string, now time.Time) (uid string, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT uid FROM approval WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND state = 'waiting' AND expires_at > $4 LIMIT 1`,
		tx.Tenant(), kind, subject, now).Scan(&uid)
	if db.NoRows(err) {
		return "", nil
	}
	return uid, err
}

// offered counts the offers to an account from a unit since a moment.
func offered(ctx context.Context, tx *db.Tx, account int64, unitPath string, since time.Time) (n int, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT count(*) FROM approval WHERE tenant_id = $1 AND offer AND concerns = $2 AND unit_path = $3 AND asked_at >= $4`,
		tx.Tenant(), account, unitPath, since).Scan(&n)
	return n, err
}

// list reads requests; where only is not 0, what that account asked for or is offered,
// and those of some kinds. Offers are nobody's but the two people's.
func (s *Service) list(ctx context.Context, tx *db.Tx, only int64, kinds []string) ([]Request, error) {
	if kinds == nil {
		kinds = []string{}
	}
	var me int64
	if c := caller.From(ctx); c.SignedIn() {
		me = c.Account
	}
	rows, err := tx.PGX().Query(ctx, `SELECT `+columns+tables+` WHERE r.tenant_id = $1
		AND CASE WHEN r.offer THEN $6::bigint IN (r.asked_by, r.concerns) ELSE $2 = 0 OR r.asked_by = $2 OR r.kind = ANY($5) END
		ORDER BY r.state = 'waiting' AND r.expires_at > $3 DESC, coalesce(r.decided_at, r.expires_at) DESC, r.id DESC LIMIT $4`,
		tx.Tenant(), only, s.now(), decidedShown, kinds, me)
	if err != nil {
		return nil, err
	}
	payloads := map[int]json.RawMessage{}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Request, error) {
		r, payload, err := scan(row)
		if r.State == Waiting && !s.now().Before(r.Expires) {
			r.State = Expired
		}
		payloads[len(payloads)] = payload
		return r, err
	})
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		if r, err = s.upToDate(ctx, tx, r, payloads[i], me); err != nil {
			return nil, err
		}
		if list[i], err = r.seenBy(me).reading(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// upToDate is a request with what there is to say of it besides at this moment, for an
// account.
func (s *Service) upToDate(ctx context.Context, tx *db.Tx, r Request, payload json.RawMessage, reader int64) (Request, error) {
	told := s.kinds[r.Kind].Told
	if r.Offer {
		told = s.kinds[r.Kind].Offered
	}
	if r.State != Waiting {
		return r, nil
	}
	now, err := s.lost(ctx, tx, r, payload)
	if err != nil {
		return r, err
	}
	if told != nil {
		more, err := told(ctx, tx, payload)
		if err != nil {
			return r, err
		}
		now = append(now, more...)
	}
	if r.AskedBy == reader {
		now = overtakenYours(now)
	}
	return r.telling(now), nil
}

// overtakenYours is what whoever asked is told of what has come true since: that it can no
// longer be done, and no more.
func overtakenYours(now []fault.Phrase) []fault.Phrase {
	var out []fault.Phrase
	for _, p := range now {
		switch p.Key {
		case Overtaken:
			p.Key = overtakenOwn
		case OvertakenElse:
			p.Key = overtakenElseOwn
		case excluded:
			p.Key = excludedOwn
		case lost, lostOffer:
			p.Key = lostOwn
		default:
			continue
		}
		out = append(out, p)
	}
	return out
}

// askedBy reads and locks what waits in an account's name.
func askedBy(ctx context.Context, tx *db.Tx, account int64, now time.Time) ([]Request, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+columns+tables+` WHERE r.tenant_id = $1 AND r.state = 'waiting' AND r.asked_by = $2 AND r.expires_at > $3
		ORDER BY r.id FOR UPDATE OF r`, tx.Tenant(), account, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Request, error) {
		r, _, err := scan(row)
		return r, err
	})
}

// concerning reads and locks what waits about an account, of a kind, but for what is being
// decided at this moment.
func concerning(ctx context.Context, tx *db.Tx, kind string, account int64, now time.Time) (all []Request, payloads []json.RawMessage, err error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+columns+tables+` WHERE r.tenant_id = $1 AND r.state = 'waiting' AND r.kind = $2 AND r.concerns = $3 AND NOT r.offer
		AND r.expires_at > $4 ORDER BY r.id FOR UPDATE OF r SKIP LOCKED`, tx.Tenant(), kind, account, now)
	if err != nil {
		return nil, nil, err
	}
	all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Request, error) {
		r, payload, err := scan(row)
		payloads = append(payloads, payload)
		return r, err
	})
	return all, payloads, err
}

// undecided reads what others asked for and an account may have to decide: offers to it,
// and requests of some kinds.
func undecided(ctx context.Context, tx *db.Tx, account int64, kinds []string, now time.Time) ([]Request, error) {
	if kinds == nil {
		kinds = []string{}
	}
	rows, err := tx.PGX().Query(ctx, `SELECT `+columns+tables+` WHERE r.tenant_id = $1 AND r.state = 'waiting' AND r.expires_at > $3
		AND r.asked_by <> $2 AND CASE WHEN r.offer THEN r.concerns = $2 ELSE r.kind = ANY($4) END ORDER BY r.id`, tx.Tenant(), account, now, kinds)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Request, error) {
		r, _, err := scan(row)
		return r, err
	})
}

// Concerning reports whether a request of a kind, which is no offer, waits about an
// account.
func (s *Service) Concerning(ctx context.Context, tx *db.Tx, kind string, account int64) (found bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM approval WHERE tenant_id = $1 AND state = 'waiting' AND kind = $2 AND concerns = $3
		AND expires_at > $4 AND NOT offer)`, tx.Tenant(), kind, account, s.now()).Scan(&found)
	return found, err
}

func insert(ctx context.Context, tx *db.Tx, r Request, payload []byte) error {
	args, err := json.Marshal(r.Args)
	if err != nil {
		return err
	}
	_, err = tx.PGX().Exec(ctx, `INSERT INTO approval (tenant_id, uid, kind, payload, key, args, unit_path, asked_by, asked_at, expires_at, concerns, subject, offer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11::bigint, 0), $12, $13)`,
		tx.Tenant(), r.UID, r.Kind, payload, r.Key, args, r.UnitPath, r.AskedBy, r.AskedAt, r.Expires, r.Concerns, r.Subject, r.Offer)
	return err
}

func update(ctx context.Context, tx *db.Tx, uid string, d decision, now time.Time) error {
	var by *int64
	if c := caller.From(ctx); d.operator == "" && c.SignedIn() {
		by = &c.Account
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE approval SET state = $3, decided_by = $4, decided_operator = $5, decided_at = $6, note = $7, payload = NULL
		WHERE tenant_id = $1 AND uid = $2`, tx.Tenant(), uid, d.state, by, d.operator, now, d.note)
	return err
}
