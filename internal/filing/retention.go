package filing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
)

// Copies of identity documents are needed while an application is on its way, and are deleted some days after
// its end. What stays is the row: that there was a copy, whose, its hash, and when it was deleted.

// erasable are the filings whose end is some days ago: withdrawn, deleted, refused, issued. One that goes on
// again, because its end was recorded by mistake, has not ended.
const erasable = `f.state IN ('withdrawn', 'deleted', 'refused', 'issued') AND f.ended_at < @before`

// identityCopy is a copy that is kept.
type identityCopy struct {
	ID     uuid.UUID `db:"id"`
	Filing uuid.UUID `db:"filing_id"`
	File   string    `db:"file"`
	SHA256 string    `db:"sha256"`
	Number []byte    `db:"number_hash"`
}

// EraseIdentityCopies deletes the copies whose time is over and gives their number. It may be called as often
// as one likes, by several processes: a file whose row was written and which was not removed then is an orphan
// of the store, and is swept.
func (s *Service) EraseIdentityCopies(ctx context.Context) (erased int, err error) {
	if s.o.IdentityDays <= 0 {
		return 0, nil
	}
	before := s.o.Clock.Now().Add(-time.Duration(s.o.IdentityDays) * 24 * time.Hour)
	ids, err := s.ids(ctx, "identity copies", `SELECT DISTINCT f.id FROM filing f JOIN filing_document d ON d.filing_id = f.id
		WHERE d.kind = 'identity_copy' AND d.erased_at IS NULL AND `+erasable+` LIMIT 1000`, args{"before": before})
	for _, id := range ids {
		var files []string
		e := s.inTx(ctx, func(tx pgx.Tx) (err error) {
			if _, err := lock(ctx, tx, id); err != nil {
				return err
			}
			files, err = s.eraseIdentity(ctx, tx, system, id, erasable, args{"before": before})
			return err
		})
		if e == nil {
			erased += len(files)
			e = s.removeFiles(ctx, files)
		}
		err = errors.Join(err, e)
	}
	return erased, err
}

// eraseIdentity takes the copies of a locked filing out of the rows, when a condition on the filing f holds,
// records that for their owners to see, and gives the files that are to be removed afterwards.
func (s *Service) eraseIdentity(ctx context.Context, tx pgx.Tx, who Who, filing uuid.UUID, condition string, a args) (files []string, err error) {
	now := s.o.Clock.Now()
	query := args{"id": filing}
	for name, value := range a {
		query[name] = value
	}
	rows, err := tx.Query(ctx, `SELECT d.id, d.filing_id, d.file, d.sha256, p.number_hash FROM filing_document d
		JOIN filing f ON f.id = d.filing_id JOIN filing_participant p ON p.id = d.participant_id
		WHERE d.filing_id = @id AND d.kind = 'identity_copy' AND d.erased_at IS NULL AND `+condition+` ORDER BY d.id`, query)
	if err != nil {
		return nil, fmt.Errorf("looking for identity copies: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[identityCopy])
	if err != nil {
		return nil, fmt.Errorf("looking for identity copies: %w", err)
	}
	for _, c := range list {
		if err := exec(ctx, tx, "deleting an identity copy", `UPDATE filing_document SET file = '', erased_at = @now WHERE id = @id`,
			args{"id": c.ID, "now": now}); err != nil {
			return nil, err
		}
		err := audit.Record(ctx, tx, audit.Entry{At: now, Actor: actorOf(who), Action: "filing.identity_erased", SubjectKind: SubjectKind, SubjectID: filing.String(),
			After: map[string]any{"document": c.ID, "sha256": c.SHA256}, Persons: []audit.Person{audit.ByNumber(c.Number)}})
		if err != nil {
			return nil, err
		}
		files = append(files, c.File)
	}
	return files, nil
}

// removeFiles removes files of the store that nothing else names.
func (s *Service) removeFiles(ctx context.Context, files []string) error {
	for _, file := range files {
		var named bool
		if err := s.o.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM kept_file WHERE sha256 = @file)`, args{"file": file}).Scan(&named); err != nil {
			return fmt.Errorf("asking who names a file: %w", err)
		}
		if named {
			continue
		}
		if err := s.o.Blobs.Remove(ctx, file); err != nil {
			return fmt.Errorf("removing a file: %w", err)
		}
	}
	return nil
}

// keptUntil is when a copy will be deleted; nil while the filing has not ended, or where copies are kept.
func (s *Service) keptUntil(f Filing) *time.Time {
	switch {
	case s.o.IdentityDays <= 0 || f.EndedAt == nil:
		return nil
	case f.State != Withdrawn && f.State != Deleted && f.State != Refused && f.State != Issued:
		return nil
	}
	until := f.EndedAt.Add(time.Duration(s.o.IdentityDays) * 24 * time.Hour)
	return &until
}
