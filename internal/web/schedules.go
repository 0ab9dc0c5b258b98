package web

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/rating"
	"kualik/internal/web/part"
	"kualik/reports"
)

func (s *Server) mountSchedules() {
	if s.Schedules == nil {
		return
	}
	a := account.ChangeSchedules
	s.get("/schedules", a, s.schedulesPage)
	s.get("/schedules/new", a, s.newSchedulePage)
	s.post("/schedules/new", a, s.saveSchedule)
	s.get("/schedules/:id", a, s.schedulePage)
	s.post("/schedules/:id", a, s.saveSchedule)
	s.post("/schedules/:id/run", a, s.runSchedule)
	s.post("/schedules/:id/pause", a, s.pauseSchedule)
	s.post("/schedules/:id/resume", a, s.resumeSchedule)
	s.post("/schedules/:id/remove", a, s.removeSchedule)
	s.addNav(navEntry{group: 1, order: 30, key: "web.nav.schedules", path: "/schedules", icon: "calendar", action: a})
}

// nextShown is how many coming times are shown.
const nextShown = 5

// scheduleRow is a schedule as lists show it.
type scheduleRow struct {
	Href, Name, Words, What string
	Paused                  bool
	Next                    []string
	Last                    string
	LastState               string // chip
}

func (s *Server) scheduleRows(v *Visit) ([]scheduleRow, error) {
	list, err := s.Schedules.List(v.UserContext())
	if err != nil {
		return nil, err
	}
	var rows []scheduleRow
	for _, sch := range list {
		row, err := s.scheduleRow(v, sch)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (s *Server) scheduleRow(v *Visit, sch jobs.Schedule) (scheduleRow, error) {
	row := scheduleRow{Href: "/schedules/" + sch.ID.String(), Name: sch.Name, Paused: sch.Paused, What: scheduleWhat(v, sch)}
	cron, err := sch.Parse()
	if err != nil {
		row.Words = sch.Cron // one that was stored before its zone vanished
		return row, nil
	}
	row.Words = cron.Words(v.Lang())
	if !sch.Paused {
		row.Next = shortTimes(v, cron, cron.Next(s.Clock.Now(), nextShown))
	}
	history, err := s.Schedules.History(v.UserContext(), sch.ID, 1)
	if err != nil {
		return row, err
	}
	if len(history) > 0 {
		row.Last, row.LastState = part.ShortMoment(v.Context(), history[0].At)+", "+stateWords(v, history[0]), chipOf(history[0].State)
	}
	return row, nil
}

// shortTimes writes the first moment in full and of the others what is different: the day, or the hour of
// the same day.
func shortTimes(v *Visit, c jobs.Cron, times []time.Time) (out []string) {
	for i, t := range times {
		at := t.In(c.Zone)
		switch {
		case i == 0:
			out = append(out, jobs.When(v.Lang(), t, c.Zone))
		case at.Format(time.DateOnly) == times[i-1].In(c.Zone).Format(time.DateOnly):
			out = append(out, at.Format("15:04"))
		case v.Lang() == i18n.EN:
			out = append(out, at.Format("2 Jan"))
		default:
			out = append(out, at.Format("02.01"))
		}
	}
	return out
}

func scheduleWhat(v *Visit, sch jobs.Schedule) string {
	a, err := reports.ParseRatingArgs(sch.Args)
	if err != nil {
		return ""
	}
	period := a.Period
	for _, e := range rating.Expressions {
		if e == strings.ReplaceAll(period, " ", "_") {
			period = v.T("rating.expression." + e)
		}
	}
	return joinNonEmpty(" · ", period, v.T("web.lang."+string(a.Lang)), v.T("web.schedules.recipients", "Count", len(a.Recipients)))
}

func stateWords(v *Visit, o jobs.Occurrence) string {
	words := v.T("jobs.state." + string(o.State))
	if o.State == jobs.Skipped {
		words += ": " + v.T("jobs.reason."+o.Reason)
	} else if o.Reason != "" {
		words += ": " + o.Reason
	}
	return words
}

func chipOf(st jobs.State) string {
	return map[jobs.State]string{jobs.Done: "good", jobs.Due: "waiting", jobs.Failed: "rejected", jobs.Skipped: "none"}[st]
}

func (s *Server) schedulesPage(v *Visit) error {
	rows, err := s.scheduleRows(v)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.schedules"), Here: "/schedules"}, schedulesPage(rows))
}

// scheduleView is the form of a schedule, with its history when it is there already.
type scheduleView struct {
	ID, Title                string
	Name, Cron, Zone         string
	Period, Lang, Recipients string
	Presets                  []part.Option
	Periods, Langs           []part.Option
	Problem                  string
	Row                      *scheduleRow
	History                  []occurrenceRow
	Preview                  []string
	PreviewWords             string
	OwnCron                  string
}

type occurrenceRow struct {
	When, State, Chip, Took, Href string
	Manual                        bool
}

// cronPresets are the expressions that offices want; anything else is typed.
var cronPresets = []string{"0 9 * * 1", "0 8 1 * *", "0 8 * * 1-5", "0 7 1 9 *", "0 18 * * 5"}

func (s *Server) newSchedulePage(v *Visit) error {
	view := scheduleView{Title: v.T("web.schedules.new"), Cron: cronPresets[1], Zone: s.Zone.String(), Period: "last_month", Lang: string(v.Lang()), Recipients: v.Who.Email}
	if p := v.Query("cron"); p != "" {
		view.Cron = p
	}
	return s.showSchedule(v, view, 200)
}

func (s *Server) schedulePage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	sch, err := s.Schedules.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	view := scheduleView{ID: id.String(), Title: sch.Name, Name: sch.Name, Cron: sch.Cron, Zone: sch.TimeZone}
	if a, err := reports.ParseRatingArgs(sch.Args); err == nil {
		view.Period, view.Lang, view.Recipients = strings.ReplaceAll(a.Period, " ", "_"), string(a.Lang), strings.Join(a.Recipients, ", ")
	}
	return s.showSchedule(v, view, 200)
}

func (s *Server) showSchedule(v *Visit, view scheduleView, status int) error {
	for _, c := range cronPresets {
		if cron, err := jobs.ParseCron(c, view.Zone); err == nil {
			view.Presets = append(view.Presets, part.Option{Value: c, Text: cron.Words(v.Lang())})
		}
	}
	view.Presets = append(view.Presets, part.Option{Value: "", Text: v.T("web.schedules.other")})
	view.OwnCron = view.Cron
	for _, p := range view.Presets {
		if p.Value == view.Cron {
			view.OwnCron = ""
		}
	}
	for _, e := range rating.Expressions {
		view.Periods = append(view.Periods, part.Option{Value: e, Text: v.T("rating.expression." + e)})
	}
	for _, l := range i18n.All {
		view.Langs = append(view.Langs, part.Option{Value: string(l), Text: v.T("web.lang." + string(l))})
	}
	if cron, err := jobs.ParseCron(view.Cron, view.Zone); err == nil {
		view.PreviewWords = cron.Words(v.Lang())
		for _, t := range cron.Next(s.Clock.Now(), nextShown) {
			view.Preview = append(view.Preview, jobs.When(v.Lang(), t, cron.Zone))
		}
	}
	if err := s.scheduleHistory(v, &view); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.schedules"), Here: "/schedules", Status: status}, schedulePage(view))
}

// scheduleHistory adds what is there of a schedule that is kept already.
func (s *Server) scheduleHistory(v *Visit, view *scheduleView) error {
	id, err := uuid.Parse(view.ID)
	if err != nil {
		return nil
	}
	sch, err := s.Schedules.Get(v.UserContext(), id)
	if err != nil {
		return err
	}
	row, err := s.scheduleRow(v, sch)
	if err != nil {
		return err
	}
	view.Row = &row
	history, err := s.Schedules.History(v.UserContext(), id, 50)
	if err != nil {
		return err
	}
	for _, o := range history {
		r := occurrenceRow{When: part.Moment(v.Context(), o.At), State: stateWords(v, o), Chip: chipOf(o.State), Manual: o.Manual}
		if o.StartedAt != nil && o.FinishedAt != nil {
			r.Took = part.Dec(v.Context(), o.FinishedAt.Sub(*o.StartedAt).Seconds(), 1)
		}
		if o.ResultID != nil {
			r.Href = "/reports/" + o.ResultID.String() + "/file"
		}
		view.History = append(view.History, r)
	}
	return nil
}

// saveSchedule adds or changes a schedule; with "preview" it only shows the coming times.
func (s *Server) saveSchedule(v *Visit) error {
	view := scheduleView{ID: v.Params("id"), Title: v.T("web.schedules.new"), Name: v.Text("name"), Cron: v.Text("preset"), Zone: v.Text("zone"),
		Period: v.Text("period"), Lang: v.Text("lang"), Recipients: v.Text("recipients")}
	if view.ID != "" {
		view.Title = view.Name
	}
	if own := v.Text("cron"); own != "" {
		view.Cron = own
	}
	if v.Text("do") == "preview" {
		if _, err := jobs.ParseCron(view.Cron, view.Zone); err != nil {
			view.Problem = v.Error(err)
		}
		return s.showSchedule(v, view, 200)
	}
	err := s.keepSchedule(v, view)
	if err == nil {
		v.Notice("web.schedules.saved", "Name", view.Name)
		return v.Go("/schedules")
	}
	if !mendable(err) {
		return err
	}
	view.Problem = v.Error(err)
	return s.showSchedule(v, view, statusOf[fault.KindOf(err)])
}

func (s *Server) keepSchedule(v *Visit, view scheduleView) error {
	lang, _ := i18n.Parse(view.Lang)
	args := reports.RatingArgs{Period: view.Period, Lang: lang, Recipients: recipientsOf(view.Recipients)}
	if err := args.Check(); err != nil {
		return err
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	sch := jobs.Schedule{Name: view.Name, Work: reports.RatingWork, Args: raw, Cron: view.Cron, TimeZone: view.Zone}
	after := map[string]any{"name": sch.Name, "cron": sch.Cron, "time_zone": sch.TimeZone, "args": sch.Args}
	if view.ID == "" {
		added, err := s.Schedules.Add(v.UserContext(), sch)
		if err != nil {
			return err
		}
		return s.noteDeed(v, "schedule.add", "schedule", added.ID.String(), after)
	}
	if sch.ID, err = v.ID("id"); err != nil {
		return err
	}
	if err := s.Schedules.Change(v.UserContext(), sch); err != nil {
		return err
	}
	return s.noteDeed(v, "schedule.change", "schedule", sch.ID.String(), after)
}

func (s *Server) runSchedule(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if _, err := s.Schedules.RunNow(v.UserContext(), id); err != nil {
		return err
	}
	if err := s.noteDeed(v, "schedule.run", "schedule", id.String(), nil); err != nil {
		return err
	}
	v.Notice("web.schedules.started")
	return v.Go("/schedules/" + id.String())
}

func (s *Server) pauseSchedule(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Schedules.Pause(v.UserContext(), id); err != nil {
		return err
	}
	if err := s.noteDeed(v, "schedule.pause", "schedule", id.String(), nil); err != nil {
		return err
	}
	v.NoticeUndo("/schedules/"+id.String()+"/resume", "", "web.schedules.paused")
	return v.Go("/schedules")
}

func (s *Server) resumeSchedule(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Schedules.Resume(v.UserContext(), id); err != nil {
		return err
	}
	if err := s.noteDeed(v, "schedule.resume", "schedule", id.String(), nil); err != nil {
		return err
	}
	v.Notice("web.schedules.resumed")
	return v.Go("/schedules")
}

func (s *Server) removeSchedule(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Schedules.Remove(v.UserContext(), id); err != nil {
		return err
	}
	if err := s.noteDeed(v, "schedule.remove", "schedule", id.String(), nil); err != nil {
		return err
	}
	v.Notice("web.schedules.removed")
	return v.Go("/schedules")
}
