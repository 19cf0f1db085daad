package registry

import (
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/unit"
)

// known are those institutions of the register that rows may mean, by code and by look.
type known struct {
	seed   maphash.Seed
	byCode map[string]knownUnit
	byLook map[uint64]knownUnit
	byLike map[uint64][]knownUnit // open ones by what is left of their names
	like   *likeness
	byName map[uint64][]knownUnit // open ones by a name in its language
	ended  map[uint64][]knownUnit // closed ones without a code, likewise
	ofAny  map[uint64][]knownUnit // open ones by a name, of whatever type
	bare   map[uint64]int         // look → how many open ones without a code have it
	places map[int64]bool         // of which all that lies there was read
	last   int64                  // id of the last unit that was there when the import began
}

type knownUnit struct {
	id      int64
	code    string // empty: none
	typ     string
	closed  bool
	uncoded bool
	since   time.Time
}

// add notes a unit. Of several that look the same an open one without a code counts:
// it is the one a file can still say something of.
func (k *known) add(u knownUnit, names map[string]string, typ string, parent int64) {
	if u.code != "" {
		k.byCode[u.code] = u
	}
	switch {
	case !u.closed:
		name(k.byName, k, u, names, typ, parent)
		name(k.ofAny, k, u, names, "", parent)
	case u.uncoded:
		name(k.ended, k, u, names, typ, parent)
	}
	for _, like := range k.likes(names, typ, parent, true) {
		k.byLike[like] = append(k.byLike[like], u)
	}
	for _, look := range k.looks(names, typ, parent) {
		if u.uncoded && !u.closed {
			k.bare[look]++
		}
		if before, there := k.byLook[look]; !there || before.closed || u.uncoded && !u.closed {
			k.byLook[look] = u
		}
	}
}

// name notes in a list what a unit is called.
func name(in map[uint64][]knownUnit, k *known, u knownUnit, names map[string]string, typ string, parent int64) {
	for lang, name := range names {
		if name != "" {
			key := k.called(lang, name, typ, parent)
			in[key] = append(in[key], u)
		}
	}
}

// changedUnit is what an import changed of an institution: what it was, and the version that

// newKnown knows nothing yet, and will know of what was in the register up to an id.
func newKnown(last int64, like *likeness) *known {
	return &known{
		seed: maphash.MakeSeed(), byCode: map[string]knownUnit{}, byLook: map[uint64]knownUnit{}, byName: map[uint64][]knownUnit{},
		ended: map[uint64][]knownUnit{}, ofAny: map[uint64][]knownUnit{}, bare: map[uint64]int{}, byLike: map[uint64][]knownUnit{}, places: map[int64]bool{},
		last: last, like: like,
	}
}

// called names what makes an institution be called so in one language.
func (k *known) called(lang, name, typ string, parent int64) uint64 {
	return k.look(lang+"\x00"+name, typ, parent)
}

// fits are the institutions of a list that a row names as they are named, in every language in
// which it names one, with their kind and in their place.
func (k *known) fits(in map[uint64][]knownUnit, names map[string]string, typ string, parent int64) []knownUnit {
	var fit []knownUnit
	first := true
	for lang, name := range names {
		if name == "" {
			continue
		}
		here := in[k.called(lang, name, typ, parent)]
		if first {
			fit, first = slices.Clone(here), false
			continue
		}
		fit = slices.DeleteFunc(fit, func(u knownUnit) bool { return !slices.Contains(here, u) })
	}
	return fit
}

// look names what makes two institutions look the same.
func (k *known) look(name, typ string, parent int64) uint64 {
	var h maphash.Hash
	h.SetSeed(k.seed)
	_, _ = h.WriteString(unit.Look(name))
	_ = h.WriteByte(0)
	_, _ = h.WriteString(typ)
	maphash.WriteComparable(&h, parent)
	return h.Sum64()
}

// looks are the looks by names in every language, each once.
func (k *known) looks(names map[string]string, typ string, parent int64) []uint64 {
	looks := make([]uint64, 0, len(names))
	for _, lang := range slices.Sorted(maps.Keys(names)) {
		if !strings.ContainsFunc(names[lang], unicode.IsLetter) {
			continue // what is no name looks like nothing
		}
		if look := k.look(names[lang], typ, parent); !slices.Contains(looks, look) {
			looks = append(looks, look)
		}
	}
	return looks
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
