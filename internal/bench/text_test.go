package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kualik/internal/demo/mails"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
	"kualik/internal/need"
)

// BenchmarkText reads certificates with a text layer, two at a time, beside two pdftotext at a time. Kualik
// finds the fields as well.
func BenchmarkText(b *testing.B) {
	asked(b)
	pdftotext := need.Program(b, "pdftotext")
	xargs := need.Program(b, "xargs")
	dir := b.TempDir()
	w := world.Generate(1, world.Usual("2025-06-30"))
	var files []string
	for i, c := range w.Certificates[:min(300, len(w.Certificates))] {
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
