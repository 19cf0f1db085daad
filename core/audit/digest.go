package audit

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strconv"
	"time"
)

// secret is one of the installation's secrets with the public number by which
// rows say which one signed them.
type secret struct {
	material []byte
	id       int64
}

func newSecret(material []byte) secret {
	sum := derive(material, "mektep audit key id")
	// 32 bits are enough to tell a handful of secrets apart and say nothing about them.
	return secret{material: material, id: int64(binary.BigEndian.Uint32(sum))}
}

// tenant returns the ministry's own key, so that digests of one ministry say
// nothing about equal values in another.
func (s secret) tenant(id int32) []byte {
	return derive(s.material, "mektep audit tenant "+strconv.Itoa(int(id)))
}

func derive(material []byte, info string) []byte {
	key, err := hkdf.Key(sha256.New, material, nil, info, sha256.Size)
	if err != nil {
		panic("audit: " + err.Error()) // only for a length that HKDF cannot give
	}
	return key
}

// key returns the ministry's key of the secret that id names.
func (t *Trail) key(id int64, tenant int32) ([]byte, bool) {
	for _, s := range t.keys {
		if s.id == id {
			return s.tenant(tenant), true
		}
	}
	return nil, false
}

func newSalt() []byte {
	salt := make([]byte, 12)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// summer digests a list of parts, each with its length before it, so that no two
// different lists give the same bytes.
type summer struct {
	h   hash.Hash
	buf [binary.MaxVarintLen64]byte
}

func newSummer(key []byte, what string) *summer {
	s := &summer{h: hmac.New(sha256.New, key)}
	s.text(what)
	return s
}

func (s *summer) number(n int64) { s.h.Write(s.buf[:binary.PutVarint(s.buf[:], n)]) }

func (s *summer) bytes(b []byte) {
	if b == nil {
		s.number(-1)
		return
	}
	s.number(int64(len(b)))
	s.h.Write(b)
}

func (s *summer) text(t string) {
	s.number(int64(len(t)))
	s.h.Write([]byte(t))
}

func (s *summer) sum() []byte { return s.h.Sum(nil) }

// sum is the keyed digest of everything the entry says, its values by their own
// digests. The row's number is not in it: that stands in the block.
func (r *row) sum(key []byte) []byte {
	kind := "mektep audit entry 1"
	if r.governed != "" {
		kind = "mektep audit entry 2" // says by which law; entries from before say nothing of it
	}
	s := newSummer(key, kind)
	if r.governed != "" {
		s.text(r.governed)
	}
	s.number(int64(r.tenant))
	s.number(r.at.UnixMicro())
	s.number(r.accountID)
	for _, part := range []string{
		r.uid, r.accountUID, r.system, r.session, r.requestID, r.purpose,
		r.action, r.object, r.target, r.unitPath,
		r.outcome, r.check, r.rule, r.law, r.reason, r.orderNo, day(r.orderDate),
	} {
		s.text(part)
	}
	s.number(int64(len(r.fields)))
	for _, f := range r.fields {
		s.text(f)
	}
	s.number(int64(len(r.values)))
	for i := range r.values {
		s.text(r.values[i].field)
		s.bytes(r.values[i].digest)
	}
	return s.sum()
}

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (v *value) sum(key []byte) []byte {
	s := newSummer(key, "mektep audit value 1")
	s.bytes(v.salt)
	s.text(v.field)
	s.bytes(v.old)
	s.bytes(v.new)
	return s.sum()
}

// link is one entry's place in a block.
type link struct {
	id     int64
	digest []byte
}

// sum is the block's hash: its predecessor's, its own head and its links in order.
func (b *block) sum(key []byte, links []link) []byte {
	kind := "mektep audit block 1"
	if b.signedFrom != 0 {
		kind = "mektep audit block 2" // says from which act on all are signed
	}
	s := newSummer(key, kind)
	if b.signedFrom != 0 {
		s.number(b.signedFrom)
	}
	s.bytes(b.prev)
	s.number(int64(b.tenant))
	s.number(int64(b.seq))
	s.number(b.sealedAt.UnixMicro())
	s.number(b.bound)
	s.text(b.cluster)
	s.number(int64(len(links)))
	for _, l := range links {
		s.number(l.id)
		s.bytes(l.digest)
	}
	return s.sum()
}
