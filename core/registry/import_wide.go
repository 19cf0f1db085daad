package registry

import (
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
func tooWide(headed int, row exchange.Row) *rowFault {
	filled := len(row.Cells)
	for filled > 0 && strings.TrimSpace(row.Cells[filled-1]) == "" {
		filled--
	}
	if filled <= headed {
		return nil
	}
	return &rowFault{key: "import.row.wide", args: fault.Args{"Cells": filled, "Headings": headed, "Value": intake.Cut(row.Cells[filled-1], 80)}}
}
