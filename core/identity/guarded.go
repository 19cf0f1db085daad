package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// What takes over, weakens or takes away the holder of a guarded role takes two
// people, like giving it (TR-IC-1): each such act goes through Service.twice.

// kindAccount is the approval of such an act.
const kindAccount = "account"

// deed is an act on somebody's account or appointment as an approval keeps it.
type deed struct {
	Act     string `json:"act"`               // a key of deeds
	Account string `json:"account"`           // public id
	Post    string `json:"post,omitempty"`    // public id of the appointment
	Note    string `json:"note,omitempty"`    // of a block
	Version int    `json:"version,omitempty"` // of the account that was seen
	Person  Person `json:"person"`
	Reset   Reset  `json:"reset"`
	End     End    `json:"end"`
	Session string `json:"session,omitempty"` // public id; empty: all of them
	Address string `json:"address,omitempty"` // to which a new key goes: to another one nobody has agreed

	Posts []string `json:"posts,omitempty"` // of a block: public ids of the posts that it stops; empty: the account; of its end: of those that it takes up
	State State    `json:"state,omitempty"` // of the account whose block ends
	Asked bool     `json:"asked,omitempty"` // a second person has been shown it
}

// deeds do what was asked, once a second person has agreed.
//
//nolint:unparam // some hand a link over, others nothing
var deeds = map[string]func(ctx context.Context, s *Service, d deed) (approval.Done, error){
	"block": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		return approval.Done{}, s.block(ctx, d)
	},
	"unblock": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		return approval.Done{}, s.unblock(ctx, d)
	},
	"correct": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		return approval.Done{}, s.Correct(ctx, d.Account, d.Version, d.Person)
	},
	"dismiss": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		return approval.Done{}, s.Dismiss(ctx, d.Post, d.End)
	},
	"confirm": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		return approval.Done{}, s.ConfirmAddress(ctx, d.Account, d.Version)
	},
	"uninvite": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		return approval.Done{}, s.CancelInvitation(ctx, d.Account)
	},
	"sessions": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		_, err := s.RevokeSessions(ctx, d.Account, d.Session)
		return approval.Done{}, err
	},
	"invite": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		k, err := s.reinvite(ctx, d)
		return s.handOver(ctx, d, k, err)
	},
	"reset": func(ctx context.Context, s *Service, d deed) (approval.Done, error) {
		k, err := s.resetLink(ctx, d)
		return s.handOver(ctx, d, k, err)
	},
}

// handOver is what whoever agreed has to pass on to the person: nothing where it went
// by mail.
func (s *Service) handOver(ctx context.Context, d deed, k *door.Key, err error) (approval.Done, error) {
	if err != nil {
		return approval.Done{}, err
	}
	done := approval.Done{Link: k.Path, Mailed: k.Mailed && k.Path == "", Expires: k.Expires}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.accountByUID(ctx, tx, d.Account)
		done.For, done.Address = a.Name, a.Email
		return err
	})
	return done, err
}

func (s *Service) deedApproved(ctx context.Context, _ *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
	var d deed
	if err := json.Unmarshal(payload, &d); err != nil || deeds[d.Act] == nil {
		return approval.Done{}, errors.New("identity: an approved act cannot be read")
	}
	return deeds[d.Act](ctx, s, d)
}

// twice does something to an account: at once, or, where its holder has a guarded
// role, once a second person has agreed; then it returns *approval.Asked. The account
// is locked before anything is looked at, so that of two acts on one person the second
// sees what the first has done.
func (s *Service) twice(ctx context.Context, d deed, do func(ctx context.Context, tx *db.Tx, a Account) error, results ...any) error {
	var waiting *approval.Request
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.lockAccount(ctx, tx, d.Account)
		if err != nil {
			return err
		}
		if d.Asked && d.sendsKey() && d.Address != a.Email {
			return fault.New(fault.Conflict, "identity.address_moved")
		}
		needs, err := s.needsTwo(ctx, tx, a, d)
		if err != nil {
			return err
		}
		if !needs {
			return do(ctx, tx, a)
		}
		// What could not be done must be said now, not to whoever approves it.
		if err := tx.Rehearse(ctx, func(ctx context.Context) error { return do(ctx, tx, a) }); err != nil {
			return err
		}
		waiting, err = s.askTwice(ctx, tx, a, d)
		return err
	}, append(results, &waiting)...)
	if err == nil && waiting != nil {
		return &approval.Asked{Request: *waiting}
	}
	return err
}

