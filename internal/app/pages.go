package app

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"kualik/config"
	"kualik/internal/audit"
	"kualik/internal/document"
	"kualik/internal/jobs"
	"kualik/internal/web"
)

// webDeps are what the pages get of the installation.
func (a *App) webDeps() web.Deps {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return web.Deps{
		Log: a.Log, Clock: a.Clock, Zone: a.Config.Zone(), Lang: a.Lang, PublicURL: a.Config.PublicURL,
		Demo: a.Config.Mode == config.Demo, Metrics: metrics, Pool: a.Pool, Accounts: a.Accounts, Staff: a.Staff,
		Reports: a.Reports, Outbox: a.Notify, Audit: a.Audit, LetterTemplates: a.LetterTemplates(), PollNow: a.pollNow, Rematch: a.queueRematch,
		Flow: web.Flow{
			Desk: a.Desk, Rating: a.Rating, Schedules: a.Schedules, Applications: a.Applications, Mailboxes: a.Mailboxes, Blobs: a.Blobs,
			Render: a.reader.Render, Upload: a.Intake.Upload, Replay: a.replayOne, ExportCertificates: a.exportListed,
			NextPoll: a.NextPoll, PollAlarm: a.Config.Alarm(), MailAddress: a.certificatesAddress(), Forward: a.Forward, Replies: a.Replies, Chase: a.Chase,
			Read: a.reader.Read, Check: a.check,
		},
		Filing: web.Filing{Filings: a.Filings, Payments: a.Payments, SupportEmail: a.Config.SupportEmail, SupportPhone: a.Config.SupportPhone,
			SignExpiry: a.Config.SignExpiry, Payee: document.Payee{Name: a.Config.PayeeName, BIN: a.Config.PayeeBIN, Account: a.Config.PayeeAccount,
				Bank: a.Config.PayeeBank, BankCode: a.Config.PayeeBankCode, Purpose: a.Config.PayeePurpose}},
		Office:   web.Office{Cases: a.Cases, OwnRegister: a.Issuing},
		Register: web.Register{Issuing: a.Issuing, Trust: a.anchors, Keeps: a.Config.DeskMode == config.Registering},
		EDS:      web.EDS{Signing: a.Signing, NCALayerURL: a.Config.NCALayerURL, NCALayerPage: a.ncalayerPage, LoginWithSignKey: a.Config.LoginWithSignKey},
	}
}

// pollNow polls one mailbox, or all, for somebody who waits; the jobs do the rest.
func (a *App) pollNow(ctx context.Context, name string) (fetched int, err error) {
	if name != "" {
		r, err := a.poller.Poll(ctx, name)
		return r.New, err
	}
	outcomes, err := a.poller.PollAll(ctx)
	for _, o := range outcomes {
		fetched += o.New
		if err == nil {
			err = o.Err
		}
	}
	return fetched, err
}

func (a *App) replayOne(ctx context.Context, who audit.Actor, id uuid.UUID) error {
	_, err := a.Intake.Replay(ctx, who, []uuid.UUID{id}, nil)
	return err
}

// RematchAll is the job that asks the matcher again about everything that people left open.
type RematchAll struct{}

// Kind names the job.
func (RematchAll) Kind() string { return "rematch" }

func (a *App) queueRematch(ctx context.Context) error {
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		return a.Jobs.Insert(ctx, tx, RematchAll{}, jobs.Options{})
	})
}

func (a *App) rematch(ctx context.Context, _ jobs.Job[RematchAll]) error {
	n, err := a.Registry.Rematch(ctx, nil)
	if n > 0 {
		a.Log.Info("matched again", "changed", n)
	}
	return err
}
