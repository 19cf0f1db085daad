package laid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"
	"time"
)

const (
	// patience is what a folder on disk has for one answer: a local one needs none, one
	// of a server that went away never answers, and no signal ends the waiting.
	patience = 10 * time.Second

	// whole is how many times that long all of its answers may take together.
	whole = 6

	// largest bounds a file that is read: the largest of ours, a territory, has a few MB.
	largest = 64 << 20
)

// Unread is why a file or a folder was not read, as findings say it.
type Unread string

func (u Unread) Error() string { return string(u) }

const (
	leadsOut = Unread("is a link that leads out of the folder or nowhere: put the file itself here")
	tooLarge = Unread("is larger than 64 MB: nothing of it is read")
)

// Why says of an error of reading what a finding says of it.
func Why(err error) string {
	if why := Unread(""); errors.As(err, &why) {
		return string(why)
	}
	return "cannot be read"
}

// odd says what something is that is no regular file, "" of one that is.
func odd(mode fs.FileMode) Unread {
	const not = ", no file: nothing of it is read"
	switch {
	case mode.IsRegular():
		return ""
	case mode.IsDir():
		return "is a folder where a file belongs: nothing of it is read"
	case mode&fs.ModeNamedPipe != 0:
		return "is a named pipe (FIFO)" + not
	case mode&fs.ModeSocket != 0:
		return "is a socket" + not
	case mode&fs.ModeDevice != 0:
		return "is a device" + not
	}
	return "is no file that can be read"
}

// Disk opens a folder on disk. No link in it leads out of it, only regular files are
// opened, and nobody waits for it longer than it has a right to, or than ctx lasts.
func Disk(ctx context.Context, dir string) (fs.FS, error) {
	d := &disk{ctx: ctx, name: dir, each: patience}
	root, err := within(d, func() (*os.Root, error) { return os.OpenRoot(dir) })
	if err != nil {
		return nil, err
	}
	d.files = rooted{root.FS(), root}
	return d, nil
}

// Within reads files, called name, as Disk reads a folder: each answer may take so long.
func Within(ctx context.Context, name string, files fs.FS, each time.Duration) fs.FS {
	return &disk{ctx: ctx, name: name, files: files, each: each}
}

// rooted opens files of a folder so that no opening waits for somebody else: what was
// a file a moment ago may be a pipe now.
type rooted struct {
	fs.FS
	root *os.Root
}

func (r rooted) Open(name string) (fs.File, error) {
	return r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
func (r rooted) Stat(name string) (fs.FileInfo, error)      { return r.root.Stat(name) }
func (r rooted) Lstat(name string) (fs.FileInfo, error)     { return r.root.Lstat(name) }
func (r rooted) ReadLink(name string) (string, error)       { return r.root.Readlink(name) }
func (r rooted) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }

// disk reads files whole, each question in its own time. One that got no answer is the
// last: the reading goes on without the folder and comes to an end.
type disk struct {
	ctx   context.Context //nolint:containedctx // an fs.FS is asked without one
	name  string
	files fs.FS
	each  time.Duration

	mu     sync.Mutex
	spent  time.Duration
	silent Unread
}

// left are the questions that nobody waits for any more, by folder. While there is one
// the folder is not asked again: each would hold a thread of the system.
var left = struct {
	sync.Mutex
	n map[string]int
}{n: map[string]int{}}

func within[T any](d *disk, ask func() (T, error)) (none T, err error) {
	type answer struct {
		is  T
		err error
	}
	if err := d.answers(); err != nil {
		return none, err
	}
	answered, began := make(chan answer, 1), time.Now() //nolint:forbidigo // how long a disk takes is the machine's
	go func() {
		is, err := ask()
		answered <- answer{is, err}
	}()
	limit := time.NewTimer(d.each)
	defer limit.Stop()
	select {
	case a := <-answered:
		d.took(time.Since(began))
		return a.is, a.err
	case <-d.ctx.Done():
	case <-limit.C:
		d.took(whole * d.each)
	}
	left.Lock()
	left.n[d.name]++
	left.Unlock()
	go func() {
		<-answered
		left.Lock()
		defer left.Unlock()
		if left.n[d.name]--; left.n[d.name] == 0 {
			delete(left.n, d.name)
		}
	}()
	if err := d.ctx.Err(); err != nil {
		return none, err
	}
	return none, d.answers()
}

