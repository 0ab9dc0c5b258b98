// Package intake takes one message through the mail flow: raw bytes, attachments, text, certificates,
// outcome. It owns the sentence and its transaction; reading, judging and matching are others' work.
//
// The ledger accounts for every message: whatever goes wrong, the row says what and who acts next.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sort"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/message"
	"kualik/internal/postgres"
	"kualik/internal/registry"
)

// Reader makes certificates of a file; ocr allows the slow reading of pictures.
type Reader interface {
	Extract(ctx context.Context, name string, data []byte, ocr bool) (certificate.Extraction, error)
}

// Intake is the service.
type Intake struct {
	Pool     *pgxpool.Pool
	Blobs    blob.Store
	Reader   Reader
	Registry *registry.Registry
	Inbox    *mailbox.Store
	Jobs     *jobs.Engine
	Clock    clock.Clock
	Log      *slog.Logger
	OCR      bool // pictures can be read here
	Attempts int  // before a message that cannot be processed is given to a person; 0 is 8

	// Notice tells a mail that brings news of an application, not a certificate; nil: there are none.
	Notice func(ctx context.Context, m message.Message) (bool, error)
	// Decided is called in the transaction that writes a message's outcome; nil: nobody is told.
	Decided func(ctx context.Context, tx pgx.Tx, s Settled) error
}

// Settled is a message whose outcome was just written.
type Settled struct {
	ID         uuid.UUID
	Mailbox    string // or file:NAME, or web:ACCOUNT
	ReceivedAt time.Time
	Outcome    string
	Reason     string
}

// Take is the job that takes a message through the flow. OCR tells that its pictures are to be read.
type Take struct {
	MessageID uuid.UUID `json:"message_id"`
	OCR       bool      `json:"ocr"`
}

// Kind names the job.
func (Take) Kind() string { return "take_message" }

// row is the message as it stands in the ledger.
type row struct {
	ID         uuid.UUID
	Mailbox    string
	SHA256     string
	ReceivedAt time.Time
	Outcome    string
	Attempts   int
}

// Work takes a message through the flow: it reads what it holds, enters what it brings, and writes down
// the outcome, all or nothing. A message that is decided is left alone, so a second run does no harm.
func (in *Intake) Work(ctx context.Context, j jobs.Job[Take]) error {
	m, err := in.load(ctx, j.Args.MessageID)
	if err != nil || !waits(m.Outcome) {
		return err
	}
	found, err := in.read(ctx, m, j.Args.OCR)
	if err == nil && found.wantsOCR {
		return in.later(ctx, m.ID)
	}
	if err == nil {
		err = in.settle(ctx, m, found)
	}
	if err == nil || ctx.Err() != nil || postgres.Lost(err) {
		return err // the last two are no failures of the message; its job comes again
	}
	return in.failed(ctx, m, err)
}

func waits(outcome string) bool { return outcome == "pending" || outcome == "failed" }

