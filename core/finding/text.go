package finding

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text reads a file as people's programs save it: a byte order mark at its head is
// dropped, and every line end (CRLF, CR) becomes LF. What no reader could make
// sense of is named, with its place: UTF-16, NULs, other encodings.
func Text(raw []byte) (text string, line, column int, problem string) {
	text = string(raw)
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), halfNULs(raw):
		return "", 1, 1, "is saved as UTF-16; save it as UTF-8"
	case !utf8.ValidString(text):
		line, column = badUTF8(text)
		return "", line, column, "is not UTF-8; save it as UTF-8"
	}
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if i := strings.IndexByte(text, 0); i >= 0 {
		return "", strings.Count(text[:i], "\n") + 1, 1, "holds a NUL: it is no text file"
	}
	return text, 0, 0, ""
}

// halfNULs recognises UTF-16 without a mark: every second byte of plain text is 0.
func halfNULs(raw []byte) bool {
	if len(raw) < 4 || len(raw)%2 != 0 {
		return false
	}
	odd, even := 0, 0
	for i, b := range raw[:min(len(raw), 400)] {
		if b != 0 {
			continue
		}
		if i%2 == 0 {
			even++
		} else {
			odd++
		}
	}
	half := min(len(raw), 400) / 2
	return (odd > half/3) != (even > half/3)
}

func badUTF8(text string) (line, column int) {
	line, column = 1, 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			return line, column
		}
		i, column = i+size, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}

// Separator says with what the cells of a table are kept apart when it is not the
// comma: a spreadsheet of many countries saves "CSV" with semicolons. It judges by
// the lines that hold cells; remarks (#) are not among them. Quoted text is skipped.
func Separator(text string) (line int, problem string) {
	commas, counts, first := 0, map[rune]int{}, 0
	for n, l := range strings.Split(text, "\n") {
		if trimmed := strings.TrimSpace(l); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if first == 0 {
			first = n + 1
		}
		had, quoted := map[rune]bool{}, false
		for _, r := range l {
			switch r {
			case '"':
				quoted = !quoted
			case ',', ';', '\t', '|':
				had[r] = had[r] || !quoted
			}
		}
		switch {
		case had[',']:
			commas++
		default:
			for _, r := range ";\t|" {
				if had[r] {
					counts[r]++
				}
			}
		}
	}
	for r, name := range map[rune]string{';': "semicolons", '\t': "tabs", '|': "upright strokes"} {
		if counts[r] > commas {
			return first, fmt.Sprintf("the cells are separated by %s; save the table with commas (CSV UTF-8, comma delimited)", name)
		}
	}
	return 0, ""
}
