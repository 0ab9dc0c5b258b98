package application

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/kind"
	"kualik/internal/person"
	"kualik/internal/sheet"
)

// entry is a row of the list, checked; iins are parallel to the authors.
type entry struct {
	Application
	iins []string
}

// Import takes the office's list of applications in. Good rows are taken in one transaction, bad ones
// reported. Columns that the file lacks are left as they are; the same file twice changes nothing;
// applications that are not in the file stay and are marked absent. Those filed in Kualik are not touched.
func (s *Store) Import(ctx context.Context, file io.Reader, o sheet.Options) (*sheet.Report, error) {
	table, err := sheet.Read(file, Columns, o.Limits)
	if err != nil {
		return nil, err
	}
	report := sheet.NewReport(table, o.Lang)
	entries := parse(table, report, o)
	tx, err := s.db.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("importing applications: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	change, err := s.compare(ctx, tx, table, entries, report)
	if err != nil {
		return nil, fmt.Errorf("importing applications: %w", err)
	}
	if o.DryRun || o.AllOrNothing && len(report.Refused) > 0 {
		return report, nil
	}
	if err := s.write(ctx, tx, change, o); err != nil {
		return nil, fmt.Errorf("importing applications: %w", err)
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("importing applications: %w", err)
	}
	report.Taken = true
	return report, nil
}

// parse checks the rows; whatever is wrong is refused with its column.
func parse(table *sheet.Table, report *sheet.Report, o sheet.Options) []entry {
	first := map[string]int{} // ref -> row
	var list []entry
	for _, row := range table.Rows {
		before := len(report.Refused)
		refuse := func(column, code string, args ...any) { report.Refuse(o.Lang, row.Number, column, code, args...) }
		e := entry{Application: Application{Origin: Imported, Ref: row.Text("application_ref"), RegistryNo: row.Text("registry_application_no"),
			Title: row.Text("title"), KindText: row.Text("kind"), Status: row.Text("status")}}
		e.Kind, _ = kind.Parse(e.KindText)
		if e.Ref == "" {
			refuse("application_ref", sheet.ReasonRequired)
		} else if other, twice := first[e.Ref]; twice {
			refuse("application_ref", sheet.ReasonDuplicate, "Row", other)
		}
		e.CreatedOn = day(row, "created_on", refuse)
		e.FiledOn = day(row, "filed_on", refuse)
		e.Authors, e.iins = authors(row, refuse)
		if len(report.Refused) == before {
			first[e.Ref] = row.Number
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

// authors reads the two parallel lists. An empty cell of numbers means that all are unknown; a last
// semicolon may stand or not.
func authors(row sheet.Row, refuse func(column, code string, args ...any)) (list []Author, iins []string) {
	names, numbers := row.List("authors"), row.List("author_iins")
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	for len(numbers) > len(names) && numbers[len(numbers)-1] == "" {
		numbers = numbers[:len(numbers)-1]
	}
	if len(numbers) > 0 && len(numbers) != len(names) {
		refuse("author_iins", sheet.ReasonIINCount, "Have", len(numbers), "Want", len(names))
		return nil, nil
	}
	for i, name := range names {
		if name == "" {
			continue
		}
		number := ""
		if len(numbers) > 0 {
			number = sheet.PadNumber(numbers[i])
		}
		if wrong := person.CheckIIN(number); number != "" && wrong != "" {
			refuse("author_iins", "iin_"+string(wrong))
		}
		list = append(list, Author{Name: name})
		iins = append(iins, number)
	}
	return list, iins
}

// change is what an import would write: new ones, changed ones, and the ids of those that vanished.
type change struct {
	entries []entry
	vanish  []uuid.UUID
}

// compare holds the entries against what is known, counts, and gives what must be written.
func (s *Store) compare(ctx context.Context, tx pgx.Tx, table *sheet.Table, entries []entry, report *sheet.Report) (change, error) {
	var c change
	// Two imports at once would each take the other's applications for absent.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('import applications'))`); err != nil {
		return c, err
	}
	list, err := (&Store{db: tx}).list(ctx, "reading applications", `WHERE a.origin = 'imported'`, pgx.StrictNamedArgs{})
	if err != nil {
		return c, err
	}
	known := make(map[string]Application, len(list))
	for _, k := range list {
		known[k.Ref] = k
	}
	for _, e := range entries {
		for i, number := range e.iins {
			if number != "" {
				e.Authors[i].IINHash = s.keeper.Hash(person.HashLabel, number)
			}
		}
		old, there := known[e.Ref]
		if there {
			keepMissing(&e.Application, old, table)
		}
		switch {
		case !there:
			e.ID = clock.NewID()
			report.Added++
			c.entries = append(c.entries, e)
		case same(e.Application, old):
			report.Unchanged++
		default:
			e.ID = old.ID
			report.Changed++
			c.entries = append(c.entries, e)
		}
	}
	for _, row := range table.Rows {
		delete(known, row.Text("application_ref")) // a refused row is not absent
	}
	for _, k := range known {
		c.vanish = append(c.vanish, k.ID)
	}
	report.Absent = len(c.vanish)
	return c, nil
}

// keepMissing takes over from the old entry what the file has no column for.
func keepMissing(e *Application, old Application, table *sheet.Table) {
	for column, keep := range map[string]func(){
		"registry_application_no": func() { e.RegistryNo = old.RegistryNo },
		"title":                   func() { e.Title = old.Title },
		"kind":                    func() { e.Kind, e.KindText = old.Kind, old.KindText },
		"created_on":              func() { e.CreatedOn = old.CreatedOn },
		"filed_on":                func() { e.FiledOn = old.FiledOn },
		"authors":                 func() { e.Authors = old.Authors },
		"author_iins":             func() { keepNumbers(e.Authors, old.Authors) },
		"status":                  func() { e.Status = old.Status },
	} {
		if !table.Has(column) {
			keep()
		}
	}
}

// keepNumbers gives the authors the numbers that they had under the same name.
func keepNumbers(list, old []Author) {
	for i := range list {
		for _, o := range old {
			if o.Name == list[i].Name {
				list[i].IINHash = o.IINHash
			}
		}
	}
}

// same tells whether two entries say the same. One that comes back into the list has changed.
func same(a, b Application) bool {
	return !b.Absent && a.RegistryNo == b.RegistryNo && a.Title == b.Title && a.Kind == b.Kind && a.KindText == b.KindText &&
		a.CreatedOn == b.CreatedOn && a.FiledOn == b.FiledOn && a.Status == b.Status &&
		slices.EqualFunc(a.Authors, b.Authors, func(x, y Author) bool { return x.Name == y.Name && bytes.Equal(x.IINHash, y.IINHash) })
}

var staged = strings.Fields(`id origin application_ref registry_application_no title kind kind_text created_on filed_on status
	name_keys title_key search created_at updated_at`)

// write copies the entries into temporary tables and merges them.
func (s *Store) write(ctx context.Context, tx pgx.Tx, c change, o sheet.Options) error {
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE application_staged (LIKE application INCLUDING DEFAULTS) ON COMMIT DROP`); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE author_staged (LIKE application_author) ON COMMIT DROP`); err != nil {
		return err
	}
	now := s.clock.Now()
	var people [][]any
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"application_staged"}, staged, pgx.CopyFromSlice(len(c.entries), func(i int) ([]any, error) {
		if o.Progress != nil {
			o.Progress(i+1, len(c.entries))
		}
		e := c.entries[i]
		for n, author := range e.Authors {
			var sealed []byte
			if n < len(e.iins) && e.iins[n] != "" {
				sealed = s.keeper.Seal([]byte(e.iins[n]), sealLabel(e.ID))
			}
			people = append(people, []any{e.ID, n + 1, author.Name, sealed, author.IINHash})
		}
		return []any{e.ID, e.Origin, e.Ref, e.RegistryNo, e.Title, e.Kind, e.KindText, e.CreatedOn, e.FiledOn, e.Status,
			nameKeys(e.Application), TitleKey(e.Title), searchText(e.Application), now, now}, nil
	}))
	if err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"author_staged"}, []string{"application_id", "position", "name", "iin_sealed", "iin_hash"}, pgx.CopyFromRows(people)); err != nil {
		return err
	}
	return merge(ctx, tx, c, s.clock)
}

