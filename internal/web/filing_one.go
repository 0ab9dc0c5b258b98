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
	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// One application: what stands around its four tabs, and the tab of its data.

func (s *Server) mountFilingOne() {
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
	return view, nil
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

// typed is the form of the tab "Данные", raw.
func typed(v *Visit) filing.Data {
	return filing.Data{Title: v.Text("title"), Kind: v.Text("kind"), CreatedOn: v.Text("created_on"), Religious: v.Text("religious") != "",
		Reduction: v.Text("reduction"), Country: country(v), Region: v.Text("region"), Address: v.Text("address"),
		Postcode: v.Text("postcode"), Phone: v.Text("phone"), Mobile: v.Text("mobile"), Fax: v.Text("fax"), Email: v.Text("email"),
		CertificateNo: v.Text("certificate_no"), CertificateDate: v.Text("certificate_date"), Purpose: v.Text("purpose"), Delivery: v.Text("delivery")}
}

// saveFiling stores the tab "Данные", and forms the statement when its button was pressed.
func (s *Server) saveFiling(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	by := v.Get("X-Autosave") != ""
	saved, err := s.save(v, id)
	switch conflict := (*filing.Conflict)(nil); {
	case by:
		return s.autosaved(v, saved, err)
	case errors.As(err, &conflict):
		return s.refused(v, filing.TabData, err, func(f *filingView) {
			f.Conflict, f.Typed, f.Version, f.Problem = conflict, conflict.Mine, conflict.Version, ""
		})
	case err != nil:
		return s.refused(v, filing.TabData, err, func(f *filingView) { f.Typed = typed(v) })
	case v.Text("do") == "form":
		return s.formStatement(v)
	}
	v.Notice("cabinet.saved.notice")
	return v.Go(filingPath(id, ""))
}

// save stores what was typed, and what stands beside it in the form.
func (s *Server) save(v *Visit, id uuid.UUID) (filing.Saved, error) {
	version, err := v.number("version")
	if err != nil {
		return filing.Saved{}, errNoPage
	}
	ctx := v.UserContext()
	saved, err := s.Filings.Save(ctx, v.me(), id, version, typed(v))
	if err != nil {
		return saved, err
	}
	f, err := s.Filings.View(ctx, v.me(), id)
	if err != nil {
		return saved, err
	}
	if reduced := v.Text("reduced") != ""; reduced != f.Reduced {
		if err := s.Filings.SetReduced(ctx, v.me(), id, reduced); err != nil {
			return saved, err
		}
	}
	if l := v.Text("statement_lang"); l != "" && l != string(f.Lang) {
		if err := s.Filings.SetLang(ctx, v.me(), id, l); err != nil {
			return saved, err
		}
	}
	if f, err = s.Filings.View(ctx, v.me(), id); err != nil {
		return saved, err
	}
	saved.Version = f.Version
	return saved, nil
}

// autosaved answers the script: the version that the page has now, or why nothing was stored.
func (s *Server) autosaved(v *Visit, saved filing.Saved, err error) error {
	if err == nil {
		return v.JSON(map[string]any{"version": saved.Version, "text": v.T("cabinet.saved", "At", part.ShortMoment(v.Context(), saved.At))})
	}
	if !mendable(err) && !fault.Is(err, fault.Forbidden) {
		return err
	}
	text := v.Error(err)
	if fault.Is(err, fault.Conflict) {
		text = v.T("cabinet.autosave.conflict")
	}
	return v.Status(statusOf[fault.KindOf(err)]).JSON(map[string]any{"text": text})
}

// formStatement forms the statement, or names the places to mend.
func (s *Server) formStatement(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	_, err = s.Filings.FormStatement(v.UserContext(), v.me(), id)
	var places filing.Problems
	if errors.As(err, &places) {
		return v.Go(filingPath(id, "?check=1"))
	}
	if err != nil {
		return s.refused(v, filing.TabData, err)
	}
	return v.Go(filingPath(id, ""))
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
		out = append(out, part.Step{Title: part.T(ctx, st.Key), Note: note, State: state})
	}
	return out
}

