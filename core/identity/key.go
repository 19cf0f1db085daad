package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/locale"
	"mektep/core/unit"
)

// invite makes the link of an invitation, voids older ones, and mails it where it can.
// Where two people act, a link that went by mail is shown to neither.
func (s *Service) invite(ctx context.Context, tx *db.Tx, a Account) (*door.Key, error) {
	life, err := s.invitationDays(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Door.RevokeKeys(ctx, tx, a.ID, door.Invite); err != nil {
		return nil, err
	}
	k, err := s.Door.NewLink(ctx, tx, a.ID, door.Invite, s.now().Add(life), false)
	if err != nil {
		return nil, err
	}
	k.Path = invitePath + k.Path
	if err := s.notify.Withdraw(ctx, tx, a.ID, inviteLetter+".subject"); err != nil { // with a link that is void
		return nil, err
	}
	if err := s.deliver(ctx, tx, a, k, inviteLetter); err != nil {
		return nil, err
	}
	at, err := s.worksAt(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	return k, s.trail.Record(ctx, tx, audit.Entry{Action: "create", Object: "invitation", Target: k.UID, UnitPath: at, Changes: []audit.Change{{Field: "account", New: a.UID}}})
}

// deliver mails a new link where it can, and notes in whose hands it lies.
func (s *Service) deliver(ctx context.Context, tx *db.Tx, a Account, k *door.Key, letter string) (err error) {
	if k.Mailed, err = s.mail(ctx, tx, a, letter, k.Path, k.Expires); err != nil {
		return err
	}
	if k.Mailed && twoActed(ctx) {
		k.Path = ""
	}
	return s.noteKey(ctx, tx, a, k.UID, k.Path != "", k.Mailed)
}

// Reinvite makes a new link for somebody who has not accepted yet; the old one is
// void. Faults: Denied, NotFound, Conflict when there is nothing to accept.
func (s *Service) Reinvite(ctx context.Context, accountUID string) (*door.Key, error) {
	return s.reinvite(ctx, deed{Act: "invite", Account: accountUID})
}

func (s *Service) reinvite(ctx context.Context, d deed) (*door.Key, error) {
	var k *door.Key
	err := s.twice(ctx, d, func(ctx context.Context, tx *db.Tx, a Account) error {
		if err := s.invitedBelow(ctx, tx, a, "resend"); err != nil {
			return err
		}
		var err error
		k, err = s.invite(ctx, tx, a)
		return err
	}, &k)
	if err != nil {
		return nil, err
	}
	return k, nil
}

// CancelInvitation voids the links of somebody who has not accepted yet.
func (s *Service) CancelInvitation(ctx context.Context, accountUID string) error {
	return s.twice(ctx, deed{Act: "uninvite", Account: accountUID}, func(ctx context.Context, tx *db.Tx, a Account) error {
		if err := s.invitedBelow(ctx, tx, a, "cancel"); err != nil {
			return err
		}
		if err := s.Door.RevokeKeys(ctx, tx, a.ID, door.Invite); err != nil {
			return err
		}
		if err := s.notify.Withdraw(ctx, tx, a.ID, inviteLetter+".subject"); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "cancel", Object: "invitation", Target: a.UID})
	})
}

func (s *Service) invitedBelow(ctx context.Context, tx *db.Tx, a Account, action string) error {
	if err := s.over(ctx, tx, action, "invitation", a); err != nil {
		return err
	}
	switch a.State {
	case Active:
		return fault.New(fault.Conflict, "identity.accepted_already")
	case Blocked:
		if err := s.hasPost(ctx, tx, a); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "identity.invitation_blocked")
	}
	return nil
}

// Opening is what a person sees who has followed a one-time link.
type Opening struct {
	Invitation bool   // otherwise a reset
	Login      string // empty on an invitation: to be chosen
	Proposed   string // a login to propose
	Address    string // of an operator: their own, the only one that a login may look like
	Name       string
	Nameless   bool // the account was made from an address alone: ask for the name too
	Language   string
	Least      int // shortest password
	Expires    time.Time
	Roles      []Appointment // of an invitation: what the person is invited to, and by whom
}

// OpenKey shows what a link is for without using it up. Fault: NotFound for a link
// that is wrong, used, void or over, without saying which.
func (s *Service) OpenKey(ctx context.Context, secret string) (Opening, error) {
	var o Opening
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := s.Door.FindKey(ctx, tx, secret)
		if err != nil {
			return err
		}
		a, err := s.accountByID(ctx, tx, k.Account)
		if err != nil {
			return err
		}
		t, err := s.terms(ctx)
		if err != nil {
			return err
		}
		o = Opening{Invitation: k.Purpose == door.Invite, Login: a.Login, Name: a.Name, Nameless: a.Family == "", Language: a.Language, Least: t.Least, Expires: k.Expires}
		if a.Login == "" {
			o.Proposed = proposedLogin(a)
		}
		if o.Invitation {
			o.Roles, err = s.heldOrToCome(ctx, tx, k.Account)
		}
		return err
	})
	return o, err
}

