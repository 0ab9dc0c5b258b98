// Package sim stands in for the outside with which an application is filed: the national certification
// authority (a test one, with RSA and GOST), NCALayer, OCSP and CRL, the state registry of persons. The bank
// stands beside it, in sim/epay.
//
// It serves the demo and the tests. Kualik reaches all of it over the network as it would the real ones and
// must not know that it is ours; it in turn knows nothing of applications. What it signs is really signed, but
// every certificate says TEST and its people are invented. Whoever starts it must refuse to where the mode is
// production.
//
// # NCALayer
//
// JSON text frames on a WebSocket (ws, or wss with a certificate that it signed itself), any origin. There are
// no numbers: a page sends one request and waits for its reply. What is sent on connecting:
//
//	← {"result":{"version":"1.4"}}
//
// Log-in, module basics, with the AUTH key; decode says that data is base64, encapsulate that the result
// carries the content:
//
//	→ {"module":"kz.gov.pki.knca.basics","method":"sign","args":{"allowedStorages":null,"format":"cms","data":"BASE64",
//	   "signingParams":{"decode":true,"encapsulate":true,"digested":false},
//	   "signerParams":{"extKeyUsageOids":["1.3.6.1.5.5.7.3.2","1.2.398.3.3.4.1.1"]},"locale":"ru"}}
//	← {"body":{"result":"-----BEGIN CMS-----\n…\n-----END CMS-----\n"},"status":true}
//
// A document: encapsulate false and the usage 1.3.6.1.5.5.7.3.4. With an array as data the result is one too.
// The person refuses:
//
//	← {"body":{},"status":true}
//
// A mistake in the request, or no key that fits:
//
//	← {"code":"INVOCATION_ERROR","details":"…","message":"…","status":false}
//
// An old NCALayer knows only commonUtils, whose arguments have places: storage, SIGNATURE or AUTHENTICATION,
// base64, attached; the result is base64 without armour:
//
//	→ {"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64","args":["PKCS12","SIGNATURE","BASE64",false]}
//	← {"code":"200","responseObject":"MII…"}
//	← {"code":"500","message":"action.canceled"}
//
// Who signs is decided on the page /ncalayer of the other port, or by POST /choose. Time stamps are not made:
// tsaProfile is read over, as is the old method's. Nor is XML signed.
//
// # The other port
//
//	GET  /                       what there is, with faults to put and keys to revoke
//	GET  /ncalayer               the chooser
//	POST /choose                 Choice; {"person":"IIN","key":"SIGN-GOST","sticky":true} or {"cancel":true}
//	POST /release                the end of a sticky choice
//	POST /fault                  Fault; {"at":"ocsp","kind":"down","times":1}
//	POST /revocation             {"person":"IIN","revoked":true}
//	GET  /state                  what waits, what is kept, what is faulty
//	POST /ocsp/{gost,rsa}        RFC 6960, also GET
//	GET  /crl/{gost,rsa}.crl     RFC 5280
//	GET  /cert/{gost,rsa}.cer    the issuing authority's certificate
//	GET  /persons/{iin}          Authorization: Bearer KEY
package sim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kualik/internal/clock"
)

// Where the simulator listens when nothing else is said: NCALayer where the real one does.
const (
	NCALayerAddr = "127.0.0.1:13579"
	WebAddr      = "127.0.0.1:8095"
	BankAddr     = "127.0.0.1:8096"
)

// Options of Start. An address with port 0 takes a free port. People are known beside the Special ones.
type Options struct {
	Dir          string
	People       []Person
	NCALayerAddr string // NCALayerAddr when empty
	WebAddr      string // WebAddr when empty
	OrFree       bool   // a free port where the address is taken, as by a real NCALayer
	WebURL       string // how others reach the web port when it is not under its own address
	TLS          bool   // wss with a certificate of its own, which a browser must be told to accept
	RegistryKey  string // of the registry of persons; "registry" when empty
	Patience     time.Duration
	Zone         *time.Location // of the times on the pages, UTC when nil

	Bank     http.Handler // such as sim/epay's; nil: none
	BankAddr string       // BankAddr when empty
	BankURL  string       // as WebURL, of the bank's port

	Clock clock.Clock  // the machine's when nil
	Log   *slog.Logger // silent when nil
}

// URLs are where everything is.
type URLs struct {
	NCALayer     string // ws:// or wss://
	NCALayerPage string // the chooser
	Web          string
	OCSP         string // of the GOST authority
	CRL          string
	Registry     string // of persons, to which /persons/{iin} is added
	Bank         string // the bank's port, empty without one
}

// Sim is a running simulator. Its methods may be called from anywhere.
type Sim struct {
	dir         string
	registryKey string
	patience    time.Duration
	zone        *time.Location
	clock       clock.Clock
	log         *slog.Logger
	ring        *ring
	tls         bool
	webURL      string
	bankURL     string

	mu      sync.Mutex
	waiting []*request
	sticky  *Choice
	recent  []string // IINs of those who signed last
	faulty  map[string]Fault

	ctx       context.Context // ends with the simulator
	cancel    context.CancelFunc
	layerPort net.Listener
	webPort   net.Listener
	bankPort  net.Listener // nil without a bank
	servers   []*http.Server
	serving   sync.WaitGroup
	talks     sync.WaitGroup
	closing   sync.Once
}

