package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kualik/config"
	"kualik/internal/account"
	"kualik/internal/app"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/person"
	"kualik/internal/sim"
	"kualik/internal/sim/epay"
)

// season is a time in which people file applications.
type season struct {
	*installation
	ctx      context.Context
	rng      *rand.Rand // of the people's plans
	chance   *rand.Rand // of the kills
	out      *sim.Sim
	bank     *epay.Bank
	bankDir  string
	bankHost string
	people   []citizen
	doors    []string      // addresses of the programs
	later    chan struct{} // closed when the kills are over and time has passed
	begun    time.Time
	filing   sync.WaitGroup
	hit      map[string]int // kills, by what somebody was at
	starts   time.Duration  // that was spent on starting programs
	aims     deck[string]

	mu      sync.Mutex
	at      map[string]int // how many are at what
	claimed map[string]bool
	active  int  // people who file
	waiting int  // of them, those who have closed their browsers
	closing bool // no more applications are begun
	errands []*errand
	ways    deck[[]epay.Fault]
	failed  []string
	broken  []string // answers of a program that lived and was out of order
}

// newSeason starts the outside and makes an installation for as many programs as doors, with people who file.
func newSeason(t *testing.T, seed uint64, doors int) *season {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	t.Cleanup(cancel)
	s := &season{ctx: ctx, rng: rand.New(rand.NewPCG(seed, 0x66696c65)), chance: rand.New(rand.NewPCG(seed, 0x6b696c6c)), bankDir: t.TempDir(), later: make(chan struct{}), begun: time.Now(),
		hit: map[string]int{}, at: map[string]int{}, claimed: map[string]bool{}}
	var err error
	if s.bank, err = epay.New(epay.Options{Dir: s.bankDir, LateAfter: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	people := s.population()
	s.out, err = sim.Start(ctx, sim.Options{Dir: t.TempDir(), People: people, NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0", BankAddr: "127.0.0.1:0", Bank: s.bank})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.out.Close() })
	bank, err := url.Parse(s.out.URLs().Bank)
	if err != nil {
		t.Fatal(err)
	}
	s.bankHost = bank.Host
	for range doors {
		s.doors = append(s.doors, "http://"+freeDoor(t, s.rng))
	}
	s.installation = newInstallation(t, append(s.settings(), readyReader(t)...)...)
	s.open(clock.System{}, func(a *app.App) {
		err := a.AddAccount(ctx, account.NewAccount{Email: "office@karatal.example", Name: "Аружан Иманова", Password: "тоғыз қырлы сөз", Role: account.Administrator})
		if err != nil {
			t.Fatal(err)
		}
	})
	s.crowd(seed)
	return s
}

// readyReader is the setting with which the program finds its reader of PDF compiled. That takes seconds, and
// no program here would live long enough to end it.
func readyReader(t *testing.T) []string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(t.TempDir()), Workers: 1})
	if err == nil {
		err = errors.Join(r.Warm(), r.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return []string{"XDG_CACHE_HOME=" + cache}
}

// population are the people, one of them with keys of RSA only.
func (s *season) population() (people []sim.Person) {
	surnames := []string{"ҚОНЫРОВ", "ТӨЛЕБАЕВ", "САРСЕНОВ", "МӘДИЕВ", "ҮРКІМБАЕВ", "ЖАНАТОВ", "ӘБІЛДИН", "ДОСАЕВ"}
	for i := 0; len(people) < len(surnames); i++ {
		eleven := fmt.Sprintf("8%d0%d1%d399%02d", i%10, 1+i%9, i%10, i%100)
		k := person.ControlDigit(eleven)
		if k < 0 {
			continue
		}
		n := len(people)
		people = append(people, sim.Person{IIN: eleven + fmt.Sprint(k), Surname: surnames[n], GivenName: "ЕРЛАН", Patronymic: "МҰРАТҰЛЫ",
			Email: fmt.Sprintf("p%d@karatal.example", n), OnlyRSA: n == 3})
	}
	for _, p := range people {
		algorithm := "GOST"
		if p.OnlyRSA {
			algorithm = "RSA"
		}
		s.people = append(s.people, citizen{iin: p.IIN, name: p.Name(), email: p.Email, algorithm: algorithm})
	}
	return people
}

func (s *season) settings() []string {
	u := s.out.URLs()
	return []string{"KUALIK_MODE=demo", "KUALIK_PUBLIC_URL=" + s.doors[0], "KUALIK_TRUST_DIR=" + s.out.TrustDir(), "KUALIK_NCALAYER_URL=" + u.NCALayer,
		"KUALIK_PERSON_REGISTRY_URL=" + u.Registry, "KUALIK_PERSON_REGISTRY_KEY=" + s.out.RegistryKey(), "KUALIK_EPAY_OAUTH_URL=" + u.Bank + "/oauth2/token",
		"KUALIK_EPAY_API_URL=" + u.Bank + "/api", "KUALIK_EPAY_PAGE_URL=" + u.Bank + "/payform/", "KUALIK_EPAY_CLIENT_ID=" + epay.ClientID,
		"KUALIK_EPAY_CLIENT_SECRET=" + epay.ClientSecret, "KUALIK_EPAY_TERMINAL=" + epay.Terminal}
}

// freeDoor is a free address with a port that no outgoing connection takes while its program is dead.
func freeDoor(t *testing.T, rng *rand.Rand) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rng.IntN(12000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no free port")
	return ""
}

// open opens the installation as one more process of it, with a clock of its own, and lets go of it.
func (s *season) open(c clock.Clock, do func(a *app.App)) {
	s.t.Helper()
	env := map[string]string{}
	for _, e := range s.env {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	cfg, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := app.Open(s.ctx, cfg, slog.New(slog.DiscardHandler), app.Options{Clock: c})
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Close(context.WithoutCancel(s.ctx))
	do(a)
}

// serve starts the program behind one of the doors.
func (s *season) serve(door int) *process {
	s.t.Helper()
	in := *s.installation
	in.env = append(slices.Clone(s.env), "KUALIK_LISTEN="+strings.TrimPrefix(s.doors[door], "http://"))
	return in.start("serve")
}

// crowd begins to file: each of five people one application after the other, with one or two other authors.
func (s *season) crowd(seed uint64) {
	filers := s.people[:5]
	s.active = len(filers)
	for i, filer := range filers {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		s.filing.Go(func() {
			defer func() { s.mu.Lock(); defer s.mu.Unlock(); s.active-- }()
			for n := 0; ; n++ {
				e := s.errand(rng, filer, n)
				if e == nil {
					return
				}
				if err := e.run(); err != nil {
					s.mu.Lock()
					s.failed = append(s.failed, fmt.Sprintf("%s of %s (%s): %v", e.title, filer.name, e.path, err))
					s.mu.Unlock()
					return
				}
			}
		})
	}
}

// bankWays are what the bank does wrong, once for each application.
var bankWays = [][]epay.Fault{nil, {epay.LostCallback}, {epay.DoubleCallback}, {epay.LateCallback}, {epay.EarlyCallback}, {epay.AnswerLost}, {epay.TwoSteps},
	{epay.TwoSteps, epay.AnswerLost}, {epay.WrongSecret}, {epay.CallbackAmount}, {epay.LostCallback, epay.AnswerLost}, {epay.WrongAmount}}

// errand plans an application; nil when no more are begun.
func (s *season) errand(rng *rand.Rand, filer citizen, n int) *errand {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.failed) > 0 {
		return nil
	}
	e := &errand{s: s, rng: rng, filer: filer, named: map[string]bool{}, title: fmt.Sprintf("Зертханалық практикум, %s, %d-бөлім", filer.name, n+1),
		faults: s.ways.deal(s.rng, bankWays), leaves: len(s.errands)%5 == 1}
	if len(s.errands)%4 == 3 {
		e.declined = 1 + rng.IntN(2) // with a third one the bank's session is over, which nobody learns whose messages are lost
	}
	if slices.Contains(e.faults, epay.WrongAmount) {
		e.leaves = false
	}
	e.b = s.surfer(filer)
	for _, i := range rng.Perm(len(s.people)) {
		if p := s.people[i]; p != filer && len(e.others) < 1+n%2 {
			e.others = append(e.others, p)
		}
	}
	s.errands = append(s.errands, e)
	return e
}

// claim takes a draft for an application; false when it is another's.
func (s *season) claim(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimed[path] {
		return false
	}
	s.claimed[path] = true
	return true
}

// enter says that somebody is at something, until what it gives is called.
func (s *season) enter(phase string) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[phase]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.at[phase]--
	}
}

func (s *season) busy(phase string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[phase] > 0
}

func (s *season) outOfOrder(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = append(s.broken, what)
}

// pause is a moment in which one waits for a page.
func (s *season) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-timer.C:
		return nil
	}
}

// untilLater is for people who close the browser: it returns when hours have passed.
func (s *season) untilLater() error {
	s.mu.Lock()
	s.waiting++
	s.mu.Unlock()
	select {
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	case <-s.later:
		return nil
	}
}
