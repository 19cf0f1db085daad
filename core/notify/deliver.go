package notify

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

const (
	batch       = 20              // letters on one connection
	lease       = 5 * time.Minute // for one batch; longer than a batch may take
	mostTries   = 16              // with the pauses below: about a day
	firstPause  = time.Minute
	longestWait = 3 * time.Hour
)

// Deliver hands the mail that is due in the caller's ministry to the mail server
// and returns how many letters left. Letters are claimed in one short unit, sent
// outside any, and settled one by one. What the server refuses for good fails;
// anything else is tried again, with growing pauses, for about a day. Several
// processes may deliver at once. A process that dies between sending and settling
// sends that one letter twice, under the same Message-ID.
//
// Errors: of the database; or an Unavailable fault when the server could not be
// reached, so that whoever called tries again later.
func (s *Service) Deliver(ctx context.Context) (int, error) {
	sent := 0
	for {
		letters, err := s.claim(ctx)
		if err != nil || len(letters) == 0 {
			return sent, err
		}
		n, err := s.deliver(ctx, letters)
		sent += n
		if err != nil {
			return sent, err
		}
	}
}

// Drain is Deliver for who only runs it, such as a periodic job.
func (s *Service) Drain(ctx context.Context) error {
	_, err := s.Deliver(ctx)
	return err
}

// Outbox returns how many letters wait and how many could not be delivered.
func (s *Service) Outbox(ctx context.Context) (waiting, failed int, err error) {
	b := &pgx.Batch{}
	countLetters(b, db.TenantOf(ctx), &waiting, &failed)
	err = s.db.Read(ctx, b)
	return waiting, failed, fault.Wrap(err, "notify: outbox")
}

func (s *Service) claim(ctx context.Context) ([]queued, error) {
	if s.mailer == nil {
		return nil, nil // configured yesterday, not today: what waits, waits
	}
	var letters []queued
	now := s.clock.Now()
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := expireLetters(ctx, tx, now); err != nil {
			return err
		}
		var err error
		letters, err = claimLetters(ctx, tx, now, now.Add(lease), batch)
		return err
	})
	return letters, fault.Wrap(err, "notify: claim mail")
}

// deliver sends a batch over one connection.
func (s *Service) deliver(ctx context.Context, letters []queued) (sent int, err error) {
	sending, cancel := context.WithTimeout(ctx, lease-time.Minute)
	defer cancel()
	link, err := s.mailer.connect(sending)
	if err != nil {
		cause := err
		for _, q := range letters {
			cause = errors.Join(cause, s.settle(ctx, q, err))
		}
		return 0, fault.New(fault.Unavailable, "notify.server").WithCause(cause)
	}
	defer link.close()
	for _, q := range letters {
		serr := s.sendOne(sending, link, q)
		if serr == nil {
			sent++
		}
		if err := s.settle(ctx, q, serr); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

func (s *Service) sendOne(ctx context.Context, link *connection, q queued) error {
	if err := ctx.Err(); err != nil {
		return &refusal{temporary: true}
	}
	msg, err := s.compose(ctx, q)
	if err != nil {
		return err
	}
	return link.send(msg)
}

// Now sends a letter at once and past the outbox, outside any unit: for the few that
// belong to no ministry. What becomes of one that did not leave is the caller's to say.
//
// Errors: as of Mail; of the server, without its words.
func (s *Service) Now(ctx context.Context, l Letter) error {
	if s.mailer == nil {
		return errNoMail
	}
	ctx, cancel := context.WithTimeout(ctx, s.mailer.cfg.Timeout)
	defer cancel()
	link, err := s.mailer.connect(ctx)
	if err != nil {
		return fault.New(fault.Unavailable, "notify.server").WithCause(err)
	}
	defer link.close()
	if err := s.sendOne(ctx, link, queued{Letter: l, uid: db.NewUID()}); err != nil {
		return fault.New(fault.Unavailable, "notify.server").WithCause(err)
	}
	return nil
}

// settle records how sending a letter ended.
func (s *Service) settle(ctx context.Context, q queued, err error) error {
	var r *refusal
	if err != nil && !errors.As(err, &r) {
		r = &refusal{}
	}
	now := s.clock.Now()
	// The books are kept even when whoever asked for the delivery has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	state := "sent"
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		switch {
		case r == nil:
			return endLetter(ctx, tx, q.id, state, 250, now)
		case r.temporary && q.attempts < mostTries:
			state = "waiting"
			return postponeLetter(ctx, tx, q.id, r.code, now.Add(pause(q.attempts)))
		default:
			state = "failed"
			return endLetter(ctx, tx, q.id, state, r.code, now)
		}
	})
	if r != nil {
		s.log.Warn("mail was not delivered", "tenant", db.TenantOf(ctx), "letter", q.uid, "kind", q.Kind,
			"attempt", q.attempts, "code", r.code, "state", state)
	}
	return fault.Wrap(err, "notify: settle mail")
}

// pause is the time to the next try: 1, 2, 4 … minutes, three hours at most.
func pause(attempts int) time.Duration {
	return min(firstPause<<min(max(attempts-1, 0), 10), longestWait)
}
