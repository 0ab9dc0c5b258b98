package web

import (
	"bytes"
	"context"
	"io"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/web/part"
)

// The tab "Переписка" of an application: letters of the desk and the applicant's own, each query answered in
// its place, and what is asked for after the issue.

func (s *Server) mountCorrespondence() {
	s.get("/filings/:id/correspondence", account.File, s.correspondencePage)
	s.postFile("/filings/:id/correspondence/:letter", account.File, s.change(s.answerLetter))
	s.get("/filings/:id/correspondence/:letter/files/:file", account.File, s.letterFile)
	s.post("/filings/:id/correspondence/:letter/files/:file/remove", account.File, s.change(s.dropLetterFile))
	s.postFile("/filings/:id/requests", account.File, s.change(s.askAfterIssue))
}

// letterForm is what was typed into the tab's form, and why it was not taken.
type letterForm struct {
	Open    bool // unfolded
	Kind    string
	Text    string
	Problem string
}

func letterAnchor(id uuid.UUID) string { return "l-" + id.String() }

func (s *Server) correspondencePage(v *Visit) error {
	view, err := s.seeFiling(v, filing.TabCorrespondence)
	if err != nil {
		return err
	}
	if view.IncomingNo == "" {
		return v.Go(filingPath(view.ID, ""))
	}
	view.Writing.Open = v.Query("answer") != "" || v.Query("ask") != ""
	return s.showFiling(v, view, 0)
}

