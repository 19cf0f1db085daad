package locale

import "strings"

// passport holds the letters that machine-readable passports write with more than
// Fold keeps of them (ICAO Doc 9303-3, section 6, table B).
var passport = map[rune]string{
	'ж': "zh", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ы': "y", 'ѳ': "f", 'җ': "zh", 'ҷ': "ch", 'ҳ': "kh", 'һ': "h",
}

// Latin spells s in small Latin letters and digits, words parted by single spaces: what
// is written in them stays as it is but for its diacritics, Cyrillic becomes what a
// passport has. For names of accounts and files, which people read; Fold compares.
func Latin(s string) string {
	f := folder{out: make([]byte, 0, len(s)), spelled: true}
	for _, r := range s {
		f.rune(r)
	}
	return strings.TrimSuffix(string(f.out), " ")
}
