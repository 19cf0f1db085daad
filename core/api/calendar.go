package api

import (
	"context"
	"net/http"
	"time"

	"mektep/core/approval"
	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// Span is a term, a break or a holiday.
type Span struct {
	ID     string            `json:"id"`
	Name   map[string]string `json:"name" doc:"By language"`
	Start  Day               `json:"start"`
	End    Day               `json:"end" doc:"Last day"`
	Grades []int             `json:"grades,omitempty" doc:"Only for these classes: the first and the last"`
	Types  []string          `json:"types,omitempty" doc:"Only for institutions of these types"`
}

// Year is a school year.
type Year struct {
	ID          string            `json:"id" example:"2026-2027"`
	Name        map[string]string `json:"name" doc:"By language"`
	Provisional bool              `json:"provisional" doc:"Its dates are not published yet"`
	Start       Day               `json:"start"`
	End         Day               `json:"end"`
	Source      string            `json:"source,omitempty" doc:"What it rests on"`
}

// YearDetail is a school year with its terms, breaks, holidays and windows.
type YearDetail struct {
	Year
	Terms    []Span   `json:"terms" nullable:"false"`
	Breaks   []Span   `json:"breaks" nullable:"false"`
	Holidays []Span   `json:"holidays" nullable:"false"`
	Windows  []Window `json:"windows" nullable:"false"`
}

// Window is a time in which a section of the system is open.
type Window struct {
	ID         string            `json:"id"`
	Section    string            `json:"section"`
	Name       map[string]string `json:"name" doc:"By language"`
	Term       string            `json:"term,omitempty" doc:"The term whose data it is about"`
	Types      []string          `json:"types,omitempty" doc:"Only for institutions of these types"`
	State      string            `json:"state" enum:"upcoming,open,closed" doc:"For all institutions; for some types it may be extended, see extensions"`
	Opens      time.Time         `json:"opens"`
	Closes     time.Time         `json:"closes" doc:"With the longest extension that counts for all"`
	Planned    time.Time         `json:"planned" doc:"When it would close without extensions"`
	Extensions []Extension       `json:"extensions" nullable:"false"`
	Source     string            `json:"source,omitempty"`
}

// Extension holds a window open longer.
type Extension struct {
	UID       string     `json:"uid"`
	Year      string     `json:"year"`
	Window    string     `json:"window"`
	Types     []string   `json:"types,omitempty" doc:"For institutions of these types; all when left out"`
	Until     time.Time  `json:"until"`
	Reason    string     `json:"reason"`
	Order     *Order     `json:"order,omitempty"`
	GivenBy   string     `json:"given_by,omitempty"`
	GivenAs   string     `json:"given_as,omitempty"`
	GivenAt   time.Time  `json:"given_at"`
	Cancelled *time.Time `json:"cancelled,omitempty"`
	Told      int        `json:"told" doc:"How many people it was announced to so far"`
	ToldAll   *time.Time `json:"told_all,omitempty" doc:"Since when to all whom it concerns"`
}

func extensionView(e calendar.Extension) Extension {
	out := Extension{
		UID: e.UID, Year: e.Year, Window: e.Window, Types: e.Types, Until: e.Until.UTC(), Reason: e.Reason,
		Order: orderOf(e.Order.Number, e.Order.Date), GivenBy: e.GivenBy, GivenAs: e.GivenAs, GivenAt: e.GivenAt.UTC(),
	}
	out.Told = e.Told
	if e.ToldAll != nil {
		out.ToldAll = momentOrNone(*e.ToldAll)
	}
	if e.Cancelled != nil {
		out.Cancelled = momentOrNone(*e.Cancelled)
	}
	return out
}

func windowView(w calendar.Window, p *profile.Profile) Window {
	out := Window{
		ID: w.ID, Section: w.Section, Name: w.Name, Term: w.Term, Types: w.Types, State: string(w.State), Source: w.Source,
		Opens: w.OpensAt().UTC(), Closes: w.Closes.UTC(), Planned: w.ClosesAt().UTC(), Extensions: make([]Extension, len(w.Extensions)),
	}
	if s := p.Section(w.Section); len(out.Name) == 0 && s != nil {
		out.Name = s.Name
	}
	for i, e := range w.Extensions {
		out.Extensions[i] = extensionView(e)
	}
	return out
}

func yearView(y *profile.SchoolYear) Year {
	return Year{y.ID, y.Name, y.Provisional(), Day(y.Start.String()), Day(y.End.String()), y.Source}
}

func span(id string, name profile.Text, start, end profile.Date) Span {
	if end.IsZero() {
		end = start
	}
	return Span{ID: id, Name: name, Start: Day(start.String()), End: Day(end.String())}
}

func (a *api) calendars() {
	type years struct {
		Body struct {
			Items []Year `json:"items" nullable:"false"`
		}
	}
	add(a, operation{id: "list_years", method: http.MethodGet, path: "/years", group: "calendar"},
		func(ctx context.Context, _ *struct{}) (*years, error) {
			p, err := a.calendar(ctx)
			if err != nil {
				return nil, err
			}
			out := &years{}
			out.Body.Items = []Year{}
			for _, y := range p.SchoolYears() {
				out.Body.Items = append(out.Body.Items, yearView(y))
			}
			return out, nil
		})
	type byID struct {
		ID string `path:"id" maxLength:"20" example:"2026-2027"`
	}
	type year struct{ Body YearDetail }
	add(a, operation{id: "get_year", method: http.MethodGet, path: "/years/{id}", group: "calendar"},
		func(ctx context.Context, in *byID) (*year, error) {
			p, err := a.calendar(ctx)
			if err != nil {
				return nil, err
			}
			y := p.SchoolYear(in.ID)
			if y == nil {
				return nil, fault.New(fault.NotFound, "api.no_year")
			}
			d, err := a.yearDetail(ctx, p, y)
			return &year{d}, err
		})
	a.proposals()
	a.extensions()
}

// YearPlan is a school year in the form of a calendar file, to be proposed.
type YearPlan struct {
	Year map[string]any    `json:"year" doc:"In the form of a calendar file of the profile: id, status, name by language, start, end, terms, breaks, holidays, windows. What windows open and close by is a day of the year's own (term_1.end + 10d 18:00) or a plain day"`
	Of   string            `json:"of" maxLength:"64" pattern:"^([0-9a-f]{32})?$" patternDescription:"what get_year_plan gave" doc:"Version of the year in force that it was made from; empty for a new one"`
	Note map[string]string `json:"note,omitempty" doc:"Why a published year is changed, in every official language"`
}

// proposals are how a school year is published or amended: proposed by one person,
// decided by another (see the operations of approvals).
func (a *api) proposals() {
	type byID struct {
		ID string `path:"id" maxLength:"20" example:"2026-2027"`
	}
	type plan struct{ Body YearPlan }
	add(a, operation{id: "get_year_plan", method: http.MethodGet, path: "/years/{id}/plan", group: "calendar"},
		func(ctx context.Context, in *byID) (*plan, error) {
			p, err := a.calendar(ctx)
			if err != nil {
				return nil, err
			}
			y := p.SchoolYear(in.ID)
			if y == nil {
				return nil, fault.New(fault.NotFound, "api.no_year")
			}
			d := y.Document()
			return &plan{YearPlan{Year: d, Of: d.Digest()}}, nil
		})
	type request struct {
		Body struct {
			YearPlan
			Order *Order `json:"order,omitempty" doc:"Obligatory"`
		}
	}
	type answer struct{ Body Waiting }
	add(a, operation{id: "propose_year", method: http.MethodPost, path: "/years", group: "calendar", status: http.StatusAccepted, second: true},
		func(ctx context.Context, in *request) (*answer, error) {
			order, err := in.Body.Order.act()
			if err != nil {
				return nil, err
			}
			r, err := a.Calendar.Propose(ctx, calendar.Proposal{Year: in.Body.Year, Of: in.Body.Of, Note: in.Body.Note, Order: order})
			if err != nil {
				return nil, placed(err, "year", "year", "note", "order", "of")
			}
			return nil, &approval.Asked{Request: r}
		})
}

// calendar returns the profile to who may see the calendar.
func (a *api) calendar(ctx context.Context) (*profile.Profile, error) {
	if _, err := a.Gate.Check(ctx, "view", gate.Target{Object: "calendar"}); err != nil {
		return nil, a.Gate.Refused(ctx, err)
	}
	m, err := a.Gate.Ministry(ctx)
	return m.Profile, err
}

func (a *api) yearDetail(ctx context.Context, p *profile.Profile, y *profile.SchoolYear) (YearDetail, error) {
	d := YearDetail{
		Year: yearView(y), Terms: make([]Span, len(y.Terms)), Breaks: make([]Span, len(y.Breaks)),
		Holidays: make([]Span, len(y.Holidays)), Windows: []Window{},
	}
	for i, t := range y.Terms {
		d.Terms[i] = span(t.ID, t.Name, t.Start, t.End)
	}
	for i, b := range y.Breaks {
		d.Breaks[i] = span(b.ID, b.Name, b.Start, b.End)
		d.Breaks[i].Types = b.Types
		if b.Grades != nil {
			d.Breaks[i].Grades = []int{b.Grades.From, b.Grades.To}
		}
	}
	for i, h := range y.Holidays {
		d.Holidays[i] = span(h.ID, h.Name, h.Start, h.End)
	}
	windows, err := a.Calendar.Windows(ctx, y)
	for _, w := range windows {
		d.Windows = append(d.Windows, windowView(w, p))
	}
	return d, err
}

func (a *api) extensions() {
	type request struct {
		Body struct {
			Year   string    `json:"year" maxLength:"20"`
			Window string    `json:"window" maxLength:"64"`
			Types  []string  `json:"types,omitempty" maxItems:"200" doc:"For institutions of these types; all when left out"`
			Until  time.Time `json:"until"`
			Reason string    `json:"reason" maxLength:"1000" judged:"by the rule that asks for it"`
			Order  *Order    `json:"order,omitempty" doc:"Obligatory"`
		}
	}
	type answer struct {
		Body Extension
	}
	add(a, operation{id: "extend_window", method: http.MethodPost, path: "/extensions", group: "calendar", status: http.StatusCreated},
		func(ctx context.Context, in *request) (*answer, error) {
			b := in.Body
			p, err := a.calendar(ctx)
			if err != nil {
				return nil, err
			}
			if p.SchoolYear(b.Year) == nil {
				return nil, unlike("year", ids(p.SchoolYears(), func(y **profile.SchoolYear) string { return (*y).ID }))
			}
			order, err := b.Order.act()
			if err != nil {
				return nil, err
			}
			e, err := a.Calendar.Extend(ctx, calendar.Extension{
				Year: b.Year, Window: b.Window, Types: b.Types, Until: b.Until, Reason: b.Reason, Order: order,
			})
			if err != nil {
				return nil, missing(err, "window")
			}
			return &answer{extensionView(e)}, nil
		})
	add(a, operation{id: "cancel_extension", method: http.MethodDelete, path: "/extensions/{uid}", group: "calendar"},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			return nil, a.Calendar.Cancel(ctx, in.UID)
		})
}
