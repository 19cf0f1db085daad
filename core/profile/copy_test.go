package profile

import (
	"io/fs"
	"testing/fstest"
)

// copyInto copies a folder of from into the same place of to.
func copyInto(to fstest.MapFS, from fs.FS, dir string) error {
	return fs.WalkDir(from, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, name)
		to[name] = &fstest.MapFile{Data: text}
		return err
	})
}
