package app

import (
	"kualik/config"
	"kualik/internal/web"
)

// webDeps are what the pages get of the installation.
func (a *App) webDeps() web.Deps {
	return web.Deps{
		Log: a.Log, Clock: a.Clock, Zone: a.Config.Zone(), Lang: a.Lang, PublicURL: a.Config.PublicURL,
		Demo: a.Config.Mode == config.Demo, Pool: a.Pool, Accounts: a.Accounts, Staff: a.Staff,
	}
}
