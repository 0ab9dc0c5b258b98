package app

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"kualik/config"
	"kualik/internal/backup"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres/embedded"
)

// Backup writes the installation to a file.
func (a *App) Backup(ctx context.Context, path string, progress func(done, total int64)) (backup.Manifest, error) {
	return backup.File(ctx, backup.Options{DatabaseURL: a.DatabaseURL, Blobs: a.Blobs, Key: a.Key, DataDir: a.Config.DataDir,
		Now: a.Clock.Now(), Progress: progress}, path)
}

// Restore makes an installation from a backup, before anything of it has been opened: an opened one has a
// schema already and is not empty.
func Restore(ctx context.Context, cfg config.Config, log *slog.Logger, path string, progress func(done, total int64)) error {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fault.Wrap(err, fault.Invalid, "app.data_dir", "Dir", cfg.DataDir)
	}
	o := backup.Options{DatabaseURL: string(cfg.DatabaseURL), DataDir: cfg.DataDir, Now: clock.System{}.Now(), Progress: progress}
	if o.DatabaseURL == "" {
		server, err := embedded.Start(ctx, filepath.Join(cfg.DataDir, "postgres"), log)
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "app.private_database")
		}
		defer server.Close(ctx)
		o.DatabaseURL = server.URL()
	}
	var err error
	if o.Blobs, err = blob.Open(ctx, string(cfg.BlobURL), cfg.BlobDir()); err != nil {
		return fmt.Errorf("open the store of files: %w", err)
	}
	if cfg.SecretKey != "" {
		if o.Key, err = base64.StdEncoding.DecodeString(string(cfg.SecretKey)); err != nil {
			return fmt.Errorf("key of the installation: %w", err)
		}
	}
	_, err = backup.FromFile(ctx, o, path)
	return err
}
