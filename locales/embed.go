// Package locales embeds the software's own words, one file a language. A file
// is named by its language tag and says its own name under language.name; a new
// language is one more file. A folder laid over it at run time may change single
// messages or add languages (see package locale).
package locales

import "embed"

// FS holds the language files and dynamic.txt, the list of key prefixes that
// the code composes at run time.
//
//go:embed *.toml dynamic.txt
var FS embed.FS
