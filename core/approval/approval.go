// Package approval is the second pair of eyes (TR-IC-1): what one person asks for
// waits until another one agrees to it, and only then is done.
//
// A package that has such a thing registers a kind with the function that does it
// ([Service.Register]) and, instead of doing it at once, asks ([Service.Ask]).
// Another administrator approves or rejects, or whom the policy names where the kind has
// an object of its own ([Kind].Object); whoever asked may cancel, and never approves. When it is approved, the function runs in the approver's unit of
// work, as the person who asked, looked up anew: somebody who has lost the right
// meanwhile gets nothing done. A request that nobody decided in time is over.
//
// A ministry begins with one administrator, or may be left with one. While there
// is no second one who could decide, an operator of the platform co-signs
// ([Service.Cosign]); from the second administrator on, operators cannot.
package approval

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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

const (
	object     = "approval"
	maxNote    = 500
	noticeKind = "approval"
	screen     = "/approvals"
)

// State is where a request is in its life.
type State string

// The states. Expired is a request that still waits after its time.
const (
	Waiting   State = "waiting"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// Request is something that waits for, or got, a second person's word.
type Request struct {
	UID       string
	Kind      string
	Key       string     // message that says in words what is asked for
	Args      fault.Args // of that message
	Subject   string     // what it is about, where only one may wait at a time
	UnitPath  string
	AskedBy   int64
	AskedUID  string // public id of the account
	AskedName string
	Concerns  int64 // the account that it is done to, which never decides; 0: none
	AskedAt   time.Time
	Expires   time.Time
	State     State
	DecidedBy string // name; empty: nobody yet, or an operator
	DecidedAt time.Time
	Operator  bool // an operator co-signed or refused
	Note      string
}

// Ask is what to ask for.
type Ask struct {
	Kind     string
	Payload  any // what Perform needs, as JSON; kept behind the wall until the decision
	Key      string
	Args     fault.Args
	Subject  string // what it is about, where only one may wait at a time; see Service.Waits
	UnitPath string
	Concerns int64 // the account that it is done to; 0: none
}

// Asked is what a service returns instead of nil when what it was to do waits for
// a second person: nothing has been done, and the request is written down.
type Asked struct{ Request Request }

func (a *Asked) Error() string { return "approval: " + a.Request.Kind + " waits for a second person" }

// Done is what came of an approved request.
type Done struct {
	Link    string    // one-time path to hand over, on the ministry's host; empty: none
	For     string    // whose it is
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
}

// People is what this package must know of accounts.
type People struct {
	// Administrators are the active accounts of administrators, today.
	Administrators func(ctx context.Context, tx *db.Tx) ([]int64, error)
	// Holders are the active accounts that hold one of the roles, today.
	Holders func(ctx context.Context, tx *db.Tx, roles []string) ([]int64, error)
	// ResetBy reports whether one account has had a hand in new keys for another
	// since a moment: it may be acting as that one.
	ResetBy func(ctx context.Context, tx *db.Tx, account, by int64, since time.Time) (bool, error)
	// Resolve looks an account up anew. Fault Denied when it lost its rights.
	Resolve func(ctx context.Context, tenant caller.Tenant, account int64) (*caller.Caller, error)
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

type passKey struct{}

// Needed reports whether the caller needs a second person: the ministry's profile
// says so, a person acts, and this is not the approved request being done.
func (s *Service) Needed(ctx context.Context) (bool, error) {
	if c := caller.From(ctx); !c.SignedIn() || ctx.Value(passKey{}) != nil {
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
func (s *Service) Ask(ctx context.Context, tx *db.Tx, a Ask) (Request, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return Request{}, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	if _, known := s.kinds[a.Kind]; !known {
		return Request{}, fmt.Errorf("approval: no kind %q is registered", a.Kind)
	}
	payload, err := json.Marshal(a.Payload)
	if err != nil {
		return Request{}, fmt.Errorf("approval: the payload of a %s has no JSON form", a.Kind) // the cause may quote it
	}
	now := s.now()
	r := Request{
		UID: db.NewUID(), Kind: a.Kind, Key: a.Key, Args: a.Args, Subject: a.Subject, UnitPath: a.UnitPath, AskedBy: c.Account, AskedUID: c.AccountUID,
		AskedName: c.Name, Concerns: a.Concerns, AskedAt: now, Expires: now.Add(Life), State: Waiting,
	}
	if err := insert(ctx, tx, r, payload); err != nil {
		return Request{}, err
	}
	if err := s.Trail.Record(ctx, tx, audit.Entry{
		Action: "create", Object: object, Target: r.UID, UnitPath: r.UnitPath, Changes: []audit.Change{{Field: "kind", New: r.Kind}},
	}); err != nil {
		return Request{}, err
	}
	others, err := s.others(ctx, tx, r)
	if err != nil {
		return Request{}, err
	}
	return r, s.tell(ctx, tx, others, "approval.notice.waiting", r)
}

func (s *Service) now() time.Time { return s.Clock.Now().Truncate(time.Microsecond) }

// others are those who could be the second person of a request: not whoever asked,
// nor whom it is done to, nor an account that the asker may be acting as.
func (s *Service) others(ctx context.Context, tx *db.Tx, r Request) ([]int64, error) {
	all, err := s.approvers(ctx, tx, r.Kind)
	if err != nil {
		return nil, err
	}
	out := make([]int64, 0, len(all))
	for _, id := range all {
		if id == r.AskedBy || id == r.Concerns {
			continue
		}
		reset, err := s.resetBy(ctx, tx, id, r)
		if err != nil {
			return nil, err
		}
		if !reset {
			out = append(out, id)
		}
	}
	return out, nil
}

// resetBy reports whether the asker of a request has had a hand in new keys for an
// account, since the request or so shortly before that it may have been for it.
func (s *Service) resetBy(ctx context.Context, tx *db.Tx, account int64, r Request) (bool, error) {
	return s.people.ResetBy(ctx, tx, account, r.AskedBy, r.AskedAt.Add(-Life))
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, to []int64, key string, r Request) error {
	return s.Notify.Send(ctx, tx, to, notify.Notice{Kind: noticeKind, Key: key, Link: screen, Args: fault.Args{"Who": r.AskedName}})
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
	var list []Request
	err := s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if list, err = s.list(ctx, tx, only, kinds); err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(r Request) bool { return r.AskedBy != c.Account }) {
			return nil
		}
		return s.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: object, Fields: []string{"asked_by"}}) // names of people
	})
	return list, err
}

