package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/person"
	"kualik/internal/pki"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const (
	ordinary = "850101399015"
	head     = "790412399011"
	onlyRSA  = "880607499047"
	expired  = "840923499028"
	revoked  = "910215399038"
)

// authorityFiles are those of an authority that all tests share: RSA keys take their time.
var authorityFiles = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kualik-sim-")
	if err != nil {
		return "", err
	}
	s, err := Start(context.Background(), Options{Dir: dir, NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0", Clock: clock.At(now)})
	if err != nil {
		return "", err
	}
	return dir, s.Close()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := authorityFiles(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func start(t *testing.T, change func(*Options)) *Sim {
	t.Helper()
	o := Options{Dir: t.TempDir(), NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0", Clock: clock.At(now),
		People: []Person{{IIN: ordinary, Surname: "СЕРІКОВ", GivenName: "АЗАМАТ", Patronymic: "НҰРЛАНҰЛЫ", Email: "a.serikov@koktobe.example", RSA: true}}}
	if change != nil {
		change(&o)
	}
	dir, err := authorityFiles()
	require.NoError(t, err)
	if ca := filepath.Join(o.Dir, "ca"); !exists(ca) {
		require.NoError(t, os.CopyFS(ca, os.DirFS(filepath.Join(dir, "ca"))))
	}
	s, err := Start(context.Background(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// talk is a page's conversation with NCALayer, begun as the page begins it.
type talk struct {
	t *testing.T
	c *websocket.Conn
}

func (s *Sim) talk(t *testing.T) *talk {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // its own certificate
	c, _, err := websocket.Dial(ctx, s.URLs().NCALayer, &websocket.DialOptions{HTTPClient: client, HTTPHeader: http.Header{"Origin": {"https://kualik.example"}}})
	require.NoError(t, err)
	c.SetReadLimit(largestFrame)
	t.Cleanup(func() { _ = c.CloseNow() })
	k := &talk{t, c}
	require.JSONEq(t, `{"result":{"version":"1.4"}}`, k.hear())
	return k
}

func (k *talk) say(frame string) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(k.t, k.c.Write(ctx, websocket.MessageText, []byte(frame)))
}

func (k *talk) hear() string {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, data, err := k.c.Read(ctx)
	require.NoError(k.t, err)
	return string(data)
}

// results are the signatures of a reply in either module's shape, DER.
func results(t *testing.T, reply string) [][]byte {
	t.Helper()
	var m struct {
		Code           string          `json:"code"`
		ResponseObject string          `json:"responseObject"`
		Status         bool            `json:"status"`
		Body           json.RawMessage `json:"body"`
	}
	require.NoError(t, json.Unmarshal([]byte(reply), &m))
	if m.ResponseObject != "" {
		der, err := base64.StdEncoding.DecodeString(m.ResponseObject)
		require.NoError(t, err)
		return [][]byte{der}
	}
	var body struct{ Result json.RawMessage }
	require.NoError(t, json.Unmarshal(m.Body, &body), reply)
	var list []string
	if json.Unmarshal(body.Result, &list) != nil {
		list = []string{""}
		require.NoError(t, json.Unmarshal(body.Result, &list[0]), reply)
	}
	var ders [][]byte
	for _, text := range list {
		b, _ := pem.Decode([]byte(text))
		require.NotNil(t, b, text)
		require.Equal(t, "CMS", b.Type)
		ders = append(ders, b.Bytes)
	}
	return ders
}

func (s *Sim) trust(t *testing.T) *pki.Trust {
	t.Helper()
	trust, err := pki.LoadTrust(s.TrustDir())
	require.NoError(t, err)
	return trust
}

func (s *Sim) verify(t *testing.T, cms, data []byte) pki.Result {
	t.Helper()
	return pki.VerifyCMS(cms, data, pki.Options{At: now, Trust: s.trust(t)})
}

const (
	authOnly = `{"extKeyUsageOids":["1.3.6.1.5.5.7.3.2","1.2.398.3.3.4.1.1"]}`
	signOnly = `{"extKeyUsageOids":["1.3.6.1.5.5.7.3.4","1.2.398.3.3.4.1.1"]}`
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// A restart finds the same authority and keys, so that what was signed before is still valid; a new address
// gives new certificates under the same authority, and the old ones are still known.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	at := func(web string) func(*Options) { return func(o *Options) { o.Dir, o.WebURL = dir, web } }
	s := start(t, at("http://sim.example"))
	content := []byte("statement")
	before, err := s.Sign(ordinary, "SIGN-GOST", content, true)
	require.NoError(t, err)
	certificate, err := s.Certificate(ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.NoError(t, s.Close())

	s = start(t, at("http://sim.example"))
	again, err := s.Certificate(ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.Equal(t, certificate, again)
	require.True(t, s.verify(t, before, content).Valid)
	require.NoError(t, s.Close())

	s = start(t, at("http://elsewhere.example"))
	again, err = s.Certificate(ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.NotEqual(t, certificate, again)
	require.Contains(t, string(again), "http://elsewhere.example/ocsp/gost")
	require.True(t, s.verify(t, before, content).Valid)
	known, _ := s.ring.status(algGOST, serial(t, certificate))
	require.True(t, known)
}

func serial(t *testing.T, der []byte) string {
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return c.SerialNumber.Text(16)
}

func TestKeysAreMadeAnewBeforeTheyEnd(t *testing.T) {
	m := clock.At(now)
	s := start(t, func(o *Options) { o.Clock = m })
	first, err := s.Certificate(ordinary, "SIGN-GOST")
	require.NoError(t, err)
	m.Advance(340 * 24 * time.Hour)
	second, err := s.Certificate(ordinary, "SIGN-GOST")
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestTakenPorts(t *testing.T) {
	s := start(t, nil)
	taken := strings.TrimSuffix(strings.TrimPrefix(s.URLs().NCALayer, "ws://"), "/")
	_, err := Start(context.Background(), Options{Dir: t.TempDir(), NCALayerAddr: taken, WebAddr: "127.0.0.1:0"})
	require.ErrorContains(t, err, "listen as NCALayer")
	other := start(t, func(o *Options) { o.NCALayerAddr, o.OrFree = taken, true })
	require.NotEqual(t, s.URLs().NCALayer, other.URLs().NCALayer)
	other.talk(t)
}

func TestOverTLS(t *testing.T) {
	s := start(t, func(o *Options) { o.TLS = true })
	require.True(t, strings.HasPrefix(s.URLs().NCALayer, "wss://"))
	s.talk(t)
}

// Certificates say what they are and what they may: the filter of keys goes by names, so both must agree.
func TestCertificatesAreOfATestAuthority(t *testing.T) {
	s := start(t, nil)
	for _, p := range s.People() {
		for _, n := range p.keys() {
			der, err := s.Certificate(p.IIN, n.String())
			require.NoError(t, err)
			c, err := x509.ParseCertificate(der)
			require.NoError(t, err)
			require.Contains(t, c.Issuer.CommonName, "TEST")
			require.Contains(t, c.Issuer.CommonName, "СЫНАҚ")
			require.Contains(t, c.OCSPServer, s.URLs().Web+"/ocsp/"+strings.ToLower(n.algorithm))
			require.Equal(t, p.Expired, c.NotAfter.Before(now))
			var have []string
			for _, e := range c.ExtKeyUsage {
				have = append(have, map[x509.ExtKeyUsage]string{x509.ExtKeyUsageClientAuth: ekuAuth, x509.ExtKeyUsageEmailProtection: ekuSign}[e])
			}
			for _, e := range c.UnknownExtKeyUsage {
				have = append(have, e.String())
			}
			require.ElementsMatch(t, n.ekus(), have)
		}
	}
	entries, err := os.ReadDir(s.TrustDir())
	require.NoError(t, err)
	require.Len(t, entries, 4, "a root and an issuing authority of each algorithm")
	info, err := os.Stat(filepath.Join(s.dir, "keys"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestInventedPeopleHaveRightNumbers(t *testing.T) {
	for _, p := range Special() {
		require.Empty(t, person.CheckIIN(p.IIN), p.IIN)
		if p.BIN != "" {
			require.Empty(t, person.CheckBIN(p.BIN), p.BIN)
		}
		require.NotEmpty(t, p.born())
	}
	_, err := everybody([]Person{{IIN: "12", Surname: "A", GivenName: "B"}})
	require.Error(t, err)
}

func get(t *testing.T, s *Sim, path string) string {
	t.Helper()
	answer, err := http.Get(s.URLs().Web + path)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, string(body))
	return string(body)
}

func post(t *testing.T, s *Sim, path, body string, status int) {
	t.Helper()
	answer, err := http.Post(s.URLs().Web+path, "application/json", bytes.NewBufferString(body))
	require.NoError(t, err)
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	require.Equal(t, status, answer.StatusCode, string(text))
}
