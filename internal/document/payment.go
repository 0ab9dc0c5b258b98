package document

import (
	"kualik/internal/i18n"
)

// PaymentReceipt makes the receipt of a payment that has arrived.
func PaymentReceipt(d PaymentData, lang i18n.Lang) ([]byte, error) {
	s := newSheet(lang)
	if err := s.moneyHead(d.Invoice, d.Draft, d.URL, d.Office, s.t("payment.title")); err != nil {
		return nil, err
	}
	s.band([]pair{{s.t("payment.paid"), Money(lang, d.Fee.Total)}, {s.t("payment.invoice"), d.Invoice}, {s.t("payment.at"), s.moment(d.PaidAt, d.Zone)}})
	s.purpose(d.Service, d.Draft, d.Title, d.Payer, "")
	s.field(s.t("payment.payee"), d.Payee, body)
	s.heading(s.t("payment.lines"))
	s.fee(d.Service, d.Fee)
	s.heading(s.t("payment.how"))
	for _, p := range []pair{{s.t("payment.card"), d.Card}, {s.t("payment.approval"), d.Approval}, {s.t("payment.reference"), d.Reference},
		{s.t("payment.terminal"), d.Terminal}, {s.t("payment.transfer"), d.Transfer}, {s.t("payment.invoiced"), s.moment(d.InvoiceAt, d.Zone)}} {
		if p.value != "" {
			s.field(p.name, p.value, body)
		}
	}
	s.y += 3
	s.text(note, left, wide, atLeft, s.t("payment.note"))
	return s.finish(s.t("payment.name", "Invoice", d.Invoice), s.t("payment.foot", "Invoice", d.Invoice, "Office", d.Office), d.PaidAt)
}

// Invoice makes the invoice that can be formed before the payment.
func Invoice(d InvoiceData, lang i18n.Lang) ([]byte, error) {
	s := newSheet(lang)
	if err := s.moneyHead(d.Invoice, d.Draft, d.URL, d.Office, s.t("invoice.title")); err != nil {
		return nil, err
	}
	band := []pair{{s.t("invoice.due"), Money(lang, d.Fee.Total)}, {s.t("payment.invoice"), d.Invoice}, {s.t("invoice.at"), s.moment(d.InvoiceAt, d.Zone)}}
	if d.PayUntil != "" {
		band[2] = pair{s.t("invoice.until"), s.day(d.PayUntil)}
	}
	s.band(band)
	s.purpose(d.Service, d.Draft, d.Title, d.Payer, d.PayerIIN)
	s.heading(s.t("invoice.payee"))
	for _, p := range []pair{{s.t("payment.payee"), d.Payee.Name}, {s.t("invoice.bin"), d.Payee.BIN}, {s.t("invoice.account"), d.Payee.Account},
		{s.t("invoice.bank"), d.Payee.Bank}, {s.t("invoice.bank_code"), d.Payee.BankCode}, {s.t("invoice.purpose_code"), d.Payee.Purpose}} {
		if p.value != "" {
			s.field(p.name, p.value, body)
		}
	}
	s.heading(s.t("payment.lines"))
	s.fee(d.Service, d.Fee)
	s.y += 3
	s.text(note, left, wide, atLeft, s.t("invoice.note"))
	return s.finish(s.t("invoice.name", "Invoice", d.Invoice), s.t("invoice.foot", "Invoice", d.Invoice, "Office", d.Office), d.InvoiceAt)
}

func (s *sheet) moneyHead(invoice string, draft int, url, office, name string) error {
	if err := s.codes(invoice, url); err != nil {
		return err
	}
	s.put(strong, left+27, 60, top+13.5, atLeft, "№ "+invoice)
	s.put(label, left+27, 60, top+18.5, atLeft, s.t("application", "Draft", grouped(draft)))
	s.text(body, 112, right-112, atRight, office)
	s.y = max(s.y, top+25) + 9
	s.text(title, left, wide, centred, name)
	s.y += 6
	return nil
}

// purpose says what is paid for and by whom.
func (s *sheet) purpose(service string, draft int, work, payer, iin string) {
	s.field(s.t("payment.purpose"), s.t(service+".name")+" · "+s.t("application", "Draft", grouped(draft)), body)
	if work != "" {
		s.field(s.t("work.title"), work, quoted)
	}
	s.field(s.t("payment.payer"), joined(", ", payer, iin), body)
}

// fee sets the lines of what is paid, the sum under a stronger line.
func (s *sheet) fee(service string, f Fee) {
	money := func(name string, tiyn int64, st style) {
		s.put(st, left, wide, s.y, atLeft, name)
		s.put(st, left, wide, s.y, atRight, Money(s.lang, tiyn))
		s.y += st.leading() + 0.8
	}
	money(s.t(service+".fee"), f.Base, body)
	money(s.t("fee.vat", "Percent", f.VATPercent), f.VAT, body)
	money(s.t("fee.commission"), f.Commission, body)
	s.rule(left, wide, s.y, 0.4, ink)
	s.y += 1.2
	money(s.t("fee.total"), f.Total, strong)
	if f.Reduction == "" {
		return
	}
	text := s.t("fee.reduction", "Ground", f.Reduction)
	if f.Percent > 0 {
		text = s.t("fee.reduction_percent", "Ground", f.Reduction, "Percent", f.Percent)
	}
	s.text(note, left, wide, atLeft, text)
}
