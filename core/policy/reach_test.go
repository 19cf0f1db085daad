package policy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mektep/core/laid"
	"mektep/policies"
)

// What a country's reach.csv says is what its files give, no more and no less; and what
// is worked out from the rows is what Casbin decides.
func TestTheReachWrittenDownIsWhatTheRulesGive(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		text, found := Reach(policies.FS, v, nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		if *update {
			if err := os.WriteFile("../../policies/"+country+"/"+reachFile, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		written, err := os.ReadFile("../../policies/" + country + "/" + reachFile)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(written), text); diff != "" {
			t.Errorf("%s: mektep policy reach --profile %s writes the file anew, for whoever reviews it: %s", country, country, diff)
		}
		src, _ := read(policies.FS, v, nil)
		s := snapshot(t, country)
		table, denied := src.table(), src.denials()
		for _, role := range src.words.holders() {
			for _, o := range s.policy.Objects() {
				for _, a := range s.policy.Actions(o) {
					for _, scope := range s.policy.Relations() {
						has := table[right{role, o, a, scope}] || table[right{memberRole, o, a, scope}] && !denied(right{role, o, a, scope})
						if s.Decide(role, o, a, scope).Allow != has {
							t.Errorf("%s: %s, %s, %s, %s: the table says %t", country, role, o, a, scope, has)
						}
					}
				}
			}
		}
	}
}

// wider are the ways in which one row can come to mean more: every action, its object's
// family, every other scope, another role.
func wider(w *words, row Row) (out []Row) {
	add := func(change func(r *Row)) {
		r := row
		change(&r)
		out = append(out, r)
	}
	add(func(r *Row) { r.Action = every })
	add(func(r *Row) { r.Object = every })
	if stem, _, ok := strings.Cut(strings.TrimSuffix(row.Object, ".*"), "."); ok || row.Object == stem {
		add(func(r *Row) { r.Object = stem + ".*" })
		add(func(r *Row) { r.Object = stem })
	}
	for _, s := range append([]string{every}, w.relations...) {
		add(func(r *Row) { r.Scope = s })
	}
	for _, id := range append([]string{memberRole}, w.holders()...) {
		add(func(r *Row) { r.Role = id })
	}
	return out
}

// TR-IC-1, KG-ER-6a to 6f: no row of the rules that are built in comes to give more
// unnoticed: each of them, widened in each way, is named, unless the same stands there
// anyway or a guardrail forbids all of it.
func TestTRIC1_EveryRowThatGivesMoreIsNamed(t *testing.T) {
	for _, country := range Countries(policies.FS) {
		v := vocabulary(t, country)
		src, found := read(policies.FS, v, nil)
		if len(found) > 0 {
			t.Fatal(found)
		}
		s := snapshot(t, country)
		r := &reader{words: src.words}
		table, objects, _ := r.written(laid.Folder{Built: policies.FS}.Builtin(country + "/" + reachFile))
		if len(r.found) > 0 {
			t.Fatal(r.found)
		}
		w := &writtenReach{reachFile, table, objects, v.Groups, src.denials()}
		tried, same := 0, 0
		for _, rows := range [][]Row{src.base, src.rules} {
			for _, row := range rows {
				for _, more := range wider(src.words, row) {
					changed := *src
					changed.base, changed.rules = nil, []Row{more}
					gives := false
					for _, role := range append([]string{memberRole}, src.words.holders()...) {
						if role != more.Role && !slices.Contains(s.judge(role).lineage, more.Role) {
							continue
						}
						src.words.cells(role, &more, func(c right) {
							if role != memberRole {
								gives = gives || !s.Decide(c.role, c.object, c.action, c.scope).Allow && !s.Decide(c.role, c.object, c.action, c.scope).Guardrail
							} else {
								gives = gives || !s.Decide(memberRole, c.object, c.action, c.scope).Allow
							}
						})
					}
					if !gives {
						same++
						continue
					}
					tried++
					named := w.unwritten(&changed)
					if !slices.ContainsFunc(named, func(f Finding) bool { return f.Code == "REACH" && f.Line == row.Line && f.File == row.File }) {
						t.Errorf("%s:%d: %s passes for %s", row.File, row.Line, more, row)
					}
				}
			}
		}
		if tried < 2000 {
			t.Errorf("%s: only %d wider rows were tried, %d give nothing new", country, tried, same)
		}
		t.Logf("%s: %d wider rows, %d more that give nothing new", country, tried, same)
	}
}

// The same through the files, as an administrator's check and test read them.
func TestAWiderRowFailsCheckAndTest(t *testing.T) {
	for country, c := range map[string][2]string{
		"kg": {"p, district_officer, institution,       close,     territory,", "p, district_officer, institution, *, territory,"},
		"tr": {"p, common.statistics, institution,      rename,    territory,", "p, common.statistics, institution, *, territory,"},
	} {
		fsys, v := files(), vocabulary(t, country)
		text := string(fsys[country+"/rules.csv"].Data)
		if !strings.Contains(text, c[0]) {
			t.Fatalf("%s is not there", c[0])
		}
		fsys[country+"/rules.csv"].Data = []byte(strings.Replace(text, c[0], c[1], 1))
		want := func(found Findings) bool {
			return slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "REACH" && f.File == country+"/rules.csv" })
		}
		if _, found := Check(fsys, v, nil); !want(found) {
			t.Errorf("%s: check: %v", country, found)
		}
		if _, found := Test(fsys, v, nil); !want(found) {
			t.Errorf("%s: test: %v", country, found)
		}
	}
}

