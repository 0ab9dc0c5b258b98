package app

import (
	"errors"
	"os"
	"time"

	"kualik/config"
	"kualik/internal/fault"
	"kualik/internal/issuing"
	"kualik/internal/jobs"
	"kualik/internal/pki/pades"
)

// buildIssuing makes the institution's own register. What the desk does when a certificate is ready it says itself.
func (a *App) buildIssuing(book *jobs.Book) {
	seal, trouble := openSeal(a.Config)
	if trouble != nil {
		a.Log.Warn("the seal of certificates cannot be used", "error", trouble)
	}
	office := a.Config.University
	if office == "" && seal != nil {
		office = seal.Certificate.Organisation
	}
	a.Issuing = issuing.New(issuing.Options{Pool: a.Pool, Clock: a.Clock, Zone: a.Config.Zone(), Blobs: a.Blobs, Log: a.Log, Seal: seal, SealTrouble: trouble,
		First: int64(a.Config.RegisterFirst), Office: office, PublicURL: a.Config.PublicURL, Jobs: engine{a}})
	jobs.Add(book, 5*time.Minute, a.Issuing.Work)
}

// openSeal opens the seal of the settings; nil when none is set. A stand-in's seal has no place in production.
func openSeal(cfg config.Config) (*pades.Seal, error) {
	if cfg.Seal == "" {
		return nil, nil
	}
	file, err := os.ReadFile(cfg.Seal)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "issuing.error.seal_file", "File", cfg.Seal)
	}
	seal, err := pades.OpenSeal(file, string(cfg.SealPassword))
	switch {
	case errors.Is(err, pades.ErrPassword):
		return nil, fault.Wrap(err, fault.Unavailable, "issuing.error.seal_password", "File", cfg.Seal)
	case err != nil:
		return nil, fault.Wrap(err, fault.Unavailable, "issuing.error.seal_unusable", "File", cfg.Seal, "Error", err)
	case seal.Certificate.Test && cfg.Mode == config.Production:
		return nil, fault.New(fault.Unavailable, "issuing.error.seal_test")
	}
	return seal, nil
}
