package operator

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// A ministry is set up in three steps: the country, its names, addresses and
// administrators on one page, and a last look. What was typed travels from page
// to page in the forms; nothing is kept until the last one.

// typed is what an operator has typed so far.
type typed struct {
	country *profile.Profile
	base    string // the platform's own host name
	slug    string
	names   map[string]string
	hosts   string // as typed: one a line
	admins  [2]tenant.Admin
	errs    ui.Errors
}

func (c console) askPlan(q *screen.Request) error {
	p := find(q.Tenants.Profiles(), q.C.Query("profile"))
	if p == nil {
		return q.Page(showCountries(q.View(), previews(q)))
	}
	all, err := q.Tenants.All(q.Context())
	if err != nil {
		return err
	}
	t := typed{country: p, base: q.Edge.BaseHost(), slug: freeSlug(p.ID, all), names: map[string]string{}}
	for _, tag := range p.Languages.Offered {
		t.names[tag] = p.Ministry[tag]
	}
	for i := range t.admins {
		t.admins[i].Language = p.Main()
	}
	return q.Page(showPlan(q.View(), t))
}

func find(all []*profile.Profile, id string) *profile.Profile {
	for _, p := range all {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// freeSlug proposes the country's id, or with a number behind it.
func freeSlug(id string, all []*tenant.Ministry) string {
	slug := strings.ReplaceAll(id, "_", "-")
	for n := 2; slices.ContainsFunc(all, func(m *tenant.Ministry) bool { return m.Slug == slug }); n++ {
		slug = strings.ReplaceAll(id, "_", "-") + "-" + strconv.Itoa(n)
	}
	return slug
}

// plan takes what was typed: for a last look, back to be changed, or to be done.
func (c console) plan(q *screen.Request) error {
	f := q.Form()
	t := read(q, f)
	if t.country == nil {
		return q.See(onboard, edge.Flash{})
	}
	if f.Has("back") {
		return q.Page(showPlan(q.View(), t))
	}
	plan := t.plan()
	if f.Value("step") != "make" {
		err := q.Tenants.Check(q.Context(), plan)
		if err == nil {
			return q.Page(showReview(q.View(), t, plan))
		}
		return wrong(q, t, err)
	}
	m, invitations, err := q.Tenants.Onboard(q.Context(), plan)
	if err != nil {
		return wrong(q, t, err)
	}
	host := q.Tenants.ShowAll(q.Context(), []*tenant.Ministry{m})[0].Host
	return q.Page(showMade(q.View(), made{
		name: q.Text(m.Name), slug: m.Slug, url: address(q, host, "/"), slips: slips(q, q.Text(m.Name), invitations...),
	}))
}

func wrong(q *screen.Request, t typed, err error) error {
	errs, ok := q.Errors(err)
	if !ok {
		return err
	}
	// A host name that was made of a short name is not the operator's mistake.
	if t.errs = errs; t.hosts == "" && errs.Of("slug") != "" {
		t.errs = slices.DeleteFunc(errs, func(e ui.FieldError) bool { return e.Name == "hosts" })
	}
	return q.Render(fiber.StatusUnprocessableEntity, showPlan(q.View(), t))
}

func read(q *screen.Request, f *screen.Form) typed {
	t := typed{country: find(q.Tenants.Profiles(), f.Value("profile")), base: q.Edge.BaseHost(), slug: f.Value("slug"), hosts: f.Value("hosts"), names: map[string]string{}}
	if t.country == nil {
		return t
	}
	for _, tag := range t.country.Languages.Offered {
		t.names[tag] = f.Value("name." + tag)
	}
	for i := range t.admins {
		n := "admins." + strconv.Itoa(i+1) + "."
		t.admins[i] = tenant.Admin{Name: f.Value(n + "name"), Email: f.Value(n + "email"), Language: f.Value(n + "language")}
	}
	return t
}

// example is the host name that the short name stands for.
func (t typed) example() string {
	if t.errs.Of("slug") != "" {
		return t.country.ID + "." + t.base
	}
	return t.slug + "." + t.base
}

// plan is what was typed as the directory takes it. Without a host name the short
// name below the platform's own domain leads there; the second administrator
// counts when anything was typed.
func (t typed) plan() tenant.Plan {
	p := tenant.Plan{Slug: t.slug, Profile: t.country.ID, Name: t.names, Hosts: strings.Fields(strings.ReplaceAll(t.hosts, ",", " ")), Admins: t.admins[:1]}
	if len(p.Hosts) == 0 && t.slug != "" {
		p.Hosts = []string{t.slug + "." + t.base}
	}
	if t.admins[1].Name != "" || t.admins[1].Email != "" {
		p.Admins = t.admins[:]
	}
	return p
}

// hidden are the fields that carry what was typed to the next page.
func (t typed) hidden() []ui.FieldSpec {
	out := []ui.FieldSpec{{Name: "profile", Value: t.country.ID}, {Name: "slug", Value: t.slug}, {Name: "hosts", Value: t.hosts}}
	for _, tag := range t.country.Languages.Offered {
		out = append(out, ui.FieldSpec{Name: "name." + tag, Value: t.names[tag]})
	}
	for i, a := range t.admins {
		n := "admins." + strconv.Itoa(i+1) + "."
		out = append(out, ui.FieldSpec{Name: n + "name", Value: a.Name}, ui.FieldSpec{Name: n + "email", Value: a.Email}, ui.FieldSpec{Name: n + "language", Value: a.Language})
	}
	for i := range out {
		out[i].Input = ui.Hidden
	}
	return out
}

// preview is what comes with a country profile.
type preview struct {
	id, name, ministry string
	facts              []ui.Fact
}

func previews(q *screen.Request) []preview {
	var all []preview
	for _, p := range q.Tenants.Profiles() {
		all = append(all, preview{id: p.ID, name: q.Text(p.Name), ministry: q.Text(p.Ministry), facts: comesWith(q, p)})
	}
	return all
}

func comesWith(q *screen.Request, p *profile.Profile) []ui.Fact {
	today := q.Clock.Today(p.Zone)
	number := func(n int) string { return q.L.Number(int64(n)) }
	var official, years []string
	for _, l := range q.Edge.Words().Languages() {
		if slices.Contains(p.Languages.Official, l.Tag) {
			official = append(official, l.Name)
		}
	}
	for _, y := range p.SchoolYears() {
		years = append(years, q.Text(y.Name))
	}
	facts := []ui.Fact{{Label: q.T("operator.with.languages"), Value: strings.Join(official, ", ")}}
	for _, level := range []string{unit.Directorate, unit.Region, unit.District} {
		n := len(p.AreasAt(level, today))
		if level == unit.Directorate {
			n = len(p.DirectoratesAt(today))
		}
		if l := p.Level(level); l != nil && n > 0 {
			facts = append(facts, ui.Fact{Label: q.Text(l.Plural), Value: number(n)})
		}
	}
	return append(facts,
		ui.Fact{Label: q.T("operator.with.types"), Value: number(len(p.TypesAt(today)))},
		ui.Fact{Label: q.T("operator.with.roles"), Value: number(len(p.Roles))},
		ui.Fact{Label: q.T("operator.with.laws"), Value: number(len(p.Laws))},
		ui.Fact{Label: q.T("operator.with.years"), Value: strings.Join(years, ", ")},
		ui.Fact{Label: q.T("operator.with.version"), Value: p.Version},
	)
}

// made is a ministry that was just set up.
type made struct {
	name, slug, url string
	slips           []slip
}

// slip is a one-time link to hand over, shown once.
type slip struct {
	ministry string
	name     string
	email    string
	link     string
	mailed   bool
	until    string
}

func slips(q *screen.Request, ministry string, list ...tenant.Invitation) []slip {
	var out []slip
	for _, i := range list {
		if i.Link == "" && !i.Mailed {
			continue
		}
		name := i.Admin.Name
		if name == "" {
			name = i.Admin.Email
		}
		out = append(out, slip{ministry: ministry, name: name, email: i.Admin.Email, link: i.Link, mailed: i.Mailed, until: q.View().DateTime(i.Expires)})
	}
	return out
}
