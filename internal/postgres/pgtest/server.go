package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"kualik/internal/postgres"
	"kualik/internal/postgres/embedded"
	"kualik/migrations"
)

const (
	template = "kualik_template" // the migrated database that every test's is a copy of
	layout   = "1"               // goes up when the way the template is made changes
)

var silent = slog.New(slog.DiscardHandler)

// start starts the process's server and gives its address. It is never stopped: it dies with us, and its
// folder is removed by the next test process.
func start() (string, error) {
	root := tempRoot()
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", err
	}
	if info, err := os.Lstat(root); err != nil || !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not ours (%v)", root, err)
	}
	gate, err := lock(filepath.Join(root, "gate"), true)
	if err != nil {
		return "", err
	}
	defer gate.Close()
	removeOld(root)
	original, err := cached(root)
	if err != nil {
		return "", err
	}
	home, err := os.MkdirTemp(root, "run-")
	if err != nil {
		return "", err
	}
	if said, err := exec.Command("cp", "-a", "--reflink=auto", filepath.Join(original, "cluster"), home).CombinedOutput(); err != nil {
		return "", fmt.Errorf("copying the template's cluster: %w: %s", err, said)
	}
	s, err := embedded.Start(context.Background(), home, silent, embedded.WithoutSync())
	if err != nil {
		return "", err
	}
	return s.URL(), nil
}

// cached gives the folder of a cluster that holds the template with the present migrations.
func cached(root string) (string, error) {
	key, err := fingerprint()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(root, "template-"+key)
	if _, err := os.Stat(filepath.Join(folder, "cluster", "PG_VERSION")); err == nil {
		now := time.Now()
		return folder, os.Chtimes(folder, now, now)
	}
	half := folder + ".half"
	if err := os.RemoveAll(half); err != nil {
		return "", err
	}
	ctx := context.Background()
	s, err := embedded.Start(ctx, half, silent, embedded.WithoutSync())
	if err != nil {
		return "", err
	}
	if err = command(s.URL(), "CREATE DATABASE "+template); err == nil {
		err = postgres.Migrate(ctx, named(s.URL(), template), silent)
	}
	if stopped := s.Close(ctx); err == nil {
		err = stopped
	}
	if err != nil {
		return "", err
	}
	return folder, os.Rename(half, folder)
}

// fingerprint names the state of the migrations, of River and of PostgreSQL.
func fingerprint() (string, error) {
	hash := sha256.New()
	programs, err := embedded.Programs()
	if err != nil {
		return "", err
	}
	fmt.Fprintln(hash, layout, postgres.RiverSchema, programs)
	err = fs.WalkDir(migrations.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := migrations.Files.ReadFile(path)
		fmt.Fprintln(hash, path, len(content))
		hash.Write(content)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil))[:16], err
}

// removeOld removes the folders of test processes that have ended, and templates that nobody has used for
// a week.
func removeOld(root string) {
	entries, _ := os.ReadDir(root)
	for _, entry := range entries {
		path := filepath.Join(root, entry.Name())
		switch info, err := entry.Info(); {
		case err != nil:
		case strings.HasPrefix(entry.Name(), "run-"):
			if held, err := lock(filepath.Join(path, "lock"), false); err == nil {
				os.RemoveAll(path) //nolint:errcheck // the next process tries again
				held.Close()
			}
		case strings.HasPrefix(entry.Name(), "template-") && time.Since(info.ModTime()) > 7*24*time.Hour:
			os.RemoveAll(path) //nolint:errcheck // the next process tries again
		}
	}
}

func lock(path string, wait bool) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_EX
	if !wait {
		how |= unix.LOCK_NB
	}
	for {
		err = unix.Flock(int(file.Fd()), how)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
