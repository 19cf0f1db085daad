package profile

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// Over returns the files of upper laid over those of lower: a file of upper
// takes the place of the one of the same name. A nil upper is no layer at all.
func Over(lower, upper fs.FS) fs.FS {
	if upper == nil {
		return lower
	}
	return over{lower: lower, upper: upper}
}

type over struct{ lower, upper fs.FS }

// Open implements fs.FS.
func (o over) Open(name string) (fs.File, error) {
	f, err := o.upper.Open(name)
	if err == nil {
		if info, statErr := f.Stat(); statErr == nil && !info.IsDir() {
			return f, nil
		}
		if below, lowerErr := o.lower.Open(name); lowerErr == nil {
			_ = f.Close() // a folder in both: ReadDir joins them
			return below, nil
		}
		return f, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return o.lower.Open(name)
}

// ReadDir implements fs.ReadDirFS: the entries of both.
func (o over) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, upperErr := fs.ReadDir(o.upper, name)
	lower, lowerErr := fs.ReadDir(o.lower, name)
	if upperErr != nil && lowerErr != nil {
		return nil, lowerErr
	}
	for _, e := range lower {
		if !slices.ContainsFunc(upper, func(u fs.DirEntry) bool { return u.Name() == e.Name() }) {
			upper = append(upper, e)
		}
	}
	slices.SortFunc(upper, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return upper, nil
}

func validText(s string) bool { return utf8.ValidString(s) && strings.TrimSpace(s) != "" }
