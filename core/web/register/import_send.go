package register

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/transfer"
	"mektep/core/web/screen"
)

// columnName is the input of a column of the file, from 0, as faults name it.
func columnName(k int) string { return "targets." + strconv.Itoa(k) }

// leftOut is how a column that could be something is said to be left out: nothing said leaves
// it open.
const leftOut = "-"

// asked is what a column could be, and of which it is asked whether it is that, whatever was
// chosen for it; nil where another column is that.
func (p importPage) asked(k int, targets []string) *transfer.Target {
	maybe := p.Columns[k].Maybe
	t := slices.IndexFunc(p.targets, func(t transfer.Target) bool { return t.ID == maybe })
	if t < 0 || targets[k] == "" && slices.Contains(targets, maybe) {
		return nil
	}
	return &p.targets[t]
}

// offered is what a column may hold in several languages, as long as it is not chosen; nil: it holds one
// text, as it seems.
func (p importPage) offered(k int, targets []string) *transfer.Target {
	c := p.Columns[k]
	t := slices.IndexFunc(p.targets, func(t transfer.Target) bool { return t.ID == c.Offer })
	if t < 0 || targets[k] == "" || targets[k] == leftOut || len(intake.Apart(targets[k])) > 1 || p.asked(k, targets) != nil {
		return nil
	}
	return &p.targets[t]
}

// offeredColumns are the columns whose cells may hold a text in several languages, of which nobody has said
// that they do.
func offeredColumns(q *screen.Request, p importPage) []string {
	var out []string
	for k := range p.Columns {
		if p.offered(k, p.chosen) != nil {
			out = append(out, columnLabel(q, p, k))
		}
	}
	return out
}

// undecided reports a column that is asked about and for which nobody has chosen anything yet.
func (p importPage) undecided(k int, targets []string) bool {
	return targets[k] == "" && p.asked(k, targets) != nil
}

