package bench

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"kualik/internal/demo/mails"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
	"kualik/internal/doctext"
	"kualik/internal/need"
)

// BenchmarkText reads certificates with a text layer, two at a time, beside two pdftotext at a time. Kualik
// reads them in processes apart, as it does everywhere, and finds the fields as well.
func BenchmarkText(b *testing.B) {
	asked(b)
	pdftotext := need.Program(b, "pdftotext")
	xargs := need.Program(b, "xargs")
	dir := b.TempDir()
	files := certificates(b, dir, 300)
	program := kualik(b)
	extract := func() cost {
		cmd := exec.Command(program, append([]string{"extract", "--json"}, files...)...)
		cmd.Env = installation(b)
		cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+dir, "GOMAXPROCS=2")
		return measure(b, cmd)
	}
	extract() // the reader compiles itself once
	for b.Loop() {
		peer := measure(b, exec.Command("sh", "-c", fmt.Sprintf("ls %s/*.pdf | %s -P 2 -I{} %s -layout {} {}.txt", dir, xargs, pdftotext)))
		ours := extract()
		compare(b, "documents", len(files), ours, peer)
		b.Logf("\n  pdftotext ×2    %5.0f documents/s  %v\n  kualik extract  %5.0f documents/s  %v",
			float64(len(files))/peer.wall.Seconds(), peer, float64(len(files))/ours.wall.Seconds(), ours)
	}
}

// certificates writes certificates with a text layer into a folder.
func certificates(b *testing.B, dir string, n int) (files []string) {
	b.Helper()
	w := world.Generate(1, world.Usual("2025-06-30"))
	for i, c := range w.Certificates[:min(n, len(w.Certificates))] {
		pdf, err := paper.Certificate(mails.Subject(c), mails.Variant(w.Seed, c))
		if err != nil {
			b.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprintf("%03d.pdf", i))
		if err := os.WriteFile(path, pdf, 0o600); err != nil {
			b.Fatal(err)
		}
		files = append(files, path)
	}
	return files
}

// BenchmarkTextMemory reads a thousand documents in a row, two at a time, and tells what this process and the
// readers' processes hold after the first hundred, in the middle and at the end.
func BenchmarkTextMemory(b *testing.B) {
	asked(b)
	files := certificates(b, b.TempDir(), 250)
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(b.TempDir()), Workers: 2, Child: doctext.Itself()})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	held := func() [2]int64 {
		debug.FreeOSMemory()
		var sum [2]int64
		for pid, parent := range processes(b) {
			switch {
			case pid == os.Getpid():
				sum[0] += resident(pid)
			case parent == os.Getpid():
				sum[1] += resident(pid)
			}
		}
		return sum
	}
	for b.Loop() {
		var marks [3][2]int64
		begun := 0
		for i, until := range []int{100, 500, 1000} {
			readAll(b, r, files, begun, until)
			begun, marks[i] = until, held()
		}
		b.Logf("\n  documents read        100    500   1000\n  main process, MiB  %6d %6d %6d\n  two readers, MiB   %6d %6d %6d",
			marks[0][0]>>20, marks[1][0]>>20, marks[2][0]>>20, marks[0][1]>>20, marks[1][1]>>20, marks[2][1]>>20)
		b.ReportMetric(float64(marks[2][0]>>20), "MiB-main")
		b.ReportMetric(float64(marks[2][1]>>20), "MiB-readers")
		for i, what := range []string{"this process", "the readers"} {
			if grown := marks[2][i] - marks[0][i]; grown > 64<<20 {
				b.Errorf("%s grew by %d MiB in 900 documents", what, grown>>20)
			}
		}
	}
}

// readAll reads documents from the one number up to the other, two at a time.
func readAll(b *testing.B, r *doctext.Reader, files []string, from, to int) {
	b.Helper()
	next := make(chan int)
	var group errgroup.Group
	for range 2 {
		group.Go(func() (failed error) {
			for i := range next {
				path := files[i%len(files)]
				data, err := os.ReadFile(path)
				if err == nil {
					var got doctext.Result
					if got, err = r.Read(b.Context(), path, data, doctext.ReadOptions{}); err == nil && got.Reason != "" {
						err = fmt.Errorf("%s: %s", path, got.Reason)
					}
				}
				failed = errors.Join(failed, err)
			}
			return failed
		})
	}
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

// processes gives the parent of each process of the machine.
func processes(b *testing.B) map[int]int {
	b.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	out := map[int]int{}
	for _, path := range all {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		var pid, parent int
		var state string
		_, rest, _ := strings.Cut(string(stat), ") ")
		if _, err := fmt.Sscan(string(stat), &pid); err == nil {
			if _, err := fmt.Sscan(rest, &state, &parent); err == nil {
				out[pid] = parent
			}
		}
	}
	return out
}

// resident is how much memory a process has.
func resident(pid int) int64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(stat), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
