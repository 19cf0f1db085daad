package main

import (
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mektep/core/clock"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
	"mektep/locales"
	"mektep/profiles"
)

// leanPage is the product's list page as the least that writes it: all that is not a row is
// a text, taken from the product itself, and rows are written between. What it answers is
// compared with the product's byte for byte.
type leanPage struct {
	first, later sample
	labels       []string // of the cells: code, type, place
	types        map[string]string
	places       map[int64]leanPlace
	total        int
	language     string
}

// leanPlace is where what lies in a unit is found, in words.
type leanPlace struct{ district, region string }

// sample is a page of the product with its rows taken out.
type sample struct {
	head, tail     string
	next, previous string // what its links say, as an address has it
}

const (
	rowsFrom, rowsTo = `<tbody role="rowgroup">`, `</tbody>`
	firstPage        = "first.html"
	laterPage        = "later.html"
)

func newLeanPage(dir, country string, total int, units []unit.Unit) (*leanPage, error) {
	p, found := profile.Load(profiles.FS, country)
	if err := found.Err(); err != nil {
		return nil, err
	}
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		return nil, err
	}
	l := words.Localizer(p.Main())
	page := &leanPage{types: map[string]string{}, places: map[int64]leanPlace{}, total: total, language: p.Main()}
	for _, t := range p.TypesAt(clock.Day(now())) {
		page.types[t.ID] = html.EscapeString(l.Text(t.Name))
	}
	for _, u := range units { // parents first
		at := leanPlace{}
		if u.ParentID != nil {
			at = page.places[*u.ParentID]
		}
		switch u.Level {
		case unit.Region:
			at.region = html.EscapeString(l.Text(u.Name))
		case unit.District:
			at.district = html.EscapeString(l.Text(u.Name))
		}
		page.places[u.ID] = at
	}
	for name, into := range map[string]*sample{firstPage: &page.first, laterPage: &page.later} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if *into, err = sampleOf(string(raw)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if page.labels == nil {
			page.labels = labelsOf(string(raw))
		}
	}
	return page, nil
}

func sampleOf(text string) (sample, error) {
	head, rest, found := strings.Cut(text, rowsFrom)
	_, tail, there := strings.Cut(rest, rowsTo)
	if !found || !there {
		return sample{}, fmt.Errorf("no rows in %d bytes", len(text))
	}
	link := func(name string) string {
		_, after, _ := strings.Cut(tail, `href="/institutions?`+name+"=")
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	return sample{head + rowsFrom, rowsTo + tail, link("after"), link("before")}, nil
}

// labelsOf are the names of the columns that a row of a page repeats.
func labelsOf(text string) []string {
	var labels []string
	for range 3 {
		_, after, _ := strings.Cut(text, `data-label="`)
		label, rest, _ := strings.Cut(after, `"`)
		labels, text = append(labels, label), rest
	}
	return labels
}

// write is the page of these rows.
func (p *leanPage) write(items []leanItem, first bool) []byte {
	of := &p.later
	if first {
		of = &p.first
	}
	goesOn := len(items) > pageLength
	items = items[:min(len(items), pageLength)]
	out := make([]byte, 0, len(of.head)+len(of.tail)+len(items)*500)
	out = append(out, of.head...)
	for k := range items {
		i := &items[k]
		at := p.places[i.parent]
		out = append(out, `<tr role="row" class=""><th scope="row" role="rowheader"><a class="row-link" href="/institutions/`...)
		out = append(out, i.uid...)
		out = append(out, `">`...)
		out = append(out, html.EscapeString(i.name)...)
		out = append(out, `</a></th><td role="cell" class=" narrow" data-label="`...)
		out = append(out, p.labels[0]...)
		out = append(out, `">`...)
		out = append(out, i.code...)
		out = append(out, `</td><td role="cell" data-label="`...)
		out = append(out, p.labels[1]...)
		out = append(out, `">`...)
		out = append(out, p.types[i.typ]...)
		out = append(out, `</td><td role="cell" data-label="`...)
		out = append(out, p.labels[2]...)
		out = append(out, `">`...)
		out = append(out, at.district...)
		out = append(out, ` <span class="sub">`...)
		out = append(out, at.region...)
		out = append(out, `</span></td></tr>`...)
	}
	tail := of.tail
	cursor := func(i leanItem) string {
		return url.QueryEscape(strconv.FormatInt(i.id, 36) + "." + strconv.Itoa(p.total) + "." + i.sort)
	}
	if goesOn {
		tail = strings.ReplaceAll(tail, of.next, cursor(items[len(items)-1]))
	}
	if of.previous != "" {
		tail = strings.ReplaceAll(tail, of.previous, cursor(items[0]))
	}
	return append(out, tail...)
}
