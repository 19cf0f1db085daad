package approval

import (
	"context"
	"encoding/json"
	"slices"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// What is asked for is done as whoever asked. What they lack by now and can mend, they put right; a
// right that they have no longer is lost to the request: it is asked for anew, by whoever has it.

// Exclusive is the check of a refusal since one person would hold two posts that exclude each
// other: whoever asked lacks nothing by it.
const Exclusive = "exclusive"

// mended are the checks of what somebody can put right by themself.
var mended = []string{"second_factor", "undertaking"}

// askers makes a refusal the asker's: what is lacking, a right or a second factor, is theirs and
// not who agreed's.
func (s *Service) askers(ctx context.Context, tx *db.Tx, err error, r Request, payload json.RawMessage) error {
	f := fault.From(err)
	if f.Check == "" || f.Check == Exclusive || f.Kind != fault.Denied {
		return err
	}
	out := fault.New(fault.Denied, "approval.askers_refusal").WithCheck(f.Check).WithRule(f.Rule, f.Law).WithCause(err)
	for name, v := range f.Args {
		out = out.With(name, v)
	}
	out = out.With("Asker", r.AskedName).With("Reason", fault.Phrase{Key: f.Key, Args: f.Args})
	if slices.Contains(mended, f.Check) {
		next := "approval.next.askers"
		if r.Offer {
			next = "approval.next.askers_offer"
		}
		return out.WithNext(next, screen, fault.Args{"Asker": r.AskedName})
	}
	who, err := s.anew(ctx, tx, f, r, payload)
	switch {
	case err != nil:
		return err
	case who.Key == "":
		return out.WithNext("approval.next.lost_else", screen, nil)
	case r.Offer:
		return out.WithNext("approval.next.lost_offer", screen, fault.Args{"Next": who})
	}
	return out.WithNext("approval.next.lost", screen, fault.Args{"Next": who})
}

// anew says who could ask for it in place of whom it is refused to; nothing where nobody knows.
func (s *Service) anew(ctx context.Context, tx *db.Tx, f *fault.Error, r Request, payload json.RawMessage) (fault.Phrase, error) {
	if anew := s.kinds[r.Kind].Anew; anew != nil {
		return anew(ctx, tx, payload)
	}
	if f.Check == "account" || f.Next == nil { // of the asker's account it says who could give them a post
		return fault.Phrase{}, nil
	}
	return fault.Phrase{Key: f.Next.Key, Args: f.Next.Args}, nil
}

// Messages of what is told of a request that is refused to whoever asked by now, for good.
const (
	lost      = "approval.told.lost"
	lostOffer = "approval.told.lost_offer"
	lostOwn   = "approval.told.lost_own" // for themself

	excluded      = "approval.told.excluded"
	excludedOffer = "approval.told.excluded_offer"
	excludedOwn   = "approval.told.excluded_own"
)

// lost is what is told of a request that waits, where it would be refused by now: whoever asked has
// no right to it any more, it is overtaken, or another post of the person stands against it. What
// the person holds is theirs: of an offer its giver is told nothing of it.
func (s *Service) lost(ctx context.Context, tx *db.Tx, r Request, payload json.RawMessage) ([]fault.Phrase, error) {
	refuses := s.kinds[r.Kind].Refused
	if refuses == nil {
		return nil, nil
	}
	err := tx.Rehearse(ctx, func(ctx context.Context) error {
		asker, err := s.people.Resolve(ctx, caller.From(ctx).Tenant, r.AskedBy)
		if err != nil {
			return err
		}
		as := context.WithValue(caller.With(ctx, asker), passKey{}, pass{caller.From(ctx), r.UID})
		return refuses(as, tx, payload)
	})
	if err == nil {
		return nil, nil
	}
	refused := fault.From(err)
	switch {
	case refused.Kind == fault.Invalid, refused.Kind == fault.Conflict:
		return []fault.Phrase{overtakenBy(err)}, nil
	case refused.Kind != fault.Denied:
		return nil, err
	case refused.Check == Exclusive:
		return excludedBy(r, refused), nil
	case refused.Check == "", slices.Contains(mended, refused.Check):
		return nil, nil
	}
	f := fault.From(s.askers(ctx, tx, err, r, payload))
	if f.Key != "approval.askers_refusal" {
		return nil, f
	}
	told := fault.Phrase{Key: lost, Args: fault.Args{
		"Reason": fault.Phrase{Key: f.Key, Args: f.Args}, "Next": fault.Phrase{Key: f.Next.Key, Args: f.Next.Args},
		"Own": f.Args["Reason"], "Who": f.Next.Args["Next"],
	}}
	if r.Offer {
		told.Key = lostOffer
	}
	return []fault.Phrase{told}, nil
}

// excludedBy is what is told of a request against which another post of the person stands.
func excludedBy(r Request, f *fault.Error) []fault.Phrase {
	if f.Next == nil {
		return nil
	}
	told := fault.Phrase{Key: excluded, Args: fault.Args{"Reason": fault.Phrase{Key: f.Key, Args: f.Args}, "Next": fault.Phrase{Key: f.Next.Key, Args: f.Next.Args}}}
	if r.Offer {
		told.Key = excludedOffer
	}
	return []fault.Phrase{told}
}

// overtakenBy is what is told of a request that what is wrong with it stands against: where asking
// again as it was would be refused alike, with what whoever asked can ask instead.
func overtakenBy(err error) fault.Phrase {
	told := fault.Phrase{Key: Overtaken, Args: fault.Args{"Reasons": Reasons(err)}}
	if next := fault.From(err).Next; next != nil {
		told.Key, told.Args["Next"] = OvertakenElse, fault.Phrase{Key: next.Key, Args: next.Args}
	}
	return told
}
