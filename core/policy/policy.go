// Package policy answers the one question of the law: may this role do this to
// that, given how the thing stands to the role's assignment?
//
// A ministry's policy is made of files (folder policies): what every ministry
// has (base), what the country gives its roles, or a ministry's own replacement
// of that (the overlay), and guardrails: what no ministry of the country may give.
// Load reads them strictly and compiles them into an Effective policy, plain
// Casbin that any stock enforcer decides alike. A Snapshot asks Casbin each
// question once and remembers the answer.
//
// Roles' rules live here, never people's roles: those come from the database.
package policy

import (
	"io/fs"
	"path"
	"slices"
)

// Role is a role of the country profile, with the unit levels it is held at.
// Guardrails bind levels, so a role without one is refused.
type Role struct {
	ID     string
	Levels []string
}

// Vocabulary is what the policy files of one country may speak of besides the
// core's catalogue. Higher packages build it from the country profile.
type Vocabulary struct {
	Country string // the folder of the country's files
	Roles   []Role
	Groups  []string              // field groups: learner.identity_document, sealed.learner.special_needs
	Laws    func(ref string) bool // does "kg-78-1 §4.3" resolve in the profile? nil: not checked
}

// Overlay is a ministry's own replacement of its country's rules.csv.
type Overlay struct {
	Name  string // what findings call it; "overlay/rules.csv" when empty
	Rules []byte
}

// Files of the policies folder.
const (
	modelFile     = "model.conf"
	catalogueFile = "catalogue.yaml"
	rulesFile     = "rules.csv"
	guardrailFile = "guardrails.csv"
	limitsFile    = "limits.csv"
	casesFile     = "cases.csv"
	baseFolder    = "base"
)

// source is everything read, before it is compiled.
type source struct {
	model      string
	words      *words
	base       []Row
	rules      []Row
	guardrails []Row
	links      []link
	limits     []Limit
	cases      []Case
}

// Countries lists the countries that have policy files, sorted.
func Countries(fsys fs.FS) []string {
	entries, _ := fs.ReadDir(fsys, ".")
	var out []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != baseFolder && e.Name()[0] != '.' {
			if _, err := fs.Stat(fsys, path.Join(e.Name(), rulesFile)); err == nil {
				out = append(out, e.Name())
			}
		}
	}
	slices.Sort(out)
	return out
}

// Load reads the policy of a country, with a ministry's overlay when there is
// one, and compiles it. Every mistake in every file is found at once; with any
// finding the policy is nil.
func Load(fsys fs.FS, v Vocabulary, overlay *Overlay) (*Effective, Findings) {
	src, found := read(fsys, v, overlay)
	if len(found) > 0 {
		return nil, found
	}
	return compile(src), nil
}

// Check reports every mistake in a country's policy files: what Load refuses,
// rows that guardrails make void, and cases that can't be read.
func Check(fsys fs.FS, v Vocabulary) Findings { return CheckOverlay(fsys, v, nil) }

// CheckOverlay is Check with a ministry's overlay in the place of the country's rules.
func CheckOverlay(fsys fs.FS, v Vocabulary, overlay *Overlay) Findings {
	src, found := read(fsys, v, overlay)
	if src == nil || src.words == nil {
		return found
	}
	found = append(found, src.readCases(fsys, v.Country)...)
	if len(found) > 0 {
		return found.Sorted()
	}
	snap, err := NewSnapshot(compile(src))
	if err != nil {
		return Findings{{File: modelFile, Line: 1, Column: 1, Code: "MODEL", Message: err.Error()}}
	}
	return snap.voidRows(src.rules).Sorted()
}

func read(fsys fs.FS, v Vocabulary, overlay *Overlay) (*source, Findings) {
	src := &source{}
	var found Findings
	src.model, found = readModel(fsys)
	w, more := readWords(fsys, v)
	found = append(found, more...)
	if w == nil {
		return src, found.Sorted()
	}
	src.words = w
	r := &reader{words: w, fsys: fsys}
	src.base, src.links = r.rules(path.Join(baseFolder, rulesFile), nil, true)
	name, content := path.Join(v.Country, rulesFile), []byte(nil)
	if overlay != nil {
		name, content = overlay.Name, overlay.Rules
		if name == "" {
			name = "overlay/" + rulesFile
		}
		if content == nil {
			content = []byte{}
		}
	}
	rows, links := r.rules(name, content, true)
	src.rules, src.links = rows, append(src.links, links...)
	for _, folder := range []string{baseFolder, v.Country} {
		src.guardrails = append(src.guardrails, r.guardrails(path.Join(folder, guardrailFile))...)
		src.limits = append(src.limits, r.limits(path.Join(folder, limitsFile))...)
	}
	r.checkCommon(src)
	return src, append(found, r.found...).Sorted()
}
