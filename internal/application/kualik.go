package application

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/person"
)

// Filed is an application that was submitted in Kualik. Ref is its incoming number.
type Filed struct {
	Ref       string
	Title     string
	Kind      string // a kind code
	CreatedOn clock.Day
	FiledOn   clock.Day
	Status    string
	Authors   []FiledAuthor
	At        time.Time
}

// FiledAuthor is an author with the personal number, which the application keeps sealed.
type FiledAuthor struct {
	Name string
	IIN  string
}

// PutKualik stores an application that was submitted in Kualik, or what has changed of it, in the
// transaction that submits or changes it. Certificates are sought for it like for those of the office's list.
func (s *Store) PutKualik(ctx context.Context, tx pgx.Tx, f Filed) error {
	a := Application{ID: clock.NewID(), Origin: Kualik, Ref: f.Ref, Title: f.Title, Kind: f.Kind, KindText: kind.Name("ru", f.Kind),
		CreatedOn: f.CreatedOn, FiledOn: f.FiledOn, Status: f.Status, UpdatedAt: f.At}
	if f.Kind == "" {
		a.KindText = ""
	}
	for _, author := range f.Authors {
		a.Authors = append(a.Authors, Author{Name: author.Name})
	}
	err := tx.QueryRow(ctx, `
		INSERT INTO application (id, origin, application_ref, title, kind, kind_text, created_on, filed_on, status, name_keys, title_key, search,
			created_at, updated_at)
		VALUES (@id, @origin, @ref, @title, @kind, @kind_text, @created_on, @filed_on, @status, @name_keys, @title_key, @search, @now, @now)
		ON CONFLICT ON CONSTRAINT application_ref_unique DO UPDATE SET title = @title, kind = @kind, kind_text = @kind_text,
			created_on = @created_on, filed_on = @filed_on, status = @status, name_keys = @name_keys, title_key = @title_key,
			search = rtrim(@search || ' ' || application.registry_application_no), updated_at = @now
		RETURNING id`,
		pgx.StrictNamedArgs{"id": a.ID, "origin": a.Origin, "ref": a.Ref, "title": a.Title, "kind": a.Kind, "kind_text": a.KindText,
			"created_on": a.CreatedOn, "filed_on": a.FiledOn, "status": a.Status, "name_keys": nameKeys(a), "title_key": TitleKey(a.Title),
			"search": searchText(a), "now": f.At}).Scan(&a.ID)
	if err != nil {
		return fmt.Errorf("storing a submitted application: %w", err)
	}
	return s.putAuthors(ctx, tx, a.ID, f.Authors)
}

// SetStatus notes how far an application that was submitted in Kualik has come. What it says stays as it was
// submitted.
func (s *Store) SetStatus(ctx context.Context, tx pgx.Tx, ref, status string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE application SET status = @status, updated_at = @at WHERE origin = 'kualik' AND application_ref = @ref AND status <> @status`,
		pgx.StrictNamedArgs{"ref": ref, "status": status, "at": at})
	if err != nil {
		return fmt.Errorf("noting an application's status: %w", err)
	}
	return nil
}

func (s *Store) putAuthors(ctx context.Context, tx pgx.Tx, id uuid.UUID, authors []FiledAuthor) error {
	if _, err := tx.Exec(ctx, `DELETE FROM application_author WHERE application_id = $1`, id); err != nil {
		return fmt.Errorf("storing the authors of a submitted application: %w", err)
	}
	batch := &pgx.Batch{}
	for i, author := range authors {
		batch.Queue(`INSERT INTO application_author (application_id, position, name, iin_sealed, iin_hash) VALUES ($1, $2, $3, $4, $5)`,
			id, i+1, author.Name, s.keeper.Seal([]byte(author.IIN), sealLabel(id)), s.keeper.Hash(person.HashLabel, author.IIN))
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("storing the authors of a submitted application: %w", err)
	}
	return nil
}
