package e2e

import (
	"bytes"
	"sync"
)

// transcript is what an installation logged, for a test that fails.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *transcript) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.buf.Bytes()
	return string(all[max(0, len(all)-6000):])
}
