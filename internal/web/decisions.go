package web

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/kind"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

// The decisions of the desk. Each is a form with the version of the case that its reader saw.

func (s *Server) mountDecisions() {
	for name, do := range map[string]decision{
		"accept": (*Server).accept, "none": (*Server).noApplication, "refuse": (*Server).refuse, "person": (*Server).linkPerson,
		"confirm": (*Server).confirmReading, "not-ours": (*Server).notOurs, "not-certificate": (*Server).notCertificate,
		"same": (*Server).sameAs, "fields": (*Server).correct,
	} {
		s.post(deskPath+"/:id/"+name, account.Review, func(v *Visit) error { return s.decide(v, do) })
	}
	s.mountSaid()
	s.post(deskPath+"/:id/later", account.Review, s.later)
	s.post(deskPath+"/:id/close", account.Review, s.closeMessage)
}

type decision func(s *Server, v *Visit, ref review.Ref) (review.Done, error)

// decide makes a decision and goes on to the next case, or shows what happened meanwhile.
func (s *Server) decide(v *Visit, do decision) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(v.Text("version"))
	if err != nil {
		return errNoPage
	}
	done, err := do(s, v, review.Ref{ID: id, Version: version})
	if fault.Is(err, fault.Conflict) {
		return s.conflict(v, id, version, err)
	}
	if err != nil && mendable(err) {
		return s.showCase(v, id, statusOf[fault.KindOf(err)], func(c *caseView) { c.Problem = v.Error(err); c.Fields = typedFields(v) })
	}
	if err != nil {
		return err
	}
	s.stale()
	c, err := registry.Get(v.UserContext(), s.Pool, id)
	if err != nil {
		return err
	}
	v.NoticeUndo(deskPath+"/undo", done.ID.String(), "web.decided."+done.Action, "Number", numero(c.Number))
	return s.goOn(v, id)
}

// goOn stays at a case that still asks something, else opens the one that followed it.
func (s *Server) goOn(v *Visit, id uuid.UUID) error {
	items, err := s.Desk.Queue(v.UserContext(), filterOfDesk(v))
	if err != nil {
		return err
	}
	next, err := uuid.Parse(v.Text("next"))
	is := func(want uuid.UUID) bool {
		return slices.ContainsFunc(items, func(i review.Item) bool { return i.ID == want })
	}
	query := deskView{Filter: filterOfDesk(v)}.query()
	switch {
	case is(id):
		return v.Go(deskPath + "/" + id.String() + query)
	case err == nil && is(next):
		return v.Go(deskPath + "/" + next.String() + query)
	case len(items) > 0:
		return v.Go(deskPath + "/" + items[0].ID.String() + query)
	}
	return v.Go(deskPath + query)
}

func (s *Server) accept(v *Visit, ref review.Ref) (review.Done, error) {
	application, err := uuid.Parse(v.Text("application"))
	if err != nil {
		return review.Done{}, fault.New(fault.Invalid, "desk.error.choose_application")
	}
	return s.Desk.Accept(v.UserContext(), v.Who.Actor(), ref, application)
}

func (s *Server) refuse(v *Visit, ref review.Ref) (review.Done, error) {
	application, err := uuid.Parse(v.Text("application"))
	if err != nil {
		return review.Done{}, fault.New(fault.Invalid, "desk.error.choose_application")
	}
	return s.Desk.Refuse(v.UserContext(), v.Who.Actor(), ref, application)
}

func (s *Server) noApplication(v *Visit, ref review.Ref) (review.Done, error) {
	return s.Desk.NoApplication(v.UserContext(), v.Who.Actor(), ref)
}

// nobody is the answer "not one of the staff" in the form about a person.
const nobody = "none"

func (s *Server) linkPerson(v *Visit, ref review.Ref) (review.Done, error) {
	position, err := strconv.Atoi(v.Text("position"))
	if err != nil {
		return review.Done{}, errNoPage
	}
	if v.Text("staff") == nobody {
		return s.Desk.LinkPerson(v.UserContext(), v.Who.Actor(), ref, position, nil)
	}
	staff, err := uuid.Parse(v.Text("staff"))
	if err != nil {
		return review.Done{}, fault.New(fault.Invalid, "desk.error.choose_person")
	}
	return s.Desk.LinkPerson(v.UserContext(), v.Who.Actor(), ref, position, &staff)
}

func (s *Server) confirmReading(v *Visit, ref review.Ref) (review.Done, error) {
	return s.Desk.ConfirmReading(v.UserContext(), v.Who.Actor(), ref)
}

func (s *Server) notOurs(v *Visit, ref review.Ref) (review.Done, error) {
	return s.Desk.NotOurs(v.UserContext(), v.Who.Actor(), ref)
}

