package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/postgres"
)

// Stages of the lists that people go through.
const (
	Registration = "registration"
	Examination  = "examination"
)

// Answers to an item.
const (
	Yes  = "yes"
	No   = "no"
	None = "none" // does not concern this work
)

// items are those of each stage, in their order. What each asks is the message office.item.STAGE.ITEM.
var items = map[string][]string{
	Registration: {"documents", "payment", "signatures", "duplicates"},
	Examination:  {"object", "kind", "title", "created", "authors", "religious", "derived", "abstract"},
}

// Item is one line of a list: what the program sees of it, and what the person said.
type Item struct {
	Stage    string
	Code     string
	Lamp     string // ok, warn, bad, unknown: what the program sees
	Key      string // message key of what it sees; empty: only a person can tell
	Args     []any
	Answer   string
	Note     string
	By       string
	At       *time.Time
	MayNotBe bool // None is an answer
}

// Said is an answer to an item.
type Said struct{ Answer, Note string }

type checkRow struct {
	Stage  string
	Item   string
	Answer string
	Note   string
	By     string
	At     time.Time
}

// Items are the lines of a stage for a case.
func (s *Service) Items(ctx context.Context, db postgres.DB, c Case, m filing.Matter, stage string) ([]Item, error) {
	rows, err := db.Query(ctx, `SELECT stage, item, answer, note, by_name AS by, at FROM desk_check WHERE filing_id = @id AND stage = @stage`,
		args{"id": c.FilingID, "stage": stage})
	if err != nil {
		return nil, fmt.Errorf("reading what was checked: %w", err)
	}
	said, err := pgx.CollectRows(rows, pgx.RowToStructByName[checkRow])
	if err != nil {
		return nil, fmt.Errorf("reading what was checked: %w", err)
	}
	var list []Item
	for _, code := range items[stage] {
		i := Item{Stage: stage, Code: code, Lamp: "unknown", MayNotBe: slices.Contains([]string{"religious", "derived", "abstract"}, code)}
		if err := s.look(ctx, db, c, m, &i); err != nil {
			return nil, err
		}
		for _, r := range said {
			if r.Item == code {
				i.Answer, i.Note, i.By, i.At = r.Answer, r.Note, r.By, &r.At
			}
		}
		list = append(list, i)
	}
	return list, nil
}

// look is what the program itself sees of an item. It decides nothing: a person answers each.
func (s *Service) look(ctx context.Context, db postgres.DB, c Case, m filing.Matter, i *Item) error {
	say := func(lamp, key string, a ...any) { i.Lamp, i.Key, i.Args = lamp, "office.seen."+key, a }
	switch i.Code {
	case "documents":
		copies, identities := 0, 0
		for _, d := range m.Documents {
			switch d.Kind {
			case filing.WorkCopy:
				copies++
			case filing.IdentityCopy:
				identities++
			}
		}
		switch {
		case copies == 0:
			say("bad", "no_copy")
		case identities < len(m.Authors):
			say("warn", "few_identities", "Have", identities, "Want", len(m.Authors))
		default:
			say("ok", "documents", "Count", len(m.Documents))
		}
	case "payment":
		if m.Filing.PaidAt == nil {
			say("bad", "not_paid")
		} else {
			say("ok", "paid", "At", *m.Filing.PaidAt)
		}
	case "signatures":
		signed := 0
		for _, p := range m.Authors {
			if p.Signed {
				signed++
			}
		}
		if signed < len(m.Authors) {
			say("bad", "few_signatures", "Have", signed, "Want", len(m.Authors))
		} else {
			say("ok", "signatures", "Count", signed)
		}
	case "duplicates":
		list, err := s.Similar(ctx, db, c)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			say("warn", "similar", "Count", len(list))
		} else {
			say("ok", "no_similar")
		}
	case "created":
		if m.CreatedOn == "" || m.FiledOn != "" && m.CreatedOn >= m.FiledOn {
			say("warn", "created_late", "Created", m.CreatedOn, "Filed", m.FiledOn)
		} else {
			say("ok", "created", "Created", m.CreatedOn)
		}
	case "religious":
		if slices.ContainsFunc(m.Documents, func(d filing.Document) bool { return d.Kind == filing.ReligiousReport }) {
			say("ok", "religious")
		}
	case "abstract":
		if slices.ContainsFunc(m.Documents, func(d filing.Document) bool { return d.Kind == filing.Abstract }) {
			say("ok", "abstract")
		} else if m.Kind == "computer_program" || m.Kind == "database" {
			say("bad", "no_abstract")
		}
	}
	return nil
}

