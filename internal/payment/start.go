package payment

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// Payer is who sits before the bank's page.
type Payer struct {
	Name  string
	Email string
	Phone string
	Lang  i18n.Lang
}

// Page is what the page needs that sends the payer to the bank.
type Page struct {
	Invoice    Invoice         // maybe a later number than the one asked for
	Object     json.RawMessage // argument of halyk.pay
	ScriptURL  string          // the bank's script
	FormAction string          // where a form posts without scripts …
	FormField  string          // … with Object in this field
}

// object is the argument of halyk.pay (epayment.kz, payment page).
type object struct {
	InvoiceID       string          `json:"invoiceId"`
	BackLink        string          `json:"backLink"`
	FailureBackLink string          `json:"failureBackLink"`
	PostLink        string          `json:"postLink"`
	FailurePostLink string          `json:"failurePostLink"`
	Language        string          `json:"language"`
	Description     string          `json:"description"`
	AccountID       string          `json:"accountId"`
	Terminal        string          `json:"terminal"`
	Amount          json.Number     `json:"amount"`
	Currency        string          `json:"currency"`
	Name            string          `json:"name,omitempty"`
	Email           string          `json:"email,omitempty"`
	Phone           string          `json:"phone,omitempty"`
	Auth            json.RawMessage `json:"auth"`
}

var bankLanguages = map[i18n.Lang]string{i18n.KK: "kaz", i18n.RU: "rus", i18n.EN: "eng"}

// Start begins the payment session of an invoice, or goes on with the one that runs: a double click, two
// tabs and two processes get the same session and the same token. When the session is over the bank is
// asked first; if nothing was paid, the debt gets another number with a new session. It is fault.Conflict
// when the debt is paid or cancelled, fault.Unavailable when no bank is set up, the bank gives no token, or
// it does not tell how the last session ended (payment.unknown: the payer should not pay again).
func (s *Service) Start(ctx context.Context, id uuid.UUID, p Payer) (Page, error) {
	if s.bank == nil {
		return Page{}, fault.New(fault.Unavailable, "payment.no_bank")
	}
	i, err := s.begin(ctx, id, p)
	if errors.Is(err, errOver) {
		if _, err = s.Confirm(ctx, id); err == nil {
			i, err = s.begin(ctx, id, p)
		}
		if errors.Is(err, errOver) {
			err = fault.New(fault.Unavailable, "payment.unknown")
		}
	}
	if err != nil {
		return Page{}, err
	}
	token, err := s.token(ctx, i)
	if err != nil {
		return Page{}, err
	}
	return s.page(i, p, token)
}

// errOver says that the session is over and its end not known yet.
var errOver = errors.New("the payment session is over")

// begin writes the session down before the bank hears of it.
func (s *Service) begin(ctx context.Context, id uuid.UUID, p Payer) (begun Invoice, err error) {
	err = s.inTx(ctx, id, func(tx pgx.Tx, i *Invoice) error {
		now := s.clock.Now()
		switch i.State {
		case Expired, Failed:
			next, err := s.again(ctx, tx, *i)
			if err != nil {
				return err
			}
			i = &next
		case Paid:
			return fault.New(fault.Conflict, "payment.already_paid")
		case RefundDue, RefundAsked, Refunded:
			return fault.New(fault.Conflict, "payment.goes_back")
		case Cancelled:
			if i.Reason == AlreadyPaid {
				return fault.New(fault.Conflict, "payment.already_paid")
			}
			return fault.New(fault.Conflict, "payment.cancelled")
		}
		if i.State == Paying {
			begun = *i
			if !i.running(now) {
				return errOver
			}
			return nil
		}
		end := now.Add(SessionTime)
		i.StartedAt, i.Deadline, i.PayerLang = &now, &end, string(p.Lang)
		if err := s.note(ctx, tx, &i.ID, "started", "", map[string]any{"deadline": end}); err != nil {
			return err
		}
		err := s.move(ctx, tx, i, Paying, "")
		begun = *i
		return err
	})
	return begun, err
}

