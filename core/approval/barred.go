package approval

import (
	"context"
	"slices"

	"mektep/core/db"
)

// hands remembers, for one question, who may be acting as an account, and who decides requests
// of a kind: a list of requests asks it for the same few people again and again.
type hands struct {
	s         *Service
	tx        *db.Tx
	operators Operators
	known     map[int64]Behind
	approvers map[string][]int64 // by kind
}

func (s *Service) hands(tx *db.Tx, operators Operators) hands {
	return hands{s, tx, operators, map[int64]Behind{}, map[string][]int64{}}
}

// same reports whether somebody may be acting as both of two accounts: the same hands
// stand behind them, they read one mailbox, or one's address is that of an operator who has a hand on the other.
func (h hands) same(mine, theirs Behind) bool {
	return mine.meets(theirs) || mine.sameBox(theirs) || share(h.operators.at(mine.Addresses), theirs.Operators) || share(h.operators.at(theirs.Addresses), mine.Operators)
}

func (h hands) behind(ctx context.Context, account int64) (Behind, error) {
	if b, ok := h.known[account]; ok {
		return b, nil
	}
	b, err := h.s.people.Behind(ctx, h.tx, account)
	if err == nil {
		h.known[account] = b
	}
	return b, err
}

// others are those who could be the second person of a request.
func (h hands) others(ctx context.Context, r Request) ([]int64, error) {
	all, asked := h.approvers[r.Kind]
	if !asked {
		var err error
		if all, err = h.s.approvers(ctx, h.tx, r.Kind); err != nil {
			return nil, err
		}
		h.approvers[r.Kind] = all
	}
	out := make([]int64, 0, len(all))
	for _, id := range all {
		bar, err := h.barred(ctx, id, r)
		if err != nil {
			return nil, err
		}
		if bar == "" {
			out = append(out, id)
		}
	}
	return out, nil
}

// barred says by its message why an account is no second person for a request; empty:
// it is one. Whoever asked is none, nor whom it is done to, nor whoever may be acting
// as the asker or the asker as them, nor an account that a third person may be using
// beside the asker's, nor one through which the person concerned may be speaking, nor one
// with the mailbox, now or before, to which a key would go.
// Of an offer, nobody but whom it concerns decides.
func (h hands) barred(ctx context.Context, account int64, r Request) (string, error) {
	switch {
	case account == r.AskedBy:
		return "approval.not_yourself", nil
	case r.Offer && account != r.Concerns:
		return "approval.theirs_to_accept", nil
	case r.Offer:
		return "", nil
	case account == r.Concerns:
		return "approval.not_concerned", nil
	}
	mine, err := h.behind(ctx, account)
	if err != nil {
		return "", err
	}
	theirs, err := h.behind(ctx, r.AskedBy)
	switch {
	case err != nil:
		return "", err
	case slices.Contains(mine.Accounts, r.AskedBy):
		return "approval.reset_by_asker", nil
	case slices.Contains(theirs.Accounts, account):
		return "approval.asker_reset_by", nil
	case h.same(mine, theirs):
		return "approval.same_hands", nil
	case r.Concerns != 0 && slices.Contains(mine.Accounts, r.Concerns):
		return "approval.through_concerned", nil
	case slices.ContainsFunc(r.addresses(), func(a string) bool { return onePersons(a, mine.Addresses) || onePersons(a, mine.Entered) }):
		return "approval.own_mailbox", nil
	}
	return "", nil
}
