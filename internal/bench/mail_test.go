package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"kualik/internal/mailbox/dovecottest"
	"kualik/internal/need"
)

const (
	mailCount = 2000
	mailSize  = 50 << 10
)

// BenchmarkMail brings 2,000 mails of 50 KB from Dovecot into the store and the ledger, every one synced to
// the disk, beside mbsync to a Maildir with fsync. Kualik also decides what each mail is; that is its
// second figure.
func BenchmarkMail(b *testing.B) {
	asked(b)
	mbsync := need.Program(b, "mbsync")
	server := dovecottest.Start(b)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range mailCount {
		server.Deliver(b, "bench", "INBOX", mail(rng, i))
	}
	program := kualik(b)
	mirror(b, mbsync, server) // Dovecot makes its index once, for everybody
	for b.Loop() {
		peer := mirror(b, mbsync, server)
		env := installation(b, "KUALIK_MAILBOX_URL="+server.URL("bench", "INBOX"))
		first := exec.Command(program, "export", "mail") // makes the database
		first.Env = env
		measure(b, first)
		cmd := exec.Command(program, "poll", "--once")
		polled := &watch{words: []byte("msg=polled")}
		cmd.Env, cmd.Stderr = env, polled
		begun := time.Now()
		ours := measure(b, cmd)
		if polled.at.IsZero() {
			b.Fatalf("nothing was polled:\n%s", polled.said)
		}
		stored := polled.at.Sub(begun)
		out := exec.Command(program, "export", "mail")
		out.Env = env
		ledger, err := out.Output()
		if n := bytes.Count(ledger, []byte(`"nothing_found"`)); err != nil || n != mailCount {
			b.Fatalf("%d of %d mails are decided, %v", n, mailCount, err)
		}
		compare(b, "mails-decided", mailCount, ours, peer)
		b.ReportMetric(mailCount/stored.Seconds(), "mails-stored/s")
		b.ReportMetric(peer.wall.Seconds()/stored.Seconds(), "times-peer-stored")
		b.Logf("\n  mbsync, fsync  %6.0f mails/s                    %v\n  kualik poll    %6.0f mails/s stored, %.0f decided  %v",
			mailCount/peer.wall.Seconds(), peer, mailCount/stored.Seconds(), mailCount/ours.wall.Seconds(), ours)
	}
}

// mail is a letter of 50 KB.
func mail(rng *rand.Rand, i int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: a@koktobe.example\r\nTo: kualik@koktobe.example\r\nSubject: letter %d\r\nMessage-ID: <bench.%d@koktobe.example>\r\n"+
		"Date: Mon, 30 Jun 2025 10:00:00 +0500\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", i, i)
	for b.Len() < mailSize {
		fmt.Fprintf(&b, "%016x %016x %016x %016x\r\n", rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64())
	}
	return b.Bytes()
}

// mirror has mbsync copy the mailbox to a fresh Maildir.
func mirror(b *testing.B, mbsync string, server *dovecottest.Server) cost {
	b.Helper()
	dir := b.TempDir()
	settings := fmt.Sprintf(`FSync yes

IMAPStore far
Host 127.0.0.1
Port %s
User bench
Pass %s
SSLType None

MaildirStore near
Path %s/
Inbox %s/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
`, server.Port, dovecottest.UserPassword, dir, dir)
	file := filepath.Join(dir, "rc")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		b.Fatal(err)
	}
	took := measure(b, exec.Command(mbsync, "-q", "-c", file, "all"))
	got, err := os.ReadDir(filepath.Join(dir, "INBOX", "new"))
	if err != nil || len(got) != mailCount {
		b.Fatalf("mbsync has %d of %d mails, %v", len(got), mailCount, err)
	}
	return took
}
