package profile_test

import (
	"testing"

	"mektep/core/profile"
	"mektep/profiles"
)

func BenchmarkLoadAll(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, found := profile.LoadAll(profiles.FS, nil); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
