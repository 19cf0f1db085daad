// Package gate asks the one question that every read and write must pass: may
// this caller do this to that, here and now?
//
// The checks come in the order in which a person can do something about them:
//
//	policy       an assignment of the caller grants the action on the object, in a
//	             relation that holds between the assignment and the target
//	before use   what the role demands first: an undertaking, a second factor
//	owner        the fields are kept in this register and not elsewhere
//	window       the calendar has the section open
//	basis        a consent or another legal basis covers the fields
//
// A refusal is a fault that names the check, the rule, the law and the next step.
// Services call Check inside their unit of work (Unit), so that jobs, imports, the
// API and screens all pass here; a refusal rolls the unit back and is then
// recorded in a unit of its own.
package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Ministry is what the gate must know of the ministry whose data is asked for.
type Ministry struct {
	Profile *profile.Profile
	Policy  *policy.Snapshot
}

// Checks are the questions only higher packages can answer. A nil function
// passes: it stands for a part that this installation does not have.
type Checks struct {
	// Open returns a refusal (kind Locked) while the ministry is suspended.
	Open func(ctx context.Context) error
	// BeforeUse returns a refusal while a role's demand ("second_factor",
	// "undertaking:annex_1_1") is not met for this assignment.
	BeforeUse func(ctx context.Context, c *caller.Caller, a caller.Assignment, demand string) error
	// Window returns a refusal (kind Locked) when the section is closed for the target.
	Window func(ctx context.Context, section string, t Target) error
	// Basis returns a refusal when the consent form that a group rests on was not given.
	Basis func(ctx context.Context, form string, t Target) error
	// Way returns the units from the ministry down to the one with u's path, for naming
	// who could do what is refused; nil: they go without names.
	Way func(ctx context.Context, u unit.Unit) ([]unit.Unit, error)
	// Whom returns, where the policy alone does not say it, who could do an action to a
	// thing of unit u, for naming them; nil: whoever the policy lets.
	Whom func(m Ministry, action, object string, u unit.Unit) func(a caller.Assignment) bool
	// Retyped returns a refusal when another type of an institution, on the days from one on
	// and before another, would put posts held there then under other superiors, who were not asked.
	Retyped func(ctx context.Context, institution, typ string, from time.Time, until *time.Time) error
	// Moved is the same of another place.
	Moved func(ctx context.Context, institution string, place unit.Unit, from time.Time, until *time.Time) error
	// Seat returns the unit of the ministry's centre with a code of the profile as it stands
	// today, and whether there is one; nil: whatever the profile names is there.
	Seat func(ctx context.Context, code string) (unit.Unit, bool, error)
	// Vacant returns, of offices none of which anybody holds today, who could fill each; none where
	// somebody holds one of them. A nil function: somebody does.
	Vacant func(ctx context.Context, able []Able) ([][]Able, error)
	// PostsEnd counts the accounts whose posts at a unit would end with it on a day.
	PostsEnd func(ctx context.Context, u unit.Unit, on time.Time) (int, error)
	// PostsBack returns the posts at a unit that are in force again once it ends no more on a day.
	PostsBack func(ctx context.Context, u unit.Unit, on time.Time) ([]Held, error)
	// Posts returns the roles of all posts at a unit that are held, were held or will be.
	Posts func(ctx context.Context, u unit.Unit) ([]string, error)
}

// Gate decides. It is safe for concurrent use; Set its Checks before the first call.
type Gate struct {
	db       *db.DB
	once     *once.Store
	clock    *clock.Clock
	trail    *audit.Trail
	ministry func(ctx context.Context) (Ministry, error)
	checks   Checks
}

// New returns a gate that looks the caller's ministry up with ministry.
func New(d *db.DB, c *clock.Clock, trail *audit.Trail, ministry func(ctx context.Context) (Ministry, error)) *Gate {
	return &Gate{db: d, once: once.OfMinistries(d, c), clock: c, trail: trail, ministry: ministry}
}

// Set gives the gate the checks of higher packages, while wiring.
func (g *Gate) Set(c Checks) { g.checks = c }

// Ministry returns profile and policy of the ministry that acts in ctx.
func (g *Gate) Ministry(ctx context.Context) (Ministry, error) { return g.ministry(ctx) }

// Open refuses while the ministry that acts in ctx is suspended: for what people do
// before they have signed in. Fault: Locked.
func (g *Gate) Open(ctx context.Context) error {
	if g.checks.Open == nil {
		return nil
	}
	return g.checks.Open(ctx)
}

