package registry

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/person"
)

// Arrival is a certificate as a file brought it.
type Arrival struct {
	certificate.Reading
	DocumentSHA256 string // of the file it was read from
	DocumentIndex  int    // which certificate in that file
	ApplicationNo  string // an application number that the letter quotes, may be empty
	Receipt        Receipt
}

// Entered says what became of an arrival. Listed is false for a proposal that a person must confirm
// before it is a certificate of the list.
type Entered struct {
	ID     uuid.UUID
	New    bool
	Listed bool
}

// Enter takes a certificate into the registry: the same one again gets a receipt, a new one is judged,
// matched and kept. Several arrivals of one transaction must be entered in the order of SortKey, or two
// transactions may wait for each other.
func (r *Registry) Enter(ctx context.Context, tx pgx.Tx, a Arrival) (Entered, error) {
	now := r.clock.Now()
	j := judge(a.Reading, clock.DayOf(now, r.zone))
	var known *Certificate
	var err error
	if j.keyed {
		known, err = r.lockKey(ctx, tx, NumberKey(a.Number), a.RegisteredOn, a.DocumentSHA256)
	} else {
		known, err = r.lockDocument(ctx, tx, a.DocumentSHA256, a.DocumentIndex)
	}
	if err != nil {
		return Entered{}, err
	}
	if known != nil && j.keyed && !sameWork(*known, a.Reading) {
		// The register itself has repeated a number on one day; a person must say which is right.
		j = judged{reading: Review, reason: "key_conflict"}
		if known, err = r.lockDocument(ctx, tx, a.DocumentSHA256, a.DocumentIndex); err != nil {
			return Entered{}, err
		}
	}
	if known == nil {
		return r.enterNew(ctx, tx, a, j)
	}
	if err := r.improve(ctx, tx, known, a, j); err != nil {
		return Entered{}, err
	}
	if _, err := AddReceipt(ctx, tx, known.ID, a.Receipt); err != nil {
		return Entered{}, err
	}
	return Entered{ID: known.ID, Listed: known.listed()}, nil
}

// SortKey orders the arrivals of one message by the locks that they take.
func (a Arrival) SortKey() string {
	key := NumberKey(a.Number) + "/" + string(a.RegisteredOn)
	return fmt.Sprintf("%04d/%s/%s", lockOf(key), key, a.DocumentSHA256)
}

// lockOf spreads keys over a bounded number of advisory locks, for an import enters many thousands in one
// transaction and the server's table of locks is small.
func lockOf(key string) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % 1024)
}

// Classes of the registry's advisory locks ("kreg", "kdoc").
const (
	lockKeys      = 0x6b726567
	lockDocuments = 0x6b646f63
)

func lock(ctx context.Context, tx pgx.Tx, class int, key string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, class, lockOf(key)); err != nil {
		return fmt.Errorf("wait for another process at %s: %w", key, err)
	}
	return nil
}

func (c Certificate) listed() bool { return !(c.Source == OCR && c.Reading == Review) }

// lockKey finds the certificate of a sure key, and keeps others from entering the same one until the
// transaction ends. One that a person rejected is taken only for the very file that was rejected.
func (r *Registry) lockKey(ctx context.Context, tx pgx.Tx, key string, day clock.Day, sha string) (*Certificate, error) {
	if err := lock(ctx, tx, lockKeys, key+"/"+string(day)); err != nil {
		return nil, err
	}
	return r.first(ctx, tx, `WHERE c.number_key = $1 AND c.registered_on = $2 AND c.merged_into IS NULL AND NOT c.provisional
		AND (c.reading <> 'rejected' OR c.document_sha256 = $3)
		ORDER BY (c.reading = 'rejected'), c.id LIMIT 1 FOR UPDATE`, key, day, sha)
}

// lockDocument finds what was made of the same file before, followed to where a person merged it.
func (r *Registry) lockDocument(ctx context.Context, tx pgx.Tx, sha string, index int) (*Certificate, error) {
	if err := lock(ctx, tx, lockDocuments, fmt.Sprintf("%s/%d", sha, index)); err != nil {
		return nil, err
	}
	return r.first(ctx, tx, `WHERE c.id = (
			SELECT coalesce(d.merged_into, d.id) FROM certificate d
			WHERE d.document_sha256 = $1 AND d.document_index = $2 ORDER BY d.id LIMIT 1)
		FOR UPDATE`, sha, index)
}

