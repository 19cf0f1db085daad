package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mektep/core/clock"
	"mektep/core/finding"
	"mektep/core/gate"
	"mektep/core/laid"
	"mektep/core/locale"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
)

// ErrFindings ends a check that found something; what it found has been printed.
var ErrFindings = errors.New("the check has findings")

// report prints findings, one a line or as a JSON array, and returns ErrFindings
// when there are any.
func report(out io.Writer, asJSON bool, found finding.List) error {
	if asJSON {
		if found == nil {
			found = finding.List{}
		}
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Fprintln(out, f.String())
		}
	}
	if len(found) > 0 {
		return ErrFindings
	}
	return nil
}

// told prints findings with their notes, and after a check that passes one line a
// country that says what counts.
func told(out io.Writer, asJSON bool, found finding.List, passed []string) error {
	found = found.Once()
	if asJSON {
		err := report(io.Discard, false, found.Mistakes())
		if err := report(out, true, found); err != nil && !errors.Is(err, ErrFindings) {
			return err
		}
		return err
	}
	for _, f := range found.Notes() {
		fmt.Fprintln(out, f.String())
	}
	if err := report(out, false, found.Mistakes()); err != nil {
		return err
	}
	for _, line := range passed {
		fmt.Fprintln(out, line)
	}
	return nil
}

// ProfileCheck checks country profiles and runs their own cases; all countries, and the
// folder that is laid over as a whole, when no path is given. From three months before a
// country's last school year ends on, a note says so.
func ProfileCheck(paths []string, over Overlays, asJSON bool, out io.Writer) error {
	return profileCheck(paths, over, asJSON, new(clock.Clock).Now(), out)
}

func profileCheck(paths []string, over Overlays, asJSON bool, now time.Time, out io.Writer) error {
	f, err := over.open(context.Background())
	if err != nil {
		return err
	}
	var all finding.List
	ids := profile.IDs(f.profiles)
	strays, _, _ := f.strays()
	if len(paths) == 0 {
		paths = ids
	} else { // of no country; a country's own are found with it
		strays = slices.DeleteFunc(strays, func(stray finding.Finding) bool { return countryOf(f, stray, ids) != "" })
	}
	all = append(all, strays...)
	words, err := locale.Load(locales.FS, f.locales.Over)
	if err != nil {
		words, err = locale.Load(locales.FS, nil)
	}
	if err != nil {
		return err
	}
	var passed []string
	for _, path := range paths {
		folder, country, err := at(f.profiles, "_base/profile.yaml", path)
		if err != nil {
			return err
		}
		p, found := profile.LoadOver(folder, country)
		if err := (folders{profiles: folder, policies: f.policies, locales: f.locales}).silent(); err != nil {
			return err
		}
		if p != nil {
			rules, _ := policy.Load(f.policies.Built, gate.Vocabulary(p), overlay(f.policies))
			found = slices.Concat(p.Test(), p.Notes, wordless(p, words), gate.Aimless(p, rules), p.CalendarNotes(profile.DateOf(now.In(p.Zone))))
			passed = append(passed, profileLine(p))
		}
		all = append(all, found...)
	}
	return told(out, asJSON, all, passed)
}

// wordless notes the official languages in which the screens have no words: nobody
// could choose them; and a language of lists whose order is not known.
func wordless(p *profile.Profile, words *locale.Bundle) (notes finding.List) {
	file := p.ID + "/profile.yaml"
	for _, f := range p.Files {
		if strings.HasSuffix(f.Name, file) {
			file = f.Name
		}
	}
	note := func(code, text string, args ...any) {
		notes = append(notes, finding.Finding{File: file, Line: 1, Column: 1, Code: code, Note: true, Message: fmt.Sprintf(text, args...)})
	}
	for _, tag := range p.Languages.Official {
		if !words.Has(tag) {
			note("WORDS", "the official language %s has no words on the screens, and nobody can choose it: add %s.toml to the folder of language files", tag, tag)
		}
	}
	// Lists stand in the order of the first official language.
	if tag := p.Main(); !locale.Ordered(tag) {
		note("ORDER", "no order of letters is known for the language %s: lists stand in the general order of Unicode, in which letters such as oʻ, sh or ch stand with o, s and c", tag)
	}
	return notes
}

func profileLine(p *profile.Profile) string {
	over := 0
	for _, f := range p.Files {
		if f.Over {
			over++
		}
	}
	return fmt.Sprintf("%s: %d files, %d of them laid over; version %s, %d cases, hash %s", p.ID, len(p.Files), over, p.Version, p.CaseCount(), p.Hash)
}

func policyLine(country string, e *policy.Effective) string {
	var parts []string
	for _, f := range e.Files() {
		parts = append(parts, fmt.Sprintf("%s %d", f.Name, f.Rows))
	}
	return fmt.Sprintf("%s: rows %s; hash %s", country, strings.Join(parts, ", "), e.Hash())
}

// vocabulary gives the words of a country's policy files from its profile.
func (f folders) vocabulary(country string) (policy.Vocabulary, error) {
	p, found := profile.LoadOver(f.profiles, country)
	if p == nil {
		return policy.Vocabulary{}, fmt.Errorf("the profile of %s:\n%w", country, found.Err())
	}
	return gate.Vocabulary(p), nil
}

