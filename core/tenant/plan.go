package tenant

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/profile"
)

// Plan is what it takes to set a ministry up.
type Plan struct {
	Slug      string            `json:"slug"`    // short name: lower-case letters, digits, hyphens
	Profile   string            `json:"profile"` // id of the country profile
	Name      map[string]string `json:"name"`    // in every official language of the profile
	Hosts     []string          `json:"hosts"`   // names that lead to it; links in letters use the first
	Admins    []Admin           `json:"admins"`  // the first one or two administrators
	Placement string            `json:"placement,omitempty"`
}

// Admin is a first administrator.
type Admin struct {
	Email    string `json:"email"`
	Name     string `json:"name"`     // family name first; may be empty
	Language string `json:"language"` // of the invitation; empty: the ministry's main one
}

// Invitation is what the operator can hand over when no mail is configured.
type Invitation struct {
	Admin   Admin
	Link    string // address with a one-time token; empty when the administrator has accepted already
	Mailed  bool   // it was also sent by mail
	Expires time.Time
}

// slugForm is a name that a domain can have: what has two hyphens in the third and fourth
// place stands for other letters, and is refused apart.
var slugForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,29}[a-z0-9]$`)

// reserved are short names that lead elsewhere below an installation's domain, by custom or
// by what mail and certificates ask there: a ministry of that name would be taken for it.
var reserved = map[string]bool{
	"www": true, "console": true, "admin": true, "operator": true, "platform": true, "api": true, "static": true, "assets": true,
	"cdn": true, "status": true, "localhost": true, "mail": true, "webmail": true, "smtp": true, "imap": true, "pop": true, "ftp": true,
	"ns": true, "ns1": true, "ns2": true, "mx": true, "autoconfig": true, "autodiscover": true, "mta-sts": true, "wpad": true,
	"postmaster": true, "security": true, "root": true, "mektep": true,
}

// badSlug is what is wrong with a short name; empty: nothing.
func badSlug(slug string) string {
	switch {
	case !slugForm.MatchString(slug) || len(slug) > 3 && slug[2:4] == "--":
		return "tenant.bad_slug"
	case reserved[slug]:
		return "tenant.reserved_slug"
	}
	return ""
}

const maxName = 200

// ready brings a plan into its form: no blanks around, each host once.
func (p Plan) ready() Plan {
	p.Slug, p.Profile, p.Placement = strings.TrimSpace(p.Slug), strings.TrimSpace(p.Profile), strings.TrimSpace(p.Placement)
	name := map[string]string{}
	for tag, text := range p.Name {
		if text = strings.Join(strings.Fields(text), " "); text != "" {
			name[tag] = text
		}
	}
	p.Name = name
	hosts := make([]string, 0, len(p.Hosts))
	for _, h := range p.Hosts {
		if h = typedHost(h); h != "" && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	p.Hosts = hosts
	admins := make([]Admin, 0, len(p.Admins))
	for _, a := range p.Admins {
		a.Email, a.Name = strings.ToLower(strings.TrimSpace(a.Email)), strings.Join(strings.Fields(a.Name), " ")
		admins = append(admins, a)
	}
	p.Admins = admins
	return p
}

func (p Plan) equal(q Plan) bool {
	return p.Slug == q.Slug && p.Profile == q.Profile && p.Placement == q.Placement && maps.Equal(p.Name, q.Name) &&
		slices.Equal(slices.Sorted(slices.Values(p.Hosts)), slices.Sorted(slices.Values(q.Hosts))) && slices.Equal(p.Admins, q.Admins)
}

// person is an administrator as identity invites them.
func (a Admin) person() identity.Person { return identity.FirstPerson(a.Name, a.Email, a.Language) }

// Check finds every mistake of a plan at once, without writing anything. Faults:
// Denied; Invalid with every faulty field; Conflict when the only ones are a
// short name or hosts that are taken.
func (s *Service) Check(ctx context.Context, p Plan) error {
	if err := operator(ctx); err != nil {
		return err
	}
	return s.check(ctx, p.ready())
}

func (s *Service) check(ctx context.Context, p Plan) error {
	bad := s.mistakes(p)
	if bad.Fields == nil && p.Placement != "" {
		if err := s.db.Reach(ctx, p.Placement); err != nil {
			bad = bad.WithField("placement", "tenant.unknown_placement", nil).WithCause(err)
		}
	}
	taken, err := s.taken(ctx, p)
	if err != nil {
		return err
	}
	switch {
	case taken == nil:
		return bad.OrNil()
	case bad.OrNil() == nil:
		return taken
	}
	bad.Fields = append(bad.Fields, taken.Fields...)
	return bad
}

// mistakes are those that the plan itself shows.
func (s *Service) mistakes(p Plan) *fault.Error {
	bad := fault.New(fault.Invalid, "tenant.bad_plan")
	if key := badSlug(p.Slug); key != "" {
		bad = bad.WithField("slug", key, fault.Args{"Slug": p.Slug})
	}
	country, ok := s.countries.Country(p.Profile)
	if !ok {
		var ids fault.List
		for _, id := range s.countries.IDs() {
			ids = append(ids, id)
		}
		bad = bad.WithField("profile", "tenant.unknown_profile", fault.Args{"Profiles": ids})
	} else {
		bad = badNames(bad, country, p.Name)
	}
	if len(p.Hosts) == 0 {
		bad = bad.WithField("hosts", "field.required", nil)
	}
	for _, h := range p.Hosts {
		if f := s.badHost(p.Slug, h); f != nil {
			bad = bad.WithField("hosts", f.Key, f.Args)
		}
	}
	if len(p.Admins) == 0 || len(p.Admins) > 2 {
		bad = bad.WithField("admins", "tenant.admins", nil)
	}
	var known *profile.Profile
	if ok {
		known = country.Profile
	}
	return badAdmins(bad, p.Admins, known)
}

// badAdmins adds what is wrong with administrators, as far as the profile is known.
func badAdmins(bad *fault.Error, admins []Admin, p *profile.Profile) *fault.Error {
	names := map[string]string{"family": "name", "given": "name", "email": "email", "language": "language"}
	for i, a := range admins {
		field := func(name string) string { return fmt.Sprintf("admins.%d.%s", i+1, name) }
		if !identity.Address(a.Email) {
			bad = bad.WithField(field("email"), "field.email", nil)
			continue
		}
		if i > 0 && slices.ContainsFunc(admins[:i], func(b Admin) bool { return b.Email == a.Email }) {
			bad = bad.WithField(field("email"), "tenant.same_admin", nil)
		}
		if p == nil {
			continue
		}
		var seen string
		for _, f := range fieldsOf(identity.CheckPerson(p, a.person())) {
			if name := names[f.Name]; name != "" && name != seen {
				bad, seen = bad.WithField(field(name), f.Key, f.Args), name
			}
		}
	}
	return bad
}

func fieldsOf(err error) []fault.Field {
	if err == nil {
		return nil
	}
	return fault.From(err).Fields
}

func slugTaken(slug string) *fault.Error {
	return fault.New(fault.Conflict, "tenant.slug_taken").With("Slug", slug).WithField("slug", "tenant.slug_taken", fault.Args{"Slug": slug})
}

// taken is the conflict of a plan with the ministries there are; nil: none. A
// host of the ministry whose short name it is says nothing more than that does.
func (s *Service) taken(ctx context.Context, p Plan) (*fault.Error, error) {
	var bad *fault.Error
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		bad = nil
		e, err := findEntry(ctx, tx, p.Slug, false)
		if err != nil {
			return err
		}
		if e != nil && !e.continues(p) {
			bad = slugTaken(p.Slug)
		}
		foreign, err := foreignHosts(ctx, tx, p.Hosts, p.Slug)
		for _, h := range foreign {
			f := hostTaken(h)
			if bad == nil {
				bad = f
			} else {
				bad.Fields = append(bad.Fields, f.Fields...)
			}
		}
		return err
	})
	return bad, err
}
