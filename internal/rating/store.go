package rating

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Service keeps rules and snapshots. Zone is the one in which days of receipt are meant.
type Service struct {
	pool  *pgxpool.Pool
	clock clock.Clock
	zone  *time.Location
}

// New makes a Service.
func New(pool *pgxpool.Pool, c clock.Clock, zone *time.Location) *Service {
	return &Service{pool: pool, clock: c, zone: zone}
}

// Zone is the zone in which borders of periods are meant.
func (s *Service) Zone() *time.Location { return s.zone }

// Period reads a period or a relative expression as seen now.
func (s *Service) Period(expression string) (Period, error) {
	return ParseExpression(expression, s.clock.Now(), s.zone)
}

const ruleColumns = `version, rules, note, author, created_at`

// Rules are the rules in force; version 1, the defaults, is made when there are none.
func (s *Service) Rules(ctx context.Context) (RuleSet, error) {
	set, err := s.ruleSet(ctx, `SELECT `+ruleColumns+` FROM rule_set ORDER BY version DESC LIMIT 1`, pgx.StrictNamedArgs{})
	if !errors.Is(err, pgx.ErrNoRows) {
		return set, err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO rule_set (version, rules, created_at) VALUES (1, @rules, @now)
		ON CONFLICT (version) DO NOTHING`,
		pgx.StrictNamedArgs{"rules": Defaults(), "now": s.clock.Now()})
	if err != nil {
		return RuleSet{}, fmt.Errorf("make the first rules: %w", err)
	}
	return s.RuleSet(ctx, 1)
}

// RuleSet is one version of the rules.
func (s *Service) RuleSet(ctx context.Context, version int) (RuleSet, error) {
	set, err := s.ruleSet(ctx, `SELECT `+ruleColumns+` FROM rule_set WHERE version = @version`,
		pgx.StrictNamedArgs{"version": version})
	if errors.Is(err, pgx.ErrNoRows) {
		return RuleSet{}, fault.Wrap(err, fault.NotFound, "rating.error.no_rules", "Version", version)
	}
	return set, err
}

func (s *Service) ruleSet(ctx context.Context, sql string, args pgx.StrictNamedArgs) (RuleSet, error) {
	rows, err := s.pool.Query(ctx, sql, args)
	if err != nil {
		return RuleSet{}, fmt.Errorf("read rules: %w", err)
	}
	set, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[RuleSet])
	if err != nil {
		return RuleSet{}, fmt.Errorf("read rules: %w", err)
	}
	return set, nil
}

// RuleSets are all versions, the newest first.
func (s *Service) RuleSets(ctx context.Context) ([]RuleSet, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+ruleColumns+` FROM rule_set ORDER BY version DESC`)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[RuleSet])
}

// SaveRules makes the next version, with its trace. base is the version that the person was looking at;
// when it is no longer the newest the answer is fault.Conflict. Rules equal to base make no version.
func (s *Service) SaveRules(ctx context.Context, by audit.Actor, rules Rules, note string, base int) (RuleSet, error) {
	rules = rules.Normal()
	if err := rules.Validate(); err != nil {
		return RuleSet{}, err
	}
	newest, err := s.Rules(ctx)
	if err != nil {
		return RuleSet{}, err
	}
	if newest.Version != base {
		return RuleSet{}, fault.New(fault.Conflict, "rating.error.rules_changed", "Version", newest.Version)
	}
	if same(newest.Rules.Normal(), rules) {
		return newest, nil
	}
	set := RuleSet{Version: base + 1, Rules: rules, Note: note, Author: by.Name, CreatedAt: s.clock.Now()}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO rule_set (version, rules, note, author, created_at)
			VALUES (@version, @rules, @note, @author, @now)
			ON CONFLICT (version) DO NOTHING`,
			pgx.StrictNamedArgs{"version": set.Version, "rules": set.Rules, "note": note, "author": by.Name, "now": set.CreatedAt})
		if err != nil {
			return fmt.Errorf("save rules %d: %w", set.Version, err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "rating.error.rules_changed", "Version", set.Version)
		}
		return audit.Record(ctx, tx, audit.Entry{
			At: set.CreatedAt, Actor: by, Action: "rating.rules", SubjectKind: "rule_set",
			SubjectID: fmt.Sprint(set.Version), Before: newest.Rules, After: rules, Note: note,
		})
	})
	if err != nil {
		return RuleSet{}, err
	}
	return set, nil
}

