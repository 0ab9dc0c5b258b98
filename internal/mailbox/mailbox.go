// Package mailbox brings what arrives in IMAP folders into the ledger: every message that a server ever
// showed has a row, its raw bytes in the blob store first.
//
// It is the beginning of the mail flow and knows nothing of what a message says. A Config names a folder,
// Poll goes through a server's folder into a Sink, Store is the Sink over PostgreSQL, and Poller runs all
// folders of the installation: one poller a folder, whatever the number of processes. The server's copy
// is only read (EXAMINE, BODY.PEEK); nothing is flagged, moved or deleted.
//
// Servers misbehave, and go-imap makes some of that a silent loss. Therefore: UIDs are asked for first
// and compared with what came; a failed command's results are thrown away; after a failure messages go one
// at a time; a message that the library cannot read is read by hand (raw.go); and one that cannot be had at
// all is a row with a reason, tried again later.
package mailbox

import (
	"context"
	"io"
	"time"

	"kualik/internal/blob"
)

// Cursor is how far a folder has been read.
type Cursor struct {
	UIDValidity uint32
	LastUID     uint32   // every UID up to here has a row
	Retry       []uint32 // UIDs with a row and without bytes, to be tried again
}

// Why says why a message's bytes could not be had; it is the row's reason.
type Why string

// The reasons. A vanished message was deleted between listing and fetching, and is not tried again.
const (
	TooLarge     Why = "too_large"
	Stalled      Why = "stalled"       // the server stopped in the middle
	Truncated    Why = "truncated"     // the server hung up in the middle
	EmptyBody    Why = "empty_body"    // the server says that there is none
	BrokenAnswer Why = "broken_answer" // not to be understood
	Vanished     Why = "vanished"
)

// Fetched is a message whose bytes are stored, or for which it is known Why they are not.
type Fetched struct {
	UIDValidity  uint32
	UID          uint32
	InternalDate time.Time // zero when the server did not say
	SHA256       string
	Size         int64
	Why          Why
	Detail       string // the error verbatim
}

// Sink takes what Poll finds.
type Sink interface {
	// Known tells which UIDs have their bytes already.
	Known(ctx context.Context, uidValidity uint32, uids []uint32) (map[uint32]bool, error)
	// Store keeps the rows and the cursor in one transaction.
	Store(ctx context.Context, batch []Fetched, cursor Cursor) error
}

// Blobs keeps raw bytes. When its methods return without an error, the bytes survive a loss of power.
type Blobs interface {
	Put(ctx context.Context, content io.Reader) (blob.Ref, error)
	PutAll(ctx context.Context, contents [][]byte) ([]blob.Ref, error)
}

// Limits bound a poll.
type Limits struct {
	Connect    time.Duration // for the connection and the handshake
	Command    time.Duration // silence in answer to a command
	Stall      time.Duration // silence while messages come
	Fetch      time.Duration // the whole of a fetch, and a second more for each Rate bytes
	Rate       int64         // bytes a second that a server must keep up
	Patience   time.Duration // a stall so long after the last success ends the poll
	MaxMessage int64         // bytes
	Batch      int           // messages in one fetch and one transaction
	BatchBytes int64
}

// DefaultLimits never let a server hold a poll up for more than 30 seconds.
var DefaultLimits = Limits{
	Connect: 10 * time.Second, Command: 20 * time.Second, Stall: 8 * time.Second, Fetch: 12 * time.Second, Rate: 32 << 10,
	Patience: 20 * time.Second, MaxMessage: 150 << 20, Batch: 100, BatchBytes: 16 << 20,
}

// Result is what a poll did.
type Result struct {
	Cursor   Cursor
	Changed  bool // the server numbers its messages anew (UIDVALIDITY)
	New      int  // messages stored
	Failed   int  // messages whose bytes could not be had
	Messages uint32
}
