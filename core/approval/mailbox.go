package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Mailbox is the box in which the letters to an address arrive: name+tag@host and
// name@host are one person's. It is for comparing people, never for writing to them; the
// function mailbox of the database says the same.
func Mailbox(address string) string {
	address = strings.ToLower(address)
	name, host, ok := strings.Cut(address, "@")
	if own, _, tagged := strings.Cut(name, "+"); ok && tagged && own != "" {
		return own + "@" + host
	}
	return address
}

// former begins what stands for an address of which only its hash is kept.
const former = "sha256:"

// FormerAddress stands for an address of which only its SHA-256 is kept.
func FormerAddress(digest []byte) string { return former + hex.EncodeToString(digest) }

// onePersons reports whether an address is of the mailbox of one of some addresses.
func onePersons(address string, addresses []string) bool {
	if address == "" {
		return false
	}
	box := Mailbox(address)
	forms := []string{hashed(address), hashed(box)}
	return slices.ContainsFunc(addresses, func(a string) bool {
		if strings.HasPrefix(a, former) {
			return slices.Contains(forms, a)
		}
		return a != "" && Mailbox(a) == box
	})
}

func hashed(address string) string {
	digest := sha256.Sum256([]byte(address))
	return FormerAddress(digest[:])
}

// sameBox reports whether two people, or whoever may be acting as them, read one mailbox
// now: an address that was somebody's once may have become another's since.
func (b Behind) sameBox(o Behind) bool {
	return slices.ContainsFunc(b.Addresses, func(a string) bool {
		return !strings.HasPrefix(a, former) && onePersons(a, slices.DeleteFunc(slices.Clone(o.Addresses), func(x string) bool { return strings.HasPrefix(x, former) }))
	})
}
