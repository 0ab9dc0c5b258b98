package mailbox

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The poison message is UID 30 of six; with it a server may do what it likes, the others must come.
const poison = 30

func TestMisbehavingServers(t *testing.T) {
	hangUp := func(text string) func(*fake, *bufio.Writer, int, uint32) bool {
		return func(f *fake, w *bufio.Writer, seq int, uid uint32) bool {
			fmt.Fprintf(w, text, seq, uid)
			return true
		}
	}
	goOn := func(text string) func(*fake, *bufio.Writer, int, uint32) bool {
		return func(f *fake, w *bufio.Writer, seq int, uid uint32) bool {
			fmt.Fprintf(w, strings.ReplaceAll(text, "LITERAL", fmt.Sprintf("{%d}\r\n%s", len(f.bodies[uid]), f.bodies[uid])), seq, uid)
			return false
		}
	}
	whole := string(mail(3))
	for name, c := range map[string]struct {
		bad  misbehaviour
		want string // of the poison message
		err  bool   // the poll tells of a failure
	}{
		"a good server": {misbehaviour{}, whole, false},
		"stalls inside a literal": {misbehaviour{body: func(_ *fake, w *bufio.Writer, seq int, uid uint32) bool {
			fmt.Fprintf(w, "* %d FETCH (UID %d BODY[] {500}\r\nFrom: x", seq, uid)
			w.Flush()
			time.Sleep(4 * quick.Stall)
			return true
		}}, "(stalled)", false},
		"announces 8 GiB":              {misbehaviour{body: hangUp("* %d FETCH (UID %d BODY[] {8589934592}\r\nFrom: x")}, "(too_large)", false},
		"dies inside a literal":        {misbehaviour{body: hangUp("* %d FETCH (UID %d BODY[] {500}\r\nFrom: x")}, "(truncated)", false},
		"dies before the literal":      {misbehaviour{body: hangUp("* %d FETCH (UID %d ")}, "(truncated)", false},
		"sends NIL":                    {misbehaviour{body: goOn("* %d FETCH (UID %d BODY[] NIL)\r\n")}, "(empty_body)", false},
		"sends the UID after the body": {misbehaviour{body: goOn("* %d FETCH (BODY[] LITERAL UID %d)\r\n")}, whole, false},
		"an unknown attribute":         {misbehaviour{body: goOn("* %d FETCH (UID %d X-MOOD \"fine\" BODY[] LITERAL)\r\n")}, whole, false},
		"a bad BODYSTRUCTURE":          {misbehaviour{body: goOn("* %d FETCH (UID %d BODYSTRUCTURE (NIL NIL BODY[] LITERAL)\r\n")}, whole, false},
		"a quoted body":                {misbehaviour{body: goOn("* %d FETCH (X-A 1 UID %d BODY[] \"a \\\"b\\\" c\")\r\n")}, `a "b" c`, false},
		"not what was asked for":       {misbehaviour{body: goOn("* %d FETCH (UID 9%d BODY[] LITERAL)\r\n")}, "(empty_body)", false},
		"a folder name in raw bytes":   {misbehaviour{extra: "* LIST () \"/\" \"\xd1\xef\xe0\xec\"\r\n"}, whole, false},
		"a broken date": {misbehaviour{meta: func(f *fake, seq int, uid uint32) (string, bool) {
			return fmt.Sprintf("* %d FETCH (UID %d INTERNALDATE \"yesterday\" RFC822.SIZE 5)\r\n", seq, uid), uid == poison
		}}, whole, false},
		"an unknown attribute before": {misbehaviour{meta: func(f *fake, seq int, uid uint32) (string, bool) {
			return fmt.Sprintf("* %d FETCH (UID %d X-MOOD (a b) RFC822.SIZE %d)\r\n", seq, uid, len(f.bodies[uid])), true
		}}, whole, false},
		"leaves a message out before": {misbehaviour{meta: func(*fake, int, uint32) (string, bool) { return "", true }}, whole, false},
		"another size than the real one": {misbehaviour{meta: func(_ *fake, seq int, uid uint32) (string, bool) {
			return fmt.Sprintf("* %d FETCH (UID %d RFC822.SIZE 10)\r\n", seq, uid), true
		}}, whole, false},
		"a size of 8 GiB": {misbehaviour{meta: func(_ *fake, seq int, uid uint32) (string, bool) {
			return fmt.Sprintf("* %d FETCH (UID %d RFC822.SIZE 8589934592)\r\n", seq, uid), uid == poison
		}}, "(too_large)", false},
		"floods":                     {misbehaviour{flood: true}, "(no row)", true},
		"is silent at the greeting":  {misbehaviour{silent: "greeting"}, "(no row)", true},
		"is silent after LOGIN":      {misbehaviour{silent: "LOGIN"}, "(no row)", true},
		"is silent after EXAMINE":    {misbehaviour{silent: "EXAMINE"}, "(no row)", true},
		"is silent after SEARCH":     {misbehaviour{silent: "SEARCH"}, "(no row)", true},
		"is silent when asked":       {misbehaviour{silent: "FETCH"}, whole, false},
		"is silent when fetched":     {misbehaviour{silent: "BODY"}, "(no row)", true},
		"numbers anew at each login": {misbehaviour{renumbers: true, body: hangUp("* %d FETCH (UID %d")}, "(no row)", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, 6)
			f.set(c.bad)
			m := newMemory()
			began := time.Now()
			r, err := Poll(context.Background(), config(t, f.url()), quick, Cursor{}, m, m)
			took := time.Since(began)
			t.Logf("took %.1f s", took.Seconds())
			if (err != nil) != c.err {
				t.Errorf("error %v", err)
			}
			if took > longest {
				t.Errorf("it hung for %v", took)
			}
			if got := m.text(poison); got != c.want {
				t.Errorf("the poison message: got %q, want %q", got, c.want)
			}
			for i, uid := range f.uids {
				got := m.text(uid)
				if uid != poison && got != string(mail(i+1)) && !(c.err && (got == "(stalled)" || uid > r.Cursor.LastUID)) {
					t.Errorf("UID %d: %q", uid, got)
				}
				if got == "(no row)" && uid <= r.Cursor.LastUID {
					t.Errorf("UID %d is lost: the cursor stands at %d", uid, r.Cursor.LastUID)
				}
			}
			f.recovers(t, m)
		})
	}
}

