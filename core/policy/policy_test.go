package policy

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"

	"mektep/policies"
)

// vocabulary reads ids of roles and field groups, and the references that laws
// answer to, straight from a country's profile.
func vocabulary(t testing.TB, country string) Vocabulary {
	t.Helper()
	var roles struct {
		Roles []struct {
			ID     string   `yaml:"id"`
			Level  string   `yaml:"level"`
			Levels []string `yaml:"levels"`
			Person string   `yaml:"person"`
			Order  string   `yaml:"order"`
			Known  string   `yaml:"identification"`
			Before []string `yaml:"before_use"`
			Guard  bool     `yaml:"guarded"`
			Givers []struct {
				Role string `yaml:"role"`
			} `yaml:"granted_by"`
		} `yaml:"roles"`
	}
	var registers struct {
		Registers []struct {
			ID     string `yaml:"id"`
			Groups []struct {
				ID     string `yaml:"id"`
				Sealed bool   `yaml:"sealed"`
			} `yaml:"groups"`
		} `yaml:"registers"`
	}
	var law struct {
		Laws []struct {
			ID       string `yaml:"id"`
			Articles []struct {
				ID string `yaml:"id"`
			} `yaml:"articles"`
		} `yaml:"laws"`
	}
	load := func(file string, into any) bool {
		text, err := os.ReadFile("../../profiles/" + country + "/" + file)
		if err != nil {
			return false
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return true
	}
	if !load("registers.yaml", &registers) {
		t.Fatal("the profile has no registers")
	}
	v := Vocabulary{Country: country}
	if !load("roles.yaml", &roles) {
		t.Fatal("the profile has no roles")
	}
	own := roles.Roles
	roles.Roles = nil
	load("../_base/roles.yaml", &roles)
	for _, r := range append(roles.Roles, own...) {
		levels := r.Levels
		if r.Level != "" {
			levels = append(levels, r.Level)
		}
		var needs []string
		if r.Order == "required" {
			needs = append(needs, "order: required")
		}
		if r.Known == "required" {
			needs = append(needs, "identification: required")
		}
		for _, b := range r.Before {
			needs = append(needs, "before_use: "+b)
		}
		if r.Guard {
			needs = append(needs, "guarded: true")
		}
		role := Role{ID: r.ID, Levels: levels, Personal: slices.Contains([]string{"learner", "guardian", "external"}, r.Person), Needs: needs}
		for _, g := range r.Givers {
			role.Givers = append(role.Givers, g.Role)
		}
		v.Roles = append(v.Roles, role)
	}
	for _, r := range registers.Registers {
		for _, g := range r.Groups {
			id := r.ID + "." + g.ID
			if g.Sealed || g.ID == "special_needs" {
				id = sealedWord + id
			}
			v.Groups = append(v.Groups, id)
		}
	}
	if load("law.yaml", &law) {
		known := map[string]bool{}
		for _, l := range law.Laws {
			known[l.ID] = true
			for _, a := range l.Articles {
				known[l.ID+" §"+a.ID] = true
			}
		}
		v.Laws = func(ref string) bool { return known[ref] }
	}
	return v
}

func snapshot(t testing.TB, country string) *Snapshot {
	t.Helper()
	e, found := Load(policies.FS, vocabulary(t, country), nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	s, err := NewSnapshot(e)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ministrys is an overlay of one file.
func ministrys(name, text string) *Overlay {
	return &Overlay{Files: fstest.MapFS{name: {Data: []byte(text)}}, Name: "over"}
}

func checked(fsys fs.FS, v Vocabulary, overlay ...*Overlay) Findings {
	_, found := Check(fsys, v, append(overlay, nil)[0])
	return found
}

// files copies the embedded policies into a tree that a test can break.
func files() fstest.MapFS {
	out := fstest.MapFS{}
	copyInto(out, policies.FS)
	return out
}

func TestShippedPoliciesAreSound(t *testing.T) {
	if got := Countries(policies.FS); !slices.Equal(got, []string{"kg", "tr"}) {
		t.Errorf("countries: %v", got)
	}
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		for _, f := range checked(policies.FS, v) {
			t.Error(f)
		}
		results, found := Test(policies.FS, v, nil)
		for _, f := range found {
			t.Error(f)
		}
		for _, r := range results {
			if !r.OK {
				t.Error(r)
			}
		}
		t.Logf("%s: %d cases", country, len(results))
	}
}

func TestEveryRoleHasRights(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		s := snapshot(t, country)
		rows := map[string]int{}
		for _, r := range s.policy.rows {
			rows[r.Role]++
		}
		for _, r := range vocabulary(t, country).Roles {
			own := 0
			for _, word := range s.judge(r.ID).lineage {
				if word != memberRole && !strings.HasPrefix(word, levelWord) {
					own += rows[word]
				}
			}
			if own == 0 {
				t.Errorf("%s: the profile's role %s may do nothing of its own", country, r.ID)
			}
		}
	}
}

// What the profile says about giving roles and what the policy gives must agree:
// who may give a role can appoint there, and no limit forbids it.
func TestGrantersCanAppoint(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		s := snapshot(t, country)
		var file struct {
			Roles []struct {
				ID        string `yaml:"id"`
				GrantedBy []struct {
					Role   string `yaml:"role"`
					Within string `yaml:"within"`
				} `yaml:"granted_by"`
			} `yaml:"roles"`
		}
		for _, layer := range []string{"_base", country} {
			text, err := os.ReadFile("../../profiles/" + layer + "/roles.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.Unmarshal(text, &file); err != nil {
				t.Fatal(err)
			}
			for _, r := range file.Roles {
				for _, g := range r.GrantedBy {
					scope := g.Within
					if scope == "" {
						scope = "territory"
					}
					for _, need := range [][2]string{{"appointment", "create"}, {"appointment", "dismiss"}, {"invitation", "create"}, {"account", "view"}} {
						if !s.Decide(g.Role, need[0], need[1], scope).Allow {
							t.Errorf("%s: %s gives the role %s within its %s, but may not %s an %s there", country, g.Role, r.ID, scope, need[1], need[0])
						}
					}
					if hit, never := s.policy.MayNotGrant(g.Role, r.ID); never {
						t.Errorf("%s: %s gives the role %s, which %s:%d forbids", country, g.Role, r.ID, hit.File, hit.Line)
					}
				}
			}
		}
	}
}
