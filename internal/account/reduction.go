package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/fault"
)

// LargestDocument is the size in bytes above which the document of a reduced fee is refused.
const LargestDocument = 10 << 20

var (
	errDocumentType  = fault.New(fault.Invalid, "account.profile.error.document_type")
	errDocumentLarge = fault.New(fault.TooLarge, "account.profile.error.document_large", "MB", LargestDocument>>20)
	errDocumentEmpty = fault.New(fault.Invalid, "account.profile.error.document_empty")
	errNoDocument    = fault.New(fault.NotFound, "account.profile.error.no_document")
	errNotYours      = fault.New(fault.Forbidden, "account.error.not_yours")
)

// Document is a file of a profile.
type Document struct {
	Name, Type string
	Content    []byte
}

var documentTypes = []string{"application/pdf", "image/jpeg", "image/png"}

func documentLabel(id uuid.UUID) string { return "profile document:" + id.String() }

// SaveReductionDocument keeps the paper that proves the ground for a reduced fee, in place of an earlier
// one. It tells of health, age or means, so it lies sealed.
func (s *Service) SaveReductionDocument(ctx context.Context, who Account, filename string, content io.Reader) error {
	if s.keeper == nil || s.blobs == nil {
		return errNoEDS
	}
	data, err := io.ReadAll(io.LimitReader(content, LargestDocument+1))
	if err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	kind := http.DetectContentType(data)
	switch {
	case len(data) == 0:
		return errDocumentEmpty
	case len(data) > LargestDocument:
		return errDocumentLarge
	case !slices.Contains(documentTypes, kind):
		return errDocumentType
	}
	ref, err := s.blobs.Put(ctx, bytes.NewReader(s.keeper.Seal(data, documentLabel(who.ID))))
	if err != nil {
		return fmt.Errorf("storing a document: %w", err)
	}
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(filename, ""), `\`, "/"))
	if r := []rune(name); len(r) > 200 {
		name = string(r[len(r)-200:])
	}
	return s.setDocument(ctx, who, "account.profile_document", pgx.StrictNamedArgs{"id": who.ID, "file": ref.SHA256, "name": name,
		"type": kind, "size": len(data), "now": s.clock.Now()})
}

// RemoveReductionDocument takes the document out of the profile.
func (s *Service) RemoveReductionDocument(ctx context.Context, who Account) error {
	return s.setDocument(ctx, who, "account.profile_document_removed", pgx.StrictNamedArgs{"id": who.ID, "file": "", "name": "",
		"type": "", "size": 0, "now": s.clock.Now()})
}

func (s *Service) setDocument(ctx context.Context, who Account, action string, args pgx.StrictNamedArgs) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE profile SET reduction_file = @file, reduction_filename = @name, reduction_type = @type,
			reduction_size = @size, version = version + 1, updated_at = @now WHERE account_id = @id`, args)
		if err != nil {
			return fmt.Errorf("storing a document: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errNoProfile
		}
		return audit.Record(ctx, tx, audit.Entry{At: s.clock.Now(), Actor: who.Actor(), Action: action, SubjectKind: "account", SubjectID: who.ID.String()})
	})
}

// ReductionDocument opens the document of an owner for themselves or for the office; it is recorded who
// opened it.
func (s *Service) ReductionDocument(ctx context.Context, reader Account, owner uuid.UUID) (Document, error) {
	if reader.ID != owner && !reader.Can(SeeFilings) {
		return Document{}, errNotYours
	}
	d, err := s.GroundDocument(ctx, owner)
	if err != nil {
		return Document{}, err
	}
	iin, err := s.IIN(ctx, owner)
	if err != nil {
		return Document{}, err
	}
	return d, audit.Record(ctx, s.pool, audit.Entry{At: s.clock.Now(), Actor: reader.Actor(), Action: "account.profile_document_opened",
		SubjectKind: "account", SubjectID: owner.String(), Persons: s.keysOf(owner, iin)})
}

// GroundDocument is the owner's document for an application of theirs, which takes a copy of it; nobody sees
// it by that.
func (s *Service) GroundDocument(ctx context.Context, owner uuid.UUID) (Document, error) {
	if s.keeper == nil || s.blobs == nil {
		return Document{}, errNoEDS
	}
	var d Document
	var file string
	err := s.pool.QueryRow(ctx, `SELECT reduction_file, reduction_filename, reduction_type FROM profile WHERE account_id = @id`,
		pgx.StrictNamedArgs{"id": owner}).Scan(&file, &d.Name, &d.Type)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && file == "" {
		return Document{}, errNoDocument
	}
	if err != nil {
		return Document{}, fmt.Errorf("reading a document: %w", err)
	}
	const sealing = 64 // bytes that sealing adds, and some
	sealed, err := blob.ReadAll(ctx, s.blobs, file, LargestDocument+sealing)
	if err != nil {
		return Document{}, fmt.Errorf("reading a document: %w", err)
	}
	d.Content, err = s.keeper.Open(sealed, documentLabel(owner))
	return d, err
}
