package intake

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
)

// Whoever fills a column writes it in one way: its cells together say which mark stands
// before the fraction, and whether the day or the month comes first. What one cell proves
// holds for those beside it that could be read in two ways; a column that proves nothing is
// read as the others of the file; and where the file proves both, or nothing, such a cell
// is asked about, never guessed.

// convention is a way of writing numbers or days.
type convention string

// The conventions, as ImportOptions name them.
const (
	openConvention convention = ""      // not known
	pointDecimal   convention = "point" // 1,250.5
	commaDecimal   convention = "comma" // 1.250,5
	dayFirst       convention = "day"   // 13.9.1998
	monthFirst     convention = "month" // 9/13/1998
	mixed          convention = "mixed" // both are proved
)

// numberWays and dayWays are what a person can say of a file.
var (
	numberWays = []convention{openConvention, pointDecimal, commaDecimal}
	dayWays    = []convention{openConvention, dayFirst, monthFirst}
)

// and joins what two cells prove.
func (c convention) and(d convention) convention {
	switch {
	case c == openConvention || c == d:
		return d
	case d == openConvention:
		return c
	}
	return mixed
}

// proof is what a column's cells prove: by how they are written, and, where they say nothing
// of it, by what its field can hold.
type proof struct {
	written, held convention
	two           bool // some could be read in two ways: what is said of the file decides
	hundreds      bool // of hundredths: some are written with their sign
	part, above   bool // of hundredths: some are parts of one; some are more than one
	answers            // of yes and no
	joints             // of texts in several languages
}

// sides is a number with at most one mark, or with marks that part thousands.
var sides = regexp.MustCompile(`^[0-9]+(?:([.,])[0-9]+)*$`)

// writtenNumber is what a number proves by its signs alone.
func writtenNumber(s string) convention {
	s = strings.TrimLeft(strings.TrimSpace(s), "+-−–")
	if _, _, two := profile.TwoReadings(s); two {
		return openConvention
	}
	s = strings.Map(func(r rune) rune { // parts thousands, whatever the language
		if strings.ContainsRune(" \u00a0\u202f'’", r) {
			return -1
		}
		return r
	}, s)
	if !sides.MatchString(s) {
		return openConvention
	}
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return openConvention
	}
	decimal := s[last:last+1] == "."
	if strings.Count(s, s[last:last+1]) > 1 { // parts thousands
		decimal = !decimal
	}
	if decimal {
		return pointDecimal
	}
	return commaDecimal
}

// heldNumber is what a number that could be read in two ways proves by what its field can
// hold.
func heldNumber(f *profile.Field, s string) convention {
	thousands, fraction, two := profile.TwoReadings(s)
	if !two {
		return openConvention
	}
	asThousands, asFraction := holds(f, thousands), holds(f, fraction)
	point := strings.Contains(s, ".")
	switch {
	case asThousands == asFraction:
		return openConvention
	case asFraction == point:
		return pointDecimal
	}
	return commaDecimal
}

// holds reports whether a field can have a number at all.
func holds(f *profile.Field, n float64) bool {
	return f.Fits(n) && (f.Type.Kind != profile.KindInt || n == float64(int64(n)))
}

// figuredDay is a day in figures, and what stands behind it.
var figuredDay = regexp.MustCompile(`^\s*([0-9]{1,2})([./-])([0-9]{1,2})([./-][0-9]{4}(?:[^0-9].*)?)$`)

// dayOrder is what a day in figures proves; two says that it could be read in both ways.
func dayOrder(s string) (c convention, two bool) {
	m := figuredDay.FindStringSubmatch(s)
	if m == nil {
		return openConvention, false
	}
	first, second := record.Figures(m[1]), record.Figures(m[3])
	switch {
	case first > 12 && first <= 31 && second >= 1 && second <= 12:
		return dayFirst, false
	case second > 12 && second <= 31 && first >= 1 && first <= 12:
		return monthFirst, false
	}
	return openConvention, first != second && first >= 1 && first <= 12 && second >= 1 && second <= 12
}

// turned is a day whose month comes first with the day first.
func turned(s string) string { return figuredDay.ReplaceAllString(s, "$3$2$1$4") }

