// Package policy answers the one question of the law: may this role do this to
// that, given how the thing stands to the role's assignment?
//
// A ministry's policy is made of files (folder policies): what every ministry
// has (base), what the country gives its roles, or a ministry's own replacement
// of that (the overlay), and guardrails: what no ministry of the country may give.
// Model, catalogue, base, guardrails, limits and cases that are built in are always
// part of it: an overlay adds to the last three and touches none of them.
//
// Load reads them strictly and compiles them into an Effective policy, plain
// Casbin that any stock enforcer decides alike. Check also asks what they mean
// together, Test tries their cases. A Snapshot asks Casbin each question once and
// remembers the answer.
//
// Roles' rules live here, never people's roles: those come from the database.
package policy

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mektep/core/laid"
)

// Role is a role of the country profile, with the unit levels it is held at.
// Guardrails bind levels, so a role without one is refused.
type Role struct {
	ID       string
	Levels   []string
	Personal bool // held for oneself or one's child: its place is that person, not the unit

	// Needs is what must come before somebody may use the role, in the words of the
	// profile: "order: required", "before_use: second_factor".
	Needs []string

	Givers []string // roles that may give it
}

// Vocabulary is what the policy files of one country may speak of besides the
// core's catalogue. Higher packages build it from the country profile.
type Vocabulary struct {
	Country string // the folder of the country's files
	Roles   []Role
	Groups  []string              // field groups: learner.identity_document, sealed.learner.special_needs
	People  []string              // those of them that hold what is kept of a person, whatever their register
	Laws    func(ref string) bool // does "act-78 §4.3" resolve in the profile? nil: not checked
}

// Overlay is a folder laid over the built-in one: of a country that is built in, the
// ministry's own rules.csv, which takes the place of the country's, and guardrails,
// limits and cases that are added to it; all files of a country that is not.
type Overlay struct {
	Files fs.FS
	Name  string // what findings call it; names stand as in the folder when empty
}

// Files of the policies folder.
const (
	modelFile     = "model.conf"
	catalogueFile = "catalogue.yaml"
	rulesFile     = "rules.csv"
	guardrailFile = "guardrails.csv"
	limitsFile    = "limits.csv"
	casesFile     = "cases.csv"
	proofsFile    = "proofs.csv"
	reachFile     = "reach.csv"
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
	files      []File
	ownRules   bool    // rules.csv is the ministry's own
	country    *source // what those are laid over
	held       *held   // and held against
	rulesName  string  // what findings call it
	rulesOver  bool    // it stands in the folder that is laid over
	ownName    string  // what findings call it, or would call it, there; "" where nothing is laid over

	taken map[string]bool // what the ministry's own cases say it takes back, as Case.asks has it
}

// File is a file that counts, and how many rows it gave.
type File struct {
	Name string
	Rows int
	Over bool // of the overlay
}

// Countries lists the countries that have policy files, sorted.
func Countries(fsys fs.FS) []string {
	return slices.DeleteFunc(laid.Folder{Built: fsys}.Folders(), func(id string) bool { return id == baseFolder })
}

// Load reads the policy of a country, with a folder laid over it when there is one,
// and compiles it. Every mistake in every file is found at once; with any finding
// the policy is nil. What the rows mean together is judged by Check.
func Load(fsys fs.FS, v Vocabulary, overlay *Overlay) (*Effective, Findings) {
	src, found := read(fsys, v, overlay)
	if len(found) > 0 {
		return nil, found
	}
	return compile(src), nil
}

// Check reports every mistake in a country's policy files: what Load refuses, cases
// that can't be read, and rows that mean something else than their writer can have
// meant: void ones, wide ones, a role that was given nothing.
func Check(fsys fs.FS, v Vocabulary, overlay *Overlay) (*Effective, Findings) {
	_, e, found := check(fsys, v, overlay)
	return e, found
}

func check(fsys fs.FS, v Vocabulary, overlay *Overlay) (*source, *Effective, Findings) {
	src, found := readAll(fsys, v, overlay)
	if len(found) > 0 {
		return src, nil, found
	}
	e := compile(src)
	snap, err := NewSnapshot(e)
	if err != nil {
		return src, nil, modelFailed(err)
	}
	reach, notes := src.reachFindings(fsys, v, overlay)
	found = slices.Concat(snap.voidRows(src.rules), src.wideRows(), src.neverRows())
	reach = slices.DeleteFunc(reach, func(f Finding) bool { // a row that is mistaken in itself is told once
		return slices.ContainsFunc(found, func(x Finding) bool { return x.File == f.File && x.Line == f.Line })
	})
	found = slices.Concat(found, src.idleRoles(v), reach).Sorted()
	if len(found) > 0 {
		return src, nil, found
	}
	found, more := snap.ungiven(src)
	if len(found) > 0 {
		return src, nil, found.Sorted()
	}
	e.notes, e.files = slices.Concat(notes, more, src.doubleRows(), src.lackingRows()).Sorted(), src.files
	return src, e, nil
}

