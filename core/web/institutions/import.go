package institutions

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func importURL(uid string) string { return "/institutions/import/" + uid }

// importsPage begins an import and lists those there were.
type importsPage struct {
	formats exchange.Formats
	runs    []*registry.Import
	names   map[string]string
	next    string
	after   string
	errs    ui.Errors
	may     bool
	why     *ui.WhyNotSpec
}

func (s *screens) imports(q *screen.Request) error {
	p, err := s.openImports(q)
	if err != nil {
		return err
	}
	return q.Page(importStart(q, p))
}

func (s *screens) openImports(q *screen.Request) (p importsPage, err error) {
	p.formats = s.Transfer.Formats()
	ctx := q.Context()
	p.after = q.C.Query("after")
	if p.runs, p.next, err = s.Transfer.Imports(ctx, p.after); err != nil {
		return p, err
	}
	var who []string
	for _, i := range p.runs {
		if i.AccountUID != "" && !slices.Contains(who, i.AccountUID) {
			who = append(who, i.AccountUID)
		}
	}
	if p.names, err = s.Identity.Names(ctx, who); err != nil {
		return p, err
	}
	_, refused := q.Gate.Scope(ctx, "import", registry.Institutions)
	if refused == nil {
		_, refused = q.Gate.Scope(ctx, "create", "import")
	}
	p.may, p.why = refused == nil, register.Explained(q, refused)
	return p, nil
}

