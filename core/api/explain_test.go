package api_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/policy"
	"mektep/core/unit"
)

// Every refusal there can be is whole words in every language that a ministry offers:
// the law and a next step, without a key that nobody can read, and the rule where one is
// about it (core/gate/testdata/cited_*.txt).
func TestKGER6b_EveryRefusalIsWords(t *testing.T) {
	w := newWorld(t)
	for _, m := range w.ministries {
		p := w.countries[m.slug].Policy.Policy()
		school := m.school(m.here).Unit
		for _, token := range []string{m.as("ministry_officer", m.root), m.as("tenant_admin", m.root)} {
			ctx := caller.With(context.Background(), w.tokens[token])
			refused := 0
			for _, object := range p.Objects() {
				if strings.HasSuffix(object, "*") {
					continue
				}
				for _, action := range p.Actions(object) {
					for _, path := range []gate.Target{{Object: object}, {Object: object, Path: school.Path, Type: school.Type, UID: school.UID}} {
						_, err := w.gate.Check(ctx, action, path)
						if err == nil {
							continue
						}
						refused++
						for _, tag := range m.profile.Languages.Offered {
							x := w.words.Localizer(tag).WithLaw(m.profile.Cite).Fault(faulttest.Of(t, err))
							for what, text := range map[string]string{"reason": x.Reason, "rule": x.Rule, "law": x.Law, "next step": x.NextText, "title": x.Title} {
								if text == "" && what != "rule" || strings.ContainsAny(text, "⟦⟧") || strings.Contains(text, "<no value>") {
									t.Errorf("%s, %s %s in %s: %s is %q", m.slug, action, object, tag, what, text)
								}
							}
						}
					}
				}
			}
			if refused < 50 {
				t.Errorf("%s: only %d refusals", m.slug, refused)
			}
		}
	}
}

// Whose a thing is says who may do what only its owner may: a request is its asker's.
func TestTRIC1_WhoAskedMayTakeItBack(t *testing.T) {
	w := newWorld(t)
	for _, m := range w.ministries {
		ctx := caller.With(context.Background(), w.tokens[m.as("tenant_admin", m.root)])
		for action, want := range map[string]string{"cancel": "gate.own.asked", "accept": "gate.own.about"} {
			_, err := w.gate.Check(ctx, action, gate.Target{Object: "approval"})
			if f := faulttest.Of(t, err); f.Next == nil || f.Next.Key != want {
				t.Errorf("%s, %s an approval: %v", m.slug, action, err)
			}
		}
	}
}

// Nobody is named for giving roles at an institution who can give none there (KG-ER-6c).
func TestKGER6c_OnlyWhoGivesARoleThereIsNamed(t *testing.T) {
	w := newWorld(t)
	named := 0
	for _, m := range w.ministries {
		ctx := caller.With(context.Background(), w.tokens[m.as("ministry_officer", m.root)])
		u := m.school(m.here).Unit
		for i := range m.profile.Types {
			typ := &m.profile.Types[i]
			for _, ask := range [][2]string{{"create", "appointment"}, {"dismiss", "appointment"}, {"create", "invitation"}} {
				able, err := w.gate.Able(ctx, ask[0], gate.Target{Object: ask[1], Path: u.Path, Type: typ.ID})
				must(t, err)
				for _, a := range able {
					named++
					if !gives(m, a.Role.ID, typ.Group, m.countries[m.slug].Policy) {
						t.Errorf("%s: %s is named for %s %s at a %s and gives no role there", m.slug, a.Role.ID, ask[0], ask[1], typ.ID)
					}
				}
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d were named", named)
	}
}

// gives reports whether the profile lets a role give any at institutions of a group.
func gives(m *ministry, giver, group string, s *policy.Snapshot) bool {
	for i := range m.profile.Roles {
		r := &m.profile.Roles[i]
		if r.Level != unit.Institution || len(r.Institutions) > 0 && !slices.Contains(r.Institutions, group) {
			continue
		}
		if _, never := s.Policy().MayNotGrant(giver, r.ID); never {
			continue
		}
		for _, g := range r.GrantedBy {
			if g.Role == giver && (len(g.Institutions) == 0 || slices.Contains(g.Institutions, group)) {
				return true
			}
		}
	}
	return false
}
