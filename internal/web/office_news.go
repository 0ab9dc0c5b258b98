package web

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/desk"
	"kualik/internal/desk/pattern"
	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
	"kualik/internal/message"
	"kualik/internal/web/part"
)

// News of applications by the institute's mails, the patterns by which they are known, and the page to try one.

func (s *Server) mountOfficeNews() {
	s.get(officePath+"/news", account.RecordSteps, s.officeNews)
	s.get(officePath+"/news/:id", account.RecordSteps, s.officeNewsOne)
	s.post(officePath+"/news/:id/apply", account.RecordSteps, s.officeApplyNews)
	s.post(officePath+"/news/:id/dismiss", account.RecordSteps, s.officeDismissNews)
	s.get(officePath+"/try", account.RecordSteps, s.officeTryPage)
	s.post(officePath+"/try", account.RecordSteps, s.officeTry)
	s.get(officePath+"/patterns/new", account.ChangeDesk, s.officePattern)
	s.get(officePath+"/patterns/:id", account.ChangeDesk, s.officePattern)
	s.post(officePath+"/patterns/:id", account.ChangeDesk, s.officeSavePattern)
	s.post(officePath+"/patterns/:id/try", account.ChangeDesk, s.officeTryPattern)
}

func newsPath(id uuid.UUID) string { return officePath + "/news/" + id.String() }

// officeNewsView is the list of news with the patterns.
type officeNewsView struct {
	Rows     []desk.News
	All      bool
	Waiting  int
	Patterns []desk.Pattern
	Changes  bool // the reader may change patterns
	Next     string
}

const newsPerPage = 50

func (s *Server) officeNews(v *Visit) error {
	ctx := v.UserContext()
	view := officeNewsView{All: v.Query("all") != "", Changes: v.Who.Can(account.ChangeDesk)}
	var err error
	if view.Rows, err = s.Cases.ListNews(ctx, v.me(), view.All, uuid.Nil, newsPerPage+1, (v.PageNo()-1)*newsPerPage); err != nil {
		return err
	}
	if len(view.Rows) > newsPerPage {
		view.Rows = view.Rows[:newsPerPage]
		view.Next = part.HrefWith(officePath+"/news", v.Values(), "page", part.Plain(v.PageNo()+1))
	}
	counts, err := s.Cases.Counts(ctx, v.me())
	if err != nil {
		return err
	}
	view.Waiting = counts.News
	if view.Patterns, err = s.Cases.Patterns(ctx); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("office.news.title"), Here: officePath}, officeNewsPage(view))
}

// officeNewsOneView is one mail with what was found in it, and the form by which a person takes it over.
type officeNewsOneView struct {
	desk.News
	Text    string
	Values  recordValues
	Number  string
	Scheme  scheme.Scheme
	Problem string
}

func (s *Server) officeNewsOne(v *Visit) error {
	view, err := s.readNews(v)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("office.news.one"), Here: officePath}, officeNewsOnePage(view))
}

func (s *Server) readNews(v *Visit) (view officeNewsOneView, err error) {
	id, err := v.ID("id")
	if err != nil {
		return view, err
	}
	ctx := v.UserContext()
	if view.News, err = s.Cases.NewsOf(ctx, v.me(), id); err != nil {
		return view, err
	}
	if view.Scheme, err = scheme.InForce(ctx, s.Pool); err != nil {
		return view, err
	}
	if view.Text, err = s.mailText(ctx, id); err != nil {
		return view, err
	}
	if view.Text == "" {
		view.Text = view.Excerpt
	}
	f := view.Found
	view.Number = view.News.Number
	if view.Number == "" {
		view.Number, _ = f.One(pattern.Ref)
	}
	view.Values.Words, _ = f.One(pattern.StepWords)
	view.Values.RegistryNo, _ = f.One(pattern.RegistryNo)
	view.Values.CertificateNo, _ = f.One(pattern.CertificateNo)
	view.Values.On = foundDay(v.Context(), f, pattern.Date)
	view.Values.CertificateOn = foundDay(v.Context(), f, pattern.CertificateDate)
	return view, nil
}

func foundDay(ctx context.Context, f pattern.Found, group string) string {
	d, ok := f.Day(group)
	if !ok || d == "" {
		return ""
	}
	return part.Day(ctx, d)
}

// mailText is the text of a stored mail; empty when its bytes cannot be had here.
func (s *Server) mailText(ctx context.Context, id uuid.UUID) (string, error) {
	var sha string
	if err := s.Pool.QueryRow(ctx, `SELECT sha256 FROM message WHERE id = $1`, id).Scan(&sha); err != nil {
		return "", err
	}
	if s.Blobs == nil {
		return "", nil
	}
	raw, err := blob.ReadAll(ctx, s.Blobs, sha, message.MaxSize)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return "", nil
		}
		return "", err
	}
	return message.Read(raw).Text, nil
}

