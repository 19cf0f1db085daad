package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Links in letters lead to one of a ministry's host names. Whoever a link to a new password
// leads to has that password, the administrators' and the auditor's too, so that where they
// lead is itself a key of every account (TR-IC-1): it is chosen when the ministry is set up,
// stays whatever an operator adds or removes, and is changed by two people of the ministry,
// or by one and an operator who co-signs while there is no second. Which host names lead to
// a ministry is the operators' to say; it is told of each.

// KindLetters is the kind of request by which letters come to lead elsewhere.
const KindLetters = "letters_host"

// settings is the policy's object of what a ministry says of itself.
var settings = gate.Target{Object: "settings"}

// Addresses are a ministry's host names as it knows them.
type Addresses struct {
	Hosts   []string // as they were entered
	Letters string   // to which letters lead
	Waiting string   // public id of the request by which they would lead elsewhere; empty: none
}

// knownHost is a host name of which a ministry has been told.
type knownHost struct {
	Host    string
	Letters bool
}

type knownList []knownHost

func (l knownList) has(host string) bool {
	return slices.ContainsFunc(l, func(k knownHost) bool { return k.Host == host })
}

func (l knownList) letters(host string) bool {
	return slices.ContainsFunc(l, func(k knownHost) bool { return k.Host == host && k.Letters })
}

func (l knownList) chosen() string {
	if i := slices.IndexFunc(l, func(k knownHost) bool { return k.Letters }); i >= 0 {
		return l[i].Host
	}
	return ""
}

// LettersHost returns the host name to which links in letters lead, of the ministry that
// acts in ctx.
func (s *Service) LettersHost(ctx context.Context) (string, error) {
	m, err := s.ByID(ctx, db.TenantOf(ctx))
	if err != nil {
		return "", err
	}
	host := ""
	b := &pgx.Batch{}
	b.Queue("SELECT coalesce((SELECT host FROM known_host WHERE tenant_id = $1 AND letters), '')", m.ID).
		QueryRow(func(row pgx.Row) error { return row.Scan(&host) })
	if err := s.db.Read(ctx, b); err != nil {
		return "", err
	}
	if host == "" && len(m.Hosts) > 0 { // nothing has been added since it was set up
		host = m.Hosts[0]
	}
	if host == "" {
		return "", unknown()
	}
	return host, nil
}

// kindLetters is the kind of notice that letters lead elsewhere.
const kindLetters db.Kind = "letters_host"

// Address returns the host name at which a ministry is shown to be, wherever it is: the one
// to which its letters lead, since what people are shown must not be another; "" while it has
// none. That is no secret: whoever opens the platform's first page sees it.
func (s *Service) Address(ctx context.Context, m *Ministry) (string, error) {
	switch {
	case len(m.Hosts) == 0:
		return "", nil
	case m.State == Preparing: // nothing stands behind its wall yet
		return m.Hosts[0], nil
	}
	return s.shown.Get(caller.With(ctx, caller.System(m.Tenant, "platform", "")), "", s.LettersHost)
}

// Addresses returns them to whoever may see the ministry's settings. Fault: Denied with
// the rule.
func (s *Service) Addresses(ctx context.Context) (Addresses, error) {
	var out Addresses
	err := s.wiring.Gate.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.wiring.Gate.Check(ctx, "view", settings); err != nil {
			return err
		}
		m, err := s.ByID(ctx, tx.Tenant())
		if err != nil {
			return err
		}
		out.Hosts = m.Hosts
		if out.Letters, err = s.LettersHost(ctx); err != nil {
			return err
		}
		out.Waiting, err = s.wiring.Approvals.Waits(ctx, tx, KindLetters, KindLetters)
		return err
	})
	return out, err
}

// askedLetters is what a request keeps.
type askedLetters struct {
	Host string `json:"host"`
}

// UseHost asks for letters to lead to another of the ministry's host names, which waits for
// a second person whatever the profile's switches say: it returns *approval.Asked.
//
// Faults: Denied with the rule; Invalid for a host name that does not lead to the ministry;
// Conflict for the one to which they lead, and while another request waits.
func (s *Service) UseHost(ctx context.Context, host string) error {
	host = Host(host)
	var r approval.Request
	err := s.wiring.Gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.wiring.Gate.Check(ctx, "update", settings); err != nil {
			return err
		}
		known, err := s.choosable(ctx, tx, host)
		if err != nil {
			return err
		}
		r, err = s.wiring.Approvals.Ask(ctx, tx, approval.Ask{
			Kind: KindLetters, Payload: askedLetters{host}, Key: "approval.asks.letters_host", Subject: KindLetters,
			Args: fault.Args{"Host": host, "Was": known.chosen()}, Changes: []audit.Change{{Field: "host", Old: known.chosen(), New: host}},
		})
		return err
	}, &r)
	if err != nil {
		return err
	}
	return &approval.Asked{Request: r}
}