// marks is what the cells of a file prove of each of its columns, and of all.
type marks struct {
	cols                []proof
	numbers, heldAll    convention
	days                convention
	saidNumber, saidDay convention // what a person said of the whole file

	codes map[string]bool // institution codes that rows have
}

// Prove goes through a file, by read, for what its cells prove, and which records it has,
// whose codes code reads. What a person said of the whole file decides. A file without a column
// of these is not read for it.
func (r *Reader) Prove(decimal, days string, code func(string) string, read func(row func(exchange.Row) error) error) error {
	m := &marks{cols: make([]proof, len(r.cols)), saidNumber: convention(decimal), saidDay: convention(days), codes: map[string]bool{}}
	if !slices.ContainsFunc(r.cols, func(c ColumnReader) bool {
		return c.counts() || c.dates() || c.asks() || c.holdsTexts() || c.Target == TargetCode
	}) {
		r.marks = m
		return nil
	}
	err := read(func(row exchange.Row) error {
		m.row(r, row, code)
		return nil
	})
	for k := range r.cols {
		switch c := &r.cols[k]; {
		case c.counts():
			m.numbers, m.heldAll = m.numbers.and(m.cols[c.at].written), m.heldAll.and(m.cols[c.at].held)
		case c.dates():
			m.days = m.days.and(m.cols[c.at].written)
		}
	}
	r.marks = m
	return err
}

// Has reports that a row of the file has a code, as prove read it.
func (r *Reader) Has(code string) bool { return r.marks.codes[code] }

// KnownDecimal reports a way of writing fractions that a person can say of a file.
func KnownDecimal(s string) bool { return slices.Contains(numberWays, convention(s)) }

// KnownDays reports an order of days that a person can say of a file.
func KnownDays(s string) bool { return slices.Contains(dayWays, convention(s)) }

func (m *marks) row(r *Reader, row exchange.Row, code func(string) string) {
	for at := range r.cols {
		c := &r.cols[at]
		k := c.at
		if k >= len(row.Cells) || c.of != nil && c.Target != c.of[0] {
			continue
		}
		s, p := asText(row.Cells[k]), &m.cols[k]
		if c.counts() && c.Field.Hundredths() {
			p.shares(s)
		}
		switch {
		case s != "" && c.Target == TargetCode:
			m.codes[code(s)] = true
		case s != "" && c.asks():
			p.look(c, s)
		case s != "" && c.holdsTexts():
			p.joints.see(s, len(c.of))
		case c.Field != nil && strings.HasSuffix(s, "%") && c.Field.Hundredths():
			p.hundreds = true
		case s == "" || row.Kind(k) != exchange.Words:
		case c.counts():
			_, _, two := profile.TwoReadings(s)
			p.written, p.held, p.two = p.written.and(writtenNumber(s)), p.held.and(heldNumber(c.bounds(), s)), p.two || two
		case c.dates():
			order, two := dayOrder(s)
			p.written, p.two = p.written.and(order), p.two || two
		}
	}
}

// counts reports that a column is of numbers, dates that it is of days.
func (c *ColumnReader) counts() bool {
	return c.Field != nil && (c.Field.Type.Kind == profile.KindInt || c.Field.Type.Kind == profile.KindDecimal)
}

func (c *ColumnReader) dates() bool {
	return c.Target == TargetSince || c.Field != nil && c.Field.Type.Kind == profile.KindDate
}

// holdsTexts reports that a column is of texts that may be in several languages in one cell.
func (c *ColumnReader) holdsTexts() bool { return c.Lang != "" || c.of != nil }

// asks reports that a column is of yes and no.
func (c *ColumnReader) asks() bool {
	return c.Field != nil && c.Field.Type.Kind == profile.KindBool
}

// numberAt is how the column k writes numbers: as a person said, as it proves, as the file
// proves, as fields can hold them.
func (m *marks) numberAt(k int) convention {
	return firstKnown(m.saidNumber, m.cols[k].written, m.numbers, m.heldAll)
}

// dayAt is how the column k writes days.
func (m *marks) dayAt(k int) convention {
	return firstKnown(m.saidDay, m.cols[k].written, m.days)
}

