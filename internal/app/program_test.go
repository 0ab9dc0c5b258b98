package app_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// program is the real binary, built once for all tests that need it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kualik-program-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kualik")
	said, err := exec.Command("go", "build", "-o", path, "kualik/cmd/kualik").CombinedOutput()
	if err != nil {
		return "", &buildError{err, string(said)}
	}
	return path, nil
})

type buildError struct {
	error
	said string
}

func (e *buildError) Error() string { return "go build: " + e.said }

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil && built.Load() {
		os.RemoveAll(filepath.Dir(path)) //nolint:errcheck // a folder of its own below the temporary one
	}
	os.Exit(code)
}

var built atomic.Bool // a test has asked for the program

// installation is a data folder with its settings, in which the program is run.
type installation struct {
	t    *testing.T
	path string // of the program
	dir  string // data folder
	env  []string
}

func newInstallation(t *testing.T, settings ...string) *installation {
	t.Helper()
	built.Store(true)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "KUALIK_DATA_DIR=" + dir, "KUALIK_LANG=en", "KUALIK_LOG_LEVEL=debug"}
	return &installation{t: t, path: path, dir: dir, env: append(env, settings...)}
}

// process is a running program.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; read after done
	out  bytes.Buffer
	said transcript // standard error
}

// start runs the program; it is killed at the end of the test if it still runs.
func (in *installation) start(args ...string) *process {
	in.t.Helper()
	p := &process{cmd: exec.Command(in.path, args...), done: make(chan struct{})} //nolint:gosec // our own program
	p.cmd.Dir, p.cmd.Env = filepath.Dir(in.dir), in.env
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = 5 * time.Second // a child that outlives it may hold its standard error
	if err := p.cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }()
	in.t.Cleanup(p.kill)
	return p
}

// run runs the program to its end and gives what it printed. A status other than 0 fails the test.
func (in *installation) run(args ...string) string {
	in.t.Helper()
	p := in.start(args...)
	if !p.ended(3 * time.Minute) {
		p.cmd.Process.Signal(syscall.SIGQUIT) //nolint:errcheck // for the traces of its goroutines
		p.ended(5 * time.Second)
		in.t.Fatalf("kualik %s does not end:\n%s", strings.Join(args, " "), p.said.tail())
	}
	if p.err != nil {
		in.t.Fatalf("kualik %s: %v\n%s", strings.Join(args, " "), p.err, p.said.tail())
	}
	return p.out.String()
}

func (p *process) ended(within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	select {
	case <-p.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// kill ends the process as a power cut would: it cannot do anything about it.
func (p *process) kill() {
	p.cmd.Process.Kill() //nolint:errcheck // it may have ended
	<-p.done
}

// wait returns when something is so, when the time is over, or when the process has ended.
func (p *process) wait(so func() bool, most time.Duration) {
	over := time.NewTimer(most)
	defer over.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-over.C:
			return
		case <-p.done:
			return
		case <-look.C:
		}
	}
}

// stop ends a process in order, which may not take longer than 15 seconds.
func (in *installation) stop(p *process) {
	in.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		in.t.Fatal(err)
	}
	if !p.ended(15 * time.Second) {
		in.t.Fatalf("it does not stop within 15 s:\n%s", p.said.tail())
	}
	if p.err != nil {
		in.t.Errorf("stopped in order, it says: %v\n%s", p.err, p.said.tail())
	}
}

func (p *process) runs() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// transcript is what a process said, readable while it speaks.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *transcript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *transcript) has(words string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Contains(s.buf.Bytes(), []byte(words))
}

func (s *transcript) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.buf.Bytes()
	return string(all[max(0, len(all)-8000):])
}