// choosable returns what is known, and refuses what letters can't be made to lead to.
func (s *Service) choosable(ctx context.Context, tx *db.Tx, host string) (knownList, error) {
	known, err := lockKnownHosts(ctx, tx)
	if err == nil && len(known) == 0 { // nothing has been added since it was set up
		var m *Ministry
		if m, err = s.ByID(ctx, tx.Tenant()); err == nil {
			err = s.meet(ctx, tx, m.Hosts)
		}
		if err == nil {
			known, err = knownHosts(ctx, tx)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case !known.has(host):
		return nil, fault.New(fault.Invalid, "tenant.invalid").WithField("host", "tenant.no_host", fault.Args{"Host": host})
	case known.letters(host):
		return nil, fault.New(fault.Conflict, "tenant.letters_already").With("Host", host)
	}
	return known, nil
}

// lettersApproved has letters lead elsewhere, now that two people have said so, and tells
// all who would notice a wrong one.
func (s *Service) lettersApproved(ctx context.Context, tx *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
	var d askedLetters
	if err := json.Unmarshal(payload, &d); err != nil {
		return approval.Done{}, errors.New("tenant: what was asked for cannot be read")
	}
	if _, err := s.wiring.Gate.Check(ctx, "update", settings); err != nil {
		return approval.Done{}, err
	}
	known, err := s.choosable(ctx, tx, d.Host)
	if err != nil {
		return approval.Done{}, err
	}
	if err := s.setLetters(ctx, tx, d.Host); err != nil {
		return approval.Done{}, err
	}
	err = s.wiring.Trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: settings.Object, Changes: []audit.Change{{Field: "letters", Old: known.chosen(), New: d.Host}},
	})
	if err != nil {
		return approval.Done{}, err
	}
	return approval.Done{}, s.wiring.People.TellKeepers(ctx, tx, "tenant.notice.letters", settingsScreen, fault.Args{"Host": d.Host, "Was": known.chosen(), "Who": caller.From(ctx).Name})
}

// settingsScreen is where a ministry sees its host names.
const settingsScreen = "/settings"

// hostsKnown tells a ministry of host names that were added or taken away since it was told
// last, and has its letters lead where they led. Behind its wall, so that it does no harm to
// do it again: after a change that was cut off the next one does it.
func (s *Service) hostsKnown(inside context.Context, m *Ministry) error {
	if m.State == Preparing { // its plan says them
		return nil
	}
	var hosts []string
	err := s.db.Platform(inside, func(ctx context.Context, tx *db.Tx) (err error) {
		hosts, err = hostsOf(ctx, tx, m.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.db.Tenant(inside, func(ctx context.Context, tx *db.Tx) error { return s.meet(ctx, tx, hosts) })
}

// meet is hostsKnown within a unit of the ministry.
func (s *Service) meet(ctx context.Context, tx *db.Tx, hosts []string) error {
	known, err := lockKnownHosts(ctx, tx)
	if err != nil {
		return err
	}
	letters := known.chosen()
	if len(known) > 0 && !slices.Contains(hosts, letters) {
		if begun, err := begun(ctx, tx); err != nil {
			return err
		} else if !begun { // nobody there could choose
			letters = ""
		}
	}
	if letters == "" && len(hosts) > 0 {
		letters = hosts[0]
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
		if err := s.tellHost(ctx, tx, h, letters, false); err != nil {
			return err
		}
	}
	for _, k := range known {
		if slices.Contains(hosts, k.Host) || k.Host == letters {
			continue
		}
		if err := forgetHost(ctx, tx, k.Host); err != nil {
			return err
		}
		if err := s.tellHost(ctx, tx, k.Host, letters, true); err != nil {
			return err
		}
	}
	if letters == known.chosen() {
		return nil
	}
	return s.setLetters(ctx, tx, letters)
}

// setLetters has letters lead to a host name, and every process show it.
func (s *Service) setLetters(ctx context.Context, tx *db.Tx, host string) error {
	if err := chooseLetters(ctx, tx, host); err != nil {
		return err
	}
	return s.db.Notify(ctx, kindLetters, "")
}

// tellHost writes into the ministry's own trail that a host name leads there, or no longer,
// and tells its administrators and auditors.
func (s *Service) tellHost(ctx context.Context, tx *db.Tx, host, letters string, gone bool) error {
	if s.wiring.Trail == nil || s.wiring.People == nil {
		return nil
	}
	change, key := audit.Change{Field: "host", New: host}, "tenant.notice.host_create"
	if gone {
		change, key = audit.Change{Field: "host", Old: host}, "tenant.notice.host_delete"
	}
	changes := []audit.Change{change}
	if by := approval.Operator(ctx); by != "" {
		changes = append(changes, audit.Change{Field: "operator", New: by})
	}
	if err := s.wiring.Trail.Record(ctx, tx, audit.Entry{Action: "update", Object: settings.Object, Changes: changes}); err != nil {
		return err
	}
	return s.wiring.People.TellKeepers(ctx, tx, key, settingsScreen, fault.Args{"Host": host, "Letters": letters})
}
