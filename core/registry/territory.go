package registry

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// Units is the policy's object of the territory and the ministry's offices.
const Units = "unit"

// KindTerritory is the kind of request by which a second person is asked about a change of
// the territory.
const KindTerritory = "territory"

// Territory keeps the places of a ministry and its offices: every level between the
// ministry and its institutions.
type Territory struct{ *Dated }

var territory = kind{
	object: Units, levels: []string{unit.Directorate, unit.Region, unit.District}, screen: "/units/",
	acts:  []string{"create", "rename", "move", "merge", "close", "reopen", "update", "correct", "withdraw"},
	facts: []unit.Kind{unit.NameFact, unit.PlaceFact, unit.OpeningFact, unit.ClosingFact},
	says: messages{
		invalid: "unit.invalid", unknown: "unit.not_found", closed: "unit.closed",
		openAlready: "unit.open_already", closingStands: "unit.closing_stands",
		noParent: "unit.no_parent", noSuccessor: "unit.no_successor",
		correct: "unit.next.correct", correctClosing: "unit.next.correct_closing", correctedBy: "unit.next.corrected_by",
		reopen: "unit.next.reopen", reopenYourself: "unit.next.reopen_yourself",
	},
}

// Second gives the service the second pair of eyes, while wiring: a change of the territory
// is one of the ministry's set-up, for which a profile may demand two people (TR-IC-1).
func (s *Service) Second(a *approval.Service) {
	s.approvals = a
	a.Register(KindTerritory, approval.Kind{Do: s.Territory.approved, Told: s.Territory.stands})
}

func (d *Dated) needsTwo(ctx context.Context) (bool, error) {
	if d.object == Institutions || d.s.approvals == nil {
		return false, nil
	}
	return d.s.approvals.Needed(ctx)
}

// ask asks for a deed that w has tried: its unit is as it would be.
func (d *Dated) ask(ctx context.Context, tx *db.Tx, deed Deed, w *doing) (*approval.Request, error) {
	u := w.unit
	deed.Order = w.Order // as it was checked and tidied
	args := fault.Args{"Name": fault.Text(u.Name), "Number": deed.Order.Number, "Since": deed.Since}
	subject := deed.UID
	for name, uids := range map[string][]string{"Place": {deed.Parent}, "Heirs": deed.Successors} {
		var names fault.List
		for _, uid := range uids {
			if x, err := d.s.tree.Get(ctx, uid); err == nil {
				names = append(names, fault.Text(x.Name))
			}
		}
		args[name] = names
	}
	switch deed.Do {
	case "create":
		above, err := d.s.tree.Get(ctx, deed.UID)
		if err != nil {
			return nil, err
		}
		subject, args["Place"], args["Name"] = u.Level+" "+u.Code, fault.Text(above.Name), everyName(u.Name)
		args["Code"], args["Level"] = u.Code, levelText(w.profile, u.Level)
	case "rename":
		args["New"] = everyName(renames(w.names, w.Name))
	case "update":
		args["Code"] = deed.Code
	case "correct", "withdraw":
		args["Fact"], args["On"], args["Reason"] = fault.Key("unit.fact."+string(deed.Fact)), deed.On, deed.Reason
		args["To"] = corrected(deed, args)
	}
	key := "approval.asks.unit_" + deed.Do
	if deed.Do == "withdraw" && deed.Fact == unit.OpeningFact {
		before, err := d.s.tree.Get(ctx, deed.UID)
		if err != nil {
			return nil, err
		}
		key, args["Code"] = "approval.asks.unit_unenter", before.Code
	}
	r, err := d.s.approvals.Ask(ctx, tx, approval.Ask{
		Kind: KindTerritory, Payload: deed, Key: key, Args: args, Subject: subject, UnitPath: u.Path, Told: w.told,
	})
	return &r, err
}

// everyName is a name in each language that it has: who agrees to it sees all of it, and
// which language it is changed in.
func everyName(names map[string]string) fault.List {
	var out fault.List
	for _, tag := range slices.Sorted(maps.Keys(names)) {
		key := "unit.name_in"
		if names[tag] == "" {
			key = "unit.name_none_in"
		}
		out = append(out, fault.Phrase{Key: key, Args: fault.Args{"Name": names[tag], "Language": fault.Key("language." + tag)}})
	}
	return out
}

