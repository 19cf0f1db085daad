package door

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// minSecret is the least length of an installation's secret, in bytes.
const minSecret = 16

// keys are what the package derives from the installation's secrets: one key a
// purpose, so that what one of them leaks says nothing about another. The first
// secret seals; all of them open, so that a secret can be replaced without
// taking anybody's second factor away.
type keys struct {
	seal  []cipher.AEAD
	hash  [][]byte // keyed hashes of one-time keys and recovery codes
	place []byte   // keyed hashes of addresses, logins and devices; no need to survive a new secret
}

func newKeys(secrets [][]byte) (keys, error) {
	var k keys
	if len(secrets) == 0 {
		return k, errors.New("door: no secret given")
	}
	for _, s := range secrets {
		if len(s) < minSecret {
			return k, fmt.Errorf("door: a secret must have at least %d bytes", minSecret)
		}
		sealing, err := derive(s, "mektep identity seal v1")
		if err != nil {
			return k, err
		}
		block, err := aes.NewCipher(sealing)
		if err != nil {
			return k, fmt.Errorf("door: seal: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return k, fmt.Errorf("door: seal: %w", err)
		}
		hashing, err := derive(s, "mektep identity one-time v1")
		if err != nil {
			return k, err
		}
		k.seal, k.hash = append(k.seal, aead), append(k.hash, hashing)
	}
	var err error
	k.place, err = derive(secrets[0], "mektep identity place v1")
	return k, err
}

func derive(secret []byte, purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("door: derive a key: %w", err)
	}
	return key, nil
}

var errSealed = errors.New("door: what was sealed cannot be opened")

// sealed encrypts plain. What it is bound to (which ministry, whose, what for)
// must be given again to open it: a sealed secret copied to another row is no use.
func (k keys) sealed(plain []byte, bound ...any) []byte {
	nonce := make([]byte, k.seal[0].NonceSize(), k.seal[0].NonceSize()+len(plain)+k.seal[0].Overhead())
	_, _ = rand.Read(nonce) // never fails
	return k.seal[0].Seal(nonce, nonce, plain, []byte(fmt.Sprint(bound...)))
}

func (k keys) opened(box []byte, bound ...any) ([]byte, error) {
	for _, aead := range k.seal {
		if len(box) < aead.NonceSize() {
			break
		}
		plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(fmt.Sprint(bound...)))
		if err == nil {
			return plain, nil
		}
	}
	return nil, errSealed
}

// token returns 256 random bits as text for a cookie or a link.
func token() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// tokenHash is what is kept of a token. The ministry is part of it: the token of
// one is nobody's in another, even were their walls down. No key is needed: 256
// random bits can't be guessed back.
func tokenHash(tenant int32, kind, tok string) []byte {
	h := sha256.New()
	var id [4]byte
	binary.BigEndian.PutUint32(id[:], uint32(tenant)) //nolint:gosec // the bits, not the number
	h.Write(id[:])
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(tok))
	return h.Sum(nil)
}

// oneTime returns the keyed hashes of a short code, the newest secret's first:
// short codes could be guessed back from a plain hash.
func (k keys) oneTime(tenant int32, account int64, kind, code string) [][]byte {
	out := make([][]byte, len(k.hash))
	for i, key := range k.hash {
		out[i] = keyed(key, tenant, kind, fmt.Sprint(account), code)
	}
	return out
}

// placeHash is the keyed hash of where an attempt came from or what it aimed at.
func (k keys) placeHash(tenant int32, kind string, parts ...string) []byte {
	return keyed(k.place, tenant, append([]string{kind}, parts...)...)[:16]
}

func keyed(key []byte, tenant int32, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%d", tenant)
	for _, p := range parts {
		fmt.Fprintf(m, "\x00%d\x00%s", len(p), p)
	}
	return m.Sum(nil)
}

// network is the part of an address that says which network it belongs to: a
// household, a school, an office. Only its keyed hash is ever kept.
func network(a netip.Addr) string {
	a = a.Unmap()
	bits := 24
	if a.Is6() {
		bits = 48
	}
	return prefix(a, bits)
}

// station is the part of an address that one subscriber can't change at will.
func station(a netip.Addr) string {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	return prefix(a, bits)
}

func prefix(a netip.Addr, bits int) string {
	p, err := a.WithZone("").Prefix(bits)
	if err != nil || !p.IsValid() {
		return "unknown"
	}
	return p.String()
}

// codeAlphabet has no letters that look like others or like digits, on paper and
// in either alphabet.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// newCode returns n random characters, 4.9 bits each.
func newCode(n int) string {
	out := make([]byte, 0, n)
	var random [32]byte
	for len(out) < n {
		_, _ = rand.Read(random[:])
		for _, b := range random {
			// 240 is the largest multiple of 30 in a byte.
			if b < 240 && len(out) < n {
				out = append(out, codeAlphabet[int(b)%len(codeAlphabet)])
			}
		}
	}
	return string(out)
}

// grouped parts a code for reading: "7KQ2-M9TX".
func grouped(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// typedCode undoes what people do to a code when they type it: spaces, dashes,
// small letters, and the letters that the alphabet leaves out for their twins.
func typedCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case r == 'ı' || r == 'İ':
			return -1
		}
		if strings.ContainsRune(codeAlphabet, r) {
			return r
		}
		return -1
	}, s)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
