package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/mailbox/dovecottest"
	"kualik/internal/postgres/pgtest"
)

// BenchmarkPoll stores and accounts for 2,000 mails of 50 KB from Dovecot: synced files, rows, cursor.
func BenchmarkPoll(b *testing.B) {
	const mails = 2000
	server := dovecottest.Start(b)
	for i := range mails {
		line := fmt.Appendf(nil, "%07d ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\r\n", i)
		server.Deliver(b, "me", "INBOX", append(mail(i), bytes.Repeat(line, 50_000/len(line))...))
	}
	cfg, err := ParseURL(server.URL("me", "INBOX"))
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		store := NewStore(pgtest.New(b), wax{}, clock.System{}, nil)
		blobs, err := blob.Open(ctx, "", filepath.Join(b.TempDir(), "blobs"))
		if err != nil {
			b.Fatal(err)
		}
		if err := store.Save(ctx, cfg); err != nil {
			b.Fatal(err)
		}
		p := NewPoller(store, blobs, DefaultLimits, func(t time.Time) time.Time { return t.Add(time.Hour) }, slog.New(slog.DiscardHandler))
		b.StartTimer()
		if r, err := p.Poll(ctx, cfg.Name()); err != nil || r.New != mails {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	b.ReportMetric(float64(mails*b.N)/b.Elapsed().Seconds(), "mails/s")
}
