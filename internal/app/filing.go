package app

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/config"
	"kualik/internal/account"
	"kualik/internal/doctext"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/pki"
	"kualik/internal/signing"
)

// buildFiling makes what takes an application from its draft to its number: signatures, payments, the filing.
// Accounts and outgoing letters must be there.
func (a *App) buildFiling(book *jobs.Book) error {
	trust, err := a.trust()
	if err != nil {
		return err
	}
	a.anchors = trust
	a.Signing = signing.New(a.Pool, signing.Options{Clock: a.Clock, Keeper: a.Keeper, Blobs: a.Blobs, Trust: trust, Log: a.Log,
		LoginWithSignKey: a.Config.LoginWithSignKey, Revocation: signing.Policy(a.Config.Revocation)})
	if err := a.buildPayments(); err != nil {
		return err
	}
	a.Filings = filing.New(filing.Options{Pool: a.Pool, Clock: a.Clock, Zone: a.Config.Zone(), Keeper: a.Keeper, Blobs: a.Blobs, Log: a.Log,
		People: a.Accounts, Staff: a.Staff, Applications: a.Applications, Fees: a.Payments, Payments: a.Payments, Signatures: a.Signing,
		Reader: &a.reader, Workdays: a.Workdays, Letters: a.Notify,
		SignDays: a.Config.SignDays, IdentityDays: a.Config.IdentityDays, Order: a.Config.SignOrder, Expiry: a.Config.SignExpiry,
		Support: support(a.Config), Name: a.Config.University, PublicURL: a.Config.PublicURL, Office: a.officeAddresses, OfficeLang: a.Lang, Jobs: engine{a},
		Desk: a.Config.DeskMode, QueryDays: a.Config.QueryDays, Forward: a.forwardAddress,
		OnSubmitted: a.deskSubmitted, OnWithdrawn: a.deskWithdrawn})
	a.Payments.OnLock(a.Filings.LockForPayment)
	a.Payments.OnPaid(a.Filings.Paid)
	a.Payments.OnRefundAsked(a.Filings.RefundAsked)
	a.Payments.OnAlarm(a.tellOfMoney)
	jobs.Add(book, time.Minute, a.Payments.Work)
	jobs.Add(book, 5*time.Minute, a.Filings.WorkCheck)
	return nil
}

// engine is that of the app, which is made when everything that works is known.
type engine struct{ app *App }

// Insert inserts a job in a transaction.
func (e engine) Insert(ctx context.Context, tx pgx.Tx, args jobs.Args, o jobs.Options) error {
	return e.app.Jobs.Insert(ctx, tx, args, o)
}

// trust are the anchors of the settings. In production a stand-in's certificates are passed over, aloud.
func (a *App) trust() (*pki.Trust, error) {
	if a.Config.TrustDir == "" {
		return pki.NewTrust(), nil
	}
	trust, err := pki.LoadTrust(a.Config.TrustDir)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "app.trust_dir", "Dir", a.Config.TrustDir)
	}
	if test := trust.Test(); a.Config.Mode == config.Production && len(test) > 0 {
		a.Log.Warn("test certificates are not trusted in production", "names", test)
		trust = trust.Real()
	}
	return trust, nil
}

func (a *App) buildPayments() error {
	o := payment.Options{Clock: a.Clock, Zone: a.Config.Zone(), Keeper: a.Keeper, Log: a.Log,
		CallbackURL: a.Config.PublicURL + "/payments/epay/callback",
		ReturnURL: func(invoice uuid.UUID, paid bool) string {
			came := "failed"
			if paid {
				came = "paid"
			}
			return a.Config.PublicURL + "/payments/" + invoice.String() + "/return?came=" + came
		}}
	if a.Config.Pays() {
		bank, err := payment.NewBank(payment.BankOptions{OAuthURL: a.Config.EpayOAuthURL, APIURL: a.Config.EpayAPIURL, PageURL: a.Config.EpayPageURL,
			ClientID: a.Config.EpayClientID, ClientSecret: string(a.Config.EpayClientSecret), Terminal: a.Config.EpayTerminal, Clock: a.Clock})
		if err != nil {
			return fmt.Errorf("bank of the payments: %w", err)
		}
		o.Bank = bank
	}
	a.Payments = payment.New(a.Pool, o)
	return nil
}

