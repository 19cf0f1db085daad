package unit

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzNames: names are read as encoding/json reads them, or not at all.
func FuzzNames(f *testing.F) {
	for _, s := range []string{
		`{"tr": "Okul", "ru": "Школа № 1"}`, `{}`, `{ }`, `{"a":"b",}`, `{,"a":"b"}`, `{"a":"\u0041"}`, `{"a":"b" "c":"d"}`, `{"a":1}`, `{"a":null}`, `null`, ``, `{"a":"b"}x`, `{"a":"b"} `,
		"{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", `{"a" : "b" , "a":"c"}`, `[]`, "{\n\"a\":\"b\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want map[string]string
		wrong := json.Unmarshal(raw, &want)
		got, err := Names(raw)
		if (err == nil) != (wrong == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v %v, want %v %v", raw, got, err, want, wrong)
		}
	})
}

func BenchmarkNames(b *testing.B) {
	raw := []byte(`{"ky": "№ 17 Келечек орто мектеби", "ru": "Средняя школа № 17 Келечек"}`)
	for b.Loop() {
		if _, err := Names(raw); err != nil {
			b.Fatal(err)
		}
	}
}