func (r *Registry) first(ctx context.Context, tx pgx.Tx, where string, args ...any) (*Certificate, error) {
	list, err := find(ctx, tx, where, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// sameWork tells whether a certificate of the same number and day is the same one: its title agrees, or
// an author does.
func sameWork(c Certificate, r certificate.Reading) bool {
	titles := map[string]bool{}
	for _, t := range []string{c.Title, c.TitleKK} {
		titles[person.FoldText(t)] = true
	}
	if titles[person.FoldText(r.Title)] || (r.TitleKK != "" && titles[person.FoldText(r.TitleKK)]) {
		return true
	}
	names := map[string]bool{}
	for _, a := range c.Authors {
		names[person.FoldText(a.Name)] = true
	}
	for _, n := range r.Authors {
		if names[person.FoldText(n)] {
			return true
		}
	}
	return len(c.Authors) == 0 || len(r.Authors) == 0
}

func (r *Registry) enterNew(ctx context.Context, tx pgx.Tx, a Arrival, j judged) (Entered, error) {
	now := r.clock.Now()
	c := Certificate{ID: clock.NewID(), FirstReceivedAt: a.Receipt.ReceivedAt, CreatedAt: now, UpdatedAt: now, Version: 1}
	c.take(a, j)
	c.Provisional = !j.keyed
	if err := r.match(ctx, tx, &c, a.ApplicationNo); err != nil {
		return Entered{}, err
	}
	if err := insert(ctx, tx, c); err != nil {
		return Entered{}, err
	}
	if _, err := AddReceipt(ctx, tx, c.ID, a.Receipt); err != nil {
		return Entered{}, err
	}
	return Entered{ID: c.ID, New: true, Listed: c.listed()}, nil
}

// take puts the reading's fields into the certificate.
func (c *Certificate) take(a Arrival, j judged) {
	c.Number, c.NumberKey = a.Number, NumberKey(a.Number)
	c.RegisteredOn, c.CreatedOn = a.RegisteredOn, a.CreatedOn
	c.Kind, c.KindText, c.Title, c.TitleKK = a.Kind, a.KindText, a.Title, a.TitleKK
	c.VerificationURL, c.Source = a.VerificationURL, Source(a.Source)
	c.Confidence, c.Places, c.Notes = a.Confidence, a.Places, a.Notes
	c.DocumentSHA256, c.DocumentIndex = a.DocumentSHA256, a.DocumentIndex
	c.Reading, c.ReadingReason = j.reading, j.reason
	c.Authors = make([]Author, len(a.Authors))
	for i, n := range a.Authors {
		c.Authors[i] = Author{CertificateID: c.ID, Position: i + 1, Name: n, Decision: NotStaff}
	}
}

// improve lets a better copy mend what an earlier one left in doubt: only fields that no person has
// confirmed, and only by a reading that is sure. A certificate of the imported list gets its document.
func (r *Registry) improve(ctx context.Context, tx pgx.Tx, c *Certificate, a Arrival, j judged) error {
	doubtful := c.Reading == Review && j.reading == Sure
	bare := c.Source == Imported && c.DocumentSHA256 == "" && j.reading == Sure
	if !doubtful && !bare {
		return nil
	}
	if bare && c.Reading == Confirmed {
		c.DocumentSHA256, c.DocumentIndex, c.Places = a.DocumentSHA256, a.DocumentIndex, a.Places
		if c.VerificationURL == "" {
			c.VerificationURL = a.VerificationURL
		}
		return Save(ctx, tx, c, r.clock.Now())
	}
	byName := map[string]Author{}
	for _, old := range c.Authors {
		byName[person.FoldText(old.Name)] = old
	}
	c.take(a, j)
	for i := range c.Authors {
		if old, ok := byName[person.FoldText(c.Authors[i].Name)]; ok && old.Human {
			old.Position, old.Name = i+1, c.Authors[i].Name
			c.Authors[i] = old
		}
	}
	if err := r.match(ctx, tx, c, a.ApplicationNo); err != nil {
		return err
	}
	return Save(ctx, tx, c, r.clock.Now())
}
