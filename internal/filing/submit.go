package filing

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
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
	if f.SubmittedAt != nil {
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
	if statement.ID != try.StatementID || f.State != Paid {
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
		if d.SubmittedAt != nil {
			answer = d.receipted()
			return s.settleTry(ctx, tx, try.ID, "done", "")
		}
		statement, err := s.readyToSubmit(ctx, d)
		if err != nil {
			return err
		}
		if d.State != Paid || statement.ID != try.StatementID {
			return errStatement
		}
		people, err := participants(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		if err := s.keep(ctx, tx, &statement, filerOf(people), signed); err != nil {
			return err
		}
		if err := s.takeNumber(ctx, tx, &d.Filing, s.o.Clock.Now()); err != nil {
			return err
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

// settle is what follows from the number: the state, the term of the others, the application for which a
// certificate will be sought, the letters.
func (s *Service) settle(ctx context.Context, d *deed, people []participantRow, statement statementRow) error {
	to := Submitted
	d.Deadline, d.TermFrom = nil, nil
	if unsigned(people, statement) == 0 {
		to, d.SignedAt = Signed, d.SubmittedAt
	} else {
		s.term(&d.Filing, *d.SubmittedAt)
	}
	if err := d.move(to); err != nil {
		return err
	}
	s.touched(d)
	if err := write(ctx, d.tx, d.Filing); err != nil {
		return err
	}
	if err := s.putApplication(ctx, d.tx, d.Filing, people); err != nil {
		return err
	}
	if err := s.tellFiler(ctx, d.tx, d.Filing, "submitted", ""); err != nil {
		return err
	}
	if err := s.askToSign(ctx, d.tx, d.Filing, statement, "sign"); err != nil {
		return err
	}
	return s.record(ctx, d.tx, d.who, d.Filing, "submit", map[string]any{"incoming_no": d.IncomingNo, "barcode": d.Barcode, "statement": statement.SHA256}, "")
}

func (f Filing) receipted() Receipted {
	r := Receipted{FilingID: f.ID, IncomingNo: f.IncomingNo, Barcode: f.Barcode, Deadline: f.Deadline, State: f.State}
	if f.SubmittedAt != nil {
		r.SubmittedAt = *f.SubmittedAt
	}
	return r
}
