// Package embedded runs the private PostgreSQL, for an installation that has no database of its own.
//
// The server belongs to a folder, not to a process. Whoever holds the folder's lock runs the server, the
// others connect to it; when the owner goes or is killed, the next one takes over at the same address.
// There is no TCP: the socket lies in the cluster's folder, which only its owner can enter. The package
// uses the system's PostgreSQL programs and knows nothing of the schema.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

const (
	role      = "kualik" // owner of everything in the private server
	port      = "5432"   // part of the socket's name, no TCP port
	early     = "5431"   // the same until the server is ready
	patience  = 60 * time.Second
	stopLimit = 20 * time.Second
	nextLook  = 50 * time.Millisecond // between two looks at the lock
)

// Option changes how the server runs.
type Option func(*Server)

// WithoutSync lets the server lose data when the machine fails, though not when a process is killed; for
// tests.
func WithoutSync() Option { return func(s *Server) { s.unsafe = true } }

// Server is a process's share in the folder's PostgreSQL.
type Server struct {
	home    string   // the folder: lock, log and cluster
	unsafe  bool     // no fsync
	cluster *os.File // the open folder of the cluster; keeps the address through /proc alive
	url     string
	log     *slog.Logger
	stop    context.CancelFunc
	done    chan struct{}
	closing error // why the server could not be stopped in order; read after done
}

// Start makes sure that the folder's PostgreSQL runs, and makes the cluster when there is none. It
// returns when the server answers. Another process that runs it already is joined.
func Start(ctx context.Context, dir string, log *slog.Logger, options ...Option) (*Server, error) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the database's folder: %w", err)
	}
	s := &Server{home: home, log: log, done: make(chan struct{})}
	for _, option := range options {
		option(s)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("making the database's folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	owned, err := s.join(ctx)
	if err != nil {
		if s.cluster != nil {
			s.cluster.Close()
		}
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.keep(running, owned)
	return s, nil
}

// URL is the database's address. It stays the same whoever runs the server, and holds in this process
// and in those that it starts.
func (s *Server) URL() string { return s.url }

// Close leaves the server. The owner stops it in order; a process that still uses it takes it over.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	select {
	case <-s.done:
	case <-ctx.Done():
		return fmt.Errorf("stopping PostgreSQL: %w", ctx.Err())
	}
	s.cluster.Close()
	return s.closing
}

// tenure is the ownership of a running server.
type tenure struct {
	lock   *os.File
	server *process
}

// join waits until the server answers: as its owner (then the tenure is not nil) or as a guest.
func (s *Server) join(ctx context.Context) (*tenure, error) {
	for {
		lock, err := tryLock(filepath.Join(s.home, "lock"))
		if err != nil {
			return nil, err
		}
		if lock != nil {
			return s.own(ctx, lock)
		}
		if s.openCluster() == nil && s.answers(ctx, s.url) == nil {
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, fault.Wrap(s.explain(ctx.Err()), fault.Unavailable, "postgres.embedded.no_answer", "folder", s.home)
		case <-time.After(nextLook):
		}
	}
}

// own makes and starts the server for the holder of the lock, who loses it when that fails.
func (s *Server) own(ctx context.Context, lock *os.File) (_ *tenure, err error) {
	defer func() {
		if err != nil {
			lock.Close()
		}
	}()
	programs, err := s.prepare(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.openCluster(); err != nil {
		return nil, err
	}
	server, err := s.launch(ctx, programs)
	if err != nil {
		return nil, err
	}
	return &tenure{lock: lock, server: server}, nil
}

// keep stays until Close: the owner watches the server and starts it again when it dies, a guest waits
// for the lock.
func (s *Server) keep(ctx context.Context, own *tenure) {
	defer close(s.done)
	pause := nextLook
	for {
		if own != nil {
			select {
			case <-ctx.Done():
				s.closing = errors.Join(s.closeDoor(), own.server.shutDown(stopLimit))
				own.lock.Close()
				return
			case <-own.server.exited:
				s.log.Error("PostgreSQL stopped by itself, starting it again", "error", s.explain(own.server.err))
				own.lock.Close()
				own = nil
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		var failed bool
		if own, failed = s.takeOver(ctx); failed {
			pause = min(2*pause, 10*time.Second)
		} else {
			pause = nextLook
		}
	}
}

// takeOver makes this process the owner if nobody is.
func (s *Server) takeOver(ctx context.Context) (own *tenure, failed bool) {
	lock, err := tryLock(filepath.Join(s.home, "lock"))
	if err != nil || lock == nil {
		return nil, err != nil
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	own, err = s.own(limited, lock)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("taking over PostgreSQL", "error", err)
		}
		return nil, true
	}
	s.log.Info("PostgreSQL is run by this process now", "folder", s.home)
	return own, false
}

// launch starts the server in the cluster's folder and waits until it answers with our database.
func (s *Server) launch(ctx context.Context, programs string) (*process, error) {
	if err := sweep(ctx, s.cluster); err != nil {
		return nil, err
	}
	said := filepath.Join(s.home, "server.log")
	os.Rename(said, said+".old") //nolint:errcheck // there may be none
	out, err := os.OpenFile(said, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening PostgreSQL's log: %w", err)
	}
	defer out.Close()
	server, err := startProcess(s.cluster, out, filepath.Join(programs, "postgres"), s.settings()...)
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	for {
		err := s.createDatabase(ctx)
		if err == nil {
			err = s.openDoor()
		}
		if err == nil {
			return server, nil
		}
		select {
		case <-server.exited:
			return nil, fault.Wrap(s.explain(server.err), fault.Internal, "postgres.embedded.start", "folder", s.home)
		case <-ctx.Done():
			stopped := server.shutDown(stopLimit)
			return nil, fault.Wrap(s.explain(errors.Join(err, stopped)), fault.Unavailable, "postgres.embedded.no_answer", "folder", s.home)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// createDatabase makes the database when there is none yet.
func (s *Server) createDatabase(ctx context.Context) error {
	if s.answers(ctx, s.address(role, early)) == nil {
		return nil
	}
	conn, err := pgx.Connect(ctx, s.address("postgres", early))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+role)
	return err
}

// openDoor gives the socket its public name. Whoever connects earlier finds none and waits (package
// postgres does), instead of being told by a server in its start that it is not ready.
func (s *Server) openDoor() error {
	err := os.Symlink(socket(early), filepath.Join(s.cluster.Name(), socket(port)))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("naming PostgreSQL's socket: %w", err)
	}
	return nil
}

func (s *Server) closeDoor() error {
	err := os.Remove(filepath.Join(s.cluster.Name(), socket(port)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the name of PostgreSQL's socket: %w", err)
	}
	return nil
}

func socket(port string) string { return ".s.PGSQL." + port }

func (s *Server) answers(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// openCluster opens the cluster's folder once, and sets the address.
func (s *Server) openCluster() error {
	if s.cluster != nil {
		return nil
	}
	folder, err := os.Open(filepath.Join(s.home, "cluster"))
	if err != nil {
		return fmt.Errorf("opening the database's cluster: %w", err)
	}
	s.cluster = folder
	s.url = s.address(role, port)
	return nil
}

// address of a database. A socket's path has at most 107 bytes; a longer one is reached through our own
// open folder, which the programs that we start (pg_dump) can do as well.
func (s *Server) address(database, port string) string {
	host := s.cluster.Name()
	if len(host)+len("/"+socket(port)) > 107 {
		host = "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/" + strconv.Itoa(int(s.cluster.Fd()))
	}
	return "postgres://" + role + "@/" + database + "?" + url.Values{"host": {host}, "port": {port}}.Encode()
}
