package i18n

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// Every area has every key in every language.
func TestLanguagesHaveTheSameKeys(t *testing.T) {
	names, _ := fs.Glob(files, "locales/*.json")
	keys := map[string]map[Lang]map[string]bool{}
	for _, n := range names {
		parts := strings.Split(path.Base(n), ".")
		data, _ := files.ReadFile(n)
		var m map[string]any
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		if keys[parts[0]] == nil {
			keys[parts[0]] = map[Lang]map[string]bool{}
		}
		set := map[string]bool{}
		for k := range m {
			set[k] = true
		}
		keys[parts[0]][Lang(parts[1])] = set
	}
	for area, byLang := range keys {
		all := map[string]bool{}
		for _, set := range byLang {
			for k := range set {
				all[k] = true
			}
		}
		for _, l := range All {
			for k := range all {
				if !byLang[l][k] {
					t.Errorf("%s: %s has no %q", area, l, k)
				}
			}
		}
	}
}
