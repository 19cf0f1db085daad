package locale

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Compact is how words of files and of people are compared: folded, without blanks. Stages I, II and III
// stay three.
func Compact(s string) string { return strings.ReplaceAll(Fold(ones(s)), " ", "") }

// ones writes the ones of Roman numbers as a figure: folded, however many stand together are one letter.
func ones(s string) string {
	if !strings.Contains(s, "II") && !strings.Contains(s, "ІІ") {
		return s
	}
	return aWord.ReplaceAllStringFunc(s, func(w string) string {
		if strings.Trim(w, "IVXLІХ") != "" {
			return w
		}
		tens := strings.TrimRight(w, "IІ")
		if n := utf8.RuneCountInString(w[len(tens):]); n > 1 {
			return tens + strconv.Itoa(n)
		}
		return w
	})
}

var aWord = regexp.MustCompile(`\p{L}+`)

// Fold returns the form of s in which search compares: small Latin letters and
// digits in words parted by single spaces. Everything that people leave out, add
// or write differently for the same word is taken away:
//
//   - case, Turkish İ ı I included, and diacritics: İSTANBUL, ıstanbul → istanbul;
//     ş → s, ç → c, ğ → g, ö ө → o, ü ү → u, ң → n
//   - the alphabet: Cyrillic becomes Latin
//   - the practice of transliteration, by one form that both habits reach: sh → s,
//     ch → c, zh and dj → j, kh → h, ts → c, ng → n, y й ы ı → i (once, however
//     many stand together), w → v, x → ks, q → k, ё → e, ю → iu, я → ia;
//     soft and hard signs and apostrophes are dropped
//
// So ш, ş and sh meet in s, ч, ç and ch in c, ж, j and zh in j, х, h and kh in h,
// ц, ts and c in c, and Бишкек, Bishkek and Bişkek in "biskek". The price is that
// a few different words meet too (Akhisar and Ahisar). The form is for comparing,
// never for showing. Letters of other alphabets stay, in small letters.
//
// Fold is idempotent and does not depend on the reader's language.
func Fold(s string) string {
	f := folder{out: make([]byte, 0, len(s))}
	for _, r := range s {
		f.rune(r)
	}
	return strings.TrimSuffix(string(f.out), " ")
}

// Tokens returns the words of Fold(s).
func Tokens(s string) []string { return strings.Fields(Fold(s)) }

// Prefixes returns the folded beginnings to look for while somebody is still
// typing the word typed: mostly one. A letter that may yet become half of a pair
// ("k" of "kh") gives a second, because the index holds the pair's form.
func Prefixes(typed string) []string {
	words := Tokens(typed)
	if len(words) == 0 {
		return nil
	}
	base := words[len(words)-1]
	out := []string{base}
	for _, next := range [...]string{"h", "s", "j"} {
		longer := Fold(base + next)
		if strings.HasPrefix(longer, base) {
			continue
		}
		known := false
		for _, o := range out {
			known = known || o == longer
		}
		if !known {
			out = append(out, longer)
		}
	}
	return out
}

// pair returns the letter into which two neighbouring Latin letters are folded.
func pair(a, b byte) (one byte, ok bool) {
	switch b {
	case 'h':
		switch a {
		case 's', 'c':
			return a, true
		case 'z':
			return 'j', true
		case 'k':
			return 'h', true
		}
	case 's':
		return 'c', a == 't'
	case 'j':
		return 'j', a == 'd'
	case 'g':
		return 'n', a == 'n'
	case 'i':
		return 'i', a == 'i'
	}
	return 0, false
}

