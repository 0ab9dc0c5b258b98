package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"kualik/internal/fault"
)

// poll is one walk through a folder.
type poll struct {
	cfg    Config
	limits Limits
	sink   Sink
	blobs  Blobs
	s      *session // nil after a failure, until the next need
	result Result
	good   time.Time // the last success
	broken int       // answers that the library did not understand
	raw    bool      // too many: it is not asked any more
}

// brokenAnswers is after how many of them a server is read by hand only.
const brokenAnswers = 3

// maxBatch is less than the library keeps of an answer that nobody reads to its end.
const maxBatch = 100

// errMoved is a folder whose UIDs have changed their meaning while we read it.
var errMoved = errors.New("the server changed UIDVALIDITY during the poll")

// Poll brings everything new in a folder to the sink. What was stored before an error stays stored, and
// the Result says so; the next poll goes on from there.
func Poll(ctx context.Context, cfg Config, limits Limits, cursor Cursor, sink Sink, blobs Blobs) (Result, error) {
	p := &poll{cfg: cfg, limits: limits, sink: sink, blobs: blobs, result: Result{Cursor: cursor}}
	defer p.hangUp()
	s, err := open(ctx, cfg, limits, nil)
	if err != nil {
		return p.result, err
	}
	p.s, p.result.Messages, p.good = s, s.messages, time.Now()
	if s.uidValidity != cursor.UIDValidity {
		p.result.Changed = cursor.UIDValidity != 0
		p.result.Cursor = Cursor{UIDValidity: s.uidValidity}
		cursor = p.result.Cursor
		if err := sink.Store(ctx, nil, cursor); err != nil {
			return p.result, err // our own store's
		}
	}
	var since time.Time
	if cursor.LastUID == 0 && cfg.Since != "" {
		since = cfg.Since.Time()
	}
	uids, err := s.list(cursor.LastUID+1, since)
	if err != nil {
		return p.result, p.explain(ctx, err)
	}
	if err := p.take(ctx, uids, true); err != nil {
		return p.result, p.explain(ctx, err)
	}
	if err := p.take(ctx, cursor.Retry, false); err != nil {
		return p.result, p.explain(ctx, err)
	}
	return p.result, nil
}

// explain makes a fault of an error of the server; our own store's errors stay what they are.
func (p *poll) explain(ctx context.Context, err error) error {
	var own storeError
	var told *fault.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &own):
		return own.error
	case errors.As(err, &told):
		return err
	}
	return refused(err, "mailbox.broken_answer")
}

func (p *poll) hangUp() {
	if p.s != nil {
		p.s.close()
		p.s = nil
	}
}

// connected gives the session, a new one after a failure.
func (p *poll) connected(ctx context.Context) (*session, error) {
	if p.s != nil {
		return p.s, nil
	}
	s, err := open(ctx, p.cfg, p.limits, nil)
	if err != nil {
		return nil, err
	}
	p.s = s
	if s.uidValidity != p.result.Cursor.UIDValidity {
		return nil, errMoved
	}
	return s, nil
}

// take goes through UIDs in ascending order, a batch and a transaction at a time. While one batch is being
// stored the next one is fetched. advance moves the cursor.
func (p *poll) take(ctx context.Context, uids []uint32, advance bool) error {
	cursor := p.result.Cursor
	var storing chan stored // nil when nothing is under way
	settle := func() error {
		if storing == nil {
			return nil
		}
		s := <-storing
		storing = nil
		return p.count(s)
	}
	for len(uids) > 0 {
		chunk := uids[:min(p.limits.Batch, maxBatch, len(uids))]
		uids = uids[len(chunk):]
		wanted, known, err := p.unknown(ctx, chunk)
		if err != nil {
			return errors.Join(settle(), err)
		}
		done, failure := p.batch(ctx, wanted)
		before := cursor
		if advance {
			cursor.LastUID = reached(chunk, known, done, cursor.LastUID)
		}
		if err := settle(); err != nil {
			return err
		}
		if len(done) > 0 || cursor.LastUID != before.LastUID {
			storing = p.store(ctx, done, cursor)
		}
		if failure != nil {
			if err := settle(); err != nil {
				return err
			}
			return failure
		}
	}
	return settle()
}

// unknown gives those of chunk whose bytes we have not, and which we have.
func (p *poll) unknown(ctx context.Context, chunk []uint32) (wanted []uint32, known map[uint32]bool, err error) {
	if known, err = p.sink.Known(ctx, p.result.Cursor.UIDValidity, chunk); err != nil {
		return nil, nil, storeError{err}
	}
	for _, u := range chunk {
		if !known[u] {
			wanted = append(wanted, u)
		}
	}
	return wanted, known, nil
}

// reached is the last UID of chunk up to which every one is known or done.
func reached(chunk []uint32, known map[uint32]bool, done []caught, last uint32) uint32 {
	have := map[uint32]bool{}
	for _, f := range done {
		have[f.UID] = true
	}
	for _, u := range chunk {
		if !known[u] && !have[u] {
			break
		}
		last = u
	}
	return last
}

