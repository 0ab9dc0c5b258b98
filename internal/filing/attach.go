package filing

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

const (
	typePDF  = "application/pdf"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeDOC  = "application/msword"

	maxDocuments = 60 // of one filing, replaced ones too
)

// sealedKinds hold personal numbers, or tell of health and age: they lie encrypted in the store.
var sealedKinds = []DocumentKind{IdentityCopy, PowerOfAttorney, ReductionGround}

// Attach stores a document, in the place of another when u.Replaces is set. Of the work, and of each
// person's identity document, there is one copy: another takes its place.
func (s *Service) Attach(ctx context.Context, who Who, id uuid.UUID, u Upload) (uuid.UUID, error) {
	if _, rel, err := s.look(ctx, who, id, Save); err != nil {
		return uuid.Nil, err // before anything is read and stored
	} else if rel != RelFiler {
		return uuid.Nil, errNotFound
	}
	row, data, err := readUpload(u)
	if err != nil {
		return uuid.Nil, err
	}
	row.ID, row.FilingID = clock.NewID(), id
	if err := s.store(ctx, &row, data); err != nil {
		return uuid.Nil, err
	}
	row.UploadedAt, row.UploadedBy = s.o.Clock.Now(), who.Name
	return row.ID, s.change(ctx, who, id, Save, func(d *deed) error {
		if err := s.room(ctx, d, row, u.Replaces); err != nil {
			return err
		}
		if err := insertDocument(ctx, d.tx, row); err != nil {
			return err
		}
		s.touched(d)
		if err := s.askChecks(ctx, d.tx, d.Filing); err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "document_add", map[string]any{"document": row.ID, "kind": row.Kind, "sha256": row.SHA256}, "")
	})
}

// room takes the document out whose place the new one takes, and sees that the participant is there.
func (s *Service) room(ctx context.Context, d *deed, row documentRow, replaces uuid.UUID) error {
	if row.Kind == IdentityCopy {
		p, err := participant(ctx, d.tx, d.ID, *row.Participant)
		if err != nil {
			return err
		}
		if p.Type == Organisation {
			return errParticipant
		}
	}
	all, err := documents(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	if len(all) >= maxDocuments {
		return fault.New(fault.TooLarge, "filing.error.many_documents", "Max", maxDocuments)
	}
	found := replaces == uuid.Nil
	for _, old := range all {
		if old.ReplacedAt != nil {
			continue
		}
		same := old.Kind == row.Kind && (row.Kind == WorkCopy || row.Kind == IdentityCopy && *old.Participant == *row.Participant)
		if old.ID == replaces {
			if old.Kind != row.Kind {
				return errInput
			}
			found, same = true, true
		}
		if same {
			if err := replaceDocument(ctx, d.tx, old.ID, row.UploadedAt); err != nil {
				return err
			}
		}
	}
	if !found {
		return errDocument
	}
	return nil
}

// readUpload checks what was sent.
func readUpload(u Upload) (row documentRow, data []byte, err error) {
	bad := func(field, code string, a ...any) error {
		return Problems{{Tab: TabDocuments, Field: field, Key: "filing.problem.document_" + code, Args: a}}
	}
	if !slices.Contains(DocumentKinds, u.Kind) || (u.Kind == IdentityCopy) != (u.Participant != uuid.Nil) || u.Content == nil {
		return row, nil, errInput
	}
	if utf8.RuneCountInString(u.Description) > longest {
		return row, nil, bad("description", "description")
	}
	if data, err = io.ReadAll(io.LimitReader(u.Content, MaxDocument+1)); err != nil {
		return row, nil, fmt.Errorf("reading an upload: %w", err)
	}
	kind := contentType(data)
	switch {
	case len(data) == 0:
		return row, nil, bad(string(u.Kind), "empty")
	case len(data) > MaxDocument:
		return row, nil, bad(string(u.Kind), "large", "MB", MaxDocument>>20)
	case kind == "" || strings.HasPrefix(kind, "image/") && u.Kind != IdentityCopy && u.Kind != ReductionGround:
		return row, nil, bad(string(u.Kind), "type")
	}
	row = documentRow{Document: Document{Kind: u.Kind, Filename: filename(u.Filename), ContentType: kind, SHA256: blob.Sum(data), Size: int64(len(data)),
		Sealed: slices.Contains(sealedKinds, u.Kind), Sheets: clean(u.Sheets, 20), Description: clean(u.Description, longest)}}
	if u.Kind == IdentityCopy {
		row.Participant = &u.Participant
	}
	return row, data, nil
}

// Describe changes the number of sheets and the description of a document.
func (s *Service) Describe(ctx context.Context, who Who, id, documentID uuid.UUID, sheets, description string) error {
	return s.change(ctx, who, id, Save, func(d *deed) error {
		row, err := documentOf(ctx, d.tx, id, documentID)
		if err != nil || row.ReplacedAt != nil {
			return errOr(err, errDocument)
		}
		s.touched(d)
		err = exec(ctx, d.tx, "describing a document", `UPDATE filing_document SET sheets = @sheets, description = @description WHERE id = @id`,
			args{"id": row.ID, "sheets": clean(sheets, 20), "description": clean(description, longest)})
		if err != nil {
			return err
		}
		return s.askChecks(ctx, d.tx, d.Filing)
	})
}

// Detach takes a document out; it stays in the history.
func (s *Service) Detach(ctx context.Context, who Who, id, documentID uuid.UUID) error {
	return s.change(ctx, who, id, Save, func(d *deed) error {
		row, err := documentOf(ctx, d.tx, id, documentID)
		if err != nil || row.ReplacedAt != nil {
			return errOr(err, errDocument)
		}
		s.touched(d)
		if err := replaceDocument(ctx, d.tx, row.ID, s.o.Clock.Now()); err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "document_remove", map[string]any{"document": row.ID, "kind": row.Kind}, "")
	})
}