func (in *Intake) load(ctx context.Context, id uuid.UUID) (row, error) {
	rows, err := in.Pool.Query(ctx, `SELECT id, mailbox, sha256, received_at, outcome, attempts FROM message WHERE id = $1`, id)
	if err != nil {
		return row{}, fmt.Errorf("read message %s: %w", id, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if errors.Is(err, pgx.ErrNoRows) {
		return row{Outcome: "gone"}, nil
	}
	return m, err
}

// later hands the message to the queue of slow work.
func (in *Intake) later(ctx context.Context, id uuid.UUID) error {
	return pgx.BeginFunc(ctx, in.Pool, func(tx pgx.Tx) error {
		return in.Jobs.Insert(ctx, tx, Take{MessageID: id, OCR: true}, jobs.Options{Queue: jobs.Slow})
	})
}

// read opens the message and reads every document in it. No transaction is open meanwhile.
func (in *Intake) read(ctx context.Context, m row, ocr bool) (findings, error) {
	raw, err := in.open(ctx, m.SHA256)
	if err != nil {
		return findings{}, err
	}
	msg := message.Read(raw)
	f := findings{msg: msg}
	if in.Notice != nil {
		if f.notice, err = in.Notice(ctx, msg); err != nil {
			return f, fmt.Errorf("look for news of an application: %w", err)
		}
	}
	for i, part := range msg.Parts {
		if part.Reason != "" && len(part.Data) == 0 {
			f.documents = append(f.documents, unreadable(part, i+1))
			continue
		}
		d, err := in.document(ctx, part, ocr)
		if err != nil {
			return f, fmt.Errorf("part %s: %w", part.Path, err)
		}
		d.position = i + 1
		if part.Reason != "" {
			d.notWhole()
		}
		f.documents = append(f.documents, d)
		f.wantsOCR = f.wantsOCR || (d.extraction.Reason == "needs_ocr" && !d.decoration && in.OCR && !ocr)
	}
	return f, nil
}

func (in *Intake) open(ctx context.Context, sha string) ([]byte, error) {
	r, _, err := in.Blobs.Open(ctx, sha)
	if err != nil {
		return nil, fmt.Errorf("open raw message: %w", err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read raw message: %w", err)
	}
	return raw, nil
}

// settle enters what the message brought and writes its outcome, in one transaction. It must be on the disk
// when it is committed: that the job is done is written down afterwards, perhaps in a database that has come
// back from a crash meanwhile.
func (in *Intake) settle(ctx context.Context, m row, f findings) error {
	now := in.Clock.Now()
	arrivals := f.arrivals(m)
	return pgx.BeginFunc(ctx, in.Pool, func(tx pgx.Tx) error {
		var outcome string
		err := tx.QueryRow(ctx, `SELECT outcome FROM message WHERE id = $1 FOR UPDATE`, m.ID).Scan(&outcome)
		if err != nil || !waits(outcome) {
			return err
		}
		if err := writeAttachments(ctx, tx, m.ID, f.documents); err != nil {
			return err
		}
		entered, err := in.enter(ctx, tx, arrivals)
		if err != nil {
			return err
		}
		verdict := f.verdict(entered)
		_, err = tx.Exec(ctx, `
			UPDATE message SET message_id = @message_id, from_addr = @from_addr, subject = @subject, excerpt = @excerpt,
				outcome = @outcome, reason = @reason, detail = '', attempts = attempts + 1, try_after = NULL, decided_at = @now
			WHERE id = @id`,
			pgx.StrictNamedArgs{"id": m.ID, "message_id": clean(f.msg.MessageID), "from_addr": clean(f.msg.From.Address), "subject": clean(f.msg.Subject),
				"excerpt": f.excerpt(), "outcome": verdict.outcome, "reason": verdict.reason, "now": now})
		if err != nil {
			return fmt.Errorf("write outcome: %w", err)
		}
		return in.decided(ctx, tx, m, verdict)
	})
}

// decided tells whoever wants to know what became of a message.
func (in *Intake) decided(ctx context.Context, tx pgx.Tx, m row, v verdict) error {
	if in.Decided == nil {
		return nil
	}
	return in.Decided(ctx, tx, Settled{ID: m.ID, Mailbox: m.Mailbox, ReceivedAt: m.ReceivedAt, Outcome: v.outcome, Reason: v.reason})
}

// enter hands every certificate of the message to the registry, in an order that all messages share.
func (in *Intake) enter(ctx context.Context, tx pgx.Tx, arrivals []registry.Arrival) ([]registry.Entered, error) {
	sort.SliceStable(arrivals, func(i, j int) bool { return arrivals[i].SortKey() < arrivals[j].SortKey() })
	var all []registry.Entered
	for _, a := range arrivals {
		e, err := in.Registry.Enter(ctx, tx, a)
		if err != nil {
			return nil, fmt.Errorf("enter certificate: %w", err)
		}
		all = append(all, e)
	}
	return all, nil
}

// failed writes down that the message could not be processed, when it is tried again, and in the end
// gives it to a person.
func (in *Intake) failed(ctx context.Context, m row, cause error) error {
	limit := in.Attempts
	if limit == 0 {
		limit = 8
	}
	attempts := m.Attempts + 1
	outcome, reason := "failed", "processing"
	if fault.Is(cause, fault.NotFound) {
		reason = "raw_missing"
	}
	wait := min(time.Duration(1<<min(attempts, 12))*time.Second, time.Hour)
	again := in.Clock.Now().Add(wait)
	var tryAfter *time.Time
	if attempts >= limit {
		outcome, reason = "quarantined", "gave_up"
	} else {
		tryAfter = &again
	}
	in.Log.Warn("message not processed", "message_id", m.ID, "attempt", attempts, "outcome", outcome, "error", cause)
	return pgx.BeginFunc(ctx, in.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE message SET outcome = $2, reason = $3, detail = left($4, 2000), attempts = $5, try_after = $6
			WHERE id = $1 AND outcome IN ('pending', 'failed')`, m.ID, outcome, reason, cause.Error(), attempts, tryAfter)
		if err != nil {
			return fmt.Errorf("write failure: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		if tryAfter == nil {
			return in.decided(ctx, tx, m, verdict{outcome, reason})
		}
		return in.Jobs.Insert(ctx, tx, Take{MessageID: m.ID}, jobs.Options{At: again})
	})
}