func firstKnown(all ...convention) convention {
	for _, c := range all {
		if c != openConvention {
			return c
		}
	}
	return openConvention
}

// AsWritten writes the numbers of an advice as the column k of the file does: one that is
// followed does not part the column into two ways of writing.
func (r *Reader) AsWritten(k int, args fault.Args) fault.Args {
	m := r.marks
	n, advised := args["Rounded"].(float64)
	if !advised || m == nil || k < 0 || k >= len(m.cols) {
		return args
	}
	written := profile.Digits(n)
	switch m.numberAt(k) {
	case pointDecimal:
	case commaDecimal:
		written = strings.Replace(written, ".", ",", 1)
	default:
		return args
	}
	args = maps.Clone(args)
	args["Rounded"] = written
	return args
}

// marked reads a number that could be read in two ways as its column is written; done says
// that it was one.
func (m *marks) marked(k int, c *ColumnReader, s string) (v any, bad *Fault, done bool) {
	thousands, fraction, two := profile.TwoReadings(s)
	if !two || !c.counts() {
		return nil, nil, false
	}
	way := m.numberAt(k)
	if way == openConvention && c.Field.Type.Kind == profile.KindInt {
		return nil, nil, false // 1.000: as its language writes it
	}
	asPoint, n := strings.Contains(s, "."), thousands
	if asPoint == (way == pointDecimal) {
		n = fraction
	}
	if way == pointDecimal || way == commaDecimal {
		if holds(c.Field, n) || !holds(c.Field, thousands) && !holds(c.Field, fraction) {
			return n, nil, true
		}
	}
	key := "import.row.number_two"
	switch {
	case m.saidNumber != openConvention: // read so, the field can't hold it
		key = "import.row.number_said"
	case way == mixed && m.cols[k].written == mixed:
		key = "import.row.number_mixed"
	case way == mixed:
		key = "import.row.number_file"
	}
	return nil, &Fault{Target: c.Target, Key: key, Args: fault.Args{
		"Value": s, "Thousands": int64(thousands), "Fraction": fraction,
	}}, true
}

// otherwise finds a number that is written in the other way than a person said of the file:
// beside it, in its column, others were read as was said.
func (m *marks) otherwise(k int, c *ColumnReader, s string) *Fault {
	way := writtenNumber(s)
	if m.saidNumber == openConvention || way == openConvention || way == m.saidNumber {
		return nil
	}
	key := "import.row.number_comma"
	if way == pointDecimal {
		key = "import.row.number_point"
	}
	return &Fault{Target: c.Target, Key: key, Args: fault.Args{"Value": s}, Warn: !m.cols[k].two}
}

// bothDays are the two days that a text can mean, the day first and the month first.
func bothDays(s string) (one, other time.Time) {
	m := figuredDay.FindStringSubmatch(s)
	year, first, second := record.Figures(m[4][1:5]), record.Figures(m[1]), record.Figures(m[3])
	return time.Date(year, time.Month(second), first, 0, 0, 0, 0, time.UTC), time.Date(year, time.Month(first), second, 0, 0, 0, 0, time.UTC)
}

// ordered is a day as its column is written, the day first, or why it can't be read.
func (m *marks) ordered(k int, target, s string) (string, *Fault) {
	order, two := dayOrder(s)
	way := m.dayAt(k)
	switch {
	case order == dayFirst && m.saidDay == monthFirst:
		return s, &Fault{Target: target, Key: "import.row.day_first", Args: fault.Args{"Value": s}, Warn: !m.cols[k].two}
	case order == monthFirst && m.saidDay == monthFirst, two && m.saidDay == monthFirst:
		return turned(s), nil
	case order == monthFirst:
		return "", &Fault{Target: target, Key: "import.row.month_first", Args: fault.Args{"Value": s}}
	case two && (way == monthFirst || way == mixed):
		one, other := bothDays(s)
		return "", &Fault{Target: target, Key: "import.row.day_two", Args: fault.Args{"Value": s, "DayFirst": one, "MonthFirst": other}}
	}
	return s, nil
}
