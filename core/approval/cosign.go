package approval

import (
	"context"
	"errors"
	"slices"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
)

// What follows is for the operators' console. It acts in the ministry as a system
// role; who the operator is and that they may is checked by package tenant.

// ForOperator returns what waits and cannot be decided within the ministry, since
// nobody but the asker could: all that an operator is shown. Request.Decide is false
// where the operator that the platform acts for is barred by hands on keys (barredOperator).
func (s *Service) ForOperator(ctx context.Context) ([]Request, error) {
	if err := system(ctx); err != nil {
		return nil, err
	}
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return nil, err
	}
	var out []Request
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		out = nil
		all, err := s.list(ctx, tx, 0, nil)
		if err != nil {
			return err
		}
		known := s.hands(tx, operators)
		for _, r := range all {
			if r.State != Waiting { // offers are not among them: those are their two people's
				continue
			}
			others, err := known.others(ctx, r)
			if err != nil {
				return err
			}
			if len(others) > 0 {
				continue
			}
			bar, err := known.barredOperator(ctx, Operator(ctx), r)
			if err != nil {
				return err
			}
			r.Decide, r.Bar = bar == "", bar
			out = append(out, r)
		}
		if len(out) == 0 {
			return nil
		}
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Fields: []string{"asked_by"}, Changes: operatorSees(ctx)}) // names of people
	})
	return out, err
}

// operatorSees are what an entry says of the operator to whom the ministry's people are shown.
func operatorSees(ctx context.Context) []audit.Change {
	if id := Operator(ctx); id != "" {
		return []audit.Change{{Field: "operator", New: id}}
	}
	return nil
}

// Cosign is an operator's yes in place of the second administrator whom the
// ministry does not have; read says what they have read (Request.Read). Faults: NotFound; Denied when it has one, and to the operator
// who may be acting as the asker or as whom it is done to; Conflict.
func (s *Service) Cosign(ctx context.Context, uid, operator, read string) (Done, error) {
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return Done{}, err
	}
	var done Done
	err = s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, payload, err := find(ctx, tx, uid)
		if err != nil {
			return err
		}
		if err := s.alone(ctx, tx, r, operator, operators); err != nil {
			return err
		}
		done, err = s.decide(ctx, tx, r, payload, operator, read)
		return err
	}, &done)
	return done, s.noteRead(ctx, uid, err)
}

// Decline is an operator's no, with a reason. Faults as of Cosign; Invalid
// without a reason.
func (s *Service) Decline(ctx context.Context, uid, operator, note string) error {
	note, err := checkedNote(note)
	if err != nil {
		return err
	}
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return err
	}
	return s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, _, err := find(ctx, tx, uid)
		if err != nil {
			return err
		}
		if err := s.alone(ctx, tx, r, operator, operators); err != nil {
			return err
		}
		return s.close(ctx, tx, r, decision{state: Rejected, action: "reject", operator: operator, note: note, notice: "approval.notice.rejected"})
	})
}

// alone checks that an operator may decide: a known one, about an open request
// that nobody in the ministry could decide.
func (s *Service) alone(ctx context.Context, tx *db.Tx, r Request, operator string, operators Operators) error {
	if err := system(ctx); err != nil {
		return err
	}
	if operator == "" {
		return errors.New("approval: no operator is named")
	}
	if err := s.open(r, ""); err != nil {
		return err
	}
	known := s.hands(tx, operators)
	others, err := known.others(ctx, r)
	if err != nil {
		return err
	}
	if len(others) > 0 || r.Offer {
		return s.twoPeople(ctx, tx, operators, "approval.ministry_decides", "approve", r)
	}
	bar, err := known.barredOperator(ctx, operator, r)
	if err == nil && bar != "" {
		err = s.twoPeople(ctx, tx, operators, bar, "approve", r)
	}
	return err
}

// Operators is what is known of the platform's operators, to see who is one person.
type Operators struct {
	Hands   []Hand
	Address map[string]string // by public id; those who have one
}

// Hand says that one operator has had a key of another in hand.
type Hand struct {
	Of, By string // public ids
	Over   bool   // newer keys are in force
}

// at are the operators with the mailbox of one of some addresses: they are the same people.
func (o Operators) at(addresses []string) (out []string) {
	for id, address := range o.Address {
		if onePersons(address, addresses) {
			out = append(out, id)
		}
	}
	return out
}

// barredOperator says by its message why an operator is no second person for a request;
// empty: they are one. Who has had a key of the asker in hand is none, nor of whom it is
// done to, nor an operator behind whom the same hands stand, nor one with the address of
// one of them or of whom it makes an account for. An operator's hand on an
// account counts for those who had a hand on that operator then, so also where it is
// over by now.
func (h hands) barredOperator(ctx context.Context, operator string, r Request) (string, error) {
	theirs, err := h.behind(ctx, r.AskedBy)
	if err != nil {
		return "", err
	}
	var concerned Behind
	if r.Concerns != 0 {
		if concerned, err = h.behind(ctx, r.Concerns); err != nil {
			return "", err
		}
	}
	mine := h.operators.standing([]string{operator}, false)
	addresses := slices.Concat(theirs.Addresses, concerned.Addresses, r.addresses())
	switch {
	case slices.Contains(theirs.Operators, operator):
		return "approval.operators_hand", nil
	case share(mine, h.operators.at(addresses)):
		return "approval.operators_address", nil
	case share(mine, h.operators.standing(theirs.Operators, true)):
		return "approval.operators_same_hands", nil
	case share(mine, h.operators.standing(concerned.Operators, true)):
		return "approval.operators_concerned", nil
	}
	return "", nil
}

// standing returns operators and all who may be acting as them.
func (o Operators) standing(operators []string, over bool) []string {
	all := slices.Clone(operators)
	for i := 0; i < len(all); i++ {
		for _, h := range o.Hands {
			if h.Of == all[i] && (over || !h.Over) && !slices.Contains(all, h.By) {
				all = append(all, h.By)
			}
		}
	}
	return all
}

func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

// system lets only a system role pass: a person of the ministry is never an operator.
func system(ctx context.Context) error {
	if c := caller.From(ctx); c == nil || c.System == "" {
		return OperatorsOnly()
	}
	return nil
}

// OperatorsOnly refuses what only operators of the platform do.
func OperatorsOnly() *fault.Error {
	return fault.New(fault.Denied, "tenant.operators_only").WithCheck("policy").WithOwnRule("operators").WithNext("gate.next.operator", "", nil)
}

// tellCosigned says loudly that somebody from outside the ministry was the second
// person: to every administrator and to whom it was done, by mail as well.
func (s *Service) tellCosigned(ctx context.Context, tx *db.Tx, r Request) error {
	to, err := s.people.Administrators(ctx, tx)
	if err != nil {
		return err
	}
	if r.Concerns != 0 && !slices.Contains(to, r.Concerns) {
		to = append(to, r.Concerns)
	}
	return s.Notify.Send(ctx, tx, to, notify.Notice{
		Kind: noticeKind, Key: "approval.notice.cosigned", Link: screen, Args: fault.Args{"Who": r.AskedName}, Mail: true,
	})
}
