package app

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mektep/core/laid"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// whatever puts something that is no file where a file belongs, and what it is called.
var whatever = map[string]struct {
	put  func(path string) error
	told string
}{
	"a pipe":         {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "is a named pipe (FIFO)"},
	"a folder":       {func(path string) error { return os.Mkdir(path, 0o700) }, "is a folder where a file belongs"},
	"a link out":     {func(path string) error { return os.Symlink("/dev/zero", path) }, "leads out of the folder"},
	"a link nowhere": {func(path string) error { return os.Symlink("nowhere", path) }, "leads out of the folder"},
	"a link to a pipe": {func(path string) error {
		if err := syscall.Mkfifo(filepath.Join(filepath.Dir(path), ".pipe"), 0o600); err != nil {
			return err
		}
		return os.Symlink(".pipe", path)
	}, "is a named pipe (FIFO)"},
	"a socket": {func(path string) error {
		fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		defer func() { _ = syscall.Close(fd) }()
		return syscall.Bind(fd, &syscall.SockaddrUnix{Name: path})
	}, "is a socket"},
}

// Of none of the three folders is anything opened that is no file, wherever it lies: the
// check says once what it is, and ends.
func TestNothingButFilesIsRead(t *testing.T) {
	t.Chdir(t.TempDir())
	n := 0
	for what, w := range whatever {
		for _, name := range []string{
			"profiles/kg/profile.yaml", "profiles/kg/roles.yaml", "profiles/kg/territory.csv", "profiles/kg/calendar/2026.yaml", "profiles/kg/texts/privacy.ru.md", "profiles/zz/profile.yaml",
			"policies/kg/rules.csv", "policies/kg/guardrails.csv", "policies/kg/limits.csv", "policies/kg/cases.csv", "policies/kg/proofs.csv",
			"locales/ru.toml", "locales/uz.toml",
		} {
			if first := slices.Contains([]string{"profiles/kg/profile.yaml", "policies/kg/rules.csv", "locales/ru.toml"}, name); !first && what != "a pipe" {
				continue // one of each folder says what each thing is called
			}
			n++
			kind, rest, _ := strings.Cut(name, "/")
			dir := string(rune('a'+n/20)) + string(rune('a'+n%20)) // short: a socket's path is
			path := filepath.Join(dir, rest)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := w.put(path); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			ended := make(chan error, 1)
			go func() {
				switch kind {
				case "profiles":
					ended <- ProfileCheck(nil, Overlays{Profiles: dir}, false, &out)
				case "policies":
					ended <- PolicyCheck([]string{"kg"}, Overlays{Policies: dir}, false, &out)
				default:
					ended <- LocaleCheck(dir, "nowhere", false, &out)
				}
			}()
			select {
			case err := <-ended:
				told := 0
				for line := range strings.Lines(out.String()) {
					if strings.HasPrefix(line, path+":") && strings.Contains(line, w.told) {
						told++
					}
				}
				if err == nil || told != 1 {
					t.Errorf("%s as %s: %v\n%.1200s", what, name, err, out.String())
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s as %s: the check does not end", what, name)
			}
		}
	}
}

// gathered is a log that several may write.
type gathered struct {
	sync.Mutex
	bytes.Buffer
}

func (g *gathered) Write(p []byte) (int, error) {
	g.Lock()
	defer g.Unlock()
	return g.Buffer.Write(p)
}

func (g *gathered) String() string {
	g.Lock()
	defer g.Unlock()
	return g.Buffer.String()
}

// mount is a folder that can fall silent.
type mount struct {
	fs.FS
	mu     sync.Mutex
	let    chan struct{} // nil: it answers
	behind string        // only what lies here is silent
}

func (m *mount) silent(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.let != nil {
		close(m.let)
		m.let = nil
	}
	if on {
		m.let = make(chan struct{})
	}
}

func (m *mount) wait(name string) {
	m.mu.Lock()
	let := m.let
	m.mu.Unlock()
	if let != nil && strings.HasPrefix(name, m.behind) {
		<-let
	}
}

func (m *mount) Open(name string) (fs.File, error) { m.wait(name); return m.FS.Open(name) }

func (m *mount) Stat(name string) (fs.FileInfo, error) { m.wait(name); return fs.Stat(m.FS, name) }

func (m *mount) ReadDir(name string) ([]fs.DirEntry, error) {
	m.wait(name)
	return fs.ReadDir(m.FS, name)
}

// laidOn gives a Config three folders on one mount: what is built in, laid over itself.
func laidOn(each time.Duration, mounts map[string]*mount) func(*Config) {
	return func(c *Config) {
		c.ProfilesDir, c.PoliciesDir, c.LocalesDir = "/mnt/profiles", "/mnt/policies", "/mnt/locales"
		c.Disk = func(ctx context.Context, dir string) (fs.FS, error) {
			return laid.Within(ctx, dir, mounts[dir], each), nil
		}
	}
}

func mounted(t *testing.T) map[string]*mount {
	t.Helper()
	of := map[string]*mount{}
	for name, built := range map[string]fs.FS{"profiles": profiles.FS, "policies": policies.FS, "locales": locales.FS} {
		dir := t.TempDir()
		one := map[string]string{"profiles": "kg/cases.yaml", "policies": "kg/rules.csv", "locales": "ru.toml"}[name]
		text, err := fs.ReadFile(built, one)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, one)), 0o700); err != nil {
			t.Fatal(err)
		}
		switch name {
		case "profiles":
			text = []byte("types: []\n")
		case "locales":
			text = []byte("\"tenant.state.active\" = \"Отвечает\"\n")
		}
		if err := os.WriteFile(filepath.Join(dir, one), text, 0o600); err != nil {
			t.Fatal(err)
		}
		of["/mnt/"+name] = &mount{FS: os.DirFS(dir), behind: one}
	}
	t.Cleanup(func() {
		for _, m := range of {
			m.silent(false)
		}
	})
	return of
}

