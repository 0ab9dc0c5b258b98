package filing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres"
	"kualik/internal/signing"
)

// submission is a try to submit as stored.
type submission struct {
	ID          uuid.UUID  `db:"id"`
	FilingID    uuid.UUID  `db:"filing_id"`
	StatementID uuid.UUID  `db:"statement_id"`
	Key         string     `db:"key"`
	AccountID   uuid.UUID  `db:"account_id"`
	AccountName string     `db:"account_name"`
	CMSSHA256   string     `db:"cms_sha256"`
	CMSFile     string     `db:"cms_file"`
	State       string     `db:"state"`
	Reason      string     `db:"reason"`
	Attempts    int        `db:"attempts"`
	At          time.Time  `db:"at"`
	DoneAt      *time.Time `db:"done_at"`
	AlarmedAt   *time.Time `db:"alarmed_at"`
}

func submissions(ctx context.Context, db postgres.DB, rest string, a args) ([]submission, error) {
	rows, err := db.Query(ctx, `SELECT id, filing_id, statement_id, key, account_id, account_name, cms_sha256, cms_file, state, reason, attempts, at,
		done_at, alarmed_at FROM filing_submission `+rest, a)
	if err != nil {
		return nil, fmt.Errorf("reading submissions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[submission])
	if err != nil {
		return nil, fmt.Errorf("reading submissions: %w", err)
	}
	return list, nil
}

// writeTry stores the signature and a row about the try, before anything is asked of anybody: a process
// that dies afterwards leaves something to go on from.
func (s *Service) writeTry(ctx context.Context, who Who, id uuid.UUID, cms []byte, key string) (submission, error) {
	if key == "" || len(key) > 200 || len(cms) == 0 || len(cms) > maxCMS {
		return submission{}, errInput
	}
	before, err := submissions(ctx, s.o.Pool, `WHERE filing_id = @filing AND key = @key`, args{"filing": id, "key": key})
	if err != nil {
		return submission{}, err
	}
	if len(before) == 1 {
		return s.sameTry(ctx, who, before[0], cms)
	}
	f, rel, err := s.look(ctx, who, id, Look)
	if err != nil {
		return submission{}, err
	}
	if rel == RelFiler && !f.State.submittable() {
		// Another tab, another key: the statement in force is submitted.
		if statement, err := current(ctx, s.o.Pool, id); err == nil && f.SubmittedAt != nil {
			return submission{FilingID: id, StatementID: statement.ID}, nil
		}
	}
	try := submission{ID: clock.NewID(), FilingID: id, Key: key, AccountID: who.ID, AccountName: who.Name, CMSSHA256: blob.Sum(cms),
		State: "recorded", At: s.o.Clock.Now()}
	if err := s.allowed(f, SignAndSubmit, rel, who); err != nil {
		return submission{}, err
	}
	if try.CMSFile, err = s.putSealed(ctx, cms, tryLabel(try.ID)); err != nil {
		return submission{}, err
	}
	err = s.change(ctx, who, id, SignAndSubmit, func(d *deed) error {
		statement, err := s.readyToSubmit(ctx, d)
		if err != nil {
			return err
		}
		try.StatementID = statement.ID
		return exec(ctx, d.tx, "writing a submission down", `
			INSERT INTO filing_submission (id, filing_id, statement_id, key, account_id, account_name, cms_sha256, cms_file, state, at)
			VALUES (@id, @filing, @statement, @key, @account, @name, @sha256, @file, 'recorded', @at)`,
			args{"id": try.ID, "filing": id, "statement": try.StatementID, "key": key, "account": who.ID, "name": who.Name,
				"sha256": try.CMSSHA256, "file": try.CMSFile, "at": try.At})
	})
	if postgres.Constraint(err) == "filing_submission_key" {
		before, err := submissions(ctx, s.o.Pool, `WHERE filing_id = @filing AND key = @key`, args{"filing": id, "key": key})
		if err != nil || len(before) == 0 {
			return submission{}, errOr(err, errKey)
		}
		return s.sameTry(ctx, who, before[0], cms)
	}
	return try, err
}

// sameTry is a try that was written down before, asked about again by the same person with the same bytes.
func (s *Service) sameTry(_ context.Context, who Who, try submission, cms []byte) (submission, error) {
	if try.AccountID != who.ID {
		return submission{}, errNotFound
	}
	if try.CMSSHA256 != blob.Sum(cms) {
		return submission{}, errKey
	}
	return try, nil
}

func tryLabel(id uuid.UUID) string { return "filing submission:" + id.String() }

// failTry notes why a try was refused. Trouble that is not the signer's leaves it as it is: it is tried
// again by itself.
func (s *Service) failTry(ctx context.Context, f Filing, try submission, cause error) error {
	var refusal *fault.Error
	if errors.As(cause, &refusal) && refusal.Kind != fault.Unavailable && refusal.Kind != fault.Internal {
		if err := s.settleTry(ctx, s.o.Pool, try.ID, "refused", kept(refusal.Key)); err != nil {
			return err
		}
		if signing.Code(cause) == "" {
			return cause // not the signature's fault
		}
		return errOr(s.refused(ctx, f, try.AccountID, kept(refusal.Key)), cause)
	}
	err := exec(context.WithoutCancel(ctx), s.o.Pool, "noting a try", `UPDATE filing_submission SET attempts = attempts + 1 WHERE id = @id`, args{"id": try.ID})
	if err != nil {
		return err
	}
	s.o.Log.Error("submission", "filing_id", f.ID, "error", cause)
	return fault.Wrap(cause, fault.Unavailable, "filing.error.submission_waits", "Support", s.o.Support)
}

func (s *Service) settleTry(ctx context.Context, db postgres.DB, id uuid.UUID, state, reason string) error {
	return exec(ctx, db, "settling a submission", `UPDATE filing_submission SET state = @state, reason = @reason, done_at = @now, attempts = attempts + 1
		WHERE id = @id AND state = 'recorded'`, args{"id": id, "state": state, "reason": reason, "now": s.o.Clock.Now()})
}

// lastSubmission is the newest try, as the page shows it; of the present statement where an answer is submitted.
func lastSubmission(ctx context.Context, db postgres.DB, f Filing) (*Submission, error) {
	list, err := submissions(ctx, db, `WHERE filing_id = @id AND (NOT @again OR statement_id = (SELECT id FROM filing_statement
		WHERE filing_id = @id AND voided_at IS NULL)) ORDER BY id DESC LIMIT 1`, args{"id": f.ID, "again": f.State.Asked()})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t := list[0]
	return &Submission{ID: t.ID, State: t.State, Reason: t.Reason, At: t.At, DoneAt: t.DoneAt, Stuck: t.AlarmedAt != nil && t.State == "recorded",
		Receipt: f.receipted()}, nil
}

// kept is the message of a refusal as it is kept: one that names who signed instead is kept without the name.
func kept(key string) string {
	if key == "signing.error.other_person" {
		return "filing.refusal.other_person"
	}
	return key
}
