package fault

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestStoredArgumentsComeBackAsTheyWere(t *testing.T) {
	zone := time.FixedZone("", 6*3600)
	texts := rapid.MapOfN(rapid.SampledFrom([]string{"ky", "ru", "tr"}), rapid.StringMatching(`[a-zа-яө]*`), 1, 3)
	plain := rapid.OneOf(
		rapid.StringMatching(`.*`).AsAny(),
		rapid.Int64().AsAny(),
		rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return math.Trunc(f) + 0.5 }),
		rapid.Bool().AsAny(),
		rapid.Map(rapid.Int64Range(0, 4e9), func(n int64) any { return time.Unix(n, 0).In(zone) }),
		rapid.Map(rapid.Int64Range(0, 4e9), func(n int64) any { return End(time.Unix(n, 0).In(zone)) }),
		rapid.Map(texts, func(m map[string]string) any { return Text(m) }),
		rapid.Map(rapid.StringMatching(`[a-z]+\.[a-z]+`), func(s string) any { return Key(s) }),
	)
	value := rapid.OneOf(plain, rapid.Map(rapid.SliceOfN(plain, 1, 3), func(l []any) any { return List(l) }))
	rapid.Check(t, func(t *rapid.T) {
		args := Args(rapid.MapOf(rapid.StringMatching("[A-Z][a-z]+"), value).Draw(t, "args"))
		b, err := json.Marshal(args)
		if err != nil {
			t.Fatal(err)
		}
		var back Args
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		for name, want := range args {
			if !same(back[name], want) {
				t.Fatalf("%s: got %#v, want %#v", name, back[name], want)
			}
		}
	})
}

func same(got, want any) bool {
	switch w := want.(type) {
	case time.Time:
		g, ok := got.(time.Time)
		return ok && g.Equal(w) && g.Format(time.RFC3339) == w.Format(time.RFC3339)
	case End:
		g, ok := got.(End)
		return ok && same(time.Time(g), time.Time(w))
	case List:
		g, ok := got.(List)
		for i := range w {
			ok = ok && len(g) == len(w) && same(g[i], w[i])
		}
		return ok
	}
	return reflect.DeepEqual(got, want)
}

func TestStoringArgumentsQuotesNone(t *testing.T) {
	_, err := json.Marshal(Args{"Name": "Aiperi", "F": func() {}})
	if err == nil || strings.Contains(err.Error(), "Aiperi") {
		t.Errorf("%v", err)
	}
	var none Args
	if b, err := json.Marshal(none); err != nil || string(b) != "{}" {
		t.Errorf("no arguments are an empty object: %s, %v", b, err)
	}
}

func FuzzArgs(f *testing.F) {
	for _, s := range []string{`{}`, `null`, `[]`, `{"A":{"$time":5},"B":1e400,"C":{"$list":[{"$key":"a.b"},{"ky":"x"}]}}`, `{"A":{"$text":{"ky":1}}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a Args
		if json.Unmarshal([]byte(s), &a) != nil {
			return
		}
		if _, err := json.Marshal(a); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	})
}
