package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/trial"
	"kualik/internal/need"
)

// BenchmarkRecognise reads scans and photos, two at a time, beside two Tesseracts with the same three models. What
// either has right is counted in numbers, names and titles that stand in what it gave, letter by letter.
func BenchmarkRecognise(b *testing.B) {
	asked(b)
	tesseract, xargs := need.Program(b, "tesseract"), need.Program(b, "xargs")
	dir := b.TempDir()
	cases := pictures(b, dir, 24)
	files := make([]string, len(cases))
	for i, c := range cases {
		files[i] = filepath.Join(dir, c.Name)
	}
	program := kualik(b)
	extract := func(out *bytes.Buffer, files []string) cost {
		cmd := exec.Command(program, append([]string{"extract", "--json"}, files...)...)
		cmd.Env = append(installation(b), "XDG_CACHE_HOME="+dir, "GOMAXPROCS=2")
		cmd.Stdout = out
		return measure(b, cmd)
	}
	extract(&bytes.Buffer{}, files[:1]) // the reader compiles itself once
	for b.Loop() {
		plain := exec.Command("sh", "-c", fmt.Sprintf("ls %s/*.* | %s -P 2 -I{} %s {} {} -l kaz+rus+eng --dpi 300", dir, xargs, tesseract))
		plain.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		peer := measure(b, plain)
		var out bytes.Buffer
		ours := extract(&out, files)
		compare(b, "pages", len(files), ours, peer)
		of, got := 0, [2]int{}
		for i, line := range bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) {
			var x certificate.Extraction
			if err := json.Unmarshal(line, &x); err != nil {
				b.Fatal(err)
			}
			text, err := os.ReadFile(files[i] + ".txt")
			if err != nil {
				b.Fatal(err)
			}
			of += len(truths(cases[i]))
			got[0] += standsIn(truths(cases[i]), string(text))
			for _, c := range x.Certificates[:min(1, len(x.Certificates))] {
				got[1] += standsIn(truths(cases[i]), strings.Join(append(c.Authors, c.Number, c.Title), " "))
			}
			if err := os.Remove(files[i] + ".txt"); err != nil {
				b.Fatal(err)
			}
		}
		b.Logf("\n  tesseract ×2    %5.2f pages/s  right %d of %d  %v\n  kualik extract  %5.2f pages/s  right %d of %d  %v",
			float64(len(files))/peer.wall.Seconds(), got[0], of, peer, float64(len(files))/ours.wall.Seconds(), got[1], of, ours)
	}
}

// pictures writes scans and photos in the formats that Tesseract reads.
func pictures(b *testing.B, dir string, n int) (cases []trial.Case) {
	b.Helper()
	maker := trial.NewMaker(71, paper.Known)
	for i := 0; len(cases) < n; i++ {
		c, err := maker.Case([]trial.Family{trial.Scan, trial.Photo}[i%2], i/2)
		if err != nil {
			b.Fatal(err)
		}
		if strings.HasSuffix(c.Name, ".pdf") {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, c.Name), c.Data, 0o600); err != nil {
			b.Fatal(err)
		}
		c.Data = nil
		cases = append(cases, c)
	}
	return cases
}

// truths are the texts that a reading of a certificate must have.
func truths(c trial.Case) []string {
	return append([]string{c.Want.Number, c.Want.Title}, c.Want.Authors...)
}

// standsIn counts the texts that stand in what was read, whatever its lines and quotation marks.
func standsIn(texts []string, read string) (n int) {
	flat := func(s string) string {
		return strings.Join(strings.Fields(strings.NewReplacer(`"`, "", "«", "", "»", "", "“", "", "”", "").Replace(s)), " ")
	}
	for _, t := range texts {
		if strings.Contains(flat(read), flat(t)) {
			n++
		}
	}
	return n
}
