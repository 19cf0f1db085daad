package ui

import (
	"bytes"
	"context"
	"io"

	"github.com/a-h/templ"
)

// Form is a form that changes something. It carries the session's token, the
// idempotency key and the version it was filled from.
func Form(v *View, f FormSpec) templ.Component {
	if len(f.Errors) == 0 {
		return form(v, f)
	}
	// The summary stands above the fields and names them as they are labelled: they
	// are written first.
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		labels := map[string]string{}
		var fields bytes.Buffer
		inside := templ.GetChildren(ctx)
		if err := inside.Render(context.WithValue(templ.ClearChildren(ctx), labelsKey{}, labels), &fields); err != nil {
			return err
		}
		named := make(Errors, 0, len(f.Errors))
		for _, e := range f.Errors {
			e.label = labels[e.Name]
			named = append(named, e)
		}
		f.Errors = named
		return form(v, f).Render(templ.WithChildren(ctx, templ.Raw(fields.String())), w)
	})
}

type labelsKey struct{}

// labelled tells the form that is being written how it labels a field.
func labelled(ctx context.Context, f FieldSpec) {
	if labels, ok := ctx.Value(labelsKey{}).(map[string]string); ok {
		labels[f.Name] = f.Label
	}
}