// Decidable counts what waits for the caller's word; 0 for who may not decide.
func (s *Service) Decidable(ctx context.Context) (int, error) {
	kinds := s.mine(ctx)
	if len(kinds) == 0 {
		return 0, nil
	}
	return s.count(ctx, caller.From(ctx).Account, kinds)
}

// Approve is the second person's yes: what was asked is done in this unit of
// work. Faults: NotFound; Denied with the rule, for one's own request too;
// Conflict when it is decided or over; and whatever doing it refuses.
func (s *Service) Approve(ctx context.Context, uid string) (Done, error) {
	var done Done
	err := s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, payload, err := s.decidable(ctx, tx, "approve", uid)
		if err != nil {
			return err
		}
		if err := s.second(ctx, tx, r); err != nil {
			return err
		}
		done, err = s.perform(ctx, tx, r, payload, "")
		return err
	}, &done)
	return done, err
}

// Reject is the second person's no, with a reason for who asked. Faults as of
// Approve; Invalid without a reason.
func (s *Service) Reject(ctx context.Context, uid, note string) error {
	note, err := checkedNote(note)
	if err != nil {
		return err
	}
	return s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, _, err := s.decidable(ctx, tx, "reject", uid)
		if err != nil {
			return err
		}
		if err := s.second(ctx, tx, r); err != nil {
			return err
		}
		return s.close(ctx, tx, r, decision{state: Rejected, action: "reject", note: note, notice: "approval.notice.rejected"})
	})
}

// Cancel takes one's own request back. Faults: NotFound, Denied, Conflict.
func (s *Service) Cancel(ctx context.Context, uid string) error {
	return s.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, _, err := s.decidable(ctx, tx, "cancel", uid)
		if err != nil {
			return err
		}
		return s.close(ctx, tx, r, decision{state: Cancelled, action: "cancel"})
	})
}

// decidable reads a waiting request for deciding it and checks the caller's right.
func (s *Service) decidable(ctx context.Context, tx *db.Tx, action, uid string) (Request, json.RawMessage, error) {
	r, payload, err := find(ctx, tx, uid)
	if err != nil {
		return r, nil, err
	}
	if _, err := s.Gate.Check(ctx, s.right(r.Kind, action), s.target(ctx, r, action)); err != nil {
		return r, nil, err
	}
	return r, payload, s.open(r)
}

// open refuses what is decided or over.
func (s *Service) open(r Request) error {
	if r.State == Waiting && !s.now().Before(r.Expires) {
		r.State = Expired
	}
	if r.State != Waiting {
		return fault.New(fault.Conflict, "approval.not_waiting").With("State", fault.Key("approval.state."+string(r.State)))
	}
	return nil
}

