package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/account"
	"kualik/internal/app"
	"kualik/internal/clock"
	"kualik/internal/filing"
	"kualik/internal/payment"
)

// wrongsOfFiling are conditions that never hold, at whatever moment the program is killed, with what each
// would mean.
var wrongsOfFiling = map[string]string{
	"applications that are paid, without a paid invoice": `SELECT count(*) FROM filing f WHERE paid_at IS NOT NULL
		AND NOT EXISTS (SELECT FROM invoice i WHERE i.id = f.invoice_id AND i.subject_id = f.id AND i.state = 'paid')`,
	"paid invoices of which the application does not know": `SELECT count(*) FROM invoice i WHERE state = 'paid'
		AND NOT EXISTS (SELECT FROM filing f WHERE f.id = i.subject_id AND f.invoice_id = i.id AND f.paid_at IS NOT NULL)`,
	"sums that were taken and neither pay nor go back": `SELECT count(*) FROM invoice WHERE taken_tiyn > 0
		AND state NOT IN ('paid', 'refund_due', 'refund_asked', 'refunded')`,
	"sums that go back, of which the office was not told": `SELECT count(*) FROM invoice i WHERE state = 'refund_due'
		AND NOT EXISTS (SELECT FROM payment_alarm a JOIN letter l ON l.about = a.id::text AND l.topic = 'payment_alarm' WHERE a.invoice_id = i.id)`,
	"sessions about which nobody asks the bank": `SELECT count(*) FROM invoice WHERE state = 'paying' AND ask_at IS NULL`,
	"formed statements without an invoice": `SELECT count(*) FROM filing f WHERE state NOT IN ('draft', 'deleted')
		AND NOT EXISTS (SELECT FROM invoice i WHERE i.subject_id = f.id)`,
	"numbers that were skipped": `SELECT count(*) FROM filing_counter c WHERE name LIKE 'incoming:%' AND (last <> (SELECT count(*) FROM filing_number n
		WHERE 'incoming:' || n.year = c.name) OR last <> (SELECT max(n) FROM filing_number n WHERE 'incoming:' || n.year = c.name))`,
	"applications whose number is not in the list of numbers": `SELECT count(*) FROM filing f WHERE incoming_no <> ''
		AND NOT EXISTS (SELECT FROM filing_number n WHERE n.filing_id = f.id AND n.year || '-' || n.n = f.incoming_no AND n.barcode = f.barcode)`,
	"numbers of which the application does not know": `SELECT count(*) FROM filing_number n JOIN filing f ON f.id = n.filing_id WHERE f.incoming_no = ''`,
	"numbers without the signature of who files": `SELECT count(*) FROM filing f JOIN filing_participant p ON p.filing_id = f.id AND p.filer
		WHERE incoming_no <> '' AND NOT EXISTS (SELECT FROM filing_signature g JOIN filing_statement s ON s.id = g.statement_id
			JOIN signature e ON e.id = g.evidence_id AND e.content_sha256 = s.sha256
			WHERE s.filing_id = f.id AND s.voided_at IS NULL AND g.participant_id = p.id)`,
	"numbers without an application to look for": `SELECT count(*) FROM filing f WHERE incoming_no <> ''
		AND NOT EXISTS (SELECT FROM application a WHERE a.origin = 'kualik' AND a.application_ref = f.incoming_no)`,
	"submissions that are done, without a number": `SELECT count(*) FROM filing_submission s JOIN filing f ON f.id = s.filing_id
		WHERE s.state = 'done' AND f.incoming_no = ''`,
	"applications that say all have signed when somebody has not, or the other way round": `SELECT count(*) FROM filing f WHERE incoming_no <> ''
		AND (state = 'signed') = EXISTS (SELECT FROM filing_participant p WHERE p.filing_id = f.id AND p.removed_at IS NULL AND (p.filer OR p.role = 'author')
			AND NOT EXISTS (SELECT FROM filing_signature g JOIN filing_statement s ON s.id = g.statement_id
				WHERE s.filing_id = f.id AND s.voided_at IS NULL AND g.participant_id = p.id))`,
}

// holds is true after every kill.
func (s *season) holds(ctx context.Context, db *pgxpool.Pool) {
	s.t.Helper()
	for what, sql := range wrongsOfFiling {
		if n := read(s.t, ctx, db, pgx.RowTo[int64], sql)[0]; n != 0 {
			s.t.Errorf("%d %s", n, what)
		}
	}
}

