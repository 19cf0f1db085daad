package edge

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/tenant"
)

// sealed is what a sealed token carries.
type sealed struct {
	Until time.Time       `json:"u"`
	Value json.RawMessage `json:"v"`
}

// mostSealed is how much a token may carry, in bytes: it stands in an address, and
// an address in a header.
const mostSealed = 2048

// Seal hides v in a token that may stand in an address: what a person was searched
// by, a link that is shown once. Only this session can read it, for the same
// purpose, and only for a while; no server remembers anything.
func (e *Edge) Seal(c *fiber.Ctx, purpose string, v any, good time.Duration) (string, error) {
	return e.hide(e.bound(c, purpose), v, good)
}

func (e *Edge) hide(bound []byte, v any, good time.Duration) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if len(raw) > mostSealed {
		return "", fault.New(fault.Invalid, "fault.bad_request")
	}
	if raw, err = json.Marshal(sealed{e.cfg.Clock.Now().Add(good), raw}); err != nil {
		return "", err
	}
	box, err := e.sign.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce) //nolint:errcheck // never fails
	return base64.RawURLEncoding.EncodeToString(box.Seal(nonce, nonce, raw, bound)), nil
}

// Unseal reads a token of Seal into v; false for one that is another session's,
// for another purpose, over or none at all.
func (e *Edge) Unseal(c *fiber.Ctx, purpose, token string, v any) bool {
	return e.find(e.bound(c, purpose), token, v)
}

func (e *Edge) find(bound []byte, token string, v any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return false
	}
	box, err := e.sign.aead()
	if err != nil || len(raw) < box.NonceSize() {
		return false
	}
	raw, err = box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], bound)
	if err != nil {
		return false
	}
	var s sealed
	if json.Unmarshal(raw, &s) != nil || !e.cfg.Clock.Now().Before(s.Until) {
		return false
	}
	return json.Unmarshal(s.Value, v) == nil
}

func (e *Edge) bound(c *fiber.Ctx, purpose string) []byte {
	return []byte(purpose + "\x00" + e.formOwner(c, Of(c)) + "\x00" + tenant.Host(c.Hostname()))
}

// formGood is how long a page that stands open is known as somebody's: over a long weekend.
const formGood = 5 * 24 * time.Hour

// Mark says, sealed, whose forms a page holds; it outlives the session. Empty while nobody
// has signed in, and on the base domain.
func (e *Edge) Mark(c *fiber.Ctx) string {
	a := Of(c)
	if a.Ministry == nil || a.Caller == nil || a.Caller.AccountUID == "" {
		return ""
	}
	mark, err := e.hide(whose(c), a.Caller.AccountUID, formGood)
	if err != nil {
		return ""
	}
	return mark
}

// Whose reads a mark: the account for which the form was drawn; empty for none of ours.
func (e *Edge) Whose(c *fiber.Ctx, mark string) (account string) {
	if Of(c).Ministry == nil || !e.find(whose(c), mark, &account) {
		return ""
	}
	return account
}

func whose(c *fiber.Ctx) []byte { return []byte("whose\x00" + tenant.Host(c.Hostname())) }

// Box seals what is kept for somebody in the database.
func (e *Edge) Box() (cipher.AEAD, error) { return e.sign.aead() }

func (s signer) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.box)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
