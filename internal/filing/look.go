package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/clock"
	"kualik/internal/postgres"
	"kualik/internal/secret"
)

// View is everything about one filing for one person; fault.NotFound when it does not exist or is not theirs
// to see.
func (s *Service) View(ctx context.Context, who Who, id uuid.UUID) (*View, error) {
	if err := s.seen(ctx, s.o.Pool, who, id); err != nil {
		return nil, err
	}
	var v *View
	err := pgx.BeginTxFunc(ctx, s.o.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		f, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		rel, err := s.relation(ctx, tx, who, f)
		if err != nil {
			return err
		}
		if err := s.allowed(f, Look, rel, who); err != nil {
			return err
		}
		v, err = s.view(ctx, tx, who, f, rel)
		return err
	})
	if err != nil {
		return nil, err
	}
	if v.Price, err = s.price(ctx, v.Filing); err != nil {
		return nil, err
	}
	v.Readiness = v.matter.readiness(v.eds, v.invited, v.Price)
	return v, nil
}

// load reads all that belongs to a filing.
func (s *Service) load(ctx context.Context, db postgres.DB, f Filing) (m matter, replaced []documentRow, err error) {
	m = matter{Filing: f, today: s.today()}
	if f.SubmittedAt != nil {
		m.today = clock.DayOf(*f.SubmittedAt, s.o.Zone) // it was filed then, also when it is changed afterwards
	}
	if m.people, err = participants(ctx, db, f.ID); err != nil {
		return m, nil, err
	}
	all, err := documents(ctx, db, f.ID)
	if err != nil {
		return m, nil, err
	}
	m.documents = present(all)
	for _, d := range all {
		if d.ReplacedAt != nil {
			replaced = append(replaced, d)
		}
	}
	return m, replaced, m.addChecks(ctx, db)
}

