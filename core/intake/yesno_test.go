package intake

import (
	"strings"
	"testing"

	"mektep/core/exchange"
	"mektep/core/profile"
	"mektep/profiles"
)

// A cross is one on every keyboard; what it says, and what a letter stands for, the cells of the
// column say together, in the ministry's own languages. What they do not say is asked.
func TestYesAndNoAreSaidByTheWholeColumn(t *testing.T) {
	read := map[string]*profile.Profile{}
	for _, c := range []struct{ country, cells, want string }{
		{"tr", "x X Х х ×", "y y y y y"},
		{"kg", "x X Х х", "y y y y"},
		{"tr", "x Hayır Х", "y n y"},
		{"tr", "✓ X Х ☒", "y n n n"},
		{"kg", "✓ ✗ х", "y n n"},
		{"tr", "☒ ✗", "n n"},
		{"tr", "☒ ☐ x", "y n y"},
		{"tr", "☑ ☐ ☒", "y n n"},
		{"tr", "Evet X", "y ?"},
		{"tr", "V Y", "? ?"},
		{"tr", "D Y", "? ?"},
		{"tr", "E H e. h", "y n y n"},
		{"tr", "E K", "? ?"},
		{"tr", "E x", "y ?"},
		{"tr", "E H Y", "? ? ?"},
		{"tr", "Evet Y Hayır", "y ? n"},
		{"kg", "Д Н д. О ж", "y n y y n"},
		{"kg", "E Y H", "? ? ?"},
		{"kg", "Yes No Evet Var", "y n y y"},
		{"_base", "Y N", "y n"},
		{"tr", "+ -", "y n"},
		{"tr", "V X", "? ?"},
		{"tr", "mevcuttur X Х", "? ? ?"},
		{"kg", "OK х", "? ?"},
		{"tr", "mevcuttur X Hayır", "? ? n"},
		{"tr", "V=true X", "y ?"},
		{"tr", "V=false X", "n y"},
		{"tr", "X=false V=true", "n y"},
		{"tr", "Evet X=true Hayır x", "y y n y"},
	} {
		p := read[c.country]
		if p == nil {
			var findings profile.Findings
			if p, findings = profile.Load(profiles.FS, c.country); len(findings) > 0 {
				t.Fatal(findings)
			}
			read[c.country] = p
		}
		var f *profile.Field
		for _, g := range p.Register(institutions).FieldsAt(now) {
			if g.Type.Kind == profile.KindBool && g.DerivedExpr == "" {
				f = g
				break
			}
		}
		if f == nil {
			t.Logf("%s has no field of yes and no", c.country)
			continue
		}
		r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), On: now}, []Column{{Target: f.ID}})
		var rows []exchange.Row
		for k, s := range strings.Split(c.cells, " ") {
			s, meant, explained := strings.Cut(s, "=") // as a person has said
			if explained {
				r.Mean(f.ID, s, meant)
			}
			rows = append(rows, exchange.Row{Line: k + 2, Cells: []string{s}})
		}
		if err := r.Prove("", "", func(s string) string { return s }, func(row func(exchange.Row) error) error {
			for _, x := range rows {
				if err := row(x); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			col := &r.Columns()[0]
			said, empty := r.Cell(col, row)
			if empty {
				got = append(got, "")
				continue
			}
			v, bad := r.Value(col, said)
			switch {
			case bad != nil:
				got = append(got, "?")
			case v == true:
				got = append(got, "y")
			default:
				got = append(got, "n")
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.country, c.cells, s, c.want)
		}
	}
}
