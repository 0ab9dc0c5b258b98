package mailserver

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// Search finds messages. Words are looked for in the raw bytes of the message, which is what a small server
// can promise.
func (s *session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	s.folder.mu.Lock()
	list := s.chosen(imap.SeqSet{{Start: 1, Stop: 0}})
	sets := newResolved(s, criteria, list)
	s.folder.mu.Unlock()
	var seqs imap.SeqSet
	var uids imap.UIDSet
	data := &imap.SearchData{}
	for _, m := range list {
		ok, err := s.matches(m, criteria, sets)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		n := m.seq
		if kind == imapserver.NumKindUID {
			n = uint32(m.uid)
		}
		seqs.AddNum(m.seq)
		uids.AddNum(m.uid)
		if data.Count == 0 {
			data.Min = n
		}
		data.Max = n
		data.Count++
	}
	data.All = seqs
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	if options.ReturnSave {
		s.saved = uids
	}
	return data, nil
}

// resolved holds which messages the sets of a search mean, worked out while the folder is locked.
type resolved map[*imap.SearchCriteria]map[imap.UID]bool

func newResolved(s *session, c *imap.SearchCriteria, list []numbered) resolved {
	r := resolved{}
	r.add(s, c, list)
	return r
}

func (r resolved) add(s *session, c *imap.SearchCriteria, list []numbered) {
	in := map[imap.UID]bool{}
	for _, m := range list {
		ok := true
		for _, set := range c.SeqNum {
			ok = ok && s.contains(set, m.seq, m.uid)
		}
		for _, set := range c.UID {
			ok = ok && s.contains(set, m.seq, m.uid)
		}
		in[m.uid] = ok
	}
	r[c] = in
	for i := range c.Not {
		r.add(s, &c.Not[i], list)
	}
	for i := range c.Or {
		r.add(s, &c.Or[i][0], list)
		r.add(s, &c.Or[i][1], list)
	}
}

func (s *session) matches(m numbered, c *imap.SearchCriteria, sets resolved) (bool, error) {
	if !sets[c][m.uid] || !m.within(c) {
		return false, nil
	}
	if len(c.Header)+len(c.Body)+len(c.Text) > 0 || !c.SentSince.IsZero() || !c.SentBefore.IsZero() {
		raw, err := s.folder.read(m.stored)
		if err != nil {
			return false, fmt.Errorf("search message %d: %w", m.uid, err)
		}
		if !says(raw, c) {
			return false, nil
		}
	}
	for i := range c.Not {
		if ok, err := s.matches(m, &c.Not[i], sets); ok || err != nil {
			return false, err
		}
	}
	for i := range c.Or {
		a, err := s.matches(m, &c.Or[i][0], sets)
		if err != nil {
			return false, err
		}
		if a {
			continue
		}
		if b, err := s.matches(m, &c.Or[i][1], sets); !b || err != nil {
			return false, err
		}
	}
	return true, nil
}

// within compares what is known without reading the message.
func (m numbered) within(c *imap.SearchCriteria) bool {
	for _, f := range c.Flag {
		if !m.has(f) {
			return false
		}
	}
	for _, f := range c.NotFlag {
		if m.has(f) {
			return false
		}
	}
	return (c.Since.IsZero() || !day(m.at).Before(day(c.Since))) && (c.Before.IsZero() || day(m.at).Before(day(c.Before))) &&
		(c.Larger == 0 || m.size > c.Larger) && (c.Smaller == 0 || m.size < c.Smaller)
}

// says compares the message's own words.
func says(raw []byte, c *imap.SearchCriteria) bool {
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil && len(c.Header) > 0 {
		return false
	}
	h := mail.Header{Header: message.Header{Header: header}}
	for _, want := range c.Header {
		text, err := h.Text(want.Key)
		if err != nil {
			text = h.Get(want.Key)
		}
		if !h.Has(want.Key) || !strings.Contains(strings.ToLower(text), strings.ToLower(want.Value)) {
			return false
		}
	}
	if !c.SentSince.IsZero() || !c.SentBefore.IsZero() {
		sent, err := h.Date()
		if err != nil || !c.SentSince.IsZero() && day(sent).Before(day(c.SentSince)) || !c.SentBefore.IsZero() && !day(sent).Before(day(c.SentBefore)) {
			return false
		}
	}
	lower := bytes.ToLower(raw)
	for _, word := range append(append([]string(nil), c.Body...), c.Text...) {
		if !bytes.Contains(lower, bytes.ToLower([]byte(word))) {
			return false
		}
	}
	return true
}

// day is a date without a zone, as SEARCH compares (RFC 3501, 6.4.4).
func day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
