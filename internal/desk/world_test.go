package desk

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/issuing"
	"kualik/internal/notify"
	"kualik/internal/person"
	"kualik/internal/postgres"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
	"kualik/internal/workday"
)

// begin is a Wednesday, 11:41 in Almaty.
var begin = time.Date(2026, 9, 16, 6, 41, 0, 0, time.UTC)

var almaty = time.FixedZone("+05", 5*3600)

// world is a desk on a fresh database, with applications that are signed by all.
type world struct {
	*Service
	t       *testing.T
	clock   *clock.Manual
	pool    *pgxpool.Pool
	keeper  *secret.Keeper
	filings *filing.Service
	book    *book
	n       int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, clock: clock.At(begin), pool: pgtest.New(t), book: &book{}}
	var err error
	w.keeper, err = secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	blobs, err := blob.Open(ctx, "", t.TempDir())
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	letters, err := notify.New(w.pool, blobs, w.clock, log, "", "")
	require.NoError(t, err)
	apps := application.NewStore(w.pool, w.keeper, w.clock)
	w.filings = filing.New(filing.Options{Pool: w.pool, Clock: w.clock, Zone: almaty, Keeper: w.keeper, Blobs: blobs, Log: log, Applications: apps,
		Workdays: workday.New(), Letters: letters, QueryDays: 10, PublicURL: "https://kualik.example"})
	w.Service = New(Options{Pool: w.pool, Clock: w.clock, Zone: almaty, Log: log, Filings: w.filings, Book: w.book, Applications: apps,
		Workdays: workday.New(), Letters: letters, PublicURL: "https://kualik.example", Lang: i18n.RU})
	require.NoError(t, w.Seed(ctx))
	return w
}

// account makes one of a role.
func (w *world) account(role account.Role, name string) filing.Who {
	w.t.Helper()
	w.n++
	id := clock.NewID()
	w.exec(`INSERT INTO account (id, email, name, role, lang, created_at) VALUES ($1, $2, $3, $4, 'ru', $5)`, id, fmt.Sprintf("a%d@karatal.example", w.n), name, string(role), begin)
	return filing.Who{ID: id, Name: name, Role: role, Means: account.ByPassword, Lang: i18n.RU}
}

func (w *world) exec(sql string, a ...any) {
	w.t.Helper()
	_, err := w.pool.Exec(context.Background(), sql, a...)
	require.NoError(w.t, err)
}

// one reads a single value.
func one[T any](w *world, sql string, a ...any) (v T) {
	w.t.Helper()
	require.NoError(w.t, w.pool.QueryRow(context.Background(), sql, a...).Scan(&v))
	return v
}

// filed is an application that all authors have signed; the first author is the filer.
type filed struct {
	id    uuid.UUID
	no    string
	filer filing.Who
}

func (w *world) filed(mode, title string, authors ...string) filed {
	w.t.Helper()
	return w.filedAs(mode, filing.CopyrightWork, filing.Data{Title: title, Kind: "scientific_work", CreatedOn: "02.09.2026"}, authors...)
}

func (w *world) filedAs(mode string, service filing.ServiceCode, data filing.Data, authors ...string) filed {
	w.t.Helper()
	ctx := context.Background()
	w.n++
	f := filed{id: clock.NewID(), no: fmt.Sprintf("2026-%d", w.n+16)}
	f.filer = w.account(account.Author, authors[0])
	w.exec(`INSERT INTO filing (id, draft_no, service, state, owner, filer_role, reduced, lang, data, version, changed_by, changed_at, created_at, paid_at,
			incoming_no, barcode, submitted_at, signed_at, search, scheme, step, step_at, step_until, desk)
		VALUES ($1, $2, $3, 'signed', $4, 'author', false, 'ru', $5, 1, 'x', $6, $6, $6, $7, $8, $6, $6, $9, 1, 'registration', $6, $10, $11)`,
		f.id, 100000+w.n, string(service), f.filer.ID, data, w.clock.Now(), f.no, fmt.Sprintf("26%05d", w.n), person.SearchText(f.no+" "+data.Title),
		workday.New().Deadline(w.clock.Now(), 1, almaty), mode)
	statement := clock.NewID()
	w.exec(`INSERT INTO filing_statement (id, filing_id, number, lang, sha256, size, file, version, formed_at, formed_by) VALUES ($1, $2, 1, 'ru', $3, 1, $3, 1, $4, 'x')`,
		statement, f.id, "s-"+f.id.String(), w.clock.Now())
	put := application.Filed{Ref: f.no, Title: data.Title, Kind: data.Kind, CreatedOn: "2026-09-02", FiledOn: "2026-09-16", At: w.clock.Now()}
	for i, name := range authors {
		p := clock.NewID()
		iin := fmt.Sprintf("%s-%d", name, 1) // the same name is the same person
		w.exec(`INSERT INTO filing_participant (id, filing_id, position, role, type, filer, number_sealed, number_hash, name, unmentioned, country, city, address, postcode, phone, email, created_at)
			VALUES ($1, $2, $3, 'author', 'individual', $4, $5, $6, $7, false, 'KZ', '', '', '', '', $8, $9)`,
			p, f.id, i+1, i == 0, w.keeper.Seal([]byte(iin), "filing participant:"+p.String()), w.keeper.Hash(person.HashLabel, iin), name, fmt.Sprintf("p%d.%d@karatal.example", w.n, i), w.clock.Now())
		w.exec(`INSERT INTO filing_signature (statement_id, participant_id, evidence_id, at) VALUES ($1, $2, $3, $4)`, statement, p, clock.NewID(), w.clock.Now())
		w.exec(`INSERT INTO filing_document (id, filing_id, kind, participant_id, filename, content_type, sha256, size, file, sealed, sheets, description, uploaded_at, uploaded_by)
			VALUES ($1, $2, 'identity_copy', $3, 'id.pdf', 'application/pdf', 'x', 1, 'x', true, '', '', $4, 'x')`, clock.NewID(), f.id, p, w.clock.Now())
		put.Authors = append(put.Authors, application.FiledAuthor{Name: name, IIN: iin})
	}
	w.exec(`INSERT INTO filing_document (id, filing_id, kind, filename, content_type, sha256, size, file, sealed, sheets, description, uploaded_at, uploaded_by)
		VALUES ($1, $2, 'work_copy', 'work.pdf', 'application/pdf', 'x', 1, 'x', false, '12', '', $3, 'x')`, clock.NewID(), f.id, w.clock.Now())
	require.NoError(w.t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		if err := application.NewStore(w.pool, w.keeper, w.clock).PutKualik(ctx, tx, put); err != nil {
			return err
		}
		return w.Submitted(ctx, tx, filing.Filing{ID: f.id})
	}))
	return f
}

