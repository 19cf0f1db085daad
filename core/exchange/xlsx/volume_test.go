package xlsx

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"mektep/core/exchange"
)

// TestANationalListTakesLittleMemory writes and reads a workbook of 76,000 rows.
func TestANationalListTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const rows, most = 76000, 160 << 20
	peak := watch(t)
	for _, id := range []string{"csv", "xlsx"} {
		path := filepath.Join(t.TempDir(), "list")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		sheet := exchange.Sheet{Name: "list", Head: make([]string, 7), Rows: func(add func([]any) error) error {
			for n := range rows {
				if err := add([]any{int64(100000 + n), fmt.Sprintf("Şehit Öğretmen %d İlkokulu", n), "ilkokul", "İstanbul", "Kadıköy", true, time.Date(2017, 1, 10, 0, 0, 0, 0, time.UTC)}); err != nil {
					return err
				}
			}
			return nil
		}}
		for k := range sheet.Head {
			sheet.Head[k] = fmt.Sprint("heading ", k)
		}
		start := time.Now()
		if err := format(id).Write(f, []exchange.Sheet{sheet}); err != nil {
			t.Fatal(err)
		}
		written := time.Since(start)
		if _, err := f.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		n := 0
		if err := format(id).Read(t.Context(), f, exchange.Reading{}, func(exchange.Row) error { n++; return nil }); err != nil || n != rows+1 {
			t.Fatalf("%d rows, %v", n, err)
		}
		t.Logf("%s: written in %s, read in %s, at most %d MB", id, written, time.Since(start), peak()>>20)
		_ = f.Close()
	}
	if peak() > most {
		t.Errorf("%d MB were held", peak()>>20)
	}
}

// watch samples the heap until the test ends; the function it returns gives the
// highest amount in use so far, in bytes.
func watch(t *testing.T) func() uint64 {
	was := debug.SetGCPercent(100) // as the program runs, whatever the tests do
	t.Cleanup(func() { debug.SetGCPercent(was) })
	var mu sync.Mutex
	var peak uint64
	done := make(chan struct{})
	look := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		mu.Lock()
		defer mu.Unlock()
		peak = max(peak, m.HeapInuse)
		return peak
	}
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				look()
			}
		}
	}()
	t.Cleanup(func() { close(done) })
	return look
}