// renames are the names that differ from those before; an empty one is taken away.
func renames(before, now map[string]string) map[string]string {
	out := map[string]string{}
	for tag, name := range now {
		if before[tag] != name {
			out[tag] = name
		}
	}
	for tag := range before {
		if now[tag] == "" {
			out[tag] = ""
		}
	}
	return out
}

// levelText is what a country calls a level of the tree.
func levelText(p *profile.Profile, level string) any {
	if l := p.Level(level); l != nil {
		return fault.Text(l.Name)
	}
	return level
}

// corrected is what a fact becomes by a correction, as far as the deed says something else.
func corrected(deed Deed, args fault.Args) fault.List {
	to := everyName(deed.Name)
	for _, part := range []string{"Place", "Heirs"} {
		if places, ok := args[part].(fault.List); ok {
			to = append(to, places...)
		}
	}
	if !deed.Since.IsZero() {
		to = append(to, deed.Since)
	}
	if deed.Order.Number != "" {
		to = append(to, "№ "+deed.Order.Number)
	}
	return to
}

// approved does a deed, as the person who asked, in the unit of who agreed.
func (t *Territory) approved(ctx context.Context, _ *db.Tx, _ approval.Request, payload json.RawMessage) (approval.Done, error) {
	var deed Deed
	if err := json.Unmarshal(payload, &deed); err != nil {
		return approval.Done{}, errors.New("registry: an approved change of the territory cannot be read")
	}
	_, err := t.done(ctx, deed)
	return approval.Done{}, err
}

// stands tries what is asked for as things are now, and says what goes where by it; or what
// stands against it, which whoever decides cannot put right.
func (t *Territory) stands(ctx context.Context, tx *db.Tx, payload json.RawMessage) ([]fault.Phrase, error) {
	var deed Deed
	if err := json.Unmarshal(payload, &deed); err != nil {
		return nil, errors.New("registry: an asked change of the territory cannot be read")
	}
	var w *doing
	err := tx.Rehearse(ctx, func(ctx context.Context) (err error) {
		w, err = t.run(ctx, tx, deed)
		return err
	})
	if err == nil {
		return w.told, nil
	}
	var reasons fault.List
	if _, stale := record.AsStale(err); stale {
		reasons = fault.List{fault.Key("unit.changed_since")}
	}
	switch f := fault.From(err); f.Kind {
	case fault.Invalid, fault.Conflict, fault.NotFound, fault.Locked:
		for _, x := range f.Fields {
			reasons = append(reasons, fault.Phrase{Key: x.Key, Args: x.Args})
		}
		if reasons == nil {
			reasons = fault.List{fault.Phrase{Key: f.Key, Args: f.Args}}
		}
	case fault.Denied: // the reader's own rights say nothing of the asker's
		return nil, nil
	default:
		return nil, err
	}
	return []fault.Phrase{{Key: approval.Overtaken, Args: fault.Args{"Reasons": reasons}}}, nil
}

// Waits returns the request about a place or an office that waits for a second person, as
// far as the caller may read it: without its message where they may not; nil where none does.
func (t *Territory) Waits(ctx context.Context, uid string) (*approval.Request, error) {
	if t.s.approvals == nil {
		return nil, nil //nolint:nilnil // nothing waits where nobody is asked
	}
	var request string
	err := t.s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		request, err = t.s.approvals.Waits(ctx, tx, KindTerritory, uid)
		return err
	})
	if err != nil || request == "" {
		return nil, err
	}
	r, _, err := t.s.approvals.Payload(ctx, request)
	if fault.KindOf(err) == fault.Denied {
		return &approval.Request{UID: request}, nil
	}
	return &r, err
}

// NewUnit describes a place of the territory, or an office, that is to be.
type NewUnit struct {
	Parent string // public id of the unit above
	Level  string
	Code   string
	Name   map[string]string
	Act
}

// Create enters a place of the territory or an office, on an order, from a day on.
//
// Faults: Invalid with the faulty fields; Conflict for a code that is taken; the gate's;
// *approval.Asked where a second person decides.
func (t *Territory) Create(ctx context.Context, n NewUnit) (unit.Unit, error) {
	return t.done(ctx, Deed{Do: "create", UID: n.Parent, Act: n.Act, Level: n.Level, Code: n.Code, Name: n.Name})
}

func (d *Dated) mayCreate(ctx context.Context, w *doing) (gate.Grant, error) {
	return d.may(ctx, w, "create", w.unit, func(above unit.Unit) gate.Target {
		return gate.Target{Object: d.object, Path: above.Path}
	})
}

