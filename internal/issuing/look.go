package issuing

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"kualik/internal/blob"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// MaxPDF is the size of the largest certificate, and of the largest file that is checked, in bytes.
const MaxPDF = 20 << 20

// Get reads an entry.
func (s *Service) Get(ctx context.Context, db postgres.DB, id uuid.UUID) (Entry, error) {
	return first(entries(ctx, db, `WHERE e.id = @id`, args{"id": id}))
}

// OfFiling gives the entries of a filing, the newest first; none when it has no number.
func (s *Service) OfFiling(ctx context.Context, db postgres.DB, filing uuid.UUID) ([]Entry, error) {
	return entries(ctx, db, `WHERE e.filing_id = @filing ORDER BY e.n DESC, e.version DESC`, args{"filing": filing})
}

// Versions gives all versions of a number, the newest first.
func (s *Service) Versions(ctx context.Context, number int64) ([]Entry, error) {
	return entries(ctx, s.o.Pool, `WHERE e.n = @n ORDER BY e.version DESC`, args{"n": number})
}

// ByToken finds the entry of a public address. One that was never sealed is not there.
func (s *Service) ByToken(ctx context.Context, token string) (Entry, error) {
	return first(entries(ctx, s.o.Pool, `WHERE e.token = @token AND e.sha256 <> ''`, args{"token": token}))
}

// Sealed finds the entry whose sealed file has this SHA-256.
func (s *Service) Sealed(ctx context.Context, sha256 string) (Entry, error) {
	return first(entries(ctx, s.o.Pool, `WHERE e.sha256 = @sha256 AND e.sha256 <> ''`, args{"sha256": sha256}))
}

// PDF gives the sealed certificate.
func (s *Service) PDF(ctx context.Context, id uuid.UUID) (name string, pdf []byte, err error) {
	e, err := s.Get(ctx, s.o.Pool, id)
	if err == nil && e.SHA256 == "" {
		err = errNotFound
	}
	if err != nil {
		return "", nil, err
	}
	pdf, err = blob.ReadAll(ctx, s.o.Blobs, e.SHA256, MaxPDF)
	return e.FileName(), pdf, err
}

// FileName is how a certificate's file is called.
func (e Entry) FileName() string {
	if e.Version > 1 {
		return fmt.Sprintf("kualik-%d-%d.pdf", e.Number, e.Version)
	}
	return fmt.Sprintf("kualik-%d.pdf", e.Number)
}

// Filter narrows the public register.
type Filter struct {
	Query  string
	Year   int
	Limit  int
	Offset int
}

// Public lists the register as everybody sees it, the newest first: of each number what holds now, or how it
// ended. It gives the number of all that were found too.
func (s *Service) Public(ctx context.Context, f Filter) (list []Entry, total int, err error) {
	where := `WHERE e.state IN ('valid', 'annulled')`
	a := args{}
	for i, patterns := range person.SearchPatterns(f.Query) {
		name := fmt.Sprintf("word%d", i)
		where += ` AND e.search LIKE ANY(@` + name + `::text[])`
		a[name] = patterns
	}
	if f.Year > 0 {
		where += ` AND e.registered_on >= make_date(@year, 1, 1) AND e.registered_on < make_date(@year + 1, 1, 1)`
		a["year"] = f.Year
	}
	if err = s.o.Pool.QueryRow(ctx, `SELECT count(*)::int FROM issuing_entry e `+where, a).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting the register: %w", err)
	}
	a["limit"], a["offset"] = max(f.Limit, 1), max(f.Offset, 0)
	list, err = entries(ctx, s.o.Pool, where+` ORDER BY e.n DESC LIMIT @limit OFFSET @offset`, a)
	return list, total, err
}

// Year is how many records of a year the public register has.
type Year struct {
	Year  int `db:"year"`
	Count int `db:"count"`
}

// Years are those of the public register, the newest first.
func (s *Service) Years(ctx context.Context) ([]Year, error) {
	return collect[Year](ctx, s.o.Pool, "years of the register", `SELECT extract(year FROM e.registered_on)::int AS year, count(*)::int AS count
		FROM issuing_entry e WHERE e.state IN ('valid', 'annulled') GROUP BY 1 ORDER BY 1 DESC`, args{})
}
