package filing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/filing/preflight"
	"kualik/internal/jobs"
	"kualik/internal/postgres"
)

// checkedKinds are the documents that the preflight reads.
var checkedKinds = []DocumentKind{WorkCopy, Abstract, SourceText}

const (
	checkDelay    = 4 * time.Second // of quiet, so that not every letter typed into the title reads the file anew
	checkAttempts = 5
)

// CheckArgs is the job that reads one document.
type CheckArgs struct {
	DocumentID uuid.UUID `json:"document_id"`
}

// Kind names the job.
func (CheckArgs) Kind() string { return "check_filing_document" }

// fingerprint names what a document is held against: when it changes, the document is read again.
func (m matter) fingerprint(d documentRow) string {
	sum := sha256.New()
	for _, s := range []string{d.SHA256, string(d.Kind), d.Sheets, m.Data.Title, m.Data.Kind, fmt.Sprint(len(m.of(Abstract)) > 0, len(m.of(SourceText)) > 0)} {
		fmt.Fprintf(sum, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// askChecks asks for the preflight of every document that has none for the present data.
func (s *Service) askChecks(ctx context.Context, tx pgx.Tx, f Filing) error {
	all, err := documents(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	m := matter{Filing: f, documents: present(all)}
	for _, d := range m.documents {
		if !slices.Contains(checkedKinds, d.Kind) {
			continue
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO filing_check (document_id, asked_at, asked) VALUES (@id, @now, @asked)
			ON CONFLICT (document_id) DO UPDATE SET asked_at = @now, asked = @asked, attempts = 0 WHERE filing_check.asked <> @asked`,
			args{"id": d.ID, "now": s.o.Clock.Now(), "asked": m.fingerprint(d)})
		if err != nil {
			return fmt.Errorf("asking for a preflight: %w", err)
		}
		if tag.RowsAffected() == 0 || s.o.Jobs == nil {
			continue
		}
		if err := s.o.Jobs.Insert(ctx, tx, CheckArgs{DocumentID: d.ID}, jobs.Options{At: s.o.Clock.Now().Add(checkDelay), Attempts: checkAttempts}); err != nil {
			return err
		}
	}
	return nil
}

type checkRow struct {
	DocumentID uuid.UUID  `db:"document_id"`
	AskedAt    time.Time  `db:"asked_at"`
	Asked      string     `db:"asked"`
	CheckedAt  *time.Time `db:"checked_at"`
	Checked    string     `db:"checked"`
	Failure    string     `db:"failure"`
	Report     []byte     `db:"report"`
}

func checks(ctx context.Context, db postgres.DB, ids []uuid.UUID) ([]checkRow, error) {
	rows, err := db.Query(ctx, `SELECT document_id, asked_at, asked, checked_at, checked, failure, report FROM filing_check
		WHERE document_id = ANY(@ids)`, args{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("reading preflights: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[checkRow])
	if err != nil {
		return nil, fmt.Errorf("reading preflights: %w", err)
	}
	return list, nil
}

// WorkCheck is the job's work. A document whose data changed a moment ago waits for the job of that change.
func (s *Service) WorkCheck(ctx context.Context, j jobs.Job[CheckArgs]) error {
	list, err := checks(ctx, s.o.Pool, []uuid.UUID{j.Args.DocumentID})
	if err != nil || len(list) == 0 || s.o.Clock.Now().Sub(list[0].AskedAt) < checkDelay/2 {
		return err
	}
	return s.checkDocument(ctx, j.Args.DocumentID)
}

// checkDocument reads a document and stores what was found, unless that is known for the present data.
func (s *Service) checkDocument(ctx context.Context, id uuid.UUID) error {
	var filing uuid.UUID
	err := s.o.Pool.QueryRow(ctx, `SELECT filing_id FROM filing_document WHERE id = $1`, id).Scan(&filing)
	if err != nil {
		return fmt.Errorf("finding a document: %w", err)
	}
	f, err := get(ctx, s.o.Pool, filing)
	if err != nil {
		return err
	}
	all, err := documents(ctx, s.o.Pool, filing)
	if err != nil {
		return err
	}
	m := matter{Filing: f, documents: present(all)}
	i := slices.IndexFunc(m.documents, func(d documentRow) bool { return d.ID == id })
	if i < 0 {
		return nil // taken out meanwhile
	}
	d := m.documents[i]
	want := m.fingerprint(d)
	list, err := checks(ctx, s.o.Pool, []uuid.UUID{id})
	if err != nil || len(list) == 1 && list[0].Checked == want {
		return err
	}
	result, failure := s.readDocument(ctx, m, d)
	if failure != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.o.Log.Error("preflight of a document", "document_id", id, "error", failure)
		return s.storeCheck(ctx, id, "", "filing.problem.check_failed", Check{})
	}
	return s.storeCheck(ctx, id, want, "", result)
}

func (s *Service) storeCheck(ctx context.Context, id uuid.UUID, checked, failure string, result Check) error {
	report, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("writing a preflight: %w", err)
	}
	return exec(ctx, s.o.Pool, "writing a preflight", `
		UPDATE filing_check SET checked_at = @now, checked = @checked, failure = @failure, report = @report, attempts = attempts + 1
		WHERE document_id = @id`, args{"id": id, "now": s.o.Clock.Now(), "checked": checked, "failure": failure, "report": report})
}

// readDocument hands the document to the preflight.
func (s *Service) readDocument(ctx context.Context, m matter, d documentRow) (Check, error) {
	content, err := s.openFile(ctx, d)
	if err != nil {
		return Check{}, err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return Check{}, fmt.Errorf("reading a document: %w", err)
	}
	return s.preflight(ctx, m, d, data)
}

// preflight holds the document against the instruction and what the application says.
func (s *Service) preflight(ctx context.Context, m matter, d documentRow, data []byte) (Check, error) {
	about := preflight.About{Part: preflight.Part(d.Kind), Title: m.Data.Title, Kind: m.Data.Kind,
		HasAbstract: len(m.of(Abstract)) > 0, HasSource: len(m.of(SourceText)) > 0}
	about.Sheets, _ = strconv.Atoi(d.Sheets)
	report, err := preflight.Check(ctx, s.o.Reader, d.Filename, data, about)
	if err != nil {
		return Check{}, err
	}
	check := Check{Pages: report.Pages}
	for _, x := range report.Findings {
		check.Findings = append(check.Findings, Finding{Key: x.Key, Code: x.Code, Severity: string(x.Severity), Message: x.Message, Args: x.Args,
			Page: x.Page, Before: x.Before, Hit: x.Hit, After: x.After})
	}
	return check, nil
}

// ensureChecked reads what has not been read for the present data, before a statement is formed.
func (s *Service) ensureChecked(ctx context.Context, f Filing) error {
	all, err := documents(ctx, s.o.Pool, f.ID)
	if err != nil {
		return err
	}
	for _, d := range present(all) {
		if slices.Contains(checkedKinds, d.Kind) {
			if err := s.checkDocument(ctx, d.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// addChecks gives documents what the preflight found in them, and what the author answered.
func (m *matter) addChecks(ctx context.Context, db postgres.DB) error {
	list := m.documents
	ids := make([]uuid.UUID, 0, len(list))
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	found, err := checks(ctx, db, ids)
	if err != nil {
		return err
	}
	answered, err := answers(ctx, db, m.ID)
	if err != nil {
		return err
	}
	for _, c := range found {
		i := slices.IndexFunc(list, func(d documentRow) bool { return d.ID == c.DocumentID })
		check := &Check{}
		if err := json.Unmarshal(c.Report, check); err != nil {
			return fmt.Errorf("reading a preflight: %w", err)
		}
		check.Failure = c.Failure
		for k := range check.Findings {
			whole(check.Findings[k].Args)
		}
		check.Pending = c.Failure == "" && c.Checked != m.fingerprint(list[i])
		if c.CheckedAt != nil {
			check.CheckedAt = *c.CheckedAt
		}
		for k := range check.Findings {
			if a, ok := answered[answerKey{list[i].SHA256, check.Findings[k].Key}]; ok {
				check.Findings[k].Answer, check.Findings[k].AnsweredBy, check.Findings[k].AnsweredAt = a.Answer, a.By, &a.At
			}
		}
		list[i].Check = check
	}
	return nil
}

// whole makes integers of the numbers that JSON gave back: messages count with them.
func whole(a []any) {
	for i, v := range a {
		if x, ok := v.(float64); ok && x == float64(int(x)) {
			a[i] = int(x)
		}
	}
}
