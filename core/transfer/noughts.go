package transfer

import (
	"maps"
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/profile"
)

// noughts leaves texts of figures as the register has them which a row has without the noughts
// before them: programs that take a list of texts for numbers drop these, and nobody meant it.
func (w *work) noughts(st *Row, has map[string]any) {
	for _, id := range slices.Sorted(maps.Keys(st.Fields)) {
		said, _ := st.Fields[id].(string)
		old, _ := has[id].(string)
		if f := w.fields.Field(id); f == nil || f.Type.Kind != profile.KindText && f.Type.Kind != profile.KindLongText {
			continue
		}
		if len(said) < len(old) && intake.OnlyFigures(said) && intake.OnlyFigures(old) && strings.TrimLeft(said, "0") == strings.TrimLeft(old, "0") {
			w.note(st, []Fault{{Target: id, Key: "import.row.noughts_kept", Args: fault.Args{"Old": old}, Warn: true, Known: st.Known}})
			delete(st.Fields, id)
		}
	}
}
