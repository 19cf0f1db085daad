package identity

import (
	"context"
	"errors"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// Forgotten is what somebody typed who can't come in, as it waits to be answered:
// sealed, since it is a login or an address.
type Forgotten struct {
	Typed string `json:"typed"`
}

const forgottenPurpose = "forgotten"

// ForgotPassword has a letter sent to whoever has this login or this address: a
// link to a new password, or, to somebody who has not opened the account yet, the
// link to open it. Nobody is looked up while the asker waits, so the answer, its
// time and the brake are the same whether or not there is such a person:
// [Service.AnswerForgotten] does the rest, behind the request. Fault: TooMany when
// it is asked too often.
func (s *Service) ForgotPassword(ctx context.Context, loginOrEmail string, from door.Attempt) error {
	if err := s.Door.AskedForLetter(ctx, from.Remote, loginOrEmail); err != nil {
		return err
	}
	if s.later == nil {
		return errors.New("identity: nobody answers those who have forgotten their password")
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		typed := s.Door.Seal([]byte(loginOrEmail[:min(len(loginOrEmail), maxTyped)]), forgottenPurpose, tx.Tenant())
		return s.later(ctx, tx, Forgotten{Typed: typed})
	})
}

// maxTyped is more than the longest address, in bytes.
const maxTyped = 320

// AnswerForgotten writes the letter, if it is to anybody. A system role runs it.
func (s *Service) AnswerForgotten(ctx context.Context, f Forgotten) error {
	typed, err := s.Door.Unseal(f.Typed, forgottenPurpose, db.TenantOf(ctx))
	if err != nil {
		return nil //nolint:nilerr // by a secret that has been replaced meanwhile: they will ask again
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := allCalled(ctx, tx, string(typed), mostOfAddress)
		if err != nil {
			return err
		}
		for _, a := range all {
			if err := s.answerForgotten(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// mostOfAddress is how many who have one address, which none of them has shown to read, are
// written to there: whose it is finds their own letter by the name in it.
const mostOfAddress = 5

func (s *Service) answerForgotten(ctx context.Context, tx *db.Tx, a Account) error {
	if a.State == Blocked || a.Email == "" {
		return nil
	}
	held, err := s.unconfirmed(ctx, tx, a)
	if err != nil {
		return err
	}
	if held { // what does not go out leaves the mailbox its letters, for when it is confirmed
		return s.heldBack(ctx, tx, a)
	}
	if may, err := s.Door.MayWriteTo(ctx, tx, a.ID, door.ByLetter); err != nil || !may {
		return err
	}
	return s.writeForgotten(ctx, tx, a)
}

// writeForgotten makes the link that helps, beside those that are on their way.
func (s *Service) writeForgotten(ctx context.Context, tx *db.Tx, a Account) error {
	purpose, path, letter, life := door.Reset, resetPath, "reset", resetLife
	if a.State == Invited {
		days, err := s.invitationDays(ctx)
		if err != nil {
			return err
		}
		purpose, path, letter, life = door.Invite, invitePath, "invite", days
	}
	k, err := s.Door.NewLink(ctx, tx, a.ID, purpose, s.now().Add(life), false)
	if err != nil {
		return err
	}
	mailed, err := s.mail(ctx, tx, a, "identity.mail."+letter, path+k.Path, k.Expires)
	if err != nil {
		return err
	}
	if err := s.noteKey(ctx, tx, a, k.UID, false, mailed); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{
		Action: "create", Object: "invitation", Target: k.UID, Reason: string(purpose), Account: a.ID, AccountUID: a.UID,
	})
}

// heldBack tells somebody, inside, that a letter they may have asked for did not go out,
// and what to do that the next one does.
func (s *Service) heldBack(ctx context.Context, tx *db.Tx, a Account) error {
	if may, err := s.Door.MayWriteTo(ctx, tx, a.ID, door.Inside); err != nil || !may {
		return err
	}
	purpose := string(door.Reset)
	if a.State == Invited {
		purpose = string(door.Invite)
	}
	err := s.tell(ctx, tx, notice{to: []int64{a.ID}, key: "identity.notice.held", url: "/me", args: fault.Args{"At": s.local(ctx, s.now())}})
	if err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{Action: "hold_back", Object: "invitation", Reason: purpose, Account: a.ID, AccountUID: a.UID})
}

func (s *Service) invitationDays(ctx context.Context) (time.Duration, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return 0, err
	}
	days := limit(m.Profile, "invitation_days", s.today(ctx), 7)
	return time.Duration(days*24) * time.Hour, nil
}
