package registry

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

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
