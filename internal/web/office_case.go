package web

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/desk"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/filing/scheme"
	"kualik/internal/issuing"
	"kualik/internal/kind"
	"kualik/internal/web/part"
)

// One case of the desk: everything about an application, and what can be done with it now.

func (s *Server) mountOfficeCase() {
	s.get(officePath+"/:id", account.SeeDesk, s.officeCase)
	s.get(officePath+"/:id/letters/:letter/:file", account.SeeDesk, s.officeLetterFile)
	for path, do := range map[string]func(*Visit, desk.Ref) (desk.Action, string, error){
		"/register": s.doRegister, "/appoint": s.doAppoint, "/examine": s.doExamine, "/conclude": s.doConclude, "/return": s.doReturn,
		"/issue": s.doIssue, "/take-back": s.doTakeBack, "/correct": s.doCorrect, "/annul": s.doAnnul, "/more-time": s.doMoreTime, "/reopen": s.doReopen, "/record": s.doRecord,
	} {
		s.post(officePath+"/:id"+path, account.SeeDesk, s.officeDo(do))
	}
	s.postFile(officePath+"/:id/ask", account.SeeDesk, s.officeLetter(desk.Ask, s.doAsk))
	s.postFile(officePath+"/:id/write", account.SeeDesk, s.officeLetter(desk.Write, s.doWrite))
	s.postFile(officePath+"/:id/refuse", account.SeeDesk, s.officeLetter(desk.Refuse, s.doRefuse))
}

// caseOfDesk is a case with all that its page shows.
type caseOfDesk struct {
	desk.Case
	Place    desk.Place
	Buttons  []desk.Button
	Scheme   scheme.Scheme
	Matter   filing.Matter
	Letters  []filing.Correspondence
	Checks   map[string][]desk.Item
	Experts  []desk.Load
	Similar  []desk.Similar
	Recorded []desk.Recorded
	News     []desk.News
	History  []audit.Line
	Entries  []issuing.Entry // of the own register, the latest version first
	Extract  *issuing.Extract
	Days     int // overdue

	Problem string            // why something was refused
	Of      desk.Action       // what was refused
	Typed   map[string]string // as it was typed
}

// Can tells whether the reader can do something now.
func (c *caseOfDesk) Can(a desk.Action) bool {
	ok, _ := desk.Can(c.Case, a, c.Place)
	return ok
}

func (s *Server) officeCase(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	view, err := s.readOfficeCase(v, id)
	if err != nil {
		return err
	}
	return s.showOfficeCase(v, view, 0)
}

func (s *Server) showOfficeCase(v *Visit, view *caseOfDesk, status int) error {
	if view.State == desk.Issuing {
		v.Set("Refresh", "4")
	}
	return v.Show(Page{Title: caseNo(view.Case), Here: officePath, Status: status}, officeCasePage(view))
}

// readCase reads a case for the reader; one that is not theirs does not exist.
func (s *Server) readOfficeCase(v *Visit, id uuid.UUID) (*caseOfDesk, error) {
	ctx := v.UserContext()
	c, place, err := s.Cases.Get(ctx, v.me(), id)
	if err != nil {
		return nil, err
	}
	view := &caseOfDesk{Case: c, Place: place, Buttons: desk.Buttons(c, place), Checks: map[string][]desk.Item{}, Days: s.Cases.OverdueDays(c, v.env.Now)}
	if view.Scheme, err = scheme.Get(ctx, s.Pool, c.Scheme); err != nil {
		return nil, err
	}
	if view.Matter, err = s.Filings.Matter(ctx, s.Pool, id); err != nil {
		return nil, err
	}
	for _, read := range []func(context.Context, *Visit, *caseOfDesk) error{s.readLetters, s.readLists, s.readOutside, s.readRegister} {
		if err := read(ctx, v, view); err != nil {
			return nil, err
		}
	}
	view.History, err = audit.Of(ctx, s.Pool, filing.SubjectKind, id.String(), 60)
	return view, err
}

func (s *Server) readLetters(ctx context.Context, v *Visit, view *caseOfDesk) (err error) {
	view.Letters, err = s.Filings.Letters(ctx, v.me(), view.FilingID)
	slices.Reverse(view.Letters)
	return err
}

// readLists are what registrar and expert go through.
func (s *Server) readLists(ctx context.Context, _ *Visit, view *caseOfDesk) (err error) {
	if view.Similar, err = s.Cases.Similar(ctx, s.Pool, view.Case); err != nil || view.Mode != desk.Registering || view.Petition {
		return err
	}
	for _, stage := range []string{desk.Registration, desk.Examination} {
		if view.Checks[stage], err = s.Cases.Items(ctx, s.Pool, view.Case, view.Matter, stage); err != nil {
			return err
		}
	}
	if view.Can(desk.Appoint) {
		view.Experts, err = s.Cases.Experts(ctx, s.Pool, view.FilingID)
	}
	return err
}

