// Package profiles carries the country profiles in the binary.
package profiles

import "embed"

// FS holds a folder a country, _base below them, and the JSON Schemas.
//
//go:embed *
var FS embed.FS
