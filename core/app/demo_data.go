package app

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/goccy/go-yaml"

	"mektep/core/audit"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/deploy/demo"
)

// demoMinistry is a file of deploy/demo.
type demoMinistry struct {
	Profile      string            `yaml:"profile"`
	Slug         string            `yaml:"slug"`
	People       []demoPerson      `yaml:"people"` // the first is the first administrator
	Institutions []demoInstitution `yaml:"institutions"`
}

type demoPerson struct {
	Login    string `yaml:"login"`
	Name     string `yaml:"name"` // family name first
	Role     string `yaml:"role"`
	Level    string `yaml:"level"`
	Code     string `yaml:"code"` // of the unit within the level
	Language string `yaml:"language"`
}

type demoInstitution struct {
	Code   string            `yaml:"code"`
	Type   string            `yaml:"type"`
	Under  string            `yaml:"under"` // code of the district
	Since  string            `yaml:"since"`
	Name   map[string]string `yaml:"name"`
	Fields map[string]any    `yaml:"fields"`
}

// demoMinistries reads every file of the demonstration.
func demoMinistries() ([]demoMinistry, error) {
	files, err := fs.Glob(demo.FS, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []demoMinistry
	for _, name := range files {
		raw, err := fs.ReadFile(demo.FS, name)
		if err != nil {
			return nil, err
		}
		var m demoMinistry
		if err := yaml.UnmarshalWithOptions(raw, &m, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// seedSchools enters the institutions that are not there yet.
func (a *App) seedSchools(ctx context.Context, m demoMinistry) error {
	under := map[string]unit.Unit{}
	for _, i := range m.Institutions {
		if _, err := a.Tree.ByCode(ctx, unit.Institution, i.Code); err == nil {
			continue
		}
		parent, known := under[i.Under]
		if !known {
			var err error
			if parent, err = a.Tree.ByCode(ctx, unit.District, i.Under); err != nil {
				return fmt.Errorf("district %s: %w", i.Under, err)
			}
			under[i.Under] = parent
		}
		for k, v := range i.Fields {
			if n, ok := v.(uint64); ok { // as YAML reads a number
				i.Fields[k] = int64(n) //nolint:gosec // small numbers of a file of ours
			}
		}
		since, err := time.Parse(time.DateOnly, i.Since)
		if err != nil {
			return err
		}
		_, err = a.Registry.Create(ctx, registry.Entry{
			Parent: parent.UID, Type: i.Type, Name: i.Name, Code: i.Code, Since: since,
			Order: audit.Order{Number: "D-1", Date: since}, Fields: i.Fields,
		})
		if err != nil {
			return fmt.Errorf("institution %s: %w", i.Code, err)
		}
	}
	return nil
}