// settled waits until the programs have no work left.
func (s *season) settled() {
	s.t.Helper()
	s.look(func(ctx context.Context, db *pgxpool.Pool) {
		var left []string
		for range 200 {
			left = read(s.t, ctx, db, pgx.RowTo[string], `SELECT kind || ' ' || state || ' ' || count(*) FROM river_job WHERE state <> 'completed' GROUP BY kind, state`)
			if len(left) == 0 {
				return
			}
			if err := s.pause(200 * time.Millisecond); err != nil {
				break
			}
		}
		s.t.Errorf("jobs left: %v", left)
	})
}

// complete holds when all is done.
func (s *season) complete(a *app.App) {
	s.t.Helper()
	s.numbers(a)
	s.money(a)
	s.signatures(a)
	s.consequences(a)
}

// numbers: each application has one, from 1 without a gap, and it is the one that the filer was told.
func (s *season) numbers(a *app.App) {
	s.t.Helper()
	type row struct {
		ID                         uuid.UUID
		State, IncomingNo, Barcode string
	}
	rows := map[string]row{}
	for _, r := range read(s.t, s.ctx, a.Pool, pgx.RowToStructByName[row], `SELECT id, state, incoming_no, barcode FROM filing`) {
		rows["/filings/"+r.ID.String()] = r
	}
	if len(rows) != len(s.errands) {
		s.t.Errorf("%d applications are stored, %d were begun", len(rows), len(s.errands))
	}
	given := map[string]bool{}
	for _, e := range s.errands {
		r := rows[e.path]
		year, text, _ := strings.Cut(r.IncomingNo, "-")
		y, _ := strconv.Atoi(year)
		n, _ := strconv.ParseInt(text, 10, 64)
		if r.State != string(filing.Signed) || r.IncomingNo != e.number || r.Barcode != filing.Barcode(y, n) {
			s.t.Errorf("%s is %s with %s, %s; its filer was told %s", e.path, r.State, r.IncomingNo, r.Barcode, e.number)
		}
		given[r.IncomingNo] = true
	}
	year := clock.DayOf(time.Now(), a.Config.Zone())[:4]
	for n := range s.errands {
		if number := fmt.Sprintf("%s-%d", year, n+1); !given[number] {
			s.t.Errorf("the number %s was not given", number)
		}
	}
}

// charge is money that the bank has taken, by its own account.
type charge struct {
	number string
	amount int64 // tiyn
	status string
}

func (s *season) charges() (list []charge) {
	s.t.Helper()
	var ledger struct {
		Orders map[string]struct {
			Attempts []struct {
				Amount int64
				Status string
			}
		}
	}
	if err := json.Unmarshal(s.bankLedger(), &ledger); err != nil {
		s.t.Fatal(err)
	}
	for number, o := range ledger.Orders {
		for _, a := range o.Attempts {
			if a.Status != "REJECT" && a.Status != "FAILED" {
				list = append(list, charge{number, a.Amount, a.Status})
			}
		}
	}
	return list
}

// money: the bank has taken the fee of each application once. What it took beside that, in another sum than
// it was asked for, is to be refunded.
func (s *season) money(a *app.App) {
	s.t.Helper()
	invoices := map[string]payment.Invoice{}
	list, err := a.Payments.Invoices(s.ctx, payment.Filter{Limit: 10000})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range list {
		invoices[i.Number] = i
	}
	paid, wrong := map[string]int{}, 0
	for _, c := range s.charges() {
		i := invoices[c.number]
		switch {
		case c.status != "CHARGE" || int64(i.Taken) != c.amount:
			s.t.Errorf("the bank has %s of %d tiyn for %s, we have %s with %d", c.status, c.amount, c.number, i.State, i.Taken)
		case i.State == payment.Paid:
			paid["/filings/"+i.SubjectID.String()]++
		case i.State == payment.RefundDue && i.Reason == payment.WrongAmount && i.Taken != i.Total:
			wrong++
		default:
			s.t.Errorf("money was taken for nothing: %s is %s, %s", c.number, i.State, i.Reason)
		}
	}
	for _, e := range s.errands {
		if paid[e.path] != 1 {
			s.t.Errorf("%s was paid %d times", e.number, paid[e.path])
		}
	}
	day := clock.DayOf(time.Now(), a.Config.Zone())
	b, err := a.Payments.Balance(s.ctx, day.AddDays(-1), day)
	if err != nil || !b.Even() {
		s.t.Errorf("the books do not agree with the bank's: %+v, %v", b, err)
	}
	alarms, err := a.Payments.Alarms(s.ctx)
	if err != nil || len(alarms) != wrong {
		s.t.Errorf("%d sums of a wrong amount, %d alarms: %+v %v", wrong, len(alarms), alarms, err)
	}
	s.t.Logf("the bank took %.2f tenge in %d payments, %d of them of a wrong amount", float64(b.BankTaken)/100, b.Invoices, wrong)
}

