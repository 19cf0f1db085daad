package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pquerna/otp/totp"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/private"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/notify"
	"mektep/core/notify/peer"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/migrations"
)

// Demo says how `mektep demo` runs.
type Demo struct {
	DataDir  string
	Password string    // of every demo account; empty: a random one each
	Out      io.Writer // where the table of accounts goes
}

// RunDemo brings up a PostgreSQL of its own, two ministries with made-up people
// and schools, and the site. A second start finds everything as it was left.
func RunDemo(ctx context.Context, cfg Config, d Demo) error {
	dir, err := filepath.Abs(d.DataDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	cfg.Log = cfg.logger()
	// It outlives ctx: what runs on it stops first.
	server, err := private.Start(context.WithoutCancel(ctx), private.Options{DataDir: dir, Log: cfg.Log})
	if err != nil {
		return err
	}
	defer server.Stop()
	cfg.DSN, cfg.OwnerDSN, cfg.Demo = server.ServiceDSN(), server.OwnerDSN(), true
	if err := db.Migrate(ctx, cfg.OwnerDSN, migrations.FS); err != nil {
		return err
	}
	secret, err := demoSecret(dir)
	if err != nil {
		return err
	}
	cfg.Secrets = []string{secret}
	if cfg.Files == "" {
		files := filepath.Join(dir, "files")
		if err := os.MkdirAll(files, 0o700); err != nil {
			return err
		}
		cfg.Files = "file://" + files
	}
	post, err := demoPost(&cfg, filepath.Join(dir, "mail"))
	if err != nil {
		return err
	}
	defer post()
	a, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := rememberURL(dir, cfg.URL); err != nil {
		return err
	}
	b := demoBook{path: filepath.Join(dir, "demo.json"), password: d.Password}
	ministries, err := demoMinistries()
	if err != nil {
		return err
	}
	if err := a.seed(ctx, &b, ministries); err != nil {
		return fmt.Errorf("demo data: %w", a.explain(err))
	}
	go func() {
		<-a.Ready()
		b.print(d.Out, a)
	}()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-server.Done():
			cancel(errors.New("PostgreSQL has stopped"))
		case <-ctx.Done():
		}
	}()
	return a.Run(ctx)
}

// demoPost lets the demonstration's letters be read: unless a mail server is
// configured, one of the demo's own takes them and lays each into a folder. The
// function returned ends it.
func demoPost(cfg *Config, dir string) (func(), error) {
	if cfg.SMTPHost != "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p, err := peer.Start(peer.Config{Keep: func(l peer.Letter) error {
		name := time.Now().UTC().Format("2006-01-02T150405.000000") + ".eml" //nolint:forbidigo // when it was written, whatever day the demonstration plays on
		return os.WriteFile(filepath.Join(dir, name), l.Raw, 0o600)
	}})
	if err != nil {
		return nil, err
	}
	cfg.SMTPHost, cfg.SMTPPort, cfg.SMTPSecurity, cfg.SMTPFrom = "127.0.0.1", p.Port(), notify.NoTLS, "mektep@localhost"
	return p.Close, nil
}

// demoSecret is the installation's secret, made once and kept beside the data.
func demoSecret(dir string) (string, error) {
	path := filepath.Join(dir, "secret")
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	secret := hex.EncodeToString(b)
	return secret, os.WriteFile(path, []byte(secret+"\n"), 0o600)
}

// demoBook remembers the demo accounts: their logins and second factors, so that
// `mektep code` can stand in for a telephone. Passwords are printed once and kept
// nowhere.
type demoBook struct {
	Accounts []demoAccount `json:"accounts"`
	Complete bool          `json:"complete"` // nothing is left to make

	path     string
	password string
	fresh    bool // made in this run: the passwords are known
}

type demoAccount struct {
	Ministry string `json:"ministry"`
	Login    string `json:"login"`
	Role     string `json:"role"`
	Place    string `json:"place"`
	Language string `json:"language"`
	TOTP     string `json:"totp,omitempty"`

	password string
}

