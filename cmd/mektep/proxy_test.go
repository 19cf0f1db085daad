package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mostOfAFile is what the service takes at most (core/edge), and so must they.
const mostOfAFile = 32 << 20

// TestTheProxiesAreAsTheServiceIs runs nginx and Caddy by the examples: what the service
// takes passes, more is refused with a sentence, a service that is down is told as a
// passing failure, what the service says itself passes as it is, no host with a name of
// somebody before it, nor two hosts, lead anywhere.
func TestTheProxiesAreAsTheServiceIs(t *testing.T) {
	for name, begin := range map[string]func(*testing.T, string, int, string){"nginx": nginx, "caddy": caddy} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skipf("NOT TRIED: there is no %s here", name)
			}
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err := io.Copy(io.Discard, r.Body)
				if err != nil {
					return
				}
				if r.URL.Path == "/own" {
					w.Header().Set("Retry-After", "77")
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				_, _ = fmt.Fprintf(w, "%s took %d", r.Host, n)
			}))
			port := freePort(t)
			begin(t, t.TempDir(), port, strings.TrimPrefix(service.URL, "http://"))
			p := proxied{t, port}

			for size, status := range map[int]int{31_000_000: 200, mostOfAFile: 200, mostOfAFile + 1: 413} {
				a := p.ask(http.MethodPost, "/imports", size)
				if a.status != status {
					t.Errorf("%d bytes: %d %.100s", size, a.status, a.body)
				}
				if status == http.StatusRequestEntityTooLarge {
					p.told(a, "32 MB", "32 МБ")
				}
			}
			if a := p.ask(http.MethodGet, "/own", 0); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "77" || !strings.Contains(a.body, "took") {
				t.Errorf("the service's own answer became %+v", a)
			}
			if a := p.ask(http.MethodGet, "/metrics", 0); a.status != http.StatusNotFound {
				t.Errorf("the metrics are outside: %d", a.status)
			}
			for _, hosts := range []string{"Host: kg.mektep.example\r\nHost: tr.mektep.example", "Host: tr@kg.mektep.example", "Host: kg.mektep.example:443@tr.mektep.example"} {
				if line := p.raw(hosts); !strings.Contains(line, " 400 ") {
					t.Errorf("%q: %s", hosts, line)
				}
			}
			if line := p.raw("Host: kg.mektep.example"); !strings.Contains(line, " 200 ") {
				t.Errorf("a plain host: %s", line)
			}
			service.Close()
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				a := p.ask(method, "/", 0)
				if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
					t.Errorf("%s while the service is down: %d %v", method, a.status, a.header)
				}
				p.told(a, "not available", "недоступен", "жеткиликсиз", "kullanılamıyor")
			}
		})
	}
}

type proxied struct {
	t    *testing.T
	port int
}

func (p proxied) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
}

func (p proxied) ask(method, path string, size int) answered {
	p.t.Helper()
	trust := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // a certificate of this test
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: p.dial, TLSClientConfig: trust, DisableKeepAlives: true}}
	req, err := http.NewRequest(method, "https://kg.mektep.example"+path, bytes.NewReader(make([]byte, size)))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatalf("%s %s with %d bytes: %v", method, path, size, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, string(body)}
}

type answered struct {
	status int
	header http.Header
	body   string
}

// told wants the project's own page, in all its languages.
func (p proxied) told(a answered, words ...string) {
	p.t.Helper()
	for _, w := range append(words, `lang="tr"`, `lang="ky"`, `lang="ru"`, `lang="en"`) {
		if !strings.Contains(a.body, w) {
			p.t.Errorf("%d: the page has no %q: %.200s", a.status, w, a.body)
		}
	}
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html; charset=utf-8") || strings.Contains(a.body, "<script") {
		p.t.Errorf("%d: %v", a.status, a.header)
	}
}

// raw sends a request with headers as they stand and returns the line of the answer.
func (p proxied) raw(headers string) string {
	p.t.Helper()
	conn, err := p.dial(context.Background(), "", "")
	if err != nil {
		p.t.Fatal(err)
	}
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "kg.mektep.example"}) //nolint:gosec // as above
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n"+headers+"\r\nConnection: close\r\n\r\n"); err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(line)
}

func nginx(t *testing.T, dir string, port int, service string) {
	pages, cert := pagesAndCertificate(t, dir)
	var site []string
	for line := range strings.Lines(example(t, "nginx.conf")) {
		if !strings.Contains(line, "listen [::]") {
			site = append(site, line)
		}
	}
	plain := freePort(t)
	text := strings.NewReplacer("listen 443", fmt.Sprintf("listen 127.0.0.1:%d", port), "listen 80 ", fmt.Sprintf("listen 127.0.0.1:%d ", plain),
		"/etc/mektep/tls", cert, "/var/log/nginx", dir, "127.0.0.1:8080", service, "/usr/local/share/mektep/pages", pages).Replace(strings.Join(site, ""))
	write(t, filepath.Join(dir, "site.conf"), text)
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	conf := filepath.Join(dir, "nginx.conf")
	write(t, conf, user+fmt.Sprintf("daemon off; pid %[1]s/pid; error_log %[1]s/error;\nevents {}\nhttp { types { text/html html; }\n", dir)+
		func() (paths string) {
			for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
				paths += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, dir, kind)
			}
			return paths
		}()+"include "+dir+"/site.conf; }\n")
	run4test(t, port, exec.Command("nginx", "-e", filepath.Join(dir, "error"), "-c", conf))
}

func caddy(t *testing.T, dir string, port int, service string) {
	pages, cert := pagesAndCertificate(t, dir)
	text := strings.NewReplacer("{$DOMAIN}, *.{$DOMAIN} {", fmt.Sprintf("https://mektep.example:%[1]d, https://*.mektep.example:%[1]d {\nbind 127.0.0.1", port),
		"admin off", "admin off\nauto_https off", "/etc/mektep/tls", cert).Replace(example(t, "Caddyfile"))
	conf := filepath.Join(dir, "Caddyfile")
	write(t, conf, text)
	cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", conf)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "PAGES="+pages, "UPSTREAM="+service)
	run4test(t, port, cmd)
}

func example(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../deploy/proxy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// pagesAndCertificate are where the pages lie, and the folder of a certificate.
func pagesAndCertificate(t *testing.T, dir string) (pages, cert string) {
	t.Helper()
	pages, err := filepath.Abs("../../deploy/proxy/pages")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=mektep.example",
		"-addext", "subjectAltName=DNS:mektep.example,DNS:*.mektep.example", "-keyout", filepath.Join(dir, "key.pem"), "-out", filepath.Join(dir, "cert.pem")).CombinedOutput()
	if err != nil {
		t.Fatalf("make a certificate: %v: %s", err, out)
	}
	return pages, dir
}

// run4test runs a proxy until the test ends, and waits until it takes connections.
func run4test(t *testing.T, port int, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	for deadline := time.Now().Add(30 * time.Second); ; { //nolint:forbidigo // a patience
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v: %s", cmd.Path, err, said.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) { //nolint:forbidigo // as above
			t.Fatalf("%s takes no connections", cmd.Path)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
