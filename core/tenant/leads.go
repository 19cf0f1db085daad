package tenant

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Leads says where the links in a ministry's letters lead.
type Leads struct {
	Host string // one of the ministry's own, whatever was chosen
	// Gone is the host name that was chosen for letters and is the ministry's no more: they
	// lead to Host in its place until two people have chosen again. Empty: Host is it.
	Gone string
}

// knownHost is a host name of which a ministry has been told.
type knownHost struct {
	Host    string
	Letters bool
	Instead string // of which chosen one letters lead here; empty: this is the chosen one
}

type knownList []knownHost

func (l knownList) has(host string) bool {
	return slices.ContainsFunc(l, func(k knownHost) bool { return k.Host == host })
}

func (l knownList) chosen() knownHost {
	if i := slices.IndexFunc(l, func(k knownHost) bool { return k.Letters }); i >= 0 {
		return l[i]
	}
	return knownHost{}
}

// leads says where letters lead of a ministry that knows l and has hosts: to the chosen one
// as long as that is its own, else to the oldest of which it was told. Whoever has another
// host name receives every link to a new password.
func (l knownList) leads(hosts []string) Leads {
	chosen := l.chosen()
	if slices.Contains(hosts, chosen.Host) {
		return Leads{chosen.Host, chosen.Instead}
	}
	to := Leads{Gone: chosen.Host}
	if i := slices.IndexFunc(hosts, l.has); i >= 0 {
		to.Host = hosts[i]
	} else if len(hosts) > 0 { // nothing has been added since it was set up
		to.Host = hosts[0]
	}
	return to
}

// LettersHost returns the host name to which links in letters lead, of the ministry that
// acts in ctx.
func (s *Service) LettersHost(ctx context.Context) (string, error) {
	to, err := s.leads(ctx)
	return to.Host, err
}

func (s *Service) leads(ctx context.Context) (Leads, error) {
	known, hosts, err := s.knows(ctx)
	if err != nil {
		return Leads{}, err
	}
	to := known.leads(hosts)
	if to.Host == "" {
		return to, unknown()
	}
	return to, nil
}

