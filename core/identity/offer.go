package identity

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// A post makes others a person's superiors, and its guardrails bind them wherever they
// work: somebody whom the giver may not see says yes themself, once told of it, and reads
// first what it would take away.

// needsOwnYes reports whether somebody is to be asked before they are given a post: they
// hold one already, and the caller may not see them.
func (s *Service) needsOwnYes(ctx context.Context, tx *db.Tx, a Account) (bool, error) {
	c := caller.From(ctx)
	if s.approvals == nil || !c.SignedIn() || c.Account == a.ID || approval.Agreed(ctx) == a.ID {
		return false, nil
	}
	held, err := s.heldOrToCome(ctx, tx, a.ID)
	if err != nil || len(held) == 0 {
		return false, err
	}
	seen, _, err := s.sees(ctx, tx, a, true)
	return !seen, err
}

// ownYes asks the person for whom an appointment is meant, where they are to be asked,
// and returns nil where they are not.
func (s *Service) ownYes(ctx context.Context, tx *db.Tx, n NewAppointment) (*approval.Request, error) {
	if n.Account == "" {
		return nil, nil
	}
	a, err := s.accountByUID(ctx, tx, n.Account)
	if err != nil {
		return nil, err
	}
	if needed, err := s.needsOwnYes(ctx, tx, a); err != nil || !needed {
		return nil, err
	}
	if _, err := s.rehearsal(ctx, tx, n); err != nil {
		return nil, err
	}
	if a.State != Active { // nobody could say yes
		return nil, fault.New(fault.Conflict, "identity.not_active")
	}
	before, err := s.approvals.Offered(ctx, tx, a.ID, n.Unit.Path, startOf(ctx, s.today(ctx)))
	if err != nil {
		return nil, err
	}
	if before >= mostOffers { // also while one waits: it may be taken back before this one is written
		return nil, fault.New(fault.TooMany, "identity.offered_often").With("Count", before).WithNext("approval.next.tomorrow", "", nil)
	}
	if n.Typed != "" {
		named, _, err := s.named(ctx, tx, n.Typed)
		if err != nil {
			return nil, err
		}
		if len(named) != 1 || named[0].ID != a.ID {
			n.Typed = ""
		}
	}
	offer, post := offerKeys(n)
	return s.askAppointment(ctx, tx, n, approval.Ask{
		Key: offer, Concerns: a.ID, Offer: true, Offered: fault.Phrase{Key: post},
		Told: []fault.Phrase{{Key: "approval.told.posts_stay"}},
		// A slip is taken back and offered anew: their inbox says so, one letter a day is enough.
		Quiet: before > 0,
		// One at a time of a post to a person, whoever makes it: each comes with a letter.
		Subject: offerOf(a, n),
		Waits:   fault.New(fault.Conflict, "identity.offered_already").WithNext("approval.next.offer", "/approvals", nil),
	}, a)
}

// offerKeys say in words what is offered, and on which order: by it its giver, who may not see the name,
// tells one offer from another. The second is of the post alone, for within a sentence.
func offerKeys(n NewAppointment) (offer, post string) {
	if n.Order.Number == "" {
		return "approval.asks.offer", "approval.post"
	}
	return "approval.asks.offer_order", "approval.post_order"
}

// mostOffers is how many posts a unit offers to one person in a day: whoever takes an offer
// back may mend it, and writes to nobody without end.
const mostOffers = 3

// offerOf is what an offer is about, of which one waits at a time.
func offerOf(a Account, n NewAppointment) string {
	return strings.Join([]string{"offer", a.UID, n.Role, n.Unit.UID}, " ")
}

// taken says what an appointment's guardrails would take away from what somebody may do.
func (s *Service) taken(ctx context.Context, tx *db.Tx, m gate.Ministry, a Account, n NewAppointment) (fault.List, error) {
	if n.Account == "" {
		return nil, nil
	}
	held, err := rolesHeld(ctx, tx, a.ID, s.today(ctx))
	return gate.Taken(m, held, n.Role), err
}

// asked is an appointment that waits, and the act of it as whoever ctx acts as would do it today.
func (s *Service) asked(ctx context.Context, tx *db.Tx, payload json.RawMessage) (*act, NewAppointment, error) {
	var x askedAppointment
	if err := json.Unmarshal(payload, &x); err != nil {
		return nil, NewAppointment{}, errors.New("identity: an appointment that waits cannot be read")
	}
	n, err := s.asAsked(ctx, x)
	if err != nil {
		return nil, n, err
	}
	a, err := s.begin(ctx, tx, n.Role, n.Unit)
	if err != nil || a.role == nil {
		return a, n, err
	}
	return a, n, s.looksAhead(ctx, a, n.Since, n.Until)
}

// appointRefused is what giving a post that waits would refuse by now: what is entered since can have
// put the unit out of the right of whoever asked, today or on a day of the post, have closed it, or
// given the person another post that stands against it.
func (s *Service) appointRefused(ctx context.Context, tx *db.Tx, payload json.RawMessage) error {
	a, n, err := s.asked(ctx, tx, payload)
	if err != nil || a.role == nil { // that the role is gone is said when it is done
		return err
	}
	if _, err := s.mayGive(ctx, a); err != nil {
		return err
	}
	if n, err = n.checked(a); err != nil {
		return err
	}
	if err := s.givesAhead(ctx, a); err != nil || n.Account == "" {
		return err
	}
	person, err := s.accountByUID(ctx, tx, n.Account)
	if err != nil {
		return err
	}
	return s.compatible(ctx, a, n, person.ID)
}

// appointAnew says who may give a post that waits on all its days.
func (s *Service) appointAnew(ctx context.Context, tx *db.Tx, payload json.RawMessage) (fault.Phrase, error) {
	a, _, err := s.asked(ctx, tx, payload)
	if err != nil || a.role == nil {
		return fault.Phrase{}, err
	}
	f := fault.From(s.whoGives(ctx, a, s.mayNot(ctx, a)))
	if f.Next == nil {
		return fault.Phrase{}, f
	}
	return fault.Phrase{Key: f.Next.Key, Args: f.Next.Args}, nil
}
