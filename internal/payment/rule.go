package payment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/postgres"
)

// RuleKind is the sort of a row of the fee table.
type RuleKind string

// The kinds. The base is of one service, a reduction of one ground; VAT and commission hold for all.
const (
	BaseRule       RuleKind = "base"       // tiyn, without VAT
	VATRule        RuleKind = "vat"        // hundredths of a percent
	CommissionRule RuleKind = "commission" // tiyn
	ReductionRule  RuleKind = "reduction"  // share of the base that is to be paid, hundredths of a percent
)

// RuleKinds in the order in which they are shown.
var RuleKinds = []RuleKind{BaseRule, VATRule, CommissionRule, ReductionRule}

// Rule is a row of the fee table. It holds from its day until the next row of the same kind, service and
// ground.
type Rule struct {
	ID        uuid.UUID
	Kind      RuleKind
	Service   string
	Ground    string
	ValidFrom clock.Day
	Amount    int64 // Tiyn or Percent, by Kind
	ToCheck   bool
	Note      string
	CreatedAt time.Time
	CreatedBy string
}

const ruleColumns = `id, kind, service, ground, valid_from, amount, to_check, note, created_at, created_by`

// Rules are all rows of the fee table, each series from the newest to the oldest.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+ruleColumns+` FROM fee_rule WHERE withdrawn_at IS NULL
		ORDER BY array_position(ARRAY['base', 'vat', 'commission', 'reduction'], kind), service, ground, valid_from DESC`)
	if err != nil {
		return nil, fmt.Errorf("listing fees: %w", err)
	}
	rules, err := pgx.CollectRows(rows, pgx.RowToStructByName[Rule])
	if err != nil {
		return nil, fmt.Errorf("listing fees: %w", err)
	}
	return rules, nil
}

// AddFee adds a row to the fee table: Kind, Service or Ground, ValidFrom, Amount and Note of r. It holds
// from tomorrow at the earliest, so that no price that somebody has seen changes; a row of that day
// that is there already is fault.Conflict.
func (s *Service) AddFee(ctx context.Context, who audit.Actor, r Rule) (Rule, error) {
	if err := s.checkRule(r); err != nil {
		return Rule{}, err
	}
	r.ID, r.ToCheck, r.CreatedAt, r.CreatedBy = clock.NewID(), false, s.clock.Now(), who.ID
	r.Note = strings.TrimSpace(r.Note)
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := insertRule(ctx, tx, r); err != nil {
			return err
		}
		return s.record(ctx, tx, who, "payment.fee", "fee", r.ID, nil, r, r.Note)
	})
	if err != nil {
		return Rule{}, err
	}
	return r, nil
}

func (s *Service) checkRule(r Rule) error {
	if !slices.Contains(RuleKinds, r.Kind) {
		return fault.New(fault.Invalid, "payment.fee_kind")
	}
	if (r.Kind == BaseRule) != slices.Contains(Services, r.Service) || r.Kind != BaseRule && r.Service != "" {
		return fault.New(fault.Invalid, "payment.fee_service")
	}
	if (r.Kind == ReductionRule) != slices.Contains(Grounds, r.Ground) || r.Kind != ReductionRule && r.Ground != "" {
		return fault.New(fault.Invalid, "payment.fee_ground")
	}
	percent := r.Kind == VATRule || r.Kind == ReductionRule
	if r.Amount < 0 || percent && r.Amount > int64(Whole) || r.Kind == BaseRule && r.Amount == 0 || r.Amount > 100_000_000_00 {
		return fault.New(fault.Invalid, "payment.fee_amount")
	}
	if r.ValidFrom <= s.Today() {
		return fault.New(fault.Invalid, "payment.fee_past")
	}
	if strings.TrimSpace(r.Note) == "" {
		return fault.New(fault.Invalid, "payment.fee_note")
	}
	return nil
}

func insertRule(ctx context.Context, db postgres.DB, r Rule) error {
	tag, err := db.Exec(ctx, `
		INSERT INTO fee_rule (id, kind, service, ground, valid_from, amount, to_check, note, created_at, created_by)
		VALUES (@id, @kind, @service, @ground, @valid_from, @amount, @to_check, @note, @created_at, @created_by)
		ON CONFLICT (kind, service, ground, valid_from) WHERE withdrawn_at IS NULL DO NOTHING`,
		pgx.StrictNamedArgs{"id": r.ID, "kind": string(r.Kind), "service": r.Service, "ground": r.Ground, "valid_from": r.ValidFrom,
			"amount": r.Amount, "to_check": r.ToCheck, "note": r.Note, "created_at": r.CreatedAt, "created_by": r.CreatedBy})
	if err != nil {
		return fmt.Errorf("adding a fee: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "payment.fee_there")
	}
	return nil
}

// WithdrawFee takes a row back before its day has come.
func (s *Service) WithdrawFee(ctx context.Context, who audit.Actor, id uuid.UUID) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE fee_rule SET withdrawn_at = @now WHERE id = @id AND withdrawn_at IS NULL AND valid_from > @today`,
			pgx.StrictNamedArgs{"now": s.clock.Now(), "id": id, "today": s.Today()})
		if err != nil {
			return fmt.Errorf("taking a fee back: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "payment.fee_in_force")
		}
		return s.record(ctx, tx, who, "payment.fee_withdrawn", "fee", id, nil, nil, "")
	})
}