// A start that cannot read says so and ends; what was in force stays so when a folder
// falls silent later, wherever in it, and is read anew when it answers again.
func TestAFolderThatFallsSilentTakesNothingOutOfForce(t *testing.T) {
	log, mounts := &gathered{}, mounted(t)
	s := newSite(t, laidOn(time.Second, mounts), func(c *Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	hangUp := func() {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := s.countries.Country("kg")
	const own = "Отвечает"
	for dir, m := range mounts {
		for _, behind := range []string{m.behind, ""} {
			m.behind = behind
			m.silent(true)
			var said int
			told := func() bool { return strings.Count(log.String(), "the files could not be read anew") > said }
			said = strings.Count(log.String(), "the files could not be read anew")
			hangUp()
			s.until("the log to say that "+dir+" is silent", told)
			if now, ok := s.countries.Country("kg"); !ok || now != before || s.Words.Localizer("ru").T("tenant.state.active") != own {
				t.Errorf("%s silent from %q on: what was in force is not", dir, behind)
			}
			if !strings.Contains(log.String(), dir+" does not answer in time") {
				t.Errorf("the log does not name %s:\n%s", dir, log)
			}
			if status, _ := s.get("kg", "/sign-in"); status != 200 {
				t.Errorf("%s: kg answers %d", dir, status)
			}
			cfg := s.Config
			cfg.Log = slog.New(slog.DiscardHandler)
			began := time.Now()
			if a, err := New(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), dir) {
				if a != nil {
					a.Close()
				}
				t.Errorf("%s: a start says %v", dir, err)
			}
			if time.Since(began) > 30*time.Second {
				t.Errorf("%s: a start took %s", dir, time.Since(began))
			}
			m.silent(false)
			s.until(dir+" to answer again", func() bool { return s.Reload(context.Background()) == nil })
		}
	}
}

// Whoever ends the process while its files are read anew waits for neither.
func TestAReadingKeepsNobodyFromStopping(t *testing.T) {
	mounts := mounted(t)
	s := newStillSite(t, laidOn(time.Hour, mounts))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	<-s.Ready()
	mounts["/mnt/policies"].silent(true)
	for s.reload.TryLock() { // SIGHUP is heard a moment after the site is ready
		s.reload.Unlock()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(15 * time.Second):
		t.Error("it does not stop")
	}
}

// A pipe in the place of rules leaves a running service as it was, and a file in the
// pipe's place is read at the next SIGHUP.
func TestAPipeLeavesTheServiceRunning(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "kg"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(c *Config) { c.PoliciesDir = dir })
	before, _ := s.countries.Country("kg")
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	path := filepath.Join(dir, "kg/rules.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	hangUp := func() { _ = syscall.Kill(os.Getpid(), syscall.SIGHUP) }
	hangUp()
	s.until("the console to name the pipe", func() bool {
		for _, l := range s.countries.Laws() {
			if l.ID == "kg" && l.Kept && strings.Contains(strings.Join(l.Findings, "\n"), path+":1:1: FILE is a named pipe (FIFO)") {
				return true
			}
		}
		return false
	})
	if now, _ := s.countries.Country("kg"); now != before {
		t.Error("what was in force is not")
	}
	_ = os.Remove(path)
	if err := os.WriteFile(path, append(rules, "# ours\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	hangUp()
	s.until("the file to be in force", func() bool {
		for _, l := range s.countries.Laws() {
			if l.ID == "kg" {
				return l.InForce && !l.Kept
			}
		}
		return false
	})
}
