package mailbox

import (
	"context"
	"time"

	"github.com/emersion/go-imap/v2"

	"kualik/internal/fault"
)

// quiet is how long IDLE may be silent before the connection is made anew. Firewalls forget an idle
// connection without a word, and RFC 2177 asks for less than half an hour.
const quiet = 10 * time.Minute

func (s *session) canIdle() bool { return s.client.Caps().Has(imap.CapIdle) }

// Watch calls news whenever the server hints that something has come, and once at the beginning, for
// whatever came before. It lasts until the connection ends, quiet has passed or ctx is done. A hint may be
// missing or wrong: only polling knows.
func Watch(ctx context.Context, cfg Config, limits Limits, news func()) error {
	s, err := open(ctx, cfg, limits, news)
	if err != nil {
		return err
	}
	defer s.close()
	s.begin(limits.Command)
	if !s.canIdle() {
		return fault.New(fault.NotFound, "mailbox.no_idle")
	}
	news()
	idle, err := s.client.Idle()
	if err != nil {
		return refused(err, "mailbox.broken_answer")
	}
	s.conn.rest()
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.client.Closed():
		return fault.New(fault.Unavailable, "mailbox.hung_up", "Words", "")
	case <-timer.C:
		s.begin(limits.Command)
		return idle.Close()
	}
}
