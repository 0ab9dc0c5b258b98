package app

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/chase"
)

// buildChase makes what asks for certificates that have not come. Letters, staff and the addresses for
// certificates must be there.
func (a *App) buildChase() {
	a.Chase = chase.New(chase.Options{Pool: a.Pool, Clock: a.Clock, Zone: a.Config.Zone(), Log: a.Log, Workdays: a.Workdays, Letters: a.Notify, Staff: a.Staff,
		Address: a.certificatesAddressOf, After: a.Config.ChaseAfterDays, Every: a.Config.ChaseEveryDays, Times: a.Config.ChaseTimes,
		Mute: func() bool { return !a.Notify.Configured() }, Lang: a.Lang, PublicURL: a.Config.PublicURL, Support: support(a.Config)})
}

// certificatesAddressOf is where a person sends certificates: with a tag of their own where we know who it is.
func (a *App) certificatesAddressOf(ctx context.Context, tx pgx.Tx, staff uuid.UUID, iinHash []byte) (string, error) {
	if staff != uuid.Nil {
		return a.Forward.AddressOfStaff(ctx, tx, staff)
	}
	return a.Forward.Address(ctx, tx, iinHash)
}

// ChaseNow writes the day's letters about missing certificates, whatever the hour; dry only tells what would go.
func (a *App) ChaseNow(ctx context.Context, dry bool) (chase.Round, error) {
	return a.Chase.Round(ctx, audit.CLI, dry)
}
