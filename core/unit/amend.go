package unit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// Kind is what a dated fact is about.
type Kind string

// The kinds of dated facts. Name, type and place are chains: each begins on the day
// the one before it ends.
const (
	NameFact    Kind = "name"
	TypeFact    Kind = "type"
	PlaceFact   Kind = "parent"
	OpeningFact Kind = "since" // the day from which the unit exists
	ClosingFact Kind = "until" // the day from which it no longer does
)

// chain is where facts that follow one another stand: the first in the unit's own row, and
// once there is a second one, all of them in the table. The function reads both.
type chain struct{ table, column, facts string }

// chains are those of a unit.
var chains = map[Kind]chain{
	NameFact:  {"unit_name", "name", "unit_names"},
	TypeFact:  {"unit_type", "type", "unit_types"},
	PlaceFact: {"unit_parent", "parent_id", "unit_places"},
}

// unfold puts the first facts of units, where they stand in the units' rows only, into the
// table: whoever changes a chain does so first.
func (c chain) unfold(tx *db.Tx, b *pgx.Batch, ids ...int64) {
	b.Queue("INSERT INTO "+c.table+" (tenant_id, unit_id, "+c.column+", since, order_ref) SELECT u.tenant_id, u.id, u."+c.column+", u.since, u.order_ref"+
		" FROM unit u WHERE u.tenant_id = $1 AND u.id = ANY($2) AND NOT u.withdrawn AND EXISTS (SELECT FROM "+c.facts+"(u.tenant_id, u.id))"+
		" AND NOT EXISTS (SELECT FROM "+c.table+" f WHERE f.tenant_id = u.tenant_id AND f.unit_id = u.id)", tx.Tenant(), ids)
}

// Of returns the facts of a kind that is a chain, latest first.
func (l Life) Of(k Kind) []Fact {
	switch k {
	case NameFact:
		return l.Names
	case TypeFact:
		return l.Types
	case PlaceFact:
		return l.Parents
	}
	return nil
}

// Begun returns the fact of a chain that began on a day, and the one before it: nil
// where there is none.
func (l Life) Begun(k Kind, on time.Time) (fact, before *Fact) {
	facts := l.Of(k)
	for i := range facts {
		if !facts[i].Since.Equal(day(on)) {
			continue
		}
		if i+1 < len(facts) {
			before = &facts[i+1]
		}
		return &facts[i], before
	}
	return nil, nil
}

// HoldAll keeps others from changing the units with the public ids until the unit of
// work ends; always in one order, so that no two wait for each other.
func (t *Tree) HoldAll(ctx context.Context, tx *db.Tx, uids []string) error {
	_, err := tx.PGX().Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 AND uid = ANY($2) ORDER BY id FOR NO KEY UPDATE", tx.Tenant(), uids)
	return err
}

// Withdraw takes a fact out of its chain as if it had never been entered: what held
// before goes on in its place. The first fact of a chain stays, there is nothing before it.
//
// Faults: NotFound where no such fact began on the day; Invalid for the first one and for
// a place that has been closed meanwhile; Conflict for another version.
func (t *Tree) Withdraw(ctx context.Context, u Unit, k Kind, on time.Time) error {
	c, ok := chains[k]
	if !ok {
		return errNoFact
	}
	return t.putRight(ctx, u, func(ctx context.Context, tx *db.Tx) error {
		life, err := t.Life(ctx, u)
		if err != nil {
			return err
		}
		fact, before := life.Begun(k, on)
		switch {
		case fact == nil:
			return errNoFact
		case before == nil:
			return fault.New(fault.Invalid, "unit.invalid").WithField("on", "unit.first_fact", nil)
		case k == PlaceFact:
			if err := holds(*before.Parent, fact.Since, fact.Until); err != nil {
				return err
			}
		}
		b := &pgx.Batch{}
		c.unfold(tx, b, u.ID)
		b.Queue("DELETE FROM "+c.table+" WHERE tenant_id = $1 AND unit_id = $2 AND since = $3", tx.Tenant(), u.ID, fact.Since)
		b.Queue("UPDATE "+c.table+" SET until = $4 WHERE tenant_id = $1 AND unit_id = $2 AND until = $3", tx.Tenant(), u.ID, fact.Since, fact.Until)
		return tx.PGX().SendBatch(ctx, b).Close()
	})
}

