package reply

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// begin writes that a message is dealt with; false when it was before.
func (s *Service) begin(ctx context.Context, tx pgx.Tx, m Message, who sender, lang i18n.Lang, limit, silence string) (first bool, err error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO reply_answer (message_id, recipient, name, staff_id, lang, cap, silence, heard, at)
		VALUES (@message, @recipient, @name, @staff, @lang, @cap, @silence, @heard, @now) ON CONFLICT (message_id) DO NOTHING`,
		pgx.StrictNamedArgs{"message": m.ID, "recipient": who.Address, "name": who.Name, "staff": who.Staff, "lang": string(lang), "cap": limit, "silence": silence, "heard": m.Heard,
			"now": s.o.Clock.Now()})
	if err != nil {
		return false, fmt.Errorf("begin an answer: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// told keeps that the sender of a message knows of a certificate.
func (s *Service) told(ctx context.Context, tx pgx.Tx, message, certificate uuid.UUID, waits bool) error {
	_, err := tx.Exec(ctx, `INSERT INTO reply_told (message_id, certificate_id, waits, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		message, certificate, waits, s.o.Clock.Now())
	if err != nil {
		return fmt.Errorf("keep what was answered: %w", err)
	}
	return nil
}

// nothing is the cap of answers to messages that brought no certificate.
const nothing = "nothing"

// capOf says for what the answer uses up the day's one letter: a certificate of which the sender has not
// heard today, where there is one; else what the letter of today used up, so that this one is held.
func (s *Service) capOf(ctx context.Context, tx pgx.Tx, who sender, f found) (limit string, err error) {
	if len(f.certificates) == 0 {
		return nothing, nil
	}
	rows, err := tx.Query(ctx, `
		SELECT t.certificate_id, a.cap FROM reply_answer a JOIN reply_told t ON t.message_id = a.message_id
		WHERE a.recipient = @recipient AND a.at > @since AND a.cap <> '' ORDER BY a.at DESC`,
		pgx.StrictNamedArgs{"recipient": who.Address, "since": s.o.Clock.Now().Add(-24 * time.Hour)})
	if err != nil {
		return "", fmt.Errorf("what was answered today: %w", err)
	}
	type heard struct {
		ID  uuid.UUID
		Cap string
	}
	today, err := pgx.CollectRows(rows, pgx.RowToStructByPos[heard])
	if err != nil {
		return "", fmt.Errorf("what was answered today: %w", err)
	}
	for _, c := range f.certificates {
		if i := slices.IndexFunc(today, func(h heard) bool { return h.ID == c.ID }); i < 0 {
			return c.ID.String(), nil
		} else if limit == "" {
			limit = today[i].Cap
		}
	}
	return limit, nil
}

// newLink is a link to be made.
type newLink struct {
	sort        string
	certificate uuid.UUID
	message     *uuid.UUID
	who         sender
	lang        i18n.Lang
}

// link makes a personal link and gives its address. What is in it is kept as a hash.
func (s *Service) link(ctx context.Context, tx pgx.Tx, l newLink) (address string, err error) {
	secret := make([]byte, 24)
	rand.Read(secret) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret)
	now := s.o.Clock.Now()
	_, err = tx.Exec(ctx, `
		INSERT INTO reply_link (id, token_hash, sort, certificate_id, message_id, recipient, staff_id, hint_id, lang, created_at, expires_at)
		VALUES (@id, @hash, @sort, @certificate, @message, @recipient, @staff, @hint, @lang, @now, @expires)`,
		pgx.StrictNamedArgs{"id": clock.NewID(), "hash": hashed(token), "sort": l.sort, "certificate": l.certificate, "message": l.message,
			"recipient": l.who.Address, "staff": l.who.Staff, "hint": l.who.Hint, "lang": string(l.lang), "now": now, "expires": s.expiry(now)})
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return s.o.PublicURL + "/a/" + token, nil
}

// expiry is the end of the last day on which a link holds, so that the day that a letter names is whole.
func (s *Service) expiry(now time.Time) time.Time {
	local := now.In(s.o.Zone)
	return time.Date(local.Year(), local.Month(), local.Day()+s.o.LinkDays+1, 0, 0, 0, 0, s.o.Zone)
}

// lastDay is the day that a letter names.
func (s *Service) lastDay() clock.Day {
	return clock.DayOf(s.expiry(s.o.Clock.Now()).Add(-time.Second), s.o.Zone)
}

func hashed(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
