package profile

import (
	"testing"
	"time"
)

// What is made of a profile is made once for the same, anew for another day, and never of
// another profile.
func TestWhatIsMadeOfAProfileIsMadeOnce(t *testing.T) {
	type words []string
	made := 0
	ask := func(p *Profile, of any) words {
		return Derive(p, of, func() words { made++; return words{p.ID} })
	}
	p := &Profile{ProfileFile: ProfileFile{ID: "one"}, derived: newDerived(), index: index{years: map[string]*SchoolYear{}}}
	q := &Profile{ProfileFile: ProfileFile{ID: "two"}, derived: newDerived()}
	day := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		p    *Profile
		of   any
		want int
	}{{p, day, 1}, {p, day, 1}, {q, day, 2}, {p, day.AddDate(0, 0, 1), 3}, {q, day, 3}, {p, nil, 4}, {p, nil, 4}} {
		if got := ask(c.p, c.of); got[0] != c.p.ID || made != c.want {
			t.Errorf("%s %v: %v after it was made %d times, not %d", c.p.ID, c.of, got, made, c.want)
		}
	}
	if n := Derive(p, nil, func() int { return 7 }); n != 7 || made != 4 {
		t.Errorf("another kind: %d", n)
	}
	later := p.with(&SchoolYear{ID: "2030"})
	if ask(later, nil); made != 5 {
		t.Error("a profile with another year took over what was made of the one before")
	}
	if ask(&Profile{}, nil); made != 6 {
		t.Error("a profile that no files were read for keeps nothing")
	}
}
