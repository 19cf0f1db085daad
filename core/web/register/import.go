package register

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/audit"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/profile"
	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// importsURL is where imports of the register begin, importURL where one is.
func (s *Screens) importsURL() string          { return s.Path + "/import" }
func (s *Screens) importURL(uid string) string { return s.importsURL() + "/" + uid }

// importsPage begins an import and lists those there were.
type importsPage struct {
	*Screens
	formats exchange.Formats
	runs    []*transfer.Import
	names   map[string]string
	next    string
	after   string
	errs    ui.Errors
	may     bool
	why     *ui.WhyNotSpec
}

func (s *Screens) imports(q *screen.Request) error {
	p, err := s.openImports(q)
	if err != nil {
		return err
	}
	return q.Page(importStart(q, p))
}

func (s *Screens) openImports(q *screen.Request) (p importsPage, err error) {
	p.Screens, p.formats = s, s.Lists.Formats()
	ctx := q.Context()
	p.after = q.C.Query("after")
	if p.runs, p.next, err = s.Lists.Imports(ctx, p.after); err != nil {
		return p, err
	}
	var who []string
	for _, i := range p.runs {
		if i.AccountUID != "" && !slices.Contains(who, i.AccountUID) {
			who = append(who, i.AccountUID)
		}
	}
	if p.names, err = s.Identity.NamesOf(ctx, who, audit.Entry{Object: "import"}); err != nil {
		return p, err
	}
	_, refused := q.Gate.Scope(ctx, "import", s.Records.ID())
	if refused == nil {
		_, refused = q.Gate.Scope(ctx, "create", "import")
	}
	p.may, p.why = refused == nil, Explained(q, refused)
	return p, nil
}

func (s *Screens) upload(q *screen.Request) error {
	form := q.Form()
	content, name, sent := form.File("file")
	var made *transfer.Import
	err := error(fault.New(fault.Invalid, "fault.invalid").WithField("file", "import.no_file", nil))
	if sent {
		defer func() { _ = content.Close() }()
		made, err = s.Lists.Upload(q.Context(), name, content)
	}
	if errs, status, ok := FormErrors(q, err); ok {
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
	return q.Done(s.importURL(made.UID), "import.uploaded", "File", made.FileName)
}

// importPage is one import, at the step that it has come to.
type importPage struct {
	*transfer.Import
	of      *Screens
	choices map[string][]transfer.Choice // of the targets that words are picked for
	forAll  []transfer.Target            // of which one value may be said for all rows
	stands  transfer.State               // the state as it is to be shown
	run     *jobs.Run                    // that works on it or did last; nil: none, or another person's
	columns bool                         // the columns are shown, though a preview stands
	targets []transfer.Target
	needed  []*profile.Field // that every record must have
	chosen  []string
	form    map[string]string
	list    []transfer.Finding
	names   map[string]string // of those who changed what rows were met with, by account
	kind    transfer.Kind     // the findings shown
	from    int
	more    bool
	kept    int // findings on all pages
	changes foundPage
	fresh   foundPage // what is to be entered
	key     string
	errs    ui.Errors
	may     map[string]bool // apply, undo, cancel, create
}

func (p importPage) url() string { return p.of.importURL(p.UID) }

// atColumns reports whether the reader is at the columns of an import: led back to them from
// its preview, or sending their form from there.
func atColumns(q *screen.Request) bool {
	return q.C.Query("step") == "columns" || strings.HasSuffix(q.C.Path(), "/columns") || strings.HasSuffix(q.C.Path(), "/reading")
}

func (s *Screens) openImport(q *screen.Request) (p importPage, err error) {
	ctx := q.Context()
	p.of = s
	if p.Import, err = s.Lists.Import(ctx, q.C.Params("uid")); err != nil {
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
		case transfer.Checking:
			p.stands = transfer.Matching
		case transfer.Applying:
			p.stands = transfer.Checked
		case transfer.Undoing:
			p.stands = transfer.Applied
		}
	}
	for _, action := range []string{"create", "apply", "undo", "cancel"} {
		p.may[action] = q.Can(action, importTarget(p.Import))
	}
	if p.targets, err = s.Lists.Targets(ctx, p.Columns...); err != nil {
		return p, err
	}
	p.columns = p.stands == transfer.Matching || p.stands == transfer.Checked && atColumns(q)
	if p.columns {
		if p.needed, err = s.Lists.Needed(ctx); err != nil {
			return p, err
		}
		if p.forAll, err = s.Lists.ForAll(ctx); err != nil {
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
func importTarget(i *transfer.Import) gate.Target {
	return gate.Target{Object: "import", UID: i.UID, Path: i.UnitPath}
}

func ticked(b bool) string {
	if b {
		return "1"
	}
	return ""
}

func (s *Screens) importPage(q *screen.Request) error {
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	q.Anew(p.run != nil && p.run.State.Over(), bar)
	return s.showImport(q, fiber.StatusOK, p)
}

// pick finds what people pick from who say what words mean.
func (p *importPage) pick(q *screen.Request) (err error) {
	p.choices = map[string][]transfer.Choice{}
	for _, w := range p.words() {
		if _, asked := p.choices[w.Level]; asked {
			continue
		}
		if p.choices[w.Level], err = p.of.Lists.Choices(q.Context(), w.Level, q.L); err != nil {
			return err
		}
	}
	return nil
}

// showImport shows the step at which an import is, refused or not: a preview with what
// was found.
func (s *Screens) showImport(q *screen.Request, status int, p importPage) (err error) {
	preview := p.stands == transfer.Checked && !p.columns
	if preview {
		if p.changes, err = s.openFound(q, p.Import, transfer.Changes); err != nil {
			return err
		}
		if p.fresh, err = s.openFound(q, p.Import, transfer.Fresh); err != nil {
			return err
		}
		if err = p.pick(q); err != nil {
			return err
		}
	}
	if preview || p.told() {
		p.from, _ = strconv.Atoi(q.C.Query("from"))
		p.from = max(p.from, 0)
		p.kind = transfer.Kind(q.C.Query("kind"))
		if p.list, p.more, err = s.Lists.FindingsOf(q.Context(), p.UID, p.kind, p.from); err != nil {
			return err
		}
		if p.kept, err = s.Lists.Kept(q.Context(), p.Import, p.kind); err != nil {
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
