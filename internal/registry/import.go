package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/sheet"
)

// importColumns are those of our own export and of the public register's two tables (domain page, 0.5).
var importColumns = []sheet.Column{
	{Name: "number", Required: true, Also: []string{"Св-во №", "№ свидетельства", "Номер свидетельства", "Куәлік №", "Куәлік нөмірі"}},
	{Name: "registered_on", Required: true, Also: []string{"Дата публикации", "Дата регистрации", "Тіркелген күні", "Жарияланған күні"}},
	{Name: "created_on", Also: []string{"Дата создания объекта", "Дата создания", "Жасалған күні"}},
	{Name: "kind", Also: []string{"Тип объекта", "Вид объекта авторских прав", "Вид объекта", "Вид", "Объект түрі", "Түрі"}},
	{Name: "kind_text"},
	{Name: "title", Required: true, Also: []string{"Название RU", "Название произведения", "Название объекта", "Название", "Объектінің атауы", "Атауы"}},
	{Name: "authors", Required: true, Also: []string{"Авторы", "ФИО", "Авторлары"}},
	{Name: "verification_url", Also: []string{"Ссылка на реестр", "Тізілім сілтемесі"}},
	{Name: "application_ref", Also: []string{"Заявка №", "Өтінім №"}},
	{Name: "staff_ids"},
	// Read over on purpose: they say nothing that an import may take, and are no slips of the pen.
	{Name: "id"}, {Name: "confidence"}, {Name: "reading"}, {Name: "application_decision"}, {Name: "received"}, {Name: "author_decisions"},
	{Name: "registry_application_no", Also: []string{"Рег. номер заявки"}},
	{Name: "received_on", Also: []string{"Дата поступления", "Дата подачи заявки"}},
	{Name: "status", Also: []string{"Статус", "Мәртебесі"}},
}

// listed is a row of the office's list.
type listed struct {
	row      int
	fields   certificate.Fields
	ref      string
	staffIDs []string // parallel to the authors, or empty
}

func (l listed) key() string { return NumberKey(l.fields.Number) + "/" + string(l.fields.RegisteredOn) }

// errDry rolls back an import that was only tried.
var errDry = errors.New("dry run")

// Import takes the office's own list of certificates. They are matched like others; with confirmed, the
// office's decisions (the application and the staff that a row names) and its fields count as a person's.
// A certificate that came by mail keeps what was read from it.
func (r *Registry) Import(ctx context.Context, file io.Reader, o sheet.Options, confirmed bool) (*sheet.Report, error) {
	table, err := sheet.Read(file, importColumns, o.Limits)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(table, o.Lang)
	rows := parseListed(table, report, o)
	slices.SortStableFunc(rows, func(a, b listed) int { return lockOf(a.key()) - lockOf(b.key()) })
	err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		for i, row := range rows {
			if err := r.importOne(ctx, tx, row, confirmed, report, o); err != nil {
				return fmt.Errorf("row %d: %w", row.row, err)
			}
			if o.Progress != nil {
				o.Progress(i+1, len(rows))
			}
		}
		if err := r.countAbsent(ctx, tx, rows, report); err != nil {
			return err
		}
		if o.DryRun || (o.AllOrNothing && len(report.Refused) > 0) {
			return errDry
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDry) {
		return nil, err
	}
	report.Taken = err == nil
	if o.AllOrNothing && len(report.Refused) > 0 {
		report.Added, report.Changed, report.Unchanged = 0, 0, 0
	}
	report.Sort()
	return report, nil
}

func parseListed(table *sheet.Table, report *sheet.Report, o sheet.Options) (rows []listed) {
	seen := map[string]bool{}
	for _, row := range table.Rows {
		l, column, code := parseRow(row)
		if code == "" {
			if seen[l.key()] {
				column, code = "number", sheet.ReasonDuplicate
			}
			seen[l.key()] = true
		}
		if code != "" {
			report.Refuse(o.Lang, row.Number, column, code)
			continue
		}
		rows = append(rows, l)
	}
	return rows
}

func parseRow(row sheet.Row) (l listed, column, code string) {
	l = listed{row: row.Number, ref: row.Text("application_ref")}
	l.fields.Number = row.Text("number")
	if NumberKey(l.fields.Number) == "" {
		return l, "number", sheet.ReasonRequired
	}
	var ok bool
	if l.fields.RegisteredOn, ok = row.Day("registered_on"); !ok {
		return l, "registered_on", sheet.ReasonDay
	}
	if l.fields.RegisteredOn == "" {
		return l, "registered_on", sheet.ReasonRequired
	}
	if l.fields.CreatedOn, ok = row.Day("created_on"); !ok {
		return l, "created_on", sheet.ReasonDay
	}
	if l.fields.Title = row.Text("title"); l.fields.Title == "" {
		return l, "title", sheet.ReasonRequired
	}
	l.fields.KindText = row.Text("kind_text")
	if l.fields.KindText == "" {
		l.fields.KindText = row.Text("kind")
	}
	if l.fields.Kind, ok = kind.Parse(row.Text("kind")); !ok {
		l.fields.Kind, _ = kind.Parse(l.fields.KindText)
	}
	for _, a := range row.List("authors") {
		if a != "" {
			l.fields.Authors = append(l.fields.Authors, a)
		}
	}
	if len(l.fields.Authors) == 0 {
		return l, "authors", sheet.ReasonRequired
	}
	l.fields.VerificationURL = row.Text("verification_url")
	if ids := row.List("staff_ids"); len(ids) > 0 {
		if len(ids) != len(l.fields.Authors) {
			return l, "staff_ids", sheet.ReasonIINCount
		}
		l.staffIDs = ids
	}
	return l, "", ""
}

