package registry

import (
	"context"
	"strconv"

	"mektep/core/jobs"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (t *Transfer) runExport(ctx context.Context, run *jobs.Run) error  { return nil }
func (t *Transfer) runPreview(ctx context.Context, run *jobs.Run) error { return nil }
func (t *Transfer) runApply(ctx context.Context, run *jobs.Run) error   { return nil }
func (t *Transfer) runUndo(ctx context.Context, run *jobs.Run) error    { return nil }
func (t *Transfer) template(ctx context.Context) ([]Sheet, error)       { return nil, nil }
