// Package app puts the parts together: it is what the command line starts and
// what end-to-end tests start too. Everything that a part must not know of
// another (a window the gate asks for, an address for a link) is tied here.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"mektep/core/clock"
	"mektep/core/db/private"
	"mektep/core/notify"

	"github.com/alexedwards/argon2id"
)

// Version names the build. The Makefile sets it, so it begins empty: the linker
// leaves a variable alone that is computed.
var Version string

func init() { //nolint:gochecknoinits // what the linker did not set
	if Version == "" {
		Version = builtFrom()
	}
}

// builtFrom is the commit that a build without the Makefile was made of.
func builtFrom() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 7)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "-dirty"
		}
	}
	if commit == "" {
		return "unknown"
	}
	return commit + changed
}

// Config is everything an installation can set, from flags and environment.
// Secrets come from the environment only.
type Config struct {
	Addr    string   `help:"Address to listen on." default:"127.0.0.1:8080" env:"MEKTEP_ADDR"`
	URL     string   `help:"Address of the platform's own domain as people type it; ministries' hosts take its scheme and port." default:"http://localhost:8080" env:"MEKTEP_URL"`
	Proxies []string `help:"Addresses of reverse proxies whose X-Forwarded headers are believed." env:"MEKTEP_PROXIES"`

	DSN        string   `help:"PostgreSQL, as the service's role." env:"MEKTEP_DSN"`
	OwnerDSN   string   `help:"PostgreSQL, as the owner; for migrations." env:"MEKTEP_OWNER_DSN"`
	Placements []string `help:"Further databases that ministries can be placed in, as name=DSN." env:"MEKTEP_PLACEMENTS"`
	MaxConns   int      `help:"Connections to each database." default:"20" env:"MEKTEP_MAX_CONNS"`
	Pooler     bool     `help:"A pooler in transaction mode stands before PostgreSQL." env:"MEKTEP_POOLER"`
	ListenDSN  string   `help:"With a pooler: a direct connection for notifications." env:"MEKTEP_LISTEN_DSN"`

	Rate        float64 `help:"Requests a second that one caller may make in the long run; three times as many at once." default:"20" env:"MEKTEP_RATE"`
	PerMinistry int     `help:"Requests of one ministry that are answered at the same time." default:"64" env:"MEKTEP_PER_MINISTRY"`

	Secrets []string `help:"Installation secrets, newest first; the first signs, all verify. At least 16 characters." env:"MEKTEP_SECRET" hidden:""`

	ProfilesDir string `help:"Folder laid over the country profiles that are built in." env:"MEKTEP_PROFILES_DIR" type:"existingdir"`
	PoliciesDir string `help:"Folder laid over the policy files that are built in." env:"MEKTEP_POLICIES_DIR" type:"existingdir"`
	LocalesDir  string `help:"Folder laid over the language files that are built in." env:"MEKTEP_LOCALES_DIR" type:"existingdir"`

	Wait time.Duration `help:"How long to wait at start for a database that is empty or older than this program, for example 2m." default:"0s" env:"MEKTEP_WAIT"`

	Files string `help:"Where exported and uploaded files lie: file:///path or another bucket URL." env:"MEKTEP_FILES"`

	AuditHeads string `help:"Where the ends of the audit trails are written down every day, outside the database and best on another machine: file:///path or another bucket URL. Without it beside the files." env:"MEKTEP_AUDIT_HEADS"`

	MailConfig

	LogLevel string `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"MEKTEP_LOG"`

	Demo  bool         `kong:"-"` // says so above every page
	Clock *clock.Clock `kong:"-"` // nil: the real one
	// Judged is what is known of countries' files already, for several Apps in one
	// process; nil: nothing.
	Judged *Judged `kong:"-"`

	// Disk opens the folders that are laid over; nil is laid.Disk. Tests lay one over
	// that does not answer.
	Disk  func(context.Context, string) (fs.FS, error) `kong:"-"`
	Limit time.Duration                                `kong:"-"` // of a request; 0: the edge's own
	// Hashing is what a password's hash costs; nil: as much as package door says.
	Hashing *argon2id.Params `kong:"-"`
	Log     *slog.Logger     `kong:"-"` // nil: made from LogLevel
}

