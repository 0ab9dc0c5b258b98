package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/postgres"
)

// Case is what the desk knows of an application: its own facts, and of the filing what lists show.
type Case struct {
	FilingID     uuid.UUID  `db:"filing_id"`
	Mode         string     `db:"mode"`
	Version      int        `db:"version"`
	OpenedAt     time.Time  `db:"opened_at"`
	ChangedAt    time.Time  `db:"changed_at"`
	ChangedBy    string     `db:"changed_by"`
	Statement    string     `db:"statement"`
	AnsweredAt   *time.Time `db:"answered_at"`
	CabinetNo    string     `db:"cabinet_no"`
	RegisteredAt *time.Time `db:"registered_at"`
	RegisteredBy string     `db:"registered_by"`
	AppointedAt  *time.Time `db:"appointed_at"`
	Conclusion   string     `db:"conclusion"`
	Ground       string     `db:"ground"`
	Remarks      string     `db:"remarks"`
	ConcludedAt  *time.Time `db:"concluded_at"`
	ConcludedBy  string     `db:"concluded_by"`
	IssuingAt    *time.Time `db:"issuing_at"`
	Request      *uuid.UUID `db:"request"`

	State         State              `db:"state"`
	Petition      bool               `db:"petition"` // for an extract from the register
	Service       filing.ServiceCode `db:"service"`
	FilingState   filing.State       `db:"filing_state"`
	DraftNo       int64              `db:"draft_no"`
	IncomingNo    string             `db:"incoming_no"`
	Title         string             `db:"title"`
	Kind          string             `db:"kind"`
	Scheme        int                `db:"scheme"`
	Step          string             `db:"step"`
	StepAt        *time.Time         `db:"step_at"`
	Until         *time.Time         `db:"until"` // when the one whose turn it is must have acted; nil when there is no term
	SubmittedAt   *time.Time         `db:"submitted_at"`
	SignedAt      *time.Time         `db:"signed_at"`
	Expert        *uuid.UUID         `db:"expert"`
	ExpertName    string             `db:"expert_name"`
	ExpertGone    bool               `db:"expert_gone"` // appointed once, and can have cases no longer
	Filer         string             `db:"filer"`
	CertificateNo string             `db:"certificate_no"`
	CertificateOn clock.Day          `db:"certificate_on"`
	RefusalGround string             `db:"refusal_ground"`
	RegistryNo    string             `db:"registry_no"`
	Requested     bool               `db:"requested"` // the applicant asks for something after the issue
}

// Turn is who acts next: registrar, expert, program, institute, applicant, authors, nobody.
func (c Case) Turn() string {
	if c.State == Asked && c.FilingState == filing.Submitted {
		return "authors" // whose signatures are waited for
	}
	return rowOf(c.State).turn
}

// Late tells whether the term has passed.
func (c Case) Late(now time.Time) bool { return c.Until != nil && now.After(*c.Until) }

// untilSQL is Case.Until in the database.
const untilSQL = `CASE WHEN f.state IN ('issued', 'refused', 'withdrawn', 'deleted') OR f.state = 'signed' AND c.issuing_at IS NOT NULL THEN NULL
	WHEN f.state = 'signed' THEN f.step_until ELSE coalesce(f.query_until, f.deadline) END`

const caseColumns = `c.filing_id, f.desk AS mode, c.version, c.opened_at, c.changed_at, c.changed_by, c.statement, c.answered_at, c.cabinet_no, c.registered_at,
	c.registered_by, c.appointed_at, c.conclusion, c.ground, c.remarks, c.concluded_at, c.concluded_by, c.issuing_at, c.request,
	` + stateSQL + ` AS state, f.service = 'register_extract' AS petition, f.service, f.state AS filing_state, f.draft_no, f.incoming_no,
	coalesce(f.data ->> 'title', '') AS title, coalesce(f.data ->> 'kind', '') AS kind, coalesce(f.scheme, 0) AS scheme, f.step, f.step_at, ` + untilSQL + ` AS until,
	f.submitted_at, f.signed_at, f.expert, coalesce(e.name, '') AS expert_name,
	f.expert IS NOT NULL AND NOT EXISTS (SELECT FROM account x WHERE x.id = f.expert AND ` + mayExamine + `) AS expert_gone,
	o.name AS filer, f.certificate_no, f.certificate_on, f.refusal_ground, coalesce(a.registry_application_no, '') AS registry_no,
	EXISTS (SELECT FROM filing_letter l WHERE l.filing_id = f.id AND l.kind IN ('request_correction', 'request_change') AND l.closed_at IS NULL) AS requested`

const caseFrom = ` FROM desk_case c JOIN filing f ON f.id = c.filing_id JOIN account o ON o.id = f.owner LEFT JOIN account e ON e.id = f.expert
	LEFT JOIN application a ON a.origin = 'kualik' AND a.application_ref = f.incoming_no AND f.incoming_no <> '' `

