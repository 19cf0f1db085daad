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
	return base64.RawURLEncoding.EncodeToString(box.Seal(nonce, nonce, raw, e.bound(c, purpose))), nil
}

// Unseal reads a token of Seal into v; false for one that is another session's,
// for another purpose, over or none at all.
func (e *Edge) Unseal(c *fiber.Ctx, purpose, token string, v any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return false
	}
	box, err := e.sign.aead()
	if err != nil || len(raw) < box.NonceSize() {
		return false
	}
	raw, err = box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], e.bound(c, purpose))
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

func (s signer) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.box)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
