package approval

import (
	"cmp"
	"context"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// An offer is between two people, of whom one answers and the other may take it back: its
// words are those of giving, not of asking and deciding.

// What a request's arguments keep besides those of its message: what is offered, and
// whether it went without a letter.
const (
	offeredArg = "Offered"
	quietArg   = "Quiet"
)

// offered is what is offered, in words that stand within a sentence.
func (r Request) offered() fault.Phrase {
	p, ok := r.Args[offeredArg].(fault.Phrase)
	if !ok {
		return fault.Phrase{Key: r.Key, Args: r.Args}
	}
	return p
}

// tellPerson says to a person what they are offered, or that it stands no more: that by mail
// as well, where it came by mail.
func (s *Service) tellPerson(ctx context.Context, tx *db.Tx, r Request, key string) error {
	quiet, _ := r.Args[quietArg].(bool)
	return s.Notify.Send(ctx, tx, []int64{r.Concerns}, notify.Notice{
		Kind: noticeKind, Key: key, Link: screen, Args: fault.Args{"Who": r.AskedName, "What": r.offered()}, Mail: !quiet,
	})
}

// tellGiver says to who made an offer how it was answered. Whoever says no stays as the
// giver called them.
func (s *Service) tellGiver(ctx context.Context, tx *db.Tx, r Request, name string, state State) error {
	key := "approval.notice.accepted"
	if state == Rejected {
		key, name = "approval.notice.declined", r.calledByGiver()
	}
	return s.Notify.Send(ctx, tx, []int64{r.AskedBy}, notify.Notice{
		Kind: noticeKind, Key: key, Link: screen, Args: fault.Args{"By": name, "What": r.offered()}, Mail: true,
	})
}

// StateKey is the message of what a request's state is called.
func (r Request) StateKey() string {
	if r.Offer {
		switch r.State {
		case Approved:
			return "approval.state.accepted"
		case Rejected:
			return "approval.state.declined"
		}
	}
	return "approval.state." + string(r.State)
}

// notWaiting refuses what is decided, answered, taken back or over.
func (r Request) notWaiting(url string) error {
	key, next := "approval.not_waiting", "approval.next.decided"
	if r.Offer {
		key, next = "approval.offer_not_waiting", "approval.next.answered"
	}
	return fault.New(fault.Conflict, key).With("State", fault.Key(r.StateKey())).WithNext(next, url, nil)
}

// calledByGiver is the person of an offer as its giver knows them.
func (r Request) calledByGiver() string { return cmp.Or(r.Whom(), "…") }
