package doctext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// A page of A0 at 100 dpi or a scan of A4 at 600 dpi fits; beyond it the document is Damaged or Limit.
const engineMemoryPages = 512 << 20 / 65536

// engines is the pool of PDF engines of this process: pdfium in WebAssembly, with its own bounded memory and
// without files or network. It is compiled without the checks that would let a document be stopped, which
// make it three times as slow: what takes too long is stopped by killing the process.
type engines struct {
	slots chan *engine
	cache wazero.CompilationCache
	log   *slog.Logger

	// One engine starts at a time: the first compiles pdfium, which takes seconds and half a gigabyte, and
	// the others find it in the cache.
	starting sync.Mutex
}

type engine struct {
	pool pdfium.Pool
	pdf  pdfium.Pdfium
}

func newEngines(cacheDir string, n int, log *slog.Logger) (*engines, error) {
	cache := wazero.NewCompilationCache()
	if cacheDir != "" {
		dir := filepath.Join(cacheDir, "wazero")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("making the cache of the PDF engine: %w", err)
		}
		c, err := wazero.NewCompilationCacheWithDir(dir)
		if err != nil {
			return nil, fmt.Errorf("opening the cache of the PDF engine: %w", err)
		}
		cache = c
	}
	e := &engines{slots: make(chan *engine, n), cache: cache, log: log}
	for range n {
		e.slots <- nil // started when first needed
	}
	return e, nil
}

func (e *engines) close() error {
	for range cap(e.slots) {
		if s := <-e.slots; s != nil {
			s.close()
		}
	}
	return e.cache.Close(context.Background())
}

func (s *engine) close() { _ = s.pool.Close() }

// warm starts an engine before the first document asks for one.
func (e *engines) warm() error {
	s := <-e.slots
	defer func() { e.slots <- s }()
	if s != nil {
		return nil
	}
	var err error
	s, err = e.start()
	return err
}

func (e *engines) start() (*engine, error) {
	e.starting.Lock()
	defer e.starting.Unlock()
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCompilationCache(e.cache).
		WithMemoryLimitPages(engineMemoryPages)
	pool, err := webassembly.Init(webassembly.Config{
		MaxTotal: 1, MaxIdle: 1,
		FSConfig:      wazero.NewFSConfig(), // nothing is mounted
		RuntimeConfig: config, Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the PDF engine: %w", err)
	}
	instance, err := pool.GetInstance(time.Minute)
	if err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("starting a PDF instance: %w", err)
	}
	return &engine{pool: pool, pdf: instance}, nil
}

// with runs work on an engine. A Reason is what is wrong with the document, an error is trouble of ours.
// After any failure the engine is thrown away.
func (e *engines) with(ctx context.Context, data []byte, work func(pdfium.Pdfium, references.FPDF_DOCUMENT) error) (Reason, error) {
	var s *engine
	select {
	case s = <-e.slots:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { e.slots <- s }()
	if s == nil {
		var err error
		if s, err = e.start(); err != nil {
			return "", err
		}
	}
	err := s.document(data, work)
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, pdferrors.ErrPassword) || errors.Is(err, pdferrors.ErrSecurity):
		return Password, nil
	case !errors.Is(err, pdferrors.ErrFormat):
		s.close()
		s = nil
	}
	e.log.Debug("a PDF could not be read", "error", err)
	return Damaged, nil
}

func (s *engine) document(data []byte, work func(pdfium.Pdfium, references.FPDF_DOCUMENT) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("PDF engine: %v", r)
		}
	}()
	doc, err := s.pdf.OpenDocument(&requests.OpenDocument{File: &data})
	if err != nil {
		return err
	}
	err = work(s.pdf, doc.Document)
	if _, closing := s.pdf.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: doc.Document}); err == nil {
		err = closing
	}
	return err
}
