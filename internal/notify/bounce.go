package notify

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
)

// Report is what a mail server wrote back about a mail.
type Report struct {
	ID         string // of the message that brought it: read again it changes nothing
	Original   string // Message-ID of the mail that it is about, with or without its angle brackets
	Recipients []Fate
}

// Fate is what became of the mail at one recipient, in the words of RFC 3464.
type Fate struct{ Address, Action, Status, Diagnostic string }

const (
	softLimit = 3 // soft bounces of one address that pause it
	softSpan  = 7 * 24 * time.Hour
)

// Returned takes a report in. Only one that names a Message-ID which we have sent is trusted, because whoever
// writes to us can write a report: taken is false for any other. The letter has bounced, and its address is
// paused when it is no good, or when three letters in seven days did not arrive for other reasons.
func (s *Service) Returned(ctx context.Context, r Report) (taken bool, err error) {
	original := strings.Trim(r.Original, "<> ")
	if original == "" {
		return false, nil
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		st := strike{report: r.ID}
		err := tx.QueryRow(ctx, `SELECT id, recipient FROM letter WHERE message_id = @id FOR UPDATE`, pgx.StrictNamedArgs{"id": original}).Scan(&st.letter, &st.recipient)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("looking for the letter that came back: %w", err)
		}
		taken = true
		fate, failed := fateOf(r.Recipients, st.recipient)
		if !failed {
			return nil // it is late, or it arrived
		}
		st.status, st.diagnostic = fate.Status, fate.Diagnostic
		if err := bounced(ctx, tx, st); err != nil {
			return err
		}
		return s.struck(ctx, tx, st)
	})
	return taken, err
}

// fateOf finds the letter's recipient in a report. A letter has one, so where mail is forwarded it is whoever
// the report says did not get it.
func fateOf(list []Fate, recipient string) (f Fate, failed bool) {
	for _, f := range list {
		if strings.EqualFold(f.Address, recipient) {
			return f, f.Action == "failed"
		}
	}
	for _, f := range list {
		if f.Action == "failed" {
			return f, true
		}
	}
	return Fate{}, false
}

// strike is one letter that did not arrive.
type strike struct {
	letter                                uuid.UUID
	recipient, report, status, diagnostic string
}

// struck counts it against the address and pauses that when it is enough.
func (s *Service) struck(ctx context.Context, tx pgx.Tx, st strike) error {
	now := s.clock.Now()
	kind := "soft"
	if hard(st.status, st.diagnostic) {
		kind = "hard"
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO letter_bounce (letter_id, report, recipient, kind, status, diagnostic, at)
		VALUES (@letter, @report, @recipient, @kind, @status, @diagnostic, @now) ON CONFLICT DO NOTHING`,
		pgx.StrictNamedArgs{"letter": st.letter, "report": st.report, "recipient": st.recipient, "kind": kind, "status": st.status,
			"diagnostic": cut(st.diagnostic), "now": now})
	if err != nil {
		return fmt.Errorf("recording a bounce: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	// Whose pause a person has lifted begins anew.
	_, err = tx.Exec(ctx, `
		INSERT INTO address_pause (id, address, status, diagnostic, letter_id, paused_at)
		SELECT @id, @recipient, @status, @diagnostic, @letter, @now
		WHERE @kind = 'hard' OR @limit <= (
			SELECT count(DISTINCT letter_id) FROM letter_bounce WHERE recipient = @recipient
			AND at > greatest(@since, coalesce((SELECT max(lifted_at) FROM address_pause WHERE address = @recipient), '-infinity')))
		ON CONFLICT (address) WHERE lifted_at IS NULL DO NOTHING`,
		pgx.StrictNamedArgs{"id": clock.NewID(), "recipient": st.recipient, "status": st.status, "diagnostic": cut(st.diagnostic), "letter": st.letter,
			"now": now, "kind": kind, "limit": softLimit, "since": now.Add(-softSpan)})
	if err != nil {
		return fmt.Errorf("pausing an address: %w", err)
	}
	return nil
}

// bounced ends a letter that came back, also one whose sending was uncertain: it went.
func bounced(ctx context.Context, tx pgx.Tx, st strike) error {
	_, err := tx.Exec(ctx, `UPDATE letter SET state = 'bounced', reason = @reason WHERE id = @id AND state IN ('sent', 'waiting', 'failed', 'held')`,
		pgx.StrictNamedArgs{"id": st.letter, "reason": cut(Said(st.status, st.diagnostic))})
	if err != nil {
		return fmt.Errorf("recording that a letter came back: %w", err)
	}
	return nil
}

// Said is a status with a server's words, which mostly begin with it.
func Said(status, diagnostic string) string {
	if strings.Contains(diagnostic, status) {
		return diagnostic
	}
	return strings.TrimSpace(status + " " + diagnostic)
}

var (
	nobody = regexp.MustCompile(`(?i)(no such|unknown|invalid|non-?existent|unrouteable) (user|recipient|mailbox|address|local part|account)|(user|recipient|mailbox|account|address|box)( \S+)?( is)? ` +
		`(unknown|not (found|known|exist)|does ?n[o']t exist|is unavailable: user not found|disabled|deactivated|suspended)|no mailbox here|does not exist|user doesn't|no user here|host (unknown|not found)|domain (not found|does not exist)|` +
		`нет такого (пользователя|ящика|адреса)|(пользователь|ящик|адрес) не (найден|существует)`)
	full = regexp.MustCompile(`(?i)quota|mailbox (is )?full|over ?size|insufficient (system )?storage|переполнен`)
)

// aboutAddress are the statuses of RFC 3463 that say that the address itself is no good. The other fives
// speak of the mailbox's room, of the letter or of us: the letter has failed, the address may be good.
var aboutAddress = regexp.MustCompile(`^5\.(1\.(0|1|2|3|4|6|9|10)|2\.(0|1)|4\.4|0\.0)$`)

// hard tells whether a failure says that the address is no good. Where the server's words are plainer than
// its number they count: Yandex says 5.7.1 of a user that it does not have.
func hard(status, diagnostic string) bool {
	if status == "" {
		status = enhanced.FindString(diagnostic)
	}
	switch {
	case strings.HasPrefix(status, "4."), full.MatchString(diagnostic):
		return false
	case nobody.MatchString(diagnostic):
		return true
	}
	return aboutAddress.MatchString(status)
}
