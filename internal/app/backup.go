package app

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"kualik/config"
	"kualik/internal/audit"
	"kualik/internal/backup"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres/embedded"
	"kualik/internal/secret"
)

// Backup writes the installation to a file. What was recorded so far is sealed before: the backup notes the
// head of the audit's chain, and is a witness of it.
func (a *App) Backup(ctx context.Context, path string, progress func(done, total int64)) (backup.Manifest, error) {
	if _, _, err := a.Audit.Seal(ctx); err != nil {
		return backup.Manifest{}, err
	}
	head, err := a.Audit.Head(ctx)
	if err != nil {
		return backup.Manifest{}, err
	}
	return backup.File(ctx, backup.Options{DatabaseURL: a.DatabaseURL, Blobs: a.Blobs, Key: a.Key, DataDir: a.Config.DataDir,
		Now: a.Clock.Now(), Audit: head.String(), Progress: progress}, path)
}

// Restore makes an installation from a backup, before anything of it has been opened: an opened one has a
// schema already and is not empty. The restored audit is verified: the report says what it found.
func Restore(ctx context.Context, cfg config.Config, log *slog.Logger, path string, progress func(done, total int64)) (audit.Report, error) {
	var none audit.Report
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return none, fault.Wrap(err, fault.Invalid, "app.data_dir", "Dir", cfg.DataDir)
	}
	o := backup.Options{DatabaseURL: string(cfg.DatabaseURL), DataDir: cfg.DataDir, Now: clock.System{}.Now(), Progress: progress}
	if o.DatabaseURL == "" {
		server, err := embedded.Start(ctx, filepath.Join(cfg.DataDir, "postgres"), log)
		if err != nil {
			return none, fault.Wrap(err, fault.Unavailable, "app.private_database")
		}
		defer server.Close(ctx)
		o.DatabaseURL = server.URL()
	}
	var err error
	if o.Blobs, err = blob.Open(ctx, string(cfg.BlobURL), cfg.BlobDir()); err != nil {
		return none, fmt.Errorf("open the store of files: %w", err)
	}
	if cfg.SecretKey != "" {
		if o.Key, err = base64.StdEncoding.DecodeString(string(cfg.SecretKey)); err != nil {
			return none, fmt.Errorf("key of the installation: %w", err)
		}
	}
	m, err := backup.FromFile(ctx, o, path)
	if err != nil {
		return none, err
	}
	if o.Key == nil {
		if o.Key, err = secret.LoadKey("", cfg.DataDir); err != nil {
			return none, fmt.Errorf("key of the installation: %w", err)
		}
	}
	return verifyRestored(ctx, o.DatabaseURL, o.Key, m.Audit, log)
}