func readCases(ctx context.Context, db postgres.DB, rest string, a args) ([]Case, error) {
	rows, err := db.Query(ctx, `SELECT `+caseColumns+caseFrom+rest, a)
	if err != nil {
		return nil, fmt.Errorf("reading cases of the desk: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Case])
	if err != nil {
		return nil, fmt.Errorf("reading cases of the desk: %w", err)
	}
	return list, nil
}

func readCase(ctx context.Context, db postgres.DB, id uuid.UUID) (Case, error) {
	list, err := readCases(ctx, db, `WHERE c.filing_id = @id`, args{"id": id})
	if err != nil {
		return Case{}, err
	}
	if len(list) == 0 {
		return Case{}, errNotFound
	}
	return list[0], nil
}

// Get reads a case for somebody who may see it: an expert sees those that they were given.
func (s *Service) Get(ctx context.Context, who filing.Who, id uuid.UUID) (Case, Place, error) {
	c, err := readCase(ctx, s.o.Pool, id)
	if err != nil {
		return Case{}, Nobody, err
	}
	p := placeOf(who, c)
	if p == Nobody {
		return Case{}, Nobody, errNotFound
	}
	return c, p, nil
}

// Ref names a case as somebody saw it: a deed on another version is a conflict.
type Ref struct {
	ID      uuid.UUID
	Version int
}

// deed is one change of one case, in a transaction that holds filing and case.
type deed struct {
	tx    pgx.Tx
	who   filing.Who
	place Place
	f     filing.Filing
	Case
}

// filingAction is what each deed is in the filing's own table.
var filingAction = map[Action]filing.Action{Record: filing.RecordIssue, Register: filing.Proceed, Appoint: filing.Appoint, Examine: filing.Proceed,
	Conclude: filing.Proceed, Return: filing.Proceed, Issue: filing.Issue, TakeBack: filing.Issue, Correct: filing.Issue, Annul: filing.Issue, Ask: filing.Ask,
	MoreTime: filing.MoreTime, Write: filing.Write, Refuse: filing.Refuse, Reopen: filing.Reopen}

// change does a deed when both tables let the person do it and nobody decided meanwhile.
func (s *Service) change(ctx context.Context, who filing.Who, ref Ref, a Action, do func(d *deed) error) error {
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error { return s.changeIn(ctx, tx, who, ref, a, do) })
}

// changeIn is change in a transaction that is there. The filing is held first, then the case, always in this
// order.
func (s *Service) changeIn(ctx context.Context, tx pgx.Tx, who filing.Who, ref Ref, a Action, do func(d *deed) error) error {
	if err := hold(ctx, tx, ref.ID); err != nil {
		return err
	}
	c, err := readCase(ctx, tx, ref.ID)
	if err != nil {
		return err
	}
	d := &deed{tx: tx, who: who, place: placeOf(who, c), Case: c}
	if d.place == Nobody {
		return errNotFound
	}
	if ref.Version != 0 && ref.Version != c.Version {
		return meanwhile(c, s.o.Zone)
	}
	if ok, why := Can(c, a, d.place); !ok {
		return fault.New(fault.Conflict, why)
	}
	if d.f, err = s.o.Filings.DeskLock(ctx, tx, who, ref.ID, filingAction[a]); err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	return s.write(ctx, d)
}

// hold waits until nobody else works on a filing, and keeps it until the transaction ends.
func hold(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `SELECT FROM filing WHERE id = $1 FOR UPDATE`, id); err != nil {
		return fmt.Errorf("holding a filing: %w", err)
	}
	return nil
}

// meanwhile says who was faster.
func meanwhile(c Case, zone *time.Location) error {
	if c.ChangedBy == "" {
		return fault.New(fault.Conflict, "office.error.changed")
	}
	return fault.New(fault.Conflict, "office.error.decided", "Name", c.ChangedBy, "At", c.ChangedAt.In(zone).Format("15:04"))
}

// write stores what a deed changed of the case. An answer of the applicant counts as looked at with any deed.
func (s *Service) write(ctx context.Context, d *deed) error {
	d.Version++
	d.ChangedAt, d.ChangedBy, d.AnsweredAt = s.o.Clock.Now(), d.who.Name, nil
	_, err := d.tx.Exec(ctx, `UPDATE desk_case SET version = @version, changed_at = @changed_at, changed_by = @changed_by, answered_at = NULL,
			cabinet_no = @cabinet_no, registered_at = @registered_at, registered_by = @registered_by, appointed_at = @appointed_at,
			conclusion = @conclusion, ground = @ground, remarks = @remarks, concluded_at = @concluded_at, concluded_by = @concluded_by, issuing_at = @issuing_at, request = @request
		WHERE filing_id = @id`,
		args{"id": d.FilingID, "version": d.Version, "changed_at": d.ChangedAt, "changed_by": d.ChangedBy, "cabinet_no": d.CabinetNo,
			"registered_at": d.RegisteredAt, "registered_by": d.RegisteredBy, "appointed_at": d.AppointedAt, "conclusion": d.Conclusion, "ground": d.Ground,
			"remarks": d.Remarks, "concluded_at": d.ConcludedAt, "concluded_by": d.ConcludedBy, "issuing_at": d.IssuingAt, "request": d.Request})
	if postgres.Constraint(err) == "desk_case_cabinet_no" {
		return fault.Wrap(err, fault.Conflict, "office.error.cabinet_no", "Number", d.CabinetNo)
	}
	if err != nil {
		return fmt.Errorf("writing a case of the desk: %w", err)
	}
	return nil
}

// record writes a deed of the desk to the audit, beside what the filing writes of it.
func (s *Service) record(ctx context.Context, d *deed, action string, after any, note string) error {
	return s.recordOf(ctx, d.tx, actorOf(d.who), d.FilingID, action, after, note)
}

func (s *Service) recordOf(ctx context.Context, tx pgx.Tx, who audit.Actor, id uuid.UUID, action string, after any, note string) error {
	err := audit.Record(ctx, tx, audit.Entry{At: s.o.Clock.Now(), Actor: who, Action: "desk." + action, SubjectKind: filing.SubjectKind,
		SubjectID: id.String(), After: after, Note: note})
	if err != nil {
		return fmt.Errorf("recording a deed of the desk: %w", err)
	}
	return nil
}
