package private

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// oldest is the first version that the service runs on.
const oldest = 15

type binaries struct{ initdb, postgres string }

// findBinaries looks for the newest server, in Debian's folders and in PATH.
func findBinaries() (binaries, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	version := func(dir string) int { n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))); return n }
	sort.Slice(dirs, func(i, j int) bool { return version(dirs[i]) > version(dirs[j]) })
	dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	tooOld := ""
	for _, dir := range dirs {
		b := binaries{filepath.Join(dir, "initdb"), filepath.Join(dir, "postgres")}
		if !filepath.IsAbs(dir) || !executable(b.initdb) || !executable(b.postgres) {
			continue
		}
		if v := majorVersion(b.postgres); v >= oldest {
			return b, nil
		} else if v > 0 {
			tooOld = fmt.Sprintf(" (found only version %d)", v)
		}
	}
	return binaries{}, fmt.Errorf("the PostgreSQL server, version %d or newer, is not installed%s: on Debian run `apt-get install postgresql`", oldest, tooOld)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

var versionNumber = regexp.MustCompile(`\) (\d+)`)

func majorVersion(postgres string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return 0
	}
	m := versionNumber.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// environment is all that the server learns of ours: no PG* variable, no locale.
func environment() []string {
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=/"}
}

// initCluster makes the cluster when there is none. One that was cut short has no
// PG_VERSION of its own accord last, so what initdb left is cleared first.
func initCluster(ctx context.Context, bin binaries, who account, l layout) error {
	done := filepath.Join(l.pg, "mektep.ready")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	entries, err := os.ReadDir(l.pg)
	if err != nil {
		return fmt.Errorf("read the folder of the private PostgreSQL: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(l.pg, e.Name())); err != nil {
			return fmt.Errorf("clear a half-made cluster: %w", err)
		}
	}
	var out bytes.Buffer
	p, err := launch(exec.Command(bin.initdb, "-D", l.pg, "-U", superuser, "--auth=reject", "--encoding=UTF8",
		"--locale=C", "--no-sync", "--no-instructions"), who, syscall.SIGKILL, &out)
	if err != nil {
		return fmt.Errorf("run initdb: %w", err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.end()
		return ctx.Err()
	}
	if p.err != nil {
		return fmt.Errorf("initdb failed: %s", lastLine(out.String()))
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		return err
	}
	return os.Chown(done, int(who.uid), int(who.gid))
}

// writeAccess lets in, over the socket only, the server's account and ours, as
// the few roles there are.
func writeAccess(l layout, who account) error {
	names := map[string]bool{who.name: true}
	if u, err := user.Current(); err == nil {
		names[u.Username] = true
	}
	var ident strings.Builder
	for name := range names {
		for _, role := range []string{superuser, "mektep_owner", "mektep_service", "mektep_dump"} {
			fmt.Fprintf(&ident, "mektep %q %s\n", name, role)
		}
	}
	for file, text := range map[string]string{
		"pg_hba.conf":   "local all all peer map=mektep\n",
		"pg_ident.conf": ident.String(),
	} {
		path := filepath.Join(l.pg, file)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
		if err := os.Chown(path, int(who.uid), int(who.gid)); err != nil {
			return err
		}
	}
	return nil
}

func startServer(bin binaries, who account, l layout, inMemory bool) (*process, error) {
	settings := []string{
		"listen_addresses=", "port=5432", "unix_socket_directories=" + l.socket, "unix_socket_permissions=0700",
		"max_connections=100", "shared_buffers=128MB", "timezone=UTC", "log_timezone=UTC", "lc_messages=C",
		"password_encryption=scram-sha-256", "logging_collector=off", "log_destination=stderr",
		// What people type must not end up in a log.
		"log_statement=none", "log_min_error_statement=panic", "log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0", "log_error_verbosity=terse",
		"wal_level=minimal", "max_wal_senders=0", "max_wal_size=1GB",
		"jit=off", // as deploy/postgres has it: pages take milliseconds, compiling takes more
	}
	signal := syscall.SIGINT // fast shutdown: nothing to recover next time
	if inMemory {
		signal = syscall.SIGQUIT
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
			"max_connections=300", "shared_buffers=64MB", "dynamic_shared_memory_type=mmap")
	}
	args := []string{"-D", l.pg}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	log, err := os.OpenFile(l.log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of the private PostgreSQL: %w", err)
	}
	defer func() { _ = log.Close() }()
	p, err := launch(exec.Command(bin.postgres, args...), who, signal, log)
	if err != nil {
		return nil, fmt.Errorf("start the private PostgreSQL: %w", err)
	}
	return p, nil
}

// process is a child that dies with us.
type process struct {
	cmd    *exec.Cmd
	signal syscall.Signal // ends it decently
	done   chan struct{}
	err    error // of its end; read after done
}

// launch starts cmd as who, in a process group of its own (Ctrl-C must not reach
// it twice), and has the kernel send it signal when we die. The kernel watches
// the thread that started it, not the process: that thread stays ours until the end.
func launch(cmd *exec.Cmd, who account, signal syscall.Signal, out interface{ Write([]byte) (int, error) }) (*process, error) {
	cmd.Dir, cmd.Env = "/", environment()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = who.attributes(signal)
	p := &process{cmd: cmd, signal: signal, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// end asks the process to end, and insists after a while.
func (p *process) end() {
	_ = p.cmd.Process.Signal(p.signal)
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-p.pid(), syscall.SIGKILL)
		<-p.done
	}
}

// lastComplaint returns the last fatal line of the server's log.
func lastComplaint(path string) string {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "it left no log"
	}
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	last, fatal := "it left no log", ""
	for scan := bufio.NewScanner(f); scan.Scan(); {
		last = scan.Text()
		if _, text, ok := strings.Cut(last, "FATAL:"); ok {
			fatal = strings.TrimSpace(text)
		}
	}
	if fatal != "" {
		return fatal
	}
	return last
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
