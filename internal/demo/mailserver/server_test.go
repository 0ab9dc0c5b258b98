package mailserver

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/smtp"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"kualik/internal/clock"
)

const (
	office   = "kualik@koktobe.example"
	password = "p@ss/word"
)

var noon = time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{Dir: dir, IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Users: map[string]string{office: password}, Clock: clock.At(noon)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func client(t *testing.T, s *Server, o *imapclient.Options) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(s.IMAPAddr(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(office, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// send mails a letter with the client of the standard library.
func send(t *testing.T, s *Server, to, subject string) error {
	t.Helper()
	letter := "From: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("Әсел")) + "?= <asel@pochta.example>\r\nTo: " + to +
		"\r\nSubject: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(subject)) + "?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nКуәлік\r\n.жол нүктеден басталады\r\n"
	c, err := smtp.Dial(s.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Hello("client.example"); err != nil {
		t.Fatal(err)
	}
	if err := c.Mail("asel@pochta.example"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(letter)); err != nil {
		return err
	}
	return w.Close()
}

type fetched struct {
	uid  imap.UID
	at   time.Time
	raw  []byte
	seen bool
}

func fetchAll(t *testing.T, c *imapclient.Client) []fetched {
	t.Helper()
	section := &imap.FetchItemBodySection{Peek: true}
	list, err := c.Fetch(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var out []fetched
	for _, m := range list {
		f := fetched{uid: m.UID, at: m.InternalDate, raw: m.FindBodySection(section)}
		for _, flag := range m.Flags {
			f.seen = f.seen || flag == imap.FlagSeen
		}
		if int64(len(f.raw)) != m.RFC822Size {
			t.Errorf("UID %d: %d bytes, size says %d", m.UID, len(f.raw), m.RFC822Size)
		}
		out = append(out, f)
	}
	return out
}

// A head that a library would write otherwise: it must come back to the byte.
var odd = []byte("Subject:  two  spaces\r\nfrom: a@b.example\r\nX-Raw: \xf1\xe2\xe8\r\n\r\nbody\r\n")

func TestMessagesSurviveARestartWithTheirUIDs(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	if err := s.Deliver(office, odd, noon.AddDate(0, 0, -3)); err != nil {
		t.Fatal(err)
	}
	if err := send(t, s, office, "Авторлық куәлік"); err != nil {
		t.Fatal(err)
	}
	c := client(t, s, nil)
	first, err := c.Select("inbox", nil).Wait()
	if err != nil || first.NumMessages != 2 || first.UIDNext != 3 {
		t.Fatalf("%+v, %v", first, err)
	}
	before := fetchAll(t, c)
	if !bytes.Equal(before[0].raw, odd) || !before[0].at.Equal(noon.AddDate(0, 0, -3)) {
		t.Errorf("came back as %q of %s", before[0].raw, before[0].at)
	}
	if !bytes.HasSuffix(before[1].raw, []byte("\r\n.жол нүктеден басталады\r\n")) {
		t.Errorf("the letter's end: %q", before[1].raw)
	}
	if !bytes.Contains(before[1].raw, []byte("Return-Path: <asel@pochta.example>")) || !bytes.Contains(before[1].raw, []byte("Received: from client.example")) {
		t.Errorf("the letter has no trace: %q", before[1].raw[:200])
	}
	if _, err := c.Store(imap.UIDSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Collect(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = start(t, dir)
	c = client(t, s, nil)
	again, err := c.Select("INBOX", nil).Wait()
	if err != nil || again.UIDValidity != first.UIDValidity || again.UIDNext != first.UIDNext {
		t.Fatalf("%+v, was %+v, %v", again, first, err)
	}
	after := fetchAll(t, c)
	if len(after) != 2 || !bytes.Equal(after[1].raw, before[1].raw) || after[1].uid != 2 || !after[1].seen || after[0].seen {
		t.Errorf("after the restart: %+v", after)
	}
}

func TestUIDsAreNeverGivenAgain(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	for range 3 {
		if err := s.Deliver(office, odd, noon); err != nil {
			t.Fatal(err)
		}
	}
	c := client(t, s, nil)
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if copied, err := c.Copy(imap.UIDSetNum(3), "Spam").Wait(); err != nil || len(copied.DestUIDs) != 1 {
		t.Fatalf("%+v, %v", copied, err)
	}
	if _, err := c.Store(imap.UIDSetNum(2, 3), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Collect(); err != nil {
		t.Fatal(err)
	}
	if err := c.UIDExpunge(imap.UIDSetNum(3)).Close(); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s = start(t, dir)
	if err := s.Deliver(office, odd, noon); err != nil {
		t.Fatal(err)
	}
	c = client(t, s, nil)
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	var uids []imap.UID
	for _, m := range fetchAll(t, c) {
		uids = append(uids, m.uid)
	}
	if len(uids) != 3 || uids[0] != 1 || uids[1] != 2 || uids[2] != 4 {
		t.Errorf("UIDs %v, want 1 2 4", uids)
	}
	spam, err := c.Status("Spam", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil || *spam.NumMessages != 1 {
		t.Errorf("%+v, %v", spam, err)
	}
}

func TestIdleTellsOfALetter(t *testing.T) {
	s := start(t, t.TempDir())
	told := make(chan uint32, 4)
	c := client(t, s, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
		if d.NumMessages != nil {
			told <- *d.NumMessages
		}
	}}})
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t, s, strings.Replace(office, "@", "+k7f3@", 1), "Куәлік"); err != nil { // an address of it with a tag
		t.Fatal(err)
	}
	select {
	case n := <-told:
		if n != 1 {
			t.Errorf("told of %d messages", n)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing was told")
	}
	if err := idle.Close(); err != nil {
		t.Error(err)
	}
}

func TestLettersToPeopleAreKept(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	if err := send(t, s, "Dana@Koktobe.example", "Отчёт за октябрь"); err != nil {
		t.Fatal(err)
	}
	if err := send(t, s, "somebody@real-place.kz", "Отчёт"); err == nil {
		t.Error("took a letter to the outside")
	}
	_ = s.Close()
	s = start(t, dir)
	list, err := s.Letters()
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if l := list[0]; l.To != "dana@koktobe.example" || l.Subject != "Отчёт за октябрь" || !strings.Contains(l.From, "Әсел") || !l.At.Equal(noon) {
		t.Errorf("%+v", l)
	}
	raw, err := s.LetterBytes(list[0].ID)
	if err != nil || int64(len(raw)) != list[0].Size {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	if _, err := s.LetterBytes("../users/x"); err == nil {
		t.Error("read a letter that is none")
	}
}

func TestSearchAndStrangers(t *testing.T) {
	s := start(t, t.TempDir())
	for i := range 3 {
		if err := s.Deliver(office, append([]byte("X-N: "+strconv.Itoa(i)+"\r\n"), odd...), noon.AddDate(0, 0, -i)); err != nil {
			t.Fatal(err)
		}
	}
	c := client(t, s, nil)
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]struct {
		criteria imap.SearchCriteria
		want     string
	}{
		"since":  {imap.SearchCriteria{Since: noon.AddDate(0, 0, -1)}, "1:2"},
		"uid":    {imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 3, Stop: 0}}}}, "3"},
		"header": {imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "X-N", Value: "1"}}}, "2"},
		"not":    {imap.SearchCriteria{Not: []imap.SearchCriteria{{UID: []imap.UIDSet{{{Start: 2, Stop: 2}}}}}}, "1,3"},
		"unseen": {imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, "1:3"},
	} {
		data, err := c.UIDSearch(&q.criteria, nil).Wait()
		if err != nil || data.All == nil || data.All.String() != q.want {
			t.Errorf("%s: %+v, %v", name, data, err)
		}
	}
	stranger, err := imapclient.DialInsecure(s.IMAPAddr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.Login(office, "guess").Wait(); err == nil {
		t.Error("let a stranger in")
	}
}

func TestAddressesForSettings(t *testing.T) {
	s := start(t, t.TempDir())
	u, err := url.Parse(s.MailboxURL(office, "INBOX"))
	if err != nil {
		t.Fatal(err)
	}
	if pass, _ := u.User.Password(); u.User.Username() != office || pass != password || u.Path != "/INBOX" || u.Host != s.IMAPAddr() {
		t.Errorf("%s", u)
	}
	if !strings.HasPrefix(s.SMTPURL(), "smtp://127.0.0.1:") {
		t.Error(s.SMTPURL())
	}
}

func TestEndOfTheContextEndsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Options{Dir: t.TempDir(), IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	s.running.Wait()
	// Asked of the listeners themselves: another program may have taken the port by now.
	for _, l := range []net.Listener{s.imapListener, s.smtpListener} {
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("still listening: %v", err)
		}
	}
}
