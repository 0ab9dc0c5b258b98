package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/notify"
)

// digestHour is when the desk is told in the morning what is late.
const digestHour = 8

// digestLines is how many cases a letter names one by one.
const digestLines = 30

// colleague is somebody with a seat at the desk.
type colleague struct {
	ID    uuid.UUID
	Email string
	Name  string
	Role  account.Role
	Lang  i18n.Lang
}

// Digest tells each colleague, on the morning of every working day, what is late and theirs to do. It may be
// called as often as one likes, by several processes: the day is written down in the transaction of its letters.
func (s *Service) Digest(ctx context.Context) error {
	local := s.o.Clock.Now().In(s.o.Zone)
	if local.Hour() < digestHour || !s.o.Workdays.IsWorking(s.today()) {
		return nil
	}
	var done bool
	if err := s.o.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM desk_digest WHERE day = $1)`, s.today()).Scan(&done); err != nil || done {
		return err
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO desk_digest (day, at, letters) VALUES (@day, @now, 0) ON CONFLICT (day) DO NOTHING`,
			args{"day": s.today(), "now": s.o.Clock.Now()})
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		n, err := s.digest(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE desk_digest SET letters = @n WHERE day = @day`, args{"day": s.today(), "n": n})
		return err
	})
}

func (s *Service) digest(ctx context.Context, tx pgx.Tx) (letters int, err error) {
	late, err := readCases(ctx, tx, `WHERE `+untilSQL+` < @now AND (`+stateSQL+`) NOT IN ('issued', 'refused', 'withdrawn') ORDER BY `+untilSQL+`, c.filing_id`,
		args{"now": s.o.Clock.Now()})
	if err != nil || len(late) == 0 {
		return 0, err
	}
	rows, err := tx.Query(ctx, `SELECT id, email, name, role, lang FROM account WHERE NOT disabled AND email <> '' ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("reading who sits at the desk: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[colleague])
	if err != nil {
		return 0, fmt.Errorf("reading who sits at the desk: %w", err)
	}
	for _, p := range people {
		var theirs []Case
		for _, c := range late {
			if s.concerns(p, c) {
				theirs = append(theirs, c)
			}
		}
		if len(theirs) == 0 {
			continue
		}
		if err := s.send(ctx, tx, s.digestLetter(p, theirs)); err != nil {
			return letters, err
		}
		letters++
	}
	return letters, nil
}

// concerns tells whether a late case is a colleague's to look after. The administrator is not woken by it.
func (s *Service) concerns(p colleague, c Case) bool {
	switch p.Role {
	case account.Registrar:
		return true
	case account.ResearchOffice:
		return c.Mode == Recording
	case account.Expert:
		return placeOf(filing.Who{ID: p.ID, Role: p.Role}, c) == Expert && c.State == Examining
	}
	return false
}

func (s *Service) digestLetter(p colleague, cases []Case) notify.Letter {
	l := s.langOr(p.Lang)
	var lines []string
	for i, c := range cases {
		if i == digestLines {
			lines = append(lines, i18n.T(l, "office.letter.digest.more", "Count", len(cases)-digestLines))
			break
		}
		lines = append(lines, i18n.T(l, "office.letter.digest.line", "Number", c.IncomingNo, "Title", short(c.Title), "State", i18n.T(l, "office.state."+string(c.State)),
			"Until", c.Until.In(s.o.Zone).Format("02.01.2006 15:04"), "Days", s.overdue(c)))
	}
	return notify.Letter{Topic: "desk_digest", Recipient: p.Email, About: string(s.today()), Lang: string(l),
		Subject: i18n.T(l, "office.letter.digest.subject", "Count", len(cases)),
		Text:    i18n.T(l, "office.letter.digest.text", "Count", len(cases), "Lines", strings.Join(lines, "\n"), "Link", s.link("?list=late"))}
}

// overdue says by how many working days a case is late.
func (s *Service) overdue(c Case) int { return s.OverdueDays(c, s.o.Clock.Now()) }

// OverdueDays counts the working days since a term passed; 0 on its last day.
func (s *Service) OverdueDays(c Case, now time.Time) int {
	if !c.Late(now) {
		return 0
	}
	return s.o.Workdays.Between(dayOf(*c.Until, s.o.Zone), dayOf(now, s.o.Zone))
}

func short(title string) string {
	if t := []rune(title); len(t) > 80 {
		return string(t[:77]) + "…"
	}
	return title
}
