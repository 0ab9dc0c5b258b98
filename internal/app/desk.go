package app

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/desk"
	"kualik/internal/filing"
	"kualik/internal/postgres"
	"kualik/internal/sheet"
)

// buildDesk makes what takes an application from its number to the certificate, and lets it hear of mails.
// Filings, the register and outgoing letters must be there; who answers to senders comes after it.
func (a *App) buildDesk(ctx context.Context) error {
	a.Cases = desk.New(desk.Options{Pool: a.Pool, Clock: a.Clock, Zone: a.Config.Zone(), Log: a.Log, Filings: a.Filings, Book: a.Issuing, Applications: a.Applications,
		Workdays: a.Workdays, Letters: a.Notify, PublicURL: a.Config.PublicURL, Lang: a.Lang})
	a.Issuing.OnIssued(a.Cases.Issued)
	a.Issuing.OnExtracted(a.Cases.Extracted)
	a.Intake.Notice = a.Cases.IsNotice
	a.follow(a.deskNews)
	return postgres.Retry(ctx, a.Cases.Seed)
}

// deskSubmitted and deskWithdrawn tell the desk of an application, in the transaction of what happened to it.
func (a *App) deskSubmitted(ctx context.Context, tx pgx.Tx, f filing.Filing) error {
	return a.Cases.Submitted(ctx, tx, f)
}

func (a *App) deskWithdrawn(ctx context.Context, tx pgx.Tx, f filing.Filing) error {
	return a.Cases.Withdrawn(ctx, tx, f)
}

// deskNews is the follower that takes what the institute's mails say. What brought a certificate is no news.
func (a *App) deskNews(ctx context.Context, m arrived) (bool, error) {
	if m.Outcome != "nothing_found" || m.Reason != "notice" {
		return false, nil
	}
	return a.Cases.TakeNotice(ctx, m.ID, m.Msg)
}

// RecordTable writes down what a table says that the institute's cabinet shows, from the command line.
func (a *App) RecordTable(ctx context.Context, r io.Reader, o sheet.Options) (*desk.RecordingReport, error) {
	who := filing.Who{Name: "kualik desk record", Role: account.Registrar, Lang: o.Lang}
	return a.Cases.RecordTable(ctx, who, r, o)
}
