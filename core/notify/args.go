package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mektep/core/fault"
)

// JSON has neither times nor whole numbers of its own: a time is stored as an
// object with this one name, and numbers are read back as what they were.
const timeName = "$time"

func encodeArgs(args fault.Args) ([]byte, error) {
	out := make(map[string]any, len(args))
	for name, v := range args {
		if t, ok := v.(time.Time); ok {
			v = map[string]string{timeName: t.Format(time.RFC3339Nano)}
		}
		out[name] = v
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, errors.New("notify: an argument has no JSON form") // the cause may quote it
	}
	return b, nil
}

func decodeArgs(b []byte) (fault.Args, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var args fault.Args
	if err := d.Decode(&args); err != nil {
		return nil, errors.New("notify: stored arguments are not JSON")
	}
	for name, v := range args {
		args[name] = decodeArg(v)
	}
	return args, nil
}

func decodeArg(v any) any {
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		if f, err := x.Float64(); err == nil {
			return f
		}
	case map[string]any:
		if len(x) == 1 {
			if t, err := time.Parse(time.RFC3339Nano, fmt.Sprint(x[timeName])); err == nil {
				return t
			}
		}
		texts := make(map[string]string, len(x)) // one text in several languages
		for tag, text := range x {
			s, ok := text.(string)
			if !ok {
				return v
			}
			texts[tag] = s
		}
		return texts
	}
	return v
}
