package xlsx

import (
	"encoding/xml"
	"strings"

	"mektep/core/exchange"
)

// run is a part of a text that has a font of its own.
type run struct {
	text   []byte
	styled bool // it says itself how it is drawn: otherwise as its cell is
	struck bool
	moved  bool // raised or lowered
}

// runs are the parts of one text, in their order.
type runs []run

// start takes the tag that begins a part, or that says how it is drawn.
func (r *runs) start(e xml.StartElement) {
	if e.Name.Local == "r" {
		*r = append(*r, run{})
		return
	}
	if len(*r) == 0 {
		return
	}
	switch last := &(*r)[len(*r)-1]; e.Name.Local {
	case "rPr":
		last.styled = true
	case "strike":
		last.struck = drawn(e)
	case "vertAlign":
		at := attr(e, "val")
		last.moved = at == "superscript" || at == "subscript"
	}
}

// text takes letters of the part.
func (r *runs) text(s []byte) {
	if len(*r) > 0 {
		last := &(*r)[len(*r)-1]
		last.text = append(last.text, s...)
	}
}

// drawn reports that a tag says yes: it does unless it says no.
func drawn(e xml.StartElement) bool {
	val := attr(e, "val")
	return val == "" || isTrue(val)
}

// of is how letters of a cell are drawn whose font strikes out, or doesn't: a text of which all
// is raised is the text.
func (r runs) of(text string, struck bool) exchange.Drawn {
	if len(r) == 0 {
		if struck {
			return exchange.Drawn{Whole: true, Struck: text}
		}
		return exchange.Drawn{}
	}
	var out, moved strings.Builder
	plain := false
	for _, part := range r {
		said := unescape(string(part.text))
		blank := strings.TrimSpace(said) == ""
		switch {
		case part.struck || !part.styled && struck:
			if !blank || out.Len() > 0 {
				out.WriteString(said)
			}
		case blank:
		case part.moved:
			moved.WriteString(said)
		default:
			plain = true
		}
	}
	d := exchange.Drawn{Struck: out.String()}
	d.Whole = strings.TrimSpace(d.Struck) == strings.TrimSpace(text) && text != ""
	if plain {
		d.Moved = moved.String()
	}
	return d
}