func (s *Service) view(ctx context.Context, tx pgx.Tx, who Who, f Filing, rel Relation) (*View, error) {
	m, replaced, err := s.load(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	v := &View{Filing: f, Relation: rel, Buttons: Buttons(f.State, s.actor(rel, who)), Support: s.o.Support, AllFirst: s.o.Order == AllFirst, matter: m,
		IdentityDays: s.o.IdentityDays, KeptUntil: s.keptUntil(f)}
	if f.State.Editable() {
		v.Problems = m.problems()
	}
	v.Warnings = m.warnings()
	for _, d := range m.documents {
		v.Documents = append(v.Documents, d.Document)
	}
	for _, d := range replaced {
		v.Replaced = append(v.Replaced, d.Document)
	}
	if v.Statement, v.Voided, err = statements(ctx, tx, f.ID); err != nil {
		return nil, err
	}
	if v.Submission, err = lastSubmission(ctx, tx, f); err != nil {
		return nil, err
	}
	if v.Participants, err = s.shown(ctx, tx, who, v); err != nil {
		return nil, err
	}
	v.invited = map[string]bool{}
	for _, p := range v.Participants {
		v.invited[p.ID.String()] = p.Invitation != nil
	}
	if v.eds, err = haveEDS(ctx, tx, f.ID); err != nil {
		return nil, err
	}
	waiting := 0
	for _, p := range v.Participants {
		if p.MustSign && !p.Filer && p.Sign != SignDone {
			waiting++
		}
	}
	sc, err := schemeOf(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	v.Scheme = sc
	if err := v.addLetters(ctx, tx); err != nil {
		return nil, err
	}
	v.Next = s.next(f, waiting, sc)
	v.Steps = s.steps(f, v.Next, sc)
	s.narrow(v)
	return v, nil
}

// addLetters finds the query that is open, or the refusal.
func (v *View) addLetters(ctx context.Context, db postgres.DB) error {
	switch {
	case v.State.Asked():
		q, err := openQuery(ctx, db, v.ID)
		v.Query = &q
		return err
	case v.State == Refused:
		list, err := letterRows(ctx, db, `WHERE filing_id = @id AND kind = 'refusal' ORDER BY at DESC LIMIT 1`, args{"id": v.ID})
		if len(list) == 1 {
			v.Refusal = &list[0]
		}
		return err
	}
	return nil
}

// shown are the participants as the page shows them: numbers masked, signatures and invitations beside.
func (s *Service) shown(ctx context.Context, db postgres.DB, who Who, v *View) ([]Participant, error) {
	own, err := numberHash(ctx, db, who.ID)
	if err != nil {
		return nil, err
	}
	invitations, err := invitationsOf(ctx, db, v.ID)
	if err != nil {
		return nil, err
	}
	var list []Participant
	for _, row := range v.matter.people {
		number, err := s.number(row)
		if err != nil {
			return nil, err
		}
		p := Participant{ID: row.ID, Entry: row.entry(), Masked: secret.Mask(number), Filer: row.Filer, MustSign: row.signs(),
			Applicant: row.Role == Applicant || row.Filer && row.Role == Author, Refusal: row.Refusal, RefusedAt: row.RefusedAt,
			Me: own != nil && string(own) == string(row.NumberHash)}
		if i, ok := invitations[row.ID]; ok {
			i.LoggedAt = row.EDSAt
			if row.EDSAt != nil {
				i.State = InviteLogged
			}
			p.Invitation = &i
		}
		p.Sign, p.SignedAt = s.signState(v, row)
		list = append(list, p)
	}
	return list, nil
}

func (p participantRow) entry() Entry {
	return Entry{Role: p.Role, Type: p.Type, Name: p.Name, Unmentioned: p.Unmentioned, Country: p.Country, City: p.City, Address: p.Address,
		Postcode: p.Postcode, Phone: p.Phone, Email: p.Email}
}

// signState is the "Статус подписания" of one participant.
func (s *Service) signState(v *View, p participantRow) (SignState, *time.Time) {
	if !p.signs() {
		return SignNotNeeded, nil
	}
	if v.Statement != nil {
		for _, sig := range v.Statement.Signatures {
			if sig.Participant == p.ID {
				return SignDone, &sig.At
			}
		}
	}
	turn := v.State == Submitted || v.State.submittable() && (p.Filer || v.AllFirst)
	switch {
	case v.State == Expired, turn && !p.Filer && v.State == Submitted && late(v.Filing, s.o.Clock.Now()):
		return SignLate, nil
	case !turn:
		return SignNotYet, nil
	case p.Refusal != "":
		return SignRefused, nil
	}
	return SignWaiting, nil
}

func late(f Filing, now time.Time) bool { return f.Deadline != nil && now.After(*f.Deadline) }

// haveEDS tells of whom an account proven by EDS is known, by participant.
func haveEDS(ctx context.Context, db postgres.DB, filing uuid.UUID) (map[string]bool, error) {
	rows, err := db.Query(ctx, `SELECT p.id FROM filing_participant p WHERE p.filing_id = @id AND p.removed_at IS NULL
		AND (p.eds_at IS NOT NULL OR EXISTS (SELECT FROM account a WHERE a.iin_hash = p.number_hash))`, args{"id": filing})
	if err != nil {
		return nil, fmt.Errorf("reading who has logged in with EDS: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("reading who has logged in with EDS: %w", err)
	}
	m := map[string]bool{}
	for _, id := range ids {
		m[id.String()] = true
	}
	return m, nil
}

// narrow takes from the toolbar what the table allows and this very person cannot do now: an author who has
// signed, a filer who must wait for the others.
func (s *Service) narrow(v *View) {
	dead := func(a Action, why string) {
		for i := range v.Buttons {
			if v.Buttons[i].Action == a && v.Buttons[i].Live {
				v.Buttons[i].Live, v.Buttons[i].Why = false, "filing.why."+why
			}
		}
	}
	waiting := 0
	for _, p := range v.Participants {
		if p.Me && p.Sign == SignDone {
			dead(Sign, "signed")
		}
		if p.MustSign && !p.Filer && p.Sign != SignDone {
			waiting++
		}
	}
	if v.AllFirst && v.State.submittable() && waiting > 0 {
		dead(SignAndSubmit, "others_first")
	}
	if v.State == Submitted && late(v.Filing, s.o.Clock.Now()) {
		dead(Sign, "expired")
	}
	if v.State == Draft && v.PaidAt != nil {
		dead(Invoice, "paid")
	}
}
