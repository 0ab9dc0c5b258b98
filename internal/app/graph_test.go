package app

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// order is the picture of docs/architecture.md: a package imports only packages that stand before it. A
// folder below one of them (postgres/embedded, web/part) stands where its parent does.
var order = []string{
	"migrations", "internal/need", "internal/fault", "internal/clock", "internal/i18n",
	"internal/person", "internal/kind", "internal/sheet", "internal/workday",
	"internal/secret", "internal/postgres", "internal/blob", "internal/audit", "internal/jobs", "internal/backup",
	"internal/notify",
	"internal/directory", "internal/application", "internal/forward",
	"internal/pki", "internal/signing", "internal/account", "internal/payment", "internal/document",
	"internal/message", "internal/mailbox", "internal/unpack", "internal/doctext", "internal/authenticity", "internal/certificate",
	"internal/matching", "internal/registry",
	"internal/filing", "internal/issuing", "internal/desk",
	"internal/review", "internal/rating", "internal/intake", "internal/reply", "internal/chase",
	"reports", "config", "internal/web", "internal/sim", "internal/demo", "internal/app", "internal/bench",
	"internal/e2e", "cmd/kualik", "cmd/kualik-sim",
}

// rooms are what only some packages may touch: libraries, and the curves and hashes of GOST.
var rooms = map[string][]string{
	"github.com/emersion/go-imap": {"internal/mailbox", "internal/demo"},
	"github.com/xuri/excelize":    {"internal/sheet", "reports"},
	"github.com/gofiber/fiber":    {"internal/web"},
	"github.com/riverqueue/river": {"internal/jobs", "internal/postgres"},
	"github.com/robfig/cron":      {"internal/jobs", "config"},
	"github.com/klippa-app":       {"internal/doctext"},
	"github.com/wneessen/go-mail": {"internal/notify"},
	"gocloud.dev":                 {"internal/blob"},
	"github.com/pressly/goose":    {"internal/postgres"},
	"kualik/internal/pki/gost":    {"internal/pki"},
}

func place(pkg string) int {
	best, length := -1, 0
	for i, p := range order {
		if (pkg == p || strings.HasPrefix(pkg, p+"/")) && len(p) > length {
			best, length = i, len(p)
		}
	}
	return best
}

func TestPackagesImportOnlyWhatStandsAboveThem(t *testing.T) {
	root := filepath.Join("..", "..")
	checked := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "data") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") {
			return nil
		}
		rel, _ := filepath.Rel(root, file)
		pkg := filepath.ToSlash(path.Dir(filepath.ToSlash(rel)))
		test := strings.HasSuffix(file, "_test.go") || strings.HasSuffix(pkg, "test")
		at := place(pkg)
		if at < 0 {
			t.Errorf("%s: the package has no place in the picture", rel)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		checked++
		for _, spec := range f.Imports {
			check(t, rel, order[at], at, strings.Trim(spec.Path.Value, `"`), test)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, checked, 50)
}

func check(t *testing.T, file, pkg string, at int, imported string, test bool) {
	if own, ok := strings.CutPrefix(imported, "kualik/"); ok {
		if to := place(own); to > at && !test {
			t.Errorf("%s imports %s, which stands below it", file, own)
		}
	}
	for lib, allowed := range rooms {
		if strings.HasPrefix(imported, lib) && !slices.Contains(allowed, pkg) && !test {
			t.Errorf("%s imports %s, whose room is %v", file, imported, allowed)
		}
	}
}
