package private

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// outside is where the cluster of an administrator's data folder goes when the
// server's account cannot enter that folder (/root, mostly).
const outside = "/var/lib/mektep"

// maxSocketDir keeps "<dir>/.s.PGSQL.5432.lock" within sun_path's 107 bytes.
const maxSocketDir = 85

// memoryPrefix names in-memory clusters, so that those of killed processes can be
// found and removed.
const memoryPrefix = "mektep-pg-"

type layout struct {
	root      string // the data folder
	pg        string // the cluster itself, without symbolic links
	socket    string // folder of the socket
	log       string // the server's log
	temporary bool   // removed at the end
}

// prepare makes the folders, for the server's account, and locks the data folder
// for this process.
func prepare(o Options, who account, log *slog.Logger) (layout, *os.File, error) {
	root := o.DataDir
	if o.InMemory && root == "" {
		sweepMemory()
		dir, err := os.MkdirTemp(memoryDir(), memoryPrefix)
		if err != nil {
			return layout{}, nil, fmt.Errorf("make a folder for the private PostgreSQL: %w", err)
		}
		root = dir
	}
	if root == "" {
		return layout{}, nil, errors.New("the private PostgreSQL needs a data folder")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return layout{}, nil, err
	}
	l := layout{root: root, log: filepath.Join(root, "pg.log"), temporary: o.InMemory}
	if err := os.MkdirAll(root, 0o711); err != nil { //nolint:gosec // the server's account passes through it
		return l, nil, fmt.Errorf("make the data folder: %w", err)
	}
	if o.InMemory {
		if err := os.Chmod(root, 0o711); err != nil { //nolint:gosec // as above
			return l, nil, err
		}
	}
	lock, err := lockFolder(root)
	if err != nil {
		return l, nil, err
	}
	if l.pg, err = clusterFolder(root, who, log); err == nil {
		l.socket, err = socketFolder(l.pg, who)
	}
	if err != nil {
		_ = lock.Close()
		return l, nil, err
	}
	return l, lock, nil
}

// clusterFolder returns where the cluster lies: <root>/pg, or, where the server's
// account cannot enter root, a folder of its own that <root>/pg points to.
func clusterFolder(root string, who account, log *slog.Logger) (string, error) {
	pg := filepath.Join(root, "pg")
	if target, err := os.Readlink(pg); err == nil {
		if !strings.HasPrefix(target, outside+"/") {
			return "", fmt.Errorf("%s points outside %s; remove the link", pg, outside)
		}
		return target, ownFolder(target, who)
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if who.canEnter(real) {
		pg = filepath.Join(real, "pg")
		return pg, ownFolder(pg, who)
	}
	target := filepath.Join(outside, rand.Text())
	if err := os.MkdirAll(outside, 0o711); err != nil { //nolint:gosec // passed through, not read
		return "", fmt.Errorf("the account %q, which runs PostgreSQL, cannot enter %s: choose another data folder (--data)", who.name, root)
	}
	if err := ownFolder(target, who); err != nil {
		return "", err
	}
	if err := os.Symlink(target, pg); err != nil {
		return "", err
	}
	log.Info("the account that runs PostgreSQL cannot enter the data folder; its cluster lies elsewhere", "account", who.name, "cluster", target)
	return target, nil
}

// ownFolder makes dir, 0700, the server account's own.
func ownFolder(dir string, who account) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the folder of the private PostgreSQL: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != who.uid {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			return fmt.Errorf("%s belongs to another account than %q, which would run PostgreSQL: start as the same user as before, or choose another data folder (--data)", dir, who.name)
		}
		if err := os.Chown(dir, int(who.uid), int(who.gid)); err != nil {
			return fmt.Errorf("give %s to %q: %w", dir, who.name, err)
		}
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a folder
}

// socketFolder is the cluster's own folder, or a short one beside /tmp's others
// when a socket's path would be too long.
func socketFolder(pg string, who account) (string, error) {
	if len(pg) <= maxSocketDir {
		return pg, nil
	}
	sum := sha256.Sum256([]byte(pg))
	short := filepath.Join("/tmp", "mektep-"+strconv.Itoa(int(who.uid))+"-"+hex.EncodeToString(sum[:6]))
	// Its name can be foreseen: ownFolder refuses what somebody else put there.
	return short, ownFolder(short, who)
}

// lockFolder makes this process the only user of root. The lock ends with the process.
func lockFolder(root string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another process runs on the data folder %s: stop it, or choose another folder (--data)", root)
	}
	return f, nil
}

// lockIsFree reports whether nobody runs on root.
func lockIsFree(root string) (bool, error) {
	f, err := os.OpenFile(filepath.Join(root, "lock"), os.O_RDWR, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist), err
	}
	defer func() { _ = f.Close() }()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil, nil
}

func memoryDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// sweepMemory removes the in-memory clusters of processes that were killed.
func sweepMemory() {
	dirs, _ := filepath.Glob(filepath.Join(memoryDir(), memoryPrefix+"*"))
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
			continue
		}
		// A young one may not have been locked yet.
		if free, _ := lockIsFree(dir); free && time.Since(info.ModTime()) > 10*time.Second {
			if pid, _ := readPidFile(filepath.Join(dir, "pg")); pid == 0 || !runsHere(pid, filepath.Join(dir, "pg")) {
				_ = os.RemoveAll(dir)
			}
		}
	}
}

// waitForPredecessor makes sure that no server runs on the cluster. The one of a
// killed process may still be ending; a postmaster.pid without a server is stale,
// and would stop ours if its number has since been given to somebody else.
func waitForPredecessor(ctx context.Context, pg string) error {
	deadline := time.Now().Add(10 * time.Second) //nolint:forbidigo // the machine's time
	for {
		pid, _ := readPidFile(pg)
		if pid == 0 {
			return nil
		}
		if !runsHere(pid, pg) {
			return os.Remove(filepath.Join(pg, "postmaster.pid"))
		}
		if time.Now().After(deadline) { //nolint:forbidigo // the machine's time
			return fmt.Errorf("another PostgreSQL (process %d) runs on %s: stop it first", pid, pg)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// runsHere reports whether pid is a server whose data folder is pg: that is its
// working folder.
func runsHere(pid int, pg string) bool {
	dir, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if errors.Is(err, fs.ErrPermission) { // not ours to look at; believe the file if the process is there
		return true
	}
	return err == nil && dir == pg
}

// readPidFile returns the process and the state that postmaster.pid tells; 0
// where there is none.
func readPidFile(pg string) (pid int, status string) {
	text, err := os.ReadFile(filepath.Join(pg, "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(text), "\n")
	pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if len(lines) > 7 {
		status = strings.TrimSpace(lines[7])
	}
	return max(pid, 0), status
}

func (s *Server) writeDSN() error {
	text, err := json.MarshalIndent(DSN{Service: s.ServiceDSN(), Owner: s.OwnerDSN(), Dump: s.DumpDSN()}, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(s.layout.root, "dsn.json")
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write how to reach the private PostgreSQL: %w", err)
	}
	return os.Rename(path+".new", path)
}

func decodeDSN(text []byte) (DSN, error) {
	var d DSN
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("dsn.json is damaged; restart the private database: %w", err)
	}
	return d, nil
}