// readOutside is what the institute showed.
func (s *Server) readOutside(ctx context.Context, v *Visit, view *caseOfDesk) (err error) {
	if view.Recorded, err = s.Cases.Recorded(ctx, s.Pool, view.FilingID); err != nil || !v.Who.Can(account.RecordSteps) {
		return err
	}
	view.News, err = s.Cases.ListNews(ctx, v.me(), true, view.FilingID, 20, 0)
	return err
}

// readRegister is what the own register has of it.
func (s *Server) readRegister(ctx context.Context, _ *Visit, view *caseOfDesk) (err error) {
	if s.OwnRegister == nil || view.Mode != desk.Registering {
		return nil
	}
	if view.Petition {
		x, err := s.OwnRegister.ExtractOf(ctx, s.Pool, view.FilingID)
		if err == nil {
			view.Extract = &x
		}
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	}
	view.Entries, err = s.OwnRegister.OfFiling(ctx, s.Pool, view.FilingID)
	slices.SortStableFunc(view.Entries, func(a, b issuing.Entry) int { return b.PreparedAt.Compare(a.PreparedAt) })
	return err
}

// officeDo does something to the case of the address as the reader saw it. What hinders it is said on its page,
// beside what was typed.
func (s *Server) officeDo(do func(*Visit, desk.Ref) (desk.Action, string, error)) handler {
	return func(v *Visit) error {
		id, err := v.ID("id")
		if err != nil {
			return err
		}
		a, done, err := do(v, seen(id, v.Text("version")))
		if err != nil {
			typed := map[string]string{}
			v.Request().PostArgs().VisitAll(func(k, value []byte) { typed[string(k)] = string(value) })
			return s.officeRefused(v, id, a, typed, err)
		}
		v.Notice(done)
		s.stale()
		return v.Go(casePath(id, ""))
	}
}

// officeRefused shows the case again with the reason when the reader can mend it.
func (s *Server) officeRefused(v *Visit, id uuid.UUID, a desk.Action, typed map[string]string, cause error) error {
	if !mendable(cause) {
		return cause
	}
	view, err := s.readOfficeCase(v, id)
	if err != nil {
		return err
	}
	view.Problem, view.Of, view.Typed = v.Error(cause), a, typed
	var places filing.Problems
	if errors.As(cause, &places) && len(places) > 0 {
		view.Problem = say(v.Context(), places[0].Key, places[0].Args)
	}
	var told *fault.Error
	if errors.As(cause, &told) {
		if item, ok := told.Args["Item"].(string); ok {
			view.Problem = v.T(told.Key, "Item", itemName(v.Context(), view.stageOf(item), item))
		}
	}
	return s.showOfficeCase(v, view, statusOf[fault.KindOf(cause)])
}

// stageOf is the list that an item stands in.
func (c *caseOfDesk) stageOf(code string) string {
	for stage, list := range c.Checks {
		for _, i := range list {
			if i.Code == code {
				return stage
			}
		}
	}
	return desk.Registration
}

func (s *Server) officeLetterFile(v *Visit) error {
	var ids [3]uuid.UUID
	for i, name := range []string{"id", "letter", "file"} {
		id, err := v.ID(name)
		if err != nil {
			return err
		}
		ids[i] = id
	}
	if _, _, err := s.Cases.Get(v.UserContext(), v.me(), ids[0]); err != nil {
		return err
	}
	f, content, err := s.Filings.OpenLetterFile(v.UserContext(), v.me(), ids[0], ids[1], ids[2])
	if err != nil {
		return err
	}
	v.Set("Content-Type", f.ContentType)
	v.Set("Content-Disposition", attachment(f.Filename))
	return v.SendStream(content)
}

// steps are those of the scheme, with who acts and until when under the present one.
func (c *caseOfDesk) steps(ctx context.Context) (out []part.Step) {
	l := part.From(ctx).Lang
	at := c.Scheme.Index(c.Step)
	for i, st := range c.Scheme.Steps {
		step := part.Step{Title: st.In(l), Note: st.NoteIn(l)}
		switch {
		case i < at || c.State == desk.Issued && i == at:
			step.State, step.Note = "done", ""
		case i == at && !c.State.Ended():
			step.State = "now"
			step.Note = joinNonEmpty(", ", sentence(turnWords(ctx, c.Case)), untilText(ctx, c.Case, c.Days))
		}
		out = append(out, step)
	}
	return out
}

