package record

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/search"
	"mektep/core/unit"
)

// Entry describes a record to be entered.
type Entry struct {
	Parent string // public id of the unit that it lies in
	Code   string // may be empty
	Since  time.Time
	Order  audit.Order    // that it rests on; may be none
	Fields map[string]any // as typed or as JSON; judged by the profile
}

// Create enters a record. Everything wrong is found at once. Registers whose records are
// units have their own way of entering them. What comes back is what the caller may see.
//
// Faults: Invalid with the faulty fields (ids of the profile's fields, and code, since,
// parent); Conflict for a code or a value that another record has; the gate's.
func (rs *Records) Create(ctx context.Context, n Entry) (Record, error) {
	var out Record
	err := rs.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := rs.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		parent, err := rs.tree.Get(ctx, n.Parent)
		if err != nil {
			return fault.New(fault.Invalid, rs.reg.Says.Invalid).WithField("parent", "record.no_unit", nil)
		}
		t := gate.Target{Object: rs.reg.ID, Path: parent.Path, Type: parent.Type}
		grant, err := rs.gate.Check(ctx, "create", t)
		if err != nil {
			return err
		}
		fields, err := rs.judge(m.Profile, &n, parent)
		if err != nil {
			return gate.Cited(err, m.Profile, grant)
		}
		if t.Groups = slices.Sorted(maps.Keys(rs.Brought(m.Profile, fields, parent.Type, parent.Level, rs.clock.Today(m.Profile.Zone)))); len(t.Groups) > 0 {
			if _, err := rs.gate.Check(ctx, "update", t); err != nil {
				return err
			}
		}
		heads, err := rs.EnterMany(ctx, tx, m.Profile, []Judged{{parent, n.Code, n.Since, fields}})
		if err != nil {
			return err
		}
		if out, err = rs.Answered(ctx, Record{Head: heads[0], Fields: fields}); err != nil {
			return err
		}
		return rs.trail.Record(ctx, tx, rs.Created(heads[0], fields, grant.Source, n.Order))
	}, &out)
	return out, err
}

// judge checks a new record against the profile and returns its fields in canonical form;
// it tidies the order.
func (rs *Records) judge(p *profile.Profile, n *Entry, parent unit.Unit) (map[string]any, error) {
	bad := fault.New(fault.Invalid, rs.reg.Says.Invalid)
	today := rs.clock.Today(p.Zone)
	if !n.Since.IsZero() {
		n.Since = clock.Day(n.Since)
	}
	switch {
	case n.Since.IsZero():
		bad = bad.WithField("since", "field.required", nil)
		n.Since = today
	case n.Since.After(today):
		bad = bad.WithField("since", "record.future", nil)
	case !parent.OpenOn(n.Since):
		bad = bad.WithField("parent", "record.unit_closed", fault.Args{"Unit": fault.Text(parent.Name), "Since": n.Since})
	}
	n.Code = strings.TrimSpace(n.Code)
	if f, wrong := rs.CheckCode(p, n.Code); wrong {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	n.Order, bad = n.Order.Checked(bad, false, today)
	fields, faults := p.ValidateRecord(rs.reg.ID, Facts(n.Fields, parent.Type, parent.Level), today) // what it says is so today, since whenever it exists
	for _, f := range faults {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	return fields, bad.OrNil()
}

// mostCode is how long a code may be of which the profile says nothing.
const mostCode = 64

// CheckCode judges a code by the register's identifier, where the profile has it; wrong:
// why it is none.
func (rs *Records) CheckCode(p *profile.Profile, code string) (fault.Field, bool) {
	var id *profile.Identifier
	if rs.reg.Code != "" {
		id = p.Identifier(rs.reg.Code)
	}
	switch {
	case code == "":
		return fault.Field{}, false
	case id != nil:
		if id.Check(code) != nil {
			return fault.Field{Name: "code", Key: "field.identifier", Args: fault.Args{"Name": fault.Text(id.Name), "Help": fault.Text(id.Help)}}, true
		}
	case len([]rune(code)) > mostCode:
		return fault.Field{Name: "code", Key: "field.too_long", Args: fault.Args{"Max": mostCode}}, true
	case !fault.Plain(code):
		return fault.Field{Name: "code", Key: "field.plain"}, true
	}
	return fault.Field{}, false
}

// call gives a record its name, which stands in its fields, and its place in lists.
func (rs *Records) call(p *profile.Profile, h *Head, fields map[string]any) {
	var words []string
	for _, id := range rs.reg.Title {
		if s, ok := fields[id].(string); ok && s != "" {
			words = append(words, s)
		}
	}
	title := strings.Join(words, " ")
	if title == "" {
		title = h.UID // what is called by nothing is called by its number
	}
	h.Name = map[string]string{p.Main(): title}
	h.SortKey = locale.SortKey(p.Main(), title)
}

func entryOf(h Head) search.Entry {
	return search.Entry{ID: h.ID, Texts: append(slices.Collect(maps.Values(h.Name)), h.Code)}
}

// recall writes anew what a record is called by its fields, where it has changed.
func (rs *Records) recall(ctx context.Context, tx *db.Tx, p *profile.Profile, h Head, fields map[string]any) error {
	was := h.Name[p.Main()]
	if rs.call(p, &h, fields); h.Name[p.Main()] == was {
		return nil
	}
	name, err := json.Marshal(h.Name)
	if err != nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.heads()+" SET name = $3, sort_key = $4 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), h.ID, string(name), h.SortKey); err != nil {
		return err
	}
	return rs.reg.Index.Put(ctx, tx, []search.Entry{entryOf(h)})
}

// Created is the audit entry of a new record: the whole of it at once. law is what the right to
// enter it rests on.
func (rs *Records) Created(h Head, fields map[string]any, law string, order audit.Order) audit.Entry {
	whole := map[string]any{"since": h.Since.Format(time.DateOnly)}
	if h.Code != "" {
		whole["code"] = h.Code
	}
	maps.Copy(whole, fields)
	return audit.Entry{
		Action: "create", Object: rs.reg.ID, Target: h.UID, UnitPath: h.Path, Law: law, Order: order,
		Changes: []audit.Change{{Field: audit.Whole, New: whole}},
	}
}
