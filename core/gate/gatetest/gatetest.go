// Package gatetest has the real countries and words for tests, each read once for all tests of
// a package: to read them costs more than most tests do. They are shared: whoever changes
// one reads their own.
package gatetest

import (
	"io/fs"
	"log/slog"
	"sync"
	"testing"

	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

var (
	countries sync.Map // of func() (gate.Ministry, error), by id
	words     sync.Map // of func() (*locale.Bundle, error), by what is laid over
)

// Country is a built-in country with its policy.
func Country(t testing.TB, id string) gate.Ministry {
	t.Helper()
	read, _ := countries.LoadOrStore(id, sync.OnceValues(func() (gate.Ministry, error) { return country(id) }))
	m, err := read.(func() (gate.Ministry, error))()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Changed is a country with its policy, changed for one test: for what no built-in country
// says, and one may.
func Changed(t testing.TB, id string, change func(p *profile.Profile)) gate.Ministry {
	t.Helper()
	m, err := country(id)
	if err != nil {
		t.Fatal(err)
	}
	change(m.Profile)
	return m
}

func country(id string) (gate.Ministry, error) {
	p, found := profile.Load(profiles.FS, id)
	if err := found.Err(); err != nil {
		return gate.Ministry{}, err
	}
	e, wrong := policy.Load(policies.FS, gate.Vocabulary(p), nil)
	if err := wrong.Err(); err != nil {
		return gate.Ministry{}, err
	}
	s, err := policy.NewSnapshot(e)
	return gate.Ministry{Profile: p, Policy: s}, err
}

// Words are the built-in messages, those of over laid over them (nil for none); to ask for
// one that there is not panics.
func Words(t testing.TB, over fs.FS) *locale.Bundle {
	t.Helper()
	read, _ := words.LoadOrStore(over != nil, sync.OnceValues(func() (*locale.Bundle, error) {
		return locale.Load(locales.FS, over, locale.Strict(), locale.Log(slog.New(slog.DiscardHandler)))
	}))
	b, err := read.(func() (*locale.Bundle, error))()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
