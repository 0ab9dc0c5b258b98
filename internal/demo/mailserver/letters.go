package mailserver

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// Letter is one that was sent to an address without a mailbox here: in the demo, what Kualik wrote to people.
type Letter struct {
	ID      string // for LetterBytes
	To      string // the recipient's address
	From    string
	Subject string
	At      time.Time
	Size    int64
}

// Letters are all letters kept, the newest first.
func (s *Server) Letters() ([]Letter, error) {
	s.mu.Lock()
	folders := make([]*folder, 0, len(s.kept))
	for _, f := range s.kept {
		folders = append(folders, f)
	}
	s.mu.Unlock()
	var list []Letter
	for _, f := range folders {
		f.mu.Lock()
		var messages []stored
		for _, m := range f.messages {
			messages = append(messages, *m)
		}
		f.mu.Unlock()
		for _, m := range messages {
			raw, err := f.read(m)
			if err != nil {
				return nil, fmt.Errorf("read a letter to %s: %w", f.name, err)
			}
			l := Letter{ID: f.name + "/" + strconv.Itoa(int(m.uid)), To: f.name, At: m.at, Size: m.size}
			l.From, l.Subject = heading(raw)
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b Letter) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return list, nil
}

// LetterBytes is a letter as it was sent; fs.ErrNotExist when there is none.
func (s *Server) LetterBytes(id string) ([]byte, error) {
	to, number, _ := strings.Cut(id, "/")
	s.mu.Lock()
	f := s.kept[to]
	s.mu.Unlock()
	if f == nil {
		return nil, fmt.Errorf("letter %q: %w", id, fs.ErrNotExist)
	}
	f.mu.Lock()
	var found *stored
	for _, m := range f.messages {
		if strconv.Itoa(int(m.uid)) == number {
			found = &stored{uid: m.uid, at: m.at, flags: m.flags}
		}
	}
	f.mu.Unlock()
	if found == nil {
		return nil, fmt.Errorf("letter %q: %w", id, fs.ErrNotExist)
	}
	return f.read(*found)
}

func heading(raw []byte) (from, subject string) {
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return "", ""
	}
	h := mail.Header{Header: message.Header{Header: header}}
	if subject, err = h.Subject(); err != nil {
		subject = h.Get("Subject")
	}
	if from, err = h.Text("From"); err != nil {
		from = h.Get("From")
	}
	return from, subject
}

// keep gives the folder of letters to an address, which may have to be made.
func (s *Server) keep(to string) (*folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.kept[to]; f != nil {
		return f, nil
	}
	f, err := openFolder(filepath.Join(s.dir, "letters", to), to, uint32(s.now().Unix()))
	if err == nil {
		s.kept[to] = f
	}
	return f, err
}

// openLetters finds the letters of earlier runs.
func (s *Server) openLetters() error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "letters"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the letters: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if _, err := s.keep(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
