package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// A connection used by one ministry and given to another carries nothing over:
// many more callers than connections, random ministries, by every door, in every
// mode, with requests that leave at any moment.
func TestConnectionsCarryNothingOver(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"prepared", "cache_describe", "exec"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			hammer(t, withProbe(t, db.Config{MaxConns: 3, ExecMode: mode}))
		})
	}
}

const ministries = 6

func hammer(t *testing.T, d *db.DB) {
	var callers [ministries]context.Context
	for i := range callers {
		callers[i] = dbtest.Tenant(t, d, fmt.Sprintf("ministry-%c", 'a'+i), "xx")
		err := d.Tenant(callers[i], func(_ context.Context, tx *db.Tx) error { return insert(tx, fmt.Sprint(tx.Tenant())) })
		if err != nil {
			t.Fatal(err)
		}
	}
	var wrong, answered, cancelled atomic.Int64
	var wait sync.WaitGroup
	for worker := range 12 {
		random := rand.New(rand.NewSource(int64(worker)))
		wait.Go(func() {
			for range 60 {
				ctx := callers[random.Intn(ministries)]
				cancel := context.CancelFunc(func() {})
				if random.Intn(3) == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(random.Intn(3000))*time.Microsecond)
				}
				saw, err := ask(ctx, d, random.Intn(5))
				cancel()
				switch {
				case err != nil && ctx.Err() == nil:
					t.Errorf("nobody left, and yet: %v", err)
				case err != nil:
					cancelled.Add(1)
				default:
					answered.Add(1)
					if saw != fmt.Sprint(db.TenantOf(ctx)) {
						wrong.Add(1)
					}
				}
			}
		})
	}
	wait.Wait()
	if wrong.Load() != 0 || answered.Load() < 200 || cancelled.Load() == 0 {
		t.Errorf("%d wrong answers, %d right ones, %d cancelled", wrong.Load(), answered.Load(), cancelled.Load())
	}
}

const everything = "SELECT string_agg(text, ' ') FROM probe"

// ask reads everything the ministry sees, through one of the doors.
func ask(ctx context.Context, d *db.DB, door int) (saw string, err error) {
	leave := errors.New("leave")
	switch door {
	case 0:
		b := &pgx.Batch{}
		b.Queue("SELECT pg_sleep(0.0005)")
		b.Queue(everything).QueryRow(func(r pgx.Row) error { return r.Scan(&saw) })
		err = d.Read(ctx, b)
	case 1:
		err = d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error { return tx.Gorm().Raw(everything).Scan(&saw).Error })
	case 2:
		err = d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, everything+" WHERE pg_sleep(0.001) IS NOT NULL").Scan(&saw)
		})
	case 3: // a unit that is rolled back
		err = d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error {
			if err := tx.Gorm().Raw(everything).Scan(&saw).Error; err != nil {
				return err
			}
			if err := insert(tx, "never seen"); err != nil {
				return err
			}
			return leave
		})
		if errors.Is(err, leave) {
			err = nil
		}
	case 4: // rows left open at the end of the unit
		err = d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := tx.PGX().QueryRow(ctx, everything).Scan(&saw); err != nil {
				return err
			}
			rows, err := tx.Gorm().Raw("SELECT * FROM probe").Rows() //nolint:rowserrcheck,sqlclosecheck // on purpose
			if err != nil {
				return err
			}
			_ = rows
			return leave
		})
		if errors.Is(err, leave) {
			err = nil
		}
	}
	return saw, err
}
