package identity

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// post is a role at a unit.
type post struct {
	id      int64
	uid     string
	role    string
	unit    unit.Unit
	stopped bool
	note    string // why it is stopped
	level   string // from which that was decided
	by      int64  // who did; 0: not known
	at      time.Time
	ended   bool // by itself, or with its unit

	since time.Time
	first unit.Unit // its unit as it will be when a post to come begins, by what is entered; none: as it is
}

// lies is the unit of a post as it is on the first day on which the post holds, from today on: whose
// it is on that day (KG-ER-6c), not whose it is today, decides who stands over a post to come.
func (p post) lies() unit.Unit {
	if p.first.ID != 0 {
		return p.first
	}
	return p.unit
}

// rebased is an appointment as it lies on that day.
func (p post) rebased(a caller.Assignment) caller.Assignment {
	if p.first.ID != 0 {
		a.UnitPath = p.first.Rebased(a.UnitPath)
	}
	return a
}

// caller is one whose appointments lie as they do on that day.
func (p post) caller(c *caller.Caller) *caller.Caller {
	if p.first.ID == 0 {
		return c
	}
	return gate.Then(c, p.first)
}

// lies returns a unit as it will be on a day, by what is entered; today and before: as it is.
func (s *Service) lies(ctx context.Context, u unit.Unit, on time.Time) (unit.Unit, error) {
	till, err := s.tree.Till(ctx, u, on)
	if err != nil || len(till) == 0 {
		return u, err
	}
	return till[len(till)-1].Unit, nil
}

// posts are what an account holds now or will hold; for one that holds nothing,
// the last it held.
func (s *Service) posts(ctx context.Context, tx *db.Tx, account int64) ([]post, error) {
	all, err := s.allPosts(ctx, tx, account)
	held := slices.DeleteFunc(slices.Clone(all), func(p post) bool { return p.ended })
	if len(held) == 0 && len(all) > 0 {
		held = all[:1]
	}
	return held, err
}

// allPosts are all that an account holds, held or will hold, what lasts longest first.
func (s *Service) allPosts(ctx context.Context, tx *db.Tx, account int64) ([]post, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+unit.Columns()+`, p.id, p.uid, p.role, p.stopped_at IS NOT NULL, p.stopped_note, p.stopped_level, coalesce(p.stopped_by, 0), coalesce(p.stopped_at, 'epoch'), NOT (`+lastsFrom("$3")+`), p.since
		FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = $2 ORDER BY `+neverHeld+`, LEAST(p.until, u.until) DESC NULLS FIRST, p.id DESC`, tx.Tenant(), account, s.today(ctx))
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p post, err error) {
		p.unit, err = unit.Scan(row, &p.id, &p.uid, &p.role, &p.stopped, &p.note, &p.level, &p.by, &p.at, &p.ended, &p.since)
		return p, err
	})
	for i := range all {
		if p := &all[i]; err == nil && p.since.After(s.today(ctx)) {
			p.first, err = s.lies(ctx, p.unit, p.since)
		}
	}
	return all, err
}

// Appointment is a role that a person holds, held or will hold at a unit.
type Appointment struct {
	ID           int64
	UID          string
	AccountID    int64
	Role         string
	Unit         unit.Unit
	Since        time.Time
	Until        time.Time // first day on which it no longer holds; zero: open
	Order        Order
	IdentifiedBy string // kind of document that the giver saw; see Identifications
	GrantedBy    string // public id of the giver's account; empty: a system role
	GrantedName  string
	GrantedAs    string // the giver's role
	GrantedAt    time.Time
	EndOrder     Order
	EndNote      string
	EndedAt      time.Time // when the end was recorded; zero: not ended
	EndedName    string
	Stopped      time.Time // since when it gives nothing, whoever holds it; zero: it is not stopped
	StoppedNote  string
	StoppedName  string
	Version      int
}

