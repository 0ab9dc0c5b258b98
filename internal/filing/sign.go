package filing

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"kualik/internal/signing"
)

// SignContent is what a person is about to sign: the stored bytes and how they are named.
type SignContent struct {
	Statement Statement
	Content   []byte
	As        Role       // in which role the person signs
	Submits   bool       // this signature submits the application
	Until     *time.Time // term, nil when there is none
}

// ToSign gives what this person may sign now.
func (s *Service) ToSign(ctx context.Context, who Who, id uuid.UUID) (SignContent, error) {
	f, rel, err := s.look(ctx, who, id, Look)
	if err != nil {
		return SignContent{}, err
	}
	action := Sign
	if rel == RelFiler {
		action = SignAndSubmit
	}
	if err := s.allowed(f, action, rel, who); err != nil {
		return SignContent{}, err
	}
	statement, err := current(ctx, s.o.Pool, id)
	if err != nil {
		return SignContent{}, err
	}
	p, err := s.signer(ctx, who, f, statement)
	if err != nil {
		return SignContent{}, err
	}
	content, err := s.statementBytes(ctx, statement)
	return SignContent{Statement: statement.Statement, Content: content, As: p.Role, Submits: rel == RelFiler, Until: f.Deadline}, err
}

// signer is the participant as whom a person may sign now.
func (s *Service) signer(ctx context.Context, who Who, f Filing, statement statementRow) (participantRow, error) {
	people, err := participants(ctx, s.o.Pool, f.ID)
	if err != nil {
		return participantRow{}, err
	}
	for _, p := range people {
		own := p.Filer && f.Owner == who.ID
		if !own {
			if own, err = s.isOwn(ctx, s.o.Pool, who, p); err != nil {
				return participantRow{}, err
			}
		}
		switch {
		case !own || !p.signs():
		case statement.signedBy(p.ID):
			return participantRow{}, errSignedNow
		case f.State == Submitted && late(f, s.o.Clock.Now()):
			return participantRow{}, errLate
		case p.Filer && s.o.Order == AllFirst && unsigned(people, statement) > 1:
			return participantRow{}, errOthersFirst
		default:
			return p, nil
		}
	}
	return participantRow{}, errNoSign
}

// Sign verifies and stores another author's signature over the same bytes, with that author's number. last
// is true when it was the last one that was wanted. Signing twice is no mistake and changes nothing.
func (s *Service) Sign(ctx context.Context, who Who, id uuid.UUID, cms []byte) (last bool, err error) {
	if len(cms) == 0 || len(cms) > maxCMS {
		return false, errInput
	}
	f, rel, err := s.look(ctx, who, id, Look)
	if err != nil {
		return false, err
	}
	statement, err := current(ctx, s.o.Pool, id)
	if err != nil {
		return false, err
	}
	p, err := s.signer(ctx, who, f, statement)
	if errors.Is(err, errSignedNow) {
		return f.SignedAt != nil, nil
	}
	if err == nil {
		err = s.allowed(f, Sign, rel, who)
	}
	if err != nil {
		return false, err
	}
	content, err := s.statementBytes(ctx, statement)
	if err != nil {
		return false, err
	}
	iin, err := s.number(p)
	if err != nil {
		return false, err
	}
	signed, err := s.o.Signatures.VerifyDocument(ctx, signing.Wanted{Content: content, IIN: iin, At: s.o.Clock.Now()}, cms)
	if err != nil {
		return false, s.refuse(ctx, f, who, err)
	}
	return s.putSignature(ctx, who, id, statement.ID, p.ID, signed)
}

// putSignature stores a verified signature; the last one takes the filing on.
func (s *Service) putSignature(ctx context.Context, who Who, id, statementID, participantID uuid.UUID, signed signing.Signed) (last bool, err error) {
	err = s.change(ctx, who, id, Sign, func(d *deed) error {
		statement, err := current(ctx, d.tx, id)
		if err != nil {
			return err
		}
		if statement.ID != statementID {
			return errStatement
		}
		people, err := participants(ctx, d.tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(p participantRow) bool { return p.ID == participantID })
		switch {
		case i < 0:
			return errNoSign
		case statement.signedBy(participantID):
			return nil // twice at once
		case d.State == Submitted && late(d.Filing, s.o.Clock.Now()):
			return errLate
		}
		if err := s.keep(ctx, d.tx, &statement, people[i], signed); err != nil {
			return err
		}
		if err := s.record(ctx, d.tx, who, d.Filing, "sign", map[string]any{"participant": participantID, "statement": statement.SHA256}, ""); err != nil {
			return err
		}
		last, err = s.afterSignature(ctx, d, people, statement)
		return err
	})
	return last, err
}

// afterSignature takes the filing on when nobody is waited for any more.
func (s *Service) afterSignature(ctx context.Context, d *deed, people []participantRow, statement statementRow) (last bool, err error) {
	left := unsigned(people, statement)
	if d.State.submittable() {
		if left == 1 && !statement.signedBy(filerOf(people).ID) {
			return true, s.tellFiler(ctx, d.tx, d.Filing, "others_signed", statement.ID.String())
		}
		return false, nil
	}
	if left > 0 {
		return false, nil
	}
	now := s.o.Clock.Now()
	d.SignedAt = &now
	if err := d.move(Signed); err != nil {
		return false, err
	}
	if err := s.resumeStep(ctx, d); err != nil {
		return false, err
	}
	if err := s.putStatus(ctx, d); err != nil {
		return false, err
	}
	about := ""
	if statement.Number > 1 {
		about = statement.ID.String() // also of an answer, whose authors have signed anew
	}
	if err := s.tellEverybody(ctx, d.tx, d.Filing, people, "signed", about); err != nil {
		return false, err
	}
	if err := s.record(ctx, d.tx, d.who, d.Filing, "all_signed", nil, ""); err != nil {
		return false, err
	}
	return true, s.submitted(ctx, d)
}
