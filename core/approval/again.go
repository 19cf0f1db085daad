package approval

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

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
		bar, err := s.hands(tx, Operators{}).barred(ctx, c.Account, r)
		if err != nil {
			return err
		}
		if bar == "" {
			return f.WithNext("approval.next.decide_first", screen, nil)
		}
	}
	return f.WithNext("approval.next.decided_first", "", fault.Args{"Who": r.AskedName})
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
