package identity

import (
	"context"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity/door"
	"mektep/core/notify"
	"mektep/core/policy"
	"mektep/core/unit"
)

// MostWords is how long the words of a search may be, in characters.
const MostWords = 200

// Filter says which people to list. Zero fields do not restrict.
type Filter struct {
	Words string // beginnings of words of the name, in any order and either alphabet; to be posted, never put into a URL
	Role  string // who holds it now
	State State
	Unit  *unit.Unit // who holds something there or below
	After string     // cursor of the page before
	Limit int        // 50 when zero, at most 200
}

// PersonRow is a person in a list.
type PersonRow struct {
	Account
	Posts  []Post // in force or to come, at units the caller may see
	Shared bool   // there were signs of sharing in the last thirty days; shown to who may see sessions
}

// Post is a role at a unit, in short.
type Post struct {
	Role  string
	Unit  unit.Unit
	Since time.Time
	Until time.Time
}

// People lists accounts that the caller may see, by name: those who hold or held
// something at units in their scope. next is the cursor of the following page,
// empty at the end. The read is recorded. Faults: Denied with the rule; Invalid
// for a cursor that is none.
func (s *Service) People(ctx context.Context, f Filter) (rows []PersonRow, next string, err error) {
	scope, err := s.gate.Scope(ctx, "view", "account")
	if err != nil {
		return nil, "", s.gate.Refused(ctx, err)
	}
	if len([]rune(f.Words)) > MostWords {
		return nil, "", fault.New(fault.Invalid, "fault.too_long").With("Max", MostWords)
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if rows, next, err = s.listPeople(ctx, tx, f, scope); err != nil {
			return err
		}
		fields := []string{"name", "login", "state", "posts"}
		if f.Words != "" {
			fields = append(fields, "words")
		}
		e := audit.Entry{Action: "view", Object: "account", Fields: fields}
		if f.Unit != nil {
			e.UnitPath = f.Unit.Path
		}
		return s.trail.Record(ctx, tx, e)
	})
	return rows, next, err
}

// PersonPage is everything the caller may see of a person.
type PersonPage struct {
	Account
	Appointments []Appointment      // at units the caller may see, those in force first
	Elsewhere    int                // further ones in force, at units the caller may not see
	Sessions     []door.SessionInfo // living ones; nil unless the caller may see sessions
	Sharing      []time.Time        // signs of sharing in the last thirty days (TR-DR-8); likewise
	Invitation   *Invitation        // the open one, if any
	Letters      []notify.Sent      // the last ones to them, newest first
	Stops        []string           // public ids of the posts that the caller's block would stop; nil: the whole account
	Spares       bool               // and would leave open what they are besides work
	Held         bool               // letters that let one in stay away from the address: somebody else typed it, and nobody confirmed it
	Holding      Holding            // where Held: what there is to do about it

	// Excluded are pairs of roles, held together, that the limits have come to forbid:
	// the older data stays, and is said.
	Excluded []policy.LimitHit
	May      May

	// Second says that what the caller does to the account waits for a second person;
	// SecondOut says so of what only keeps its owner out: block, end, end the sessions.
	Second, SecondOut bool
}

// lettersShown is how many letters to a person are shown.
const lettersShown = 5

// Invitation is an open invitation.
type Invitation struct {
	UID     string
	SentAt  time.Time
	Expires time.Time
}

// May says what the caller may do here: for showing or hiding buttons. Whatever
// it says, each function checks for itself.
type May struct {
	Correct, Block, Unblock, Reset, Invite, Revoke bool
	Confirm                                        bool            // the address
	AskConfirm                                     bool            // or ask an operator to, since nobody else is left
	Dismiss                                        map[string]bool // by public id of the appointment
}

// Person shows one person's account. The read is recorded. Faults: NotFound;
// Denied with the rule.
func (s *Service) Person(ctx context.Context, accountUID string) (PersonPage, error) {
	var p PersonPage
	err := s.gate.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.accountByUID(ctx, tx, accountUID)
		if err != nil {
			return err
		}
		all, err := appointments(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		today := s.today(ctx)
		a.Over = len(all) > 0 && !slices.ContainsFunc(all, func(x Appointment) bool { return !x.OverOn(today) })
		p = PersonPage{Account: a}
		if err := s.visible(ctx, &p, all); err != nil {
			return err
		}
		if err := s.excluded(ctx, &p); err != nil {
			return err
		}
		if p.Invitation, err = openInvitation(ctx, tx, a, s.now()); err != nil {
			return err
		}
		if p.Letters, err = s.notify.LettersTo(ctx, tx, a.ID, lettersShown); err != nil {
			return err
		}
		if err := s.seeSessions(ctx, tx, &p); err != nil {
			return err
		}
		if err := s.mayDo(ctx, tx, &p); err != nil {
			return err
		}
		if err := s.seeHeld(ctx, tx, &p); err != nil {
			return err
		}
		if p.Second, err = s.needsTwo(ctx, tx, a, deed{Act: "correct"}); err != nil {
			return err
		}
		if p.SecondOut, err = s.needsTwo(ctx, tx, a, deed{Act: "block"}); err != nil {
			return err
		}
		p.withhold(caller.From(ctx))
		e := audit.Entry{Action: "view", Object: "account", Target: a.UID, Fields: []string{"name", "email", "phone", "login", "state", "appointments"}}
		if len(p.Appointments) > 0 {
			e.UnitPath = p.Appointments[0].Unit.Path
		}
		return s.trail.Record(ctx, tx, e)
	})
	return p, err
}

