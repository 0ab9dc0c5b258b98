package filing

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/document"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/payment"
)

// FormStatement renders and stores the statement. Problems when there are places to mend. What is shown,
// downloaded and signed afterwards is the stored bytes, never a new rendering.
func (s *Service) FormStatement(ctx context.Context, who Who, id uuid.UUID) (made Statement, err error) {
	f, _, err := s.look(ctx, who, id, FormStatement)
	if err != nil {
		return Statement{}, err
	}
	if err := s.ensureChecked(ctx, f); err != nil {
		return Statement{}, err
	}
	row, err := s.render(ctx, who, f) // the store is written before the row that names the file
	if err != nil {
		return Statement{}, err
	}
	err = s.change(ctx, who, id, FormStatement, func(d *deed) error {
		if d.Version != f.Version || !d.ChangedAt.Equal(f.ChangedAt) {
			return fault.New(fault.Conflict, "filing.error.changed_meanwhile")
		}
		if err := s.owe(ctx, d); err != nil {
			return err
		}
		if err := insertStatement(ctx, d.tx, row, d.Version); err != nil {
			return err
		}
		to := Formed
		switch {
		case d.State == Amending:
			to = Amended
		case d.PaidAt != nil:
			to = Paid
		}
		if err := d.move(to); err != nil {
			return err
		}
		made = row.Statement
		s.startTerm(d)
		if to == Amended {
			if err := s.askOthersFirst(ctx, d); err != nil {
				return err
			}
		}
		return s.record(ctx, d.tx, who, d.Filing, "statement", map[string]any{"number": row.Number, "sha256": row.SHA256}, "")
	})
	return made, err
}

// owe forms the invoice together with the statement, so that what is paid is what the statement says. Where
// nothing is due the filing is paid by it.
func (s *Service) owe(ctx context.Context, d *deed) (err error) {
	if d.PaidAt != nil {
		return nil
	}
	if _, err = s.o.Payments.Invoice(ctx, d.tx, d.debt()); err != nil {
		return err
	}
	d.Filing, err = get(ctx, d.tx, d.ID)
	return err
}

// render makes the statement of what the filing says now, and stores its bytes.
func (s *Service) render(ctx context.Context, who Who, f Filing) (row statementRow, err error) {
	m, _, err := s.load(ctx, s.o.Pool, f)
	if err != nil {
		return row, err
	}
	if p := m.problems(); len(p) > 0 {
		return row, p
	}
	before, err := statementRows(ctx, s.o.Pool, f.ID)
	if err != nil {
		return row, err
	}
	fee, err := s.price(ctx, f)
	if err != nil {
		return row, err
	}
	if fee == nil && f.PaidAt == nil {
		return row, Problems{{Tab: TabPayments, Field: "reduction", Key: "filing.problem.no_price"}}
	}
	row = statementRow{FilingID: f.ID, Statement: Statement{ID: clock.NewID(), Number: len(before) + 1, Lang: string(f.Lang),
		FormedAt: s.o.Clock.Now(), FormedBy: who.Name}}
	data, err := s.statementData(m, row, fee)
	if err != nil {
		return row, err
	}
	pdf, err := s.o.Papers.Statement(data, f.Lang)
	if err != nil {
		return row, fmt.Errorf("drawing a statement: %w", err)
	}
	row.SHA256, row.Size = blob.Sum(pdf), int64(len(pdf))
	row.File, err = s.putSealed(ctx, pdf, statementLabel(row.ID))
	return row, err
}

