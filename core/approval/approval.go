// Package approval is the second pair of eyes (TR-IC-1): what one person asks for
// waits until another one agrees to it, and only then is done.
//
// A package that has such a thing registers a kind with the function that does it
// ([Service.Register]) and, instead of doing it at once, asks ([Service.Ask]).
// Another administrator approves or rejects, or whom the policy names where the kind has
// an object of its own ([Kind].Object); whoever asked, and nobody else, may cancel, and
// never approves. When it is approved, the function runs in the approver's unit of
// work, as the person who asked, looked up anew: somebody who has lost the right
// meanwhile gets nothing done. A request that nobody decided in time is over.
//
// Two accounts are two people only while nobody may be acting as both: who has had a
// key of an account in hand may ([Behind]), and an operator and an account of one address
// are one.
//
// A ministry begins with one administrator, or may be left with one. While there
// is no second one who could decide, an operator of the platform co-signs
// ([Service.Cosign]), unless that operator, or whoever may be acting as them, has had a
// key of the asker or of whom it is done to in hand; from the second administrator on,
// operators cannot.
//
// What needs the yes of the person concerned, and of nobody else, is an offer
// ([Ask].Offer): that person alone accepts or declines it.
package approval

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/notify"
)

// Life is how long a request waits before it is over.
const Life = 14 * 24 * time.Hour

// Switch is the profile's switch that demands a second person.
const Switch = "two_person_configuration"

// Overtaken is what a kind tells of a request that can no longer be done as it was asked,
// with the Reasons.
const Overtaken = "approval.told.overtaken"

// overtakenOwn is the same, for whoever asked.
const overtakenOwn = "approval.told.overtaken_own"

// OvertakenElse is Overtaken with what could be asked instead.
const OvertakenElse = "approval.told.overtaken_else"

const overtakenElseOwn = "approval.told.overtaken_else_own"

const (
	object     = "approval"
	maxNote    = 500
	noticeKind = "approval"
	screen     = "/approvals"
)

// Asked is what a service returns instead of nil when what it was to do waits for
// a second person: nothing has been done, and the request is written down. Its fault is
// Accepted, so that nobody takes it for a mistake; the next step leads to the request.
type Asked struct{ Request Request }

func (a *Asked) Error() string { return "approval: " + a.Request.Kind + " waits for a second person" }

// Unwrap says in words that it waits, and where.
func (a *Asked) Unwrap() error {
	key := "approval.waits"
	if a.Request.Offer {
		key = "approval.offered"
	}
	return fault.New(fault.Accepted, key).WithNext("approval.next.waits", screen+"#"+a.Request.UID, nil)
}

// Done is what came of an approved request.
type Done struct {
	Link    string    // one-time path to hand over, on the ministry's host; empty: none, or it went by mail
	Mailed  bool      // the link went to the person's own address, and to nobody else
	For     string    // whose it is
	Address string    // of that person's mail; empty: none
	Expires time.Time // of the link
}

// Perform does what was asked. ctx acts as the person who asked.
type Perform func(ctx context.Context, tx *db.Tx, r Request, payload json.RawMessage) (Done, error)

// Kind is a kind of request.
type Kind struct {
	Do Perform
	// Object is the policy's object whose right "approve" decides the requests; empty:
	// the administrators', over all requests.
	Object string
	// Told is what there is to say besides of a request that waits, at the moment at which
	// somebody reads it to decide: it may have come true since it was asked. Nil: nothing.
	Told func(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error)
	// Offered is the same of an offer, for whom it is made to. Nil: nothing.
	Offered func(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error)
	// Refused is what doing it would refuse for want of a right, without doing it. ctx acts as the
	// person who asked. Nil: that is known when it is done.
	Refused func(ctx context.Context, tx *db.Tx, payload json.RawMessage) error
	// Anew says who could ask for it now. Nil: whoever the refusal names.
	Anew func(ctx context.Context, tx *db.Tx, payload json.RawMessage) (fault.Phrase, error)
}

// People is what this package must know of accounts.
type People struct {
	// Administrators are the active accounts of administrators, today.
	Administrators func(ctx context.Context, tx *db.Tx) ([]int64, error)
	// Holders are the active accounts that hold one of the roles, today.
	Holders func(ctx context.Context, tx *db.Tx, roles []string) ([]int64, error)
	// Behind says who may be acting as an account.
	Behind func(ctx context.Context, tx *db.Tx, account int64) (Behind, error)
	// Operators says which operators have had a key of which others in hand, and where
	// they are written to. It is asked outside the ministry's units.
	Operators func(ctx context.Context) (Operators, error)
	// Resolve looks an account up anew. Fault Denied when it lost its rights.
	Resolve func(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error)
}

