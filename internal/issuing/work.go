package issuing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/jobs"
)

// SealArgs is the job that draws and seals one entry or extract.
type SealArgs struct {
	ID uuid.UUID `json:"id"`
}

// Kind names the job.
func (SealArgs) Kind() string { return "seal_certificate" }

// Work is the job: it draws the paper, seals it, stores the file, and in one transaction writes it down and
// tells the desk. Done twice, or after having died anywhere, it gives one certificate under one number.
func (s *Service) Work(ctx context.Context, j jobs.Job[SealArgs]) error {
	e, err := s.Get(ctx, s.o.Pool, j.Args.ID)
	if fault.Is(err, fault.NotFound) {
		return s.workExtract(ctx, j.Args.ID)
	}
	if err != nil || e.State != Pending {
		return err
	}
	ref, err := s.make(ctx, func() ([]byte, error) { return s.drawEntry(e) })
	if err != nil {
		return s.failed(ctx, "issuing_entry", e.ID, err)
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error { return s.sealed(ctx, tx, e.ID, ref) })
}

// make draws, seals and stores a paper. No transaction is open meanwhile; a file that is made twice is one
// that nobody names, and is swept.
func (s *Service) make(ctx context.Context, draw func() ([]byte, error)) (ref blob.Ref, err error) {
	if err := s.Ready(); err != nil {
		return ref, err
	}
	drawn, err := draw()
	if err != nil {
		return ref, fmt.Errorf("drawing a paper of the register: %w", err)
	}
	if err := s.reach("drawn"); err != nil {
		return ref, err
	}
	pdf, err := s.o.Seal.Sign(drawn, s.o.Clock.Now())
	if err != nil {
		return ref, fmt.Errorf("sealing a paper of the register: %w", err)
	}
	if err := s.reach("sealed"); err != nil {
		return ref, err
	}
	if ref, err = s.o.Blobs.Put(ctx, bytes.NewReader(pdf)); err != nil {
		return ref, fmt.Errorf("storing a paper of the register: %w", err)
	}
	return ref, s.reach("stored")
}

// failed notes why a paper is not sealed yet, for whoever waits for it; the job is tried again.
func (s *Service) failed(ctx context.Context, table string, id uuid.UUID, err error) error {
	key := "issuing.failure.other"
	var told *fault.Error
	if errors.As(err, &told) && told.Kind != fault.Internal {
		key = told.Key
	}
	noted := exec(ctx, s.o.Pool, "noting why a paper is not sealed", `UPDATE `+table+` SET attempts = attempts + 1, failure = @key WHERE id = @id AND sealed_at IS NULL`,
		args{"id": id, "key": key})
	return errors.Join(err, noted)
}

// reach is a moment at which a test may let the work die.
func (s *Service) reach(moment string) error {
	if s.at == nil {
		return nil
	}
	return s.at(moment)
}

// sealed makes an entry valid, ends the version before it, and tells the desk. Whoever comes second finds it
// done.
func (s *Service) sealed(ctx context.Context, tx pgx.Tx, id uuid.UUID, ref blob.Ref) error {
	versions, err := lockVersions(ctx, tx, id)
	if err != nil {
		return err
	}
	e := versions[0]
	if e.ID != id || e.State != Pending {
		return nil
	}
	for i := range versions[1:] {
		if before := &versions[1+i]; before.State == Valid {
			if err := s.end(ctx, tx, audit.System, before, Replaced, e.Reason); err != nil {
				return err
			}
		}
	}
	now := s.o.Clock.Now()
	e.State, e.SealedAt, e.Seal, e.SHA256, e.Size, e.Failure = Valid, &now, s.o.Seal.Certificate.Serial, ref.SHA256, ref.Size, ""
	err = exec(ctx, tx, "writing a sealed certificate down", `UPDATE issuing_entry SET state = 'valid', sealed_at = @now, seal = @seal, sha256 = @sha256,
		size = @size, failure = '' WHERE id = @id`, args{"id": id, "now": now, "seal": e.Seal, "sha256": e.SHA256, "size": e.Size})
	if err != nil {
		return err
	}
	if err := s.reach("written"); err != nil {
		return err
	}
	if s.onIssued != nil {
		if err := s.onIssued(ctx, tx, e); err != nil {
			return err
		}
	}
	if err := s.record(ctx, tx, audit.System, e.ID, "seal", map[string]any{"number": e.Number, "version": e.Version, "sha256": e.SHA256}, ""); err != nil {
		return err
	}
	return s.reach("told")
}

// workExtract makes an extract.
func (s *Service) workExtract(ctx context.Context, id uuid.UUID) error {
	list, err := extracts(ctx, s.o.Pool, `WHERE x.id = @id AND x.sealed_at IS NULL`, args{"id": id})
	if err != nil || len(list) == 0 {
		return err
	}
	x := list[0]
	ref, err := s.make(ctx, func() ([]byte, error) { return s.drawExtract(ctx, x) })
	if err != nil {
		return s.failed(ctx, "issuing_extract", x.ID, err)
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error { return s.extracted(ctx, tx, x.ID, ref) })
}

// extracted writes a sealed extract down and tells the desk.
func (s *Service) extracted(ctx context.Context, tx pgx.Tx, id uuid.UUID, ref blob.Ref) error {
	list, err := extracts(ctx, tx, `WHERE x.id = @id AND x.sealed_at IS NULL FOR UPDATE`, args{"id": id})
	if err != nil || len(list) == 0 {
		return err
	}
	x, now := list[0], s.o.Clock.Now()
	x.SealedAt, x.Seal, x.SHA256, x.Size, x.Failure = &now, s.o.Seal.Certificate.Serial, ref.SHA256, ref.Size, ""
	err = exec(ctx, tx, "writing a sealed extract down", `UPDATE issuing_extract SET sealed_at = @now, seal = @seal, sha256 = @sha256, size = @size,
		failure = '' WHERE id = @id`, args{"id": id, "now": now, "seal": x.Seal, "sha256": x.SHA256, "size": x.Size})
	if err != nil {
		return err
	}
	if err := s.reach("written"); err != nil {
		return err
	}
	if s.onExtracted != nil {
		if err := s.onExtracted(ctx, tx, x); err != nil {
			return err
		}
	}
	if err := s.record(ctx, tx, audit.System, x.EntryID, "extract_sealed", map[string]any{"extract": x.Name(), "sha256": x.SHA256}, ""); err != nil {
		return err
	}
	return s.reach("told")
}

// checkAge is how old a paper must be before somebody looks after it whose job was lost.
const checkAge = time.Minute

// Sweep makes the papers whose jobs were lost, wherever they stand. It may be called as often as one likes, by
// several processes.
func (s *Service) Sweep(ctx context.Context) error {
	if s.Ready() != nil {
		return nil // doctor and the desk's pages say so
	}
	rows, err := s.o.Pool.Query(ctx, `SELECT id FROM issuing_entry WHERE state = 'pending' AND prepared_at < @before
		UNION ALL SELECT id FROM issuing_extract WHERE sealed_at IS NULL AND prepared_at < @before LIMIT 100`, args{"before": s.o.Clock.Now().Add(-checkAge)})
	if err != nil {
		return fmt.Errorf("looking for papers that are not sealed: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("looking for papers that are not sealed: %w", err)
	}
	var errs []error
	for _, id := range ids {
		errs = append(errs, s.Work(ctx, jobs.Job[SealArgs]{Args: SealArgs{ID: id}}))
	}
	return errors.Join(errs...)
}
