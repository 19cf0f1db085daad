package calendar

import (
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// textArray carries a text[] through gorm's database/sql. A type map is not safe
// for concurrent use, so each conversion makes its own: extensions are rare.
type textArray []string

// Value writes the array as PostgreSQL's text form.
func (a textArray) Value() (driver.Value, error) {
	if a == nil {
		a = textArray{}
	}
	raw, err := pgtype.NewMap().Encode(pgtype.TextArrayOID, pgtype.TextFormatCode, []string(a), nil)
	return string(raw), err
}

// Scan reads PostgreSQL's text form.
func (a *textArray) Scan(src any) error {
	var raw []byte
	switch v := src.(type) {
	case string:
		raw = []byte(v)
	case []byte:
		raw = v
	case nil:
		*a = nil
		return nil
	default:
		return fmt.Errorf("a text[] cannot be read from %T", src)
	}
	return pgtype.NewMap().Scan(pgtype.TextArrayOID, pgtype.TextFormatCode, raw, (*[]string)(a))
}