// second refuses who is no second person: the first one, whom it is done to, and an
// account that the first one may be acting as.
func (s *Service) second(ctx context.Context, tx *db.Tx, r Request) error {
	me := caller.From(ctx).Account
	switch me {
	case r.AskedBy:
		return s.twoPeople(ctx, "approval.not_yourself", r)
	case r.Concerns:
		return s.twoPeople(ctx, "approval.not_concerned", r)
	}
	reset, err := s.resetBy(ctx, tx, me, r)
	if err != nil || !reset {
		return err
	}
	return s.twoPeople(ctx, "approval.reset_by_asker", r).With("Who", r.AskedName)
}

// twoPeople is a refusal by the rule that demands two people.
func (s *Service) twoPeople(ctx context.Context, key string, r Request) *fault.Error {
	f := fault.New(fault.Denied, key).WithCheck("two_people").WithOwnRule("separation_of_duties").
		With("action", "approve").With("object", s.deciding(r.Kind)).With("uid", r.UID).With("path", r.UnitPath)
	if key == "approval.ministry_decides" {
		return f.WithNext("approval.next.ministry", "", nil)
	}
	m, err := s.Gate.Ministry(ctx)
	if err != nil {
		return f.WithNext("approval.next.second", screen, nil)
	}
	for i := range m.Profile.Switches {
		if sw := &m.Profile.Switches[i]; sw.ID == Switch && sw.Source != "" {
			f = gate.Cite(f, m.Profile, sw.Source)
		}
	}
	return f.WithNext("approval.next.second", screen, nil)
}

// perform does what was asked as the person who asked, and closes the request.
func (s *Service) perform(ctx context.Context, tx *db.Tx, r Request, payload json.RawMessage, operator string) (Done, error) {
	by := caller.From(ctx)
	asker, err := s.people.Resolve(ctx, by.Tenant, r.AskedBy)
	if err != nil {
		return Done{}, err
	}
	asker.RequestID = by.RequestID
	as := context.WithValue(caller.With(ctx, asker), passKey{}, by)
	done, err := s.kinds[r.Kind].Do(as, tx, r, payload)
	if err != nil {
		return Done{}, err
	}
	if operator != "" {
		if err := s.tellCosigned(ctx, tx, r); err != nil {
			return Done{}, err
		}
	}
	return done, s.close(ctx, tx, r, decision{state: Approved, action: "approve", operator: operator, notice: "approval.notice.approved"})
}

// Agreed returns who else had a hand in what is being done: the account that
// approved it; 0 where nobody did, or an operator.
func Agreed(ctx context.Context) int64 {
	if by, ok := ctx.Value(passKey{}).(*caller.Caller); ok {
		return by.Account
	}
	return 0
}

// AgreedUID is Agreed by the account's public id; "operator" where it was one.
func AgreedUID(ctx context.Context) string {
	by, ok := ctx.Value(passKey{}).(*caller.Caller)
	switch {
	case !ok:
		return ""
	case by.Account == 0:
		return "operator"
	}
	return by.AccountUID
}

type decision struct {
	state    State
	action   string // recorded
	operator string // public id; empty: an account decides
	note     string
	notice   string // to who asked; empty: none
}

func (s *Service) close(ctx context.Context, tx *db.Tx, r Request, d decision) error {
	if err := update(ctx, tx, r.UID, d, s.now()); err != nil {
		return err
	}
	changes := []audit.Change{{Field: "state", Old: string(Waiting), New: string(d.state)}}
	if d.operator != "" {
		changes = append(changes, audit.Change{Field: "operator", New: d.operator})
	}
	if d.note != "" {
		changes = append(changes, audit.Change{Field: "note", New: d.note})
	}
	if err := s.Trail.Record(ctx, tx, audit.Entry{Action: d.action, Object: object, Target: r.UID, UnitPath: r.UnitPath, Changes: changes}); err != nil {
		return err
	}
	if d.notice == "" {
		return nil
	}
	return s.tell(ctx, tx, []int64{r.AskedBy}, d.notice, r)
}

func checkedNote(note string) (string, error) {
	note = strings.TrimSpace(note)
	switch n := len([]rune(note)); {
	case n == 0:
		return "", fault.New(fault.Invalid, "approval.invalid").WithField("note", "field.required", nil)
	case n > maxNote:
		return "", fault.New(fault.Invalid, "approval.invalid").WithField("note", "field.too_long", fault.Args{"Max": maxNote})
	}
	return note, nil
}
