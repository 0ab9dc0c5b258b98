package mailserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// folder keeps messages as files, one a message, whose names carry UID, arrival and flags:
// 0000000012_1763800000_S.eml. Nothing else needs to be remembered but the UIDVALIDITY and, once messages have
// been expunged, the next UID.
type folder struct {
	name     string
	dir      string
	validity uint32
	tracker  *imapserver.MailboxTracker

	mu       sync.Mutex
	messages []*stored // by rising UID
	next     imap.UID
}

// stored is one message.
type stored struct {
	uid   imap.UID
	at    time.Time
	flags string // letters of flagLetters, sorted
	size  int64
}

const (
	validityFile = "uidvalidity"
	nextFile     = "uidnext"
)

// The flags that are kept; keywords of clients are not.
var flagLetters = map[imap.Flag]string{imap.FlagSeen: "S", imap.FlagAnswered: "A", imap.FlagFlagged: "F", imap.FlagDeleted: "T", imap.FlagDraft: "D"}

// openFolder opens a folder of files, or begins one with that UIDVALIDITY.
func openFolder(dir, name string, validity uint32) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder %s: %w", name, err)
	}
	f := &folder{name: name, dir: dir, next: 1}
	var err error
	if f.validity, err = number(filepath.Join(dir, validityFile), validity); err != nil {
		return nil, err
	}
	next, err := number(filepath.Join(dir, nextFile), 1)
	if err != nil {
		return nil, err
	}
	f.next = imap.UID(next)
	if err := f.scan(); err != nil {
		return nil, err
	}
	f.tracker = imapserver.NewMailboxTracker(uint32(len(f.messages)))
	return f, nil
}

// number reads a file that holds one number, and makes it with that number when there is none.
func number(path string, otherwise uint32) (uint32, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return otherwise, os.WriteFile(path, []byte(strconv.FormatUint(uint64(otherwise), 10)), 0o600)
	}
	if err != nil {
		return 0, fmt.Errorf("open a mail folder: %w", err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(data)), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	return uint32(n), nil
}

func (f *folder) scan() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return fmt.Errorf("read the folder %s: %w", f.name, err)
	}
	for _, e := range entries {
		m, ok := parseName(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("read the folder %s: %w", f.name, err)
		}
		m.size = info.Size()
		f.messages = append(f.messages, &m)
		f.next = max(f.next, m.uid+1)
	}
	slices.SortFunc(f.messages, func(a, b *stored) int { return int(a.uid) - int(b.uid) })
	return nil
}

func (m *stored) fileName() string {
	return fmt.Sprintf("%010d_%d_%s.eml", m.uid, m.at.Unix(), m.flags)
}

func parseName(name string) (stored, bool) {
	parts := strings.Split(strings.TrimSuffix(name, ".eml"), "_")
	if !strings.HasSuffix(name, ".eml") || len(parts) != 3 {
		return stored{}, false
	}
	uid, err1 := strconv.ParseUint(parts[0], 10, 32)
	at, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil || uid == 0 {
		return stored{}, false
	}
	return stored{uid: imap.UID(uid), at: time.Unix(at, 0).UTC(), flags: parts[2]}, true
}

// add writes a message and tells those who listen. The file is whole and on disk before anybody sees it.
func (f *folder) add(raw []byte, at time.Time, flags []imap.Flag) (imap.UID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &stored{uid: f.next, at: at.UTC().Truncate(time.Second), flags: letters(flags), size: int64(len(raw))}
	temporary := filepath.Join(f.dir, "incoming.tmp")
	if err := writeSynced(temporary, raw); err != nil {
		return 0, fmt.Errorf("store a message in %s: %w", f.name, err)
	}
	if err := os.Rename(temporary, filepath.Join(f.dir, m.fileName())); err != nil {
		return 0, fmt.Errorf("store a message in %s: %w", f.name, err)
	}
	f.next++
	f.messages = append(f.messages, m)
	f.tracker.QueueNumMessages(uint32(len(f.messages)))
	return m.uid, nil
}

func writeSynced(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// read gives the bytes of a message.
func (f *folder) read(m stored) ([]byte, error) {
	f.mu.Lock()
	for _, now := range f.messages { // its flags, and so its file's name, may have changed
		if now.uid == m.uid {
			m = *now
		}
	}
	f.mu.Unlock()
	return os.ReadFile(filepath.Join(f.dir, m.fileName()))
}

// setFlags changes the flags of the message at an index; the lock is held.
func (f *folder) setFlags(i int, change *imap.StoreFlags) error {
	m := f.messages[i]
	old, want := m.fileName(), letters(change.Flags)
	switch change.Op {
	case imap.StoreFlagsSet:
		m.flags = want
	case imap.StoreFlagsAdd:
		m.flags = sorted(m.flags + want)
	case imap.StoreFlagsDel:
		m.flags = strings.Map(func(r rune) rune {
			if strings.ContainsRune(want, r) {
				return -1
			}
			return r
		}, m.flags)
	}
	if m.fileName() == old {
		return nil
	}
	return os.Rename(filepath.Join(f.dir, old), filepath.Join(f.dir, m.fileName()))
}

// expunge removes the messages flagged as deleted, of those UIDs when any are given.
func (f *folder) expunge(uids *imap.UIDSet) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.WriteFile(filepath.Join(f.dir, nextFile), []byte(strconv.FormatUint(uint64(f.next), 10)), 0o600); err != nil {
		return fmt.Errorf("remember the next UID of %s: %w", f.name, err)
	}
	for i := len(f.messages) - 1; i >= 0; i-- { // from the end, so that sequence numbers stay right
		m := f.messages[i]
		if !strings.Contains(m.flags, "T") || uids != nil && !uids.Contains(m.uid) {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, m.fileName())); err != nil {
			return fmt.Errorf("expunge from %s: %w", f.name, err)
		}
		f.messages = slices.Delete(f.messages, i, i+1)
		f.tracker.QueueExpunge(uint32(i) + 1)
	}
	return nil
}

func letters(flags []imap.Flag) string {
	s := ""
	for _, flag := range flags {
		for known, letter := range flagLetters {
			if strings.EqualFold(string(known), string(flag)) {
				s += letter
			}
		}
	}
	return sorted(s)
}

// sorted gives each letter once.
func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(slices.Compact(b))
}

func (m stored) flagList() []imap.Flag {
	list := []imap.Flag{}
	for _, flag := range []imap.Flag{imap.FlagAnswered, imap.FlagDraft, imap.FlagFlagged, imap.FlagSeen, imap.FlagDeleted} {
		if strings.Contains(m.flags, flagLetters[flag]) {
			list = append(list, flag)
		}
	}
	return list
}

func (m stored) has(flag imap.Flag) bool {
	l := letters([]imap.Flag{flag})
	return l != "" && strings.Contains(m.flags, l)
}
