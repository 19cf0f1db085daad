package registry

import (
	"context"
	"hash/maphash"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// heldRow is a row of the file that was read and waits for what the register knows of it.
type heldRow struct {
	st     *staged
	faults []rowFault
}

// newKnown knows nothing yet, and will know of what is in the register now: what the import
// itself enters, its rows know of one another.
func (s *Service) newKnown(ctx context.Context) (*known, error) {
	k := &known{
		seed: maphash.MakeSeed(), byCode: map[string]knownUnit{}, byLook: map[uint64]knownUnit{}, byName: map[uint64][]knownUnit{},
		ended: map[uint64][]knownUnit{}, ofAny: map[uint64][]knownUnit{}, bare: map[uint64]int{}, byLike: map[uint64][]knownUnit{}, places: map[int64]bool{},
	}
	b := &pgx.Batch{}
	b.Queue("SELECT coalesce(max(id), 0) FROM unit WHERE tenant_id = $1", db.TenantOf(ctx)).QueryRow(func(r pgx.Row) error { return r.Scan(&k.last) })
	return k, s.db.Read(ctx, b)
}

// lookUp reads what the register knows of the institutions that rows may mean: those that
// have their codes, those that lie where they are to lie, and who has their values of fields
// of which no two records share one. A district's list costs the district, not the country.
func (r *rows) lookUp(ctx context.Context, held []heldRow) error {
	codes, places := []string{}, []int64{}
	var fields, values []string
	unique := r.s.UniqueFields(r.p)
	for _, h := range held {
		if h.st.code != "" && !h.st.miscoded {
			codes = append(codes, h.st.code)
		}
		if p := h.st.parent; p != nil && !r.known.places[p.ID] {
			r.known.places[p.ID] = true
			places = append(places, p.ID)
		}
		for _, said := range []map[string]any{h.st.fields, h.st.filled} {
			for _, id := range unique {
				if text := r.uniqueText(id, said[id]); text != "" {
					fields, values = append(fields, id), append(values, text)
				}
			}
		}
	}
	if err := r.known.read(ctx, r.s, codes, places); err != nil {
		return err
	}
	holders, err := r.s.Holders(ctx, r.p, fields, values)
	for key, id := range holders {
		if id <= r.known.last {
			r.taken[key] = id
		}
	}
	return err
}

// read reads the institutions that have one of the codes, and those in the places.
func (k *known) read(ctx context.Context, s *Service, codes []string, places []int64) error {
	const columns = "SELECT id, code, type, parent_id, name, since, until FROM unit WHERE tenant_id = $1 AND level = 'institution' AND id <= $2"
	b := &pgx.Batch{}
	if len(codes) > 0 {
		b.Queue(columns+" AND code = ANY($3) AND code <> '' ORDER BY id", db.TenantOf(ctx), k.last, codes).Query(func(rows pgx.Rows) error {
			return k.scan(rows, s.tree.Today(ctx), func(u knownUnit, _ map[string]string, _ string, _ int64) { k.byCode[u.code] = u })
		})
	}
	if len(places) > 0 {
		b.Queue(columns+" AND parent_id = ANY($3) ORDER BY id", db.TenantOf(ctx), k.last, places).Query(func(rows pgx.Rows) error {
			return k.scan(rows, s.tree.Today(ctx), k.add)
		})
	}
	if b.Len() == 0 {
		return nil
	}
	return s.db.Read(ctx, b)
}

// scan reads institutions, with their names, types and places.
func (k *known) scan(rows pgx.Rows, today time.Time, each func(u knownUnit, names map[string]string, typ string, parent int64)) error {
	for rows.Next() {
		var u knownUnit
		var raw []byte
		var parent int64
		var until *time.Time
		if err := rows.Scan(&u.id, &u.code, &u.typ, &parent, &raw, &u.since, &until); err != nil {
			return err
		}
		u.closed, u.uncoded = until != nil && !until.After(today), u.code == ""
		names, err := unit.Names(raw)
		if err != nil {
			return err
		}
		each(u, names, u.typ, parent)
	}
	return rows.Err()
}

// uniqueText is a value as the register keeps it beside those that no two records share.
func (r *rows) uniqueText(id string, v any) string {
	if v == nil {
		return ""
	}
	if c, wrong, _ := r.s.Of(r.p).Field(id).Canonical(v, profile.DateOf(r.today)); wrong == "" {
		v = c
	}
	return record.UniqueText(v)
}

// hold keeps a row that was read until a portion of them is looked up at once.
func (w *work) hold(ctx context.Context, row exchange.Row) error {
	st, faults := w.rows.understand(ctx, row)
	if row.Hidden {
		faults = append(faults, rowFault{key: "import.row.hidden", warn: true})
	}
	if w.rows.broken != nil {
		return w.rows.broken
	}
	if w.held = append(w.held, heldRow{st, faults}); len(w.held) < portion {
		return nil
	}
	return w.judgeHeld(ctx)
}

// judgeHeld judges the rows that are held, one after another.
func (w *work) judgeHeld(ctx context.Context) error {
	if err := w.rows.lookUp(ctx, w.held); err != nil {
		return err
	}
	for _, h := range w.held {
		if err := w.judgeRow(ctx, h); err != nil {
			return err
		}
	}
	w.held = w.held[:0]
	return w.flush(ctx)
}

func (w *work) judgeRow(ctx context.Context, h heldRow) error {
	st, faults := w.rows.judge(ctx, h.st, h.faults)
	if w.rows.broken != nil {
		return w.rows.broken
	}
	if st == nil {
		st = &staged{line: h.st.line, cells: h.st.cells, out: true}
	}
	hard := w.note(st, faults)
	if hard && w.nowhere(st.cells) && len(w.odd) < mostLeft {
		w.odd = append(w.odd, st.line)
	}
	w.judged(st, hard)
	if st.known != 0 {
		w.old = append(w.old, st)
	}
	return nil
}
