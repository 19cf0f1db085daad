package ui

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Form is a form that changes something. It carries the session's token, the
// idempotency key and the version it was filled from.
func Form(v *View, f FormSpec) templ.Component {
	return written(v, f.Action, func(d *drawn) templ.Component {
		f := f
		if d.kept != nil && len(v.Illegible) > 0 {
			f.Errors = v.Illegible
			if v.KeptVersion > 0 {
				f.Version = v.KeptVersion
			}
		}
		if len(f.Errors) == 0 {
			return form(v, f, d)
		}
		// The summary stands above the fields and names them as they are labelled: they
		// are written first.
		return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			var fields bytes.Buffer
			inside := templ.GetChildren(ctx)
			if err := inside.Render(templ.ClearChildren(ctx), &fields); err != nil {
				return err
			}
			f.Errors = d.seen.named(f.Errors)
			return form(v, f, d).Render(templ.WithChildren(ctx, templ.Raw(fields.String())), w)
		})
	})
}

// Confirm asks before something that cannot simply be undone. Without script
// it opens in place; with it, as a dialog.
func Confirm(v *View, c ConfirmSpec) templ.Component {
	return written(v, c.Action, func(d *drawn) templ.Component {
		c, faulty := c, d.kept != nil && len(v.Illegible) > 0
		if faulty && v.KeptVersion > 0 {
			c.Version = v.KeptVersion
		}
		return confirm(v, c, d, faulty)
	})
}

// fieldsSeen are the fields of a form in the order in which it shows them.
type fieldsSeen []FieldSpec

// named returns errors with the labels of their fields, in the order of the form;
// what is wrong with the form as a whole comes first.
func (seen fieldsSeen) named(errs Errors) Errors {
	place := func(e FieldError) int {
		return slices.IndexFunc(seen, func(f FieldSpec) bool { return e.Name != "" && f.Name == e.Name })
	}
	out := slices.Clone(errs)
	for k := range out {
		if at := place(out[k]); at >= 0 && (seen[at].Input != Checkbox || !strings.HasSuffix(out[k].Text, ".")) { // what is ticked is a sentence of its own
			out[k].label = seen[at].Label
		}
	}
	slices.SortStableFunc(out, func(a, b FieldError) int { return place(a) - place(b) })
	return out
}
