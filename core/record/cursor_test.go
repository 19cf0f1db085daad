package record

import "testing"

// Whatever stands in an address, a cursor is read without harm, and what is read is what
// is written.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "1z.50.abc", "1.-1000.", "0.1.x", "z.99999999999.x", "1.1", "\x00.1.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor(s, "")
		if err != nil || c.first() {
			return
		}
		if again, err := parseCursor(c.String(), ""); err != nil || again != c {
			t.Fatalf("%q: %+v, %+v, %v", s, c, again, err)
		}
	})
}
