package authenticity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/pki"
	"kualik/internal/postgres"
)

// Checked is what was found of a document, by the SHA-256 of its bytes as they came.
type Checked struct {
	SHA256  string `db:"sha256"`
	Version int
	At      time.Time `db:"checked_at"`
	AsOf    time.Time `db:"as_of"` // the moment for which signatures were judged
	Files   []Facts
}

// Store keeps the facts beside the readings of documents.
type Store struct {
	db    postgres.DB
	trust *pki.Trust
	clock clock.Clock
}

// NewStore makes a store; trust is by whose word signatures are judged.
func NewStore(db postgres.DB, trust *pki.Trust, c clock.Clock) *Store {
	return &Store{db: db, trust: trust, clock: c}
}

// Options are those with which a document's signatures are judged: as of the moment when it first came here, which is
// the earliest that we can vouch for; now for one that is just coming.
func (s *Store) Options(ctx context.Context, sha string) (pki.Options, error) {
	o := pki.Options{Trust: s.trust}
	err := s.db.QueryRow(ctx, `
		SELECT coalesce(min(m.stored_at), $2) FROM attachment a JOIN message m ON m.id = a.message_id WHERE a.sha256 = $1`,
		sha, s.clock.Now()).Scan(&o.At)
	if err != nil {
		return o, fmt.Errorf("when a document came: %w", err)
	}
	return o, nil
}

// Keep writes down what was found, over what was found before.
func (s *Store) Keep(ctx context.Context, sha string, asOf time.Time, files []Facts) error {
	if files == nil {
		files = []Facts{}
	}
	_, err := s.db.Exec(ctx, `
		INSERT INTO document_check (sha256, version, trust, checked_at, as_of, files)
		VALUES (@sha, @version, @trust, @now, @as_of, @files)
		ON CONFLICT (sha256) DO UPDATE SET version = excluded.version, trust = excluded.trust,
			checked_at = excluded.checked_at, as_of = excluded.as_of, files = excluded.files`,
		pgx.StrictNamedArgs{"sha": sha, "version": Version, "trust": fingerprint(s.trust), "now": s.clock.Now(), "as_of": asOf, "files": files})
	if err != nil {
		return fmt.Errorf("keep what a document shows: %w", err)
	}
	return nil
}

// Find reads what was found of a document; ok is false when it was not checked yet.
func Find(ctx context.Context, db postgres.DB, sha string) (c Checked, ok bool, err error) {
	rows, err := db.Query(ctx, `SELECT sha256, version, checked_at, as_of, files FROM document_check WHERE sha256 = $1`, sha)
	if err != nil {
		return c, false, fmt.Errorf("what a document shows: %w", err)
	}
	c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Checked])
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("what a document shows: %w", err)
	}
	return c, true, nil
}

// Pages are those of a document on which its certificates stand, by the file's name within an archive.
func (s *Store) Pages(ctx context.Context, sha string) (map[string][]int, error) {
	rows, err := s.db.Query(ctx, `SELECT readings FROM document WHERE sha256 = $1 ORDER BY reader_version DESC LIMIT 1`, sha)
	if err != nil {
		return nil, fmt.Errorf("pages of a document: %w", err)
	}
	type reading struct {
		Name   string `json:"file_name"`
		Places map[string][]struct {
			Page int `json:"page"`
		} `json:"places"`
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[[]reading])
	if err != nil {
		return nil, fmt.Errorf("pages of a document: %w", err)
	}
	pages := map[string][]int{}
	for _, r := range slices.Concat(found...) {
		for _, places := range r.Places {
			for _, p := range places {
				if !slices.Contains(pages[r.Name], p.Page) {
					pages[r.Name] = append(pages[r.Name], p.Page)
				}
			}
		}
	}
	return pages, nil
}

// Done tells whether this version has checked a document.
func (s *Store) Done(ctx context.Context, sha string) (bool, error) {
	var done bool
	err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM document_check WHERE sha256 = $1 AND version >= $2)`, sha, Version).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("whether a document is checked: %w", err)
	}
	return done, nil
}

// Due lists documents with certificates that this version has not checked, the newest first.
func (s *Store) Due(ctx context.Context, most int) ([]string, error) {
	rows, err := s.db.Query(ctx, `
		SELECT d.sha256 FROM document d LEFT JOIN document_check k ON k.sha256 = d.sha256
		WHERE d.verdict = 'certificate' AND (k.sha256 IS NULL OR k.version < $1)
		GROUP BY d.sha256 ORDER BY max(d.read_at) DESC, d.sha256 LIMIT $2`, Version, most)
	if err != nil {
		return nil, fmt.Errorf("documents that are not checked: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("documents that are not checked: %w", err)
	}
	return list, nil
}

// DueOf lists those of a message, for the transaction in which it was decided.
func (s *Store) DueOf(ctx context.Context, tx pgx.Tx, message uuid.UUID) ([]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT a.sha256 FROM attachment a JOIN document d ON d.sha256 = a.sha256 LEFT JOIN document_check k ON k.sha256 = d.sha256
		WHERE a.message_id = $1 AND d.verdict = 'certificate' AND (k.sha256 IS NULL OR k.version < $2) ORDER BY 1`, message, Version)
	if err != nil {
		return nil, fmt.Errorf("documents of a message that are not checked: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("documents of a message that are not checked: %w", err)
	}
	return list, nil
}

// Distrust makes signed documents due again that were judged by other anchors than those of today.
func (s *Store) Distrust(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `
		UPDATE document_check SET version = 0 WHERE trust <> $1 AND version > 0 AND jsonb_path_exists(files, '$[*].signatures[*]')`, fingerprint(s.trust))
	if err != nil {
		return fmt.Errorf("documents judged by other anchors: %w", err)
	}
	return nil
}

// fingerprint is of the anchors, whatever their order.
func fingerprint(t *pki.Trust) string {
	var all []string
	for _, a := range t.Anchors() {
		sum := sha256.Sum256(a.DER)
		all = append(all, string(sum[:]))
	}
	slices.Sort(all)
	h := sha256.New()
	for _, one := range all {
		h.Write([]byte(one))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
