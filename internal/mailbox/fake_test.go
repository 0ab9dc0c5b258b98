package mailbox

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is an IMAP server that knows just the commands of a poll, and misbehaves as told.
type fake struct {
	address string
	mu      sync.Mutex
	uids    []uint32
	bodies  map[uint32]string
	uidv    int
	logins  int
	bad     misbehaviour
}

// misbehaviour says what goes wrong. The zero value is a good server.
type misbehaviour struct {
	silent    string                                                         // no answer to this command, or to "greeting"
	extra     string                                                         // sent before the answer to FETCH
	meta      func(f *fake, seq int, uid uint32) (string, bool)              // answer about a message instead
	body      func(f *fake, w *bufio.Writer, seq int, uid uint32) (end bool) // answer with a message instead; end hangs up or stalls
	flood     bool                                                           // endless words in answer to FETCH
	renumbers bool                                                           // another UIDVALIDITY at each log-in
}

func startFake(t *testing.T, n int) *fake {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{address: l.Addr().String(), bodies: map[uint32]string{}, uidv: 7}
	for i := 1; i <= n; i++ {
		uid := uint32(10 * i)
		f.uids = append(f.uids, uid)
		f.bodies[uid] = string(mail(i))
	}
	var conns sync.WaitGroup
	stop := make(chan struct{})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { f.serve(c, stop) })
		}
	}()
	t.Cleanup(func() { l.Close(); close(stop); conns.Wait() })
	return f
}

func (f *fake) set(b misbehaviour) { f.mu.Lock(); defer f.mu.Unlock(); f.bad = b }

func (f *fake) url() string { return "imap://me:secret@" + f.address + "/INBOX?tls=none" }

// serve talks on one connection until it ends.
func (f *fake) serve(c net.Conn, stop chan struct{}) {
	defer c.Close()
	go func() { <-stop; c.Close() }()
	r, w := bufio.NewReader(c), bufio.NewWriter(c)
	if f.current().silent == "greeting" {
		<-stop
		return
	}
	fmt.Fprint(w, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
	for {
		w.Flush()
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		if mechanism, ok := strings.CutPrefix(command, "AUTHENTICATE "); ok {
			f.authenticate(r, w, tag, mechanism)
			continue
		}
		if !f.answer(w, tag, command, stop) {
			w.Flush()
			return
		}
	}
}

func (f *fake) current() misbehaviour { f.mu.Lock(); defer f.mu.Unlock(); return f.bad }

var uidSetPattern = regexp.MustCompile(`FETCH (\S+) \((.*)\)$`)

// answer gives false when the connection is over.
func (f *fake) answer(w *bufio.Writer, tag, command string, stop chan struct{}) bool {
	bad := f.current()
	name, _, _ := strings.Cut(strings.TrimPrefix(command, "UID "), " ")
	isBody := name == "FETCH" && strings.Contains(command, "BODY")
	if bad.silent == name && !isBody || bad.silent == "BODY" && isBody {
		<-stop
		return false
	}
	switch name {
	case "CAPABILITY":
		fmt.Fprint(w, "* CAPABILITY IMAP4rev1\r\n")
	case "LOGIN":
		f.mu.Lock()
		if f.logins++; bad.renumbers {
			f.uidv++
		}
		f.mu.Unlock()
	case "EXAMINE":
		fmt.Fprintf(w, "* FLAGS (\\Seen)\r\n* %d EXISTS\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n", len(f.uids), f.uidv, f.uids[len(f.uids)-1]+1)
	case "SEARCH":
		f.search(w, command)
	case "FETCH":
		fmt.Fprint(w, bad.extra)
		for bad.flood {
			if _, err := fmt.Fprint(w, "* OK still looking\r\n"); err != nil || w.Flush() != nil {
				return false
			}
			time.Sleep(time.Millisecond)
		}
		m := uidSetPattern.FindStringSubmatch(command)
		for seq, uid := range f.uids {
			n := uid
			if !strings.HasPrefix(command, "UID ") {
				n = uint32(seq + 1)
			}
			if m != nil && contains(m[1], n) && !f.one(w, seq+1, uid, isBody, bad) {
				return false
			}
		}
	}
	fmt.Fprintf(w, "%s OK done\r\n", tag)
	return true
}

// authenticate takes the token "fresh", and refuses others as RFC 7628 and Microsoft do.
func (f *fake) authenticate(r *bufio.Reader, w *bufio.Writer, tag, mechanism string) {
	fmt.Fprint(w, "+ \r\n")
	w.Flush()
	line, _ := r.ReadString('\n')
	message, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	want := map[string]string{
		"XOAUTH2":     "user=me\x01auth=Bearer fresh\x01\x01",
		"OAUTHBEARER": "n,a=me,\x01auth=Bearer fresh\x01\x01",
	}[mechanism]
	if string(message) == want {
		fmt.Fprintf(w, "%s OK welcome\r\n", tag)
		return
	}
	fmt.Fprintf(w, "+ %s\r\n", base64.StdEncoding.EncodeToString([]byte(`{"status":"400"}`)))
	w.Flush()
	r.ReadString('\n') //nolint:errcheck // the end comes at the next read
	fmt.Fprintf(w, "%s NO [AUTHENTICATIONFAILED] token expired\r\n", tag)
}

func (f *fake) search(w *bufio.Writer, command string) {
	fmt.Fprint(w, "* SEARCH")
	set := command[strings.LastIndex(command, " ")+1:]
	for seq, uid := range f.uids {
		if contains(set, uid) {
			if strings.HasPrefix(command, "UID ") {
				fmt.Fprintf(w, " %d", uid)
			} else {
				fmt.Fprintf(w, " %d", seq+1)
			}
		}
	}
	fmt.Fprint(w, "\r\n")
}

func (f *fake) one(w *bufio.Writer, seq int, uid uint32, isBody bool, bad misbehaviour) bool {
	if isBody {
		if bad.body != nil && uid == 30 {
			return !bad.body(f, w, seq, uid)
		}
		fmt.Fprintf(w, "* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n", seq, uid, len(f.bodies[uid]), f.bodies[uid])
		return true
	}
	if bad.meta != nil {
		if s, ok := bad.meta(f, seq, uid); ok {
			fmt.Fprint(w, s)
			return true
		}
	}
	fmt.Fprintf(w, "* %d FETCH (UID %d FLAGS (\\Seen) INTERNALDATE \" 1-Mar-2026 10:00:00 +0500\" RFC822.SIZE %d)\r\n", seq, uid, len(f.bodies[uid]))
	return true
}

// contains reads a set such as 1,3:5,9:*.
func contains(set string, n uint32) bool {
	for _, part := range strings.Split(set, ",") {
		from, to, isRange := strings.Cut(part, ":")
		a, err := strconv.ParseUint(from, 10, 32)
		if err != nil {
			return false
		}
		b := a
		if isRange {
			if to == "*" {
				b = 1 << 32
			} else if b, err = strconv.ParseUint(to, 10, 32); err != nil {
				return false
			}
		}
		if uint64(n) >= a && uint64(n) <= b {
			return true
		}
	}
	return false
}
