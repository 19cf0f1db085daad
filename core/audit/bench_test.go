package audit_test

import (
	"context"
	"fmt"
	"testing"

	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// BenchmarkRecord measures what the trail adds to a write: a unit with one entry
// against the empty unit, and the price of an entry in bulk.
func BenchmarkRecord(b *testing.B) {
	d := dbtest.New(b)
	ctx := dbtest.Tenant(b, d, "one", "test")
	trail, err := audit.New(d, &clock.Clock{}, []byte(secret))
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{0, 1, 10_000} {
		entries := make([]audit.Entry, n)
		for i := range entries {
			entries[i] = write(fmt.Sprint(i), nil, "a name of ordinary length")
		}
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			for b.Loop() {
				if err := d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return trail.Record(ctx, tx, entries...) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("seal", func(b *testing.B) {
		entries := make([]audit.Entry, 1000)
		for i := range entries {
			entries[i] = write(fmt.Sprint(i), nil, i)
		}
		for b.Loop() {
			b.StopTimer()
			if err := d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return trail.Record(ctx, tx, entries...) }); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if _, err := trail.Seal(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