// Behind is who may be acting as an account: itself, whoever has had a key of it in
// hand, whoever has had a key of one of those, and so on.
type Behind struct {
	Accounts  []int64
	Addresses []string // of those accounts, and what FormerAddress makes of those they had
	Operators []string // of the platform: public ids
	// Entered are FormerAddresses of the mailboxes that the account itself has, or had, by its
	// owner's word alone. They bar its owner from a key that goes there, and nobody else.
	Entered []string
}

// meets reports whether somebody may be acting as both.
func (b Behind) meets(o Behind) bool {
	return slices.ContainsFunc(b.Accounts, func(id int64) bool { return slices.Contains(o.Accounts, id) })
}

// OnePerson reports whether somebody may be acting as both: they share an account, an
// operator, or a mailbox.
func OnePerson(b, o Behind) bool {
	return b.meets(o) || share(b.Operators, o.Operators) ||
		slices.ContainsFunc(b.Addresses, func(a string) bool { return onePersons(a, o.Addresses) }) ||
		slices.ContainsFunc(o.Addresses, func(a string) bool { return onePersons(a, b.Addresses) })
}

// Config is what the service stands on; all of it is needed.
type Config struct {
	DB     *db.DB
	Clock  *clock.Clock
	Gate   *gate.Gate
	Trail  *audit.Trail
	Notify *notify.Service
}

// Service keeps the requests of all ministries.
type Service struct {
	Config
	people People
	kinds  map[string]Kind
}

// New returns the service. Identity gives it its People.
func New(cfg Config) *Service { return &Service{Config: cfg, kinds: map[string]Kind{}} }

// Know gives the service its people, while wiring.
func (s *Service) Know(p People) { s.people = p }

// Register makes a kind known, while wiring. It panics on one that is known.
func (s *Service) Register(kind string, k Kind) {
	if _, known := s.kinds[kind]; known || k.Do == nil {
		panic("approval: " + kind + " is registered twice, or does nothing")
	}
	s.kinds[kind] = k
}

type (
	passKey     struct{}
	operatorKey struct{}
)

// ByOperator returns a context in which the platform acts for an operator, whose
// public id is remembered with every key that they have in hand.
func ByOperator(ctx context.Context, operator string) context.Context {
	return context.WithValue(ctx, operatorKey{}, operator)
}

// Operator returns the public id of the operator for whom the platform acts; empty:
// none.
func Operator(ctx context.Context) string {
	id, _ := ctx.Value(operatorKey{}).(string)
	return id
}

// Performing reports whether what is being done has been asked for and agreed to.
func Performing(ctx context.Context) bool { return ctx.Value(passKey{}) != nil }

// Needed reports whether the caller needs a second person: the ministry's profile
// says so, a person acts, and this is not the approved request being done.
func (s *Service) Needed(ctx context.Context) (bool, error) {
	if c := caller.From(ctx); !c.SignedIn() || Performing(ctx) {
		return false, nil
	}
	m, err := s.Gate.Ministry(ctx)
	if err != nil {
		return false, err
	}
	return m.Profile.Switch(Switch), nil
}

// Ask writes a request down in the asker's unit of work and tells those who may
// decide. What it may ask for, the asking package has checked.
//
// Faults: Ask.Waits, a Conflict where it is nil, while a request of the kind about the
// same subject waits.
func (s *Service) Ask(ctx context.Context, tx *db.Tx, a Ask) (Request, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return Request{}, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	if _, known := s.kinds[a.Kind]; !known {
		return Request{}, fmt.Errorf("approval: no kind %q is registered", a.Kind)
	}
	if err := s.once(ctx, tx, a); err != nil {
		return Request{}, err
	}
	payload, err := json.Marshal(a.Payload)
	if err != nil {
		return Request{}, fmt.Errorf("approval: the payload of a %s has no JSON form", a.Kind) // the cause may quote it
	}
	now := s.now()
	r := Request{
		UID: db.NewUID(), Kind: a.Kind, Key: a.Key, Args: a.Args, Subject: a.Subject, UnitPath: a.UnitPath, AskedBy: c.Account, AskedUID: c.AccountUID,
		AskedName: c.Name, Concerns: a.Concerns, Offer: a.Offer, AskedAt: now, Expires: now.Add(Life), State: Waiting,
	}
	var addresses fault.List
	for _, x := range a.Addresses {
		if x != "" {
			addresses = append(addresses, x)
		}
	}
	if addresses != nil {
		r.Args[addressArg] = addresses
	}
	if a.Stranger {
		r.Args[strangerArg] = true
	}
	if a.Offer {
		r.Args[offeredArg], r.Args[quietArg] = a.Offered, a.Quiet
	}
	if len(a.Told) > 0 {
		list := make(fault.List, len(a.Told))
		for i, p := range a.Told {
			list[i] = p
		}
		r.Args[toldArg] = list
	}
	if err := insert(ctx, tx, r, payload); err != nil {
		return Request{}, err
	}
	if err := s.Trail.Record(ctx, tx, audit.Entry{
		Action: "create", Object: object, Target: r.UID, UnitPath: r.UnitPath, Changes: append([]audit.Change{{Field: "kind", New: r.Kind}}, a.Changes...),
	}); err != nil {
		return Request{}, err
	}
	if r.Offer {
		return r.seenBy(c.Account), s.tellPerson(ctx, tx, r, "approval.notice.offered")
	}
	operators, _ := s.operatorsApart() // who can't be known is told in vain at worst
	others, err := s.hands(tx, operators).others(ctx, r)
	if err != nil {
		return Request{}, err
	}
	return r.seenBy(c.Account), s.tell(ctx, tx, others, "approval.notice.waiting", r)
}

