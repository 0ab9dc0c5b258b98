package directory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/sheet"
)

// entry is a row of the list, checked.
type entry struct {
	Staff
	iin string
}

// Import takes a staff list in. Good rows are taken in one transaction, bad ones reported. Columns that
// the file lacks are left as they are; the same file twice changes nothing; people who are not in the
// file stay and are marked absent.
func (s *Store) Import(ctx context.Context, file io.Reader, o sheet.Options) (*sheet.Report, error) {
	table, err := sheet.Read(file, Columns, o.Limits)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(table, o.Lang)
	entries := parse(table, report, o)
	tx, err := s.db.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("importing staff: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	change, err := s.compare(ctx, tx, table, entries, report)
	if err != nil {
		return nil, fmt.Errorf("importing staff: %w", err)
	}
	if o.DryRun || o.AllOrNothing && len(report.Refused) > 0 {
		return report, nil
	}
	if err := s.write(ctx, tx, change, o); err != nil {
		return nil, fmt.Errorf("importing staff: %w", err)
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("importing staff: %w", err)
	}
	report.Taken = true
	return report, nil
}

// parse checks the rows; whatever is wrong is refused with its column.
func parse(table *sheet.Table, report *sheet.Report, o sheet.Options) []entry {
	first := map[string]int{} // staff id -> row
	var list []entry
	for _, row := range table.Rows {
		before := len(report.Refused)
		refuse := func(column, code string, args ...any) { report.Refuse(o.Lang, row.Number, column, code, args...) }
		e := entry{Staff: Staff{
			StaffID: row.Text("staff_id"), Surname: row.Text("surname"), GivenName: row.Text("given_name"), Patronymic: row.Text("patronymic"),
			OtherNames: filled(row.List("other_names")), Faculty: row.Text("faculty"), Department: row.Text("department"),
			Programme: row.Text("programme"), Position: row.Text("position"),
		}}
		for column, value := range map[string]string{"staff_id": e.StaffID, "surname": e.Surname, "given_name": e.GivenName} {
			if value == "" {
				refuse(column, sheet.ReasonRequired)
			}
		}
		if other, twice := first[e.StaffID]; twice && e.StaffID != "" {
			refuse("staff_id", sheet.ReasonDuplicate, "Row", other)
		}
		e.iin = sheet.PadNumber(row.Text("iin"))
		if wrong := person.CheckIIN(e.iin); e.iin != "" && wrong != "" {
			refuse("iin", "iin_"+string(wrong))
		}
		e.Emails = emails(row.Text("emails"), func(v string) { refuse("emails", sheet.ReasonEmail, "Value", v) })
		e.EmployedFrom = day(row, "employed_from", refuse)
		e.EmployedTo = day(row, "employed_to", refuse)
		if e.EmployedFrom != "" && e.EmployedTo != "" && e.EmployedTo < e.EmployedFrom {
			refuse("employed_to", sheet.ReasonOrder, "Other", "employed_from")
		}
		if len(report.Refused) == before {
			first[e.StaffID] = row.Number
			list = append(list, e)
		}
	}
	report.Sort()
	return list
}

func day(row sheet.Row, column string, refuse func(column, code string, args ...any)) clock.Day {
	d, ok := row.Day(column)
	if !ok {
		refuse(column, sheet.ReasonDay, "Value", row.Text(column))
	}
	return d
}

func emails(cell string, wrong func(string)) []string {
	list := []string{}
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == ',' || r == ' ' || r == '\n' }) {
		if a, err := mail.ParseAddress(part); err != nil || a.Address != part {
			wrong(part)
			continue
		}
		list = append(list, strings.ToLower(part))
	}
	return distinct(list)
}

func filled(list []string) []string {
	return slices.DeleteFunc(orEmpty(list), func(s string) bool { return s == "" })
}

// change is what an import would write.
type change struct {
	entries []entry
	vanish  []string // staff ids that are known and not in the file
}

// compare holds the entries against what is known: it fills in what the file has no column for, counts,
// and gives what must be written.
func (s *Store) compare(ctx context.Context, tx pgx.Tx, table *sheet.Table, entries []entry, report *sheet.Report) (change, error) {
	var c change
	// Two imports at once would each take the other's people for absent.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('import staff'))`); err != nil {
		return c, err
	}
	list, err := (&Store{db: tx}).All(ctx)
	if err != nil {
		return c, err
	}
	known := make(map[string]Staff, len(list))
	for _, k := range list {
		known[k.StaffID] = k
	}
	for _, e := range entries {
		if e.iin != "" {
			e.IINHash = s.keeper.Hash(person.HashLabel, e.iin)
		}
		old, there := known[e.StaffID]
		if there {
			keepMissing(&e.Staff, old, table)
		}
		switch {
		case !there:
			e.ID = clock.NewID()
			report.Added++
			c.entries = append(c.entries, e)
		case same(e.Staff, old):
			report.Unchanged++
		default:
			e.ID = old.ID
			report.Changed++
			c.entries = append(c.entries, e)
		}
	}
	for _, row := range table.Rows {
		delete(known, row.Text("staff_id")) // a refused row is not absent
	}
	for id := range known {
		c.vanish = append(c.vanish, id)
	}
	report.Absent = len(c.vanish)
	return c, nil
}

