package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/intake"
	"kualik/internal/jobs"
	"kualik/internal/message"
)

// AfterMessage is the job that does what follows from a message whose outcome is written: a letter of ours
// that came back, news of an application, the answer to whoever sent it.
type AfterMessage struct {
	MessageID uuid.UUID `json:"message_id"`
}

// Kind names the job.
func (AfterMessage) Kind() string { return "after_message" }

// arrived is a decided message, opened again.
type arrived struct {
	ID         uuid.UUID
	Mailbox    string
	ReceivedAt time.Time
	Outcome    string
	Reason     string
	Raw        []byte
	Msg        message.Message
}

// follower does something after a message; the first that takes it ends the row. It may be called again for
// the same message and must then change nothing.
type follower func(ctx context.Context, m arrived) (taken bool, err error)

// followers in their order; each group of services adds its own.
func (a *App) follow(f ...follower) { a.followers = append(a.followers, f...) }

// messageDecided queues what follows, in the transaction that wrote the outcome: its documents are checked, and what
// did not come by a page and is no copy of something stored before goes to the followers.
func (a *App) messageDecided(ctx context.Context, tx pgx.Tx, s intake.Settled) error {
	if err := a.queueChecksOf(ctx, tx, s.ID); err != nil {
		return err
	}
	if len(a.followers) == 0 || strings.HasPrefix(s.Mailbox, "web:") || !a.followed(s) {
		return nil
	}
	return a.Jobs.Insert(ctx, tx, AfterMessage{MessageID: s.ID}, jobs.Options{})
}

// afterMessage opens the message and gives it to the followers.
func (a *App) afterMessage(ctx context.Context, j jobs.Job[AfterMessage]) error {
	rows, err := a.Pool.Query(ctx, `SELECT id, mailbox, received_at, outcome, reason, sha256 FROM message WHERE id = $1`, j.Args.MessageID)
	if err != nil {
		return fmt.Errorf("read a decided message: %w", err)
	}
	type row struct {
		ID              uuid.UUID
		Mailbox         string
		ReceivedAt      time.Time
		Outcome, Reason string
		SHA256          string
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil || len(found) == 0 {
		return err
	}
	m := found[0]
	raw, err := blob.ReadAll(ctx, a.Blobs, m.SHA256, message.MaxSize)
	if err != nil {
		return fmt.Errorf("open a decided message: %w", err)
	}
	x := arrived{m.ID, m.Mailbox, m.ReceivedAt, m.Outcome, m.Reason, raw, message.Read(raw)}
	for _, f := range a.followers {
		if taken, err := f(ctx, x); taken || err != nil {
			return err
		}
	}
	return nil
}
