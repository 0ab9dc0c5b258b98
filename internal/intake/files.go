package intake

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/mailbox"
	"kualik/internal/message"
)

// batch is how many messages of files are stored together.
const (
	batchMessages = 100
	batchBytes    = 16 << 20
)

// Ingested is what became of files of messages. Unreadable are paths that could not be opened.
type Ingested struct {
	IDs        []uuid.UUID
	Unreadable []string
}

// Ingest stores the messages of .eml files, of folders of them, and of mbox files, in the order given and
// by name within a folder. It only stores them; the jobs do the rest.
func (in *Intake) Ingest(ctx context.Context, paths []string) (Ingested, error) {
	g := &ingest{in: in, ctx: ctx}
	for _, p := range paths {
		if err := g.path(p, true); err != nil {
			return g.done, err
		}
	}
	return g.done, g.flush()
}

type ingest struct {
	in    *Intake
	ctx   context.Context
	raws  [][]byte
	names []string
	bytes int
	done  Ingested
}

// path takes a file or a folder; named tells that the user named it, so that even a file without a known
// ending is a message.
func (g *ingest) path(p string, named bool) error {
	info, err := os.Stat(p)
	if err != nil {
		g.done.Unreadable = append(g.done.Unreadable, p)
		return nil
	}
	if info.IsDir() {
		return g.folder(p)
	}
	if !named && !info.Mode().IsRegular() {
		return nil
	}
	return g.file(p, named)
}

func (g *ingest) folder(dir string) error {
	var files []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			g.done.Unreadable = append(g.done.Unreadable, p)
			return nil
		}
		if !d.IsDir() {
			files = append(files, p)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("walk %s: %w", dir, err)
	}
	sort.Strings(files)
	for _, f := range files {
		if err := g.path(f, false); err != nil {
			return err
		}
	}
	return nil
}

// file takes one file: an mbox by its first line, else a message. In a folder a file that is neither by
// its name is left alone.
func (g *ingest) file(p string, named bool) error {
	f, err := os.Open(p)
	if err != nil {
		g.done.Unreadable = append(g.done.Unreadable, p)
		return nil
	}
	defer f.Close()
	r := bufio.NewReader(f)
	head, _ := r.Peek(5)
	ext := strings.ToLower(filepath.Ext(p))
	if bytes.Equal(head, []byte("From ")) {
		return message.ReadMbox(r, func(raw []byte) error { return g.add(p, bytes.Clone(raw)) })
	}
	if !named && ext != ".eml" && ext != ".mbox" && ext != ".msg" && ext != "" {
		return nil
	}
	raw, err := io.ReadAll(io.LimitReader(r, message.MaxSize+1))
	if err != nil {
		g.done.Unreadable = append(g.done.Unreadable, p)
		return nil
	}
	return g.add(p, raw)
}

func (g *ingest) add(path string, raw []byte) error {
	g.raws, g.names = append(g.raws, raw), append(g.names, filepath.Base(path))
	if g.bytes += len(raw); len(g.raws) >= batchMessages || g.bytes >= batchBytes {
		return g.flush()
	}
	return nil
}

// flush writes the raw bytes first, then their rows and jobs in one transaction.
func (g *ingest) flush() error {
	if len(g.raws) == 0 {
		return nil
	}
	refs, err := g.in.Blobs.PutAll(g.ctx, g.raws)
	if err != nil {
		return fmt.Errorf("store messages: %w", err)
	}
	rows := make([]mailbox.NewMessage, len(refs))
	for i, ref := range refs {
		rows[i] = mailbox.NewMessage{Mailbox: "file:" + clean(g.names[i]), ReceivedAt: receivedAt(g.raws[i], g.in.Clock.Now()), SHA256: ref.SHA256, Size: ref.Size}
	}
	stored, err := g.in.Inbox.Take(g.ctx, rows)
	if err != nil {
		return err
	}
	for _, s := range stored {
		g.done.IDs = append(g.done.IDs, s.ID)
	}
	g.raws, g.names, g.bytes = nil, nil, 0
	return nil
}

// receivedAt is when a message of a file was sent, by its own date; now when that is missing or in the
// future.
func receivedAt(raw []byte, now time.Time) time.Time {
	head := raw
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(head, []byte(end)); i >= 0 {
			head = head[:i]
		}
	}
	at := message.Read(head).Date.UTC()
	if at.IsZero() || at.After(now) || at.Year() < 1990 {
		return now
	}
	return at
}
