package signin_test

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"mektep/core/web/ui"
)

// homePage stands for the home screen: what somebody must do.
func homePage(v *ui.View, due []ui.Task) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Page(v, ui.Head{Title: "Home"}).Render(templ.WithChildren(ctx, ui.Tasks(v, due)), w)
	})
}
