package main

import (
	"cmp"
	"os"

	"mektep/core/app"
)

// over are the folders that the server too would lay over what is built in.
type over struct {
	ProfilesDir string `help:"Folder laid over the country profiles." env:"MEKTEP_PROFILES_DIR" type:"existingdir"`
	PoliciesDir string `help:"Folder laid over the policy files." env:"MEKTEP_POLICIES_DIR" type:"existingdir"`
	LocalesDir  string `help:"Folder laid over the language files." env:"MEKTEP_LOCALES_DIR" type:"existingdir"`
}

func (o over) overlays() app.Overlays {
	return app.Overlays{Profiles: o.ProfilesDir, Policies: o.PoliciesDir, Locales: o.LocalesDir}
}

// paths are what a check is to read.
type paths struct {
	Paths []string `arg:"" optional:"" help:"Countries, or folders of one; all countries when none is named."`
	over
}

type profileCmd struct {
	Check profileCheckCmd `cmd:"" help:"Check profiles and run their own cases: one finding a line, exit 1."`
}

type profileCheckCmd struct {
	paths
	JSON bool `help:"Findings as JSON."`
}

func (c *profileCheckCmd) Run() error {
	return app.ProfileCheck(c.Paths, c.overlays(), c.JSON, os.Stdout)
}

type policyCmd struct {
	Check   policyCheckCmd   `cmd:"" help:"Check policy files: one finding a line, exit 1."`
	Test    policyTestCmd    `cmd:"" help:"Run the cases of policy files."`
	Build   policyBuildCmd   `cmd:"" help:"Write the effective model.conf and policy.csv."`
	Decide  policyDecideCmd  `cmd:"" help:"Read role,object,action,scope a line; answer allow or deny a line."`
	Explain policyExplainCmd `cmd:"" help:"Say why a role may or may not do something."`
	Reach   policyReachCmd   `cmd:"" help:"Print what every role reaches, as a country's reach.csv has it."`
}

type policyCheckCmd struct {
	paths
	JSON bool `help:"Findings as JSON."`
}

func (c *policyCheckCmd) Run() error {
	return app.PolicyCheck(c.Paths, c.overlays(), c.JSON, os.Stdout)
}

type policyTestCmd struct{ paths }

func (c *policyTestCmd) Run() error { return app.PolicyTest(c.Paths, c.overlays(), os.Stdout) }

// of are the flags that name one country's files.
type of struct {
	Profile string `help:"Country profile." required:""`
	over
}

type policyBuildCmd struct {
	of
	Out string `help:"Folder to write into." required:"" type:"path"`
}

func (c *policyBuildCmd) Run() error {
	return app.PolicyBuild(c.Profile, c.overlays(), c.Out)
}

type policyDecideCmd struct{ of }

func (c *policyDecideCmd) Run() error {
	return app.PolicyDecide(c.Profile, c.overlays(), os.Stdin, os.Stdout)
}

type policyReachCmd struct{ of }

func (c *policyReachCmd) Run() error {
	return app.PolicyReach(c.Profile, c.overlays(), os.Stdout)
}

type policyExplainCmd struct {
	of
	Role   string `arg:""`
	Object string `arg:""`
	Action string `arg:""`
	Scope  string `arg:""`
}

func (c *policyExplainCmd) Run() error {
	return app.PolicyExplain(c.Profile, c.overlays(), []string{c.Role, c.Object, c.Action, c.Scope}, os.Stdout)
}

type localeCmd struct {
	Check localeCheckCmd `cmd:"" help:"Check the language files against each other and against the sources."`
}

type localeCheckCmd struct {
	Dir        string `arg:"" optional:"" help:"Folder laid over the built-in files; without it, the one that the server would lay over them." type:"existingdir"`
	LocalesDir string `help:"Folder laid over the language files." env:"MEKTEP_LOCALES_DIR" type:"existingdir"`
	Root       string `help:"Root of the sources, for keys that are missing or unused." default:"."`
	JSON       bool   `help:"Findings as JSON."`
}

func (c *localeCheckCmd) Run() error {
	return app.LocaleCheck(cmp.Or(c.Dir, c.LocalesDir), c.Root, c.JSON, os.Stdout)
}
