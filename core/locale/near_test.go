package locale

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// mistakes makes every word that is one typing mistake away from s.
func mistake(t *rapid.T, s []rune) []rune {
	letter := rapid.RuneFrom([]rune("abcdefgijkl")).Draw(t, "letter")
	at := rapid.IntRange(0, len(s)-1).Draw(t, "at")
	out := slices.Clone(s)
	switch rapid.SampledFrom([]string{"wrong", "missing", "too many", "swapped"}).Draw(t, "mistake") {
	case "wrong":
		out[at] = letter
	case "missing":
		out = slices.Delete(out, at, at+1)
	case "too many":
		out = slices.Insert(out, at, letter)
	case "swapped":
		if at+1 < len(out) {
			out[at], out[at+1] = out[at+1], out[at]
		}
	}
	return out
}

func TestOneMistakeAlwaysSharesAVariant(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abcdefgijkl")), ShortestMistaken, 14, -1)
	rapid.Check(t, func(t *rapid.T) {
		token := word.Draw(t, "token")
		typed := string(mistake(t, []rune(token)))
		if len(typed) < ShortestMistaken {
			return
		}
		if !OneMistake(typed, token) {
			t.Fatalf("OneMistake(%q, %q) is false", typed, token)
		}
		a, b := Variants(token), Variants(typed)
		if !slices.ContainsFunc(a, func(v string) bool { return slices.Contains(b, v) }) {
			t.Fatalf("%q and %q share none of %q and %q", token, typed, a, b)
		}
		if len(a) > VariantLength+1 {
			t.Fatalf("%d variants of %q", len(a), token)
		}
	})
}

func TestOneMistake(t *testing.T) {
	for _, c := range []struct {
		typed, token string
		want         bool
	}{
		{"istanbul", "istanbul", true},
		{"istan", "istanbul", true},
		{"istambul", "istanbul", true},
		{"istnbul", "istanbul", true},
		{"isttanbul", "istanbul", true},
		{"itsanbul", "istanbul", true},
		{"istambil", "istanbul", false},
		{"xstanbxl", "istanbul", false},
		{"osk", "ost", false},
		{"12345", "12346", false},
		{"okulx", "okul", true},
		{"", "okul", true},
		{"ankara", "", false},
	} {
		if got := OneMistake(c.typed, c.token); got != c.want {
			t.Errorf("OneMistake(%q, %q) = %v", c.typed, c.token, got)
		}
	}
	if got := Variants("2026"); len(got) != 1 {
		t.Errorf("a number has no variants: %q", got)
	}
	if got := Variants("os"); len(got) != 1 {
		t.Errorf("too short for variants: %q", got)
	}
	for _, token := range []string{"2026", "os", "a1b2c3", "oos", "okul"} {
		if got := len(Variants(token)) > 1; got != Mistakable(token) {
			t.Errorf("Mistakable(%q) = %v, and it has variants: %v", token, !got, got)
		}
	}
	if got := Variants("oos"); !slices.Equal(got, []string{"oos", "os", "oo"}) {
		t.Errorf("Variants(oos) = %q", got)
	}
}
