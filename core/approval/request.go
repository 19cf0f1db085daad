package approval

import (
	"maps"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
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
	Concerns  int64 // the account that it is done to, which never decides, unless it is an offer; 0: none
	Offer     bool  // whom it concerns decides, and nobody else
	AskedAt   time.Time
	Expires   time.Time
	State     State
	DecidedBy string // name; empty: nobody yet, or an operator
	DecidedAt time.Time
	Operator  bool // an operator co-signed or refused
	Note      string

	// Read is the mark of what the request tells its reader: who agrees says with it what they
	// have read.
	Read string

	// Decide says that the caller of List may be the one who decides: for showing or
	// hiding buttons.
	Decide bool
	Bar    string // of ForOperator: the message of why that operator is no second person; empty: they are one
}

// Ask is what to ask for.
type Ask struct {
	Kind     string
	Payload  any // what Perform needs, as JSON; kept behind the wall until the decision
	Key      string
	Args     fault.Args
	Subject  string // what it is about, where only one may wait at a time
	Waits    error  // what to say then; nil: that it has been asked for already
	UnitPath string
	Concerns int64        // the account that it is done to; 0: none
	Offer    bool         // whom it concerns decides, and nobody else
	Offered  fault.Phrase // of an offer: what is offered, in words that stand within a sentence
	Quiet    bool         // of an offer: without a letter, for one has gone out

	Stranger bool // the name in Args is of somebody whom the asker may not see
	// Addresses are those to which it would send a key: an operator's own is no second
	// person's.
	Addresses []string
	// Told is what whoever decides must know besides: messages of their own.
	Told []fault.Phrase
	// Changes stand in the request's entry of the trail, beside its kind.
	Changes []audit.Change
}

// toldArg is the argument of a request's message under which what is told besides is kept.
const toldArg = "Told"

// addressArg is the argument under which Addresses are kept.
const addressArg = "Addresses"

// strangerArg is the argument that says that Name is of somebody whom the asker may not see.
const strangerArg = "Stranger"

// WhomArg is the argument of an offer under which it is kept how its giver called the person, whose name
// they may not see.
const WhomArg = "Whom"

// Whom is how the giver of an offer called the person; empty where that is not known.
func (r Request) Whom() string {
	whom, _ := r.Args[WhomArg].(string)
	return whom
}

// seenBy is a request as an account may read it: what an offer's person holds is told to
// them alone, before their yes, and who asked about a stranger learns neither that nor
// the name.
func (r Request) seenBy(account int64) Request {
	stranger, _ := r.Args[strangerArg].(bool)
	if !stranger && (!r.Offer || account == r.Concerns) || stranger && account != r.AskedBy {
		return r
	}
	r.Args = maps.Clone(r.Args)
	delete(r.Args, toldArg)
	if r.Offer && r.State == Rejected {
		r.DecidedBy = r.calledByGiver()
	}
	if stranger {
		r.Args["Name"] = "…"
	}
	return r
}

// addresses are those to which what is asked for would send a key.
func (r Request) addresses() (out []string) {
	list, _ := r.Args[addressArg].(fault.List)
	for _, x := range list {
		if a, ok := x.(string); ok {
			out = append(out, a)
		}
	}
	return out
}

// telling is a request that says what has come true since it was asked, in place of what
// was said of the same then.
func (r Request) telling(now []fault.Phrase) Request {
	if len(now) == 0 {
		return r
	}
	var list fault.List
	for _, p := range r.Told() {
		if !slices.ContainsFunc(now, func(n fault.Phrase) bool { return n.Key == p.Key }) {
			list = append(list, p)
		}
	}
	for _, p := range now {
		list = append(list, p)
	}
	r.Args = maps.Clone(r.Args)
	r.Args[toldArg] = list
	return r
}

// Told is what whoever decides must know besides what is asked for: nothing, once it is decided.
func (r Request) Told() []fault.Phrase {
	if r.State != Waiting {
		return nil
	}
	list, _ := r.Args[toldArg].(fault.List)
	out := make([]fault.Phrase, 0, len(list))
	for _, x := range list {
		if p, ok := x.(fault.Phrase); ok {
			out = append(out, p)
		}
	}
	return out
}
