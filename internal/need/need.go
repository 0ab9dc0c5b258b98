// Package need finds the programs that a test works with: the real Dovecot, Tesseract, Chromium, PostgreSQL.
//
// It is for tests only and knows nothing of what they test. A program that is missing makes a test skip,
// loudly, on somebody's own machine, and fail where CI=true: there a skip would look like a success.
package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outside are folders in which Debian keeps programs that are not in everybody's PATH.
var outside = []string{"/usr/sbin", "/sbin", "/usr/lib/dovecot", "/usr/lib/postgresql/*/bin"}

// Program gives the path of the first of the names that is installed. Without any of them the test is
// skipped, or fails where the environment says CI=true.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path := find(name); path != "" {
			return path
		}
	}
	const advice = "NOT TESTED: %s is not installed (.ci/packages installs all that the tests need)"
	if os.Getenv("CI") == "true" {
		t.Fatalf(advice, strings.Join(names, " or "))
	}
	t.Skipf(advice, strings.Join(names, " or "))
	return ""
}

func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, folder := range outside {
		found, _ := filepath.Glob(filepath.Join(folder, name))
		for i := len(found) - 1; i >= 0; i-- { // the highest version comes last
			if path, err := exec.LookPath(found[i]); err == nil {
				return path
			}
		}
	}
	return ""
}