func (r *Registry) importOne(ctx context.Context, tx pgx.Tx, l listed, confirmed bool, report *sheet.Report, o sheet.Options) error {
	known, err := r.lockKey(ctx, tx, NumberKey(l.fields.Number), l.fields.RegisteredOn, "")
	if err != nil {
		return err
	}
	now := r.clock.Now()
	if known == nil {
		c := Certificate{ID: clock.NewID(), FirstReceivedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1, Source: Imported,
			Reading: Sure, ApplicationDecision: DecisionNone}
		c.fill(l.fields)
		if err := r.decideListed(ctx, tx, &c, l, confirmed, report, o); err != nil {
			return err
		}
		report.Added++
		return insert(ctx, tx, c)
	}
	before := image(*known)
	if known.Source == Imported {
		known.fill(l.fields)
	}
	if err := r.decideListed(ctx, tx, known, l, confirmed, report, o); err != nil {
		return err
	}
	if image(*known) == before {
		report.Unchanged++
		return nil
	}
	report.Changed++
	return Save(ctx, tx, known, now)
}

// image is what an import may change, for comparison.
func image(c Certificate) string {
	return fmt.Sprint(c.Fields(), c.Reading, decisions(c), c.ApplicationHuman)
}

// fill puts in fields that somebody typed; each counts as sure.
func (c *Certificate) fill(f certificate.Fields) {
	c.Number, c.NumberKey, c.RegisteredOn, c.CreatedOn = f.Number, NumberKey(f.Number), f.RegisteredOn, f.CreatedOn
	c.Kind, c.KindText, c.Title, c.VerificationURL = f.Kind, f.KindText, f.Title, f.VerificationURL
	if !slices.Equal(c.Fields().Authors, f.Authors) {
		c.rename(f.Authors)
	}
	c.Confidence = map[certificate.Field]float64{certificate.Number: 1, certificate.RegisteredOn: 1, certificate.CreatedOn: 1,
		certificate.Kind: 1, certificate.Title: 1, certificate.Authors: 1}
}

// decideListed matches a row's certificate; with confirmed, what the row says of application and staff is
// taken as a person's word.
func (r *Registry) decideListed(ctx context.Context, tx pgx.Tx, c *Certificate, l listed, confirmed bool, report *sheet.Report, o sheet.Options) error {
	if confirmed {
		c.Reading, c.ReadingReason = Confirmed, ""
		if err := r.confirmListed(ctx, tx, c, l, report, o); err != nil {
			return err
		}
	}
	return r.match(ctx, tx, c, "")
}

func (r *Registry) confirmListed(ctx context.Context, tx pgx.Tx, c *Certificate, l listed, report *sheet.Report, o sheet.Options) error {
	if l.ref != "" {
		id, err := idOf(ctx, tx, `SELECT id FROM application WHERE application_ref = $1 ORDER BY origin LIMIT 1`, l.ref)
		if err != nil {
			return err
		}
		if id == nil {
			report.Refuse(o.Lang, l.row, "application_ref", "unknown_application")
		} else {
			c.ApplicationID, c.ApplicationDecision, c.ApplicationHuman = id, DecisionConfirmed, true
		}
	}
	for i, staffID := range l.staffIDs {
		if staffID == "" || i >= len(c.Authors) {
			continue
		}
		id, err := idOf(ctx, tx, `SELECT id FROM staff WHERE staff_id = $1`, staffID)
		if err != nil {
			return err
		}
		if id == nil {
			report.Refuse(o.Lang, l.row, "staff_ids", "unknown_staff")
			continue
		}
		c.Authors[i].StaffID, c.Authors[i].Decision, c.Authors[i].Human, c.Authors[i].Score = id, DecisionConfirmed, true, 1
	}
	return nil
}

func idOf(ctx context.Context, tx pgx.Tx, sql, key string) (*uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, sql, key).Scan(&id)
	if noRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up %q: %w", key, err)
	}
	return &id, nil
}

// countAbsent counts certificates that an earlier list had and this one has not.
func (r *Registry) countAbsent(ctx context.Context, tx pgx.Tx, rows []listed, report *sheet.Report) error {
	keys := make([]string, len(rows))
	for i, l := range rows {
		keys[i] = l.key()
	}
	err := tx.QueryRow(ctx, `SELECT count(*)::int FROM certificate c
		WHERE c.source = 'import' AND c.merged_into IS NULL AND NOT (c.number_key || '/' || c.registered_on::text = ANY($1))`, keys).Scan(&report.Absent)
	if err != nil {
		return fmt.Errorf("count absent certificates: %w", err)
	}
	return nil
}
