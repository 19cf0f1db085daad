// Package unit owns the tree of a ministry: the ministry itself, its
// directorates, regions, districts and institutions.
//
// Every right in the platform is bounded by a place in this tree, so a unit
// carries its materialised path: the ids from the root in base 36, each closed
// by a dot ("1.5k.9z."). "Below p" is then two plain comparisons (Below), the
// only form that keeps its index behind row-level security.
//
// Names, types and parents are dated facts. The unit row holds today's values
// for lists, and as long as nothing else was entered, the first ones too; from the
// second on a chain stands beside it. The history is never overwritten. The package
// checks the tree's own laws (no cycles, no child outside its parent's life, one open
// name at a time); who may change what is package gate's question and asked by the
// services above.
package unit

import (
	"context"
	"strconv"
	"strings"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/search"
)

// Levels of the tree, from the root down. Countries give them names and leave
// out those they lack; what a level may do is written in policies.
const (
	Ministry    = "ministry"
	Directorate = "directorate"
	Region      = "region"
	District    = "district"
	Institution = "institution"
)

// Unit is a node with today's values.
type Unit struct {
	ID       int64
	UID      string // public id, for URLs and the API
	ParentID *int64 // nil for the ministry
	Path     string
	Level    string
	Type     string            // institution type or office id of the profile; empty for territory
	Name     map[string]string // by language tag
	Code     string            // official code; unique within a level
	SortKey  string
	Since    time.Time
	Until    *time.Time // the first day on which it no longer exists
	Version  int
	// Withdrawn says that it was entered by mistake and taken back: it never was.
	Withdrawn bool
}

// OpenOn reports whether the unit exists on the given day.
func (u Unit) OpenOn(day time.Time) bool {
	return !day.Before(u.Since) && (u.Until == nil || day.Before(*u.Until))
}

// New describes a unit to create.
type New struct {
	Parent *Unit // nil for the ministry
	Level  string
	Type   string
	Name   map[string]string
	Code   string
	Since  time.Time
	Order  string // order or decision that founded it; may be empty

	Onward []Stay // where it goes when its place ends, see Tree.Onward; CreateMany finds it out anew
}

// Tree reads and changes the units of the ministry that acts in the context.
type Tree struct {
	db       *db.DB
	clock    *clock.Clock
	language func(ctx context.Context) string
	onMove   []MoveFunc
	onEnd    []EndFunc
	onRetype []RetypeFunc
	known    *db.Cache[string, *territory]
	finder   *search.Finder
}

// NewTree returns the tree. language names the main language of the ministry
// that acts in the context: lists are sorted by it.
func NewTree(d *db.DB, c *clock.Clock, language func(ctx context.Context) string) *Tree {
	return &Tree{db: d, clock: c, language: language, known: db.NewCache[string, *territory](d, Changed, territoriesKept, territoryLife), finder: Index.Finder(d)}
}

// Today is the present day in the ministry's time zone.
func (t *Tree) Today(ctx context.Context) time.Time {
	if c := caller.From(ctx); c != nil {
		return t.clock.Today(c.Tenant.Zone)
	}
	return t.clock.Today(nil)
}

// Bounds are the two limits of a subtree: From <= path < To.
type Bounds struct{ From, To string }

// Below returns the bounds of the subtree of path, the unit itself included.
// A path ends in a dot, and the byte after the dot closes the subtree.
func Below(path string) Bounds {
	if path == "" {
		return Bounds{From: "", To: "\x7f"} // nothing ASCII lies above: everything
	}
	return Bounds{From: path, To: path[:len(path)-1] + "/"}
}

// Holds reports whether path lies within the bounds.
func (b Bounds) Holds(path string) bool { return path >= b.From && path < b.To }

// Within reports whether path is unit's path or lies below it.
func Within(path, unit string) bool { return unit != "" && strings.HasPrefix(path, unit) }

// Join returns the path of the child id of parent.
func Join(parent string, id int64) string { return parent + strconv.FormatInt(id, 36) + "." }

// Above returns the path of the unit above the one at path; empty: there is none.
func Above(path string) string {
	if path == "" {
		return ""
	}
	return path[:strings.LastIndexByte(path[:len(path)-1], '.')+1]
}

// Ancestors returns the paths from the root down to path itself.
func Ancestors(path string) []string {
	var all []string
	for i := range len(path) {
		if path[i] == '.' {
			all = append(all, path[:i+1])
		}
	}
	return all
}

// IDs returns the ids along a path, root first. A malformed path yields none.
func IDs(path string) []int64 {
	var ids []int64
	for _, seg := range strings.Split(strings.TrimSuffix(path, "."), ".") {
		id, err := strconv.ParseInt(seg, 36, 64)
		if err != nil {
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// Merge drops the bounds that lie within others and joins none: disjoint
// subtrees stay apart. Overlapping scopes cost a query more than they say.
func Merge(paths []string) []string {
	var out []string
	for _, p := range paths {
		covered := false
		for _, q := range paths {
			if q != p && Within(p, q) {
				covered = true
				break
			}
		}
		dup := false
		for _, q := range out {
			dup = dup || q == p
		}
		if !covered && !dup {
			out = append(out, p)
		}
	}
	return out
}
