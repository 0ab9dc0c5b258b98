// Package mailserver is the demo's own mail: an IMAP and an SMTP server on this machine, in this process,
// whose messages are files and outlive it.
//
// It stands in the demo in the place of the university's mail server; Kualik reaches it over the network as
// it would any other and must not know that it is ours. It takes mail only for addresses under ".example" and
// sends none anywhere.
package mailserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"

	"kualik/internal/clock"
)

const (
	hostName   = "mail.example"
	maxMessage = 64 << 20
)

// Options say where the server keeps its files and where it listens. An address with port 0 takes a free
// port. Users are mail addresses with their passwords; each has the folders INBOX and Spam.
type Options struct {
	Dir      string
	IMAPAddr string
	SMTPAddr string
	Users    map[string]string
	Clock    clock.Clock  // the machine's when nil
	Log      *slog.Logger // silent when nil

	// Before is called once the files are open and before anybody can connect.
	Before func(*Server) error
}

// Server is the pair of servers. Its methods may be called from anywhere.
type Server struct {
	dir   string
	clock clock.Clock
	log   *slog.Logger
	users map[string]*user
	mu    sync.Mutex
	kept  map[string]*folder // letters by recipient

	imap         *imapserver.Server
	smtp         *smtp.Server
	imapListener net.Listener
	smtpListener net.Listener
	running      sync.WaitGroup
	closing      sync.Once
}

// user is somebody with a mailbox.
type user struct {
	dir      string
	password string
	mu       sync.Mutex
	folders  map[string]*folder
}

// Start opens the files and serves until ctx ends or Close is called.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{dir: o.Dir, clock: o.Clock, log: o.Log, users: map[string]*user{}, kept: map[string]*folder{}}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for name, password := range o.Users {
		u, err := openUser(filepath.Join(o.Dir, "users", url.PathEscape(name)), password, uint32(s.now().Unix()))
		if err != nil {
			return nil, fmt.Errorf("open the mailbox of %s: %w", name, err)
		}
		s.users[strings.ToLower(name)] = u
	}
	if err := s.openLetters(); err != nil {
		return nil, err
	}
	if o.Before != nil {
		if err := o.Before(s); err != nil {
			return nil, err
		}
	}
	if err := s.listen(o); err != nil {
		return nil, err
	}
	s.serve()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func (s *Server) listen(o Options) error {
	var err error
	if s.imapListener, err = net.Listen("tcp", o.IMAPAddr); err != nil {
		return fmt.Errorf("listen for IMAP: %w", err)
	}
	if s.smtpListener, err = net.Listen("tcp", o.SMTPAddr); err != nil {
		return errors.Join(fmt.Errorf("listen for SMTP: %w", err), s.imapListener.Close())
	}
	return nil
}

func (s *Server) serve() {
	s.imap = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &session{server: s}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapESearch: {}, imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapStatusSize: {}, imap.CapBinary: {}},
		Logger:       slogPrinter{s.log},
		InsecureAuth: true, // it listens on this machine only
	})
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &envelope{server: s, helo: c.Hostname()}, nil
	}))
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = hostName, maxMessage, 200
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, time.Minute
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = slogPrinter{s.log}
	s.running.Go(func() { _ = s.imap.Serve(s.imapListener) }) // ends with Close
	s.running.Go(func() { _ = s.smtp.Serve(s.smtpListener) })
}

// Close ends both servers and every conversation. What was accepted is on disk already.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() {
		// The listeners are closed here too: a server that has not begun to serve does not know its own yet.
		err = errors.Join(ignoreClosed(s.imapListener.Close()), ignoreClosed(s.smtpListener.Close()), ignoreClosed(s.imap.Close()), ignoreClosed(s.smtp.Close()))
		s.running.Wait()
	})
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// IMAPAddr is where IMAP listens, host:port.
func (s *Server) IMAPAddr() string { return s.imapListener.Addr().String() }

// SMTPAddr is where SMTP listens.
func (s *Server) SMTPAddr() string { return s.smtpListener.Addr().String() }

// MailboxURL is the setting with which Kualik reads a user's folder.
func (s *Server) MailboxURL(name, folder string) string {
	u := s.users[strings.ToLower(name)]
	if u == nil {
		return ""
	}
	address := url.URL{Scheme: "imap", User: url.UserPassword(name, u.password), Host: s.IMAPAddr(), Path: "/" + folder, RawQuery: "tls=none"}
	return address.String()
}

// SMTPURL is the setting with which Kualik sends.
func (s *Server) SMTPURL() string { return "smtp://" + s.SMTPAddr() + "?tls=none" }

// Deliver puts a message into a user's INBOX as if it had come at that time.
func (s *Server) Deliver(name string, raw []byte, at time.Time) error {
	u := s.users[strings.ToLower(name)]
	if u == nil {
		return fmt.Errorf("deliver: nobody is called %q", name)
	}
	_, err := u.folder("INBOX").add(raw, at, nil)
	return err
}

// Count is how many messages a user's INBOX holds.
func (s *Server) Count(name string) int {
	u := s.users[strings.ToLower(name)]
	if u == nil {
		return 0
	}
	f := u.folder("INBOX")
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.messages)
}

// deliver is the way of SMTP: to a mailbox, also under an address of it with a tag (RFC 5233), or to the
// letters kept.
func (s *Server) deliver(to string, raw []byte, at time.Time) error {
	for _, name := range []string{to, untagged(to)} {
		if s.users[name] != nil {
			return s.Deliver(name, raw, at)
		}
	}
	f, err := s.keep(to)
	if err != nil {
		return err
	}
	_, err = f.add(raw, at, nil)
	return err
}

// untagged is an address without what stands after a plus.
func untagged(address string) string {
	at := strings.LastIndexByte(address, '@')
	local, _, tagged := strings.Cut(address[:max(at, 0)], "+")
	if !tagged {
		return address
	}
	return local + address[at:]
}

func (s *Server) now() time.Time { return s.clock.Now() }

// openUser opens every folder that a user has.
func openUser(dir, password string, validity uint32) (*user, error) {
	u := &user{dir: dir, password: password, folders: map[string]*folder{}}
	names := []string{"INBOX", "Spam"}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, e := range entries {
		name, err := url.PathUnescape(e.Name())
		if err == nil && e.IsDir() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if err := u.create(name, validity); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func (u *user) create(name string, validity uint32) error {
	name = strings.TrimRight(name, "/")
	escaped := url.PathEscape(name)
	if escaped == "" || escaped == "." || escaped == ".." || len(escaped) > 200 {
		return no(imap.ResponseCodeCannot, "No such name is possible")
	}
	f, err := openFolder(filepath.Join(u.dir, escaped), name, validity)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.folders[name] = f
	return nil
}

// folder finds a folder; INBOX in any case of letters.
func (u *user) folder(name string) *folder {
	if strings.EqualFold(name, "INBOX") {
		name = "INBOX"
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.folders[name]
}

func (u *user) list() []*folder {
	u.mu.Lock()
	defer u.mu.Unlock()
	var list []*folder
	for _, f := range u.folders {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *folder) int { return cmp.Compare(a.name, b.name) })
	return list
}

// slogPrinter lets the libraries write to our log.
type slogPrinter struct{ log *slog.Logger }

func (p slogPrinter) Printf(format string, args ...any) {
	p.log.Debug("mail server", "said", fmt.Sprintf(format, args...))
}
func (p slogPrinter) Println(args ...any) { p.log.Debug("mail server", "said", fmt.Sprint(args...)) }
