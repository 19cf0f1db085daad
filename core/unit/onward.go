package unit

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// Stay is where a unit lies from a day on.
type Stay struct {
	Place Unit
	Since time.Time
	Order string // on which what lay there came there: what takes that back takes this back
}

// after are the places that a place which ends leaves behind: those that took over, and
// those to which what lay in it at a level went with the closing.
type after struct {
	heirs, goals []Unit
	order        string
}

func (t *Tree) after(ctx context.Context, place Unit, level string) (a after, err error) {
	if place.Until == nil {
		return a, nil
	}
	b := &pgx.Batch{}
	b.Queue("SELECT "+columns+`, s.order_ref FROM unit_successor s JOIN unit u ON u.tenant_id = s.tenant_id AND u.id = s.successor_id
		WHERE s.tenant_id = $1 AND s.unit_id = $2 ORDER BY u.sort_key, u.id`, db.TenantOf(ctx), place.ID).Query(a.scanInto(&a.heirs))
	b.Queue("SELECT "+columns+`, g.order_ref FROM unit u JOIN (
			SELECT n.parent_id, min(n.order_ref) AS order_ref FROM unit_lies($1, $2) p CROSS JOIN LATERAL unit_places($1, p.unit_id) n
			JOIN unit x ON x.tenant_id = $1 AND x.id = p.unit_id
			WHERE n.since = p.until AND p.until = $3 AND x.level = $4 GROUP BY n.parent_id) g ON g.parent_id = u.id
		WHERE u.tenant_id = $1 ORDER BY u.sort_key, u.id`, db.TenantOf(ctx), place.ID, *place.Until, level).Query(a.scanInto(&a.goals))
	return a, t.db.Read(ctx, b)
}

// scanInto reads places and, if it is not known yet, the order that stands behind them.
func (a *after) scanInto(units *[]Unit) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		*units = nil
		for rows.Next() {
			var order string
			u, err := Scan(rows, &order)
			if err != nil {
				return err
			}
			if a.order == "" {
				a.order = order
			}
			*units = append(*units, u)
		}
		return rows.Err()
	}
}

// mostSteps bounds the chain of places that each end and leave another behind.
const mostSteps = 16

// Heirs returns the places that stand, for good by what is entered, where one stood that
// ends: those that took over, else those to which what lay in it at a level went, and of
// such as end themselves those that come after them. What ends and leaves nothing behind
// is among them only as the last of its chain.
func (t *Tree) Heirs(ctx context.Context, place Unit, level string) ([]Unit, error) {
	var out []Unit
	seen := map[int64]bool{place.ID: true}
	next := []Unit{place}
	for n := 0; n < mostSteps && len(next) > 0; n++ {
		var further []Unit
		for _, p := range next {
			a, err := t.after(ctx, p, level)
			if err != nil {
				return nil, err
			}
			follow := a.heirs
			if len(follow) == 0 {
				follow = a.goals
			}
			if len(follow) == 0 && p.ID != place.ID {
				out = append(out, p)
			}
			for _, u := range follow {
				if !seen[u.ID] {
					seen[u.ID] = true
					further = append(further, u)
				}
			}
		}
		next = further
	}
	return out, nil
}

// Onward returns where what lies in a place goes when that ends, and when the place it went
// to ends, by what is decided: with what lies there at its level. known is false where that
// says nothing, or no one place.
func (t *Tree) Onward(ctx context.Context, place Unit, level string) (stays []Stay, known bool, err error) {
	for place.Until != nil {
		a, err := t.after(ctx, place, level)
		switch {
		case err != nil:
			return nil, false, err
		case len(stays) == mostSteps:
			return nil, false, nil
		}
		to := a.goals
		if len(a.heirs) == 1 && (len(to) == 0 || slices.ContainsFunc(to, func(u Unit) bool { return u.ID == a.heirs[0].ID })) {
			to = a.heirs
		}
		if len(to) != 1 || !to[0].OpenOn(*place.Until) {
			return nil, false, nil
		}
		stays = append(stays, Stay{to[0], *place.Until, a.order})
		place = to[0]
	}
	return stays, true, nil
}

// goingOn fills in, of institutions that are to begin in places which end, where they go
// then, and keeps those places from ending until the unit of work does.
func (t *Tree) goingOn(ctx context.Context, tx *db.Tx, places map[int64]Unit) (map[int64][]Stay, error) {
	read := func() (map[int64][]Stay, []int64, error) {
		goes, ids := map[int64][]Stay{}, []int64(nil)
		for id, place := range places {
			if place.Until == nil || !place.Until.After(t.Today(ctx)) {
				continue
			}
			stays, known, err := t.Onward(ctx, place, Institution)
			if err != nil {
				return nil, nil, err
			}
			if known {
				goes[id] = stays
			}
			for _, s := range stays {
				ids = append(ids, s.Place.ID)
			}
		}
		return goes, ids, nil
	}
	goes, ids, err := read()
	if err != nil || len(ids) == 0 {
		return goes, err
	}
	if _, err := tx.PGX().Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR SHARE", tx.Tenant(), ids); err != nil {
		return nil, err
	}
	goes, again, err := read()
	if err != nil {
		return nil, err
	}
	for _, id := range again {
		if !slices.Contains(ids, id) {
			return nil, fault.New(fault.Conflict, "unit.changed_meanwhile")
		}
	}
	return goes, nil
}

// goOn enters where new units go when the place ends in which they begin.
func goOn(ctx context.Context, tx *db.Tx, units []Unit, news []New) error {
	b := &pgx.Batch{}
	var going []int64
	for i, n := range news {
		if len(n.Onward) > 0 {
			going = append(going, units[i].ID)
		}
	}
	if len(going) == 0 {
		return nil
	}
	chains[PlaceFact].unfold(tx, b, going...)
	for i, n := range news {
		for _, s := range n.Onward {
			b.Queue("UPDATE unit_parent SET until = $3 WHERE tenant_id = $1 AND unit_id = $2 AND until IS NULL", tx.Tenant(), units[i].ID, s.Since)
			b.Queue("INSERT INTO unit_parent (tenant_id, unit_id, parent_id, since, order_ref) VALUES ($1, $2, $3, $4, $5)",
				tx.Tenant(), units[i].ID, s.Place.ID, s.Since, s.Order)
		}
	}
	return tx.PGX().SendBatch(ctx, b).Close()
}
