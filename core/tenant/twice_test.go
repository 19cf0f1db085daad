package tenant

import (
	"context"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

// An act behind one ministry's wall that does not end keeps those on others waiting for no longer
// than a moment, and says when to come again.
func TestWhatIsSilentKeepsOthersActsForAMomentOnly(t *testing.T) {
	s := &Service{two: make(chan struct{}, 1)}
	free, err := s.twice(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*twiceMost)
	defer cancel()
	from := time.Now()
	_, err = s.twice(ctx)
	if f := faulttest.Of(t, err); f.Kind != fault.Unavailable || f.Wait == 0 {
		t.Errorf("%v after %v", err, time.Since(from))
	}
	free()
	if _, err := s.twice(ctx); err != nil {
		t.Errorf("once it is free: %v", err)
	}
}
