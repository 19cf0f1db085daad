package fault_test

import (
	"testing"

	"mektep/core/fault"
)

func TestWhatIsTextAndWhatIsAName(t *testing.T) {
	for s, want := range map[string]struct{ legible, plain bool }{
		"": {true, true},
		"Ысык-Көл, «Ала-Тоо» № 5":    {true, true},
		"Ağrı\u00a0İlköğretim Okulu": {true, true},
		"one line\r\nand\tanother":   {true, false},
		"a soft\u00adhyphen":         {true, false},
		"no width\u200b":             {true, false},
		"a\x00b":                     {},
		"a\x07b":                     {},
		"a\x7fb":                     {},
		"a\u0085b":                   {},
		"a\u202eb":                   {},
		"a\u2067b":                   {},
		"a\ufffdb":                   {},
		"\xff\xfe":                   {},
		"\xed\xa0\x80":               {}, // half of a surrogate pair
	} {
		if fault.Legible(s) != want.legible || fault.Plain(s) != want.plain {
			t.Errorf("%q: legible %v, plain %v", s, fault.Legible(s), fault.Plain(s))
		}
	}
}
