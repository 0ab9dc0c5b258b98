package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
	"kualik/internal/sheet"

	"github.com/alexedwards/argon2id"
)

// world is an installation on a fresh database, with a small staff directory.
type world struct {
	t       testing.TB
	s       *Server
	deps    Deps
	clock   *clock.Manual
	letters []account.Letter
}

const staffCSV = `staff_id,surname,given_name,patronymic,emails,faculty,department,position,employed_from,employed_to
101,Сагитова,Меруерт,Талгатовна,m.sagitova@karatal.example,Факультет естественных наук,Кафедра химии,доцент,2015-09-01,
102,Куандыков,Аскар,Маратович,a.kuandykov@karatal.example,Факультет естественных наук,Кафедра химии,профессор,2012-09-01,
103,Өтеген,Айгүл,Серікқызы,a.otegen@karatal.example,Педагогический факультет,Кафедра начального обучения,преподаватель,2020-09-01,2026-06-30
`

// opening is when every world begins.
var opening = time.Date(2026, 9, 17, 9, 34, 0, 0, time.UTC)

// cheap is what a password's hash costs here: the real cost is seconds under the race detector.
var cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func newWorld(t testing.TB, change ...func(*Deps)) *world {
	t.Helper()
	ctx := context.Background()
	pool := pgtest.New(t)
	w := &world{t: t, clock: clock.At(opening)}
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	staff := directory.NewStore(pool, keeper, w.clock)
	if _, err := staff.Import(ctx, strings.NewReader(staffCSV), sheet.Options{Lang: i18n.RU}); err != nil {
		t.Fatal(err)
	}
	accounts, err := account.New(pool, account.Options{
		Clock: w.clock, PasswordCost: cheap, PublicURL: "http://kualik.example",
		Send: func(_ context.Context, l account.Letter) error { w.letters = append(w.letters, l); return nil },
		FindStaff: func(ctx context.Context, email string) (account.Staff, bool, error) {
			p, err := staff.ByEmail(ctx, email)
			if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
				return account.Staff{}, false, nil
			}
			return account.Staff{ID: p.ID, Name: p.FullName(), Faculty: p.Faculty, Department: p.Department}, err == nil, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.deps = Deps{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: w.clock, Zone: zone, Lang: i18n.RU,
		PublicURL: "http://kualik.example", Pool: pool, Accounts: accounts, Staff: staff,
		Audit: audit.NewChain(pool, keeper, w.clock, slog.New(slog.DiscardHandler))}
	for _, c := range change {
		c(&w.deps)
	}
	w.s = newServer(w.deps)
	return w
}

const adminPassword = "тоғыз қырлы сөз"

// admin makes the first administrator.
func (w *world) admin() account.Account {
	w.t.Helper()
	_, a, err := w.deps.Accounts.CreateFirst(context.Background(),
		account.NewAccount{Email: "admin@karatal.example", Name: "Аружан Иманова", Password: adminPassword})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.s.setUniversity(context.Background(), "Қаратал университеті"); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// browser keeps cookies and knows the token of the last page.
type browser struct {
	w       *world
	cookies map[string]string
	token   string
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]string{}} }

// as is a browser that is logged in with a role; the administrator must be there already.
func (w *world) as(role account.Role) *browser {
	w.t.Helper()
	ctx := context.Background()
	admin, ok, err := w.deps.Accounts.ByEmail(ctx, "admin@karatal.example")
	if err != nil || !ok {
		w.t.Fatal("no administrator yet: ", err)
	}
	email := "admin@karatal.example"
	if role != account.Administrator {
		email = string(role) + "@karatal.example"
		n := account.NewAccount{Email: email, Name: "Ербол Тасов", Password: adminPassword, Role: role}
		if role == account.HeadOfUnit {
			n.Faculty, n.Department = "Факультет естественных наук", "Кафедра химии"
		}
		if _, err := w.deps.Accounts.Create(ctx, admin, n); err != nil && !fault.Is(err, fault.Conflict) {
			w.t.Fatal(err)
		}
	}
	b := w.browser()
	b.get("/login")
	if r := b.post("/login", url.Values{"email": {email}, "password": {adminPassword}}); r.status != http.StatusSeeOther {
		w.t.Fatalf("log-in as %s: %d\n%s", role, r.status, r.body)
	}
	b.get("/settings/me") // learns the token of the session
	return b
}

// reply is an answer, read to its end.
type reply struct {
	status int
	body   string
	header http.Header
}

func (r reply) to() string { return r.header.Get("Location") }

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (b *browser) get(path string) reply { return b.send("GET", path, nil, "") }

func (b *browser) post(path string, form url.Values) reply {
	if form == nil {
		form = url.Values{}
	}
	if !form.Has("csrf") {
		form.Set("csrf", b.token)
	}
	return b.send("POST", path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

func (b *browser) send(method, path string, body io.Reader, kind string, headers ...string) reply {
	b.w.t.Helper()
	req, err := http.NewRequest(method, "http://kualik.example"+path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	for n, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: n, Value: v})
	}
	res, err := b.w.s.app.Test(req, -1)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		b.w.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 || (!c.Expires.IsZero() && c.Expires.Before(time.Now())) {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	if m := tokenField.FindSubmatch(text); m != nil {
		b.token = string(m[1])
	}
	return reply{status: res.StatusCode, body: string(text), header: res.Header}
}
