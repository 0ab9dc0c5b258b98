package issuing

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/postgres"
)

const extractColumns = `x.id, x.year, x.n, x.filing_id, x.entry_id, x.entry_state, x.entry_versions, x.application_no, x.recipient, x.purpose, x.lang,
	x.issued_on, x.office, x.token, x.prepared_at, x.prepared_by, x.attempts, x.failure, x.sealed_at, x.seal, x.sha256, x.size`

func extracts(ctx context.Context, db postgres.DB, rest string, a args) ([]Extract, error) {
	return collect[Extract](ctx, db, "extracts from the register", `SELECT `+extractColumns+` FROM issuing_extract x `+rest, a)
}

// PrepareExtract answers a petition with an extract from the register, which a job draws and seals. It says how
// the record stands now. A number that the register does not have is fault.NotFound.
func (s *Service) PrepareExtract(ctx context.Context, tx pgx.Tx, who audit.Actor, p Petition) (Extract, error) {
	if err := s.Ready(); err != nil {
		return Extract{}, err
	}
	list, err := entries(ctx, tx, `WHERE e.n = @n AND e.sha256 <> '' ORDER BY e.version DESC`, args{"n": p.Number})
	if err != nil {
		return Extract{}, err
	}
	if len(list) == 0 || p.RegisteredOn != "" && list[0].RegisteredOn != p.RegisteredOn {
		return Extract{}, fault.New(fault.NotFound, "issuing.error.not_ours", "Number", p.Number)
	}
	lang := p.Lang
	if lang != i18n.KK {
		lang = i18n.RU
	}
	today := s.today()
	x := Extract{ID: clock.NewID(), Year: today.Year(), FilingID: p.FilingID, EntryID: list[0].ID, EntryState: list[0].State, ApplicationNo: p.ApplicationNo,
		Recipient: p.Recipient, Purpose: p.Purpose, Lang: lang, IssuedOn: today, Office: s.o.Office, Token: newToken(),
		PreparedAt: s.o.Clock.Now(), PreparedBy: who.Name}
	for _, e := range list {
		x.Versions = append(x.Versions, Version{e.Version, e.IssuedOn, e.State, e.Cause, e.Reason})
	}
	if x.Number, err = count(ctx, tx, fmt.Sprintf("extract:%d", x.Year), 1); err != nil {
		return Extract{}, err
	}
	if err := insertExtract(ctx, tx, x); err != nil {
		if postgres.Constraint(err) == "issuing_extract_filing" {
			err = fault.Wrap(err, fault.Conflict, "issuing.error.has_extract")
		}
		return Extract{}, err
	}
	if err := s.record(ctx, tx, who, x.EntryID, "extract", map[string]any{"extract": x.Name()}, ""); err != nil {
		return Extract{}, err
	}
	return x, s.wake(ctx, tx, x.ID)
}

// Name is the extract's number as people see it, 2026-3.
func (x Extract) Name() string { return fmt.Sprintf("%d-%d", x.Year, x.Number) }

func insertExtract(ctx context.Context, tx pgx.Tx, x Extract) error {
	versions, err := json.Marshal(x.Versions)
	if err != nil {
		return fmt.Errorf("writing the versions of an extract: %w", err)
	}
	return exec(ctx, tx, "writing an extract down", `
		INSERT INTO issuing_extract (id, year, n, filing_id, entry_id, entry_state, entry_versions, application_no, recipient, purpose, lang, issued_on,
			office, token, prepared_at, prepared_by)
		VALUES (@id, @year, @n, @filing_id, @entry_id, @entry_state, @versions, @application_no, @recipient, @purpose, @lang, @issued_on,
			@office, @token, @prepared_at, @prepared_by)`,
		args{"id": x.ID, "year": x.Year, "n": x.Number, "filing_id": x.FilingID, "entry_id": x.EntryID, "entry_state": string(x.EntryState), "versions": versions,
			"application_no": x.ApplicationNo, "recipient": x.Recipient, "purpose": x.Purpose, "lang": string(x.Lang), "issued_on": x.IssuedOn,
			"office": x.Office, "token": x.Token, "prepared_at": x.PreparedAt, "prepared_by": x.PreparedBy})
}

// ExtractOf gives the extract that answers a petition; fault.NotFound when there is none.
func (s *Service) ExtractOf(ctx context.Context, db postgres.DB, filing uuid.UUID) (Extract, error) {
	return first(extracts(ctx, db, `WHERE x.filing_id = @filing`, args{"filing": filing}))
}

// ExtractByToken finds the extract of a public address.
func (s *Service) ExtractByToken(ctx context.Context, token string) (Extract, error) {
	return first(extracts(ctx, s.o.Pool, `WHERE x.token = @token AND x.sha256 <> ''`, args{"token": token}))
}

// ExtractPDF gives the sealed extract.
func (s *Service) ExtractPDF(ctx context.Context, id uuid.UUID) (name string, pdf []byte, err error) {
	x, err := first(extracts(ctx, s.o.Pool, `WHERE x.id = @id AND x.sha256 <> ''`, args{"id": id}))
	if err != nil {
		return "", nil, err
	}
	pdf, err = blob.ReadAll(ctx, s.o.Blobs, x.SHA256, MaxPDF)
	return "kualik-extract-" + x.Name() + ".pdf", pdf, err
}
