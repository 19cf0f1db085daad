package profile_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"testing"
	"time"

	"mektep/core/laid"
	"mektep/core/profile"
	"mektep/profiles"
)

// The loop over every country: what holds for one must hold for all.
func TestEveryProfileLoadsAndPassesItsCases(t *testing.T) {
	fsys := os.DirFS("../../profiles")
	ids := profile.IDs(laid.Folder{Built: fsys})
	if len(ids) < 2 {
		t.Fatalf("profiles found: %v", ids)
	}
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			p, found := profile.Load(fsys, id)
			if len(found) > 0 {
				t.Fatalf("%d mistakes\n%s", len(found), found.In("profiles"))
			}
			if failed := p.Test(); len(failed) > 0 {
				t.Fatal(failed.In("profiles"))
			}
			if p.CaseCount() == 0 {
				t.Error("the profile carries no cases")
			}
			for _, role := range []string{"tenant_admin", "auditor"} {
				if p.Role(role) == nil {
					t.Errorf("no role %q", role)
				}
			}
		})
	}
}

func TestEveryFileNamesItsSchema(t *testing.T) {
	err := fs.WalkDir(os.DirFS("../../profiles"), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := os.ReadFile("../../profiles/" + name)
		if err != nil {
			return err
		}
		want := "# yaml-language-server: $schema=../schema/" + strings.TrimSuffix(path.Base(name), ".yaml") + ".schema.json"
		if path.Base(path.Dir(name)) == "calendar" {
			want = "# yaml-language-server: $schema=../../schema/calendar.schema.json"
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if first != want {
			t.Errorf("%s begins with %q, not with %q", name, first, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Loading all profiles belongs to the start of the server: at most 300 ms of
// processor time, which other work on the machine does not change.
func TestAllProfilesLoadQuickly(t *testing.T) {
	best := time.Hour
	for range 5 {
		start := processorTime(t)
		if _, found := profile.LoadAll(profiles.FS, nil); len(found) > 0 {
			t.Fatalf("%d mistakes", len(found))
		}
		best = min(best, processorTime(t)-start)
	}
	t.Logf("all profiles in %v", best)
	if limit := 300 * time.Millisecond; best > limit && !raceEnabled {
		t.Errorf("loading all profiles takes %v, more than %v", best, limit)
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
