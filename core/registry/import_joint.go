package registry

import (
	"maps"
	"slices"
	"strings"

	"mektep/core/intake"
	"mektep/core/transfer"
)

// offers finds out in which languages, and in which order, columns hold the name that seem to hold it
// in several: by the words of their headings, or by those for kinds of institution in their first cells.
func (t *tongues) offers(m *transfer.Matcher, cols []intake.Column) {
	for k := range cols {
		c := &cols[k]
		texts, targets := m.Doubled(c.Heading)
		headed := targets != nil && !slices.ContainsFunc(targets, func(id string) bool { return id != intake.TargetName })
		if !headed && (c.Offer == "" || !ofName(c.Target)) {
			continue // of another text, or it says itself which languages it holds
		}
		var order []string
		if headed {
			order = each(texts, t.heads)
		}
		for _, s := range c.Samples {
			if order == nil {
				_, order = t.names(s)
			}
		}
		if order != nil {
			c.Offer = intake.Joint(each(order, func(lang string) string { return intake.TargetName + "." + lang })...)
		}
	}
}

// ofName reports a target that is the name, in whatever language.
func ofName(target string) bool {
	return target == intake.TargetName || strings.HasPrefix(target, intake.TargetName+".")
}

// each are the languages of some texts; nil where one says none, or two say the same.
func each(texts []string, of func(string) string) []string {
	out, seen := make([]string, len(texts)), map[string]bool{}
	for k, s := range texts {
		out[k] = of(s)
		seen[out[k]] = true
	}
	if seen[""] || len(seen) < len(texts) {
		return nil
	}
	return out
}

// same are the languages in which each of some names is, as it has a word for a kind of institution
// that its language alone has; nil where that is not known of each.
func (t *tongues) same(names []string) []string {
	return each(names, func(name string) string {
		if said := t.kindsIn(name); len(said) == 1 {
			return slices.Collect(maps.Keys(said))[0]
		}
		return ""
	})
}