func (s *Service) now() time.Time { return s.Clock.Now().Truncate(time.Microsecond) }

func (s *Service) tell(ctx context.Context, tx *db.Tx, to []int64, key string, r Request) error {
	return s.Notify.Send(ctx, tx, to, notify.Notice{
		Kind: noticeKind, Key: key, Link: screen, Mail: true,
		Args: fault.Args{"Who": r.AskedName, "What": fault.Phrase{Key: r.Key, Args: r.Args}},
	})
}

// tellAsker says to who asked what became of their request: which it was, as they may
// read it, and who decided.
func (s *Service) tellAsker(ctx context.Context, tx *db.Tx, r Request, d decision) error {
	c := caller.From(ctx)
	if r.Offer && d.state != Cancelled {
		return s.tellGiver(ctx, tx, r, c.Name, d.state)
	}
	seen := r.seenBy(r.AskedBy)
	args := fault.Args{"Who": r.AskedName, "What": fault.Phrase{Key: seen.Key, Args: seen.Args}, "By": fault.Key("approval.operator_hand")}
	if d.operator == "" && c.SignedIn() {
		args["By"] = c.Name
	}
	return s.Notify.Send(ctx, tx, []int64{r.AskedBy}, notify.Notice{Kind: noticeKind, Key: d.notice, Link: screen, Args: args, Mail: true})
}

// List returns the requests that the caller may decide about or made themself,
// the waiting ones first, the latest decided ones after them.
func (s *Service) List(ctx context.Context) ([]Request, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	var only int64
	var kinds []string
	if !s.Gate.Can(ctx, "view", gate.Target{Object: object}) {
		if kinds = s.mine(ctx); len(kinds) == 0 {
			if _, err := s.Gate.Check(ctx, "view", gate.Target{Object: object, Holds: []string{"self"}}); err != nil {
				return nil, s.Gate.Refused(ctx, err)
			}
		}
		only = c.Account
	}
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return nil, err
	}
	var list []Request
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if list, err = s.list(ctx, tx, only, kinds); err != nil {
			return err
		}
		if err = s.mark(ctx, tx, operators, list); err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(r Request) bool { return r.AskedBy != c.Account }) {
			return nil
		}
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Fields: []string{"asked_by"}}) // names of people
	})
	return list, err
}

// mark says of each request that waits whether the caller may decide it.
func (s *Service) mark(ctx context.Context, tx *db.Tx, operators Operators, list []Request) error {
	c := caller.From(ctx)
	known := s.hands(tx, operators)
	for i := range list {
		r := &list[i]
		if r.State != Waiting || !s.Gate.Can(ctx, s.right(*r, "approve"), s.target(ctx, *r, "approve")) {
			continue
		}
		bar, err := known.barred(ctx, c.Account, *r)
		if err != nil {
			return err
		}
		r.Decide = bar == ""
	}
	return nil
}

// Decidable counts what waits for the caller's word.
func (s *Service) Decidable(ctx context.Context) (int, error) {
	list, err := s.awaited(ctx)
	return len(list), err
}

// Offers counts what is offered to the caller and waits for their own yes.
func (s *Service) Offers(ctx context.Context) (int, error) {
	list, err := s.awaited(ctx)
	return len(slices.DeleteFunc(list, func(r Request) bool { return !r.Offer })), err
}

func (s *Service) awaited(ctx context.Context) ([]Request, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil, nil
	}
	var list []Request
	err := s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = undecided(ctx, tx, c.Account, s.mine(ctx), s.now())
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	operators, err := s.people.Operators(ctx)
	if err != nil {
		return nil, err
	}
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return s.mark(ctx, tx, operators, list) })
	return slices.DeleteFunc(list, func(r Request) bool { return !r.Decide }), err
}
