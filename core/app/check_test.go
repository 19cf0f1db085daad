package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mektep/policies"
	"mektep/profiles"
)

// spoiled copies a built-in file into a folder laid over it, with one line changed.
func spoiled(t *testing.T, read func(string) ([]byte, error), file, from, to string) string {
	t.Helper()
	text, err := read(file)
	if err != nil || !bytes.Contains(text, []byte(from)) {
		t.Fatalf("%s has no %q: %v", file, from, err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestChecksReadWhatTheServerWouldRead: files laid over the built-in ones are
// judged, whether a country or all are asked for, and named where they lie.
func TestChecksReadWhatTheServerWouldRead(t *testing.T) {
	badProfile := spoiled(t, profiles.FS.ReadFile, "kg/roles.yaml", "level: ministry", "level: galaxy")
	badPolicy := spoiled(t, policies.FS.ReadFile, "kg/rules.csv", "allow", "alow")
	for name, c := range map[string]struct {
		check func(out *bytes.Buffer) error
		want  string
	}{
		"profile": {func(out *bytes.Buffer) error {
			return ProfileCheck([]string{"kg"}, Overlays{Profiles: badProfile}, false, out)
		}, filepath.Join(badProfile, "kg/roles.yaml") + ":"},
		"all profiles": {func(out *bytes.Buffer) error { return ProfileCheck(nil, Overlays{Profiles: badProfile}, false, out) }, `no level "galaxy"`},
		"a profile's folder": {func(out *bytes.Buffer) error {
			return ProfileCheck([]string{filepath.Join(badProfile, "kg")}, Overlays{}, true, out)
		}, `"code": "P106"`},
		"policy": {func(out *bytes.Buffer) error {
			return PolicyCheck([]string{"kg"}, Overlays{Policies: badPolicy}, false, out)
		}, filepath.Join(badPolicy, "kg/rules.csv") + ":"},
		"all policies":   {func(out *bytes.Buffer) error { return PolicyCheck(nil, Overlays{Policies: badPolicy}, false, out) }, `(did you mean "allow"?)`},
		"policy's cases": {func(out *bytes.Buffer) error { return PolicyTest(nil, Overlays{Policies: badPolicy}, out) }, "EFFECT"},
	} {
		var out bytes.Buffer
		if err := c.check(&out); !errors.Is(err, ErrFindings) || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	for name, check := range map[string]func(out *bytes.Buffer) error{
		"profiles": func(out *bytes.Buffer) error { return ProfileCheck(nil, Overlays{}, false, out) },
		"policies": func(out *bytes.Buffer) error { return PolicyCheck(nil, Overlays{}, false, out) },
	} {
		var out bytes.Buffer
		if err := check(&out); err != nil || out.Len() > 0 {
			t.Errorf("%s that are built in: %v\n%s", name, err, out.String())
		}
	}
	if err := ProfileCheck([]string{"atlantis"}, Overlays{}, false, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "atlantis") {
		t.Errorf("a country that is not there: %v", err)
	}
}
