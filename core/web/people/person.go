package people

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/consent"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

type personPage struct {
	identity.PersonPage
	self      bool
	signed    []consent.Undertaking
	files     bool // the caller may see what was signed
	superiors []identity.Superior
	why       *ui.WhyNotSpec // why the caller may do nothing here
	appoint   bool
}

func (s *screens) person(q *screen.Request) error {
	ctx := q.Context()
	p := personPage{}
	var err error
	if p.PersonPage, err = s.Identity.Person(ctx, q.C.Params("uid")); err != nil {
		return err
	}
	p.self = q.Caller.Account == p.ID
	if err := s.addSigned(q, &p); err != nil {
		return err
	}
	if p.superiors, err = s.Identity.Superiors(ctx, p.UID); err != nil {
		return err
	}
	_, refused := q.Gate.Scope(ctx, "create", "appointment")
	p.appoint = refused == nil && !p.self
	p.why = s.whyNothing(q, p)
	return q.Page(personScreen(q, p))
}

// addSigned adds the undertakings, where the caller may see them.
func (s *screens) addSigned(q *screen.Request, p *personPage) error {
	path := ""
	for _, a := range p.Appointments {
		if path = a.Unit.Path; q.Can("view", gate.Target{Object: "undertaking", Path: path, Type: a.Unit.Type}) {
			break
		}
	}
	t := gate.Target{Object: "undertaking", Path: path}
	if p.self {
		t.Holds = []string{"self"}
	}
	if !q.Can("view", t) {
		return nil
	}
	p.files = true
	var err error
	p.signed, err = s.Consent.Signed(q.Context(), p.ID, path)
	return err
}

// whyNothing explains, to somebody who may see this account and do nothing about
// it, what stands in the way.
func (s *screens) whyNothing(q *screen.Request, p personPage) *ui.WhyNotSpec {
	m := p.May
	if p.self || m.Correct || m.Block || m.Unblock || m.Reset || m.Invite || len(p.Appointments) == 0 {
		return nil
	}
	for _, may := range m.Dismiss {
		if may {
			return nil
		}
	}
	a := p.Appointments[0]
	t := gate.Target{Object: "appointment", UID: a.UID, Path: a.Unit.Path, Type: a.Unit.Type}
	_, err := q.Gate.Check(q.Context(), "dismiss", t)
	if err != nil {
		return explained(q, err)
	}
	return &ui.WhyNotSpec{Reason: q.T("people.above"), Next: q.T("people.above.next")}
}

// undertaking is the printable copy of what a person signed.
func (s *screens) undertaking(q *screen.Request) error {
	p := personPage{}
	var err error
	if p.PersonPage, err = s.Identity.Person(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	p.self = q.Caller.Account == p.ID
	if err := s.addSigned(q, &p); err != nil {
		return err
	}
	i := slices.IndexFunc(p.signed, func(u consent.Undertaking) bool { return u.UID == q.C.Params("undertaking") })
	if i < 0 {
		return fault.New(fault.NotFound, "consent.no_undertaking")
	}
	return q.Page(undertakingPaper(q, p, p.signed[i]))
}

// history is everything that was done to an account and to the appointments that
// the caller may see.
func (s *screens) history(q *screen.Request) error {
	p, err := s.Identity.Person(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	lines, _, err := s.Trail.Changes(q.Context(), "account", p.UID, "")
	if err != nil {
		return err
	}
	for i, a := range p.Appointments {
		if i == 20 { // nobody reads further
			break
		}
		more, _, err := s.Trail.Changes(q.Context(), "appointment", a.UID, "")
		if err != nil {
			return err
		}
		lines = append(lines, more...)
	}
	slices.SortStableFunc(lines, func(a, b audit.FieldChange) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return cmp.Compare(b.ID, a.ID)
	})
	names, err := s.Identity.Names(q.Context(), actors(lines))
	if err != nil {
		return err
	}
	return q.Page(historyPage(q, p, entries(q, p, lines, names)))
}

func actors(lines []audit.FieldChange) []string {
	var out []string
	for _, l := range lines {
		if l.AccountUID != "" && !slices.Contains(out, l.AccountUID) {
			out = append(out, l.AccountUID)
		}
	}
	return out
}

// entries puts lines that belong to one act together.
func entries(q *screen.Request, p identity.PersonPage, lines []audit.FieldChange, names map[string]string) []ui.Entry {
	var out []ui.Entry
	last := int64(0)
	for _, l := range lines {
		if l.ID != last || len(out) == 0 {
			last = l.ID
			e := ui.Entry{When: local(q, l.At), Who: names[l.AccountUID], What: what(q, p, l.Record), Icon: glyphOfAct(l.Action), Tone: toneOfAct(l.Action)}
			switch {
			case l.System != "":
				e.Who = q.T("people.system")
			case e.Who == "":
				e.Who = q.T("people.somebody")
			}
			e.Order = order(q, identity.Order{Number: l.Order.Number, Date: l.Order.Date})
			out = append(out, e)
		}
		e := &out[len(out)-1]
		if c, ok := change(q, l); ok {
			e.Changes = append(e.Changes, c)
		}
	}
	return out
}

// what names an act: what was done, and for an appointment which.
func what(q *screen.Request, p identity.PersonPage, r audit.Record) string {
	key := "people.did." + r.Object + "." + r.Action
	text := q.T("right." + r.Action)
	if q.L.Knows(key) {
		text = q.T(key)
	}
	for _, a := range p.Appointments {
		if r.Object == "appointment" && a.UID == r.Target {
			return text + ": " + roleName(q, a.Role) + ", " + unitName(q, a.Unit)
		}
	}
	return text
}

// change is one line of a history in words; ids of things are not for readers.
func change(q *screen.Request, l audit.FieldChange) (ui.Change, bool) {
	switch l.Field {
	case "account", "role", "unit", "code":
		return ui.Change{}, false
	}
	label := l.Field
	if key := "people.field." + l.Field; q.L.Knows(key) {
		label = q.T(key)
	}
	c := ui.Change{Label: label, From: value(q, l.Field, l.Old), To: value(q, l.Field, l.New)}
	if !l.Erased.IsZero() {
		c.From, c.To = "", q.T("people.erased", "On", q.View().Date(l.Erased))
	}
	return c, c.From != c.To
}

func value(q *screen.Request, field string, raw json.RawMessage) string {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil || v == nil {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		return strings.Trim(string(raw), `"`)
	}
	switch field {
	case "identified_by":
		return documentName(q, s)
	case "state":
		return stateName(q, s)
	case "since":
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return q.View().Date(t)
		}
	case "until":
		if t, err := time.Parse(time.DateOnly, s); err == nil {
			return q.View().LastDay(t)
		}
	}
	return s
}

func glyphOfAct(action string) ui.Glyph {
	switch action {
	case "create":
		return ui.GlyphAdd
	case "block":
		return ui.GlyphBan
	case "unblock":
		return ui.GlyphUnlock
	case "dismiss":
		return ui.GlyphArchive
	case "reset":
		return ui.GlyphKey
	}
	return ui.GlyphEdit
}

func toneOfAct(action string) ui.Tone {
	switch action {
	case "create", "unblock":
		return ui.Good
	case "block":
		return ui.Bad
	case "dismiss":
		return ui.Warn
	}
	return ui.Neutral
}
