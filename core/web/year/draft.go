package year

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// draft is a school year about to be proposed, as somebody typed it. Its document holds
// what could be read in the form of a calendar file, and what could not as it was typed:
// the service says what is wrong with it, and nothing typed is lost.
type draft struct {
	old    *profile.SchoolYear // in force under the same id; nil: the year is new
	from   *profile.SchoolYear // the year that the form began with
	doc    profile.Document
	of     string
	note   profile.Text
	number string // of the order
	date   string // as typed
	order  audit.Order
	errs   ui.Errors
	key    string
}

// blank is how many empty lines a form offers in each list; the next look at the form
// has as many again.
const blank = 2

// lists are the parts of a school year that have entries, as the form shows them.
var lists = []string{"terms", "breaks", "holidays", "windows"}

// mostRows bounds the entries of a list that a form is read for.
const mostRows = 80

// begin returns the draft for a new year, or for amending the one that is named.
func begin(q *screen.Request) (*draft, error) {
	p := q.Profile()
	d := &draft{note: profile.Text{}, key: screen.NewKey()}
	if id := q.C.Params("year"); id != "" {
		if d.old = p.SchoolYear(id); d.old == nil {
			return nil, fault.New(fault.NotFound, "year.unknown")
		}
		d.from = d.old
	} else {
		years := p.SchoolYears()
		if len(years) == 0 {
			return nil, fault.New(fault.NotFound, "year.unknown")
		}
		d.from = years[len(years)-1].Next()
	}
	d.doc, d.of = d.from.Document(), d.old.Document().Digest()
	delete(d.doc, "amendments")
	return d, nil
}

// drafting shows the form to who may propose a school year.
func (s *screens) drafting(q *screen.Request) error {
	if _, err := q.Gate.Check(q.Context(), "update", calendar.Target()); err != nil {
		return q.Gate.Refused(q.Context(), err)
	}
	d, err := begin(q)
	if err != nil {
		return err
	}
	if d.old != nil && d.old.Provisional() {
		d.doc["status"] = "published"
	}
	return q.Page(draftPage(q, d))
}

// drafted takes what was typed one step further: it is looked over beside what is in
// force, gone back to, or asked for.
func (s *screens) drafted(q *screen.Request) error {
	d, err := begin(q)
	if err != nil {
		return err
	}
	f := q.Form()
	d.read(q, f)
	steps := f.All("step")
	if slices.Contains(steps, "edit") {
		return q.Page(draftPage(q, d))
	}
	p := calendar.Proposal{Year: d.doc, Of: d.of, Note: d.note, Order: d.order}
	if err = f.Faults(); err == nil && slices.Contains(steps, "ask") {
		var r approval.Request
		if r, err = s.calendar.Propose(q.Context(), p); err == nil {
			return &approval.Asked{Request: r}
		}
	} else if err == nil {
		plan, wrong := s.calendar.Review(q.Context(), p)
		if err = wrong; err == nil {
			return q.Page(reviewPage(q, d, plan))
		}
	}
	errs, ok := q.Errors(err)
	if !ok {
		if x := fault.From(err); x == nil || x.Kind != fault.Conflict {
			return err
		}
		// Another version has come into force, or another proposal waits: what was typed
		// stays to be looked at, copied and sent once more.
		errs = ui.ErrorsOf(q.View(), err)
		status := fiber.StatusConflict
		d.errs = errs
		return q.Render(status, draftPage(q, d))
	}
	d.errs = placed(q, d, errs)
	return q.Render(fiber.StatusUnprocessableEntity, draftPage(q, d))
}

// read takes over what was typed.
func (d *draft) read(q *screen.Request, f *screen.Form) {
	d.of, d.key = f.Value("of"), f.Key()
	d.number, d.date = f.Value("order.number"), f.Value("order.date")
	d.order = audit.Order{Number: d.number, Date: f.Day("order.date")}
	for _, tag := range q.Profile().Languages.Official {
		if words := f.Value("note." + tag); words != "" {
			d.note[tag] = words
		}
	}
	set(d.doc, "start", day(q, f.Value("start")))
	set(d.doc, "end", day(q, f.Value("end")))
	set(d.doc, "status", f.Value("status"))
	d.doc["name"] = words(q, f, "name", d.doc["name"])
	for _, list := range lists {
		d.doc[list] = d.rows(q, f, list)
	}
}