// signatures: each participant has one over the same stored bytes, and it verifies again.
func (s *season) signatures(a *app.App) {
	s.t.Helper()
	accounts, err := a.Accounts.List(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	owner := map[string]uuid.UUID{}
	for _, x := range accounts {
		owner[x.Name] = x.ID
	}
	verified := 0
	for _, e := range s.errands {
		id, err := uuid.Parse(strings.TrimPrefix(e.path, "/filings/"))
		if err != nil {
			s.t.Fatal(err)
		}
		statement, content, err := a.Filings.OpenStatement(s.ctx, filing.Who{ID: owner[e.filer.name], Role: account.Author, Means: account.ByEDS}, id, uuid.Nil)
		if err != nil {
			s.t.Errorf("the statement of %s: %v", e.number, err)
			continue
		}
		evidence, err := a.Signing.EvidenceOf(s.ctx, filing.SubjectKind, id)
		if err != nil {
			s.t.Fatal(err)
		}
		if want := 1 + len(e.others); len(evidence) != want || len(statement.Signatures) != want {
			s.t.Errorf("%s: %d signatures are kept and %d stand under the statement, want %d", e.number, len(evidence), len(statement.Signatures), want)
		}
		for _, x := range evidence {
			v, err := a.Signing.Reverify(s.ctx, x.ID, content)
			if err != nil || !v.Valid {
				s.t.Errorf("%s: the signature of %s: %+v %v", e.number, x.Name, v, err)
			}
			verified++
		}
	}
	s.t.Logf("%d signatures of %d statements verify again", verified, len(s.errands))
}

// consequences: letters, applications, tries to submit, each as often as wanted.
func (s *season) consequences(a *app.App) {
	s.t.Helper()
	authors := 0
	for _, e := range s.errands {
		authors += len(e.others)
	}
	want := map[string]int{"filing_paid": len(s.errands), "filing_submitted": len(s.errands), "filing_sign": authors, "filing_signed": authors + len(s.errands)}
	got := map[string]int{}
	type topic struct {
		Topic string
		N     int
	}
	for _, r := range read(s.t, s.ctx, a.Pool, pgx.RowToStructByName[topic], `SELECT topic, count(*)::int AS n FROM letter WHERE topic LIKE 'filing_%' GROUP BY topic`) {
		got[r.Topic] = r.N
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("letters %v, want %v", got, want)
	}
	type put struct {
		Ref     string
		Authors []string
	}
	applications := map[string][]string{}
	for _, r := range read(s.t, s.ctx, a.Pool, pgx.RowToStructByName[put], `SELECT application_ref AS ref, coalesce(array_agg(x.name ORDER BY x.name)
		FILTER (WHERE x.name <> ''), '{}') AS authors FROM application p LEFT JOIN application_author x ON x.application_id = p.id GROUP BY p.id`) {
		applications[r.Ref] = r.Authors
	}
	if len(applications) != len(s.errands) {
		s.t.Errorf("%d applications to look for, want %d", len(applications), len(s.errands))
	}
	for _, e := range s.errands {
		names := []string{strings.ToUpper(e.filer.name)}
		for _, p := range e.others {
			names = append(names, strings.ToUpper(p.name))
		}
		slices.Sort(names)
		stored := []string{}
		for _, name := range applications[e.number] {
			stored = append(stored, strings.ToUpper(name))
		}
		slices.Sort(stored)
		if !slices.Equal(stored, names) {
			s.t.Errorf("%s has the authors %v, want %v", e.number, stored, names)
		}
	}
	if open := read(s.t, s.ctx, a.Pool, pgx.RowTo[string], `SELECT f.incoming_no || ' ' || s.state || ' ' || s.reason FROM filing_submission s
		JOIN filing f ON f.id = s.filing_id WHERE s.state <> 'done'`); len(open) > 0 {
		s.t.Errorf("submissions that are not done: %v", open)
	}
}