func merge(ctx context.Context, tx pgx.Tx, c change, now clock.Clock) error {
	if _, err := tx.Exec(ctx, `INSERT INTO application SELECT * FROM application_staged ON CONFLICT ON CONSTRAINT application_ref_unique DO UPDATE SET
		registry_application_no = excluded.registry_application_no, title = excluded.title, kind = excluded.kind, kind_text = excluded.kind_text,
		created_on = excluded.created_on, filed_on = excluded.filed_on, status = excluded.status, name_keys = excluded.name_keys,
		title_key = excluded.title_key, search = excluded.search, absent = false, updated_at = excluded.updated_at`); err != nil {
		return err
	}
	// A number whose hash stays is the old one, sealed; the file may not even have the column.
	for _, sql := range []string{
		`UPDATE author_staged n SET iin_sealed = o.iin_sealed FROM application_author o
			WHERE o.application_id = n.application_id AND o.iin_hash = n.iin_hash AND n.iin_sealed IS NULL`,
		`DELETE FROM application_author WHERE application_id IN (SELECT id FROM application_staged)`,
		`INSERT INTO application_author SELECT * FROM author_staged`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	vanish := c.vanish
	if vanish == nil {
		vanish = []uuid.UUID{}
	}
	_, err := tx.Exec(ctx, `UPDATE application SET absent = id = ANY(@vanish), updated_at = @now
		WHERE origin = 'imported' AND absent <> (id = ANY(@vanish))`, pgx.StrictNamedArgs{"vanish": vanish, "now": now.Now()})
	return err
}
