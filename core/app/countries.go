package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// countries are the profiles and policies that ministries run on. They are read
// whole and strictly before anything starts: a file with a mistake stops the
// start with every mistake named.
type countries struct{ byID map[string]gate.Ministry }

// Country returns the profile and policy of a country.
func (c countries) Country(id string) (gate.Ministry, bool) {
	m, ok := c.byID[id]
	return m, ok
}

// IDs returns the countries there are, sorted.
func (c countries) IDs() []string { return slices.Sorted(maps.Keys(c.byID)) }

func loadCountries(profilesOver, policiesOver fs.FS) (countries, error) {
	all, findings := profile.LoadAll(profiles.FS, profilesOver)
	if err := findings.Err(); err != nil {
		return countries{}, fmt.Errorf("country profiles:\n%w", err)
	}
	files := layer(policies.FS, policiesOver)
	c := countries{byID: map[string]gate.Ministry{}}
	shelf := policy.NewShelf()
	var errs []error
	for id, p := range all {
		e, found := policy.Load(files, gate.Vocabulary(p), nil)
		if err := found.Err(); err != nil {
			errs = append(errs, fmt.Errorf("policy files of %s:\n%w", id, err))
			continue
		}
		s, err := shelf.Snapshot(e)
		if err != nil {
			return c, err
		}
		c.byID[id] = gate.Ministry{Profile: p, Policy: s}
	}
	return c, errors.Join(errs...)
}

func loadWords(over fs.FS, opts ...locale.Option) (*locale.Bundle, error) {
	b, err := locale.Load(locales.FS, over, opts...)
	if err != nil {
		return nil, fmt.Errorf("language files: %w", err)
	}
	return b, nil
}

// layered opens a file of the upper folder where it has it, else of the lower.
type layered struct{ upper, lower fs.FS }

func layer(lower, upper fs.FS) fs.FS {
	if upper == nil {
		return lower
	}
	return layered{upper, lower}
}

// Open opens a file or a folder; of a folder in both, the entries of both.
func (l layered) Open(name string) (fs.File, error) {
	f, err := l.upper.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return l.lower.Open(name)
	}
	return f, err
}

// ReadDir lists the entries of both folders.
func (l layered) ReadDir(name string) ([]fs.DirEntry, error) {
	byName := map[string]fs.DirEntry{}
	found := false
	for _, f := range []fs.FS{l.lower, l.upper} {
		entries, err := fs.ReadDir(f, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = true
		for _, e := range entries {
			byName[e.Name()] = e
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	out := make([]fs.DirEntry, 0, len(byName))
	for _, n := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[n])
	}
	return out, nil
}