// tokenReserve is how long a token must still hold for the payer to get to the bank with it.
const tokenReserve = time.Minute

const tokenLabel = "invoice.token"

// token gives the bank's token of the session: the stored one, or a new one. The first that is stored is
// everybody's.
func (s *Service) token(ctx context.Context, i Invoice) (json.RawMessage, error) {
	kept, err := s.keptToken(ctx, i.ID)
	if err != nil || kept != nil {
		return kept, err
	}
	v, err, _ := s.tokens.Do(i.ID.String(), func() (any, error) {
		kept, err := s.keptToken(ctx, i.ID)
		if err != nil || kept != nil {
			return kept, err
		}
		return s.newToken(context.WithoutCancel(ctx), i) // others wait for it, too
	})
	if err != nil {
		return nil, err
	}
	return v.(json.RawMessage), nil
}

func (s *Service) keptToken(ctx context.Context, id uuid.UUID) (json.RawMessage, error) {
	var sealed []byte
	err := s.pool.QueryRow(ctx, `SELECT token_sealed FROM invoice WHERE id = $1 AND token_until > $2`,
		id, s.clock.Now().Add(tokenReserve)).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a payment's token: %w", err)
	}
	return s.keeper.Open(sealed, tokenLabel)
}

func (s *Service) newToken(ctx context.Context, i Invoice) (json.RawMessage, error) {
	answer, holds, err := s.bank.paymentToken(ctx, order{number: i.Number, secret: s.secretOf(i.Number), postLink: s.o.CallbackURL, amount: i.Total})
	if err != nil {
		s.log.Warn("the bank gave no token", "error", err)
		if err := s.note(ctx, s.pool, &i.ID, "token", "refused", nil); err != nil {
			return nil, err
		}
		return nil, fault.Wrap(err, fault.Unavailable, "payment.bank_away")
	}
	now := s.clock.Now()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE invoice SET token_sealed = @token, token_until = @until
			WHERE id = @id AND (token_until IS NULL OR token_until <= @soon)`,
			pgx.StrictNamedArgs{"token": s.keeper.Seal(answer, tokenLabel), "until": now.Add(max(holds, 2*tokenReserve)), "id": i.ID, "soon": now.Add(tokenReserve)})
		if err != nil {
			return fmt.Errorf("storing a payment's token: %w", err)
		}
		if tag.RowsAffected() == 0 { // another process was first
			return nil
		}
		return s.note(ctx, tx, &i.ID, "token", "given", nil)
	})
	if err != nil {
		return nil, err
	}
	kept, err := s.keptToken(ctx, i.ID)
	if err == nil && kept == nil { // it ran out on the way
		err = fault.New(fault.Unavailable, "payment.bank_away")
	}
	return kept, err
}

// secretOf is the secret of an invoice that the bank repeats in its callback; nobody else can make it.
func (s *Service) secretOf(number string) string {
	return hex.EncodeToString(s.keeper.Hash("invoice.secret", number)[:16])
}

func (s *Service) page(i Invoice, p Payer, token json.RawMessage) (Page, error) {
	o := object{InvoiceID: i.Number, BackLink: s.o.ReturnURL(i.ID, true), FailureBackLink: s.o.ReturnURL(i.ID, false),
		PostLink: s.o.CallbackURL, FailurePostLink: s.o.CallbackURL, Language: bankLanguages[p.Lang], Description: cut(i.Description, 125),
		AccountID: i.AccountID.String(), Terminal: s.bank.o.Terminal, Amount: json.Number(i.Total.String()), Currency: currency,
		Name: p.Name, Email: p.Email, Phone: p.Phone, Auth: token}
	if o.Language == "" {
		o.Language = bankLanguages[i18n.RU]
	}
	text, err := json.Marshal(o)
	if err != nil {
		return Page{}, fmt.Errorf("payment object: %w", err)
	}
	return Page{Invoice: i, Object: text, ScriptURL: s.bank.ScriptURL(), FormAction: s.bank.o.PageURL, FormField: "payment"}, nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