const appointmentColumns = `p.id, p.uid, p.account_id, p.role, p.since, p.until, p.order_no, p.order_date, p.identified_by,
	coalesce(g.uid, ''), coalesce(g.name, ''), p.granted_as, p.granted_at,
	p.end_order_no, p.end_order_date, p.end_note, p.ended_at, coalesce(e.name, ''),
	p.stopped_at, p.stopped_note, coalesce(b.name, ''), p.version`

const appointmentTables = ` FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
	LEFT JOIN account g ON g.tenant_id = p.tenant_id AND g.id = p.granted_by
	LEFT JOIN account e ON e.tenant_id = p.tenant_id AND e.id = p.ended_by
	LEFT JOIN account b ON b.tenant_id = p.tenant_id AND b.id = p.stopped_by`

func scanAppointment(row pgx.Row) (Appointment, error) {
	var a Appointment
	var until, orderDate, endDate, ended, stopped *time.Time
	u, err := unit.Scan(row, &a.ID, &a.UID, &a.AccountID, &a.Role, &a.Since, &until, &a.Order.Number, &orderDate, &a.IdentifiedBy,
		&a.GrantedBy, &a.GrantedName, &a.GrantedAs, &a.GrantedAt,
		&a.EndOrder.Number, &endDate, &a.EndNote, &ended, &a.EndedName, &stopped, &a.StoppedNote, &a.StoppedName, &a.Version)
	a.Unit = u
	a.Until, a.Order.Date, a.EndOrder.Date, a.EndedAt, a.Stopped = zeroed(until), zeroed(orderDate), zeroed(endDate), zeroed(ended), zeroed(stopped)
	return a, err
}

func zeroed(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// holder returns the public id of the account that holds an appointment, which is
// locked before the appointment is.
func (s *Service) holder(ctx context.Context, uid string) (account string, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.PGX().QueryRow(ctx, `SELECT a.uid FROM appointment p JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
			WHERE p.tenant_id = $1 AND p.uid = $2`, tx.Tenant(), uid).Scan(&account)
		if db.NoRows(err) {
			return fault.New(fault.NotFound, "identity.no_such_appointment")
		}
		return err
	})
	return account, err
}

// appointment reads one and keeps others from ending it meanwhile.
func (s *Service) appointment(ctx context.Context, tx *db.Tx, uid string) (Appointment, error) {
	a, err := scanAppointment(tx.PGX().QueryRow(ctx, `SELECT `+unit.Columns()+`, `+appointmentColumns+appointmentTables+
		` WHERE p.tenant_id = $1 AND p.uid = $2 FOR UPDATE OF p`, tx.Tenant(), uid))
	if db.NoRows(err) { // holder has found it before, and none is ever deleted
		return a, fault.New(fault.NotFound, "identity.no_such_appointment")
	}
	return a, err
}

// heldAt are the roles that somebody holds at a unit, or will hold, on a day from one on and before
// another (nil: without end).
func (s *Service) heldAt(ctx context.Context, tx *db.Tx, u unit.Unit, from time.Time, until *time.Time) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.role FROM appointment p
		WHERE p.tenant_id = $1 AND p.unit_id = $2 AND `+holdsFrom("$3")+` AND ($4::date IS NULL OR p.since < $4) ORDER BY p.role`, tx.Tenant(), u.ID, from, until)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// appointments reads all of an account, those in force first.
func appointments(ctx context.Context, tx *db.Tx, account int64) ([]Appointment, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+unit.Columns()+`, `+appointmentColumns+appointmentTables+
		` WHERE p.tenant_id = $1 AND p.account_id = $2 ORDER BY `+neverHeld+`, p.until DESC NULLS FIRST, p.since DESC, p.id DESC`, tx.Tenant(), account)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Appointment, error) { return scanAppointment(row) })
}

func (s *Service) insertAppointment(ctx context.Context, act *act, n NewAppointment, account int64) (Appointment, error) {
	c, tx, u := act.by, act.tx, act.unit
	a := Appointment{
		UID: db.NewUID(), AccountID: account, Role: n.Role, Unit: u, Since: n.Since, Until: n.Until, Order: n.Order,
		IdentifiedBy: n.IdentifiedBy, GrantedBy: c.AccountUID, GrantedName: c.Name, GrantedAs: act.as.As.Role, GrantedAt: s.now(), Version: 1,
	}
	var by *int64
	if c.SignedIn() {
		by = &c.Account
	}
	err := tx.PGX().QueryRow(ctx, `INSERT INTO appointment
		(tenant_id, uid, account_id, role, unit_id, since, until, order_no, order_date, identified_by, granted_by, granted_as, granted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		tx.Tenant(), a.UID, account, a.Role, u.ID, a.Since, orNil(a.Until), a.Order.Number, orNil(a.Order.Date), a.IdentifiedBy, by, a.GrantedAs, a.GrantedAt).Scan(&a.ID)
	if db.IsExclusion(err, "appointment_once") {
		return a, fault.New(fault.Conflict, "identity.already_appointed").WithField("role", "identity.already_appointed", nil).WithCause(err)
	}
	return a, err
}