// say stores answers of a stage; an item that is not of the stage, or an answer that is none, is fault.Invalid.
func (s *Service) answer(ctx context.Context, d *deed, stage string, said map[string]Said) error {
	batch := &pgx.Batch{}
	for item, a := range said {
		if !slices.Contains(items[stage], item) || !slices.Contains([]string{Yes, No, None}, a.Answer) || len(a.Note) > longestNote {
			return errList
		}
		batch.Queue(`INSERT INTO desk_check (filing_id, stage, item, answer, note, by_name, at) VALUES (@id, @stage, @item, @answer, @note, @by, @now)
			ON CONFLICT (filing_id, stage, item) DO UPDATE SET answer = @answer, note = @note, by_name = @by, at = @now
			WHERE desk_check.answer <> @answer OR desk_check.note <> @note`,
			args{"id": d.FilingID, "stage": stage, "item": item, "answer": a.Answer, "note": strings.TrimSpace(a.Note), "by": d.who.Name, "now": s.o.Clock.Now()})
	}
	if err := d.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("storing what was checked: %w", err)
	}
	return nil
}

const longestNote = 4000 // bytes

// gone tells whether every item of a stage is answered, and none by "no". What the program doubts wants a word.
func gone(list []Item) error {
	for _, i := range list {
		switch {
		case i.Answer == "" || i.Answer == No || i.Answer == None && !i.MayNotBe:
			return fault.New(fault.Invalid, "office.error.item", "Item", i.Code)
		case (i.Lamp == "warn" || i.Lamp == "bad") && i.Note == "":
			return fault.New(fault.Invalid, "office.error.item_note", "Item", i.Code)
		}
	}
	return nil
}

// Similar is another application whose title is close to a case's.
type Similar struct {
	ID         uuid.UUID
	Origin     string
	Ref        string
	Title      string
	Same       bool // folded, the very same
	SameAuthor bool
	FilingID   *uuid.UUID // of one that was filed here
}

// Similar are applications, filed here or elsewhere, whose title is close to a case's. One may be filed twice in
// good right (a co-author in separate co-authorship, art. 9-1 p. 3 of the law), so they are shown to a person
// and never joined.
func (s *Service) Similar(ctx context.Context, db postgres.DB, c Case) ([]Similar, error) {
	if c.Petition {
		return nil, nil
	}
	rows, err := db.Query(ctx, `
		SELECT o.id, o.origin, o.application_ref AS ref, o.title, o.title_key = a.title_key AS same, o.name_keys && a.name_keys AS same_author,
			(SELECT f.id FROM filing f WHERE o.origin = 'kualik' AND f.incoming_no = o.application_ref) AS filing_id
		FROM application a JOIN application o ON o.id <> a.id AND o.title_key % a.title_key
		WHERE a.origin = 'kualik' AND a.application_ref = @ref AND similarity(o.title_key, a.title_key) > 0.6
		ORDER BY o.title_key = a.title_key DESC, similarity(o.title_key, a.title_key) DESC LIMIT 6`, args{"ref": c.IncomingNo})
	if err != nil {
		return nil, fmt.Errorf("looking for similar titles: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Similar])
	if err != nil {
		return nil, fmt.Errorf("looking for similar titles: %w", err)
	}
	return list, nil
}