// Target is the thing that is read or written, as its owner knows it.
type Target struct {
	Object string   // of the policy catalogue, e.g. "institution"
	Groups []string // field groups touched: "general" of "institution" is asked as institution.general
	UID    string   // public id, for the audit trail; empty for what does not exist yet
	Path   string   // of the unit it belongs to
	Type   string   // institution type, for the relation "overseen" and the windows
	Holds  []string // further relations that its owner found to hold: self, ward, taught, placed, assigned

	Level string // of its unit, for saying who else could do it; as the tree has it where it is asked (Checks.Way)

	// Whom, where its owner sets it, tells whether somebody who held the assignment
	// could do it, beyond what the policy says: who is named to a refused person.
	Whom func(a caller.Assignment) bool

	// Admit, where its owner sets it, refuses an assignment that the policy allows but
	// that the thing itself does not belong to. Another assignment may still pass. The
	// gate adds who could do it.
	Admit func(a caller.Assignment, relation string) *fault.Error
}

// Grant is a passed check: by which assignment, in which relation, on which law.
type Grant struct {
	Assignment caller.Assignment
	Relation   string
	Source     string
	Object     string // what the policy was asked about
	Action     string
}

// objects are the policy objects that a target touches.
func (t Target) objects(p *profile.Profile) []string {
	if len(t.Groups) == 0 {
		return []string{t.Object}
	}
	objects := make([]string, len(t.Groups))
	for i, g := range t.Groups {
		objects[i] = t.Object + "." + g
		if group := p.Group(objects[i]); group != nil {
			objects[i] = group.Object()
		}
	}
	return objects
}

// Unit runs fn as one unit of work that writes, like db.Tenant. The request's write
// key, if it has one, makes it happen once (package once): results point at whatever fn
// finds out and the answer needs, so that a repetition can answer without running
// it again. A refusal that ends the unit is recorded after the rollback and in a unit of its own.
func (g *Gate) Unit(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error, results ...any) error {
	if _, nested := db.InTx(ctx); nested {
		return g.Look(ctx, fn)
	}
	return g.Refused(ctx, g.once.Unit(ctx, fn, results...))
}

// Done reports whether what the request's key asks for was done before, and fills results
// as Unit would: for what judges something before its unit of work, see [once.Store.Done].
func (g *Gate) Done(ctx context.Context, results ...any) (bool, error) {
	return g.once.Done(ctx, results...)
}

// ForgetKeys deletes keys that nobody will repeat any more, and forms that were kept for
// somebody who has not come back; a job calls it.
func (g *Gate) ForgetKeys(ctx context.Context) error {
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := g.once.Forget(ctx, tx); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, "DELETE FROM kept_form WHERE tenant_id = $1 AND kept_at < $2", tx.Tenant(), g.clock.Now().Add(-keptLife))
		return err
	})
}

// Look runs fn as one unit of work that no write key belongs to: one that reads and
// at most records that it did. Refusals are recorded as by Unit.
func (g *Gate) Look(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error {
	_, nested := db.InTx(ctx)
	err := g.db.Tenant(ctx, fn)
	if nested {
		return err
	}
	return g.Refused(ctx, err)
}

// Witness asks whether the caller may do something that changes nothing but the trail,
// and writes down there that it is done: whoever watches is watched. What e leaves
// open is filled from the question.
func (g *Gate) Witness(ctx context.Context, action string, t Target, e audit.Entry) error {
	return g.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		grant, err := g.Check(ctx, action, t)
		if err != nil {
			return err
		}
		e.Action, e.Object, e.Target, e.Law = action, t.Object, t.UID, grant.Source
		return g.trail.Record(ctx, tx, e)
	})
}

// NamedArg is the argument of a refusal under which stand the public ids of the accounts whose names
// it tells: that they were told is recorded with it.
const NamedArg = "Named"

// Refused records err when it is a refusal of a check, and returns it. Reads
// that need no unit of work call it with what Check or Scope returned.
func (g *Gate) Refused(ctx context.Context, err error) error {
	if err == nil || g.trail == nil {
		return err
	}
	f := fault.From(err)
	if f.Check == "" {
		return err
	}
	e := audit.Entry{Action: text(f, "action"), Object: text(f, "object"), Target: text(f, "uid"), UnitPath: text(f, "path")}
	if e.Action == "" || e.Object == "" {
		return err
	}
	// The refusal stands whether or not it could be recorded; the joined error
	// keeps the reason for the log.
	return errors.Join(err, g.trail.Refusal(ctx, err, e), g.named(ctx, f))
}

