package screen

import (
	"errors"

	"mektep/core/approval"
)

// asking shows the requests to who has just made one, on whichever screen: what was to be
// done waits for a second person.
func (q *Request) asking(err error) error {
	if Waits(err) {
		return q.Done("/approvals", "people.asked")
	}
	return err
}

// Waits reports whether err says that what was to be done waits for a second person. To
// whoever looks for mistakes of a form it is none, though it reads like a conflict.
func Waits(err error) bool {
	w := (*approval.Asked)(nil)
	return errors.As(err, &w)
}
