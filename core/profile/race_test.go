//go:build race

package profile_test

// The race detector makes everything several times slower.
const raceEnabled = true
