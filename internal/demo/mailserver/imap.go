package mailserver

import (
	"fmt"
	"io"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// session is one IMAP connection. Its methods are those of imapserver.Session; the library calls them one
// after the other.
type session struct {
	server *Server
	user   *user
	folder *folder
	view   *imapserver.SessionTracker
	saved  imap.UIDSet

	// guard is for view: the library ends a conversation while its IDLE still runs in a goroutine.
	guard sync.Mutex
}

func (s *session) watching() *imapserver.SessionTracker {
	s.guard.Lock()
	defer s.guard.Unlock()
	return s.view
}

var _ imapserver.Session = (*session)(nil)

func no(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// Close forgets the selected folder.
func (s *session) Close() error { return s.Unselect() }

// Login takes a user of Options.
func (s *session) Login(name, password string) error {
	u := s.server.users[name]
	if u == nil || u.password != password {
		return imapserver.ErrAuthFailed
	}
	s.user = u
	return nil
}

func (s *session) open(name string) (*folder, error) {
	if f := s.user.folder(name); f != nil {
		return f, nil
	}
	return nil, no(imap.ResponseCodeNonExistent, "No such mailbox")
}

// Select opens a folder.
func (s *session) Select(name string, _ *imap.SelectOptions) (*imap.SelectData, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.guard.Lock()
	s.folder, s.view = f, f.tracker.NewSession()
	s.guard.Unlock()
	flags := []imap.Flag{imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagSeen, imap.FlagDraft}
	return &imap.SelectData{Flags: flags, PermanentFlags: flags, NumMessages: uint32(len(f.messages)), UIDNext: f.next, UIDValidity: f.validity}, nil
}

// Unselect closes it.
func (s *session) Unselect() error {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.view != nil {
		s.view.Close()
	}
	s.folder, s.view = nil, nil
	return nil
}

// Create makes a folder.
func (s *session) Create(name string, _ *imap.CreateOptions) error {
	if s.user.folder(name) != nil {
		return no(imap.ResponseCodeAlreadyExists, "Mailbox already exists")
	}
	return s.user.create(name, uint32(s.server.now().Unix()))
}

// Delete, Rename, Subscribe and Unsubscribe are not what the demo is for.
func (s *session) Delete(string) error { return no(imap.ResponseCodeCannot, "Not here") }

// Rename is refused.
func (s *session) Rename(string, string, *imap.RenameOptions) error {
	return no(imap.ResponseCodeCannot, "Not here")
}

// Subscribe does nothing: every folder is subscribed.
func (s *session) Subscribe(string) error { return nil }

// Unsubscribe does nothing.
func (s *session) Unsubscribe(string) error { return nil }

// List lists the user's folders.
func (s *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: '/'})
	}
	for _, f := range s.user.list() {
		for _, pattern := range patterns {
			if !imapserver.MatchList(f.name, '/', ref, pattern) {
				continue
			}
			data := imap.ListData{Mailbox: f.name, Delim: '/'}
			if options.ReturnStatus != nil {
				data.Status = f.status(options.ReturnStatus)
			}
			if err := w.WriteList(&data); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// Status counts a folder.
func (s *session) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	return f.status(options), nil
}

func (f *folder) status(options *imap.StatusOptions) *imap.StatusData {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, unseen, deleted, size := uint32(len(f.messages)), uint32(0), uint32(0), int64(0)
	for _, m := range f.messages {
		size += m.size
		if !m.has(imap.FlagSeen) {
			unseen++
		}
		if m.has(imap.FlagDeleted) {
			deleted++
		}
	}
	data := &imap.StatusData{Mailbox: f.name}
	if options.NumMessages {
		data.NumMessages = &all
	}
	if options.NumUnseen {
		data.NumUnseen = &unseen
	}
	if options.NumDeleted {
		data.NumDeleted = &deleted
	}
	if options.NumRecent {
		data.NumRecent = new(uint32)
	}
	if options.Size {
		data.Size = &size
	}
	if options.UIDNext {
		data.UIDNext = f.next
	}
	if options.UIDValidity {
		data.UIDValidity = f.validity
	}
	return data
}

// Append puts a message into a folder.
func (s *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	f := s.user.folder(name)
	if f == nil {
		return nil, no(imap.ResponseCodeTryCreate, "No such mailbox")
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	if err != nil {
		return nil, fmt.Errorf("read a message to append: %w", err)
	}
	if len(raw) > maxMessage {
		return nil, no(imap.ResponseCodeTooBig, "Message too big")
	}
	at := options.Time
	if at.IsZero() {
		at = s.server.now()
	}
	uid, err := f.add(raw, at, options.Flags)
	return &imap.AppendData{UID: uid, UIDValidity: f.validity}, err
}

// Poll tells what has changed since.
func (s *session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	view := s.watching()
	if view == nil {
		return nil
	}
	return view.Poll(w, allowExpunge)
}

// Idle tells it as it happens.
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	view := s.watching()
	if view == nil {
		<-stop
		return nil
	}
	return view.Idle(w, stop)
}

// Expunge removes what is flagged as deleted.
func (s *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	return s.folder.expunge(uids)
}

// Copy copies messages into another folder.
func (s *session) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	to := s.user.folder(dest)
	if to == nil {
		return nil, no(imap.ResponseCodeTryCreate, "No such mailbox")
	}
	s.folder.mu.Lock()
	list := s.chosen(set)
	s.folder.mu.Unlock()
	data := &imap.CopyData{UIDValidity: to.validity}
	for _, m := range list {
		raw, err := s.folder.read(m.stored)
		if err != nil {
			return nil, fmt.Errorf("copy message %d of %s: %w", m.uid, s.folder.name, err)
		}
		uid, err := to.add(raw, m.at, m.flagList())
		if err != nil {
			return nil, err
		}
		data.SourceUIDs.AddNum(m.uid)
		data.DestUIDs.AddNum(uid)
	}
	return data, nil
}
