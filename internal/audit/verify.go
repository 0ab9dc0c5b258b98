package audit

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// What can be wrong with a row of the sealed part.
const (
	Changed   = "changed"   // it says something else than when it was sealed
	Removed   = "removed"   // it is gone
	Reordered = "reordered" // it stands in another's place
	Inserted  = "inserted"  // it was put between sealed rows afterwards
	Seal      = "seal"      // the row may be right, its seal was changed or removed
	Anchor    = "anchor"    // a head that was noted elsewhere is not in the chain: its end was cut off or made anew
)

// Fault is a broken row. Row is its id, Link the number of its seal; 0 when not known or not there.
type Fault struct {
	Kind    string     `json:"kind"`
	Row     int64      `json:"row"`
	Link    int64      `json:"link"`
	Was     int64      `json:"was,omitempty"`   // Reordered: the id under which the row was sealed
	After   int64      `json:"after,omitempty"` // Removed without a trace: the id of the row that stood before it
	At      *time.Time `json:"at,omitempty"`    // what the row says now, or when a seal that has no row was made
	Actor   string     `json:"actor,omitempty"`
	Action  string     `json:"action,omitempty"`
	Subject string     `json:"subject,omitempty"`
}

// Report is what a verification found.
type Report struct {
	Whole   bool    `json:"whole"`
	Sealed  int64   `json:"sealed"`  // rows in the chain
	Waiting int64   `json:"waiting"` // rows after the head, not yet sealed
	Head    string  `json:"head"`    // see Head.String
	Faults  []Fault `json:"faults"`
	More    int64   `json:"more"` // faults that are not listed
}

const (
	verifyStep = 2000 // seals read at a time
	faultsMost = 100  // faults named
)

// Verify goes through the whole chain, with bounded memory and at one moment of the database, and says which
// rows are not as they were sealed. anchors are heads that were noted outside the chain. progress may be nil.
func (c *Chain) Verify(ctx context.Context, anchors []Head, progress func(done, total int64)) (Report, error) {
	v := verification{Chain: c, faults: []Fault{}, astray: map[int64]bool{}}
	err := pgx.BeginTxFunc(ctx, c.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		v.tx = tx
		return v.run(ctx, anchors, progress)
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit: %w", err)
	}
	return Report{Whole: len(v.faults) == 0, Sealed: v.sealed, Waiting: v.waiting, Head: v.head.String(), Faults: v.faults, More: v.more}, nil
}

// sealedRow is a seal with the row that it names; the row's columns are null when it is gone.
type sealedRow struct {
	link
	row *row
}

type verification struct {
	*Chain
	tx              pgx.Tx
	sealed, waiting int64
	head            Head
	faults          []Fault
	more            int64

	last    link   // the seal before
	should  []byte // what its hash is, whatever it was changed to; nil when that cannot be known
	highest int64  // id of the rows so far
	gaps    []gap
	astray  map[int64]bool // ids that a seal which is not as it was made names
}

// gap is where seals are missing: from seal n on, between the rows before and after.
type gap struct{ n, missing, before, after int64 }

func (v *verification) run(ctx context.Context, anchors []Head, progress func(done, total int64)) error {
	var total int64
	if err := v.tx.QueryRow(ctx, `SELECT count(*) FROM audit_link`).Scan(&total); err != nil {
		return err
	}
	for {
		list, err := v.next(ctx)
		if err != nil {
			return err
		}
		for _, s := range list {
			if err := v.one(ctx, s); err != nil {
				return err
			}
		}
		if progress != nil {
			progress(v.sealed, total)
		}
		if len(list) < verifyStep {
			break
		}
	}
	v.head = Head{v.last.N, v.last.Hash}
	if err := v.unsealed(ctx); err != nil {
		return err
	}
	return v.anchored(ctx, anchors)
}

// next are the following seals with their rows.
func (v *verification) next(ctx context.Context) ([]sealedRow, error) {
	rows, err := v.tx.Query(ctx, `SELECT l.n, l.audit_id, l.sealed_at, l.digest, l.own, l.hash, a.id IS NOT NULL,
			coalesce(a.at, l.sealed_at), coalesce(a.actor, ''), coalesce(a.actor_name, ''), coalesce(a.action, ''), coalesce(a.subject_kind, ''),
			coalesce(a.subject_id, ''), coalesce(a.before::text, ''), coalesce(a.after::text, ''), coalesce(a.note, ''), coalesce(a.persons, '{}')
		FROM (SELECT * FROM audit_link WHERE n > $1 ORDER BY n LIMIT $2) l LEFT JOIN audit a ON a.id = l.audit_id ORDER BY l.n`, v.last.N, verifyStep)
	if err != nil {
		return nil, err
	}
	list := make([]sealedRow, 0, verifyStep)
	var l link
	var r row
	var there bool
	_, err = pgx.ForEachRow(rows, []any{&l.N, &l.AuditID, &l.SealedAt, &l.Digest, &l.Own, &l.Hash, &there, &r.At, &r.Actor, &r.ActorName, &r.Action,
		&r.SubjectKind, &r.SubjectID, &r.Before, &r.After, &r.Note, &r.Persons}, func() error {
		s := sealedRow{link: l}
		if there {
			found := r
			found.ID = l.AuditID
			s.row = &found
		}
		list = append(list, s)
		l.Digest, l.Own, l.Hash, r.Persons = nil, nil, nil, nil
		return nil
	})
	return list, err
}

