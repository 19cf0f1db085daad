package identity

import (
	"context"
	"testing"

	"mektep/core/fault"
)

// Whoever sits at an open session cannot guess its password there: each way by which it
// is asked for once more is slowed down, by one brake for all of them, and the right
// password does not come through while it says wait.
func TestThePasswordOfAnOpenSessionIsNotGuessedThere(t *testing.T) {
	wrong, right := "kara-suu boyunda 8 terek", goodPassword
	for name, try := range map[string]func(w *world, ctx context.Context, password string) error{
		"another password": func(w *world, ctx context.Context, password string) error {
			return w.s.Door.ChangePassword(ctx, password, "mavi kapı önünde üç kedi")
		},
		"another address": func(w *world, ctx context.Context, password string) error {
			return w.changesOwn(ctx, Own{Email: "next@mail.example", Password: password})
		},
		"the second factor is set up": func(w *world, ctx context.Context, password string) error {
			_, err := w.s.Door.BeginSecondFactor(ctx, password, "Министрлик")
			return err
		},
		"the second factor is dropped": func(w *world, ctx context.Context, password string) error {
			return w.s.Door.DropSecondFactor(ctx, password, "000000")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.with("teacher", w.school)
			w.enrol(p)
			ctx := w.as(p)
			for i := range 12 {
				err := try(w, ctx, wrong)
				if err == nil {
					t.Fatal("a wrong password was taken")
				}
				if fault.KindOf(err) == fault.TooMany {
					if i < 2 {
						t.Errorf("after %d tries", i)
					}
					break
				}
				if i == 11 {
					t.Fatalf("twelve tries at a moment: %v", err)
				}
			}
			if err := try(w, ctx, right); fault.KindOf(err) != fault.TooMany {
				t.Errorf("the right one at once: %v", err)
			}
		})
	}
}
