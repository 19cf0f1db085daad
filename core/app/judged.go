package app

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"mektep/core/finding"
	"mektep/core/gate"
	"mektep/core/laid"
	"mektep/core/policy"
	"mektep/core/profile"
)

// Judged remembers what came of countries' files, so that reading all of them anew
// judges only those that changed: one ministry's new policy costs nothing to the others,
// and to take a mistake back nothing at all.
type Judged struct {
	shelf *policy.Shelf
	mu    sync.Mutex
	last  map[string]verdict // by country
	taken map[string]verdict // by country: of the last files that were taken
}

// NewJudged returns a memory in which nothing is.
func NewJudged() *Judged {
	return &Judged{shelf: policy.NewShelf(), last: map[string]verdict{}, taken: map[string]verdict{}}
}

// verdict is what a country's files are worth, whatever the day and the words. It never
// changes.
type verdict struct {
	files  [sha256.Size]byte
	p      *profile.Profile
	e      *policy.Effective
	policy *policy.Snapshot // nil: the files are not taken
	found  finding.List     // why the files are not taken, with notes
}

// judge puts a country's files through every check that rests on them alone. ids are all
// the countries: what lies in another one's folder is not this one's.
func (j *Judged) judge(f folders, id string, ids []string) verdict {
	files, err := laidOver(f, id, ids)
	if err != nil {
		return j.anew(f, id) // what cannot be read is a finding, and is told as one
	}
	j.mu.Lock()
	last, taken := j.last[id], j.taken[id]
	j.mu.Unlock()
	for _, v := range []verdict{last, taken} {
		if v.files == files {
			return v
		}
	}
	v := j.anew(f, id)
	if again, err := laidOver(f, id, ids); err != nil || again != files {
		return v // they changed meanwhile
	}
	v.files = files
	j.mu.Lock()
	j.last[id] = v
	if v.policy != nil {
		j.taken[id] = v
	}
	j.mu.Unlock()
	return v
}

func (j *Judged) anew(f folders, id string) (v verdict) {
	if v.p, v.found = profile.LoadOver(f.profiles, id); v.p == nil {
		return v
	}
	if v.found = v.p.Test(); len(v.found.Mistakes()) > 0 {
		return v
	}
	var found policy.Findings
	if v.e, found = policy.Sound(f.policies.Built, gate.Vocabulary(v.p), overlay(f.policies)); v.e == nil {
		v.found = builtIn(found, f.policies)
		return v
	}
	var err error
	if v.policy, err = j.shelf.Snapshot(v.e); err != nil {
		v.found = finding.List{{File: id, Code: "MODEL", Message: err.Error()}}
	}
	return v
}

// laidOver is the digest of what is laid over a country's files. What is built in stays
// as it is while the program runs.
func laidOver(f folders, id string, ids []string) ([sha256.Size]byte, error) {
	others := func(path string) bool {
		top, _, _ := strings.Cut(path, "/")
		return top != id && slices.Contains(ids, top)
	}
	return sumOf(others, f.profiles, f.policies)
}

// sumOf is the digest of what is laid over files, without the folders that are passed over.
func sumOf(passed func(path string) bool, trees ...laid.Folder) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	for _, tree := range trees {
		fmt.Fprintf(h, "%t %q\n", tree.Over != nil, tree.OverName)
		if tree.Over == nil {
			continue
		}
		err = fs.WalkDir(tree.Over, ".", func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && passed(path):
				return fs.SkipDir
			}
			fmt.Fprintf(h, "%q %s\n", path, e.Type())
			// A link counts as what it leads to, which may lie where nobody looks.
			if info, err := fs.Stat(tree.Over, path); err != nil || !info.Mode().IsRegular() {
				return err
			}
			text, err := fs.ReadFile(tree.Over, path)
			if err == nil {
				fmt.Fprintf(h, "%x\n", sha256.Sum256(text))
			}
			return err
		})
		if err != nil {
			return sum, err
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
