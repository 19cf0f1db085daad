package institutions

import (
	"slices"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// actPage is the form of a dated act.
type actPage struct {
	registry.Institution
	of    subject
	act   string
	to    []unit.Unit // new place, or successors
	life  unit.Life
	waits *approval.Request // about it; nil: none
	in    []unit.Lying      // what lies in a place that ends
	goals []unit.Unit       // where it can go
	posts int               // accounts that hold one which ends with it
	form  map[string]string
	key   string
	// version is that of the record from which the form was filled; typed again, it stays.
	version int
	clash   *clash
	errs    ui.Errors
	tongue  []string // languages a name is kept in
}

// openAct reads the institution that an act is to be done to.
func (s *screens) openAct(q *screen.Request, of subject) (actPage, error) {
	p := actPage{of: of, act: q.C.Params("act"), form: map[string]string{}}
	var err error
	if !slices.Contains(of.acts, p.act) {
		return p, fault.New(fault.NotFound, "fault.no_page")
	}
	if p.Institution, err = of.open(q, q.C.Params("uid")); err != nil {
		return p, err
	}
	p.tongue, p.version = nameLanguages(q, p.Name), p.Version
	p.life, err = s.Tree.Life(q.Context(), p.Unit)
	return p, err
}

// mayAct refuses the form of an act to who may not do it, and where there is nothing to
// do. Doing it, the register asks itself.
func (s *screens) mayAct(q *screen.Request, p actPage) error {
	if _, err := q.Gate.Check(q.Context(), p.act, p.of.dated.Target(p.Unit)); err != nil {
		return q.Gate.Refused(q.Context(), err)
	}
	return p.of.dated.Possible(q.Context(), p.Unit, p.act)
}

// nameLanguages are the official languages, and others that the institution has a
// name in already.
func nameLanguages(q *screen.Request, names map[string]string) []string {
	tags := slices.Clone(q.Profile().Languages.Official)
	for _, tag := range q.Profile().Languages.Offered {
		if names[tag] != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (s *screens) acting(of subject) screen.Handler {
	return func(q *screen.Request) error {
		p, err := s.openAct(q, of)
		if err == nil {
			err = s.mayAct(q, p)
		}
		if err != nil {
			return err
		}
		if p.to, err = s.chosen(q, queryAll(q, "to")); err != nil {
			return err
		}
		if need := p.needs(); need != "" && (len(p.to) == 0 || q.C.Query("find") != "" || q.C.Query("in") != "" || q.C.Query("more") != "") {
			return s.choose(q, p, need)
		}
		if err := s.leaving(q, &p); err != nil {
			return err
		}
		if of.object == registry.Units {
			if p.waits, err = s.Registry.Territory.Waits(q.Context(), p.UID); err != nil {
				return err
			}
		}
		for tag, name := range p.Name {
			p.form["name."+tag], p.form[register.WasPrefix+"name."+tag] = name, name
		}
		p.form["code"] = p.Code
		p.key = screen.NewKey()
		return q.Page(actForm(q, p))
	}
}

// needs is what must be chosen before the form: a place or an institution.
func (p actPage) needs() string {
	switch p.act {
	case "move":
		return "place"
	case "merge":
		if p.of.object == registry.Units {
			return "heir"
		}
		return "institution"
	}
	return ""
}

func queryAll(q *screen.Request, name string) []string {
	var out []string
	for _, v := range q.C.Context().QueryArgs().PeekMulti(name) {
		out = append(out, string(v))
	}
	return out
}

// act does it.
func (s *screens) act(of subject) screen.Handler {
	return func(q *screen.Request) error {
		p, err := s.openAct(q, of)
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
		order := audit.Order{Number: form.Value("order.number"), Date: form.Day("order.date")}
		a := registry.Act{Version: form.Version(), Since: form.Day("since"), Far: form.Meant("far"), SameName: form.Ticked("same_name"), Order: order, Rest: form.Value("rest"), Into: p.into()}
		if sinceLabel(q, p.act) == "" {
			a.Since = q.Today()
		}
		leave, open := settled(form)
		if leave {
			return q.Done(of.url(p.UID), "record.unchanged")
		}
		err = form.Faults()
		if err == nil {
			err = open
		}
		if err == nil {
			err = s.do(q, p, a)
		} else if open == nil && a.Since.IsZero() && form.Value("since") == "" {
			err = fault.From(err).WithField("since", "field.required", nil)
		}
		if _, _, ok := register.FormErrors(q, err); ok {
			return s.actAgain(q, p, err)
		}
		if err != nil {
			return err
		}
		return q.Done(p.of.url(p.UID), p.of.words+"acted."+p.act, "Date", q.View().Date(a.Since))
	}
}

// actAgain shows the form of an act as it was sent, with what is wrong, and with what
// others did to the record since it was filled.
func (s *screens) actAgain(q *screen.Request, p actPage, wrong error) (err error) {
	if p.Institution, err = p.of.open(q, p.UID); err != nil {
		return err
	}
	if refused := s.mayAct(q, p); refused != nil {
		return refused
	}
	if p.clash, err = s.clashed(q, p.of, p.Institution, wrong, q.T(p.of.words+"act."+p.act)); err != nil {
		return err
	}
	if err := s.leaving(q, &p); err != nil {
		return err
	}
	errs, status, version := p.clash.errors(q, wrong, p.Version)
	p.errs, p.version = fieldsOf(errs), version
	askAgain(p.form, wrong)
	return q.Render(status, actForm(q, p))
}

func (s *screens) do(q *screen.Request, p actPage, a registry.Act) error {
	ctx := q.Context()
	uids := make([]string, 0, len(p.to))
	for _, u := range p.to {
		uids = append(uids, u.UID)
	}
	switch p.act {
	case "rename":
		return p.of.dated.Rename(ctx, p.UID, typedNames(p.tongue, p.form), a)
	case "retype":
		return p.of.dated.Retype(ctx, p.UID, p.form["type"], a)
	case "move":
		if len(uids) == 0 {
			uids = []string{""}
		}
		return p.of.dated.Move(ctx, p.UID, uids[0], a)
	case "merge":
		if len(uids) == 0 {
			return fault.New(fault.Invalid, "institution.invalid").WithField("successors", "institution.no_successor", nil)
		}
		return p.of.dated.Close(ctx, p.UID, uids, a)
	case "close":
		return p.of.dated.Close(ctx, p.UID, nil, a)
	case "update":
		return p.of.dated.Recode(ctx, p.UID, p.form["code"], a)
	}
	return p.of.dated.Reopen(ctx, p.UID, a)
}

// fieldsOf names errors as the form's inputs are named.
func fieldsOf(errs ui.Errors) ui.Errors {
	for k := range errs {
		switch errs[k].Name {
		case "until":
			errs[k].Name = "since"
		case "parent", "successors", "":
			errs[k].Name = ""
		}
	}
	return errs
}

// actInputs are what the act changes.
func actInputs(q *screen.Request, p actPage) []ui.FieldSpec {
	switch p.act {
	case "rename":
		return append(nameInputs(q, p.tongue, p.form), wasNames(p.tongue, p.form)...)
	case "retype":
		var level string
		if n := len(p.Place); n > 0 {
			level = p.Place[n-1].Level
		}
		return []ui.FieldSpec{{Name: "type", Input: ui.Select, Label: q.T("institution.new_type"), Value: p.form["type"], Required: true, Prompt: q.T("ui.select.none"), Options: typeOptions(q, level)}}
	}
	out := leavingInputs(q, p)
	if p.act == "update" {
		out = append(out, ui.FieldSpec{Name: "code", Label: q.T("record.code"), Value: p.form["code"], Required: true, Width: ui.Third, MaxLength: 40})
	}
	for _, u := range p.to {
		out = append(out, ui.FieldSpec{Name: "to", Input: ui.Hidden, Value: u.UID})
	}
	return out
}

func nameInputs(q *screen.Request, tags []string, form map[string]string) []ui.FieldSpec {
	out := make([]ui.FieldSpec, 0, len(tags))
	for _, tag := range tags {
		out = append(out, ui.FieldSpec{
			Name: "name." + tag, Label: q.T("institution.name_in", "Language", q.Edge.Words().NameOf(tag)), Value: form["name."+tag],
			Required: tag == q.Profile().Main(), Lang: tag, MaxLength: 300,
		})
	}
	return out
}

// wasNames say in a form of names what stood in them when it was filled: only what is changed
// is entered, and what is decided for later stays in the other languages.
func wasNames(tags []string, form map[string]string) []ui.FieldSpec {
	out := make([]ui.FieldSpec, 0, len(tags))
	for _, tag := range tags {
		name := register.WasPrefix + "name." + tag
		out = append(out, ui.FieldSpec{Name: name, Input: ui.Hidden, Value: form[name]})
	}
	return out
}

// typedOver reads from a form of names what stood in them when it was filled.
func typedOver(form *screen.Form, tags []string, into map[string]string) {
	for _, tag := range tags {
		if name := register.WasPrefix + "name." + tag; form.Has(name) {
			into[name] = form.Value(name)
		}
	}
}

// typedNames are the names that were changed in a form; an empty one is taken away.
func typedNames(tags []string, form map[string]string) map[string]string {
	names := map[string]string{}
	for _, tag := range tags {
		if now, was := form["name."+tag], form[register.WasPrefix+"name."+tag]; now != was {
			names[tag] = now
		}
	}
	return names
}

// typeOptions are the types that an institution may have now below a level.
func typeOptions(q *screen.Request, level string) []ui.Option {
	var out []ui.Option
	p := q.Profile()
	for i := range p.TypeGroups {
		for _, t := range p.TypesAt(q.Today()) {
			if t.Group == p.TypeGroups[i].ID && (level == "" || slices.Contains(p.ParentsOf(t), level)) {
				out = append(out, ui.Option{Value: t.ID, Text: q.Text(t.Name), Group: q.Text(p.TypeGroups[i].Name)})
			}
		}
	}
	return out
}

// orderInputs ask from when on and on which order.
func orderInputs(q *screen.Request, form map[string]string, since string) []ui.FieldSpec {
	var out []ui.FieldSpec
	if since != "" {
		out = dayInputs(q, form, since)
	}
	return append(out,
		ui.FieldSpec{Name: "order.number", Label: q.T("record.order.number"), Value: form["order.number"], Required: true, Width: ui.Third, MaxLength: 60, Placeholder: q.T("record.example", "Example", "01-7/245")},
		ui.FieldSpec{Name: "order.date", Input: ui.Date, Label: q.T("record.order.date"), Value: form["order.date"], Required: true, Width: ui.Third},
	)
}

// dayInputs ask from when on, and after a day far ahead whether it is meant.
func dayInputs(q *screen.Request, form map[string]string, label string) []ui.FieldSpec {
	out := []ui.FieldSpec{{Name: "since", Input: ui.Date, Label: label, Value: form["since"], Required: true, Width: ui.Third}}
	if form[askedFar] != "" || form["far"] != "" {
		out = append(out, ui.FieldSpec{Name: "far", Input: ui.Checkbox, Label: q.T("institution.far"), Ticked: form["since"], Value: form["far"]})
	}
	return out
}

// askedFar and askedName note in the values of a form that the day is asked about, or a
// second place of one name.
const (
	askedFar  = "far.asked"
	askedName = "same_name.asked"
)

// askAgain notes what a refusal asks about, for the form to have an answer to it.
func askAgain(form map[string]string, err error) {
	for _, f := range fault.From(err).Fields {
		switch {
		case f.Key == "institution.far_ahead" || f.Key == "institution.far_before":
			form[askedFar] = "1"
		case f.Name == "same_name":
			form[askedName] = "1"
		}
	}
}

// nameAsked asks after a second unit of one name whether it is meant.
func nameAsked(q *screen.Request, object string, form map[string]string) []ui.FieldSpec {
	if form[askedName] == "" && form["same_name"] != "1" {
		return nil
	}
	label := q.T("unit.same_name.meant")
	if object == registry.Institutions {
		label = q.T("institution.twin.meant")
	}
	return []ui.FieldSpec{{Name: "same_name", Input: ui.Checkbox, Label: label, Value: form["same_name"]}}
}

// sinceLabel is what the effective day of an act is called; "" where it has none.
func sinceLabel(q *screen.Request, act string) string {
	switch act {
	case "reopen", "update":
		return ""
	case "close", "merge":
		return q.T("institution.closed_from")
	}
	return q.T("record.valid_from")
}

// present are the facts that the act changes, as they stand.
func present(q *screen.Request, p actPage) []ui.Fact {
	switch p.act {
	case "rename":
		return append([]ui.Fact{{Label: q.T("institution.now"), Value: q.Text(p.Name)}}, register.OtherNames(q, p.Name)...)
	case "retype":
		return []ui.Fact{{Label: q.T("institution.now"), Value: register.TypeName(q, p.Type)}}
	case "move":
		out := []ui.Fact{{Label: q.T("institution.now"), Value: register.PlaceLine(q, p.Place)}}
		for _, u := range p.to {
			out = append(out, ui.Fact{Label: q.T("institution.new_place"), Value: q.Text(u.Name), Note: register.LevelName(q, u.Level), URL: p.of.actURL(p.UID, p.act)})
		}
		return out
	case "merge":
		var out []ui.Fact
		for _, u := range p.to {
			out = append(out, ui.Fact{Label: q.T(p.of.words + "kin.successor"), Value: q.Text(u.Name), Note: kindOf(q, u)})
		}
		return out
	case "reopen":
		if p.Until != nil {
			return []ui.Fact{{Label: q.T("institution.closed_from"), Value: q.View().Date(*p.Until)}}
		}
	}
	return []ui.Fact{{Label: q.T("record.name"), Value: q.Text(p.Name)}, {Label: q.T("record.since"), Value: q.View().Date(p.Since)}}
}