// facts are the short list at the side.
func (c *caseOfDesk) facts(ctx context.Context) []part.Fact {
	m := c.Matter
	list := []part.Fact{{Name: part.T(ctx, "office.fact.number"), Text: joinNonEmpty(" · ", c.IncomingNo, m.Filing.Barcode)},
		{Name: part.T(ctx, "office.fact.draft"), Text: draftNo(m.Filing)}}
	add := func(key, text string) {
		if text != "" {
			list = append(list, part.Fact{Name: part.T(ctx, "office.fact."+key), Text: text})
		}
	}
	add("cabinet_no", c.CabinetNo)
	add("registry_no", c.RegistryNo)
	add("submitted", shortAt(ctx, c.SubmittedAt))
	add("signed", shortAt(ctx, c.SignedAt))
	if m.Kind != "" {
		add("kind", kind.Name(string(part.From(ctx).Lang), m.Kind))
	}
	if m.CreatedOn != "" {
		add("created", part.Day(ctx, m.CreatedOn))
	}
	if m.CertificateNo != "" {
		add("certificate", joinNonEmpty(" "+part.T(ctx, "office.of")+" ", numero(m.CertificateNo), dayText(ctx, m.CertificateOn)))
	}
	add("purpose", m.Purpose)
	if m.Filing.PaidAt != nil {
		add("paid", part.ShortMoment(ctx, *m.Filing.PaidAt))
	}
	if c.RegisteredAt != nil {
		add("registered", joinNonEmpty(", ", part.ShortMoment(ctx, *c.RegisteredAt), c.RegisteredBy))
	}
	if c.Expert != nil {
		add("expert", titleCase(c.ExpertName))
	}
	add("mode", part.T(ctx, "office.mode."+c.Mode))
	return list
}

// why says of the dead buttons of the way what must come first.
func (c *caseOfDesk) why(ctx context.Context) (out []string) {
	for _, b := range c.Buttons {
		if !b.Live {
			if words := part.T(ctx, b.Why); !slices.Contains(out, words) {
				out = append(out, words)
			}
		}
	}
	return out
}

// typed is what was typed into a field, or what it begins with.
func (c *caseOfDesk) typed(a desk.Action, field, otherwise string) string {
	if c.Of == a && c.Typed != nil {
		return c.Typed[field]
	}
	return otherwise
}

// wrong is the reason under the form of an action.
func (c *caseOfDesk) wrong(a desk.Action) string {
	if c.Of == a {
		return c.Problem
	}
	return ""
}

// said is the answer that an item shows: as typed just now, else as stored.
func (c *caseOfDesk) said(i desk.Item) (answer, note string) {
	if c.Typed != nil && (c.Of == desk.Register || c.Of == desk.Examine || c.Of == desk.Conclude) {
		return c.Typed["item-"+i.Code], c.Typed["note-"+i.Code]
	}
	return i.Answer, i.Note
}

func itemName(ctx context.Context, stage, code string) string {
	return part.T(ctx, "office.item."+stage+"."+code)
}

// history are the deeds of a case in words.
func (c *caseOfDesk) history(ctx context.Context) (out []part.Event) {
	for _, l := range c.History {
		who := l.ActorName
		if who == "" {
			who = part.T(ctx, "office.program")
		}
		deed := officeDeed(ctx, l.Action)
		if deed == "" {
			continue
		}
		if step := c.stepOf(ctx, l.After); step != "" {
			deed += ": " + step
		}
		out = append(out, part.Event{When: part.ShortMoment(ctx, l.At), Text: joinNonEmpty(" · ", deed, titleCase(who), l.Note), Person: l.Actor != audit.System.ID})
	}
	return out
}

// turn says who acts next and until when; nothing when all is done.
func (c *caseOfDesk) turn(ctx context.Context) string {
	if c.State.Ended() {
		return ""
	}
	return joinNonEmpty(" · ", sentence(turnWords(ctx, c.Case)), untilText(ctx, c.Case, c.Days))
}

// stepOf is the name of the step that a deed moved the case to, if it did.
func (c *caseOfDesk) stepOf(ctx context.Context, after json.RawMessage) string {
	var moved struct {
		To string `json:"to"`
	}
	if json.Unmarshal(after, &moved) != nil {
		return ""
	}
	st, _ := c.Scheme.Step(moved.To)
	return st.In(part.From(ctx).Lang)
}

// officeDeed is a deed of the audit in words; what is only a part of another has none.
func officeDeed(ctx context.Context, action string) string {
	key := "office.deed." + action
	if words := part.T(ctx, key); words != key {
		return words
	}
	return ""
}

// endOfDay is the end of the day that was typed, in the office's zone.
func (s *Server) endOfDay(text string) (time.Time, bool) {
	d, err := time.ParseInLocation(time.DateOnly, text, s.Zone)
	if err != nil {
		return time.Time{}, false
	}
	return d.Add(24*time.Hour - time.Minute), true
}
