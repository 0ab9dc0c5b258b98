package filing

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/person"
)

// named is the condition that a person is named in a filing, by the number that they have proven with EDS.
const named = `EXISTS (SELECT FROM filing_participant p JOIN account a ON a.iin_hash = p.number_hash
	WHERE p.filing_id = f.id AND p.removed_at IS NULL AND a.id = @who)`

// mineToSign is the condition that the person's signature is waited for.
const mineToSign = `(f.state = 'submitted' OR f.state IN ('paid', 'amended') AND @all_first) AND EXISTS (
	SELECT FROM filing_participant p JOIN account a ON a.iin_hash = p.number_hash JOIN filing_statement t ON t.filing_id = f.id AND t.voided_at IS NULL
	WHERE p.filing_id = f.id AND p.removed_at IS NULL AND p.role = 'author' AND NOT p.filer AND a.id = @who
	  AND NOT EXISTS (SELECT FROM filing_signature g WHERE g.statement_id = t.id AND g.participant_id = p.id))`

// mineToDo is the condition that the person must act: finish, pay or submit what is theirs, or sign.
const mineToDo = `(f.owner = @who AND f.state IN ('draft', 'formed', 'paid', 'queried', 'amending', 'amended') OR ` + mineToSign + `)`

func (s *Service) listed(who Who, f Filter) (where string, a args) {
	where, a = `WHERE (f.state <> 'deleted' OR @state = 'deleted') AND (@state = '' OR f.state = @state)`, args{"state": string(f.State)}
	if !f.All {
		where += ` AND (f.owner = @who OR f.state <> 'deleted' AND ` + named + `)`
		a["who"] = who.ID
	}
	for i, patterns := range person.SearchPatterns(f.Query) {
		name := fmt.Sprintf("word%d", i)
		where += ` AND f.search LIKE ANY(@` + name + `::text[])`
		a[name] = patterns
	}
	return where, a
}

// List gives the filings that a person files or is named in, newest first, and how many there are; with
// f.All everybody's, for those who may see them.
func (s *Service) List(ctx context.Context, who Who, f Filter) ([]Listed, int, error) {
	if f.All && !account.Can(who.Role, account.SeeFilings) {
		return nil, 0, fault.New(fault.Forbidden, "filing.why.other")
	}
	where, a := s.listed(who, f)
	var total int
	if err := s.o.Pool.QueryRow(ctx, `SELECT count(*) FROM filing f `+where, a).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting filings: %w", err)
	}
	a["limit"], a["offset"], a["who"], a["all_first"] = max(f.Limit, 1), max(f.Offset, 0), who.ID, s.o.Order == AllFirst
	rows, err := s.o.Pool.Query(ctx, `SELECT `+columns+`, o.name AS owner_name, `+named+` AS named, `+mineToDo+` AS mine_to_do,
			(SELECT count(*) FROM filing_signature g JOIN filing_statement t ON t.id = g.statement_id
				WHERE t.filing_id = f.id AND t.voided_at IS NULL)::int AS signed,
			(SELECT count(*) FROM filing_participant p WHERE p.filing_id = f.id AND p.removed_at IS NULL
				AND (p.filer OR p.role = 'author'))::int AS wanted
		FROM filing f JOIN account o ON o.id = f.owner `+where+` ORDER BY f.id DESC LIMIT @limit OFFSET @offset`, a)
	if err != nil {
		return nil, 0, fmt.Errorf("listing filings: %w", err)
	}
	type row struct {
		Listed
		Named bool `db:"named"`
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, 0, fmt.Errorf("listing filings: %w", err)
	}
	schemes, err := schemesOf(ctx, s.o.Pool)
	if err != nil {
		return nil, 0, err
	}
	list := make([]Listed, 0, len(found))
	for _, r := range found {
		l := r.Listed
		switch {
		case l.Owner == who.ID:
			l.Relation = RelFiler
		case r.Named:
			l.Relation = RelAuthor
		default:
			l.Relation = RelOffice
		}
		waiting := l.Wanted - l.Signed
		if l.State.submittable() && waiting > 0 {
			waiting-- // the filer, who signs last
		}
		l.Next = s.next(l.Filing, waiting, schemes(l.Filing))
		list = append(list, l)
	}
	return list, total, nil
}

// Counts are the numbers beside the list and in the side bar.
func (s *Service) Counts(ctx context.Context, who Who, all bool) (Counts, error) {
	c := Counts{ByState: map[State]int{}}
	if all && !account.Can(who.Role, account.SeeFilings) {
		return c, fault.New(fault.Forbidden, "filing.why.other")
	}
	where, a := s.listed(who, Filter{All: all})
	a["who"], a["all_first"] = who.ID, s.o.Order == AllFirst
	rows, err := s.o.Pool.Query(ctx, `SELECT f.state, count(*)::int, count(*) FILTER (WHERE `+mineToDo+`)::int FROM filing f `+where+` GROUP BY f.state`, a)
	if err != nil {
		return c, fmt.Errorf("counting filings: %w", err)
	}
	var state State
	var n, mine int
	_, err = pgx.ForEachRow(rows, []any{&state, &n, &mine}, func() error {
		c.ByState[state] = n
		c.Total += n
		c.MineToDo += mine
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("counting filings: %w", err)
	}
	return c, nil
}