// visible keeps the appointments that the caller may see, and refuses when there
// is nothing that the caller may see of this person.
func (s *Service) visible(ctx context.Context, p *PersonPage, all []Appointment) error {
	c := caller.From(ctx)
	if c.SignedIn() && c.Account == p.ID {
		p.Appointments = all
		return nil
	}
	scope, err := s.gate.Scope(ctx, "view", "account")
	if err != nil {
		return err
	}
	today := s.today(ctx)
	for _, a := range all {
		then, err := s.lies(ctx, a.Unit, a.Since) // whose a post to come is, sees it coming
		if err != nil {
			return err
		}
		switch {
		case scope.Holds(a.Unit.Path, a.Unit.Type), scope.HoldsThen(then):
			p.Appointments = append(p.Appointments, a)
		case !a.OverOn(today):
			p.Elsewhere++
		}
	}
	if len(p.Appointments) > 0 || scope.All {
		return nil
	}
	t := gate.Target{Object: "account", UID: p.UID}
	if len(all) > 0 {
		t.Path, t.Type = all[0].Unit.Path, all[0].Unit.Type
	}
	if _, err := s.gate.Check(ctx, "view", t); err != nil {
		return err
	}
	return fault.New(fault.NotFound, "identity.no_account")
}

// excluded says which of the roles that the caller sees exclude each other.
func (s *Service) excluded(ctx context.Context, p *PersonPage) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	var roles []string
	today := s.today(ctx)
	for _, a := range p.Appointments {
		if !a.OverOn(today) && !slices.Contains(roles, a.Role) {
			roles = append(roles, a.Role)
		}
	}
	p.Excluded = m.Policy.Policy().Conflicts(roles)
	return nil
}

// withhold takes away how to reach the person, and how they sign in, where the
// caller does not look after all that they do: giving somebody a post of one's own
// opens no officer's data.
func (p *PersonPage) withhold(c *caller.Caller) {
	if p.Elsewhere == 0 || p.May.Correct || c.SignedIn() && c.Account == p.ID {
		return
	}
	p.Account, p.Invitation, p.Letters, p.Held, p.Holding = p.withheld(), nil, nil, false, Holding{}
}

// withheld is an account without how to reach the person and how they sign in.
func (a Account) withheld() Account {
	a.Email, a.Phone, a.Login, a.SecondSince, a.SignedInAt, a.AddressUnread, a.Withheld = "", "", "", nil, nil, false, true
	return a
}

// stranger is the account of somebody whom the caller may not see: until they have said
// yes to a post here, not even their name.
func (a Account) stranger() Account {
	return Account{ID: a.ID, UID: a.UID, State: a.State, Over: a.Over, Withheld: true}
}

// shown is an account as the caller may see it: of a stranger, nothing. Whatever returns
// one that the caller has not looked after returns it through here.
func (s *Service) shown(ctx context.Context, tx *db.Tx, a Account) (Account, error) {
	if c := caller.From(ctx); c != nil && c.System != "" {
		return a, nil
	}
	seen, elsewhere, err := s.sees(ctx, tx, a, false)
	if err != nil || seen && elsewhere == 0 {
		return a, err
	}
	may, err := yes(s.over(ctx, tx, "update", "appointment", a))
	switch {
	case err != nil || may:
		return a, err
	case !seen:
		return a.stranger(), nil
	}
	return a.withheld(), nil
}

