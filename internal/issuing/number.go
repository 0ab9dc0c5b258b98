package issuing

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// count takes the next number of a counter, which stays held until the transaction ends: if that is undone,
// the number was never given, and whoever comes next gets it.
func count(ctx context.Context, tx pgx.Tx, name string, first int64) (n int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO issuing_counter (name, last) VALUES (@name, @first)
		ON CONFLICT (name) DO UPDATE SET last = issuing_counter.last + 1 RETURNING last`, args{"name": name, "first": first}).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("taking a number of %s: %w", name, err)
	}
	return n, nil
}

// takeNumber gives a filing its number of the register.
func (s *Service) takeNumber(ctx context.Context, tx pgx.Tx, w Work) (int64, error) {
	n, err := count(ctx, tx, "certificate", max(s.o.First, 1))
	if err != nil {
		return 0, err
	}
	return n, exec(ctx, tx, "writing a number of the register down", `INSERT INTO issuing_number (n, filing_id, at) VALUES (@n, @filing, @now)`,
		args{"n": n, "filing": w.FilingID, "now": s.o.Clock.Now()})
}

// tokenLetters are 32, none of which is taken for another.
const tokenLetters = "023456789abcdefghjkmnpqrstuvwxyz"

// newToken is a public name of 60 bits: it is no secret, but nobody can count through them.
func newToken() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails (crypto/rand)
	for i := range b {
		b[i] = tokenLetters[b[i]%32]
	}
	return string(b)
}

// Numbers is what the register has given so far.
type Numbers struct {
	First, Last int64 // 0 when none was given
	Given       int   // rows; those given up are among them
	GivenUp     []GivenUpNumber
	Missing     []int64 // numbers that nothing explains: there are none
}

// GivenUpNumber is a number that no certificate has.
type GivenUpNumber struct {
	Number int64     `db:"n"`
	At     time.Time `db:"given_up_at"`
	By     string    `db:"given_up_by"`
	Reason string    `db:"reason"`
}

// Numbers looks whether the register's numbers follow one another, and which were given up.
func (s *Service) Numbers(ctx context.Context) (n Numbers, err error) {
	err = s.o.Pool.QueryRow(ctx, `SELECT coalesce(min(n), 0), greatest(coalesce(max(n), 0), coalesce((SELECT last FROM issuing_counter WHERE name = 'certificate'), 0)),
		count(*)::int FROM issuing_number`).Scan(&n.First, &n.Last, &n.Given)
	if err != nil {
		return n, fmt.Errorf("counting the register's numbers: %w", err)
	}
	if n.First == 0 {
		n.First = n.Last // a number that left no row at all is missing
	}
	n.GivenUp, err = collect[GivenUpNumber](ctx, s.o.Pool, "numbers given up", `SELECT n, given_up_at, given_up_by, reason FROM issuing_number
		WHERE given_up_at IS NOT NULL ORDER BY n`, args{})
	if err != nil {
		return n, err
	}
	rows, err := s.o.Pool.Query(ctx, `SELECT g FROM generate_series(@first::bigint, @last::bigint) g WHERE g > 0 AND NOT EXISTS (SELECT FROM issuing_entry e WHERE e.n = g)
		ORDER BY g LIMIT 100`, args{"first": n.First, "last": n.Last})
	if err != nil {
		return n, fmt.Errorf("looking for missing numbers: %w", err)
	}
	n.Missing, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	return n, err
}
