package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// smallMessage is the size up to which messages are gathered in memory and stored together.
const smallMessage = 256 << 10

// facts are what is asked about a message before its bytes.
type facts struct {
	uid  uint32
	date time.Time
	size int64 // -1: unknown
}

func ascending(uids []imap.UID, first uint32) []uint32 {
	var out []uint32
	for _, u := range uids {
		if uint32(u) >= first { // "n:*" always names the last message
			out = append(out, uint32(u))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func uidSet(all []facts) imap.UIDSet {
	var set imap.UIDSet
	for _, f := range all {
		set.AddNum(imap.UID(f.uid))
	}
	return set
}

// ask gets date and size of messages. A UID that the server leaves out is in the answer without them.
func (s *session) ask(uids []uint32) ([]facts, error) {
	known := map[uint32]facts{}
	out := make([]facts, 0, len(uids))
	for _, u := range uids {
		out = append(out, facts{uid: u, size: -1})
	}
	s.begin(s.limits.Fetch)
	defer s.conn.rest()
	cmd := s.client.Fetch(uidSet(out), &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		f := facts{size: -1}
		for item := m.Next(); item != nil; item = m.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				f.uid = uint32(item.UID)
			case imapclient.FetchItemDataInternalDate:
				f.date = item.Time.UTC()
			case imapclient.FetchItemDataRFC822Size:
				f.size = item.Size
			}
		}
		known[f.uid] = f
	}
	if err := cmd.Close(); err != nil {
		return out, fmt.Errorf("asking about messages: %w", err)
	}
	for i, f := range out {
		if k, ok := known[f.uid]; ok {
			out[i] = k
		}
	}
	return out, nil
}

// body is a message's bytes: in memory, or stored already.
type body struct {
	data   []byte
	sha    string
	size   int64
	stored bool
}

// storeError is a failure of our own store, which is no fault of the message.
type storeError struct{ error }

func (e storeError) Unwrap() error { return e.error }

// errNoBody is a literal that the server says it has none of.
var errNoBody = errors.New("the server gave NIL for the message")

// errAnnounced is a literal much longer than the message.
var errAnnounced = errors.New("the server announced more than the message's size")

// peek is BODY.PEEK[]: the bytes without the mark of having been seen.
var peek = &imap.FetchItemBodySection{Peek: true}

// fetch gets the bytes of messages in one command. All of an answer that failed is thrown away; a message
// that is missing in the map was missing in the answer, or had no bytes.
func (s *session) fetch(ctx context.Context, all []facts, blobs Blobs) (map[uint32]body, error) {
	return s.collect(ctx, uidSet(all), all, blobs)
}

// fetchBySequence gets one message by its sequence number, for servers that name the UID too late.
func (s *session) fetchBySequence(ctx context.Context, f facts, blobs Blobs) (map[uint32]body, error) {
	seq, err := s.sequence(f.uid)
	if err != nil || seq == 0 {
		return nil, err
	}
	return s.collect(ctx, imap.SeqSetNum(seq), []facts{f}, blobs)
}

func (s *session) collect(ctx context.Context, set imap.NumSet, all []facts, blobs Blobs) (map[uint32]body, error) {
	caps := map[uint32]int64{}
	var total int64
	for _, f := range all {
		caps[f.uid] = s.limits.cap(f.size)
		total += max(f.size, 0)
	}
	s.conn.allow(s.limits.Stall, s.limits.whole(total))
	defer s.conn.rest()
	cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{peek}})
	out := map[uint32]body{}
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		uid, b, err := s.message(ctx, m, caps, blobs)
		if err != nil {
			return nil, err // the connection is closed, and cmd must not be touched: see literal
		}
		if uid != 0 && (b.stored || b.data != nil) {
			out[uid] = b
		}
	}
	if err := cmd.Close(); err != nil {
		return nil, fmt.Errorf("fetching messages: %w", err)
	}
	return out, nil
}

