package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/valyala/fasthttp"

	"mektep/core/db/dbtest"
	"mektep/core/db/private"
)

// build is the product's binary, made for this run, and the server it runs on.
type build struct {
	dir, binary string
	super       string // DSN of PostgreSQL's superuser
	template    string // name of the migrated database
}

func newBuild(ctx context.Context) (*build, error) {
	b := &build{super: os.Getenv(dbtest.ServerVariable)}
	if b.super == "" {
		return nil, errors.New("start me with `make bench`: I need the PostgreSQL that it brings")
	}
	var err error
	if b.template, err = dbtest.Template(ctx, b.super); err != nil {
		return nil, err
	}
	// The demo's PostgreSQL runs as another account when this is root.
	if b.dir, err = os.MkdirTemp("", "mektep-bench-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.dir, 0o755); err != nil { //nolint:gosec // see above
		return nil, err
	}
	b.binary = filepath.Join(b.dir, "mektep")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/mektep")
	cmd.Stderr = os.Stderr
	return b, cmd.Run()
}

func (b *build) remove() { _ = os.RemoveAll(b.dir) }

// database is a migrated database of its own.
type database struct{ super, service, owner string }

// database makes one as a copy of another; of the template when from is empty.
func (b *build) database(ctx context.Context, name, from string) (database, error) {
	if from == "" {
		from = b.template
	}
	conn, err := pgx.Connect(ctx, b.super)
	if err != nil {
		return database{}, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return database{}, err
	}
	if err := private.CreateDatabase(ctx, conn, name, from); err != nil {
		return database{}, err
	}
	return b.databaseOf(name)
}

// databaseOf names the ways into a database.
func (b *build) databaseOf(name string) (database, error) {
	u, err := url.Parse(b.super)
	if err != nil {
		return database{}, err
	}
	u.Path = "/" + name
	d := database{super: u.String()}
	u.User = url.User("mektep_service")
	d.service = u.String()
	u.User = url.User("mektep_owner")
	d.owner = u.String()
	return d, nil
}

// process is a program under measurement that answers HTTP.
type process struct {
	cmd  *exec.Cmd
	addr string
	log  string        // file that its complaints go to
	took time.Duration // from start to the first good answer
	done chan struct{}
}

// start runs a program with an address to listen on in place of {addr} and waits
// until path answers on host.
func (b *build) start(ctx context.Context, patience time.Duration, env []string, host, path string, command ...string) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	// Writing the log is part of the work that is measured.
	log, err := os.CreateTemp(b.dir, "log-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	p := &process{addr: addr, log: log.Name(), done: make(chan struct{})}
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], "{addr}", addr)
	}
	for i := range env {
		env[i] = strings.ReplaceAll(env[i], "{addr}", addr)
	}
	p.cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	begun := now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	for {
		if status, _, err := p.get(host, path, nil); err == nil && status == fasthttp.StatusOK {
			p.took = now().Sub(begun)
			return p, nil
		}
		select {
		case <-p.done:
			return nil, fmt.Errorf("%s ended: %s", filepath.Base(command[0]), p.complaint())
		case <-time.After(5 * time.Millisecond):
		}
		if now().Sub(begun) > patience {
			p.stop()
			return nil, fmt.Errorf("%s is not ready after %s: %s", filepath.Base(command[0]), patience, p.complaint())
		}
	}
}

// complaint is the end of its log.
func (p *process) complaint() string {
	raw, _ := os.ReadFile(p.log)
	return strings.TrimSpace(string(raw[max(0, len(raw)-1000):]))
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// get asks for a page once.
func (p *process) get(host, path string, header map[string]string) (int, []byte, error) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI("http://" + p.addr + path)
	req.UseHostHeader = true
	req.Header.SetHost(host)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	err := fasthttp.DoTimeout(req, resp, time.Minute)
	return resp.StatusCode(), bytes.Clone(resp.Body()), err
}

// resident is what the process holds in memory now, and the most it ever held,
// in MB (a million bytes).
func (p *process) resident() (now, peak float64, err error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, 0, err
	}
	for l := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(l, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "VmRSS":
			now = kib * 1024 / 1e6
		case "VmHWM":
			peak = kib * 1024 / 1e6
		}
	}
	return now, peak, nil
}

// forgetPeak makes the peak begin anew.
func (p *process) forgetPeak() error {
	return os.WriteFile("/proc/"+strconv.Itoa(p.cmd.Process.Pid)+"/clear_refs", []byte("5"), 0)
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
