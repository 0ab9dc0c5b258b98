package web

import (
	"context"

	"kualik/internal/filing"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// ready counts the lines of the readiness list that are done.
func (f *filingView) ready() (n int) {
	for _, r := range f.Readiness {
		if r.State == "ok" {
			n++
		}
	}
	return n
}

func (f *filingView) paidInvoice() (payment.Invoice, bool) {
	for _, i := range f.Invoices {
		if i.State == payment.Paid {
			return i, true
		}
	}
	return payment.Invoice{}, false
}

func checkPages(ctx context.Context, d filing.Document) string {
	if d.Check.Pages == 0 {
		return ""
	}
	return part.T(ctx, "cabinet.check.pages", "Count", d.Check.Pages)
}

// nextLamp is the shape of one who has not signed yet.
func nextLamp(p filing.Participant) string {
	switch p.Sign {
	case filing.SignRefused, filing.SignLate:
		return "bad"
	case filing.SignWaiting:
		return "warn"
	}
	return "unknown"
}

func untilWords(ctx context.Context, f *filingView) string {
	if f.Deadline == nil {
		return ""
	}
	return part.T(ctx, "cabinet.next.until", "At", shortAt(ctx, f.Deadline))
}

func nextNote(ctx context.Context, p filing.Participant) string {
	if p.Refusal != "" {
		return part.T(ctx, p.Refusal)
	}
	return joinNonEmpty("; ", invitation(ctx, p.Invitation), part.T(ctx, "cabinet.next.remind_self"))
}

// voidedNote says when a statement became void, and how many signatures with it.
func voidedNote(ctx context.Context, o filing.Statement) string {
	note := part.T(ctx, "cabinet.statement.void", "At", shortAt(ctx, o.VoidedAt))
	if n := len(o.Signatures); n > 0 {
		note += ", " + part.T(ctx, "cabinet.statement.void_signatures", "Count", n)
	}
	return note
}

// line is a line of a price.
type line struct {
	Name, Sum string
	Total     bool
}

// invoiceLines are the frozen lines of an invoice.
func invoiceLines(ctx context.Context, i payment.Invoice) []line {
	l := part.From(ctx).Lang
	base := part.T(ctx, "payment.line.base")
	if i.Share != payment.Whole {
		base = part.T(ctx, "payment.line.reduced", "Share", i.Share.Text(l))
	}
	return []line{{Name: base, Sum: i.Base.Text(l)}, {Name: part.T(ctx, "payment.line.vat", "Percent", i.VATPercent.Text(l)), Sum: i.VAT.Text(l)},
		{Name: part.T(ctx, "payment.line.commission"), Sum: i.Commission.Text(l)},
		{Name: part.T(ctx, "payment.line.total"), Sum: i.Total.Text(l), Total: true}}
}

// cardNote is what the sum on the card is made of, or that it is paid.
func cardNote(ctx context.Context, f *filingView, r filing.Ready) string {
	if f.PaidAt != nil {
		return say(ctx, r.Key, r.Args)
	}
	return part.T(ctx, "cabinet.ready.card_note", "Price", money(ctx, int64(f.Price.WithoutCommission())), "Commission", tenge(ctx, int64(f.Price.Commission)))
}
