package tenant

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity"
)

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$`)

const maxHost = 253

// Host brings a host name into the directory's form: lower case, no port, no
// closing dot.
func Host(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.TrimSuffix(host, ".")
}

// typedHost is Host for what somebody types: nothing of it is left out unsaid, and a name
// in letters of its own becomes what browsers send for it.
func typedHost(host string) string {
	host = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return ascii
	}
	return host
}

// badHost says what is wrong with a host name of the ministry with a short name; nil:
// nothing. It is a domain name, which points to this server: no address of a machine, no
// name without a dot, no port. Below the platform's own domain a ministry has the name that
// is its short name, so that none takes another's, of today or tomorrow.
func (s *Service) badHost(slug, h string) *fault.Field {
	base := Host(s.wiring.Base)
	bad := func(key string) *fault.Field {
		return &fault.Field{Name: "host", Key: key, Args: fault.Args{"Host": h}}
	}
	switch {
	case h == "":
		return &fault.Field{Name: "host", Key: "field.required"}
	case base != "" && h == base:
		return bad("tenant.base_host")
	case numbered(h):
		return bad("tenant.host_address")
	case len(h) > maxHost || !hostForm.MatchString(h) || !decodes(h):
		return bad("tenant.bad_host")
	case base != "" && strings.HasSuffix(h, "."+base) && h != slug+"."+base && badSlug(slug) == "":
		f := bad("tenant.base_below")
		f.Args["Own"] = slug + "." + base
		return f
	}
	return nil
}

// decodes reports whether every label that stands for other letters does so.
func decodes(h string) bool {
	ascii, err := idna.Lookup.ToASCII(h)
	return err == nil && ascii == h
}

// numbered reports whether browsers take a name for the address of a machine: its last
// label is a number, decimal or hexadecimal, or it has the form of IPv6.
func numbered(h string) bool {
	last := h[strings.LastIndexByte(h, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		_, err := strconv.ParseUint("0"+hex, 16, 64)
		return err == nil
	}
	digits := func(r rune) bool { return r < '0' || r > '9' }
	return last != "" && !strings.ContainsFunc(last, digits) || strings.HasPrefix(h, "[") || strings.Count(h, ":") > 1
}

func hostTaken(host string) *fault.Error {
	return fault.New(fault.Conflict, "tenant.host_taken").With("Host", host).WithField("hosts", "tenant.host_taken", fault.Args{"Host": host})
}

// AddHost has one more host name lead to a ministry. Its letters lead where they led, and
// it is told. Faults: Denied; NotFound; Invalid for what is none; Conflict for one that is
// taken.
func (s *Service) AddHost(ctx context.Context, slug, host string) error {
	host = typedHost(host)
	m, inside, err := s.enterAs(ctx, slug)
	if err != nil {
		return err
	}
	if f := s.badHost(slug, host); f != nil {
		bad := fault.New(fault.Invalid, "tenant.invalid")
		bad.Fields = append(bad.Fields, *f)
		return bad
	}
	free, err := s.alone(ctx, m)
	if err != nil {
		return err
	}
	defer free()
	if err := s.hostsKnown(inside, m); err != nil {
		return err
	}
	s.othersHear(ctx, slug)
	a := act("create", slug, "")
	a.Object, a.Target = "host", host
	err = s.changeAlone(ctx, m, a, func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		taken, err := takeHost(ctx, tx, m.ID, host)
		if err == nil && !taken {
			err = hostTaken(host)
		}
		return err
	})
	if err == nil {
		s.hostsTold(inside, m)
	}
	return err
}

// RemoveHost takes a host name away. Faults: Denied; NotFound; Conflict for the last one,
// and for the one to which letters lead, as long as there is anybody in the ministry who
// could choose another.
func (s *Service) RemoveHost(ctx context.Context, slug, host string) error {
	host = Host(host)
	m, inside, err := s.enterAs(ctx, slug)
	if err != nil {
		return err
	}
	free, err := s.alone(ctx, m)
	if err != nil {
		return err
	}
	defer free()
	if err := s.hostsKnown(inside, m); err != nil {
		return err
	}
	if err := s.removeHost(ctx, inside, m, host); err != nil {
		return err
	}
	s.hostsTold(inside, m)
	return nil
}

// removeHost takes a host name away while nobody can choose it for letters: whoever does
// waits where the ministry's tables are, and finds it gone.
func (s *Service) removeHost(ctx, inside context.Context, m *Ministry, host string) error {
	if m.State == Preparing { // nothing stands behind its wall yet
		return s.changeAlone(ctx, m, removal(m, host), s.drop(host))
	}
	unit := s.db.Tenant
	if m.Placement == "" { // where the directory is, too: it needs no second connection
		unit = func(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error {
			return s.behind.Unit(ctx, fn)
		}
	}
	return unit(inside, func(behind context.Context, tx *db.Tx) error {
		if err := lockHosts(behind, tx); err != nil {
			return err
		}
		if err := s.spared(behind, tx, host); err != nil {
			return err
		}
		if m.Placement != "" {
			return s.changeAlone(ctx, m, removal(m, host), s.drop(host))
		}
		return s.doChange(caller.With(behind, caller.From(ctx)), tx, m, removal(m, host), s.drop(host))
	})
}

// removal is the act of taking a host name away.
func removal(m *Ministry, host string) identity.Act {
	a := act("delete", m.Slug, "")
	a.Object, a.Target = "host", host
	return a
}

func (s *Service) drop(host string) func(ctx context.Context, tx *db.Tx, m *Ministry) error {
	return func(ctx context.Context, tx *db.Tx, m *Ministry) error {
		had, dropped, err := dropHost(ctx, tx, m.ID, host)
		switch {
		case err != nil:
			return err
		case had < 2:
			return fault.New(fault.Conflict, "tenant.last_host").WithField("host", "tenant.last_host", nil)
		case !dropped:
			return fault.New(fault.NotFound, "tenant.no_host").With("Host", host)
		}
		return nil
	}
}

// spared refuses to take away the host name to which letters lead: then one person would
// choose where they lead. The unit holds lockHosts.
func (s *Service) spared(ctx context.Context, tx *db.Tx, host string) error {
	known, err := knownHosts(ctx, tx)
	if err != nil {
		return err
	}
	hosts, err := s.ownHosts(ctx, tx)
	if err != nil {
		return err
	}
	if len(hosts) < 2 || known.leads(hosts).Host != host {
		return nil
	}
	if begun, err := begun(ctx, tx); err != nil || !begun {
		return err
	}
	return fault.New(fault.Conflict, "tenant.letters_host").WithField("host", "tenant.letters_host", fault.Args{"Host": host}).
		With("Host", host).WithNext("tenant.next.letters_host", "", nil)
}
