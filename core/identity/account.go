package identity

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity/door"
	"mektep/core/profile"
)

// State is where an account is in its life.
type State string

// The states.
const (
	Invited State = "invited" // the invitation has not been accepted yet
	Active  State = "active"
	Blocked State = "blocked" // see Account.BlockedWhy
)

// Why an account is blocked.
const (
	NoAppointment = "no_appointment" // the last one ended; the next one opens it again
	ByDecision    = "decision"       // somebody blocked it; only an unblock opens it
)

// Account is one person's account.
type Account struct {
	ID         int64
	UID        string // public id
	Login      string // empty until the invitation is accepted
	Name       string // as the ministry writes it (profile.PersonName): shown, and sorted by
	Family     string
	Given      string
	Patronymic string
	Email      string
	// AddressUnread says that nobody has shown yet to read the letters to Email (unread.go).
	AddressUnread bool
	Phone         string // E.164
	Language      string // tag; empty: not chosen
	State         State
	BlockedWhy    string // NoAppointment, ByDecision; empty unless blocked
	BlockedNote   string
	// BlockedLevel is the level of the post from which it was decided, BlockedBy who did; empty
	// and zero where that is not known.
	BlockedLevel string
	BlockedBy    int64
	SecondSince  *time.Time `gorm:"column:totp_at"` // since when there is a second factor
	SignedInAt   *time.Time // the last time
	CreatedAt    time.Time
	Version      int
	// Withheld says that contact data and keys are not shown, nor whether there are any:
	// the person works elsewhere too, or is a stranger.
	Withheld bool `gorm:"-"`
	// Over says that all that the person held is over, the last with its unit, though the account is
	// not blocked: it is shown as one that nothing is held with.
	Over bool `gorm:"-"`
}

// Shown is the state in which an account is shown, and why it is blocked.
func (a Account) Shown() (State, string) {
	if a.Over && a.State != Blocked {
		return Blocked, NoAppointment
	}
	return a.State, a.BlockedWhy
}

// called enters the names of a checked person, and how the ministry writes them.
func (a *Account) called(m gate.Ministry, p Person) {
	a.Family, a.Given, a.Patronymic, a.Name = p.Family, p.Given, p.Patronymic, m.Profile.PersonName(p.Family, p.Given, p.Patronymic)
}

// Person describes somebody to make an account for.
type Person struct {
	Family     string
	Given      string
	Patronymic string
	Email      string // for the invitation and for resets; may be empty
	Phone      string
	Language   string // of the invitation; may be empty
}

// Longest values, in characters.
const (
	maxName = 100
	maxNote = 500
)

// checked brings a person's data into the form that is kept, or says what is
// wrong with each field.
func (p Person) checked(m gate.Ministry) (Person, error) {
	bad := fault.New(fault.Invalid, "identity.invalid")
	for _, f := range []struct {
		name  string
		value *string
	}{{"family", &p.Family}, {"given", &p.Given}, {"patronymic", &p.Patronymic}} {
		lines := strings.ContainsAny(*f.value, "\n\r\t")
		if *f.value = words(*f.value); lines || len([]rune(*f.value)) > maxName || strings.ContainsFunc(*f.value, notInNames) {
			bad = bad.WithField(f.name, "identity.name_refused", fault.Args{"Most": maxName})
		}
	}
	if p.Family == "" && p.Given == "" {
		bad = bad.WithField("family", "field.required", nil)
	}
	var ok bool
	if p.Email, ok = email(p.Email); !ok {
		bad = bad.WithField("email", "field.email", nil)
	}
	if p.Phone, ok = phone(p.Phone, m.Profile.PhoneRegion); !ok {
		bad = bad.WithField("phone", "field.phone", nil)
	}
	if p.Language != "" && !offered(m.Profile, p.Language) {
		bad = bad.WithField("language", "identity.language_unknown", nil)
	}
	return p, bad.OrNil()
}

// email is an address as it is kept, in the one way in which its mailbox is written: small
// letters, the host as the network has it (full-width letters and other full stops are
// those of every day, what cannot be seen is nothing); empty stays empty. A name in other
// letters than a to z is none: two that look alike would be two people. İ is the capital of i that
// Turkish keyboards begin an address with.
func email(s string) (string, bool) {
	if s = dotted.Replace(strings.TrimSpace(s)); s == "" {
		return "", true
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || len(s) > 254 || !strings.Contains(a.Address, "@") {
		return "", false
	}
	at := strings.LastIndexByte(a.Address, '@')
	name := a.Address[:at]
	host, err := idna.Lookup.ToASCII(a.Address[at+1:])
	if err != nil || strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", false
	}
	kept := strings.ToLower(name + "@" + host)
	again, err := mail.ParseAddress(kept) // a name that needs quotes can't be written as it is kept
	return kept, err == nil && again.Address == kept
}

var dotted = strings.NewReplacer("İ", "i", "i\u0307", "i", "I\u0307", "i")

// Address reports whether something is an e-mail address as accounts keep them.
func Address(s string) bool {
	kept, ok := email(s)
	return ok && kept == s && s != ""
}

