package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	styled  = regexp.MustCompile(`\.([A-Za-z][\w-]*)`)
	classes = []*regexp.Regexp{regexp.MustCompile(`class="([^"]*)"`), regexp.MustCompile(`Class:\s*"([^"]*)"`), regexp.MustCompile(`templ\.KV\("([^"]*)"`)}
)

// TestEveryClassHasAStyle: a class that no rule knows is a page that was never looked at.
func TestEveryClassHasAStyle(t *testing.T) {
	known := map[string]bool{}
	sheets, _ := filepath.Glob("static/*.css")
	for _, f := range sheets {
		for _, m := range styled.FindAllStringSubmatch(readText(t, f), -1) {
			known[m[1]] = true
		}
	}
	templates, _ := filepath.Glob("*.templ")
	parts, _ := filepath.Glob("part/*.templ")
	if len(sheets) == 0 || len(templates) == 0 || len(parts) == 0 {
		t.Fatal("no sheets or no templates")
	}
	for _, f := range append(templates, parts...) {
		for _, pattern := range classes {
			for _, m := range pattern.FindAllStringSubmatch(readText(t, f), -1) {
				for class := range strings.FieldsSeq(m[1]) {
					if !known[class] {
						t.Errorf("%s: no rule for the class %q", f, class)
					}
				}
			}
		}
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
