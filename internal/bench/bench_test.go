// Package bench measures Kualik beside the best of others, whole processes on the same machine in the same
// run: figures compare, they do not promise. It has tests only; `make bench` runs them.
package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asked skips benchmarks that take minutes and nearly all of the machine unless they are asked for.
func asked(b *testing.B) {
	b.Helper()
	if os.Getenv("KUALIK_BENCH") == "" {
		b.Skip("make bench runs it (KUALIK_BENCH=1)")
	}
}

// cost is what a whole process took.
type cost struct {
	wall time.Duration
	cpu  time.Duration
	peak int64 // bytes of memory
}

func (c cost) String() string {
	return fmt.Sprintf("%6.2f s  %6.2f s of processor  %5d MiB at most", c.wall.Seconds(), c.cpu.Seconds(), c.peak>>20)
}

// measure runs a program to its end.
func measure(b *testing.B, cmd *exec.Cmd) cost {
	b.Helper()
	var said bytes.Buffer
	if cmd.Stderr == nil {
		cmd.Stderr = &said
	}
	begun := time.Now()
	err := cmd.Run()
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args[:min(len(cmd.Args), 6)], " "), err, said.String())
	}
	state := cmd.ProcessState
	usage := state.SysUsage().(*syscall.Rusage)
	return cost{wall: time.Since(begun), cpu: state.UserTime() + state.SystemTime(), peak: usage.Maxrss << 10}
}

// kualik builds the program as make build does.
func kualik(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "kualik")
	if said, err := exec.Command("go", "build", "-o", path, "kualik/cmd/kualik").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, said)
	}
	return path
}

// installation is the environment of a fresh installation.
func installation(b *testing.B, settings ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.TempDir(), "KUALIK_DATA_DIR=" + filepath.Join(b.TempDir(), "data"),
		"KUALIK_LANG=en", "KUALIK_LOG_LEVEL=debug"}, settings...)
}

// watch notes when a process first says some words.
type watch struct {
	mu    sync.Mutex
	words []byte
	said  []byte
	at    time.Time
}

func (w *watch) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, p...)
	if w.at.IsZero() && bytes.Contains(w.said, w.words) {
		w.at = time.Now()
	}
	return len(p), nil
}

// compare reports n things that a process did, and how many times as fast as the peer it was, by the clock
// and by the processor's time, which a busy machine disturbs less.
func compare(b *testing.B, what string, n int, ours, peer cost) {
	b.ReportMetric(float64(n)/ours.wall.Seconds(), what+"/s")
	b.ReportMetric(peer.wall.Seconds()/ours.wall.Seconds(), "times-peer")
	b.ReportMetric(peer.cpu.Seconds()/ours.cpu.Seconds(), "times-peer-cpu")
}
