package approval

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// deciding is the policy's object by which requests of a kind are decided.
func (s *Service) deciding(kind string) string {
	if o := s.kinds[kind].Object; o != "" {
		return o
	}
	return object
}

// right is the action that the gate is asked: a kind with an object of its own has one
// right for saying yes and no, and to answer an offer is no matter of an office. Taking
// one's own request back is everybody's.
func (s *Service) right(r Request, action string) string {
	switch {
	case r.Offer && action == "approve":
		return "accept"
	case r.Offer && action == "reject":
		return "decline"
	case action == "reject" && s.kinds[r.Kind].Object != "":
		return "approve"
	}
	return action
}

// target is what the gate is asked about before an action on a request: one's own, and
// an offer to oneself, are a person's own matter.
func (s *Service) target(ctx context.Context, r Request, action string) gate.Target {
	t := gate.Target{Object: s.deciding(r.Kind), UID: r.UID, Path: r.UnitPath}
	if action == "cancel" || action == "view" || r.Offer {
		t.Object = object
	}
	if c := caller.From(ctx); c.SignedIn() && (c.Account == r.AskedBy || r.Offer && c.Account == r.Concerns) {
		t.Holds = []string{"self"}
	}
	return t
}

// mine are the kinds that the caller may decide, sorted.
func (s *Service) mine(ctx context.Context) []string {
	if c := caller.From(ctx); !c.SignedIn() {
		return nil
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.kinds)), func(kind string) bool {
		return !s.Gate.Can(ctx, "approve", gate.Target{Object: s.deciding(kind)})
	})
}

// approvers are the active accounts that may decide requests of a kind, today: those from
// whom another office takes that away are none, or the request would wait for nobody.
func (s *Service) approvers(ctx context.Context, tx *db.Tx, kind string) ([]int64, error) {
	o := s.kinds[kind].Object
	if o == "" {
		all, err := s.people.Administrators(ctx, tx)
		if err != nil {
			return nil, err
		}
		return s.unbarred(ctx, tx, all, object, "tenant")
	}
	able, err := s.Gate.Able(ctx, "approve", gate.Target{Object: o})
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, a := range able {
		held, err := s.people.Holders(ctx, tx, []string{a.Role.ID})
		if err == nil {
			held, err = s.unbarred(ctx, tx, held, o, a.Scope)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, held...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// unbarred are those of some accounts from whom no office of theirs takes the decision.
func (s *Service) unbarred(ctx context.Context, tx *db.Tx, accounts []int64, object, relation string) ([]int64, error) {
	barring, err := s.Gate.Barring(ctx, "approve", object, relation)
	if err != nil || len(barring) == 0 || len(accounts) == 0 {
		return accounts, err
	}
	barred, err := s.people.Holders(ctx, tx, barring)
	return slices.DeleteFunc(accounts, func(id int64) bool { return slices.Contains(barred, id) }), err
}

// Payload returns a request with what it asks for, to whom List shows it; nil once it
// is decided. Faults: NotFound, Denied.
func (s *Service) Payload(ctx context.Context, uid string) (r Request, payload json.RawMessage, err error) {
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if r, payload, err = look(ctx, tx, uid); err != nil {
			return err
		}
		return s.shown(ctx, r)
	})
	if c := caller.From(ctx); c.SignedIn() {
		r = r.seenBy(c.Account)
	}
	return r, payload, s.Gate.Refused(ctx, err)
}

// shown refuses a request to whom List does not show it.
func (s *Service) shown(ctx context.Context, r Request) error {
	if !r.Offer && slices.Contains(s.mine(ctx), r.Kind) {
		return nil
	}
	t := s.target(ctx, r, "view")
	_, err := s.Gate.Check(ctx, "view", t)
	o := s.kinds[r.Kind].Object
	f, is := errors.AsType[*fault.Error](err)
	if o == "" || r.Offer || !is || f.Kind != fault.Denied || f.Next == nil || f.Next.Args["Roles"] == nil {
		return err
	}
	// Whoever decides such a request sees it as well, by the right to decide.
	able, failed := s.Gate.Able(ctx, "approve", gate.Target{Object: o})
	more, failed2 := s.Gate.Able(ctx, "view", t)
	if failed := cmp.Or(failed, failed2); failed != nil {
		return failed
	}
	for _, x := range more {
		if !slices.ContainsFunc(able, func(a gate.Able) bool { return a.Role == x.Role }) {
			able = append(able, x)
		}
	}
	return f.WithNext(f.Next.Key, f.Next.URL, fault.Args{"Roles": gate.Names(able)})
}

// Get returns a request to whom List shows it. Faults: NotFound, Denied.
func (s *Service) Get(ctx context.Context, uid string) (r Request, err error) {
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var payload json.RawMessage
		if r, payload, err = s.Payload(ctx, uid); err != nil {
			return err
		}
		if r.State == Waiting && !s.now().Before(r.Expires) {
			r.State = Expired
		}
		me := caller.From(ctx).Account
		if r, err = s.upToDate(ctx, tx, r, payload, me); err != nil {
			return err
		}
		if r, err = r.seenBy(me).reading(); err != nil || r.AskedBy == me {
			return err
		}
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Target: r.UID, Fields: []string{"asked_by"}}) // names of people
	})
	return r, err
}

// Waits returns the public id of the request of a kind that waits about a subject; empty
// where none does. Ask refuses a second one by itself.
func (s *Service) Waits(ctx context.Context, tx *db.Tx, kind, subject string) (string, error) {
	return waiting(ctx, tx, kind, subject, s.now())
}

// Offered counts the offers that were made to an account from a unit since a moment,
// whatever became of them. Offers from there to them wait for each other, until the end
// of the unit of work.
func (s *Service) Offered(ctx context.Context, tx *db.Tx, account int64, unitPath string, since time.Time) (int, error) {
	if _, err := tx.PGX().Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, fmt.Sprintf("offers %d %d %s", tx.Tenant(), account, unitPath)); err != nil {
		return 0, err
	}
	return offered(ctx, tx, account, unitPath, since)
}
