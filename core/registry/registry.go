// Package registry keeps the registers; the first of them is that of
// institutions (KG-ER-1): their units with dated names and types, and the
// passport whose fields the country profile declares.
//
// The territory and the ministry's offices ([Territory]) change through the same frame
// ([Dated]) as institutions do: on an order, from a day on, put right or taken back; and a
// country profile that says something else than the ministry's tree makes proposals
// ([Proposal]).
//
// The service asks the gate for every read and write, opens the unit of work,
// and records each change with its old and new value in it. Lists and records go
// by one pipelined round trip; all else by the unit of work.
package registry

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// Object and register of institutions, in policies and profiles.
const Institutions = "institution"

// Service keeps the registers of the ministry that acts in the context.
type Service struct {
	*record.Records
	*Dated    // what an order stands behind, of institutions
	Territory *Territory

	db    *db.DB
	clock *clock.Clock
	gate  *gate.Gate
	trail *audit.Trail
	tree  *unit.Tree

	approvals *approval.Service // nil: nothing needs a second person
	turned    TurnFunc          // nil: nobody is told

	differs *db.Cache[listed, []Proposal] // between territory and profile
}

// TurnFunc is told that other types of an institution are entered than were, in the unit of work
// that enters them.
type TurnFunc func(ctx context.Context, tx *db.Tx, u unit.Unit, was unit.Course) error

// OnTurn has f told, while wiring.
func (s *Service) OnTurn(f TurnFunc) { s.turned = f }

// New returns the service.
func New(d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail, tree *unit.Tree) *Service {
	s := &Service{
		db: d, clock: c, gate: g, trail: trail, tree: tree,
		differs: db.NewCache[listed, []Proposal](d, unit.Changed, differsKept, differsLife),
	}
	s.Dated = &Dated{s, institutions}
	s.Records = record.New(record.Register{
		ID: Institutions, Heads: "unit", Standing: " AND u.level# = 'institution'", Index: unit.Index, Code: "institution_code", Own: ofUnit,
		Says:   record.Messages{Unknown: "institution.not_found", Invalid: "institution.invalid", Closed: "institution.closed"},
		Closed: func(ctx context.Context, h record.Head) error { return s.StaysClosed(ctx, UnitOf(h)) },
	}, d, c, g, trail, tree)
	s.Territory = &Territory{&Dated{s, territory}}
	return s
}

// institutions are the units of the register of institutions.
var institutions = kind{
	object: Institutions, levels: []string{unit.Institution}, screen: "/institutions/",
	acts:  []string{"rename", "retype", "move", "merge", "close", "reopen", "update", "correct", "withdraw"},
	facts: []unit.Kind{unit.NameFact, unit.TypeFact, unit.PlaceFact, unit.OpeningFact, unit.ClosingFact},
	says: messages{
		invalid: "institution.invalid", unknown: "institution.not_found", closed: "institution.closed",
		openAlready: "institution.open_already", closingStands: "institution.closing_stands",
		noParent: "institution.no_parent", noSuccessor: "institution.no_successor",
		correct: "institution.next.correct", correctClosing: "institution.next.correct_closing", correctedBy: "institution.next.corrected_by",
		reopen: "institution.next.reopen", reopenYourself: "institution.next.reopen_yourself",
	},
}

// Institution is an entry of the register.
type Institution struct {
	unit.Unit
	Fields map[string]any // canonical values by field, as JSON carries them; only of groups the caller may see
	Place  []unit.Unit    // the way from the ministry to the unit above, root first
	Groups []string       // ids of the field groups the caller may see
}

// ofUnit are the recorded fields that are not the passport's.
var ofUnit = []string{
	"name", "type", "code", "since", "until", "parent", "successors", "import",
	"went", "entered_from", "holds_from", "reason", AgreedBy,
}

// UnitOf is the unit that is the head of an institution's record.
func UnitOf(h record.Head) unit.Unit {
	return unit.Unit{
		ID: h.ID, UID: h.UID, ParentID: h.ParentID, Path: h.Path, Level: unit.Institution, Type: h.Type, Name: h.Name, Code: h.Code,
		SortKey: h.SortKey, Since: h.Since, Until: h.Until, Version: h.Version,
	}
}

func headOf(u unit.Unit) record.Head {
	return record.Head{
		ID: u.ID, UID: u.UID, ParentID: u.ParentID, Path: u.Path, Type: u.Type, Name: u.Name, Code: u.Code,
		SortKey: u.SortKey, Since: u.Since, Until: u.Until, Version: u.Version,
	}
}

// InstitutionOf is an institution from its record.
func InstitutionOf(r record.Record) Institution {
	return Institution{Unit: UnitOf(r.Head), Fields: r.Fields, Place: r.Place, Groups: r.Groups}
}

func (i Institution) record() record.Record {
	return record.Record{Head: headOf(i.Unit), Fields: i.Fields, Place: i.Place, Groups: i.Groups}
}

