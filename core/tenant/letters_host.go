package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

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
	Gone    string   // which two people had chosen and is the ministry's no more; empty: Letters is it
	Waiting string   // public id of the request by which they would lead elsewhere; empty: none
}

// Addresses returns them to whoever may see the ministry's settings. Fault: Denied with
// the rule.
func (s *Service) Addresses(ctx context.Context) (Addresses, error) {
	var out Addresses
	err := s.wiring.Gate.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.wiring.Gate.Check(ctx, "view", settings); err != nil {
			return err
		}
		known, err := knownHosts(ctx, tx)
		if err != nil {
			return err
		}
		if out.Hosts, err = s.ownHosts(ctx, tx); err != nil {
			return err
		}
		leads := known.leads(out.Hosts)
		out.Letters, out.Gone = leads.Host, leads.Gone
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
		was, err := s.choosable(ctx, tx, host)
		if err != nil {
			return err
		}
		key := "approval.asks.letters_host"
		if was.Host == host {
			was.Host, key = was.Gone, "approval.asks.letters_kept"
		}
		r, err = s.wiring.Approvals.Ask(ctx, tx, approval.Ask{
			Kind: KindLetters, Payload: askedLetters{host}, Key: key, Subject: KindLetters,
			Args: fault.Args{"Host": host, "Was": was.Host}, Changes: []audit.Change{{Field: "host", Old: was.Host, New: host}},
		})
		return err
	}, &r)
	if err != nil {
		return err
	}
	return &approval.Asked{Request: r}
}

// choosable returns where letters lead, and refuses what they can't be made to lead to. It
// keeps every host name of the ministry where it is until the end of the unit.
func (s *Service) choosable(ctx context.Context, tx *db.Tx, host string) (was Leads, err error) {
	if err := lockHosts(ctx, tx); err != nil {
		return was, err
	}
	known, err := knownHosts(ctx, tx)
	if err == nil && len(known) == 0 { // nothing has been added since it was set up
		if err = s.meet(ctx, tx); err == nil {
			known, err = knownHosts(ctx, tx)
		}
	}
	if err != nil {
		return was, err
	}
	hosts, err := s.ownHosts(ctx, tx)
	if err != nil {
		return was, err
	}
	was = known.leads(hosts)
	switch {
	case !known.has(host) || !slices.Contains(hosts, host):
		return was, fault.New(fault.Invalid, "tenant.invalid").WithField("host", "tenant.no_host", fault.Args{"Host": host})
	case was.Host == host && was.Gone == "":
		return was, fault.New(fault.Conflict, "tenant.letters_already").With("Host", host)
	}
	return was, nil
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
	was, err := s.choosable(ctx, tx, d.Host)
	if err != nil {
		return approval.Done{}, err
	}
	if was.Host == d.Host {
		was.Host = was.Gone
	}
	if err := s.setLetters(ctx, tx, d.Host, ""); err != nil {
		return approval.Done{}, err
	}
	err = s.wiring.Trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: settings.Object, Changes: []audit.Change{{Field: "letters", Old: was.Host, New: d.Host}},
	})
	if err != nil {
		return approval.Done{}, err
	}
	return approval.Done{}, s.wiring.People.TellKeepers(ctx, tx, "tenant.notice.letters", settingsScreen, fault.Args{"Host": d.Host, "Was": was.Host, "Who": caller.From(ctx).Name})
}