// Amended is what a fact should have been. What is left empty stays as it was entered.
type Amended struct {
	Since  time.Time
	Name   map[string]string
	Type   string
	Parent *Unit
	Order  string
}

func (a Amended) over(f Fact) Fact {
	if !a.Since.IsZero() {
		f.Since = day(a.Since)
	}
	if a.Name != nil {
		f.Name = a.Name
	}
	if a.Type != "" {
		f.Type = a.Type
	}
	if a.Parent != nil {
		f.Parent = a.Parent
	}
	if a.Order != "" {
		f.Order = a.Order
	}
	return f
}

// Amend puts a fact of a chain right where it stands: its value, its order, its day. The
// day stays between that of the fact before it and that of the one after; the first fact
// of a chain begins with the unit (see Begin).
//
// Faults: as Withdraw's; Invalid for a day that does not fit, or a place.
func (t *Tree) Amend(ctx context.Context, u Unit, k Kind, on time.Time, a Amended) error {
	c, ok := chains[k]
	if !ok {
		return errNoFact
	}
	return t.putRight(ctx, u, func(ctx context.Context, tx *db.Tx) error {
		life, err := t.Life(ctx, u)
		if err != nil {
			return err
		}
		was, before := life.Begun(k, on)
		if was == nil {
			return errNoFact
		}
		will := a.over(*was)
		if err := fits(u, *was, will, before); err != nil {
			return err
		}
		if before != nil && before.Parent != nil { // what it leaves must last until then
			if err := holds(*before.Parent, before.Since, &will.Since); err != nil {
				return err
			}
		}
		var value any = will.Type
		switch k {
		case NameFact:
			raw, err := json.Marshal(will.Name)
			if err != nil {
				return err
			}
			value = raw
		case PlaceFact:
			if err := under(u, will); err != nil {
				return err
			}
			value = will.Parent.ID
		}
		b := &pgx.Batch{}
		c.unfold(tx, b, u.ID)
		b.Queue("UPDATE "+c.table+" SET "+c.column+" = $4, since = $5, order_ref = $6 WHERE tenant_id = $1 AND unit_id = $2 AND since = $3",
			tx.Tenant(), u.ID, was.Since, value, will.Since, will.Order)
		b.Queue("UPDATE "+c.table+" SET until = $4 WHERE tenant_id = $1 AND unit_id = $2 AND until = $3", tx.Tenant(), u.ID, was.Since, will.Since)
		return tx.PGX().SendBatch(ctx, b).Close()
	})
}

// fits judges the day of a fact between its neighbours.
func fits(u Unit, was, will Fact, before *Fact) error {
	bad := fault.New(fault.Invalid, "unit.invalid")
	switch {
	case will.Since.Equal(was.Since):
	case before == nil:
		return bad.WithField("since", "unit.first_day", nil)
	case !will.Since.After(before.Since):
		return bad.WithField("since", "unit.before_earlier", fault.Args{"Since": before.Since})
	case will.Until != nil && !will.Since.Before(*will.Until):
		return bad.WithField("since", "unit.later_fact", nil)
	case u.Until != nil && !will.Since.Before(*u.Until):
		return bad.WithField("since", "unit.after_closing", fault.Args{"Until": *u.Until})
	}
	return nil
}

// under judges the place of a fact.
func under(u Unit, f Fact) error {
	if Within(f.Parent.Path, u.Path) {
		return fault.New(fault.Invalid, "unit.invalid").WithField("parent", "unit.cycle", nil)
	}
	if err := (New{Parent: f.Parent, Level: u.Level, Name: u.Name, Since: f.Since}).Check(); err != nil {
		return err
	}
	return holds(*f.Parent, f.Since, f.Until)
}

// holds refuses a place that has ended before what is to lie in it leaves it.
func holds(place Unit, since time.Time, until *time.Time) error {
	if place.Until == nil || until != nil && !until.After(*place.Until) {
		return nil
	}
	return fault.New(fault.Invalid, "unit.invalid").WithField("parent", "unit.place_closed", fault.Args{"Until": *place.Until, "Since": since})
}

