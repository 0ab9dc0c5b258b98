package doctext

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"kualik/internal/message"
	"kualik/internal/need"
)

const (
	bombMemory = 64 << 20 // what this process may grow by
	bombTime   = 5 * time.Second
)

// peak watches how much memory this process has until it is stopped.
func peak() (stop func() (rise int64)) {
	runtime.GC()
	debug.FreeOSMemory()
	pid := os.Getpid()
	begun := residentMemory(pid)
	quit, most := make(chan struct{}), make(chan int64)
	go func() {
		highest := begun
		for {
			highest = max(highest, residentMemory(pid))
			select {
			case <-quit:
				most <- highest - begun
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(quit)
		return <-most
	}
}

// busyness is how many times as long as on an idle machine work takes just now.
func busyness() float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	processor := func() time.Duration {
		var now unix.Timespec
		_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now)
		return time.Duration(now.Nano())
	}
	begun, worked := time.Now(), processor()
	for processor()-worked < 50*time.Millisecond {
	}
	return max(1, time.Since(begun).Seconds()/(50*time.Millisecond).Seconds())
}

// Whatever comes, this process stays small, the document has its reason in time, and others are read
// meanwhile. The figures of a run stand in docs/operations.md (go test -run Bombs -v).
func TestBombs(t *testing.T) {
	need.Program(t, "tesseract")
	r := isolated(t, Options{Workers: 2, OCR: true})
	good := goodPDF(goodLine)
	for range 2 { // all children run
		readBeside(t, r, good, func() { read(t, r, good, false) })
		read(t, r, []byte("text"), true)
	}
	table := "\n| file | size | memory of the main process | time | answer | others wait at most |\n| --- | --- | --- | --- | --- | --- |\n"
	// Each third of them, and what needs no text recognition; all of them, drawn too, in the long version.
	all, long := bombs(t), os.Getenv("KUALIK_TORTURE") != ""
	for i, b := range all {
		if !long && (i%3 != 0 || b.ocr) {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			busy := busyness()
			stop := peak()
			begun := time.Now()
			var got Result
			var took time.Duration
			slowest := readBeside(t, r, good, func() { got, took = read(t, r, b.data, b.ocr), time.Since(begun) })
			rise := stop()
			allowed := time.Duration(float64(bombTime) * max(busy, busyness()))
			table += fmt.Sprintf("| %s | %s | %+.0f MB | %.1f s | %s | %.2f s |\n", b.name, size(len(b.data)), float64(rise)/(1<<20), took.Seconds(), answer(got, b), slowest.Seconds())
			require.Contains(t, b.want, got.Reason)
			require.LessOrEqual(t, rise, int64(bombMemory))
			if !b.scan {
				require.Less(t, took, allowed)
			}
			require.Less(t, slowest, allowed)
		})
	}
	t.Run("drawn", func(t *testing.T) {
		if !long {
			return
		}
		for _, b := range all {
			busy := busyness()
			stop := peak()
			begun := time.Now()
			_, err := r.Render(context.Background(), b.data, 1, 100)
			require.NoError(t, err)
			took := time.Since(begun)
			require.LessOrEqual(t, stop(), int64(bombMemory), b.name)
			require.Less(t, took, time.Duration(float64(bombTime)*max(busy, busyness())), b.name)
		}
	})
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "kualik-slip*"))
	require.NoError(t, err)
	require.Empty(t, left, "a name in an archive led out of it")
	t.Log(table)
}

// readBeside reads an ordinary document again and again while work is done, and tells how long one took at most.
func readBeside(t *testing.T, r *Reader, data []byte, work func()) (slowest time.Duration) {
	t.Helper()
	quit := make(chan struct{})
	var wg sync.WaitGroup
	var failed error
	n := 0
	wg.Go(func() {
		for {
			begun := time.Now()
			got, err := r.Read(context.Background(), "a", data, ReadOptions{})
			if err != nil || got.Reason != "" || got.Files[0].Pages[0].Text != goodLine {
				failed = fmt.Errorf("the ordinary document: %v %v", got, err)
				return
			}
			slowest = max(slowest, time.Since(begun))
			n++
			select {
			case <-quit:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	work()
	close(quit)
	wg.Wait()
	require.NoError(t, failed)
	require.NotZero(t, n)
	return slowest
}

func answer(r Result, b bomb) string {
	said := cmp.Or(string(r.Reason), "read")
	if b.scan {
		said += ", with text recognition"
	}
	return said
}

func size(n int) string {
	if n < 10<<10 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%d KB", n>>10)
}

// A mail in a mail in a mail is taken apart by this process itself: it is bounded by counting.
func TestBombInAMail(t *testing.T) {
	raw := "Subject: the innermost\r\n\r\ntext\r\n"
	for i := range 100 {
		raw = fmt.Sprintf("Subject: %d\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--b%d--\r\n", i, i, i, raw, i)
	}
	stop := peak()
	begun := time.Now()
	m := message.Read([]byte(raw))
	took, rise := time.Since(begun), stop()
	require.NotEmpty(t, m.Parts)
	require.True(t, slices.ContainsFunc(m.Parts, func(p message.Part) bool { return p.Reason == message.Limit }), "what is not read is named")
	require.LessOrEqual(t, rise, int64(bombMemory))
	require.Less(t, took, bombTime)
	t.Logf("\n| eml in an eml, 100 levels | %s | %+.0f MB | %.1f s | %s | |", size(len(raw)), float64(rise)/(1<<20), took.Seconds(), strings.ToLower(string(message.Limit)))
}
