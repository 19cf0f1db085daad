// Package migrations holds the database's migrations in the order of their
// numbers, forward only. Each tenant table ends with SELECT wall_table('name').
package migrations

import "embed"

//go:embed *.sql
var FS embed.FS
