package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// The roles that every ministry has (policies' catalogue).
const (
	AdministratorRole = "tenant_admin"
	AuditorRole       = "auditor"
)

// kindAppointment is the approval that gives one of them.
const kindAppointment = "appointment"

// Administrator makes, for onboarding and the command line, the account of a
// ministry's first administrators: the role at the root, by a system role. For
// one who exists and has not accepted yet it issues the link anew, and for one who
// has it does nothing and returns no key.
func (s *Service) Administrator(ctx context.Context, role string, root unit.Unit, p Person) (Appointed, error) {
	var out Appointed
	address, _ := email(p.Email)
	if p.Family == "" && p.Given == "" {
		p.Given = nameFrom(address)
	}
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := accounts(tx).Where("email = ? AND email <> ''", address).Where(`EXISTS (SELECT FROM appointment p WHERE p.tenant_id = account.tenant_id AND p.account_id = account.id
			AND p.role = ? AND p.unit_id = ? AND `+holdsFrom("?")+`)`, role, root.ID, s.today(ctx)).Take(&out.Account).Error
		if db.NoRows(err) {
			out, err = s.Appoint(ctx, NewAppointment{Person: p, Role: role, Unit: root})
			return err
		}
		if err != nil || out.Account.State != Invited {
			return err
		}
		out.Key, err = s.invite(ctx, tx, out.Account)
		return err
	}, &out)
	return out, err
}

// FirstPerson makes a person of what an operator types: a name, the family name
// first, and an address. Where no name was given, the address lends one until the
// person says it themself.
func FirstPerson(name, address, language string) Person {
	p := Person{Email: address, Language: language}
	if p.Family, p.Given, _ = strings.Cut(words(name), " "); p.Family == "" {
		p.Given = nameFrom(address)
	}
	return p
}

// FirstAdministrator is an administrator whom the platform invited, while the
// invitation has not been accepted: what an operator may know of them, having
// typed it in.
type FirstAdministrator struct {
	UID     string
	Name    string
	Email   string
	Invited time.Time // when the last link was made; zero: none is open
	Expires time.Time
}

