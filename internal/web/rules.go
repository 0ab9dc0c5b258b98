package web

import (
	"slices"
	"strconv"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/kind"
	"kualik/internal/rating"
	"kualik/internal/web/part"
)

func (s *Server) mountRules() {
	if s.Rating == nil {
		return
	}
	s.get("/rating/rules", account.ChangeRules, s.rulesPage)
	s.post("/rating/rules", account.ChangeRules, s.saveRules)
}

// rulesView is the form of the rules with what was typed into it.
type rulesView struct {
	Base     int
	Rules    rating.Rules
	Kinds    []ruleKind
	Readings []part.ChoiceView
	People   []part.ChoiceView
	Note     string
	Problem  string
	Trial    []trialRow
	Tried    string // the period of the trial
	Versions []ruleVersion
	Title    string
	Lines    []rating.Line
}

type ruleKind struct {
	Code, Name, Points string
	Excluded           bool
}

type ruleVersion struct {
	Title, Note, When string
	Lines             []rating.Line
}

// trialRow is what a faculty would have under the rules on the page.
type trialRow struct {
	Name, Now, Then, Change string
	Total                   bool
}

func (s *Server) rulesPage(v *Visit) error {
	now, err := s.Rating.Rules(v.UserContext())
	if err != nil {
		return err
	}
	return s.showRules(v, rulesView{Base: now.Version, Rules: now.Rules}, 200)
}

// showRules completes the view of the form and answers.
func (s *Server) showRules(v *Visit, view rulesView, status int) error {
	now, err := s.Rating.Rules(v.UserContext())
	if err != nil {
		return err
	}
	view.Title, view.Lines = v.T("web.rules.now", "Version", now.Version), now.Rules.Words(v.Lang())
	for _, code := range kind.Codes {
		view.Kinds = append(view.Kinds, ruleKind{Code: code, Name: kindWords(v, code, code), Points: string(view.Rules.PointsByKind[code]),
			Excluded: slices.Contains(view.Rules.ExcludedKinds, code)})
	}
	box := func(name, value string, in []string) part.ChoiceView {
		return part.ChoiceView{Name: name, Value: value, Text: v.T("web.rules." + name + "." + value), On: slices.Contains(in, value)}
	}
	view.Readings = []part.ChoiceView{box("reading", rating.ReadingSure, view.Rules.Readings), box("reading", rating.ReadingConfirmed, view.Rules.Readings)}
	view.People = []part.ChoiceView{box("decision", rating.DecisionAuto, view.Rules.Decisions), box("decision", rating.DecisionConfirmed, view.Rules.Decisions)}
	versions, err := s.Rating.RuleSets(v.UserContext())
	if err != nil {
		return err
	}
	for _, r := range versions {
		author := r.Author
		view.Versions = append(view.Versions, ruleVersion{Title: v.T("web.rules.version", "Version", r.Version), Note: joinNonEmpty(" · ", author, r.Note),
			When: part.Moment(v.Context(), r.CreatedAt), Lines: r.Rules.Words(v.Lang())})
	}
	return v.Show(Page{Title: v.T("web.rules.title"), Here: "/rating", Status: status}, rulesPage(view))
}

// rulesOf reads the form.
func rulesOf(v *Visit) rating.Rules {
	r := rating.Rules{Points: rating.Decimal(v.Text("points")), PointsByKind: map[string]rating.Decimal{}, Split: rating.Split(v.Text("split")),
		Dating: rating.Dating(v.Text("dating")), EmployedOnDay: v.Text("employed") != "", Cap: rating.Decimal(v.Text("cap")),
		CapOrder: rating.CapOrder(v.Text("cap_order")), Readings: v.All("reading"), Decisions: v.All("decision")}
	for _, code := range kind.Codes {
		if p := v.Text("points." + code); p != "" {
			r.PointsByKind[code] = rating.Decimal(p)
		}
		if v.Text("excluded."+code) != "" {
			r.ExcludedKinds = append(r.ExcludedKinds, code)
		}
	}
	return r
}

func (s *Server) saveRules(v *Visit) error {
	base, err := strconv.Atoi(v.Text("base"))
	if err != nil {
		return errNoPage
	}
	view := rulesView{Base: base, Rules: rulesOf(v), Note: v.Text("note")}
	if err := view.Rules.Validate(); err != nil {
		view.Problem = v.Error(err)
		return s.showRules(v, view, statusOf[fault.KindOf(err)])
	}
	if v.Text("do") == "try" {
		if err := s.tryRules(v, &view); err != nil {
			return err
		}
		return s.showRules(v, view, 200)
	}
	set, err := s.Rating.SaveRules(v.UserContext(), v.Who.Actor(), view.Rules, view.Note, base)
	if err != nil {
		if !mendable(err) {
			return err
		}
		view.Problem = v.Error(err)
		return s.showRules(v, view, statusOf[fault.KindOf(err)])
	}
	v.Notice("web.rules.saved", "Version", set.Version)
	return v.Go("/rating/rules")
}

// tryRules counts the last whole academic year both ways.
func (s *Server) tryRules(v *Visit, view *rulesView) error {
	p, err := s.Rating.Period("last_academic_year")
	if err != nil {
		return err
	}
	nowSnap, err := s.Rating.Current(v.UserContext(), p)
	if err != nil {
		return err
	}
	thenSnap, err := s.Rating.Trial(v.UserContext(), p, view.Rules)
	if err != nil {
		return err
	}
	now, then := rating.Compute(nowSnap), rating.Compute(thenSnap)
	view.Tried = p.Name(v.Lang())
	points := map[string]rating.Sum{}
	names := []string{}
	for _, f := range now.Faculties {
		points[f.Faculty] = f.Sum
		names = append(names, f.Faculty)
	}
	after := map[string]rating.Sum{}
	for _, f := range then.Faculties {
		after[f.Faculty] = f.Sum
		if _, ok := points[f.Faculty]; !ok {
			names = append(names, f.Faculty)
		}
	}
	for _, n := range names {
		view.Trial = append(view.Trial, trialRowOf(v, orDash(n), points[n], after[n]))
	}
	total := trialRowOf(v, v.T("web.rating.university"), now.Total, then.Total)
	total.Total = true
	view.Trial = append(view.Trial, total)
	return nil
}

func trialRowOf(v *Visit, name string, now, then rating.Sum) trialRow {
	a, b := 0.0, 0.0
	if now.Points != nil {
		a = rating.Float(now.Points)
	}
	if then.Points != nil {
		b = rating.Float(then.Points)
	}
	row := trialRow{Name: name, Now: part.Dec(v.Context(), a, 1), Then: part.Dec(v.Context(), b, 1)}
	switch {
	case b > a:
		row.Change = "+" + part.Dec(v.Context(), b-a, 1)
	case b < a:
		row.Change = "−" + part.Dec(v.Context(), a-b, 1)
	}
	return row
}