// Sound is Check and Test in one: the policy of a country that passes both, or why it
// does not. Nothing else is ever in force.
func Sound(fsys fs.FS, v Vocabulary, overlay *Overlay) (*Effective, Findings) {
	src, e, found := check(fsys, v, overlay)
	if len(found) > 0 {
		return nil, found
	}
	results, snap, found := src.try()
	if len(found) > 0 {
		return nil, found
	}
	for _, r := range results {
		if !r.OK {
			found = append(found, r.Finding())
		}
	}
	if found = append(found, snap.unproved(src, results)...); len(found) > 0 {
		return nil, found.Sorted()
	}
	return e, nil
}

func modelFailed(err error) Findings {
	return Findings{{File: modelFile, Line: 1, Column: 1, Code: "MODEL", Message: err.Error()}}
}

// readAll reads the cases too.
func readAll(fsys fs.FS, v Vocabulary, overlay *Overlay) (*source, Findings) {
	src, found := read(fsys, v, overlay)
	if src.words != nil {
		found = append(found, src.readCases(folderOf(fsys, overlay), v.Country)...)
	}
	return src, found.Sorted()
}

func folderOf(fsys fs.FS, overlay *Overlay) laid.Folder {
	f := laid.Folder{Built: fsys}
	if overlay != nil {
		f.Over, f.OverName = overlay.Files, overlay.Name
	}
	return f
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
	folder := folderOf(fsys, overlay)
	r := &reader{words: w, src: src}
	src.base, src.links = r.rules(folder.Builtin(path.Join(baseFolder, rulesFile)))
	rules := folder.Builtin(path.Join(v.Country, rulesFile))
	if own, ok := folder.Laid(rules.Name); ok {
		src.ownRules, rules = laid.IsFolder(fsys, v.Country), own
	} else if !rules.Exists() && folder.Over != nil {
		rules = own
	}
	src.rulesName, src.rulesOver = rules.Shown, rules.Over
	if own, _ := folder.Laid(rules.Name); own.Over {
		src.ownName = own.Shown
	}
	rows, links := r.rules(rules)
	src.rules, src.links = rows, append(src.links, links...)
	for _, name := range []string{path.Join(baseFolder, guardrailFile), path.Join(v.Country, guardrailFile)} {
		for i, f := range joined(folder, name) {
			src.guardrails = append(src.guardrails, r.guardrails(f, i == 0)...)
		}
	}
	for _, name := range []string{path.Join(baseFolder, limitsFile), path.Join(v.Country, limitsFile)} {
		for _, f := range joined(folder, name) {
			src.limits = append(src.limits, r.limits(f)...)
		}
	}
	r.checkCommon(src)
	if src.ownRules && len(r.found)+len(found) == 0 {
		if country, wrong := read(fsys, v, nil); len(wrong) == 0 {
			src.country = country
			src.held = src.holdAgainst(country)
		}
	}
	return src, append(found, r.found...).Sorted()
}

// joined returns the files of a name that count: the one that is built in, and the
// overlay's besides. Of the base there is only the first.
func joined(folder laid.Folder, name string) []laid.Named {
	out := []laid.Named{folder.Builtin(name)}
	if path.Dir(name) == baseFolder {
		return out
	}
	own, ok := folder.Laid(name)
	if !laid.IsFolder(folder.Built, path.Dir(name)) && folder.Over != nil {
		return []laid.Named{own}
	}
	if ok {
		out = append(out, own)
	}
	return out
}

// Strays returns what of an overlay nobody reads. profiles are the ids of all
// country profiles there are.
func Strays(fsys fs.FS, overlay *Overlay, profiles []string) Findings {
	files := []string{rulesFile, guardrailFile, limitsFile, casesFile, proofsFile}
	_, strays := laid.Walk(overlay.Files, overlay.Name, ".", laid.Rules{
		Code: "FILE", Names: slices.Concat(files, []string{reachFile}, profiles),
		Counts: func(name string, folder bool) bool {
			if dir, base := path.Split(name); !folder {
				country := strings.TrimSuffix(dir, "/")
				return slices.Contains(profiles, country) && (slices.Contains(files, base) || base == reachFile && !laid.IsFolder(fsys, country))
			}
			return slices.Contains(profiles, name)
		},
		Why: func(name string, folder bool) string {
			top, _, _ := strings.Cut(name, "/")
			switch {
			case top == baseFolder, name == modelFile, name == catalogueFile, path.Base(name) == reachFile && laid.IsFolder(fsys, top):
				return "is built in and nothing may be laid over it; a country's folder can add guardrails, limits and cases"
			case !folder && slices.Contains(files, name):
				return fmt.Sprintf("is not read here: put it into the folder of its country, like %s/%s", profiles[0], name)
			}
			return ""
		},
	})
	return strays
}
