package locale

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

// A key of golang.org/x/text/collate has two bytes for each letter, and two more that say of most
// letters that they have no accent. Keys stand in every row of every list, and in its indexes: so
// a letter of the alphabets below becomes one character, any other one five that stand where it
// does between them, and accents are written as far as there are some. The order stays.

// weighed are the primary weights of what most texts consist of, in their order: signs, what stands
// before a number, figures, the letters of Latin and Cyrillic alphabets as languages order them.
// What is missing here makes keys longer, and nothing else. Stored keys hold to it.
var weighed = []uint16{
	0x0109, 0x010D, 0x0120, 0x0172, 0x01E9, 0x01F0, 0x01FA, 0x01FB, 0x0271, 0x14E6, 0x14E7, 0x14E8, 0x14E9, 0x14EA, 0x14EB, 0x14EC,
	0x14ED, 0x14EE, 0x14EF, 0x14F0, 0x15EF, 0x1605, 0x161D, 0x161E, 0x1631, 0x164C, 0x1684, 0x1691, 0x1692, 0x16B4, 0x16CC, 0x16CD,
	0x16E6, 0x16FF, 0x1711, 0x1741, 0x174F, 0x1771, 0x1772, 0x1796, 0x17AB, 0x17BD, 0x17F3, 0x17F4, 0x1816, 0x1836, 0x1837, 0x185F,
	0x1871, 0x187B, 0x1880, 0x1895, 0x1991, 0x19A9, 0x19AD, 0x19B1, 0x19C5, 0x19D9, 0x19E5, 0x19F2, 0x1A0A, 0x1A1F, 0x1A28, 0x1A42,
	0x1A54, 0x1A5D, 0x1A65, 0x1A77, 0x1A7F, 0x1A87, 0x1A94, 0x1A9D, 0x1AA6, 0x1AB9, 0x1AC9, 0x1AD6, 0x1ADA, 0x1B01, 0x1B0C, 0x1B2E,
	0x1B33, 0x1B3A, 0x1B3F, 0x1B47, 0x1B54, 0x1B5C, 0x1B62,
}

// Characters of a short key beside those of weighed, which begin at firstWeighed.
const (
	levelsEnd    = ' ' // the letters end here, their accents follow
	below        = '!' // stands before all that are weighed: a number's length, or another letter
	firstWeighed = '"'
	beyond       = '~' // behind a character: another letter, which stands after that one
	plain        = '!' // no accent
	accented     = '"' // an accent follows
)

// mostFigures is how long a number counts.
const mostFigures = beyond - firstWeighed - 1

const (
	numberMark = 0x14F0 // the weight before a number; how many figures it has follows
	plainMark  = 0x0020
)

// sortable is an alphabet of 64 characters in the order of their bytes, so that what is written in
// it stands in the order of what it says.
var sortable = base64.NewEncoding("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz").WithPadding(base64.NoPadding)

// shortKey rewrites a collation key, behind the rank of the text's script.
func shortKey(rank byte, key []byte) string {
	var b strings.Builder
	b.Grow(len(key)/2 + 1)
	b.WriteByte('0' + rank)
	for len(key) >= 2 && (key[0] != 0 || key[1] != 0) {
		if key[0] >= 0x80 && len(key) >= 3 { // a weight of three bytes
			writeOther(&b, key[:3])
			key = key[3:]
			continue
		}
		w := binary.BigEndian.Uint16(key)
		if at, known := slices.BinarySearch(weighed, w); known {
			b.WriteByte(firstWeighed + byte(at))
		} else {
			writeOther(&b, key[:2])
		}
		key = key[2:]
		// How many figures a number has; nought has none.
		if w == numberMark && len(key) >= 2 && key[0] == 0 && key[1] != 0 {
			b.WriteByte(below)
			b.WriteByte(firstWeighed + min(key[1], mostFigures))
			key = key[2:]
		}
	}
	writeAccents(&b, key)
	return b.String()
}

// writeOther writes a weight that is not among weighed: behind the last one before it.
func writeOther(b *strings.Builder, weight []byte) {
	at, _ := slices.BinarySearch(weighed, binary.BigEndian.Uint16(weight))
	if at == 0 {
		b.WriteByte(below)
	} else {
		b.WriteByte(firstWeighed + byte(at-1))
	}
	b.WriteByte(beyond)
	var whole [3]byte
	copy(whole[:], weight)
	b.WriteString(sortable.EncodeToString(whole[:]))
}

// writeAccents writes the second level, as far as there are accents: no accent stands before any.
func writeAccents(b *strings.Builder, level []byte) {
	if len(level) < 2 {
		return
	}
	level = level[2:]
	for len(level) >= 2 && binary.BigEndian.Uint16(level[len(level)-2:]) == plainMark {
		level = level[:len(level)-2]
	}
	if len(level) == 0 {
		return
	}
	b.WriteByte(levelsEnd)
	for ; len(level) >= 2; level = level[2:] {
		if binary.BigEndian.Uint16(level) == plainMark {
			b.WriteByte(plain)
			continue
		}
		b.WriteByte(accented)
		b.WriteString(sortable.EncodeToString(level[:2]))
	}
}
