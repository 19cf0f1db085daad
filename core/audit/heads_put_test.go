package audit

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Of two processes that write down a day's heads at one moment, neither of which has found
// them, the second leaves what the first has written.
func TestHeadsThatAreWrittenDownAreNeverWrittenOver(t *testing.T) {
	folder := t.TempDir()
	h, err := OpenHeads(context.Background(), "file://"+folder+"?metadata=skip", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, tenant := range []string{"one", "two"} {
		if err := h.put(context.Background(), day, 0, []Head{{Tenant: tenant}}); err != nil {
			t.Fatalf("%s: %v", tenant, err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(folder, "2026-03-02.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.of(context.Background(), "one"); err != nil || len(found) != 1 {
		t.Errorf("%s: %v", raw, err)
	}
}