// Acceptance is what a person fills in behind a one-time link.
type Acceptance struct {
	Login    string // on an invitation
	Password string
	Language string // may be empty
	Family   string // counts only where Opening.Nameless asks for it
	Given    string
}

// Accept uses a link up: it sets the login (on an invitation), the password and
// the language, ends all sessions and API tokens and forgets all known browsers. The person then
// signs in. Faults: NotFound as of OpenKey; Invalid by field; Conflict for a login
// that is taken: the link stays good.
func (s *Service) Accept(ctx context.Context, secret string, a Acceptance) (login string, err error) {
	if err := s.gate.Open(ctx); err != nil {
		return "", err
	}
	t, err := s.terms(ctx)
	if err != nil {
		return "", err
	}
	if err := s.checkLanguage(ctx, a.Language); err != nil {
		return "", err
	}
	var k door.Found
	var person Account
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if k, err = s.Door.FindKey(ctx, tx, secret); err != nil {
			return err
		}
		person, err = s.accountByID(ctx, tx, k.Account)
		return err
	})
	if err != nil {
		return "", err
	}
	if login, err = s.checkAcceptance(k, person, a, t.Least); err != nil {
		return "", err
	}
	hash, err := s.Door.HashPassword(ctx, a.Password) // outside the unit: it takes long
	if err != nil {
		return "", err
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if k, err = s.Door.UseKey(ctx, tx, k.Account, secret); err != nil {
			return err
		}
		// They may be called something else since the page was opened.
		if person, err = s.accountByID(ctx, tx, k.Account); err != nil {
			return err
		}
		if _, err := s.checkAcceptance(k, person, a, t.Least); err != nil {
			return err
		}
		if person.Family == "" && a.Family != "" {
			p := Person{Family: a.Family, Given: a.Given, Patronymic: person.Patronymic, Email: person.Email, Phone: person.Phone, Language: person.Language}
			if err := s.saveAccount(ctx, tx, person, p, "personalise"); err != nil {
				return err
			}
		}
		if err := s.Door.Accept(ctx, tx, k, login, hash, a.Language); err != nil {
			return taken(err)
		}
		if err := s.opened(ctx, tx, k.Account, k.UID); err != nil {
			return err
		}
		if err := s.askOpened(ctx, tx, person.ID); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "accept", Object: "invitation", Target: k.UID, Reason: string(k.Purpose), Account: k.Account, AccountUID: person.UID})
	})
	return login, err
}

func (s *Service) checkLanguage(ctx context.Context, tag string) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil || tag == "" || offered(m.Profile, tag) {
		return err
	}
	return fault.New(fault.Invalid, "identity.invalid").WithField("language", "identity.language_unknown", nil)
}

func (s *Service) checkAcceptance(k door.Found, p Account, a Acceptance, least int) (login string, err error) {
	bad := fault.New(fault.Invalid, "identity.invalid")
	login = p.Login
	if k.Purpose == door.Invite && login == "" {
		if login = door.FoldLogin(a.Login); !door.ValidLogin(login) {
			bad = bad.WithField("login", "identity.login_refused", fault.Args{"Most": door.MaxLogin})
		} else if !ownLogin(login, p.Email) {
			bad = bad.WithField("login", "identity.login_address", nil)
		}
	}
	if f := door.CheckPassword(a.Password, least, login, p.Family, p.Given, p.Patronymic); f != nil {
		bad.Fields = append(bad.Fields, f.Fields...)
	}
	return login, bad.OrNil()
}

// ownLogin reports whether a login that looks like an address is the person's own: as
// anybody else's it would take letters, and posts, that are meant for the other.
func ownLogin(login, address string) bool {
	return !strings.Contains(login, "@") || login == door.FoldLogin(address)
}

// Reset asks for a printed code.
type Reset struct {
	IdentifiedBy string // kind of document seen, one of Identifications
	SecondFactor bool   // the person has lost it too: using the code takes it away
}

// Slip is what a superior prints and hands over.
type Slip struct {
	Name    string
	Login   string
	Code    string // grouped for reading
	Expires time.Time
	Unit    unit.Unit
	Path    string // of the screen where it is typed
}

