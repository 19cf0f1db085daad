package approval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Whoever agrees, agrees to what they have read: the answer bears the mark of what was told of the
// request, and where that is another by now it is shown to them anew, whoever clicked twice or
// agrees by a program.

// reading returns a request with the mark of what it tells its reader.
func (r Request) reading() (Request, error) {
	told, err := json.Marshal([]any{r.UID, r.Key, r.Args})
	sum := sha256.Sum256(told)
	r.Read = hex.EncodeToString(sum[:12])
	return r, err
}

type readingKey struct{}

// Deciding reports whether what there is to tell of a request is asked for the moment at which it
// is done: nothing that would have been told may come true between the two.
func Deciding(ctx context.Context) bool { return ctx.Value(readingKey{}) != nil }

// Anew is the message of a refusal of what has to be read anew, which says what is told now.
const Anew = "approval.anew"

// decide does what was asked, for whoever has read what there is to know of it (Request.Read).
// What can't be done is said first.
func (s *Service) decide(ctx context.Context, tx *db.Tx, r Request, payload json.RawMessage, operator, read string) (Done, error) {
	var me int64
	if c := caller.From(ctx); c.SignedIn() {
		me = c.Account
	}
	now, err := s.upToDate(context.WithValue(ctx, readingKey{}, true), tx, r, payload, me)
	if err != nil {
		return Done{}, err
	}
	if now, err = now.seenBy(me).reading(); err != nil {
		return Done{}, err
	}
	done, err := s.perform(ctx, tx, r, payload, operator)
	if err != nil || read == now.Read {
		return done, err
	}
	return Done{}, now.toRead(operator)
}

// mostSaid is how much of what is told stands in the refusal itself; all of it stands on the
// request.
const mostSaid = 10

// toRead is the refusal of a request that can be agreed to once it has been read anew.
func (r Request) toRead(operator string) *fault.Error {
	url := screen + "#" + r.UID
	if operator != "" {
		url = ""
	}
	key, reasons := "approval.anew_none", fault.List{}
	for _, p := range r.Told() {
		if key = Anew; len(reasons) < mostSaid {
			reasons = append(reasons, p)
		}
	}
	return fault.New(fault.Conflict, key).With("Reasons", reasons).WithNext("approval.next.anew", url, nil)
}

// noteRead writes down, once the unit that was refused is undone, that whoever would agree was
// told by the refusal what concerns people.
func (s *Service) noteRead(ctx context.Context, uid string, refused error) error {
	if f, is := errors.AsType[*fault.Error](refused); !is || f.Key != Anew {
		return refused
	}
	err := s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Target: uid, Fields: []string{"name"}, Changes: operatorSees(ctx)})
	})
	if err != nil {
		return err
	}
	return refused
}