// FirstAdministrators returns those, and how many administrators can work by now.
// Only a system role may ask. Fault: Denied.
func (s *Service) FirstAdministrators(ctx context.Context) (invited []FirstAdministrator, working int, err error) {
	if c := caller.From(ctx); c == nil || c.System == "" {
		return nil, 0, approval.OperatorsOnly()
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT a.uid, a.name, a.email,
			  coalesce(k.created_at, '0001-01-01'), coalesce(k.expires_at, '0001-01-01')
			FROM account a JOIN appointment p ON p.tenant_id = a.tenant_id AND p.account_id = a.id
			LEFT JOIN LATERAL (SELECT created_at, expires_at FROM account_key k WHERE k.tenant_id = a.tenant_id AND k.account_id = a.id
			  AND k.purpose = 'invite' AND k.used_at IS NULL AND k.revoked_at IS NULL AND k.expires_at > $4 ORDER BY k.id DESC LIMIT 1) k ON true
			WHERE a.tenant_id = $1 AND a.state = 'invited' AND p.role = $2 AND p.granted_by IS NULL
			  AND p.since <= $3 AND `+holdsFrom("$3")+` ORDER BY 2, 1`,
			tx.Tenant(), AdministratorRole, s.today(ctx), s.now())
		if err != nil {
			return err
		}
		if invited, err = pgx.CollectRows(rows, pgx.RowToStructByPos[FirstAdministrator]); err != nil {
			return err
		}
		all, err := s.administrators(ctx, tx)
		if working = len(all); err != nil {
			return err
		}
		entries := make([]audit.Entry, len(invited)) // names and addresses of people
		for i, a := range invited {
			entries[i] = audit.Entry{
				Action: "view", Object: "account", Target: a.UID, Fields: []string{"name", "email"},
				Changes: []audit.Change{{Field: "operator", New: approval.Operator(ctx)}},
			}
		}
		return s.trail.Record(ctx, tx, entries...)
	})
	return invited, working, err
}

// CheckPerson says what is wrong with the data of a person to be invited, without
// making anything. Faults: Invalid by field.
func CheckPerson(p *profile.Profile, n Person) error {
	_, err := n.checked(gate.Ministry{Profile: p})
	return err
}

// administrators are the active accounts that hold the administrator's role today.
func (s *Service) administrators(ctx context.Context, tx *db.Tx) ([]int64, error) {
	return s.holders(ctx, tx, []string{AdministratorRole})
}

// holders are the active accounts that hold one of the roles today.
func (s *Service) holders(ctx context.Context, tx *db.Tx, roles []string) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT a.id FROM account a JOIN appointment p ON p.tenant_id = a.tenant_id AND p.account_id = a.id
		WHERE a.tenant_id = $1 AND a.state = 'active' AND p.role = ANY($2) AND `+givesOn("$3")+` ORDER BY 1`,
		tx.Tenant(), roles, s.today(ctx))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// askedAppointment is a NewAppointment as an approval keeps it.
type askedAppointment struct {
	Account      string    `json:"account,omitempty"`
	Person       Person    `json:"person"`
	Another      bool      `json:"another,omitempty"`
	Second       string    `json:"beside,omitempty"` // the mark of who holds the post as well
	Far          time.Time `json:"far_day,omitzero"` // the day that is meant
	Role         string    `json:"role"`
	Unit         string    `json:"unit"`
	Since        time.Time `json:"since"`
	Until        time.Time `json:"until"`
	Order        Order     `json:"order"`
	IdentifiedBy string    `json:"identified_by"`
	Address      string    `json:"address,omitempty"` // of an account: to which one agrees, as long as it stays so
}

// secondEyes asks for a second administrator's word where one is needed, and
// returns nil where none is.
func (s *Service) secondEyes(ctx context.Context, tx *db.Tx, n NewAppointment) (*approval.Request, error) {
	if s.approvals == nil {
		return nil, nil
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	guarded, err := s.givesGuarded(ctx, tx, m, n)
	if err != nil || !guarded {
		return nil, err
	}
	if needed, err := s.approvals.Needed(ctx); err != nil || !needed {
		return nil, err
	}
	would, err := s.rehearsal(ctx, tx, n)
	if err != nil {
		return nil, err
	}
	ask := approval.Ask{Key: "approval.asks.appointment"}
	if ask.Told, ask.Changes, err = s.toldAlike(ctx, tx, n); err != nil {
		return nil, err
	}
	whom := n.Account
	switch {
	case n.Account != "":
		if ask.Concerns = would.Account.ID; would.Key != nil { // one that has not been opened yet is invited anew
			ask.Addresses = []string{would.Account.Email}
		}
		if ask.Stranger, err = s.needsOwnYes(ctx, tx, would.Account); err != nil {
			return nil, err
		}
	case would.Account.Email != "":
		whom, ask.Key = newcomer(would.Account), "approval.asks.appointment_mail" // the address is agreed to as well
	default:
		whom = newcomer(would.Account)
	}
	ask.Subject = subject(ctx, "second", whom, n.Role, n.Unit.UID)
	return s.askAppointment(ctx, tx, n, ask, would.Account)
}

// newcomer names somebody who has no account yet, without their name.
func newcomer(a Account) string {
	sum := sha256.Sum256([]byte(a.Name + "\x00" + a.Email))
	return hex.EncodeToString(sum[:12])
}

// toldHands is what whoever decides is told of those who may be acting as the person
// already: they have had a key of the account in hand, or typed where its letters go. It is
// looked up when they read it. Address is the one that was there when it was asked: to
// another one nobody agrees by agreeing to the role.
func (s *Service) toldHands(ctx context.Context, tx *db.Tx, a Account, address string) ([]fault.Phrase, error) {
	behind, err := s.standBehind(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	var names fault.List
	for _, id := range behind.Accounts {
		if id == a.ID {
			continue
		}
		other, err := s.accountByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, other.Name)
	}
	if len(behind.Operators) > 0 {
		names = append(names, fault.Key("approval.operator_hand"))
	}
	if names == nil {
		return nil, nil
	}
	told := []fault.Phrase{{Key: "approval.told.hands", Args: fault.Args{"Names": names}}}
	if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
		return told, err
	}
	agrees := a.Email == address
	if c := caller.From(ctx); agrees && c.SignedIn() {
		one, err := s.oneWithTypist(ctx, tx, a, c.Account)
		if err != nil {
			return nil, err
		}
		agrees = !one
	}
	key := "approval.told.address"
	if agrees {
		key = "approval.told.address_agree"
	}
	return append(told, fault.Phrase{Key: key, Args: fault.Args{"Email": a.Email}}), nil
}

// givesGuarded reports whether an appointment changes what the holder of a guarded role
// may do: it gives such a role, or another post, whose guardrails bind them too, to
// somebody who holds one.
func (s *Service) givesGuarded(ctx context.Context, tx *db.Tx, m gate.Ministry, n NewAppointment) (bool, error) {
	if r := m.Profile.Role(n.Role); r == nil || r.Guarded || n.Account == "" {
		return r != nil && r.Guarded, nil
	}
	a, err := s.accountByUID(ctx, tx, n.Account)
	if err != nil {
		return false, err
	}
	return s.holdsGuarded(ctx, tx, m, a.ID)
}

// holdsGuarded reports whether somebody holds a guarded role, now or to come.
func (s *Service) holdsGuarded(ctx context.Context, tx *db.Tx, m gate.Ministry, account int64) (bool, error) {
	held, err := rolesHeld(ctx, tx, account, s.today(ctx))
	return slices.ContainsFunc(held, func(id string) bool {
		r := m.Profile.Role(id)
		return r != nil && r.Guarded
	}), err
}

// rehearsal tries an appointment within the unit: what could not be done must be said
// now, not to whoever agrees to it.
func (s *Service) rehearsal(ctx context.Context, tx *db.Tx, n NewAppointment) (would Appointed, err error) {
	err = tx.Rehearse(ctx, func(ctx context.Context) (err error) {
		would, err = s.appoint(ctx, tx, n)
		return err
	})
	return would, err
}

// askAppointment asks for an appointment of somebody.
func (s *Service) askAppointment(ctx context.Context, tx *db.Tx, n NewAppointment, ask approval.Ask, a Account) (*approval.Request, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	ask.Kind, ask.UnitPath = kindAppointment, n.Unit.Path
	asked := askedAppointment{
		Account: n.Account, Person: n.Person, Another: n.AnotherPerson, Second: n.SecondHolder, Far: n.Far, Role: n.Role, Unit: n.Unit.UID,
		Since: n.Since, Until: n.Until, Order: n.Order, IdentifiedBy: n.IdentifiedBy,
	}
	if n.Account != "" {
		asked.Address = a.Email
	}
	ask.Payload = asked
	ask.Told = append(ask.Told, n.days(ask.Offer)...)
	if taken, err := s.taken(ctx, tx, m, a, n); err != nil {
		return nil, err
	} else if len(taken) > 0 {
		ask.Told = append(ask.Told, fault.Phrase{Key: "approval.told.taken", Args: fault.Args{"Rights": taken}})
	}
	ask.Args = fault.Args{"Name": a.Name, "Role": nameOf(m.Profile, n.Role), "Unit": fault.Text(n.Unit.Name)}
	switch {
	case ask.Offer: // both read it, and the giver may not know their name
		delete(ask.Args, "Name")
		if n.Typed != "" { // that they know
			ask.Args[approval.WhomArg] = n.Typed
		}
		if n.Order.Number != "" {
			ask.Args["Number"], ask.Args["Date"] = n.Order.Number, clock.Day(n.Order.Date)
		}
		ask.Offered.Args = maps.Clone(ask.Args)
		delete(ask.Offered.Args, approval.WhomArg)
	case n.Account == "":
		ask.Args["Email"], ask.Addresses = a.Email, []string{a.Email}
	}
	r, err := s.approvals.Ask(ctx, tx, ask)
	return &r, err
}

// days says from when until when a post that is asked for would hold: whoever agrees is shown
// what comes of it. Where no day was named it begins when they agree.
func (n NewAppointment) days(offer bool) []fault.Phrase {
	told := []fault.Phrase{{Key: "approval.told.since_agreed"}}
	switch {
	case !n.Since.IsZero():
		told[0] = fault.Phrase{Key: "approval.told.since", Args: fault.Args{"Since": clock.Day(n.Since)}}
	case offer:
		told[0].Key = "approval.told.since_accepted"
	}
	if !n.Until.IsZero() {
		told = append(told, fault.Phrase{Key: "approval.told.until", Args: fault.Args{"Until": fault.End(clock.Day(n.Until))}})
	}
	return told
}

// appointTold looks at the account that the role is for as it is now; of somebody who is
// to get one, for accounts like theirs: one may have been made since it was asked.
func (s *Service) appointTold(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error) {
	var a askedAppointment
	if err := json.Unmarshal(payload, &a); err != nil {
		return nil, errors.New("identity: an appointment that waits cannot be read")
	}
	n, err := s.asAsked(ctx, a)
	if err != nil {
		return nil, err
	}
	if a.Account != "" {
		person, err := s.accountByUID(ctx, tx, a.Account)
		if err != nil {
			return nil, err
		}
		told, err := s.toldHands(ctx, tx, person, a.Address)
		if err != nil {
			return nil, err
		}
		others, err := s.toldMailbox(ctx, tx, person, person.Email)
		if person.State == Blocked && person.BlockedWhy == ByDecision { // then the post opens nothing
			told = append(told, fault.Phrase{Key: "approval.told.blocked", Args: fault.Args{"Name": person.Name}})
		}
		if err != nil {
			return nil, err
		}
		beside, err := s.toldBeside(ctx, tx, n, person.ID)
		return slices.Concat(told, others, beside, s.toldClosing(ctx, n)), err
	}
	told, _, err := s.toldAlike(ctx, tx, NewAppointment{Person: a.Person, Role: a.Role, Unit: n.Unit})
	if err != nil && fault.KindOf(err) == fault.Invalid { // by a profile since: approving it will say so
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	beside, err := s.toldBeside(ctx, tx, n, 0)
	return slices.Concat(told, beside, s.toldClosing(ctx, n)), err
}

// toldClosing says that a post would end before its day, or before it ends at all, because its unit does:
// it may have been entered since it was asked for.
func (s *Service) toldClosing(ctx context.Context, n NewAppointment) []fault.Phrase {
	ends := n.Unit.Until
	if ends == nil || !s.today(ctx).Before(*ends) || !n.Since.Before(*ends) || !n.Until.IsZero() && !ends.Before(n.Until) {
		return nil
	}
	return []fault.Phrase{{Key: "approval.told.closes", Args: fault.Args{"Unit": fault.Text(n.Unit.Name), "Until": clock.Day(*ends)}}}
}

// offerTold looks at who holds a post that somebody is offered.
func (s *Service) offerTold(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error) {
	var a askedAppointment
	if err := json.Unmarshal(payload, &a); err != nil {
		return nil, errors.New("identity: an offer that waits cannot be read")
	}
	n, err := s.asAsked(ctx, a)
	if err != nil {
		return nil, err
	}
	person, err := s.accountByUID(ctx, tx, a.Account)
	if err != nil {
		return nil, err
	}
	beside, err := s.toldBeside(ctx, tx, n, person.ID)
	return append(beside, s.toldClosing(ctx, n)...), err
}

// asAsked is an appointment as it was asked for.
func (s *Service) asAsked(ctx context.Context, a askedAppointment) (NewAppointment, error) {
	u, err := s.tree.Get(ctx, a.Unit)
	return NewAppointment{
		Account: a.Account, Person: a.Person, AnotherPerson: a.Another, SecondHolder: a.Second, Far: a.Far, Role: a.Role, Unit: u, Since: a.Since, Until: a.Until, Order: a.Order, IdentifiedBy: a.IdentifiedBy,
		address: a.Address,
	}, err
}

// appointApproved gives the role after all.
func (s *Service) appointApproved(ctx context.Context, _ *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
	var a askedAppointment
	if err := json.Unmarshal(payload, &a); err != nil {
		return approval.Done{}, errors.New("identity: an approved appointment cannot be read")
	}
	n, err := s.asAsked(ctx, a)
	if err != nil {
		return approval.Done{}, err
	}
	out, err := s.Appoint(ctx, n)
	if err != nil || out.Key == nil {
		return approval.Done{}, err
	}
	return approval.Done{Link: out.Key.Path, Mailed: out.Key.Path == "", For: out.Account.Name, Address: out.Account.Email, Expires: out.Key.Expires}, nil
}
