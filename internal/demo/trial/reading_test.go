package trial_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/trial"
	"kualik/internal/doctext"
)

// Certificates in the register's words and in words far from them are read as well as they were: of a hundred, as
// many fields as least says are right, and nothing that is sure is wrong. The figures of docs/reading.md are measured
// with more cases.
func TestDigitalCertificatesAreRead(t *testing.T) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	r, err := doctext.NewReader(doctext.Options{CacheDir: filepath.Join(dir, "kualik")})
	require.NoError(t, err)
	defer r.Close()
	const cases = 60
	for name, set := range map[string]struct {
		words paper.Vocabulary
		least int
	}{"known": {paper.Known, 99}, "rare": {paper.Rare, 95}} {
		t.Run(name, func(t *testing.T) {
			m, right, verdicts := trial.NewMaker(61, set.words), map[certificate.Field]int{}, 0
			for n := range cases {
				c, err := m.Case(trial.Digital, n)
				require.NoError(t, err)
				text, err := r.Read(context.Background(), c.Name, c.Data, doctext.ReadOptions{})
				require.NoError(t, err)
				j := c.Judge(certificate.Read(text))
				if j.Verdict {
					verdicts++
				}
				require.False(t, j.Sure && !j.AllRight(), "sure and wrong: %s %v", c.Name, c.Tags)
				for f, ok := range j.Right {
					if ok {
						right[f]++
					}
				}
			}
			require.GreaterOrEqual(t, 100*verdicts, set.least*cases)
			for _, f := range trial.Fields {
				least := set.least
				if f == certificate.Title || f == certificate.Authors {
					least -= 5
				}
				require.GreaterOrEqual(t, 100*right[f], least*cases, f)
			}
		})
	}
}
