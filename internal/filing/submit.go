package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
	"kualik/internal/postgres"
	"kualik/internal/signing"
)

// maxCMS is the size that a signature may have, in bytes: the statement may be inside.
const maxCMS = MaxDocument

// Submit verifies the filer's signature over the stored statement and gives the application its number and
// barcode, once: the try is written down, then verified, then everything that follows from it is one
// transaction. The same key gives the same answer again, and so does any other once there is a number.
func (s *Service) Submit(ctx context.Context, who Who, id uuid.UUID, cms []byte, key string) (Receipted, error) {
	try, err := s.writeTry(ctx, who, id, cms, key)
	if err != nil {
		return Receipted{}, err
	}
	return s.submit(ctx, who, try)
}

// submit takes a try that is written down to its end.
func (s *Service) submit(ctx context.Context, who Who, try submission) (Receipted, error) {
	f, err := get(ctx, s.o.Pool, try.FilingID)
	if err != nil {
		return Receipted{}, err
	}
	done, err := signedByFiler(ctx, s.o.Pool, try.FilingID, try.StatementID)
	if err != nil {
		return Receipted{}, err
	}
	if done {
		return f.receipted(), s.settleTry(ctx, s.o.Pool, try.ID, "done", "")
	}
	if try.State == "refused" {
		return Receipted{}, fault.New(fault.Invalid, try.Reason)
	}
	signed, err := s.verify(ctx, f, try)
	if err != nil {
		return Receipted{}, s.failTry(ctx, f, try, err)
	}
	return s.giveNumber(ctx, who, try, signed)
}

