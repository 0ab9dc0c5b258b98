package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/config"
	"kualik/internal/i18n"
	"kualik/internal/sim"
)

func TestDoctorLooksAtTheOutsideOfFiling(t *testing.T) {
	s, err := sim.Start(t.Context(), sim.Options{Dir: t.TempDir(), NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0"})
	require.NoError(t, err)
	defer s.Close()
	page := httptest.NewServer(http.NotFoundHandler())
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	defer page.Close()
	for name, c := range map[string]struct {
		mode, trust, bank string
		want              [2]State
	}{
		"nothing is set":                    {config.Production, "", "", [2]State{Unknown, Unknown}},
		"stand-ins where they may be":       {config.Demo, s.TrustDir(), page.URL, [2]State{Good, Good}},
		"stand-ins in production":           {config.Production, s.TrustDir(), "", [2]State{Bad, Unknown}},
		"an empty folder, a bank that left": {config.Demo, t.TempDir(), gone.URL, [2]State{Bad, Bad}},
		"no such folder":                    {config.Demo, "/nowhere/at/all", "", [2]State{Bad, Unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config.Defaults()
			cfg.Mode, cfg.TrustDir, cfg.EpayOAuthURL, cfg.EpayPageURL = c.mode, c.trust, c.bank, c.bank
			d := &doctor{cfg: cfg, lang: i18n.RU, log: slog.New(slog.DiscardHandler)}
			d.trust()
			d.bank(t.Context())
			require.Equal(t, c.want, [2]State{d.list[0].State, d.list[1].State}, "%+v", d.list)
		})
	}
}
