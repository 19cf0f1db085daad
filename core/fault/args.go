package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// JSON has neither times nor whole numbers of its own, and none of the kinds of
// text that a renderer turns into the reader's words: each is stored as an object
// with the one name that says what it is.
const (
	timeName = "$time"
	endName  = "$end"
	keyName  = "$key"
	textName = "$text"
	listName = "$list"
	saidName = "$said"
	withName = "with"
)

// MarshalJSON keeps what kind of value each argument is, so that arguments can be
// stored and put into words later.
//
// Errors: a value without JSON form; the error does not quote it.
func (a Args) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(a))
	for name, v := range a {
		out[name] = tagged(v)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, errors.New("fault: an argument has no JSON form")
	}
	return b, nil
}

func tagged(v any) any {
	switch x := v.(type) {
	case time.Time:
		return map[string]any{timeName: x.Format(time.RFC3339Nano)}
	case End:
		return map[string]any{endName: time.Time(x).Format(time.RFC3339Nano)}
	case Key:
		return map[string]any{keyName: string(x)}
	case Phrase:
		return map[string]any{saidName: x.Key, withName: x.Args}
	case Text:
		return map[string]any{textName: map[string]string(x)}
	case List:
		items := make([]any, len(x))
		for i, item := range x {
			items[i] = tagged(item)
		}
		return map[string]any{listName: items}
	}
	return v
}

// UnmarshalJSON reads what MarshalJSON wrote. Whole numbers come back as int64,
// a plain object of strings as a Text.
func (a *Args) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var raw map[string]any
	if err := d.Decode(&raw); err != nil {
		return errors.New("fault: stored arguments are no JSON object")
	}
	if raw == nil {
		*a = nil
		return nil
	}
	out := make(Args, len(raw))
	for name, v := range raw {
		out[name] = untagged(v)
	}
	*a = out
	return nil
}

func untagged(v any) any {
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		if f, err := x.Float64(); err == nil {
			return f
		}
		return x.String()
	case map[string]any:
		return untaggedObject(x)
	}
	return v
}

func untaggedObject(x map[string]any) any {
	if len(x) == 1 {
		if t, err := time.Parse(time.RFC3339Nano, fmt.Sprint(x[timeName])); err == nil {
			return t
		}
		if t, err := time.Parse(time.RFC3339Nano, fmt.Sprint(x[endName])); err == nil {
			return End(t)
		}
		if key, ok := x[keyName].(string); ok {
			return Key(key)
		}
		if texts, ok := x[textName].(map[string]any); ok {
			x = texts
		} else if items, ok := x[listName].([]any); ok {
			list := make(List, len(items))
			for i, item := range items {
				list[i] = untagged(item)
			}
			return list
		}
	}
	if key, ok := x[saidName].(string); ok && len(x) == 2 {
		said := Phrase{Key: key}
		if with, ok := x[withName].(map[string]any); ok {
			said.Args = make(Args, len(with))
			for name, v := range with {
				said.Args[name] = untagged(v)
			}
		}
		return said
	}
	text := make(Text, len(x))
	for tag, v := range x {
		s, ok := v.(string)
		if !ok {
			return x
		}
		text[tag] = s
	}
	return text
}

// MarkArg is the argument of a question under which stands what answers it: the mark of what
// the question says. An answer counts for what was read, and for nothing that came since.
const MarkArg = "Mark"
