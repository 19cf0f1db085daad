package assets

import "embed"

// dist is what build.mjs wrote. On a fresh clone it holds only the placeholder
// that lets this package compile; Open then says what is missing.
//
//go:embed all:dist
var dist embed.FS
