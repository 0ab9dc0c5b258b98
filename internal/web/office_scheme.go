package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/desk/pattern"
	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
	"kualik/internal/i18n"
	"kualik/internal/web/part"
)

// Schemes of steps: what stands above every application. One is never changed; a copy is, and put in force.

func (s *Server) mountOfficeSchemes() {
	s.get(officePath+"/schemes", account.ChangeDesk, s.officeSchemes)
	s.get(officePath+"/schemes/new", account.ChangeDesk, s.officeNewScheme)
	s.post(officePath+"/schemes/new", account.ChangeDesk, s.officeAddScheme)
	s.post(officePath+"/schemes/:version/force", account.ChangeDesk, s.officeForceScheme)
}

func (s *Server) officeSchemes(v *Visit) error {
	list, err := scheme.List(v.UserContext(), s.Pool)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("office.schemes.title"), Here: officePath}, officeSchemesPage(list))
}

// schemeForm is a scheme as it is typed: a line for each step, and empty ones for more.
type schemeForm struct {
	Name    string
	From    int
	Steps   []stepForm
	Problem string
}

type stepForm struct {
	Code, Turn, Days, Words string
	Name, Note, Said        map[i18n.Lang]string
}

// moreSteps is how many empty lines a form offers.
const moreSteps = 2

func (s *Server) officeNewScheme(v *Visit) error {
	version, err := strconv.Atoi(v.Query("from"))
	var from scheme.Scheme
	if err != nil {
		from, err = scheme.InForce(v.UserContext(), s.Pool)
	} else {
		from, err = scheme.Get(v.UserContext(), s.Pool, version)
	}
	if err != nil {
		return err
	}
	form := schemeForm{From: from.Version}
	for _, st := range from.Steps {
		form.Steps = append(form.Steps, stepForm{st.Code, st.Turn, strconv.Itoa(st.Days), strings.Join(st.Words, "\n"), st.Name, st.Note, st.Said})
	}
	return s.showScheme(v, form, 0)
}

func (s *Server) showScheme(v *Visit, form schemeForm, status int) error {
	for range moreSteps {
		form.Steps = append(form.Steps, stepForm{Turn: scheme.Registrar})
	}
	return v.Show(Page{Title: v.T("office.schemes.new"), Here: officePath, Status: status}, officeSchemePage(form))
}

// typedScheme reads the form. A line without a code is none; the number of a line says where it stands.
func (v *Visit) typedScheme() (form schemeForm, sc scheme.Scheme) {
	form.Name, form.From = v.Text("name"), formNumber(v.Text("from"))
	type placed struct {
		at int
		stepForm
	}
	var lines []placed
	for i, code := range v.All("code") {
		n := func(name string) string { return v.Text(fmt.Sprintf("%s-%d", name, i)) }
		if strings.TrimSpace(code) == "" {
			continue
		}
		f := stepForm{Code: strings.TrimSpace(code), Turn: n("turn"), Days: n("days"), Words: v.FormValue(fmt.Sprintf("words-%d", i)), Name: map[i18n.Lang]string{}, Note: map[i18n.Lang]string{}, Said: map[i18n.Lang]string{}}
		for _, l := range i18n.All {
			f.Name[l], f.Note[l], f.Said[l] = n("name-"+string(l)), n("note-"+string(l)), n("said-"+string(l))
		}
		at := formNumber(n("at"))
		if at < 1 {
			at = len(lines) + 1
		}
		lines = append(lines, placed{at, f})
	}
	slices.SortStableFunc(lines, func(a, b placed) int { return a.at - b.at })
	sc.Name = form.Name
	for _, l := range lines {
		form.Steps = append(form.Steps, l.stepForm)
		sc.Steps = append(sc.Steps, scheme.Step{Code: l.Code, Name: l.Name, Note: l.Note, Said: l.Said, Days: formNumber(l.Days), Turn: l.Turn, Words: pattern.Lines(l.Words)})
	}
	return form, sc
}

func (s *Server) officeAddScheme(v *Visit) error {
	form, sc := v.typedScheme()
	sc.Author, sc.CreatedAt = v.Who.Name, s.Clock.Now()
	err := pgx.BeginFunc(v.UserContext(), s.Pool, func(tx pgx.Tx) error {
		version, err := scheme.Add(v.UserContext(), tx, sc)
		if err != nil {
			return err
		}
		return audit.Record(v.UserContext(), tx, audit.Entry{At: s.Clock.Now(), Actor: v.Who.Actor(), Action: "desk.scheme", SubjectKind: "scheme", SubjectID: strconv.Itoa(version)})
	})
	if err != nil {
		if !mendable(err) {
			return err
		}
		form.Problem = v.Error(err)
		return s.showScheme(v, form, statusOf[fault.KindOf(err)])
	}
	v.Notice("office.done.scheme")
	return v.Go(officePath + "/schemes")
}

func (s *Server) officeForceScheme(v *Visit) error {
	version, err := strconv.Atoi(v.Params("version"))
	if err != nil {
		return errNoPage
	}
	err = pgx.BeginFunc(v.UserContext(), s.Pool, func(tx pgx.Tx) error {
		if err := scheme.PutInForce(v.UserContext(), tx, version); err != nil {
			return err
		}
		return audit.Record(v.UserContext(), tx, audit.Entry{At: s.Clock.Now(), Actor: v.Who.Actor(), Action: "desk.scheme_in_force", SubjectKind: "scheme", SubjectID: strconv.Itoa(version)})
	})
	if err != nil {
		return err
	}
	v.Notice("office.done.scheme_in_force")
	return v.Go(officePath + "/schemes")
}

func turnOptions(ctx context.Context) (out []part.Option) {
	for _, t := range scheme.Turns {
		out = append(out, part.Option{Value: t, Text: part.T(ctx, "office.turn."+turnKey(t))})
	}
	return out
}

// turnKey is the word for who acts: the applicant's side has one here.
func turnKey(turn string) string {
	if turn == scheme.Filer {
		return "applicant"
	}
	return turn
}

// schemeSteps are the steps of a scheme in words.
func schemeSteps(ctx context.Context, sc scheme.Scheme) (out []part.Step) {
	for _, st := range sc.Steps {
		note := part.T(ctx, "office.turn."+turnKey(st.Turn))
		if st.Days > 0 {
			note = joinNonEmpty(", ", note, part.T(ctx, "office.days", "Count", st.Days))
		}
		out = append(out, part.Step{Title: st.In(part.From(ctx).Lang), Note: joinNonEmpty(" · ", note, st.SaidIn(part.From(ctx).Lang))})
	}
	return out
}

func schemeNote(ctx context.Context, sc scheme.Scheme) string {
	by := part.T(ctx, "office.pattern.came")
	if sc.Author != "" {
		by = joinNonEmpty(", ", titleCase(sc.Author), part.ShortMoment(ctx, sc.CreatedAt))
	}
	return by
}

func stepTitle(ctx context.Context, i int, st stepForm) string {
	if st.Code == "" {
		return part.T(ctx, "office.schemes.more")
	}
	return strconv.Itoa(i+1) + ". " + st.Name[part.From(ctx).Lang]
}
