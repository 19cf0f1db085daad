package ui

import "strconv"

// htmxConfig keeps htmx inside the content policy (no inline style, no eval),
// keeps pages with personal data out of the browser's storage (shared
// computers), and lets the pages of refusal be shown.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true,"timeout":30000,"scrollIntoViewOnBoost":false,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"(409|422|423|403|404)","swap":true},{"code":"[45]..","swap":false,"error":true}]}`

// current is the value of aria-current.
func current(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

// unread writes a number that has room for two digits.
func unread(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}

func (v *View) searchName() string {
	if v.Search.Name != "" {
		return v.Search.Name
	}
	return "q"
}

func (v *View) searchLabel() string {
	if v.Search.Label != "" {
		return v.Search.Label
	}
	return v.T("ui.search")
}

func (v *View) themeLabel(name string) string {
	switch name {
	case "light":
		return v.T("ui.theme.light")
	case "dark":
		return v.T("ui.theme.dark")
	default:
		return v.T("ui.theme.auto")
	}
}

func themeGlyph(name string) Glyph {
	switch name {
	case "light":
		return GlyphLight
	case "dark":
		return GlyphDark
	default:
		return GlyphDevice
	}
}
