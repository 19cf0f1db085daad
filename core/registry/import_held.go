package registry

import (
	"context"
	"fmt"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// heldNow says of an undo that a value bars which another institution has meanwhile: which
// institution was to get it back, and who has it, as far as the caller may see that.
func (t *Transfer) heldNow(ctx context.Context, p *profile.Profile, u unit.Unit, before map[string]any, err error) error {
	f := fault.From(err)
	if f.Key != "record.taken" || len(f.Fields) == 0 {
		return err
	}
	bad := f.Fields[0]
	field := p.Register(Institutions).Field(bad.Name)
	if field == nil || !t.gate.Can(ctx, "view", t.Target(u, field.Group().ID)) {
		return err
	}
	args := fault.Args{"Name": fault.Text(u.Name), "Field": fault.Text(field.Name), "Value": fmt.Sprint(before[bad.Name])}
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
