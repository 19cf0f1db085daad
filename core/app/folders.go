package app

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mektep/core/laid"
	"mektep/core/locale"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// Overlays are the folders that a ministry lays over what is built in; "" is none.
type Overlays struct {
	Profiles, Policies, Locales string

	disk func(context.Context, string) (fs.FS, error) // nil: laid.Disk
}

func (c Config) overlays() Overlays {
	return Overlays{Profiles: c.ProfilesDir, Policies: c.PoliciesDir, Locales: c.LocalesDir, disk: c.Disk}
}

// folders are the three kinds of files with what is laid over them.
type folders struct{ profiles, policies, locales laid.Folder }

// open opens the folders; what they are asked is answered while ctx lasts.
func (o Overlays) open(ctx context.Context) (folders, error) {
	disk := o.disk
	if disk == nil {
		disk = laid.Disk
	}
	f := folders{
		profiles: laid.Folder{Built: profiles.FS, BuiltName: "profiles"},
		policies: laid.Folder{Built: policies.FS, BuiltName: "policies"},
		locales:  laid.Folder{Built: locales.FS, BuiltName: "locales"},
	}
	for dir, into := range map[*string]*laid.Folder{&o.Profiles: &f.profiles, &o.Policies: &f.policies, &o.Locales: &f.locales} {
		if *dir == "" {
			continue
		}
		over, err := disk(ctx, *dir)
		if err != nil {
			return f, fmt.Errorf("the folder %s cannot be opened: %w", *dir, err)
		}
		into.Over, into.OverName = over, filepath.ToSlash(*dir)
	}
	return f, nil
}

// silent is an error while one of the folders does not answer.
func (f folders) silent() error {
	for _, tree := range []laid.Folder{f.profiles, f.policies, f.locales} {
		if err := cmp.Or(laid.Silent(tree.Built), laid.Silent(tree.Over)); err != nil {
			return err
		}
	}
	return nil
}

// at opens what somebody named: a country's id stands for what the server would read,
// a path of a country's folder for that country as it lies there. A folder beside which
// the base lies too is a whole tree of its own, as in the sources; any other is laid
// over what is built in.
func at(f laid.Folder, whole, path string) (laid.Folder, string, error) {
	if !strings.ContainsAny(path, `/\.`) && (laid.IsFolder(f.Built, path) || laid.IsFolder(f.Over, path)) {
		return f, path, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return f, path, fmt.Errorf("%s: no such folder or country", path)
	}
	if path, err = filepath.Abs(path); err != nil {
		return f, path, err
	}
	if !info.IsDir() {
		path = filepath.Dir(path)
	}
	dir, country := filepath.Dir(path), filepath.Base(path)
	tree, err := laid.Disk(context.Background(), dir)
	if err != nil {
		return f, country, err
	}
	if _, err := fs.Stat(tree, whole); err == nil {
		return laid.Folder{Built: tree, BuiltName: shownDir(dir)}, country, nil
	}
	f.Over, f.OverName = tree, shownDir(dir)
	return f, country, nil
}

// shownDir names a folder as whoever stands in the working directory finds it.
func shownDir(dir string) string {
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(dir)
}

// overlay is what policies are read with: nil where nothing is laid over.
func overlay(f laid.Folder) *policy.Overlay {
	if f.Over == nil {
		return nil
	}
	return &policy.Overlay{Files: f.Over, Name: f.OverName}
}

// builtIn returns the tree that is built in, as findings call it.
func builtIn(found policy.Findings, f laid.Folder) policy.Findings {
	for i := range found {
		if f.OverName == "" || !strings.HasPrefix(found[i].File, f.OverName+"/") {
			found[i].File = filepath.ToSlash(filepath.Join(f.BuiltName, found[i].File))
		}
	}
	return found
}

// strays are the files of the three folders that nobody reads, as far as they belong
// to no country that is there: what lies in a country's folder is told with it.
func (f folders) strays() (profileFiles, policyFiles, localeFiles profile.Findings) {
	if f.profiles.Over != nil {
		profileFiles = profile.Strays(f.profiles)
	}
	if o := overlay(f.policies); o != nil {
		policyFiles = policy.Strays(f.policies.Built, o, profile.IDs(f.profiles))
	}
	if f.locales.Over != nil {
		localeFiles = locale.Strays(f.locales)
	}
	return profileFiles, policyFiles, localeFiles
}