func (b *demoBook) load() error {
	raw, err := os.ReadFile(b.path)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, b)
}

func (b *demoBook) save() error {
	raw, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(b.path, raw, 0o600)
}

// seed makes what is missing of the demo's ministries. One that was cut off half
// way is carried on.
func (a *App) seed(ctx context.Context, b *demoBook, ministries []demoMinistry) error {
	if err := b.load(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if b.Complete {
		return nil
	}
	b.fresh = true
	if err := a.fits(b, ministries); err != nil {
		return err
	}
	for _, m := range ministries {
		if err := a.seedMinistry(ctx, b, m); err != nil {
			return fmt.Errorf("%s: %w", m.Slug, err)
		}
	}
	b.Complete = true
	return b.save()
}

func (a *App) seedMinistry(ctx context.Context, b *demoBook, m demoMinistry) error {
	country, ok := a.countries.Country(m.Profile)
	if !ok {
		return a.countries.whyNot(m.Profile)
	}
	plan := tenant.Plan{
		Slug: m.Slug, Profile: m.Profile, Name: country.Profile.Ministry, Hosts: []string{m.Slug + "." + a.base.Hostname()},
		Admins: []tenant.Admin{{Email: "admin@" + m.Slug + ".example", Name: m.People[0].Name, Language: country.Profile.Main()}},
	}
	ministry, _, err := a.Tenants.Onboard(a.command(ctx), plan)
	if errors.Is(err, fault.New(fault.Conflict, "tenant.slug_taken")) {
		ministry, err = a.Tenants.BySlug(ctx, m.Slug)
	}
	if err != nil {
		return err
	}
	inside := caller.With(ctx, caller.System(ministry.Tenant, "demo", db.NewUID()))
	if err := a.seedSchools(inside, m); err != nil {
		return err
	}
	for _, p := range m.People {
		if err := a.seedPerson(inside, b, m, p); err != nil {
			return fmt.Errorf("%s: %w", p.Login, err)
		}
	}
	return nil
}

// seedPerson appoints somebody, accepts the invitation for them, and sets up the
// second factor where their role demands one.
func (a *App) seedPerson(ctx context.Context, b *demoBook, m demoMinistry, p demoPerson) error {
	if b.has(m.Slug, p.Login) {
		return nil
	}
	at, err := a.place(ctx, p)
	if err != nil {
		return err
	}
	family, given, _ := strings.Cut(p.Name, " ")
	out, err := a.People.Administrator(ctx, p.Role, at, identity.Person{
		Family: family, Given: given, Email: p.Login + "@" + m.Slug + ".example", Language: p.Language,
	})
	if err != nil || out.Key == nil { // no key: a run before this one was cut off after it
		return err
	}
	acc := demoAccount{Ministry: m.Slug, Login: p.Login, Role: p.Role, Place: a.Words.Localizer(p.Language).Text(at.Name), Language: p.Language, password: b.password}
	if acc.password == "" {
		acc.password = randomPassword()
	}
	stranger := caller.With(ctx, &caller.Caller{Tenant: caller.From(ctx).Tenant, RequestID: "demo"})
	secret := out.Key.Path[strings.LastIndexByte(out.Key.Path, '/')+1:]
	if _, err := a.People.Accept(stranger, secret, identity.Acceptance{Login: p.Login, Password: acc.password, Language: p.Language}); err != nil {
		return err
	}
	country, err := a.Tenants.Country(ctx)
	if err != nil {
		return err
	}
	if r := country.Profile.Role(p.Role); r != nil && r.NeedsSecondFactor() {
		if acc.TOTP, err = a.enrol(stranger, acc); err != nil {
			return err
		}
	}
	b.Accounts = append(b.Accounts, acc)
	return b.save()
}

func (b *demoBook) has(ministry, login string) bool {
	return slices.ContainsFunc(b.Accounts, func(a demoAccount) bool { return a.Ministry == ministry && a.Login == login })
}

// enrol signs the account in and sets its second factor up, as the person would.
func (a *App) enrol(ctx context.Context, acc demoAccount) (string, error) {
	out, err := a.People.Door.SignIn(ctx, door.Attempt{Login: acc.Login, Password: acc.password, Remote: netip.MustParseAddr("127.0.0.1"), UserAgent: "demo"})
	if err != nil {
		return "", err
	}
	who, err := a.People.Resolve(ctx, caller.From(ctx).Tenant, out.Session.Token)
	if err != nil {
		return "", err
	}
	ctx = caller.With(ctx, who)
	e, err := a.People.Door.BeginSecondFactor(ctx, acc.password, "Mektep")
	if err != nil {
		return "", err
	}
	code, err := totp.GenerateCode(e.Secret, a.Clock.Now())
	if err != nil {
		return "", err
	}
	if _, err := a.People.Door.ConfirmSecondFactor(ctx, e.Ticket, code); err != nil {
		return "", err
	}
	return e.Secret, a.People.Door.SignOut(ctx)
}

// place finds the unit where a demo person works: by level and code, or the
// institution of a number in the demo's own list.
func (a *App) place(ctx context.Context, p demoPerson) (unit.Unit, error) {
	if p.Level == unit.Ministry {
		return a.Tree.Root(ctx)
	}
	return a.Tree.ByCode(ctx, p.Level, p.Code)
}

func randomPassword() string {
	b := make([]byte, 10)
	if _, err := rand.Read(b); err != nil {
		panic(err) // the system has no randomness: nothing may start
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

func (b *demoBook) print(out io.Writer, a *App) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nMektep is ready: %s\n\n", a.Config.URL)
	fmt.Fprintln(w, "ADDRESS\tACCOUNT\tPASSWORD\tROLE\tPLACE\tLANGUAGE\tSECOND FACTOR")
	for _, acc := range b.Accounts {
		password := acc.password
		if !b.fresh {
			password = "(as printed at the first start)"
		}
		second := ""
		if acc.TOTP != "" {
			second = b.codeCommand(acc)
		}
		fmt.Fprintf(w, "%s://%s.%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.base.Scheme, acc.Ministry, a.base.Host, acc.Login, password, a.roleName(acc), acc.Place, acc.Language, second)
	}
	fmt.Fprintln(w, "\nThe people and schools are made up. Stop with Ctrl-C; the data stays.")
	_ = w.Flush()
}

// codeCommand prints a code of an account's second factor, wherever the demo lies.
func (b *demoBook) codeCommand(acc demoAccount) string {
	command := os.Args[0] + " code " + acc.Ministry + "/" + acc.Login
	dir := filepath.Dir(b.path)
	if usual, err := filepath.Abs(".mektep"); err != nil || dir != usual {
		command += fmt.Sprintf(" --data %q", dir)
	}
	return command
}

// roleName is the role of a demo account in words; the table is in English.
func (a *App) roleName(acc demoAccount) string {
	if country, ok := a.countries.Country(acc.Ministry); ok { // its profile has the ministry's name
		if r := country.Profile.Role(acc.Role); r != nil {
			return a.Words.Localizer("en").Text(r.Name)
		}
	}
	return acc.Role
}

// DemoCode prints the present code of a demo account's second factor: it stands
// in for the telephone that a made-up person does not have.
func DemoCode(dir, account string, now time.Time, out io.Writer) error {
	b := demoBook{path: filepath.Join(dir, "demo.json")}
	if err := b.load(); err != nil {
		return fmt.Errorf("there is no demo in %s: start `mektep demo` first", dir)
	}
	for _, acc := range b.Accounts {
		if acc.Ministry+"/"+acc.Login == account && acc.TOTP != "" {
			code, err := totp.GenerateCode(acc.TOTP, now)
			if err != nil {
				return err
			}
			fmt.Fprintln(out, code)
			return nil
		}
	}
	return fmt.Errorf("no demo account %q has a second factor; accounts are written ministry/login, as the table at the start has them", account)
}
