package unit

import (
	"maps"
	"slices"

	"mektep/core/search"
)

// Index is what units are found by: their names in every language, and their code.
const Index search.Index = "unit"

func entryOf(u Unit) search.Entry {
	return search.Entry{ID: u.ID, Texts: append(slices.Collect(maps.Values(u.Name)), u.Code)}
}

func entriesOf(units []Unit) []search.Entry {
	entries := make([]search.Entry, len(units))
	for i, u := range units {
		entries[i] = entryOf(u)
	}
	return entries
}
