package institutions

import (
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// correctPage lists what is dated of an institution, to choose what is wrong with it.
type correctPage struct {
	registry.Institution
	of    subject
	facts []dated
}

// dated is a dated fact with what the caller may do about it.
type dated struct {
	kind      unit.Kind
	on        time.Time
	value     string
	note      string
	first     bool // of its chain: nothing stands before it
	withdrawn bool // it can be taken back
}

// slipPage is the form that puts one dated fact right, or takes it back.
type slipPage struct {
	registry.Institution
	dated
	of   subject
	back bool // take it back
	life unit.Life
	was  map[string]string
	to   []unit.Unit
	form map[string]string
	key  string
	// version is that of the record from which the form was filled; typed again, it stays.
	version int
	clash   *clash
	errs    ui.Errors
	tongue  []string
}

// datedOf are the dated facts that the caller may put right, kind by kind.
func (s subject) datedOf(q *screen.Request, i registry.Institution, life unit.Life) []dated {
	var out []dated
	for _, k := range s.dated.Facts() {
		if s.dated.MayCorrect(q.Context(), i.Unit, life, k) {
			out = append(out, s.factsOf(q, i, life, k)...)
		}
	}
	return out
}

func (s subject) factsOf(q *screen.Request, i registry.Institution, life unit.Life, k unit.Kind) []dated {
	switch k {
	case unit.OpeningFact: // taken back, a place never was; an institution is closed
		return []dated{{kind: k, on: i.Since, value: q.View().Date(i.Since), first: true, withdrawn: s.object == registry.Units}}
	case unit.ClosingFact:
		if i.Until == nil {
			return nil
		}
		return []dated{{kind: k, on: *i.Until, value: q.View().Date(*i.Until), first: true}}
	}
	facts := life.Of(k)
	out := make([]dated, 0, len(facts))
	for n, f := range facts {
		d := dated{kind: k, on: f.Since, value: factText(q, k, f), note: period(q, f.Since, f.Until), first: n == len(facts)-1}
		d.withdrawn = !d.first
		if f.Order != "" {
			d.note += " · " + q.T("record.order_no", "Number", f.Order)
		}
		out = append(out, d)
	}
	return out
}

func factText(q *screen.Request, k unit.Kind, f unit.Fact) string {
	switch k {
	case unit.NameFact:
		return register.AllNames(q, f.Name) // a renaming may concern one language alone
	case unit.TypeFact:
		return register.TypeName(q, f.Type)
	}
	return q.Text(f.Parent.Name)
}

func (s *screens) correcting(of subject) screen.Handler {
	return func(q *screen.Request) error {
		i, err := of.open(q, q.C.Params("uid"))
		if err != nil {
			return err
		}
		life, err := s.Tree.Life(q.Context(), i.Unit)
		if err != nil {
			return err
		}
		p := correctPage{Institution: i, of: of, facts: of.datedOf(q, i, life)}
		if len(p.facts) == 0 { // says why
			for _, k := range []unit.Kind{unit.NameFact, unit.ClosingFact} {
				if _, err := of.dated.CheckCorrect(q.Context(), i.Unit, life, k); err != nil {
					return q.Gate.Refused(q.Context(), err)
				}
			}
		}
		return q.Page(correctList(q, p))
	}
}

// slip reads the fact that the address names.
func (s *screens) slip(q *screen.Request, of subject, back bool) (slipPage, error) {
	p := slipPage{of: of, back: back, form: map[string]string{}, was: map[string]string{}}
	ctx := q.Context()
	var err error
	if p.Institution, err = of.open(q, q.C.Params("uid")); err != nil {
		return p, err
	}
	kind := unit.Kind(q.C.Params("fact"))
	on, err := time.Parse(time.DateOnly, q.C.Params("on"))
	if err != nil || !slices.Contains(of.dated.Facts(), kind) {
		return p, fault.New(fault.NotFound, "fault.no_page")
	}
	p.dated, p.version = dated{kind: kind, on: on}, p.Version
	if p.life, err = s.Tree.Life(ctx, p.Unit); err != nil {
		return p, err
	}
	p.tongue = nameLanguages(q, p.Name)
	if fact, _ := p.life.Begun(kind, on); fact != nil {
		p.tongue = nameLanguages(q, fact.Name)
		for tag, name := range fact.Name {
			p.was["name."+tag], p.was[register.WasPrefix+"name."+tag] = name, name
		}
		p.was["type"] = fact.Type
	}
	p.was["since"] = q.L.Date(on)
	p.to, err = s.chosen(q, queryAll(q, "to"))
	return p, err
}

// mayMend refuses the form to who may not send it, and where there is nothing to put right.
// Putting it right, the register asks itself.
func (s *screens) mayMend(q *screen.Request, p *slipPage) error {
	if _, err := p.of.dated.CheckCorrect(q.Context(), p.Unit, p.life, p.kind); err != nil {
		return q.Gate.Refused(q.Context(), err)
	}
	for _, d := range p.of.factsOf(q, p.Institution, p.life, p.kind) {
		if d.on.Equal(p.on) && (d.withdrawn || !p.back) {
			p.dated = d
			return nil
		}
	}
	return fault.New(fault.NotFound, "unit.no_fact")
}

// slipping shows the form.
func (s *screens) slipping(of subject, back bool) screen.Handler {
	return func(q *screen.Request) error {
		p, err := s.slip(q, of, back)
		if err == nil {
			err = s.mayMend(q, &p)
		}
		if err != nil {
			return err
		}
		if p.kind == unit.PlaceFact && !back && q.C.Query("choose") == "1" && len(p.to) == 0 {
			return s.choosePlace(q, p)
		}
		for name, v := range p.was {
			p.form[name] = v
		}
		p.key = screen.NewKey()
		return q.Page(slipForm(q, p))
	}
}

func (s *screens) choosePlace(q *screen.Request, p slipPage) error {
	k, err := s.reg.Places.Pick(q, register.Picker{
		Title: q.T("institution.correct.title"), Lead: q.Text(p.Name), Crumbs: p.of.crumbs(q, p.Institution),
		Base: p.of.slipURL(p.UID, p.dated, false) + "?choose=1", Param: "to",
	}, p.of.object, "move", placesOf(q, p.Unit))
	if err != nil {
		return err
	}
	return q.Page(register.PickPage(q, k))
}

// mend puts the fact right, or takes it back.
func (s *screens) mend(of subject, back bool) screen.Handler {
	return func(q *screen.Request) error {
		p, err := s.slip(q, of, back)
		if err != nil {
			return err
		}
		form := q.Form()
		p.key, p.version = form.Key(), form.Version()
		for _, name := range form.Names() {
			p.form[name] = form.Value(name)
		}
		typedOver(form, p.tongue, p.form)
		if p.to, err = s.chosen(q, form.All("to")); err != nil {
			return err
		}
		slip := registry.Slip{Fact: p.kind, On: p.on, Version: form.Version(), Reason: form.Value("reason"), SameName: form.Ticked("same_name")}
		c := registry.Correction{
			Slip: slip, Since: form.Day("since"), Far: form.Meant("far"), Type: p.form["type"],
			Order: audit.Order{Number: form.Value("order.number"), Date: form.Day("order.date")},
		}
		leave, open := settled(form)
		if leave {
			return q.Done(of.url(p.UID), "record.unchanged")
		}
		if err = form.Faults(); err == nil {
			err = open
		}
		if err == nil && back {
			err = p.of.dated.Withdraw(q.Context(), p.UID, slip)
		} else if err == nil {
			err = p.of.dated.Correct(q.Context(), p.UID, p.filled(c))
		}
		if _, _, ok := register.FormErrors(q, err); ok {
			return s.mendAgain(q, p, err)
		}
		if err != nil {
			return err
		}
		if back && p.kind == unit.OpeningFact {
			return q.Done(p.of.url(p.UID), "unit.unentered")
		}
		if back {
			return q.Done(p.of.url(p.UID), "institution.withdrawn")
		}
		return q.Done(p.of.url(p.UID), "institution.put_right")
	}
}

// mendAgain shows the form of a correction as it was sent, with what is wrong, and with
// what others did to the record since it was filled.
func (s *screens) mendAgain(q *screen.Request, p slipPage, wrong error) error {
	typed := p
	p, err := s.slip(q, p.of, p.back)
	if err != nil {
		return err
	}
	p.form, p.key, p.to = typed.form, typed.key, typed.to
	if refused := s.mayMend(q, &p); refused != nil {
		if _, stale := record.AsStale(wrong); stale && fault.KindOf(refused) == fault.NotFound {
			return s.goneMeanwhile(q, p.of, p.UID)
		}
		return refused
	}
	if p.clash, err = s.clashed(q, p.of, p.Institution, wrong, slipTitle(q, p)); err != nil {
		return err
	}
	errs, status, version := p.clash.errors(q, wrong, p.Version)
	p.errs, p.version = slipErrors(errs), version
	askAgain(p.form, wrong)
	return q.Render(status, slipForm(q, p))
}

// filled adds to the correction what the form of its kind asks for.
func (p slipPage) filled(c registry.Correction) registry.Correction {
	if names := typedNames(p.tongue, p.form); p.kind == unit.NameFact && len(names) > 0 {
		c.Name = names
	}
	if p.kind != unit.TypeFact {
		c.Type = ""
	}
	if len(p.to) > 0 {
		c.Parent = p.to[0].UID
	}
	return c
}

// slipErrors names errors as the form's inputs are named.
func slipErrors(errs ui.Errors) ui.Errors {
	for k := range errs {
		switch errs[k].Name {
		case "until":
			errs[k].Name = "since"
		case "parent", "on", "fact":
			errs[k].Name = ""
		}
	}
	return errs
}

func (s subject) slipURL(uid string, d dated, back bool) string {
	do := "/correct/"
	if back {
		do = "/withdraw/"
	}
	return s.url(uid) + do + string(d.kind) + "/" + d.on.Format(time.DateOnly)
}

// kindName is what a dated fact is called.
func kindName(q *screen.Request, k unit.Kind) string { return register.OwnField(q, string(k)) }

// slipInputs ask what should have been entered.
func slipInputs(q *screen.Request, p slipPage) []ui.FieldSpec {
	if p.back {
		return nil
	}
	var out []ui.FieldSpec
	switch p.kind {
	case unit.NameFact:
		out = append(nameInputs(q, p.tongue, p.form), wasNames(p.tongue, p.form)...)
	case unit.TypeFact:
		var level string
		if n := len(p.Place); n > 0 {
			level = p.Place[n-1].Level
		}
		out = []ui.FieldSpec{{Name: "type", Input: ui.Select, Label: q.T("record.type"), Value: p.form["type"], Required: true, Options: typeOptions(q, level)}}
	}
	for _, u := range p.to {
		out = append(out, ui.FieldSpec{Name: "to", Input: ui.Hidden, Value: u.UID})
	}
	label := q.T("record.valid_from")
	switch {
	case p.kind == unit.OpeningFact || p.kind == unit.ClosingFact:
		label = kindName(q, p.kind)
	case p.first: // begins with the institution
		return out
	}
	return append(out, dayInputs(q, p.form, label)...)
}

// slipFacts are what stands.
func slipFacts(q *screen.Request, p slipPage) []ui.Fact {
	out := append([]ui.Fact{{Label: kindName(q, p.kind), Value: p.value, Note: p.note}}, coming(q, p.Unit, p.life)...)
	for _, u := range p.to {
		out = append(out, ui.Fact{Label: q.T("institution.new_place"), Value: q.Text(u.Name), Note: register.LevelName(q, u.Level)})
	}
	return out
}
