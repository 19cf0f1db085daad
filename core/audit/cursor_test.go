package audit

import (
	"testing"
	"time"

	"mektep/core/fault"
)

func FuzzParseCursor(f *testing.F) {
	f.Add("kq3v1l2m4c0.1z")
	f.Add("1.")
	f.Add("-5.7")
	f.Add("zzzzzzzzzzzzzzz.1")
	f.Fuzz(func(t *testing.T, s string) {
		at, id, err := parseCursor(s)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Error(err)
			}
			return
		}
		again, id2, err := parseCursor(cursorOf(Record{At: at, ID: id}))
		if err != nil || !again.Equal(at) || id2 != id {
			t.Errorf("%q: %v %d, then %v %d %v", s, at, id, again, id2, err)
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