func (s *Server) officeApplyNews(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	f, err := v.fact()
	number := v.Text("number")
	var filing uuid.UUID
	if err == nil {
		filing, _, err = s.Cases.Decide(v.UserContext(), v.me(), id, number, f)
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		view, again := s.readNews(v)
		if again != nil {
			return again
		}
		view.Problem, view.Number = v.Error(err), number
		view.Values = recordValues{v.Text("step"), v.Text("words"), v.Text("on"), v.Text("cabinet_no"), v.Text("registry_no"), v.Text("certificate_no"), v.Text("certificate_on"), v.Text("note")}
		return v.Show(Page{Title: v.T("office.news.one"), Here: officePath, Status: statusOf[fault.KindOf(err)]}, officeNewsOnePage(view))
	}
	v.Notice("office.done.record")
	return v.Go(casePath(filing, ""))
}

func (s *Server) officeDismissNews(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Cases.Dismiss(v.UserContext(), v.me(), id); err != nil {
		return err
	}
	v.Notice("office.done.dismiss")
	return v.Go(officePath + "/news")
}

// tryView is a mail that is tried, and what it would do.
type tryView struct {
	Subject, Text string
	Tried         *desk.Tried
	Cause         string // why it would be refused
	Scheme        scheme.Scheme
	Problem       string
}

// sample is the mail of a form: a raw one is taken apart first.
func sample(subject, text string) (string, string) {
	head, _, _ := strings.Cut(text, "\n\n")
	if subject == "" && strings.Contains(strings.ToLower(head), "subject:") && strings.Contains(strings.ToLower(head), "from:") {
		m := message.Read([]byte(text))
		return m.Subject, m.Text
	}
	return subject, text
}

func (s *Server) tried(v *Visit, subject, text string, draft *desk.Pattern) (tryView, error) {
	view := tryView{Subject: subject, Text: text}
	var err error
	if view.Scheme, err = scheme.InForce(v.UserContext(), s.Pool); err != nil {
		return view, err
	}
	if strings.TrimSpace(text) == "" {
		view.Problem = v.T("office.try.no_text")
		return view, nil
	}
	subject, text = sample(subject, text)
	t, err := s.Cases.Try(v.UserContext(), subject, text, draft)
	if err != nil {
		return view, err
	}
	view.Tried = &t
	if t.Cause != nil {
		view.Cause = v.Error(t.Cause)
	}
	return view, nil
}

func (s *Server) officeTryPage(v *Visit) error {
	view := tryView{}
	if id, err := uuid.Parse(v.Query("mail")); err == nil {
		n, err := s.Cases.NewsOf(v.UserContext(), v.me(), id)
		if err != nil {
			return err
		}
		text, err := s.mailText(v.UserContext(), id)
		if err != nil {
			return err
		}
		if view, err = s.tried(v, n.Subject, text, nil); err != nil {
			return err
		}
	}
	return v.Show(Page{Title: v.T("office.try.title"), Here: officePath}, officeTryForm(view))
}

func (s *Server) officeTry(v *Visit) error {
	view, err := s.tried(v, v.Text("subject"), v.FormValue("text"), nil)
	if err != nil {
		return err
	}
	status := 0
	if view.Problem != "" {
		status = 422
	}
	return v.Show(Page{Title: v.T("office.try.title"), Here: officePath, Status: status}, officeTryForm(view))
}

// patternView is a pattern in its form, with the mail on which it is tried.
type patternView struct {
	desk.Pattern
	New     bool
	Body    string // as typed
	Problem string
	Try     tryView
}

func (s *Server) officePattern(v *Visit) error {
	view := patternView{New: true, Pattern: desk.Pattern{Kind: pattern.Step, Priority: 60, Enabled: true}}
	if v.Params("id") != "" {
		id, err := v.ID("id")
		if err != nil {
			return err
		}
		p, err := s.Cases.PatternOf(v.UserContext(), id)
		if err != nil {
			return err
		}
		view = patternView{Pattern: p, Body: strings.Join(p.Body, "\n")}
	}
	return s.showPattern(v, view, 0)
}

func (s *Server) showPattern(v *Visit, view patternView, status int) error {
	return v.Show(Page{Title: v.T("office.pattern.title"), Here: officePath, Status: status}, officePatternPage(view))
}

