package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"kualik/internal/blob"
	"kualik/internal/fault"
)

// memory is a Sink and a blob store that forget everything at the end of the test.
type memory struct {
	mu     sync.Mutex
	rows   map[uint32]Fetched
	cursor Cursor
	blobs  map[string][]byte
	stores int
	put    error // what the store fails with
}

func newMemory() *memory { return &memory{rows: map[uint32]Fetched{}, blobs: map[string][]byte{}} }

func (m *memory) Known(_ context.Context, _ uint32, uids []uint32) (map[uint32]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := map[uint32]bool{}
	for _, u := range uids {
		known[u] = m.rows[u].SHA256 != ""
	}
	return known, nil
}

func (m *memory) Store(_ context.Context, batch []Fetched, c Cursor) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.UIDValidity != m.cursor.UIDValidity {
		m.rows = map[uint32]Fetched{}
	}
	for _, f := range batch {
		if f.Why == "" && m.blobs[f.SHA256] == nil {
			return fmt.Errorf("UID %d was stored before its bytes", f.UID)
		}
		if m.rows[f.UID].SHA256 != "" {
			return fmt.Errorf("UID %d twice", f.UID)
		}
		m.rows[f.UID] = f
	}
	m.cursor, m.stores = c, m.stores+1
	return nil
}

func (m *memory) Put(_ context.Context, r io.Reader) (blob.Ref, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return blob.Ref{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.put != nil {
		return blob.Ref{}, m.put
	}
	sha := blob.Sum(data)
	m.blobs[sha] = append([]byte{}, data...)
	return blob.Ref{SHA256: sha, Size: int64(len(data))}, nil
}

func (m *memory) PutAll(ctx context.Context, contents [][]byte) ([]blob.Ref, error) {
	var refs []blob.Ref
	for _, c := range contents {
		r, err := m.Put(ctx, bytes.NewReader(c))
		if err != nil {
			return nil, err
		}
		refs = append(refs, r)
	}
	return refs, nil
}

// text is the bytes of a UID, or the reason in brackets.
func (m *memory) text(uid uint32) string {
	f, ok := m.rows[uid]
	switch {
	case !ok:
		return "(no row)"
	case f.Why != "":
		return "(" + string(f.Why) + ")"
	}
	return string(m.blobs[f.SHA256])
}

// quick are limits for tests, the real ones divided by about seventeen, and longest is how long a poll under
// them may take. The long version of the tests has the real ones and their 30 seconds.
var quick, longest = testLimits()

func testLimits() (Limits, time.Duration) {
	if os.Getenv("KUALIK_TORTURE") != "" {
		return DefaultLimits, 30 * time.Second
	}
	return Limits{
		Connect: 2 * time.Second, Command: 1200 * time.Millisecond, Stall: 480 * time.Millisecond, Fetch: 720 * time.Millisecond, Rate: 1 << 20,
		Patience: 1200 * time.Millisecond, MaxMessage: 8 << 20, Batch: 100, BatchBytes: 4 << 20,
	}, 30 * time.Second / 16
}

func config(t testing.TB, url string) Config {
	t.Helper()
	c, err := ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func key(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Key
	}
	return fmt.Sprint(err)
}

func mail(n int) []byte {
	return fmt.Appendf(nil, "From: a@univer.example\r\nSubject: number %d\r\n\r\nbody %d\r\n", n, n)
}
