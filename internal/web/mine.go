package web

import (
	"context"
	"math/big"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/rating"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

// An author's own pages: which certificates are theirs, what they are worth and why, and the questions
// that only they can answer.

func (s *Server) mountMine() {
	s.get("/my", account.SeeOwn, s.myPage)
	s.get("/my/:id/:position", account.SeeOwn, s.askMine)
	s.post("/my/:id/:position", account.SeeOwn, s.answerMine)
	s.get("/my/:id/:position/thanks", account.SeeOwn, s.thanksMine)
	s.post("/my/undo", account.SeeOwn, s.undoMine)
	s.addNav(navEntry{group: 0, order: 60, key: "web.nav.my", path: "/my", icon: "certificate", action: account.SeeOwn, own: true})
}

// myView is a person's certificates by academic year with what each gives.
type myView struct {
	Linked  bool // the account belongs to a member of staff
	Asked   []registry.Candidacy
	Missing []chase.Item // certificates that we wait for
	Years   []myYear     // newest first
	Rules   rating.Rules
	Now     *myYear // the academic year that is shown at the right
	Address string
	Uploads bool
}

// myYear is one academic year of a person.
type myYear struct {
	Period     rating.Period
	Unfinished bool
	Person     rating.Person
	Dept, Fac  int // people with a share
	Rows       []myRow
	Points     *big.Rat
	Shares     *big.Rat
	Counted    int
}

type myRow struct {
	ID       string
	Number   string
	Day      clock.Day
	Title    string
	Chip     string
	Words    string // what the chip says, a key
	Reason   rating.Reason
	Full     *big.Rat
	Share    *big.Rat
	Points   *big.Rat
	Capped   bool
	Position int // of the person; above 0 where they may say that it is not theirs
}

// ratings keeps the counted years for a moment: many people look at the same ones.
type ratings struct {
	mu   sync.Mutex
	kept map[rating.Period]keptResult
}

type keptResult struct {
	result *rating.Result
	until  time.Time
}

const ratingsLife = 20 * time.Second

// counted counts a period as it is now, or was a few seconds ago.
func (s *Server) counted(ctx context.Context, p rating.Period) (*rating.Result, error) {
	now := s.Clock.Now()
	s.ratings.mu.Lock()
	defer s.ratings.mu.Unlock()
	if k, ok := s.ratings.kept[p]; ok && now.Before(k.until) {
		return k.result, nil
	}
	snap, err := s.Rating.Current(ctx, p)
	if err != nil {
		return nil, err
	}
	if s.ratings.kept == nil || len(s.ratings.kept) > 50 {
		s.ratings.kept = map[rating.Period]keptResult{}
	}
	k := keptResult{rating.Compute(snap), now.Add(ratingsLife)}
	s.ratings.kept[p] = k
	return k.result, nil
}

// recount forgets the counted years, after an author said whose a certificate is.
func (s *Server) recount() {
	s.ratings.mu.Lock()
	defer s.ratings.mu.Unlock()
	s.ratings.kept = nil
}

func (s *Server) myPage(v *Visit) error {
	view, err := s.newMy(v)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.my"), Here: "/my"}, myPage(view))
}

func (s *Server) newMy(v *Visit) (myView, error) {
	ctx := v.UserContext()
	view := myView{Linked: v.Who.StaffID != nil, Uploads: s.Upload != nil}
	var err error
	if view.Address, err = s.sendTo(v); err != nil || !view.Linked {
		return view, err
	}
	me := *v.Who.StaffID
	people, err := registry.People(ctx, s.Pool, []uuid.UUID{me})
	if err != nil {
		return view, err
	}
	if view.Asked, err = registry.MayBe(ctx, s.Pool, me); err != nil {
		return view, err
	}
	if view.Missing, err = s.missingOf(ctx, me); err != nil {
		return view, err
	}
	own, err := registry.List(ctx, s.Pool, registry.Filter{Scope: registry.Scope{Person: me}}, registry.Page{Limit: 2000})
	if err != nil {
		return view, err
	}
	if s.Rating == nil {
		return view, nil
	}
	set, err := s.Rating.Rules(ctx)
	if err != nil {
		return view, err
	}
	view.Rules = set.Rules
	this := academicStart(v.Today())
	for _, y := range academicYears(own, this) {
		result, err := s.counted(ctx, rating.AcademicYear(y))
		if err != nil {
			return view, err
		}
		view.Years = append(view.Years, newMyYear(result, people[me].StaffID, y == this))
	}
	if err := s.positions(v, me, &view); err != nil {
		return view, err
	}
	// The year at the right is the newest that gives anything; the running one when none does.
	for i := range view.Years {
		if view.Years[i].Counted > 0 && (view.Now == nil || view.Now.Unfinished) {
			view.Now = &view.Years[i]
		}
	}
	if view.Now == nil {
		view.Now = &view.Years[0]
	}
	return view, nil
}

// academicStart is the year in which the academic year of a day began.
func academicStart(d clock.Day) int {
	if d.Time().Month() < time.September {
		return d.Year() - 1
	}
	return d.Year()
}

// academicYears are this year and those of the certificates, newest first.
func academicYears(own []registry.ListRow, this int) []int {
	years := []int{this}
	for _, r := range own {
		if r.RegisteredOn == "" {
			continue
		}
		if y := academicStart(r.RegisteredOn); !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	slices.Sort(years)
	slices.Reverse(years)
	return years
}

func newMyYear(result *rating.Result, staffID string, unfinished bool) myYear {
	y := myYear{Period: result.Snapshot.Period, Unfinished: unfinished, Points: new(big.Rat), Shares: new(big.Rat)}
	e, ok := result.ForAuthor(staffID)
	if !ok {
		return y
	}
	y.Person, y.Dept, y.Fac = e.Person, e.InDepartment, e.InFaculty
	for _, item := range e.Items {
		if item.Day == "" && !unfinished {
			continue // without a day it stands in every period; the running one shows it
		}
		row := myRow{ID: item.ID, Number: item.Number, Day: item.Day, Title: item.Title, Reason: item.Reason, Full: item.Full,
			Share: item.Share, Points: item.Points, Capped: item.Capped, Chip: "auto", Words: "counted"}
		for _, a := range item.Certificate.Authors {
			if a.StaffID == staffID && a.Decision == rating.DecisionConfirmed {
				row.Chip, row.Words = "confirmed", "confirmed"
			}
		}
		if item.Reason != rating.Counts {
			row.Chip, row.Words = "none", "not_counted"
			if item.Reason == rating.ReadingReview || item.Reason == rating.AuthorReview {
				row.Chip, row.Words = "review", "in_review"
			}
		} else {
			y.Counted++
			y.Points.Add(y.Points, item.Points)
			y.Shares.Add(y.Shares, item.Share)
		}
		y.Rows = append(y.Rows, row)
	}
	slices.SortStableFunc(y.Rows, func(a, b myRow) int { return compare(string(a.Day), string(b.Day)) })
	return y
}

// positions finds where the person may still say that a certificate is not theirs: where the machine decided.
func (s *Server) positions(v *Visit, me uuid.UUID, view *myView) error {
	list, err := registry.DecidedAlone(v.UserContext(), s.Pool, me)
	if err != nil {
		return err
	}
	for i := range view.Years {
		for j := range view.Years[i].Rows {
			view.Years[i].Rows[j].Position = list[view.Years[i].Rows[j].ID]
		}
	}
	return nil
}

// mineView asks one question: is this certificate theirs?
type mineView struct {
	registry.Certificate
	Position int
	From     string
	Picture  string // address of the first page
	Full     *big.Rat
	Share    *big.Rat
	Decision uuid.UUID // once answered
	Yes      bool
	Problem  string
	File     string // what the file shows of itself
}

// question reads the certificate of the address for the person whom it may be of.
func (s *Server) question(v *Visit) (m mineView, err error) {
	if v.Who.StaffID == nil {
		return m, errNotYours
	}
	if m.Position, err = v.ParamsInt("position"); err != nil {
		return m, errNoPage
	}
	if m.Certificate, err = s.certificate(v); err != nil {
		return m, err
	}
	if m.Position < 1 || m.Position > len(m.Authors) {
		return m, errNoPage
	}
	messages, err := registry.Messages(v.UserContext(), s.Pool, m.ID)
	if err != nil {
		return m, err
	}
	if len(messages) > 0 {
		m.From = senderOf(v.Context(), messages[0])
	}
	if m.File, err = s.fileWords(v.Context(), m.Certificate, m.DocumentSHA256, messages); err != nil {
		return m, err
	}
	if sheets := s.viewer(v.Context(), m.Certificate, messages, nil).Sheets; len(sheets) > 0 {
		m.Picture = sheets[0].Image
	}
	if s.Rating == nil {
		return m, nil
	}
	set, err := s.Rating.Rules(v.UserContext())
	if err != nil {
		return m, err
	}
	m.Full, m.Share, _ = set.Rules.Each(m.Kind, len(m.Authors))
	return m, nil
}

func (s *Server) askMine(v *Visit) error {
	m, err := s.question(v)
	if err != nil {
		return err
	}
	return v.write(200, minePage(m))
}

func (s *Server) answerMine(v *Visit) error {
	m, err := s.question(v)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(v.Text("version"))
	if err != nil {
		return errNoPage
	}
	ref := review.Ref{ID: m.ID, Version: version}
	answer := s.Desk.NotMine
	if v.Text("answer") == "yes" {
		answer = s.Desk.Mine
	}
	done, err := answer(v.UserContext(), v.Who.Actor(), ref, m.Position, *v.Who.StaffID)
	if err != nil && mendable(err) {
		m.Problem = v.Error(err)
		return v.write(statusOf[fault.KindOf(err)], minePage(m))
	}
	if err != nil {
		return err
	}
	s.stale()
	s.recount()
	return v.Go("/my/" + m.ID.String() + "/" + part.Plain(m.Position) + "/thanks?d=" + done.ID.String() + "&a=" + v.Text("answer"))
}

// thanksMine says that the answer is written down, and what it gives.
func (s *Server) thanksMine(v *Visit) error {
	if v.Who.StaffID == nil {
		return errNotYours
	}
	m := mineView{Yes: v.Query("a") == "yes"}
	var err error
	if m.Decision, err = uuid.Parse(v.Query("d")); err != nil {
		return errNoPage
	}
	if !m.Yes {
		return v.write(200, thanksPage(m))
	}
	decision := m.Decision
	if m, err = s.question(v); err != nil {
		return err
	}
	m.Decision, m.Yes = decision, true
	return v.write(200, thanksPage(m))
}

// undoMine takes the person's own answer back.
func (s *Server) undoMine(v *Visit) error {
	id, err := uuid.Parse(v.Text("id"))
	if err != nil {
		return errNoPage
	}
	if _, err := s.Desk.UndoOwn(v.UserContext(), v.Who.Actor(), id); err != nil {
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		v.Notice("web.decided.undo_late")
		return v.Go("/my")
	}
	s.stale()
	s.recount()
	v.Notice("web.decided.undone")
	return v.Go("/my")
}

// total is the number of all certificates of the person, and counted those of the year at the right.
func (m myView) total() (n int) {
	for _, y := range m.Years {
		n += len(y.Rows)
	}
	return n
}

func (m myView) note(ctx context.Context) string {
	text := part.T(ctx, "desk.my.total", "Count", m.total(), "N", part.Num(m.total()))
	if m.Now != nil && m.Now.Counted > 0 {
		text += ". " + part.T(ctx, "desk.my.counted_in", "Count", m.Now.Counted, "N", part.Num(m.Now.Counted), "Period", yearWords(ctx, m.Now.Period))
	}
	return text
}

// yearWords is an academic year short: 2025–2026.
func yearWords(_ context.Context, p rating.Period) string {
	return strconv.Itoa(p.From.Year()) + "–" + strconv.Itoa(p.To.Year())
}

func (m myView) chart(ctx context.Context) part.BarsView {
	view := part.BarsView{ID: "years", Title: part.T(ctx, "desk.my.by_year"), NameWidth: 110}
	for i := len(m.Years) - 1; i >= 0; i-- {
		y := m.Years[i]
		b := part.Bar{Name: yearWords(ctx, y.Period), Value: rating.Float(y.Points), Text: points(ctx, y.Points), Unfinished: y.Unfinished}
		if y.Unfinished {
			b.Text += " · " + part.T(ctx, "desk.my.unfinished")
		}
		view.Bars = append(view.Bars, b)
	}
	return view
}

func points(ctx context.Context, r *big.Rat) string {
	if r == nil {
		return "—"
	}
	return rating.Show(part.From(ctx).Lang, r, 2)
}

// how is the sum of a row: "10 × 1/3 =".
func how(full, share *big.Rat) string {
	if full == nil || share == nil {
		return ""
	}
	return rating.Fraction(full) + " × " + rating.Fraction(share) + " ="
}

// standing is a rank among so many as a part of a bar: the first has it whole.
func standing(rank, of int) float64 {
	if rank == 0 || of == 0 {
		return 0
	}
	return float64(of-rank+1) / float64(of)
}

// canSayYes tells whether the author is undecided; one that the machine has decided needs no yes.
func (m mineView) canSayYes() bool {
	return m.Authors[m.Position-1].Decision == registry.DecisionReview
}

// worth is what the certificate gives the person.
func (m mineView) worth() *big.Rat { return new(big.Rat).Mul(m.Full, m.Share) }

func dayIn(ctx context.Context, t time.Time) clock.Day { return clock.DayOf(t, part.From(ctx).Zone) }
