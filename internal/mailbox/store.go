package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Keeper seals the addresses, because they hold passwords.
type Keeper interface {
	Seal(plain []byte, label string) []byte
	Open(sealed []byte, label string) ([]byte, error)
}

// Origin says where a mailbox was set up.
type Origin string

// The origins. What the settings name, no page can remove.
const (
	FromSettings Origin = "settings"
	FromPage     Origin = "page"
)

// Store keeps mailboxes, cursors and messages in PostgreSQL.
type Store struct {
	pool   *pgxpool.Pool
	keeper Keeper
	clock  clock.Clock
	inTx   func(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error
}

// NewStore makes a store. inTx is called in the transaction that stores messages, with those that are to
// be read: there the owner inserts the jobs that will. It may be nil.
func NewStore(pool *pgxpool.Pool, keeper Keeper, clk clock.Clock, inTx func(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error) *Store {
	return &Store{pool: pool, keeper: keeper, clock: clk, inTx: inTx}
}

// State is a mailbox as the dashboard shows it.
type State struct {
	Name        string
	Origin      Origin
	Enabled     bool
	UIDValidity int64 `db:"uidvalidity"`
	LastUID     int64 `db:"last_uid"`
	LastPollAt  *time.Time
	LastGoodAt  *time.Time
	LastNew     int
	LastError   string // the server's words
	Failures    int
	PollAfter   *time.Time
	CreatedAt   time.Time
}

const stateColumns = `name, origin, enabled, uidvalidity, last_uid, last_poll_at, last_good_at, last_new, last_error, failures, poll_after, created_at`

// States lists all mailboxes by name.
func (s *Store) States(ctx context.Context) ([]State, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+stateColumns+` FROM mailbox ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("listing mailboxes: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[State])
	if err != nil {
		return nil, fmt.Errorf("listing mailboxes: %w", err)
	}
	return out, nil
}

func (s *Store) state(ctx context.Context, name string) (State, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+stateColumns+` FROM mailbox WHERE name = $1`, name)
	if err != nil {
		return State{}, fmt.Errorf("reading a mailbox: %w", err)
	}
	st, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[State])
	if errors.Is(err, pgx.ErrNoRows) {
		return State{}, fault.Wrap(err, fault.NotFound, "mailbox.missing", "Mailbox", name)
	}
	if err != nil {
		return State{}, fmt.Errorf("reading a mailbox: %w", err)
	}
	return st, nil
}

// Configure makes the mailboxes of the settings the ones given. One that they no longer name is disabled;
// its cursor and its messages stay.
func (s *Store) Configure(ctx context.Context, configs []Config) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		names := []string{}
		for _, c := range configs {
			names = append(names, c.Name())
			if err := s.save(ctx, tx, c, FromSettings); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE mailbox SET enabled = false WHERE origin = 'settings' AND name <> ALL($1) AND enabled`, names); err != nil {
			return fmt.Errorf("disabling mailboxes: %w", err)
		}
		return nil
	})
}

// Save adds or changes a mailbox from a page.
func (s *Store) Save(ctx context.Context, c Config) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return s.save(ctx, tx, c, FromPage) })
}