// keepMissing takes over from the old entry what the file has no column for.
func keepMissing(e *Staff, old Staff, table *sheet.Table) {
	for column, keep := range map[string]func(){
		"iin":           func() { e.IINHash = old.IINHash },
		"patronymic":    func() { e.Patronymic = old.Patronymic },
		"other_names":   func() { e.OtherNames = old.OtherNames },
		"emails":        func() { e.Emails = old.Emails },
		"faculty":       func() { e.Faculty = old.Faculty },
		"department":    func() { e.Department = old.Department },
		"programme":     func() { e.Programme = old.Programme },
		"position":      func() { e.Position = old.Position },
		"employed_from": func() { e.EmployedFrom = old.EmployedFrom },
		"employed_to":   func() { e.EmployedTo = old.EmployedTo },
	} {
		if !table.Has(column) {
			keep()
		}
	}
}

// same tells whether two entries say the same of a person. One who comes back into the list has changed.
func same(a, b Staff) bool {
	return !b.Absent && bytes.Equal(a.IINHash, b.IINHash) && a.Surname == b.Surname && a.GivenName == b.GivenName &&
		a.Patronymic == b.Patronymic && slices.Equal(a.OtherNames, b.OtherNames) && slices.Equal(a.Emails, b.Emails) &&
		a.Faculty == b.Faculty && a.Department == b.Department && a.Programme == b.Programme && a.Position == b.Position &&
		a.EmployedFrom == b.EmployedFrom && a.EmployedTo == b.EmployedTo
}

var staged = []string{"id", "staff_id", "iin_sealed", "iin_hash", "surname", "given_name", "patronymic", "other_names", "emails",
	"faculty", "department", "programme", "position", "employed_from", "employed_to", "name_keys", "search", "created_at", "updated_at"}

// write copies the entries into a temporary table and merges it.
func (s *Store) write(ctx context.Context, tx pgx.Tx, c change, o sheet.Options) error {
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE staff_staged (LIKE staff INCLUDING DEFAULTS) ON COMMIT DROP`); err != nil {
		return err
	}
	now := s.clock.Now()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"staff_staged"}, staged, pgx.CopyFromSlice(len(c.entries), func(i int) ([]any, error) {
		if o.Progress != nil {
			o.Progress(i+1, len(c.entries))
		}
		e := c.entries[i]
		var sealed []byte
		if e.iin != "" {
			sealed = s.keeper.Seal([]byte(e.iin), sealLabel(e.StaffID))
		}
		return []any{e.ID, e.StaffID, sealed, e.IINHash, e.Surname, e.GivenName, e.Patronymic, e.OtherNames, e.Emails, e.Faculty,
			e.Department, e.Programme, e.Position, e.EmployedFrom, e.EmployedTo, nameKeys(e.Staff), searchText(e.Staff), now, now}, nil
	}))
	if err != nil {
		return err
	}
	// A number whose hash stays is the old one, sealed; the file may not even have the column.
	if _, err := tx.Exec(ctx, `INSERT INTO staff AS s SELECT * FROM staff_staged ON CONFLICT ON CONSTRAINT staff_staff_id_unique DO UPDATE SET
		iin_sealed = CASE WHEN s.iin_hash = excluded.iin_hash THEN s.iin_sealed ELSE excluded.iin_sealed END, iin_hash = excluded.iin_hash,
		surname = excluded.surname, given_name = excluded.given_name, patronymic = excluded.patronymic, other_names = excluded.other_names,
		emails = excluded.emails, faculty = excluded.faculty, department = excluded.department, programme = excluded.programme,
		position = excluded.position, employed_from = excluded.employed_from, employed_to = excluded.employed_to,
		name_keys = excluded.name_keys, search = excluded.search, absent = false, updated_at = excluded.updated_at`); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE staff SET absent = staff_id = ANY(@vanish::text[]), updated_at = @now
		WHERE absent <> (staff_id = ANY(@vanish::text[]))`, pgx.StrictNamedArgs{"vanish": orEmpty(c.vanish), "now": now})
	return err
}