// tabs are the four tabs with the number of places to mend in each.
func (f *filingView) tabs(ctx context.Context) []part.Tab {
	var out []part.Tab
	for _, t := range []filing.Tab{filing.TabData, filing.TabParticipants, filing.TabDocuments, filing.TabPayments} {
		tab := part.Tab{Text: part.T(ctx, "cabinet.tab."+string(t)), Href: filingPath(f.ID, f.tabPath(t)), Here: t == f.Tab}
		for _, p := range f.Problems {
			if p.Tab == t && f.Check {
				tab.Count++
			}
		}
		switch {
		case t == filing.TabPayments:
			tab.Done = f.PaidAt != nil
		case t == filing.TabParticipants && f.IncomingNo != "" && !f.ended():
			tab.Count, tab.Mild = f.waiting(), true
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

func workKinds(ctx context.Context) []part.Option {
	out := []part.Option{{Value: "", Text: part.T(ctx, "cabinet.data.choose")}}
	for _, c := range kind.Codes {
		out = append(out, part.Option{Value: c, Text: kind.Name(string(part.From(ctx).Lang), c)})
	}
	return out
}

func deliveryOptions(ctx context.Context) []part.Option {
	out := []part.Option{{Value: "", Text: part.T(ctx, "cabinet.data.choose")}}
	for _, d := range filing.Deliveries {
		out = append(out, part.Option{Value: d, Text: part.T(ctx, "cabinet.delivery."+d)})
	}
	return out
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
func (f *filingView) ended() bool { return f.State == filing.Withdrawn || f.State == filing.Deleted }

// diffValue is a field of two versions, by its json name.
func diffValue(d filing.Data, field string) string {
	m := map[string]string{"title": d.Title, "kind": d.Kind, "created_on": d.CreatedOn, "religious": yesNo(d.Religious), "reduction": d.Reduction,
		"country": d.Country, "region": d.Region, "address": d.Address, "postcode": d.Postcode, "phone": d.Phone, "mobile": d.Mobile,
		"fax": d.Fax, "email": d.Email, "certificate_no": d.CertificateNo, "certificate_date": d.CertificateDate, "purpose": d.Purpose, "delivery": d.Delivery}
	return strings.TrimSpace(m[field])
}

// fieldLabels are the labels of the fields of Data, by their json names.
var fieldLabels = map[string]string{"title": "title", "kind": "kind", "created_on": "created", "religious": "religious", "reduction": "reduction",
	"country": "country", "region": "region", "address": "address", "postcode": "postcode", "phone": "phone", "mobile": "mobile", "fax": "fax",
	"email": "email", "certificate_no": "certificate_no", "certificate_date": "certificate_date", "purpose": "purpose", "delivery": "delivery"}

func deliveryName(ctx context.Context, d string) string {
	if d == "" {
		return ""
	}
	return part.T(ctx, "cabinet.delivery."+d)
}

// fieldOf gives a field its fault, or makes it read-only.
func fieldOf(ctx context.Context, f *filingView, live bool, v part.FieldView) part.FieldView {
	if v.Error = f.wrong(ctx, v.Name); v.Error != "" {
		v.Hint = ""
	}
	if !live {
		v.ReadOnly, v.Required, v.Placeholder = true, false, ""
	}
	return v
}

// barcodeOf is the drawing of a barcode, nothing when it cannot be drawn.
func barcodeOf(text string) string {
	svg, err := document.BarcodeSVG(text)
	if err != nil {
		return ""
	}
	return svg
}

// country is that of the form; Kazakhstan is kept by its code, whatever language it was shown in.
func country(v *Visit) string {
	text := v.Text("country")
	for _, l := range i18n.All {
		if text == account.CountryName(l, account.Kazakhstan) {
			return account.Kazakhstan
		}
	}
	return text
}
