package door

import (
	"context"
	_ "embed"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"mektep/core/fault"
	"mektep/core/locale"
)

// hashParams: 19 MiB and one lane as OWASP's cheapest acceptable setting, but
// three passes instead of two. Memory is what a flood of sign-ins multiplies, so
// it stays small; time is bounded by the seats below, so it may be spent. About
// 45 ms on the two cores that a small ministry has.
var hashParams = argon2id.Params{Memory: 19 * 1024, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// seatWait is how long a sign-in waits for its turn at the hash.
const seatWait = 8 * time.Second

// hasher hashes passwords, a few at a time: with n seats it never takes more
// than n × 19 MiB, whatever comes in.
type hasher struct {
	params argon2id.Params
	seats  chan struct{}
	dummy  func() string
}

func newHasher(params argon2id.Params) *hasher {
	h := &hasher{params: params, seats: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))}
	h.dummy = sync.OnceValue(func() string {
		hash, err := argon2id.CreateHash(token(), &h.params)
		if err != nil {
			return ""
		}
		return hash
	})
	return h
}

func (h *hasher) sit(ctx context.Context) error {
	timer := time.NewTimer(seatWait)
	defer timer.Stop()
	select {
	case h.seats <- struct{}{}:
		return nil
	case <-timer.C:
		return fault.New(fault.Unavailable, "identity.busy").WithWait(2)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) rise() { <-h.seats }

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.sit(ctx); err != nil {
		return "", err
	}
	defer h.rise()
	hash, err := argon2id.CreateHash(prepared(password), &h.params)
	return hash, fault.Wrap(err, "hash a password")
}

// matches compares. Without a hash it compares with one of nobody, so that an
// unknown login takes as long as a known one. stale says that the hash was made
// more cheaply than today's are.
func (h *hasher) matches(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	nobody := hash == ""
	if nobody {
		hash = h.dummy()
	}
	if err := h.sit(ctx); err != nil {
		return false, false, err
	}
	defer h.rise()
	if len(password) > maxPassword*4 {
		password = "" // never one of ours; hashing it would cost more than the rest
	}
	ok, params, err := argon2id.CheckHash(prepared(password), hash)
	if err != nil {
		return false, false, fault.Wrap(err, "compare a password")
	}
	stale = params.Memory < h.params.Memory || params.Iterations < h.params.Iterations
	return ok && !nobody, stale, nil
}

// prepared makes equal what different keyboards write differently (RFC 8265).
func prepared(password string) string { return norm.NFKC.String(password) }

// Bounds of a password, in characters. The least is a limit of the profile,
// between these.
const (
	LeastPassword = 10
	maxPassword   = 128
)

//go:embed common_passwords.txt
var commonPasswords string

// commonWords are what people build passwords of, folded.
var commonWords = sync.OnceValue(func() []string {
	var words []string
	for line := range strings.Lines(commonPasswords) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words = append(words, plain(line))
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
})

// CheckPassword says what is wrong with a new password, or returns nil. Length
// and not being guessable is all that is asked (NIST SP 800-63B §3.1.1.2): rules
// of composition make people write passwords down. own are the person's login
// and names.
func CheckPassword(password string, least int, own ...string) *fault.Error {
	bad := fault.New(fault.Invalid, "identity.password_refused")
	least = max(least, LeastPassword)
	password = prepared(password)
	n := len([]rune(password))
	switch {
	case n < least:
		return bad.WithField("password", "identity.password_short", fault.Args{"Least": least})
	case n > maxPassword:
		return bad.WithField("password", "identity.password_long", fault.Args{"Most": maxPassword})
	case repeats(password):
		return bad.WithField("password", "identity.password_common", nil)
	}
	p := plain(password)
	for _, o := range own {
		for _, w := range strings.Fields(o) {
			if w = plain(w); len(w) >= 4 && strings.Contains(p, w) {
				return bad.WithField("password", "identity.password_personal", nil)
			}
		}
	}
	if common(password) {
		return bad.WithField("password", "identity.password_common", nil)
	}
	return nil
}

// leet undoes the disguises that every guessing program knows.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// plain is the form in which passwords are compared with words: folded as search
// folds, without spaces.
func plain(s string) string { return strings.ReplaceAll(locale.Fold(s), " ", "") }

// common reports whether, digits and disguises aside, hardly anything is left
// but common words: "Istanbul1453!", "Parola-2026", "qwerty123456".
func common(password string) bool {
	word := strings.TrimRightFunc(password, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, form := range []string{plain(password), plain(leet.Replace(password)), plain(leet.Replace(word))} {
		letters := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return -1
			}
			return r
		}, form)
		for _, w := range commonWords() {
			if w == form {
				return true
			}
			if len(w) >= 4 && strings.Contains(letters, w) && len(strings.ReplaceAll(letters, w, "")) < 4 {
				return true
			}
		}
		if len(letters) < 3 { // a date, a telephone number
			return true
		}
	}
	return false
}

// repeats reports a password that is one short thing over and over, or a run up
// or down the alphabet or the digits.
func repeats(password string) bool {
	r := []rune(password)
	for period := 1; period <= 4; period++ {
		same := true
		for i := period; i < len(r); i++ {
			same = same && r[i] == r[i-period]
		}
		if same {
			return true
		}
	}
	for _, step := range []rune{1, -1} {
		run := true
		for i := 1; i < len(r); i++ {
			run = run && (r[i] == r[i-1]+step || r[i] == '0' && r[i-1] == '9')
		}
		if run {
			return true
		}
	}
	return false
}
