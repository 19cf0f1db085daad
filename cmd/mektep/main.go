// Command mektep runs the platform and looks after it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"mektep/core/app"
)

var cli struct {
	Serve    serveCmd    `cmd:"" help:"Serve the ministries of a PostgreSQL database."`
	Demo     demoCmd     `cmd:"" help:"Try it: a PostgreSQL of its own, two ministries, made-up people and schools."`
	Code     codeCmd     `cmd:"" help:"Print the present second-factor code of a demo account."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database up to this version."`
	Tenant   tenantCmd   `cmd:"" help:"Set ministries up, list, suspend and resume them."`
	Operator operatorCmd `cmd:"" help:"Operators of the platform."`
	Profile  profileCmd  `cmd:"" help:"Country profiles."`
	Policy   policyCmd   `cmd:"" help:"Policy files."`
	Locale   localeCmd   `cmd:"" help:"Language files."`
	Audit    auditCmd    `cmd:"" help:"The audit trail."`
	DB       dbCmd       `cmd:"" help:"The private database of a demo."`
	Version  versionCmd  `cmd:"" help:"Name the build."`
}

func main() { os.Exit(run()) }

// run returns the exit code; what it deferred is done by then.
func run() int {
	stop := func() {}
	defer func() { stop() }()
	// Signals are a matter of commands that end orderly; every other one they just end.
	// Who has asked for the end once and is tired of waiting ends it by asking again.
	asked := func() (context.Context, error) {
		ctx, end := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		stop = end
		context.AfterFunc(ctx, end)
		return ctx, nil
	}
	k := kong.Parse(&cli, kong.Name("mektep"), kong.UsageOnError(),
		kong.Description("Registers, consents, calendars and statistics of education ministries."),
		kong.BindSingletonProvider(asked))
	err := k.Run()
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	if !errors.Is(err, app.ErrFindings) {
		fmt.Fprintln(os.Stderr, "mektep:", err)
	}
	return 1
}

type serveCmd struct {
	app.Config
	Migrate bool `help:"Bring the database up to this version first." env:"MEKTEP_MIGRATE"`
}

func (c *serveCmd) Run(ctx context.Context) error {
	if c.Migrate {
		if err := app.Migrate(ctx, c.OwnerDSN); err != nil {
			return err
		}
	}
	a, err := app.New(ctx, c.Config)
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Run(ctx)
}

type demoCmd struct {
	Addr        string `help:"Address to listen on." default:"127.0.0.1:8080"`
	Data        string `help:"Folder for the database and its files." default:".mektep" type:"path"`
	Password    string `help:"Password of every demo account; otherwise a random one each." env:"MEKTEP_DEMO_PASSWORD" hidden:""`
	ProfilesDir string `help:"Folder laid over the country profiles." env:"MEKTEP_PROFILES_DIR" type:"existingdir"`
	PoliciesDir string `help:"Folder laid over the policy files." env:"MEKTEP_POLICIES_DIR" type:"existingdir"`
	LocalesDir  string `help:"Folder laid over the language files." env:"MEKTEP_LOCALES_DIR" type:"existingdir"`
	LogLevel    string `help:"debug, info, warn or error." default:"warn" enum:"debug,info,warn,error" env:"MEKTEP_LOG"`

	app.MailConfig
}

func (c *demoCmd) Run(ctx context.Context) error {
	return app.RunDemo(ctx, app.Config{
		Addr: c.Addr, URL: app.DemoURL(c.Addr), MaxConns: 10, LogLevel: c.LogLevel,
		ProfilesDir: c.ProfilesDir, PoliciesDir: c.PoliciesDir, LocalesDir: c.LocalesDir, MailConfig: c.MailConfig,
	}, app.Demo{DataDir: c.Data, Password: c.Password, Out: os.Stdout})
}

type codeCmd struct {
	Account string `arg:"" help:"Ministry and login, e.g. kg/special."`
	Data    string `help:"Folder of the demo." default:".mektep" type:"path"`
}

func (c *codeCmd) Run() error { return app.DemoCode(c.Data, c.Account, time.Now(), os.Stdout) }

type migrateCmd struct {
	OwnerDSN []string `help:"The databases, as the owner." env:"MEKTEP_OWNER_DSN" required:""`
}

func (c *migrateCmd) Run(ctx context.Context) error { return app.Migrate(ctx, c.OwnerDSN...) }

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println(app.Version)
	return nil
}
