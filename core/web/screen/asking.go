package screen

import (
	"errors"

	"mektep/core/approval"
)

// Asking shows the requests to who has just made one: what was to be done waits for
// a second person.
func Asking(h Handler) Handler {
	return func(q *Request) error {
		err := h(q)
		if Waits(err) {
			return q.Done("/approvals", "people.asked")
		}
		return err
	}
}

// Waits reports whether err says that what was to be done waits for a second person.
func Waits(err error) bool {
	w := (*approval.Asked)(nil)
	return errors.As(err, &w)
}