func (d *Dated) judgeNew(ctx context.Context, w *doing) error {
	bad := fault.New(fault.Invalid, d.says.invalid)
	level := w.profile.Level(w.Level)
	switch {
	case w.Level == "":
		bad = bad.WithField("level", "field.required", nil)
	case level == nil || !slices.Contains(d.levels, w.Level):
		bad = bad.WithField("level", "unit.wrong_level", nil)
	case !slices.Contains(level.Parents, w.unit.Level):
		bad = bad.WithField("parent", "unit.wrong_place", fault.Args{"Unit": fault.Text(w.unit.Name)})
	}
	w.Name = TidyNames(w.Name)
	for _, f := range Names(w.profile, w.Name) {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	if f, ok := d.code(w.profile, w.Level, w.Code); !ok {
		bad = bad.WithField(f.Name, f.Key, f.Args)
	}
	if w.Since.IsZero() {
		bad = bad.WithField("since", "field.required", nil)
	}
	w.Order, bad = w.Order.Checked(bad, true, d.s.tree.Today(ctx))
	return d.near(ctx, bad, w.Since, w.Far).OrNil()
}

// unitCode is what an official code of a place or an office may look like.
var unitCode = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,39}$`)

// code judges an official code. Without one a place is met by no file and no profile.
func (d *Dated) code(p *profile.Profile, level, code string) (fault.Field, bool) {
	switch {
	case level == unit.Institution:
		return Code(p, code)
	case code == "":
		return fault.Field{Name: "code", Key: "field.required"}, false
	case !unitCode.MatchString(code):
		return fault.Field{Name: "code", Key: "unit.code_form"}, false
	}
	return fault.Field{}, true
}

func (d *Dated) create(ctx context.Context, w *doing) ([]audit.Change, error) {
	above := w.unit
	n := unit.New{Parent: &above, Level: w.Level, Name: w.Name, Code: w.Code, Since: w.Since, Order: w.Order.Number}
	if w.Level == unit.Directorate {
		n.Type = officeKind(w.profile, w.Code)
	}
	u, err := d.s.tree.Create(ctx, n)
	if err != nil {
		return nil, err
	}
	w.unit = u
	return []audit.Change{{Field: audit.Whole, New: map[string]any{
		"name": u.Name, "level": u.Level, "code": u.Code, "since": u.Since.Format(time.DateOnly), "parent": above.UID,
	}}}, nil
}

// officeKind is the kind of an office of the ministry's centre: what the profile says of
// the one with the code.
func officeKind(p *profile.Profile, code string) string {
	if o := p.Directorate(code); o != nil && o.Kind != "" {
		return o.Kind
	}
	return "other"
}

// Get returns a place of the territory, or an office, with the way to it from the ministry.
//
// Faults: NotFound; the gate's.
func (t *Territory) Get(ctx context.Context, uid string) (u unit.Unit, way []unit.Unit, err error) {
	if u, err = t.s.tree.Get(ctx, uid); err != nil {
		return u, nil, err
	}
	if u.Level == unit.Institution {
		return unit.Unit{}, nil, fault.New(fault.NotFound, "unit.not_found")
	}
	if _, err = t.s.gate.Check(ctx, "view", t.Target(u)); err != nil {
		return unit.Unit{}, nil, t.s.gate.Refused(ctx, err)
	}
	way, err = t.s.tree.Way(ctx, u)
	return u, way[:max(len(way)-1, 0)], err
}

// History returns what was done to a place or an office, with who did it, and its dated
// names and places.
//
// Faults: as of Get.
func (t *Territory) History(ctx context.Context, uid, after string) (h History, err error) {
	u, _, err := t.Get(ctx, uid)
	if err != nil {
		return h, err
	}
	if h.Changes, h.Next, err = t.s.trail.Changes(ctx, Units, uid, after); err != nil {
		return h, err
	}
	if after == "" {
		if h.Life, err = t.s.tree.Life(ctx, u); err != nil {
			return h, err
		}
		m, err := t.s.gate.Ministry(ctx)
		if err != nil {
			return h, err
		}
		h.Life.Names = before(h.Life.Names, formerly(m.Profile, u, t.s.tree.Today(ctx)))
	}
	return h, record.NamesShown(ctx, t.s.db, t.s.trail, audit.Entry{Object: Units, Target: u.UID, UnitPath: u.Path}, h.Changes)
}
