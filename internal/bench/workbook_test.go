package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/doctext"
	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/need"
	"kualik/internal/rating"
	"kualik/reports"
)

const (
	bookCount = 100_000 // certificates
	bookStaff = 2_000
	writeTo   = "KUALIK_BENCH_WORKBOOK"
)

// TestMain is a test process, a reader of documents for one, or, when it is told a file, a process that writes
// the workbook there.
func TestMain(m *testing.M) {
	if doctext.IsChild() {
		os.Exit(doctext.ServeChild())
	}
	path := os.Getenv(writeTo)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := writeBook(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// BenchmarkWorkbook writes the whole rating workbook of 100,000 certificates, beside an xlsxwriter that
// writes as many cells of the same sorts in its mode of least memory. Kualik also computes the rating.
func BenchmarkWorkbook(b *testing.B) {
	asked(b)
	python := need.Program(b, "/usr/bin/python3", "python3")
	if err := exec.Command(python, "-c", "import xlsxwriter").Run(); err != nil {
		b.Skip("NOT TESTED: xlsxwriter is not installed (python3-xlsxwriter, .ci/packages installs it)")
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		dir := b.TempDir()
		theirs, mine := filepath.Join(dir, "theirs.xlsx"), filepath.Join(dir, "ours.xlsx")
		snapshot := university()
		shares := 0
		for _, c := range snapshot.Certificates {
			shares += len(c.Authors)
		}
		peer := measure(b, exec.Command(python, "testdata/peer.py", theirs, strconv.Itoa(bookCount), strconv.Itoa(shares), strconv.Itoa(bookStaff)))
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), writeTo+"="+mine)
		ours := measure(b, cmd)
		compare(b, "certificates", bookCount, ours, peer)
		b.ReportMetric(float64(ours.peak>>20), "MiB-peak")
		b.ReportMetric(float64(ours.peak)/float64(peer.peak), "times-peer-memory")
		b.Logf("\n  xlsxwriter  %v  %4.1f MB\n  kualik      %v  %4.1f MB", peer, size(b, theirs), ours, size(b, mine))
	}
}

func size(b *testing.B, path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return float64(info.Size()) / 1e6
}

func writeBook(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	o := reports.Options{Lang: i18n.RU, PublicURL: "https://kualik.koktobe.example", University: "Университет Коктобе"}
	if err := reports.Write(context.Background(), f, rating.Compute(university()), o); err != nil {
		return err
	}
	return f.Close()
}

// university is a made-up snapshot: every certificate has two or three authors of the staff.
func university() *rating.Snapshot {
	r := rand.New(rand.NewPCG(1, 7))
	d := rating.Data{Format: 1, Period: rating.CalendarYear(2025), Zone: "Asia/Almaty", RuleVersion: 1, Rules: rating.Defaults()}
	for i := range bookStaff {
		d.Staff = append(d.Staff, rating.Staff{StaffID: fmt.Sprintf("T%05d", i), Name: fmt.Sprintf("Сагитова Меруерт %d", i),
			Faculty: fmt.Sprintf("Факультет %d", i%8), Department: fmt.Sprintf("Кафедра %d", i%40), Position: "доцент"})
	}
	for i := range bookCount {
		c := rating.Certificate{ID: uuid.NewSHA1(uuid.Nil, []byte(strconv.Itoa(i))).String(), Number: strconv.Itoa(54000 + i), RegisteredOn: "2025-03-18",
			CreatedOn: "2024-04-11", ReceivedOn: "2025-04-01", Kind: kind.Codes[i%len(kind.Codes)], Title: fmt.Sprintf("Методика преподавания, часть %d: практикум", i),
			Reading: "sure", ApplicationDecision: "auto", ApplicationRef: strconv.Itoa(190000 + i)}
		for range 2 + i%2 {
			s := d.Staff[r.IntN(len(d.Staff))]
			c.Authors = append(c.Authors, rating.Author{Name: s.Name, Decision: "auto", StaffID: s.StaffID})
		}
		d.Certificates = append(d.Certificates, c)
	}
	return &rating.Snapshot{ID: uuid.MustParse("01990000-0000-7000-8000-000000000001"), SHA256: "00", SealedAt: time.Date(2026, 1, 9, 9, 0, 0, 0, time.UTC), Data: d}
}
