package notify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/jobs"
)

// Work is the job that sends a letter. What the server takes badly for the moment is tried again, with
// growing pauses; after the last time the letter has failed.
func (s *Service) Work(ctx context.Context, job jobs.Job[SendArgs]) error {
	err := s.Send(ctx, job.Args.ID)
	if err == nil || !job.Last {
		return err
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable {
		return err
	}
	answer, _ := f.Args["answer"].(string)
	return settle(ctx, s.pool, job.Args.ID, Failed, answer, s.clock.Now())
}

// Send sends a letter that waits; another one is left alone. fault.Unavailable when it may succeed later,
// fault.Conflict when another process is sending it. A letter that the server refused for good is settled as
// failed, which is no error here.
//
// When the process dies or the connection is lost between the letter's last dot and our row, the letter goes
// again with the same Message-ID, by which mailboxes know it, and its attempt says so.
func (s *Service) Send(ctx context.Context, id uuid.UUID) error {
	return s.alone(ctx, id, func(conn *pgxpool.Conn) error { return s.attempt(ctx, conn, id) })
}

// alone holds a lock of the letter, which dies with the process.
func (s *Service) alone(ctx context.Context, id uuid.UUID, do func(*pgxpool.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connecting to send a letter: %w", err)
	}
	defer conn.Release()
	subject, got := "kualik/letter/"+id.String(), false
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, subject).Scan(&got); err != nil {
		return fmt.Errorf("locking a letter: %w", err)
	}
	if !got {
		return fault.New(fault.Conflict, "notify.busy")
	}
	defer func() {
		free, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(free, `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, subject); err != nil {
			conn.Conn().Close(free) //nolint:errcheck // the lock goes with the connection
		}
	}()
	return do(conn)
}

func (s *Service) attempt(ctx context.Context, conn *pgxpool.Conn, id uuid.UUID) error {
	if s.server == nil {
		return settle(ctx, conn, id, Held, NoServer, s.clock.Now())
	}
	domain := s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	letter, found, err := s.claim(ctx, conn, id, hex.EncodeToString(id[:])+"@"+domain)
	if err != nil || !found {
		return err
	}
	files, err := s.files(ctx, letter.Attachments)
	if err != nil {
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.TooLarge) {
			return s.ended(ctx, conn, id, letter, Later, "", Held, LostFiles)
		}
		return err
	}
	text, err := s.compose(letter, files)
	if err != nil {
		return err
	}
	outcome, answer := s.server.send(ctx, envelope{from: s.from.Address, to: letter.Recipient, null: letter.Answer}, text,
		func() error { return offer(ctx, conn, id, letter.Attempts) })
	ctx = context.WithoutCancel(ctx) // what is known is written down, even if the process is asked to end
	switch outcome {
	case Taken:
		return s.ended(ctx, conn, id, letter, outcome, answer, Sent, "")
	case Refused:
		s.log.Warn("a letter was refused for good", "id", id, "topic", letter.Topic)
		return s.ended(ctx, conn, id, letter, outcome, answer, Failed, answer)
	}
	if outcome == Offered {
		s.log.Warn("a letter may have gone, it will go again", "id", id, "topic", letter.Topic)
	}
	if err := s.ended(ctx, conn, id, letter, outcome, answer, Waiting, answer); err != nil {
		return err
	}
	return fault.New(fault.Unavailable, "notify.unavailable", "answer", answer)
}

// ended writes down how an attempt ended, and what that makes of the letter.
func (s *Service) ended(ctx context.Context, conn *pgxpool.Conn, id uuid.UUID, l stored, o Outcome, answer string, state State, reason string) error {
	now := s.clock.Now()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := closeAttempt(ctx, tx, id, l.Attempts, o, answer, now); err != nil {
			return err
		}
		if state == Waiting {
			return note(ctx, tx, id, reason)
		}
		if err := settle(ctx, tx, id, state, reason, now); err != nil || o != Refused {
			return err
		}
		return s.struck(ctx, tx, strike{letter: id, recipient: l.Recipient, report: fmt.Sprintf("attempt %d", l.Attempts), diagnostic: answer, status: enhanced.FindString(answer)})
	})
}

// files reads the attachments, at most filesLimit bytes together.
func (s *Service) files(ctx context.Context, attachments []Attachment) ([][]byte, error) {
	files := make([][]byte, len(attachments))
	left := int64(filesLimit)
	for i, a := range attachments {
		data, err := blob.ReadAll(ctx, s.blobs, a.SHA256, left)
		if err != nil {
			return nil, fmt.Errorf("reading the letter's attachment: %w", err)
		}
		files[i], left = data, left-int64(len(data))
	}
	return files, nil
}

// Release lets letters go that were held because there was no mail server, now that there is one. Those
// older than a day stay: their links are dead and their news is stale.
func (s *Service) Release(ctx context.Context) (released int, err error) {
	if s.server == nil {
		return 0, nil
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ids, err := release(ctx, tx, NoServer, "", s.clock.Now().Add(-releaseSpan))
		released = len(ids)
		if err != nil {
			return err
		}
		return s.wake(ctx, tx, ids...)
	})
	return released, err
}

// Retry sends a letter that failed, came back or is held, because a person wants it. fault.NotFound when
// there is none such.
func (s *Service) Retry(ctx context.Context, id uuid.UUID) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := again(ctx, tx, id); err != nil {
			return err
		}
		return s.wake(ctx, tx, id)
	})
}

// Requeue inserts jobs for letters that wait and have none: River forgets a job after a while, the outbox
// does not forget a letter. It returns how many there were.
func (s *Service) Requeue(ctx context.Context) (n int, err error) {
	if s.server == nil || s.Jobs == nil {
		return 0, nil
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		ids, err := idle(ctx, tx, SendArgs{}.Kind(), s.clock.Now().Add(-10*time.Second))
		n = len(ids)
		if err != nil {
			return err
		}
		return s.wake(ctx, tx, ids...)
	})
	return n, err
}
