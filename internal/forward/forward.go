// Package forward gives each person an address of their own to send certificates to: the office's address
// with a short tag, certificates+k7f3@karatal.example. It stands after the directory; filing, replies,
// reminders and pages ask it for the address.
//
// A tag suggests who sent a letter. It never proves it: whoever sees a receipt can write to the address on
// it. So nothing here says that a letter is somebody's, and the package knows no letter and no certificate.
package forward

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/postgres"
)

// alphabet has no letter that is taken for another one on paper, and no vowel that makes a word.
const alphabet = "23456789bcdfghjkmnpqrstvwxz"

const (
	shortest = 4  // letters of a tag: half a million of them
	longest  = 12 // what the table holds
	tries    = 8  // at one length before the next tag is a letter longer
)

// Options of the service. Base is the address that the tags belong to; an empty one, or Plain, gives no tags.
type Options struct {
	Base   string
	Plain  bool // the server behind the address delivers no tags
	Clock  clock.Clock
	Random io.Reader // nil: that of the system
}

// Service gives addresses and reads tags.
type Service struct{ o Options }

// New makes the service.
func New(o Options) *Service {
	o.Base = strings.ToLower(strings.TrimSpace(o.Base))
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if !strings.Contains(o.Base, "@") {
		o.Plain = true
	}
	return &Service{o}
}

// Base is the address without a tag; empty when none is known.
func (s *Service) Base() string { return s.o.Base }

// Owner is whom a tag was given to: a keyed hash of a personal number, or a member of staff.
type Owner struct {
	IINHash []byte
	StaffID *uuid.UUID
}

// Address is where the person with a personal number sends certificates. Without a number it is Base. The
// first call for a person gives them their tag, which stays.
func (s *Service) Address(ctx context.Context, db postgres.DB, iinHash []byte) (address string, err error) {
	if s.o.Plain || len(iinHash) == 0 {
		return s.o.Base, nil
	}
	return s.address(ctx, db, Owner{IINHash: iinHash})
}

// AddressOfStaff is that of a member of staff, by the personal number where the directory knows it.
func (s *Service) AddressOfStaff(ctx context.Context, db postgres.DB, staff uuid.UUID) (address string, err error) {
	if s.o.Plain || staff == uuid.Nil {
		return s.o.Base, nil
	}
	var hash []byte
	if err := db.QueryRow(ctx, `SELECT iin_hash FROM staff WHERE id = $1`, staff).Scan(&hash); err != nil {
		return "", fmt.Errorf("whose address for certificates: %w", err)
	}
	if len(hash) > 0 {
		return s.address(ctx, db, Owner{IINHash: hash})
	}
	return s.address(ctx, db, Owner{StaffID: &staff})
}

// AddressOfAccount is that of the owner of an account.
func (s *Service) AddressOfAccount(ctx context.Context, db postgres.DB, account uuid.UUID) (address string, err error) {
	if s.o.Plain {
		return s.o.Base, nil
	}
	var o Owner
	if err := db.QueryRow(ctx, `SELECT iin_hash, staff_id FROM account WHERE id = $1`, account).Scan(&o.IINHash, &o.StaffID); err != nil {
		return "", fmt.Errorf("whose address for certificates: %w", err)
	}
	if len(o.IINHash) > 0 || o.StaffID == nil {
		return s.Address(ctx, db, o.IINHash)
	}
	return s.AddressOfStaff(ctx, db, *o.StaffID)
}

