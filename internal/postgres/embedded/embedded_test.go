package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/need"
	"kualik/internal/postgres"
)

const helperFolder = "KUALIK_TEST_EMBEDDED_FOLDER"

// TestMain lets the test's binary be the other process, which shares a folder with the test.
func TestMain(m *testing.M) {
	folder := os.Getenv(helperFolder)
	if folder == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	s, err := Start(ctx, folder, slog.New(slog.NewTextHandler(os.Stderr, nil)), WithoutSync())
	if err == nil {
		fmt.Println(s.URL())
		io.Copy(io.Discard, os.Stdin)
		err = s.Close(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// other starts the other process on a folder and gives it when its server answers, with its address.
func other(t *testing.T, binary, folder string, as *syscall.Credential) (*exec.Cmd, string, io.Closer) {
	t.Helper()
	cmd := exec.Command(binary)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), helperFolder+"="+folder)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the other process did not start: %v", err)
	}
	return cmd, strings.TrimSpace(line), in
}

func begin(t *testing.T, folder string) *Server {
	t.Helper()
	need.Program(t, "postgres")
	s, err := Start(t.Context(), folder, slog.New(slog.DiscardHandler), WithoutSync())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// eventually runs a statement until it succeeds: a take-over breaks the connections that are open.
func eventually(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, err := pool.Exec(ctx, sql)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", sql, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// The folder lies in one that only we can enter (t.TempDir is 0700), at a path longer than a socket's may be.
func TestClosedFolderAndLongPath(t *testing.T) {
	folder := filepath.Join(t.TempDir(), strings.Repeat("ұзын жол ", 12), "postgres")
	start := time.Now()
	s := begin(t, folder)
	t.Logf("new cluster: %v", time.Since(start))
	pool := open(t, s.URL())
	eventually(t, pool, "CREATE TABLE kept AS SELECT 'жұмыс' AS word")
	var listen, fsync, ctype, data string
	err := pool.QueryRow(t.Context(), `SELECT current_setting('listen_addresses'), current_setting('fsync'), datctype, current_setting('data_directory')
		FROM pg_database WHERE datname = current_database()`).Scan(&listen, &fsync, &ctype, &data)
	if err != nil || listen != "" || ctype != "C.UTF-8" {
		t.Errorf("listens on %q, ctype %q (%v)", listen, ctype, err)
	}
	if dump, err := exec.Command(need.Program(t, "pg_dump"), "--dbname="+s.URL()).CombinedOutput(); err != nil || !strings.Contains(string(dump), "жұмыс") {
		t.Errorf("pg_dump at the same address: %v %s", err, dump)
	}
	if info, err := os.Stat(filepath.Join(folder, "cluster")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the cluster can be entered by others: %v %v", info.Mode(), err)
	}
}

func TestWarmStart(t *testing.T) {
	folder := t.TempDir()
	s := begin(t, folder)
	eventually(t, open(t, s.URL()), "CREATE TABLE kept ()")
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	again := begin(t, folder)
	t.Logf("warm start: %v", time.Since(start))
	eventually(t, open(t, again.URL()), "TABLE kept")
}

func TestGuestTakesOverWhenOwnerCloses(t *testing.T) {
	folder := t.TempDir()
	owner := begin(t, folder)
	guest := begin(t, folder)
	pool := open(t, guest.URL())
	eventually(t, pool, "CREATE TABLE kept AS SELECT 1 AS n")
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	eventually(t, pool, "INSERT INTO kept VALUES (2)")
	t.Logf("taken over in %v", time.Since(start))
}

func TestOwnerKilled(t *testing.T) {
	folder := t.TempDir()
	need.Program(t, "postgres")
	owner, url, _ := other(t, os.Args[0], folder, nil)
	guest := begin(t, folder)
	if guest.URL() != url {
		t.Errorf("two addresses of one server: %s, %s", guest.URL(), url)
	}
	pool := open(t, guest.URL())
	eventually(t, pool, "CREATE TABLE kept AS SELECT 1 AS n")
	since := serverStart(t, pool)
	owner.Process.Kill()
	start := time.Now()
	waitFor(t, pool, "SELECT pg_postmaster_start_time() <> '"+since+"'")
	t.Logf("taken over in %v", time.Since(start))
	eventually(t, pool, "INSERT INTO kept VALUES (2)")
	var n int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM kept").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows after the take-over (%v), want 2", n, err)
	}
}

