package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"kualik/internal/fault"
)

// session is a connection that has logged in and opened the folder, for reading only.
type session struct {
	conn        *guardedConn
	client      *imapclient.Client
	limits      Limits
	uidValidity uint32
	uidNext     uint32
	messages    uint32
	unhook      func() bool
	raw         *bufio.Reader // after fetchRaw
}

// open connects, logs in and opens the folder. Its errors are faults with the server's own words in the
// argument Words. news, if given, hears of new messages.
func open(ctx context.Context, cfg Config, limits Limits, news func()) (*session, error) {
	conn, err := dial(ctx, cfg, limits)
	if err != nil {
		return nil, err
	}
	s := &session{conn: guard(conn), limits: limits}
	s.unhook = context.AfterFunc(ctx, func() { s.conn.Close() })
	options := &imapclient.Options{}
	if news != nil {
		options.UnilateralDataHandler = &imapclient.UnilateralDataHandler{Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				news()
			}
		}}
	}
	s.begin(limits.Command)
	s.client = imapclient.New(s.conn, options)
	if err := s.enter(ctx, cfg); err != nil {
		s.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	s.conn.rest()
	return s, nil
}

// enter logs in and opens the folder.
func (s *session) enter(ctx context.Context, cfg Config) error {
	if err := s.client.WaitGreeting(); err != nil {
		return refused(err, "mailbox.not_imap")
	}
	s.begin(s.limits.Command)
	if err := s.login(ctx, cfg); err != nil {
		return err
	}
	s.begin(s.limits.Command)
	data, err := s.client.Select(cfg.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return refused(err, "mailbox.folder_missing", "Folder", cfg.Folder)
	}
	s.uidValidity, s.uidNext, s.messages = data.UIDValidity, uint32(data.UIDNext), data.NumMessages
	if s.uidValidity == 0 {
		return fault.New(fault.Unavailable, "mailbox.no_uids", "Words", "no UIDVALIDITY")
	}
	return nil
}

func (s *session) login(ctx context.Context, cfg Config) error {
	var err error
	switch cfg.Auth {
	case OAuthBearer, XOAuth2:
		token, terr := accessToken(ctx, cfg.TokenCommand)
		if terr != nil {
			return refused(terr, "mailbox.token_failed")
		}
		s.begin(s.limits.Command)
		var mechanism sasl.Client = xoauth2{cfg.User, token}
		if cfg.Auth == OAuthBearer {
			mechanism = refusedBearer{sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: cfg.User, Token: token})}
		}
		err = s.client.Authenticate(mechanism)
	default:
		if caps := s.client.Caps(); caps.Has(imap.CapLoginDisabled) && caps.Has(imap.AuthCap("PLAIN")) {
			err = s.client.Authenticate(sasl.NewPlainClient("", cfg.User, cfg.Password))
		} else {
			err = s.client.Login(cfg.User, cfg.Password).Wait()
		}
	}
	if err != nil {
		return refused(err, "mailbox.login_refused", "User", cfg.User)
	}
	return nil
}

// begin starts the clock of a command that carries no messages.
func (s *session) begin(silence time.Duration) { s.conn.allow(silence, silence) }

// close hangs up. The server learns of it by the closed connection: a log-out could hang.
func (s *session) close() {
	s.unhook()
	s.conn.Close()
	if s.client != nil {
		s.client.Close()
	}
}

// dial makes the connection, with TLS as configured. STARTTLS is done here and not by the library, so
// that the connection below the library is the protected one.
func dial(ctx context.Context, cfg Config, limits Limits) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, limits.Connect)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", cfg.address())
	if err != nil {
		return nil, refused(err, "mailbox.unreachable", "Host", cfg.Host)
	}
	if cfg.Security == Plaintext {
		return conn, nil
	}
	conn.SetDeadline(time.Now().Add(limits.Connect)) //nolint:errcheck // of a fresh connection
	if cfg.Security == StartTLS {
		if err := startTLS(conn); err != nil {
			conn.Close()
			return nil, refused(err, "mailbox.no_starttls")
		}
	}
	config := cfg.TLSConfig.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName == "" {
		config.ServerName = cfg.Host
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, refused(err, "mailbox.tls_failed", "Host", cfg.Host)
	}
	conn.SetDeadline(time.Time{}) //nolint:errcheck // the guard sets them from here on
	if cfg.Security == StartTLS {
		return &greetedConn{Conn: secure, greeting: strings.NewReader("* OK STARTTLS done\r\n")}, nil
	}
	return secure, nil
}