// batch fetches messages: together while all goes well, one at a time after a failure. With an error it
// gives what was done before.
func (p *poll) batch(ctx context.Context, uids []uint32) (done []caught, err error) {
	if len(uids) == 0 {
		return nil, nil
	}
	s, err := p.connected(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]facts, len(uids))
	for i, u := range uids {
		all[i] = facts{uid: u, size: -1}
	}
	if !p.raw {
		if all, err = s.ask(uids); err != nil {
			if err := p.failed(ctx, err); err != nil {
				return nil, err
			}
		}
	}
	for len(all) > 0 {
		var part []facts
		part, all = p.limits.split(all)
		bodies, err := p.together(ctx, part)
		if err != nil {
			return done, err
		}
		for _, f := range part {
			if b, ok := bodies[f.uid]; ok {
				done = append(done, caught{p.fetched(f, b), b})
				continue
			}
			one, err := p.single(ctx, f)
			if err != nil {
				return done, err
			}
			done = append(done, caught{Fetched: one})
		}
	}
	return done, nil
}

// split takes messages from the front until their sizes fill a batch. One of unknown size goes alone.
func (l Limits) split(all []facts) (part, rest []facts) {
	var total int64
	for i, f := range all {
		total += f.size
		if i > 0 && (f.size < 0 || total > l.BatchBytes || all[0].size < 0) {
			return all[:i], all[i:]
		}
	}
	return all, nil
}

// together fetches several messages in one command. It gives nothing, and no error, when that failed in
// a way that is worth going one by one.
func (p *poll) together(ctx context.Context, part []facts) (map[uint32]body, error) {
	if len(part) == 1 || p.raw { // single does it
		return nil, nil
	}
	s, err := p.connected(ctx)
	if err != nil {
		return nil, err
	}
	bodies, err := s.fetch(ctx, part, p.blobs)
	if err == nil {
		p.good = time.Now()
		return bodies, nil
	}
	return nil, p.failed(ctx, err)
}

// failed hangs up after a failure. It gives the error back when there is no use in going on.
func (p *poll) failed(ctx context.Context, err error) error {
	p.hangUp()
	var own storeError
	if ctx.Err() != nil || errors.As(err, &own) {
		return err
	}
	if isTimeout(err) && time.Since(p.good) >= p.limits.Patience {
		return err
	}
	return nil
}

// single gets one message, by every means, or says why not. Its error ends the poll.
func (p *poll) single(ctx context.Context, f facts) (Fetched, error) {
	if f.size > p.limits.MaxMessage {
		return p.unfetchable(f, TooLarge, fmt.Errorf("%d bytes", f.size)), nil
	}
	if p.raw {
		return p.byHand(ctx, f)
	}
	s, err := p.connected(ctx)
	if err != nil {
		return Fetched{}, err
	}
	bodies, err := s.fetch(ctx, []facts{f}, p.blobs)
	if err == nil && len(bodies) == 0 {
		var seq uint32
		if seq, err = s.sequence(f.uid); err == nil && seq == 0 {
			return p.unfetchable(f, Vanished, errors.New("deleted between listing and fetching")), nil
		}
		if err == nil {
			bodies, err = s.fetchBySequence(ctx, f, p.blobs)
		}
	}
	if err == nil && len(bodies) > 0 {
		if b, ok := bodies[f.uid]; ok {
			one := map[uint32]body{f.uid: b}
			if err := keep(ctx, one, p.blobs); err != nil {
				return Fetched{}, err
			}
			return p.fetched(f, one[f.uid]), nil
		}
	}
	if err != nil {
		if stop := p.failed(ctx, err); stop != nil {
			return Fetched{}, stop
		}
		if isTimeout(err) || errors.Is(err, errAnnounced) {
			return p.unfetchable(f, whyOf(err), err), nil
		}
		if p.broken++; p.broken >= brokenAnswers && !errors.Is(err, io.ErrUnexpectedEOF) {
			p.raw = true
		}
	}
	return p.byHand(ctx, f)
}

// byHand is the last means.
func (p *poll) byHand(ctx context.Context, f facts) (Fetched, error) {
	s, err := p.connected(ctx)
	if err != nil {
		return Fetched{}, err
	}
	b, date, err := s.fetchRaw(ctx, f, p.blobs)
	if !p.raw {
		p.hangUp() // the library cannot go on with it
	}
	f.date = date
	if err != nil {
		if stop := p.failed(ctx, err); stop != nil {
			return Fetched{}, stop
		}
		return p.unfetchable(f, whyOf(err), err), nil
	}
	one := map[uint32]body{f.uid: b}
	if err := keep(ctx, one, p.blobs); err != nil {
		return Fetched{}, err
	}
	return p.fetched(f, one[f.uid]), nil
}

func (p *poll) fetched(f facts, b body) Fetched {
	p.good = time.Now()
	return Fetched{UIDValidity: p.result.Cursor.UIDValidity, UID: f.uid, InternalDate: f.date, SHA256: b.sha, Size: b.size}
}

func (p *poll) unfetchable(f facts, why Why, err error) Fetched {
	return Fetched{UIDValidity: p.result.Cursor.UIDValidity, UID: f.uid, InternalDate: f.date, Why: why, Detail: err.Error()}
}

// whyOf names the failure.
func whyOf(err error) Why {
	switch {
	case isTimeout(err):
		return Stalled
	case errors.Is(err, errAnnounced):
		return TooLarge
	case errors.Is(err, errNoBody):
		return EmptyBody
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return Truncated
	}
	return BrokenAnswer
}
