package audit

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/clock"
	"kualik/internal/secret"
)

// Chain seals what was recorded and verifies the seals.
type Chain struct {
	pool   *pgxpool.Pool
	keeper *secret.Keeper
	clock  clock.Clock
	log    *slog.Logger
}

// NewChain makes a chain over the audit of a database, with the key of its installation.
func NewChain(pool *pgxpool.Pool, keeper *secret.Keeper, c clock.Clock, log *slog.Logger) *Chain {
	return &Chain{pool: pool, keeper: keeper, clock: c, log: log}
}

// Head is a seal of the chain: how many there are and what the last one is. It tells nothing of the rows, so
// it may be kept anywhere.
type Head struct {
	N    int64
	Hash []byte
}

// String is the head as it is kept: "1204:5f0c…", empty for a chain without a seal.
func (h Head) String() string {
	if h.N == 0 {
		return ""
	}
	return strconv.FormatInt(h.N, 10) + ":" + hex.EncodeToString(h.Hash)
}

// ParseHead reads what String wrote.
func ParseHead(s string) (Head, error) {
	if s == "" {
		return Head{}, nil
	}
	number, hash, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return Head{}, fmt.Errorf("%q is no head of a chain", s)
	}
	h := Head{N: n}
	if h.Hash, err = hex.DecodeString(hash); err != nil || len(h.Hash) != hashSize {
		return Head{}, fmt.Errorf("%q is no head of a chain", s)
	}
	return h, nil
}

const (
	hashSize = 32
	sealStep = 2000 // rows sealed in one transaction

	lockKey     = 7_233_014 // advisory lock of whoever seals
	patience    = "200ms"   // a deed may have to wait this long for the seal
	lockTimeout = "55P03"
)

// row is a recorded deed as it is sealed: before and after in PostgreSQL's own spelling.
type row struct {
	ID          int64     `db:"id"`
	At          time.Time `db:"at"`
	Actor       string    `db:"actor"`
	ActorName   string    `db:"actor_name"`
	Action      string    `db:"action"`
	SubjectKind string    `db:"subject_kind"`
	SubjectID   string    `db:"subject_id"`
	Before      string    `db:"before"`
	After       string    `db:"after"`
	Note        string    `db:"note"`
	Persons     []string  `db:"persons"`
}

const rowColumns = `a.id, a.at, a.actor, a.actor_name, a.action, a.subject_kind, a.subject_id, a.before::text AS before, a.after::text AS after, a.note, a.persons`

// digest is over all that a row says, each value with its length before it. The id is not in it: it stands in
// the seal, so that a row that was moved is still known by its digest.
func (c *Chain) digest(r row) []byte {
	var b bytes.Buffer
	b.Grow(256)
	number(&b, r.At.UnixMicro())
	for _, s := range [...]string{r.Actor, r.ActorName, r.Action, r.SubjectKind, r.SubjectID, r.Before, r.After, r.Note} {
		text(&b, s)
	}
	number(&b, int64(len(r.Persons)))
	for _, p := range r.Persons {
		text(&b, p)
	}
	return c.keeper.Hash("audit row", b.String())
}

// link is one seal. Own stands for itself, so that a broken one does not throw doubt on those after it; Hash
// commits to everything before it.
type link struct {
	N        int64     `db:"n"`
	AuditID  int64     `db:"audit_id"`
	SealedAt time.Time `db:"sealed_at"`
	Digest   []byte    `db:"digest"`
	Own      []byte    `db:"own"`
	Hash     []byte    `db:"hash"`
}

const linkColumns = `n, audit_id, sealed_at, digest, own, hash`

func (c *Chain) own(l link) []byte {
	var b bytes.Buffer
	b.Grow(96)
	number(&b, l.N)
	number(&b, l.AuditID)
	number(&b, l.SealedAt.UnixMicro())
	text(&b, string(l.Digest))
	return c.keeper.Hash("audit seal", b.String())
}

// after is the hash of a seal that stands behind another; before is empty for the first.
func (c *Chain) after(before, own []byte) []byte {
	return c.keeper.Hash("audit chain", string(before)+string(own))
}

func number(b *bytes.Buffer, n int64) {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(n))
	b.Write(raw[:])
}

func text(b *bytes.Buffer, s string) {
	number(b, int64(len(s)))
	b.WriteString(s)
}

// Seal appends a seal for each row that has none, in the order of their ids, and gives their number and the
// chain's head. While others record without pause it seals nothing, and does so next time. Any number of
// processes may call it.
func (c *Chain) Seal(ctx context.Context) (sealed int, head Head, err error) {
	upto, err := c.settled(ctx)
	if err != nil {
		return 0, Head{}, err
	}
	for {
		n, mine, err := c.sealSome(ctx, upto, &head)
		if err != nil {
			return sealed, head, fmt.Errorf("seal the audit: %w", err)
		}
		if sealed += n; !mine || n < sealStep {
			break
		}
	}
	if sealed > 0 { // whoever collects the log has a witness outside the database
		c.log.Info("audit sealed", "rows", sealed, "head", head.String())
	}
	return sealed, head, nil
}

// settled is the last id before which no row can appear any more. Ids are given out before their transactions
// are committed; the lock, held for this one question, waits for all of those and lets nobody begin meanwhile.
func (c *Chain) settled(ctx context.Context) (id int64, err error) {
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '`+patience+`'`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `LOCK TABLE audit IN SHARE MODE`); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM audit`).Scan(&id)
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == lockTimeout {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look what of the audit may be sealed: %w", err)
	}
	return id, nil
}

// sealSome seals the next rows; mine is false when another process is at it.
func (c *Chain) sealSome(ctx context.Context, upto int64, head *Head) (n int, mine bool, err error) {
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, lockKey).Scan(&mine); err != nil || !mine {
			return err
		}
		last, err := lastLink(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+rowColumns+` FROM audit a WHERE a.id > @after AND a.id <= @upto ORDER BY a.id LIMIT @limit`,
			pgx.StrictNamedArgs{"after": last.AuditID, "upto": upto, "limit": sealStep})
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
		if err != nil {
			return err
		}
		now := c.clock.Now().UTC().Truncate(time.Microsecond)
		links := make([][]any, len(list))
		for i, r := range list {
			next := link{N: last.N + 1, AuditID: r.ID, SealedAt: now, Digest: c.digest(r)}
			next.Own = c.own(next)
			next.Hash = c.after(last.Hash, next.Own)
			links[i] = []any{next.N, next.AuditID, next.SealedAt, next.Digest, next.Own, next.Hash}
			last = next
		}
		n, *head = len(list), Head{last.N, last.Hash}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"audit_link"}, []string{"n", "audit_id", "sealed_at", "digest", "own", "hash"}, pgx.CopyFromRows(links))
		return err
	})
	return n, mine, err
}

// lastLink is the newest seal, the zero one when there is none.
func lastLink(ctx context.Context, db Querier) (link, error) {
	rows, err := db.Query(ctx, `SELECT `+linkColumns+` FROM audit_link ORDER BY n DESC LIMIT 1`)
	if err != nil {
		return link{}, err
	}
	l, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[link])
	if errors.Is(err, pgx.ErrNoRows) {
		return link{}, nil
	}
	return l, err
}

// Head is the chain's present head.
func (c *Chain) Head(ctx context.Context) (Head, error) {
	l, err := lastLink(ctx, c.pool)
	if err != nil {
		return Head{}, fmt.Errorf("read the head of the audit's chain: %w", err)
	}
	return Head{l.N, l.Hash}, nil
}
