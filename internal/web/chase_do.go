package web

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

// What the office does about certificates that have not come: letters by hand, after it has read them; putting
// off; saying that none is to be expected.

// chaseAtMost bounds what one form is about.
const chaseAtMost = 2000

// subjectsOf reads what a form or an address is about; what is no subject is passed over.
func subjectsOf(texts []string) (list []chase.Subject) {
	for _, text := range texts {
		for _, one := range strings.Split(text, ",") {
			if x, err := chase.ParseSubject(one); err == nil && len(list) < chaseAtMost && !slices.Contains(list, x) {
				list = append(list, x)
			}
		}
	}
	return list
}

// chosen is what the address is about: the marked rows, or everything that the list finds.
func (s *Server) chosen(v *Visit) ([]chase.Subject, error) {
	if v.Query("all") == "" {
		return subjectsOf(v.Values()["id"]), nil
	}
	view, err := s.newChase(v)
	if err != nil {
		return nil, err
	}
	var list []chase.Subject
	for _, x := range view.Found[:min(len(view.Found), chaseAtMost)] {
		list = append(list, x.Subject)
	}
	return list, nil
}

// previewView is what the authors would get.
type previewView struct {
	chase.Preview
	Subjects []chase.Subject
	Shown    chase.Draft // whose letter is shown
	Lang     string
	Subject  string
	Text     string
	HTML     string
	Frame    string // address of the HTML
	Back     string
	Href     func(person string) string
	Wrong    string
}

func (s *Server) chasePreview(v *Visit) error {
	subjects, err := s.chosen(v)
	if err != nil {
		return err
	}
	return s.showPreview(v, subjects, nil)
}

func (s *Server) showPreview(v *Visit, subjects []chase.Subject, wrong error) error {
	view, err := s.newPreview(v, subjects)
	if err != nil {
		return err
	}
	if wrong != nil {
		view.Wrong = v.Error(wrong)
	}
	v.allowFrames()
	return v.Show(Page{Title: v.T("chase.preview.title"), Here: chasePath, Status: chaseStatus(wrong)}, chasePreviewPage(view))
}

// newPreview makes the letters that would go, and the one that is shown: the address's, else the first.
func (s *Server) newPreview(v *Visit, subjects []chase.Subject) (view previewView, err error) {
	q := v.Values()
	view = previewView{Subjects: subjects, Back: chaseBack(subjects)}
	view.Href = func(person string) string { return part.HrefWith(chasePath+"/remind", q, "show", person) }
	if view.Preview, err = s.Chase.Preview(v.UserContext(), subjects); err != nil || len(view.Drafts) == 0 {
		return view, err
	}
	view.Shown = view.Drafts[0]
	for _, d := range view.Drafts {
		if d.Person.Key == v.Query("show") {
			view.Shown = d
		}
	}
	letter, err := s.Chase.Letter(v.UserContext(), view.Shown)
	if err != nil && mendable(err) {
		view.Wrong = v.Error(err)
		return view, nil
	}
	if err != nil {
		return view, err
	}
	view.Lang, view.Subject, view.Text = letter.Lang, letter.Subject, letter.Text
	if s.Outbox == nil {
		return view, nil
	}
	made, err := s.Outbox.Preview(v.UserContext(), notify.Template{Sample: func(i18n.Lang) notify.Letter { return letter }}, i18n.Lang(letter.Lang))
	view.Text, view.HTML, view.Frame = made.Text, made.HTML, part.HrefWith(chasePath+"/letter", q, "show", view.Shown.Person.Key)
	return view, err
}

// chaseLetter is the shown letter as HTML, for the frame.
func (s *Server) chaseLetter(v *Visit) error {
	subjects, err := s.chosen(v)
	if err != nil {
		return err
	}
	view, err := s.newPreview(v, subjects)
	if err != nil {
		return err
	}
	if view.HTML == "" {
		return errNoPage
	}
	return v.sendLetter(view.HTML)
}

// chaseBack is the list that the subjects come from.
func chaseBack(subjects []chase.Subject) string {
	if len(subjects) > 0 && subjects[0].Kind == chase.Certificate {
		return chasePath + "?tab=never"
	}
	return chasePath
}

func refusedWords(v *Visit, err error) string {
	if err == nil {
		return ""
	}
	return v.Error(err)
}

func chaseStatus(err error) int {
	if err == nil {
		return fiber.StatusOK
	}
	return fiber.StatusUnprocessableEntity
}

