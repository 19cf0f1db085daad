package notify

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// State is what has become of a letter.
type State string

// The states. A letter has been sent when the mail server has taken it, and not before.
const (
	Waiting State = "waiting" // to be handed to the server, or to be tried again
	Taken   State = "taken"   // the server has it
	Refused State = "refused" // the server will not take it
	Failed  State = "failed"  // the server was tried for a day and did not take it
	Over    State = "over"    // it would have come too late, or what it carried is void
)

func stateOf(state string, code int) State {
	switch state {
	case "sent":
		return Taken
	case "failed":
		if code >= 500 {
			return Refused
		}
		return Failed
	case "expired":
		return Over
	}
	return Waiting
}

// Sent is a letter as those see it who may know of it: not what it says.
type Sent struct {
	Subject  string // message key
	State    State
	Code     int    // the server's last answer; 0: none
	Answer   string // its words, without addresses
	Attempts int
	Queued   time.Time
	Ended    time.Time // while it waits, as Queued
}

// Outbox is how many letters of a ministry have not left.
type Outbox struct {
	Waiting, Refused, Failed int
	Again                    int       // of the refused and failed, how many can be sent again
	Oldest                   time.Time // of those that wait; zero: none does
}

// Outbox counts the letters of the caller's ministry that have not left.
func (s *Service) Outbox(ctx context.Context) (n Outbox, err error) {
	b := &pgx.Batch{}
	countLetters(b, db.TenantOf(ctx), &n)
	err = s.db.Read(ctx, b)
	return n, fault.Wrap(err, "notify: outbox")
}

// LettersTo returns the last letters to an account, newest first, in the open unit. Who
// may know of them, the caller has asked.
func (s *Service) LettersTo(ctx context.Context, tx *db.Tx, account int64, most int) ([]Sent, error) {
	list, err := lettersTo(ctx, tx, account, most)
	return list, fault.Wrap(err, "notify: letters")
}

// Again has the ministry's failed letters tried anew, as far as what they carry is still
// good, and returns how many.
func (s *Service) Again(ctx context.Context) (n int, err error) {
	if s.mailer == nil {
		return 0, errNoMail
	}
	err = s.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if n, err = resend(ctx, tx, s.clock.Now()); err != nil || n == 0 {
			return err
		}
		return s.queued(ctx, tx)
	}, &n)
	return n, fault.Wrap(err, "notify: send again")
}

// refusedKind is the kind of the notices that a letter did not arrive.
const refusedKind = "letter"

// tellCause tells whoever had a letter written that it did not arrive, once until they
// have read it: many letters to one person are one matter.
func (s *Service) tellCause(ctx context.Context, tx *db.Tx, q queued, state State, answer string) error {
	if tx.Tenant() == 0 {
		if s.cfg.Ended == nil {
			return nil
		}
		return s.cfg.Ended(ctx, tx, q.Account, state)
	}
	if q.by == 0 || q.Account == 0 || s.cfg.Recipients == nil || state == Taken {
		return nil
	}
	to, err := s.cfg.Recipients(ctx, tx, []int64{q.Account})
	if err != nil || len(to) == 0 {
		return err
	}
	n := Notice{Kind: refusedKind, Key: "notify.notice." + string(state), Link: to[0].Screen, Args: fault.Args{"Name": to[0].Name, "Answer": answer}}
	if answer == "" && state != Over {
		n.Key = "notify.notice.unanswered"
	}
	if q.Account == q.by {
		n.Link = "/me/edit"
	}
	knows, err := knowsOfRefusal(ctx, tx, q.by, n.Link)
	if err != nil || knows {
		return err
	}
	return s.Send(ctx, tx, []int64{q.by}, n)
}
