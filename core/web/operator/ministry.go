package operator

import (
	"context"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/notify"
	"mektep/core/tenant"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// dossier is everything an operator may know of a ministry.
type dossier struct {
	*tenant.Ministry
	name      string
	country   string
	url       string
	inLetters string // the host name to which links in letters lead
	size      tenant.Size
	admins    tenant.Administrators
	waiting   []approval.Request
	silent    bool // its database does not answer: what lies there is not known
	letters   notify.Outbox
	mail      bool // letters can be sent at all
	acts      []identity.Act
	languages map[string]string // tag: its own name

	host string    // a host name that was typed and refused
	errs ui.Errors // of the form for host names
	no   string    // why something was refused
}

func (c console) ministry(q *screen.Request) error { return c.show(q, fiber.StatusOK, nil, "") }

// show shows a ministry; after a refusal with what was wrong.
func (c console) show(q *screen.Request, status int, refused error, host string) error {
	d, err := c.dossier(q, q.C.Params("slug"))
	if err != nil {
		return err
	}
	if refused != nil {
		if d.host = host; host != "" || onHost(refused) {
			d.errs = ui.ErrorsOf(q.View(), refused)
			for i := range d.errs {
				d.errs[i].Name = "host"
			}
		} else {
			x := q.L.Fault(fault.From(refused))
			if d.no = x.Reason; len(x.Fields) > 0 {
				d.no = x.Fields[0].Text
			}
		}
	}
	return q.Render(status, showMinistry(q.View(), d))
}

func onHost(err error) bool {
	for _, f := range fault.From(err).Fields {
		if f.Name == "host" || f.Name == "hosts" {
			return true
		}
	}
	return false
}

func (c console) dossier(q *screen.Request, slug string) (dossier, error) {
	ctx := q.Context()
	m, err := q.Tenants.BySlug(ctx, slug)
	if err != nil {
		return dossier{}, err
	}
	d := dossier{Ministry: m, name: q.Text(m.Name), languages: map[string]string{}}
	for _, l := range q.Edge.Words().Languages() {
		d.languages[l.Tag] = l.Name
	}
	if p := find(q.Tenants.Profiles(), m.Profile); p != nil {
		d.country = q.Text(p.Name) + " · " + p.Version
	}
	shown := q.Tenants.ShowAll(ctx, []*tenant.Ministry{m})[0]
	if d.silent = shown.Silent; !d.silent && shown.Host != "" {
		d.inLetters, d.url = shown.Host, address(q, shown.Host, "/")
	}
	sizes, err := q.Tenants.Sizes(ctx)
	if err != nil {
		return d, err
	}
	d.size = sizes[m.ID]
	if m.State != tenant.Preparing && !d.silent {
		err := d.lookInside(ctx, q.Tenants)
		if d.silent = err != nil && fault.KindOf(err) == fault.Unavailable; err != nil && !d.silent {
			return d, err
		}
	}
	d.acts, err = c.Operators.ActsOn(ctx, slug, 0)
	return d, err
}

// insideMost is how long what stands behind a ministry's wall may take to be told.
const insideMost = 4 * time.Second

// lookInside fills in what stands behind the ministry's wall.
func (d *dossier) lookInside(ctx context.Context, of *tenant.Service) (err error) {
	ctx, cancel := context.WithTimeout(ctx, insideMost)
	defer cancel()
	if d.admins, err = of.Administrators(ctx, d.Slug); err != nil {
		return err
	}
	if d.waiting, err = of.Waiting(ctx, d.Slug); err != nil {
		return err
	}
	d.letters, d.mail, err = of.Letters(ctx, d.Slug)
	return err
}

// after leads back to the ministry once something was done, or shows it with why
// it was refused.
func (c console) after(q *screen.Request, err error, said string) error {
	if err == nil {
		return q.Done(page(q), said)
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Locked:
		return c.show(q, q.Refused(err), err, "")
	}
	return err
}

func page(q *screen.Request) string { return ministries + url.PathEscape(q.C.Params("slug")) }

func (c console) addHost(q *screen.Request) error {
	host := q.Form().Value("host")
	if err := q.Tenants.AddHost(q.Context(), q.C.Params("slug"), host); err != nil {
		if _, ok := q.Errors(err); ok {
			return c.show(q, fiber.StatusUnprocessableEntity, err, host)
		}
		return err
	}
	return q.Done(page(q), "operator.host.added")
}

func (c console) removeHost(q *screen.Request) error {
	return c.after(q, q.Tenants.RemoveHost(q.Context(), q.C.Params("slug"), q.Form().Value("host")), "operator.host.removed")
}

func (c console) list(q *screen.Request) error {
	return c.after(q, q.Tenants.List(q.Context(), q.C.Params("slug"), q.Form().Ticked("listed")), "operator.saved")
}

func (c console) suspend(q *screen.Request) error {
	return c.after(q, q.Tenants.Suspend(q.Context(), q.C.Params("slug"), q.Form().Value("reason")), "operator.suspended")
}

func (c console) resume(q *screen.Request) error {
	return c.after(q, q.Tenants.Resume(q.Context(), q.C.Params("slug")), "operator.resumed")
}

// carryOn takes up a setting up that was cut off.
func (c console) carryOn(q *screen.Request) error {
	return c.after(q, q.Tenants.Continue(q.Context()), "operator.continued")
}

func (c console) reinvite(q *screen.Request) error {
	m, err := q.Tenants.BySlug(q.Context(), q.C.Params("slug"))
	if err != nil {
		return err
	}
	i, err := q.Tenants.Reinvite(q.Context(), m.Slug, q.C.Params("uid"))
	if err != nil {
		return c.after(q, err, "")
	}
	return q.Page(showSlip(q.View(), q.T("operator.slip.title"), page(q), slips(q, q.Text(m.Name), i)))
}

func (c console) cosign(q *screen.Request) error {
	m, err := q.Tenants.BySlug(q.Context(), q.C.Params("slug"))
	if err != nil {
		return err
	}
	done, err := q.Tenants.Cosign(q.Context(), m.Slug, q.C.Params("uid"), q.Form().Value("read"))
	if err == nil && done.Mailed {
		return q.Done(page(q), "operator.approval.mailed")
	}
	if err != nil || done.Link == "" {
		return c.after(q, err, "operator.approval.approved")
	}
	return q.Page(showSlip(q.View(), q.T("operator.approval.approved"), page(q), []slip{{
		ministry: q.Text(m.Name), name: done.For, email: done.Address, link: done.Link, mailed: done.Mailed, until: q.View().DateTime(done.Expires),
	}}))
}

// lettersAgain has the ministry's letters that could not be sent tried anew.
func (c console) lettersAgain(q *screen.Request) error {
	n, err := q.Tenants.SendAgain(q.Context(), q.C.Params("slug"))
	if err == nil && n == 0 {
		return q.Done(page(q), "operator.letters.over")
	}
	return c.after(q, err, "operator.letters.queued")
}

func (c console) decline(q *screen.Request) error {
	return c.after(q, q.Tenants.Decline(q.Context(), q.C.Params("slug"), q.C.Params("uid"), q.Form().Value("note")), "operator.approval.declined")
}
