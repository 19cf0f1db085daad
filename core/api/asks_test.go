package api_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/api"
	"mektep/core/caller"
	"mektep/core/identity"
	"mektep/core/unit"
)

// asked is a write that ends in a request: where it goes and what it says.
type asked struct {
	path  string
	body  any
	match string // If-Match
}

// What waits for a second person is answered 202 with the request and where it stands, and
// is no failure; sent again by its key it is answered the same, and asked for once. Every
// operation that says of itself that it may wait is tried (core/asks_test.go holds what they
// say against their code).
func TestTRIC1_WhatWaitsIsAccepted(t *testing.T) {
	w := built(t, true)
	kg := w.ministries["kg"]
	by, other := kg.as("tenant_admin", kg.root), kg.as("tenant_admin", kg.root)
	waits := map[string]string{} // methods of operations
	for _, methods := range kg.description().Paths {
		for method, o := range methods {
			if c := o.Responses["202"].Content["application/json"]; strings.Contains(fmt.Sprint(c), "/Waiting") {
				waits[o.OperationID] = strings.ToUpper(method)
			}
		}
	}
	asks := kg.asks(by, other)
	if len(waits) < 20 {
		t.Errorf("only %d operations may wait: %v", len(waits), waits)
	}
	for id := range asks {
		if waits[id] == "" {
			t.Errorf("%s does not say that it may wait", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(waits)) {
		t.Run(id, func(t *testing.T) {
			kg.t = t
			prepare := asks[id]
			if prepare == nil {
				t.Fatal("nobody sends it")
			}
			a := prepare()
			headers := []string{"Idempotency-Key", "asked-for-" + id}
			if a.match != "" {
				headers = append(headers, "If-Match", a.match)
			}
			first := answer{}
			for i := range 3 {
				got := kg.ask(waits[id], "/api/v1"+a.path, by, a.body, headers...).is(202)
				if i > 0 && (string(got.body) != string(first.body) || got.header.Get("Location") != first.header.Get("Location")) {
					t.Errorf("answered %s, and again %s", first.body, got.body)
				}
				if i == 0 {
					first = got
				}
			}
			var out struct{ Waiting api.Approval }
			first.into(&out)
			if out.Waiting.UID == "" || out.Waiting.State != "waiting" || first.header.Get("Location") != "/api/v1/approvals/"+out.Waiting.UID {
				t.Fatalf("at %q: %s", first.header.Get("Location"), first.body)
			}
			for _, reader := range []string{by, other} {
				var r api.Approval
				if kg.ask("GET", first.header.Get("Location"), reader, nil).is(200).into(&r); r.Asks == "" || r.State != "waiting" {
					t.Errorf("%+v", r)
				}
			}
			kg.ask("DELETE", first.header.Get("Location"), by, nil).is(204)
			var r api.Approval
			if kg.ask("GET", first.header.Get("Location"), by, nil).is(200).into(&r); r.State != "cancelled" {
				t.Errorf("%+v", r)
			}
		})
	}
	kg.t = t
	kg.ask("GET", "/api/v1/approvals/nobodyknowsthis_", by, nil).problem(404)
	kg.ask("GET", kg.ask("POST", "/api/v1/units", by, kg.founds("N-9")).is(202).header.Get("Location"), kg.as("head", kg.school(kg.here).Unit), nil).problem(403)
}

// founds enters a district.
func (m *ministry) founds(code string) map[string]any {
	return map[string]any{
		"parent": m.regions[0].UID, "level": "district", "code": code, "name": map[string]any{"ky": "Жаңы район", "ru": "Новый район"}, "since": "2026-02-01", "order": order(),
	}
}

// holder is somebody with a guarded role, who has accepted it or not.
func (m *ministry) holder(accepts bool) identity.Appointed {
	m.t.Helper()
	m.schools++
	a, err := m.people.Appoint(m.ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Osmonova", Given: "Jenish", Email: fmt.Sprintf("j%d@mail.example", m.schools)}, Role: "auditor", Unit: m.root,
	})
	must(m.t, err)
	if accepts {
		nobody := caller.With(context.Background(), &caller.Caller{Tenant: caller.From(m.ctx).Tenant})
		_, err := m.people.Accept(nobody, a.Key.Path[strings.LastIndexByte(a.Key.Path, '/')+1:], identity.Acceptance{Login: fmt.Sprintf("jenish.%d", m.schools), Password: "a long password of tests", Language: "ky"})
		must(m.t, err)
	}
	p, err := m.people.Person(m.ctx, a.Account.UID)
	must(m.t, err)
	a.Account = p.Account
	return a
}

// typed confirms an address that who asks has typed, where nobody else is left who might.
func (m *ministry) typed(by, other string) asked {
	m.t.Helper()
	must(m.t, m.people.Block(m.ctx, m.tokens[other].AccountUID, "left"))
	m.schools++
	a, err := m.people.Appoint(m.ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Osmonova", Given: "Jenish", Email: fmt.Sprintf("j%d@mail.example", m.schools)}, Role: "ministry_officer", Unit: m.root,
	})
	must(m.t, err)
	ctx := caller.With(context.Background(), m.tokens[by])
	p, err := m.people.Person(m.ctx, a.Account.UID)
	must(m.t, err)
	must(m.t, m.people.Correct(ctx, p.UID, p.Version, identity.Person{Family: p.Family, Given: p.Given, Email: "typed@mail.example"}))
	_, err = m.people.Appoint(ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: m.root, IdentifiedBy: "passport"})
	must(m.t, err)
	p, err = m.people.Person(m.ctx, p.UID)
	must(m.t, err)
	return asked{"/accounts/" + p.UID + "/address-confirmation", nil, fmt.Sprintf(`"%d"`, p.Version)}
}

