package transfer

import (
	"slices"
	"strings"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
)

// headed is how many columns a file has up to the last that is called something or that
// somebody has given a meaning; as many as any file has in a workbook, which parts its cells
// itself: what stands beside its table is a remark.
func headed(i *Import) int {
	if len(i.Look.Sheets) > 0 {
		return maxColumns
	}
	cols := i.Columns
	n := len(cols)
	for n > 0 && cols[n-1].Heading == "" && cols[n-1].Target == "" {
		n--
	}
	return n
}

// tooWide finds what a row of a text file says behind the last heading, in a column that
// nobody has said the meaning of: a sign that parts cells stands within a cell, and every
// cell behind it means something else than was meant.
func tooWide(headed int, row exchange.Row) *Fault {
	filled := len(row.Cells)
	for filled > 0 && strings.TrimSpace(row.Cells[filled-1]) == "" {
		filled--
	}
	if filled <= headed {
		return nil
	}
	return &Fault{Key: "import.row.wide", Args: fault.Args{"Cells": filled, "Headings": headed, "Value": intake.Cut(row.Cells[filled-1], 80)}}
}

// counted tells of the columns whose headings say that their numbers are counted in another unit
// than the field: they are taken as what that is in the field's own.
func (w *work) counted(heading exchange.Row) {
	cols := w.rows.Reader.Columns()
	for k := range cols {
		if unit, factor, other := cols[k].Counted(); other {
			w.noteHeading(heading.Line, cols[k].At(), Finding{Target: cols[k].Target, Key: "import.row.unit_read", Args: fault.Args{"Unit": unit, "Factor": factor, "Own": fault.Text(cols[k].Field.Unit)}})
		}
	}
}

// noteHeading notes what is to be told of the heading of a column, from 0.
func (w *work) noteHeading(line, k int, f Finding) {
	f.Line, f.Column, f.Value, f.Warning = line, k+1, intake.Cut(w.i.Columns[k].Called(), 80), true
	if w.counts.Findings++; len(w.findings) < keptFindings {
		w.findings = append(w.findings, f)
	}
}

// unseenColumns tells of the columns that mean something and are hidden in the sheet, or whose
// heading is struck out: whoever looks at the list does not see what is taken from them, or thinks
// it gone.
func (w *work) unseenColumns(heading exchange.Row) {
	note := func(column int, key string) {
		w.note(&Row{Line: heading.Line, Cells: slices.Clone(heading.Cells)}, []Fault{{Target: w.i.Columns[column].Target, Key: key, Warn: true}})
	}
	for k, c := range w.i.Columns {
		if c.Target != "" && heading.Draws(k).Whole {
			note(k, "import.row.struck_heading")
		}
	}
	for _, sheet := range w.i.Look.Sheets {
		if sheet.Name != w.i.Options.Reading.Sheet {
			continue
		}
		for _, column := range sheet.HiddenColumns {
			if column <= len(w.i.Columns) && w.i.Columns[column-1].Target != "" {
				note(column-1, "import.row.hidden_column")
			}
		}
	}
}