// typedPattern is the pattern of the form.
func (v *Visit) typedPattern() (view patternView, err error) {
	view.Body = v.FormValue("body")
	view.Pattern = desk.Pattern{Name: v.Text("name"), Kind: pattern.Kind(v.Text("kind")), Subject: v.Text("subject_re"), Body: pattern.Lines(view.Body),
		Priority: formNumber(v.Text("priority")), Enabled: v.Text("enabled") != "", Version: max(formNumber(v.Text("version")), 0)}
	view.Try = tryView{Subject: v.Text("subject"), Text: v.FormValue("text")}
	if v.Params("id") == "new" {
		view.New = true
		return view, nil
	}
	view.ID, err = v.ID("id")
	return view, err
}

func (s *Server) officeSavePattern(v *Visit) error {
	view, err := v.typedPattern()
	if err != nil {
		return err
	}
	if !view.New {
		if _, err := s.Cases.PatternOf(v.UserContext(), view.ID); err != nil {
			return err
		}
	}
	if _, err := s.Cases.SavePattern(v.UserContext(), v.me(), view.Pattern); err != nil {
		if !mendable(err) {
			return err
		}
		view.Problem = v.Error(err)
		return s.showPattern(v, view, statusOf[fault.KindOf(err)])
	}
	v.Notice("office.done.pattern")
	return v.Go(officePath + "/news")
}

func (s *Server) officeTryPattern(v *Visit) error {
	view, err := v.typedPattern()
	if err != nil {
		return err
	}
	view.Try, err = s.tried(v, view.Try.Subject, view.Try.Text, &view.Pattern)
	if err != nil {
		if !mendable(err) {
			return err
		}
		view.Problem = v.Error(err)
		return s.showPattern(v, view, statusOf[fault.KindOf(err)])
	}
	return s.showPattern(v, view, 0)
}

func newsChip(outcome string) string {
	switch outcome {
	case desk.NewsApplied:
		return "auto"
	case desk.NewsDecided:
		return "confirmed"
	case desk.NewsWaiting:
		return "review"
	}
	return "none"
}

func newsKinds(ctx context.Context) (out []part.Option) {
	for _, k := range pattern.Kinds {
		out = append(out, part.Option{Value: string(k), Text: part.T(ctx, "office.kind."+string(k))})
	}
	return out
}

// foundFacts are what was found, group by group.
func foundFacts(ctx context.Context, f pattern.Found) (out []part.Fact) {
	for _, g := range pattern.Groups {
		if len(f[g]) > 0 {
			out = append(out, part.Fact{Name: part.T(ctx, "office.group."+g), Text: strings.Join(f[g], " · ")})
		}
	}
	return out
}

// triedWords say what a mail would do.
func triedWords(ctx context.Context, t tryView) (kind, fact, next string) {
	switch {
	case !t.Tried.Known:
		return "info", part.T(ctx, "office.try.unknown"), part.T(ctx, "office.try.unknown_next")
	case t.Tried.Why != "":
		return "warn", part.T(ctx, "office.try.waits"), joinNonEmpty(" ", part.T(ctx, "office.why_waits."+t.Tried.Why), t.Cause)
	case len(t.Tried.Changes) == 0:
		return "info", part.T(ctx, "office.try.known"), ""
	}
	var list []string
	for _, c := range t.Tried.Changes {
		list = append(list, changeWords(ctx, t.Scheme, c))
	}
	return "ok", part.T(ctx, "office.try.moves"), strings.Join(list, "; ")
}

func foundLine(f pattern.Found) string {
	var list []string
	for _, g := range []string{pattern.Ref, pattern.RegistryNo, pattern.StepWords, pattern.CertificateNo} {
		list = append(list, f[g]...)
	}
	return strings.Join(list, " · ")
}

func patternVersion(ctx context.Context, p desk.Pattern) string {
	if p.By == "" {
		return part.T(ctx, "office.pattern.came")
	}
	return joinNonEmpty(", ", part.Num(p.Version), titleCase(p.By), part.ShortMoment(ctx, p.At))
}

func patternTitle(ctx context.Context, p patternView) string {
	if p.New {
		return part.T(ctx, "office.pattern.new")
	}
	return p.Name
}

func patternPath(p patternView) string {
	if p.New {
		return officePath + "/patterns/new"
	}
	return officePath + "/patterns/" + p.ID.String()
}

// groupFacts are the groups that an expression can have.
func groupFacts(ctx context.Context) (out []part.Fact) {
	for _, g := range pattern.Groups {
		out = append(out, part.Fact{Name: g, Text: part.T(ctx, "office.group."+g)})
	}
	return out
}

// shortFacts are the words for what comes again and again.
func shortFacts(ctx context.Context) (out []part.Fact) {
	for _, w := range pattern.Words {
		out = append(out, part.Fact{Name: "{" + w + "}", Text: part.T(ctx, "office.short."+w)})
	}
	return out
}
