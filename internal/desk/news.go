package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/desk/pattern"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/message"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

// What became of a mail that brings news of an application.
const (
	NewsApplied   = "applied"   // the program took the step
	NewsKnown     = "known"     // it says what is known
	NewsWaiting   = "waiting"   // for a person
	NewsDecided   = "decided"   // a person took it over
	NewsDismissed = "dismissed" // a person says that it is nothing
)

// Why news wait for a person.
const (
	WhyUnknown   = "unknown_number" // no application has it
	WhySeveral   = "several"        // it speaks of more than one, or says two things
	WhyOther     = "other_title"    // neither title nor author are those of the application
	WhyKind      = "kind"           // a query, a refusal: their words are for a person
	WhyWords     = "words"          // the step is none of the scheme
	WhyNothing   = "nothing"        // nothing is found in it but the number
	WhyMode      = "mode"           // the application is in the institution's own register
	WhyBackwards = "backwards"      // or otherwise against what is known
)

// IsNotice tells a mail that brings news of an application. Mails of machines that answer are none.
func (s *Service) IsNotice(ctx context.Context, m message.Message) (bool, error) {
	if m.Auto == message.Bounce || m.Auto == message.AutoReply || m.Auto == message.Calendar {
		return false, nil
	}
	_, ok, err := s.recognise(ctx, m.Subject, m.Text)
	return ok, err
}

// verdict is what news mean: to which application they belong and what they say, or why a person must look.
type verdict struct {
	Filing uuid.UUID
	Title  string
	Number string // incoming
	Fact   Fact
	Why    string
	Cause  error // of WhyBackwards
}

