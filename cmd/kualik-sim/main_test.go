package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// output is written by the program while the test reads it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) { o.mu.Lock(); defer o.mu.Unlock(); return o.b.Write(p) }
func (o *output) String() string              { o.mu.Lock(); defer o.mu.Unlock(); return o.b.String() }

func try(ctx context.Context, env map[string]string, args ...string) (int, string, string) {
	var out, errs output
	code := run(ctx, args, &out, &errs, func(name string) string { return env[name] })
	return code, out.String(), errs.String()
}

func TestSettingsAreReadyForTheEnvironment(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	people := filepath.Join(t.TempDir(), "people.json")
	require.NoError(t, os.WriteFile(people, []byte(`[{"iin":"850101399015","surname":"СЕРІКОВ","given_name":"АЗАМАТ"}]`), 0o600))
	var out, errs output
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--dir", t.TempDir(), "--ncalayer-addr", "127.0.0.1:0", "--web-addr", "127.0.0.1:0", "--bank-addr", "127.0.0.1:0", "--people", people, "--registry-key", "k"},
			&out, &errs, func(string) string { return "" })
	}()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "KUALIK_EPAY_TERMINAL=") }, 30*time.Second, 10*time.Millisecond, errs.String())
	setting := func(name string) string {
		m := regexp.MustCompile(`(?m)^KUALIK_` + name + `=(.+)$`).FindStringSubmatch(out.String())
		require.NotNil(t, m, "%s in\n%s", name, out.String())
		return m[1]
	}
	require.Equal(t, "demo", setting("MODE"))
	require.Regexp(t, `^ws://127\.0\.0\.1:\d+/$`, setting("NCALAYER_URL"))
	trusted, err := os.ReadDir(setting("TRUST_DIR"))
	require.NoError(t, err)
	require.Len(t, trusted, 4)
	request, err := http.NewRequest(http.MethodGet, setting("PERSON_REGISTRY_URL")+"/persons/850101399015", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+setting("PERSON_REGISTRY_KEY"))
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "АЗАМАТ")
	answer, err = http.Get(setting("EPAY_PAGE_URL") + "payment-api.js")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)

	stop()
	require.Equal(t, 0, <-ended, errs.String())
	require.Empty(t, errs.String())
}

func TestHelpAndWrongUse(t *testing.T) {
	ctx := context.Background()
	code, out, _ := try(ctx, nil, "--help")
	require.Equal(t, 0, code)
	require.Contains(t, out, "chooser")
	for _, args := range [][]string{{"fly"}, {"--fly"}, {"--people", "/nowhere"}} {
		code, _, errs := try(ctx, nil, args...)
		require.Equal(t, 2, code, args)
		require.NotEmpty(t, errs)
	}
	code, _, errs := try(ctx, map[string]string{"KUALIK_MODE": "production"}, "--dir", t.TempDir())
	require.Equal(t, 2, code)
	require.Contains(t, errs, "production")
	bad := filepath.Join(t.TempDir(), "people.json")
	require.NoError(t, os.WriteFile(bad, []byte(`[{"iin":"1"}]`), 0o600))
	code, _, errs = try(ctx, nil, "--dir", t.TempDir(), "--people", bad, "--ncalayer-addr", "127.0.0.1:0", "--web-addr", "127.0.0.1:0", "--bank-addr", "127.0.0.1:0")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "IIN")
}
