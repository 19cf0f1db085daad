package private

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childVariable makes the test program a program that only runs a server.
const childVariable = "MEKTEP_PRIVATE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		s, err := Start(context.Background(), Options{DataDir: dir})
		if err != nil {
			println("failed:", err.Error())
			os.Exit(1)
		}
		println("ready", s.proc.pid())
		select {}
	}
	os.Exit(m.Run())
}

// dataDir is a folder that the server's account can enter; t.TempDir is the
// test's own account's alone.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(memoryDir(), "mektep-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(context.Background(), Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var v string
	if err := conn.QueryRow(context.Background(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// keep leaves something that a second start must find.
func keep(t *testing.T, s *Server) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.OwnerDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), "create schema kept"); err != nil {
		t.Fatal(err)
	}
}

// gone waits until no process is left that works in the cluster.
func gone(t *testing.T, dir string) {
	t.Helper()
	pg := filepath.Join(dir, "pg")
	var left []string
	for range 200 {
		left = nil
		procs, _ := filepath.Glob("/proc/[0-9]*/cwd")
		for _, p := range procs {
			if cwd, err := os.Readlink(p); err == nil && cwd == pg {
				left = append(left, p)
			}
		}
		if len(left) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("processes are left: %v", left)
}

func TestASecondStartKeepsTheData(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, dir)
	if got := query(t, s.ServiceDSN(), "select current_user::text"); got != "mektep_service" {
		t.Errorf("the service is %s", got)
	}
	keep(t, s)
	if _, err := Start(context.Background(), Options{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second server on the same folder: %v", err)
	}
	d, err := ReadDSN(dir)
	if err != nil || d.Service != s.ServiceDSN() || d.Owner != s.OwnerDSN() {
		t.Errorf("ReadDSN: %+v, %v", d, err)
	}
	info, err := os.Stat(filepath.Join(dir, "dsn.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("dsn.json: %v %v", info, err)
	}
	s.Stop()
	s.Stop()
	gone(t, dir)
	if _, err := ReadDSN(dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("ReadDSN of a stopped server: %v", err)
	}
	s = start(t, dir)
	if got := query(t, s.SuperDSN("mektep"), "select count(*)::text from pg_namespace where nspname = 'kept'"); got != "1" {
		t.Error("the data is gone")
	}
}

func TestTheContextStopsTheServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	dir := dataDir(t)
	s, err := Start(ctx, Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-s.Done()
	gone(t, dir)
}

func TestKilledParentLeavesNoServer(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	for _, round := range []string{"first", "on what the killed one left"} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+dir)
		out, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		pid, found := strings.CutPrefix(strings.TrimSpace(line), "ready ")
		if !found {
			t.Fatalf("%s: %s", round, line)
		}
		if err := syscall.Kill(cmd.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if _, err := ReadDSN(dir); !errors.Is(err, ErrNotRunning) {
			t.Errorf("ReadDSN of a killed server: %v", err)
		}
		if round == "first" { // start again while the old one may still be ending
			continue
		}
		gone(t, dir)
		if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("process %s is still there", pid)
		}
	}
	start(t, dir)
}

func TestAStalePidFileDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, dir)
	s.Stop()
	// The number of a process that lives and is no server of this folder.
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	stale := strconv.Itoa(other.Process.Pid) + "\n" + filepath.Join(dir, "pg") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "pg", "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestAHalfMadeClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, dir)
	s.Stop()
	if err := os.Remove(filepath.Join(dir, "pg", "mektep.ready")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "pg", "global", "pg_control")); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestTheEnvironmentHasNoSay(t *testing.T) {
	for name, value := range map[string]string{
		"PGHOST": "/nowhere", "PGPORT": "1", "PGUSER": "somebody", "PGDATABASE": "other", "PGDATA": "/nowhere", "PGSSLMODE": "require",
	} {
		t.Setenv(name, value)
	}
	s := start(t, dataDir(t))
	if got := query(t, s.ServiceDSN(), "select current_database()::text || current_user"); got != "mektepmektep_service" {
		t.Errorf("connected to %s", got)
	}
	if got := query(t, s.ServiceDSN(), "select current_setting('listen_addresses')"); got != "" {
		t.Errorf("listens on %q", got)
	}
}

func TestALongPathGetsAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), strings.Repeat("long", 25))
	s := start(t, dir)
	if len(s.layout.socket) > maxSocketDir {
		t.Errorf("socket in %s", s.layout.socket)
	}
	query(t, s.ServiceDSN(), "select 'ok'")
	s.Stop()
	_ = os.Remove(s.layout.socket)
}

func TestAFolderTheServerCannotEnterStillWorks(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as somebody else")
	}
	outer := dataDir(t)
	if err := os.Chmod(outer, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(outer, "data")
	s := start(t, dir)
	t.Cleanup(func() { s.Stop(); _ = os.RemoveAll(s.layout.pg) })
	keep(t, s)
	s.Stop()
	s = start(t, dir)
	if got := query(t, s.SuperDSN("mektep"), "select count(*)::text from pg_namespace where nspname = 'kept'"); got != "1" {
		t.Error("the data is gone")
	}
}

func TestNobodyElseEnters(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, dir)
	info, err := os.Stat(s.layout.socket)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder is %v, %v", info.Mode(), err)
	}
	conn, err := pgx.Connect(context.Background(), strings.Replace(s.ServiceDSN(), "mektep_service", "stranger", 1))
	if err == nil {
		_ = conn.Close(context.Background())
		t.Error("a role of no use got in")
	}
	if os.Geteuid() != 0 {
		return
	}
	// Another account, even with the socket's folder opened to it, is refused by the server.
	if err := os.Chmod(s.layout.socket, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(s.layout.socket, ".s.PGSQL.5432"), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("psql", s.OwnerDSN(), "-c", "select 1")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return
	}
	if err == nil || !strings.Contains(string(out), "Peer authentication failed") {
		t.Errorf("nobody got in: %s %v", out, err)
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	t.Parallel()
	s, err := Start(context.Background(), Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	root := s.layout.root
	query(t, s.ServiceDSN(), "select 'ok'")
	s.Stop()
	if _, err := os.Stat(root); err == nil {
		t.Errorf("%s is left", root)
	}
}