// Whatever a process is doing when it is killed — making the cluster, starting, serving —, the next one
// makes something whole of it.
func TestKilledAtAnyMoment(t *testing.T) {
	need.Program(t, "postgres")
	times := 8
	if os.Getenv("KUALIK_TORTURE") != "" {
		times = 200
	}
	folder := filepath.Join(t.TempDir(), "postgres")
	for n := range times {
		if n%4 == 0 {
			folder = filepath.Join(t.TempDir(), fmt.Sprint("postgres", n))
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), helperFolder+"="+folder)
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		alive := time.Duration(rand.IntN(900)) * time.Millisecond
		time.Sleep(alive) // the moment is the point of the test; nothing waits for it
		cmd.Process.Kill()
		cmd.Wait()
		s, err := Start(t.Context(), folder, slog.New(slog.DiscardHandler), WithoutSync())
		if err != nil {
			t.Fatalf("killed after %v: %v", alive, err)
		}
		pool := open(t, s.URL())
		eventually(t, pool, "CREATE TABLE IF NOT EXISTS kept (n int)")
		eventually(t, pool, fmt.Sprintf("INSERT INTO kept VALUES (%d)", n))
		var rows int
		if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM kept").Scan(&rows); err != nil || rows != n%4+1 {
			t.Errorf("killed after %v: %d rows (%v), want %d", alive, rows, err, n%4+1)
		}
		pool.Close()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// While one process after another is the owner, those who connect anew notice no more than a pause.
func TestNewConnectionsOnlyWait(t *testing.T) {
	folder := t.TempDir()
	first := begin(t, folder)
	second := begin(t, folder)
	ctx, stop := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for ctx.Err() == nil {
			pool, err := postgres.Open(ctx, second.URL())
			if err == nil {
				pool.Close()
			} else if ctx.Err() == nil && !brokenOff(err) {
				failed <- err
				return
			}
		}
	}()
	if err := first.Close(t.Context()); err != nil {
		t.Error(err)
	}
	eventually(t, open(t, second.URL()), "SELECT 1")
	stop()
	if err := <-failed; err != nil {
		t.Errorf("a connection was refused: %v", err)
	}
}

// brokenOff tells whether a connection ended because the server stopped in the middle of it.
func brokenOff(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code == "57P01" || strings.Contains(said.Message, "shutting down")
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// A postmaster that is killed leaves its busy children behind.
func TestPostmasterKilled(t *testing.T) {
	s := begin(t, t.TempDir())
	pool := open(t, s.URL())
	eventually(t, pool, "CREATE TABLE kept ()")
	var pid int
	mark, err := os.ReadFile(filepath.Join(s.home, "cluster", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Sscan(string(mark), &pid)
	busy, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close(context.Background())
	begun := make(chan struct{})
	go func() {
		close(begun)
		busy.Exec(context.Background(), "SELECT count(*) FROM generate_series(1, 1000000000000)")
	}()
	<-begun
	waitFor(t, pool, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 1000000000000)%' AND pid <> pg_backend_pid())")
	since := serverStart(t, pool)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	waitFor(t, pool, "SELECT pg_postmaster_start_time() <> '"+since+"'")
	t.Logf("runs again after %v", time.Since(start))
	eventually(t, pool, "INSERT INTO kept DEFAULT VALUES")
}

func serverStart(t *testing.T, pool *pgxpool.Pool) (at string) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "SELECT pg_postmaster_start_time()::text").Scan(&at); err != nil {
		t.Fatal(err)
	}
	return at
}

func waitFor(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		var yes bool
		if err := pool.QueryRow(t.Context(), sql).Scan(&yes); err == nil && yes {
			return
		}
	}
	t.Fatalf("never true: %s", sql)
}

// Root in an ordinary user's folder gives the cluster to that user, who can run it afterwards.
func TestOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("we are an ordinary user: all other tests here are this one")
	}
	const user = 65534 // nobody: it has a name everywhere, which initdb wants
	home, err := os.MkdirTemp("", "kualik-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	binary := filepath.Join(home, "test")
	if said, err := exec.Command("cp", os.Args[0], binary).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	if err := os.Chown(home, user, user); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(home, "postgres")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(folder, user, user); err != nil {
		t.Fatal(err)
	}
	asRoot := begin(t, folder)
	eventually(t, open(t, asRoot.URL()), "CREATE TABLE kept ()")
	if err := asRoot.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	cmd, url, in := other(t, binary, folder, &syscall.Credential{Uid: user, Gid: user})
	eventually(t, open(t, url), "TABLE kept")
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the user's process: %v", err)
	}
	other(t, binary, filepath.Join(home, "fresh"), &syscall.Credential{Uid: user, Gid: user})
}

func TestBrokenClusterSaysWhy(t *testing.T) {
	folder := t.TempDir()
	s := begin(t, folder)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "cluster", "global", "pg_control")); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), folder, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "pg_control") {
		t.Errorf("PostgreSQL's own words are missing: %v", err)
	}
}