func (s *Server) chaseRemind(v *Visit) error {
	subjects := subjectsOf(v.All("id"))
	sent, err := s.Chase.Remind(v.UserContext(), v.Who.Actor(), subjects)
	if err != nil && mendable(err) {
		return s.showPreview(v, subjects, err)
	}
	if err != nil {
		return err
	}
	v.Notice("chase.done.reminded", "Count", sent)
	return v.Go(chaseBack(subjects))
}

// markView is the form that says something of rows: that they are put off, or that nothing is to be expected.
type markView struct {
	Do       string
	Items    []chase.Item
	Subjects []chase.Subject
	Back     string
	Until    string
	Least    string
	Reason   string
	Note     string
	Wrong    string
	Field    string
}

const (
	doSnooze = "snooze"
	doNot    = "not_expected"
)

func (s *Server) showMark(v *Visit, do string, texts []string, wrong error) error {
	if do != doSnooze && do != doNot {
		return errNoPage
	}
	subjects := subjectsOf(texts)
	view := markView{Do: do, Subjects: subjects, Back: chaseBack(subjects), Until: v.Text("until"), Reason: v.Text("reason"), Note: v.Text("note"),
		Least: string(v.Today().AddDays(1)), Wrong: refusedWords(v, wrong), Field: chase.FieldOf(wrong)}
	if view.Until == "" {
		view.Until = string(v.Today().AddDays(30))
	}
	all, err := s.Chase.All(v.UserContext())
	if err != nil {
		return err
	}
	for _, x := range all {
		if slices.Contains(subjects, x.Subject) {
			view.Items = append(view.Items, x)
		}
	}
	title := v.T("chase.mark.title_off")
	if do == doNot {
		title = v.T("chase.mark.title_not")
	}
	return v.Show(Page{Title: title, Here: chasePath, Status: chaseStatus(wrong)}, chaseMarkPage(title, view))
}

func (s *Server) chaseMark(v *Visit) error {
	texts := v.All("id")
	subjects := subjectsOf(texts)
	var err error
	done, args := "chase.done.not_expected", []any{"Count", len(subjects)}
	switch v.Text("do") {
	case doSnooze:
		var until clock.Day
		if until, err = clock.ParseDay(v.Text("until")); err != nil {
			until = ""
		}
		done, args = "chase.done.snoozed", append(args, "Day", part.Day(v.Context(), until))
		err = s.Chase.Snooze(v.UserContext(), v.Who.Actor(), subjects, until)
	case doNot:
		err = s.Chase.NotExpect(v.UserContext(), v.Who.Actor(), subjects, v.Text("reason"), v.Text("note"))
	default:
		return errNoPage
	}
	if err != nil && mendable(err) {
		return s.showMark(v, v.Text("do"), texts, err)
	}
	if err != nil {
		return err
	}
	s.chased.forget()
	if ids := subjectList(subjects); len(ids) < 2000 { // what a cookie holds
		v.NoticeUndo(chasePath+"/expect", ids, done, args...)
	} else {
		v.Notice(done, args...)
	}
	return v.Go(chaseBack(subjects))
}

func subjectList(subjects []chase.Subject) string {
	var ids []string
	for _, x := range subjects {
		ids = append(ids, x.String())
	}
	return strings.Join(ids, ",")
}

func (s *Server) chaseExpect(v *Visit) error {
	subjects := subjectsOf(v.All("id"))
	if err := s.Chase.Expect(v.UserContext(), v.Who.Actor(), subjects); err != nil {
		return err
	}
	s.chased.forget()
	v.Notice("chase.done.expected", "Count", len(subjects))
	return v.Go(chaseBack(subjects))
}

// chaseHref is where a row's number leads; a head opens no application.
func chaseHref(v chaseView, x chase.Item) string {
	switch {
	case x.Kind == chase.Certificate:
		return "/certificates/" + x.ID.String()
	case !v.May:
		return ""
	case x.Filing != nil:
		return "/filings/" + x.Filing.String()
	}
	return "/applications/" + x.ID.String()
}

// authorNote is what is to be known of an author beside the name: the unit, or why no letter reaches them.
func authorNote(ctx context.Context, a chase.Author) string {
	switch {
	case a.Person == nil:
		return part.T(ctx, "chase.stranger")
	case a.Person.Why != "":
		return part.T(ctx, "chase.why."+a.Person.Why)
	}
	return a.Person.Department
}

func markFault(m markView, field string) string {
	if m.Field == field {
		return m.Wrong
	}
	return ""
}

func reasonOptions(ctx context.Context) (list []part.Option) {
	for _, r := range chase.Reasons {
		list = append(list, part.Option{Value: r, Text: part.T(ctx, "chase.reason."+r)})
	}
	return list
}