// sees reports whether the caller may see an account, and how much its holder holds
// elsewhere; present: for the sake of a post held now or to come, not of a past one.
func (s *Service) sees(ctx context.Context, tx *db.Tx, a Account, present bool) (seen bool, elsewhere int, err error) {
	all, err := appointments(ctx, tx, a.ID)
	if err != nil {
		return false, 0, err
	}
	if today := s.today(ctx); present && slices.ContainsFunc(all, func(p Appointment) bool { return !p.OverOn(today) }) {
		all = slices.DeleteFunc(all, func(p Appointment) bool { return p.OverOn(today) })
	}
	p := PersonPage{Account: a}
	err = s.visible(ctx, &p, all)
	if fault.KindOf(err) == fault.NotFound {
		return false, p.Elsewhere, nil
	}
	seen, err = yes(err)
	return seen, p.Elsewhere, err
}

// seeSessions adds sessions and signs of sharing, to the person themself and to
// who may see sessions and stands over all that the person holds.
func (s *Service) seeSessions(ctx context.Context, tx *db.Tx, p *PersonPage) error {
	c := caller.From(ctx)
	self := c.SignedIn() && c.Account == p.ID
	if !self {
		may, err := yes(s.over(ctx, tx, "view", "session", p.Account))
		if err != nil || !may {
			return err
		}
	}
	current := ""
	if self {
		current = c.Session
	}
	var err error
	if p.Sessions, err = s.Door.SessionsOf(ctx, tx, p.ID, current); err != nil {
		return err
	}
	p.Sharing, err = sharing(ctx, tx, p.ID, s.now())
	return err
}

func (s *Service) mayDo(ctx context.Context, tx *db.Tx, p *PersonPage) error {
	p.May.Dismiss = map[string]bool{}
	for _, m := range []struct {
		action, object string
		may            *bool
		when           bool
	}{
		{"update", "appointment", &p.May.Correct, true},
		{"unblock", "account", &p.May.Unblock, p.State == Blocked && p.BlockedWhy == ByDecision},
		{"reset", "account", &p.May.Reset, p.State == Active},
		{"resend", "invitation", &p.May.Invite, p.State == Invited},
		{"revoke", "session", &p.May.Revoke, len(p.Sessions) > 0},
	} {
		if m.when {
			ok, err := yes(s.over(ctx, tx, m.action, m.object, p.Account))
			if err != nil {
				return err
			}
			*m.may = ok
		}
	}
	if err := s.mayStop(ctx, tx, p); err != nil {
		return err
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	p.May.Reset = p.May.Reset && m.Profile.Switch("printed_reset_code")
	today := s.today(ctx)
	for _, a := range p.Appointments {
		if !a.HoldsFrom(today) {
			continue
		}
		end, err := s.begin(ctx, tx, a.Role, a.Unit)
		if err != nil {
			return err
		}
		ok, err := yes(s.mayEnd(ctx, end, a, today))
		if err != nil {
			return err
		}
		p.May.Dismiss[a.UID] = ok
	}
	return nil
}

// seeHeld says whether letters stay away from the address, who may confirm it, and
// whether the caller is one of them.
func (s *Service) seeHeld(ctx context.Context, tx *db.Tx, p *PersonPage) (err error) {
	if p.Held, err = s.unconfirmed(ctx, tx, p.Account); err != nil || !p.Held {
		return err
	}
	if p.Holding, err = s.holding(ctx, tx, p.Account); err != nil || !p.May.Correct || !caller.From(ctx).SignedIn() {
		return err
	}
	if p.Holding.Yours, err = s.oneWithTypist(ctx, tx, p.Account, caller.From(ctx).Account); err != nil {
		return err
	}
	p.May.Confirm = !p.Holding.Yours
	p.May.AskConfirm = p.Holding.Yours && len(p.Holding.Whom) == 0
	return nil
}

// mayStop says what the caller's block would stop, and whether they may take up again
// what was stopped.
func (s *Service) mayStop(ctx context.Context, tx *db.Tx, p *PersonPage) error {
	if p.State == Blocked && p.BlockedWhy == ByDecision {
		if p.May.Unblock {
			var err error
			p.May.Unblock, err = yes(s.keptFromAbove(ctx, tx, p.Account))
			return err
		}
		return nil
	}
	if p.State != Blocked {
		posts, spares, err := s.stops(ctx, tx, p.Account)
		if fault.KindOf(err) != fault.Conflict { // they are stopped already
			if p.May.Block, err = yes(err); err != nil {
				return err
			}
		}
		p.Stops, p.Spares = uids(posts), spares
	}
	again, err := s.resumes(ctx, tx, p.Account)
	p.May.Unblock = len(again) > 0
	return err
}

// yes turns a refusal into no, and keeps what is no refusal.
func yes(err error) (bool, error) {
	if err == nil {
		return true, nil
	}
	if fault.From(err).Check != "" || fault.KindOf(err) == fault.Unauthenticated {
		return false, nil
	}
	return false, err
}
