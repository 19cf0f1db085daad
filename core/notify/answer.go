package notify

import (
	"errors"
	"net/textproto"
	"regexp"
	"strings"
	"unicode"

	"github.com/wneessen/go-mail"
)

// longestAnswer is how much of a server's answer is kept: its first words say it.
const longestAnswer = 160

// personal is what may name somebody in a server's answer: an address or what stands in
// brackets, a number at the network, a link, and long marks by which a server knows a
// letter.
var personal = regexp.MustCompile(`<[^>]*>|\S*@\S*|https?://\S*|\[[^\]]*\]|\b\d{1,3}(?:\.\d{1,3}){3}\b|\S*(?:[[:alpha:]]\S*\d|\d\S*[[:alpha:]])\S{8,}`)

// spoken is what the server said, without what names whom the letter is to. An error of
// our own (no network, a time that ran out) has no such words.
func spoken(err error, to string) string {
	var words string
	var t *textproto.Error
	var s *mail.SendError
	switch {
	case errors.As(err, &t):
		words = t.Msg
	case errors.As(err, &s) && s.ErrorCode() != 0:
		words, _, _ = strings.Cut(s.Error(), ", affected ")
		words = strings.TrimPrefix(words, s.Reason.String()+": ")
	default:
		return ""
	}
	words = personal.ReplaceAllString(words, "…")
	if local, _, ok := strings.Cut(to, "@"); ok && local != "" {
		words = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(local)).ReplaceAllString(words, "…")
	}
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, words)
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > longestAnswer {
		words = string(r[:longestAnswer-1]) + "…"
	}
	return words
}