func same(a, b Rules) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// Seal collects what a rating of the period depends on, under the rules in force, and keeps it. When
// nothing has changed since an earlier snapshot, that one is given, with its own instant.
func (s *Service) Seal(ctx context.Context, p Period) (*Snapshot, error) {
	snap, canonical, err := s.collected(ctx, p)
	if err != nil || snap.Sealed() {
		return snap, err
	}
	packed, err := pack(canonical)
	if err != nil {
		return nil, err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO snapshot (id, period_from, period_to, rule_version, sha256, data, sealed_at)
		VALUES (@id, @from, @to, @rules, @sha256, @data, @now)
		ON CONFLICT ON CONSTRAINT snapshot_content_unique DO NOTHING`,
		pgx.StrictNamedArgs{
			"id": clock.NewID(), "from": p.From, "to": p.To, "rules": snap.RuleVersion,
			"sha256": snap.SHA256, "data": packed, "now": s.clock.Now(),
		})
	if err != nil {
		return nil, fmt.Errorf("seal snapshot: %w", err)
	}
	// Another process may have sealed the same bytes first: the stored row is the truth.
	if err := s.stamp(ctx, snap); err != nil {
		return nil, err
	}
	return snap, nil
}

// Current is what Seal would give, without keeping anything: the sealed snapshot if nothing has changed
// since, else one that is not sealed.
func (s *Service) Current(ctx context.Context, p Period) (*Snapshot, error) {
	snap, _, err := s.collected(ctx, p)
	return snap, err
}

// Trial is the period under other rules, never sealed: "what would happen if".
func (s *Service) Trial(ctx context.Context, p Period, rules Rules) (*Snapshot, error) {
	rules = rules.Normal()
	if err := rules.Validate(); err != nil {
		return nil, err
	}
	data, err := s.collect(ctx, p, RuleSet{Rules: rules})
	if err != nil {
		return nil, err
	}
	return &Snapshot{Data: *data}, nil
}

func (s *Service) collected(ctx context.Context, p Period) (*Snapshot, []byte, error) {
	set, err := s.Rules(ctx)
	if err != nil {
		return nil, nil, err
	}
	data, err := s.collect(ctx, p, set)
	if err != nil {
		return nil, nil, err
	}
	canonical, sum, err := encode(data)
	if err != nil {
		return nil, nil, err
	}
	snap := &Snapshot{SHA256: sum, Data: *data}
	if err := s.stamp(ctx, snap); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, err
	}
	return snap, canonical, nil
}

// stamp takes identity and instant from the stored snapshot with the same content.
func (s *Service) stamp(ctx context.Context, snap *Snapshot) error {
	err := s.pool.QueryRow(ctx, `SELECT id, sealed_at FROM snapshot WHERE sha256 = @sha256`,
		pgx.StrictNamedArgs{"sha256": snap.SHA256}).Scan(&snap.ID, &snap.SealedAt)
	if err != nil {
		return fmt.Errorf("find snapshot: %w", err)
	}
	snap.SealedAt = snap.SealedAt.UTC()
	return nil
}

// Snapshot reads a sealed snapshot and checks its seal.
func (s *Service) Snapshot(ctx context.Context, id uuid.UUID) (*Snapshot, error) {
	snap := &Snapshot{ID: id}
	var packed []byte
	err := s.pool.QueryRow(ctx, `SELECT sha256, data, sealed_at FROM snapshot WHERE id = @id`,
		pgx.StrictNamedArgs{"id": id}).Scan(&snap.SHA256, &packed, &snap.SealedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Wrap(err, fault.NotFound, "rating.error.no_snapshot", "ID", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	data, err := unpack(packed, snap.SHA256)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", id, err)
	}
	snap.Data, snap.SealedAt = *data, snap.SealedAt.UTC()
	return snap, nil
}
