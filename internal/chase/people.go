package chase

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/i18n"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// people finds out who an author is and where a letter reaches them: by the personal number, else by a name
// that can only be one member of staff's. Who is neither has a letter only when an account or the application
// gives an address of theirs.
type people struct {
	staff   []directory.Staff
	byHash  map[string]int
	byID    map[uuid.UUID]int
	names   *names
	paused  map[string]bool     // addresses at which letters did not arrive
	own     map[string]reach    // accounts by the number's hash
	ofStaff map[uuid.UUID]reach // accounts by the member of staff
	today   clock.Day
	lang    i18n.Lang
	known   map[string]*Person
}

// reach is what an account knows about reaching its owner.
type reach struct {
	address string
	lang    i18n.Lang
}

func (s *Service) people(ctx context.Context) (*people, error) {
	list, err := s.o.Staff.All(ctx)
	if err != nil {
		return nil, err
	}
	p := &people{staff: list, byHash: map[string]int{}, byID: map[uuid.UUID]int{}, own: map[string]reach{}, ofStaff: map[uuid.UUID]reach{},
		paused: map[string]bool{}, today: s.today(), lang: s.o.Lang, known: map[string]*Person{}}
	for i, m := range list {
		p.byID[m.ID] = i
		if m.IINHash == nil {
			continue
		}
		if _, twice := p.byHash[string(m.IINHash)]; twice {
			p.byHash[string(m.IINHash)] = -1 // two people of one number: neither is meant for sure
			continue
		}
		p.byHash[string(m.IINHash)] = i
	}
	p.names = s.names.of(list)
	if err := p.readPaused(ctx, s.o.Pool); err != nil {
		return nil, err
	}
	return p, p.readAccounts(ctx, s.o.Pool)
}

func (p *people) readPaused(ctx context.Context, db postgres.DB) error {
	rows, err := db.Query(ctx, `SELECT address FROM address_pause WHERE lifted_at IS NULL`)
	if err != nil {
		return fmt.Errorf("reading paused addresses: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("reading paused addresses: %w", err)
	}
	for _, a := range list {
		p.paused[a] = true
	}
	return nil
}

// readAccounts reads where the owners of accounts are reached: the address in the signature's certificate
// first, for that is where the instruction promises letters to, then the profile's, then the log-in's.
func (p *people) readAccounts(ctx context.Context, db postgres.DB) error {
	rows, err := db.Query(ctx, `SELECT a.iin_hash, a.staff_id, a.lang, coalesce(nullif(f.email_eds, ''), nullif(f.email, ''), a.email) AS address
		FROM account a LEFT JOIN profile f ON f.account_id = a.id WHERE NOT a.disabled ORDER BY a.created_at DESC`)
	if err != nil {
		return fmt.Errorf("reading addresses of accounts: %w", err)
	}
	var hash []byte
	var staff *uuid.UUID
	var r reach
	_, err = pgx.ForEachRow(rows, []any{&hash, &staff, &r.lang, &r.address}, func() error {
		if hash != nil {
			p.own[string(hash)] = r
		}
		if staff != nil {
			p.ofStaff[*staff] = r
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading addresses of accounts: %w", err)
	}
	return nil
}

// author finds the person behind a name with the hash of the number (nil when it is not known). given is the
// address that the application itself has of them.
func (p *people) author(name string, hash []byte, given string) *Person {
	if i, ok := p.byHash[string(hash)]; ok && hash != nil && i >= 0 {
		return p.member(p.staff[i])
	}
	if i, ok := p.byID[p.names.find(name)]; ok && (hash == nil || p.staff[i].IINHash == nil) {
		return p.member(p.staff[i])
	}
	if hash == nil {
		return nil
	}
	key := "iin:" + hex.EncodeToString(hash)
	if known, ok := p.known[key]; ok {
		return known
	}
	r := p.own[string(hash)]
	return p.keep(&Person{Key: key, Name: person.ParseName(name).Full(), Lang: r.lang, Hash: hash}, r.address, given)
}

// ofID is a member of staff who was decided to be the author.
func (p *people) ofID(id uuid.UUID) *Person {
	i, ok := p.byID[id]
	if !ok {
		return nil
	}
	return p.member(p.staff[i])
}

func (p *people) member(m directory.Staff) *Person {
	key := "staff:" + m.ID.String()
	if known, ok := p.known[key]; ok {
		return known
	}
	r, ok := p.ofStaff[m.ID]
	if !ok && m.IINHash != nil {
		r = p.own[string(m.IINHash)]
	}
	x := &Person{Key: key, Name: m.FullName(), Lang: r.lang, Hash: m.IINHash, Staff: m.ID, Faculty: m.Faculty, Department: m.Department}
	if m.Absent || m.EmployedTo != "" && m.EmployedTo < p.today {
		x.Why = "left" // the university's mailbox of somebody who has left is nobody's
		return p.keep(x, r.address)
	}
	return p.keep(x, append(slices.Clone(m.Emails), r.address)...)
}

// keep gives the person the first address at which letters arrive. What is none ("нет" in a table) is no
// address at all.
func (p *people) keep(x *Person, addresses ...string) *Person {
	for _, given := range addresses {
		parsed, err := mail.ParseAddress(given)
		if err != nil {
			continue
		}
		switch a := strings.ToLower(parsed.Address); {
		case p.paused[a]:
			x.Why = "paused"
		case x.Address == "":
			x.Address = a
		}
	}
	switch {
	case x.Address != "":
		x.Why = ""
	case x.Why == "":
		x.Why = "no_address"
	}
	if x.Lang == "" {
		x.Lang = p.lang
	}
	p.known[x.Key] = x
	return x
}
