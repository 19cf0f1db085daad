package transfer

import (
	"context"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/intake"
)

// keyChange tells what one field of a record is, and what the file makes of it.
const keyChange = "import.row.change"

// changesOf notes what a row changes of the record that it was met with, field by field:
// nobody says yes to what they have not seen.
func (w *work) changesOf(st *Row, changes []audit.Change) {
	if st.Recode {
		changes = append([]audit.Change{{Field: intake.TargetCode, New: st.Code}}, changes...)
	}
	for _, c := range changes {
		if len(w.changes) == keptMatches {
			return
		}
		w.changes = append(w.changes, Finding{Line: st.Line, Target: c.Field, Key: keyChange, Warning: true, Old: c.Old, New: c.New, known: st.Known})
	}
}

// withholdChanges takes out of changes what the caller may not see of those records.
// What their own file says they know.
func (t *Service) withholdChanges(ctx context.Context, i *Import, findings []Finding) error {
	var uids []string
	for k := range findings {
		if findings[k].Key == keyChange && findings[k].Record != "" {
			uids = append(uids, findings[k].Record)
		}
	}
	if len(uids) == 0 {
		return nil
	}
	heads, err := t.records.Heads(ctx, uids)
	if err != nil {
		return err
	}
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	own := caller.From(ctx).SignedIn() && caller.From(ctx).Account == i.Account
	for k := range findings {
		f := &findings[k]
		if f.Key != keyChange {
			continue
		}
		var groups []string
		if field := t.records.Of(m.Profile).Field(f.Target); field != nil {
			groups = []string{field.Group().ID}
		}
		h, there := heads[f.Record]
		if there && t.gate.Can(ctx, "view", t.records.Target(h, groups...)) {
			continue
		}
		if f.Old, f.Withheld = nil, true; !own {
			f.New = nil
		}
	}
	return nil
}