// personRegistry is that of the settings, nil when none is set.
func (a *App) personRegistry() (account.PersonRegistry, error) {
	if a.Config.PersonRegistryURL == "" {
		return nil, nil
	}
	u, err := url.Parse(a.Config.PersonRegistryURL)
	if err != nil {
		return nil, fmt.Errorf("registry of persons: %w", err)
	}
	u.User = url.UserPassword("", string(a.Config.PersonRegistryKey))
	r, err := account.NewPersonRegistry(u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("registry of persons: %w", err)
	}
	return r, nil
}

// support is whom to ask when no number came.
func support(c config.Config) string {
	return strings.Join(strings.Fields(c.SupportEmail+" "+c.SupportPhone), " ")
}

// officeAddresses are those of the research office, else of the administrators.
func (a *App) officeAddresses(ctx context.Context) []string {
	list, err := a.Accounts.List(ctx)
	if err != nil {
		a.Log.Warn("addresses of the office", "error", err)
		return nil
	}
	for _, role := range []account.Role{account.ResearchOffice, account.Administrator} {
		var found []string
		for _, x := range list {
			if x.Role == role && !x.Disabled && x.Email != "" {
				found = append(found, x.Email)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// forwardAddress is where a person sends a certificate: to the address for certificates, with a tag of their
// own, else to the office.
func (a *App) forwardAddress(ctx context.Context, tx pgx.Tx, numberHash []byte) (string, error) {
	if address, err := a.Forward.Address(ctx, tx, numberHash); err != nil || address != "" {
		return address, err
	}
	if office := a.officeAddresses(ctx); len(office) > 0 {
		return office[0], nil
	}
	return support(a.Config), nil
}

// findStaffByIIN tells accounts who the directory says has a personal number.
func (a *App) findStaffByIIN(ctx context.Context, hash []byte) (account.Staff, bool, error) {
	list, err := a.Staff.Candidates(ctx, nil, [][]byte{hash})
	if err != nil || len(list) != 1 {
		return account.Staff{}, false, err
	}
	s := list[0]
	return account.Staff{ID: s.ID, Name: s.FullName(), Faculty: s.Faculty, Department: s.Department}, true, nil
}

// tellOfMoney writes to the office about a payment that it must look at.
func (a *App) tellOfMoney(ctx context.Context, tx pgx.Tx, alarm payment.Alarm) error {
	for _, to := range a.officeAddresses(ctx) {
		what := i18n.T(a.Lang, "payment.alarm."+alarm.Kind, "Detail", alarm.Detail)
		err := a.Notify.Queue(ctx, tx, notify.Letter{Topic: "payment_alarm", Recipient: to, About: alarm.ID.String(), Lang: string(a.Lang),
			Subject: i18n.T(a.Lang, "app.payment_alarm.subject", "Number", alarm.Number),
			Text: i18n.T(a.Lang, "app.payment_alarm.text", "Number", alarm.Number, "What", what, "Detail", alarm.Detail,
				"Link", a.Config.PublicURL+"/payments/"+alarm.InvoiceID.String())})
		if err != nil {
			return fmt.Errorf("letter about a payment: %w", err)
		}
	}
	return nil
}

// Read takes a document's text; see doctext.Reader.Read.
func (l *lazyReader) Read(ctx context.Context, name string, data []byte, o doctext.ReadOptions) (doctext.Result, error) {
	r, err := l.get()
	if err != nil {
		return doctext.Result{}, err
	}
	return r.Read(ctx, name, data, o)
}
