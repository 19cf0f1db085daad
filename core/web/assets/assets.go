// Package assets serves the stylesheet, the script and the icons of the
// screens. They are built from npm packages by build.mjs into dist/, each under
// a name with the hash of its content, and compressed once at build time.
package assets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

// Prefix is the path below which files are served.
const Prefix = "/assets/"

// CacheControl suits every file: its name changes when its content does.
const CacheControl = "public, max-age=31536000, immutable"

// ErrNotBuilt says that the assets have not been built yet.
var ErrNotBuilt = errors.New("the web assets have not been built: run `make assets` (needs Node.js) and build again")

// File is one file ready to be sent.
type File struct {
	Body     []byte
	Type     string // Content-Type
	Encoding string // Content-Encoding: "br", "gzip" or empty
}

// Bundle is a set of built files.
type Bundle struct {
	names map[string]string // logical name to hashed name
	files map[string]variants
}

type variants struct {
	kind            string
	plain, br, gzip []byte
}

// Open returns the files compiled into the program. It fails with ErrNotBuilt
// when they were not built before it.
func Open() (*Bundle, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Load reads a folder that build.mjs wrote.
func Load(fsys fs.FS) (*Bundle, error) {
	raw, err := fs.ReadFile(fsys, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("reading the asset manifest: %w", err)
	}
	b := &Bundle{files: map[string]variants{}}
	if err := json.Unmarshal(raw, &b.names); err != nil {
		return nil, fmt.Errorf("reading the asset manifest: %w", err)
	}
	for _, name := range b.names {
		v := variants{kind: mime.TypeByExtension(path.Ext(name))}
		if v.plain, err = fs.ReadFile(fsys, name); err != nil {
			return nil, fmt.Errorf("the asset manifest names a file that is missing: %w", err)
		}
		v.br, _ = fs.ReadFile(fsys, name+".br")
		v.gzip, _ = fs.ReadFile(fsys, name+".gz")
		b.files[name] = v
	}
	return b, nil
}

// URL returns the address of a file by its logical name, e.g. "app.css".
func (b *Bundle) URL(name string) string {
	if b == nil {
		return Prefix + name
	}
	if hashed, ok := b.names[name]; ok {
		return Prefix + hashed
	}
	return Prefix + name
}

// Get returns the file under a hashed name, in the best encoding that the
// reader's Accept-Encoding header allows.
func (b *Bundle) Get(name, acceptEncoding string) (File, bool) {
	v, ok := b.files[name]
	if !ok {
		return File{}, false
	}
	f := File{Body: v.plain, Type: v.kind}
	switch {
	case v.br != nil && accepts(acceptEncoding, "br"):
		f.Body, f.Encoding = v.br, "br"
	case v.gzip != nil && accepts(acceptEncoding, "gzip"):
		f.Body, f.Encoding = v.gzip, "gzip"
	}
	return f, true
}

// accepts reports whether an Accept-Encoding header names a coding without
// weighing it zero.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q := strings.ReplaceAll(strings.TrimSpace(weight), " ", "")
		return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return false
}
