package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/matching"
	"kualik/internal/person"
)

// match decides the second and the third question, application and people, except where a person has.
func (r *Registry) match(ctx context.Context, tx pgx.Tx, c *Certificate, applicationNo string) error {
	no, err := refused(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	names := make([]string, len(c.Authors))
	for i, a := range c.Authors {
		names[i] = a.Name
	}
	subject := matching.Certificate{RegisteredOn: c.RegisteredOn, CreatedOn: c.CreatedOn, Kind: c.Kind,
		Title: c.Title, TitleKK: c.TitleKK, Authors: names, ApplicationNo: applicationNo}
	applications, err := r.sources.Applications(ctx, tx, subject)
	if err != nil {
		return fmt.Errorf("candidates among applications: %w", err)
	}
	if err := markTaken(ctx, tx, c.ID, applications); err != nil {
		return err
	}
	applications = keep(applications, func(a matching.Application) bool { return !no[refusalKey("application", 0, a.ID)] })
	if !c.ApplicationHuman {
		c.decideApplication(matching.Applications(subject, applications))
	}
	application := chosen(c, applications)
	staff, err := r.sources.Staff(ctx, tx, names, personalKeys(application))
	if err != nil {
		return fmt.Errorf("candidates among staff: %w", err)
	}
	c.decidePeople(subject, staff, application, no)
	c.MatcherVersion = matching.Version
	return nil
}

// markTaken tells the matcher which applications are decided to be another certificate's.
func markTaken(ctx context.Context, tx pgx.Tx, certID uuid.UUID, list []matching.Application) error {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT application_id::text FROM certificate
		WHERE application_id = ANY($1::text[]::uuid[]) AND id <> $2 AND merged_into IS NULL AND reading <> 'rejected'
		  AND application_decision IN ('auto', 'confirmed')`, ids, certID)
	if err != nil {
		return fmt.Errorf("applications that are taken: %w", err)
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("applications that are taken: %w", err)
	}
	for i := range list {
		list[i].Taken = slices.Contains(taken, list[i].ID)
	}
	return nil
}

func personalKeys(a *matching.Application) (keys []string) {
	if a == nil {
		return nil
	}
	for _, author := range a.Authors {
		if author.Key != "" {
			keys = append(keys, author.Key)
		}
	}
	return keys
}

func keep[T any](list []T, ok func(T) bool) []T {
	out := list[:0:0]
	for _, v := range list {
		if ok(v) {
			out = append(out, v)
		}
	}
	return out
}

// chosen is the application that the certificate is decided to belong to, if any.
func chosen(c *Certificate, list []matching.Application) *matching.Application {
	if c.ApplicationID == nil {
		return nil
	}
	for i := range list {
		if list[i].ID == c.ApplicationID.String() {
			return &list[i]
		}
	}
	return nil
}

// decideApplication takes over the matcher's word. What was read from a picture decides nothing: its
// best candidates are shown to a person.
func (c *Certificate) decideApplication(m matching.Match) {
	m.Candidates = first(m.Candidates, 6)
	c.Explanation, c.ApplicationScore, c.ApplicationID = m, m.Score, nil
	c.ApplicationDecision = Decision(m.Decision)
	if m.Decision != matching.Auto {
		return
	}
	id, err := uuid.Parse(m.ID)
	if err != nil || c.Source == OCR {
		c.ApplicationDecision = DecisionReview
		return
	}
	c.ApplicationID = &id
}

func (c *Certificate) decidePeople(subject matching.Certificate, staff []matching.Staff, app *matching.Application, no map[string]bool) {
	all := matching.People(subject, staff, app)
	for i := range c.Authors {
		a := &c.Authors[i]
		if a.Human || i >= len(all) {
			continue
		}
		m := all[i]
		if refusedAny(m, i+1, no) {
			without := keep(staff, func(s matching.Staff) bool { return !no[refusalKey("staff", i+1, s.ID)] })
			m = matching.People(subject, without, app)[i]
		}
		m.Candidates = first(m.Candidates, 6)
		a.Explanation, a.Score, a.StaffID, a.Decision = m, m.Score, nil, Decision(m.Decision)
		if m.Decision != matching.Auto {
			continue
		}
		id, err := uuid.Parse(m.ID)
		if err != nil || c.Source == OCR {
			a.Decision = DecisionReview
			continue
		}
		a.StaffID = &id
	}
	c.oneAuthorOnePerson()
}

// oneAuthorOnePerson leaves to review two printed authors that were taken for the same person.
func (c *Certificate) oneAuthorOnePerson() {
	at := map[uuid.UUID]int{}
	for i := range c.Authors {
		a := &c.Authors[i]
		if a.StaffID == nil {
			continue
		}
		if j, twice := at[*a.StaffID]; twice {
			for _, b := range []*Author{a, &c.Authors[j]} {
				if !b.Human {
					b.Decision, b.StaffID = DecisionReview, nil
					b.Explanation.Reason = "same_person_twice"
				}
			}
			continue
		}
		at[*a.StaffID] = i
	}
}

func refusedAny(m matching.Match, position int, no map[string]bool) bool {
	for _, c := range m.Candidates {
		if no[refusalKey("staff", position, c.ID)] {
			return true
		}
	}
	return false
}

func first[T any](list []T, n int) []T {
	if len(list) > n {
		return list[:n]
	}
	return list
}

// SearchText is what the search box looks through: everything readable, folded, the number bare.
func SearchText(c Certificate) string {
	parts := []string{c.NumberKey, c.Number, c.Title, c.TitleKK, c.KindText}
	for _, a := range c.Authors {
		parts = append(parts, a.Name)
	}
	return person.FoldText(strings.Join(parts, " "))
}