// MailConfig says which server takes our mail.
type MailConfig struct {
	SMTPHost     string `help:"Mail server; without one no mail is sent." env:"MEKTEP_SMTP_HOST"`
	SMTPPort     int    `help:"Port of the mail server." env:"MEKTEP_SMTP_PORT"`
	SMTPSecurity string `help:"starttls, tls or none." default:"starttls" enum:"starttls,tls,none" env:"MEKTEP_SMTP_SECURITY"`
	SMTPFrom     string `help:"Address of the sender." env:"MEKTEP_SMTP_FROM"`
	SMTPUser     string `help:"Name at the mail server." env:"MEKTEP_SMTP_USER"`
	SMTPPassword string `help:"Password at the mail server." env:"MEKTEP_SMTP_PASSWORD" hidden:""`
}

// check finds what cannot work before anything is opened.
func (c Config) check() error {
	var errs []error
	if c.DSN == "" {
		errs = append(errs, errors.New("MEKTEP_DSN is not set: it says where PostgreSQL is (or try `mektep demo`, which brings its own)"))
	}
	if len(c.Secrets) == 0 {
		errs = append(errs, errors.New("MEKTEP_SECRET is not set: give at least 16 random characters, for example from `openssl rand -hex 32`"))
	}
	for i, s := range c.Secrets {
		if len(s) < 16 {
			errs = append(errs, fmt.Errorf("MEKTEP_SECRET: number %d is shorter than 16 characters", i+1))
		}
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("MEKTEP_URL: %q is no http or https address", c.URL))
	}
	if c.SMTPHost != "" && c.SMTPFrom == "" {
		errs = append(errs, errors.New("MEKTEP_SMTP_FROM is not set: mail needs the address of a sender"))
	}
	return errors.Join(errs...)
}

func (c Config) secrets() [][]byte {
	out := make([][]byte, len(c.Secrets))
	for i, s := range c.Secrets {
		out[i] = []byte(s)
	}
	return out
}

func (c Config) smtp() notify.SMTP {
	return notify.SMTP{
		Host: c.SMTPHost, Port: c.SMTPPort, Security: c.SMTPSecurity, From: c.SMTPFrom, User: c.SMTPUser, Password: c.SMTPPassword,
	}
}

func (c Config) logger() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	level := map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[c.LogLevel]
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

func (c Config) placements() map[string]string {
	m := map[string]string{}
	for _, p := range c.Placements {
		if name, dsn, ok := strings.Cut(p, "="); ok {
			m[name] = dsn
		}
	}
	return m
}

// DemoURL is the address of a demo's own domain, from what it listens on: browsers
// lead every name below localhost to this machine.
func DemoURL(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "80" {
		return "http://localhost"
	}
	return "http://localhost:" + port
}

// HostOf returns the host name of an address.
func HostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// ownURL is what --url says when nobody says anything.
const ownURL = "http://localhost:8080"

// rememberURL keeps a demo's address beside its data, for the commands that print
// links into it.
func rememberURL(dir, address string) error {
	return os.WriteFile(filepath.Join(dir, "url"), []byte(address+"\n"), 0o600)
}

// keptURL returns the address of the demo in dir, unless another one was typed.
func keptURL(dir, typed string) (string, error) {
	if typed != "" && typed != ownURL {
		return typed, nil
	}
	address, err := os.ReadFile(filepath.Join(dir, "url"))
	if errors.Is(err, os.ErrNotExist) { // an older demo, which kept none
		return ownURL, nil
	}
	return strings.TrimSpace(string(address)), err
}

// OrDemo returns cfg, or the settings of the demo that runs in dir, at the address
// at which it was started unless cfg names another one.
func OrDemo(cfg Config, dir string) (Config, error) {
	if dir == "" {
		return cfg, nil
	}
	d, err := private.ReadDSN(dir)
	if err != nil {
		return cfg, err
	}
	secret, err := demoSecret(dir)
	if err != nil {
		return cfg, err
	}
	cfg.DSN, cfg.OwnerDSN, cfg.Secrets = d.Service, d.Owner, []string{secret}
	cfg.Files = "file://" + filepath.Join(dir, "files")
	cfg.URL, err = keptURL(dir, cfg.URL)
	return cfg, err
}

// workers is how many runs go on at a time in each of the two queues: as many as there
// are processors, and no more than leave pages most of the connections. A run holds one
// and takes a second one to say how far it is.
func (c Config) workers() int {
	return max(1, min(runtime.GOMAXPROCS(0), c.MaxConns/8))
}
