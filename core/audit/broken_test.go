package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
)

// A ministry that can't be reached keeps no other's head from the day's file.
func TestTheHeadsOfTheOthersAreWrittenDown(t *testing.T) {
	b := newBench(t)
	folder := b.keeping()
	b.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	b.sealed(1)
	all := func(context.Context) ([]caller.Tenant, error) {
		return []caller.Tenant{{ID: 99, Slug: "silent", Placement: "nowhere"}, caller.From(b.sys).Tenant}, nil
	}
	if err := b.trail.Write(b.platform(), all); err == nil || !strings.Contains(err.Error(), "silent") {
		t.Errorf("not named: %v", err)
	}
	if file, err := os.ReadFile(filepath.Join(folder, "2026-03-02.jsonl")); err != nil || !strings.Contains(string(file), `"tenant":"one"`) {
		t.Errorf("%s %v", file, err)
	}
}

// Whoever could not be reached when the others' heads of a day were written down is written down
// when they can, the same day and once.
func TestAHeadThatIsMissingIsWrittenDownThatDay(t *testing.T) {
	b := newBench(t)
	folder := b.keeping()
	b.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	b.sealed(1)
	if err := os.WriteFile(filepath.Join(folder, "2026-03-02.jsonl"), []byte(`{"tenant":"other","block":1,"hash":"`+strings.Repeat("0a", 32)+`"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{caller.From(b.sys).Tenant}, nil }
	for range 3 {
		if err := b.trail.Write(b.platform(), all); err != nil {
			t.Fatal(err)
		}
	}
	if file, err := os.ReadFile(filepath.Join(folder, "2026-03-02.2.jsonl")); err != nil || strings.Count(string(file), `"tenant":"one"`) != 1 {
		t.Errorf("%s %v", file, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "2026-03-02.3.jsonl")); err == nil {
		t.Error("written down twice")
	}
	if r := b.verify(); !r.OK() || r.Kept.Heads != 1 {
		t.Errorf("%+v %v", r, r.Finding)
	}
}

// The operators' head is no ministry's.
func TestWhoseHeadsNamesMinistriesOnly(t *testing.T) {
	b := newBench(t)
	b.keeping()
	b.sealed(1)
	b.acts("create")
	b.writeDown()
	if names, err := b.trail.Whose(b.sys); err != nil || len(names) != 1 || names[0] != "one" {
		t.Errorf("%v %v", names, err)
	}
}

// A block that says of itself other ends than its list has is altered; an entry that says it
// was signed with a secret that is not known here is that, and not changed.
func TestVerifyNamesTheEndsOfABlockAndASecretThatIsNotKnown(t *testing.T) {
	for name, c := range map[string]struct {
		tamper string
		want   audit.Damage
	}{
		"first": {"UPDATE audit_block SET first_id = first_id - 1 WHERE seq = 2", audit.Block},
		"last":  {"UPDATE audit_block SET last_id = last_id + 1 WHERE seq = 2", audit.Block},
		"key":   {"UPDATE audit_entry SET key_id = 1 WHERE id = %d", audit.NoKey},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ids := b.sealed(3)
			if strings.Contains(c.tamper, "%d") {
				c.tamper = fmt.Sprintf(c.tamper, ids[1])
			}
			b.owner(c.tamper)
			if f := b.verify().Finding; f == nil || f.Damage != c.want || f.Block != 2 {
				t.Errorf("%+v", f)
			}
		})
	}
}
