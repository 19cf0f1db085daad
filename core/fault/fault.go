// Package fault is the one error type that crosses package boundaries.
//
// A fault carries no sentence. It carries a kind, the key of a message with its
// arguments, and, for a refusal, which check stopped the caller, which rule and
// law stand behind it and what to do next. Screens, API and command line turn
// the same value into words in the reader's language.
package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Kind says what went wrong in the only terms a caller can act on.
type Kind uint8

// The kinds. Anything that is not a *Error is Internal.
const (
	Internal        Kind = iota // a defect or a broken machine; details stay in the log
	Invalid                     // the input is wrong; Fields name where
	Unauthenticated             // nobody has signed in, or the session has ended
	Denied                      // a rule refuses it; Rule, Law and Next say why and what now
	Locked                      // closed for now: a calendar window, a suspended ministry
	Conflict                    // somebody else changed it, or it exists already
	NotFound                    // there is no such thing, or not for this caller
	TooMany                     // a limit on how often
	Unavailable                 // a part we depend on does not answer
	Accepted                    // nothing is wrong and nothing is done yet: it waits for somebody else's word
	TooLarge                    // more was sent at once than may be
)

var kindNames = [...]string{"internal", "invalid", "unauthenticated", "denied", "locked", "conflict", "not_found", "too_many", "unavailable", "accepted", "too_large"}

// String returns the kind's stable name, as the API's problem type and the
// audit trail show it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind_%d", uint8(k))
}

// Args fill the placeholders of a message. Values are plain (string, number,
// time, or a per-language text that the renderer resolves), never sentences.
type Args map[string]any

// Field is a fault of one input field or one cell of a file.
type Field struct {
	Name string // the field's id, as the form or the API calls it
	Line int    // 1-based line of an imported file; 0 where there is none
	Key  string // message key
	Args Args
}

// Step is what a refused person can do next.
type Step struct {
	Key  string // message key of the advice
	Args Args
	URL  string // path of the screen where it is done; empty where nobody can do it here
}

// Error is a fault. Build one with the constructors below and refine it with the
// With… methods, each of which returns a copy.
type Error struct {
	Kind   Kind
	Key    string // message key
	Args   Args
	Check  string // which check of the gate refused: policy, undertaking, window, basis, owner; empty elsewhere
	Rule   string // id of the requirement, e.g. the regulation's item; empty where none applies
	Law    string // reference into the country profile's legal bases, e.g. "act-78 §4.3"
	Next   *Step
	Wait   int // seconds after which asking again is worth it; 0: not known
	Fields []Field
	Cause  error
}

// New returns a fault of the given kind with a message key.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// Wrap returns an internal fault that hides cause from the reader and keeps it
// for the log. A cause that already holds a fault is returned as that fault.
func Wrap(cause error, doing string) error {
	if cause == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, cause)
}

// Error is for logs: kind, key and cause, no arguments, since those may name a person.
func (e *Error) Error() string {
	s := e.Kind.String() + ": " + e.Key
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Name, f.Key)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, fault.New(kind, "")) a test of kind and, when the
// target has one, of key.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && (t.Key == "" || t.Key == e.Key)
}

func (e *Error) copy() *Error {
	c := *e
	c.Args = maps.Clone(e.Args)
	c.Fields = slices.Clone(e.Fields)
	return &c
}

// With adds one argument of the message.
func (e *Error) With(name string, value any) *Error {
	c := e.copy()
	if c.Args == nil {
		c.Args = Args{}
	}
	c.Args[name] = value
	return c
}

// WithRule names the requirement and the law that the refusal rests on.
func (e *Error) WithRule(rule, law string) *Error {
	c := e.copy()
	c.Rule, c.Law = rule, law
	return c
}

// Own begins the reference of a rule of the platform's own, behind which no country's
// law stands. Its words are the message source.<name>.
const Own = "platform §"

// WithOwnRule names a rule of the platform's own that the refusal rests on.
func (e *Error) WithOwnRule(name string) *Error { return e.WithRule(Own+name, Own+name) }

// WithCheck names the check of the gate that refused.
func (e *Error) WithCheck(check string) *Error {
	c := e.copy()
	c.Check = check
	return c
}

// WithNext says what to do next.
func (e *Error) WithNext(key, url string, args Args) *Error {
	c := e.copy()
	c.Next = &Step{Key: key, Args: args, URL: url}
	return c
}

// WithWait says after how many seconds to ask again.
func (e *Error) WithWait(seconds int) *Error {
	c := e.copy()
	c.Wait = seconds
	return c
}

// WithField adds a fault of one field.
func (e *Error) WithField(name, key string, args Args) *Error {
	c := e.copy()
	c.Fields = append(c.Fields, Field{Name: name, Key: key, Args: args})
	return c
}

// WithCause keeps err for the log.
func (e *Error) WithCause(err error) *Error {
	c := e.copy()
	c.Cause = err
	return c
}

// OrNil returns nil when e has neither fields nor a cause: the usual end of a
// validation that collects.
func (e *Error) OrNil() error {
	if e == nil || (len(e.Fields) == 0 && e.Cause == nil) {
		return nil
	}
	return e
}

// From returns err's fault. Where the time ran out it is Unavailable; every other
// error becomes an internal one, so that nothing unforeseen is ever shown to a reader.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Unavailable, Key: "fault.timeout", Wait: 5, Cause: err}
	}
	return &Error{Kind: Internal, Key: "fault.internal", Cause: err}
}

// None is the kind of no error at all.
const None Kind = 255

// KindOf returns err's kind: Internal for anything that is not a fault, None for nil.
func KindOf(err error) Kind {
	if err == nil {
		return None
	}
	return From(err).Kind
}

// Values that an argument may have besides plain ones; the renderer turns them
// into the reader's words.
type (
	// Key is the key of another message, e.g. the name of an action.
	Key string
	// End is the first moment at which something holds no longer. In words a midnight is the
	// day before it, the last on which it holds: "until 10 January".
	End time.Time
	// Text is a text of the country profile or the ministry, by language tag.
	Text map[string]string
	// Phrase is another message with its own arguments.
	Phrase struct {
		Key  string
		Args Args
	}
	// List is joined as the language joins lists; its items are values like these.
	List []any
)

// String writes the moment as a log does.
func (e End) String() string { return time.Time(e).String() }
