package record

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mektep/core/fault"
)

// cursor is a place in the list: before or after a record.
type cursor struct {
	back  bool
	sort  string
	id    int64
	total int // of the list, as its first page counted
	more  bool
}

func (c cursor) first() bool { return c.id == 0 }

// String writes a cursor: id, total (negative: at least so many), sort key.
func (c cursor) String() string {
	n := c.total
	if c.more {
		n = -n
	}
	return strconv.FormatInt(c.id, 36) + "." + strconv.Itoa(n) + "." + c.sort
}

func badCursor(name string) error {
	return fault.New(fault.Invalid, "record.bad_cursor").WithField(name, "record.bad_cursor", nil)
}

func parseCursor(after, before string) (cursor, error) {
	text, name := after, "after"
	if text == "" {
		text, name = before, "before"
	}
	if text == "" {
		return cursor{}, nil
	}
	bad := badCursor(name)
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 || len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return cursor{}, bad
	}
	c := cursor{back: after == "", sort: parts[2]}
	var err error
	if c.id, err = strconv.ParseInt(parts[0], 36, 64); err != nil || c.id <= 0 {
		return cursor{}, bad
	}
	if c.total, err = strconv.Atoi(parts[1]); err != nil || c.total > 1<<31 || c.total < -1<<31 {
		return cursor{}, bad
	}
	if c.total < 0 {
		c.total, c.more = -c.total, true
	}
	return c, nil
}
