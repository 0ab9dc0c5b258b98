package web

import (
	"context"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/document"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// Paying: the invoice, the way to the bank and back, and what the bank tells us by itself. Kualik never sees
// a card: its number is typed on the bank's page.

const paymentsPath = "/payments"

// callbackPath is where the bank posts what became of a payment.
const callbackPath = "/payments/epay/callback"

// callbackSize and callbackTime bound what the bank, or somebody in its name, may send.
const (
	callbackSize = 64 << 10
	callbackTime = 10 * time.Second
)

func (s *Server) mountPayments() {
	s.post("/filings/:id/pay", account.File, s.change(s.payFiling))
	s.post("/filings/:id/invoice", account.File, s.change(s.formInvoice))
	s.get(paymentsPath, account.File, s.paymentsPage)
	s.mountPaymentsOffice()
	s.get("/payments/:id", account.File, s.paymentPage)
	s.get("/payments/:id/pay", account.File, s.payPage)
	s.post("/payments/:id/pay", account.File, s.change(s.startPayment))
	s.post("/payments/:id/over", account.File, s.change(s.endSession))
	s.get("/payments/:id/return", account.File, s.returnPage)
	s.get("/payments/:id/invoice.pdf", account.File, s.invoiceFile)
	s.get("/payments/:id/receipt.pdf", account.File, s.paymentReceipt)
}

// mountCallback stands before the middlewares of forms: the bank has no session and no token.
func (s *Server) mountCallback() {
	if s.Payments == nil {
		return
	}
	s.routes = append(s.routes, route{"POST", callbackPath, anybody, false})
	s.app.Post(callbackPath, func(c *fiber.Ctx) error {
		var body io.Reader = c.Context().RequestBodyStream()
		if c.Context().RequestBodyStream() == nil {
			body = strings.NewReader(string(c.Body()))
		}
		data, err := io.ReadAll(io.LimitReader(body, callbackSize+1))
		if err != nil || len(data) > callbackSize {
			c.Context().SetConnectionClose()
			return errTooLarge
		}
		ctx, cancel := context.WithTimeout(context.Background(), callbackTime)
		defer cancel()
		if err := s.Payments.Callback(ctx, data); err != nil {
			if fault.Is(err, fault.Internal) {
				s.Log.Error("the bank's message was not taken", "error", err)
			}
			return c.Status(statusOf[fault.KindOf(err)]).SendString("refused")
		}
		return c.SendString("ok")
	})
}

func paymentPath(id uuid.UUID, more string) string { return paymentsPath + "/" + id.String() + more }

// formInvoice forms the invoice in advance.
func (s *Server) formInvoice(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if _, err := s.Filings.Invoice(v.UserContext(), v.me(), id); err != nil {
		return s.refused(v, filing.TabPayments, err)
	}
	v.Notice("cabinet.pay.formed")
	return v.Go(filingPath(id, "/payments"))
}

// payFiling forms the invoice if there is none, begins the session at the bank and goes to the page of it.
func (s *Server) payFiling(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabPayments)
	if err != nil {
		return err
	}
	if !f.Can(filing.Pay) {
		return s.refused(v, filing.TabPayments, fault.New(fault.Conflict, f.Button(filing.Pay).Why))
	}
	invoice, err := s.Filings.Invoice(v.UserContext(), v.me(), f.ID)
	if err != nil {
		return s.refused(v, filing.TabPayments, err)
	}
	return s.start(v, invoice)
}

func (s *Server) startPayment(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	return s.start(v, i.ID)
}

// endSession believes the payer that the bank's page takes no more cards, when the bank confirms it.
func (s *Server) endSession(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	if err := s.Payments.EndSession(v.UserContext(), i.ID); err != nil {
		if !mendable(err) {
			return err
		}
		return s.showPay(v, payView{}, i.ID, err)
	}
	return v.Go(paymentPath(i.ID, "/pay"))
}

// start begins the session, or goes on with the one that runs. What hinders it is said on the page.
func (s *Server) start(v *Visit, invoice uuid.UUID) error {
	if !s.Payments.HasBank() {
		return v.Go(paymentPath(invoice, "/pay"))
	}
	page, err := s.Payments.Start(v.UserContext(), invoice, s.payer(v, invoice))
	if err != nil {
		if !mendable(err) {
			return err
		}
		return s.showPay(v, payView{}, invoice, err)
	}
	return v.Go(paymentPath(page.Invoice.ID, "/pay"))
}

// payer is who sits before the bank's page; the contact of the application goes along.
func (s *Server) payer(v *Visit, invoice uuid.UUID) payment.Payer {
	p := payment.Payer{Name: v.Who.Name, Email: v.Who.Email, Lang: v.Lang()}
	i, err := s.Payments.Get(v.UserContext(), invoice)
	if err != nil || i.SubjectKind != filingSubject {
		return p
	}
	if f, err := s.Filings.View(v.UserContext(), v.me(), i.SubjectID); err == nil {
		if f.Data.Email != "" {
			p.Email = f.Data.Email
		}
		p.Phone = f.Data.Phone
	}
	return p
}