// statementData is what the statement says, with the personal numbers whole: it is what is signed.
func (s *Service) statementData(m matter, row statementRow, fee *payment.Fee) (document.StatementData, error) {
	created, _ := ParseDay(m.Data.CreatedOn)
	given, _ := ParseDay(m.Data.CertificateDate)
	d := document.StatementData{Service: string(m.Service), Draft: int(m.DraftNo), Version: row.Number, FormedAt: row.FormedAt, Zone: s.o.Zone,
		Office: s.o.Name, URL: s.link(m.ID), FilerRole: string(m.FilerRole),
		Work: document.Work{Title: m.Data.Title, Kind: m.Data.Kind, CreatedOn: created, Religious: m.Data.Religious},
		Extract: document.Extract{CertificateNumber: m.Data.CertificateNo, CertificateDate: given, Title: m.Data.Title, Purpose: m.Data.Purpose,
			Delivery: i18n.T(m.Lang, "filing.delivery."+m.Data.Delivery)}}
	for _, p := range m.people {
		number, err := s.number(p)
		if err != nil {
			return d, err
		}
		c := document.Contact{Name: p.Name, Organisation: p.Type == Organisation, Number: number, Country: account.CountryName(m.Lang, p.Country),
			City: p.City, Address: p.Address, PostCode: p.Postcode, Phone: p.Phone, Email: p.Email}
		if p.Filer {
			d.Filer = p.Name
			c.Mobile, c.Fax = m.Data.Mobile, m.Data.Fax
			d.Contact = c
		}
		d.Participants = append(d.Participants, document.Participant{Role: string(p.Role), Contact: c, Hidden: p.Unmentioned, Signs: p.signs(), Filer: p.Filer})
	}
	for _, doc := range m.documents {
		d.Documents = append(d.Documents, attached(doc.Document))
		if doc.Kind == WorkCopy {
			d.Work.Description = doc.Description
		}
	}
	if fee != nil {
		d.Fee = document.Fee{Base: int64(fee.Base), VAT: int64(fee.VAT), Commission: int64(fee.Commission), Total: int64(fee.Total),
			VATPercent: int(fee.VATPercent / 100)}
		if fee.Reduction != "" {
			d.Fee.Reduction, d.Fee.Percent = i18n.T(m.Lang, "payment.ground."+fee.Reduction), int(fee.Share/100)
		}
	}
	return d, nil
}

func attached(d Document) document.Attached {
	sheets, _ := strconv.Atoi(d.Sheets)
	return document.Attached{Sort: string(d.Kind), FileName: d.Filename, Sheets: sheets, Description: d.Description, SHA256: d.SHA256, Size: d.Size}
}

// Edit opens a formed or paid filing for changes, or one of which the desk has asked something: the statement
// and its signatures are void, and stay to be seen. Number and payment stay in force.
func (s *Service) Edit(ctx context.Context, who Who, id uuid.UUID) error {
	if f, _, err := s.look(ctx, who, id, Edit); err != nil {
		return err
	} else if f.State == Queried {
		if _, err := s.receipt(ctx, f); err != nil { // it says how things were at the submission
			return err
		}
	}
	return s.change(ctx, who, id, Edit, func(d *deed) error {
		err := exec(ctx, d.tx, "voiding a statement", `UPDATE filing_statement SET voided_at = @now, voided_by = @by WHERE filing_id = @id AND voided_at IS NULL`,
			args{"id": d.ID, "now": s.o.Clock.Now(), "by": who.Name})
		if err != nil {
			return err
		}
		if err := s.openToEdit(ctx, d); err != nil {
			return err
		}
		s.touched(d)
		d.Deadline, d.TermFrom = nil, nil
		if err := exec(ctx, d.tx, "forgetting refusals", `UPDATE filing_participant SET refusal = '', refused_at = NULL WHERE filing_id = @id`, args{"id": d.ID}); err != nil {
			return err
		}
		return s.record(ctx, d.tx, who, d.Filing, "edit", nil, "")
	})
}

// openToEdit moves what is edited: to a draft, or, when a query is open, to an answer with a new statement.
func (s *Service) openToEdit(ctx context.Context, d *deed) error {
	if !d.State.Asked() {
		return d.move(Draft)
	}
	q, err := openQuery(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	if _, err := s.begunAnswer(ctx, d, q); err != nil {
		return err
	}
	if err := d.move(Amending); err != nil {
		return err
	}
	d.SignedAt = nil
	return s.putStatus(ctx, d)
}

// startTerm begins the term for signatures when all authors sign before the submission.
func (s *Service) startTerm(d *deed) {
	if s.o.Order == AllFirst && d.State.submittable() {
		s.term(&d.Filing, s.o.Clock.Now())
	}
}

// term gives the other authors their days.
func (s *Service) term(f *Filing, from time.Time) {
	until := s.o.Workdays.Deadline(from, s.o.SignDays, s.o.Zone).UTC()
	f.Deadline, f.TermFrom = &until, &from
}