// OpenDocument gives a document's bytes. Who is named in the filing may read its documents; a copy of an
// identity document only the filer, its owner, the desk that checks it and the office, and every opening is
// recorded.
func (s *Service) OpenDocument(ctx context.Context, who Who, id, documentID uuid.UUID) (Document, io.ReadCloser, error) {
	f, rel, err := s.look(ctx, who, id, Look)
	if err != nil {
		return Document{}, nil, err
	}
	row, err := documentOf(ctx, s.o.Pool, id, documentID)
	if err != nil {
		return Document{}, nil, err
	}
	if row.Sealed {
		if err := s.mayOpenSealed(ctx, who, rel, row); err != nil {
			return Document{}, nil, err
		}
		if row.ErasedAt != nil {
			return Document{}, nil, errErased
		}
		persons, err := s.personsOf(ctx, f, row)
		if err == nil {
			err = s.recordLook(ctx, who, f, "open_document", map[string]any{"document": row.ID, "kind": row.Kind}, persons)
		}
		if err != nil {
			return Document{}, nil, err
		}
	}
	content, err := s.openFile(ctx, row)
	return row.Document, content, err
}

func (s *Service) mayOpenSealed(ctx context.Context, who Who, rel Relation, row documentRow) error {
	switch {
	case rel == RelFiler, rel == RelDesk, rel == RelOffice && account.Can(who.Role, account.RevealIIN):
		return nil
	case row.Kind == PowerOfAttorney && rel != RelOffice:
		return nil // whoever gave the power, or acts by it; the expert, who must know for whom
	case row.Participant == nil:
		return errDocument
	}
	p, err := participant(ctx, s.o.Pool, row.FilingID, *row.Participant)
	if err != nil {
		return errDocument
	}
	own, err := s.isOwn(ctx, s.o.Pool, who, p)
	if err == nil && !own {
		err = errDocument
	}
	return err
}