// letters maps what Unicode's decomposition does not: Cyrillic, Latin letters of
// their own, and what is dropped without parting a word (empty).
var letters = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "j", 'з': "z", 'и': "i", 'к': "k",
	'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f",
	'х': "h", 'ц': "c", 'ч': "c", 'ш': "s", 'щ': "sc", 'ъ': "", 'ы': "i", 'ь': "", 'э': "e", 'ю': "iu",
	'я': "ia", 'ё': "e", 'й': "i",
	'ң': "n", 'ө': "o", 'ү': "u", 'қ': "k", 'ғ': "g", 'ұ': "u", 'һ': "h", 'ә': "a", 'і': "i", 'ї': "i",
	'є': "e", 'ґ': "g", 'ў': "u", 'ҳ': "h", 'ҷ': "j", 'җ': "j", 'ҥ': "n", 'ѣ': "e", 'ѳ': "f", 'ѵ': "i",
	'ı': "i", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l",
	'ə': "a", 'ŋ': "n", 'ħ': "h", 'ŧ': "t", 'ĸ': "k",
	'’': "", '‘': "", 'ʼ': "", 'ʻ': "", 'ʹ': "", 'ʺ': "", '\u00ad': "", '\u200b': "", '\u200c': "", '\u200d': "", '\ufeff': "",
}

// common holds the fold of the runes that names in Latin and Cyrillic consist of:
// what the slow way (decomposition) would say, looked up.
var common = func() (table [0x530]string) {
	for r := range rune(len(table)) {
		if r < utf8.RuneSelf {
			continue
		}
		var f folder
		f.slow(r)
		if s := string(f.out); s != " " {
			table[r] = s
		}
	}
	return table
}()

// folder collects the folded text. Pairs are folded as they arise, so that no
// pair is ever left in the output: that is what makes folding idempotent.
type folder struct {
	out     []byte
	spelled bool // letters stay as they are spelled: Latin, not Fold
}

func (f *folder) rune(r rune) {
	if r < utf8.RuneSelf {
		f.ascii(r)
		return
	}
	if !f.spelled && int(r) < len(common) && common[r] != "" {
		f.latin(common[r])
		return
	}
	f.slow(r)
}

func (f *folder) ascii(r rune) {
	switch {
	case r >= 'a' && r <= 'z':
		f.letter(r)
	case r >= 'A' && r <= 'Z':
		f.letter(r + 'a' - 'A')
	case r >= '0' && r <= '9':
		f.out = append(f.out, byte(r))
	case r == '\'' || r == '`':
	default:
		f.space()
	}
}

// slow folds a rune by the table or by its compatibility decomposition.
func (f *folder) slow(r rune) {
	if r == '№' { // a sign; decomposed it would be the word "no"
		f.space()
		return
	}
	if latin, ok := f.known(unicode.ToLower(r)); ok {
		f.latin(latin)
		return
	}
	// Twice: some letters decompose only once they are small.
	small := strings.ToLower(norm.NFKD.String(string(unicode.ToLower(r))))
	for _, p := range norm.NFKD.String(small) {
		f.part(p)
	}
}

func (f *folder) part(p rune) {
	if unicode.IsMark(p) {
		return
	}
	if p < utf8.RuneSelf {
		f.ascii(p)
		return
	}
	if latin, ok := f.known(p); ok {
		f.latin(latin)
		return
	}
	switch {
	case unicode.IsLetter(p) || unicode.IsNumber(p):
		f.out = utf8.AppendRune(f.out, p)
	default:
		f.space()
	}
}

func (f *folder) latin(s string) {
	for _, r := range s {
		if r >= 'a' && r <= 'z' {
			f.letter(r)
		} else {
			f.out = utf8.AppendRune(f.out, r)
		}
	}
}

// known looks a small letter up in the tables.
func (f *folder) known(r rune) (string, bool) {
	if latin, ok := passport[r]; ok && f.spelled {
		return latin, true
	}
	latin, ok := letters[r]
	return latin, ok
}

// letter appends a small Latin letter, folding it with its neighbour.
func (f *folder) letter(r rune) {
	if f.spelled {
		f.out = append(f.out, byte(r))
		return
	}
	b := byte(r)
	switch r {
	case 'x':
		f.letter('k')
		b = 's'
	case 'y':
		b = 'i'
	case 'w':
		b = 'v'
	case 'q':
		b = 'k'
	}
	for n := len(f.out); n > 0; n = len(f.out) {
		one, ok := pair(f.out[n-1], b)
		if !ok {
			break
		}
		f.out = f.out[:n-1]
		b = one
	}
	f.out = append(f.out, b)
}

func (f *folder) space() {
	if n := len(f.out); n > 0 && f.out[n-1] != ' ' {
		f.out = append(f.out, ' ')
	}
}
