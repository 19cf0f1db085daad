package main

import (
	"os"

	"mektep/core/app"
)

type profileCmd struct {
	Check profileCheckCmd `cmd:"" help:"Check profiles and run their own cases: one finding a line, exit 1."`
}

type profileCheckCmd struct {
	Paths []string `arg:"" optional:"" help:"Countries that are built in, or folders; all countries when none is named."`
	JSON  bool     `help:"Findings as JSON."`
}

func (c *profileCheckCmd) Run() error {
	return app.ProfileCheck(orAll(c.Paths), c.JSON, os.Stdout)
}

func orAll(paths []string) []string {
	if len(paths) == 0 {
		return app.Countries()
	}
	return paths
}

type policyCmd struct {
	Check   policyCheckCmd   `cmd:"" help:"Check policy files: one finding a line, exit 1."`
	Test    policyTestCmd    `cmd:"" help:"Run the cases of policy files."`
	Build   policyBuildCmd   `cmd:"" help:"Write the effective model.conf and policy.csv."`
	Decide  policyDecideCmd  `cmd:"" help:"Read role,object,action,scope a line; answer allow or deny a line."`
	Explain policyExplainCmd `cmd:"" help:"Say why a role may or may not do something."`
}

type policyCheckCmd struct {
	Paths       []string `arg:"" optional:"" help:"Countries that are built in, or folders; all countries when none is named."`
	ProfilesDir string   `help:"Folder laid over the country profiles." env:"MEKTEP_PROFILES_DIR" type:"existingdir"`
	JSON        bool     `help:"Findings as JSON."`
}

func (c *policyCheckCmd) Run() error {
	return app.PolicyCheck(orAll(c.Paths), c.ProfilesDir, c.JSON, os.Stdout)
}

type policyTestCmd struct {
	Paths       []string `arg:"" optional:"" help:"Countries that are built in, or folders; all countries when none is named."`
	ProfilesDir string   `help:"Folder laid over the country profiles." env:"MEKTEP_PROFILES_DIR" type:"existingdir"`
}

func (c *policyTestCmd) Run() error { return app.PolicyTest(orAll(c.Paths), c.ProfilesDir, os.Stdout) }

// of are the flags that name one country's files.
type of struct {
	Profile     string `help:"Country profile." required:""`
	ProfilesDir string `help:"Folder laid over the country profiles." env:"MEKTEP_PROFILES_DIR" type:"existingdir"`
	PoliciesDir string `help:"Folder laid over the policy files." env:"MEKTEP_POLICIES_DIR" type:"existingdir"`
}

type policyBuildCmd struct {
	of
	Out string `help:"Folder to write into." required:"" type:"path"`
}

func (c *policyBuildCmd) Run() error {
	return app.PolicyBuild(c.Profile, c.ProfilesDir, c.PoliciesDir, c.Out)
}

type policyDecideCmd struct{ of }

func (c *policyDecideCmd) Run() error {
	return app.PolicyDecide(c.Profile, c.ProfilesDir, c.PoliciesDir, os.Stdin, os.Stdout)
}

type policyExplainCmd struct {
	of
	Role   string `arg:""`
	Object string `arg:""`
	Action string `arg:""`
	Scope  string `arg:""`
}

func (c *policyExplainCmd) Run() error {
	return app.PolicyExplain(c.Profile, c.ProfilesDir, c.PoliciesDir, []string{c.Role, c.Object, c.Action, c.Scope}, os.Stdout)
}

type localeCmd struct {
	Check localeCheckCmd `cmd:"" help:"Check the language files against each other and against the sources."`
}

type localeCheckCmd struct {
	Dir  string `arg:"" optional:"" help:"Folder laid over the built-in files." type:"existingdir"`
	Root string `help:"Root of the sources, for keys that are missing or unused." default:"."`
	JSON bool   `help:"Findings as JSON."`
}

func (c *localeCheckCmd) Run() error { return app.LocaleCheck(c.Dir, c.Root, c.JSON, os.Stdout) }