// policyFiles opens the policy files that paths name, those of all profiles when there
// is none, and does something with each. strays are the files beside them that nobody
// reads: those in the folders of the countries that are named, and those of no country.
func policyFiles(paths []string, over Overlays, each func(path string, at laid.Folder, v policy.Vocabulary)) (finding.List, error) {
	f, err := over.open(context.Background())
	if err != nil {
		return nil, err
	}
	ids := profile.IDs(f.profiles)
	_, strays, _ := f.strays()
	if len(paths) == 0 {
		paths = ids
	} else {
		strays = slices.DeleteFunc(strays, func(stray finding.Finding) bool {
			of := countryOf(f, stray, ids)
			return of != "" && !slices.Contains(paths, of)
		})
	}
	for _, path := range paths {
		folder, country := f.policies, path
		if !slices.Contains(ids, path) {
			if folder, country, err = at(f.policies, "catalogue.yaml", path); err != nil {
				return strays, err
			}
		}
		v, err := f.vocabulary(country)
		if err != nil {
			return strays, err
		}
		each(country, folder, v)
		if err := (folders{profiles: f.profiles, policies: folder}).silent(); err != nil {
			return strays, err
		}
	}
	return strays, nil
}

// Countries returns the ids of the countries that have policy files built in.
func Countries() []string { return policy.Countries(policies.FS) }

// PolicyCheck checks the policy files of countries.
func PolicyCheck(paths []string, over Overlays, asJSON bool, out io.Writer) error {
	var all finding.List
	var passed []string
	strays, err := policyFiles(paths, over, func(country string, at laid.Folder, v policy.Vocabulary) {
		e, found := policy.Check(at.Built, v, overlay(at))
		all = append(all, builtIn(found, at)...)
		if e != nil {
			all = append(all, e.Notes()...)
			passed = append(passed, policyLine(country, e))
		}
	})
	if err != nil {
		return err
	}
	return told(out, asJSON, append(strays, all...), passed)
}

// PolicyTest runs the cases of countries' policy files.
func PolicyTest(paths []string, over Overlays, out io.Writer) error {
	var all finding.List
	var lines []string
	strays, err := policyFiles(paths, over, func(country string, at laid.Folder, v policy.Vocabulary) {
		results, found := policy.Test(at.Built, v, overlay(at))
		passed := 0
		for _, r := range results {
			if r.OK {
				passed++
				continue
			}
			found = append(found, r.Finding())
		}
		all = append(all, builtIn(found, at)...)
		lines = append(lines, fmt.Sprintf("%s: %d of %d cases hold", country, passed, len(results)))
	})
	if err != nil {
		return err
	}
	err = told(out, false, append(strays, all...), nil)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	return err
}

func effective(country string, over Overlays) (*policy.Effective, error) {
	f, err := over.open(context.Background())
	if err != nil {
		return nil, err
	}
	v, err := f.vocabulary(country)
	if err != nil {
		return nil, err
	}
	e, found := policy.Load(f.policies.Built, v, overlay(f.policies))
	return e, builtIn(found, f.policies).Err()
}

// PolicyBuild writes the effective model.conf and policy.csv of a country.
func PolicyBuild(country string, over Overlays, dir string) error {
	e, err := effective(country, over)
	if err != nil {
		return err
	}
	return e.Build(dir)
}

// PolicyReach prints what every role reaches.
func PolicyReach(country string, over Overlays, out io.Writer) error {
	f, err := over.open(context.Background())
	if err != nil {
		return err
	}
	v, err := f.vocabulary(country)
	if err != nil {
		return err
	}
	text, found := policy.Reach(f.policies.Built, v, overlay(f.policies))
	if err := builtIn(found, f.policies).Err(); err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// PolicyDecide answers allow or deny for every request of in.
func PolicyDecide(country string, over Overlays, in io.Reader, out io.Writer) error {
	e, err := effective(country, over)
	if err != nil {
		return err
	}
	s, err := policy.NewSnapshot(e)
	if err != nil {
		return err
	}
	return s.DecideLines(in, out)
}

// PolicyExplain says why a role may or may not do something, in words. A request with
// a word that nobody knows is answered with the known ones, and ErrFindings.
func PolicyExplain(country string, over Overlays, request []string, out io.Writer) error {
	e, err := effective(country, over)
	if err != nil {
		return err
	}
	s, err := policy.NewSnapshot(e)
	if err != nil {
		return err
	}
	x := s.Explain(request[0], request[1], request[2], request[3])
	fmt.Fprintln(out, x)
	if len(x.Unknown) > 0 {
		return ErrFindings
	}
	return nil
}

// LocaleCheck checks the language files, built in or of a folder, against each
// other and, where the sources lie in root, against the keys they use.
func LocaleCheck(dir, root string, asJSON bool, out io.Writer) error {
	var uses []locale.Use
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
		if uses, err = locale.Uses(os.DirFS(root)); err != nil {
			return err
		}
	}
	f, err := Overlays{Locales: dir}.open(context.Background())
	if err != nil {
		return err
	}
	found := finding.List(locale.CheckOver(f.locales, uses))
	if err := f.silent(); err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b locale.Finding) int { return strings.Compare(a.String(), b.String()) })
	passed := "language files: " + summary(f.locales)
	return told(out, asJSON, found, []string{passed})
}

// summary counts the files of a flat folder and of the one laid over it.
func summary(f laid.Folder) string {
	count := func(tree fs.FS) int {
		if tree == nil {
			return 0
		}
		names, _ := fs.Glob(tree, "*.toml")
		return len(names)
	}
	return fmt.Sprintf("%d, and %d laid over", count(f.Built), count(f.Over))
}
