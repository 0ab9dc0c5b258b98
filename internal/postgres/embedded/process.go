package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inherited is the cluster's folder as PostgreSQL sees it: a folder that we opened for it. Under root the
// server runs as another user, who may not be allowed to walk to the folder (root's home is closed to
// others); what is already open needs no walking.
const inherited = "/proc/self/fd/3"

// process is a running PostgreSQL program.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
	err    error // how it ended; read after exited
}

// startProcess starts a program with the folder as file 3, as the folder's owner.
func startProcess(folder, out *os.File, path string, args ...string) (*process, error) {
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + filepath.Dir(path) + ":/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = []*os.File{folder}
	// SIGQUIT is PostgreSQL's immediate stop: nothing is lost, the next start replays the log.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT, Setpgid: true}
	if os.Geteuid() == 0 {
		info, err := folder.Stat()
		if err != nil {
			return nil, fmt.Errorf("reading the cluster's owner: %w", err)
		}
		owner := info.Sys().(*syscall.Stat_t)
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}
	}
	p := &process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the death signal when the thread that started the child ends, not the
		// process: this thread is kept until the child is gone.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// shutDown ends the server in order; when that takes longer than limit, at once.
func (p *process) shutDown(limit time.Duration) error {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		p.cmd.Process.Signal(signal) //nolint:errcheck // it may be gone already, which is what we want
		select {
		case <-p.exited:
			if signal != syscall.SIGINT {
				return fmt.Errorf("PostgreSQL did not stop within %s and was ended with %v", limit, signal)
			}
			return nil
		case <-time.After(limit):
		}
		limit = 5 * time.Second
	}
	return errors.New("PostgreSQL cannot be stopped")
}

// tryLock takes the lock file, or gives nil when somebody else holds it. Closing the file frees it, and so
// does the end of the process, however it ends.
func tryLock(path string) (*os.File, error) {
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the database folder's lock: %w", err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err == nil && os.Geteuid() == 0 {
		owner := info.Sys().(*syscall.Stat_t)
		if err := lock.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			lock.Close()
			return nil, fmt.Errorf("giving the lock to the folder's owner: %w", err)
		}
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		lock.Close()
		return nil, nil
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("locking the database's folder: %w", err)
	}
	return lock, nil
}

// sweep ends what is left of an earlier server in the cluster, and removes its marks. After SIGKILL of a
// postmaster its children may live on and would hold up the next start for minutes; a mark with a number
// that another process has now would forbid it. We hold the folder's lock, so nobody else's server can be
// there.
func sweep(ctx context.Context, cluster *os.File) error {
	here, err := cluster.Stat()
	if err != nil {
		return fmt.Errorf("reading the cluster's folder: %w", err)
	}
	kill := time.Now().Add(time.Second) // the death signal has reached the old server: let it end
	if err := os.Remove(filepath.Join(cluster.Name(), socket(port))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the name of PostgreSQL's socket: %w", err)
	}
	for {
		left := leftOver(here)
		if len(left) == 0 {
			break
		}
		if time.Now().After(kill) {
			for _, pid := range left {
				syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // gone is well
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for processes of an earlier PostgreSQL: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	for _, mark := range []string{"postmaster.pid", socket(early), socket(early) + ".lock"} {
		if err := os.Remove(filepath.Join(cluster.Name(), mark)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the marks of an earlier PostgreSQL: %w", err)
		}
	}
	return nil
}

// leftOver lists the PostgreSQL processes that work in a folder.
func leftOver(folder os.FileInfo) (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		name, _ := os.ReadFile("/proc/" + entry.Name() + "/comm")
		if strings.TrimSpace(string(name)) != "postgres" {
			continue
		}
		if cwd, err := os.Stat("/proc/" + entry.Name() + "/cwd"); err == nil && os.SameFile(cwd, folder) {
			pids = append(pids, pid)
		}
	}
	return pids
}
