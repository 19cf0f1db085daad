package operator

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// naming is a ministry about to get other names.
type naming struct {
	*tenant.Ministry
	name    string // as the reader knows it
	country *profile.Profile
	names   map[string]string
	key     string
	errs    ui.Errors
}

func (c console) naming(q *screen.Request) (naming, error) {
	m, err := q.Tenants.BySlug(q.Context(), q.C.Params("slug"))
	if err != nil {
		return naming{}, err
	}
	n := naming{Ministry: m, name: q.Text(m.Name), country: find(q.Tenants.Profiles(), m.Profile), names: m.Name, key: screen.NewKey()}
	if n.country == nil {
		return n, fault.New(fault.NotFound, "fault.no_page")
	}
	return n, nil
}

func (c console) askNames(q *screen.Request) error {
	n, err := c.naming(q)
	if err != nil {
		return err
	}
	return q.Page(showNames(q.View(), n))
}

func (c console) rename(q *screen.Request) error {
	n, err := c.naming(q)
	if err != nil {
		return err
	}
	f := q.Form()
	n.names, n.key = map[string]string{}, f.Key()
	for _, tag := range n.country.Languages.Offered {
		n.names[tag] = f.Value("name." + tag)
	}
	err = q.Tenants.Rename(q.Context(), n.Slug, n.names)
	if errs, ok := q.Errors(err); ok {
		n.errs = errs
		return q.Render(fiber.StatusUnprocessableEntity, showNames(q.View(), n))
	}
	return c.after(q, err, "operator.renamed")
}