// Start makes the authority and its people in the folder, or takes up what is there, and serves until ctx ends
// or Close is called.
func Start(ctx context.Context, o Options) (*Sim, error) {
	s := &Sim{dir: o.Dir, registryKey: o.RegistryKey, patience: o.Patience, zone: o.Zone, clock: o.Clock, log: o.Log, tls: o.TLS, faulty: map[string]Fault{}}
	s.defaults()
	people, err := everybody(o.People)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the simulator's folder: %w", err)
	}
	if err := s.listen(o); err != nil {
		return nil, err
	}
	if s.ring, err = openRing(o.Dir, s.webURL, people, s.clock); err != nil {
		return nil, errors.Join(err, s.closePorts())
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.serve(s.layerPort, http.HandlerFunc(s.ncalayer))
	s.serve(s.webPort, s.routes())
	if s.bankPort != nil {
		s.serve(s.bankPort, o.Bank)
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func (s *Sim) defaults() {
	if s.registryKey == "" {
		s.registryKey = "registry"
	}
	if s.patience <= 0 {
		s.patience = patience
	}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
}

func (s *Sim) listen(o Options) error {
	var err error
	if s.layerPort, err = o.listen(o.NCALayerAddr, NCALayerAddr); err != nil {
		return fmt.Errorf("listen as NCALayer: %w", err)
	}
	if o.TLS {
		certificate, err := ownCertificate(filepath.Join(o.Dir, "ncalayer.pem"), s.clock.Now())
		if err != nil {
			return errors.Join(err, s.closePorts())
		}
		s.layerPort = tls.NewListener(s.layerPort, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	if s.webPort, err = o.listen(o.WebAddr, WebAddr); err != nil {
		return errors.Join(fmt.Errorf("listen for OCSP, the registry and the pages: %w", err), s.closePorts())
	}
	s.webURL = address(o.WebURL, s.webPort)
	if o.Bank == nil {
		return nil
	}
	if s.bankPort, err = o.listen(o.BankAddr, BankAddr); err != nil {
		return errors.Join(fmt.Errorf("listen as the bank: %w", err), s.closePorts())
	}
	s.bankURL = address(o.BankURL, s.bankPort)
	return nil
}

func (o Options) listen(at, otherwise string) (net.Listener, error) {
	if at == "" {
		at = otherwise
	}
	l, err := net.Listen("tcp", at)
	if host, _, bad := net.SplitHostPort(at); err != nil && o.OrFree && bad == nil {
		return net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	return l, err
}

// address is how others reach a port.
func address(told string, port net.Listener) string {
	if told != "" {
		return strings.TrimSuffix(told, "/")
	}
	return "http://" + port.Addr().String()
}

func (s *Sim) serve(port net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	s.servers = append(s.servers, server)
	s.serving.Go(func() { _ = server.Serve(port) }) // ends with Close
}

func (s *Sim) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", s.overview)
	m.HandleFunc("GET /sim.css", s.style)
	m.HandleFunc("GET /ncalayer", s.chooser)
	m.HandleFunc("GET /document", s.document)
	m.HandleFunc("GET /state", s.state)
	m.HandleFunc("POST /choose", s.choose)
	m.HandleFunc("POST /release", s.release)
	m.HandleFunc("POST /fault", s.putFault)
	m.HandleFunc("POST /revocation", s.putRevocation)
	m.HandleFunc("POST /ocsp/{authority}", s.ocsp)
	m.HandleFunc("GET /ocsp/{authority}/{request...}", s.ocsp)
	m.HandleFunc("GET /crl/{file}", s.crl)
	m.HandleFunc("GET /cert/{file}", s.authorityCertificate)
	m.HandleFunc("GET /persons/{iin}", s.persons)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		m.ServeHTTP(w, r)
	})
}

// Close ends the servers and every conversation; requests that wait are cancelled.
func (s *Sim) Close() error {
	var err error
	s.closing.Do(func() {
		s.cancel()
		// The listeners are closed here too: a server that has not begun to serve does not know its own yet.
		err = s.closePorts()
		for _, server := range s.servers {
			err = errors.Join(err, ignoreClosed(server.Close()))
		}
		s.serving.Wait()
		s.talks.Wait()
	})
	return err
}

func (s *Sim) closePorts() (err error) {
	for _, port := range []net.Listener{s.layerPort, s.webPort, s.bankPort} {
		if port != nil {
			err = errors.Join(err, ignoreClosed(port.Close()))
		}
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// URLs tell where everything is.
func (s *Sim) URLs() URLs {
	scheme := "ws"
	if s.tls {
		scheme = "wss"
	}
	return URLs{NCALayer: scheme + "://" + s.layerPort.Addr().String() + "/", NCALayerPage: s.webURL + "/ncalayer", Web: s.webURL,
		OCSP: s.webURL + "/ocsp/gost", CRL: s.webURL + "/crl/gost.crl", Registry: s.webURL, Bank: s.bankURL}
}

// TrustDir is the folder with the authority's certificates, for Kualik's setting of what to trust.
func (s *Sim) TrustDir() string { return filepath.Join(s.dir, "trust") }

// RegistryKey is the key with which the registry of persons answers.
func (s *Sim) RegistryKey() string { return s.registryKey }