func (s *Server) notCertificate(v *Visit, ref review.Ref) (review.Done, error) {
	return s.Desk.NotCertificate(v.UserContext(), v.Who.Actor(), ref)
}

func (s *Server) sameAs(v *Visit, ref review.Ref) (review.Done, error) {
	other, err := uuid.Parse(v.Text("other"))
	if err != nil {
		return review.Done{}, fault.New(fault.Invalid, "desk.error.choose_certificate")
	}
	return s.Desk.SameAs(v.UserContext(), v.Who.Actor(), ref, other)
}

// fieldsForm is the form of a certificate's fields as it was typed.
type fieldsForm struct {
	Number, RegisteredOn, CreatedOn, Kind, KindText, Title, TitleKK, Authors, URL, Why string
	Problems                                                                           map[string]string
}

func fieldsOf(c registry.Certificate) fieldsForm {
	f := c.Fields()
	return fieldsForm{Number: f.Number, RegisteredOn: string(f.RegisteredOn), CreatedOn: string(f.CreatedOn), Kind: f.Kind, KindText: f.KindText,
		Title: f.Title, TitleKK: f.TitleKK, Authors: strings.Join(f.Authors, "\n"), URL: f.VerificationURL}
}

func typedFields(v *Visit) fieldsForm {
	return fieldsForm{Number: v.Text("number"), RegisteredOn: v.Text("registered_on"), CreatedOn: v.Text("created_on"), Kind: v.Text("kind"),
		KindText: v.Text("kind_text"), Title: v.Text("title"), TitleKK: v.Text("title_kk"), Authors: v.Text("authors"), URL: v.Text("verification_url"), Why: v.Text("why")}
}

// fields reads the form; the first thing that is wrong is a fault.
func (f fieldsForm) fields() (certificate.Fields, error) {
	out := certificate.Fields{Number: f.Number, Kind: f.Kind, KindText: f.KindText, Title: f.Title, TitleKK: f.TitleKK, VerificationURL: f.URL}
	var err error
	if out.RegisteredOn, err = typedDay(f.RegisteredOn); err != nil {
		return out, err
	}
	if out.CreatedOn, err = typedDay(f.CreatedOn); err != nil {
		return out, err
	}
	if out.KindText == "" && out.Kind != "" {
		out.KindText = kind.Name("ru", out.Kind)
	}
	for line := range strings.Lines(f.Authors) {
		if name := strings.Join(strings.Fields(line), " "); name != "" {
			out.Authors = append(out.Authors, name)
		}
	}
	return out, nil
}

// typedDay reads a day as a date field sends it, or as people write it.
func typedDay(text string) (clock.Day, error) {
	if t, err := time.Parse("02.01.2006", text); err == nil {
		return clock.Day(t.Format(time.DateOnly)), nil
	}
	d, err := clock.ParseDay(text)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "desk.error.day", "Value", text)
	}
	return d, nil
}

func (s *Server) correct(v *Visit, ref review.Ref) (review.Done, error) {
	fields, err := typedFields(v).fields()
	if err != nil {
		return review.Done{}, err
	}
	return s.Desk.Correct(v.UserContext(), v.Who.Actor(), ref, fields, v.Text("why"))
}

// later puts a case off until tomorrow.
func (s *Server) later(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Desk.Later(v.UserContext(), v.Who.Actor(), v.Who.ID, id); err != nil {
		return err
	}
	s.stale()
	v.Notice("web.decided.later")
	return s.goOn(v, id)
}

// closeMessage says that a quarantined message holds nothing.
func (s *Server) closeMessage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	err = s.Desk.CloseMessage(v.UserContext(), v.Who.Actor(), id)
	if fault.Is(err, fault.Conflict) {
		v.Notice("web.decided.message_gone")
		return v.Go("/mail/" + id.String())
	}
	if err != nil {
		return err
	}
	s.stale()
	v.Notice("web.decided.close_message")
	return s.goOn(v, id)
}

// undoDecision takes one decision back and opens its case.
func (s *Server) undoDecision(v *Visit) error {
	id, err := uuid.Parse(v.Text("id"))
	if err != nil {
		return errNoPage
	}
	return s.undo(v, id)
}

// undoLast takes the reader's own last decision back.
func (s *Server) undoLast(v *Visit) error {
	done, err := s.Desk.LastDecision(v.UserContext(), v.Who.Actor())
	if fault.Is(err, fault.NotFound) {
		v.Notice("web.decided.nothing_to_undo")
		return v.Go(deskPath)
	}
	if err != nil {
		return err
	}
	return s.undo(v, done.ID)
}

