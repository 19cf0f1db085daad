package registry

import (
	"strings"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/profile"
)

// shown is a number as whoever wrote it sees it: spreadsheets store another one of what they
// show as a percentage. What a field does not count in hundredths is never guessed, and
// what is shown in thousands is told.
func (c *cellReader) shown(s string, kind exchange.Kind) (string, exchange.Kind, *rowFault) {
	if kind == exchange.Scaled {
		return s, exchange.Number, &rowFault{target: c.target, key: "import.row.scaled", args: fault.Args{"Value": s}, warn: true}
	}
	if kind == exchange.Formed {
		return s, exchange.Number, nil
	}
	bare, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	switch {
	case !percent:
		return s, kind, nil
	case !hundredths(c.field):
		return s, kind, &rowFault{target: c.target, key: "import.row.percent", args: fault.Args{"Value": s}}
	case kind == exchange.Percent:
		kind = exchange.Number
	}
	return strings.TrimSpace(bare), kind, nil
}

// hundredths reports that a field counts in hundredths, as its name or its unit says.
func hundredths(f *profile.Field) bool {
	for _, said := range []profile.Text{f.Name, f.Unit} {
		for _, s := range said {
			if strings.Contains(s, "%") {
				return true
			}
		}
	}
	return false
}
