package filing

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
)

const (
	longestLetter  = 10000 // letters of a text
	maxLetterFiles = 10
)

// Letters are the correspondence of an application, oldest first. What the other side had not seen is noted
// as seen; an answer that is being written sees only the filer.
func (s *Service) Letters(ctx context.Context, who Who, filing uuid.UUID) ([]Correspondence, error) {
	_, rel, err := s.look(ctx, who, filing, Look)
	if err != nil {
		return nil, err
	}
	list, err := letterRows(ctx, s.o.Pool, `WHERE filing_id = @filing ORDER BY coalesce(at, begun_at), id`, args{"filing": filing})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(l Correspondence) bool { return l.At == nil && rel != RelFiler })
	now := s.o.Clock.Now()
	for i, l := range list {
		list[i].Late = l.Kind == Query && l.Open() && now.After(*l.Until)
	}
	side := ""
	switch rel {
	case RelFiler, RelAuthor:
		side = FromDesk
	case RelDesk, RelExpert:
		side = ToDesk
	}
	if slices.ContainsFunc(list, func(l Correspondence) bool { return l.Direction == side && l.SeenAt == nil && l.At != nil }) {
		err = exec(ctx, s.o.Pool, "noting what was seen", `UPDATE filing_letter SET seen_at = @now
			WHERE filing_id = @filing AND direction = @side AND at IS NOT NULL AND seen_at IS NULL`, args{"filing": filing, "side": side, "now": now})
	}
	return list, err
}

