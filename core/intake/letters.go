package intake

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
)

// lettersOf are the small letters that the languages of a ministry are written with, and
// those that its schools teach in.
func lettersOf(p *profile.Profile, words *locale.Bundle) map[rune]bool {
	letters := map[rune]bool{}
	for _, lang := range p.Languages.Offered {
		for _, r := range words.Localizer(lang).T("import.letters") {
			letters[r] = true
		}
	}
	for _, r := range p.Languages.Letters {
		letters[r] = true
	}
	return letters
}

// reads reports that a column holds what people write out in their language.
func (c *ColumnReader) reads() bool {
	return c.Lang != "" || c.Field != nil && (c.Field.Type.Kind == profile.KindText && c.Field.Pattern == "" || c.Field.Type.Kind == profile.KindLongText)
}

// escaped is how spreadsheets write signs that their files can't hold; turnedCase how Russian
// looks in the encoding of old mails; nothing what programs write for nothing, truth for yes and no.
var (
	escaped    = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)
	turnedCase = regexp.MustCompile(`(?:^|[^\p{L}])\p{Ll}\p{Lu}{2,}(?:[^\p{L}]|$)`)
	formula    = regexp.MustCompile(`^=\s*[\p{L}"(+\-]`)
	nothing    = []string{"null", "none", "nan", "undefined", "(null)"}
	truth      = []string{"true", "false"}
)

// oneOf reports that a text is one of some words, however their letters are written.
func oneOf(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(s, w) })
}

// brokenSigns stand in no text of a register, but in many that were read in a wrong encoding.
const brokenSigns = "¤÷¦¬¶¨"

// garbled names what of a text nobody wrote: the text of a formula, signs as programs write
// them, letters that none of the ministry's languages has.
// said tells of a cell that says itself that it is a text, by an apostrophe before it.
func (r *Reader) garbled(c *ColumnReader, s string, said bool) *Fault {
	if !c.reads() {
		return nil
	}
	odd := ""
	if strings.Contains(s, "_x") {
		odd = escaped.FindString(s)
	}
	switch {
	case c.Lang != "" && (strings.ContainsFunc(s, Drawn) || Signs(r.p, s) != "" || TwoAlphabets(s) != ""): // no name has it by any door: said of the name
		return nil
	case !said && formula.MatchString(s):
		return &Fault{Target: c.Target, Key: "import.row.formula"}
	case oneOf(s, nothing):
		return &Fault{Target: c.Target, Key: "import.row.nothing", Args: fault.Args{"Value": s}, Warn: true}
	case oneOf(s, truth):
		return &Fault{Target: c.Target, Key: "import.row.programs", Args: fault.Args{"Part": s}, Warn: true}
	case odd != "":
	case unicode.Is(unicode.Cyrillic, firstLetter(s)) && turnedCase.MatchString(s):
		odd = s
	default:
		odd = r.foreign(s)
	}
	if odd == "" {
		return nil
	}
	return &Fault{Target: c.Target, Key: "import.row.garbled", Args: fault.Args{"Letters": Cut(odd, 40)}, Warn: true}
}

// foreign are the letters of a text that none of the ministry's languages has, each once.
func (r *Reader) foreign(s string) string {
	odd := strayed(s)
	for _, x := range s {
		if r.letters[unicode.ToLower(x)] {
			continue
		}
		written := unicode.IsLetter(x) && unicode.In(x, unicode.Latin, unicode.Cyrillic)
		if one := string(x); (written || strings.ContainsRune(brokenSigns, x) || Drawn(x)) && !strings.Contains(strings.Join(odd, " "), one) {
			odd = append(odd, one)
		}
	}
	return strings.Join(odd, " ")
}

