package door

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// The second factor is a time-based code (RFC 6238) as every authenticator
// program makes it: SHA-1, six digits, thirty seconds.
const (
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps that a clock may be off
	totpDigits = 6
)

// newTOTPSecret returns 160 random bits in the form authenticators take.
func newTOTPSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// totpStep returns the time step whose code was typed, if any within the skew is
// later than the last one accepted: a code counts once (RFC 6238 §5.2).
func totpStep(secret, typed string, now time.Time, last int64) (int64, bool) {
	typed = digitsOf(typed)
	if len(typed) != totpDigits {
		return 0, false
	}
	current := now.Unix() / totpPeriod
	if last > current+totpSkew { // accepted by a clock that was ahead: it says nothing of today's codes
		last = 0
	}
	found, step := false, int64(0)
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		want, err := totpCode(secret, s)
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 && s > last {
			found, step = true, s
		}
	}
	return step, found
}

func totpCode(secret string, step int64) (string, error) {
	return hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // a step is positive
}

// totpURI is what a QR code carries into an authenticator.
func totpURI(issuer, login, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	// Authenticators show a plus sign as it stands, so spaces are written %20.
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// digitsOf keeps the digits of what was typed: people write "123 456".
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Recovery codes: ten of them, each good once, 59 bits.
const (
	recoveryCodes  = 10
	recoveryLength = 12
)

func newRecoveryCodes() []string {
	out := make([]string, recoveryCodes)
	for i := range out {
		out[i] = newCode(recoveryLength)
	}
	return out
}
