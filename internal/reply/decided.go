package reply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/rating"
	"kualik/internal/registry"
)

// settleAfter is how long a decision must have stood before its sender is told: it may be undone.
const settleAfter = 10 * time.Minute

// openQuestion is the condition under which something about certificate c waits for a person.
const openQuestion = `c.merged_into IS NULL AND c.reading <> 'rejected' AND NOT c.not_ours
	AND (c.reading = 'review' OR c.application_decision = 'review'
		OR EXISTS (SELECT FROM certificate_author w WHERE w.certificate_id = c.id AND w.decision = 'review'))`

// Sweep tells senders how that ended which had to wait for a person, each once. Whoever decided it, and by
// what way, is not asked: the state of the certificate is.
func (s *Service) Sweep(ctx context.Context) error {
	if s.o.Off {
		return nil
	}
	for range 200 {
		more := false
		err := pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) (err error) {
			more, err = s.tellOne(ctx, tx)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// waitingTold is a certificate whose sender was promised a second letter.
type waitingTold struct {
	MessageID     uuid.UUID
	CertificateID uuid.UUID
	Recipient     string
	Name          string
	Lang          i18n.Lang
	Heard         notify.Heard
	ReceivedAt    time.Time
}

func (s *Service) tellOne(ctx context.Context, tx pgx.Tx) (more bool, err error) {
	rows, err := tx.Query(ctx, `
		SELECT t.message_id, t.certificate_id, a.recipient, a.name, a.lang, a.heard, m.received_at
		FROM reply_told t JOIN reply_answer a ON a.message_id = t.message_id JOIN message m ON m.id = t.message_id
		JOIN certificate c ON c.id = t.certificate_id
		WHERE t.waits AND t.decided_at IS NULL AND c.updated_at < @since AND NOT (`+openQuestion+`)
		ORDER BY t.at, t.message_id, t.certificate_id LIMIT 1 FOR UPDATE OF t SKIP LOCKED`,
		pgx.StrictNamedArgs{"since": s.o.Clock.Now().Add(-settleAfter)})
	if err != nil {
		return false, fmt.Errorf("certificates decided since: %w", err)
	}
	w, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[waitingTold])
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("certificates decided since: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE reply_told SET decided_at = $3 WHERE message_id = $1 AND certificate_id = $2`, w.MessageID, w.CertificateID, s.o.Clock.Now()); err != nil {
		return false, fmt.Errorf("keep that a sender knows: %w", err)
	}
	return true, s.tellDecided(ctx, tx, w)
}

func (s *Service) tellDecided(ctx context.Context, tx pgx.Tx, w waitingTold) error {
	was, err := registry.Get(ctx, tx, w.CertificateID)
	if err != nil {
		return err
	}
	c, err := s.certificateOf(ctx, tx, w.CertificateID)
	if err != nil {
		return err
	}
	who, err := whose(ctx, tx, w.Recipient)
	if err != nil {
		return err
	}
	e, err := s.entry(ctx, tx, w.MessageID, c.ID, who)
	if err != nil {
		return err
	}
	address := ""
	if e.linked() {
		if address, err = s.link(ctx, tx, newLink{sort: "decided", certificate: c.ID, message: &w.MessageID, who: who, lang: w.Lang}); err != nil {
			return err
		}
	}
	letter, err := s.decidedLetter(ctx, w, e, was.MergedInto != nil, who, address)
	if err != nil {
		return err
	}
	if err := s.o.Letters.Queue(ctx, tx, letter); err != nil {
		return err
	}
	who.Name = w.Name
	return s.tellColleagues(ctx, tx, []entry{e}, who)
}

func (s *Service) decidedLetter(ctx context.Context, w waitingTold, e entry, joined bool, who sender, address string) (notify.Letter, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return notify.Letter{}, err
	}
	t := &text{lang: w.Lang}
	subject := t.decided(e, clock.DayOf(w.ReceivedAt, s.o.Zone), joined, who, rules, address, s.lastDay())
	return notify.Letter{Topic: TopicDecided, Recipient: w.Recipient, About: w.MessageID.String() + " " + w.CertificateID.String(), Lang: string(w.Lang),
		Subject: subject, Text: t.String(), Reply: &w.Heard, Cap: w.CertificateID.String()}, nil
}

// decided says how a certificate of a letter of a day was decided; joined tells that it was another copy.
func (t *text) decided(e entry, of clock.Day, joined bool, who sender, rules *rating.Rules, address string, until clock.Day) (subject string) {
	t.say("hello")
	t.say("decided.intro", "Day", i18n.Day(t.lang, of))
	t.facts(e, "", who, rules)
	switch {
	case !e.linked():
		t.say("decided.refused")
	case joined:
		t.say("decided.merged")
	case e.with(registry.Auto)+e.with(registry.DecisionConfirmed) == 0:
		t.say("decided.nobody")
	default:
		t.say("decided.counts", "Year", academic(t.lang, e.RegisteredOn))
	}
	if address != "" {
		t.ask(e, who, address)
		t.say("link_note", "Day", i18n.Day(t.lang, until))
	}
	if e.Number == "" {
		return t.t("decided.subject_bare")
	}
	return t.t("decided.subject", "Number", numero(e.Number))
}

// heardOfIt notes that a sender who has answered the last open question themselves needs no letter about it.
// The certificate is the one that the letter was about, whatever it was joined to since.
func (s *Service) heardOfIt(ctx context.Context, tx pgx.Tx, row linkRow, original uuid.UUID) error {
	if row.MessageID == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE reply_told t SET decided_at = @now FROM certificate c
		WHERE t.message_id = @message AND t.certificate_id = @original AND c.id = @now_is AND t.waits AND t.decided_at IS NULL AND NOT (`+openQuestion+`)`,
		pgx.StrictNamedArgs{"now": s.o.Clock.Now(), "message": *row.MessageID, "original": original, "now_is": row.CertificateID})
	if err != nil {
		return fmt.Errorf("keep that a sender knows: %w", err)
	}
	return nil
}
