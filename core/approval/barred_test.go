package approval

import (
	"context"
	"testing"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
)

// A list asks once for each account who may be acting as it, however many requests and
// approvers there are.
func TestTRIC1_HandsAreAskedOnceForAList(t *testing.T) {
	asked, lists := map[int64]int{}, 0
	m := gatetest.Country(t, "kg")
	s := New(Config{Gate: gate.New(nil, &clock.Clock{}, nil, func(context.Context) (gate.Ministry, error) { return m, nil })})
	s.Know(People{
		Administrators: func(context.Context, *db.Tx) ([]int64, error) {
			lists++
			return []int64{1, 2, 3, 4, 5}, nil
		},
		Holders: func(context.Context, *db.Tx, []string) ([]int64, error) { return nil, nil },
		Behind: func(_ context.Context, _ *db.Tx, account int64) (Behind, error) {
			asked[account]++
			return Behind{Accounts: []int64{account, account + 10}}, nil
		},
	})
	known := s.hands(nil, Operators{})
	for i := range 50 {
		others, err := known.others(t.Context(), Request{Kind: "x", AskedBy: int64(1 + i%2), Concerns: 3})
		if err != nil || len(others) != 3 {
			t.Fatalf("%v %v", others, err)
		}
	}
	for id, n := range asked {
		if n != 1 {
			t.Errorf("of account %d it was asked %d times", id, n)
		}
	}
	if len(asked) == 0 || lists != 1 {
		t.Errorf("of %d accounts it was asked, who decides %d times", len(asked), lists)
	}
}
