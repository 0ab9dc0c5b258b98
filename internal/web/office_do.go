package web

import (
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/desk"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/issuing"
)

// What can be done with a case. Each names its action, so that a refusal is shown at its form, and what to say
// when it is done.

var (
	errOfficeDay    = fault.New(fault.Invalid, "office.error.day")
	errOfficeExpert = fault.New(fault.Invalid, "office.error.choose_expert")
)

// answers are those of a list in the form.
func (v *Visit) answers() map[string]desk.Said {
	said := map[string]desk.Said{}
	v.Request().PostArgs().VisitAll(func(k, value []byte) {
		if code, ok := strings.CutPrefix(string(k), "item-"); ok && len(value) > 0 {
			said[code] = desk.Said{Answer: string(value), Note: v.Text("note-" + code)}
		}
	})
	return said
}

func (s *Server) doRegister(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.Register, "office.done.register", s.Cases.Register(v.UserContext(), v.me(), ref, v.answers())
}

func (s *Server) doAppoint(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	expert, err := uuid.Parse(v.Text("expert"))
	if err != nil {
		return desk.Appoint, "", errOfficeExpert
	}
	return desk.Appoint, "office.done.appoint", s.Cases.Appoint(v.UserContext(), v.me(), ref, expert)
}

func (s *Server) doExamine(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.Examine, "office.done.examine", s.Cases.Examine(v.UserContext(), v.me(), ref, v.answers(), v.Text("remarks"))
}

func (s *Server) doConclude(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.Conclude, "office.done.conclude", s.Cases.Conclude(v.UserContext(), v.me(), ref,
		desk.Concluded{Said: v.answers(), Remarks: v.Text("remarks"), Conclusion: v.Text("conclusion"), Ground: v.Text("ground")})
}

func (s *Server) doReturn(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.Return, "office.done.return", s.Cases.Return(v.UserContext(), v.me(), ref, v.Text("note"))
}

func (s *Server) doIssue(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.Issue, "office.done.issue", s.Cases.Issue(v.UserContext(), v.me(), ref)
}

func (s *Server) doTakeBack(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.TakeBack, "office.done.take_back", s.Cases.TakeBack(v.UserContext(), v.me(), ref, v.Text("note"))
}

func (s *Server) doMoreTime(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	until, ok := s.endOfDay(v.Text("until"))
	if !ok {
		return desk.MoreTime, "", errOfficeDay
	}
	return desk.MoreTime, "office.done.more_time", s.Cases.MoreTime(v.UserContext(), v.me(), ref, until, v.Text("note"))
}

func (s *Server) doAnnul(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	if s.OwnRegister == nil {
		return desk.Annul, "", errNoPage
	}
	return desk.Annul, "office.done.annul", s.Cases.Annul(v.UserContext(), v.me(), ref, v.Text("note"))
}

func (s *Server) doReopen(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	return desk.Reopen, "office.done.reopen", s.Cases.Reopen(v.UserContext(), v.me(), ref, v.Text("note"))
}

// day is a field of the form as a day; empty when nothing was typed.
func (v *Visit) day(name string) (clock.Day, error) {
	text := v.Text(name)
	if text == "" {
		return "", nil
	}
	d, err := filing.ParseDay(text)
	if err != nil {
		return "", errOfficeDay
	}
	return d, nil
}

// fact is what the form says that the institute's cabinet shows.
func (v *Visit) fact() (f desk.Fact, err error) {
	f = desk.Fact{Words: v.Text("words"), Step: v.Text("step"), CabinetNo: v.Text("cabinet_no"), RegistryNo: v.Text("registry_no"),
		CertificateNo: v.Text("certificate_no"), Note: v.Text("note")}
	if f.On, err = v.day("on"); err != nil {
		return f, err
	}
	f.CertificateOn, err = v.day("certificate_on")
	return f, err
}

func (s *Server) doRecord(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	f, err := v.fact()
	if err != nil {
		return desk.Record, "", err
	}
	changes, err := s.Cases.Record(v.UserContext(), v.me(), ref, f)
	if err == nil && len(changes) == 0 {
		return desk.Record, "office.done.nothing", nil
	}
	return desk.Record, "office.done.record", err
}

