package laid

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

func TestADiskIsAFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, fstest.MapFS{"kg/rules.csv": {Data: []byte("p, a\n")}, "kg/empty.csv": {}, "tr/x/y.md": {Data: []byte("y")}}); err != nil {
		t.Fatal(err)
	}
	files, err := Disk(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(files, "kg/rules.csv", "kg/empty.csv", "tr/x/y.md"); err != nil {
		t.Error(err)
	}
}

// Whatever is no regular file is not opened, and is called what it is.
func TestOnlyFilesAreOpened(t *testing.T) {
	t.Chdir(t.TempDir()) // a socket's path is short
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(syscall.Mkfifo("pipe.csv", 0o600))
	must(os.Mkdir("folder.csv", 0o700))
	must(os.Symlink("pipe.csv", "link.csv"))
	must(os.Symlink("/dev/zero", "out.csv"))
	must(os.WriteFile("file.csv", []byte("x"), 0o600))
	must(os.WriteFile("large.csv", nil, 0o600))
	must(os.Truncate("large.csv", largest+1))
	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", "socket.csv")
	must(err)
	defer func() { _ = socket.Close() }()
	files, err := Disk(t.Context(), ".")
	must(err)
	for name, want := range map[string]string{
		"pipe.csv": "FIFO", "link.csv": "FIFO", "folder.csv": "a folder where a file belongs", "socket.csv": "a socket", "out.csv": "a link that leads out", "large.csv": "larger than",
	} {
		if text, err := fs.ReadFile(files, name); err == nil || !strings.Contains(Why(err), want) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	_, strays := Walk(files, "over", ".", Rules{Code: "FILE", Counts: func(_ string, folder bool) bool { return !folder }})
	for name, want := range map[string]string{"pipe.csv": "FIFO", "link.csv": "FIFO", "folder.csv": "a folder where a file belongs", "socket.csv": "a socket", "out.csv": "a link that leads out"} {
		found := 0
		for _, s := range strays {
			if s.File == "over/"+name && strings.Contains(s.Message, want) && !s.Note {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s is told %d times of %v", name, found, strays)
		}
	}
	if len(strays) != 5 {
		t.Errorf("%v", strays)
	}
	device, err := os.OpenRoot("/dev")
	must(err)
	if _, err := fs.ReadFile(Within(t.Context(), "/dev", rooted{device.FS(), device}, time.Minute), "null"); err == nil || !strings.Contains(Why(err), "a device") {
		t.Errorf("a device: %v", err)
	}
}

// What was a file when it was looked at and is a pipe when it is opened holds nobody.
func TestAFileThatBecameAPipeHoldsNobody(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "rules.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := Within(t.Context(), dir, changing{rooted{root.FS(), root}}, time.Minute)
	if _, err := fs.ReadFile(files, "rules.csv"); err == nil || !strings.Contains(Why(err), "FIFO") {
		t.Error(err)
	}
}

type changing struct{ rooted }

func (changing) Stat(name string) (fs.FileInfo, error) {
	return fs.Stat(fstest.MapFS{name: {}}, name)
}

// silentFS answers nothing until it is let.
type silentFS struct {
	fs.FS
	let   chan struct{}
	asked *atomic.Int32
}

func (s silentFS) ReadDir(name string) ([]fs.DirEntry, error) {
	s.asked.Add(1)
	<-s.let
	return fs.ReadDir(s.FS, name)
}

func TestAFolderThatDoesNotAnswerIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		mount := silentFS{fstest.MapFS{"kg/rules.csv": {}}, make(chan struct{}), &asked}
		files := Within(t.Context(), "/mnt/dead", mount, 10*time.Second)
		began := time.Now()
		_, found := Walk(files, "over", ".", Rules{Code: "FILE"})
		if len(found) != 1 || !strings.Contains(found[0].Message, "/mnt/dead does not answer in time") || time.Since(began) > 10*time.Second {
			t.Errorf("%v after %v", found, time.Since(began))
		}
		if err := Silent(files); err == nil {
			t.Error("whoever asks is not told")
		}
		if _, err := fs.ReadFile(files, "kg/rules.csv"); err == nil || time.Since(began) > 10*time.Second {
			t.Errorf("it was asked again: %v", err)
		}
		again := Within(t.Context(), "/mnt/dead", mount, 10*time.Second)
		if _, err := fs.ReadDir(again, "."); err == nil || !strings.Contains(err.Error(), "earlier reading") || asked.Load() != 1 {
			t.Errorf("a second reading asked it, too (%d): %v", asked.Load(), err)
		}
		close(mount.let)
		synctest.Wait()
		back := Within(t.Context(), "/mnt/dead", mount, 10*time.Second)
		if _, err := fs.ReadDir(back, "."); err != nil || Silent(back) != nil {
			t.Errorf("it answers again: %v", err)
		}
	})
}

// One that takes nearly all of its time for each answer has a limit for all of them.
func TestASlowFolderHasALimitForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := Within(t.Context(), "/mnt/slow", slowFS{fstest.MapFS{}}, 10*time.Second)
		answers := 0
		for Silent(files) == nil {
			_, _ = fs.ReadDir(files, ".")
			answers++
		}
		if answers < 6 || answers > 8 {
			t.Errorf("%d answers", answers)
		}
	})
}

type slowFS struct{ fs.FS }

func (s slowFS) ReadDir(name string) ([]fs.DirEntry, error) {
	time.Sleep(9 * time.Second)
	return fs.ReadDir(s.FS, name)
}

func TestAReadingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Int32
		mount := silentFS{fstest.MapFS{}, make(chan struct{}), &asked}
		files := Within(ctx, "/mnt/leaving", mount, time.Hour)
		began := time.Now()
		time.AfterFunc(time.Second, cancel)
		if _, err := fs.ReadDir(files, "."); !errors.Is(err, context.Canceled) || time.Since(began) > time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := Silent(files); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(mount.let)
	})
}
