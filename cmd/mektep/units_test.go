package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnitsAreWhole holds the units against systemd itself, and has each of them that
// can fail tell somebody.
func TestUnitsAreWhole(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("NOT TRIED: there is no systemd-analyze here")
	}
	dir := t.TempDir()
	units, err := filepath.Glob("../../deploy/systemd/mektep*.*")
	if err != nil || len(units) == 0 {
		t.Fatalf("no units: %v", err)
	}
	args := []string{"verify"}
	for _, path := range units {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		// systemd wants the programs to be there.
		text := strings.NewReplacer("/usr/local/bin/mektep", "/bin/true", "/usr/local/lib/mektep/backup.sh", "/bin/true").Replace(string(raw))
		write(t, filepath.Join(dir, name), text)
		if strings.HasSuffix(name, ".env") || strings.Contains(name, "@") {
			continue
		}
		args = append(args, "./"+name)
		if strings.HasSuffix(name, ".service") && !strings.Contains(text, "OnFailure=mektep-alarm@%n.service") {
			t.Errorf("nobody is told when %s fails", name)
		}
		if strings.Contains(text, "Requires=mektep") {
			t.Errorf("%s requires another unit: a first try of that one that fails would end it for good", name)
		}
	}
	cmd := exec.Command(analyze, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