func (s *Server) undo(v *Visit, decision uuid.UUID) error {
	id, err := s.Desk.Undo(v.UserContext(), v.Who.Actor(), decision)
	var f *fault.Error
	if fault.Is(err, fault.Conflict) && errors.As(err, &f) {
		v.Notice("web.decided.undo_late")
		return v.Go("/certificates/" + id.String())
	}
	if err != nil {
		return err
	}
	s.stale()
	v.Notice("web.decided.undone")
	return v.Go(deskPath + "/" + id.String())
}

// conflictView shows both versions: what the reader wanted, and what is there now.
type conflictView struct {
	Fact   string // who decided what
	Mine   []part.Fact
	Theirs []part.Fact
	Action string // the same form again
	Fields []part.Link
	Case   string
}

// conflict answers a decision on a case that has changed: nothing is lost, the reader chooses.
func (s *Server) conflict(v *Visit, id uuid.UUID, seen int, cause error) error {
	ctx := v.UserContext()
	c, err := s.Desk.Case(ctx, id)
	if err != nil {
		return err
	}
	if c.Version == seen {
		// Not an older version but a rule that forbids it: the form says so.
		return s.showCase(v, id, statusOf[fault.Conflict], func(c *caseView) { c.Problem = v.Error(cause); c.Fields = typedFields(v) })
	}
	page := v.Context()
	name := v.Path()[strings.LastIndex(v.Path(), "/")+1:]
	view := conflictView{Fact: v.Error(cause), Action: v.Path(), Case: deskPath + "/" + id.String(), Mine: mineOf(v, c, name),
		Theirs: theirsOf(page, c)}
	v.Request().PostArgs().VisitAll(func(key, value []byte) {
		if k := string(key); k != "csrf" && k != "version" {
			view.Fields = append(view.Fields, part.Link{Text: k, Href: string(value)})
		}
	})
	view.Fields = append(view.Fields, part.Link{Text: "version", Href: strconv.Itoa(c.Version)})
	return v.Show(Page{Title: v.T("desk.conflict.title"), Here: deskPath, Status: statusOf[fault.Conflict]}, conflictPage(view))
}

// mineOf says what the reader wanted to do.
func mineOf(v *Visit, c review.Case, name string) []part.Fact {
	facts := []part.Fact{{Name: v.T("desk.conflict.decision"), Text: v.T("desk.conflict.do." + name)}}
	if id, err := uuid.Parse(v.Text("application")); err == nil {
		if f, ok := c.Applications[id]; ok {
			facts = append(facts, part.Fact{Name: v.T("desk.question.application"), Text: numero(f.ApplicationRef) + " " + f.Title})
		}
	}
	if id, err := uuid.Parse(v.Text("staff")); err == nil {
		if p, ok := c.People[id]; ok {
			facts = append(facts, part.Fact{Name: v.T("desk.question.people"), Text: p.Name})
		}
	}
	if name == "fields" {
		typed, now := typedFields(v), fieldsOf(c.Certificate)
		for _, f := range []struct{ key, mine, theirs string }{
			{"number", typed.Number, now.Number}, {"registered_on", typed.RegisteredOn, now.RegisteredOn}, {"created_on", typed.CreatedOn, now.CreatedOn},
			{"title", typed.Title, now.Title}, {"authors", typed.Authors, now.Authors},
		} {
			if f.mine != f.theirs {
				facts = append(facts, part.Fact{Name: v.T("desk.field." + f.key), Text: f.mine})
			}
		}
	}
	return facts
}

// theirsOf says what is decided now.
func theirsOf(ctx context.Context, c review.Case) []part.Fact {
	facts := []part.Fact{{Name: part.T(ctx, "desk.question.reading"), Text: part.T(ctx, "desk.reading."+string(c.Reading))}}
	application := part.T(ctx, "desk.application."+string(c.ApplicationDecision))
	if c.ApplicationID != nil {
		if f, ok := c.Applications[*c.ApplicationID]; ok {
			application += ", " + numero(f.ApplicationRef) + " " + f.Title
		}
	}
	facts = append(facts, part.Fact{Name: part.T(ctx, "desk.question.application"), Text: application})
	for _, a := range c.Authors {
		who := part.T(ctx, "desk.author."+string(a.Decision))
		if a.StaffID != nil {
			if p, ok := c.People[*a.StaffID]; ok {
				who = p.Name + ", " + who
			}
		}
		facts = append(facts, part.Fact{Name: titleCase(a.Name), Text: who})
	}
	return append(facts, part.Fact{Name: part.T(ctx, "desk.field.title"), Text: c.Title})
}
