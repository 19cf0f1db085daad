package main

import (
	"context"
	"fmt"
	"os"

	"mektep/core/app"
)

// with opens the installation without listening, for one act.
func with(ctx context.Context, cfg app.Config, act func(a *app.App) error) error {
	if cfg.LogLevel == "info" {
		cfg.LogLevel = "warn" // the terminal is for the answer
	}
	a, err := app.New(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.Close()
	return act(a)
}

type tenantCmd struct {
	Onboard onboardCmd `cmd:"" help:"Set a ministry up, or carry a cut-off setting up on."`
	List    listCmd    `cmd:"" help:"List the ministries."`
	Rename  renameCmd  `cmd:"" help:"Give a ministry other names."`
	Suspend suspendCmd `cmd:"" help:"Stop sign-in and writes of a ministry; its data stays."`
	Resume  resumeCmd  `cmd:"" help:"Open a suspended ministry again."`
}

type onboardCmd struct {
	app.Config `embed:""`
	Data       string   `help:"Folder of a running demo, instead of a database." type:"path"`
	Slug       string   `help:"Short name: small letters, digits, hyphens." required:""`
	Profile    string   `help:"Country profile." required:""`
	Name       []string `help:"Name as language=text, once a language; a text alone counts for all." required:""`
	Host       []string `help:"Host names that lead to it; otherwise the short name below the platform's own domain."`
	AdminEmail []string `help:"Address of the first administrator; twice for two." required:""`
	Placement  string   `help:"Database of MEKTEP_PLACEMENTS that it is placed in; otherwise the one that small ministries share."`
}

func (c *onboardCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	if len(c.Host) == 0 {
		c.Host = []string{c.Slug + "." + app.HostOf(cfg.URL)}
	}
	p, err := app.Plan(c.Slug, c.Profile, c.Name, c.Host, c.AdminEmail)
	if err != nil {
		return err
	}
	p.Placement = c.Placement
	return with(ctx, cfg, func(a *app.App) error { return a.Onboard(ctx, p, os.Stdout) })
}

type listCmd struct {
	app.Config `embed:""`
	Data       string `help:"Folder of a running demo." type:"path"`
	JSON       bool   `help:"As JSON."`
}

func (c *listCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.Ministries(ctx, c.JSON, os.Stdout) })
}

type renameCmd struct {
	app.Config `embed:""`
	Data       string   `help:"Folder of a running demo." type:"path"`
	Slug       string   `arg:"" help:"Short name of the ministry."`
	Name       []string `help:"Name as language=text, once a language; a text alone counts for all. Other languages keep theirs." required:""`
}

func (c *renameCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.Rename(ctx, c.Slug, c.Name) })
}

type suspendCmd struct {
	app.Config `embed:""`
	Data       string `help:"Folder of a running demo." type:"path"`
	Slug       string `arg:"" help:"Short name of the ministry."`
	Reason     string `help:"Why, for the operators' record." required:""`
}

func (c *suspendCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.Suspend(ctx, c.Slug, c.Reason) })
}

type resumeCmd struct {
	app.Config `embed:""`
	Data       string `help:"Folder of a running demo." type:"path"`
	Slug       string `arg:"" help:"Short name of the ministry."`
}

func (c *resumeCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.Resume(ctx, c.Slug) })
}

type operatorCmd struct {
	Create operatorCreateCmd `cmd:"" help:"Make an operator and print the one-time link."`
}

type operatorCreateCmd struct {
	app.Config `embed:""`
	Data       string `help:"Folder of a running demo." type:"path"`
	Name       string `help:"The person's name." required:""`
	Email      string `help:"The person's address." required:""`
	Language   string `help:"Language of the link's page." default:"en"`
}

func (c *operatorCreateCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.CreateOperator(ctx, c.Name, c.Email, c.Language, os.Stdout) })
}

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Prove that the trail was not altered nor cut off; prints what was."`
	Head   auditHeadCmd   `cmd:"" help:"Print the ends of the trails, to be kept outside the database."`
}

type auditVerifyCmd struct {
	app.Config `embed:""`
	Data       string   `help:"Folder of a running demo." type:"path"`
	Heads      []string `help:"Files with further ends of trails, as printed by audit head, that the trails must lead to." type:"existingfile"`
	Tenant     []string `arg:"" optional:"" help:"Short names of ministries; all when none is named."`
}

func (c *auditVerifyCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.AuditVerify(ctx, c.Tenant, c.Heads, os.Stdout) })
}

type auditHeadCmd struct {
	app.Config `embed:""`
	Data       string   `help:"Folder of a running demo." type:"path"`
	Tenant     []string `arg:"" optional:"" help:"Short names of ministries; all, and the operators, when none is named."`
}

func (c *auditHeadCmd) Run(ctx context.Context) error {
	cfg, err := app.OrDemo(c.Config, c.Data)
	if err != nil {
		return err
	}
	return with(ctx, cfg, func(a *app.App) error { return a.AuditHead(ctx, c.Tenant, os.Stdout) })
}

type dbCmd struct {
	DSN dsnCmd `cmd:"" name:"dsn" help:"Print the connection string of the running private database."`
}

type dsnCmd struct {
	Owner bool   `help:"As the owner instead of the service's role."`
	Data  string `help:"Folder of the demo." default:".mektep" type:"path"`
}

func (c *dsnCmd) Run() error {
	dsn, err := app.DSN(c.Data, c.Owner)
	if err != nil {
		return err
	}
	fmt.Println(dsn)
	return nil
}