// Small figures, degrees and ± within words are letters of a wrong encoding: Il²ca, Ä°stiklal,
// and школа ¹ 54 a number sign. Measures are written with them: m², °C, N°.
var (
	smallFigure = regexp.MustCompile(`\p{L}*[` + smallFigures + `]\p{L}*|(?:^|\s)[` + smallFigures + `]\s*[0-9]`)
	besideSign  = regexp.MustCompile(`\p{L}+[` + besideSigns + `]\p{L}*|[` + besideSigns + `]\p{L}+`)
	measure     = regexp.MustCompile(`(?i)^(?:[kcdms]?m[\x{b2}\x{b3}]|[ксдм]?м[\x{b2}\x{b3}]|\x{b0}[cfсф]|n\x{b0}|[\x{b2}\x{b3}\x{b9}])$`)
)

// Drawn reports a sign that draws frames and blocks: nobody writes one into a name, but texts
// that were read in the encoding of old systems are full of them.
func Drawn(r rune) bool { return r >= '\u2500' && r <= '\u25a0' }

// standIns are signs that stand for letters where a text was read in a wrong encoding; no name
// has them, and other texts not beside a letter.
const standIns = "±¤÷¦¬¶¨€˜ƒ†‡ˆ‰¢£¥¯¸√∂∑∏∫≈∆◊≤≥≠∞¼½¾"

// standInLetters stand for ş, ğ and ı where a text was read in the encoding of the west; few
// languages have them.
const standInLetters = "þðý"

// Signs are the signs of a name that no name has, each once, and letters that stand for others
// unless they are among those of the ministry's schools; without such the words in which signs
// stand for letters. Empty: none.
func Signs(p *profile.Profile, name string) string {
	var odd []string
	for _, r := range name {
		if r <= unicode.MaxASCII {
			continue
		}
		low := string(unicode.ToLower(r))
		if one := string(r); (strings.Contains(standIns, one) || strings.Contains(standInLetters, low) && !strings.Contains(p.Languages.Letters, low)) && !slices.Contains(odd, one) {
			odd = append(odd, one)
		}
	}
	if len(odd) == 0 {
		odd = strayed(name)
	}
	return strings.Join(odd, " ")
}

var (
	besideLetter = regexp.MustCompile(`\p{L}+[` + lettersStead + lettersToo + `]+\p{L}*|[` + lettersStead + `]+\p{L}+`)
	afterLetter  = regexp.MustCompile(`\p{L}+[` + endSigns + `]+\p{L}*|\p{L}+[` + midSigns + `]+\p{L}+`)
	opening      = regexp.MustCompile(`[` + openSigns + `]+\p{L}+`)
)

// The signs of which each of these has one at least.
const (
	smallFigures = "²³¹"
	besideSigns  = "°±"
	lettersStead = "€˜ƒ†‡ˆ‰¢£¥¯¸√∂∑∏∫≈∆◊≤≥≠∞"
	lettersToo   = "πΩ" // letters themselves: odd behind others
	endSigns     = "§¶ªº"
	midSigns     = "©®™‹›"
	openSigns    = "‚„‹"
	straySigns   = smallFigures + besideSigns + lettersStead + lettersToo + endSigns + midSigns + openSigns
)

// strayed are the words of a text in which signs stand for letters.
func strayed(s string) []string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII && strings.ContainsRune(straySigns, r) }) {
		return nil // nearly every cell of a list
	}
	var odd []string
	signs := []*regexp.Regexp{smallFigure, besideSign, besideLetter, afterLetter}
	if !strings.ContainsAny(s, "‘’›“”\"'«") { // a quotation that nothing closes is a letter of another encoding
		signs = append(signs, opening)
	}
	for _, signs := range signs {
		for _, word := range signs.FindAllString(s, -1) {
			if word = strings.TrimSpace(word); !measure.MatchString(word) {
				odd = append(odd, word)
			}
		}
	}
	return odd
}

func firstLetter(s string) rune {
	for _, r := range s {
		if unicode.IsLetter(r) {
			return r
		}
	}
	return 0
}

// Cut shortens a text to n letters.
func Cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
