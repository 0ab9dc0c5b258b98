package app

import (
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/config"
	"kualik/internal/i18n"
	"kualik/internal/pki/issue"
)

func TestDoctorLooksAtTheSeal(t *testing.T) {
	now := time.Now()
	ca, err := issue.NewAuthority(rand.Reader, issue.RSA, "КО TEST", now.AddDate(0, -6, 0))
	require.NoError(t, err)
	key, err := issue.NewKey(rand.Reader, issue.RSA, 2048)
	require.NoError(t, err)
	dir := t.TempDir()
	seal := func(name string, from, until time.Time) string {
		id, err := ca.IssueWith(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: "Қаратал университеті", BIN: "990240000016"}, issue.Sign,
			from, until, issue.Profile{Key: key})
		require.NoError(t, err)
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, id.Marshal(), 0o600))
		return path
	}
	good := seal("good.pem", now.Add(-time.Hour), now.AddDate(1, 0, 0))
	junk := filepath.Join(dir, "junk.p12")
	require.NoError(t, os.WriteFile(junk, []byte("junk"), 0o600))
	for name, c := range map[string]struct {
		mode, desk, file string
		want             State
		says             string
	}{
		"nobody issues here":    {config.Demo, config.Recording, "", Unknown, "не задана"},
		"missing":               {config.Demo, config.Registering, "", Bad, "не выдать"},
		"good":                  {config.Demo, config.Registering, good, Good, "Қаратал университеті"},
		"a test's, in earnest":  {config.Production, config.Registering, good, Bad, "тестового"},
		"no such file":          {config.Demo, config.Recording, "/nowhere/seal.p12", Bad, "не читается"},
		"not a seal":            {config.Demo, config.Recording, junk, Bad, "не годится"},
		"ended":                 {config.Demo, config.Registering, seal("ended.pem", now.AddDate(0, -2, 0), now.AddDate(0, -1, 0)), Bad, "не действует"},
		"not yet":               {config.Demo, config.Registering, seal("early.pem", now.AddDate(0, 1, 0), now.AddDate(1, 0, 0)), Bad, "не действует"},
		"ends within the month": {config.Demo, config.Registering, seal("ending.pem", now.AddDate(0, -2, 0), now.AddDate(0, 0, 9)), Doubt, "скоро"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config.Defaults()
			cfg.Mode, cfg.DeskMode, cfg.Seal = c.mode, c.desk, c.file
			d := &doctor{cfg: cfg, lang: i18n.RU, log: slog.New(slog.DiscardHandler)}
			d.seal()
			require.Equal(t, c.want, d.list[0].State, "%+v", d.list)
			require.Contains(t, d.list[0].Fact, c.says)
			if c.want == Bad || c.want == Doubt {
				require.NotEmpty(t, d.list[0].Mend)
			}
		})
	}
}
