package e2e

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"

	"github.com/google/uuid"

	"kualik/config"
	"kualik/internal/app"
	"kualik/internal/postgres/pgtest"
)

// moves takes the installation to an empty folder and an empty database by a backup: the workbook that it
// makes there is the same to the byte.
func (w *walk) moves() {
	ctx := context.Background()
	before := w.workbook(w.app) // seals what it shows; the backup takes the seal along
	file := filepath.Join(w.dir, "backup.tar.gz")
	if _, err := w.app.Backup(ctx, file, nil); err != nil {
		w.t.Fatalf("backing up: %v", err)
	}
	settings := w.settings(string(w.lang), filepath.Join(w.dir, "moved"), pgtest.Empty(w.t))
	settings["KUALIK_PUBLIC_URL"] = w.url // the workbook's links lead where they did
	cfg, err := config.Load(func(name string) string { return settings[name] })
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := app.Restore(ctx, cfg, slog.New(slog.DiscardHandler), file, nil); err != nil {
		w.t.Fatalf("restoring: %v", err)
	}
	there := openApp(w.t, settings, &w.log, nil)
	defer there.Close(ctx)
	if after := w.workbook(there); !bytes.Equal(before, after) {
		w.t.Errorf("the workbook of the restored installation differs: %d bytes, and %d before", len(after), len(before))
	}
}

func (w *walk) workbook(a *app.App) []byte {
	w.t.Helper()
	var b bytes.Buffer
	if _, err := a.Workbook(context.Background(), &b, w.year, w.lang, uuid.Nil); err != nil {
		w.t.Fatalf("making the workbook: %v", err)
	}
	return b.Bytes()
}
