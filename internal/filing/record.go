package filing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// recordKind is what a record is called in the audit.
const recordKind = "filing_record"

const recordColumns = `id, owner, kind, number, title, participants, filed_on, state, note, filename, content_type, sha256, size, version, created_at, updated_at`

// Records lists a person's records of the other kinds, of one kind when it is not empty, newest first; all
// for those who may see everybody's.
func (s *Service) Records(ctx context.Context, who Who, kind string, all bool) ([]Record, error) {
	where, a, err := recordsOf(who, kind, all)
	if err != nil {
		return nil, err
	}
	return records(ctx, s.o.Pool, where+` ORDER BY id DESC`, a)
}

func recordsOf(who Who, kind string, all bool) (string, args, error) {
	if all && !account.Can(who.Role, account.SeeFilings) {
		return "", nil, fault.New(fault.Forbidden, "filing.why.other")
	}
	return `WHERE deleted_at IS NULL AND (@all OR owner = @who) AND (@kind = '' OR kind = @kind)`, args{"all": all, "who": who.ID, "kind": kind}, nil
}

func records(ctx context.Context, db postgres.DB, rest string, a args) ([]Record, error) {
	rows, err := db.Query(ctx, `SELECT `+recordColumns+` FROM filing_record `+rest, a)
	if err != nil {
		return nil, fmt.Errorf("reading records: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Record])
	if err != nil {
		return nil, fmt.Errorf("reading records: %w", err)
	}
	return list, nil
}

// RecordCounts counts records by kind.
func (s *Service) RecordCounts(ctx context.Context, who Who, all bool) (map[string]int, error) {
	where, a, err := recordsOf(who, "", all)
	if err != nil {
		return nil, err
	}
	rows, err := s.o.Pool.Query(ctx, `SELECT kind, count(*)::int FROM filing_record `+where+` GROUP BY kind`, a)
	if err != nil {
		return nil, fmt.Errorf("counting records: %w", err)
	}
	counts := map[string]int{}
	var kind string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&kind, &n}, func() error { counts[kind] = n; return nil })
	if err != nil {
		return nil, fmt.Errorf("counting records: %w", err)
	}
	return counts, nil
}

// Record is one record, for its owner and for those who may see everybody's.
func (s *Service) Record(ctx context.Context, who Who, id uuid.UUID) (Record, error) {
	list, err := records(ctx, s.o.Pool, `WHERE id = @id AND deleted_at IS NULL`, args{"id": id})
	if err != nil {
		return Record{}, err
	}
	if len(list) == 0 || list[0].Owner != who.ID && !account.Can(who.Role, account.SeeFilings) {
		return Record{}, errNotFound
	}
	return list[0], nil
}

// SaveRecord makes (ID uuid.Nil) or changes a record. Problems when a field is wrong. content nil leaves the
// document as it is.
func (s *Service) SaveRecord(ctx context.Context, who Who, r Record, content io.Reader) (uuid.UUID, error) {
	if who.Means != account.ByEDS {
		return uuid.Nil, fault.New(fault.Forbidden, "filing.why.needs_eds")
	}
	if p := r.check(s.today()); len(p) > 0 {
		return uuid.Nil, p
	}
	if content != nil {
		if err := s.takeRecordFile(ctx, &r, content); err != nil {
			return uuid.Nil, err
		}
	}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if r.ID == uuid.Nil {
			r.ID, r.Owner = clock.NewID(), who.ID
			if err := s.insertRecord(ctx, tx, r); err != nil {
				return err
			}
			return s.recordOf(ctx, tx, who, recordKind, r.ID, "record_create", map[string]any{"kind": r.Kind}, "")
		}
		if err := s.updateRecord(ctx, tx, who, r, content != nil); err != nil {
			return err
		}
		return s.recordOf(ctx, tx, who, recordKind, r.ID, "record_change", map[string]any{"kind": r.Kind, "state": r.State}, "")
	})
	if postgres.Constraint(err) == "filing_record_number" {
		return uuid.Nil, Problems{{Field: "number", Key: "filing.problem.record_twice"}}
	}
	return r.ID, err
}

func (r *Record) check(today clock.Day) (list Problems) {
	r.Number, r.Title, r.Participants, r.Note = clean(r.Number, 100), clean(r.Title, longest), clean(r.Participants, 5000), clean(r.Note, 5000)
	add := func(bad bool, field, code string) {
		if bad {
			list = append(list, Problem{Field: field, Key: "filing.problem.record_" + code})
		}
	}
	add(!slices.Contains(RecordKinds, r.Kind), "kind", "kind")
	add(r.Title == "", "title", "title")
	add(r.Participants == "", "participants", "participants")
	add(!slices.Contains(RecordStates, r.State), "state", "state")
	add(r.State != "preparing" && r.Number == "", "number", "number")
	add(r.State != "preparing" && r.FiledOn == "", "filed_on", "filed_on")
	add(r.FiledOn > today, "filed_on", "filed_late")
	return list
}