// StoreFiles checks and stores the files of a letter, before the transaction that sends it. What no letter
// takes is swept.
func (s *Service) StoreFiles(ctx context.Context, files []Upload) ([]LetterFile, error) {
	if len(files) > maxLetterFiles {
		return nil, fault.New(fault.TooLarge, "filing.error.many_files", "Max", maxLetterFiles)
	}
	var list []LetterFile
	for _, u := range files {
		data, err := io.ReadAll(io.LimitReader(u.Content, MaxDocument+1))
		if err != nil {
			return nil, fmt.Errorf("reading an upload: %w", err)
		}
		kind := contentType(data)
		switch {
		case len(data) == 0:
			return nil, Problems{{Field: "files", Key: "filing.problem.document_empty"}}
		case len(data) > MaxDocument:
			return nil, Problems{{Field: "files", Key: "filing.problem.document_large", Args: []any{"MB", MaxDocument >> 20}}}
		case kind == "":
			return nil, Problems{{Field: "files", Key: "filing.problem.letter_type"}}
		}
		f := LetterFile{ID: clock.NewID(), Filename: filename(u.Filename), ContentType: kind, SHA256: blob.Sum(data), Size: int64(len(data))}
		if f.file, err = s.putSealed(ctx, data, letterLabel(f.ID)); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

func letterLabel(id uuid.UUID) string { return "filing letter:" + id.String() }

// OpenLetterFile gives a file of a letter; every opening by others than the applicants is recorded.
func (s *Service) OpenLetterFile(ctx context.Context, who Who, filing, letter, file uuid.UUID) (LetterFile, io.ReadCloser, error) {
	f, rel, err := s.look(ctx, who, filing, Look)
	if err != nil {
		return LetterFile{}, nil, err
	}
	l, err := letterOf(ctx, s.o.Pool, filing, letter)
	if err != nil {
		return LetterFile{}, nil, err
	}
	i := slices.IndexFunc(l.Files, func(x LetterFile) bool { return x.ID == file })
	if i < 0 || l.At == nil && rel != RelFiler {
		return LetterFile{}, nil, errLetter
	}
	if rel != RelFiler && rel != RelAuthor {
		persons, err := s.personsOf(ctx, f, documentRow{})
		if err == nil {
			err = s.recordLook(ctx, who, f, "open_letter_file", map[string]any{"letter": l.Number, "file": file}, persons)
		}
		if err != nil {
			return LetterFile{}, nil, err
		}
	}
	data, err := s.openSealed(ctx, l.Files[i].file, letterLabel(file))
	return l.Files[i], io.NopCloser(bytes.NewReader(data)), err
}

func letterText(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 3 || n > longestLetter || strings.ContainsRune(text, 0) {
		return "", errText
	}
	return text, nil
}

// AnswerLetter answers a query by text and files, without touching what was signed: the application goes back
// to the desk. While the application is reopened it stores the answer, which goes with the new statement.
func (s *Service) AnswerLetter(ctx context.Context, who Who, id, letter uuid.UUID, text string, files []Upload) error {
	if _, _, err := s.look(ctx, who, id, Answer); err != nil {
		return err // before anything is read and stored
	}
	text, err := letterText(text)
	if err != nil {
		return err
	}
	stored, err := s.StoreFiles(ctx, files)
	if err != nil {
		return err
	}
	return s.change(ctx, who, id, Answer, func(d *deed) error {
		q, err := openQuery(ctx, d.tx, id)
		if err != nil {
			return err
		}
		if q.ID != letter {
			return errNoQuery
		}
		if d.State != Queried {
			return s.saveAnswer(ctx, d, q, text, stored)
		}
		a := Correspondence{ID: clock.NewID(), FilingID: id, Direction: ToDesk, Kind: AnswerLetter, Text: text, Answers: &q.ID, Source: SourceApplicant,
			By: who.Name, ByAccount: accountOf(who), Files: stored}
		if err := s.putLetter(ctx, d.tx, &a); err != nil {
			return err
		}
		if err := s.backToDesk(ctx, d, q.ID, a.Number); err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "answer", map[string]any{"letter": a.Number, "answers": q.Number, "files": len(stored)}, "")
	})
}

// backToDesk closes the answered query; the step goes on where it stood, its term begins anew.
func (s *Service) backToDesk(ctx context.Context, d *deed, query uuid.UUID, number string) error {
	if err := s.closeLetter(ctx, d.tx, query, ClosedAnswered); err != nil {
		return err
	}
	d.QueryUntil = nil
	if d.State != Queried {
		return nil // all must sign the new statement first
	}
	if err := d.move(Signed); err != nil {
		return err
	}
	if err := s.resumeStep(ctx, d); err != nil {
		return err
	}
	if err := s.changed(ctx, d, "answered", number, "Letter", number); err != nil {
		return err
	}
	return s.submitted(ctx, d)
}

// examineAnew goes back to the first step of an expert, where a desk of one's own had gone on: what was concluded
// was about another statement.
func (s *Service) examineAnew(ctx context.Context, d *deed) error {
	if d.Desk != Registering {
		return nil // the institute says itself where it stands
	}
	sc, err := schemeOf(ctx, d.tx, d.Filing)
	if err != nil {
		return err
	}
	for i, step := range sc.Steps {
		if step.Turn == scheme.Expert && i < sc.Index(d.Step) {
			d.Step = step.Code
			return nil
		}
	}
	return nil
}

// resumeStep begins the term of the present step again.
func (s *Service) resumeStep(ctx context.Context, d *deed) error {
	sc, err := schemeOf(ctx, d.tx, d.Filing)
	if err != nil {
		return err
	}
	if step, ok := sc.Step(d.Step); ok {
		s.setStep(&d.Filing, step, s.o.Clock.Now())
	}
	return nil
}

// submitted tells the desk that an application has come, or come back.
func (s *Service) submitted(ctx context.Context, d *deed) error {
	if s.o.OnSubmitted == nil {
		return nil
	}
	return s.o.OnSubmitted(ctx, d.tx, d.Filing)
}

// saveAnswer keeps the answer that goes with the new statement; files are added to those that are there.
func (s *Service) saveAnswer(ctx context.Context, d *deed, q Correspondence, text string, files []LetterFile) error {
	a, err := s.begunAnswer(ctx, d, q)
	if err != nil {
		return err
	}
	if len(a.Files)+len(files) > maxLetterFiles {
		return fault.New(fault.TooLarge, "filing.error.many_files", "Max", maxLetterFiles)
	}
	s.touched(d)
	if err := exec(ctx, d.tx, "keeping an answer", `UPDATE filing_letter SET text = @text WHERE id = @id AND at IS NULL`, args{"id": a.ID, "text": text}); err != nil {
		return err
	}
	return insertLetterFiles(ctx, d.tx, a.ID, files)
}

// begunAnswer is the answer that is being written to a query, begun now when there is none.
func (s *Service) begunAnswer(ctx context.Context, d *deed, q Correspondence) (Correspondence, error) {
	list, err := letterRows(ctx, d.tx, `WHERE filing_id = @filing AND answers = @query AND at IS NULL`, args{"filing": d.ID, "query": q.ID})
	if err != nil {
		return Correspondence{}, err
	}
	if len(list) == 1 {
		return list[0], nil
	}
	a := Correspondence{ID: clock.NewID(), FilingID: d.ID, Direction: ToDesk, Kind: AnswerLetter, Answers: &q.ID, Source: SourceApplicant, By: d.who.Name,
		ByAccount: accountOf(d.who), BegunAt: s.o.Clock.Now()}
	return a, insertLetter(ctx, d.tx, a)
}

// DropAnswerFile takes a file out of an answer that is being written.
func (s *Service) DropAnswerFile(ctx context.Context, who Who, id, file uuid.UUID) error {
	return s.change(ctx, who, id, Answer, func(d *deed) error {
		s.touched(d)
		return exec(ctx, d.tx, "taking a file out of an answer", `DELETE FROM filing_letter_file WHERE id = @file
			AND letter_id IN (SELECT id FROM filing_letter WHERE filing_id = @id AND at IS NULL)`, args{"file": file, "id": id})
	})
}

// sendAnswer sends the answer to a query together with the new statement that the filer has just signed.
func (s *Service) sendAnswer(ctx context.Context, d *deed, statement statementRow) error {
	q, err := openQuery(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	a, err := s.begunAnswer(ctx, d, q)
	if err != nil {
		return err
	}
	if a.Text == "" {
		a.Text = say(d.Lang, s.o.Zone, "filing.correspondence.answer", "N", statement.Number)
	}
	if err := s.numberLetter(ctx, d.tx, &a, s.o.Clock.Now()); err != nil {
		return err
	}
	err = exec(ctx, d.tx, "sending an answer", `UPDATE filing_letter SET number = @number, at = @at, text = @text, statement = @statement, by_account = @account, by_name = @by WHERE id = @id`,
		args{"id": a.ID, "number": a.Number, "at": a.At, "text": a.Text, "statement": statement.ID, "account": accountOf(d.who), "by": d.who.Name})
	if err != nil {
		return err
	}
	if err := s.backToDesk(ctx, d, q.ID, a.Number); err != nil {
		return err
	}
	return s.record(ctx, d.tx, d.who, d.Filing, "answer", map[string]any{"letter": a.Number, "answers": q.Number, "statement": statement.SHA256}, "")
}

// Request asks for something after the issue: the correction of a technical error, a change of the register.
// Of each kind one is open at a time.
func (s *Service) Request(ctx context.Context, who Who, id uuid.UUID, kind, text string, files []Upload) error {
	if _, _, err := s.look(ctx, who, id, Request); err != nil {
		return err
	}
	text, err := letterText(text)
	if err != nil {
		return err
	}
	if !slices.Contains(Requests, LetterKind(kind)) {
		return errInput
	}
	stored, err := s.StoreFiles(ctx, files)
	if err != nil {
		return err
	}
	office := s.office(ctx)
	return s.change(ctx, who, id, Request, func(d *deed) error {
		open, err := letterRows(ctx, d.tx, `WHERE filing_id = @id AND kind = @kind AND closed_at IS NULL`, args{"id": id, "kind": kind})
		if err != nil || len(open) > 0 {
			return errOr(err, errRequest)
		}
		l := Correspondence{ID: clock.NewID(), FilingID: id, Direction: ToDesk, Kind: LetterKind(kind), Text: text, Source: SourceApplicant, By: who.Name,
			ByAccount: accountOf(who), Files: stored}
		if err := s.putLetter(ctx, d.tx, &l); err != nil {
			return err
		}
		if err := s.tellOffice(ctx, d.tx, office, d.Filing, "request_office", l.ID.String(), "Letter", l.Number, "Text", l.Text, "What", sentence("filing.correspondence."+kind)); err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "request", map[string]any{"letter": l.Number, "kind": kind}, "")
	})
}

// answersRequest lets a letter of the desk end a request of the applicant.
func (s *Service) answersRequest(ctx context.Context, d *deed, l *Correspondence, n NewLetter) error {
	if n.Answers == uuid.Nil {
		return nil
	}
	if n.Closed != ClosedDone && n.Closed != ClosedDeclined {
		return errInput
	}
	asked, err := letterOf(ctx, d.tx, d.ID, n.Answers)
	if err != nil {
		return err
	}
	if asked.Direction != ToDesk || !asked.Open() {
		return errLetter
	}
	l.Answers = &asked.ID
	return s.closeLetter(ctx, d.tx, asked.ID, n.Closed)
}

// withdrawal is the applicant's letter that takes the application back.
func (s *Service) withdrawal(ctx context.Context, d *deed, reason string) error {
	l := Correspondence{ID: clock.NewID(), FilingID: d.ID, Direction: ToDesk, Kind: Withdrawal, Text: reason, Source: SourceApplicant, By: d.who.Name, ByAccount: accountOf(d.who)}
	return s.putLetter(ctx, d.tx, &l)
}