// AddressOf is that of whoever reads mail at an address: an account, or one member of staff. For somebody
// whom nobody knows it is Base.
func (s *Service) AddressOf(ctx context.Context, db postgres.DB, recipient string) (address string, err error) {
	if s.o.Plain {
		return s.o.Base, nil
	}
	rows, err := db.Query(ctx, `
		SELECT a.iin_hash, a.staff_id FROM account a
			WHERE NOT a.disabled AND (a.email = @email OR EXISTS (SELECT FROM profile p WHERE p.account_id = a.id AND @email IN (p.email_eds, p.email)))
				AND (a.iin_hash IS NOT NULL OR a.staff_id IS NOT NULL)
		UNION
		SELECT s.iin_hash, s.id FROM staff s WHERE s.emails @> ARRAY[@email::text] AND NOT s.absent LIMIT 3`,
		pgx.StrictNamedArgs{"email": strings.ToLower(strings.TrimSpace(recipient))})
	if err != nil {
		return "", fmt.Errorf("whose address for certificates: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Owner])
	if err != nil {
		return "", fmt.Errorf("whose address for certificates: %w", err)
	}
	owner, ok := oneOwner(owners)
	switch {
	case !ok:
		return s.o.Base, nil
	case len(owner.IINHash) > 0:
		return s.address(ctx, db, Owner{IINHash: owner.IINHash})
	}
	return s.AddressOfStaff(ctx, db, *owner.StaffID)
}

// oneOwner is the person whom all the rows mean; an address that two people share is nobody's.
func oneOwner(rows []Owner) (one Owner, ok bool) {
	for _, r := range rows {
		if len(r.IINHash) > 0 {
			if len(one.IINHash) > 0 && string(one.IINHash) != string(r.IINHash) {
				return Owner{}, false
			}
			one.IINHash = r.IINHash
		}
		if r.StaffID != nil {
			if one.StaffID != nil && *one.StaffID != *r.StaffID {
				return Owner{}, false
			}
			one.StaffID = r.StaffID
		}
	}
	return one, len(rows) > 0
}

// address finds or gives the tag of an owner. Two processes that give one at once agree: the second finds
// what the first wrote.
func (s *Service) address(ctx context.Context, db postgres.DB, o Owner) (string, error) {
	tag, err := tagOf(ctx, db, o)
	for n := 0; err == nil && tag == ""; n++ {
		length := shortest + n/tries
		if length > longest {
			return "", fmt.Errorf("give a tag: all that were tried are taken")
		}
		fresh, err := s.random(length)
		if err != nil {
			return "", err
		}
		_, err = db.Exec(ctx, `INSERT INTO forward_tag (tag, iin_hash, staff_id, created_at) VALUES (@tag, @iin, @staff, @now) ON CONFLICT DO NOTHING`,
			pgx.StrictNamedArgs{"tag": fresh, "iin": o.IINHash, "staff": o.StaffID, "now": s.o.Clock.Now()})
		if err != nil {
			return "", fmt.Errorf("give a tag: %w", err)
		}
		if tag, err = tagOf(ctx, db, o); err != nil {
			return "", err
		}
	}
	if err != nil {
		return "", err
	}
	local, domain, _ := strings.Cut(s.o.Base, "@")
	return local + "+" + tag + "@" + domain, nil
}

func tagOf(ctx context.Context, db postgres.DB, o Owner) (tag string, err error) {
	err = db.QueryRow(ctx, `SELECT coalesce((SELECT tag FROM forward_tag WHERE iin_hash = @iin OR staff_id = @staff), '')`,
		pgx.StrictNamedArgs{"iin": o.IINHash, "staff": o.StaffID}).Scan(&tag)
	if err != nil {
		return "", fmt.Errorf("look up a tag: %w", err)
	}
	return tag, nil
}

// random makes a tag. Bytes that would favour some letters are thrown away.
func (s *Service) random(length int) (string, error) {
	fair := byte(256 / len(alphabet) * len(alphabet))
	var out []byte
	b := make([]byte, 1)
	for len(out) < length {
		if _, err := io.ReadFull(s.o.Random, b); err != nil {
			return "", fmt.Errorf("random letters of a tag: %w", err)
		}
		if b[0] < fair {
			out = append(out, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(out), nil
}

// TagOf is the tag in the addresses that a letter was sent to; empty when there is none, or more than one.
func (s *Service) TagOf(addresses []string) string {
	local, domain, ok := strings.Cut(s.o.Base, "@")
	if !ok {
		return ""
	}
	var tags []string
	for _, a := range addresses {
		l, d, _ := strings.Cut(strings.ToLower(strings.TrimSpace(a)), "@")
		tag, tagged := strings.CutPrefix(l, local+"+")
		if tagged && d == domain && tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) != 1 {
		return ""
	}
	return tags[0]
}

// Owner is whom a tag was given to; ok is false for a tag that nobody has.
func (s *Service) Owner(ctx context.Context, db postgres.DB, tag string) (o Owner, ok bool, err error) {
	rows, err := db.Query(ctx, `SELECT iin_hash, staff_id FROM forward_tag WHERE tag = $1`, strings.ToLower(tag))
	if err != nil {
		return o, false, fmt.Errorf("whose tag: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Owner])
	if err != nil || len(found) == 0 {
		return o, false, err
	}
	return found[0], true, nil
}

// Staff is the member of staff whom a tag suggests; ok is false when it suggests none.
func (s *Service) Staff(ctx context.Context, db postgres.DB, tag string) (id uuid.UUID, ok bool, err error) {
	if tag == "" {
		return uuid.Nil, false, nil
	}
	o, ok, err := s.Owner(ctx, db, tag)
	if err != nil || !ok {
		return uuid.Nil, false, err
	}
	if o.StaffID != nil {
		return *o.StaffID, true, nil
	}
	rows, err := db.Query(ctx, `SELECT id FROM staff WHERE iin_hash = $1 ORDER BY absent, id LIMIT 2`, o.IINHash)
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("whose tag: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil || len(found) != 1 {
		return uuid.Nil, false, err
	}
	return found[0], true, nil
}
