package filing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/postgres"
)

const letterColumns = `id, filing_id, coalesce(number, '') AS number, direction, kind, ground, text, until, answers, statement, source, begun_at, at,
	by_account, by_name, seen_at, closed_at, closed`

// letterRows are the letters of a condition, oldest first, with their files.
func letterRows(ctx context.Context, db postgres.DB, rest string, a args) ([]Correspondence, error) {
	rows, err := db.Query(ctx, `SELECT `+letterColumns+` FROM filing_letter `+rest, a)
	if err != nil {
		return nil, fmt.Errorf("reading correspondence: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Correspondence])
	if err != nil {
		return nil, fmt.Errorf("reading correspondence: %w", err)
	}
	at, ids := map[uuid.UUID]int{}, make([]uuid.UUID, 0, len(list))
	for i, l := range list {
		at[l.ID], ids = i, append(ids, l.ID)
	}
	rows, err = db.Query(ctx, `SELECT id, letter_id, filename, content_type, sha256, size, file FROM filing_letter_file WHERE letter_id = ANY(@ids) ORDER BY id`, args{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("reading files of letters: %w", err)
	}
	var f LetterFile
	_, err = pgx.ForEachRow(rows, []any{&f.ID, &f.LetterID, &f.Filename, &f.ContentType, &f.SHA256, &f.Size, &f.file}, func() error {
		l := &list[at[f.LetterID]]
		l.Files = append(l.Files, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading files of letters: %w", err)
	}
	return list, nil
}

func letterOf(ctx context.Context, db postgres.DB, filing, id uuid.UUID) (Correspondence, error) {
	list, err := letterRows(ctx, db, `WHERE filing_id = @filing AND id = @id`, args{"filing": filing, "id": id})
	if err != nil {
		return Correspondence{}, err
	}
	if len(list) == 0 {
		return Correspondence{}, errLetter
	}
	return list[0], nil
}

// openQuery is the query that waits for its answer.
func openQuery(ctx context.Context, db postgres.DB, filing uuid.UUID) (Correspondence, error) {
	list, err := letterRows(ctx, db, `WHERE filing_id = @filing AND kind = 'query' AND closed_at IS NULL`, args{"filing": filing})
	if err != nil {
		return Correspondence{}, err
	}
	if len(list) == 0 {
		return Correspondence{}, errNoQuery
	}
	return list[0], nil
}

// fromDesk begins a letter of the desk.
func (s *Service) fromDesk(d *deed, kind LetterKind, l NewLetter) (Correspondence, error) {
	text := strings.TrimSpace(l.Text)
	if n := len([]rune(text)); n < 3 || n > longestLetter || strings.ContainsRune(text, 0) {
		return Correspondence{}, errText
	}
	if l.Source == "" {
		l.Source = SourceDesk
	}
	if l.Source != SourceDesk && l.Source != SourceInstitute || len(l.Files) > maxLetterFiles {
		return Correspondence{}, errInput
	}
	return Correspondence{ID: clock.NewID(), FilingID: d.ID, Direction: FromDesk, Kind: kind, Text: text, Source: l.Source, By: d.who.Name,
		ByAccount: accountOf(d.who), Files: l.Files}, nil
}

// accountOf is nil for the program itself.
func accountOf(who Who) *uuid.UUID {
	if who.ID == uuid.Nil {
		return nil
	}
	return &who.ID
}

// putLetter sends a letter: it gets its number and its day.
func (s *Service) putLetter(ctx context.Context, tx pgx.Tx, l *Correspondence) error {
	now := s.o.Clock.Now()
	if err := s.numberLetter(ctx, tx, l, now); err != nil {
		return err
	}
	if l.BegunAt.IsZero() {
		l.BegunAt = now
	}
	return insertLetter(ctx, tx, *l)
}

// numberLetter takes the next number of the year, held until the transaction ends.
func (s *Service) numberLetter(ctx context.Context, tx pgx.Tx, l *Correspondence, at time.Time) error {
	year, sign := at.In(s.o.Zone).Year(), "И"
	if l.Direction == ToDesk {
		sign = "В"
	}
	n, err := count(ctx, tx, fmt.Sprintf("letter:%s:%d", l.Direction, year))
	if err != nil {
		return err
	}
	l.Number, l.At = fmt.Sprintf("%s-%d-%d", sign, year, n), &at
	return nil
}

func insertLetter(ctx context.Context, tx pgx.Tx, l Correspondence) error {
	var number *string
	if l.Number != "" {
		number = &l.Number
	}
	err := exec(ctx, tx, "writing a letter", `
		INSERT INTO filing_letter (id, filing_id, number, direction, kind, ground, text, until, answers, statement, source, begun_at, at, by_account, by_name)
		VALUES (@id, @filing, @number, @direction, @kind, @ground, @text, @until, @answers, @statement, @source, @begun, @at, @account, @by)`,
		args{"id": l.ID, "filing": l.FilingID, "number": number, "direction": l.Direction, "kind": string(l.Kind), "ground": l.Ground, "text": l.Text,
			"until": l.Until, "answers": l.Answers, "statement": l.Statement, "source": l.Source, "begun": l.BegunAt, "at": l.At, "account": l.ByAccount, "by": l.By})
	if err != nil {
		return err
	}
	return insertLetterFiles(ctx, tx, l.ID, l.Files)
}

func insertLetterFiles(ctx context.Context, tx pgx.Tx, letter uuid.UUID, files []LetterFile) error {
	for _, f := range files {
		err := exec(ctx, tx, "attaching a file to a letter", `INSERT INTO filing_letter_file (id, letter_id, filename, content_type, sha256, size, file)
			VALUES (@id, @letter, @filename, @type, @sha256, @size, @file)`,
			args{"id": f.ID, "letter": letter, "filename": f.Filename, "type": f.ContentType, "sha256": f.SHA256, "size": f.Size, "file": f.file})
		if err != nil {
			return err
		}
	}
	return nil
}

// closeLetter ends what a letter waits for.
func (s *Service) closeLetter(ctx context.Context, tx pgx.Tx, id uuid.UUID, how string) error {
	return exec(ctx, tx, "closing a letter", `UPDATE filing_letter SET closed_at = @now, closed = @how WHERE id = @id AND closed_at IS NULL`,
		args{"id": id, "how": how, "now": s.o.Clock.Now()})
}

// closeQuery ends the open query of an application; an answer that was being written is given up.
func (s *Service) closeQuery(ctx context.Context, d *deed, how string) error {
	q, err := openQuery(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	if err := s.closeLetter(ctx, d.tx, q.ID, how); err != nil {
		return err
	}
	d.QueryUntil = nil
	return exec(ctx, d.tx, "giving up an answer", `DELETE FROM filing_letter WHERE filing_id = @id AND at IS NULL`, args{"id": d.ID})
}

// endQuery is closeQuery where there may be none.
func (s *Service) endQuery(ctx context.Context, d *deed, how string) error {
	err := s.closeQuery(ctx, d, how)
	if errors.Is(err, errNoQuery) {
		return nil
	}
	return err
}