func (w *world) read(id uuid.UUID) Case {
	w.t.Helper()
	c, err := readCase(context.Background(), w.pool, id)
	require.NoError(w.t, err)
	return c
}

func (w *world) ref(id uuid.UUID) Ref { return Ref{id, w.read(id).Version} }

// letters counts the letters of a topic.
func (w *world) letters(topic string) int {
	w.t.Helper()
	return one[int](w, `SELECT count(*)::int FROM letter WHERE topic = $1`, topic)
}

// allYes answers every item of a stage, with a word where the program doubts.
func allYes(stage string) map[string]Said {
	said := map[string]Said{}
	for _, i := range items[stage] {
		said[i] = Said{Answer: Yes, Note: "посмотрено"}
	}
	return said
}

// refused wants a failure of a kind with a message.
func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, key, f.Key)
	require.Equal(t, kind, f.Kind)
}

// book is a register that seals nothing by itself.
type book struct {
	entries  []issuing.Entry
	extracts []issuing.Extract
	closed   error
}

func (b *book) Ready() error { return b.closed }

func (b *book) OfFiling(_ context.Context, _ postgres.DB, id uuid.UUID) (list []issuing.Entry, _ error) {
	for _, e := range b.entries {
		if e.FilingID == id {
			list = append(list, e)
		}
	}
	return list, nil
}

func (b *book) ExtractOf(_ context.Context, _ postgres.DB, id uuid.UUID) (issuing.Extract, error) {
	for _, x := range b.extracts {
		if x.FilingID == id {
			return x, nil
		}
	}
	return issuing.Extract{}, errNotFound
}

func (b *book) Prepare(_ context.Context, _ pgx.Tx, _ audit.Actor, w issuing.Work) (issuing.Entry, error) {
	if b.closed != nil {
		return issuing.Entry{}, b.closed
	}
	e := issuing.Entry{ID: clock.NewID(), Number: int64(len(b.entries) + 1), Version: 1, FilingID: w.FilingID, State: issuing.Pending,
		RegisteredOn: "2026-09-16", IssuedOn: "2026-09-16", Title: w.Title, Authors: w.Authors}
	b.entries = append(b.entries, e)
	return e, nil
}

func (b *book) Annul(_ context.Context, _ pgx.Tx, _ audit.Actor, id uuid.UUID, reason string) (issuing.Entry, error) {
	for i := range b.entries {
		if b.entries[i].ID == id {
			b.entries[i].State, b.entries[i].EndReason = issuing.Annulled, reason
			return b.entries[i], nil
		}
	}
	return issuing.Entry{}, errNotFound
}

func (b *book) PrepareExtract(_ context.Context, _ pgx.Tx, _ audit.Actor, p issuing.Petition) (issuing.Extract, error) {
	x := issuing.Extract{ID: clock.NewID(), Year: 2026, Number: 1, FilingID: p.FilingID, IssuedOn: "2026-09-16", Recipient: p.Recipient}
	b.extracts = append(b.extracts, x)
	return x, nil
}

func (b *book) Correct(_ context.Context, _ pgx.Tx, _ audit.Actor, id uuid.UUID, c issuing.Correction) (issuing.Entry, error) {
	for _, e := range b.entries {
		if e.ID == id {
			e.ID, e.Version, e.State, e.Title = clock.NewID(), e.Version+1, issuing.Pending, c.Title
			b.entries = append(b.entries, e)
			return e, nil
		}
	}
	return issuing.Entry{}, errNotFound
}

func (b *book) GiveUp(_ context.Context, _ pgx.Tx, _ audit.Actor, id uuid.UUID, _ string) error {
	for i := range b.entries {
		if b.entries[i].ID == id {
			b.entries[i].State = issuing.GivenUp
		}
	}
	return nil
}

// seal does what the register's job does.
func (w *world) seal(e issuing.Entry) {
	w.t.Helper()
	require.NoError(w.t, pgx.BeginFunc(context.Background(), w.pool, func(tx pgx.Tx) error { return w.Issued(context.Background(), tx, e) }))
}
