// Package doortest lends tests what a door is cheap with.
package doortest

import "github.com/alexedwards/argon2id"

// Hashing makes a password's hash in no time. What it costs who runs the program, and that it
// costs a guesser as much, has tests of its own in package door.
func Hashing() *argon2id.Params {
	return &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}
