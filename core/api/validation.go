package api

import (
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"mektep/core/edge"
	"mektep/core/fault"
)

// judged turns what huma says of a request, in English and with the faulty value
// in it, into a fault that says it in the caller's language and repeats no value.
func judged(e *huma.ErrorModel) error {
	switch e.Status {
	case http.StatusUnprocessableEntity:
	case http.StatusRequestEntityTooLarge:
		return edge.TooLarge()
	case http.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "fault.timeout").WithWait(5)
	case http.StatusUnsupportedMediaType:
		return answered{fault.New(fault.Invalid, "api.unsupported"), e.Status}
	case http.StatusBadRequest:
		return answered{fault.New(fault.Invalid, "fault.bad_request"), e.Status}
	default:
		return fault.New(fault.Internal, "fault.internal").WithCause(errors.New("huma: " + e.Detail))
	}
	bad := fault.New(fault.Invalid, "api.invalid")
	for _, d := range e.Errors {
		key, args, property := worded(d.Message)
		bad = bad.WithField(place(d.Location, property), key, args)
	}
	return bad
}

// blanks are the texts that a body must have and that say nothing.
func blanks(v reflect.Value, at string) (out []string) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			out = append(out, blanks(v.Index(i), at+strconv.Itoa(i)+".")...)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case !f.IsExported() || name == "-" || f.Tag.Get("judged") != "": // by a rule, which its service names
			case f.Anonymous && name == "":
				out = append(out, blanks(v.Field(i), at)...)
			case f.Type.Kind() != reflect.String:
				out = append(out, blanks(v.Field(i), at+name+".")...)
			case !strings.Contains(options, "omitempty") && strings.TrimSpace(v.Field(i).String()) == "":
				out = append(out, at+name)
			}
		}
	}
	return out
}

// lacking is the fault of fields that must say something.
func lacking(fields []string) error {
	bad := fault.New(fault.Invalid, "api.invalid")
	for _, name := range fields {
		bad = bad.WithField(name, "field.required", nil)
	}
	return bad
}

// place names the field as the request does: "body." and its like say nothing.
func place(location, property string) string {
	for _, part := range []string{"body", "query", "path", "header"} {
		if location == part && property != "" {
			location = ""
		}
		location = strings.TrimPrefix(location, part+".")
	}
	location = item.ReplaceAllString(location, ".$1")
	if location != "" && property != "" {
		return location + "." + property
	}
	return location + property
}

// item is a place in a list as huma writes it.
var item = regexp.MustCompile(`\[(\d+)\]`)

// phrase is one of huma's messages with the key of ours and the names of the
// arguments in it; "@" is the property that the fault is about.
type phrase struct {
	pattern *regexp.Regexp
	key     string
	args    []string
}

var verb = regexp.MustCompile(`%[vds]`)

func says(message, key string, args ...string) phrase {
	pattern := verb.ReplaceAllString(regexp.QuoteMeta(message), `(.*)`)
	return phrase{regexp.MustCompile(`^` + pattern + `$`), key, args}
}

var phrases = []phrase{
	says(validation.MsgExpectedRequiredProperty, "field.required", "@"),
	says("required %s parameter is missing", "field.required", ""),
	says("cannot read multipart form: %v", "api.field.form", ""),
	says(validation.MsgUnexpectedProperty, "field.unknown"),
	says("unknown query parameter", "api.field.parameter"),
	says(validation.MsgExpectedOneOf, "api.field.one_of", "Values"),
	says(validation.MsgExpectedRFC3339DateTime, "api.field.time"),
	says(validation.MsgExpectedRFC3339Date, "api.field.date"),
	says(validation.MsgExpectedRFC5322Email, "field.email", ""),
	says(validation.MsgExpectedRFC3986URI, "field.url", ""),
	says(validation.MsgExpectedBoolean, "api.field.bool"),
	says(validation.MsgExpectedInteger, "field.int"),
	says("invalid integer", "field.int"),
	says(validation.MsgExpectedNumber, "field.decimal"),
	says(validation.MsgExpectedString, "field.text"),
	says(validation.MsgExpectedArray, "api.field.list"),
	says(validation.MsgExpectedObject, "api.field.object"),
	says(validation.MsgExpectedMinimumNumber, "field.too_small", "Min"),
	says(validation.MsgExpectedMaximumNumber, "field.too_large", "Max"),
	says(validation.MsgExpectedMinLength, "field.too_short", "Min"),
	says(validation.MsgExpectedMaxLength, "field.too_long", "Max"),
	says(validation.MsgExpectedMatchPattern, "api.field.wrong", ""),
	says(validation.MsgExpectedBePattern, "api.field.wrong", ""),
	says(validation.MsgExpectedMaxItems, "api.field.most", "Max"),
}

// worded returns the key for one of huma's messages, its arguments, and the
// property that it names, if any.
func worded(message string) (key string, args fault.Args, property string) {
	for _, p := range phrases {
		m := p.pattern.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		args = fault.Args{}
		for i, name := range p.args {
			switch name {
			case "":
			case "@":
				property = m[i+1]
			default:
				args[name] = m[i+1]
			}
		}
		return p.key, args, property
	}
	return "api.field.wrong", nil, ""
}
