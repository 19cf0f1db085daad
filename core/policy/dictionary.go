package policy

// dictionary numbers the words of a catalogue. Every decision looks four words up;
// a map hashes each of them whole, which takes longer than the rest of the answer.
type dictionary struct {
	table []entry // a power of two, at most a quarter of it taken
}

type entry struct {
	word   string
	number int
}

// newDictionary numbers words from 0 in their order. A word that comes again keeps
// its first number; the empty word has none.
func newDictionary(words []string) dictionary {
	size := 64
	for size < 4*len(words) {
		size *= 2
	}
	d := dictionary{table: make([]entry, size)}
	for n, w := range words {
		if w == "" || d.number(w) >= 0 {
			continue
		}
		i := d.slot(w)
		for d.table[i].word != "" {
			i = (i + 1) & (size - 1)
		}
		d.table[i] = entry{w, n}
	}
	return d
}

// slot mixes what tells a catalogue's words apart: length, ends and middle.
func (d dictionary) slot(w string) int {
	n := len(w)
	h := uint32(n)*0x9e3779b1 ^ uint32(w[0])*0x85ebca6b ^ uint32(w[n-1])*0xc2b2ae35 ^ uint32(w[n/2])*0x27d4eb2f ^ uint32(w[n*3/4])*0x165667b1
	return int(h^h>>15) & (len(d.table) - 1)
}

// number returns a word's number, -1 for one that is not in the dictionary.
func (d dictionary) number(w string) int {
	if w == "" {
		return -1
	}
	for i := d.slot(w); ; i = (i + 1) & (len(d.table) - 1) {
		switch e := &d.table[i]; e.word {
		case w:
			return e.number
		case "":
			return -1
		}
	}
}
