package signing

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kualik/internal/person"
)

// EvidenceBy lists the signatures of a person, by personal number, in the order in which they were kept.
func (s *Service) EvidenceBy(ctx context.Context, iin string) ([]Evidence, error) {
	if iin == "" {
		return nil, nil
	}
	return evidence(ctx, s.pool, `iin_hash = @hash`, pgx.StrictNamedArgs{"hash": s.o.Keeper.Hash(person.HashLabel, iin)})
}