// rows reads the entries of a list: those that the form began with, as they were typed,
// and those that were added. What the form does not show of an entry stays as it was.
func (d *draft) rows(q *screen.Request, f *screen.Form, list string) []any {
	base, out, ids := d.from.Document()[list], []any{}, []string{}
	for i := range mostRows {
		at := fmt.Sprintf("%s.%d.", list, i)
		id := f.Value(at + "id")
		if f.Ticked(at+"drop") || id == "" && !begun(f, at) {
			continue
		}
		before, e := entry(base, id), map[string]any{}
		for k, v := range before {
			e[k] = v
		}
		e["id"] = id
		fill[list](q, f, at, e)
		if list == "windows" && before == nil {
			like(e, d.from)
		}
		ids = append(ids, id)
		out = append(out, e)
	}
	for i, e := range out {
		if ids[i] == "" {
			e.(map[string]any)["id"] = fresh(list, ids)
			ids[i] = e.(map[string]any)["id"].(string)
		}
	}
	return out
}

// begun reports whether anything was typed in an empty line.
func begun(f *screen.Form, at string) bool {
	return slices.ContainsFunc(f.Names(), func(name string) bool {
		return strings.HasPrefix(name, at) && f.Value(name) != ""
	})
}

// fresh is an id for a new entry: the list's own word, and the next number.
func fresh(list string, taken []string) string {
	word := map[string]string{"terms": "term", "breaks": "break", "holidays": "holiday", "windows": "window"}[list]
	for n := 1; ; n++ {
		if id := fmt.Sprintf("%s_%d", word, n); !slices.Contains(taken, id) {
			return id
		}
	}
}

// fill reads what the form shows of an entry of each list.
var fill = map[string]func(q *screen.Request, f *screen.Form, at string, e map[string]any){
	"terms": func(q *screen.Request, f *screen.Form, at string, e map[string]any) { span(q, f, at, e) },
	"breaks": func(q *screen.Request, f *screen.Form, at string, e map[string]any) {
		span(q, f, at, e)
		grades := map[string]any{}
		set(grades, "from", number(f.Value(at+"grades.from")))
		set(grades, "to", number(f.Value(at+"grades.to")))
		set(e, "grades", grades)
		set(e, "types", ids(f.Value(at+"types")))
	},
	"holidays": func(q *screen.Request, f *screen.Form, at string, e map[string]any) {
		span(q, f, at, e)
		set(e, "from", f.Value(at+"from"))
		set(e, "until", f.Value(at+"until"))
	},
	"windows": func(q *screen.Request, f *screen.Form, at string, e map[string]any) {
		set(e, "section", f.Value(at+"section"))
		if section, ofTerm, whole := strings.Cut(f.Value(at+"section"), "."); whole && ofTerm != "" {
			delete(e, "term")
			set(e, "section", section+"."+ofTerm)
		}
		set(e, "opens", expression(q, f.Value(at+"opens")))
		set(e, "closes", expression(q, f.Value(at+"closes")))
		set(e, "types", ids(f.Value(at+"types")))
		set(e, "extended_by", f.Value(at+"extended_by"))
	},
}

func span(q *screen.Request, f *screen.Form, at string, e map[string]any) {
	e["name"] = words(q, f, at+"name", e["name"])
	set(e, "start", day(q, f.Value(at+"start")))
	set(e, "end", day(q, f.Value(at+"end")))
}

// like gives a new window what the form does not ask: what is possible after it has
// closed and by which rule, as the other windows of its section have it.
func like(e map[string]any, y *profile.SchoolYear) {
	base, _, _ := strings.Cut(text(e["section"]), ".")
	for _, other := range list(y.Document()["windows"]) {
		if section, _, _ := strings.Cut(text(other["section"]), "."); section == base {
			set(e, "after_close", other["after_close"])
			set(e, "source", other["source"])
			return
		}
	}
}

