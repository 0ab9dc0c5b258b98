package mailserver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// numbered is a message with the number that this session knows it by.
type numbered struct {
	stored
	seq   uint32
	index int
}

// chosen are the messages of a set; the folder's lock is held.
func (s *session) chosen(set imap.NumSet) []numbered {
	if imap.IsSearchRes(set) {
		set = s.saved
	}
	var list []numbered
	for i, m := range s.folder.messages {
		seq := s.view.EncodeSeqNum(uint32(i) + 1)
		if seq != 0 && s.contains(set, seq, m.uid) {
			list = append(list, numbered{*m, seq, i})
		}
	}
	return list
}

// contains resolves "*", which is the last message.
func (s *session) contains(set imap.NumSet, seq uint32, uid imap.UID) bool {
	n := len(s.folder.messages)
	switch set := set.(type) {
	case imap.SeqSet:
		for _, r := range set {
			if between(r.Start, r.Stop, seq, uint32(n)) {
				return true
			}
		}
	case imap.UIDSet:
		last := s.folder.messages[n-1].uid
		for _, r := range set {
			if between(uint32(r.Start), uint32(r.Stop), uint32(uid), uint32(last)) {
				return true
			}
		}
	}
	return false
}

func between(start, stop, n, last uint32) bool {
	if start == 0 {
		start = last
	}
	if stop == 0 {
		stop = last
	}
	if start > stop {
		start, stop = stop, start
	}
	return start <= n && n <= stop
}

// Fetch gives messages or parts of them.
func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	s.folder.mu.Lock()
	list := s.chosen(set)
	s.folder.mu.Unlock()
	for _, section := range options.BodySection {
		if !section.Peek {
			if err := s.change(list, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil); err != nil {
				return err
			}
			break
		}
	}
	for _, m := range list {
		if err := s.fetch(w, m, options); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) fetch(w *imapserver.FetchWriter, m numbered, options *imap.FetchOptions) error {
	var raw []byte
	if options.Envelope || options.BodyStructure != nil || len(options.BodySection)+len(options.BinarySection)+len(options.BinarySectionSize) > 0 {
		var err error
		if raw, err = s.folder.read(m.stored); err != nil {
			return fmt.Errorf("read message %d of %s: %w", m.uid, s.folder.name, err)
		}
	}
	r := w.CreateMessage(m.seq)
	r.WriteUID(m.uid)
	if options.Flags {
		r.WriteFlags(m.flagList())
	}
	if options.InternalDate {
		r.WriteInternalDate(m.at)
	}
	if options.RFC822Size {
		r.WriteRFC822Size(m.size)
	}
	if options.Envelope {
		if h, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw))); err == nil {
			r.WriteEnvelope(imapserver.ExtractEnvelope(h))
		}
	}
	if options.BodyStructure != nil {
		r.WriteBodyStructure(imapserver.ExtractBodyStructure(bytes.NewReader(raw)))
	}
	for _, section := range options.BodySection {
		data := bodySection(raw, section)
		if err := writeLiteral(r.WriteBodySection(section, int64(len(data))), data); err != nil {
			return err
		}
	}
	for _, section := range options.BinarySection {
		data := imapserver.ExtractBinarySection(bytes.NewReader(raw), section)
		if err := writeLiteral(r.WriteBinarySection(section, int64(len(data))), data); err != nil {
			return err
		}
	}
	for _, section := range options.BinarySectionSize {
		r.WriteBinarySectionSize(section, imapserver.ExtractBinarySectionSize(bytes.NewReader(raw), section))
	}
	return r.Close()
}

// bodySection gives the whole message as it was stored, to the byte: the library would write its head anew.
func bodySection(raw []byte, section *imap.FetchItemBodySection) []byte {
	if len(section.Part) > 0 || section.Specifier != imap.PartSpecifierNone {
		return imapserver.ExtractBodySection(bytes.NewReader(raw), section)
	}
	if p := section.Partial; p != nil {
		from := min(p.Offset, int64(len(raw)))
		return raw[from : from+min(p.Size, int64(len(raw))-from)]
	}
	return raw
}

func writeLiteral(w io.WriteCloser, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

// Store changes flags.
func (s *session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	s.folder.mu.Lock()
	list := s.chosen(set)
	s.folder.mu.Unlock()
	if err := s.change(list, flags, s.view); err != nil {
		return err
	}
	if flags.Silent {
		return nil
	}
	return s.Fetch(w, set, &imap.FetchOptions{Flags: true})
}

// change sets flags and tells the other sessions; quiet is the one that needs no telling.
func (s *session) change(list []numbered, flags *imap.StoreFlags, quiet *imapserver.SessionTracker) error {
	f := s.folder
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, m := range f.messages {
		for k := range list {
			if list[k].uid != m.uid {
				continue
			}
			if err := f.setFlags(i, flags); err != nil {
				return fmt.Errorf("flag message %d of %s: %w", m.uid, f.name, err)
			}
			list[k].stored = *m
			f.tracker.QueueMessageFlags(uint32(i)+1, m.uid, m.flagList(), quiet)
		}
	}
	return nil
}
