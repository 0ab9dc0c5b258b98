package web

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/document"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/kind"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// One application: what stands around its four tabs, and the tab of its data.

func (s *Server) mountFilingOne() {
	s.mountCorrespondence()
	s.get("/filings/:id", account.File, s.filingTab(filing.TabData))
	s.get("/filings/:id/participants", account.File, s.filingTab(filing.TabParticipants))
	s.get("/filings/:id/documents", account.File, s.filingTab(filing.TabDocuments))
	s.get("/filings/:id/payments", account.File, s.filingTab(filing.TabPayments))
	s.post("/filings/:id/save", account.File, s.change(s.saveFiling))
	s.post("/filings/:id/form", account.File, s.change(s.formStatement))
	s.get("/filings/:id/edit", account.File, s.askEdit)
	s.post("/filings/:id/edit", account.File, s.change(s.editFiling))
}

// filingView is the page of one application on one of its tabs.
type filingView struct {
	*filing.View
	Tab      filing.Tab
	Check    bool        // the places to mend are named
	Typed    filing.Data // what stands in the form
	Reduced  bool
	Lang     string
	Conflict *filing.Conflict
	Problem  string // why an action was refused
	Contact  string // whom to ask
	OnExpiry string // what happens when the authors do not sign in time: wait, or withdraw
	EDS      bool   // this session may change
	Revealed map[uuid.UUID]string
	Barcode  string // drawing
	Invoices []payment.Invoice
	Grounds  []part.Option
	File     fileProblem
	Letters  []filing.Correspondence // on the tab "Переписка"
	Writing  letterForm
	Answered bool   // the page that says so
	SendTo   string // to which address the reader sends the certificate
	Paper    paper  // the certificate or extract, where our register gave it
}

// seeFiling reads an application for the reader; one that is not theirs does not exist.
func (s *Server) seeFiling(v *Visit, tab filing.Tab) (*filingView, error) {
	id, err := v.ID("id")
	if err != nil {
		return nil, err
	}
	f, err := s.Filings.View(v.UserContext(), v.me(), id)
	if err != nil {
		return nil, err
	}
	view := &filingView{View: f, Tab: tab, Check: v.Query("check") != "" && len(f.Problems) > 0, Typed: f.Data, Reduced: f.Filing.Reduced,
		Lang: string(f.Filing.Lang), Contact: s.contact(v), OnExpiry: s.SignExpiry, EDS: v.Who.MayFile()}
	if view.Invoices, err = s.Payments.Invoices(v.UserContext(), payment.Filter{SubjectKind: filingSubject, SubjectID: f.ID}); err != nil {
		return nil, err
	}
	for _, g := range payment.Grounds {
		view.Grounds = append(view.Grounds, part.Option{Value: g, Text: v.T("payment.ground." + g)})
	}
	if f.Barcode != "" {
		view.Barcode = barcodeOf(f.Barcode)
	}
	if tab == filing.TabCorrespondence {
		if view.Letters, err = s.Filings.Letters(v.UserContext(), v.me(), f.ID); err != nil {
			return nil, err
		}
	}
	if f.State == filing.Issued {
		if view.SendTo, err = s.sendTo(v); err != nil {
			return nil, err
		}
		view.Paper, err = s.paper(v.UserContext(), f.ID)
	}
	return view, err
}

// filingSubject is what the invoices of an application are of.
const filingSubject = "filing"

func (s *Server) filingTab(tab filing.Tab) handler {
	return func(v *Visit) error {
		view, err := s.seeFiling(v, tab)
		if err != nil {
			return err
		}
		return s.showFiling(v, view, 0)
	}
}

func (s *Server) showFiling(v *Visit, view *filingView, status int) error {
	if view.reading() {
		v.Set("Refresh", "4")
	}
	return v.Show(Page{Title: view.heading(v.Context()), Here: filingsPath, Status: status}, filingPage(view))
}

// refused shows the page again with the reason when the reader can mend it.
func (s *Server) refused(v *Visit, tab filing.Tab, cause error, more ...func(*filingView)) error {
	if !mendable(cause) {
		return cause
	}
	view, err := s.seeFiling(v, tab)
	if err != nil {
		return err
	}
	view.Problem = v.Error(cause)
	var places filing.Problems
	if errors.As(cause, &places) {
		var list []string
		for _, p := range places {
			list = append(list, say(v.Context(), p.Key, p.Args))
		}
		view.Problem = strings.Join(list, " ")
	}
	for _, m := range more {
		m(view)
	}
	return s.showFiling(v, view, statusOf[fault.KindOf(cause)])
}

// askEdit says what an edit does, before it is done.
func (s *Server) askEdit(v *Visit) error {
	view, err := s.seeFiling(v, filing.TabData)
	if err != nil {
		return err
	}
	if !view.Can(filing.Edit) {
		return v.Go(filingPath(view.ID, ""))
	}
	return v.Show(Page{Title: view.heading(v.Context()), Here: filingsPath}, filingEdit(view))
}

func (s *Server) editFiling(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Filings.Edit(v.UserContext(), v.me(), id); err != nil {
		return s.refused(v, filing.TabData, err)
	}
	return v.Go(filingPath(id, ""))
}

