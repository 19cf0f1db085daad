package transfer

import (
	"context"
	"fmt"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
)

// heldNow says of an undo that a value bars which another record has meanwhile: which
// record was to get it back, and who has it, as far as the caller may see that.
func (t *Service) heldNow(ctx context.Context, p *profile.Profile, h record.Head, before map[string]any, err error) error {
	f := fault.From(err)
	if f.Key != "record.taken" || len(f.Fields) == 0 {
		return err
	}
	bad := f.Fields[0]
	field := t.records.Of(p).Field(bad.Name)
	if field == nil || !t.gate.Can(ctx, "view", t.records.Target(h, field.Group().ID)) {
		return err
	}
	args := fault.Args{"Name": fault.Text(h.Name), "Field": fault.Text(field.Name), "Value": fmt.Sprint(before[bad.Name])}
	out := fault.New(fault.Conflict, "import.undo_taken").WithNext("record.next.taken", "", nil)
	if holder, seen := bad.Args["Record"]; seen {
		out, args["Holder"] = fault.New(fault.Conflict, "import.undo_taken_by").WithNext("record.next.taken", "", nil), holder
	}
	out = out.WithCause(err)
	for name, v := range args {
		out = out.With(name, v)
	}
	return out
}