// Begin says that the unit exists from another day than was entered.
//
// Faults: Invalid for a day on or after which something of it is recorded already, or
// before the place it began in, or after something began in it; Conflict for another version.
func (t *Tree) Begin(ctx context.Context, u Unit, since time.Time) error {
	since = day(since)
	return t.putRight(ctx, u, func(ctx context.Context, tx *db.Tx) error {
		life, err := t.Life(ctx, u)
		if err != nil {
			return err
		}
		bad := fault.New(fault.Invalid, "unit.invalid")
		b := &pgx.Batch{}
		for k, c := range chains {
			first, _ := life.Begun(k, u.Since)
			switch {
			case first == nil:
				continue
			case first.Until != nil && !since.Before(*first.Until):
				return bad.WithField("since", "unit.later_fact", nil)
			case first.Parent != nil && since.Before(first.Parent.Since):
				return bad.WithField("since", "unit.before_parent", fault.Args{"Since": first.Parent.Since})
			}
			b.Queue("UPDATE "+c.table+" SET since = $4 WHERE tenant_id = $1 AND unit_id = $2 AND since = $3", tx.Tenant(), u.ID, u.Since, since)
		}
		if u.Until != nil && !since.Before(*u.Until) {
			return bad.WithField("since", "unit.after_closing", fault.Args{"Until": *u.Until})
		}
		for _, p := range life.Predecessors {
			if since.After(p.Since) {
				return bad.WithField("since", "unit.later_fact", nil)
			}
		}
		if err := t.beforeAll(ctx, tx, u, since); err != nil {
			return err
		}
		b.Queue("UPDATE unit SET since = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID, since)
		return tx.PGX().SendBatch(ctx, b).Close()
	})
}

// Reclose says that the unit ends, or ended, on another day than was entered, with those
// who took over then.
//
// Faults: Invalid for a day on which it had not begun, on which something of it is recorded
// later, on which a successor did not exist, or the place it lies in; Conflict for another
// version, and while something lies in it then.
func (t *Tree) Reclose(ctx context.Context, u Unit, until time.Time) error {
	until = day(until)
	return t.putRight(ctx, u, func(ctx context.Context, tx *db.Tx) error {
		life, err := t.Life(ctx, u)
		if err != nil {
			return err
		}
		if u.Until == nil {
			return errNoFact
		}
		if err := ends(u, life, until); err != nil {
			return err
		}
		if err := t.empty(ctx, tx, u, until); err != nil {
			return err
		}
		if err := life.placed(*u.Until, &until); err != nil {
			return err
		}
		for _, s := range life.Successors {
			if !s.Unit.OpenOn(until) {
				return fault.New(fault.Invalid, "unit.invalid").WithField("until", "institution.no_successor", nil)
			}
		}
		b := &pgx.Batch{}
		b.Queue("UPDATE unit SET until = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID, until)
		b.Queue("UPDATE unit_successor SET since = $3 WHERE tenant_id = $1 AND unit_id = $2", tx.Tenant(), u.ID, until)
		if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return t.ended(ctx, tx, u, &until)
	})
}

// ends judges the day of a closing: nothing of the unit begins on it or later.
func ends(u Unit, life Life, until time.Time) error {
	bad := fault.New(fault.Invalid, "unit.invalid")
	if until.Before(u.Since) {
		return bad.WithField("until", "unit.before_founding", fault.Args{"Since": u.Since})
	}
	for k := range chains {
		if facts := life.Of(k); len(facts) > 1 && !facts[0].Since.Before(until) {
			return bad.WithField("until", "unit.later_fact", nil)
		}
	}
	return nil
}

// errNoFact says that nothing of the kind began on the day.
var errNoFact = fault.New(fault.NotFound, "unit.no_fact")

// putRight runs a correction of what is recorded, and makes current what then holds today.
func (t *Tree) putRight(ctx context.Context, u Unit, do func(ctx context.Context, tx *db.Tx) error) error {
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := t.bump(ctx, tx, u); err != nil {
			return err
		}
		if err := do(ctx, tx); err != nil {
			return err
		}
		return t.refreshOne(ctx, tx, u.ID)
	})
}
