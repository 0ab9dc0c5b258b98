package mailbox

import "context"

// stored is a batch that was stored, or why not.
type stored struct {
	batch  []Fetched
	cursor Cursor
	err    error
}

// store puts bytes that are still in memory into the blob store, then rows and cursor into the sink, in the
// background: it needs nothing of the session.
func (p *poll) store(ctx context.Context, done []caught, cursor Cursor) chan stored {
	out := make(chan stored, 1)
	go func() {
		bodies := map[uint32]body{}
		for _, c := range done {
			if c.SHA256 == "" && c.Why == "" {
				bodies[c.UID] = c.body
			}
		}
		s := stored{cursor: cursor, err: keep(ctx, bodies, p.blobs)}
		for _, c := range done {
			if b, ok := bodies[c.UID]; ok {
				c.SHA256, c.Size = b.sha, b.size
			}
			s.batch = append(s.batch, c.Fetched)
		}
		if s.err == nil {
			if err := p.sink.Store(ctx, s.batch, cursor); err != nil {
				s.err = storeError{err}
			}
		}
		out <- s
	}()
	return out
}

// count takes a stored batch into the result.
func (p *poll) count(s stored) error {
	if s.err != nil {
		return s.err
	}
	p.result.Cursor = s.cursor
	for _, f := range s.batch {
		if f.Why == "" {
			p.result.New++
		} else {
			p.result.Failed++
		}
	}
	return nil
}

// caught is a message that was fetched, whose body may still be in memory.
type caught struct {
	Fetched
	body body
}