// words reads a text in the official languages. Another language's words stay while the
// official ones do: changed ones would no longer say the same.
func words(q *screen.Request, f *screen.Form, at string, before any) map[string]any {
	old, _ := before.(map[string]any)
	out, same := map[string]any{}, true
	for _, tag := range q.Profile().Languages.Official {
		typed := f.Value(at + "." + tag)
		same = same && typed == text(old[tag])
		set(out, tag, typed)
	}
	if same {
		for tag, w := range old {
			out[tag] = w
		}
	}
	return out
}

// set puts what is there; what is empty stands in no calendar file.
func set(e map[string]any, key string, v any) {
	switch x := v.(type) {
	case nil:
	case string:
		if x != "" {
			e[key] = x
			return
		}
	case []any:
		if len(x) > 0 {
			e[key] = x
			return
		}
	case map[string]any:
		if len(x) > 0 {
			e[key] = x
			return
		}
	default:
		e[key] = x
		return
	}
	delete(e, key)
}

// day is a date as the reader's language writes it, in the form of a calendar file; what
// cannot be read stays as it was typed.
func day(q *screen.Request, typed string) string {
	if t, err := q.L.ParseDate(typed); err == nil && typed != "" {
		return profile.DateOf(t).String()
	}
	return typed
}

func number(typed string) any {
	if n, err := strconv.Atoi(typed); err == nil {
		return n
	}
	return typed
}

func ids(typed string) []any {
	var out []any
	for _, id := range strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }) {
		out = append(out, id)
	}
	return out
}

var clockTime = regexp.MustCompile(`\s+\d{1,2}:\d{2}$`)

// expression reads when a window opens or closes: a day of the year's own (term_1.end +
// 10d 18:00), or a date as the reader's language writes it.
func expression(q *screen.Request, typed string) string {
	at := clockTime.FindString(typed)
	if d := strings.TrimSuffix(typed, at); d != "" {
		if t, err := q.L.ParseDate(d); err == nil {
			return profile.DateOf(t).String() + at
		}
	}
	return typed
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func list(v any) (out []map[string]any) {
	items, _ := v.([]any)
	for _, i := range items {
		if m, ok := i.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func entry(v any, id string) map[string]any {
	for _, e := range list(v) {
		if id != "" && text(e["id"]) == id {
			return e
		}
	}
	return nil
}

// placed puts every finding to a field that the form has: one about a whole line goes to
// the line's first date, one about a language to that language's words.
func placed(q *screen.Request, d *draft, errs ui.Errors) ui.Errors {
	main := q.Profile().Main()
	for i := range errs {
		errs[i].Name = place(errs[i].Name, main)
		// Many lines have fields of the same label: the entry says which is meant.
		name, rest, _ := strings.Cut(errs[i].Name, ".")
		number, _, _ := strings.Cut(rest, ".")
		if k, err := strconv.Atoi(number); err == nil && k < len(list(d.doc[name])) {
			if of := entryName(q, d.from, name, list(d.doc[name])[k]); of != "" {
				errs[i].Text = q.T("year.change_of", "Name", of, "Field", errs[i].Text)
			}
		}
	}
	return errs
}

var (
	aLine = regexp.MustCompile(`^(terms|breaks|holidays|windows)\.\d+$`)
	line  = regexp.MustCompile(`^\w+\.\d+`)
	aItem = regexp.MustCompile(`\.\d+$`)
)

func place(name, main string) string {
	if !aLine.MatchString(name) {
		name = aItem.ReplaceAllString(name, "")
	}
	base, last := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		base, last = name[:i], name[i+1:]
	}
	window := strings.HasPrefix(name, "windows.")
	switch {
	case name == "name" || last == "name" && !window:
		return name + "." + main
	case aLine.MatchString(name) && window, window && slices.Contains([]string{"id", "name", "term", "source", "after_close"}, last):
		return line.FindString(name) + ".section"
	case aLine.MatchString(name):
		return name + ".start"
	case last == "grades":
		return name + ".from"
	case last == "id", last == "source":
		return base + ".start"
	case !strings.Contains(name, ".") && !slices.Contains([]string{"start", "end", "status", "order.number", "order.date"}, name):
		return "start"
	}
	return name
}
