package locale

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// A misshape is a message that is neither a text nor a table of its plural forms.
type misshape struct{ key, why string }

// misshapes are what of a language file holds no text.
type misshapes []misshape

func (m misshapes) Error() string {
	lines := make([]string, len(m))
	for i, x := range m {
		lines[i] = x.why
	}
	return strings.Join(lines, "; ")
}

// unmarshal reads TOML of which every leaf is a text. What isn't is named by its key, in
// the words of whoever writes such a file.
func unmarshal(src []byte, into any) error {
	var all map[string]any
	if err := toml.Unmarshal(src, &all); err != nil {
		return err
	}
	if bad := shape("", all); len(bad) > 0 {
		return bad
	}
	*into.(*any) = all
	return nil
}

// ofMessage are the words that a message's table may hold, besides its plural forms.
var ofMessage = []string{"id", "description", "hash", "leftdelim", "rightdelim", "translation"}

func shape(under string, table map[string]any) (bad misshapes) {
	var forms, others []string
	for _, name := range slices.Sorted(maps.Keys(table)) {
		key := strings.TrimPrefix(under+"."+name, ".")
		switch v := table[name].(type) {
		case string:
			if slices.Contains(ofMessage, strings.ToLower(name)) || slices.Contains(formNames[:], strings.ToLower(name)) {
				forms = append(forms, name)
				continue
			}
			others = append(others, name)
		case map[string]any:
			others = append(others, name)
			bad = append(bad, shape(key, v)...)
		default:
			others = append(others, name)
			bad = append(bad, misshape{key, fmt.Sprintf("%q is %s: a message is a text in quotation marks", key, called(v))})
		}
	}
	if len(forms) > 0 && len(others) > 0 && len(bad) == 0 {
		bad = append(bad, misshape{under, fmt.Sprintf("%q holds forms of one message (%s) and others beside them (%s): a table holds the one or the other",
			under, strings.Join(forms, ", "), strings.Join(others, ", "))})
	}
	return bad
}

// standing is the key, or the table above it, that begins a line of the file.
func (x misshape) standing(places map[string][2]int) string {
	key := x.key
	for {
		cut := strings.LastIndexByte(key, '.')
		if _, ok := places[key]; ok || cut < 0 {
			return key
		}
		key = key[:cut]
	}
}

// called says what a value of TOML is that is no text.
func called(v any) string {
	switch v := v.(type) {
	case int64, float64:
		return "a number"
	case bool:
		return fmt.Sprintf("%t without quotation marks", v)
	case time.Time:
		return "a day or a time"
	default:
		return "a list"
	}
}