// endAppointment records the end; until is the first day on which it no longer holds.
func (s *Service) endAppointment(ctx context.Context, tx *db.Tx, a Appointment, until time.Time, o Order, note string) error {
	var by *int64
	if c := caller.From(ctx); c.SignedIn() {
		by = &c.Account
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE appointment SET until = $3, ended_by = $4, ended_at = $5, end_order_no = $6, end_order_date = $7, end_note = $8,
		version = version + 1 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID, until, by, s.now(), o.Number, orNil(o.Date), note)
	return err
}

// setStopped stops a post, or takes it up again.
func (s *Service) setStopped(ctx context.Context, tx *db.Tx, p post, note, level string, stop bool) error {
	var by *int64
	if c := caller.From(ctx); stop && c.SignedIn() {
		by = &c.Account
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE appointment SET stopped_at = CASE WHEN $3 THEN $4::timestamptz END, stopped_by = $5, stopped_note = $6, stopped_level = $7,
		version = version + 1 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), p.id, stop, s.now(), by, note, level)
	return err
}

// rolesHeld are the distinct roles an account holds on or after a day, also at a unit that has ended:
// they are back where its closing is taken back.
func rolesHeld(ctx context.Context, tx *db.Tx, account int64, today time.Time) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.role FROM appointment p
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND `+holdsFrom("$3")+` ORDER BY p.role`, tx.Tenant(), account, today)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// rolesBetween returns the roles of which an account has an appointment on some day from
// one on, before another, stopped or not; the zero time: without end.
func rolesBetween(ctx context.Context, tx *db.Tx, account int64, from, before time.Time) ([]string, error) {
	var end *time.Time
	if !before.IsZero() {
		end = &before
	}
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.role FROM appointment p
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND `+lastsFrom("$3")+` AND ($4::date IS NULL OR p.since < $4) ORDER BY p.role`, tx.Tenant(), account, from, end)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// settle makes the account's state follow its appointments, and has every process
// read them anew.
func (s *Service) settle(ctx context.Context, tx *db.Tx, account int64) error {
	// Two last appointments that end at the same moment: the second one must see the first.
	if _, err := s.Door.Lock(ctx, tx, account); err != nil {
		return err
	}
	a, err := s.accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	held, err := rolesHeld(ctx, tx, account, s.today(ctx))
	if err != nil {
		return err
	}
	var change audit.Change
	switch {
	case len(held) == 0 && a.State != Blocked:
		if err := s.shut(ctx, tx, a, NoAppointment, "", ""); err != nil {
			return err
		}
		change = audit.Change{Field: "state", Old: a.State, New: Blocked}
	case len(held) > 0 && a.State == Blocked && a.BlockedWhy == NoAppointment:
		to, err := s.open(ctx, tx, a)
		if err != nil {
			return err
		}
		change = audit.Change{Field: "state", Old: Blocked, New: to}
	default:
		return s.Door.Refresh(ctx, tx, account)
	}
	return s.trail.Record(ctx, tx, audit.Entry{Action: "update", Object: "account", Target: a.UID, Changes: []audit.Change{change}})
}
