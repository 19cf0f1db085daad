package approval

import (
	"context"
	"encoding/json"
	"errors"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
)

// Anew is what a kind's Do returns where something has come true since it was asked that whoever
// agrees must have read: they are refused with what that is, and may agree to it once it has been
// shown to them. Payload takes the place of the request's, and says who has been shown what.
type Anew struct {
	Why     *fault.Error
	Payload any
}

func (a *Anew) Error() string { return a.Why.Error() }

// Unwrap makes it the refusal that it is.
func (a *Anew) Unwrap() error { return a.Why }

// toRead is the refusal of a request that can be agreed to once it has been read again.
func (a *Anew) toRead(r Request, operator string) *Anew {
	url := screen + "#" + r.UID
	if operator != "" {
		url = ""
	}
	return &Anew{Payload: a.Payload, Why: fault.New(fault.Conflict, "approval.anew").WithRule(a.Why.Rule, a.Why.Law).WithCause(a.Why).
		With("Reasons", Reasons(a.Why)).WithNext("approval.next.anew", url, nil)}
}

// noteRead writes down, once the unit that was refused is undone, what whoever would agree was shown.
func (s *Service) noteRead(ctx context.Context, uid string, refused error) error {
	var a *Anew
	if !errors.As(refused, &a) {
		return refused
	}
	payload, err := json.Marshal(a.Payload)
	if err != nil {
		return err
	}
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "UPDATE approval SET payload = $3 WHERE tenant_id = $1 AND uid = $2 AND state = 'waiting'", tx.Tenant(), uid, payload); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Target: uid, Fields: []string{"name"}, Changes: operatorSees(ctx)})
	})
	if err != nil {
		return err
	}
	return refused
}
