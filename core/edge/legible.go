package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/tenant"
)

// MostAddress is how long path and query may be, in bytes: they come back in addresses
// that we write.
const MostAddress = 4096

// Bounds of what may be sent, beyond which no field of any form or operation goes;
// most have a narrower one of their own.
const (
	mostHeader = 8192      // bytes of one header
	mostName   = 200       // bytes of a field's name
	mostText   = 10_000    // characters of a field
	mostFields = 5_000     // of a form
	mostSheet  = 256 << 10 // characters of what a form says of itself
	mostFile   = 255       // characters of a file's name
)

// sheetField holds what a form says of itself: the labels of its fields, and choices.
const sheetField = "_form"

// legible refuses at the door what nobody behind it could keep or show: what is no
// text ([fault.Legible]), fields without an end, and a host that is named twice. Behind
// it every text of a request is text.
func (e *Edge) legible(c *fiber.Ctx) error {
	if !oneHost(c) {
		return fiber.ErrBadRequest
	}
	bad := address(c)
	if bad == nil {
		bad = headers(c)
	}
	if bad == nil {
		bad = body(c)
	}
	if bad != nil && !e.unread(c) {
		return bad
	}
	return c.Next()
}

// Illegible is a form that was sent with fields that nobody can keep.
type Illegible struct {
	Action string              // to which it was sent
	Values map[string][]string // without what is no text
	Wrong  *fault.Error        // with the fields
}

// Shown tells the edge on which page a form stands, of which wrong says what nobody can
// keep; empty when its page can say nothing of that. Call it while wiring.
func (e *Edge) Shown(on func(form map[string][]string, wrong *fault.Error) (page string)) {
	e.standsOn = on
}

// unread asks, instead of a form with fields that nobody can keep, for the page that it
// stands on: there it is said beside the fields what is wrong, and the rest is not lost.
func (e *Edge) unread(c *fiber.Ctx) bool {
	if c.Method() != fiber.MethodPost || e.standsOn == nil || From(c) == Foreign {
		return false
	}
	u := &Illegible{Action: c.Path(), Values: map[string][]string{}, Wrong: fault.New(fault.Invalid, "fault.invalid")}
	if !u.read(c) || len(u.Wrong.Fields) == 0 {
		return false
	}
	page, err := url.Parse(e.standsOn(u.Values, u.Wrong))
	if err != nil || page.IsAbs() || page.Host != "" || !strings.HasPrefix(page.Path, "/") || len(page.RequestURI()) > MostAddress || !fault.Legible(page.Path) {
		return false
	}
	Of(c).Illegible = u
	c.Request().ResetBody()
	c.Request().Header.Del(fiber.HeaderContentType)
	c.Method(fiber.MethodGet) // as for HEAD: routing goes on behind these first routes of every method
	c.Request().SetRequestURI(page.RequestURI())
	c.Path(page.Path)
	return true
}

// read reads the fields of a form, and notes what is wrong with each; false for what is no
// form, or one without an end.
func (u *Illegible) read(c *fiber.Ctx) bool {
	note := func(name, value string) bool {
		bad := field(name, value)
		if f := fault.From(bad); f != nil {
			if len(f.Fields) == 0 { // nobody's name of a field
				return false
			}
			if f.Key == "fault.illegible" {
				f.Fields[0].Key = "field.illegible"
			}
			u.Wrong.Fields = append(u.Wrong.Fields, f.Fields...)
		}
		u.Values[name] = append(u.Values[name], legibly(value))
		return true
	}
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case fiber.MIMEApplicationForm:
		n := 0
		for k, v := range c.Request().PostArgs().All() {
			if n++; n > mostFields || !note(string(k), string(v)) {
				return false
			}
		}
		return true
	case fiber.MIMEMultipartForm:
		form, err := c.MultipartForm()
		if err != nil || len(form.Value)+len(form.File) > mostFields {
			return false
		}
		for name, values := range form.Value {
			for _, v := range values {
				if !note(name, v) {
					return false
				}
			}
		}
		for name, files := range form.File {
			for _, f := range files {
				if !note(name, f.Filename) {
					return false
				}
			}
		}
		return true
	}
	return false
}

// oneHost reports whether the request names one host, in one way. A proxy may
// decide by another of two than we do.
func oneHost(c *fiber.Ctx) bool {
	named := 0
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) {
		name, _, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(bytes.TrimRight(name, " \t"), []byte("host")) {
			named++
		}
	}
	host := string(c.Request().Header.Host())
	if named > 1 || strings.ContainsFunc(host, notOfHost) {
		return false
	}
	uri := string(c.Request().Header.RequestURI())
	if strings.HasPrefix(uri, "/") || uri == "*" || uri == "" {
		return !strings.HasPrefix(uri, "//") || string(c.Request().URI().Host()) == "" || tenant.Host(string(c.Request().URI().Host())) == tenant.Host(host)
	}
	whole, err := url.Parse(uri)
	if err == nil && host == "" { // named there alone
		host = whole.Host
	}
	return err == nil && whole.User == nil && (whole.Scheme == "http" || whole.Scheme == "https") && tenant.Host(whole.Host) == tenant.Host(host)
}

// notOfHost are characters that no host name with a port has, "@" above all.
func notOfHost(r rune) bool {
	return r > '~' || r <= ' ' || strings.ContainsRune(`@/\?#%,"'<>{}|^`+"`", r)
}

