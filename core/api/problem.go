package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/once"
	"mektep/core/record"
)

// Problem is a failure as RFC 9457 writes it, with what every refusal here says
// besides: the check that refused, the rule and the law, and what to do next.
type Problem struct {
	Type      string       `json:"type" doc:"Kind of the problem: /problems/ and a word that never changes" example:"/problems/denied"`
	Title     string       `json:"title" doc:"The kind in words, in your language"`
	Status    int          `json:"status" doc:"HTTP status" example:"403"`
	Detail    string       `json:"detail" doc:"What happened, in your language"`
	Instance  string       `json:"instance" doc:"Id of this request, as in the header X-Request-Id; name it when you ask for help"`
	Check     string       `json:"check,omitempty" doc:"Which check refused: policy, delegation, undertaking, second_factor, owner, window, basis, account" example:"policy"`
	Rule      string       `json:"rule,omitempty" doc:"Id of the requirement behind the refusal"`
	Law       string       `json:"law,omitempty" doc:"Reference into the ministry's legal bases, see /profile/laws"`
	LawText   string       `json:"law_text,omitempty" doc:"The law as officials cite it"`
	Next      *Next        `json:"next,omitempty" doc:"What to do next"`
	Errors    []FieldError `json:"errors,omitempty" doc:"What is wrong, field by field"`
	Wait      int          `json:"retry_after,omitempty" doc:"After how many seconds to ask again, as in the header Retry-After"`
	Version   int          `json:"version,omitempty" doc:"On 412: the version that stands now"`
	Conflicts []Conflict   `json:"conflicts,omitempty" doc:"On 412: what stands and what you sent, where they differ"`
}

// Next is what can be done after a refusal.
type Next struct {
	Text string `json:"text" doc:"Advice in your language"`
	URL  string `json:"url,omitempty" doc:"Path of the screen where it is done"`
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Field   string `json:"field" doc:"The field as the request names it"`
	Line    int    `json:"line,omitempty" doc:"Line of an imported file"`
	Message string `json:"message" doc:"In your language"`
	Key     string `json:"key" doc:"The message's key, which never changes" example:"field.required"`

	Accounts []string `json:"accounts,omitempty" doc:"Public ids of the accounts that the message speaks of, as far as you may see them"`
	Read     string   `json:"read,omitempty" doc:"Of a question: what to send as read with the answer, which counts for what this message says"`
}

// Conflict is a field that somebody else saved differently.
type Conflict struct {
	Field string `json:"field"`
	Now   any    `json:"now" doc:"Stands"`
	Yours any    `json:"yours" doc:"Was to be saved"`
}

// answered gives an error another status than its kind has.
type answered struct {
	error
	status int
}

func (a answered) Unwrap() error { return a.error }

// special are the statuses that say more than the kind of fault does, with the
// words of their problem type.
var special = map[int]struct{ word, titleKey string }{
	http.StatusBadRequest:           {"malformed", "api.problem.malformed"},
	http.StatusMethodNotAllowed:     {"method_not_allowed", "api.problem.method_not_allowed"},
	http.StatusPreconditionFailed:   {"changed", "api.problem.changed"},
	http.StatusUnsupportedMediaType: {"unsupported", "api.problem.unsupported"},
	http.StatusPreconditionRequired: {"precondition_required", "api.problem.precondition_required"},
}

// stale are the faults of a save over somebody else's: If-Match did not hold.
var stale = map[string]bool{"unit.changed_meanwhile": true, "identity.changed": true}

// understood returns err's fault and the status it is answered with.
func understood(err error) (*fault.Error, int) {
	var fe *fiber.Error
	if errors.As(err, &fe) {
		return ofFiber(fe), fe.Code
	}
	f := fault.From(err)
	var as answered
	switch {
	case errors.As(err, &as):
		return f, as.status
	case stale[f.Key]:
		return f, http.StatusPreconditionFailed
	}
	return f, f.Kind.Status()
}

// ofFiber turns the router's and the server's own errors into faults.
func ofFiber(fe *fiber.Error) *fault.Error {
	switch fe.Code {
	case fiber.StatusNotFound:
		return fault.New(fault.NotFound, "api.no_operation")
	case fiber.StatusMethodNotAllowed:
		return fault.New(fault.NotFound, "api.no_method")
	case fiber.StatusRequestEntityTooLarge:
		return edge.TooLarge()
	case fiber.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "fault.timeout").WithWait(5)
	case fiber.StatusBadRequest, fiber.StatusUnprocessableEntity, fiber.StatusRequestHeaderFieldsTooLarge:
		return fault.New(fault.Invalid, "fault.bad_request")
	}
	return fault.New(fault.Internal, "fault.internal").WithCause(fe)
}

// problem puts err into the caller's words.
func problem(err error, l *locale.Localizer, request string) Problem {
	f, status := understood(err)
	x := l.Fault(f)
	p := Problem{
		Type: "/problems/" + f.Kind.String(), Title: x.Title, Status: status, Detail: x.Reason, Instance: request,
		Check: f.Check, Rule: x.Rule, Law: f.Law, Wait: f.Wait,
	}
	if s, ok := special[status]; ok {
		p.Type, p.Title = "/problems/"+s.word, l.T(s.titleKey)
	}
	if f.Is(once.Repeated) { // done, not lost against somebody else: a program must tell them apart
		p.Type, p.Title = "/problems/done", l.T("api.problem.done")
	}
	if f.Law != "" {
		p.LawText = x.Law
	}
	if x.NextText != "" {
		p.Next = &Next{Text: x.NextText, URL: x.NextURL}
	}
	for i, e := range x.Fields {
		accounts, _ := f.Fields[i].Args["UIDs"].([]string)
		read, _ := f.Fields[i].Args[fault.MarkArg].(string)
		p.Errors = append(p.Errors, FieldError{Field: e.Name, Line: e.Line, Message: e.Text, Key: f.Fields[i].Key, Accounts: accounts, Read: read})
	}
	if s, ok := record.AsStale(err); ok && status == http.StatusPreconditionFailed {
		p.Version = s.Version
		for _, d := range s.Fields {
			p.Conflicts = append(p.Conflicts, Conflict(d))
		}
	}
	return p
}

// Waiting is the answer, with 202, to what needs a second person's word first:
// nothing has been done yet.
type Waiting struct {
	Waiting Approval `json:"waiting"`
}

// fail answers err, whoever returned it.
func (a *api) fail(c *fiber.Ctx, err error) error {
	ask := edge.Of(c)
	l := ask.L
	if l == nil {
		f, _ := understood(err)
		l = a.edge.Spoken(c, edge.Mendable(f))
	}
	if ask.Ministry != nil {
		ctx := caller.With(c.UserContext(), &caller.Caller{Tenant: ask.Ministry.Tenant})
		if m, err := a.Tenants.Country(ctx); err == nil {
			l = l.WithLaw(m.Profile.Cite).WithFields(m.Profile.Called)
		}
	}
	p := problem(err, l, ask.RequestID)
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if p.Status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="mektep"`)
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	c.Set(fiber.HeaderContentLanguage, l.Tag())
	return c.Status(p.Status).Send(body)
}
