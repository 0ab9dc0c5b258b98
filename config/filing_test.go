package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func bank(base string) map[string]string {
	return map[string]string{"KUALIK_EPAY_OAUTH_URL": base + "/oauth2/token", "KUALIK_EPAY_API_URL": base + "/api", "KUALIK_EPAY_PAGE_URL": base + "/page",
		"KUALIK_EPAY_CLIENT_ID": "kualik", "KUALIK_EPAY_CLIENT_SECRET": "s", "KUALIK_EPAY_TERMINAL": "t"}
}

func TestProductionRefusesStandIns(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8090", "https://127.0.0.1:8090", "https://localhost", "http://bank.example"} {
		_, err := Load(env(bank(base)))
		require.Len(t, Problems(err), 3, base)
	}
	_, err := Load(env(bank("https://bank.example")))
	require.NoError(t, err)
	m := bank("http://127.0.0.1:8090")
	m["KUALIK_MODE"] = Demo
	_, err = Load(env(m))
	require.NoError(t, err)
}

func TestHalfABankIsNoBank(t *testing.T) {
	m := bank("https://bank.example")
	delete(m, "KUALIK_EPAY_TERMINAL")
	_, err := Load(env(m))
	require.Equal(t, []string{"KUALIK_EPAY_TERMINAL: is needed when another setting of the bank is set"}, Problems(err))
}

func TestFilingSettings(t *testing.T) {
	c, err := Load(env(map[string]string{"KUALIK_LOGIN_WITH_SIGN_KEY": "false", "KUALIK_SIGN_DAYS": "5", "KUALIK_SIGN_ORDER": "all_first"}))
	require.NoError(t, err)
	require.False(t, c.LoginWithSignKey)
	require.Equal(t, 5, c.SignDays)
	require.Equal(t, AllFirst, c.SignOrder)
	_, err = Load(env(map[string]string{"KUALIK_SIGN_DAYS": "0", "KUALIK_SIGN_ORDER": "x", "KUALIK_SIGN_EXPIRY": "x", "KUALIK_REVOCATION": "x", "KUALIK_NCALAYER_URL": "https://a"}))
	require.Len(t, Problems(err), 5, strings.Join(Problems(err), "\n"))
}
