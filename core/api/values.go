package api

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/unit"
)

// schemaOf returns the schema of a value's type.
func (a *api) schemaOf(v any) *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}

// Day is a day of the calendar, written 2006-01-02; the empty text is no day.
type Day string

func dayOf(t time.Time) Day {
	if t.IsZero() {
		return ""
	}
	return Day(t.Format(time.DateOnly))
}

func dayOrNone(t *time.Time) Day {
	if t == nil {
		return ""
	}
	return dayOf(*t)
}

// Schema describes it as a date.
func (Day) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-09-01"}}
}

// Time returns midnight UTC of the day. The schema has judged its form; what is
// no day of the calendar is a fault of the field.
func (d Day) time(field string) (time.Time, error) {
	if d == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil || t.Year() < 1000 { // what programs write for no day at all, and slips
		return t, fault.New(fault.Invalid, "api.invalid").WithField(field, "api.field.date", nil)
	}
	return clock.Day(t), nil
}

// momentOrNone leaves out times that are not.
func momentOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

// Order is the official act that something was done on.
type Order struct {
	Number string `json:"number,omitempty" doc:"Number of the order" example:"78/1"`
	Date   Day    `json:"date,omitempty" doc:"Its date"`
}

func (o *Order) act() (audit.Order, error) {
	if o == nil {
		return audit.Order{}, nil
	}
	date, err := o.Date.time("order.date")
	return audit.Order{Number: o.Number, Date: date}, err
}

func orderOf(number string, date time.Time) *Order {
	if number == "" && date.IsZero() {
		return nil
	}
	return &Order{Number: number, Date: dayOf(date)}
}

// placed names the fields of a refusal as the request does: the services know nothing of
// its shape. Those that begin with one of own are the body's, all others stand below at.
func placed(err error, at string, own ...string) error {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return err
	}
	as := *f
	as.Fields = slices.Clone(f.Fields)
	for i, field := range as.Fields {
		if first, _, _ := strings.Cut(field.Name, "."); !slices.Contains(own, first) {
			as.Fields[i].Name = at + "." + field.Name
		}
	}
	return &as
}

// bare is the other way round: the body is what the services call at.
func bare(err error, at string) error {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return err
	}
	as := *f
	as.Fields = slices.Clone(f.Fields)
	for i, field := range as.Fields {
		as.Fields[i].Name = strings.TrimPrefix(field.Name, at+".")
	}
	return &as
}

// Ref names a unit in short.
type Ref struct {
	UID   string            `json:"uid"`
	Level string            `json:"level,omitempty" enum:"ministry,directorate,region,district,institution"`
	Name  map[string]string `json:"name" doc:"By language"`
}

func refOf(u unit.Unit) Ref { return Ref{u.UID, u.Level, u.Name} }

func refs(units []unit.Unit) []Ref {
	out := make([]Ref, len(units))
	for i, u := range units {
		out[i] = refOf(u)
	}
	return out
}

// Path names the thing that an operation is about.
type Path struct {
	UID string `path:"uid" maxLength:"64" doc:"Public id"`
}

// Match carries the version that a change was made from.
type Match struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the record the change was made from" example:"\"3\""`
}

// version reads If-Match. Without it a save could undo another's unseen.
func (m Match) version() (int, error) {
	if m.IfMatch == "" {
		return 0, answered{fault.New(fault.Invalid, "api.if_match"), 428}
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(m.IfMatch, "W/"), `"`))
	if err != nil || n <= 0 {
		return 0, answered{fault.New(fault.Invalid, "api.if_match"), 428}
	}
	return n, nil
}

// etag writes a version as an entity tag.
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// next is the Link header that leads to another page of the same list.
func link(rel, path string, q string) string {
	return "<" + Prefix + path + "?" + q + ">; rel=\"" + rel + "\""
}

// unitOf returns the unit with a public id that a request names in its field "unit".
func (a *api) unitOf(ctx context.Context, uid string) (unit.Unit, error) {
	if uid == "" {
		return unit.Unit{}, fault.New(fault.Invalid, "api.invalid").WithField("unit", "field.required", nil)
	}
	u, err := a.Tree.Get(ctx, uid)
	return u, missing(err, "unit")
}

// missing names the field that says what there is not, or what the caller can't see: the
// operation is there, what one of its fields names is not.
func missing(err error, field string) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.NotFound {
		return err
	}
	return fault.New(fault.Invalid, "api.invalid").WithField(field, f.Key, f.Args)
}

// unlike is the fault of a field that says none of what it may say.
func unlike(field string, may []string) error {
	return fault.New(fault.Invalid, "api.invalid").WithField(field, "api.field.one_of", fault.Args{"Values": strings.Join(may, ", ")})
}

// ids are the ids of a list of the profile.
func ids[T any](list []T, id func(*T) string) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = id(&list[i])
	}
	return out
}
