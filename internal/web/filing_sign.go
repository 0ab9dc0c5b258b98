package web

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/web/part"
)

// The statement as it is stored, signing it, and what a submission answers.

func (s *Server) mountFilingSign() {
	s.get("/filings/:id/statement", account.File, s.statementPage)
	s.get("/filings/:id/statement.pdf", account.File, s.statementFile)
	s.get("/filings/:id/statements/:statement", account.File, s.statementFile)
	s.get("/filings/:id/pages/:n", account.File, s.statementPicture)
	s.get("/filings/:id/sign", account.File, s.change(s.signPage))
	s.post("/filings/:id/sign", account.File, s.change(s.signFiling))
	s.get("/filings/:id/done", account.File, s.donePage)
	s.get("/filings/:id/receipt.pdf", account.File, s.receiptFile)
	s.get("/sign/:secret", anybody, s.invitationPage)
	s.post("/sign/:secret", anybody, s.acceptInvitation)
}

// statementFile gives the stored bytes of a statement: those that are shown, and those that are signed.
func (s *Server) statementFile(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	statement := uuid.Nil
	if text := strings.TrimSuffix(v.Params("statement"), ".pdf"); text != "" {
		if statement, err = uuid.Parse(text); err != nil {
			return errNoPage
		}
	}
	st, data, err := s.Filings.OpenStatement(v.UserContext(), v.me(), id, statement)
	if err != nil {
		return err
	}
	return v.pdf(fmt.Sprintf("%s-%d.pdf", v.T("cabinet.statement.title"), st.Number), data)
}

// pdf answers with a document of our own making, to be saved.
func (v *Visit) pdf(name string, data []byte) error {
	v.Set(fiber.HeaderContentType, "application/pdf")
	v.Set(fiber.HeaderContentDisposition, attachment(name))
	v.Set(fiber.HeaderCacheControl, "private, no-store")
	return v.Send(data)
}

// statementPicture draws a page of the present statement.
func (s *Server) statementPicture(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(v.Params("n"), ".png"))
	if err != nil || n < 1 || n > 200 || s.Render == nil {
		return errNoDocument
	}
	_, data, err := s.Filings.OpenStatement(v.UserContext(), v.me(), id, uuid.Nil)
	if err != nil {
		return err
	}
	picture, err := s.Render(v.UserContext(), data, n, dots)
	if err != nil {
		return errNoDocument
	}
	v.Set(fiber.HeaderContentType, "image/png")
	v.Set(fiber.HeaderCacheControl, "private, no-store")
	return v.Send(picture)
}

// pageTree is how our own PDFs name the number of their pages.
var pageTree = regexp.MustCompile(`/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b`)

func pagesOf(pdf []byte) int {
	most := 1
	for _, m := range pageTree.FindAllSubmatch(pdf, -1) {
		for _, g := range m[1:] {
			if n, err := strconv.Atoi(string(g)); err == nil {
				most = max(most, n)
			}
		}
	}
	return min(most, 200)
}

// statementViewer shows the stored statement, page by page.
func (s *Server) statementViewer(ctx context.Context, id uuid.UUID, st filing.Statement, data []byte) part.ViewerView {
	view := part.ViewerView{ID: "statement-pages", Title: part.T(ctx, "cabinet.statement.title"), Nothing: part.T(ctx, "cabinet.statement.no_pages"),
		Links: []part.Link{{Text: part.T(ctx, "cabinet.do.download"), Href: filingPath(id, "/statement.pdf")}}}
	if s.Render == nil {
		return view
	}
	for n := 1; n <= pagesOf(data); n++ {
		view.Sheets = append(view.Sheets, part.Sheet{Image: filingPath(id, fmt.Sprintf("/pages/%d.png?v=%s", n, st.SHA256[:min(8, len(st.SHA256))])),
			Alt: part.T(ctx, "cabinet.statement.page", "N", n)})
	}
	return view
}

type statementView struct {
	*filingView
	Shown  filing.Statement
	Viewer part.ViewerView
}

func (s *Server) statementPage(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabData)
	if err != nil {
		return err
	}
	st, data, err := s.Filings.OpenStatement(v.UserContext(), v.me(), f.ID, uuid.Nil)
	if err != nil {
		return err
	}
	view := statementView{filingView: f, Shown: st, Viewer: s.statementViewer(v.Context(), f.ID, st, data)}
	return v.Show(Page{Title: v.T("cabinet.statement.title"), Here: filingsPath}, filingStatement(view))
}

// signView is the page on which one signs.
type signView struct {
	*filingView
	filing.SignContent
	Viewer  part.ViewerView
	Form    edsView
	Signer  string
	Problem string
}

func (s *Server) signPage(v *Visit) error { return s.showSign(v, nil) }

