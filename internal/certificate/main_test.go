package certificate_test

import (
	"os"
	"path/filepath"
)

// cacheDir keeps the compiled PDF engine between runs of the tests: compiling takes seconds.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "kualik")
}