// Get returns an institution as the caller may see it. Institutions are public
// facts; reading one is not recorded.
//
// Faults: NotFound; Denied when it lies outside what the caller may view.
func (s *Service) Get(ctx context.Context, uid string) (Institution, error) {
	r, err := s.Records.Get(ctx, uid)
	return InstitutionOf(r), err
}

// GetForUpdate is Get for a caller who wants to change a field group: who may not
// is told so, and who may, rather than that they may not look at it.
func (s *Service) GetForUpdate(ctx context.Context, uid, group string) (Institution, error) {
	r, err := s.Records.GetForUpdate(ctx, uid, group)
	return InstitutionOf(r), err
}

// Update saves fields of one or more groups of an institution: [record.Records.Update].
func (s *Service) Update(ctx context.Context, uid string, version int, fields map[string]any) (Institution, error) {
	r, err := s.Records.Update(ctx, uid, version, fields)
	return InstitutionOf(r), err
}

// Completeness returns what is missing in an institution's passport.
func (s *Service) Completeness(ctx context.Context, i Institution) (record.Completeness, error) {
	return s.Records.Completeness(ctx, i.record())
}

// Target is the gate's target for an institution and field groups of it, for those who
// show or hide what could be done.
func (s *Service) Target(u unit.Unit, groups ...string) gate.Target {
	return s.Dated.Target(u, groups...)
}

// Entry describes an institution to be entered.
type Entry struct {
	Parent string // public id of the unit it belongs to
	Type   string
	Name   map[string]string
	Code   string
	Since  time.Time
	Order  audit.Order
	Fields map[string]any // as typed or as JSON; judged by the profile
	// SameName says that it is another one than that which looks like it.
	SameName bool
}

// Create enters an institution. Everything wrong is found at once.
//
// Faults: Invalid with the faulty fields (ids of the profile's fields, and code,
// type, name, since, parent); Conflict for a code that is taken; the gate's.
func (s *Service) Create(ctx context.Context, n Entry) (Institution, error) {
	var out Institution
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		parent, err := s.tree.Get(ctx, n.Parent)
		if err != nil {
			return fault.New(fault.Invalid, "institution.invalid").WithField("parent", "institution.no_parent", nil)
		}
		grant, err := s.gate.Check(ctx, "create", gate.Target{Object: Institutions, Path: parent.Path, Type: n.Type})
		if err != nil {
			return err
		}
		fields, err := s.judge(m.Profile, &n, parent)
		if err == nil {
			err = s.lasts(ctx, m.Profile, n, parent)
		}
		if err != nil {
			return gate.Cited(err, m.Profile, grant)
		}
		if groups := slices.Sorted(maps.Keys(s.Brought(m.Profile, fields, n.Type, parent.Level, s.clock.Today(m.Profile.Zone)))); len(groups) > 0 {
			if _, err := s.gate.Check(ctx, "update", gate.Target{Object: Institutions, Groups: groups, Path: parent.Path, Type: n.Type}); err != nil {
				return err
			}
		}
		u, err := s.tree.Create(ctx, unit.New{
			Parent: &parent, Level: unit.Institution, Type: n.Type, Name: n.Name, Code: n.Code, Since: n.Since, Order: n.Order.Number,
		})
		if err != nil {
			return err
		}
		if err := s.likeNone(ctx, tx, u, nil, n.SameName); err != nil {
			return gate.Cited(err, m.Profile, grant)
		}
		if err := s.Store(ctx, tx, m.Profile, record.Fresh{Head: headOf(u), Level: parent.Level, Fields: fields}); err != nil {
			return err
		}
		seen, err := s.Answered(ctx, record.Record{Head: headOf(u), Fields: fields})
		if err != nil {
			return err
		}
		out = Institution{Unit: u, Groups: seen.Groups, Fields: seen.Fields}
		return s.trail.Record(ctx, tx, created(u, fields, grant, n.Order))
	}, &out)
	return out, err
}

// created is the audit entry of a new institution: the whole record at once.
func created(u unit.Unit, fields map[string]any, grant gate.Grant, order audit.Order) audit.Entry {
	whole := map[string]any{"name": u.Name, "type": u.Type, "code": u.Code, "since": u.Since.Format(time.DateOnly)}
	for k, v := range fields {
		whole[k] = v
	}
	return audit.Entry{
		Action: "create", Object: Institutions, Target: u.UID, UnitPath: u.Path, Law: grant.Source, Order: order,
		Changes: []audit.Change{{Field: audit.Whole, New: whole}},
	}
}

