package api_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"mektep/core/api"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/identity"
	"mektep/core/registry"
	"mektep/core/unit"
)

// sent is a request with a body that is done as it stands.
type sent struct {
	m        *ministry
	token    string
	path     string
	body     map[string]any
	match    string              // If-Match
	asks     map[string][]string // fields that a rule asks for, beside those of the description: which field is named when one is left out
	lookedUp []string            // texts without a bound that are compared and never kept
	founded  bool                // refusals name the rule and the law
	beside   bool                // what is wrong with a value is said beside each record that would get it
}

// order is one that an act can rest on.
func order() map[string]any { return map[string]any{"number": "55", "date": "2025-12-01"} }

// rules are the fields of an order, as asks has them.
var rules = map[string][]string{"order": {"order.number", "order.date"}, "order.number": {"order.number"}, "order.date": {"order.date"}}

// also are fields of rules, and one more.
func also(rules map[string][]string, field string) map[string][]string {
	all := maps.Clone(rules)
	all[field] = []string{field}
	return all
}

// bodies is one request for each operation that takes JSON, by the operation's id.
func bodies(w *world) map[string]sent {
	kg, tr := w.ministries["kg"], w.ministries["tr"]
	win, typ, overseer := tr.closedWindow() // moves the day on which all this happens
	special, officer := kg.as("special_administrator", kg.root), kg.as("ministry_officer", kg.root)
	auditor := kg.as("auditor", kg.root)
	fresh := kg.newcomer("district_officer", kg.here)
	var pending struct{ Pending []api.Undertaking }
	kg.ask("GET", "/api/v1/undertakings", fresh, nil).is(200).into(&pending)
	account := func() string { return kg.tokens[kg.as("district_officer", kg.there)].AccountUID }
	post := func() string {
		var d api.AccountDetail
		kg.ask("GET", "/api/v1/accounts/"+account(), special, nil).is(200).into(&d)
		return d.Appointments[0].UID
	}
	act := func(name string, more map[string]any) sent {
		school := kg.school(kg.here)
		b := map[string]any{"since": "2025-12-02", "order": order()}
		maps.Copy(b, more)
		return sent{m: kg, token: special, path: "/institutions/" + school.UID + "/" + name, body: b, match: `"1"`, asks: rules, founded: true}
	}
	reopen := act("reopen", nil)
	kg.ask("POST", "/api/v1"+strings.Replace(reopen.path, "/reopen", "/close", 1), special, reopen.body, "If-Match", `"1"`).is(200)
	reopen.match = `"2"`
	wrong := func(act string, body map[string]any, asks map[string][]string) sent {
		school := kg.school(kg.here)
		renamed := map[string]any{"since": "2025-12-02", "order": order(), "name": map[string]any{"ky": "Жаңылыш " + school.Code, "ru": "Ошибка " + school.Code}}
		kg.ask("POST", "/api/v1/institutions/"+school.UID+"/rename", special, renamed, "If-Match", `"1"`).is(200)
		b := map[string]any{"fact": "name", "on": "2025-12-02", "reason": "Жаңылыш жазылган"}
		maps.Copy(b, body)
		return sent{
			m: kg, token: special, path: "/institutions/" + school.UID + "/" + act, body: b, match: `"2"`, founded: true, asks: asks,
		}
	}
	directorate, err := tr.tree.Create(tr.ctx, unit.New{Parent: &tr.root, Level: unit.Directorate, Type: overseer, Code: overseer, Name: map[string]string{"tr": overseer}, Since: founded})
	must(w.t, err)
	trAdmin := tr.as("tenant_admin", tr.root)
	var brought api.Import
	tr.upload(trAdmin, "okullar.csv", tr.table(false), "Idempotency-Key", "uploaded-once").is(201).into(&brought)
	var reread api.Import
	tr.upload(trAdmin, "okullar.csv", tr.table(false), "Idempotency-Key", "uploaded-again").is(201).into(&reread)
	targets := []any{"code", "name.tr", "type", "", "district", "ownership"}
	plan := func(year string) (p api.YearPlan) {
		kg.ask("GET", "/api/v1/years/"+year+"/plan", officer, nil).is(200).into(&p)
		return p
	}
	this, next := plan("2025-2026"), plan("2026-2027")
	this.Year["name"].(map[string]any)["en"] = "The year of snow"
	next.Year["breaks"].([]any)[0].(map[string]any)["end"] = "2026-11-07"
	notes := map[string]any{"ky": "Кар түштү", "ru": "Выпал снег"}
	var asked struct{ Waiting api.Approval }
	kg.ask("POST", "/api/v1/years", officer, map[string]any{"year": this.Year, "of": this.Of, "note": notes, "order": order()}).is(202).into(&asked)
	kgAdmin, region := kg.as("tenant_admin", kg.root), kg.regions[0]
	places := 0
	act17 := func(u unit.Unit, since string) registry.Act {
		on, err := time.Parse(time.DateOnly, since)
		must(w.t, err)
		return registry.Act{Version: u.Version, Since: on, Order: audit.Order{Number: "17", Date: on}}
	}
	place := func() unit.Unit {
		places++
		code := fmt.Sprintf("p-%d", places)
		u, err := kg.registry.Territory.Create(kg.ctx, registry.NewUnit{Parent: region.UID, Level: unit.District, Code: code, Name: map[string]string{"ky": code + "-район", "ru": code}, Act: act17(region, "2025-12-02")})
		must(w.t, err)
		return u
	}
	onUnit := func(name string, more map[string]any) sent {
		b := map[string]any{"since": "2025-12-03", "order": order()}
		maps.Copy(b, more)
		return sent{m: kg, token: kgAdmin, path: "/units/" + place().UID + "/" + name, body: b, match: `"1"`, asks: rules, founded: true}
	}
	closed := place()
	must(w.t, kg.registry.Territory.Close(kg.ctx, closed.UID, nil, act17(closed, "2025-12-03")))
	reopenUnit := onUnit("reopen", nil)
	reopenUnit.path, reopenUnit.match = "/units/"+closed.UID+"/reopen", `"2"`
	wrongUnit := func(act string, body map[string]any, asks map[string][]string) sent {
		u := place()
		must(w.t, kg.registry.Territory.Rename(kg.ctx, u.UID, map[string]string{"ky": "Жаңылыш " + u.Code, "ru": "Ошибка " + u.Code}, act17(u, "2025-12-03")))
		b := map[string]any{"fact": "name", "on": "2025-12-03", "reason": "Жаңылыш жазылган"}
		maps.Copy(b, body)
		return sent{m: kg, token: kgAdmin, path: "/units/" + u.UID + "/" + act, body: b, match: `"2"`, founded: true, asks: asks}
	}
	recodeUnit := onUnit("recode", map[string]any{"code": "p-new"})
	delete(recodeUnit.body, "since")
	var proposals struct{ Items []api.UnitProposal }
	kg.ask("GET", "/api/v1/territory/proposals", kgAdmin, nil).is(200).into(&proposals)
	rejecting, here := kg.as("ministry_officer", kg.root), kg.as("district_officer", kg.here)
	active := account()
	must(w.t, kg.accept(active))
	trAdmin, approving := tr.as("tenant_admin", tr.root), tr.as("tenant_admin", tr.root)
	var second struct{ Waiting api.Approval }
	tr.ask("POST", "/api/v1/units", trAdmin, map[string]any{"parent": tr.regions[0].UID, "level": "district", "code": "9009", "name": map[string]any{"tr": "İkinci"}, "since": "2026-01-02", "order": order()}).is(202).into(&second)
	var toRead api.Approval
	tr.ask("GET", "/api/v1/approvals/"+second.Waiting.UID, approving, nil).is(200).into(&toRead)
	return map[string]sent{
		"issue_token":                 {m: kg, path: "/token", body: map[string]any{"login": "nobody", "password": "no password of anybody", "name": "Test"}},
		"sign_undertaking":            {m: kg, token: fresh, path: "/undertakings/" + pending.Pending[0].ID + "/signature", body: map[string]any{"name": kg.tokens[fresh].Name, "agreed": true, "language": "ky", "shown": pending.Pending[0].Digests["ky"]}},
		"explain":                     {m: kg, token: officer, path: "/me/explain", body: map[string]any{"action": "update", "object": "institution", "groups": []any{"general"}, "unit": kg.here.UID}},
		"create_institution":          {m: kg, token: here, path: "/institutions", asks: rules, founded: true, body: map[string]any{"parent": kg.here.UID, "type": kg.typ(), "name": map[string]any{"ky": "Жаңы", "ru": "Новая"}, "code": kg.code(99), "since": "2025-12-02", "order": order(), "fields": map[string]any{"ownership": "public", "short_name": "Жаңы", "reception_phone": "+996312620000", "postcode": "720001"}}},
		"update_institution":          {m: kg, token: here, path: "/institutions/" + kg.school(kg.here).UID, match: `"1"`, body: map[string]any{"fields": map[string]any{"short_name": "Күн", "floors": 2}}},
		"update_institutions":         {m: kg, token: here, path: "/institutions", body: map[string]any{"records": []any{map[string]any{"uid": kg.school(kg.here).UID, "version": 1}}, "fields": map[string]any{"short_name": "Ай", "floors": 3}}},
		"preview_institution_changes": {m: kg, token: here, path: "/institutions/changes", beside: true, lookedUp: []string{"uids.0"}, body: map[string]any{"uids": []any{kg.school(kg.here).UID}, "fields": map[string]any{"short_name": "Ай", "floors": 3}}},
		"rename_institution":          act("rename", map[string]any{"name": map[string]any{"ky": "Башка", "ru": "Другая"}}),
		"retype_institution":          act("retype", map[string]any{"type": kg.profile.Types[1].ID}),
		"move_institution":            act("move", map[string]any{"parent": kg.there.UID}),
		"close_institution":           act("close", map[string]any{"successors": []any{kg.school(kg.here).UID}}),
		"reopen_institution":          reopen,
		"correct_institution_fact":    wrong("correct", map[string]any{"since": "2025-12-03", "name": map[string]any{"ky": "Башкача", "ru": "Иначе"}, "order": order()}, map[string][]string{"order.number": {"order.number"}, "order.date": {"order.date"}}),
		"withdraw_institution_fact":   wrong("withdraw", nil, nil),
		"create_unit":                 {m: kg, token: kgAdmin, path: "/units", asks: rules, founded: true, body: map[string]any{"parent": region.UID, "level": "district", "code": "p-0", "name": map[string]any{"ky": "Жаңы", "ru": "Новый"}, "since": "2025-12-02", "order": order()}},
		"rename_unit":                 onUnit("rename", map[string]any{"name": map[string]any{"ky": "Башка", "ru": "Другой"}}),
		"move_unit":                   onUnit("move", map[string]any{"parent": kg.regions[1].UID}),
		"close_unit":                  onUnit("close", map[string]any{"successors": []any{place().UID}, "rest": kg.here.UID}),
		"reopen_unit":                 reopenUnit,
		"recode_unit":                 recodeUnit,
		"correct_unit_fact":           wrongUnit("correct", map[string]any{"since": "2025-12-04", "name": map[string]any{"ky": "Башка", "ru": "Другой"}, "order": order()}, map[string][]string{"order.number": {"order.number"}, "order.date": {"order.date"}}),
		"accept_unit_proposal":        {m: kg, token: kgAdmin, path: "/territory/proposals/" + proposals.Items[0].ID + "/accept", founded: true, asks: rules, body: map[string]any{"since": "2025-12-02", "order": order()}},
		"withdraw_unit_fact":          wrongUnit("withdraw", nil, nil),
		"export_institutions":         {m: kg, token: here, path: "/institutions/export", body: map[string]any{"q": "мектеп", "under": kg.here.UID, "type": []any{kg.typ()}, "filter": []any{"heating:gas"}}},
		"read_import":                 {m: tr, token: trAdmin, path: "/imports/" + reread.UID + "/reading", match: fmt.Sprintf(`"%d"`, reread.Version), body: map[string]any{"encoding": "utf-8", "separator": ","}},
		"match_import":                {m: tr, token: trAdmin, path: "/imports/" + brought.UID, match: fmt.Sprintf(`"%d"`, brought.Version), body: map[string]any{"targets": targets, "options": map[string]any{"since": "2020-09-01", "order": order()}}, asks: map[string][]string{"options.order.number": {"options.order.number"}, "options.order.date": {"options.order.date"}}, founded: true},
		"search_accounts":             {m: kg, token: special, path: "/accounts/search", body: map[string]any{"words": "Асан", "role": "head", "unit": kg.here.UID}},
		"correct_account":             {m: kg, token: special, path: "/accounts/" + account(), match: `"1"`, body: map[string]any{"family": "Осмонова", "given": "Айгүл", "patronymic": "Асановна", "email": "a@mail.example", "phone": "+996312620000", "language": "ky"}},
		"block_account":               {m: kg, token: special, path: "/accounts/" + account() + "/block", body: map[string]any{"note": "Отпуск"}},
		"print_reset_code":            {m: kg, token: special, path: "/accounts/" + active + "/reset-code", body: map[string]any{"identified_by": "passport"}},
		"appoint":                     {m: kg, token: special, path: "/appointments", founded: true, asks: also(rules, "identified_by"), body: map[string]any{"person": map[string]any{"family": "Кошумчаева", "given": "Бегимай", "email": "b@mail.example", "phone": "+996312620001", "language": "ky"}, "role": "district_officer", "unit": kg.here.UID, "order": order(), "identified_by": "passport"}},
		"dismiss":                     {m: kg, token: special, path: "/appointments/" + post() + "/dismissal", founded: true, asks: rules, body: map[string]any{"order": order(), "note": "Өз каалоосу менен"}},
		"approve":                     {m: tr, token: approving, path: "/approvals/" + second.Waiting.UID + "/approve", body: map[string]any{"read": toRead.Read}},
		"reject":                      {m: kg, token: rejecting, path: "/approvals/" + asked.Waiting.UID + "/reject", body: map[string]any{"note": "Башка күн"}},
		"mark_read":                   {m: kg, token: officer, path: "/inbox/read", body: map[string]any{"uids": []any{"x"}}, lookedUp: []string{"uids.0"}},
		"propose_year":                {m: kg, token: officer, path: "/years", founded: true, asks: rules, body: map[string]any{"year": next.Year, "of": next.Of, "note": notes, "order": order()}},
		"extend_window":               {m: tr, token: tr.as("directorate_officer", directorate), path: "/extensions", founded: true, asks: rules, body: map[string]any{"year": "2025-2026", "window": win.ID, "types": []any{typ}, "until": w.clock.Now().Add(72 * time.Hour).Format(time.RFC3339), "reason": "Heavy snow", "order": order()}},
		"search_audit":                {m: kg, token: auditor, path: "/audit/search", body: map[string]any{"object": "institution", "action": "create"}},
		"verify_audit":                {m: kg, token: auditor, path: "/audit/verify", body: map[string]any{"heads": ""}},
	}
}

// accept accepts an account's invitation.
func (m *ministry) accept(account string) error {
	k, err := m.people.Reinvite(m.ctx, account)
	if err != nil {
		return err
	}
	nobody := caller.With(context.Background(), &caller.Caller{Tenant: caller.From(m.ctx).Tenant})
	_, err = m.people.Accept(nobody, k.Path[strings.LastIndexByte(k.Path, '/')+1:], identity.Acceptance{Login: "reset.me", Password: password, Language: "en"})
	return err
}
