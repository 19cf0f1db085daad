// Package boats holds a register made up for tests: rowing boats of schools, with what
// learners and staff will have - a crew that a coach teaches, a ward of somebody's, a group
// that few may see and somebody writes who may not. All that makes it one stands in this file; the engine, its screens and
// its operations do not know of it. Nothing of it is in the program.
package boats

import (
	"context"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"mektep/core/caller"
	"mektep/core/gate"
	"mektep/core/laid"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/proving"
	"mektep/core/record"
	"mektep/locales"
	"mektep/policies"
	"mektep/profiles"
)

// Register is the register.
func Register() record.Register {
	mine := func(table string) record.Relation {
		return func(ctx context.Context, args *[]any) string {
			*args = append(*args, caller.From(ctx).Account)
			return "EXISTS (SELECT FROM " + table + " m WHERE m.tenant_id = $1 AND m.boat_id = u.id AND m.account_id = " + "$" + strconv.Itoa(len(*args)) + ")"
		}
	}
	return record.Register{
		ID: "boat", Index: "boat", Title: []string{"called"}, Own: []string{"code", "since", "until"},
		Relations: map[string]record.Relation{"ward": mine("boat_ward"), "taught": mine("boat_crew")},
		Says:      record.Messages{Unknown: "institution.not_found", Invalid: "institution.invalid", Closed: "institution.closed"},
	}
}

// Words are what it is called in refusals, in every language that there is: what a register
// brings besides its data.
var Words = func() fstest.MapFS {
	words := fstest.MapFS{}
	all, err := fs.ReadDir(locales.FS, ".")
	if err != nil {
		panic(err) // they are built in
	}
	for _, f := range all {
		if path.Ext(f.Name()) == ".toml" {
			words[f.Name()] = &fstest.MapFile{Data: []byte(`"boat.file" = "boats"` + "\n" + `"object.boat" = "boats"`)}
		}
	}
	return words
}()

// Tables make its tables.
const Tables = `SELECT register_table('boat');
	CREATE TABLE boat_ward (tenant_id int NOT NULL, boat_id bigint, account_id bigint, PRIMARY KEY (tenant_id, boat_id, account_id));
	CREATE TABLE boat_crew (tenant_id int NOT NULL, boat_id bigint, account_id bigint, PRIMARY KEY (tenant_id, boat_id, account_id));
	SELECT wall_table('boat_ward'); SELECT wall_table('boat_crew');`

const fields = `
  - id: boat
    name: {en: Boats}
    source: zz-1 §1
    groups:
      - id: craft
        name: {en: Craft}
        category: personal
        basis: {law: zz-1 §1}
        fields:
          - {id: called, name: {en: Name}, type: text, max: 80, required: "true"}
          - {id: seats, name: {en: Seats}, type: int, min: 1, max: 9, filter: true, required: "true"}
          - {id: built, name: {en: Built}, type: date, filter: true}
      - id: papers
        name: {en: Papers}
        category: personal
        basis: {law: zz-1 §2}
        fields:
          - {id: hull, name: {en: Hull number}, type: text, max: 40, unique: true}
          - {id: risk, name: {en: Risk}, type: "reference:risks", filter: true, required: seats > 4}
          - {id: debt, name: {en: Debt}, type: int, min: 0, max: 99999, filter: true}
          - {id: plate, name: {en: Plate}, type: text, max: 9, when: seats > 5}
          - {id: worth, name: {en: Worth}, type: int, min: 0, max: 999999, derived: debt + seats}
`

const roles = `
  - {id: coach, name: {en: Coach}, level: institution, person: staff, granted_by: [{role: tenant_admin, within: tenant, source: zz-1 §2}], source: zz-1 §2}
  - {id: purser, name: {en: Purser}, level: region, person: official, granted_by: [{role: tenant_admin, within: tenant, source: zz-1 §2}], source: zz-1 §2}
  - {id: parent, name: {en: Parent}, level: institution, person: guardian, granted_by: [{role: tenant_admin, within: tenant, source: zz-1 §2}], source: zz-1 §2}
`

const rules = `
p, common.office, boat,        *,         territory, allow, zz-1 §2
p, clerk,         boat.craft,  view,      territory, allow, zz-1 §2
p, clerk,         boat.craft,  update,    territory, allow, zz-1 §2
p, inspector,     boat.craft,  view,      territory, allow, zz-1 §2
p, inspector,     boat.craft,  update,    territory, allow, zz-1 §2
p, inspector,     boat.papers, view,      territory, allow, zz-1 §2
p, inspector,     boat.papers, update,    territory, allow, zz-1 §2
g, purser,        common.office
p, purser,        boat.craft,  view,      territory, allow, zz-1 §2
p, purser,        boat.papers, update,    territory, allow, zz-1 §2
p, purser,        institution.hidden, update, territory, allow, zz-1 §2
p, coach,         boat,        view,      taught,    allow, zz-1 §2
p, coach,         boat.craft,  view,      taught,    allow, zz-1 §2
p, coach,         boat.craft,  update,    taught,    allow, zz-1 §2
p, parent,        boat,        view,      ward,      allow, zz-1 §2
p, parent,        boat.craft,  view,      ward,      allow, zz-1 §2
p, parent,        boat.papers, view,      ward,      allow, zz-1 §2
`

const object = `
  - {id: boat, personal: true, actions: [view, aggregate, export, create, update, import, delete], groups: [view, update, aggregate, export]}
`

// Country is the country of core/proving with boats.
func Country(t testing.TB) (ofProfiles, ofPolicies fs.FS) {
	t.Helper()
	p := copied(t, proving.Profiles)
	more(p, "zz/registers.yaml", fields)
	more(p, "zz/roles.yaml", roles)
	r := copied(t, policies.FS)
	for name, f := range copied(t, proving.Policies) {
		r[name] = f
	}
	more(r, "zz/rules.csv", rules)
	catalogue := string(r["catalogue.yaml"].Data)
	at := strings.Index(catalogue, "  - id: learner\n")
	r["catalogue.yaml"] = &fstest.MapFile{Data: []byte(catalogue[:at] + object[1:] + catalogue[at:])}
	return p, r
}

func more(files fstest.MapFS, name, text string) {
	files[name] = &fstest.MapFile{Data: append(append([]byte{}, files[name].Data...), text...)}
}

func copied(t testing.TB, files fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		out[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Ministry is a ministry of the country, with its policy.
func Ministry(t testing.TB) gate.Ministry {
	t.Helper()
	over, all := Country(t)
	p, findings := profile.LoadOver(laid.Folder{Built: profiles.FS, Over: over}, "zz")
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	e, wrong := policy.Load(all, gate.Vocabulary(p), nil)
	for _, f := range wrong {
		if !strings.Contains(f.Code, "REACH") { // what a reader of policies is told of rows that are new
			t.Fatal(f)
		}
	}
	s, err := policy.NewSnapshot(e)
	if err != nil {
		t.Fatal(err)
	}
	return gate.Ministry{Profile: p, Policy: s}
}
