package doctext

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	childMemory    = 1 << 30   // beyond it a child is killed and its document is over the limit
	childKeeps     = 192 << 20 // a child that holds more after a document is replaced
	childDocuments = 500       // and so is one that has read so many: memory that crept up returns

	readTime = 4 * time.Second        // for a whole document but for text recognition,
	workTime = readTime / 2           // if the child had so much of the processor; a busy machine
	lastTime = 5                      // gives it so many times as long
	leafTime = 25 * time.Millisecond  // more for each page of a book beyond those that all may have,
	fileTime = 100 * time.Millisecond // and for each file of an archive that was read
	startup  = 10 * time.Minute       // the first compiles the PDF engine; under the race detector that takes minutes
)

// limits of what one document may cost.
type limits struct {
	read, work, leaf, file, recognise time.Duration
	memory                            int64
}

// children is a pool of processes that read documents, each one at a time. What a document does to its
// process harms nobody else: the process is killed, the document has its Reason, the next has a new process.
type children struct {
	command  []string
	setup    setup
	limits   limits
	slots    chan *child // nil: started when first needed
	starting *sync.Mutex // one starts at a time: the first compiles the PDF engine for all
	log      *slog.Logger
	open     context.Context // until the pool closes
	shut     context.CancelFunc
}

func newChildren(command []string, s setup, n int, starting *sync.Mutex, log *slog.Logger) *children {
	c := &children{command: command, setup: s, slots: make(chan *child, n), starting: starting, log: log,
		limits: limits{read: readTime, work: workTime, leaf: leafTime, file: fileTime, recognise: ocrTime + 30*time.Second, memory: childMemory}}
	c.open, c.shut = context.WithCancel(context.Background())
	for range n {
		c.slots <- nil
	}
	return c
}

// close waits for running documents and ends the children.
func (c *children) close() {
	c.shut()
	for range cap(c.slots) {
		if p := <-c.slots; p != nil {
			p.end()
		}
	}
}

// warm starts a child before the first document asks for one.
func (c *children) warm(ctx context.Context) error {
	return c.with(ctx, func(**child) error { return nil })
}

