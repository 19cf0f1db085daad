package intake

import (
	"fmt"
	"strings"
	"unicode"

	"mektep/core/fault"
	"mektep/core/profile"
)

// unit is what the numbers of a column are counted in that is not its field's own; none where
// its heading names no such unit.
type unit struct {
	name   string  // as the heading has it
	factor float64 // how many of the field's own one of it is
}

// mostUnitWords bounds the words of a unit.
const mostUnitWords = 3

// unitOf is the unit that a heading names for the numbers of a field: in its brackets, or at its
// end. A heading that names several, or the field's own too, or a figure before its unit, as of
// thousands of it, says nothing for sure.
func unitOf(heading string, f *profile.Field) (u unit, sure bool) {
	if f == nil || len(f.OtherUnits) == 0 && len(f.Unit) == 0 {
		return unit{}, true
	}
	bare, within := unbracketed(heading)
	named, own, times := unit{}, false, false
	for _, s := range within {
		words := strings.Fields(s)
		for from := 0; from < len(words); {
			n := min(mostUnitWords, len(words)-from)
			for ; n > 0; n-- {
				word := unitWord(words[from : from+n])
				if factor := f.Factor(word); factor > 0 {
					if named.factor > 0 && named.factor != factor {
						return unit{}, false
					}
					named = unit{word, factor}
					break
				}
				if f.CountsIn(word) {
					own = true
					break
				}
			}
			times = times || n == 0 && figured(words[from])
			from += max(n, 1)
		}
	}
	if named.factor > 0 || own {
		if own && named.factor > 0 || times {
			return unit{}, false
		}
		return named, true
	}
	rest, last := tailUnit(bare, f)
	if before := strings.Fields(rest); last.name != "" && len(before) > 0 && figured(before[len(before)-1]) {
		return unit{}, false
	}
	return last, true
}

// UnitIn is the unit that a heading names for the numbers of a field, by how many of the field's own one
// of it is; empty: none.
func UnitIn(heading string, f *profile.Field) string {
	u, sure := unitOf(heading, f)
	return fmt.Sprint(u.factor, sure)
}

// figured reports a word of figures: 1000, x1000, 1/1000.
func figured(word string) bool { return strings.ContainsFunc(word, unicode.IsDigit) }

// tailUnit parts a heading from a unit of the field at its end, its own or another: "Land area,
// ha". Where it ends in none, unit is without a name.
func tailUnit(heading string, f *profile.Field) (rest string, u unit) {
	words := strings.Fields(strings.NewReplacer(",", ", ", ";", "; ", ":", ": ", "/", " / ").Replace(heading))
	for n := min(mostUnitWords, len(words)-1); n > 0; n-- {
		word := unitWord(words[len(words)-n:])
		if word == "" {
			continue
		}
		u := unit{word, f.Factor(word)}
		if u.factor == 0 && f.CountsIn(word) {
			u.factor = 1
		}
		if u.factor > 0 {
			return strings.TrimRight(strings.Join(words[:len(words)-n], " "), " ,;:-–—/"), u
		}
	}
	return heading, unit{}
}

func unitWord(words []string) string {
	return strings.Trim(strings.Join(words, " "), " ,;:-–—/=")
}

// Untailed is a heading without the unit of a field that it ends in; empty where it ends in none.
func Untailed(heading string, f *profile.Field) string {
	if f == nil || len(f.Unit) == 0 {
		return ""
	}
	rest, u := tailUnit(heading, f)
	if u.name == "" {
		return ""
	}
	return rest
}

// Counted is the unit in which the numbers of a column are read, where that is not its field's
// own, and how many of those one of it is.
func (c *ColumnReader) Counted() (unit string, factor float64, other bool) {
	return c.unit.name, c.unit.factor, c.unit.factor > 0 && c.unit.factor != 1
}

// inUnit reads a number of a column that is counted in another unit than its field: what the
// profile bounds is what comes of it.
func (r *Reader) inUnit(c *ColumnReader, x Said) (any, *Fault) {
	of := *c
	of.unit, of.Field = unit{}, c.bounds()
	if number, word := profile.Measured(x.Text); number != "" {
		switch {
		case c.Field.Factor(word) == c.unit.factor:
			x.Text = number
		case c.Field.Factor(word) > 0 || c.Field.CountsIn(word):
			return nil, &Fault{Target: c.Target, Key: "import.row.unit_mixed", Args: fault.Args{"Unit": c.unit.name, "Value": x.Text}}
		}
	}
	v, bad := r.Value(&of, x)
	n, counted := v.(float64)
	if !counted {
		return v, bad
	}
	kept, exact := c.Field.Reckoned(n, c.unit.factor)
	if exact {
		return kept, bad
	}
	least, places := c.Field.Least()
	args := fault.Args{"Value": x.Text, "Unit": c.unit.name, "Own": fault.Text(c.Field.Unit), "Kept": kept, "Decimals": places, "Least": least}
	if kept == 0 { // something is never kept as nothing
		return nil, &Fault{Target: c.Target, Key: "import.row.unit_least", Args: args}
	}
	return kept, &Fault{Target: c.Target, Key: "import.row.unit_rounded", Args: args, Warn: true}
}

// countsIn is what the numbers of a column are counted in.
func (c *ColumnReader) countsIn() any {
	if unit, _, other := c.Counted(); other {
		return unit
	}
	return fault.Text(c.Field.Unit)
}

// bounds is the field of a column with the bounds of it in the unit that the column is counted in.
func (c *ColumnReader) bounds() *profile.Field {
	if _, _, other := c.Counted(); !other {
		return c.Field
	}
	f := *c.Field
	f.Min, f.Max = scaled(f.Min, c.unit.factor), scaled(f.Max, c.unit.factor)
	return &f
}

// beside judges a unit that the format of a number shows: that of the column says nothing new,
// another one makes it another number. known: it is a unit of the field.
func (c *ColumnReader) beside(word string) (known, same bool) {
	if c.Field == nil {
		return false, false
	}
	_, factor, other := c.Counted()
	if !other {
		factor = 1
	}
	shown := c.Field.Factor(word)
	if c.Field.CountsIn(word) {
		shown = 1
	}
	return shown > 0, shown == factor
}

func scaled(bound *float64, factor float64) *float64 {
	if bound == nil {
		return nil
	}
	n := *bound / factor
	return &n
}
