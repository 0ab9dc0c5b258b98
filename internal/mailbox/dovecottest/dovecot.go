// Package dovecottest runs a Dovecot of a test's own: any number of users with the password "secret",
// each with a Maildir, on loopback ports that nobody else has. For tests and benchmarks only.
//
// It works for root, whose mail then belongs to nobody, and for an ordinary user.
package dovecottest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kualik/internal/need"
)

// UserPassword is the password of every user.
const UserPassword = "secret"

// Server is a running Dovecot.
type Server struct {
	Port, TLSPort string
	RootCAs       *x509.CertPool // of its certificate, for 127.0.0.1
	dir           string
	uid, gid      int
	delivered     atomic.Int64
}

// Start runs a server until the end of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	program := need.Program(t, "dovecot")
	dir, err := os.MkdirTemp("", "dc") // short: it holds sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the server drops to another user
		t.Fatal(err)
	}
	s := &Server{dir: dir, uid: os.Getuid(), gid: os.Getgid()}
	if s.uid == 0 {
		s.uid, s.gid = 65534, 65534
	}
	s.certificate(t)
	for attempt := range 3 {
		if err = s.run(t, program); err == nil {
			return s
		}
		t.Logf("dovecot, attempt %d: %v", attempt, err)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("dovecot does not start: %v\n%s", err, log)
	return nil
}

// URL is the address of a user's folder, without TLS.
func (s *Server) URL(userName, folder string) string {
	return fmt.Sprintf("imap://%s:%s@127.0.0.1:%s/%s?tls=none", url.PathEscape(userName), UserPassword, s.Port, url.PathEscape(folder))
}

// Deliver puts a message into a user's folder, as a mail server does.
func (s *Server) Deliver(t testing.TB, userName, folder string, raw []byte) {
	t.Helper()
	box := filepath.Join(s.dir, "mail", userName, "Maildir")
	if folder != "INBOX" {
		box = filepath.Join(box, "."+folder)
	}
	for _, sub := range []string{"tmp", "new", "cur"} {
		s.own(t, filepath.Join(box, sub))
	}
	name := fmt.Sprintf("%d.%06d.test", time.Now().Unix(), s.delivered.Add(1))
	draft := filepath.Join(box, "tmp", name)
	if err := os.WriteFile(draft, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(draft, s.uid, s.gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, filepath.Join(box, "new", name)); err != nil {
		t.Fatal(err)
	}
}

// Renumber makes the server give a folder another UIDVALIDITY and new UIDs.
func (s *Server) Renumber(t testing.TB, userName, folder string) {
	t.Helper()
	box := filepath.Join(s.dir, "mail", userName, "Maildir")
	if folder != "INBOX" {
		box = filepath.Join(box, "."+folder)
	}
	list := filepath.Join(box, "dovecot-uidlist")
	old, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	entries, _ := filepath.Glob(filepath.Join(box, "dovecot*"))
	for _, e := range entries {
		if err := os.RemoveAll(e); err != nil {
			t.Fatal(err)
		}
	}
	var version, validity int
	if _, err := fmt.Sscanf(string(old), "%d V%d", &version, &validity); err != nil {
		t.Fatalf("%v in %q", err, old[:min(len(old), 60)])
	}
	head := fmt.Sprintf("3 V%d N1\n", validity+1)
	if err := os.WriteFile(list, []byte(head), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(list, s.uid, s.gid); err != nil {
		t.Fatal(err)
	}
}

// own makes a folder and all above it, up to the server's, the server's.
func (s *Server) own(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil || path == s.dir {
		return
	}
	s.own(t, filepath.Dir(path))
	if err := os.Mkdir(path, 0o700); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	if err := os.Chown(path, s.uid, s.gid); err != nil {
		t.Fatal(err)
	}
}

// run starts Dovecot on fresh ports and waits until it answers.
func (s *Server) run(t testing.TB, program string) error {
	var err error
	if s.Port, err = freePort(); err != nil {
		return err
	}
	if s.TLSPort, err = freePort(); err != nil {
		return err
	}
	s.own(t, filepath.Join(s.dir, "mail"))
	path := filepath.Join(s.dir, "dovecot.conf")
	if err := os.WriteFile(path, []byte(s.config()), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(program, "-F", "-c", path) //nolint:gosec // found by name
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // it may have ended
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("it ended: %w", err)
		default:
		}
		if conn, err := net.Dial("tcp", "127.0.0.1:"+s.Port); err == nil {
			greeting := make([]byte, 4)
			conn.SetDeadline(deadline) //nolint:errcheck // of a fresh connection
			_, err = conn.Read(greeting)
			conn.Close()
			if err == nil && string(greeting) == "* OK" {
				t.Cleanup(stop)
				return nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	return fmt.Errorf("no greeting")
}

func (s *Server) config() string {
	me, group := "nobody", "nogroup"
	login := "dovenull"
	if os.Getuid() != 0 {
		if u, err := user.Current(); err == nil {
			me, login = u.Username, u.Username
			if g, err := user.LookupGroupId(u.Gid); err == nil {
				group = g.Name
			}
		}
	} else if _, err := user.Lookup(login); err != nil {
		login = "nobody"
	}
	return fmt.Sprintf(`
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
default_internal_user = %[2]s
default_internal_group = %[3]s
default_login_user = %[9]s
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
last_valid_uid = 0
first_valid_gid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_max_userip_connections = 100
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
ssl_dh =
passdb {
  driver = static
  args = password=%[4]s
}
userdb {
  driver = static
  args = uid=%[5]d gid=%[6]d home=%[1]s/mail/%%u
}
namespace inbox {
  inbox = yes
  separator = .
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[7]s
  }
  inet_listener imaps {
    port = %[8]s
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`, s.dir, me, group, UserPassword, s.uid, s.gid, s.Port, s.TLSPort, login)
}

// certificate makes a key and a certificate for 127.0.0.1.
func (s *Server) certificate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Dovecot for tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(s.dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.RootCAs = x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.RootCAs.AddCert(cert)
}

// TLSConfig trusts the server's certificate.
func (s *Server) TLSConfig() *tls.Config {
	return &tls.Config{RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