// TakeNotice takes the news of a mail, once: it moves what it speaks of, or waits for a person. taken is false
// when the mail is no such thing.
func (s *Service) TakeNotice(ctx context.Context, id uuid.UUID, m message.Message) (taken bool, err error) {
	h, ok, err := s.recognise(ctx, m.Subject, m.Text)
	if err != nil {
		return false, err
	}
	err = pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		if !ok { // known by another version of the patterns?
			return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM desk_news WHERE message_id = $1)`, id).Scan(&ok)
		}
		first, err := s.begin(ctx, tx, id, h)
		if err != nil || !first {
			return err
		}
		return s.take(ctx, tx, id, h, m.Subject+"\n"+m.Text)
	})
	return ok, err
}

// begin notes that a mail is being taken; whoever comes second waits, and finds it done.
func (s *Service) begin(ctx context.Context, tx pgx.Tx, id uuid.UUID, h hit) (first bool, err error) {
	found, err := json.Marshal(h.Found)
	if err != nil {
		return false, fmt.Errorf("noting news: %w", err)
	}
	tag, err := tx.Exec(ctx, `INSERT INTO desk_news (message_id, at, pattern_id, pattern_version, kind, found, outcome)
		VALUES (@id, @now, @pattern, @version, @kind, @found, 'waiting') ON CONFLICT (message_id) DO NOTHING`,
		args{"id": id, "now": s.o.Clock.Now(), "pattern": h.ID, "version": h.Version, "kind": string(h.Kind), "found": found})
	if err != nil {
		return false, fmt.Errorf("noting news: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// take judges news and applies them; what is refused on the way is undone and waits for a person.
func (s *Service) take(ctx context.Context, tx pgx.Tx, id uuid.UUID, h hit, text string) error {
	v, err := s.judge(ctx, tx, h, text)
	if err != nil {
		return err
	}
	outcome := NewsWaiting
	if v.Why == "" {
		v.Fact.source, v.Fact.message = FromMail, &id
		err := pgx.BeginFunc(ctx, tx, func(inner pgx.Tx) error {
			_, _, err := s.recordIn(ctx, inner, program, v.Filing, v.Fact)
			return err
		})
		var told *fault.Error
		switch {
		case errors.Is(err, errSame):
			outcome = NewsKnown
		case errors.As(err, &told) && (told.Kind == fault.Conflict || told.Kind == fault.Invalid || told.Kind == fault.Forbidden):
			v.Why = WhyBackwards
		case err != nil:
			return err
		default:
			outcome = NewsApplied
		}
	}
	return settle(ctx, tx, id, v.Filing, outcome, v.Why, nil, "")
}

func settle(ctx context.Context, tx pgx.Tx, id, application uuid.UUID, outcome, reason string, at *time.Time, by string) error {
	var belongs *uuid.UUID
	if application != uuid.Nil {
		belongs = &application
	}
	_, err := tx.Exec(ctx, `UPDATE desk_news SET filing_id = @filing, outcome = @outcome, reason = @reason, decided_at = @at, decided_by = @by WHERE message_id = @id`,
		args{"id": id, "filing": belongs, "outcome": outcome, "reason": reason, "at": at, "by": by})
	if err != nil {
		return fmt.Errorf("noting what became of news: %w", err)
	}
	return nil
}

// judge finds the application of news by its exact number and holds title or author against it. Whoever can
// write to the mailbox can write such a mail: what does not fit together moves nothing.
func (s *Service) judge(ctx context.Context, db postgres.DB, h hit, text string) (verdict, error) {
	text = pattern.Clean(text)
	ids, err := s.spokenOf(ctx, db, h.Found, text)
	if err != nil {
		return verdict{}, err
	}
	if len(ids) != 1 {
		why := WhyUnknown
		if len(ids) > 1 {
			why = WhySeveral
		}
		return verdict{Why: why}, nil
	}
	m, err := s.o.Filings.Matter(ctx, db, ids[0])
	if err != nil {
		return verdict{}, err
	}
	v := verdict{Filing: ids[0], Title: m.Title, Number: m.Filing.IncomingNo}
	fits, err := s.fits(ctx, db, h.Found, m, text)
	if err != nil {
		return v, err
	}
	switch {
	case m.Filing.Desk != Recording:
		v.Why = WhyMode
	case !fits:
		v.Why = WhyOther
	case h.Kind == pattern.Query || h.Kind == pattern.Refusal:
		v.Why = WhyKind
	}
	if v.Why != "" {
		return v, nil
	}
	v.Fact, v.Why, err = s.factOf(ctx, db, h, m)
	return v, err
}

// incoming is a number of ours anywhere in the text.
var incoming = regexp.MustCompile(`\b20\d\d ?[-‐‑–—−] ?\d{1,7}\b`)

// spokenOf are the applications that a mail names by any of its numbers. One that it only mentions counts too:
// then it speaks of several.
func (s *Service) spokenOf(ctx context.Context, db postgres.DB, f pattern.Found, text string) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	numbers := slices.Clone(f[pattern.Ref])
	for _, n := range incoming.FindAllString(text, 50) {
		n = strings.NewReplacer(" ", "", "‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-").Replace(n)
		if !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	add := func(more []uuid.UUID, err error) error {
		for _, id := range more {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return err
	}
	for _, n := range numbers {
		if err := add(known(ctx, db, n)); err != nil {
			return nil, err
		}
	}
	for _, n := range f[pattern.RegistryNo] {
		if err := add(knownByRegistry(ctx, db, n)); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// fits tells whether title or author in a mail are those of an application. A title that the mail names decides;
// without one an author is enough, unless the same author has another work that the mail names.
func (s *Service) fits(ctx context.Context, db postgres.DB, f pattern.Found, m filing.Matter, text string) (bool, error) {
	title, folded := person.FoldText(m.Title), " "+person.FoldText(text)+" "
	longer := false
	for _, t := range f[pattern.Title] {
		t = person.FoldText(t)
		if t == title && title != "" {
			return true, nil
		}
		longer = longer || strings.Contains(t, title)
	}
	if len([]rune(title)) >= 12 && !longer && strings.Contains(folded, " "+title+" ") {
		return true, nil
	}
	if len(f[pattern.Title]) > 0 || !names(m, folded) {
		return false, nil
	}
	return s.onlyWorkNamed(ctx, db, m, folded)
}

// names tells whether one of the authors stands in a text with surname and given name.
func names(m filing.Matter, folded string) bool {
	for _, a := range m.Authors {
		n := person.ParseName(a.Name)
		surname, given := person.FoldText(n.Surname), person.FoldText(n.Given)
		if surname == "" || given == "" {
			continue
		}
		for _, both := range []string{surname + " " + given, given + " " + surname} {
			if strings.Contains(folded, " "+both+" ") {
				return true
			}
		}
	}
	return false
}

// onlyWorkNamed tells whether no other work of the same authors is named in a text.
func (s *Service) onlyWorkNamed(ctx context.Context, db postgres.DB, m filing.Matter, folded string) (bool, error) {
	var hashes [][]byte
	for _, a := range m.Authors {
		hashes = append(hashes, a.Hash)
	}
	rows, err := db.Query(ctx, `SELECT DISTINCT f.data ->> 'title' FROM filing f JOIN filing_participant p ON p.filing_id = f.id AND p.removed_at IS NULL
		WHERE p.number_hash = ANY(@hashes) AND f.id <> @id AND f.submitted_at IS NOT NULL`, args{"hashes": hashes, "id": m.Filing.ID})
	if err != nil {
		return false, fmt.Errorf("reading an author's other works: %w", err)
	}
	titles, err := pgx.CollectRows(rows, pgx.RowTo[*string])
	if err != nil {
		return false, fmt.Errorf("reading an author's other works: %w", err)
	}
	for _, t := range titles {
		if t != nil && strings.Contains(folded, " "+person.FoldText(*t)+" ") {
			return false, nil
		}
	}
	return true, nil
}

// factOf is what news say, or why that is not to be understood.
func (s *Service) factOf(ctx context.Context, db postgres.DB, h hit, m filing.Matter) (f Fact, why string, err error) {
	one := func(group string) string {
		v, ok := h.Found.One(group)
		if !ok {
			why = WhySeveral
		}
		return v
	}
	f = Fact{Words: one(pattern.StepWords), RegistryNo: one(pattern.RegistryNo), CertificateNo: one(pattern.CertificateNo)}
	if h.Kind != pattern.Certificate {
		f.CertificateNo = ""
	}
	for group, into := range map[string]*clock.Day{pattern.Date: &f.On, pattern.CertificateDate: &f.CertificateOn} {
		day, ok := h.Found.Day(group)
		if !ok && (group == pattern.CertificateDate && f.CertificateNo != "" || len(h.Found[group]) > 1) {
			why = WhySeveral
		}
		*into = day
	}
	if f.CertificateNo == "" {
		f.CertificateOn = ""
	}
	if f.On > s.today() {
		f.On = "" // the day of a step is only beside it
	}
	if why != "" {
		return f, why, nil
	}
	if f.Words != "" {
		sc, err := s.scheme(ctx, db, Case{Scheme: schemeOf(m)})
		if err != nil {
			return f, "", err
		}
		st, ok := sc.ByWords(f.Words)
		if !ok && f.CertificateNo == "" {
			return f, WhyWords, nil
		}
		f.Step = st.Code
	}
	if f.Words+f.RegistryNo+f.CertificateNo == "" || h.Kind == pattern.Certificate && (f.CertificateNo == "" || f.CertificateOn == "") {
		return f, WhyNothing, nil
	}
	return f, "", nil
}

func schemeOf(m filing.Matter) int {
	if m.Filing.Scheme == nil {
		return 0
	}
	return *m.Filing.Scheme
}
