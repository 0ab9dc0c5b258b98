// Command kualik-sim stands in for the outside with which an application is filed, for trying Kualik without
// keys, contracts or money: a test certification authority, NCALayer, OCSP and CRL, the state registry of
// persons, the bank. `kualik demo` has all of it inside; this program is for a Kualik that runs by itself.
// It must never stand where real applications are filed and refuses to when the mode is production.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"kualik/internal/clock"
	"kualik/internal/sim"
	"kualik/internal/sim/epay"
)

const about = `The outside of Kualik on this machine: a test certification authority (RSA and GOST), NCALayer, OCSP and CRL,
the state registry of persons and the bank.

Start it, put the settings that it prints into Kualik's environment and start Kualik with KUALIK_MODE=demo.
When a page of Kualik asks for a signature, open the chooser and press the key of whoever should sign; no
password is asked. Everybody's keys stay in the folder, so signatures made before a restart stay valid.

Faults are put on the overview page or by HTTP:
  curl -H 'Content-Type: application/json' -d '{"at":"ocsp","kind":"down"}' http://127.0.0.1:8095/fault
  curl -H 'Content-Type: application/json' -d '{"person":"790412399011","sticky":true}' http://127.0.0.1:8095/choose

Nothing of this is real but the mathematics. Kualik refuses it when its mode is production.`

type cli struct {
	Dir          string `help:"Folder of the authority, its keys and the bank's memory." default:"data/sim" type:"path"`
	NcalayerAddr string `help:"Where NCALayer listens." default:"${ncalayer}" placeholder:"HOST:PORT"`
	WebAddr      string `help:"Where everything else listens." default:"${web}" placeholder:"HOST:PORT"`
	BankAddr     string `help:"Where the bank listens." default:"${bank}" placeholder:"HOST:PORT"`
	WebURL       string `help:"The address of that other port as browsers and Kualik reach it, when it is not the one on which it listens." placeholder:"URL"`
	BankURL      string `help:"The same of the bank's port." placeholder:"URL"`
	TLS          bool   `help:"wss:// with a self-signed certificate, as the real NCALayer; open https://HOST:PORT once and accept it."`
	People       string `help:"JSON file with more people: [{\"iin\":…,\"surname\":…,\"given_name\":…,\"patronymic\":…,\"email\":…}]." type:"existingfile"`
	Seed         uint64 `help:"The made-up university whose people have keys; the demo's is 2026." default:"2026"`
	RegistryKey  string `help:"The key of the registry of persons." default:"registry"`
	Verbose      bool   `help:"Tell of every conversation."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// run serves until ctx ends and returns the exit status: 1 when it could not, 2 when it was called wrongly.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) string) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("kualik-sim"), kong.Description(about), kong.Writers(stdout, stderr),
		kong.Vars{"ncalayer": sim.NCALayerAddr, "web": sim.WebAddr, "bank": sim.BankAddr}, kong.Exit(func(status int) { exited = status }))
	if err != nil {
		fmt.Fprintln(stderr, "kualik-sim:", err)
		return 2
	}
	_, err = parser.Parse(args)
	switch {
	case exited >= 0:
		return exited
	case err != nil:
		fmt.Fprintln(stderr, "kualik-sim:", err)
		return 2
	case getenv("KUALIK_MODE") == "production":
		fmt.Fprintln(stderr, "kualik-sim: KUALIK_MODE is production; stand-ins have no place there")
		return 2
	}
	if err := c.serve(ctx, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "kualik-sim:", err)
		return 1
	}
	return 0
}

func (c *cli) serve(ctx context.Context, stdout, stderr io.Writer) error {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	o := sim.Options{Dir: c.Dir, NCALayerAddr: c.NcalayerAddr, WebAddr: c.WebAddr, BankAddr: c.BankAddr, WebURL: c.WebURL, BankURL: c.BankURL, TLS: c.TLS,
		RegistryKey: c.RegistryKey, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))}
	var err error
	if o.People, err = c.people(); err != nil {
		return err
	}
	if o.Bank, err = epay.New(epay.Options{Dir: filepath.Join(c.Dir, "bank"), Log: o.Log}); err != nil {
		return err
	}
	s, err := sim.Start(ctx, o)
	if err != nil {
		return err
	}
	introduce(stdout, s)
	<-ctx.Done()
	return s.Close()
}

// introduce prints the settings, ready for a shell or a file of the environment.
func introduce(w io.Writer, s *sim.Sim) {
	u := s.URLs()
	fmt.Fprintf(w, "# overview: %s/\n# chooser:  %s\n# bank:     %s/control\n# people:   %d\n", u.Web, u.NCALayerPage, u.Bank, len(s.People()))
	for _, pair := range [][2]string{{"MODE", "demo"}, {"TRUST_DIR", s.TrustDir()}, {"NCALAYER_URL", u.NCALayer},
		{"PERSON_REGISTRY_URL", u.Registry}, {"PERSON_REGISTRY_KEY", s.RegistryKey()},
		{"EPAY_OAUTH_URL", u.Bank + "/oauth2/token"}, {"EPAY_API_URL", u.Bank + "/api"}, {"EPAY_PAGE_URL", u.Bank + "/payform/"},
		{"EPAY_CLIENT_ID", epay.ClientID}, {"EPAY_CLIENT_SECRET", epay.ClientSecret}, {"EPAY_TERMINAL", epay.Terminal}} {
		fmt.Fprintf(w, "KUALIK_%s=%s\n", pair[0], pair[1])
	}
}

var errNobody = errors.New("the file names nobody")
