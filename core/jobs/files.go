package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:// buckets
	"gocloud.dev/gcerrors"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Files keeps what runs read and write: uploaded tables, exports. Each ministry
// has a folder of its own, taken from the context; names are random and say
// nothing.
type Files struct{ bucket *blob.Bucket }

// OpenFiles opens a bucket by its URL, such as
// file:///var/lib/mektep/files?create_dir=true&metadata=skip&no_tmp_dir=true
// (metadata=skip keeps it from writing a second file beside each; no_tmp_dir from
// crossing file systems at the end of a write).
func OpenFiles(ctx context.Context, url string) (*Files, error) {
	b, err := blob.OpenBucket(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("jobs: open the file store: %w", err)
	}
	return &Files{bucket: b}, nil
}

// Close waits for writes to end.
func (f *Files) Close() error { return f.bucket.Close() }

// Put keeps what write writes and returns its name and size in bytes. When write
// fails, or ctx ends, nothing is kept.
func (f *Files) Put(ctx context.Context, write func(w io.Writer) error) (name string, size int64, err error) {
	name = db.NewUID()
	key, err := key(ctx, name)
	if err != nil {
		return "", 0, err
	}
	// A blob is kept by Close, unless its context has ended by then.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := f.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return "", 0, fmt.Errorf("jobs: write a file: %w", err)
	}
	n := &counter{w: w}
	done := false
	defer func() { // write may panic
		if !done {
			cancel()
			_ = w.Close()
		}
	}()
	if err := write(n); err != nil {
		return "", 0, err
	}
	done = true
	if err := w.Close(); err != nil {
		return "", 0, fmt.Errorf("jobs: write a file: %w", err)
	}
	return name, n.size, nil
}

// File is an open file.
type File struct {
	io.ReadSeekCloser
	Size int64 // bytes
}

// Open opens a file of the caller's ministry. Another's is NotFound, like one
// that never was.
func (f *Files) Open(ctx context.Context, name string) (*File, error) {
	key, err := key(ctx, name)
	if err != nil {
		return nil, err
	}
	r, err := f.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, missing(err, "open")
	}
	return &File{ReadSeekCloser: r, Size: r.Size()}, nil
}

// Delete removes a file; one that is not there is NotFound.
func (f *Files) Delete(ctx context.Context, name string) error {
	key, err := key(ctx, name)
	if err != nil {
		return err
	}
	return missing(f.bucket.Delete(ctx, key), "delete")
}

func missing(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fault.New(fault.NotFound, "job.file_not_found")
	default:
		return fmt.Errorf("jobs: %s a file: %w", doing, err)
	}
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9_-]{16}$`)

// key is a file's place in the bucket.
func key(ctx context.Context, name string) (string, error) {
	c := caller.From(ctx)
	if c == nil || c.Tenant.ID <= 0 {
		return "", errors.New("jobs: no ministry whose file it is")
	}
	if !fileName.MatchString(name) {
		return "", fault.New(fault.NotFound, "job.file_not_found")
	}
	return "t" + strconv.Itoa(int(c.Tenant.ID)) + "/" + name, nil
}

type counter struct {
	w    io.Writer
	size int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.size += int64(n)
	return n, err
}
