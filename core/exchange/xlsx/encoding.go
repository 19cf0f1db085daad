package xlsx

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	wide "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encodings that are no code page.
const (
	utf8ID    = "utf-8"
	utf16leID = "utf-16le"
	utf16beID = "utf-16be"
)

// page is a one-byte code page, by its letters from 128 on.
type page struct {
	id      string
	letters [128]rune
}

// pages are the code pages of Turkish and Russian machines, the likeliest first.
var pages = []page{
	pageOf("windows-1254", charmap.Windows1254), pageOf("windows-1251", charmap.Windows1251),
	dosTurkish(), pageOf("ibm866", charmap.CodePage866), pageOf("koi8-r", charmap.KOI8R),
	macTurkish(), pageOf("mac-cyrillic", charmap.MacintoshCyrillic),
}

func pageOf(id string, m *charmap.Charmap) page {
	p := page{id: id}
	for k := range p.letters {
		p.letters[k] = m.DecodeByte(byte(0x80 + k))
	}
	return p
}

// dosTurkish is the code page 857.
func dosTurkish() page {
	p := page{id: "ibm857"}
	copy(p.letters[:], []rune("ÇüéâäàåçêëèïîıÄÅ"+"ÉæÆôöòûùİÖÜø£ØŞş"+"áíóúñÑĞğ¿®¬½¼¡«»"+"░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐"+
		"└┴┬├─┼ãÃ╚╔╩╦╠═╬¤"+"ºªÊËÈ\ufffdÍÎÏ┘┌█▄¦Ì▀"+"ÓßÔÒõÕµ\ufffd×ÚÛÙìÿ¯´"+"\u00ad±\ufffd¾¶§÷¸°¨·¹³²■\u00a0"))
	return p
}

// macTurkish is the Turkish code page of Macintoshes: six letters differ from the western one.
func macTurkish() page {
	p := pageOf("mac-turkish", charmap.Macintosh)
	copy(p.letters[0x5a:], []rune("ĞğİıŞş"))
	return p
}

// encodingIDs are the encodings that can be chosen.
func encodingIDs() []string {
	ids := []string{utf8ID}
	for k := range pages {
		ids = append(ids, pages[k].id)
	}
	return append(ids, utf16leID, utf16beID)
}

// decoder returns what turns an encoding into UTF-8.
func decoder(id string) (transform.Transformer, bool) {
	switch id {
	case utf8ID:
		return wide.UTF8.NewDecoder(), true // what is no UTF-8 becomes U+FFFD: seen, not swallowed
	case utf16leID:
		return wide.UTF16(wide.LittleEndian, wide.UseBOM).NewDecoder(), true
	case utf16beID:
		return wide.UTF16(wide.BigEndian, wide.UseBOM).NewDecoder(), true
	}
	k := slices.IndexFunc(pages, func(p page) bool { return p.id == id })
	if k < 0 {
		return nil, false
	}
	return &pages[k], true
}

// Reset has nothing to forget.
func (p *page) Reset() {}

// Transform decodes bytes one by one.
func (p *page) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, b := range src {
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		r := rune(b)
		if b >= 0x80 {
			r = p.letters[b-0x80]
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}

// encodingOf finds out how a text file is encoded: by its mark, by the empty bytes of
// letters that take two, by the strictness of UTF-8, or by the words that a code page
// makes of it.
func encodingOf(r io.ReadSeeker) (string, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	buf := make([]byte, sniffed)
	kept := 0 // bytes of a letter that the last portion cut
	judges := make([]judge, len(pages))
	for k := range judges {
		judges[k].page = &pages[k]
	}
	broken := false
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf[kept:])
		fresh := buf[kept : kept+n]
		n += kept
		if first {
			if id := wideOf(buf[:n]); id != "" {
				return id, nil
			}
		}
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return "", err
		}
		for k := range judges {
			judges[k].hear(fresh)
		}
		if kept = 0; !broken {
			if !last {
				kept = cutLetter(buf[:n])
			}
			broken = !utf8.Valid(buf[:n-kept])
		}
		copy(buf, buf[n-kept:n])
		if last {
			break
		}
	}
	if !broken {
		return utf8ID, nil
	}
	best := 0
	for k := range judges {
		judges[k].end()
		if judges[k].score > judges[best].score {
			best = k
		}
	}
	return pages[best].id, nil
}

// wideOf recognises letters of two bytes: by their mark, or as at least one letter in
// ten of a table (its separators, figures and line ends) has an empty half, always
// the same one.
func wideOf(start []byte) string {
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		return utf8ID
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return utf16leID
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return utf16beID
	}
	var empty [2]int
	for k, b := range start {
		if b == 0 {
			empty[k%2]++
		}
	}
	enough := max(2, len(start)/20)
	switch {
	case empty[1] >= enough && empty[0] == 0:
		return utf16leID
	case empty[0] >= enough && empty[1] == 0:
		return utf16beID
	}
	return ""
}

// cutLetter returns how many bytes at the end of a portion belong to a letter that
// goes on in the next one.
func cutLetter(p []byte) int {
	for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax; i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return len(p) - i
			}
			return 0
		}
	}
	return 0
}

// judge hears what a code page makes of a text, word by word: a word of one alphabet,
// with letters that our languages have and capitals where they stand, speaks for the
// page; one that mixes alphabets or has signs and strange letters in it, against.
type judge struct {
	page  *page
	score int

	high, latin, cyrillic, strange, lower bool // of the word so far
}

const (
	ourLatin    = "çğıöşüÇĞİÖŞÜâîûÂÎÛ"
	ourCyrillic = "ёЁңөүҢӨҮ"
	ourSigns    = "«»“”„‘’–—…№°\u00a0§"
)

func (j *judge) hear(p []byte) {
	for _, b := range p {
		r := rune(b)
		if b >= 0x80 {
			r = j.page.letters[b-0x80]
		}
		switch {
		case b < 0x80 && !unicode.IsLetter(r), b >= 0x80 && strings.ContainsRune(ourSigns, r):
			j.end()
			continue
		case b < 0x80 || strings.ContainsRune(ourLatin, r):
			j.latin = true
		case r >= 'А' && r <= 'я' || strings.ContainsRune(ourCyrillic, r):
			j.cyrillic = true
		default:
			j.strange = true
		}
		j.high = j.high || b >= 0x80
		if unicode.IsUpper(r) && j.lower {
			j.strange = true
		}
		j.lower = unicode.IsLower(r)
	}
}

// end judges the word that ends.
func (j *judge) end() {
	switch {
	case !j.high:
	case j.strange || j.latin && j.cyrillic:
		j.score -= 2
	default:
		j.score++
	}
	j.high, j.latin, j.cyrillic, j.strange, j.lower = false, false, false, false, false
}
