package profile

import (
	"encoding/json"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"mektep/core/clock"
	"mektep/core/fault"
)

// fieldRules is a field compiled.
type fieldRules struct {
	pattern  *regexp.Regexp
	required *condition
	when     *condition
	check    *condition
	derived  *condition
	latest   Date
}

// longest text a field takes when it names no max.
const (
	maxText     = 300
	maxLongText = 10000
)

// contextKeys are what a record may bring along besides its fields, for
// conditions: of the institution, its type and the level of the unit it hangs on.
var contextKeys = []string{"type", "level"}

// FieldFault says what is wrong with one field: Name is the field's id, Key a
// message key (field.required, field.pattern, …).
type FieldFault = fault.Field

// ValidateRecord judges a record of a register on a day and returns its values
// in canonical form: see Kind. Empty values are left out. The record may bring
// "type" and "level" along for conditions; they are not part of the result.
// Values are those of a form (text) or of JSON.
func (p *Profile) ValidateRecord(register string, record map[string]any, on time.Time) (map[string]any, []FieldFault) {
	r := p.Register(register)
	if r == nil {
		return nil, []FieldFault{{Name: register, Key: "field.unknown"}}
	}
	v := p.newValidation(r, record, DateOf(clock.Day(on)))
	v.read(record)
	v.derive()
	v.judge()
	slices.SortStableFunc(v.faults, func(a, b FieldFault) int { return r.order(a.Name) - r.order(b.Name) })
	return v.values, v.faults
}

func (r *Register) order(id string) int {
	return slices.IndexFunc(r.all, func(f *Field) bool { return f.ID == id })
}

// validation is the work on one record.
type validation struct {
	p      *Profile
	r      *Register
	on     Date
	values map[string]any // canonical
	bad    map[string]bool
	vars   map[string]any // what conditions see
	faults []FieldFault
}

func (p *Profile) newValidation(r *Register, record map[string]any, on Date) *validation {
	v := &validation{p: p, r: r, on: on, values: map[string]any{}, bad: map[string]bool{}}
	v.vars = p.context(r, record, on)
	return v
}

// context returns the names of a condition with every field empty.
func (p *Profile) context(r *Register, record map[string]any, on Date) map[string]any {
	vars := make(map[string]any, len(r.all)+6)
	for _, f := range r.all {
		vars[f.ID] = f.Type.Kind.zero()
	}
	kind, _ := record["type"].(string)
	level, _ := record["level"].(string)
	group := ""
	if t := p.index.types[kind]; t != nil {
		group = t.Group
	}
	vars["type"], vars["type_group"], vars["level"], vars["on"], vars["given"] = kind, group, level, on.Time(), []string{}
	return vars
}

func (v *validation) fault(f *Field, key string, args fault.Args) {
	if v.bad[f.ID] {
		return
	}
	v.bad[f.ID] = true
	if args == nil {
		args = fault.Args{}
	}
	args["Field"] = map[string]string(f.Name) // the renderer picks the language
	v.faults = append(v.faults, FieldFault{Name: f.ID, Key: key, Args: args})
}

func (v *validation) set(f *Field, value any) {
	v.values[f.ID] = value
	given := v.vars["given"].([]string)
	v.vars["given"] = append(given[:len(given):len(given)], f.ID)
	if d, ok := value.(Date); ok {
		v.vars[f.ID] = d.Time()
	} else {
		v.vars[f.ID] = value
	}
}

// read brings every value into canonical form.
func (v *validation) read(record map[string]any) {
	for id, raw := range record {
		if slices.Contains(contextKeys, id) && v.r.fields[id] == nil {
			continue
		}
		f := v.r.fields[id]
		if f == nil {
			v.faults = append(v.faults, FieldFault{Name: id, Key: "field.unknown"})
			continue
		}
		if isEmpty(raw) {
			continue
		}
		value, key, args := f.Canonical(raw, v.on)
		if key != "" {
			v.fault(f, key, args)
			continue
		}
		v.set(f, value)
	}
}

func isEmpty(raw any) bool {
	switch x := raw.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case []string:
		return len(x) == 0
	case []any:
		return len(x) == 0
	case Date:
		return x == 0
	case time.Time:
		return x.IsZero()
	}
	return false
}

// derive computes what follows from other fields; what was typed there is ignored.
func (v *validation) derive() {
	for _, f := range v.r.all {
		if f.rules.derived == nil {
			continue
		}
		delete(v.values, f.ID)
		delete(v.bad, f.ID)
		v.faults = slices.DeleteFunc(v.faults, func(x FieldFault) bool { return x.Name == f.ID })
		out, err := f.rules.derived.eval(v.vars)
		if err != nil {
			v.fault(f, "field.derived", nil)
			continue
		}
		raw := out.Value()
		if isEmpty(raw) {
			continue
		}
		if t, ok := raw.(time.Time); ok {
			raw = DateOf(t)
		}
		value, key, args := f.Canonical(raw, v.on)
		if key != "" {
			v.fault(f, key, args)
			continue
		}
		v.set(f, value)
	}
}

