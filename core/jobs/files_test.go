package jobs

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/fault"
)

func openFiles(t *testing.T) (f *Files, dir string) {
	t.Helper()
	dir = t.TempDir()
	f, err := OpenFiles(context.Background(), "file://"+dir+"?metadata=skip&no_tmp_dir=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f, dir
}

func in(tenant int32) context.Context {
	return caller.With(context.Background(), caller.System(caller.Tenant{ID: tenant}, "test", ""))
}

func put(t *testing.T, f *Files, ctx context.Context, text string) string { //nolint:revive // t first reads better
	t.Helper()
	name, size, err := f.Put(ctx, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil || size != int64(len(text)) {
		t.Fatalf("%d %v", size, err)
	}
	return name
}

func TestFilesBelongToOneMinistry(t *testing.T) {
	f, dir := openFiles(t)
	name := put(t, f, in(1), "Нарын")
	r, err := f.Open(in(1), name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil || string(text) != "Нарын" || r.Size != int64(len("Нарын")) || r.Close() != nil {
		t.Fatalf("%q %v", text, err)
	}
	if paths, _ := filepath.Glob(dir + "/*/*"); len(paths) != 1 || paths[0] != filepath.Join(dir, "t1", name) {
		t.Errorf("%v", paths)
	}
	for who, ctx := range map[string]context.Context{"another": in(2), "the neighbour by number": in(11)} {
		if _, err := f.Open(ctx, name); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s ministry reads it: %v", who, err)
		}
		if err := f.Delete(ctx, name); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s ministry deletes it: %v", who, err)
		}
	}
	if _, err := f.Open(context.Background(), name); err == nil {
		t.Error("nobody reads it")
	}
	if err := f.Delete(in(1), name); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open(in(1), name); fault.KindOf(err) != fault.NotFound {
		t.Errorf("deleted: %v", err)
	}
}

func TestFileThatFailsIsNotKept(t *testing.T) {
	f, dir := openFiles(t)
	broken := errors.New("broken")
	_, _, err := f.Put(in(1), func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _, _ = f.Put(in(1), func(w io.Writer) error {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
			panic("broken")
		})
	}()
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s was left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzFileName(f *testing.F) {
	for _, s := range []string{"../t2/aaaaaaaaaaaaaaaa", "", "a/b", "aaaaaaaaaaaaaaa\n", "0123456789abcdef", "..", "%2e%2e/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		k, err := key(in(1), name)
		if err == nil && (k != "t1/"+name || strings.ContainsAny(name, "/\\.%\n")) {
			t.Errorf("%q is kept at %q", name, k)
		}
	})
}

func FuzzParseCursor(f *testing.F) {
	for _, s := range []string{"", "1z", "-1", "zzzzzzzzzzzzzzzzzz", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseCursor(s)
		if (err != nil) != (fault.KindOf(err) == fault.Invalid) || n < 0 {
			t.Errorf("%q: %d, %v", s, n, err)
		}
	})
}
