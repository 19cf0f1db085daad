package ui

import "mektep/core/fault"

// ErrorSpecOf describes the page of a fault.
func ErrorSpecOf(v *View, err error) ErrorSpec {
	x := fault.From(err)
	e := ErrorSpec{Status: x.Kind.Status()}
	switch x.Kind {
	case fault.Denied, fault.Locked:
		why := WhyNotOf(v, err)
		e.Why = &why
		switch x.Check {
		case "undertaking", "second_factor": // not a "no": a step that the person can take now
			e.Title, e.Text = v.T("ui.error.first"), v.T("ui.error.first.text")
		case "closed": // what has ended opens no more
			e.Title, e.Text = v.T("ui.error.closed"), v.T("ui.error.403.text")
		}
	case fault.Internal:
		// Only the general sentence: details belong into the log.
	default:
		e.Title = conflictTitle(v, x)
		words := v.L.Fault(x)
		e.Text = words.Reason
		switch {
		case words.NextURL != "":
			e.Next = &Link{Text: words.NextText, URL: words.NextURL}
		case words.NextText != "":
			e.Text += " " + words.NextText
		}
	}
	return e
}

// conflictTitle heads the page of a conflict that is not "changed meanwhile".
func conflictTitle(v *View, x *fault.Error) string {
	switch x.Key {
	case "gate.reused":
		return v.T("ui.error.409.reused")
	case "gate.repeated":
		return v.T("ui.error.409.repeated")
	default:
		return ""
	}
}

func (e ErrorSpec) title(v *View) string {
	if e.Title != "" {
		return e.Title
	}
	switch e.Status {
	case 401:
		return v.T("ui.error.401")
	case 403:
		return v.T("ui.error.403")
	case 404:
		return v.T("ui.error.404")
	case 409:
		return v.T("ui.error.409")
	case 413:
		return v.T("ui.error.413")
	case 422:
		return v.T("ui.error.422")
	case 423:
		return v.T("ui.error.423")
	case 429:
		return v.T("ui.error.429")
	case 503:
		return v.T("ui.error.503")
	default:
		return v.T("ui.error.500")
	}
}

func (e ErrorSpec) text(v *View) string {
	if e.Text != "" {
		return e.Text
	}
	switch e.Status {
	case 401:
		return v.T("ui.error.401.text")
	case 403:
		return v.T("ui.error.403.text")
	case 404:
		return v.T("ui.error.404.text")
	case 409:
		return v.T("ui.error.409.text")
	case 422:
		return v.T("ui.error.422.text")
	case 423:
		return v.T("ui.error.423.text")
	case 429:
		return v.T("ui.error.429.text")
	case 503:
		return v.T("ui.error.503.text")
	default:
		return v.T("ui.error.500.text")
	}
}

func (e ErrorSpec) glyph() Glyph {
	switch e.Status {
	case 401, 403, 423:
		return GlyphLock
	case 404:
		return GlyphSearch
	case 409:
		return GlyphConflict
	case 429:
		return GlyphHourglass
	default:
		return GlyphAlert
	}
}

func (e ErrorSpec) back(v *View) string {
	if e.BackURL != "" {
		return e.BackURL
	}
	return v.home()
}

func (e ErrorSpec) backText(v *View) string {
	if e.BackURL != "" {
		return v.T("ui.error.back")
	}
	return v.T("ui.error.home")
}