// with lends a running child to work, which puts nil in its place if it is no more.
func (c *children) with(ctx context.Context, work func(p **child) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var p *child
	select {
	case p = <-c.slots:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() {
		if p == nil && ctx.Err() == nil {
			go c.refill()
			return
		}
		c.slots <- p
	}()
	if err := c.fresh(ctx, &p); err != nil {
		return err
	}
	err := work(&p)
	if p != nil && (p.documents >= childDocuments || p.resident() > childKeeps) {
		p.end()
		p = nil
	}
	return err
}

// refill gives back a place whose child is no more, with another one: the next document need not wait for it.
func (c *children) refill() {
	var p *child
	if err := c.fresh(c.open, &p); err != nil && c.open.Err() == nil {
		c.log.Warn("no reader of documents could be started", "error", err)
	}
	c.slots <- p
}

// fresh starts a child unless there is one.
func (c *children) fresh(ctx context.Context, p **child) error {
	if *p != nil {
		return nil
	}
	c.starting.Lock()
	defer c.starting.Unlock()
	started, err := startChild(ctx, c.command, c.setup)
	if err != nil {
		return fmt.Errorf("starting a reader of documents: %w", err)
	}
	*p = started
	return nil
}

// read reads a document. Where a child is lost on a file within an archive, the other files are read by
// another child in what is left of the time.
func (c *children) read(ctx context.Context, data []byte, o ReadOptions) (result Result, err error) {
	err = c.with(ctx, func(p **child) error {
		g := &gathered{room: maxResult}
		timer := newStopwatch(c.limits.read)
		again := false // a file whose child crashed is tried once more: it need not have been the file's fault
		for {
			if err := c.fresh(ctx, p); err != nil {
				return err
			}
			g.begun = nil
			q := request{Read: o, Skip: len(g.files), Room: g.room, Size: len(data)}
			end, err := (*p).ask(ctx, q, data, c.limits, timer, func(r reply) { g.take(r, timer, c.limits) })
			if said := (*p).said(); said != "" {
				c.log.Warn("reader of documents", "said", said)
			}
			if end != answered {
				(*p).kill()
				*p = nil
			}
			switch {
			case err != nil:
				return err
			case end == answered:
				result.Files = g.files
				return nil
			case end == crashed && !again && !timer.over():
				again = true
				continue
			}
			again = false
			c.log.Warn("a document cost its reader", "why", end)
			more := g.lost(end.reason(), data)
			if more && !timer.over() {
				continue
			}
			if more {
				g.begun = nil // the rest of the archive is not read
				g.lost(Limit, data)
			}
			result.Files = g.files
			return nil
		}
	})
	return result, err
}

// draw draws a page; a document that costs the child its life has none.
func (c *children) draw(ctx context.Context, data []byte, page, dpi int) (picture []byte, err error) {
	err = c.with(ctx, func(p **child) error {
		q := request{Draw: true, Page: page, DPI: dpi, Size: len(data)}
		end, err := (*p).ask(ctx, q, data, c.limits, newStopwatch(c.limits.read), func(r reply) { picture = r.picture })
		if end != answered {
			c.log.Warn("drawing a page cost its reader", "why", end, "said", (*p).said())
			(*p).kill()
			*p = nil
		}
		return err
	})
	return picture, err
}

// gathered is what the children have answered on one document.
type gathered struct {
	files []File
	pages []Page // of the file that is being answered
	begun *File  // the file that is being read
	room  int
}

func (g *gathered) take(r reply, timer *stopwatch, l limits) {
	switch r.Step {
	case stepBegun:
		g.begun, g.pages = &r.File, nil
	case stepLeaf:
		timer.add(l.leaf)
	case stepRecognises:
		timer.set(l.recognise)
	case stepRecognised:
		timer.set(l.read)
	case stepPage:
		g.room -= r.Page.weight()
		g.pages = append(g.pages, r.Page)
	case stepFile:
		if r.File.Reason == "" || r.File.Reason == NeedsOCR {
			timer.add(l.file)
		}
		r.File.Pages, g.pages, g.begun = g.pages, nil, nil
		g.files = append(g.files, r.File)
	}
}

// lost notes the file on which a child was lost, and tells whether there may be others after it.
func (g *gathered) lost(reason Reason, data []byte) bool {
	for _, p := range g.pages {
		g.room += p.weight()
	}
	g.pages = nil
	f := g.begun
	if f == nil {
		sum := sha256.Sum256(data)
		f = &File{SHA256: hex.EncodeToString(sum[:]), Type: typeUnknown}
	}
	f.Reason = reason
	g.files = append(g.files, *f)
	return f.Name != ""
}

// ending is how a request to a child ended.
type ending string

const (
	answered ending = "answered"
	late     ending = "time"
	big      ending = "memory"
	wordy    ending = "too long an answer"
	crashed  ending = "crash"
	given    ending = "cancelled"
)

func (e ending) reason() Reason {
	if e == crashed {
		return Damaged
	}
	return Limit
}

// stopwatch is the time that a document has left. It may be set and asked by two goroutines.
type stopwatch struct {
	mu        sync.Mutex
	end, last time.Time
}

func newStopwatch(d time.Duration) *stopwatch {
	s := &stopwatch{}
	s.set(d)
	return s
}

func (s *stopwatch) set(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end, s.last = time.Now().Add(d), time.Now().Add(lastTime*d)
}

func (s *stopwatch) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end, s.last = s.end.Add(d), s.last.Add(lastTime*d)
}

func (s *stopwatch) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().After(s.end)
}

// overdue tells whether not even a busy machine explains it any more.
func (s *stopwatch) overdue() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().After(s.last)
}

var errChildGone = errors.New("the reader of documents ended")
