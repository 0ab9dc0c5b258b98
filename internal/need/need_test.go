package need

import (
	"runtime"
	"strings"
	"testing"
)

// witness stands in for a test and remembers how it ended.
type witness struct {
	testing.TB
	skipped, failed bool
}

func (w *witness) Helper()               {}
func (w *witness) Skipf(string, ...any)  { w.skipped = true; runtime.Goexit() }
func (w *witness) Fatalf(string, ...any) { w.failed = true; runtime.Goexit() }

func ask(t *testing.T, names ...string) (path string, w *witness) {
	w = &witness{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		path = Program(w, names...)
	}()
	<-done
	return path, w
}

func TestProgram(t *testing.T) {
	t.Setenv("CI", "")
	if path, _ := ask(t, "no-such-program", "sh"); !strings.HasSuffix(path, "/sh") {
		t.Errorf("the second name was not tried: %q", path)
	}
	if _, w := ask(t, "no-such-program"); !w.skipped || w.failed {
		t.Errorf("missing on one's own machine: %+v, want a skip", w)
	}
	t.Setenv("CI", "true")
	if _, w := ask(t, "no-such-program"); w.skipped || !w.failed {
		t.Errorf("missing in CI: %+v, want a failure", w)
	}
}