// ownInvoice is the invoice of the address, for its payer and for who looks after payments.
func (s *Server) ownInvoice(v *Visit) (payment.Invoice, error) {
	id, err := v.ID("id")
	if err != nil {
		return payment.Invoice{}, err
	}
	i, err := s.Payments.Get(v.UserContext(), id)
	if err != nil {
		return i, err
	}
	if i.AccountID != v.Who.ID && !v.Who.Can(account.SeePayments) {
		return i, fault.New(fault.NotFound, "payment.not_found")
	}
	return i, nil
}

// payView is the page of one payment in whatever state it is.
type payView struct {
	payment.Invoice
	Attempted []payment.Attempt
	Bank      *payment.Page // the way to the bank, while a session runs
	HasBank   bool
	Mine      bool // the reader pays
	Live      bool // and may do so now
	Problem   string
	Contact   string
	Seller    string
	Payee     document.Payee
	Back      bool // one came back from the bank
	Waits     bool // the page asks again by itself
	Subject   *filing.Filing
}

func (s *Server) payPage(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	return s.showPay(v, payView{}, i.ID, nil)
}

// returnPage is where the bank sends the payer. The status of the bank is asked; until it answers one waits.
func (s *Server) returnPage(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	if _, err := s.Payments.Look(v.UserContext(), i.ID); err != nil && !mendable(err) {
		return err
	}
	return s.showPay(v, payView{Back: true}, i.ID, nil)
}

func (s *Server) showPay(v *Visit, view payView, id uuid.UUID, cause error) error {
	ctx := v.UserContext()
	var err error
	if view.Invoice, err = s.Payments.Get(ctx, id); err != nil {
		return err
	}
	if view.Attempted, err = s.Payments.Attempts(ctx, id); err != nil {
		return err
	}
	view.HasBank, view.Contact, view.Mine, view.Live = s.Payments.HasBank(), s.contact(v), view.AccountID == v.Who.ID, v.Who.MayFile()
	view.Seller, view.Payee = s.seller(v), s.Payee
	status := 0
	if cause != nil {
		view.Problem, status = v.Error(cause), statusOf[fault.KindOf(cause)]
	}
	if view.SubjectKind == filingSubject {
		if f, err := s.Filings.View(ctx, v.me(), view.SubjectID); err == nil {
			view.Subject = &f.Filing
		}
	}
	now := v.env.Now
	if cause == nil && view.Mine && view.Live && view.running(now) && (!view.Back || len(view.Attempted) > 0) {
		page, err := s.Payments.Start(ctx, id, s.payer(v, id))
		switch {
		case err == nil && page.Invoice.ID != id:
			return v.Go(paymentPath(page.Invoice.ID, "/pay"))
		case err == nil:
			view.Bank = &page
			s.allowBank(v, page)
		case mendable(err):
			view.Problem = v.Error(err)
		default:
			return err
		}
	}
	if view.Waits = view.State == payment.Paying && view.Bank == nil && view.Problem == ""; view.Waits {
		v.Set("Refresh", "4; url="+paymentPath(id, "/return"))
	}
	return v.Show(Page{Title: v.T("cabinet.pay.title"), Here: paymentsPath, Status: status}, payPage(view))
}

// running tells whether one may go to the bank with this number.
func (p payView) running(now time.Time) bool {
	return p.State == payment.Paying && p.TimeLeft(now) > 0 && p.AttemptsLeft() > 0
}

// allowBank lets this one answer load the bank's script, talk to the bank and post to it.
func (s *Server) allowBank(v *Visit, p payment.Page) {
	origins := map[string]bool{}
	for _, address := range []string{p.ScriptURL, p.FormAction} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			origins[u.Scheme+"://"+u.Host] = true
		}
	}
	list := ""
	for o := range origins {
		list += " " + o
	}
	policy := v.GetRespHeader("Content-Security-Policy")
	for _, directive := range []string{"script-src 'self'", "form-action 'self'"} {
		policy = strings.Replace(policy, directive, directive+list, 1)
	}
	v.Set("Content-Security-Policy", policy)
}

// seller is who is paid.
func (s *Server) seller(v *Visit) string {
	if s.Payee.Name != "" {
		return s.Payee.Name
	}
	return v.T("cabinet.pay.seller_name")
}

