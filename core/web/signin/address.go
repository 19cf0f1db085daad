package signin

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/web/screen"
)

// A letter that asks whether an address is read leads here. Nobody is let in, and nothing is
// said of whose the address is; looking changes nothing. Only who is signed in with the account
// can say that they read there.

const addressPath = "/address/"

func (d desk) askAddress(q *screen.Request) error {
	if ok, err := resting(q); ok {
		return err
	}
	until, anothers, err := d.Identity.OpenAddress(q.Context(), q.C.Params("secret"))
	if err != nil {
		return deadAddress(q, err)
	}
	if anothers { // before they press anything
		return q.Page(showAnothersAddress(q, q.View()))
	}
	return q.Page(showAddress(q.View(), addressPath+q.C.Params("secret"), screen.NewKey(), until, q.Caller.SignedIn()))
}

func (d desk) readAddress(q *screen.Request) error {
	if err := d.Identity.ReadAddress(q.Context(), q.C.Params("secret")); err != nil {
		return deadAddress(q, err)
	}
	return q.Done("/me", "signin.address.done")
}

// deadAddress shows what to do where the link of such a letter leads nowhere.
func deadAddress(q *screen.Request, err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return q.Render(fiber.StatusNotFound, showDeadAddress(q, q.View()))
}
