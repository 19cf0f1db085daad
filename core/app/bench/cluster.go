package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mektep/core/db"
)

// cluster is a PostgreSQL on the disk, with all that an answered save waits for.
type cluster struct {
	bin, data, socket string // socket: folder of its socket, which only its account enters
	port              string
}

const superuser = "mektep_super"

// newCluster makes one in dir, with the settings of a primary, and starts it.
func newCluster(ctx context.Context, dir string) (*cluster, error) {
	c, err := clusterIn(dir)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx, "initdb", "--pgdata="+c.data, "--username="+superuser, "--auth=trust", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=und"); err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	err = execute(ctx, c.dsn(), db.RolesSQL())
	return c, errors.Join(err, execute(ctx, c.dsn(), "CREATE ROLE mektep_standby LOGIN REPLICATION"))
}

// follower makes a standby of c in dir and starts it.
func (c *cluster) follower(ctx context.Context, dir string) (*cluster, error) {
	f, err := clusterIn(dir)
	if err != nil {
		return nil, err
	}
	err = f.run(ctx, "pg_basebackup", "--pgdata="+f.data, "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--create-slot", "--slot=db2",
		"--dbname=host="+c.socket+" port="+c.port+" user=mektep_standby application_name=db2")
	if err != nil {
		return nil, err
	}
	return f, f.start(ctx)
}

func clusterIn(dir string) (*cluster, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		return nil, errors.New("there is no PostgreSQL below /usr/lib/postgresql")
	}
	_, port, err := freePort()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: slices.Max(found), data: filepath.Join(dir, "data"), socket: dir, port: port}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 { // PostgreSQL does not run as root
		return c, exec.Command("chown", "postgres:", dir).Run()
	}
	return c, nil
}

func freePort() (addr, port string, err error) {
	addr, err = freeAddr()
	return addr, addr[strings.LastIndexByte(addr, ':')+1:], err
}

func (c *cluster) run(ctx context.Context, program string, args ...string) error {
	args = append([]string{filepath.Join(c.bin, program)}, args...)
	if os.Geteuid() == 0 {
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = "/"
	log, err := os.CreateTemp("", "mektep-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(log.Close(), os.Remove(log.Name())) }()
	cmd.Stdout, cmd.Stderr = log, log // a file: what it starts keeps a pipe open
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return nil
}

func (c *cluster) start(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "--pgdata="+c.data, "--wait", "--log="+filepath.Join(c.socket, "log"), "start",
		"--options=-c listen_addresses= -c unix_socket_directories="+c.socket+" -c port="+c.port+" -c max_connections=60 -c wal_level=replica -c hot_standby=on")
}

func (c *cluster) promote(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "--pgdata="+c.data, "--wait", "promote")
}

func (c *cluster) stop(ctx context.Context) {
	_ = c.run(ctx, "pg_ctl", "--pgdata="+c.data, "--mode=immediate", "stop")
}

// dsn is the owner's connection string.
func (c *cluster) dsn() string {
	return "postgres://" + superuser + "@/postgres?host=" + url.QueryEscape(c.socket) + "&port=" + c.port
}

// either is a connection string to whichever of two takes writes, as the README has it.
func either(dsn string, other *cluster) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("host", q.Get("host")+","+other.socket)
	q.Set("port", q.Get("port")+","+other.port)
	q.Set("target_session_attrs", "read-write")
	q.Set("connect_timeout", "3")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// cutOff takes the line to its primary from a standby.
func (c *cluster) cutOff(ctx context.Context) error {
	return errors.Join(execute(ctx, c.dsn(), "ALTER SYSTEM SET primary_conninfo = ''"), execute(ctx, c.dsn(), "SELECT pg_reload_conf()"))
}

// kill ends every process of the cluster with no time to do anything.
func (c *cluster) kill() error {
	raw, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	first, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", first, first))
	if err != nil {
		return err
	}
	err = syscall.Kill(first, syscall.SIGKILL)
	for _, child := range strings.Fields(string(children)) {
		if pid, errPID := strconv.Atoi(child); errPID == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
		}
	}
	return err
}
