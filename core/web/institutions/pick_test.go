package institutions_test

import (
	"fmt"
	"testing"

	"mektep/core/unit"
)

// That a choice is cut is said where it is: a search shows so many, a list of the territory all that
// there are.
func TestAChoiceIsCutOnlyWhereMoreFit(t *testing.T) {
	w := newWorld(t, "kg")
	for n := range 31 {
		name := map[string]string{}
		for lang := range w.regions[0].Name {
			name[lang] = fmt.Sprintf("Сыноо %02d", n)
		}
		must(w.tree.Create(w.ctx, unit.New{Parent: &w.regions[0], Level: unit.District, Code: fmt.Sprintf("417999%02d", n), Name: name, Since: founded.AddDate(-100, 0, 0)}))
	}
	b := w.as("special_administrator", w.root)
	move := at(w.school, "/act/move")
	const cut = "Only the first 30"
	b.get(move+"?in="+w.regions[0].UID).see(200, "Сыноо 00", "Сыноо 30").notSee(cut)
	b.get(move+"?find=%D0%A1%D1%8B%D0%BD%D0%BE%D0%BE").see(200, "Сыноо 00", cut).notSee("Сыноо 30")
}
