package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/rating"
)

// RatingWork is the name under which schedules start the rating's report.
const RatingWork = "rating_report"

// letterTopic is the topic of letters that carry a report.
const letterTopic = "report"

// contentType is that of a workbook.
const contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// RatingArgs are the arguments of a schedule of RatingWork: a period or an expression ("last_month"), a
// language, and who gets the workbook by mail.
type RatingArgs struct {
	Period     string    `json:"period"`
	Lang       i18n.Lang `json:"lang"`
	Recipients []string  `json:"recipients"`
}

// ParseRatingArgs reads and checks a schedule's arguments; the error is a fault for the reader.
func ParseRatingArgs(raw json.RawMessage) (RatingArgs, error) {
	a := RatingArgs{}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("read arguments of %s: %w", RatingWork, err)
	}
	return a, a.Check()
}

// Check refuses arguments by which no report can be made.
func (a RatingArgs) Check() error {
	if l, ok := i18n.Parse(string(a.Lang)); !ok || l != a.Lang {
		return fault.New(fault.Invalid, "reports.error.lang", "Value", a.Lang)
	}
	if _, err := rating.ParseExpression(a.Period, time.Unix(0, 0), time.UTC); err != nil {
		return err
	}
	for _, r := range a.Recipients {
		if _, err := mail.ParseAddress(r); err != nil {
			return fault.Wrap(err, fault.Invalid, "reports.error.recipient", "Value", r)
		}
	}
	return nil
}

// Request asks for a report. Snapshot is set to show an earlier one again. Recipients get a letter with
// the workbook; Occasion is what it is about, so that a request made twice sends it once.
type Request struct {
	Period     rating.Period
	Snapshot   uuid.UUID
	Lang       i18n.Lang
	MadeBy     string // an account, "schedule" or "cli"
	ScheduleID *uuid.UUID
	Recipients []string
	Occasion   string
}

// Letters takes mail to send; package notify's service is one.
type Letters interface {
	Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error
}

// Maker makes reports and keeps them: the workbook in the store of files, its row, the letters.
type Maker struct {
	Pool       *pgxpool.Pool
	Clock      clock.Clock
	Rating     *rating.Service
	Blobs      blob.Store
	Letters    Letters
	PublicURL  string
	University string
	Contact    string
}

// Make makes the report. When the same snapshot has been shown in the same bytes for the same maker
// before, that report is given again.
func (m *Maker) Make(ctx context.Context, req Request) (Report, error) {
	snap, err := m.snapshot(ctx, req)
	if err != nil {
		return Report{}, err
	}
	result := rating.Compute(snap)
	var book bytes.Buffer
	o, err := m.Options(ctx, req.Lang)
	if err != nil {
		return Report{}, err
	}
	if err := Write(ctx, &book, result, o); err != nil {
		return Report{}, err
	}
	ref, err := m.Blobs.Put(ctx, &book)
	if err != nil {
		return Report{}, fmt.Errorf("store workbook: %w", err)
	}
	r := Report{
		ID: clock.NewID(), SnapshotID: snap.ID, Lang: req.Lang, Filename: Filename(snap.Period, req.Lang),
		SHA256: ref.SHA256, Size: ref.Size, MadeBy: req.MadeBy, ScheduleID: req.ScheduleID, CreatedAt: m.Clock.Now(),
		PeriodFrom: snap.Period.From, PeriodTo: snap.Period.To, RuleVersion: snap.RuleVersion, SealedAt: snap.SealedAt,
	}
	err = pgx.BeginFunc(ctx, m.Pool, func(tx pgx.Tx) error {
		if err := keep(ctx, tx, &r); err != nil {
			return err
		}
		return m.send(ctx, tx, req, r, result)
	})
	if err != nil {
		return Report{}, fmt.Errorf("keep report: %w", err)
	}
	return r, nil
}

// ForSchedule makes the report of a schedule's occurrence; the period is as seen at that moment, however
// late the work comes.
func (m *Maker) ForSchedule(ctx context.Context, a RatingArgs, schedule uuid.UUID, at time.Time) (Report, error) {
	period, err := rating.ParseExpression(a.Period, at, m.Rating.Zone())
	if err != nil {
		return Report{}, err
	}
	return m.Make(ctx, Request{
		Period: period, Lang: a.Lang, MadeBy: "schedule", ScheduleID: &schedule, Recipients: a.Recipients,
		Occasion: schedule.String() + " " + at.UTC().Format(time.RFC3339Nano),
	})
}

func (m *Maker) snapshot(ctx context.Context, req Request) (*rating.Snapshot, error) {
	if req.Snapshot != uuid.Nil {
		return m.Rating.Snapshot(ctx, req.Snapshot)
	}
	return m.Rating.Seal(ctx, req.Period)
}

// send queues a letter for each recipient, once for the occasion.
func (m *Maker) send(ctx context.Context, tx pgx.Tx, req Request, r Report, result *rating.Result) error {
	l := req.Lang
	period := result.Snapshot.Period.Name(l)
	occasion := req.Occasion
	if occasion == "" {
		occasion = r.ID.String()
	}
	for _, to := range req.Recipients {
		err := m.Letters.Queue(ctx, tx, notify.Letter{
			Topic: letterTopic, Recipient: to, About: occasion, Lang: string(l),
			Subject: i18n.T(l, "reports.letter.subject", "Period", period),
			Text: i18n.T(l, "reports.letter.text", "Period", period,
				"Certificates", i18n.T(l, "reports.certificates", "N", i18n.Number(result.Total.Certificates), "Count", result.Total.Certificates),
				"Points", rating.Show(l, result.Total.Points, 2), "NotCounted", i18n.Number(len(result.NotCounted)),
				"URL", strings.TrimRight(m.PublicURL, "/")+"/reports"),
			Attachments: []notify.Attachment{{Filename: r.Filename, ContentType: contentType, SHA256: r.SHA256}},
		})
		if err != nil {
			return fmt.Errorf("letter with the report: %w", err)
		}
	}
	return nil
}

// Filename is the workbook's: rating-2025-2026-ru.xlsx.
func Filename(p rating.Period, l i18n.Lang) string {
	return "rating-" + strings.ReplaceAll(p.String(), "..", "_") + "-" + string(l) + ".xlsx"
}

// Open gives the workbook of a report.
func (m *Maker) Open(ctx context.Context, r Report) (io.ReadCloser, int64, error) {
	return m.Blobs.Open(ctx, r.SHA256)
}

// Options are what every workbook of the installation says beside its numbers. The university's name is
// the one that the pages set, else that of the settings.
func (m *Maker) Options(ctx context.Context, lang i18n.Lang) (Options, error) {
	o := Options{Lang: lang, PublicURL: m.PublicURL, University: m.University, Contact: m.Contact}
	err := m.Pool.QueryRow(ctx, `SELECT coalesce((SELECT value->>0 FROM setting WHERE name = 'university'), @settings)`,
		pgx.StrictNamedArgs{"settings": m.University}).Scan(&o.University)
	if err != nil {
		return o, fmt.Errorf("name of the university: %w", err)
	}
	return o, nil
}
