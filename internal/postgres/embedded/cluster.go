package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"kualik/internal/fault"
)

// settings of the server: for a small machine, no TCP, and nothing that the cluster's own files say can
// make it listen elsewhere. /proc/self/fd/3 is the cluster, see startProcess.
func (s *Server) settings() []string {
	set := []string{
		"listen_addresses=", "unix_socket_directories=" + inherited, "unix_socket_permissions=0700", "port=" + early,
		"shared_buffers=64MB", "max_connections=100", "work_mem=8MB", "maintenance_work_mem=64MB",
		"wal_level=minimal", "max_wal_senders=0", "min_wal_size=32MB", "max_wal_size=512MB",
		"huge_pages=off", "jit=off", "random_page_cost=1.1", "max_parallel_workers_per_gather=1",
		"checkpoint_timeout=15min", "autovacuum_max_workers=2", "autovacuum_naptime=1min",
		"logging_collector=off", "log_destination=stderr", "log_line_prefix=%m [%p] ", "log_min_messages=warning",
		"log_min_error_statement=panic", // a statement may hold personal data
		"lc_messages=C", "timezone=UTC", "log_timezone=UTC",
	}
	if s.unsafe {
		set = append(set, "fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")
	}
	args := []string{"-D", inherited}
	for _, v := range set {
		args = append(args, "-c", v)
	}
	return args
}

// prepare makes the cluster when there is none, and gives the folder of the programs that fit it.
func (s *Server) prepare(ctx context.Context) (programs string, err error) {
	cluster := filepath.Join(s.home, "cluster")
	version, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	switch {
	case err == nil:
		return findPrograms(strings.TrimSpace(string(version)))
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("reading the cluster's version: %w", err)
	}
	if programs, err = findPrograms(""); err != nil {
		return "", err
	}
	return programs, s.initialise(ctx, programs, cluster)
}

// initialise makes a cluster under a temporary name, so that one that was cut off is never taken for a
// whole one. C.UTF-8, because under the plain C type pg_trgm finds no Cyrillic letters.
func (s *Server) initialise(ctx context.Context, programs, cluster string) error {
	s.log.Info("making the private database", "folder", s.home)
	const half = "cluster.half"
	temporary := filepath.Join(s.home, half)
	if err := removeHalf(ctx, temporary); err != nil {
		return err
	}
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return fmt.Errorf("making the cluster's folder: %w", err)
	}
	uid, gid := servant(s.home)
	if err := os.Chown(temporary, uid, gid); err != nil {
		return fmt.Errorf("giving the cluster's folder to the server's user: %w", err)
	}
	folder, err := os.Open(temporary)
	if err != nil {
		return fmt.Errorf("opening the cluster's folder: %w", err)
	}
	defer folder.Close()
	args := []string{"-D", inherited, "--username=" + role, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"}
	if s.unsafe {
		args = append(args, "--no-sync")
	}
	out, err := os.CreateTemp(s.home, "initdb.*.log")
	if err != nil {
		return fmt.Errorf("making initdb's log: %w", err)
	}
	defer func() { out.Close(); os.Remove(out.Name()) }()
	p, err := startProcess(folder, out, filepath.Join(programs, "initdb"), args...)
	if err != nil {
		return fmt.Errorf("starting initdb: %w", err)
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.shutDown(stopLimit))
	}
	if p.err != nil {
		said, _ := os.ReadFile(out.Name())
		return fault.Wrap(fmt.Errorf("%w: %s", p.err, bytes.TrimSpace(said)), fault.Internal, "postgres.embedded.init", "folder", s.home)
	}
	if err := os.Rename(temporary, cluster); err != nil {
		return fmt.Errorf("naming the new cluster: %w", err)
	}
	return syncFolder(s.home)
}

// removeHalf removes what an initdb left that was cut off, after the programs that still work in it.
func removeHalf(ctx context.Context, temporary string) error {
	folder, err := os.Open(temporary)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening a half-made cluster: %w", err)
	}
	defer folder.Close()
	for deadline := time.Now().Add(stopLimit); ; {
		if err := sweep(ctx, folder); err != nil {
			return err
		}
		err := os.RemoveAll(temporary)
		if err == nil {
			return nil
		}
		// An initdb that was only being started when we looked for it has written meanwhile: look again.
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("removing a half-made cluster: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening a folder to write it out: %w", err)
	}
	defer folder.Close()
	return folder.Sync()
}

// Programs is the folder of the newest PostgreSQL on this machine.
func Programs() (string, error) { return findPrograms("") }

// findPrograms looks for the programs of a major version, or for the newest. Debian keeps them outside PATH.
func findPrograms(version string) (string, error) {
	newest, best := 0, ""
	consider := func(folder string, major int) {
		if major > newest && executable(filepath.Join(folder, "initdb")) && executable(filepath.Join(folder, "postgres")) {
			newest, best = major, folder
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, folder := range found {
		name := filepath.Base(filepath.Dir(folder))
		if major, err := strconv.Atoi(name); err == nil && (version == "" || version == name) {
			consider(folder, major)
		}
	}
	if best != "" {
		return best, nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && (version == "" || versionOf(path) == version) {
			consider(filepath.Dir(path), 1)
		}
	}
	if best == "" {
		return "", fault.New(fault.Unavailable, "postgres.embedded.missing", "version", version)
	}
	return best, nil
}

func executable(path string) bool { return unix.Access(path, unix.X_OK) == nil }

// versionOf asks a postgres for its major version: "postgres (PostgreSQL) 15.14 (Debian …)".
func versionOf(path string) string {
	said, _ := exec.Command(path, "--version").Output()
	fields := strings.Fields(string(said))
	if len(fields) < 3 {
		return ""
	}
	major, _, _ := strings.Cut(fields[2], ".")
	return major
}

// servant is the user that a new cluster belongs to. PostgreSQL refuses to run as root; root therefore
// gives it to the folder's owner, to Debian's postgres user, or to nobody.
func servant(home string) (uid, gid int) {
	if os.Geteuid() != 0 {
		return -1, -1
	}
	if info, err := os.Stat(home); err == nil {
		owner := info.Sys().(*syscall.Stat_t)
		// initdb refuses a user without a name
		if _, err := user.LookupId(strconv.Itoa(int(owner.Uid))); err == nil && owner.Uid != 0 {
			return int(owner.Uid), int(owner.Gid)
		}
	}
	const nobody = 65534
	account, err := user.Lookup("postgres")
	if err != nil {
		return nobody, nobody
	}
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	if err1 != nil || err2 != nil {
		return nobody, nobody
	}
	return uid, gid
}

// explain adds the last words of PostgreSQL's log to an error.
func (s *Server) explain(err error) error {
	said, _ := os.ReadFile(filepath.Join(s.home, "server.log"))
	const words = 1500
	if len(said) > words {
		said = said[len(said)-words:]
	}
	return fmt.Errorf("%w; PostgreSQL said: %s", err, bytes.TrimSpace(said))
}
