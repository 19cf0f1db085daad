package audit

import (
	"testing"
	"time"

	"mektep/core/fault"
)

func FuzzParseCursor(f *testing.F) {
	f.Add("1z")
	f.Add("kq3v1l2m4c0.1z")
	f.Add("-5")
	f.Add("zzzzzzzzzzzzzzz")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := parseCursor(s)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Error(err)
			}
			return
		}
		if again, err := parseCursor(cursorOf(Record{ID: id})); err != nil || again != id {
			t.Errorf("%q: %d, then %d %v", s, id, again, err)
		}
	})
}

// The digest must tell apart what is written differently, wherever the borders are.
func TestDigestKnowsWhereAPartEnds(t *testing.T) {
	key := derive([]byte("k"), "test")
	at := time.Unix(1, 0).UTC()
	rows := []row{
		{at: at, action: "a", object: "bc"},
		{at: at, action: "ab", object: "c"},
		{at: at, action: "ab", object: "c", fields: []string{"x", "y"}},
		{at: at, action: "ab", object: "c", fields: []string{"xy"}},
		{at: at, action: "ab", object: "c", fields: []string{"x"}, values: []value{{field: "y"}}},
		{at: at, action: "ab", object: "c", tenant: 1},
		{at: at, action: "ab", object: "c", accountID: 1},
	}
	seen := map[string]int{}
	for i := range rows {
		s := string(rows[i].sum(key))
		if other, dup := seen[s]; dup {
			t.Errorf("rows %d and %d have one digest", other, i)
		}
		seen[s] = i
	}
	null, text := value{field: "f"}, value{field: "f", old: []byte{}}
	if string(null.sum(key)) == string(text.sum(key)) {
		t.Error("no value and an empty one have one digest")
	}
}
