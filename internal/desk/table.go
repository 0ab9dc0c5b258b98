package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/sheet"
)

// Columns are those of the table in which an office notes what the institute's cabinet shows.
var Columns = []sheet.Column{
	{Name: "application_ref", Also: []string{"Вх. №", "Вх №", "Входящий номер", "Входящий №", "Заявка №", "№ заявки", "Штрих-код", "Кіріс нөмірі", "Кіріс №", "Өтінім №", "incoming_no"}, Required: true},
	{Name: "cabinet_no", Also: []string{"№ в кабинете", "Номер в кабинете", "Кабинеттегі №", "Кабинеттегі нөмірі"}},
	{Name: "registry_application_no", Also: []string{"Рег. номер заявки", "Регистрационный номер заявки", "Өтінімнің тіркеу нөмірі"}},
	{Name: "status", Also: []string{"Статус", "Этап", "Мәртебесі", "Кезеңі", "Күйі"}},
	{Name: "status_date", Also: []string{"Дата статуса", "Дата этапа", "Мәртебе күні", "Кезең күні"}},
	{Name: "certificate_no", Also: []string{"Св-во №", "Свидетельство №", "Номер свидетельства", "Куәлік №", "Куәлік нөмірі"}},
	{Name: "certificate_date", Also: []string{"Дата свидетельства", "Дата публикации", "Дата регистрации", "Куәлік күні", "Тіркелген күні"}},
}

// Codes of reasons for which a row of the table is refused, beside those of package sheet.
const (
	ReasonUnknownRef = "unknown_ref"
	ReasonSeveral    = "several_refs"
	ReasonNothing    = "nothing_said"
)

// Row is what became, or would become, of one row.
type Row struct {
	Row     int       `json:"row"`
	Ref     string    `json:"application_ref"`
	Outcome string    `json:"outcome"` // changed, unchanged, refused
	Reason  string    `json:"reason"`
	Changes []Change  `json:"-"`
	Filing  uuid.UUID `json:"-"`
	Title   string    `json:"-"`
}

// Recording is the report of a table, in the form of every import, with its rows.
type RecordingReport struct {
	*sheet.Report
	Rows []Row
}

// RecordTable writes down what a table says, row by row: each is a deed of its own, so that a wrong one hinders
// no other and a run that was cut off is simply repeated. The same table twice changes nothing.
func (s *Service) RecordTable(ctx context.Context, who filing.Who, file io.Reader, o sheet.Options) (*RecordingReport, error) {
	table, err := sheet.Read(file, Columns, o.Limits)
	if err != nil {
		return nil, err
	}
	report := &RecordingReport{Report: sheet.NewReport(table, o.Lang)}
	first := map[string]int{}
	for i, row := range table.Rows {
		if o.Progress != nil {
			o.Progress(i+1, len(table.Rows))
		}
		r := Row{Row: row.Number, Ref: strings.TrimSpace(strings.TrimPrefix(row.Text("application_ref"), "№"))}
		if other, twice := first[r.Ref]; twice && r.Ref != "" {
			report.refuse(&r, o.Lang, "application_ref", sheet.ReasonDuplicate, "Row", other)
		} else {
			first[r.Ref] = row.Number
			if err := s.recordRow(ctx, who, row, o, report, &r); err != nil {
				return report, err
			}
		}
		report.Rows = append(report.Rows, r)
	}
	report.Sort()
	report.Taken = !o.DryRun
	return report, nil
}

// refuse notes a refused row; the sentences of reasons that other imports do not have are ours.
func (r *RecordingReport) refuse(row *Row, l i18n.Lang, column, code string, args ...any) {
	r.Refuse(l, row.Row, column, code, args...)
	last := &r.Refused[len(r.Refused)-1]
	if slices.Contains([]string{ReasonUnknownRef, ReasonSeveral, ReasonNothing}, code) {
		last.Reason = i18n.T(l, "office.reason."+code)
	}
	row.Outcome, row.Reason = "refused", last.Reason
}

// recordRow takes one row. Its error is one of ours; what is wrong with the row stands in the report.
func (s *Service) recordRow(ctx context.Context, who filing.Who, row sheet.Row, o sheet.Options, report *RecordingReport, r *Row) error {
	f := Fact{source: ByTable, Words: row.Text("status"), CabinetNo: row.Text("cabinet_no"), RegistryNo: row.Text("registry_application_no"), CertificateNo: row.Text("certificate_no")}
	for column, into := range map[string]*clock.Day{"status_date": &f.On, "certificate_date": &f.CertificateOn} {
		d, ok := row.Day(column)
		if !ok {
			report.refuse(r, o.Lang, column, sheet.ReasonDay, "Value", row.Text(column))
			return nil
		}
		*into = d
	}
	if f.CertificateNo == "" {
		f.CertificateOn = "" // a column of dates alone says nothing
	}
	switch {
	case r.Ref == "":
		report.refuse(r, o.Lang, "application_ref", sheet.ReasonRequired)
		return nil
	case f.Words+f.CabinetNo+f.RegistryNo+f.CertificateNo == "":
		report.refuse(r, o.Lang, "status", ReasonNothing)
		return nil
	}
	ids, err := known(ctx, s.o.Pool, r.Ref)
	if err != nil {
		return err
	}
	if len(ids) != 1 {
		code := ReasonUnknownRef
		if len(ids) > 1 {
			code = ReasonSeveral
		}
		report.refuse(r, o.Lang, "application_ref", code)
		return nil
	}
	r.Filing = ids[0]
	r.Changes, r.Title, err = s.recordFact(ctx, who, r.Filing, f, o.DryRun)
	var told *fault.Error
	switch {
	case errors.Is(err, errSame):
		r.Outcome = "unchanged"
		report.Unchanged++
	case errors.As(err, &told) && told.Kind != fault.Internal && told.Kind != fault.Unavailable:
		r.Outcome, r.Reason = "refused", i18n.Error(o.Lang, err)
		report.Refused = append(report.Refused, sheet.Refusal{Row: r.Row, Column: "status", Reason: r.Reason, Code: told.Key[strings.LastIndexByte(told.Key, '.')+1:]})
	case err != nil:
		return fmt.Errorf("recording row %d: %w", r.Row, err)
	default:
		r.Outcome = "changed"
		report.Changed++
	}
	return nil
}

// recordFact applies a fact to an application whatever version its case has; dry undoes it again.
func (s *Service) recordFact(ctx context.Context, who filing.Who, id uuid.UUID, f Fact, dry bool) (changes []Change, title string, err error) {
	errDry := errors.New("dry run")
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		changes, title, err = s.recordIn(ctx, tx, who, id, f)
		if err == nil && dry {
			return errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return changes, title, err
}

func (s *Service) recordIn(ctx context.Context, tx pgx.Tx, who filing.Who, id uuid.UUID, f Fact) (changes []Change, title string, err error) {
	if err := hold(ctx, tx, id); err != nil {
		return nil, "", err
	}
	if err := s.ensure(ctx, tx, id); err != nil {
		return nil, "", err
	}
	err = s.changeIn(ctx, tx, who, Ref{ID: id}, Record, func(d *deed) error {
		title = d.Title
		changes, err = s.apply(ctx, d, f)
		return err
	})
	return changes, title, err
}