// address looks at path and query.
func address(c *fiber.Ctx) error {
	if len(c.Request().Header.RequestURI()) > MostAddress {
		return LongAddress(string(c.Request().URI().QueryString()))
	}
	path := string(c.Request().URI().PathOriginal())
	decoded, err := url.PathUnescape(path)
	if err != nil || !fault.Legible(path) || !fault.Legible(decoded) {
		return illegible("")
	}
	for k, v := range c.Request().URI().QueryArgs().All() {
		if err := field(string(k), string(v)); err != nil {
			return err
		}
	}
	return nil
}

// headers looks at what is kept or compared. What browsers say of themselves and of
// where they come from is made legible instead: nobody can mend that.
func headers(c *fiber.Ctx) error {
	h := &c.Request().Header
	var mend []string
	var bad error
	for k, v := range h.All() {
		name := string(k)
		switch {
		case len(v) > mostHeader:
			bad = tooLong(name, mostHeader)
		case fault.Legible(string(v)):
		case name == fiber.HeaderUserAgent, name == fiber.HeaderReferer, name == fiber.HeaderCookie:
			mend = append(mend, name)
		default:
			bad = illegible(name)
		}
	}
	if bad != nil {
		return bad
	}
	for _, name := range mend {
		h.Set(name, legibly(string(h.Peek(name))))
	}
	return nil
}

// legibly leaves out what is no text.
func legibly(s string) string {
	return strings.Map(func(r rune) rune {
		if !fault.Legible(string(r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// body looks at the fields of a form and the texts of JSON.
func body(c *fiber.Ctx) error {
	if len(c.Request().Header.ContentType()) == 0 && len(c.Body()) == 0 {
		return nil
	}
	kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	switch {
	case kind == fiber.MIMEApplicationForm:
		n := 0
		for k, v := range c.Request().PostArgs().All() {
			if n++; n > mostFields {
				return fault.New(fault.Invalid, "fault.bad_request")
			}
			if err := field(string(k), string(v)); err != nil {
				return err
			}
		}
	case kind == fiber.MIMEMultipartForm:
		form, err := c.MultipartForm()
		if err != nil {
			return fault.New(fault.Invalid, "fault.bad_request").WithCause(err)
		}
		return parts(form)
	case strings.HasSuffix(kind, "json"):
		return texts(c.Body())
	}
	return nil
}

func parts(form *multipart.Form) error {
	if len(form.Value)+len(form.File) > mostFields {
		return fault.New(fault.Invalid, "fault.bad_request")
	}
	for name, values := range form.Value {
		for _, v := range values {
			if err := field(name, v); err != nil {
				return err
			}
		}
	}
	for name, files := range form.File {
		for _, f := range files {
			if err := field(name, f.Filename); err != nil {
				return err
			}
			if utf8.RuneCountInString(f.Filename) > mostFile {
				return tooLong(name, mostFile)
			}
		}
	}
	return nil
}

// texts looks at every text of a JSON document, names included. What is no JSON at
// all its reader refuses.
func texts(raw []byte) error {
	if !utf8.Valid(raw) {
		return illegible("")
	}
	if len(raw) <= mostText && !bytes.Contains(raw, []byte(`\u`)) && fault.Legible(string(raw)) {
		return nil // none can be too long
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		if bytes.IndexByte(raw, 0) >= 0 {
			return illegible("")
		}
		return nil //nolint:nilerr // its reader says it better
	}
	return walk("", v)
}

// walk looks at every text of a value, named as the API names fields.
func walk(at string, v any) error {
	switch v := v.(type) {
	case string:
		return field(at, v)
	case []any:
		for i, one := range v {
			if err := walk(at+"."+strconv.Itoa(i), one); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, one := range v {
			if err := field(name, ""); err != nil {
				return err
			}
			if err := walk(strings.TrimPrefix(at+"."+name, "."), one); err != nil {
				return err
			}
		}
	}
	return nil
}

// field looks at one field.
func field(name, value string) error {
	switch {
	case !fault.Legible(name):
		return illegible("")
	case len(name) > mostName:
		return tooLong("", mostName)
	case !fault.Legible(value):
		return illegible(name)
	case name == sheetField && len(value) <= mostSheet:
	case len(value) > mostText && utf8.RuneCountInString(value) > mostText:
		return tooLong(name, mostText)
	}
	return nil
}

func illegible(name string) error {
	f := fault.New(fault.Invalid, "fault.illegible")
	if name != "" {
		f = f.WithField(name, "fault.illegible", nil)
	}
	return f
}

// LongAddress refuses an address beyond [MostAddress] and names what makes it long: of
// its query the value that takes most of it.
func LongAddress(query string) error {
	f := fault.New(fault.Invalid, "fault.address").With("Max", MostAddress).WithNext("fault.next.shorten", "", nil)
	values, _ := url.ParseQuery(query)
	longest, size := "", 0
	for name, all := range values {
		if n := len(strings.Join(all, "")); fault.Legible(name) && len(name) <= mostName && (n > size || n == size && name < longest) {
			longest, size = name, n
		}
	}
	if longest == "" {
		return f
	}
	return f.WithField(longest, "field.address", fault.Args{"Max": MostAddress})
}

func tooLong(name string, most int) error {
	f := fault.New(fault.Invalid, "fault.too_long").With("Max", most)
	if name != "" {
		f = f.WithField(name, "field.too_long", fault.Args{"Max": most})
	}
	return f
}

// asAsked is the status of what could not even be read as a request.
func asAsked(err error) (int, bool) {
	var fe *fiber.Error
	if errors.As(err, &fe) && (fe.Code == fiber.StatusBadRequest || fe.Code == fiber.StatusRequestHeaderFieldsTooLarge) {
		return fe.Code, true
	}
	return 0, false
}
