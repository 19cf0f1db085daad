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

	"mektep/core/audit"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// ErrFindings ends a check that found something; what it found has been printed.
var ErrFindings = errors.New("the check has findings")

// finding is one line of a check: file:line:column: CODE message.
type finding interface{ String() string }

// report prints findings, one a line or as a JSON array, and returns ErrFindings
// when there are any.
func report[T finding](out io.Writer, asJSON bool, found []T) error {
	if asJSON {
		if found == nil {
			found = []T{}
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

// Overlays are the folders that a ministry lays over what is built in; "" is none.
type Overlays struct{ Profiles, Policies string }

// files are the profiles or policies that a check reads.
type files struct {
	fs.FS
	country string
	over    string // folder whose files come first
	builtIn string // how the files below it are shown
}

// open opens a path that somebody named: a country's id stands for what the server
// would read, a path of a country's folder for that country within the folder above.
func open(path string, builtIn fs.FS, shown, over string) (files, error) {
	f := files{FS: layer(builtIn, overlay(over)), country: path, over: over, builtIn: shown}
	if !strings.ContainsAny(path, `/\.`) {
		if _, err := fs.Stat(f.FS, path); err == nil {
			return f, nil
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return f, fmt.Errorf("%s: no such folder or country", path)
	}
	if !info.IsDir() {
		path = filepath.Dir(path)
	}
	f.country, f.over = filepath.Base(filepath.Clean(path)), filepath.Dir(filepath.Clean(path))
	// What the folder above lacks (the base layer, most often) is the built-in one.
	f.FS = layer(builtIn, os.DirFS(f.over))
	return f, nil
}

// shown names a file as whoever asked finds it.
func (f files) shown(file string) string {
	if f.over != "" {
		if own := filepath.Join(f.over, file); exists(own) || !exists(filepath.Join(f.builtIn, file)) {
			return filepath.ToSlash(own)
		}
	}
	return f.builtIn + "/" + file
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// ProfileCheck checks country profiles and runs their own cases; all countries
// when no path is given.
func ProfileCheck(paths []string, over Overlays, asJSON bool, out io.Writer) error {
	if len(paths) == 0 {
		paths = profile.IDs(layer(profiles.FS, overlay(over.Profiles)))
	}
	var all profile.Findings
	for _, path := range paths {
		at, err := open(path, profiles.FS, "profiles", over.Profiles)
		if err != nil {
			return err
		}
		p, found := profile.Load(at.FS, at.country)
		if len(found) == 0 {
			found = p.Test()
		}
		for _, f := range found {
			f.File = at.shown(f.File)
			all = append(all, f)
		}
	}
	return report(out, asJSON, all)
}

// vocabulary gives the words of a country's policy files from its profile.
func vocabulary(country string, over Overlays) (policy.Vocabulary, error) {
	p, found := profile.Load(layer(profiles.FS, overlay(over.Profiles)), country)
	if err := found.Err(); err != nil {
		return policy.Vocabulary{}, fmt.Errorf("the profile of %s:\n%w", country, err)
	}
	return gate.Vocabulary(p), nil
}

// policyFiles opens the policy files that paths name, all countries' when there is
// none, and does something with each.
func policyFiles(paths []string, over Overlays, each func(path string, at files, v policy.Vocabulary)) error {
	if len(paths) == 0 {
		paths = policy.Countries(layer(policies.FS, overlay(over.Policies)))
	}
	for _, path := range paths {
		at, err := open(path, policies.FS, "policies", over.Policies)
		if err != nil {
			return err
		}
		v, err := vocabulary(at.country, over)
		if err != nil {
			return err
		}
		each(path, at, v)
	}
	return nil
}

// Countries returns the ids of the countries that have policy files built in.
func Countries() []string { return policy.Countries(policies.FS) }

// PolicyCheck checks the policy files of countries.
func PolicyCheck(paths []string, over Overlays, asJSON bool, out io.Writer) error {
	var all policy.Findings
	err := policyFiles(paths, over, func(_ string, at files, v policy.Vocabulary) {
		for _, f := range policy.Check(at.FS, v) {
			f.File = at.shown(f.File)
			all = append(all, f)
		}
	})
	if err != nil {
		return err
	}
	return report(out, asJSON, all)
}

// PolicyTest runs the cases of countries' policy files.
func PolicyTest(paths []string, over Overlays, out io.Writer) error {
	failed := false
	err := policyFiles(paths, over, func(path string, at files, v policy.Vocabulary) {
		results, found := policy.Test(at.FS, v)
		for _, f := range found {
			f.File = at.shown(f.File)
			fmt.Fprintln(out, f.String())
		}
		passed := 0
		for _, r := range results {
			if r.OK {
				passed++
				continue
			}
			fmt.Fprintln(out, r.String())
		}
		fmt.Fprintf(out, "%s: %d of %d cases hold\n", path, passed, len(results))
		failed = failed || len(found) > 0 || passed < len(results)
	})
	if err == nil && failed {
		return ErrFindings
	}
	return err
}

func effective(country string, over Overlays) (*policy.Effective, error) {
	v, err := vocabulary(country, over)
	if err != nil {
		return nil, err
	}
	e, found := policy.Load(layer(policies.FS, overlay(over.Policies)), v, nil)
	return e, found.Err()
}

// PolicyBuild writes the effective model.conf and policy.csv of a country.
func PolicyBuild(country string, over Overlays, dir string) error {
	e, err := effective(country, over)
	if err != nil {
		return err
	}
	return e.Build(dir)
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

// PolicyExplain says why a role may or may not do something.
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
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(x)
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
	at := files{FS: layer(locales.FS, overlay(dir)), over: dir, builtIn: "locales"}
	found := locale.Check(at.FS, uses)
	for i := range found {
		if strings.HasSuffix(found[i].File, ".toml") {
			found[i].File = at.shown(found[i].File)
		}
	}
	slices.SortFunc(found, func(a, b locale.Finding) int { return strings.Compare(a.String(), b.String()) })
	return report(out, asJSON, found)
}

// AuditVerify proves the audit trail of ministries and prints what it found. When
// none is named it proves them all, and the record of what operators did.
func (a *App) AuditVerify(ctx context.Context, slugs []string, out io.Writer) error {
	all, err := a.Tenants.All(ctx)
	if err != nil {
		return err
	}
	broken, seen := false, 0
	tell := func(whose string, r audit.Report) {
		if !r.OK() {
			broken = true
			fmt.Fprintf(out, "%s: %s\n", whose, r.Finding)
			return
		}
		fmt.Fprintf(out, "%s: %d entries in %d blocks hold\n", whose, r.Entries, r.Blocks)
	}
	for _, m := range all {
		if len(slugs) > 0 && !slices.Contains(slugs, m.Slug) {
			continue
		}
		seen++
		inside := systemIn(ctx, m.Tenant, "audit")
		if _, err := a.Trail.Seal(inside); err != nil {
			return err
		}
		r, err := a.Trail.Verify(inside)
		if err != nil {
			return err
		}
		tell(m.Slug, r)
	}
	if len(slugs) == 0 {
		if _, err := a.Trail.SealOperators(a.command(ctx)); err != nil {
			return err
		}
		r, err := a.Trail.VerifyOperators(a.command(ctx))
		if err != nil {
			return err
		}
		tell("operators", r)
	}
	if seen == 0 && len(slugs) > 0 {
		return fmt.Errorf("no such ministry: %s", strings.Join(slugs, ", "))
	}
	if broken {
		return ErrFindings
	}
	return nil
}