// readLetter reads a form of a letter; files are kept in memory, they are few and bounded.
func (v *Visit) readLetter() (fields map[string]string, files []filing.Upload, err error) {
	fields, err = v.Upload(func(_, name string, file io.Reader, _ map[string]string) error {
		data, err := io.ReadAll(io.LimitReader(file, filing.MaxDocument+1))
		if err != nil {
			return err
		}
		if name = path.Base(strings.ReplaceAll(name, `\`, "/")); name != "" && name != "." {
			files = append(files, filing.Upload{Filename: name, Content: bytes.NewReader(data)})
		}
		return nil
	})
	return fields, files, err
}

// answerLetter answers a query, or keeps the answer that goes with the new statement.
func (s *Server) answerLetter(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	letter, err := v.ID("letter")
	if err != nil {
		return err
	}
	fields, files, err := v.readLetter()
	if err == nil {
		err = s.Filings.AnswerLetter(v.UserContext(), v.me(), id, letter, fields["text"], files)
	}
	if err != nil {
		return s.letterRefused(v, err, fields)
	}
	f, err := s.Filings.View(v.UserContext(), v.me(), id)
	if err != nil {
		return err
	}
	if f.State.Asked() {
		v.Notice("correspondence.kept")
		return v.Go(filingPath(id, "/correspondence?answer=1#"+letterAnchor(letter)))
	}
	v.Notice("correspondence.sent")
	return v.Go(filingPath(id, "/correspondence"))
}

func (s *Server) letterRefused(v *Visit, cause error, fields map[string]string) error {
	return s.refused(v, filing.TabCorrespondence, cause, func(f *filingView) {
		f.Writing = letterForm{Open: true, Kind: fields["kind"], Text: fields["text"], Problem: f.Problem}
	})
}

// letterFile gives a file of a letter to be saved.
func (s *Server) letterFile(v *Visit) error {
	ids, err := v.ids("id", "letter", "file")
	if err != nil {
		return err
	}
	f, content, err := s.Filings.OpenLetterFile(v.UserContext(), v.me(), ids[0], ids[1], ids[2])
	if err != nil {
		return err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, f.ContentType)
	v.Set(fiber.HeaderContentDisposition, attachment(f.Filename))
	v.Set(fiber.HeaderCacheControl, "private, no-store")
	return v.Send(data)
}

func (v *Visit) ids(names ...string) (list []uuid.UUID, err error) {
	for _, n := range names {
		id, err := v.ID(n)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, nil
}

func (s *Server) dropLetterFile(v *Visit) error {
	ids, err := v.ids("id", "letter", "file")
	if err != nil {
		return err
	}
	if err := s.Filings.DropAnswerFile(v.UserContext(), v.me(), ids[0], ids[2]); err != nil {
		return s.letterRefused(v, err, nil)
	}
	return v.Go(filingPath(ids[0], "/correspondence?answer=1"))
}

// askAfterIssue sends a request about what was issued.
func (s *Server) askAfterIssue(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	fields, files, err := v.readLetter()
	if err == nil {
		err = s.Filings.Request(v.UserContext(), v.me(), id, fields["kind"], fields["text"], files)
	}
	if err != nil {
		return s.letterRefused(v, err, fields)
	}
	v.Notice("correspondence.asked")
	return v.Go(filingPath(id, "/correspondence"))
}

// draft is the answer that is being written to a letter.
func (f *filingView) draft(letter uuid.UUID) *filing.Correspondence {
	for i, l := range f.Letters {
		if l.At == nil && l.Answers != nil && *l.Answers == letter {
			return &f.Letters[i]
		}
	}
	return nil
}

// answered is the number of the letter that a letter answers.
func (f *filingView) answered(l filing.Correspondence) string {
	for _, o := range f.Letters {
		if l.Answers != nil && o.ID == *l.Answers {
			return o.Number
		}
	}
	return ""
}

// from says whose a letter is.
func (f *filingView) from(ctx context.Context, l filing.Correspondence) string {
	switch {
	case l.Source == filing.SourceInstitute:
		return part.T(ctx, "correspondence.from.institute")
	case l.Direction == filing.FromDesk:
		return part.T(ctx, "correspondence.from.desk")
	}
	return titleCase(l.By)
}

// letterState is the chip of a letter: its shape and its words, none when there is nothing to say.
func letterState(ctx context.Context, l filing.Correspondence) (chip, text string) {
	switch {
	case l.Late:
		return "rejected", part.T(ctx, "correspondence.state.late")
	case l.Open() && l.Kind == filing.Query:
		return "review", part.T(ctx, "correspondence.state.open")
	case l.Open():
		return "waiting", part.T(ctx, "correspondence.state.asked")
	case l.Closed != "":
		chip = "none"
		if l.Closed == filing.ClosedAnswered || l.Closed == filing.ClosedDone {
			chip = "good"
		}
		return chip, part.T(ctx, "correspondence.state."+l.Closed)
	}
	return "", ""
}

// letterFacts are the lines below a letter's text.
func (f *filingView) letterFacts(ctx context.Context, l filing.Correspondence) (list []part.Fact) {
	if l.Until != nil {
		until := part.ShortMoment(ctx, *l.Until)
		if l.Open() {
			until = untilLeft(ctx, *l.Until)
		}
		list = append(list, part.Fact{Name: part.T(ctx, "correspondence.until"), Text: until})
	}
	if l.Ground != "" {
		list = append(list, part.Fact{Name: part.T(ctx, "correspondence.ground"), Text: part.T(ctx, "filing.ground."+l.Ground)},
			part.Fact{Name: part.T(ctx, "correspondence.law"), Text: part.T(ctx, "filing.ground."+l.Ground+".law")})
	}
	if n := f.answered(l); n != "" {
		list = append(list, part.Fact{Name: part.T(ctx, "correspondence.answers"), Text: n})
	}
	return list
}

// signedNext says in which step an application is that everybody has signed.
func signedNext(ctx context.Context, f *filingView) string {
	step, _ := f.Scheme.Step(f.Step)
	l := part.From(ctx).Lang
	return part.T(ctx, "correspondence.all_signed") + " " + part.T(ctx, "correspondence.at_step", "Step", step.In(l)) + " " +
		joinNonEmpty("", step.NoteIn(l), when(step.NoteIn(l) != "", "."))
}

// stepFacts are who acts in the present step, and until when: by the scheme, and in the instruction's words.
func stepFacts(ctx context.Context, f *filingView) []part.Fact {
	step, _ := f.Scheme.Step(f.Step)
	l := part.From(ctx).Lang
	list := []part.Fact{{Name: part.T(ctx, "correspondence.step.who"), Text: part.T(ctx, "correspondence.turn."+string(f.Next.Turn))}}
	if f.Next.Until != nil {
		list = append(list, part.Fact{Name: part.T(ctx, "correspondence.step.until"), Text: untilLeft(ctx, *f.Next.Until)})
	}
	if step.Days > 0 {
		list = append(list, part.Fact{Name: part.T(ctx, "correspondence.step.term"), Text: part.T(ctx, "filing.step.days", "Count", step.Days)})
	}
	if said := step.SaidIn(l); said != "" {
		list = append(list, part.Fact{Name: part.T(ctx, "correspondence.step.said"), Text: said})
	}
	return list
}

// stuckTitle says what has not come yet although everything was done for it.
func stuckTitle(f *filingView) string {
	if f.State == filing.Amended {
		return "correspondence.stuck"
	}
	return "cabinet.stuck"
}

// openQueries are the reader's own applications of which something was asked.
func (s *Server) openQueries(v *Visit) ([]filing.Listed, error) {
	var list []filing.Listed
	for _, st := range []filing.State{filing.Queried, filing.Amending, filing.Amended} {
		found, _, err := s.Filings.List(v.UserContext(), v.me(), filing.Filter{State: st, Limit: 100})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.Relation == filing.RelFiler {
				list = append(list, f)
			}
		}
	}
	return list, nil
}

// queryOf is the application that a letter of the desk's query is about, when its answer is still waited for.
func (s *Server) queryOf(v *Visit, topic, about string) string {
	if !strings.HasPrefix(topic, "filing_query") {
		return ""
	}
	text, _, _ := strings.Cut(about, "/")
	id, err := uuid.Parse(text)
	if err != nil {
		return ""
	}
	f, err := s.Filings.View(v.UserContext(), v.me(), id)
	if err != nil || f.Query == nil || f.Relation != filing.RelFiler {
		return ""
	}
	return filingPath(id, "/correspondence?answer=1#"+letterAnchor(f.Query.ID))
}

// letterAccept are the files that a letter may have.
const letterAccept = ".pdf,.doc,.docx,.jpg,.jpeg,.png"

// answerText is what was typed, or what is kept of the answer.
func answerText(f *filingView, draft *filing.Correspondence) string {
	if f.Writing.Text == "" && draft != nil {
		return draft.Text
	}
	return f.Writing.Text
}

func requestKind(f *filingView) string {
	if f.Writing.Kind != "" {
		return f.Writing.Kind
	}
	return string(filing.RequestCorrection)
}

func issuedWord(f *filingView) string {
	if f.Service == filing.RegisterExtract {
		return "issued_extract"
	}
	return "issued"
}
