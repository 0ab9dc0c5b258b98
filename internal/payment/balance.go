package payment

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
)

// Balance holds our books against the bank's for the card payments whose sessions began in a period.
type Balance struct {
	From, To     clock.Day
	Invoices     int
	Taken        Tiyn // by our books
	Refunded     Tiyn
	BankTaken    Tiyn // as the bank says now
	BankRefunded Tiyn
	Differences  []Difference
	Unknown      []Invoice // about which the bank gave no answer; both sums leave them out
}

// Net is what is left with the office by our books.
func (b Balance) Net() Tiyn { return b.Taken - b.Refunded }

// BankNet is what is left with the office as the bank says.
func (b Balance) BankNet() Tiyn { return b.BankTaken - b.BankRefunded }

// Even tells whether both agree on every invoice and the bank answered about all.
func (b Balance) Even() bool { return len(b.Differences) == 0 && len(b.Unknown) == 0 }

// Difference is an invoice on which we and the bank do not agree.
type Difference struct {
	InvoiceID uuid.UUID
	Number    string
	Ours      Tiyn // taken less refunded
	Bank      Tiyn
	BankSays  Verdict
}

// Balance asks the bank about every card payment of the days from to to, both included, and adds up. It
// changes nothing: what differs is mended by Confirm.
func (s *Service) Balance(ctx context.Context, from, to clock.Day) (Balance, error) {
	b := Balance{From: from, To: to}
	list, err := many(ctx, s.pool, `WHERE started_at IS NOT NULL AND means <> 'transfer'
		AND (started_at AT TIME ZONE @zone)::date BETWEEN @from AND @to ORDER BY id`,
		pgx.StrictNamedArgs{"zone": s.zone.String(), "from": from, "to": to})
	if err != nil || s.bank == nil {
		return b, err
	}
	for _, i := range list {
		if err := ctx.Err(); err != nil {
			return b, fmt.Errorf("adding up payments: %w", err)
		}
		b.add(i, s.bank.status(ctx, i.Number), s)
	}
	return b, nil
}

func (b *Balance) add(i Invoice, a Answer, s *Service) {
	b.Invoices++
	v := s.read(i, a)
	var taken, back Tiyn
	switch v {
	case NoAnswer, Partly:
		b.Unknown = append(b.Unknown, i)
		return
	case Charged:
		taken, _ = ParseTiyn(string(a.Transaction.Amount))
	case Returned:
		taken, _ = ParseTiyn(string(a.Transaction.Amount))
		back = taken
	}
	b.Taken, b.Refunded = b.Taken+i.Taken, b.Refunded+i.RefundedSum
	b.BankTaken, b.BankRefunded = b.BankTaken+taken, b.BankRefunded+back
	if i.Taken-i.RefundedSum != taken-back {
		b.Differences = append(b.Differences, Difference{InvoiceID: i.ID, Number: i.Number, Ours: i.Taken - i.RefundedSum, Bank: taken - back, BankSays: v})
	}
}
