package register_test

import (
	"context"
	"html"
	"strings"
	"testing"

	"mektep/core/db"
)

// Several records are changed alike: ticked in the list, the values given once, what becomes
// of each shown, and then saved.
func TestSeveralAreChangedByTheirScreens(t *testing.T) {
	h := newHarbour(t)
	martin := h.boat("Martin", map[string]any{"seats": 6, "risk": "flood"})
	gannet := h.boat("Gannet", map[string]any{"seats": 2})
	inspector := h.With("inspector", h.Region)
	inspector.Get("/boats").Wants(t, 200, "Change several").Lacks(t, "Change the ticked ones")
	inspector.Get("/boats?several=yes").Wants(t, 200, "Change the ticked ones")
	if !strings.Contains(inspector.Last().Body, `value="`+martin.UID+`"`) {
		t.Error("rows cannot be ticked")
	}
	inspector.Post("/boats/several").Wants(t, 422, "Error: Change several", "Nothing was ticked")
	inspector.Get("/boats/several").Wants(t, 200, "Tick what to change")
	inspector.Get("/boats?several=yes")
	inspector.Submit("/boats/several", "id", martin.UID, "id", gannet.UID).Wants(t, 200, "Change several: 2", "Craft", "Papers")
	inspector.Submit("/boats/several").Wants(t, 422, "Error: Change several", "Choose what is to be changed")
	inspector.Submit("/boats/several", "group", "craft").Wants(t, 200, "Seats", "Built", "stays in each record as it is")
	inspector.Submit("/boats/several").Wants(t, 422, "Error: Change several", "No value was given")
	inspector.Post("/boats/several", "id", martin.UID, "group", "papers", "step", "look", "_clear", "debt", "debt", "3").Wants(t, 422, "Error: Change several", "Choose one of the two")
	inspector.Post("/boats/several", "id", martin.UID, "id", gannet.UID, "group", "craft", "step", "values")
	values := inspector.Submit("/boats/several", "seats", "many").Wants(t, 422, "Seats")
	if !strings.Contains(values.Body, `value="many"`) {
		t.Error("what was typed is lost")
	}
	// The form has an address of its own: to it leads whatever brings back what was typed.
	back := inspector.Get("/boats/several?ids="+martin.UID+"%2C"+gannet.UID+"&group=craft").Wants(t, 200, "Change several: 2", "Seats")
	if !strings.Contains(html.UnescapeString(values.Body), "/boats/several?group=craft&ids="+gannet.UID) || !strings.Contains(back.Body, `value="`+gannet.UID+`"`) {
		t.Error("what was typed would be brought back to another page")
	}
	// What can't be done to one of them is said of that one.
	if err := h.DB.Tenant(h.Ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE boat SET until = '2026-03-01' WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), gannet.UID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	look := inspector.Post("/boats/several", "id", martin.UID, "id", gannet.UID, "group", "craft", "step", "look", "seats", "5").
		Wants(t, 200, "Seats: 6 → 5", "Gannet", "no longer", "To be changed: 1", "left as they are: 1")
	inspector.Show(look)
	inspector.Submit("/boats/several", "back", "1").Wants(t, 200, "Show what changes")
	if !strings.Contains(inspector.Last().Body, `value="5"`) {
		t.Error("the way back loses what was typed")
	}
	save := []string{"id", martin.UID + ":" + between(look.Body, martin.UID+":", `"`), "id", gannet.UID, "group", "craft", "step", "save", "seats", "5"}
	inspector.Post("/boats/several", save...).Wants(t, 303)
	inspector.Follow().Wants(t, 200, "Changed: 1")
	inspector.Get("/boats/"+martin.UID).Wants(t, 200, "5")
	// Who looked before somebody else saved is told.
	inspector.Get("/boats/" + martin.UID + "/edit/craft")
	inspector.SubmitAt("/boats/"+martin.UID+"/edit/craft", "called", "Martin", "seats", "7", "built", "").Wants(t, 303)
	old := inspector.Post("/boats/several", "id", martin.UID+":1", "group", "craft", "step", "save", "seats", "8").Wants(t, 409, "One of these records was changed", "Seats: 7 → 8", "Look again")
	inspector.Show(old)
	inspector.Submit("/boats/several").Wants(t, 303)
	inspector.Get("/boats/"+martin.UID).Wants(t, 200, "8")
	// Values are taken away, too.
	inspector.Post("/boats/several", "id", martin.UID, "group", "papers", "step", "look", "_clear", "debt", "hull", "x").Wants(t, 200, "To be changed: 0")
	// Nobody changes by it what they may not.
	clerk := h.With("clerk", h.Region)
	clerk.Post("/boats/several", "id", martin.UID, "group", "papers", "step", "save", "debt", "1").Wants(t, 200).Lacks(t, "Debt")
	parent := h.With("parent", h.School)
	h.relate("boat_ward", martin, parent)
	parent.Get("/boats").Wants(t, 200, "Martin").Lacks(t, "Change several")
	parent.Post("/boats/several", "id", martin.UID, "group", "craft", "step", "save", "seats", "1").Wants(t, 403)
}
