// Package policies holds the policy files that ship with the program.
package policies

import "embed"

// FS holds the model, the catalogue, and a folder of rules for the base and for
// each country. A folder on disk may be laid over it.
//
//go:embed *
var FS embed.FS