// judge applies the conditions: which fields apply, which must be there, which
// checks they must pass.
func (v *validation) judge() {
	for _, f := range v.r.all {
		_, filled := v.values[f.ID]
		applies, err := f.applies(v.vars, v.on)
		if err != nil {
			v.fault(f, "field.check", nil)
			continue
		}
		if !applies {
			if filled && f.rules.derived == nil {
				v.fault(f, "field.not_applicable", nil)
			}
			delete(v.values, f.ID)
			continue
		}
		if !filled {
			if f.rules.required != nil && !v.bad[f.ID] {
				if must, err := f.rules.required.holds(v.vars); err != nil || must {
					v.fault(f, "field.required", nil)
				}
			}
			continue
		}
		if f.rules.check != nil {
			v.vars["value"] = v.vars[f.ID]
			if ok, err := f.rules.check.holds(v.vars); err != nil || !ok {
				key := "field.check"
				if len(f.CheckNote) > 0 {
					key = "field.note"
				}
				v.fault(f, key, fault.Args{"Note": map[string]string(f.CheckNote)})
			}
			delete(v.vars, "value")
		}
	}
}

// applies reports whether the field is kept on the day for such a record.
func (f *Field) applies(vars map[string]any, on Date) (bool, error) {
	if !f.Holds(on) {
		return false, nil
	}
	for _, c := range []*condition{f.group.when, f.rules.when} {
		if c == nil {
			continue
		}
		if ok, err := c.holds(vars); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// Required reports whether the field must be filled in for a record on a day.
// record holds canonical values and may bring "type" and "level" along. An error
// in the condition means that it must.
func (f *Field) Required(record map[string]any, on time.Time) bool {
	vars, day := f.seen(record, on)
	if ok, err := f.applies(vars, day); err != nil || !ok {
		return err != nil
	}
	if f.rules.required == nil {
		return false
	}
	must, err := f.rules.required.holds(vars)
	return err != nil || must
}

// Applies reports whether the field is kept for a record on a day: a form shows
// it then. An error in the condition means that it is not.
func (f *Field) Applies(record map[string]any, on time.Time) bool {
	vars, day := f.seen(record, on)
	ok, err := f.applies(vars, day)
	return err == nil && ok
}

func (f *Field) seen(record map[string]any, on time.Time) (map[string]any, Date) {
	day := DateOf(clock.Day(on))
	v := f.profile.newValidation(f.profile.index.registers[f.register], record, day)
	v.read(record)
	return v.vars, day
}

// Canonical brings one value into its field's form, or says by message key and
// arguments why it has none. The value is text from a form or a value of JSON.
func (f *Field) Canonical(raw any, on Date) (value any, key string, args fault.Args) {
	p := f.profile
	switch f.Type.Kind {
	case KindInt, KindDecimal:
		return f.number(raw)
	case KindBool:
		if b, ok := toBool(raw); ok {
			return b, "", nil
		}
		return nil, "field.bool", nil
	case KindDate:
		return f.date(raw, on)
	case KindReferences:
		return p.references(f, raw, on)
	}
	s, ok := raw.(string)
	if n, isNumber := raw.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	if !ok || !utf8.ValidString(s) {
		return nil, "field.text", nil
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch f.Type.Kind {
	case KindPhone:
		return phone(s, p.PhoneRegion)
	case KindEmail:
		return email(s)
	case KindURL:
		return webAddress(s)
	case KindReference:
		if !p.hasCode(f.Type.Target, s, on) {
			return nil, "field.reference", nil
		}
		return s, "", nil
	case KindIdentifier:
		i := p.index.identifiers[f.Type.Target]
		if i == nil || !i.valid(i.Normal(s)) {
			var name map[string]string
			if i != nil {
				name = i.Name
			}
			return nil, "field.identifier", fault.Args{"Name": name}
		}
		return i.Normal(s), "", nil
	}
	return f.words(s)
}

func (f *Field) words(s string) (any, string, fault.Args) {
	if f.Type.Kind == KindText {
		s = strings.Join(strings.Fields(s), " ")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		return nil, "field.text", nil
	}
	most := maxText
	if f.Type.Kind == KindLongText {
		most = maxLongText
	}
	if f.Max != nil {
		most = int(*f.Max)
	}
	if n := utf8.RuneCountInString(s); n > most {
		return nil, "field.too_long", fault.Args{"Max": most}
	} else if f.Min != nil && n < int(*f.Min) {
		return nil, "field.too_short", fault.Args{"Min": int(*f.Min)}
	}
	if f.rules.pattern != nil && !f.rules.pattern.MatchString(s) {
		if f.Example == "" {
			return nil, "field.pattern", nil
		}
		return nil, "field.pattern_example", fault.Args{"Example": f.Example}
	}
	return s, "", nil
}

// number reads whole and decimal numbers; a comma may stand for the point, blanks
// may group the digits.
func (f *Field) number(raw any) (any, string, fault.Args) {
	whole := f.Type.Kind == KindInt
	n, ok := toNumber(raw)
	if !ok || whole && n != math.Trunc(n) {
		if whole {
			return nil, "field.int", nil
		}
		return nil, "field.decimal", nil
	}
	if f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max || math.Abs(n) > 1e15 {
		return nil, rangeKey(f.Min, f.Max), fault.Args{"Min": number(f.Min), "Max": number(f.Max)}
	}
	if whole {
		return int64(n), "", nil
	}
	places := 2
	if f.Decimals != nil {
		places = *f.Decimals
	}
	scale := math.Pow10(places)
	return math.Round(n*scale) / scale, "", nil
}

func rangeKey(least, most *float64) string {
	switch {
	case least != nil && most == nil:
		return "field.too_small"
	case least == nil:
		return "field.too_large"
	}
	return "field.range"
}

func number(n *float64) any {
	if n == nil {
		return nil
	}
	return *n
}

var groupedNumber = regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)?$`)

func toNumber(raw any) (float64, bool) {
	switch x := raw.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	case json.Number:
		n, err := x.Float64()
		return n, err == nil
	case string:
		s := strings.Map(func(r rune) rune {
			if r == ' ' || r == '\u00a0' || r == '\u202f' {
				return -1
			}
			return r
		}, strings.TrimSpace(x))
		if !groupedNumber.MatchString(s) || len(s) > 30 {
			return 0, false
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
		return n, err == nil
	}
	return 0, false
}

func toBool(raw any) (value, ok bool) {
	switch x := raw.(type) {
	case bool:
		return x, true
	case string:
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true", "1", "on":
			return true, true
		case "false", "0", "off":
			return false, true
		}
	}
	return false, false
}

func (f *Field) date(raw any, on Date) (any, string, fault.Args) {
	var d Date
	switch x := raw.(type) {
	case Date:
		d = x
	case time.Time:
		d = DateOf(x)
	case string:
		v, err := ParseDate(strings.TrimSpace(x))
		if err != nil {
			return nil, "field.date", nil
		}
		d = v
	default:
		return nil, "field.date", nil
	}
	latest := f.rules.latest
	if f.Latest == "today" {
		latest = on
	}
	switch {
	case f.Earliest != 0 && d < f.Earliest:
		return nil, "field.date_early", fault.Args{"Date": f.Earliest.Time()}
	case latest != 0 && d > latest && f.Latest == "today":
		return nil, "field.date_future", nil
	case latest != 0 && d > latest:
		return nil, "field.date_late", fault.Args{"Date": latest.Time()}
	}
	return d, "", nil
}

func (p *Profile) references(f *Field, raw any, on Date) (any, string, fault.Args) {
	var codes []string
	switch x := raw.(type) {
	case []string:
		codes = x
	case []any:
		for _, v := range x {
			s, ok := v.(string)
			if !ok {
				return nil, "field.reference", nil
			}
			codes = append(codes, s)
		}
	case string: // one cell of a table: codes with commas or semicolons between
		codes = strings.FieldsFunc(x, func(r rune) bool { return r == ',' || r == ';' })
	default:
		return nil, "field.reference", nil
	}
	out := make([]string, 0, len(codes))
	for _, c := range codes {
		c = strings.TrimSpace(c)
		if !p.hasCode(f.Type.Target, c, on) {
			return nil, "field.reference", nil
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, "", nil
}

func phone(s, region string) (any, string, fault.Args) {
	if len(s) > 40 {
		return nil, "field.phone", nil
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return nil, "field.phone", nil
	}
	return phonenumbers.Format(n, phonenumbers.E164), "", nil
}

func email(s string) (any, string, fault.Args) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return nil, "field.email", nil
	}
	at := strings.LastIndexByte(s, '@')
	domain := strings.ToLower(s[at+1:])
	if !strings.Contains(domain, ".") {
		return nil, "field.email", nil
	}
	return s[:at+1] + domain, "", nil
}

// webAddress takes https and http only; an address without scheme gets https.
func webAddress(s string) (any, string, fault.Args) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(u.Hostname(), ".") || u.User != nil || len(s) > 500 || strings.ContainsAny(s, " \n\t<>\"") {
		return nil, "field.url", nil
	}
	u.Host = strings.ToLower(u.Host)
	return u.String(), "", nil
}