// showSign shows what is signed; cause is why the last try was refused.
func (s *Server) showSign(v *Visit, cause error) error {
	f, err := s.seeFiling(v, filing.TabData)
	if err != nil {
		return err
	}
	if !f.unsettled() && f.Relation == filing.RelFiler {
		return v.Go(filingPath(f.ID, "/done"))
	}
	content, err := s.Filings.ToSign(v.UserContext(), v.me(), f.ID)
	if err != nil {
		if cause != nil {
			err = cause
		}
		return s.refused(v, filing.TabParticipants, err)
	}
	button, key := v.T("cabinet.do.sign"), randomText()
	if content.Submits {
		button = v.T("cabinet.do.sign_and_submit")
	}
	view := signView{filingView: f, SignContent: content, Signer: v.Who.Name, Viewer: s.statementViewer(v.Context(), f.ID, content.Statement, content.Content),
		Form: s.edsSign(v, filingPath(f.ID, "/sign"), filingPath(f.ID, "/statement.pdf"), button, part.Link{Text: "key", Href: key})}
	status := 0
	if cause != nil {
		view.Problem, status = v.Error(cause), statusOf[fault.KindOf(cause)]
	}
	return v.Show(Page{Title: v.T("cabinet.sign.title"), Here: filingsPath, Status: status}, filingSign(view))
}

var errBadSignature = fault.New(fault.Invalid, "cabinet.sign.bad_base64")

// signFiling takes a signature: the filer's submits the application, another author's stands under it.
func (s *Server) signFiling(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	cms, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.FormValue("cms")), ""))
	if err != nil || len(cms) == 0 {
		return s.showSign(v, errBadSignature)
	}
	f, err := s.Filings.View(v.UserContext(), v.me(), id)
	if err != nil {
		return err
	}
	if f.Relation == filing.RelFiler {
		if _, err = s.Filings.Submit(v.UserContext(), v.me(), id, cms, v.Text("key")); err == nil {
			return v.Go(filingPath(id, "/done"+when(f.State == filing.Amended, "?answer=1")))
		}
	} else {
		last, signErr := s.Filings.Sign(v.UserContext(), v.me(), id, cms)
		if err = signErr; err == nil {
			return v.Go(filingPath(id, "/done?last="+yesNo(last)))
		}
	}
	if !mendable(err) && !fault.Is(err, fault.Forbidden) {
		return err
	}
	return s.showSign(v, err)
}

// donePage is what a submission or a signature answers: the number and its barcode, or that one waits for them.
func (s *Server) donePage(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabParticipants)
	if err != nil {
		return err
	}
	if f.unsettled() && f.Submission != nil && f.Submission.State == "recorded" {
		v.Set("Refresh", "3")
	}
	f.Answered = v.Query("answer") != ""
	return v.Show(Page{Title: v.T(doneTitle(f)), Here: filingsPath}, filingDone(f))
}

func (s *Server) receiptFile(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	name, data, err := s.Filings.SubmissionReceipt(v.UserContext(), v.me(), id)
	if err != nil {
		return err
	}
	return v.pdf(name, data)
}

// invitationView is the page of a personal link, before the log-in.
type invitationView struct {
	filing.Invited
	Secret string
	Known  bool
	Phone  bool
}

// invitationPage shows who invites; a mail program that opens links uses nothing up.
func (s *Server) invitationPage(v *Visit) error {
	if s.Filings == nil {
		return errNoPage
	}
	in, err := s.Filings.OpenInvitation(v.UserContext(), v.Params("secret"))
	if err != nil {
		return err
	}
	return v.write(fiber.StatusOK, invitationDoc(invitationView{Invited: in, Secret: v.Params("secret"), Known: v.Who.MayFile()}))
}

// acceptInvitation leads to the log-in with EDS, and with one to the application.
func (s *Server) acceptInvitation(v *Visit) error {
	secret := v.Params("secret")
	if !v.Who.MayFile() {
		return v.Go(edsLoginPath("/sign/" + secret))
	}
	id, err := s.Filings.AcceptInvitation(v.UserContext(), v.me(), secret)
	if err != nil {
		return err
	}
	return v.Go(filingPath(id, ""))
}

func statementCrumbs(ctx context.Context, f *filingView, last string) []part.Link {
	return []part.Link{{Text: part.T(ctx, "cabinet.nav.filings"), Href: filingsPath}, {Text: "№ " + draftNo(f.Filing), Href: filingPath(f.ID, "")}, {Text: last}}
}

// doneTitle says what was done: a submission, or another author's signature.
func doneTitle(f *filingView) string {
	switch {
	case f.unsettled():
		return "cabinet.sign.title"
	case f.Answered:
		return "correspondence.done"
	case f.Relation == filing.RelAuthor:
		return "cabinet.sign.thanks"
	}
	return "cabinet.done.page"
}

// untilLeft is a term with the time that is left of it.
func untilLeft(ctx context.Context, until time.Time) string {
	rest := left(ctx, &until)
	if rest != "" {
		rest = part.T(ctx, "cabinet.next.left", "Left", rest)
	}
	return joinNonEmpty(", ", part.ShortMoment(ctx, until), rest)
}
