package register_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"mektep/core/fault/faulttest"
)

// Which columns a list has is chosen by its reader, for themself, and remembered (screens.md):
// of what they may see, and no more.
func TestColumnsOfAListAreChosenAndRemembered(t *testing.T) {
	h := newHarbour(t)
	h.boat("Martin", map[string]any{"seats": 6, "risk": "flood", "hull": "TR 17", "debt": 4711})
	h.boat("Gannet", map[string]any{"seats": 2})
	inspector, clerk := h.With("inspector", h.Region), h.With("clerk", h.Region)
	inspector.Get("/boats").Wants(t, 200, "Columns").Lacks(t, "TR 17")
	inspector.Get("/boats/columns?f.seats.from=5").Wants(t, 200, "Hull number", "Debt", "Seats")
	inspector.Submit("/boats/columns", "columns.papers", "hull", "columns.craft", "seats").Wants(t, 303)
	inspector.Follow().Wants(t, 200, "Martin", "TR 17", "Hull number", "The list shows the columns that you chose", "Seats, from: 5").Lacks(t, "Gannet")
	inspector.Get("/boats").Wants(t, 200, "TR 17", "Gannet")
	clerk.Get("/boats").Wants(t, 200, "Martin").Lacks(t, "TR 17", "Hull number")
	// Nobody chooses what they may not see, and what was chosen goes with the right to see it.
	clerk.Get("/boats/columns").Wants(t, 200, "Seats").Lacks(t, "Hull number")
	clerk.Post("/boats/columns", "columns.papers", "hull").Wants(t, 422, "no field that you may see")
	clerk.Get("/boats").Wants(t, 200).Lacks(t, "TR 17", "Hull number")
	// None is a choice, too.
	inspector.Get("/boats/columns")
	inspector.Submit("/boats/columns").Wants(t, 303)
	inspector.Get("/boats").Wants(t, 200, "Martin").Lacks(t, "TR 17")
	if n := h.Count("audit_entry WHERE tenant_id = $1 AND action = 'personalise' AND 'list_view' = ANY(fields)"); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// What is asked of a list is saved by name, for who saved it.
func TestFiltersAreSavedByName(t *testing.T) {
	h := newHarbour(t)
	h.boat("Martin", map[string]any{"seats": 6, "risk": "flood"})
	h.boat("Gannet", map[string]any{"seats": 2})
	inspector, other := h.With("inspector", h.Region), h.With("inspector", h.Region)
	inspector.Get("/boats").Wants(t, 200).Lacks(t, "Save these filters", "Saved filters")
	inspector.Get("/boats/views").Wants(t, 200, "No saved filters yet")
	inspector.Get("/boats?f.seats.from=5").Wants(t, 200, "Save these filters")
	inspector.Get("/boats/views?f.seats.from=5").Wants(t, 200, "Seats, from: 5")
	save := func(name, asked string) { inspector.Post("/boats/views", "name", name, "asked", asked) }
	save("  ", "f.seats.from=5")
	inspector.Last().Wants(t, 422, "Give the filters a name", "Seats, from: 5")
	save("Big\u200b", "f.seats.from=5")
	inspector.Last().Wants(t, 422, "cannot be seen")
	save(strings.Repeat("b", 81), "f.seats.from=5")
	inspector.Last().Wants(t, 422, "longer than 80")
	save("Nothing", "")
	inspector.Last().Wants(t, 422, "no filters to save")
	save("Big ones", "f.seats.from=5&after=1&evil=%3Cscript%3E")
	inspector.Last().Wants(t, 303)
	inspector.Follow().Wants(t, 200, "Martin", "Big ones", "Saved filters").Lacks(t, "Gannet", "evil")
	save("Big  ones", "f.seats.from=1")
	inspector.Last().Wants(t, 409, "capitals make no difference")
	if list := inspector.Get("/boats").Wants(t, 200, "Big ones"); !strings.Contains(list.Body, `href="/boats?f.seats.from=5"`) {
		t.Error("no way leads to what was saved")
	}
	other.Get("/boats").Wants(t, 200).Lacks(t, "Big ones")
	other.Get("/boats/views").Wants(t, 200, "No saved filters yet")
	uid := between(inspector.Get("/boats/views").Body, "/boats/views/", "/delete")
	inspector.Get("/boats/views")
	action := "/boats/views/" + uid + "/delete"
	other.Post(action).Wants(t, 404, "no such saved filters")
	inspector.Submit(action).Wants(t, 303)
	inspector.Get("/boats").Wants(t, 200).Lacks(t, "Big ones")
	inspector.Post(action).Wants(t, 404)
}

// between is what stands between two texts.
func between(s, after, before string) string {
	_, s, _ = strings.Cut(s, after)
	s, _, _ = strings.Cut(s, before)
	return s
}

// One name is one person's once, however often it is sent at once.
func TestTwoWhoSaveFiltersUnderOneName(t *testing.T) {
	h := newHarbour(t)
	inspector := h.With("inspector", h.Region)
	var both sync.WaitGroup
	errs := make([]error, 8)
	for k := range errs {
		both.Go(func() { errs[k] = h.records.SaveView(inspector.Ctx, "Same", "f.seats.from=5") })
	}
	both.Wait()
	kept := 0
	for _, err := range errs {
		if err == nil {
			kept++
		} else if faulttest.Key(err) != "view.name_taken" {
			t.Error(err)
		}
	}
	if n := h.Count("list_view WHERE tenant_id = $1"); kept != 1 || n != 1 {
		t.Errorf("%d were told that they are kept, %d are", kept, n)
	}
	// No more than a page can show, and it says so.
	for k := range 49 {
		if err := h.records.SaveView(inspector.Ctx, "n "+strconv.Itoa(k), "q=x"); err != nil {
			t.Fatal(err)
		}
	}
	if f := faulttest.Fields(h.records.SaveView(inspector.Ctx, "one more", "q=x")); len(f) != 1 || f[0].Key != "view.most" {
		t.Errorf("%v", f)
	}
}
