package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func env(m map[string]string) func(string) string {
	return func(k string) string { return m[k] }
}

func TestEnvironmentWinsOverFileOverDefault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kualik.yaml")
	require.NoError(t, os.WriteFile(path, []byte("lang: kk\nlisten: 127.0.0.1:9000\nworkers: 2\n"), 0o600))
	c, err := Load(env(map[string]string{"KUALIK_CONFIG": path, "KUALIK_LISTEN": "127.0.0.1:9001"}))
	require.NoError(t, err)
	require.Equal(t, "kk", c.Lang)
	require.Equal(t, "127.0.0.1:9001", c.Listen)
	require.Equal(t, 2, c.Workers)
	require.Equal(t, "Asia/Almaty", c.Zone().String())
}

func TestSettingFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(path, []byte("imaps://a:b@mail.example/INBOX\n"), 0o600))
	c, err := Load(env(map[string]string{"KUALIK_MAILBOX_URL_FILE": path}))
	require.NoError(t, err)
	require.Equal(t, "imaps://a:b@mail.example/INBOX", string(c.MailboxURL))
	require.Equal(t, "***", c.MailboxURL.String())
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kualik.yaml")
	require.NoError(t, os.WriteFile(path, []byte("lagn: kk\n"), 0o600))
	_, err := Load(env(map[string]string{"KUALIK_CONFIG": path, "KUALIK_MODE": "test", "KUALIK_TIME_ZONE": "Asia/Nowhere", "KUALIK_SECRET_KEY": "short"}))
	text := strings.Join(Problems(err), "\n")
	for _, want := range []string{"lagn", "KUALIK_MODE", "KUALIK_TIME_ZONE", "KUALIK_SECRET_KEY"} {
		require.Contains(t, text, want)
	}
}

func TestExampleFileEqualsTheDefaults(t *testing.T) {
	data, err := os.ReadFile("kualik.example.yaml")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "kualik.yaml")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	c, err := Load(env(map[string]string{"KUALIK_CONFIG": path}))
	require.NoError(t, err)
	c.zone = nil
	require.Equal(t, Defaults(), c)
	for name := range names() {
		require.Contains(t, string(data), name+":")
	}
}

func TestOfficesOwnDays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "days.csv")
	require.NoError(t, os.WriteFile(path, []byte("day,what,why\n2027-05-17,off,order of 2027\n"), 0o600))
	c, err := Load(env(map[string]string{"KUALIK_WORKDAYS": path}))
	require.NoError(t, err)
	days, err := c.ExtraDays()
	require.NoError(t, err)
	require.Equal(t, "order of 2027", days[0].Why)
	require.NoError(t, os.WriteFile(path, []byte("day,what,why\n2027-05-17,free,\n"), 0o600))
	for _, bad := range []string{path, path + ".none"} {
		_, err = Load(env(map[string]string{"KUALIK_WORKDAYS": bad}))
		require.ErrorContains(t, err, "KUALIK_WORKDAYS")
	}
}