// named records whose names a refusal tells.
func (g *Gate) named(ctx context.Context, f *fault.Error) error {
	uids, _ := f.Args[NamedArg].([]string)
	if len(uids) == 0 {
		return nil
	}
	entries := make([]audit.Entry, len(uids))
	for i, uid := range uids {
		entries[i] = audit.Entry{Action: "view", Object: "account", Target: uid, Fields: []string{"name"}}
	}
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return g.trail.Record(ctx, tx, entries...) })
}

// text returns an argument that refusal put in for the trail.
func text(f *fault.Error, name string) string {
	s, _ := f.Args[name].(string)
	return s
}

// Check returns the grant, or the refusal of the first check that fails. It
// reads what it needs within the open unit of work.
func (g *Gate) Check(ctx context.Context, action string, t Target) (Grant, error) {
	c := caller.From(ctx)
	if c == nil {
		return Grant{}, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	if c.System != "" {
		return Grant{Relation: "tenant", Source: "system:" + c.System}, nil
	}
	if !c.SignedIn() {
		return Grant{}, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	m, err := g.ministry(ctx)
	if err != nil {
		return Grant{}, err
	}
	if m.Policy.Policy().Writes(action) {
		if err := g.Open(ctx); err != nil {
			return Grant{}, err
		}
	}
	var grant Grant
	for _, object := range t.objects(m.Profile) {
		if grant, err = g.granted(ctx, m, c, action, object, t); err != nil {
			return Grant{}, refusal(err, m, action, t)
		}
	}
	if !m.Policy.Policy().Writes(action) {
		return grant, nil
	}
	if err := g.lawful(ctx, m, t); err != nil {
		return Grant{}, refusal(err, m, action, t)
	}
	return grant, nil
}

// Retyped asks whether an institution may get another type from a day on, before another (nil:
// without end), for the sake of those who hold a post there then.
func (g *Gate) Retyped(ctx context.Context, institution, typ string, from time.Time, until *time.Time) error {
	if g.checks.Retyped == nil {
		return nil
	}
	return g.checks.Retyped(ctx, institution, typ, from, until)
}

// Moved asks whether an institution may lie in another place from a day on, before another (nil:
// without end), for the sake of those who hold a post there then.
func (g *Gate) Moved(ctx context.Context, institution string, place unit.Unit, from time.Time, until *time.Time) error {
	if g.checks.Moved == nil {
		return nil
	}
	return g.checks.Moved(ctx, institution, place, from, until)
}

// Posts are the roles of all posts at a unit, held, over or to come: what a unit that never
// was cannot have. Nobody is given one there until the unit of work ends.
func (g *Gate) Posts(ctx context.Context, u unit.Unit) ([]string, error) {
	if g.checks.Posts == nil {
		return nil, nil
	}
	return g.checks.Posts(ctx, u)
}

// PostsEnd counts the accounts whose posts at a unit would end with it on a day: whoever
// closes it, or agrees to that, is told.
func (g *Gate) PostsEnd(ctx context.Context, u unit.Unit, on time.Time) (int, error) {
	if g.checks.PostsEnd == nil {
		return 0, nil
	}
	return g.checks.PostsEnd(ctx, u, on)
}

// Held is how many hold a role.
type Held struct {
	Role  string
	Count int
}

// PostsBack returns the posts at a unit that are in force again once it ends no more on a day:
// whoever agrees to that is told which rights come back with it.
func (g *Gate) PostsBack(ctx context.Context, u unit.Unit, on time.Time) ([]Held, error) {
	if g.checks.PostsBack == nil {
		return nil, nil
	}
	return g.checks.PostsBack(ctx, u, on)
}

// Can reports whether Check would pass, without recording anything: for showing
// or hiding what a person could do. No refusal is made of it: a page asks hundreds of times.
func (g *Gate) Can(ctx context.Context, action string, t Target) bool {
	_, err := g.Check(quietly(ctx), action, t)
	return err == nil
}

// May reports whether Scope would find anything, as quietly as Can.
func (g *Gate) May(ctx context.Context, action, object string) bool {
	_, err := g.Scope(quietly(ctx), action, object)
	return err == nil
}

// granted asks the policy for one object and, when it allows, the role's demands.
// An assignment that is allowed but not yet ready is remembered: another may be.
func (g *Gate) granted(ctx context.Context, m Ministry, c *caller.Caller, action, object string, t Target) (Grant, error) {
	var notReady error
	var notAdmitted *fault.Error
	active := g.active(c)
	for _, a := range active {
		for _, relation := range relations(m.Profile, a, t) {
			d := m.Policy.Decide(a.Role, object, action, relation)
			if !d.Allow || bound(m, active, object, action, relation) {
				continue
			}
			if t.Admit != nil {
				if f := t.Admit(a, relation); f != nil {
					notAdmitted = f.WithCheck("policy")
					continue
				}
			}
			// What concerns only oneself stays open: an undertaking could not be
			// signed otherwise, nor a second factor set up.
			if relation != "self" {
				if err := g.ready(ctx, m.Profile, c, a); err != nil {
					notReady = err
					break
				}
			}
			return Grant{Assignment: a, Relation: relation, Source: d.Source, Object: object, Action: action}, nil
		}
	}
	if notReady != nil {
		return Grant{}, notReady
	}
	if quiet(ctx) {
		return Grant{}, errNo
	}
	able, err := g.able(ctx, m, action, object, t)
	switch {
	case err != nil:
		return Grant{}, err
	case notAdmitted != nil:
		return Grant{}, g.vacant(ctx, ask(notAdmitted, m, action, object, able), able)
	}
	return Grant{}, g.vacant(ctx, g.deny(m, c, action, object, able), able)
}

// bound reports whether a guardrail on any office of a person forbids what one of
// their posts allows: it binds the person (KG-ER-6a), who gets round it by no second
// appointment. What is one's own and one's ward's is judged apart: an officer stays a
// parent. And being a parent or a learner is no office: it takes away no officer's right.
func bound(m Ministry, active []caller.Assignment, object, action, relation string) bool {
	if len(active) < 2 || relation == "self" || relation == "ward" {
		return false
	}
	return slices.ContainsFunc(active, func(a caller.Assignment) bool {
		return office(m, a.Role) && m.Policy.Decide(a.Role, object, action, relation).Guardrail
	})
}

// Barring returns the offices that take an action in a relation away from whoever holds one
// of them, by whatever other post they have it (KG-ER-6a).
func (g *Gate) Barring(ctx context.Context, action, object, relation string) ([]string, error) {
	m, err := g.ministry(ctx)
	if err != nil {
		return nil, err
	}
	var roles []string
	for i := range m.Profile.Roles {
		if id := m.Profile.Roles[i].ID; office(m, id) && m.Policy.Decide(id, object, action, relation).Guardrail {
			roles = append(roles, id)
		}
	}
	return roles, nil
}

// active returns the assignments in force today. The session cache may be older
// than midnight.
func (g *Gate) active(c *caller.Caller) []caller.Assignment {
	today := g.clock.Today(c.Tenant.Zone)
	active := make([]caller.Assignment, 0, len(c.Assignments))
	for _, a := range c.Assignments {
		if a.Since.After(today) || (!a.Until.IsZero() && !today.Before(a.Until)) {
			continue
		}
		active = append(active, a)
	}
	return active
}

func (g *Gate) ready(ctx context.Context, p *profile.Profile, c *caller.Caller, a caller.Assignment) error {
	role := p.Role(a.Role)
	if role == nil || g.checks.BeforeUse == nil {
		return nil
	}
	for _, demand := range role.BeforeUse {
		if err := g.checks.BeforeUse(ctx, c, a, demand); err != nil {
			return err
		}
	}
	return nil
}

// lawful asks what binds everybody whom the policy lets write: the owner of the
// fields, the calendar and the legal basis.
func (g *Gate) lawful(ctx context.Context, m Ministry, t Target) error {
	for _, id := range t.Groups {
		group := m.Profile.Group(t.Object + "." + id)
		if group == nil {
			return fault.New(fault.NotFound, "gate.unknown_group").With("Group", id)
		}
		if group.Owner != "" && group.Owner != "self" {
			return ownedElsewhere(m.Profile, group)
		}
		if section := m.Profile.SectionOf(t.Object + "." + id); section != nil && g.checks.Window != nil {
			if err := g.checks.Window(ctx, section.ID, t); err != nil {
				return err
			}
		}
		if form := group.Basis.Consent; form != "" && g.checks.Basis != nil {
			if err := g.checks.Basis(ctx, form, t); err != nil {
				return err
			}
		}
	}
	return nil
}
