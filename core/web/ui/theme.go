package ui

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"mektep/core/fault"
)

// A ministry's accent must be readable: as text on white and as a ground under
// white text (WCAG 2.2, 1.4.3), and its lighter twin on the dark surface.
const (
	minContrast = 4.5
	darkSurface = "#161b22"
	lightGround = "#f5f6f8"
)

// Theme is a ministry's accent colour, ready for both light and dark.
type Theme struct {
	Light string // on light ground, "#rrggbb"
	Dark  string // on dark ground
}

// NewTheme checks an accent colour ("#rrggbb") and derives its dark twin. A
// colour that could not be read on white is refused (fault.Invalid).
func NewTheme(accent string) (Theme, error) {
	c, ok := parseColour(accent)
	if !ok {
		return Theme{}, fault.New(fault.Invalid, "ui.theme.invalid")
	}
	ground, _ := parseColour(lightGround)
	if contrast(c, ground) < minContrast {
		return Theme{}, fault.New(fault.Invalid, "ui.theme.contrast")
	}
	surface, _ := parseColour(darkSurface)
	dark := c
	for i := 0; i < 40 && contrast(dark, surface) < minContrast+1; i++ {
		dark = dark.towards(colour{1, 1, 1}, 0.06)
	}
	return Theme{Light: c.String(), Dark: dark.String()}, nil
}

// CSS is the stylesheet of the theme, to be served under a URL of its own
// (View.Ministry.ThemeURL): the content policy forbids inline styles.
func (t Theme) CSS() string {
	light, _ := parseColour(t.Light)
	dark, _ := parseColour(t.Dark)
	l := accentRules(light, colour{1, 1, 1}, colour{0, 0, 0}, "#fff")
	surface, _ := parseColour(darkSurface)
	d := accentRules(dark, surface, colour{1, 1, 1}, darkSurface)
	return ":root{" + l + "}[data-bs-theme=dark]{" + d + "}" +
		"@media (prefers-color-scheme:dark){[data-bs-theme=auto]{" + d + "}}"
}

// accentRules sets the accent and the colours that follow from it.
func accentRules(c, ground, stronger colour, onAccent string) string {
	return fmt.Sprintf("--accent:%s;--accent-strong:%s;--accent-tint:%s;--accent-line:%s;--on-accent:%s",
		c, c.towards(stronger, 0.22), ground.towards(c, 0.09), ground.towards(c, 0.3), onAccent)
}

// colour is linear neither in light nor in our eyes: plain sRGB, 0 to 1.
type colour [3]float64

func parseColour(s string) (colour, bool) {
	s = strings.TrimPrefix(s, "#")
	if len(s) != 6 {
		return colour{}, false
	}
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return colour{}, false
	}
	return colour{float64(n>>16) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}, true
}

// String writes "#rrggbb".
func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", byte(math.Round(c[0]*255)), byte(math.Round(c[1]*255)), byte(math.Round(c[2]*255)))
}

func (c colour) towards(d colour, share float64) colour {
	for i := range c {
		c[i] += (d[i] - c[i]) * share
	}
	return c
}

// luminance is WCAG's relative luminance.
func (c colour) luminance() float64 {
	lin := func(x float64) float64 {
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c[0]) + 0.7152*lin(c[1]) + 0.0722*lin(c[2])
}

// contrast is WCAG's contrast ratio, 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// ToastHeader is the response header that shows a toast after an htmx request.
const ToastHeader = "HX-Trigger"

// Toast is the value of ToastHeader.
func Toast(tone Tone, text string) string {
	raw, err := json.Marshal(map[string]any{"toast": map[string]string{"tone": string(tone), "text": text}})
	if err != nil {
		return ""
	}
	return asciiJSON(string(raw))
}

// asciiJSON escapes what a header cannot carry.
func asciiJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
