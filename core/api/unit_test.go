package api_test

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/api"
	"mektep/core/unit"
)

func TestTheTerritoryIsChangedByTheAPI(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin, second, officer := kg.as("tenant_admin", kg.root), kg.as("tenant_admin", kg.root), kg.as("district_officer", kg.here)
	school := kg.school(kg.here)
	asks := 0
	both := func(path string, body any, match string, says ...string) { // one asks, thrice in the same words, the other agrees
		t.Helper()
		var asked struct{ Waiting api.Approval }
		asks++
		for range 3 {
			was := asked.Waiting.UID
			kg.ask("POST", "/api/v1"+path, admin, body, "If-Match", match, "Idempotency-Key", fmt.Sprintf("asked-for-as-%d", asks)).is(202).into(&asked)
			if was != "" && asked.Waiting.UID != was {
				t.Errorf("%s was asked for twice", path)
			}
		}
		for _, s := range says { // whoever agrees sees the whole of it
			if !strings.Contains(asked.Waiting.Asks+" "+strings.Join(asked.Waiting.Told, " "), s) {
				t.Errorf("%s: %q is not in what is asked for: %s", path, s, asked.Waiting.Asks)
			}
		}
		kg.approve(asked.Waiting.UID, second).is(200)
	}
	create := map[string]any{"parent": kg.regions[0].UID, "level": "district", "code": "N-1", "name": map[string]any{"ky": "Жаңы район", "ru": "Новый район"}, "since": "1990-01-01", "order": order()}
	kg.ask("POST", "/api/v1/units", officer, create).is(403)
	both("/units", create, "", "Жаңы район", "Новый район")
	kg.ask("POST", "/api/v1/units", admin, create).is(409)
	u, err := kg.tree.ByCode(kg.ctx, unit.District, "N-1")
	must(t, err)
	rename := map[string]any{"name": map[string]any{"ky": "Манас району", "ru": "Манасский район"}, "since": "2026-02-20", "order": order()}
	kg.ask("POST", "/api/v1/units/"+u.UID+"/rename", admin, rename).is(428)
	both("/units/"+u.UID+"/rename", rename, `"1"`, "Манас району", "Манасский район")
	kg.ask("POST", "/api/v1/units/"+u.UID+"/rename", admin, rename, "If-Match", `"1"`).is(412)
	// Neither an institution nor the ministry is a place, and a place is no institution.
	kg.ask("POST", "/api/v1/units/"+school.UID+"/rename", admin, rename, "If-Match", `"1"`).is(404)
	kg.ask("POST", "/api/v1/units/"+kg.root.UID+"/rename", admin, rename, "If-Match", `"1"`).is(409)
	kg.ask("POST", "/api/v1/institutions/"+u.UID+"/rename", admin, rename, "If-Match", `"2"`).is(404)

	both("/units/"+kg.here.UID+"/close", map[string]any{"successors": []any{u.UID}, "since": "2026-03-01", "order": order()}, `"1"`)
	var at api.Institution
	kg.ask("GET", "/api/v1/institutions/"+school.UID, kg.as("special_administrator", kg.root), nil).is(200).into(&at)
	var gone api.UnitDetail
	kg.ask("GET", "/api/v1/units/"+kg.here.UID, officer, nil).is(200).into(&gone)
	if last := at.Place[len(at.Place)-1].UID; gone.Until != "2026-03-01" || last != u.UID {
		t.Errorf("merged: %+v, and the school is at %s", gone, last)
	}
	var history struct {
		Changes []api.Change
		Life    api.Life
	}
	kg.ask("GET", "/api/v1/units/"+kg.here.UID+"/history", officer, nil).is(200).into(&history)
	if len(history.Changes) == 0 || history.Changes[0].Order.Number != "55" || history.Life.Successors[0].UID != u.UID {
		t.Errorf("%+v", history)
	}
	fact := map[string]any{"fact": "until", "on": "2026-03-01", "since": "2026-03-02", "reason": "Күнү ката"}
	both("/units/"+kg.here.UID+"/correct", fact, `"2"`, "02.03.2026")
	both("/units/"+kg.here.UID+"/reopen", map[string]any{"since": "2026-03-02", "order": order()}, `"3"`)
	kg.ask("GET", "/api/v1/units/"+kg.here.UID, officer, nil).is(200).into(&gone)
	both("/units/"+u.UID+"/withdraw", map[string]any{"fact": "name", "on": "2026-02-20", "reason": "Ката"}, `"2"`)
	if u, err = kg.tree.Get(kg.ctx, u.UID); err != nil || u.Name["ky"] != "Жаңы район" {
		t.Errorf("%+v %v", u, err)
	}
	// A second place of the name is asked about, and one entered by mistake is taken back.
	create["code"] = "N-2"
	var wrong api.Problem
	kg.ask("POST", "/api/v1/units", admin, create).is(422).into(&wrong)
	if len(wrong.Errors) != 1 || wrong.Errors[0].Field != "same_name" || wrong.Rule != "" || wrong.LawText != "" {
		t.Errorf("%+v", wrong)
	}
	create["same_name"] = true
	both("/units", create, "", "(N-1)")
	u, err = kg.tree.ByCode(kg.ctx, unit.District, "N-2")
	must(t, err)
	back := map[string]any{"fact": "since", "on": "1990-01-01", "reason": "Ката киргизилген"}
	both("/units/"+u.UID+"/withdraw", back, `"1"`, "N-2", "Ката киргизилген")
	var list struct{ Items []api.Unit }
	kg.ask("GET", "/api/v1/units", officer, nil).is(200).into(&list)
	for _, x := range list.Items {
		if x.UID == u.UID {
			t.Error("taken back, and in the list")
		}
	}
	var taken api.UnitDetail
	kg.ask("GET", "/api/v1/units/"+u.UID, officer, nil).is(200).into(&taken)
	if !taken.Withdrawn || taken.Code != "" {
		t.Errorf("%+v", taken)
	}
	kg.ask("POST", "/api/v1/units/"+u.UID+"/rename", admin, rename, "If-Match", `"2"`).is(423)
}