// match takes what the columns mean and has the file checked.
func (s *Screens) match(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	form := q.Form()
	targets := make([]string, len(p.Columns))
	for k := range p.Columns {
		targets[k] = form.Value(columnName(k))
	}
	chosen := slices.Clone(targets)
	for k := range p.Columns {
		if p.undecided(k, chosen) {
			form.Wrong(columnName(k), "import.column.undecided", nil)
		}
		if targets[k] == leftOut {
			targets[k] = ""
		}
	}
	o := transfer.Options{
		Since: form.Day("since"), OrderNumber: form.Value("order.number"), OrderDate: form.Day("order.date"),
		Decimal: form.Value("decimal"), Days: form.Value("days"), Twins: form.Ticked("twins"), OnlyNew: form.Ticked("only_new"),
		Values: map[string]string{}, Places: p.Options.Places, Leave: p.Options.Leave,
	}
	for _, id := range p.valued() {
		if v := form.Value("values." + id); v != "" {
			o.Values[id] = v
		}
		p.form["values."+id] = form.Value("values." + id)
	}
	if err = form.Faults(); err == nil {
		_, err = s.Lists.MatchAndPreview(q.Context(), p.UID, form.Version(), targets, o)
	}
	if errs, status, ok := FormErrors(q, err); ok && p.columns {
		p.errs, p.chosen, p.key = errs, chosen, form.Key()
		for _, name := range []string{"since", "order.number", "order.date", "decimal", "days", "twins", "only_new"} {
			p.form[name] = form.Value(name)
		}
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(p.url(), edgeNothing)
}

// valued are the targets of which one value for all rows may be said.
func (p importPage) valued() []string {
	out := make([]string, 0, len(p.forAll)+len(p.needed))
	for _, t := range p.forAll {
		out = append(out, t.ID)
	}
	for _, f := range p.needed {
		out = append(out, f.ID)
	}
	return out
}

// separatorName is how a separator is sent: forms cut blanks off.
func separatorName(s string) string {
	if s == "\t" {
		return "tab"
	}
	return s
}

// reread reads the file otherwise, as the form says.
func (s *Screens) reread(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	form := q.Form()
	how := exchange.Reading{
		Encoding: form.Value("reading.encoding"), Separator: form.Value("reading.separator"), Sheet: form.Value("reading.sheet"), NoHidden: form.Ticked("reading.no_hidden"),
	}
	if how.Separator == "tab" {
		how.Separator = "\t"
	}
	if line := form.Value("reading.heading"); line != "" {
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 {
			form.Wrong("reading.heading", "field.int", nil)
		}
		how.Heading = n
	}
	if how.Sheet != p.Options.Reading.Sheet && how.Heading == p.Options.Reading.Heading {
		how.Heading = 0 // it was that of another sheet
	}
	if err = form.Faults(); err == nil {
		_, err = s.Lists.Reread(q.Context(), p.UID, form.Version(), how)
	}
	if errs, status, ok := FormErrors(q, err); ok && p.columns {
		p.errs, p.key = errs, form.Key()
		for _, name := range []string{"encoding", "separator", "sheet", "heading", "no_hidden"} {
			p.form["reading."+name] = form.Value("reading." + name)
		}
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(p.url()+"?step=columns", edgeNothing)
}

// answer takes what words of the file mean and which of its lines are no institutions, and
// has it checked again.
func (s *Screens) answer(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	form := q.Form()
	o, targets := p.Options, make([]string, len(p.Columns))
	for k, c := range p.Columns {
		targets[k] = c.Target
	}
	sent := map[int]string{} // number among the places → name of its input
	o.Places = slices.Clone(p.Options.Places[p.answered():])
	for k, w := range p.words() {
		name := "places." + strconv.Itoa(k)
		if w.Place = form.Value(name); w.Place != "" {
			sent[len(o.Places)] = name
			o.Places = append(o.Places, transfer.PlaceWord{Level: w.Level, Word: w.Word, In: w.In, Place: w.Place})
		}
		p.form[name] = w.Place
	}
	if p.asksRows() {
		p.form["leave"] = form.Value("leave")
		var fine bool
		if o.Leave, fine = lines(form.Value("leave")); !fine {
			form.Wrong("leave", "import.leave_lines", nil)
		}
	}
	if err = form.Faults(); err == nil {
		_, err = s.Lists.MatchAndPreview(q.Context(), p.UID, form.Version(), targets, o)
	}
	err = renamed(err, sent)
	if errs, status, ok := FormErrors(q, err); ok && p.stands == transfer.Checked {
		p.errs, p.key = errs, form.Key()
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(p.url(), edgeNothing)
}

// lines reads numbers of lines: 12, 14-16.
func lines(s string) (out []int, fine bool) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(",; ", r) }) {
		from, to, span := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		if !span {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, wrong := strconv.Atoi(to)
		if err != nil || wrong != nil || first < 1 || last < first || last-first > 1000 {
			return nil, false
		}
		for n := first; n <= last; n++ {
			out = append(out, n)
		}
	}
	return out, true
}

// renamed calls the places of a refusal as the inputs that they came from.
func renamed(err error, sent map[int]string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	as := *f
	as.Fields = slices.Clone(f.Fields)
	for k := range as.Fields {
		n, number := strings.CutPrefix(as.Fields[k].Name, "places.")
		if at, err := strconv.Atoi(n); number && err == nil && sent[at] != "" {
			as.Fields[k].Name = sent[at]
		}
	}
	return &as
}

// acted runs one of the acts of an import and leads back to its page. What is
// refused is said there.
func (s *Screens) acted(do func(q *screen.Request, uid string, version int) error) screen.Handler {
	return func(q *screen.Request) error {
		uid := q.C.Params("uid")
		err := do(q, uid, q.Form().Version())
		if errs, status, ok := FormErrors(q, err); ok {
			p, err := s.openImport(q)
			if err != nil {
				return err
			}
			p.errs = errs
			return s.showImport(q, status, p)
		}
		if err != nil {
			return err
		}
		return q.See(s.importURL(uid), edgeNothing)
	}
}

func (s *Screens) check(q *screen.Request) error {
	return s.acted(func(q *screen.Request, uid string, version int) error {
		_, err := s.Lists.Preview(q.Context(), uid, version)
		return err
	})(q)
}

func (s *Screens) apply(q *screen.Request) error {
	return s.acted(func(q *screen.Request, uid string, version int) error {
		_, err := s.Lists.Apply(q.Context(), uid, version)
		return err
	})(q)
}

func (s *Screens) undo(q *screen.Request) error {
	return s.acted(func(q *screen.Request, uid string, version int) error {
		_, err := s.Lists.Undo(q.Context(), uid, version)
		return err
	})(q)
}

func (s *Screens) cancelImport(q *screen.Request) error {
	return s.acted(func(q *screen.Request, uid string, version int) error {
		_, err := s.Lists.Cancel(q.Context(), uid, version)
		return err
	})(q)
}
