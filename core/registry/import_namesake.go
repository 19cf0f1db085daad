package registry

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// namesake is an institution of the register that is called as a row calls the one of its code.
type namesake struct {
	knownUnit
	names  map[string]string
	parent int64
	path   string
}

// namesakes finds, of the rows that are held, those whose code is one institution's and whose
// name is another's: of a list whose columns were sorted apart each row tells of two schools,
// and its figures are the other's. Rows that say what the register says cost nothing.
func (r *rows) namesakes(ctx context.Context, held []*transfer.Row, current map[int64]record.Record) (map[*staged]namesake, error) {
	var asked []*staged
	looks := map[string]bool{}
	like := r.known.like
	var names []string
	for _, row := range held {
		st := rowOf(row)
		i := current[st.Known]
		if i.ID == 0 || i.Until != nil && !r.Today.Before(*i.Until) || st.Code == "" || st.Recode || len(r.datedOf(st, UnitOf(i.Head))) == 0 {
			continue
		}
		asked = append(asked, st)
		for _, name := range st.names {
			if look := unit.Look(name); look == "" || looks[look] {
				continue
			}
			for _, said := range like.ways(name) { // however the name shortens its type, it is looked up by the rest
				looks[said], names = true, append(names, said)
			}
			looks[unit.Look(name)], names = true, append(names, name)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	others, err := r.calledSo(ctx, names, looks)
	if err != nil {
		return nil, err
	}
	out := map[*staged]namesake{}
	for _, st := range asked {
		if n := r.namesakeOf(ctx, st, others); n != nil {
			out[st] = *n
		}
	}
	return out, nil
}

// calledSo are the institutions that one of some names looks like, or almost, whatever their
// place: looked up by the words of the names, as a country has tens of thousands.
func (r *rows) calledSo(ctx context.Context, said []string, looks map[string]bool) (others []namesake, err error) {
	called, err := r.s.tree.Called(ctx, said)
	if err != nil || len(called) == 0 {
		return nil, err
	}
	b := &pgx.Batch{}
	b.Queue("SELECT id, code, type, parent_id, name, since, until FROM unit WHERE tenant_id = $1 AND level = 'institution' AND id <= $2 AND NOT withdrawn AND id = ANY($3) ORDER BY id", db.TenantOf(ctx), r.Last(), called).
		Query(func(found pgx.Rows) error {
			return r.known.scan(found, r.Today, func(u knownUnit, names map[string]string, _ string, parent int64) {
				if slices.ContainsFunc(slices.Collect(maps.Values(names)), func(name string) bool {
					return looks[unit.Look(name)] || looks[strings.Join(numbersLast(r.known.like.words(name, u.typ, 0)), " ")]
				}) {
					others = append(others, namesake{knownUnit: u, names: names, parent: parent})
				}
			})
		})
	if err := r.s.db.Read(ctx, b); err != nil {
		return nil, err
	}
	ids := make([]int64, len(others))
	for k := range others {
		ids[k] = others[k].id
	}
	units, err := r.s.ByIDs(ctx, ids, false)
	for k := range others {
		others[k].path = units[others[k].id].Path
	}
	return others, err
}

// namesakeOf is the institution that a row is about by what it is called there, and not by its
// code; nil where the one of its code is called so as well. One that whoever brings the file
// may not see is told to nobody. In another place than the row says it counts only where no
// second is called so and the file has it too: schools of one name are many, and one may come
// to be called as another is.
func (r *rows) namesakeOf(ctx context.Context, st *staged, others []namesake) *namesake {
	var fit, far []namesake
	for _, n := range others {
		if !r.isCalled(n, st.names) {
			continue
		}
		said := (st.parent == nil || st.unsaid.place || st.parent.ID == n.parent) && (st.typ == "" || st.unsaid.typ || st.typ == n.typ)
		if n.id == st.Known {
			if said {
				return nil
			}
			continue
		}
		if _, hidden := r.Allowed(ctx, "view", gate.Target{Object: Institutions, Path: n.path, Type: n.typ}); hidden != nil {
			continue
		}
		if far = append(far, n); said {
			fit = append(fit, n)
		}
	}
	if len(fit) == 0 && len(far) == 1 && r.Reader.Has(far[0].code) {
		fit = far
	}
	if len(fit) == 0 {
		return nil
	}
	for _, likely := range []func(n namesake) bool{
		func(n namesake) bool { return n.code != "" && r.Reader.Has(n.code) },
		func(n namesake) bool { return !n.closed },
	} {
		if k := slices.IndexFunc(fit, likely); k >= 0 {
			return &fit[k]
		}
	}
	return &fit[0]
}

// isCalled reports that an institution is called as a row says, or almost so, in one language or
// another: a list has one column of names, in whichever language it is written.
func (r *rows) isCalled(n namesake, names map[string]string) bool {
	said := false
	for _, name := range names {
		if name == "" {
			continue
		}
		said = true
		if !slices.ContainsFunc(slices.Collect(maps.Values(n.names)), func(own string) bool {
			return unit.Look(name) == unit.Look(own) || r.known.like.of(name, n.typ, n.parent) == r.known.like.of(own, n.typ, n.parent)
		}) {
			return false
		}
	}
	return said
}