func (s *Service) takeRecordFile(ctx context.Context, r *Record, content io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(content, MaxDocument+1))
	if err != nil {
		return fmt.Errorf("reading an upload: %w", err)
	}
	r.ContentType = contentType(data)
	switch {
	case len(data) > MaxDocument:
		return Problems{{Field: "document", Key: "filing.problem.document_large", Args: []any{"MB", MaxDocument >> 20}}}
	case len(data) == 0 || r.ContentType == "":
		return Problems{{Field: "document", Key: "filing.problem.document_type"}}
	}
	ref, err := s.o.Blobs.Put(ctx, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("storing a record's document: %w", err)
	}
	r.Filename, r.SHA256, r.Size = filename(r.Filename), ref.SHA256, ref.Size
	return nil
}

func (r Record) args() args {
	return args{"id": r.ID, "owner": r.Owner, "kind": r.Kind, "number": r.Number, "title": r.Title, "participants": r.Participants,
		"filed_on": r.FiledOn, "state": r.State, "note": r.Note, "filename": r.Filename, "type": r.ContentType, "sha256": r.SHA256, "size": r.Size,
		"version": r.Version}
}

func (s *Service) insertRecord(ctx context.Context, tx pgx.Tx, r Record) error {
	a := r.args()
	delete(a, "version")
	if r.SHA256 == "" {
		a["filename"] = ""
	}
	a["now"] = s.o.Clock.Now()
	return exec(ctx, tx, "keeping a record", `
		INSERT INTO filing_record (id, owner, kind, number, title, participants, filed_on, state, note, filename, content_type, sha256, size, version, created_at, updated_at)
		VALUES (@id, @owner, @kind, @number, @title, @participants, @filed_on, @state, @note, @filename, @type, @sha256, @size, 1, @now, @now)`, a)
}

func (s *Service) updateRecord(ctx context.Context, tx pgx.Tx, who Who, r Record, file bool) error {
	a := r.args()
	a["owner"], a["file"], a["now"] = who.ID, file, s.o.Clock.Now()
	delete(a, "kind") // a record stays of its kind
	var version int
	err := tx.QueryRow(ctx, `
		UPDATE filing_record SET number = @number, title = @title, participants = @participants, filed_on = @filed_on, state = @state, note = @note,
			filename = CASE WHEN @file THEN @filename ELSE filename END, content_type = CASE WHEN @file THEN @type ELSE content_type END,
			sha256 = CASE WHEN @file THEN @sha256 ELSE sha256 END, size = CASE WHEN @file THEN @size ELSE size END,
			version = version + 1, updated_at = @now
		WHERE id = @id AND owner = @owner AND deleted_at IS NULL AND version = @version RETURNING version`, a).Scan(&version)
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	err = tx.QueryRow(ctx, `SELECT version FROM filing_record WHERE id = @id AND owner = @owner AND deleted_at IS NULL`,
		args{"id": r.ID, "owner": who.ID}).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotFound
	}
	return errOr(err, fault.New(fault.Conflict, "filing.error.changed_meanwhile"))
}

// DeleteRecord deletes a record of the person's own.
func (s *Service) DeleteRecord(ctx context.Context, who Who, id uuid.UUID) error {
	if who.Means != account.ByEDS {
		return fault.New(fault.Forbidden, "filing.why.needs_eds")
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE filing_record SET deleted_at = @now WHERE id = @id AND owner = @owner AND deleted_at IS NULL`,
			args{"now": s.o.Clock.Now(), "id": id, "owner": who.ID})
		if err != nil {
			return fmt.Errorf("deleting a record: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errNotFound
		}
		return s.recordOf(ctx, tx, who, recordKind, id, "record_delete", nil, "")
	})
}

// OpenRecordDocument gives the document of a record.
func (s *Service) OpenRecordDocument(ctx context.Context, who Who, id uuid.UUID) (Record, io.ReadCloser, error) {
	r, err := s.Record(ctx, who, id)
	if err != nil {
		return Record{}, nil, err
	}
	if r.SHA256 == "" {
		return Record{}, nil, errDocument
	}
	content, _, err := s.o.Blobs.Open(ctx, r.SHA256)
	return r, content, err
}