// judge checks a new institution against the profile and returns its fields in
// canonical form; it tidies the order.
func (s *Service) judge(p *profile.Profile, n *Entry, parent unit.Unit) (map[string]any, error) {
	bad := fault.New(fault.Invalid, "institution.invalid")
	on, today := n.Since, s.clock.Today(p.Zone)
	if n.Since.IsZero() {
		bad = bad.WithField("since", "field.required", nil)
		on = today
	} else if n.Since.After(today) {
		bad = bad.WithField("since", "institution.future", nil)
	}
	typ := p.TypeAt(n.Type, on)
	switch {
	case n.Type == "":
		bad = bad.WithField("type", "field.required", nil)
	case typ == nil:
		key, args := noType(p, n.Type, on)
		bad = bad.WithField("type", key, args)
	case !slices.Contains(p.ParentsOf(typ), parent.Level):
		bad = bad.WithField("parent", "institution.wrong_parent", fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(parent.Name)})
	}
	n.Name = TidyNames(n.Name)
	for _, f := range Names(p, n.Name) {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	if f, ok := Code(p, n.Code); !ok {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	n.Order, bad = n.Order.Checked(bad, true, today)
	fields, faults := p.ValidateRecord(Institutions, record.Facts(n.Fields, n.Type, parent.Level), today) // what it says is so today, since whenever it exists
	for _, f := range faults {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	return fields, bad.OrNil()
}

// lasts refuses a place that ends, or has ended, where it is not decided to which other one
// the institution goes then, or that takes none of its type.
func (s *Service) lasts(ctx context.Context, p *profile.Profile, n Entry, parent unit.Unit) error {
	if parent.Until == nil {
		return nil
	}
	bad := fault.New(fault.Invalid, "institution.invalid")
	ends := newFates(s.tree, s.tree.Today(ctx))
	stays, err := ends.stays(ctx, parent)
	if err != nil {
		return err
	}
	if len(stays) == 0 || !n.Since.Before(*parent.Until) {
		f, _, err := ends.over(ctx, "parent", parent)
		if err != nil {
			return err
		}
		return bad.WithField("parent", f.Key, f.Args)
	}
	last := stays[len(stays)-1].Place
	if typ := p.TypeAt(n.Type, n.Since); !slices.Contains(p.ParentsOf(typ), last.Level) {
		return bad.WithField("parent", "institution.wrong_parent", fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(last.Name)})
	}
	return nil
}

// TidyNames writes names in the one form in which they are kept: composed letters, one
// blank between words, be they parted by a tab or a line, none around; a name of nothing is none.
func TidyNames(names map[string]string) map[string]string {
	if names == nil {
		return nil
	}
	out := make(map[string]string, len(names))
	for tag, name := range names {
		words := strings.FieldsFunc(norm.NFC.String(name), func(r rune) bool { return unicode.Is(unicode.Zs, r) || strings.ContainsRune("\t\n\r", r) })
		if name = strings.Join(words, " "); name != "" {
			out[tag] = name
		}
	}
	return out
}

// Names judges the names of an institution: one in the main official language is
// obligatory; none is longer than 300 letters, has what cannot be seen, has no letter or has
// lost one, is the error of a formula, or mixes alphabets within a word.
func Names(p *profile.Profile, names map[string]string) []fault.Field {
	var faults []fault.Field
	if names[p.Main()] == "" {
		faults = append(faults, fault.Field{Name: "name." + p.Main(), Key: "field.required"})
	}
	for tag, name := range names {
		switch {
		case !slices.Contains(p.Languages.Offered, tag):
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "institution.no_language"})
		case !fault.Plain(name):
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.plain"})
		case exchange.IsBroken(name):
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.broken"})
		case !strings.ContainsFunc(name, unicode.IsLetter):
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.no_letter"})
		case strings.ContainsFunc(name, intake.Drawn):
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.frames"})
		case intake.Signs(p, name) != "":
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.signs", Args: fault.Args{"Signs": intake.Signs(p, name)}})
		case intake.LacksLetter(name):
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.lost_letter"})
		case intake.TwoAlphabets(name) != "":
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.alphabets", Args: fault.Args{"Word": intake.Cut(intake.TwoAlphabets(name), 40)}})
		}
		if len([]rune(name)) > 300 {
			faults = append(faults, fault.Field{Name: "name." + tag, Key: "field.too_long", Args: fault.Args{"Max": 300}})
		}
	}
	return faults
}

// Code judges an institution code by the profile's identifier for it, if it has one; where
// the profile knows none, it may be empty, and is a short text otherwise.
func Code(p *profile.Profile, code string) (fault.Field, bool) {
	id := p.Identifier("institution_code")
	switch {
	case id == nil && len([]rune(code)) > 64:
		return fault.Field{Name: "code", Key: "field.too_long", Args: fault.Args{"Max": 64}}, false
	case id == nil && !fault.Plain(code):
		return fault.Field{Name: "code", Key: "field.plain"}, false
	case id == nil:
		switch bare, spoilt := intake.BareCode(code); {
		case spoilt != "":
			return fault.Field{Name: "code", Key: "field.code_whole"}, false
		case bare != code:
			return fault.Field{Name: "code", Key: "field.code_bare", Args: fault.Args{"Code": bare}}, false
		}
		return fault.Field{}, true
	case code == "":
		return fault.Field{Name: "code", Key: "field.required"}, false
	}
	if err := id.Check(code); err != nil {
		return fault.Field{Name: "code", Key: "field.identifier", Args: fault.Args{"Name": fault.Text(id.Name), "Help": fault.Text(id.Help)}}, false
	}
	return fault.Field{}, true
}
