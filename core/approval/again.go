package approval

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// once refuses a second request about what a first one waits for: each comes with a
// notice to everybody who may decide, and one of them would be done over the other. Two
// at the same moment wait for each other.
func (s *Service) once(ctx context.Context, tx *db.Tx, a Ask) error {
	if a.Subject == "" {
		return nil
	}
	if _, err := tx.PGX().Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, fmt.Sprintf("approval %d %s %s", tx.Tenant(), a.Kind, a.Subject)); err != nil {
		return err
	}
	uid, err := s.Waits(ctx, tx, a.Kind, a.Subject)
	switch {
	case err != nil || uid == "":
		return err
	case a.Waits != nil:
		return a.Waits
	}
	r, _, err := look(ctx, tx, uid)
	if err != nil {
		return err
	}
	return s.inTheWay(ctx, tx, a, r)
}

// Waiting refuses what another request about the same subject stands in the way of, whatever
// is asked for; nil: none waits.
func (s *Service) Waiting(ctx context.Context, tx *db.Tx, kind, subject string) error {
	return s.once(ctx, tx, Ask{Kind: kind, Subject: subject})
}

// Subjects are what requests of a kind wait about, each with the public id of its request.
func (s *Service) Subjects(ctx context.Context, kind string) (map[string]string, error) {
	out := map[string]string{}
	b := &pgx.Batch{}
	b.Queue("SELECT subject, uid FROM approval WHERE tenant_id = $1 AND kind = $2 AND state = 'waiting' AND expires_at > $3 AND subject <> ''", db.TenantOf(ctx), kind, s.now()).Query(func(rows pgx.Rows) error {
		var subject, uid string
		_, err := pgx.ForEachRow(rows, []any{&subject, &uid}, func() error {
			out[subject] = uid
			return nil
		})
		return err
	})
	return out, s.DB.Read(ctx, b)
}

// Told returns requests by their public ids, each as far as the caller may read it: without
// its message and who asked where they may not. That names of others were shown is recorded.
func (s *Service) Told(ctx context.Context, uids []string) (map[string]Request, error) {
	out, others := map[string]Request{}, false
	c := caller.From(ctx)
	err := s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, uid := range uids {
			r, _, err := look(ctx, tx, uid)
			if err == nil {
				err = s.shown(ctx, r)
			}
			switch fault.KindOf(err) {
			case fault.NotFound:
				continue
			case fault.Denied:
				r = Request{UID: uid, AskedAt: r.AskedAt}
			default:
				if err != nil {
					return err
				}
				others = others || r.AskedBy != c.Account
				r = r.seenBy(c.Account)
			}
			out[uid] = r
		}
		if !others {
			return nil
		}
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Fields: []string{"asked_by"}}) // names of people
	})
	return out, err
}

// inTheWay says what waits about the subject of a request, by whom it was asked for, and
// how it gets out of the way: who asked takes it back, who may decide decides.
func (s *Service) inTheWay(ctx context.Context, tx *db.Tx, a Ask, r Request) error {
	c := caller.From(ctx)
	key, own := "approval.waits_other", r.AskedBy == c.Account
	same, err := a.asks(r)
	if err != nil {
		return err
	}
	switch {
	case same && own:
		key = "approval.waits_already"
	case same:
		key = "approval.waits_same"
	}
	seen := r.seenBy(c.Account)
	f := fault.New(fault.Conflict, key).With("Who", r.AskedName).With("What", fault.Phrase{Key: seen.Key, Args: seen.Args})
	if own {
		return f.WithNext("approval.next.waits", screen, nil)
	}
	if s.Gate.Can(ctx, s.right(r, "approve"), s.target(ctx, r, "approve")) {
		operators, known := s.operatorsApart()
		bar, err := s.hands(tx, operators).barred(ctx, c.Account, r)
		if err != nil {
			return err
		}
		if bar == "" && known { // what may be refused is no next step
			return f.WithNext("approval.next.decide_first", screen, nil)
		}
	}
	return f.WithNext("approval.next.decided_first", "", fault.Args{"Who": r.AskedName})
}

// apartMost is how long a unit waits for what lies outside of it.
const apartMost = time.Second

// operatorsApart are the operators, asked within a ministry's unit: it takes a connection
// besides, for which nobody waits long. known: they answered.
func (s *Service) operatorsApart() (all Operators, known bool) {
	if s.people.Operators == nil {
		return all, true
	}
	apart, cancel := context.WithTimeout(context.Background(), apartMost)
	defer cancel()
	all, err := s.people.Operators(apart)
	return all, err == nil
}

// asks reports whether a request that waits asks for the same as a.
func (a Ask) asks(r Request) (bool, error) {
	if a.Key != r.Key {
		return false, nil
	}
	told := fault.Args{}
	for name, v := range r.Args {
		if name != toldArg && name != addressArg && name != strangerArg {
			told[name] = v
		}
	}
	waits, err := json.Marshal(told)
	if err != nil {
		return false, err
	}
	asked, err := json.Marshal(a.Args)
	return bytes.Equal(waits, asked), err
}
