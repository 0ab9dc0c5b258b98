package filing

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/person"
	"kualik/internal/postgres"
	"kualik/internal/secret"
)

const (
	fromBook  = "book:"
	fromStaff = "staff:"
	suggested = 8 // of each source
)

// contact is an entry of a person's address book.
type contact struct {
	ID           uuid.UUID `db:"id"`
	Type         string    `db:"type"`
	NumberSealed []byte    `db:"number_sealed"`
	Name         string    `db:"name"`
	Country      string    `db:"country"`
	City         string    `db:"city"`
	Address      string    `db:"address"`
	Postcode     string    `db:"postcode"`
	Phone        string    `db:"phone"`
	Email        string    `db:"email"`
}

const contactColumns = `id, type, number_sealed, name, country, city, address, postcode, phone, email`

func bookLabel(id uuid.UUID) string { return "filing contact:" + id.String() }

// Suggest finds entries of the person's address book and, for members of staff, of the staff directory. A
// search of fewer than two letters gives the latest of the book.
func (s *Service) Suggest(ctx context.Context, who Who, query string) ([]Suggestion, error) {
	where, a := `WHERE owner = @owner`, args{"owner": who.ID, "limit": suggested}
	for i, patterns := range person.SearchPatterns(query) {
		name := fmt.Sprintf("word%d", i)
		where += ` AND search LIKE ANY(@` + name + `::text[])`
		a[name] = patterns
	}
	found, err := contacts(ctx, s.o.Pool, where+` ORDER BY used_at DESC LIMIT @limit`, a)
	if err != nil {
		return nil, err
	}
	var list []Suggestion
	for _, c := range found {
		number, err := s.o.Keeper.Open(c.NumberSealed, bookLabel(c.ID))
		if err != nil {
			return nil, fmt.Errorf("opening a number of the address book: %w", err)
		}
		list = append(list, Suggestion{ID: fromBook + c.ID.String(), Name: c.Name, Masked: secret.Mask(string(number)), Note: c.Email})
	}
	if len([]rune(strings.TrimSpace(query))) < 2 || !ofTheHouse(who.Role) {
		return list, nil
	}
	staff, _, err := s.o.Staff.Search(ctx, directory.Filter{Query: query}, directory.Page{Limit: suggested})
	if err != nil {
		return nil, err
	}
	for _, m := range staff {
		number, err := s.o.Staff.IIN(ctx, m.ID)
		if err != nil || number == "" {
			continue // without a number there is nothing that the directory could add
		}
		list = append(list, Suggestion{ID: fromStaff + m.ID.String(), Name: m.FullName(), Masked: secret.Mask(number), Note: m.Department})
	}
	return list, nil
}

// ofTheHouse are those who may look into the staff directory while filing.
func ofTheHouse(r account.Role) bool { return r != account.Author && account.Can(r, account.SeeOwn) }

// ForgetContact takes an entry out of the person's address book.
func (s *Service) ForgetContact(ctx context.Context, who Who, suggestion string) error {
	id, err := uuid.Parse(strings.TrimPrefix(suggestion, fromBook))
	if err != nil {
		return errParticipant
	}
	return exec(ctx, s.o.Pool, "forgetting a contact", `DELETE FROM filing_contact WHERE id = @id AND owner = @owner`, args{"id": id, "owner": who.ID})
}

// complete fills what is empty of an entry from the suggestion that was chosen.
func (s *Service) complete(ctx context.Context, who Who, e *Entry) error {
	var from Entry
	var err error
	switch {
	case strings.HasPrefix(e.Suggestion, fromBook):
		from, err = s.fromBook(ctx, who, strings.TrimPrefix(e.Suggestion, fromBook))
	case strings.HasPrefix(e.Suggestion, fromStaff) && ofTheHouse(who.Role):
		from, err = s.fromStaff(ctx, strings.TrimPrefix(e.Suggestion, fromStaff))
	}
	if err != nil {
		return err
	}
	for _, f := range []struct{ to, from *string }{{&e.Type, &from.Type}, {&e.Number, &from.Number}, {&e.Name, &from.Name}, {&e.Country, &from.Country},
		{&e.City, &from.City}, {&e.Address, &from.Address}, {&e.Postcode, &from.Postcode}, {&e.Phone, &from.Phone}, {&e.Email, &from.Email}} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	e.tidy()
	return nil
}