// phone is a number as it is kept: E.164. Local ones are read as the country's.
func phone(s, region string) (string, bool) {
	if s = strings.TrimSpace(s); s == "" {
		return "", true
	}
	if len(s) > 40 {
		return "", false
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// words trims, joins spaces and composes letters.
func words(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// notInNames: names have letters, spaces, hyphens, apostrophes and full stops.
func notInNames(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" -'’ʼ`.", r)
}

func offered(p *profile.Profile, tag string) bool {
	for _, l := range p.Languages.Offered {
		if l == tag {
			return true
		}
	}
	return false
}

func checkedNote(note string) (string, error) {
	note = strings.TrimSpace(note)
	switch n := len([]rune(note)); {
	case n == 0:
		return "", fault.New(fault.Invalid, "identity.invalid").WithField("note", "identity.note_required", nil)
	case n > maxNote:
		return "", fault.New(fault.Invalid, "identity.invalid").WithField("note", "identity.note_long", fault.Args{"Most": maxNote})
	}
	return note, nil
}

// shut blocks an account and ends everything that is open.
func (s *Service) shut(ctx context.Context, tx *db.Tx, a Account, why, note, level string) error {
	var by *int64
	if c := caller.From(ctx); why == ByDecision && c.SignedIn() {
		by = &c.Account
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE account SET state = 'blocked', blocked_why = $3, blocked_note = $4, blocked_level = $5, blocked_by = $6, blocked_at = $7, version = version + 1
		WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID, why, note, level, by, s.now())
	if err != nil {
		return err
	}
	return s.Door.CutOff(ctx, tx, a.ID, "blocked", "")
}

// open gives a blocked account the state it would otherwise have.
func (s *Service) open(ctx context.Context, tx *db.Tx, a Account) (State, error) {
	var to State
	err := tx.PGX().QueryRow(ctx, `UPDATE account SET state = CASE WHEN password_hash = '' THEN 'invited' ELSE 'active' END,
		blocked_why = '', blocked_note = '', blocked_level = '', blocked_by = NULL, blocked_at = NULL, version = version + 1 WHERE tenant_id = $1 AND id = $2 RETURNING state`, tx.Tenant(), a.ID).Scan(&to)
	return to, err
}

// Own is what people keep of their own account themselves.
type Own struct {
	Email    string
	Phone    string
	Language string
	Password string // the current one, for another address
	Version  int    // of the account they saw
}

// ChangeOwn changes the caller's own address, telephone and language. Names are
// the superior's to correct (Correct). Another address is another way to a new
// password: it takes the password, so that an unattended session does not give the
// account away. The same address says nothing, with the password or without: browsers fill that in
// ([Service.ConfirmOwn]). Faults: Invalid by field ("email", "current", …); TooMany; Conflict
// when the mailbox is another account's or an operator's, the account is not at the version
// that was seen, or its password has changed meanwhile.
func (s *Service) ChangeOwn(ctx context.Context, o Own) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	if done, err := s.gate.Done(ctx); done || err != nil {
		return err
	}
	var a Account
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, c.Account)
		return err
	})
	if err != nil {
		return err
	}
	var proof *door.Proof
	address, valid := email(o.Email)
	if valid && address != a.Email {
		p, err := s.Door.Prove(ctx, c, o.Password)
		if err != nil {
			return err
		}
		proof = &p
		if err := s.noOperators(ctx, address); err != nil {
			return err
		}
	}
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if proof != nil {
			if _, err := s.Door.Still(ctx, tx, *proof); err != nil {
				return err
			}
		}
		a, err := s.accountByID(ctx, tx, c.Account)
		if err != nil {
			return err
		}
		if o.Version != a.Version || proof == nil && valid && address != a.Email {
			return fault.New(fault.Conflict, "identity.changed")
		}
		p := Person{Family: a.Family, Given: a.Given, Patronymic: a.Patronymic, Email: o.Email, Phone: o.Phone, Language: o.Language}
		if err := s.saveAccount(ctx, tx, a, p, "personalise"); err != nil {
			return err
		}
		return s.renamed(ctx, tx, a, p)
	})
}

// SetLanguage remembers the language the caller reads. Nothing else of the account
// is looked at: a name that today's rules would refuse keeps nobody from reading.
func (s *Service) SetLanguage(ctx context.Context, tag string) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, c.Account)
		if err != nil || a.Language == tag {
			return err
		}
		if _, err := tx.PGX().Exec(ctx, `UPDATE account SET language = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID, tag); err != nil {
			return err
		}
		if err := s.Door.Refresh(ctx, tx, a.ID); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: "personalise", Object: "account", Target: a.UID, Changes: []audit.Change{{Field: "language", Old: a.Language, New: tag}},
		})
	})
}

// overOwn is over for what an account says of its owner. The catalogue has no "update" of accounts:
// who may appoint somebody may also spell the name right. A refusal says what was to be changed.
func (s *Service) overOwn(ctx context.Context, tx *db.Tx, a Account) error {
	err := s.over(ctx, tx, "update", "appointment", a)
	if f, is := errors.AsType[*fault.Error](err); is && f.Args["Object"] != nil {
		return f.With("Object", fault.Key("object.account"))
	}
	return err
}

// Correct changes a person's name and addresses, by somebody who stands over the
// person. The name of a guarded role's holder takes two people as their address does:
// it is all by which others know whom they agree to.
func (s *Service) Correct(ctx context.Context, accountUID string, version int, p Person) error {
	return s.likenessShown(ctx, s.twice(ctx, deed{Act: "correct", Account: accountUID, Version: version, Person: p}, func(ctx context.Context, tx *db.Tx, a Account) error {
		if err := s.overOwn(ctx, tx, a); err != nil {
			return err
		}
		if version != a.Version {
			return changed(ctx)
		}
		if p.Language == "" {
			p.Language = a.Language
		}
		if err := s.saveAccount(ctx, tx, a, p, "update"); err != nil {
			return err
		}
		return s.renamed(ctx, tx, a, p)
	}))
}
