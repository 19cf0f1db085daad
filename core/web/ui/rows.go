package ui

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// rows writes the rows of a table. They are most of what a list's page is made of, so they
// are written straight into the page, without a component for each cell; what a cell holds
// besides text still is one. Every text goes through html or href.
func rows(v *View, t TableSpec) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := pen{ctx: ctx, w: w}
		columns := make([]cellOf, len(t.Columns))
		for i, c := range t.Columns {
			columns[i] = cellOf{class: c.class(), label: templ.EscapeString(c.Text)}
		}
		for i := range t.Rows {
			p.row(v, t, &t.Rows[i], columns)
		}
		return p.err
	})
}

// cellOf is what the cells of a column share.
type cellOf struct{ class, label string }

// pen writes HTML until something fails.
type pen struct {
	ctx context.Context //nolint:containedctx // of the one rendering it lives for
	w   io.Writer
	err error
}

// raw writes markup as it stands: constants of this file, and what is escaped already.
func (p *pen) raw(parts ...string) {
	for _, s := range parts {
		if p.err == nil {
			_, p.err = io.WriteString(p.w, s)
		}
	}
}

// html writes a text.
func (p *pen) html(text string) { p.raw(templ.EscapeString(text)) }

// href writes the address of a link: one that would run a script leads nowhere.
func (p *pen) href(url string) { p.html(string(templ.URL(url))) }

func (p *pen) part(c templ.Component) {
	if p.err == nil {
		p.err = c.Render(p.ctx, p.w)
	}
}

func (p *pen) row(v *View, t TableSpec, r *Row, columns []cellOf) {
	p.raw(`<tr role="row" class="`, r.class(), `">`)
	if t.Bulk != nil {
		p.raw(`<td role="cell" class="tick"><label class="tick-hit"><input type="checkbox" class="form-check-input" name="`)
		p.html(t.Bulk.name())
		p.raw(`" value="`)
		p.html(r.ID)
		p.raw(`"> <span class="visually-hidden">`)
		p.html(v.T("ui.table.select", "Name", r.name()))
		p.raw(`</span></label></td>`)
	}
	for i := range r.Cells {
		of := cellOf{}
		if i < len(columns) {
			of = columns[i]
		}
		p.cell(v, of, i == 0, &r.Cells[i])
	}
	p.raw(`</tr>`)
	if r.Error != "" {
		p.raw(`<tr role="row" class="row-error"><td role="cell" colspan="`, strconv.Itoa(t.span()), `">`)
		p.part(Icon(v, GlyphError))
		p.raw(` `)
		p.html(r.Error)
		p.raw(`</td></tr>`)
	}
}

func (p *pen) cell(v *View, of cellOf, first bool, c *Cell) {
	class := of.class
	if !first && c.blank() {
		class = strings.TrimSpace(class + " is-blank")
	}
	open, shut := `<td role="cell"`, `</td>`
	if first {
		open, shut = `<th scope="row" role="rowheader"`, `</th>`
	}
	p.raw(open)
	if class != "" {
		p.raw(` class="`, class, `"`)
	}
	if !first {
		p.raw(` data-label="`, of.label, `"`)
	}
	p.raw(`>`)
	p.body(v, first, c)
	p.raw(shut)
}

func (p *pen) body(v *View, first bool, c *Cell) {
	if c.Body != nil {
		p.part(c.Body)
		return
	}
	if c.Icon != "" {
		p.part(Icon(v, c.Icon))
	}
	if c.URL != "" {
		p.raw(`<a class="`)
		if first {
			p.raw(`row-link`)
		}
		p.raw(`" href="`)
		p.href(c.URL)
		p.raw(`">`)
		p.html(c.Text)
		p.raw(`</a>`)
	} else {
		p.html(c.Text)
	}
	if c.Sub != "" {
		p.raw(` <span class="sub">`)
		p.html(c.Sub)
		p.raw(`</span>`)
	}
	if c.State != nil {
		p.raw(` `)
		p.part(Badge(v, *c.State))
	}
}
