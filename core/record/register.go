// Package record is the engine of registers: what every register does alike, once.
//
// A [Register] is data: where its records stand, which policy object it is, how the
// relations of the policy become SQL, what its messages are called. From it and from the
// fields that a country's profile declares, [Records] derives the rest: reading a record
// and a list of them, filters and counts, entering and changing, what no two records
// share, history and completeness. The service asks the gate for every read and write,
// opens the unit of work, and records each change with its old and new value in it. Lists
// and records go by one pipelined round trip; all else by the unit of work.
//
// The engine names no register and no country. What only one register has - dated facts,
// acts that an order stands behind - is its own package's, above.
package record

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/search"
	"mektep/core/unit"
)

// Register describes a register to the engine.
type Register struct {
	// ID names the register in profiles, in policies and in the trail. The tables of the
	// same name (register_table in the migrations) hold the fields of its records, what
	// lists are filtered by and what no two records share.
	ID string
	// Heads is the table of what every record has besides its fields; empty: the table ID.
	Heads string
	// Standing is what a row of Heads must meet to be of the register: a condition on the
	// table u that begins with AND, with a # behind every column that an index leads.
	// Empty: each is.
	Standing string
	Index    search.Index // what its records are found by
	// Code is the identifier of the profile that every record should have as its code;
	// empty, and where the profile has no such identifier: none is missed.
	Code string
	// Title are the fields that a record is called by, in the order in which they are said.
	// Empty where records have names of their own.
	Title []string
	// Own are the recorded fields that belong to no group of the profile: who may see a
	// record may see these.
	Own []string
	// Relations turn the relations of the policy that no unit answers - a guardian's
	// child, a teacher's class - into a condition on a record of the table u.
	Relations map[string]Relation
	Says      Messages
	// Closed says why a record that exists no longer cannot be changed; nil: [Messages.Closed].
	Closed func(ctx context.Context, h Head) error
}

// Relation is a condition on the table u: that the record stands to the caller in the
// relation. It appends its arguments to args, of which the first is the ministry.
type Relation func(ctx context.Context, args *[]any) string

// Messages are the messages that name what the register keeps.
type Messages struct {
	Unknown string // there is no such record
	Invalid string // some of it must be corrected
	Closed  string // it exists no longer
}

// heads is the table of the records' heads.
func (r *Register) heads() string {
	if r.Heads == "" {
		return r.ID
	}
	return r.Heads
}

// Head is what every record has besides its fields.
type Head struct {
	ID       int64
	UID      string            // public id, for URLs and the API
	ParentID *int64            // the unit that it lies in
	Path     string            // of the unit by which rights are asked: itself, where records are units
	Type     string            // of the same unit
	Name     map[string]string // by language tag
	Code     string            // unique within the register; may be empty
	SortKey  string
	Since    time.Time
	Until    *time.Time // the first day on which it no longer exists
	Version  int
}

// OpenOn reports whether the record exists on the given day.
func (h Head) OpenOn(day time.Time) bool {
	return !day.Before(h.Since) && (h.Until == nil || day.Before(*h.Until))
}

// Record is an entry of a register.
type Record struct {
	Head
	Fields map[string]any // canonical values by field, as JSON carries them; only of groups the caller may see
	Place  []unit.Unit    // the way from the ministry to the unit that it lies in, root first
	Groups []string       // ids of the field groups the caller may see
}

// above is the level of the unit that the record lies in.
func (r Record) above() string {
	if n := len(r.Place); n > 0 {
		return r.Place[n-1].Level
	}
	return ""
}

// Records keeps one register of the ministry that acts in the context.
type Records struct {
	reg   Register
	db    *db.DB
	clock *clock.Clock
	gate  *gate.Gate
	trail *audit.Trail
	tree  *unit.Tree

	// What notices are called: that records came, went, moved or became something else;
	// that values of fields changed.
	changed, valued db.Kind

	finder *search.Finder

	views *db.Cache[int64, Views] // by account

	ofRecords lengths // of lists without filters by field
	ofValues  lengths // of the others
	ofGaps    lengths // of what all records of a ministry lack
}

// New returns the records of a register.
func New(reg Register, d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail, tree *unit.Tree) *Records {
	rs := &Records{
		reg: reg, db: d, clock: c, gate: g, trail: trail, tree: tree,
		changed: db.Kind(reg.ID), valued: db.Kind(reg.ID + "_value"),
	}
	rs.finder = reg.Index.Finder(d)
	rs.views = db.NewCache[int64, Views](d, viewed, 20_000, viewsLife)
	rs.ofRecords, rs.ofValues, rs.ofGaps = rs.lengthsOf(lengthsLife), rs.lengthsOf(lengthsLife, rs.valued), rs.lengthsOf(gapsLife)
	if reg.Heads == "" { // they carry the path and the type of the unit that they lie in
		tree.OnMove(unit.Carry(reg.ID, "path"))
		tree.OnRetype(rs.retype)
	}
	tree.OnMove(rs.moved)
	tree.OnRetype(rs.retyped)
	return rs
}

// ID names the register.
func (rs *Records) ID() string { return rs.reg.ID }

// Register is what describes it.
func (rs *Records) Register() Register { return rs.reg }

// CodeID is the identifier of the profile that records should have as their code; empty:
// none is.
func (rs *Records) CodeID() string { return rs.reg.Code }

// Of is what a profile declares of the register; nil where it has none.
func (rs *Records) Of(p *profile.Profile) *profile.Register { return p.Register(rs.reg.ID) }

// Changed says that records came, went, moved or became something else, once the open unit
// of work is done: what was counted is counted anew.
func (rs *Records) Changed(ctx context.Context) error { return rs.db.Notify(ctx, rs.changed, "") }

// Target is the gate's target for a record and field groups of it, for those who show or
// hide what could be done.
func (rs *Records) Target(h Head, groups ...string) gate.Target {
	return gate.Target{Object: rs.reg.ID, Groups: groups, UID: h.UID, Path: h.Path, Type: h.Type}
}
