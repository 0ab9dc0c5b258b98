package filing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bytes"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/document"
	"kualik/internal/postgres"
	"kualik/internal/secret"
)

// SubmissionReceipt gives the receipt's PDF: the number, the files with their hashes and sizes, the time, who
// signed and who still must. It says how things were at the submission, is made once and kept.
func (s *Service) SubmissionReceipt(ctx context.Context, who Who, id uuid.UUID) (name string, pdf []byte, err error) {
	f, _, err := s.look(ctx, who, id, Receipt)
	if err != nil {
		return "", nil, err
	}
	if f.SubmittedAt == nil {
		return "", nil, errStatement
	}
	name = "kualik-" + f.IncomingNo + ".pdf"
	file, err := s.receipt(ctx, f)
	if err != nil {
		return "", nil, err
	}
	pdf, err = blob.ReadAll(ctx, s.o.Blobs, file, MaxDocument)
	return name, pdf, err
}

// receipt is the file of the receipt of the statement that was submitted last, made now when it is not there.
func (s *Service) receipt(ctx context.Context, f Filing) (file string, err error) {
	statement, err := lastSubmitted(ctx, s.o.Pool, f.ID)
	if err != nil {
		return "", err
	}
	err = s.o.Pool.QueryRow(ctx, `SELECT coalesce((SELECT file FROM filing_receipt WHERE filing_id = $1 AND statement_id = $2), '')`, f.ID, statement.ID).Scan(&file)
	if err != nil {
		return "", fmt.Errorf("finding a receipt: %w", err)
	}
	if file == "" {
		return s.makeReceipt(ctx, f, statement)
	}
	return file, nil
}

// lastSubmitted is the newest statement that the filer has signed, void or not.
func lastSubmitted(ctx context.Context, db postgres.DB, filing uuid.UUID) (statementRow, error) {
	people, err := participants(ctx, db, filing)
	if err != nil {
		return statementRow{}, err
	}
	list, err := statementRows(ctx, db, filing)
	if err != nil {
		return statementRow{}, err
	}
	for _, r := range slices.Backward(list) {
		if r.signedBy(filerOf(people).ID) {
			return r, nil
		}
	}
	return statementRow{}, errStatement
}

func (s *Service) makeReceipt(ctx context.Context, f Filing, statement statementRow) (file string, err error) {
	data, err := s.receiptData(ctx, f, statement)
	if err != nil {
		return "", err
	}
	pdf, err := s.o.Papers.SubmissionReceipt(data, f.Lang)
	if err != nil {
		return "", fmt.Errorf("drawing a receipt: %w", err)
	}
	ref, err := s.o.Blobs.Put(ctx, bytes.NewReader(pdf))
	if err != nil {
		return "", fmt.Errorf("storing a receipt: %w", err)
	}
	err = s.o.Pool.QueryRow(ctx, `
		INSERT INTO filing_receipt (filing_id, statement_id, lang, sha256, size, file, made_at) VALUES (@id, @statement, @lang, @sha256, @size, @sha256, @now)
		ON CONFLICT ON CONSTRAINT filing_receipt_once DO UPDATE SET filing_id = @id RETURNING file`,
		args{"id": f.ID, "statement": statement.ID, "lang": string(f.Lang), "sha256": ref.SHA256, "size": ref.Size, "now": s.o.Clock.Now()}).Scan(&file)
	if err != nil {
		return "", fmt.Errorf("keeping a receipt: %w", err)
	}
	return file, nil
}

func (s *Service) receiptData(ctx context.Context, f Filing, statement statementRow) (d document.SubmissionData, err error) {
	m, _, err := s.load(ctx, s.o.Pool, f)
	if err != nil {
		return d, err
	}
	var at time.Time // when the filer signed this statement: the submission, or the answer to a query
	for _, g := range statement.Signatures {
		if g.Participant == filerOf(m.people).ID {
			at = g.At
		}
	}
	d = document.SubmissionData{Service: string(f.Service), Draft: int(f.DraftNo), Number: f.IncomingNo, Barcode: f.Barcode, SubmittedAt: *f.SubmittedAt,
		Zone: s.o.Zone, Office: s.o.Name, URL: s.link(f.ID), Title: f.Data.Title, Kind: f.Data.Kind, OnExpiry: s.o.Expiry, Support: s.o.Support}
	if f.Service == RegisterExtract {
		d.Title = f.Data.CertificateNo
	}
	d.Files = []document.Attached{{Sort: "statement", FileName: fmt.Sprintf("%d-%d.pdf", f.DraftNo, statement.Number), SHA256: statement.SHA256, Size: statement.Size}}
	for _, doc := range m.documents {
		d.Files = append(d.Files, attached(doc.Document))
	}
	if d.SendTo, err = s.sendTo(ctx, m.people); err != nil {
		return d, err
	}
	for _, p := range m.people {
		i := slices.IndexFunc(statement.Signatures, func(g StatementSignature) bool { return g.Participant == p.ID })
		switch {
		case !p.signs():
		case i >= 0 && (p.Filer || statement.Signatures[i].At.Before(at)):
			signature, err := s.receiptSignature(ctx, p, statement.Signatures[i])
			if err != nil {
				return d, err
			}
			d.Signatures = append(d.Signatures, signature)
		default:
			d.Waiting = append(d.Waiting, p.Name)
		}
	}
	if len(d.Waiting) > 0 {
		d.Until = s.o.Workdays.Deadline(at, s.o.SignDays, s.o.Zone)
	}
	slices.SortStableFunc(d.Signatures, func(a, b document.Signature) int { return a.At.Compare(b.At) })
	return d, nil
}

// sendTo is where the filer sends the certificate.
func (s *Service) sendTo(ctx context.Context, people []participantRow) (address string, err error) {
	i := slices.IndexFunc(people, func(p participantRow) bool { return p.Filer })
	if i < 0 || s.o.Forward == nil {
		return "", nil
	}
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		address, err = s.o.Forward(ctx, tx, people[i].NumberHash)
		return err
	})
	if err != nil || !strings.Contains(address, "@") {
		return "", err
	}
	return address, nil
}

func (s *Service) receiptSignature(ctx context.Context, p participantRow, g StatementSignature) (document.Signature, error) {
	e, err := s.o.Signatures.Evidence(ctx, g.Evidence)
	if err != nil {
		return document.Signature{}, err
	}
	number, err := s.number(p)
	if err != nil {
		return document.Signature{}, err
	}
	return document.Signature{Name: e.Name, IIN: secret.Mask(number), Role: string(p.Role), Algorithm: e.Algorithm, Serial: e.Serial,
		At: g.At.Truncate(time.Second)}, nil
}

// SignedContent opens the bytes of a statement by their hash, for whoever verifies its signatures again: the
// statement lies sealed in the store.
func (s *Service) SignedContent(ctx context.Context, sha256 string) ([]byte, error) {
	var r statementRow
	err := s.o.Pool.QueryRow(ctx, `SELECT id, file, sha256 FROM filing_statement WHERE sha256 = $1 LIMIT 1`, sha256).Scan(&r.ID, &r.File, &r.SHA256)
	if err != nil {
		return nil, errStatement
	}
	return s.statementBytes(ctx, r)
}