// knows returns what the ministry that acts in ctx knows of its host names, and which it
// has, as the directory says now; in a placement of its own, as this process has read it.
func (s *Service) knows(ctx context.Context) (known knownList, hosts []string, err error) {
	m, err := s.ByID(ctx, db.TenantOf(ctx))
	if err != nil {
		return nil, nil, err
	}
	hosts = m.Hosts
	b := &pgx.Batch{}
	b.Queue(selectKnown, m.ID).Query(func(rows pgx.Rows) (err error) {
		known, err = pgx.CollectRows(rows, pgx.RowToStructByPos[knownHost])
		return err
	})
	if m.Placement == "" {
		b.Queue(selectHosts, m.ID).Query(func(rows pgx.Rows) (err error) {
			hosts, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
	}
	return known, hosts, s.db.Read(ctx, b)
}

// kindLetters is the kind of notice that letters lead elsewhere.
const kindLetters db.Kind = "letters_host"

// Leads returns where a ministry is shown to be, wherever it is: where its letters lead,
// since what people are shown must not be another; nowhere while it has no host name. That
// is no secret: whoever opens the platform's first page sees it.
func (s *Service) Leads(ctx context.Context, m *Ministry) (Leads, error) {
	switch {
	case len(m.Hosts) == 0:
		return Leads{}, nil
	case m.State == Preparing: // nothing stands behind its wall yet
		return Leads{Host: m.Hosts[0]}, nil
	}
	return s.shown.Get(caller.With(ctx, caller.System(m.Tenant, "platform", "")), "", s.leads)
}

// Shown is where a ministry is shown to be.
type Shown struct {
	Leads
	Silent bool // where its tables are nobody answers: Host is the first that it was given, and nobody is led there
}

// showMost is how long the ministries may take to say where they are to be shown.
const showMost = time.Second

// ShowAll returns where each of all ministries is to be shown. One that does not answer keeps
// nobody from the others.
func (s *Service) ShowAll(ctx context.Context, all []*Ministry) []Shown {
	ctx, cancel := context.WithTimeout(ctx, showMost)
	defer cancel()
	shown := make([]Shown, len(all))
	var each sync.WaitGroup
	for i, m := range all {
		each.Go(func() {
			to, err := s.Leads(ctx, m)
			shown[i] = Shown{Leads: to}
			if err != nil {
				shown[i] = Shown{Leads{Host: m.Hosts[0]}, true}
			}
		})
	}
	each.Wait()
	return shown
}

// ownHosts are the host names that lead to the ministry of the unit, as the directory says
// at this moment.
func (s *Service) ownHosts(ctx context.Context, tx *db.Tx) (hosts []string, err error) {
	if caller.From(ctx).Tenant.Placement == "" {
		return hostsOf(ctx, tx, tx.Tenant())
	}
	// The directory lies in another database than the unit.
	apart, cancel := context.WithTimeout(context.Background(), readMost)
	defer cancel()
	err = s.db.Platform(apart, func(ctx context.Context, there *db.Tx) error {
		hosts, err = hostsOf(ctx, there, tx.Tenant())
		return err
	})
	return hosts, err
}

// settingsScreen is where a ministry sees its host names.
const settingsScreen = "/settings"

// Hear tells the ministry that acts in ctx of host names that were added or taken away since
// it was told last, by whomever. A job calls it regularly.
func (s *Service) Hear(ctx context.Context) error {
	known, hosts, err := s.knows(ctx)
	if err != nil {
		return err
	}
	same := len(known) == len(hosts) && !slices.ContainsFunc(hosts, func(h string) bool { return !known.has(h) })
	if same || len(known) == 0 { // nothing has been added since it was set up
		return nil
	}
	return s.db.Tenant(ctx, s.meet)
}

// hearMost is how long another ministry may take to hear of its host names.
const hearMost = 2 * time.Second

// othersHear has all other ministries hear of their host names, before one of these is given
// away: who had letters lead there and lost it has them lead to one of its own. A ministry
// that cannot be reached hears of it later; its letters don't lead there anyway.
func (s *Service) othersHear(ctx context.Context, slug string) {
	all, err := s.All(ctx)
	if err != nil {
		return
	}
	for _, m := range all {
		if m.Slug == slug || m.State == Preparing {
			continue
		}
		inside, cancel := context.WithTimeout(s.as(ctx, m), hearMost)
		_ = s.Hear(inside)
		cancel()
	}
}

// hostsKnown tells a ministry of host names that were added or taken away since it was told
// last. Behind its wall, so that it does no harm to do it again: after a change that was cut
// off the next one does it.
func (s *Service) hostsKnown(inside context.Context, m *Ministry) error {
	if m.State == Preparing { // its plan says them
		return nil
	}
	return s.db.Tenant(inside, s.meet)
}

// hostsTold is hostsKnown after a change: that is done, and where the ministry can't be told
// now, it hears of it by its own look ([Service.Hear]).
func (s *Service) hostsTold(inside context.Context, m *Ministry) {
	inside, cancel := context.WithTimeout(inside, hearMost)
	defer cancel()
	_ = s.hostsKnown(inside, m)
}

// meet is hostsKnown within a unit of the ministry. Its letters lead where they led; where
// that is not its own any more, to another of its own, and it is told.
func (s *Service) meet(ctx context.Context, tx *db.Tx) error {
	if err := lockHosts(ctx, tx); err != nil {
		return err
	}
	known, err := knownHosts(ctx, tx)
	if err != nil {
		return err
	}
	hosts, err := s.ownHosts(ctx, tx)
	if err != nil || len(hosts) == 0 {
		return err
	}
	to, was := known.leads(hosts), known.chosen()
	if to.Gone != was.Instead { // the chosen one has just gone
		if begun, err := begun(ctx, tx); err != nil {
			return err
		} else if !begun { // nobody there could choose
			to.Gone = ""
		}
	}
	for _, h := range hosts {
		if known.has(h) {
			continue
		}
		if err := meetHost(ctx, tx, h, s.clock.Now()); err != nil {
			return err
		}
		if len(known) == 0 { // those with which it was set up
			continue
		}
		if err := s.tellHost(ctx, tx, told{host: h, to: to}); err != nil {
			return err
		}
	}
	for _, k := range known {
		if slices.Contains(hosts, k.Host) {
			continue
		}
		if err := forgetHost(ctx, tx, k.Host); err != nil {
			return err
		}
		if err := s.tellHost(ctx, tx, told{host: k.Host, to: to, gone: true}); err != nil {
			return err
		}
	}
	if to == (Leads{was.Host, was.Instead}) {
		return nil
	}
	return s.setLetters(ctx, tx, to.Host, to.Gone)
}

// setLetters has letters lead to a host name, in the place of the chosen one or as it, and
// every process show it.
func (s *Service) setLetters(ctx context.Context, tx *db.Tx, host, instead string) error {
	if err := chooseLetters(ctx, tx, host, instead); err != nil {
		return err
	}
	return s.db.Notify(ctx, kindLetters, "")
}

// told is what a ministry hears of a host name, and where its letters lead then.
type told struct {
	host string
	to   Leads
	gone bool
}

// tellHost writes into the ministry's own trail that a host name leads there, or no longer,
// and tells its administrators and auditors.
func (s *Service) tellHost(ctx context.Context, tx *db.Tx, t told) error {
	if s.wiring.Trail == nil || s.wiring.People == nil {
		return nil
	}
	changes, key := []audit.Change{{Field: "host", New: t.host}}, "tenant.notice.host_create"
	switch {
	case t.gone && t.host == t.to.Gone:
		changes = []audit.Change{{Field: "host", Old: t.host}, {Field: "letters", Old: t.host, New: t.to.Host}}
		key = "tenant.notice.letters_lost"
	case t.gone:
		changes, key = []audit.Change{{Field: "host", Old: t.host}}, "tenant.notice.host_delete"
	}
	if by := approval.Operator(ctx); by != "" {
		changes = append(changes, audit.Change{Field: "operator", New: by})
	}
	if err := s.wiring.Trail.Record(ctx, tx, audit.Entry{Action: "update", Object: settings.Object, Changes: changes}); err != nil {
		return err
	}
	return s.wiring.People.TellKeepers(ctx, tx, key, settingsScreen, fault.Args{"Host": t.host, "Letters": t.to.Host})
}
