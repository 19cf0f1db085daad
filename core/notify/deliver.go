package notify

import (
	"context"
	"errors"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
)

const (
	batch       = 20              // letters on one connection
	lease       = 5 * time.Minute // for one batch; longer than a batch may take
	mostTries   = 16              // with the pauses below: about a day
	firstPause  = time.Minute
	longestWait = 3 * time.Hour
	keptFailed  = 14 * 24 * time.Hour // what failed can be sent again for so long
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

// unit is a unit of work of the caller's ministry, or of the platform for who acts in
// none.
func (s *Service) unit(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error {
	if db.TenantOf(ctx) == 0 {
		return s.db.Platform(ctx, fn)
	}
	return s.db.Tenant(ctx, fn)
}

func (s *Service) claim(ctx context.Context) ([]queued, error) {
	if s.mailer == nil {
		return nil, nil // configured yesterday, not today: what waits, waits
	}
	var letters []queued
	now := s.clock.Now()
	err := s.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		late, err := expireLetters(ctx, tx, now)
		if err != nil {
			return err
		}
		for _, q := range late {
			if err := s.tellCause(ctx, tx, q, Over, ""); err != nil {
				return err
			}
		}
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
	if q.URL != "" && !strings.HasPrefix(q.URL, "http") { // one from before they were closed
		plain, err := s.sealer.Unseal(q.URL, sealedLink, db.TenantOf(ctx))
		if err != nil { // by a secret that the installation no longer has
			return &refusal{}
		}
		q.URL = string(plain)
	}
	msg, err := s.compose(ctx, q)
	if err != nil {
		return err
	}
	return link.send(msg, q.To)
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
	state := Taken
	err = s.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		switch {
		case r == nil:
			if err := endLetter(ctx, tx, q.id, now); err != nil {
				return err
			}
			return s.tellCause(ctx, tx, q, Taken, "")
		case r.temporary && q.attempts < mostTries:
			state = Waiting
			return postponeLetter(ctx, tx, q.id, r, now.Add(pause(q.attempts)))
		}
		if err := failLetter(ctx, tx, q.id, r, now, now.Add(keptFailed)); err != nil {
			return err
		}
		state = stateOf("failed", r.code)
		return s.tellCause(ctx, tx, q, state, r.words)
	})
	if r != nil {
		s.log.Warn("mail was not delivered", "tenant", db.TenantOf(ctx), "letter", q.uid, "kind", q.Kind,
			"attempt", q.attempts, "code", r.code, "state", string(state))
	}
	return fault.Wrap(err, "notify: settle mail")
}

// pause is the time to the next try: 1, 2, 4 … minutes, three hours at most.
func pause(attempts int) time.Duration {
	return min(firstPause<<min(max(attempts-1, 0), 10), longestWait)
}

// mostAhead is how far ahead a letter may lie after so many tries, in seconds: the pause after
// them, or the lease of the last; one that nobody has tried is due.
func mostAhead() []float64 {
	ahead := make([]float64, mostTries+1)
	for tries := 1; tries < len(ahead); tries++ {
		ahead[tries] = max(pause(tries), lease).Seconds()
	}
	return ahead
}
