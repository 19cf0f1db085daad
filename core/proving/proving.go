// Package proving holds a country made for tests. It has what the real ones have not
// yet: field groups of an institution that not everybody may see who sees the
// institution, one held back and one sealed by law, with a field of each kind that there
// is; and people of one office who differ in nothing but these groups. Nothing of it is
// in the program.
package proving

import (
	"embed"
	"io/fs"
)

//go:embed profiles policies
var files embed.FS

// Profiles and Policies are the folders that are laid over those built in.
var (
	Profiles = sub("profiles")
	Policies = sub("policies")
)

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // a name that fs.ValidPath refuses
	}
	return f
}