// What the country profile has and the ministry has not is proposed; nobody's silence accepts it.
func TestWhatTheProfileHasOtherwiseIsProposedByTheAPI(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	admin, second := kg.as("tenant_admin", kg.root), kg.as("tenant_admin", kg.root)
	var list struct{ Items []api.UnitProposal }
	var refused struct{ Detail string }
	kg.ask("GET", "/api/v1/territory/proposals", kg.as("district_officer", kg.here), nil, "Accept-Language", "en").is(403).into(&refused)
	if !strings.Contains(refused.Detail, "differences") {
		t.Errorf("the act that was wanted isn't named: %s", refused.Detail)
	}
	read := func(do, code string) (found api.UnitProposal) {
		kg.ask("GET", "/api/v1/territory/proposals", admin, nil).is(200).into(&list)
		for _, p := range list.Items {
			if p.Do == do && (code == "" && p.Level == unit.Region || p.Code == code) {
				return p
			}
		}
		return found
	}
	p := read("create", "") // the ministry of this test has two regions of all
	declined := list.Items[len(list.Items)-1].ID
	var asked struct{ Waiting api.Approval }
	act := map[string]any{"since": "2026-03-01", "order": order()}
	kg.ask("POST", "/api/v1/territory/proposals/none/accept", admin, act).is(404)
	kg.ask("POST", "/api/v1/territory/proposals/"+p.ID+"/accept", admin, map[string]any{"since": "2026-03-01"}).is(422)
	kg.ask("POST", "/api/v1/territory/proposals/"+p.ID+"/accept", admin, act).is(202).into(&asked)
	kg.approve(asked.Waiting.UID, second).is(200)
	if u, err := kg.tree.ByCode(kg.ctx, unit.Region, p.Code); err != nil || u.Name["ky"] != p.Name["ky"] || read("create", p.Code).ID != "" {
		t.Errorf("%+v %v", u, err)
	}
	kg.ask("POST", "/api/v1/territory/proposals/"+declined+"/decline", admin, nil).is(204)
	kg.ask("POST", "/api/v1/territory/proposals/"+declined+"/decline", admin, nil).is(409)
	read("", "")
	if last := list.Items[len(list.Items)-1]; last.ID != declined || last.Declined == nil {
		t.Errorf("%+v", last)
	}
}

// TR-IC-1: where the profile demands it, nobody changes the ministry's set-up alone.
func TestTRIC1_TheTerritoryIsChangedByTwoPeople(t *testing.T) {
	w := newWorld(t)
	tr := w.ministries["tr"]
	admin, second := tr.as("tenant_admin", tr.root), tr.as("tenant_admin", tr.root)
	create := map[string]any{"parent": tr.regions[0].UID, "level": "district", "code": "9001", "name": map[string]any{"tr": "Yenişehir"}, "since": "2026-03-01", "order": order()}
	var asked struct{ Waiting api.Approval }
	tr.ask("POST", "/api/v1/units", admin, map[string]any{"parent": tr.regions[0].UID, "level": "region", "code": "9001", "name": map[string]any{"tr": "X"}, "since": "2026-03-01", "order": order()}).is(422)
	tr.ask("POST", "/api/v1/units", admin, create).is(202).into(&asked)
	if _, err := tr.tree.ByCode(tr.ctx, unit.District, "9001"); err == nil {
		t.Fatal("one person entered it")
	}
	tr.ask("POST", "/api/v1/units", second, create).is(409) // it waits already
	tr.approve(asked.Waiting.UID, admin).is(403)
	tr.approve(asked.Waiting.UID, second).is(200)
	u, err := tr.tree.ByCode(tr.ctx, unit.District, "9001")
	if err != nil || u.Name["tr"] != "Yenişehir" {
		t.Fatalf("%+v %v", u, err)
	}
	// What it was asked about must still be as it was.
	rename := map[string]any{"name": map[string]any{"tr": "Eskişehir"}, "since": "2026-03-01", "order": order()}
	tr.ask("POST", "/api/v1/units/"+u.UID+"/rename", admin, rename, "If-Match", `"1"`).is(202).into(&asked)
	must(t, tr.tree.Rename(tr.ctx, u, map[string]string{"tr": "Başka"}, on, "9"))
	tr.approve(asked.Waiting.UID, second).is(409)
}
