package chase

import (
	"context"

	"kualik/internal/audit"
)

// Deliver is deliver, as a round does it.
func (s *Service) Deliver(ctx context.Context, who audit.Actor, d Draft) (bool, error) {
	return s.deliver(ctx, who, d, false)
}