// heading is the title: "Заявка № 110 612 · Авторское право".
func (f *filingView) heading(ctx context.Context) string {
	return part.T(ctx, "cabinet.no", "No", draftNo(f.Filing)) + " · " + part.T(ctx, "cabinet.short."+string(f.Service))
}

func (f *filingView) steps(ctx context.Context) []part.Step {
	var out []part.Step
	for _, st := range f.Steps {
		state := map[string]string{"done": "done", "current": "now"}[st.State]
		note := say(ctx, st.Note, st.Args)
		if state == "now" && f.Next.Until != nil {
			note = joinNonEmpty(" ", note, part.T(ctx, "cabinet.next.until", "At", part.ShortMoment(ctx, *f.Next.Until)))
		}
		out = append(out, part.Step{Title: st.Name.In(part.From(ctx).Lang), Note: note, State: state})
	}
	return out
}

// tabs are the four tabs with the number of places to mend in each.
func (f *filingView) tabs(ctx context.Context) []part.Tab {
	var out []part.Tab
	all := []filing.Tab{filing.TabData, filing.TabParticipants, filing.TabDocuments, filing.TabPayments}
	if f.IncomingNo != "" {
		all = append(all, filing.TabCorrespondence)
	}
	for _, t := range all {
		tab := part.Tab{Text: part.T(ctx, "cabinet.tab."+string(t)), Href: filingPath(f.ID, f.tabPath(t)), Here: t == f.Tab}
		for _, p := range f.Problems {
			if p.Tab == t && f.Check {
				tab.Count++
			}
		}
		switch {
		case t == filing.TabPayments:
			tab.Done = f.PaidAt != nil
		case t == filing.TabParticipants && f.IncomingNo != "" && f.Statement != nil && !f.ended():
			tab.Count, tab.Mild = f.waiting(), true
		case t == filing.TabCorrespondence && f.State.Asked():
			tab.Count, tab.Mild = 1, f.Relation != filing.RelFiler
		}
		out = append(out, tab)
	}
	return out
}

func (f *filingView) tabPath(t filing.Tab) string {
	path := ""
	if t != filing.TabData {
		path = "/" + string(t)
	}
	if f.Check {
		path += "?check=1"
	}
	return path
}

// waiting counts the signatures that are still wanted.
func (f *filingView) waiting() (n int) {
	for _, p := range f.Participants {
		if p.MustSign && p.Sign != filing.SignDone {
			n++
		}
	}
	return n
}

// problems are the places to mend as links to their fields.
func (f *filingView) problems(ctx context.Context) []part.Link {
	var out []part.Link
	for _, p := range f.Problems {
		at := f.tabPath(p.Tab)
		switch {
		case p.Tab == filing.TabParticipants && p.Participant != "":
			at = "/participants/" + p.Participant + "?check=1" + part.FieldLink(p.Field)
		case p.Tab == filing.TabParticipants:
			at += "#people"
		case p.Tab == filing.TabDocuments:
			at += "#d-" + p.Field
		default:
			at += part.FieldLink(p.Field)
		}
		out = append(out, part.Link{Text: strings.TrimSuffix(say(ctx, p.Key, p.Args), "."), Href: filingPath(f.ID, at)})
	}
	return out
}

// wrong is the sentence below a field of the tab "Данные"; nothing until the places to mend are named.
func (f *filingView) wrong(ctx context.Context, field string) string {
	if !f.Check {
		return ""
	}
	for _, p := range f.Problems {
		if p.Tab == filing.TabData && p.Field == field {
			return say(ctx, p.Key, p.Args)
		}
	}
	return ""
}

// filer is the participant who files.
func (f *filingView) filer() filing.Participant {
	for _, p := range f.Participants {
		if p.Filer {
			return p
		}
	}
	return filing.Participant{}
}

// filingKind is the kind of the work, or the service.
func filingKind(ctx context.Context, f filing.Filing) string {
	if f.Data.Kind != "" {
		return kind.Name(string(part.From(ctx).Lang), f.Data.Kind)
	}
	return part.T(ctx, "cabinet.short."+string(f.Service))
}

// partyType is "Физ. лицо" or "Юр. лицо".
func partyType(ctx context.Context, t string) string {
	if t == filing.Organisation {
		return part.T(ctx, "cabinet.data.organisation")
	}
	return part.T(ctx, "cabinet.data.person")
}

// reading tells whether a document is being read, so that the page asks again.
func (f *filingView) reading() bool {
	return f.Tab != filing.TabData && slices.ContainsFunc(f.Documents, func(d filing.Document) bool { return d.Check != nil && d.Check.Pending })
}

// ended tells whether the way of the application is over.
func (f *filingView) ended() bool { return f.State.Ended() }

// unsettled tells whether the present statement has still to be submitted: for a number, or as an answer.
func (f *filingView) unsettled() bool { return f.IncomingNo == "" || f.State == filing.Amended }

// open tells whether what is typed and attached is still in the making.
func (f *filingView) open() bool {
	return !f.ended() && (f.IncomingNo == "" || f.State == filing.Amending)
}

// barcodeOf is the drawing of a barcode, nothing when it cannot be drawn.
func barcodeOf(text string) string {
	svg, err := document.BarcodeSVG(text)
	if err != nil {
		return ""
	}
	return svg
}