// answers is an error for a folder that does not.
func (d *disk) answers() error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	left.Lock()
	defer left.Unlock()
	if d.silent == "" && left.n[d.name] > 0 {
		d.silent = Unread(fmt.Sprintf("cannot be read: the folder %s did not answer an earlier reading, which still waits for it", d.name))
	}
	if d.silent == "" {
		return nil
	}
	return d.silent
}

func (d *disk) took(long time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.spent += long; d.spent >= whole*d.each && d.silent == "" {
		d.silent = Unread(fmt.Sprintf("cannot be read: the folder %s does not answer in time (%s for one answer, %s for all)", d.name, d.each, whole*d.each))
	}
}

// Silent returns why a tree answers nothing any more, nil for one that does. What was
// made of a tree that fell silent counts for nothing: a file that nobody could ask about
// is taken for one that is not there.
func Silent(tree fs.FS) error {
	if d, ok := tree.(*disk); ok {
		return d.answers()
	}
	return nil
}

// ReadFile implements fs.ReadFileFS.
func (d *disk) ReadFile(name string) ([]byte, error) {
	f, err := d.read(name)
	return f.text, err
}

type read struct {
	info fs.FileInfo
	text []byte
}

func (d *disk) read(name string) (read, error) {
	refused := func(why error) error { return &fs.PathError{Op: "read", Path: name, Err: why} }
	if !fs.ValidPath(name) {
		return read{}, refused(fs.ErrInvalid)
	}
	return within(d, func() (read, error) {
		info, err := fs.Stat(d.files, name)
		if err != nil {
			if link, e := fs.Lstat(d.files, name); e == nil && link.Mode()&fs.ModeSymlink != 0 && !errors.Is(err, fs.ErrNotExist) {
				return read{}, refused(leadsOut)
			}
			return read{}, err
		}
		if why := odd(info.Mode()); why != "" { // a device may do something when it is opened
			return read{}, refused(why)
		}
		f, err := d.files.Open(name)
		if err != nil {
			return read{}, err
		}
		defer func() { _ = f.Close() }()
		if info, err = f.Stat(); err != nil {
			return read{}, err
		}
		if why := odd(info.Mode()); why != "" {
			return read{}, refused(why)
		}
		text, err := io.ReadAll(io.LimitReader(f, largest+1))
		if len(text) > largest {
			return read{}, refused(tooLarge)
		}
		return read{info, text}, err
	})
}

// Stat implements fs.StatFS.
func (d *disk) Stat(name string) (fs.FileInfo, error) {
	return within(d, func() (fs.FileInfo, error) { return fs.Stat(d.files, name) })
}

// ReadDir implements fs.ReadDirFS.
func (d *disk) ReadDir(name string) ([]fs.DirEntry, error) {
	return within(d, func() ([]fs.DirEntry, error) { return fs.ReadDir(d.files, name) })
}

// Open implements fs.FS. What is returned has been read.
func (d *disk) Open(name string) (fs.File, error) {
	info, err := d.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		entries, err := d.ReadDir(name)
		return &opened{info: info, entries: entries}, err
	}
	f, err := d.read(name)
	if err != nil {
		return nil, err
	}
	return &opened{info: f.info, text: f.text}, nil
}

// opened is a file or a folder that has been read.
type opened struct {
	info    fs.FileInfo
	text    []byte
	entries []fs.DirEntry
}

func (o *opened) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *opened) Close() error               { return nil }

func (o *opened) Read(p []byte) (int, error) {
	if o.info.IsDir() {
		return 0, &fs.PathError{Op: "read", Path: path.Base(o.info.Name()), Err: fs.ErrInvalid}
	}
	if len(o.text) == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	n := copy(p, o.text)
	o.text = o.text[n:]
	return n, nil
}

func (o *opened) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(o.entries) {
		if n > 0 && len(o.entries) == 0 {
			return nil, io.EOF
		}
		n = len(o.entries)
	}
	out := o.entries[:n]
	o.entries = o.entries[n:]
	return out, nil
}
