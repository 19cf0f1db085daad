package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"text/tabwriter"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/private"
	"mektep/core/fault"
	"mektep/core/tenant"
	"mektep/migrations"
)

// Migrate brings the database and every placement up to this version.
func Migrate(ctx context.Context, ownerDSNs ...string) error {
	for _, dsn := range ownerDSNs {
		if err := db.Migrate(ctx, dsn, migrations.FS); err != nil {
			return err
		}
	}
	return nil
}

func systemIn(ctx context.Context, t caller.Tenant, role string) context.Context {
	return caller.With(ctx, caller.System(t, role, db.NewUID()))
}

// Onboard sets a ministry up from the command line and prints the one-time links.
func (a *App) Onboard(ctx context.Context, p tenant.Plan, out io.Writer) error {
	a.everywhere(&p)
	m, invitations, err := a.Tenants.Onboard(a.command(ctx), p)
	if err != nil {
		return a.explain(err)
	}
	fmt.Fprintf(out, "%s is active.\n", m.Slug)
	for _, i := range invitations {
		if i.Link == "" && i.Mailed {
			fmt.Fprintf(out, "%s\n  the one-time link has gone to this address only; it is good until %s\n", i.Admin.Email, i.Expires.Format("2006-01-02 15:04 MST"))
		}
		if i.Link == "" {
			continue
		}
		fmt.Fprintf(out, "%s\n  one-time link, until %s:\n  %s\n", i.Admin.Email, i.Expires.Format("2006-01-02 15:04 MST"), i.Link)
	}
	return nil
}

// Plan makes a plan from what was typed: names as language=text, or one text for
// every official language.
func Plan(slug, profileID string, names, hosts, admins []string) (tenant.Plan, error) {
	p := tenant.Plan{Slug: slug, Profile: profileID, Hosts: hosts, Name: map[string]string{}}
	for _, n := range names {
		tag, text, tagged := strings.Cut(n, "=")
		if !tagged {
			tag, text = "", n
		}
		p.Name[tag] = text
	}
	for _, email := range admins {
		p.Admins = append(p.Admins, tenant.Admin{Email: email})
	}
	return p, nil
}

// Ministries lists the ministries.
func (a *App) Ministries(ctx context.Context, asJSON bool, out io.Writer) error {
	all, err := a.Tenants.All(ctx)
	if err != nil {
		return err
	}
	sizes, err := a.Tenants.Sizes(a.command(ctx))
	if err != nil {
		return err
	}
	if asJSON {
		type line struct {
			Slug    string            `json:"slug"`
			State   tenant.State      `json:"state"`
			Profile string            `json:"profile"`
			Name    map[string]string `json:"name"`
			Hosts   []string          `json:"hosts"`
			Size    tenant.Size       `json:"size"`
		}
		lines := make([]line, len(all))
		for i, m := range all {
			lines[i] = line{m.Slug, m.State, m.Profile, m.Name, m.Hosts, sizes[m.ID]}
		}
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(lines)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SLUG\tSTATE\tPROFILE\tHOSTS\tINSTITUTIONS\tACCOUNTS\tCOUNTED")
	for _, m := range all {
		size, counted := sizes[m.ID], "never"
		if !size.CountedAt.IsZero() { // a figure without its time is taken for today's
			counted = size.CountedAt.UTC().Format("2006-01-02T15:04Z")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", m.Slug, m.State, m.Profile, strings.Join(m.Hosts, ","), size.Institutions, size.Accounts, counted)
	}
	return w.Flush()
}

// Suspend stops a ministry; Resume opens it again.
func (a *App) Suspend(ctx context.Context, slug, reason string) error {
	return a.explain(a.Tenants.Suspend(a.command(ctx), slug, reason))
}

// Resume opens a suspended ministry again and has its waiting jobs go on.
func (a *App) Resume(ctx context.Context, slug string) error {
	return a.explain(a.Tenants.Resume(a.command(ctx), slug))
}

// Rename gives a ministry other names: those that were typed as language=text, or one
// text for every official language. The others stay.
func (a *App) Rename(ctx context.Context, slug string, names []string) error {
	p, err := Plan(slug, "", names, nil, nil)
	if err != nil {
		return err
	}
	m, err := a.Tenants.BySlug(ctx, slug)
	if err != nil {
		return a.explain(err)
	}
	p.Profile = m.Profile
	a.everywhere(&p)
	all := maps.Clone(m.Name)
	maps.Copy(all, p.Name)
	return a.explain(a.Tenants.Rename(a.command(ctx), slug, all))
}

// everywhere gives a name that was typed without a language to every official one
// that has none of its own.
func (a *App) everywhere(p *tenant.Plan) {
	text := p.Name[""]
	delete(p.Name, "")
	country, ok := a.countries.Country(p.Profile)
	if text == "" || !ok {
		return
	}
	for _, tag := range country.Profile.Languages.Official {
		if p.Name[tag] == "" {
			p.Name[tag] = text
		}
	}
}

// CreateOperator makes an operator and prints the one-time link.
func (a *App) CreateOperator(ctx context.Context, name, email, language string, out io.Writer) error {
	_, key, err := a.Operators.Create(a.command(ctx), name, email, language)
	if err != nil {
		return a.explain(err)
	}
	fmt.Fprintf(out, "%s sets login, password and second factor here, once, until %s:\n%s\n",
		email, key.Expires.Format("2006-01-02 15:04 MST"), a.link(ctx, key.Path))
	return nil
}

// explain puts a fault into English for the command line.
func (a *App) explain(err error) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	if f.Kind == fault.Internal {
		return err
	}
	x := a.Words.Localizer("en").Fault(f)
	var s strings.Builder
	s.WriteString(x.Reason)
	for _, field := range x.Fields {
		fmt.Fprintf(&s, "\n  %s: %s", field.Name, field.Text)
	}
	if x.NextText != "" {
		s.WriteString("\n" + x.NextText)
	}
	return fmt.Errorf("%s", s.String())
}

// DSN returns the connection string of the private database running in a data
// folder, as the service's role or as the owner.
func DSN(dir string, owner bool) (string, error) {
	d, err := private.ReadDSN(dir)
	if err != nil {
		return "", err
	}
	if owner {
		return d.Owner, nil
	}
	return d.Service, nil
}
