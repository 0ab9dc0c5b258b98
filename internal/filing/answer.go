package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/postgres"
)

type answerKey struct{ sha256, finding string }

type answer struct {
	SHA256  string    `db:"sha256"`
	Finding string    `db:"finding"`
	Answer  string    `db:"answer"`
	By      string    `db:"by_name"`
	At      time.Time `db:"at"`
}

func answers(ctx context.Context, db postgres.DB, filing uuid.UUID) (map[answerKey]answer, error) {
	rows, err := db.Query(ctx, `SELECT sha256, finding, answer, by_name, at FROM filing_answer WHERE filing_id = @id`, args{"id": filing})
	if err != nil {
		return nil, fmt.Errorf("reading answers: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[answer])
	if err != nil {
		return nil, fmt.Errorf("reading answers: %w", err)
	}
	m := make(map[answerKey]answer, len(list))
	for _, a := range list {
		m[answerKey{a.SHA256, a.Finding}] = a
	}
	return m, nil
}

// AnswerFinding stores the author's answer to a doubt of the preflight; an empty answer takes it back. What
// the preflight is sure of cannot be answered away.
func (s *Service) AnswerFinding(ctx context.Context, who Who, id, documentID uuid.UUID, finding, text string) error {
	if text != "" && text != AnswerNotSo {
		return errAnswer
	}
	return s.change(ctx, who, id, Save, func(d *deed) error {
		all, err := documents(ctx, d.tx, id)
		if err != nil {
			return err
		}
		m := matter{Filing: d.Filing, documents: present(all)}
		if err := m.addChecks(ctx, d.tx); err != nil {
			return err
		}
		for _, doc := range m.documents {
			if doc.ID == documentID && doc.doubt(finding) {
				s.touched(d)
				return s.putAnswer(ctx, d, doc, finding, text)
			}
		}
		return errAnswer
	})
}

// doubt tells whether the preflight has this doubt about the document.
func (d documentRow) doubt(finding string) bool {
	if d.Check == nil {
		return false
	}
	for _, f := range d.Check.Findings {
		if f.Key == finding {
			return f.Severity == SeverityWarning
		}
	}
	return false
}

func (s *Service) putAnswer(ctx context.Context, d *deed, doc documentRow, finding, text string) error {
	a := args{"filing": d.ID, "sha256": doc.SHA256, "finding": finding}
	if text == "" {
		return exec(ctx, d.tx, "taking an answer back", `DELETE FROM filing_answer WHERE filing_id = @filing AND sha256 = @sha256 AND finding = @finding`, a)
	}
	a["answer"], a["by"], a["now"] = text, d.who.Name, s.o.Clock.Now()
	err := exec(ctx, d.tx, "storing an answer", `
		INSERT INTO filing_answer (filing_id, sha256, finding, answer, by_name, at) VALUES (@filing, @sha256, @finding, @answer, @by, @now)
		ON CONFLICT (filing_id, sha256, finding) DO UPDATE SET answer = @answer, by_name = @by, at = @now`, a)
	if err != nil {
		return err
	}
	return s.record(ctx, d.tx, d.who, d.Filing, "answer_finding", map[string]any{"document": doc.ID, "finding": finding, "answer": text}, "")
}
