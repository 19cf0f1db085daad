package record

import (
	"context"
	"time"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// State says which records of a day a list shows.
type State string

// The states.
const (
	Open   State = "open" // the usual
	Closed State = "closed"
	All    State = "all"
)

// Page sizes of List, and where it stops counting what was searched for.
const (
	pageSize  = 50
	maxPage   = 200
	mostCount = 1000
)

// Query says which records a list or an export shows. Its zero value is all
// that are open today. It may stand in a URL: it names no person.
type Query struct {
	Words  string    `json:"words,omitempty"`  // as typed
	Under  string    `json:"under,omitempty"`  // public id of a unit: it and everything below
	Types  []string  `json:"types,omitempty"`  // ids of types; any of them
	Group  string    `json:"group,omitempty"`  // id of a type group
	State  State     `json:"state,omitempty"`  // empty: Open
	On     time.Time `json:"on,omitzero"`      // the day of State; zero: today
	Filter []Filter  `json:"filter,omitempty"` // all of them hold
	Gaps   bool      `json:"gaps,omitempty"`   // those in which something is missing that must stand there
	After  string    `json:"-"`                // Page.Next of the page before
	Before string    `json:"-"`                // Page.Previous of the page after
	Limit  int       `json:"-"`                // 50 when zero, at most 200
}

// Filter is a condition on a field that the profile declares filterable. Texts,
// codes, yes and no ("true", "false") are compared with Any; numbers and days
// (2006-01-02) lie from From to To, both included, an empty end being open.
type Filter struct {
	Field string   `json:"field"`
	Any   []string `json:"any,omitempty"`
	From  string   `json:"from,omitempty"`
	To    string   `json:"to,omitempty"`
}

// Item is one line of the list.
type Item struct {
	Head
	Unit, District, Region *Place // institution, district and region that it lies in; nil where there is none
}

// Place is a unit above a record.
type Place struct {
	UID  string
	Name map[string]string
	Code string
	sort string // as the ministry's language sorts it
}

// Page is a part of the list.
type Page struct {
	Items          []Item
	Next, Previous string // cursors; empty at the ends
	Total          int    // of the whole list
	More           bool   // there are more than Total: counting stopped there
	Corrected      map[string]string
}

// Filters returns the fields that lists can be filtered by and
// that the caller may see, in the order of the profile.
func (rs *Records) Filters(ctx context.Context) ([]*profile.Field, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	var fields []*profile.Field
	for _, f := range rs.Of(m.Profile).FieldsAt(rs.tree.Today(ctx)) {
		if !f.Filter {
			continue
		}
		if rs.gate.May(ctx, "view", f.Group().Object()) {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// List returns the records that the caller may view and q asks for, by name
// in the ministry's main language, a page at a time. A page without words costs
// one round trip; words cost one more, to be understood.
//
// Faults: Invalid for a filter or cursor that is none, NotFound for an unknown
// unit in Under; the gate's, when the caller may view no record at all.
func (rs *Records) List(ctx context.Context, q Query) (Page, error) {
	sel, err := rs.Select(ctx, "view", q)
	if err != nil {
		return Page{}, rs.gate.Refused(ctx, err)
	}
	if q.Limit <= 0 {
		q.Limit = pageSize
	}
	q.Limit = min(q.Limit, maxPage)
	at, err := parseCursor(q.After, q.Before)
	if err == nil {
		err = rs.sorted(ctx, &at)
	}
	if err != nil {
		return Page{}, err
	}
	page, err := rs.page(ctx, sel, at, q.Limit)
	if err != nil {
		return Page{}, err
	}
	if len(page.Items) > 0 { // that somebody is called so elsewhere is not said
		page.Corrected = sel.words.Corrected
	}
	return page, rs.unname(ctx, page.Items)
}

// titles are the scopes in which the caller may see what records are called, besides where
// they see the records.
func (rs *Records) titles(ctx context.Context, p *profile.Profile) ([]gate.Scope, error) {
	var scopes []gate.Scope
	for _, g := range rs.titleGroups(p) {
		s, err := rs.gate.Scope(ctx, "view", g.Object())
		if err != nil && fault.KindOf(err) != fault.Denied {
			return nil, err
		}
		scopes = append(scopes, s)
	}
	return scopes, nil
}

// unname takes the names of those records away of which the caller may not see what they
// are called.
func (rs *Records) unname(ctx context.Context, items []Item) error {
	if len(rs.reg.Title) == 0 || len(items) == 0 {
		return nil
	}
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	scopes, err := rs.titles(ctx, m.Profile)
	if err != nil {
		return err
	}
	named, err := rs.within(ctx, items, scopes)
	if err != nil {
		return err
	}
	for k := range items {
		if !named[items[k].ID] {
			items[k].Name, items[k].SortKey = nil, ""
		}
	}
	return nil
}