// startTLS reads the greeting and asks for TLS. What the server sent before TLS is forgotten (RFC 9051
// 6.2.1); more than the one answer is an attempt to slip something in.
func startTLS(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, 8<<10)
	line, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(strings.ToUpper(line), "* OK") {
		return errors.New(strings.TrimSpace(line))
	}
	if _, err := io.WriteString(conn, "S1 STARTTLS\r\n"); err != nil {
		return err
	}
	for range 20 {
		if line, err = r.ReadString('\n'); err != nil {
			return err
		}
		rest, ok := strings.CutPrefix(line, "S1 ")
		if !ok {
			continue
		}
		if !strings.HasPrefix(strings.ToUpper(rest), "OK") {
			return errors.New(strings.TrimSpace(rest))
		}
		if r.Buffered() > 0 {
			return errors.New("the server spoke between STARTTLS and TLS")
		}
		return nil
	}
	return errors.New("no answer to STARTTLS")
}

// greetedConn begins with a greeting that came before TLS.
type greetedConn struct {
	net.Conn
	greeting *strings.Reader
}

func (c *greetedConn) Read(b []byte) (int, error) {
	if c.greeting.Len() > 0 {
		return c.greeting.Read(b)
	}
	return c.Conn.Read(b)
}

// refused makes a fault of a failure: what it means, as exactly as can be told, and the words of the
// server, or of the system, verbatim. key is for a server that said no.
func refused(err error, key string, args ...any) error {
	words := err.Error()
	var said *imap.Error
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &said):
		words = strings.TrimSpace(string(said.Type) + " " + bracket(string(said.Code)) + said.Text)
	case errors.As(err, &name) && name.IsNotFound:
		key = "mailbox.host_unknown"
	case errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &invalid):
		key = "mailbox.certificate"
	case isTimeout(err):
		key = "mailbox.silent"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		key = "mailbox.hung_up"
	}
	return fault.Wrap(err, fault.Unavailable, key, append(args, "Words", words)...)
}

func bracket(code string) string {
	if code == "" {
		return ""
	}
	return "[" + code + "] "
}

// isTimeout tells a deadline that passed. go-imap hides it behind %v in places.
func isTimeout(err error) bool {
	if err == nil {
		return false
	}
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &n) && n.Timeout() || errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "i/o timeout")
}

// list gives the UIDs from the first one on, in ascending order, and the days since.
func (s *session) list(first uint32, since time.Time) ([]uint32, error) {
	if s.messages == 0 {
		return nil, nil
	}
	s.begin(s.limits.Command)
	defer s.conn.rest()
	var set imap.UIDSet
	set.AddRange(imap.UID(first), 0)
	data, err := s.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{set}, Since: since}, nil).Wait()
	if err != nil {
		return nil, fmt.Errorf("listing messages: %w", err)
	}
	return ascending(data.AllUIDs(), first), nil
}

// sequence gives the sequence number of a UID; 0 when the message is gone.
func (s *session) sequence(uid uint32) (uint32, error) {
	s.begin(s.limits.Command)
	defer s.conn.rest()
	data, err := s.client.Search(&imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(imap.UID(uid))}}, nil).Wait()
	if err != nil {
		return 0, fmt.Errorf("looking a message up: %w", err)
	}
	if nums := data.AllSeqNums(); len(nums) == 1 {
		return nums[0], nil
	}
	return 0, nil
}

// readAll reads a literal into memory.
func readAll(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(size))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}