// signedByFiler tells whether a statement is submitted: the filer's signature gets there by giveNumber alone.
// That the application has its number says nothing, for it keeps it when the answer to a query is submitted.
func signedByFiler(ctx context.Context, db postgres.DB, filing, statement uuid.UUID) (done bool, err error) {
	err = db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM filing_signature g JOIN filing_participant p ON p.id = g.participant_id
		WHERE g.statement_id = @statement AND p.filing_id = @filing AND p.filer)`, args{"statement": statement, "filing": filing}).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("looking whether a statement is submitted: %w", err)
	}
	return done, nil
}

// submittable is a statement that waits for the filer's signature.
func (s State) submittable() bool { return s == Paid || s == Amended }

// readyToSubmit is the statement in force, when nobody else must sign before.
func (s *Service) readyToSubmit(ctx context.Context, d *deed) (statementRow, error) {
	statement, err := current(ctx, d.tx, d.ID)
	if err != nil {
		return statement, err
	}
	if s.o.Order != AllFirst {
		return statement, nil
	}
	people, err := participants(ctx, d.tx, d.ID)
	if err != nil {
		return statement, err
	}
	if n := unsigned(people, statement); n > 1 || n == 1 && statement.signedBy(filerOf(people).ID) {
		return statement, errOthersFirst
	}
	return statement, nil
}

// verify holds the signature against the stored statement and the filer's number. It asks the outside and
// stands in no transaction.
func (s *Service) verify(ctx context.Context, f Filing, try submission) (signing.Signed, error) {
	statement, err := current(ctx, s.o.Pool, f.ID)
	if err != nil {
		return signing.Signed{}, err
	}
	if statement.ID != try.StatementID || !f.State.submittable() {
		return signing.Signed{}, errStatement
	}
	content, err := s.statementBytes(ctx, statement)
	if err != nil {
		return signing.Signed{}, err
	}
	cms, err := s.openSealed(ctx, try.CMSFile, tryLabel(try.ID))
	if err != nil {
		return signing.Signed{}, err
	}
	people, err := participants(ctx, s.o.Pool, f.ID)
	if err != nil {
		return signing.Signed{}, err
	}
	iin, err := s.number(filerOf(people))
	if err != nil {
		return signing.Signed{}, err
	}
	return s.o.Signatures.VerifyDocument(ctx, signing.Wanted{Content: content, IIN: iin, At: try.At}, cms)
}

// giveNumber is the submission itself: number, barcode, evidence, state, application, letters and audit in one
// transaction, once.
func (s *Service) giveNumber(ctx context.Context, who Who, try submission, signed signing.Signed) (answer Receipted, err error) {
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		f, err := lock(ctx, tx, try.FilingID)
		if err != nil {
			return err
		}
		d := &deed{tx: tx, who: who, rel: RelFiler, Filing: f}
		done, err := signedByFiler(ctx, tx, d.ID, try.StatementID)
		if err != nil {
			return err
		}
		if done {
			answer = d.receipted()
			return s.settleTry(ctx, tx, try.ID, "done", "")
		}
		statement, err := s.readyToSubmit(ctx, d)
		if err != nil {
			return err
		}
		if !d.State.submittable() || statement.ID != try.StatementID {
			return errStatement
		}
		people, err := participants(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if err := s.keep(ctx, tx, &statement, filerOf(people), signed); err != nil {
			return err
		}
		if d.SubmittedAt == nil { // an answer to a query keeps the number
			if err := s.takeNumber(ctx, tx, &d.Filing, s.o.Clock.Now()); err != nil {
				return err
			}
		}
		if err := s.settle(ctx, d, people, statement); err != nil {
			return err
		}
		answer = d.receipted()
		return s.settleTry(ctx, tx, try.ID, "done", "")
	})
	if err != nil && fault.Is(err, fault.Conflict) {
		return Receipted{}, s.failTry(ctx, Filing{ID: try.FilingID}, try, err)
	}
	return answer, err
}

// settle is what follows from the filer's signature: the state, the term of the others, the first step of the
// scheme in force, the application for which a certificate will be sought, the letters. On an answer to a
// query the step stays where it was, and the answer goes with it.
func (s *Service) settle(ctx context.Context, d *deed, people []participantRow, statement statementRow) error {
	now, again := s.o.Clock.Now(), d.State == Amended
	if !again {
		if err := s.enter(ctx, d, now); err != nil {
			return err
		}
	}
	to := Submitted
	d.Deadline, d.TermFrom = nil, nil
	if unsigned(people, statement) == 0 {
		to, d.SignedAt = Signed, &now
	} else {
		s.term(&d.Filing, now)
	}
	if again {
		if err := s.sendAnswer(ctx, d, statement); err != nil {
			return err
		}
		if err := s.examineAnew(ctx, d); err != nil {
			return err
		}
	}
	if err := d.move(to); err != nil {
		return err
	}
	if to == Signed {
		if err := s.resumeStep(ctx, d); err != nil {
			return err
		}
	}
	s.touched(d)
	if err := write(ctx, d.tx, d.Filing); err != nil {
		return err
	}
	if err := s.putApplication(ctx, d.tx, d.Filing, people); err != nil {
		return err
	}
	topic, about := "submitted", ""
	if again {
		topic, about = "resubmitted", statement.ID.String()
	}
	if err := s.tellFiler(ctx, d.tx, d.Filing, topic, about); err != nil {
		return err
	}
	if err := s.askToSign(ctx, d.tx, d.Filing, statement, "sign"); err != nil {
		return err
	}
	err := s.record(ctx, d.tx, d.who, d.Filing, "submit", map[string]any{"incoming_no": d.IncomingNo, "barcode": d.Barcode, "statement": statement.SHA256}, "")
	if err != nil || to != Signed {
		return err
	}
	return s.submitted(ctx, d)
}

// enter puts what is submitted on its way: the scheme that is in force now, and who takes its steps.
func (s *Service) enter(ctx context.Context, d *deed, at time.Time) error {
	sc, err := scheme.InForce(ctx, d.tx)
	if err != nil {
		return err
	}
	d.Scheme, d.Desk = &sc.Version, s.o.Desk
	d.Step, d.StepAt, d.StepUntil = sc.Begin().Code, &at, nil // its term begins with the last signature
	return nil
}

func (f Filing) receipted() Receipted {
	r := Receipted{FilingID: f.ID, IncomingNo: f.IncomingNo, Barcode: f.Barcode, Deadline: f.Deadline, State: f.State}
	if f.SubmittedAt != nil {
		r.SubmittedAt = *f.SubmittedAt
	}
	return r
}
