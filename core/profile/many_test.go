package profile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// A section has no more windows in a school year than the limit says, and as many as it says.
func TestASectionHasNoMoreWindowsThanItsLimit(t *testing.T) {
	for _, n := range []int{0, 1} {
		fsys := readmeProfile(t)
		const name = "example/calendar/2025-2026.yaml"
		text := string(fsys[name].Data)
		p, _ := Load(fsys, "example")
		y := p.SchoolYears()[0]
		section, _, _ := strings.Cut(y.Windows[0].Section, ".")
		had := 0
		for _, w := range y.Windows {
			if base, _, _ := strings.Cut(w.Section, "."); base == section {
				had++
			}
		}
		var more strings.Builder
		for i := range p.MostWindows(y) - had + n {
			fmt.Fprintf(&more, "\n  - {id: more_%d, section: %s, opens: %s, closes: %s", i, y.Windows[0].Section, y.Start, y.Start.AddDays(1))
			if y.Windows[0].Term != "" {
				fmt.Fprintf(&more, ", term: %s", y.Windows[0].Term)
			}
			more.WriteString("}")
		}
		fsys[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, "\nwindows:", "\nwindows:"+more.String(), 1))}
		_, found := Load(fsys, "example")
		many := 0
		for _, f := range found {
			if f.Code == CodeMany {
				many++
			}
		}
		if many != n {
			t.Errorf("%d too many: %s", n, found)
		}
	}
}
