package issuing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/jobs"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
	"kualik/internal/postgres/pgtest"
)

var (
	noon      = time.Date(2026, 9, 16, 7, 0, 0, 0, time.UTC)
	zone      = time.FixedZone("+05", 5*3600)
	registrar = audit.Actor{ID: "registrar", Name: "Гүлнар Тіркеушіқызы"}
	errDied   = errors.New("died")
)

var reader = sync.OnceValues(func() (*doctext.Reader, error) {
	return doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(os.TempDir()), Workers: 1})
})

// home is an authority and a seal of it.
var home = sync.OnceValues(func() (root []byte, seal *pades.Seal) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	a, err := issue.NewAuthority(rand.Reader, issue.RSA, "КО TEST", noon)
	must(err)
	id, err := a.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: "«Қаратал университеті» КеАҚ", BIN: "990240000016"}, issue.Sign,
		noon.Add(-time.Hour), noon.AddDate(1, 0, 0))
	must(err)
	seal, err = pades.OpenSeal(id.Marshal(), "")
	must(err)
	return a.Certificate, seal
})

// register is a service on a database of its own, with a desk that notes what it was told.
type register struct {
	*Service
	t     *testing.T
	pool  *pgxpool.Pool
	clock *clock.Manual
	trust *pki.Trust
}

func newRegister(t *testing.T) *register {
	t.Helper()
	pool := pgtest.New(t)
	blobs, err := blob.Open(t.Context(), "", t.TempDir())
	require.NoError(t, err)
	root, seal := home()
	r := &register{t: t, pool: pool, clock: clock.At(noon), trust: pki.NewTrust(root)}
	r.Service = New(Options{Pool: pool, Clock: r.clock, Zone: zone, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Seal: seal, First: 501,
		Office: "«Қаратал университеті» КеАҚ", PublicURL: "https://kualik.karatal.example"})
	_, err = pool.Exec(t.Context(), `CREATE TABLE told (id uuid, n bigint, version int)`)
	require.NoError(t, err)
	r.OnIssued(func(ctx context.Context, tx pgx.Tx, e Entry) error {
		_, err := tx.Exec(ctx, `INSERT INTO told VALUES ($1, $2, $3)`, e.ID, e.Number, e.Version)
		return err
	})
	r.OnExtracted(func(ctx context.Context, tx pgx.Tx, x Extract) error {
		_, err := tx.Exec(ctx, `INSERT INTO told VALUES ($1, $2, 0)`, x.ID, x.Number)
		return err
	})
	return r
}

func work() Work {
	return Work{FilingID: uuid.Must(uuid.NewV7()), ApplicationNo: "2026-418", FiledOn: "2026-09-15", Title: "Органикалық химия: зертханалық практикум", Kind: "scientific_work",
		CreatedOn: "2026-09-02", Authors: []Author{{Name: "САГИТОВА МЕРУЕРТ ТАЛГАТОВНА"}, {Name: "Жасырын Автор Атымбекұлы", Hidden: true}, {Name: "Нурбаева Лаура"}}}
}

// in runs a deed of the desk in a transaction.
func in[T any](r *register, do func(tx pgx.Tx) (T, error)) (out T, err error) {
	r.t.Helper()
	err = pgx.BeginFunc(r.t.Context(), r.pool, func(tx pgx.Tx) error {
		out, err = do(tx)
		return err
	})
	return out, err
}

func (r *register) prepare(w Work) Entry {
	r.t.Helper()
	e, err := in(r, func(tx pgx.Tx) (Entry, error) { return r.Prepare(r.t.Context(), tx, registrar, w) })
	require.NoError(r.t, err)
	return e
}

func (r *register) work(id uuid.UUID) {
	r.t.Helper()
	require.NoError(r.t, r.Work(r.t.Context(), jobs.Job[SealArgs]{Args: SealArgs{ID: id}}))
}

// issued is a certificate that is ready.
func (r *register) issued(w Work) Entry {
	r.t.Helper()
	e := r.prepare(w)
	r.work(e.ID)
	return r.entry(e.ID)
}

func (r *register) entry(id uuid.UUID) Entry {
	r.t.Helper()
	e, err := r.Get(r.t.Context(), r.pool, id)
	require.NoError(r.t, err)
	return e
}

func (r *register) file(e Entry) []byte {
	r.t.Helper()
	_, pdf, err := r.PDF(r.t.Context(), e.ID)
	require.NoError(r.t, err)
	return pdf
}

// told is how often the desk was told of a version.
func (r *register) told(id uuid.UUID) (n int) {
	r.t.Helper()
	require.NoError(r.t, r.pool.QueryRow(r.t.Context(), `SELECT count(*) FROM told WHERE id = $1`, id).Scan(&n))
	return n
}

// read is what our own extraction reads on a sealed certificate.
func (r *register) read(pdf []byte) certificate.Reading {
	r.t.Helper()
	docs, err := reader()
	require.NoError(r.t, err)
	x, err := certificate.Extract(r.t.Context(), docs, "x.pdf", pdf, false)
	require.NoError(r.t, err)
	require.Equal(r.t, certificate.IsCertificate, x.Verdict)
	require.Len(r.t, x.Certificates, 1)
	return x.Certificates[0]
}

// die lets the work end at a moment, once.
func (r *register) die(moment string) {
	r.at = func(m string) error {
		if m != moment {
			return nil
		}
		r.at = nil
		return fmt.Errorf("%s: %w", m, errDied)
	}
}
