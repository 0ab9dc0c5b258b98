package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/postgres"
	"kualik/internal/secret"
	"kualik/internal/web"
)

// buildAudit makes the chain over what is recorded. The key of the installation must be there.
func (a *App) buildAudit() { a.Audit = audit.NewChain(a.Pool, a.Keeper, a.Clock, a.Log) }

// sealAudit seals what was recorded since the last time.
func (a *App) sealAudit(ctx context.Context) error {
	_, _, err := a.Audit.Seal(ctx)
	return err
}

// auditAge is how old the last verification of the chain may be.
const auditAge = 24 * time.Hour

// checkAudit verifies the chain once a day and tells the administrators when it is broken, once of each first
// broken row.
func (a *App) checkAudit(ctx context.Context) error {
	r, done, err := a.Audit.CheckDue(ctx, auditAge)
	if err != nil || !done || r.Whole {
		return err
	}
	first := web.FaultWords(a.Lang, r.Faults[0])
	a.Log.Error("the audit is not as it was sealed", "faults", int64(len(r.Faults))+r.More, "first", r.Faults[0].Kind, "row", r.Faults[0].Row, "seal", r.Faults[0].Link)
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		for _, to := range a.administratorAddresses(ctx) {
			err := a.Notify.Queue(ctx, tx, notify.Letter{Topic: "audit_broken", Recipient: to, Lang: string(a.Lang),
				About:   fmt.Sprintf("%s %d %d", r.Faults[0].Kind, r.Faults[0].Row, r.Faults[0].Link),
				Subject: i18n.T(a.Lang, "audit.letter.subject"),
				Text: i18n.T(a.Lang, "audit.letter.text", "First", first, "N", int64(len(r.Faults))+r.More,
					"Link", a.Config.PublicURL+"/settings/audit")})
			if err != nil {
				return fmt.Errorf("letter about the audit: %w", err)
			}
		}
		return nil
	})
}

// eraseIdentityCopies deletes the copies of identity documents whose time is over.
func (a *App) eraseIdentityCopies(ctx context.Context) error {
	n, err := a.Filings.EraseIdentityCopies(ctx)
	if n > 0 {
		a.Log.Info("copies of identity documents were deleted", "copies", n)
	}
	return err
}

func (a *App) administratorAddresses(ctx context.Context) (found []string) {
	list, err := a.Accounts.List(ctx)
	if err != nil {
		a.Log.Warn("addresses of the administrators", "error", err)
	}
	for _, x := range list {
		if x.Role == account.Administrator && !x.Disabled && x.Email != "" {
			found = append(found, x.Email)
		}
	}
	return found
}

// verifyRestored holds a restored audit against the head that its backup noted.
func verifyRestored(ctx context.Context, url string, key []byte, head string, log *slog.Logger) (audit.Report, error) {
	pool, err := postgres.Open(ctx, url)
	if err != nil {
		return audit.Report{}, err
	}
	defer pool.Close()
	keeper, err := secret.New(key)
	if err != nil {
		return audit.Report{}, err
	}
	noted, err := audit.ParseHead(head)
	if err != nil {
		return audit.Report{}, fmt.Errorf("head of the audit in the backup: %w", err)
	}
	return audit.NewChain(pool, keeper, nil, log).Verify(ctx, []audit.Head{noted}, nil)
}
