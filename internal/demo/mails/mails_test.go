package mails

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // the usual character sets

	"kualik/internal/demo/world"
)

var theWorld = world.Generate(1, world.Usual("2026-11-20"))

// written is what the tests look at; it is made once.
var written = sync.OnceValues(func() ([]Mail, error) { return Write(theWorld) })

func write(t *testing.T) []Mail {
	t.Helper()
	list, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWriteGivesTheSameEveryTime(t *testing.T) {
	a := write(t)
	start := time.Now()
	b, err := Write(theWorld)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails in %v", len(b), time.Since(start))
	for i := range a {
		if !bytes.Equal(a[i].Raw, b[i].Raw) || !a[i].ReceivedAt.Equal(b[i].ReceivedAt) {
			t.Fatalf("mail %d (%v) differs from run to run", i, a[i].Truth.Tags)
		}
	}
}

func TestMailboxHoldsWhatWasAsked(t *testing.T) {
	list := write(t)
	outcomes, certs, size, sums := map[string]int{}, map[string]int{}, 0, map[[32]byte]int{}
	for i, m := range list {
		outcomes[m.Truth.Outcome]++
		size += len(m.Raw)
		sums[sha256.Sum256(m.Raw)]++
		if i > 0 && m.ReceivedAt.Before(list[i-1].ReceivedAt) {
			t.Errorf("mail %d came before the one before it", i)
		}
		for _, k := range m.Truth.Certificates {
			c := theWorld.Certificate(k)
			certs[k]++
			if day := c.RegisteredOn; c.Key == "" || m.ReceivedAt.Before(day.Time()) {
				t.Errorf("mail %d brings %q of %s on %s", i, k, day, m.ReceivedAt)
			}
		}
	}
	t.Logf("%d mails, %d KiB, outcomes %v, %d certificates, %d different messages", len(list), size>>10, outcomes, len(certs), len(sums))
	if len(list) < 120 || len(certs) < 90 || outcomes[NothingFound] < 20 || outcomes[Quarantined] < 4 || len(list)-len(sums) != outcomes[Duplicate] {
		t.Error("the mailbox lacks something")
	}
}

// TestMailsOpen reads every mail with a library and finds in it at least one file for each mail that
// brings certificates, whole and of the type that its bytes say.
func TestMailsOpen(t *testing.T) {
	for _, m := range write(t) {
		e, err := message.Read(bytes.NewReader(m.Raw))
		if err != nil && !message.IsUnknownCharset(err) {
			t.Errorf("%v: %v", m.Truth.Tags, err)
			continue
		}
		files := attachments(t, e)
		if len(m.Truth.Certificates) == 0 {
			continue
		}
		if !slices.ContainsFunc(files, document) {
			t.Errorf("%v: no document among %d files", m.Truth.Tags, len(files))
		}
	}
}

func document(data []byte) bool {
	return bytes.HasPrefix(data, []byte("%PDF-")) && bytes.Contains(data[len(data)-16:], []byte("%%EOF")) || bytes.HasPrefix(data, []byte("\xff\xd8")) || bytes.HasPrefix(data, []byte("PK\x03\x04"))
}

func attachments(t *testing.T, e *message.Entity) [][]byte {
	t.Helper()
	kind, _, _ := e.Header.ContentType()
	if kind == "message/rfc822" {
		inner, err := message.Read(e.Body)
		if err != nil {
			t.Fatalf("inner message: %v", err)
		}
		return attachments(t, inner)
	}
	parts := e.MultipartReader()
	if parts == nil {
		data, err := io.ReadAll(e.Body)
		if err != nil {
			t.Errorf("read a part: %v", err)
		}
		if strings.HasPrefix(kind, "text/") {
			return nil
		}
		return [][]byte{data}
	}
	var list [][]byte
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil && !message.IsUnknownCharset(err) {
			t.Errorf("next part: %v", err)
			return list
		}
		list = append(list, attachments(t, p)...)
	}
}
