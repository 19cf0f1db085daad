package operator

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func (c console) people(q *screen.Request) error {
	all, err := c.Operators.List(q.Context())
	if err != nil {
		return err
	}
	return q.Page(showOperators(q.View(), all, q.Caller.AccountUID))
}

// newOperator is what was typed about a colleague.
type newOperator struct {
	name, email, language string
	languages             []ui.Option
	errs                  ui.Errors
}

func (c console) askOperator(q *screen.Request) error {
	return q.Page(showNewOperator(q.View(), newOperator{language: q.L.Tag(), languages: languages(q)}, c.Operators.HasMail()))
}

func (c console) invite(q *screen.Request) error {
	f := q.Form()
	n := newOperator{name: f.Value("name"), email: f.Value("email"), language: f.Value("language"), languages: languages(q)}
	p, key, err := c.Operators.Create(q.Context(), n.name, n.email, n.language)
	if err != nil {
		return again(q, err, func(status int, errs ui.Errors) error {
			n.errs = errs
			return q.Render(status, showNewOperator(q.View(), n, c.Operators.HasMail()))
		})
	}
	return q.Page(showSlip(q.View(), q.T("operator.people.invited"), people, []slip{c.slip(q, p.Name, p.Email, key)}))
}

// slip is an operator's one-time link. It goes by no mail: whoever could read it could
// stop every ministry. The letter that its owner gets only says that there is one.
func (c console) slip(q *screen.Request, name, email string, key *door.Key) slip {
	return slip{ministry: q.T("platform.name"), name: name, email: email, link: address(q, q.Edge.BaseHost(), key.Path), until: q.View().DateTime(key.Expires)}
}

func (c console) block(q *screen.Request) error {
	if err := c.Operators.Block(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return q.Done(people, "operator.people.blocked")
}

func (c console) relink(q *screen.Request) error {
	all, err := c.Operators.List(q.Context())
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.UID != q.C.Params("uid") {
			continue
		}
		key, err := c.Operators.Relink(q.Context(), p.UID)
		if err != nil {
			return err
		}
		return q.Render(fiber.StatusOK, showSlip(q.View(), q.T("operator.slip.title"), people, []slip{c.slip(q, p.Name, p.Email, key)}))
	}
	return fault.New(fault.NotFound, "identity.no_account")
}

func (c console) acts(q *screen.Request) error {
	before := int64(q.C.QueryInt("before"))
	list, err := c.Operators.Acts(q.Context(), before)
	if err != nil {
		return err
	}
	return q.Page(showActs(q.View(), list, before > 0))
}
