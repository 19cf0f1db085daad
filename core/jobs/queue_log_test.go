package jobs

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestTheQueuesLinesAreQuietAndDiscreet(t *testing.T) {
	var out bytes.Buffer
	l := logOfQueue(slog.New(slog.NewTextHandler(&out, nil)))
	l.Info("Producer job counts", "num_completed", 3)
	if out.Len() > 0 {
		t.Errorf("news of the queue stand in the log: %s", out.String())
	}
	row := &pgconn.PgError{Code: "23505", Message: "duplicate key", Detail: "Key (name)=(Айбек) already exists."}
	for _, err := range []any{fmt.Errorf("fetch: %w", row), errors.Join(row), "ERROR: Key (name)=(Айбек)"} {
		out.Reset()
		l.With("err", err).Error("producer: Error fetching jobs", "error", err)
		if line := out.String(); strings.Contains(line, "Айбек") || !strings.Contains(line, "part=queue") || !strings.Contains(line, "level=ERROR") {
			t.Errorf("%s", line)
		}
	}
}