func (s *screens) upload(q *screen.Request) error {
	form := q.Form()
	content, name, sent := form.File("file")
	var made *registry.Import
	err := error(fault.New(fault.Invalid, "fault.invalid").WithField("file", "import.no_file", nil))
	if sent {
		defer func() { _ = content.Close() }()
		made, err = s.Transfer.Upload(q.Context(), name, content)
	}
	if errs, status, ok := register.FormErrors(q, err); ok {
		p, err := s.openImports(q)
		if err != nil {
			return err
		}
		p.errs = errs
		return q.Render(status, importStart(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(importURL(made.UID), "import.uploaded", "File", made.FileName)
}

// importPage is one import, at the step that it has come to.
type importPage struct {
	*registry.Import
	stands  registry.ImportState // the state as it is to be shown
	run     *jobs.Run            // that works on it or did last; nil: none, or another person's
	columns bool                 // the columns are shown, though a preview stands
	targets []registry.Target
	needed  []*profile.Field // that every institution must have
	chosen  []string
	form    map[string]string
	list    []registry.Finding
	names   map[string]string    // of those who changed what rows were met with, by account
	kind    registry.FindingKind // the findings shown
	from    int
	more    bool
	key     string
	errs    ui.Errors
	may     map[string]bool // apply, undo, cancel, create
}

// atColumns reports whether the reader is at the columns of an import: led back to them from
// its preview, or sending their form from there.
func atColumns(q *screen.Request) bool {
	return q.C.Query("step") == "columns" || strings.HasSuffix(q.C.Path(), "/columns") || strings.HasSuffix(q.C.Path(), "/reading")
}

func (s *screens) openImport(q *screen.Request) (p importPage, err error) {
	ctx := q.Context()
	if p.Import, err = s.Transfer.Import(ctx, q.C.Params("uid")); err != nil {
		return p, err
	}
	p.stands, p.key, p.form, p.may = p.State, screen.NewKey(), map[string]string{}, map[string]bool{}
	if p.Job != "" {
		if p.run, err = s.Jobs.Get(ctx, p.Job); err != nil && fault.KindOf(err) != fault.NotFound {
			return p, err
		}
	}
	// A task that ended without a result leads back to where it began.
	if p.run != nil && p.run.State.Over() {
		switch p.State {
		case registry.Checking:
			p.stands = registry.Matching
		case registry.Applying:
			p.stands = registry.Checked
		case registry.Undoing:
			p.stands = registry.Applied
		}
	}
	for _, action := range []string{"create", "apply", "undo", "cancel"} {
		p.may[action] = q.Can(action, importTarget(p.Import))
	}
	p.columns = p.stands == registry.Matching || p.stands == registry.Checked && atColumns(q)
	if p.columns {
		if p.targets, err = s.Transfer.Targets(ctx); err != nil {
			return p, err
		}
		if p.needed, err = s.Transfer.Needed(ctx); err != nil {
			return p, err
		}
		for id, v := range p.Options.Values {
			p.form["values."+id] = v
		}
		r := p.Options.Reading
		p.form["reading.encoding"], p.form["reading.separator"], p.form["reading.sheet"] = r.Encoding, separatorName(r.Separator), r.Sheet
		p.form["reading.heading"], p.form["reading.no_hidden"] = strconv.Itoa(r.Heading), ticked(r.NoHidden)
		for _, c := range p.Columns {
			p.chosen = append(p.chosen, c.Target)
		}
		v := q.View()
		p.form["since"], p.form["order.date"], p.form["order.number"] = v.Date(p.Options.Since), v.Date(p.Options.OrderDate), p.Options.OrderNumber
		p.form["decimal"], p.form["days"] = p.Options.Decimal, p.Options.Days
		p.form["twins"], p.form["only_new"] = ticked(p.Options.Twins), ticked(p.Options.OnlyNew)
	}
	return p, nil
}

// importTarget is the gate's target of an import: where it was brought.
func importTarget(i *registry.Import) gate.Target {
	return gate.Target{Object: "import", UID: i.UID, Path: i.UnitPath}
}

func ticked(b bool) string {
	if b {
		return "1"
	}
	return ""
}

func (s *screens) importPage(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	whole(q, p.run)
	return s.showImport(q, fiber.StatusOK, p)
}

// showImport shows the step at which an import is, refused or not: a preview with what
// was found.
func (s *screens) showImport(q *screen.Request, status int, p importPage) (err error) {
	if p.stands == registry.Checked && !p.columns {
		p.from, _ = strconv.Atoi(q.C.Query("from"))
		p.from = max(p.from, 0)
		p.kind = registry.FindingKind(q.C.Query("kind"))
		if p.list, p.more, err = s.Transfer.FindingsOf(q.Context(), p.UID, p.kind, p.from); err != nil {
			return err
		}
		var who []string
		for _, f := range p.list {
			if f.By != "" && !slices.Contains(who, f.By) {
				who = append(who, f.By)
			}
		}
		if p.names, err = s.Identity.Names(q.Context(), who); err != nil {
			return err
		}
	}
	return q.Render(status, importStep(q, p))
}

// columnName is the input of a column of the file, from 0, as faults name it.
func columnName(k int) string { return "targets." + strconv.Itoa(k) }

// match takes what the columns mean and has the file checked.
func (s *screens) match(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	form := q.Form()
	targets := make([]string, len(p.Columns))
	for k := range p.Columns {
		targets[k] = form.Value(columnName(k))
	}
	o := registry.ImportOptions{
		Since: form.Day("since"), OrderNumber: form.Value("order.number"), OrderDate: form.Day("order.date"),
		Decimal: form.Value("decimal"), Days: form.Value("days"), Twins: form.Ticked("twins"), OnlyNew: form.Ticked("only_new"),
		Values: map[string]string{}, Places: p.Options.Places, Leave: p.Options.Leave,
	}
	for _, f := range p.needed {
		if v := form.Value("values." + f.ID); v != "" {
			o.Values[f.ID] = v
		}
		p.form["values."+f.ID] = form.Value("values." + f.ID)
	}
	if err = form.Faults(); err == nil {
		_, err = s.Transfer.MatchAndPreview(q.Context(), p.UID, form.Version(), targets, o)
	}
	if errs, status, ok := register.FormErrors(q, err); ok && p.columns {
		p.errs, p.chosen, p.key = errs, targets, form.Key()
		for _, name := range []string{"since", "order.number", "order.date", "decimal", "days", "twins", "only_new"} {
			p.form[name] = form.Value(name)
		}
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(importURL(p.UID), edgeNothing)
}

// separatorName is how a separator is sent: forms cut blanks off.
func separatorName(s string) string {
	if s == "\t" {
		return "tab"
	}
	return s
}

// reread reads the file otherwise, as the form says.
func (s *screens) reread(q *screen.Request) error {
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
		_, err = s.Transfer.Reread(q.Context(), p.UID, form.Version(), how)
	}
	if errs, status, ok := register.FormErrors(q, err); ok && p.columns {
		p.errs, p.key = errs, form.Key()
		for _, name := range []string{"encoding", "separator", "sheet", "heading", "no_hidden"} {
			p.form["reading."+name] = form.Value("reading." + name)
		}
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(importURL(p.UID)+"?step=columns", edgeNothing)
}

// explainPlaces takes what words of the file mean, and has it checked again.
func (s *screens) explainPlaces(q *screen.Request) error {
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
	for k, w := range p.Unplaced {
		name := "places." + strconv.Itoa(k)
		if w.Place = form.Value(name); w.Place != "" {
			sent[len(o.Places)] = name
			o.Places = append(o.Places[:len(o.Places):len(o.Places)], registry.PlaceWord{Level: w.Level, Word: w.Word, In: w.In, Place: w.Place})
		}
		p.form[name] = w.Place
	}
	_, err = s.Transfer.MatchAndPreview(q.Context(), p.UID, form.Version(), targets, o)
	err = renamed(err, sent)
	if errs, status, ok := register.FormErrors(q, err); ok && p.stands == registry.Checked {
		p.errs, p.key = errs, form.Key()
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(importURL(p.UID), edgeNothing)
}

// leaveRows takes which lines of the file are no institutions, and has it checked again.
func (s *screens) leaveRows(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	form := q.Form()
	p.form["leave"] = form.Value("leave")
	o, targets := p.Options, make([]string, len(p.Columns))
	for k, c := range p.Columns {
		targets[k] = c.Target
	}
	var fine bool
	if o.Leave, fine = lines(form.Value("leave")); !fine {
		form.Wrong("leave", "import.leave_lines", nil)
	}
	if err = form.Faults(); err == nil {
		_, err = s.Transfer.MatchAndPreview(q.Context(), p.UID, form.Version(), targets, o)
	}
	if errs, status, ok := register.FormErrors(q, err); ok && p.stands == registry.Checked {
		p.errs, p.key = errs, form.Key()
		return s.showImport(q, status, p)
	}
	if err != nil {
		return err
	}
	return q.See(importURL(p.UID), edgeNothing)
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

// step runs one of the acts of an import and leads back to its page. What is
// refused is said there.
func (s *screens) step(do func(q *screen.Request, uid string, version int) error) screen.Handler {
	return func(q *screen.Request) error {
		uid := q.C.Params("uid")
		err := do(q, uid, q.Form().Version())
		if errs, status, ok := register.FormErrors(q, err); ok {
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
		return q.See(importURL(uid), edgeNothing)
	}
}

func (s *screens) check(q *screen.Request) error {
	return s.step(func(q *screen.Request, uid string, version int) error {
		_, err := s.Transfer.Preview(q.Context(), uid, version)
		return err
	})(q)
}

func (s *screens) apply(q *screen.Request) error {
	return s.step(func(q *screen.Request, uid string, version int) error {
		_, err := s.Transfer.Apply(q.Context(), uid, version)
		return err
	})(q)
}

func (s *screens) undo(q *screen.Request) error {
	return s.step(func(q *screen.Request, uid string, version int) error {
		_, err := s.Transfer.Undo(q.Context(), uid, version)
		return err
	})(q)
}

func (s *screens) cancelImport(q *screen.Request) error {
	return s.step(func(q *screen.Request, uid string, version int) error {
		_, err := s.Transfer.Cancel(q.Context(), uid, version)
		return err
	})(q)
}
