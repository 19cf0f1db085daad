package transfer

import (
	"strings"
	"unicode"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
)

// A sign that parts cells and is missing, or stands once too often, moves every cell behind it
// under another heading. Nothing of a text file says so but how many cells its other rows have,
// and what stands in their columns.

// parted is how the rows of a text file are parted into cells; nil: the file parts them itself.
type parted struct {
	rows   map[int]int     // number of cells → rows with so many
	empty  map[int]int     // of those, the ones whose last cell is empty
	sorts  map[int][]sorts // number of cells → what stands in each column of them
	usual  int             // number of cells that most rows have; 0: not known yet
	judged bool
}

// sorts counts the cells of a column by their sort.
type sorts [3]int

// What sorts of cells there are.
const (
	sortFigures = iota // figures without letters
	sortWords
	sortMail
	sortNone = -1 // nothing, or signs alone
)

// mostWidths bounds how many numbers of cells are kept apart.
const mostWidths = 64

// rare is of how many cells of a column at most one is of a sort that does not belong there: totals
// and remarks stand below tables.
const rare = 20

// mostMoved is by how many cells a row can be moved: what lacks more is no row of the table.
const mostMoved = 2

func newParted(i *Import) *parted {
	if len(i.Look.Sheets) > 0 {
		return nil
	}
	return &parted{rows: map[int]int{}, empty: map[int]int{}, sorts: map[int][]sorts{}}
}

func sortOf(s string) int {
	switch {
	case strings.Contains(s, "@"):
		return sortMail
	case strings.ContainsFunc(s, unicode.IsLetter):
		return sortWords
	case strings.ContainsFunc(s, unicode.IsDigit):
		return sortFigures
	}
	return sortNone
}

// see notes a row of the file.
func (p *parted) see(row exchange.Row) {
	n := len(row.Cells)
	if p == nil || n == 0 || p.rows[n] == 0 && len(p.rows) == mostWidths {
		return
	}
	if p.rows[n]++; p.rows[n] == 1 {
		p.sorts[n] = make([]sorts, n)
	}
	if strings.TrimSpace(row.Cells[n-1]) == "" {
		p.empty[n]++
	}
	for k, s := range row.Cells {
		if sort := sortOf(s); sort != sortNone {
			p.sorts[n][k][sort]++
		}
	}
}

// settle finds how many cells most rows have.
func (p *parted) settle() {
	p.judged = true
	for n, rows := range p.rows {
		if best := p.rows[p.usual]; rows > best || rows == best && n > p.usual {
			p.usual = n
		}
	}
}

// strange is the number of the first cell, from 0, that is of another sort than any other of its
// column, where moved is by how many columns a cell stands otherwise than it was written; -1:
// none is.
func (p *parted) strange(cells []string, moved func(k int) int) int {
	for k, s := range cells {
		sort, at := sortOf(s), moved(k)
		if sort == sortNone || at < 0 {
			continue
		}
		if at >= p.usual {
			return k
		}
		if seen := p.sorts[p.usual][at]; seen != (sorts{}) && seen[sort]*rare <= seen[sortFigures]+seen[sortWords]+seen[sortMail] {
			return k
		}
	}
	return -1
}

// moved finds a row that has fewer or more cells than the others, and cells that stand in their
// columns only once those behind one of them are moved; or fewer, where the others have all of
// theirs even if the last are empty. What merely ends earlier is none.
func (p *parted) moved(columns []intake.Column, row exchange.Row) *Fault {
	if p == nil {
		return nil
	}
	if !p.judged {
		p.settle()
	}
	n := len(row.Cells)
	if n == p.usual || n > p.usual+mostMoved || n < 2 {
		return nil
	}
	args := fault.Args{"Cells": n, "Usual": p.usual}
	k := p.strange(row.Cells, func(k int) int { return k })
	if k >= 0 && k < len(columns) && p.fits(row.Cells) {
		args["Value"], args["Column"] = intake.Cut(row.Cells[k], 80), columns[k].Called()
		return &Fault{Target: columns[k].Target, Key: "import.row.moved_cells", Args: args}
	}
	if n < p.usual && n >= p.usual-mostMoved && p.writesAll() {
		return &Fault{Key: "import.row.few_cells", Args: args}
	}
	return nil
}

// fits reports that all cells of a row are of the sort of their columns once those behind one of
// them stand further on, by as many as the row lacks at most, or, where it has more than others,
// back over empty ones.
func (p *parted) fits(cells []string) bool {
	if over := len(cells) - p.usual; over > 0 {
		return p.fitsMoved(cells, -over)
	}
	for by := 1; by <= min(mostMoved, p.usual-len(cells)); by++ {
		if p.fitsMoved(cells, by) {
			return true
		}
	}
	return false
}

func (p *parted) fitsMoved(cells []string, by int) bool {
	for from := range cells {
		if by < 0 && strings.TrimSpace(strings.Join(cells[from:min(from-by, len(cells))], "")) != "" {
			continue
		}
		if p.strange(cells, func(k int) int {
			switch {
			case k < from:
				return k
			case k < from-by:
				return -1
			}
			return k + by
		}) < 0 {
			return true
		}
	}
	return false
}

// fullRows is how many rows with an empty end show that a program has written every cell.
const fullRows = 3

// writesAll reports a file that has all cells of a row even if the last ones are empty, and
// hardly a row of fewer.
func (p *parted) writesAll() bool {
	fewer := 0
	for n, rows := range p.rows {
		if n < p.usual {
			fewer += rows
		}
	}
	return p.empty[p.usual] >= fullRows && (fewer == 1 || fewer*10 <= p.empty[p.usual])
}