func (s *Service) fromBook(ctx context.Context, who Who, text string) (Entry, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return Entry{}, errParticipant
	}
	list, err := contacts(ctx, s.o.Pool, `WHERE owner = @owner AND id = @id`, args{"owner": who.ID, "id": id})
	if err != nil || len(list) == 0 {
		return Entry{}, errOr(err, errParticipant)
	}
	c := list[0]
	number, err := s.o.Keeper.Open(c.NumberSealed, bookLabel(c.ID))
	if err != nil {
		return Entry{}, fmt.Errorf("opening a number of the address book: %w", err)
	}
	return Entry{Type: c.Type, Number: string(number), Name: c.Name, Country: c.Country, City: c.City, Address: c.Address, Postcode: c.Postcode,
		Phone: c.Phone, Email: c.Email}, nil
}

func (s *Service) fromStaff(ctx context.Context, text string) (Entry, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return Entry{}, errParticipant
	}
	m, err := s.o.Staff.Get(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	number, err := s.o.Staff.IIN(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Type: Individual, Number: number, Name: m.FullName()}
	if len(m.Emails) > 0 {
		e.Email = m.Emails[0]
	}
	return e, nil
}

func contacts(ctx context.Context, db postgres.DB, rest string, a args) ([]contact, error) {
	rows, err := db.Query(ctx, `SELECT `+contactColumns+` FROM filing_contact `+rest, a)
	if err != nil {
		return nil, fmt.Errorf("reading the address book: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[contact])
	if err != nil {
		return nil, fmt.Errorf("reading the address book: %w", err)
	}
	return list, nil
}

// keepContact keeps a participant in the filer's address book, newest data first.
func (s *Service) keepContact(ctx context.Context, tx pgx.Tx, who Who, p participantRow) error {
	number, err := s.number(p)
	if err != nil {
		return err
	}
	id := clock.NewID()
	var there uuid.UUID
	err = tx.QueryRow(ctx, `SELECT id FROM filing_contact WHERE owner = @owner AND number_hash = @hash`,
		pgx.StrictNamedArgs{"owner": who.ID, "hash": p.NumberHash}).Scan(&there)
	if err == nil {
		id = there // what is sealed is bound to the row
	}
	return exec(ctx, tx, "keeping a contact", `
		INSERT INTO filing_contact (id, owner, type, number_sealed, number_hash, name, country, city, address, postcode, phone, email, search, used_at)
		VALUES (@id, @owner, @type, @sealed, @hash, @name, @country, @city, @address, @postcode, @phone, @email, @search, @now)
		ON CONFLICT ON CONSTRAINT filing_contact_once DO UPDATE SET type = @type, name = @name, country = @country, city = @city,
			address = @address, postcode = @postcode, phone = @phone, email = @email, search = @search, used_at = @now`,
		args{"id": id, "owner": who.ID, "type": p.Type, "sealed": s.o.Keeper.Seal([]byte(number), bookLabel(id)), "hash": p.NumberHash,
			"name": p.Name, "country": p.Country, "city": p.City, "address": p.Address, "postcode": p.Postcode, "phone": p.Phone,
			"email": p.Email, "search": person.SearchText(p.Name), "now": s.o.Clock.Now()})
}

// isOwn tells whether a participant is the person of an account.
func (s *Service) isOwn(ctx context.Context, db postgres.DB, who Who, p participantRow) (bool, error) {
	hash, err := numberHash(ctx, db, who.ID)
	return hash != nil && bytes.Equal(hash, p.NumberHash), err
}
