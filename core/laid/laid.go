// Package laid joins the files of a folder on disk to those that are built in, and
// names whatever in that folder nobody will ever read.
//
// What the folder may hold, and whether a file of it replaces, adds to or is merged
// into what is built in, is decided by who reads it (policy, profile, locale). What
// is the same for all of them stands here: a file that does not count is never
// passed over in silence, a link never leads out of the folder, and what editors and
// systems leave behind is noted and harms nobody.
package laid

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mektep/core/finding"
)

// Folder is a tree of files that is built in, with another laid over it.
type Folder struct {
	Built fs.FS
	Over  fs.FS // nil: nothing is laid over

	// BuiltName and OverName are how findings call the two; an empty one leaves
	// names as they stand in the tree.
	BuiltName, OverName string
}

// Named is a file and the tree that it stands in.
type Named struct {
	FS    fs.FS
	Name  string // within FS
	Shown string // as findings call it
	Over  bool   // of the folder that is laid over
}

// Builtin returns the file of the tree that is built in.
func (f Folder) Builtin(name string) Named {
	return Named{FS: f.Built, Name: name, Shown: path.Join(f.BuiltName, name)}
}

// Laid returns the file of the folder that is laid over; ok is false where it has none.
func (f Folder) Laid(name string) (n Named, ok bool) {
	if f.Over == nil {
		return n, false
	}
	_, err := fs.Stat(f.Over, name)
	return Named{FS: f.Over, Name: name, Shown: path.Join(f.OverName, name), Over: true}, !errors.Is(err, fs.ErrNotExist)
}

// Exists reports whether the file is there, readable or not.
func (n Named) Exists() bool {
	_, err := fs.Stat(n.FS, n.Name)
	return !errors.Is(err, fs.ErrNotExist)
}

// Folders returns the names of the folders at the root of either tree, sorted.
func (f Folder) Folders() []string {
	var out []string
	for _, tree := range []fs.FS{f.Built, f.Over} {
		if tree == nil {
			continue
		}
		entries, _ := fs.ReadDir(tree, ".")
		for _, e := range entries {
			if IsFolder(tree, e.Name()) && !Junk(e.Name()) {
				out = append(out, e.Name())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// IsFolder reports whether there is such a folder.
func IsFolder(tree fs.FS, name string) bool {
	if tree == nil {
		return false
	}
	info, err := fs.Stat(tree, name)
	return err == nil && info.IsDir()
}

// Rules say what of a tree somebody reads.
type Rules struct {
	Code   string                                // of the findings
	Counts func(name string, folder bool) bool   // read, or a folder to look into
	Names  []string                              // what files and folders that count are called, wherever they stand
	Why    func(name string, folder bool) string // why it does not count, where there is more to say; "" otherwise
}

const deepest = 8

// Walk walks a tree from dir. It returns the files that count, in the order of their
// names, and what nobody reads: a note for what editors and systems leave behind, a
// mistake for everything else.
func Walk(tree fs.FS, shown, dir string, rules Rules) (files []string, strays finding.List) {
	w := walker{tree: tree, shown: shown, rules: rules}
	w.folder(dir, 0)
	return w.files, w.found
}

type walker struct {
	tree  fs.FS
	shown string
	rules Rules
	files []string
	found finding.List
}

func (w *walker) add(name string, note bool, message string) {
	w.found = append(w.found, finding.Finding{File: path.Join(w.shown, name), Line: 1, Column: 1, Code: w.rules.Code, Message: message, Note: note})
}

func (w *walker) folder(dir string, depth int) {
	entries, err := fs.ReadDir(w.tree, dir)
	if err != nil {
		w.add(dir, false, Why(err))
		return
	}
	if depth > deepest {
		w.add(dir, false, "lies too deep: nothing is read here")
		return
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if Junk(e.Name()) {
			w.add(name, true, "is not read: a backup, a hidden file, or a note to people")
			continue
		}
		info, err := fs.Stat(w.tree, name)
		unread := Unread("")
		switch link := e.Type()&fs.ModeSymlink != 0; {
		case errors.As(err, &unread): // the folder does not answer: that is told once, and not of each file
			w.add(dir, false, string(unread))
			return
		case err != nil && link:
			w.add(name, false, string(leadsOut))
			continue
		case err != nil:
			w.add(name, false, Why(err))
			continue
		case !info.Mode().IsRegular() && (!info.IsDir() || !w.rules.Counts(name, true) && w.rules.Counts(name, false)):
			w.add(name, false, string(odd(info.Mode())))
			continue
		}
		switch {
		case !w.rules.Counts(name, info.IsDir()):
			w.add(name, false, w.rules.why(name, info.IsDir()))
		case info.IsDir():
			w.folder(name, depth+1)
		default:
			w.files = append(w.files, name)
		}
	}
}

// why says why a file does not count, and what was meant where that can be guessed.
func (r Rules) why(name string, folder bool) string {
	if r.Why != nil {
		if why := r.Why(name, folder); why != "" {
			return why
		}
	}
	base, what := path.Base(name), "no such file is read"
	if folder {
		what = "no such folder is read"
	}
	for _, known := range r.Names {
		switch {
		case known == base:
			return fmt.Sprintf("%s here: %s stands elsewhere, see the README", what, known)
		case strings.EqualFold(known, base):
			return fmt.Sprintf("%s: capital and small letters count, write %s", what, known)
		}
	}
	if best := nearest(base, r.Names); best != "" {
		return fmt.Sprintf("%s (did you mean %q?%s)", what, best, finding.LookAlike(base, best))
	}
	if letter := finding.LookAlike(base, ""); letter != "" { // all names are in Latin letters
		return what + "." + letter
	}
	return what
}

// nearest finds the name of which base is a variation: an ending too many, the
// number of a second download, a typing mistake.
func nearest(base string, names []string) string {
	folded := strings.ToLower(base)
	for _, n := range names {
		stem, ext := strings.TrimSuffix(n, path.Ext(n)), path.Ext(n)
		if strings.HasPrefix(folded, n+".") || ext != "" && strings.HasPrefix(folded, stem) && strings.HasSuffix(folded, ext) || ext != "" && folded == stem {
			return n
		}
	}
	hint := finding.DidYouMean(base, names)
	if _, rest, ok := strings.Cut(hint, `"`); ok {
		best, _, _ := strings.Cut(rest, `"`)
		return best
	}
	return ""
}

// Junk reports whether a name is one that editors, systems and archives leave behind
// beside what people save: backups, lock files, folders' thumbnails, hidden files.
func Junk(name string) bool {
	folded := strings.ToLower(name)
	for _, known := range []string{"thumbs.db", "desktop.ini", "__macosx", "lost+found", "readme", "readme.md", "readme.txt", "icon\r"} {
		if folded == known {
			return true
		}
	}
	for _, prefix := range []string{".", "~$", "#"} {
		if strings.HasPrefix(folded, prefix) {
			return true
		}
	}
	for _, suffix := range []string{"~", ".bak", ".old", ".orig", ".rej", ".swp", ".swo", ".tmp", ".save", ".part", ".crdownload"} {
		if strings.HasSuffix(folded, suffix) {
			return true
		}
	}
	return false
}