// changed refuses an act on an account that is not as it was seen, by who does it now or by
// who asked for it.
func changed(ctx context.Context) error {
	if approval.Performing(ctx) {
		return fault.New(fault.Conflict, "identity.changed_since")
	}
	return fault.New(fault.Conflict, "identity.changed")
}

// sendsKey reports whether an act gives somebody a new key.
func (d deed) sendsKey() bool { return d.Act == "invite" || d.Act == "reset" }

// deedTold is what whoever decides must know besides of an act on an account, as it is now:
// where a key goes, and who else reads, or has read, letters there.
func (s *Service) deedTold(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error) {
	var d deed
	if err := json.Unmarshal(payload, &d); err != nil {
		return nil, errors.New("identity: an act that waits cannot be read")
	}
	if d.Act != "correct" && d.Act != "confirm" && !d.sendsKey() {
		return nil, nil
	}
	a, err := s.accountByUID(ctx, tx, d.Account)
	if err != nil {
		return nil, err
	}
	address := a.Email
	var told []fault.Phrase
	switch {
	case d.Act == "correct":
		address, _ = email(d.Person.Email)
	case d.sendsKey():
		goes, err := s.keyGoes(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		told = append(told, goes)
	}
	others, err := s.toldMailbox(ctx, tx, a, address)
	return append(told, others...), err
}

// overtake ends what waits about an account and can no longer be done as it was asked: the
// account has changed since, its letters go elsewhere, or its address has been confirmed.
func (s *Service) overtake(ctx context.Context, tx *db.Tx, a Account) error {
	if s.approvals == nil {
		return nil
	}
	typed, err := s.typedAlone(ctx, tx, a)
	if err != nil {
		return err
	}
	return s.approvals.Overtake(ctx, tx, kindAccount, a.ID, func(payload json.RawMessage) bool {
		var d deed
		if json.Unmarshal(payload, &d) != nil {
			return false
		}
		switch d.Act {
		case "correct":
			return d.Version != a.Version
		case "confirm":
			return d.Version != a.Version || !typed
		}
		return d.sendsKey() && d.Address != a.Email
	})
}

// keyGoes says where a new key of an account would go.
func (s *Service) keyGoes(ctx context.Context, tx *db.Tx, a Account) (fault.Phrase, error) {
	held, err := s.unconfirmed(ctx, tx, a)
	if err != nil || held || a.Email == "" || !s.notify.HasMail() {
		return fault.Phrase{Key: "approval.told.key_handed"}, err
	}
	return fault.Phrase{Key: "approval.told.key_mailed", Args: fault.Args{"Email": a.Email}}, nil
}

// needsTwo reports whether the caller needs a second person for an act: the profile
// says so, and the act concerns a guarded role, held now, to come, or asked for.
func (s *Service) needsTwo(ctx context.Context, tx *db.Tx, a Account, d deed) (bool, error) {
	if s.approvals == nil {
		return false, nil
	}
	if needed, err := s.approvals.Needed(ctx); err != nil || !needed {
		return false, err
	}
	// Who is about to get such a role counts already, since whoever agrees must know who
	// will hold it; but what only keeps somebody out waits for no such request.
	return s.guarded(ctx, tx, a, d.Act != "dismiss" && d.Act != "block" && d.Act != "sessions")
}

// guarded reports whether somebody holds a guarded role, now or to come; with soon also
// whether one is asked for. In a ministry where one person gives such roles nobody does.
func (s *Service) guarded(ctx context.Context, tx *db.Tx, a Account, soon bool) (bool, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil || s.approvals == nil || !m.Profile.Switch(approval.Switch) {
		return false, err
	}
	if soon {
		if asked, err := s.approvals.Concerning(ctx, tx, kindAppointment, a.ID); err != nil || asked {
			return asked, err
		}
	}
	return s.holdsGuarded(ctx, tx, m, a.ID)
}

func (s *Service) askTwice(ctx context.Context, tx *db.Tx, a Account, d deed) (*approval.Request, error) {
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	ask := approval.Ask{Kind: kindAccount, Key: "approval.asks." + d.Act, Args: fault.Args{"Name": a.Name}, Concerns: a.ID}
	ask.Subject = subject(ctx, d.Act, a.UID, d.Post)
	if len(posts) > 0 {
		ask.UnitPath = posts[0].unit.Path
	}
	if err := s.details(ctx, tx, &d, a, &ask); err != nil {
		return nil, err
	}
	d.Asked = true // before it is copied: what was agreed to is kept to by this word alone
	ask.Payload = d
	r, err := s.approvals.Ask(ctx, tx, ask)
	return &r, err
}

// subject is what one person may ask for once at a time. Somebody else may ask for the
// same: a request that nobody can agree to must not stand in their way.
func subject(ctx context.Context, about ...string) string {
	return strings.Join(append(about, caller.From(ctx).AccountUID), " ")
}

// details adds to a request what it comes to: nobody agrees to what they are not shown.
func (s *Service) details(ctx context.Context, tx *db.Tx, d *deed, a Account, ask *approval.Ask) error {
	switch d.Act {
	case "block":
		ask.Args["Note"] = d.Note
		return s.detailBlock(ctx, tx, d, a, ask)
	case "unblock":
		posts, err := s.resumes(ctx, tx, a)
		if err != nil {
			return err
		}
		d.Posts, d.State = uids(posts), a.State
	case "correct":
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		to := slices.DeleteFunc([]string{m.Profile.PersonName(d.Person.Family, d.Person.Given, d.Person.Patronymic), d.Person.Email, d.Person.Phone}, func(v string) bool { return v == "" })
		if address, ok := email(d.Person.Email); ok {
			ask.Addresses = []string{address}
			if address != a.Email { // whoever agrees says that it is the person's own
				if a.Email != "" {
					ask.Told = append(ask.Told, fault.Phrase{Key: "approval.told.address_was", Args: fault.Args{"Email": a.Email}})
				}
				ask.Told = append(ask.Told, fault.Phrase{Key: "approval.told.address_agree", Args: fault.Args{"Email": address}})
			}
		}
		ask.Args["To"] = strings.Join(to, ", ")
	case "confirm":
		ask.Args["Email"], ask.Addresses = a.Email, []string{a.Email}
	case "reset", "invite":
		if d.Reset.SecondFactor {
			ask.Key = "approval.asks.reset_second"
		}
		d.Address, ask.Addresses = a.Email, []string{a.Email}
	case "dismiss":
		p, err := s.appointment(ctx, tx, d.Post)
		if err != nil {
			return err
		}
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		ask.Args["Role"], ask.Args["Unit"] = nameOf(m.Profile, p.Role), fault.Text(p.Unit.Name)
		if d.End.On.IsZero() { // it ends when it is agreed to, which may be another day
			ask.Key = "approval.asks.dismiss_agreed"
			return nil
		}
		ask.Args["On"] = p.ends(clock.Day(d.End.On))
	}
	return nil
}

// detailBlock says which posts a block would stop where it would not block the account.
func (s *Service) detailBlock(ctx context.Context, tx *db.Tx, d *deed, a Account, ask *approval.Ask) error {
	posts, _, err := s.stops(ctx, tx, a)
	if err != nil || posts == nil {
		return err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	var list fault.List
	for _, p := range posts {
		list = append(list, fault.Phrase{Key: "gate.role_at", Args: fault.Args{"Role": nameOf(m.Profile, p.role), "Unit": fault.Text(p.unit.Name)}})
	}
	d.Posts, ask.Key, ask.Args["Posts"] = uids(posts), "approval.asks.stop", list
	return nil
}