// lastReason is what the bank said of the last attempt: its meaning, and the bank's own words.
func (p payView) lastReason(ctx context.Context) (meaning, words string) {
	if len(p.Attempted) == 0 {
		return "", ""
	}
	a := p.Attempted[len(p.Attempted)-1]
	return a.Meaning(part.From(ctx).Lang), joinNonEmpty(" ", a.Code, a.Words)
}

// minutesLeft is the time of the session as the script counts it: 19:40.
func (p payView) minutesLeft(ctx context.Context) string {
	d := p.TimeLeft(part.From(ctx).Now)
	return time.Time{}.Add(d).Format("4:05")
}

// invoiceChip is the state of an invoice: its shape and words.
func invoiceShape(i payment.Invoice) string {
	switch i.State {
	case payment.Paid:
		return "good"
	case payment.Open, payment.Paying, payment.RefundAsked:
		return "waiting"
	case payment.Failed, payment.Expired, payment.RefundDue:
		return "rejected"
	}
	return "none"
}

func payNote(ctx context.Context, p payView) string {
	return part.T(ctx, "cabinet.pay.invoice_no", "No", p.Number) + " · " + part.T(ctx, "payment.state."+string(p.State))
}

func payCrumbs(ctx context.Context, p payView) []part.Link {
	return []part.Link{{Text: part.T(ctx, "cabinet.nav.payments"), Href: paymentsPath}, {Text: "№ " + p.Number, Href: paymentPath(p.ID, "")}, {Text: part.T(ctx, "cabinet.pay.title")}}
}

// payable tells whether the debt can be paid now, under this number or a new one.
func payable(p payView) bool {
	switch p.State {
	case payment.Open, payment.Expired, payment.Failed:
		return p.Subject == nil || p.Subject.PaidAt == nil
	}
	return false
}

func beginText(ctx context.Context, p payView) string {
	if p.State == payment.Open {
		return part.T(ctx, "cabinet.do.pay")
	}
	return part.T(ctx, "cabinet.pay.again")
}

// invoiceFile is the invoice as a paper; it can be had in advance.
func (s *Server) invoiceFile(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	facts, err := s.shellFacts(v.UserContext())
	if err != nil {
		return err
	}
	payee := s.Payee
	payee.Name = s.seller(v)
	draft, title, payer := s.paidFor(v, i)
	data, err := document.Invoice(document.InvoiceData{Invoice: i.Number, Draft: draft, Service: i.Service, Title: title, Payer: payer, Payee: payee,
		Zone: s.Zone, Office: facts.University, URL: s.PublicURL + paymentPath(i.ID, "/pay"), Fee: feeOf(v, i), InvoiceAt: i.FormedAt}, v.Lang())
	if err != nil {
		return err
	}
	return v.pdf(v.T("cabinet.pay.invoice_pdf")+"-"+i.Number+".pdf", data)
}

// paymentReceipt is the receipt of a payment that has arrived.
func (s *Server) paymentReceipt(v *Visit) error {
	i, err := s.ownInvoice(v)
	if err != nil {
		return err
	}
	if i.PaidAt == nil {
		return errNoDocument
	}
	facts, err := s.shellFacts(v.UserContext())
	if err != nil {
		return err
	}
	draft, title, payer := s.paidFor(v, i)
	data, err := document.PaymentReceipt(document.PaymentData{Invoice: i.Number, Draft: draft, Service: i.Service, Title: title, Payer: payer,
		Payee: s.seller(v), Zone: s.Zone, Office: facts.University, URL: s.PublicURL + paymentPath(i.ID, ""), Fee: feeOf(v, i), Card: i.CardMask,
		Approval: i.ApprovalCode, Reference: i.Reference, Transfer: i.Document, InvoiceAt: i.FormedAt, PaidAt: *i.PaidAt}, v.Lang())
	if err != nil {
		return err
	}
	return v.pdf(v.T("cabinet.pay.receipt_pdf")+"-"+i.Number+".pdf", data)
}

// paidFor is what an invoice is for: the application's number and title, and who files it.
func (s *Server) paidFor(v *Visit, i payment.Invoice) (draft int, title, payer string) {
	payer = v.Who.Name
	f, err := s.Filings.View(v.UserContext(), v.me(), i.SubjectID)
	if err != nil {
		return 0, "", payer
	}
	for _, p := range f.Participants {
		if p.Filer {
			payer = p.Name
		}
	}
	return int(f.DraftNo), f.Data.Title, titleCase(payer)
}

// feeOf are the lines of an invoice as papers print them.
func feeOf(v *Visit, i payment.Invoice) document.Fee {
	f := document.Fee{Base: int64(i.Base), VAT: int64(i.VAT), Commission: int64(i.Commission), Total: int64(i.Total), VATPercent: int(i.VATPercent / 100)}
	if i.Reduction != "" {
		f.Reduction, f.Percent = v.T("payment.ground."+i.Reduction), int(i.Share/100)
	}
	return f
}
