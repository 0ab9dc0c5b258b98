package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/person"
)

// List is one of the desk's work lists.
type List string

// The lists. Mine is where the reader must act; Left is with experts who can have cases no longer.
const (
	Open       List = "open"
	Mine       List = "mine"
	Unassigned List = "unassigned"
	Late       List = "late"
	Waiting    List = "waiting" // for the applicant
	Answered   List = "answered"
	Requests   List = "requests" // after the issue
	Ended      List = "ended"
)

// Lists are all lists, in the order of their tabs.
var Lists = []List{Open, Mine, Unassigned, Late, Waiting, Answered, Requests, Ended}

// state and its term, of a row of the join of cases.
var listSQL = map[List]string{
	Open:       `q.state NOT IN ('issued', 'refused', 'withdrawn')`,
	Unassigned: `q.state = 'registered'`,
	Late:       `q.until < @now`,
	Waiting:    `q.state = 'asked'`,
	Answered:   `q.answered_at IS NOT NULL AND q.state NOT IN ('issued', 'refused', 'withdrawn')`,
	Requests:   `q.requested`,
	Ended:      `q.state IN ('issued', 'refused', 'withdrawn')`,
}

// mine is the condition of Mine for a place at the desk.
func mineSQL(who filing.Who) string {
	switch {
	case account.Can(who.Role, account.Register):
		return `(q.state IN ('received', 'registered', 'examined') OR q.state = 'examining' AND q.expert = @me OR q.requested OR q.state = 'asked' AND q.until < @now)`
	case account.Can(who.Role, account.RecordSteps):
		return `(q.mode = 'recording' AND (q.state = 'at_institute' AND q.until < @now OR q.requested OR q.state = 'asked' AND q.until < @now))`
	}
	return `q.state = 'examining' AND q.expert = @me`
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	List   List
	State  State
	Mode   string
	Expert uuid.UUID
	Query  string
	Limit  int
	Offset int
}

// conditions of a filter for a reader; an expert sees the own cases.
func (s *Service) conditions(who filing.Who, f Filter) (string, args, error) {
	if !account.Can(who.Role, account.SeeDesk) {
		return "", nil, errNotYours
	}
	a := args{"now": s.o.Clock.Now(), "me": who.ID, "state": string(f.State), "mode": f.Mode, "expert": f.Expert, "query": strings.TrimSpace(f.Query)}
	where := `WHERE (@state = '' OR q.state = @state) AND (@mode = '' OR q.mode = @mode)
		AND (@expert::uuid = '00000000-0000-0000-0000-000000000000' OR q.expert = @expert) AND @now::timestamptz IS NOT NULL AND @me::uuid IS NOT NULL`
	if !account.Can(who.Role, account.RecordSteps) {
		where += ` AND q.expert = @me`
	}
	words := `true`
	for i, patterns := range person.SearchPatterns(f.Query) {
		name := fmt.Sprintf("word%d", i)
		words += ` AND q.search LIKE ANY(@` + name + `::text[])`
		a[name] = patterns
	}
	where += ` AND (` + words + ` OR @query <> '' AND (q.cabinet_no = @query OR q.registry_no = @query))`
	return where, a, nil
}

const queueFrom = ` FROM (SELECT ` + caseColumns + `, f.search || ' ' || coalesce(a.search, '') AS search` + caseFrom + `) q `

// Queue gives a list, what is most urgent first, and how many there are in all.
func (s *Service) Queue(ctx context.Context, who filing.Who, f Filter) ([]Case, int, error) {
	where, a, err := s.conditions(who, f)
	if err != nil {
		return nil, 0, err
	}
	switch condition := listSQL[f.List]; {
	case f.List == Mine:
		where += ` AND ` + mineSQL(who)
	case condition != "":
		where += ` AND ` + condition
	}
	var total int
	if err := s.o.Pool.QueryRow(ctx, `SELECT count(*)`+queueFrom+where, a).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting cases: %w", err)
	}
	order := `q.state IN ('issued', 'refused', 'withdrawn'), q.answered_at IS NULL, q.until NULLS LAST, q.filing_id`
	if f.List == Ended {
		order = `q.changed_at DESC, q.filing_id`
	}
	a["limit"], a["offset"] = max(f.Limit, 1), max(f.Offset, 0)
	rows, err := s.o.Pool.Query(ctx, `SELECT q.*`+queueFrom+where+` ORDER BY `+order+` LIMIT @limit OFFSET @offset`, a)
	if err != nil {
		return nil, 0, fmt.Errorf("reading a work list: %w", err)
	}
	type row struct {
		Case
		Search string `db:"search"`
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, 0, fmt.Errorf("reading a work list: %w", err)
	}
	list := make([]Case, len(found))
	for i, r := range found {
		list[i] = r.Case
	}
	return list, total, nil
}

// Counts are how many cases stand in each list, and in each state.
type Counts struct {
	Lists  map[List]int
	States map[State]int
	Left   int // of the unassigned, those of experts who have gone
	News   int // mails that wait for a person
}

// Counts counts what a reader may see.
func (s *Service) Counts(ctx context.Context, who filing.Who) (Counts, error) {
	c := Counts{Lists: map[List]int{}, States: map[State]int{}}
	where, a, err := s.conditions(who, Filter{})
	if err != nil {
		return c, err
	}
	sql := `SELECT q.state, count(*)::int, count(*) FILTER (WHERE q.expert_gone AND q.state = 'registered')::int`
	for _, l := range Lists {
		condition := listSQL[l]
		if l == Mine {
			condition = mineSQL(who)
		}
		sql += `, count(*) FILTER (WHERE ` + condition + `)::int`
	}
	rows, err := s.o.Pool.Query(ctx, sql+queueFrom+where+` GROUP BY q.state`, a)
	if err != nil {
		return c, fmt.Errorf("counting cases: %w", err)
	}
	var state State
	n := make([]int, len(Lists)+2)
	into := []any{&state}
	for i := range n {
		into = append(into, &n[i])
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		c.States[state] = n[0]
		c.Left += n[1]
		for i, l := range Lists {
			c.Lists[l] += n[i+2]
		}
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("counting cases: %w", err)
	}
	if account.Can(who.Role, account.RecordSteps) {
		err = s.o.Pool.QueryRow(ctx, `SELECT count(*)::int FROM desk_news WHERE outcome = 'waiting'`).Scan(&c.News)
		if err != nil {
			return c, fmt.Errorf("counting news: %w", err)
		}
	}
	return c, nil
}

// ParseList is the list of a name; Open for anything else.
func ParseList(name string) List {
	for _, l := range Lists {
		if string(l) == name {
			return l
		}
	}
	return Open
}
