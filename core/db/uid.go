package db

import "crypto/rand"

const uidAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewUID returns a random public id: 16 letters and digits, 95 bits. It stands in
// URLs and in the API, where a sequence would tell how many there are.
func NewUID() string {
	var uid [16]byte
	var random [32]byte
	for n := 0; n < len(uid); {
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			// 248 is the largest multiple of 62 in a byte: above it letters would not be equally likely.
			if b < 248 && n < len(uid) {
				uid[n] = uidAlphabet[b%62]
				n++
			}
		}
	}
	return string(uid[:])
}