// Disable stops the polling of a mailbox; its messages stay.
func (s *Store) Disable(ctx context.Context, name string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE mailbox SET enabled = false WHERE name = $1`, name)
	if err != nil {
		return fmt.Errorf("disabling a mailbox: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "mailbox.missing", "Mailbox", name)
	}
	return nil
}

// save writes one mailbox. A changed address may well be the cure, so the back-off ends.
func (s *Store) save(ctx context.Context, tx pgx.Tx, c Config, origin Origin) error {
	sealed := s.keeper.Seal([]byte(c.URL()+" "+c.TokenCommand), "mailbox "+c.Name())
	_, err := tx.Exec(ctx, `
INSERT INTO mailbox (name, origin, url_sealed, since, created_at) VALUES (@name, @origin, @sealed, @since, @now)
ON CONFLICT (name) DO UPDATE SET origin = @origin, url_sealed = @sealed, since = @since, enabled = true, failures = 0, poll_after = NULL`,
		pgx.StrictNamedArgs{"name": c.Name(), "origin": origin, "sealed": sealed, "since": c.Since, "now": s.clock.Now()})
	if err != nil {
		return fmt.Errorf("saving a mailbox: %w", err)
	}
	return nil
}

// Config opens the sealed address of a mailbox.
func (s *Store) Config(ctx context.Context, name string) (Config, error) {
	var sealed []byte
	err := s.pool.QueryRow(ctx, `SELECT url_sealed FROM mailbox WHERE name = $1`, name).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return Config{}, fault.Wrap(err, fault.NotFound, "mailbox.missing", "Mailbox", name)
	}
	if err != nil {
		return Config{}, fmt.Errorf("reading the address of %s: %w", name, err)
	}
	plain, err := s.keeper.Open(sealed, "mailbox "+name)
	if err != nil {
		return Config{}, fmt.Errorf("opening the address of %s: %w", name, err)
	}
	address, command, _ := strings.Cut(string(plain), " ")
	c, err := ParseURL(address)
	c.TokenCommand = command
	return c, err
}

// cursor is where a poll begins: with the messages whose bytes are still missing and whose time has come.
func (s *Store) cursor(ctx context.Context, st State) (Cursor, error) {
	rows, err := s.pool.Query(ctx, `
SELECT uid FROM message WHERE mailbox = $1 AND uidvalidity = $2 AND uid > 0 AND sha256 = '' AND outcome = 'failed' AND try_after <= $3
ORDER BY uid LIMIT 20`, st.Name, st.UIDValidity, s.clock.Now())
	if err != nil {
		return Cursor{}, fmt.Errorf("listing messages to retry: %w", err)
	}
	retry, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	if err != nil {
		return Cursor{}, fmt.Errorf("listing messages to retry: %w", err)
	}
	return Cursor{UIDValidity: uint32(st.UIDValidity), LastUID: uint32(st.LastUID), Retry: retry}, nil
}

// began notes the time of a poll.
func (s *Store) began(ctx context.Context, name string, at time.Time) error {
	if _, err := s.pool.Exec(ctx, `UPDATE mailbox SET last_poll_at = $2 WHERE name = $1`, name, at); err != nil {
		return fmt.Errorf("noting a poll: %w", err)
	}
	return nil
}

// ended notes how a poll went. After failures the next one waits 1, 2, 4 … minutes, at most an hour.
func (s *Store) ended(ctx context.Context, name string, r Result, words string) error {
	now := s.clock.Now()
	query := `UPDATE mailbox SET last_good_at = @now, last_new = @new, last_error = '', failures = 0, poll_after = NULL WHERE name = @name`
	args := pgx.StrictNamedArgs{"name": name, "now": now, "new": r.New}
	if words != "" {
		query = `UPDATE mailbox SET last_new = @new, last_error = @words, failures = failures + 1,
	poll_after = @now::timestamptz + least(interval '1 minute' * power(2, least(failures, 10)), interval '1 hour') WHERE name = @name`
		args["words"] = printable(words)
	}
	if _, err := s.pool.Exec(ctx, query, args); err != nil {
		return fmt.Errorf("noting the end of a poll: %w", err)
	}
	return nil
}

// printable makes a text that the database takes, of bounded length.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > 2000 {
		s = strings.ToValidUTF8(s[:2000], "")
	}
	return s
}

// Take stores messages that came by another way than a mailbox: a file, an upload. Their bytes are in the
// blob store already.
func (s *Store) Take(ctx context.Context, rows []NewMessage) ([]Inserted, error) {
	var out []Inserted
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		out, err = s.insert(ctx, tx, rows)
		return err
	})
	return out, err
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, rows []NewMessage) ([]Inserted, error) {
	out, err := InsertMessages(ctx, tx, rows, s.clock.Now())
	if err != nil {
		return nil, err
	}
	if ids := PendingIDs(out); len(ids) > 0 && s.inTx != nil {
		if err := s.inTx(ctx, tx, ids); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// folder is the Sink of one mailbox.
type folder struct {
	store *Store
	name  string
}

var _ Sink = folder{}

// Known tells which UIDs have their bytes.
func (f folder) Known(ctx context.Context, uidValidity uint32, uids []uint32) (map[uint32]bool, error) {
	rows, err := f.store.pool.Query(ctx, `
SELECT uid FROM message WHERE mailbox = $1 AND uidvalidity = $2 AND uid = ANY($3::bigint[]) AND sha256 <> ''`, f.name, int64(uidValidity), uids)
	if err != nil {
		return nil, fmt.Errorf("looking for known messages: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	if err != nil {
		return nil, fmt.Errorf("looking for known messages: %w", err)
	}
	known := map[uint32]bool{}
	for _, u := range list {
		known[u] = true
	}
	return known, nil
}

// Store commits rows, jobs and cursor together. The cursor only moves forward.
func (f folder) Store(ctx context.Context, batch []Fetched, cursor Cursor) error {
	rows := make([]NewMessage, len(batch))
	for i, b := range batch {
		rows[i] = NewMessage{
			Mailbox: f.name, UIDValidity: b.UIDValidity, UID: b.UID, ReceivedAt: b.InternalDate,
			SHA256: b.SHA256, Size: b.Size, Why: b.Why, Detail: b.Detail,
		}
	}
	return pgx.BeginFunc(ctx, f.store.pool, func(tx pgx.Tx) error {
		if _, err := f.store.insert(ctx, tx, rows); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
UPDATE mailbox SET uidvalidity = $2, last_uid = CASE WHEN uidvalidity = $2 THEN greatest(last_uid, $3) ELSE $3 END WHERE name = $1`,
			f.name, int64(cursor.UIDValidity), int64(cursor.LastUID))
		if err != nil {
			return fmt.Errorf("moving the cursor: %w", err)
		}
		return nil
	})
}
