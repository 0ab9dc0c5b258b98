package reply

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/i18n"
	"kualik/internal/message"
	"kualik/internal/postgres"
)

// sender is whoever sent a message, as far as an address tells.
type sender struct {
	Address    string
	Name       string     // as the letter writes it; anybody can write that
	Staff      *uuid.UUID // the one member of staff whose address it is
	Department string
	Faculty    string
	Known      bool       // the directory or an account has the address
	Lang       i18n.Lang  // of the account
	Hint       *uuid.UUID // whom the personal tag of the address suggests
}

// person is whom the letter probably comes from: proven or suggested.
func (w sender) person() *uuid.UUID {
	if w.Staff != nil {
		return w.Staff
	}
	return w.Hint
}

func (s *Service) senderOf(ctx context.Context, db postgres.DB, m message.Message) (sender, error) {
	who, err := whose(ctx, db, m.From.Address)
	if err != nil {
		return who, err
	}
	who.Name = m.From.Name
	to := make([]string, len(m.To))
	for i, a := range m.To {
		to[i] = a.Address
	}
	hint, ok, err := s.o.Forward.Staff(ctx, db, s.o.Forward.TagOf(to))
	if ok {
		who.Hint = &hint
	}
	return who, err
}

// whose tells whose an address is. An account's address counts when the account is a member of staff's: it
// came from the directory, from the office, or was proven by a link. What somebody typed into a profile, or
// had written into a certificate, makes the address known and nobody's.
func whose(ctx context.Context, db postgres.DB, address string) (sender, error) {
	who := sender{Address: strings.ToLower(strings.TrimSpace(address))}
	if who.Address == "" {
		return who, nil
	}
	var owners []uuid.UUID
	err := db.QueryRow(ctx, `
		WITH owners AS (
			SELECT id FROM staff WHERE emails @> ARRAY[@email::text] AND NOT absent
			UNION SELECT staff_id FROM account WHERE email = @email AND NOT disabled AND staff_id IS NOT NULL)
		SELECT coalesce((SELECT array_agg(id) FROM owners), '{}'),
			EXISTS (SELECT FROM owners) OR EXISTS (SELECT FROM account WHERE email = @email AND NOT disabled)
				OR EXISTS (SELECT FROM profile WHERE @email IN (email, email_eds)),
			coalesce((SELECT lang FROM account WHERE lang <> '' AND NOT disabled AND (email = @email
				OR staff_id = (SELECT id FROM owners LIMIT 1) AND (SELECT count(*) FROM owners) = 1) ORDER BY email <> @email, created_at LIMIT 1), '')`,
		pgx.StrictNamedArgs{"email": who.Address}).Scan(&owners, &who.Known, &who.Lang)
	if err != nil {
		return who, fmt.Errorf("whose an address is: %w", err)
	}
	if len(owners) != 1 {
		return who, nil
	}
	who.Staff = &owners[0]
	err = db.QueryRow(ctx, `SELECT faculty, department FROM staff WHERE id = $1`, owners[0]).Scan(&who.Faculty, &who.Department)
	if err != nil {
		return who, fmt.Errorf("whose an address is: %w", err)
	}
	return who, nil
}