// message reads one message of the answer.
func (s *session) message(ctx context.Context, m *imapclient.FetchMessageData, caps map[uint32]int64, blobs Blobs) (uid uint32, b body, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			limit := s.limits.MaxMessage
			if c, ok := caps[uid]; ok {
				limit = c
			} else if len(caps) == 1 {
				for _, limit = range caps {
				}
			}
			l := &literal{r: item.Literal}
			if b, err = take(ctx, l, item.Literal.Size(), limit, blobs); err != nil {
				s.conn.Close() // the rest of the answer is not wanted
				l.release()
				return uid, body{}, err
			}
		}
	}
	return uid, b, nil
}

// cap is how long a message of an announced size may be. Servers that convert line ends count wrongly.
func (l Limits) cap(size int64) int64 {
	if size < 0 {
		return l.MaxMessage
	}
	return min(2*size+1<<20, l.MaxMessage)
}

// whole is how long a fetch of so many bytes may last.
func (l Limits) whole(size int64) time.Duration {
	return l.Fetch + time.Duration(max(size, 0)/l.Rate)*time.Second
}

// take reads a literal whole, into memory or straight into the store.
func take(ctx context.Context, r io.Reader, size, limit int64, blobs Blobs) (body, error) {
	if size > limit {
		return body{}, errAnnounced
	}
	whole := &exactReader{r: r, left: size}
	if size <= smallMessage {
		data, err := readAll(whole, size)
		if err != nil {
			return body{}, fmt.Errorf("reading a message: %w", err)
		}
		return body{data: data, size: size}, nil
	}
	ref, err := blobs.Put(ctx, whole)
	switch {
	case whole.err != nil:
		return body{}, fmt.Errorf("reading a message: %w", whole.err)
	case err != nil:
		return body{}, storeError{fmt.Errorf("storing a message: %w", err)}
	case ref.Size != size:
		return body{}, storeError{fmt.Errorf("storing a message: %d bytes of %d", ref.Size, size)}
	}
	return body{sha: ref.SHA256, size: ref.Size, stored: true}, nil
}

// literal is a literal of the library that is not read any more after an error. The library's reader
// waits until a literal has been read to its end or to an error, and goes on at once: to read it again,
// as the library's own Next and Close would, is a race for the connection's buffer.
type literal struct {
	r   io.Reader
	err error
}

func (l *literal) Read(b []byte) (n int, err error) {
	if l.err != nil {
		return 0, l.err
	}
	n, l.err = l.r.Read(b)
	return n, l.err
}

// release lets the library's reader go on, on a closed connection to its end.
func (l *literal) release() { io.Copy(io.Discard, l) } //nolint:errcheck // the error is the purpose

// exactReader ends with an error when the literal ends too early, and remembers it.
type exactReader struct {
	r    io.Reader
	left int64
	err  error
}

func (e *exactReader) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}

// keep stores the bytes that are still in memory, all together.
func keep(ctx context.Context, bodies map[uint32]body, blobs Blobs) error {
	var uids []uint32
	var contents [][]byte
	for uid, b := range bodies {
		if !b.stored {
			uids = append(uids, uid)
			contents = append(contents, b.data)
		}
	}
	if len(contents) == 0 {
		return nil
	}
	if len(contents) == 1 {
		ref, err := blobs.Put(ctx, bytes.NewReader(contents[0]))
		if err != nil {
			return storeError{fmt.Errorf("storing a message: %w", err)}
		}
		bodies[uids[0]] = body{sha: ref.SHA256, size: ref.Size, stored: true}
		return nil
	}
	refs, err := blobs.PutAll(ctx, contents)
	if err != nil {
		return storeError{fmt.Errorf("storing messages: %w", err)}
	}
	for i, ref := range refs {
		bodies[uids[i]] = body{sha: ref.SHA256, size: ref.Size, stored: true}
	}
	return nil
}