// own is a role of a ministry's own, at a level.
func own(id, level string, needs ...string) Role {
	return Role{ID: id, Levels: []string{level}, Needs: needs}
}

// TR-IC-1, KG-ER-6a, KG-ER-6b: what a ministry's own rules give beyond its country's is
// there on purpose or it is named; and personal data, and power over people, are not
// had on purpose either by a role that its country does not give them.
func TestKGER6a_WhatAMinistryGivesBeyondItsCountry(t *testing.T) {
	rules, _ := policies.FS.ReadFile("kg/rules.csv")
	judge := func(role Role, rows string) Findings {
		v := vocabulary(t, "kg")
		if role.ID != "" {
			v.Roles = append(v.Roles, role)
		}
		_, found := Check(policies.FS, v, ministrys("kg/rules.csv", string(rules)+rows))
		return found
	}
	all := []string{"order: required", "identification: required", "before_use: undertaking:annex_1_1", "before_use: second_factor", "guarded: true"}
	type try struct {
		role  Role
		row   string
		codes string // without the word, and with it
	}
	for _, c := range []try{
		{Role{}, "p, special_administrator, learner.*, view, tenant", "VOID"},
		{Role{}, "p, special_administrator, sealed.learner.special_needs, view, tenant", "VOID"},
		{Role{}, "p, directorate_officer, staff.*, view, overseen", "VOID"},
		{Role{}, "p, tenant_admin, guardian.*, view, tenant", "VOID"},
		{Role{}, "p, special_administrator, person, view, tenant", "VOID"},
		{Role{}, "p, tenant_admin, consent, record, tenant", "VOID"},
		{Role{}, "p, ministry_officer, legal_basis, record, tenant", "VOID"},
		{Role{}, "p, special_administrator, certificate, create, tenant", "VOID"},
		{own("helper", "ministry", all...), "p, helper, learner.identity, view, tenant", "VOID"},
		{Role{}, "p, tenant_admin, class, update, tenant", "MORE,"},
		{Role{}, "p, district_officer, institution, *, territory", "MORE,"},
		{Role{}, "p, district_officer, extension, create, territory", "MORE NEEDS,NEEDS"},
		{Role{}, "p, head, session, view, territory", "MORE NEEDS,NEEDS"},
		{Role{}, "p, ministry_officer, import, view, tenant", "MORE NEEDS,NEEDS"},
		{Role{}, "p, teacher, account, block, unit", "MORE NEEDS,NEEDS"},
		{Role{}, "p, teacher, learner.identity, view, unit", "MORE NEEDS,NEEDS"},
		{Role{}, "p, member, learner, view, taught", "MORE NEEDS,NEEDS"},
		{Role{}, "g, teacher, responsible_specialist", "MORE NEEDS,NEEDS"},
		{Role{}, "g, ministry_officer, special_administrator", "MORE NEEDS,NEEDS"},
		{Role{}, "p, head, learner.identity, view, unit", ""},
		{own("helper", "ministry", all[1]), "p, helper, account, reset, tenant", "NEEDS"},
		{own("helper", "ministry", all[1]), "p, helper, appointment, create, tenant", "NEEDS"},
		{own("helper", "ministry", all[1]), "p, helper, extension, create, tenant", "NEEDS"},
		{own("helper", "district", all[1]), "p, helper, learner.identity, update, territory", "NEEDS"},
		{own("helper", "institution"), "p, helper, approval, approve, assigned", "MORE NEEDS,NEEDS"},
		{own("helper", "ministry", all...), "p, helper, account, reset, tenant", ""},
		{own("helper", "district", all[:4]...), "p, helper, learner.identity, update, territory", ""},
		{own("helper", "institution"), "p, helper, institution.infrastructure, update, unit", ""},
		{own("helper", "institution"), "p, helper, indicator, publish, unit", "MORE,"},
	} {
		row, end := c.row, "\n"
		if strings.HasPrefix(row, "p") {
			end = ", allow, kg-78-1 §4.3\n"
		}
		without, with, word := c.codes, "", ""
		for _, w := range []string{"", ", more"} {
			word, with = w, without
			if before, after, ok := strings.Cut(c.codes, ","); ok && w == "" {
				with = before
			} else if ok {
				with = after
			} else if w != "" {
				break
			}
			found := judge(c.role, row+strings.TrimSuffix(end, "\n")+word+"\n")
			var codes []string
			for _, f := range found {
				codes = append(codes, f.Code)
			}
			slices.Sort(codes)
			want := strings.Fields(with)
			slices.Sort(want)
			if fmt.Sprint(slices.Compact(codes)) != fmt.Sprint(want) {
				t.Errorf("%s%s: want %v, got %v", row, word, want, found)
			}
		}
	}
}
