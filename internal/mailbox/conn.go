package mailbox

import (
	"net"
	"sync"
	"time"
)

// guardedConn is a connection on which nothing waits for ever: while a command runs, each read ends after
// its stall limit or at the command's hard deadline, whichever comes first. go-imap sets deadlines of its
// own, of up to five minutes and none at all between answers; they are not heard.
type guardedConn struct {
	net.Conn

	mu    sync.Mutex
	stall time.Duration // 0: no command runs, nobody waits
	hard  time.Time
	taken bool  // the library's reader is shut out
	late  error // a deadline has passed; only Read uses it

	parked, closed       chan struct{}
	parkOnce, closedOnce sync.Once
}

func guard(conn net.Conn) *guardedConn {
	return &guardedConn{Conn: conn, parked: make(chan struct{}), closed: make(chan struct{})}
}

// allow begins a command: the server may be silent for stall, and the whole may last total.
func (c *guardedConn) allow(stall, total time.Duration) {
	c.mu.Lock()
	c.stall, c.hard = stall, time.Now().Add(total)
	c.mu.Unlock()
	c.arm() // the library is reading already
}

// rest ends a command.
func (c *guardedConn) rest() {
	c.mu.Lock()
	c.stall = 0
	c.mu.Unlock()
	c.arm()
}

// arm sets the deadline of the next read, and of one that waits already.
func (c *guardedConn) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var d time.Time
	if c.stall > 0 {
		d = time.Now().Add(c.stall)
		if c.hard.Before(d) {
			d = c.hard
		}
	}
	c.Conn.SetReadDeadline(d) //nolint:errcheck // a closed connection says so at the next read
}

// Read reads for the library; after takeOver it waits until the connection is closed.
func (c *guardedConn) Read(b []byte) (int, error) {
	if !c.isTaken() {
		if c.late != nil {
			return 0, c.late
		}
		c.arm()
		n, err := c.Conn.Read(b)
		if n > 0 || !c.isTaken() {
			if isTimeout(err) {
				c.late = err // go-imap reads once more after an error
			}
			return n, err
		}
	}
	c.parkOnce.Do(func() { close(c.parked) })
	<-c.closed
	return 0, net.ErrClosed
}

func (c *guardedConn) isTaken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken
}

// takeOver shuts the library's reader out and gives the connection to the caller, for good.
func (c *guardedConn) takeOver() *guardedReader {
	c.mu.Lock()
	c.taken = true
	c.mu.Unlock()
	c.Conn.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // wakes the reader
	select {
	case <-c.parked:
	case <-c.closed:
	}
	return &guardedReader{c}
}

// guardedReader reads under the limits after a takeOver.
type guardedReader struct{ c *guardedConn }

func (r *guardedReader) Read(b []byte) (int, error) {
	r.c.arm()
	return r.c.Conn.Read(b)
}

// Close closes the connection; every waiting read ends.
func (c *guardedConn) Close() error {
	c.closedOnce.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// SetDeadline does nothing: see guardedConn.
func (c *guardedConn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: see guardedConn.
func (c *guardedConn) SetReadDeadline(time.Time) error { return nil }
