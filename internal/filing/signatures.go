package filing

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/application"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/signing"
)

// keep stores the evidence of a signature and whose it is.
func (s *Service) keep(ctx context.Context, tx pgx.Tx, statement *statementRow, p participantRow, signed signing.Signed) error {
	evidence, err := s.o.Signatures.Keep(ctx, tx, signed, SubjectKind, statement.FilingID)
	if err != nil {
		return err
	}
	now := s.o.Clock.Now()
	statement.Signatures = append(statement.Signatures, StatementSignature{Participant: p.ID, Name: p.Name, At: now, Evidence: evidence.ID})
	if err := exec(ctx, tx, "forgetting a refusal", `UPDATE filing_participant SET refusal = '', refused_at = NULL WHERE id = @id`, args{"id": p.ID}); err != nil {
		return err
	}
	return exec(ctx, tx, "storing a signature", `INSERT INTO filing_signature (statement_id, participant_id, evidence_id, at)
		VALUES (@statement, @participant, @evidence, @at)`, args{"statement": statement.ID, "participant": p.ID, "evidence": evidence.ID, "at": now})
}

// refuse notes why an author's signature was not taken, and writes to them what to do.
func (s *Service) refuse(ctx context.Context, f Filing, who Who, cause error) error {
	var refusal *fault.Error
	if !errors.As(cause, &refusal) || refusal.Kind == fault.Unavailable || refusal.Kind == fault.Internal {
		return cause
	}
	if err := s.refused(ctx, f, who.ID, kept(refusal.Key)); err != nil {
		return err
	}
	return cause
}

func (s *Service) refused(ctx context.Context, f Filing, by uuid.UUID, key string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		people, err := participants(ctx, tx, f.ID)
		if err != nil {
			return err
		}
		hash, err := numberHash(ctx, tx, by)
		if err != nil {
			return err
		}
		for _, p := range people {
			if hash == nil || string(hash) != string(p.NumberHash) {
				continue
			}
			err := exec(ctx, tx, "noting a refused signature", `UPDATE filing_participant SET refusal = @key, refused_at = @now WHERE id = @id`,
				args{"id": p.ID, "key": key, "now": s.o.Clock.Now()})
			if err != nil {
				return err
			}
			if err := s.tell(ctx, tx, f, p, "refused", key, "Why", sentence(key)); err != nil {
				return err
			}
			return s.record(ctx, tx, Who{ID: by}, f, "signature_refused", map[string]any{"participant": p.ID, "why": key}, "")
		}
		return nil
	})
}

func (r statementRow) signedBy(participant uuid.UUID) bool {
	return slices.ContainsFunc(r.Signatures, func(g StatementSignature) bool { return g.Participant == participant })
}

// unsigned counts those who must sign and have not.
func unsigned(people []participantRow, statement statementRow) (n int) {
	for _, p := range people {
		if p.signs() && !statement.signedBy(p.ID) {
			n++
		}
	}
	return n
}

func filerOf(people []participantRow) participantRow {
	for _, p := range people {
		if p.Filer {
			return p
		}
	}
	return participantRow{}
}

// putApplication hands a work that was submitted to where its certificate will be sought.
func (s *Service) putApplication(ctx context.Context, tx pgx.Tx, f Filing, people []participantRow) error {
	if f.Service != CopyrightWork {
		return nil
	}
	created, _ := ParseDay(f.Data.CreatedOn)
	a := application.Filed{Ref: f.IncomingNo, Title: f.Data.Title, Kind: f.Data.Kind, CreatedOn: created, At: s.o.Clock.Now(),
		Status: i18n.T(s.officeLang(), "filing.state."+string(f.State))}
	if f.SubmittedAt != nil {
		a.FiledOn = clock.DayOf(*f.SubmittedAt, s.o.Zone)
	}
	for _, p := range people {
		if p.Role != Author {
			continue
		}
		iin, err := s.number(p)
		if err != nil {
			return err
		}
		a.Authors = append(a.Authors, application.FiledAuthor{Name: p.Name, IIN: iin})
	}
	return s.o.Applications.PutKualik(ctx, tx, a)
}

// putStatus tells where the certificate will be sought how far the application is. While the applicant changes
// it, what was submitted stays there.
func (s *Service) putStatus(ctx context.Context, d *deed) error {
	if d.Service != CopyrightWork {
		return nil
	}
	status := i18n.T(s.officeLang(), "filing.state."+string(d.State))
	if d.State == Signed {
		sc, err := schemeOf(ctx, d.tx, d.Filing)
		if err != nil {
			return err
		}
		if step, ok := sc.Step(d.Step); ok && d.Step != sc.Begin().Code {
			status = step.In(s.officeLang())
		}
	}
	return s.o.Applications.SetStatus(ctx, d.tx, d.IncomingNo, status, s.o.Clock.Now())
}
