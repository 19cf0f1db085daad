package unit

import (
	"bytes"
	"encoding/json"
)

// Names reads names by language as the database keeps them, {"xx": "School"}.
// Every row of every list has some, so what is plain, and nearly all is, is read straight;
// the rest, and whatever is none, is left to encoding/json.
func Names(raw []byte) (map[string]string, error) {
	if names, ok := plainNames(raw); ok {
		return names, nil
	}
	var names map[string]string
	err := json.Unmarshal(raw, &names)
	return names, err
}

// plainNames reads an object of texts without anything escaped.
func plainNames(raw []byte) (map[string]string, bool) {
	rest, ok := bytes.CutPrefix(raw, []byte("{"))
	if !ok || bytes.IndexByte(raw, '\\') >= 0 {
		return nil, false
	}
	names := make(map[string]string, 4)
	for first := true; ; first = false {
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) == 1 && rest[0] == '}' && (first && len(names) == 0 || !first) {
			return names, true
		}
		if !first {
			if rest, ok = bytes.CutPrefix(rest, []byte(",")); !ok {
				return nil, false
			}
		}
		var key, value []byte
		if key, rest, ok = quoted(rest); !ok {
			return nil, false
		}
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte(":")); !ok {
			return nil, false
		}
		if value, rest, ok = quoted(rest); !ok {
			return nil, false
		}
		names[string(key)] = string(value)
	}
}

// quoted reads a text in quotation marks from the beginning of raw.
func quoted(raw []byte) (text, rest []byte, ok bool) {
	if raw, ok = bytes.CutPrefix(bytes.TrimLeft(raw, " "), []byte(`"`)); !ok {
		return nil, nil, false
	}
	end := bytes.IndexByte(raw, '"')
	if end < 0 || bytes.ContainsFunc(raw[:end], func(r rune) bool { return r < ' ' || r == '\uFFFD' }) {
		return nil, nil, false
	}
	return raw[:end], raw[end+1:], true
}
