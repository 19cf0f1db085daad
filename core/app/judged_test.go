package app

import (
	"os"
	"path/filepath"
	"testing"

	"mektep/core/profile"
)

// overlaid is a folder of the test's own, laid over the files of all countries.
func overlaid(t *testing.T) (dir string, f folders, ids []string) {
	t.Helper()
	dir = t.TempDir()
	f, err := Overlays{Profiles: dir, Policies: dir}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dir, f, profile.IDs(f.profiles)
}

// A reading judges the countries whose files changed, and no other.
func TestOnlyWhatChangedIsJudgedAnew(t *testing.T) {
	dir, f, ids := overlaid(t)
	j := NewJudged()
	first := map[string]verdict{}
	for _, id := range ids {
		if first[id] = j.judge(f, id, ids); first[id].policy == nil {
			t.Fatal(first[id].found)
		}
	}
	changed := ids[0]
	if err := os.MkdirAll(filepath.Join(dir, changed), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		text  string
		taken bool
	}{{"contacts:\n", true}, {"contacts: [\n", false}, {"limits:\n", true}} {
		if err := os.WriteFile(filepath.Join(dir, changed, "profile.yaml"), []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			v := j.judge(f, id, ids)
			switch {
			case id != changed && v.p != first[id].p:
				t.Errorf("%q: %s is judged again", step.text, id)
			case id == changed && (v.p == first[id].p || (v.policy != nil) != step.taken):
				t.Errorf("%q: %s is not judged again: %s", step.text, id, v.found)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "stray.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if v := j.judge(f, id, ids); v.p == first[id].p {
			t.Errorf("a file that belongs to no country is none of %s", id)
		}
	}
}

// Whoever takes a mistake back waits for nothing: what was taken last is known.
func TestWhatWasTakenIsNotJudgedAgain(t *testing.T) {
	dir, f, ids := overlaid(t)
	j := NewJudged()
	good := j.judge(f, ids[0], ids)
	file := filepath.Join(dir, ids[0], "profile.yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("contacts: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v := j.judge(f, ids[0], ids); v.policy != nil {
		t.Fatal("a mistake is taken")
	}
	if err := os.RemoveAll(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	if v := j.judge(f, ids[0], ids); v.p != good.p || v.policy != good.policy {
		t.Errorf("what was taken before is judged again: %s", v.found)
	}
}