// asks are the writes, by operation.
func (m *ministry) asks(by, other string) map[string]func() asked {
	holder := func(accepts bool, path string, body any) func() asked {
		return func() asked {
			a := m.holder(accepts)
			return asked{"/accounts/" + a.Account.UID + path, body, fmt.Sprintf(`"%d"`, a.Account.Version)}
		}
	}
	codes := 0
	place := func(path string, body map[string]any) func() asked {
		return func() asked {
			codes++
			u := m.unit(&m.regions[0], unit.District, fmt.Sprintf("P-%d", codes), map[string]string{"ky": "Район", "ru": "Район"})
			must(m.t, m.tree.Rename(m.ctx, u, map[string]string{"ky": "Ката", "ru": "Ошибка"}, on, "9"))
			if body["reason"] == nil {
				body["order"] = order()
			}
			return asked{"/units/" + u.UID + path, body, `"2"`}
		}
	}
	day, later := on.Format(time.DateOnly), on.AddDate(0, 0, 2).Format(time.DateOnly)
	return map[string]func() asked{
		"appoint": func() asked { return asked{path: "/appointments", body: appointment("auditor", m.root)} },
		"dismiss": func() asked {
			return asked{path: "/appointments/" + m.holder(true).Appointment.UID + "/dismissal", body: map[string]any{"order": order(), "note": "left"}}
		},
		"correct_account":         holder(true, "", map[string]any{"family": "Asanova", "given": "Jenish"}),
		"block_account":           holder(true, "/block", map[string]any{"note": "left"}),
		"print_reset_code":        holder(true, "/reset-code", map[string]any{"identified_by": "passport"}),
		"revoke_account_sessions": holder(true, "/sessions", nil),
		"reinvite_account":        holder(false, "/invitation", nil),
		"cancel_invitation":       holder(false, "/invitation", nil),
		"unblock_account": func() asked {
			a := m.holder(true)
			must(m.t, m.people.Block(m.ctx, a.Account.UID, "left"))
			return asked{path: "/accounts/" + a.Account.UID + "/unblock"}
		},
		"confirm_address": func() asked { return m.typed(by, other) },
		"create_unit":     func() asked { return asked{path: "/units", body: m.founds("N-1")} },
		"rename_unit":     place("/rename", map[string]any{"name": map[string]any{"ky": "Манас", "ru": "Манас"}, "since": later}),
		"move_unit":       place("/move", map[string]any{"parent": m.regions[1].UID, "since": later}),
		"close_unit":      place("/close", map[string]any{"successors": []any{m.here.UID}, "since": later}),
		"recode_unit":     place("/recode", map[string]any{"code": "P-99"}),
		"correct_unit_fact": place("/correct", map[string]any{
			"fact": "name", "on": day, "name": map[string]any{"ky": "Манас", "ru": "Манас"}, "reason": "A slip",
		}),
		"withdraw_unit_fact": place("/withdraw", map[string]any{"fact": "name", "on": day, "reason": "No such order"}),
		"reopen_unit": func() asked {
			u := m.unit(&m.regions[0], unit.District, "P-0", map[string]string{"ky": "Район", "ru": "Район"})
			must(m.t, m.tree.Close(m.ctx, u, on, "9"))
			return asked{"/units/" + u.UID + "/reopen", map[string]any{"since": day, "order": order()}, `"2"`}
		},
		"accept_unit_proposal": func() asked {
			var all struct{ Items []api.UnitProposal }
			m.ask("GET", "/api/v1/territory/proposals", by, nil).is(200).into(&all)
			i := slices.IndexFunc(all.Items, func(p api.UnitProposal) bool { return p.Do == "create" && p.Level == unit.Region })
			return asked{path: "/territory/proposals/" + all.Items[i].ID + "/accept", body: map[string]any{"since": day, "order": order()}}
		},
		"propose_year": func() asked {
			var p api.YearPlan
			m.ask("GET", "/api/v1/years/2026-2027/plan", by, nil).is(200).into(&p)
			p.Year["breaks"].([]any)[0].(map[string]any)["end"] = "2026-11-07"
			return asked{path: "/years", body: map[string]any{"year": p.Year, "of": p.Of, "order": order()}}
		},
	}
}