// one holds a seal against its row, against itself and against the seal before it.
func (v *verification) one(ctx context.Context, s sealedRow) error {
	v.sealed++
	if missing := s.N - v.last.N - 1; missing > 0 {
		v.gaps = append(v.gaps, gap{v.last.N + 1, missing, v.highest, s.AuditID})
		v.should = nil
	}
	own, linked := bytes.Equal(s.Own, v.own(s.link)), v.linked(s.link)
	var err error
	switch {
	case s.row == nil:
		v.astray[s.AuditID] = !own
		v.fault(Fault{Kind: Removed, Row: s.AuditID, Link: s.N, At: &s.SealedAt})
	case !bytes.Equal(s.Digest, v.digest(*s.row)):
		err = v.different(ctx, s)
	case !own:
		err = v.resealed(ctx, s)
	case !linked:
		v.fault(s.fault(Seal))
	}
	if own {
		v.highest = max(v.highest, s.AuditID)
	} else {
		v.should = nil
	}
	v.last = s.link
	return err
}

// linked tells whether a seal continues the chain, and goes on to it. A seal that was made after the one before
// it had been changed continues what it found. Behind a seal of which nothing is known any more each is taken.
func (v *verification) linked(l link) bool {
	onIt := bytes.Equal(l.Hash, v.after(v.last.Hash, l.Own))
	if v.should == nil {
		if onIt {
			v.should = l.Hash
		} else if l.N == 1 {
			v.should = v.after(nil, l.Own)
		}
		return onIt || l.N != 1
	}
	v.should = v.after(v.should, l.Own)
	if onIt {
		v.should = l.Hash
	}
	return bytes.Equal(l.Hash, v.should)
}

// resealed says of a right row with a seal that is not for this place whether seals changed places.
func (v *verification) resealed(ctx context.Context, s sealedRow) error {
	if len(v.faults) >= faultsMost {
		v.more++
		return nil
	}
	var place int64
	if err := v.tx.QueryRow(ctx, `SELECT count(*) FROM audit_link WHERE audit_id <= $1`, s.AuditID).Scan(&place); err != nil {
		return err
	}
	if place != s.N {
		v.fault(s.fault(Reordered))
		return nil
	}
	v.fault(s.fault(Seal))
	return nil
}

// different says of a row that is not what was sealed whether it is another sealed one that was moved here.
func (v *verification) different(ctx context.Context, s sealedRow) error {
	if len(v.faults) >= faultsMost {
		v.more++
		return nil
	}
	f := s.fault(Changed)
	was, err := v.sealedAs(ctx, *s.row)
	if err != nil {
		return err
	}
	if was != 0 {
		f.Kind, f.Was = Reordered, was
	}
	v.fault(f)
	return nil
}

// sealedAs is the id under which a row with this content was sealed, 0 when none was.
func (v *verification) sealedAs(ctx context.Context, r row) (id int64, err error) {
	err = v.tx.QueryRow(ctx, `SELECT coalesce(min(audit_id), 0) FROM audit_link WHERE digest = $1`, v.digest(r)).Scan(&id)
	return id, err
}

// unsealed looks at the rows that no seal names: behind the head they wait, before it they were put in, or
// their seals were taken away.
func (v *verification) unsealed(ctx context.Context) error {
	if err := v.tx.QueryRow(ctx, `SELECT count(*) FROM audit WHERE id > $1`, v.highest).Scan(&v.waiting); err != nil {
		return err
	}
	rows, err := v.tx.Query(ctx, `SELECT `+rowColumns+` FROM audit a
		WHERE a.id <= $1 AND NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id) ORDER BY a.id LIMIT $2`, v.highest, faultsMost)
	if err != nil {
		return err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return err
	}
	for _, r := range list {
		was, err := v.sealedAs(ctx, r)
		if err != nil {
			return err
		}
		f := sealedRow{row: &r}.fault(Inserted)
		switch g := v.gapOf(r.ID); {
		case was != 0 && v.moved(was, r.ID):
			continue
		case g != nil:
			g.missing--
			f.Kind = Seal
		}
		v.fault(f)
	}
	for _, g := range v.gaps {
		if g.missing > 0 {
			v.fault(Fault{Kind: Removed, Link: g.n, After: g.before})
		}
	}
	return nil
}

// moved turns "row was is gone" into "it stands at id now", or into "its seal names another" where that is so.
func (v *verification) moved(was, id int64) bool {
	for i, f := range v.faults {
		if f.Kind != Removed || f.Row != was {
			continue
		}
		if v.faults[i].Kind, v.faults[i].Row = Seal, id; !v.astray[was] {
			v.faults[i].Kind, v.faults[i].Was = Reordered, was
		}
		return true
	}
	return false
}

func (v *verification) gapOf(id int64) *gap {
	for i, g := range v.gaps {
		if g.missing > 0 && id > g.before && id < g.after {
			return &v.gaps[i]
		}
	}
	return nil
}

// anchored looks for the heads that were noted elsewhere.
func (v *verification) anchored(ctx context.Context, anchors []Head) error {
	for _, a := range anchors {
		if a.N == 0 {
			continue
		}
		var there bool
		err := v.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit_link WHERE n = $1 AND hash = $2)`, a.N, a.Hash).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			v.fault(Fault{Kind: Anchor, Link: a.N})
		}
	}
	return nil
}

func (v *verification) fault(f Fault) {
	if len(v.faults) >= faultsMost {
		v.more++
		return
	}
	v.faults = append(v.faults, f)
}

func (s sealedRow) fault(kind string) Fault {
	f := Fault{Kind: kind, Row: s.row.ID, Link: s.N, At: &s.row.At, Actor: s.row.Actor, Action: s.row.Action}
	if s.row.SubjectKind != "" {
		f.Subject = s.row.SubjectKind + " " + s.row.SubjectID
	}
	return f
}
