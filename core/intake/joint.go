package intake

import (
	"slices"
	"strings"

	"mektep/core/fault"
)

// Offices of several languages write a text in all of them into one cell: "Жылдызча / Звёздочка". A
// person says of the column that it holds them, and in which order; what parts them the cells of the
// column say together. A cell that has not as many texts, parted by that alone, is a finding: which of
// its words are in which language nobody guesses.

// plus is what stands between the targets of a column that holds several.
const plus = "+"

// Joint is the target of a column that holds texts of several targets, in the order of its cells.
func Joint(targets ...string) string { return strings.Join(targets, plus) }

// Apart are the targets of a column: several where it holds several.
func Apart(target string) []string { return strings.Split(target, plus) }

// parter is what can part the texts of a cell. Of a sign that also stands within texts counts the one
// with blanks beside it, where there is one.
type parter struct {
	sign   string   // as people are shown it
	spaced bool     // it parts with blanks on both sides only
	same   []string // other signs for it
}

// parters are those, what parts surest first.
var parters = [...]parter{
	{sign: "\n"},
	{sign: "/"},
	{sign: "|"},
	{sign: `\`},
	{sign: "–", spaced: true, same: []string{"—", "-"}},
	{sign: ";"},
	{sign: ","},
	{sign: "()"},
}

// shown is a parter as a message has it, between two languages.
func (p parter) shown() string {
	switch p.sign {
	case "\n":
		return " ⏎ "
	case ";", ",":
		return p.sign + " "
	}
	return " " + p.sign + " "
}

// texts are those that a parter parts a cell into; nil where they are not n, or one of them has no
// word. n 0: as many as they are.
func (p parter) texts(s string, n int) []string {
	fits := func(parts []string) bool {
		if n == 0 && (len(parts) < 2 || len(parts) > mostTongues) || n > 0 && len(parts) != n {
			return false
		}
		for k := range parts {
			if parts[k] = p.bare(parts[k]); !wordy(parts[k]) {
				return false
			}
		}
		return true
	}
	if p.sign == "()" {
		bare, within := unbracketed(s)
		end := strings.TrimSpace(s)
		if len(within) != 1 || !strings.HasSuffix(end, ")") && !strings.HasSuffix(end, "]") || !strings.HasSuffix(end[:len(end)-1], within[0]) {
			return nil
		}
		if parts := []string{bare, within[0]}; fits(parts) {
			return parts
		}
		return nil
	}
	for _, other := range p.same {
		s = strings.ReplaceAll(s, " "+other+" ", " "+p.sign+" ")
	}
	if parts := strings.Split(s, " "+p.sign+" "); len(parts) > 1 || p.spaced {
		if fits(parts) {
			return parts
		}
		return nil
	}
	if parts := strings.Split(s, p.sign); fits(parts) {
		return parts
	}
	return nil
}

// beside are signs that may stand beside a break between two lines: with it they are one.
const beside = `/|\–—-;,`

// bare is a text without what parts it from the others. A break comes with another sign on one of its
// lines, or with the second line in brackets: no name begins or ends so.
func (p parter) bare(s string) string {
	s = strings.TrimSpace(s)
	if p.sign != "\n" {
		return s
	}
	s = strings.TrimSpace(strings.Trim(s, beside))
	if without, within := unbracketed(s); strings.TrimSpace(without) == "" && len(within) == 1 {
		return strings.TrimSpace(within[0])
	}
	return s
}

// joints is how the cells of a column that may hold texts in several languages are parted.
type joints struct {
	cells int
	by    [len(parters)]int // of each parter, how many cells it parts
}

func (j *joints) see(s string, n int) {
	j.cells++
	for k, p := range parters {
		if p.texts(s, n) != nil {
			j.by[k]++
		}
	}
}

// most is what parts most cells, and how many; a slash where nothing parts any.
func (j *joints) most() (parter, int) {
	best, most := 1, 0
	for k, n := range j.by {
		if n > most {
			best, most = k, n
		}
	}
	return parters[best], most
}

// fewestJoint is of how many cells of a column more than half say how all are parted.
const fewestJoint = 3

// Joined are the texts that a cell may be in several languages: by whatever parts it where its column is
// headed in several, as most cells of the column are parted where the country writes several; nil: it
// is one text, as it seems.
func (r *Reader) Joined(c *ColumnReader, s string) []string {
	if c.of != nil {
		return nil
	}
	if c.double {
		return eitherWay(s)
	}
	if r.marks == nil || c.at >= len(r.marks.cols) || len(r.p.Languages.Official) < 2 {
		return nil
	}
	by, n := r.marks.cols[c.at].most()
	if all := r.marks.cols[c.at].cells; n < fewestJoint || n*2 <= all {
		return nil
	}
	return by.texts(s, 0)
}

// eitherWay are the texts that a cell may be in several languages, by whatever parts it; nil: nothing
// does.
func eitherWay(s string) []string {
	for _, p := range parters {
		if texts := p.texts(s, 0); texts != nil {
			return texts
		}
	}
	return nil
}

// SameWay reports that all of some cells are parted alike into as many texts.
func SameWay(cells []string) bool {
	var j joints
	for _, s := range cells {
		j.see(asText(s), 0)
	}
	_, n := j.most()
	return n > 1 && n == j.cells
}

// text is what of a cell is said in the language of the column's part, or what is wrong with the cell.
func (r *Reader) text(c *ColumnReader, s string) (string, *Fault) {
	by := parters[1]
	if r.marks != nil && c.at < len(r.marks.cols) {
		by, _ = r.marks.cols[c.at].most()
	}
	if texts := by.texts(s, len(c.of)); texts != nil {
		return texts[slices.Index(c.of, c.Target)], nil
	}
	var like any
	for k, target := range c.of {
		name := fault.Key("language." + target[strings.LastIndex(target, ".")+1:])
		switch {
		case k == 0:
			like = name
		case by.sign == "()":
			like = fault.Phrase{Key: "import.joint.like_brackets", Args: fault.Args{"First": like, "Next": name}}
		default:
			like = fault.Phrase{Key: "import.joint.like", Args: fault.Args{"First": like, "Sign": by.shown(), "Next": name}}
		}
	}
	return "", &Fault{Target: c.of[0], Key: "import.row.joint", Args: fault.Args{"Like": like}}
}
