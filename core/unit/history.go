package unit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Fact is one dated value of a unit. Exactly one of the values is set.
type Fact struct {
	Name   map[string]string
	Type   string
	Parent *Unit
	Since  time.Time
	Until  *time.Time
	Order  string
}

// Link is a unit that took over from another, or was taken over.
type Link struct {
	Unit  Unit
	Since time.Time
	Order string
}

// Life is everything that happened to a unit, latest first.
type Life struct {
	Names, Types, Parents    []Fact
	Successors, Predecessors []Link
}

// Life returns the dated facts of u, in one round trip.
func (t *Tree) Life(ctx context.Context, u Unit) (Life, error) {
	var l Life
	tenant := db.TenantOf(ctx)
	b := &pgx.Batch{}
	b.Queue("SELECT name, since, until, order_ref FROM unit_names($1, $2) ORDER BY since DESC", tenant, u.ID).
		Query(collectFacts(&l.Names, func(f *Fact) any { return &f.Name }))
	b.Queue("SELECT type, since, until, order_ref FROM unit_types($1, $2) ORDER BY since DESC", tenant, u.ID).
		Query(collectFacts(&l.Types, func(f *Fact) any { return &f.Type }))
	b.Queue(`SELECT `+columns+`, p.since, p.until, p.order_ref FROM unit_places($1, $2) p
		JOIN unit u ON u.tenant_id = $1 AND u.id = p.parent_id ORDER BY p.since DESC`, tenant, u.ID).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var f Fact
				parent, err := Scan(rows, &f.Since, &f.Until, &f.Order)
				if err != nil {
					return err
				}
				f.Parent = &parent
				l.Parents = append(l.Parents, f)
			}
			return rows.Err()
		})
	const links = `SELECT ` + columns + `, s.since, s.order_ref FROM unit_successor s JOIN unit u ON u.tenant_id = s.tenant_id AND u.id = `
	b.Queue(links+"s.successor_id WHERE s.tenant_id = $1 AND s.unit_id = $2 ORDER BY u.sort_key", tenant, u.ID).
		Query(collectLinks(&l.Successors))
	b.Queue(links+"s.unit_id WHERE s.tenant_id = $1 AND s.successor_id = $2 ORDER BY u.sort_key", tenant, u.ID).
		Query(collectLinks(&l.Predecessors))
	return l, t.db.Read(ctx, b)
}

func collectFacts(into *[]Fact, value func(*Fact) any) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			var f Fact
			if err := rows.Scan(value(&f), &f.Since, &f.Until, &f.Order); err != nil {
				return err
			}
			*into = append(*into, f)
		}
		return rows.Err()
	}
}

func collectLinks(into *[]Link) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			var l Link
			var err error
			if l.Unit, err = Scan(rows, &l.Since, &l.Order); err != nil {
				return err
			}
			*into = append(*into, l)
		}
		return rows.Err()
	}
}

// At returns the unit as it was on a day: the name, type and parent then in force.
func (l Life) At(u Unit, on time.Time) Unit {
	in := func(f Fact) bool { return !on.Before(f.Since) && (f.Until == nil || on.Before(*f.Until)) }
	for _, f := range l.Names {
		if in(f) {
			u.Name = f.Name
		}
	}
	for _, f := range l.Types {
		if in(f) {
			u.Type = f.Type
		}
	}
	for _, f := range l.Parents {
		if in(f) {
			u.ParentID = &f.Parent.ID
		}
	}
	return u
}