// doCorrect makes a later version of the certificate. The authors stay who they are; how a name is written, and
// whether it is mentioned, may change.
func (s *Server) doCorrect(v *Visit, ref desk.Ref) (desk.Action, string, error) {
	entry, err := uuid.Parse(v.Text("entry"))
	if err != nil || s.OwnRegister == nil {
		return desk.Correct, "", errNoPage
	}
	created, err := v.day("created_on")
	if err != nil {
		return desk.Correct, "", err
	}
	hidden := v.All("hidden")
	c := issuing.Correction{Cause: issuing.Cause(v.Text("cause")), Reason: v.Text("reason"), Title: v.Text("title"), Kind: v.Text("kind"), CreatedOn: created}
	for i, name := range v.All("author") {
		a := issuing.Author{Name: strings.TrimSpace(name)}
		for _, h := range hidden {
			a.Hidden = a.Hidden || h == strconv.Itoa(i)
		}
		c.Authors = append(c.Authors, a)
	}
	request, err := uuid.Parse(v.Text("request"))
	if err != nil {
		request = uuid.Nil
	}
	return desk.Correct, "office.done.correct", s.Cases.Correct(v.UserContext(), v.me(), ref, entry, request, c)
}

// officeLetter reads a form with a letter and its files, and does something with it.
func (s *Server) officeLetter(a desk.Action, do func(*Visit, desk.Ref, filing.NewLetter, map[string]string) (done string, err error)) handler {
	return func(v *Visit) error {
		id, err := v.ID("id")
		if err != nil {
			return err
		}
		if _, _, err := s.Cases.Get(v.UserContext(), v.me(), id); err != nil {
			return err // before a file of somebody's is kept
		}
		l, fields, err := s.readLetter(v)
		done := ""
		if err == nil {
			done, err = do(v, seen(id, fields["version"]), l, fields)
		}
		if err != nil && fields != nil {
			return s.officeRefused(v, id, a, fields, err)
		}
		if err != nil {
			return err
		}
		v.Notice(done)
		s.stale()
		return v.Go(casePath(id, ""))
	}
}

// readLetter reads the fields of a letter and stores its files. Fields are nil when the form itself is broken.
func (s *Server) readLetter(v *Visit) (l filing.NewLetter, fields map[string]string, err error) {
	var wrong error
	fields, err = v.Upload(func(_, name string, file io.Reader, _ map[string]string) error {
		if name == "" || wrong != nil {
			return nil
		}
		stored, err := s.Filings.StoreFiles(v.UserContext(), []filing.Upload{{Filename: name, Content: file}})
		if err != nil && mendable(err) {
			wrong = err // what was typed behind it is read all the same
			return nil
		}
		l.Files = append(l.Files, stored...)
		return err
	})
	if err != nil {
		return l, nil, err
	}
	l.Text = fields["text"]
	return l, fields, wrong
}

func (s *Server) doAsk(v *Visit, ref desk.Ref, l filing.NewLetter, fields map[string]string) (string, error) {
	if fields["until"] != "" {
		until, ok := s.endOfDay(fields["until"])
		if !ok {
			return "", errOfficeDay
		}
		l.Until = until
	}
	return "office.done.ask", s.Cases.Ask(v.UserContext(), v.me(), ref, l)
}

func (s *Server) doWrite(v *Visit, ref desk.Ref, l filing.NewLetter, fields map[string]string) (string, error) {
	if id, err := uuid.Parse(fields["answers"]); err == nil {
		l.Answers, l.Closed = id, fields["closed"]
	}
	return "office.done.write", s.Cases.Write(v.UserContext(), v.me(), ref, l)
}

func (s *Server) doRefuse(v *Visit, ref desk.Ref, l filing.NewLetter, fields map[string]string) (string, error) {
	return "office.done.refuse", s.Cases.Refuse(v.UserContext(), v.me(), ref, fields["ground"], l)
}

// formNumber is a whole number of a form; -1 when it is none.
func formNumber(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return n
}

// seen is the case as the reader saw it. A form without the version has seen none at all: it is a conflict.
func seen(id uuid.UUID, version string) desk.Ref {
	ref := desk.Ref{ID: id, Version: formNumber(version)}
	if ref.Version < 1 {
		ref.Version = -1
	}
	return ref
}
