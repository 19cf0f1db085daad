package transfer

import (
	"context"
	"slices"
	"strings"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/record"
	"mektep/core/unit"
)

// Meet finds the record that a row means: by its code, by a value that no two records share, or
// by what it is called in its institution. What could be one of several is asked about.
func (p *plain) Meet(ctx context.Context, row *Row) (out bool, faults []Fault) {
	if row.Code != "" {
		if twice := p.CodeTwice(row); twice != nil {
			faults = append(faults, *twice)
		}
	}
	at := of(row).unit
	if row.Known = p.byCode[row.Code].ID; row.Known == 0 && at != nil {
		row.Known = p.holder(ctx, row, *at)
	}
	if row.Known != 0 {
		if of(row).said != "" && at == nil {
			faults = append(faults, p.where(row)...)
		}
		return false, faults
	}
	title := p.title(row)
	if row.Code != "" || title == "" || at == nil {
		return false, faults
	}
	if _, hidden := p.Allowed(ctx, "view", gate.Target{Object: p.s.Records.ID(), Path: at.Path, Type: at.Type}); hidden != nil {
		return false, faults
	}
	look := namedIn{at.ID, unit.Look(title)}
	if before, twice := p.named[look]; twice && !p.Options.Twins {
		return true, append(faults, Fault{Target: p.s.Called(p.P), Key: "import.row.twin_record_file", Args: fault.Args{"Line": before, "Same": title}, Warn: true})
	}
	p.named[look] = row.Line
	fit := slices.DeleteFunc(slices.Clone(p.here[at.ID]), func(h record.Head) bool {
		return unit.Look(h.Name[p.P.Main()]) != look.look || h.Code != "" && p.Reader.Has(h.Code) || !h.OpenOn(p.Today)
	})
	switch {
	case len(fit) == 1:
		row.Known = fit[0].ID
	case len(fit) > 1 && !p.Options.Twins:
		return true, append(faults, Fault{Target: p.s.Called(p.P), Key: "import.row.twin_record_many", Args: fault.Args{"Count": len(fit), "Same": title}, Warn: true, Known: fit[0].ID})
	}
	return false, faults
}

// holder is the record that has a value of which no two records share one, as a row says it; 0:
// none, or not one alone. Of a field that whoever brings the file may not see there it is not asked.
func (p *plain) holder(ctx context.Context, row *Row, at unit.Unit) (holder int64) {
	for _, id := range p.s.Records.UniqueFields(p.P) {
		group := p.s.Records.Of(p.P).Field(id).Group().ID
		if _, hidden := p.Allowed(ctx, "view", gate.Target{Object: p.s.Records.ID(), Groups: []string{group}, Path: at.Path, Type: at.Type}); hidden != nil {
			continue
		}
		switch has := p.Holder(id, row.Fields[id]); {
		case has == 0 || has == holder:
		case holder != 0:
			return 0
		default:
			holder = has
		}
	}
	return holder
}

// where says of a row which institution it means, or that it means none.
func (p *plain) where(row *Row) []Fault {
	at := of(row)
	k, answered := p.meant[locale.Compact(at.said)]
	switch found := p.units.find(p.means(at.said)); {
	case at.said == "":
		return []Fault{{Target: TargetUnit, Key: "field.required"}}
	case at.unit != nil && answered && p.Answered(k):
		return []Fault{{Target: TargetUnit, Key: "import.row.read_as", Args: fault.Args{"Place": fault.Text(at.unit.Name)}, Warn: true}}
	case at.unit != nil:
		return nil
	case len(found) > 1:
		p.Unmeant(PlaceWord{Level: TargetUnit, Word: intake.Cut(at.said, 80), Rows: 1})
		return []Fault{{Target: TargetUnit, Key: "import.row.many_units"}}
	}
	p.Unmeant(PlaceWord{Level: TargetUnit, Word: intake.Cut(at.said, 80), Rows: 1})
	return []Fault{{Target: TargetUnit, Key: "import.row.unknown_unit"}}
}

// title is what a row calls its record.
func (p *plain) title(row *Row) string {
	var words []string
	for _, id := range p.s.Records.Register().Title {
		if s, is := row.Fields[id].(string); is && s != "" {
			words = append(words, s)
		}
	}
	return strings.Join(words, " ")
}

// Begin asks for an institution, and that the institution is open on the first day.
func (p *plain) Begin(_ context.Context, row *Row) []Fault {
	faults := p.where(row)
	at := of(row).unit
	if at == nil || at.OpenOn(row.Since) {
		return faults
	}
	return append(faults, Fault{Target: TargetUnit, Key: "record.unit_closed", Args: fault.Args{"Unit": fault.Text(at.Name), "Since": row.Since}})
}

// Place is the institution.
func (p *plain) Place(row *Row) (Place, bool) {
	at := of(row).unit
	if at == nil {
		return Place{}, false
	}
	return Place{Path: at.Path, Type: at.Type, Level: at.Level}, true
}

// Entering is what the record is called, and its institution.
func (p *plain) Entering(row *Row) Entering {
	e := Entering{Title: p.title(row)}
	if at := of(row).unit; at != nil {
		e.Places = []fault.Text{at.Name}
	}
	return e
}

// Where is the column of the institution.
func (p *plain) Where(*Row) string { return TargetUnit }

// Refused says why a field was refused.
func (p *plain) Refused(_ context.Context, _ *Row, f fault.Field) Fault {
	if f.Name == "parent" {
		f.Name = TargetUnit
	}
	return Fault{Target: f.Name, Key: f.Key, Args: f.Args}
}

// Beside looks at nothing.
func (p *plain) Beside(context.Context, []*Row, map[int64]record.Record) error { return nil }

// Other is none: a record is what its code says.
func (p *plain) Other(*Row, record.Head) (*Fault, bool) { return nil, false }

// Dated is the institution: a record goes to another by an act of its own.
func (p *plain) Dated(row *Row, h record.Head) []Fault {
	at := of(row).unit
	if at == nil || h.ParentID == nil || at.ID == *h.ParentID {
		return nil
	}
	return []Fault{{Target: TargetUnit, Key: "import.row.dated_unit", Warn: true, Known: h.ID}}
}

// Above is an institution.
func (p *plain) Above(context.Context, record.Head) (string, error) { return unit.Institution, nil }

// Make enters records.
func (p *plain) Make(ctx context.Context, tx *db.Tx, rows []*Row) ([]record.Head, []audit.Entry, error) {
	news := make([]record.Judged, len(rows))
	for k, row := range rows {
		news[k] = record.Judged{Parent: *of(row).unit, Code: row.Code, Since: row.Since, Fields: row.Fields}
	}
	heads, err := p.s.Records.EnterMany(ctx, tx, p.P, news)
	if err != nil {
		return nil, nil, err
	}
	entries := make([]audit.Entry, len(heads))
	for k, h := range heads {
		entries[k] = p.s.Records.Created(h, rows[k].Fields, rows[k].Law, p.Options.Order())
	}
	return heads, entries, nil
}
