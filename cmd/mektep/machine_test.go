package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMain is also the program and somebody who calls it: the test's machine has
// copies of this file under their names.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "mektep":
		os.Exit(run())
	case "visitor":
		if err := visit(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "visitor:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestBackupAndRestoreAsTheReadmeSays sets an installation up on a machine of
// namespaces, backs it up, loses it and has it back, by the commands of
// deploy/README.md as they stand there: accounts, units, database and files.
func TestBackupAndRestoreAsTheReadmeSays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TRIED: accounts, owners and a machine of namespaces need root")
	}
	if out, err := exec.Command("unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "true").CombinedOutput(); err != nil {
		t.Skipf("NOT TRIED: this machine allows no namespaces: %v: %s", err, out)
	}
	work := machine(t)
	readme, err := os.ReadFile("../../deploy/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for title, code := range sections(string(readme)) {
		write(t, filepath.Join(work, "sections", title), code)
	}
	cmd := exec.Command("unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "--mount-proc", "--kill-child",
		filepath.Join(work, "machine", "run.sh"), work)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// machine makes the folder that the machine is made of. Its accounts enter it.
func machine(t *testing.T) string {
	t.Helper()
	work, err := os.MkdirTemp("", "mektep-machine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(work) })
	root, err := filepath.Abs("../..")
	if err == nil {
		err = errors.Join(os.Chmod(work, 0o755), os.MkdirAll(filepath.Join(work, "src", "bin"), 0o755), os.Mkdir(filepath.Join(work, "sections"), 0o755), //nolint:gosec // they are entered
			os.Symlink(filepath.Join(root, "core"), filepath.Join(work, "src", "core")),
			os.Symlink(filepath.Join(root, "deploy"), filepath.Join(work, "src", "deploy")),
			os.CopyFS(filepath.Join(work, "machine"), os.DirFS("testdata/machine")))
	}
	self, errSelf := os.Executable()
	if err = errors.Join(err, errSelf); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"src/bin/mektep", "visitor"} {
		if out, err := exec.Command("install", "-m", "0755", self, filepath.Join(work, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return work
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sections are the indented blocks below each heading, put together.
func sections(readme string) map[string]string {
	all, title := map[string]string{}, ""
	for line := range strings.Lines(readme) {
		if strings.HasPrefix(line, "## ") || strings.HasPrefix(line, "### ") {
			title = strings.TrimSpace(strings.TrimLeft(line, "#"))
		} else if code, ok := strings.CutPrefix(line, "    "); ok {
			all[title] += code
		}
	}
	return all
}

const visitorPassword = "seven Grey pigeons 41 wait"

var hidden = regexp.MustCompile(`name="(_csrf|_key|ticket|to)"[^>]*value="([^"]*)"`)

// visit follows an invitation, or signs in: as a browser behind the proxy would, by
// the address on the letter.
func visit(address, login string) error {
	at, err := url.Parse(address)
	if err != nil {
		return err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	// The proxy speaks TLS; behind it stands the program.
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:8080")
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{DialTLSContext: dial}}
	if err := send(client, at.String(), login); err != nil {
		return fmt.Errorf("%s: %w", at.Path, err)
	}
	if strings.HasPrefix(at.Path, "/invitation/") {
		at.Path = "/sign-in"
		if err := send(client, at.String(), login); err != nil {
			return fmt.Errorf("%s: %w", at.Path, err)
		}
	}
	at.Path = "/me"
	page, where, err := read(client.Get(at.String())) //nolint:bodyclose // read closes it
	if err == nil && (where.Path != "/me" || !strings.Contains(page, login)) {
		err = fmt.Errorf("/me led to %s", where.Path)
	}
	return err
}

// send fills the form of a page in and sends it.
func send(client *http.Client, address, login string) error {
	page, _, err := read(client.Get(address)) //nolint:bodyclose // read closes it
	if err != nil {
		return err
	}
	form := url.Values{"login": {login}, "password": {visitorPassword}, "again": {visitorPassword}, "language": {"ru"}}
	if !strings.Contains(page, `value="ru"`) {
		form.Set("language", "tr")
	}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	_, where, err := read(client.PostForm(address, form)) //nolint:bodyclose // read closes it
	if err == nil && where.String() == address {
		err = errors.New("the form came back")
	}
	return err
}

func read(resp *http.Response, err error) (string, *url.URL, error) {
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Request.URL.Path, resp.Status)
	}
	return string(page), resp.Request.URL, err
}