// PrintCode makes a one-time code for somebody who can't come in and has no mail:
// good for a day and for a few tries. Only who stands above all of the person's
// appointments may print it, having seen who it is; both are recorded. Faults:
// Denied with the rule, Invalid without identification, Conflict for an account
// that is not active.
func (s *Service) PrintCode(ctx context.Context, accountUID string, r Reset) (Slip, error) {
	var slip Slip
	err := s.reset(ctx, deed{Act: "reset", Account: accountUID, Reset: r}, func(ctx context.Context, tx *db.Tx, a Account, at unit.Unit) (string, error) {
		k, code, err := s.Door.NewCode(ctx, tx, a.ID, r.SecondFactor)
		if err != nil {
			return "", err
		}
		slip = Slip{Name: a.Name, Login: a.Login, Code: code, Expires: k.Expires, Path: "/code", Unit: at}
		return k.UID, s.noteKey(ctx, tx, a, k.UID, true, false)
	}, &slip)
	if err != nil {
		return Slip{}, err
	}
	return slip, nil
}

// resetLink is PrintCode for what a second person has agreed to: it goes to the person's
// own address, or, where there is none, who agreed hands it over, so that it is neither
// the asker's nor typed.
func (s *Service) resetLink(ctx context.Context, d deed) (*door.Key, error) {
	var k *door.Key
	err := s.reset(ctx, d, func(ctx context.Context, tx *db.Tx, a Account, _ unit.Unit) (string, error) {
		var err error
		if k, err = s.Door.NewLink(ctx, tx, a.ID, door.Reset, s.now().Add(door.CodeLife), d.Reset.SecondFactor); err != nil {
			return "", err
		}
		k.Path = resetPath + k.Path
		return k.UID, s.deliver(ctx, tx, a, k, "identity.mail.reset")
	}, &k)
	return k, err
}

// reset gives somebody new keys, made by a function that returns their public id.
func (s *Service) reset(ctx context.Context, d deed, key func(ctx context.Context, tx *db.Tx, a Account, at unit.Unit) (string, error), results ...any) error {
	r := d.Reset
	return s.twice(ctx, d, func(ctx context.Context, tx *db.Tx, a Account) error {
		if err := s.mayReset(ctx, tx, a, r); err != nil {
			return err
		}
		posts, err := s.posts(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		var at unit.Unit
		if len(posts) > 0 {
			at = posts[0].unit
		}
		uid, err := key(ctx, tx, a, at)
		if err != nil {
			return err
		}
		if err := s.tellOwner(ctx, tx, a.ID, "identity.notice.code", fault.Args{"Who": caller.From(ctx).Name}); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: "reset", Object: "account", Target: a.UID, UnitPath: at.Path,
			Changes: []audit.Change{{Field: "code", New: uid}, {Field: "identified_by", New: r.IdentifiedBy}, {Field: "second_factor", New: r.SecondFactor}},
		})
	}, results...)
}

func (s *Service) mayReset(ctx context.Context, tx *db.Tx, a Account, r Reset) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	if !m.Profile.Switch("printed_reset_code") {
		return fault.New(fault.Denied, "identity.no_printed_codes").WithCheck("switch").WithOwnRule("switched_off").
			With("action", "reset").With("object", "account").WithNext("identity.next.by_mail", "", nil)
	}
	if err := s.over(ctx, tx, "reset", "account", a); err != nil {
		return err
	}
	if a.State != Active {
		return fault.New(fault.Conflict, "identity.not_active")
	}
	if !identified(r.IdentifiedBy) {
		return fault.New(fault.Invalid, "identity.invalid").WithField("identified_by", "identity.identification_required", nil)
	}
	return nil
}

// RedeemCode exchanges a printed code for a link to Accept. Faults as of
// door.RedeemCode.
func (s *Service) RedeemCode(ctx context.Context, typed string, a door.Attempt) (*door.Key, error) {
	k, err := s.Door.RedeemCode(ctx, typed, a)
	if err != nil {
		return nil, err
	}
	k.Path = resetPath + k.Path
	return k, nil
}

func identified(kind string) bool { return slices.Contains(Identifications, kind) }

// proposedLogin is given.family in Latin letters, as people would spell it.
func proposedLogin(a Account) string {
	login := strings.ReplaceAll(strings.Trim(strings.Join([]string{locale.Latin(a.Given), locale.Latin(a.Family)}, "."), "."), " ", "")
	if len(login) > door.MaxLogin {
		login = login[:door.MaxLogin]
	}
	if !door.ValidLogin(login) {
		return ""
	}
	return login
}