// recovers lets the server behave, and expects everything from the next poll.
func (f *fake) recovers(t *testing.T, m *memory) {
	t.Helper()
	f.set(misbehaviour{})
	cursor := m.cursor
	for uid, row := range m.rows {
		if row.Why != "" {
			cursor.Retry = append(cursor.Retry, uid)
		}
	}
	if _, err := Poll(context.Background(), config(t, f.url()), quick, cursor, m, m); err != nil {
		t.Fatalf("the server behaves again: %v", err)
	}
	for i, uid := range f.uids {
		if got := m.text(uid); got != string(mail(i+1)) && got != `a "b" c` {
			t.Errorf("after all UID %d is %q", uid, got)
		}
	}
}

// A server that the library understands nothing of is read by hand, on one connection.
func TestReadingByHand(t *testing.T) {
	f := startFake(t, 40)
	f.set(misbehaviour{extra: "* LIST () \"/\" \"\xd1\xef\xe0\xec\"\r\n"})
	m := newMemory()
	r, err := Poll(context.Background(), config(t, f.url()), quick, Cursor{}, m, m)
	if err != nil || r.New != 40 || m.text(400) != string(mail(40)) {
		t.Errorf("%+v, %v", r, err)
	}
	if f.logins > 12 {
		t.Errorf("%d log-ins", f.logins)
	}
}

// A message that is deleted between listing and fetching has a row that says so.
func TestVanishedMessage(t *testing.T) {
	f := startFake(t, 6)
	f.set(misbehaviour{meta: func(f *fake, seq int, uid uint32) (string, bool) {
		if uid == poison {
			f.uids = append(append([]uint32{}, f.uids[:2]...), f.uids[3:]...)
			return "", true
		}
		return "", false
	}})
	m := newMemory()
	r, err := Poll(context.Background(), config(t, f.url()), quick, Cursor{}, m, m)
	if err != nil || m.text(poison) != "(vanished)" || r.Failed != 1 || m.text(60) != string(mail(6)) {
		t.Errorf("%+v, %v, %q, %q", r, err, m.text(poison), m.text(60))
	}
}

// Many poison messages in a row do not keep the others away for ever.
func TestStallsEndAPollAndTheNextGoesOn(t *testing.T) {
	f := startFake(t, 6)
	f.set(misbehaviour{silent: "BODY"})
	m := newMemory()
	cursor := Cursor{}
	for range 3 {
		r, err := Poll(context.Background(), config(t, f.url()), quick, cursor, m, m)
		if err == nil {
			t.Fatal("no error")
		}
		if r.Cursor.LastUID <= cursor.LastUID {
			t.Fatalf("no progress: %+v", r)
		}
		cursor = r.Cursor
	}
}
