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

// folder opens a path that somebody named: a country's id stands for its built-in
// folder; a path of a country's folder for that country within the folder above.
func folder(path string, builtIn fs.FS) (fsys fs.FS, country, shown string, err error) {
	if !strings.ContainsAny(path, `/\.`) {
		if _, err := fs.Stat(builtIn, path); err == nil {
			return builtIn, path, "", nil
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", "", fmt.Errorf("%s: no such folder or country", path)
	}
	if !info.IsDir() {
		path = filepath.Dir(path)
	}
	parent := filepath.Dir(filepath.Clean(path))
	// What the folder above lacks (the base layer, most often) is the built-in one.
	return layer(builtIn, os.DirFS(parent)), filepath.Base(filepath.Clean(path)), parent, nil
}

// ProfileCheck checks country profiles and runs their own cases.
func ProfileCheck(paths []string, asJSON bool, out io.Writer) error {
	var all profile.Findings
	for _, path := range paths {
		fsys, id, shown, err := folder(path, profiles.FS)
		if err != nil {
			return err
		}
		p, found := profile.Load(fsys, id)
		if len(found) == 0 {
			found = p.Test()
		}
		for _, f := range found {
			f.File = shownAs(shown, "profiles", f.File)
			all = append(all, f)
		}
	}
	return report(out, asJSON, all)
}

func shownAs(parent, builtIn, file string) string {
	if parent == "" {
		return builtIn + "/" + file
	}
	return filepath.ToSlash(filepath.Join(parent, file))
}

// vocabulary gives the words of a country's policy files from its profile.
func vocabulary(country, profilesDir string) (policy.Vocabulary, error) {
	p, found := profile.Load(layer(profiles.FS, overlay(profilesDir)), country)
	if err := found.Err(); err != nil {
		return policy.Vocabulary{}, fmt.Errorf("the profile of %s:\n%w", country, err)
	}
	return gate.Vocabulary(p), nil
}

// policyFiles opens the policy files that a path names.
func policyFiles(path, profilesDir string) (fsys fs.FS, v policy.Vocabulary, shown string, err error) {
	fsys, country, shown, err := folder(path, policies.FS)
	if err != nil {
		return nil, v, "", err
	}
	v, err = vocabulary(country, profilesDir)
	return fsys, v, shown, err
}

// Countries returns the ids of the countries that have policy files built in.
func Countries() []string { return policy.Countries(policies.FS) }

// PolicyCheck checks the policy files of countries.
func PolicyCheck(paths []string, profilesDir string, asJSON bool, out io.Writer) error {
	var all policy.Findings
	for _, path := range paths {
		fsys, v, shown, err := policyFiles(path, profilesDir)
		if err != nil {
			return err
		}
		for _, f := range policy.Check(fsys, v) {
			f.File = shownAs(shown, "policies", f.File)
			all = append(all, f)
		}
	}
	return report(out, asJSON, all)
}

// PolicyTest runs the cases of countries' policy files.
func PolicyTest(paths []string, profilesDir string, out io.Writer) error {
	failed := false
	for _, path := range paths {
		fsys, v, shown, err := policyFiles(path, profilesDir)
		if err != nil {
			return err
		}
		results, found := policy.Test(fsys, v)
		for _, f := range found {
			f.File = shownAs(shown, "policies", f.File)
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
	}
	if failed {
		return ErrFindings
	}
	return nil
}

func effective(country, profilesDir, policiesDir string) (*policy.Effective, error) {
	v, err := vocabulary(country, profilesDir)
	if err != nil {
		return nil, err
	}
	e, found := policy.Load(layer(policies.FS, overlay(policiesDir)), v, nil)
	return e, found.Err()
}

// PolicyBuild writes the effective model.conf and policy.csv of a country.
func PolicyBuild(country, profilesDir, policiesDir, dir string) error {
	e, err := effective(country, profilesDir, policiesDir)
	if err != nil {
		return err
	}
	return e.Build(dir)
}

// PolicyDecide answers allow or deny for every request of in.
func PolicyDecide(country, profilesDir, policiesDir string, in io.Reader, out io.Writer) error {
	e, err := effective(country, profilesDir, policiesDir)
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
func PolicyExplain(country, profilesDir, policiesDir string, request []string, out io.Writer) error {
	e, err := effective(country, profilesDir, policiesDir)
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
	files := layer(locales.FS, overlay(dir))
	found := locale.Check(files, uses)
	for i := range found {
		if strings.HasSuffix(found[i].File, ".toml") {
			found[i].File = shownAs(dir, "locales", found[i].File)
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
