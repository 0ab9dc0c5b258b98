package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
)

// Month counts the certificates registered in a month that are decided: without a person and with one.
type Month struct {
	First clock.Day // its first day
	Auto  int
	Human int
}

// Months are the n months up to the one of a day, the oldest first; a month without certificates is there too.
func Months(ctx context.Context, db DB, today clock.Day, n int) ([]Month, error) {
	last := today.Time()
	last = time.Date(last.Year(), last.Month(), 1, 0, 0, 0, 0, time.UTC)
	list := make([]Month, n)
	at := map[clock.Day]int{}
	for i := range list {
		list[i].First = clock.Day(last.AddDate(0, i-n+1, 0).Format(time.DateOnly))
		at[list[i].First] = i
	}
	rows, err := db.Query(ctx, `
		SELECT date_trunc('month', c.registered_on)::date,
			count(*) FILTER (WHERE NOT h.human)::int, count(*) FILTER (WHERE h.human)::int
		FROM certificate c, LATERAL (SELECT c.reading = 'confirmed' OR c.application_human OR EXISTS (
			SELECT FROM certificate_author a WHERE a.certificate_id = c.id AND a.human) AS human) h
		WHERE `+Listed+` AND c.reading IN ('sure', 'confirmed') AND c.registered_on >= $1 AND c.registered_on < $2
		GROUP BY 1`, list[0].First, clock.Day(last.AddDate(0, 1, 0).Format(time.DateOnly)))
	if err != nil {
		return nil, fmt.Errorf("count certificates by month: %w", err)
	}
	var m Month
	_, err = pgx.ForEachRow(rows, []any{&m.First, &m.Auto, &m.Human}, func() error {
		if i, ok := at[m.First]; ok {
			list[i] = m
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count certificates by month: %w", err)
	}
	return list, nil
}
