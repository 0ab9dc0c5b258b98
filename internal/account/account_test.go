package account

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/postgres/pgtest"
)

// world is a Service on a fresh database with one member of staff in the directory.
type world struct {
	*Service
	clock   *clock.Manual
	letters []Letter
	staff   uuid.UUID
}

const staffMail = "m.sagitova@karatal.example"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.At(time.Date(2026, 9, 17, 9, 0, 0, 0, time.UTC)), staff: clock.NewID()}
	pool := pgtest.New(t)
	_, err := pool.Exec(context.Background(), `INSERT INTO staff (id, staff_id, surname, given_name, emails, faculty, department, created_at, updated_at)
		VALUES ($1, '101', 'Сагитова', 'Меруерт', $2, 'ФЕН', 'химия', now(), now())`, w.staff, []string{staffMail, "second@karatal.example"})
	if err != nil {
		t.Fatal(err)
	}
	find := func(_ context.Context, email string) (Staff, bool, error) {
		if email == staffMail || email == "second@karatal.example" {
			return Staff{ID: w.staff, Name: "Сагитова Меруерт"}, true, nil
		}
		return Staff{}, false, nil
	}
	send := func(_ context.Context, l Letter) error { w.letters = append(w.letters, l); return nil }
	w.Service, err = New(pool, Options{Clock: w.clock, FindStaff: find, Send: send, PublicURL: "https://kualik.example"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// secretOf takes the secret out of the last letter.
func (w *world) secretOf(t *testing.T) string {
	t.Helper()
	if len(w.letters) == 0 {
		t.Fatal("no letter was sent")
	}
	text := w.letters[len(w.letters)-1].Text
	_, after, ok := strings.Cut(text, "https://kualik.example/")
	if !ok {
		t.Fatalf("no link in %q", text)
	}
	link, _, _ := strings.Cut(after, "\n")
	return link[strings.LastIndex(link, "/")+1:]
}

func (w *world) first(t *testing.T) Account {
	t.Helper()
	_, a, err := w.CreateFirst(context.Background(), NewAccount{Email: "Aruzhan@karatal.example", Name: "Аружан Иманова", Password: "тоғыз қырлы сөз"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFirstAdministratorIsTheOnlyFirst(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	if need, err := w.NeedsFirstRun(ctx); err != nil || !need {
		t.Fatalf("a new installation needs a first run: %v %v", need, err)
	}
	var wg sync.WaitGroup
	results := make([]error, 4)
	for i := range results {
		wg.Go(func() {
			_, _, results[i] = w.CreateFirst(ctx, NewAccount{Email: string(rune('a'+i)) + "@karatal.example", Name: "Имя", Password: "тоғыз қырлы сөз"})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
		} else if !errors.Is(err, errNotFirst) {
			t.Errorf("unexpected: %v", err)
		}
	}
	all, _ := w.List(ctx)
	if made != 1 || len(all) != 1 || all[0].Role != Administrator {
		t.Fatalf("of four at once %d were made, %d are there", made, len(all))
	}
}

func TestPasswordOpensASessionThatEnds(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	a := w.first(t)
	secret, got, err := w.Login(ctx, " ARUZHAN@karatal.example", "тоғыз қырлы сөз", "10.0.0.1")
	if err != nil || got.ID != a.ID {
		t.Fatalf("log-in: %v", err)
	}
	s, ok, err := w.Session(ctx, secret)
	if err != nil || !ok || s.ID != a.ID || s.CSRF == "" || s.CSRF == secret {
		t.Fatalf("session: %v %v %+v", ok, err, s)
	}
	// Used every ten hours it lives until the absolute end.
	for w.clock.Now().Before(a.CreatedAt.Add(Absolute - 10*time.Hour)) {
		w.clock.Advance(10 * time.Hour)
		if _, ok, _ := w.Session(ctx, secret); !ok {
			t.Fatalf("ended after %v", w.clock.Now().Sub(a.CreatedAt))
		}
	}
	w.clock.Advance(10 * time.Hour)
	if _, ok, _ := w.Session(ctx, secret); ok {
		t.Fatal("lives beyond its absolute end")
	}
	secret, _, _ = w.Login(ctx, a.Email, "тоғыз қырлы сөз", "10.0.0.1")
	w.clock.Advance(Idle + time.Second)
	if _, ok, _ := w.Session(ctx, secret); ok {
		t.Fatal("lives though nobody used it")
	}
	secret, _, _ = w.Login(ctx, a.Email, "тоғыз қырлы сөз", "10.0.0.1")
	if err := w.Logout(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := w.Session(ctx, secret); ok {
		t.Fatal("lives after log-out")
	}
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestGuessingIsStopped(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	a := w.first(t)
	for _, email := range []string{a.Email, "nobody@karatal.example"} {
		for range failuresPerEmail {
			if _, _, err := w.Login(ctx, email, "wrong password", "10.0.0.9"); !errors.Is(err, errLogin) {
				t.Fatalf("%s: %v", email, err)
			}
		}
		if _, _, err := w.Login(ctx, email, "тоғыз қырлы сөз", "10.0.0.9"); !errors.Is(err, errTooMany) {
			t.Fatalf("%s: a known and an unknown address must be stopped alike: %v", email, err)
		}
	}
	w.clock.Advance(limitWindow + time.Second)
	if _, _, err := w.Login(ctx, a.Email, "тоғыз қырлы сөз", "10.0.0.9"); err != nil {
		t.Fatalf("after the window: %v", err)
	}
	for i := range failuresPerHost {
		w.Login(ctx, string(rune('a'+i%26))+strings.Repeat("x", i)+"@karatal.example", "wrong password", "10.0.0.7")
	}
	if _, _, err := w.Login(ctx, a.Email, "тоғыз қырлы сөз", "10.0.0.7"); !errors.Is(err, errTooMany) {
		t.Fatalf("a host that guesses over many addresses: %v", err)
	}
}

func TestLinkMakesAnAccountForStaffOnce(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	if err := w.RequestLink(ctx, "M.Sagitova@karatal.example", "10.0.0.1", ForLogin, i18n.KK); err != nil {
		t.Fatal(err)
	}
	if len(w.letters) != 1 || w.letters[0].Lang != i18n.KK || w.letters[0].To != staffMail {
		t.Fatalf("letters: %+v", w.letters)
	}
	secret := w.secretOf(t)
	if ok, err := w.LinkLives(ctx, secret, ForLogin); err != nil || !ok {
		t.Fatal("looking at a link must not use it")
	}
	if ok, _ := w.LinkLives(ctx, secret, ForReset); ok {
		t.Fatal("a link for one purpose works for another")
	}
	session, a, err := w.LoginByLink(ctx, secret)
	if err != nil || a.Role != Faculty || a.StaffID == nil || *a.StaffID != w.staff {
		t.Fatalf("%+v %v", a, err)
	}
	if _, ok, _ := w.Session(ctx, session); !ok {
		t.Fatal("no session")
	}
	if _, _, err := w.LoginByLink(ctx, secret); !errors.Is(err, errLink) {
		t.Fatalf("used twice: %v", err)
	}
	// Another address of the same person leads to the same account.
	if err := w.RequestLink(ctx, "second@karatal.example", "10.0.0.1", ForLogin, i18n.RU); err != nil {
		t.Fatal(err)
	}
	if _, b, err := w.LoginByLink(ctx, w.secretOf(t)); err != nil || b.ID != a.ID {
		t.Fatalf("second address: %v %v", b.ID, err)
	}
}

func TestLinkTellsNothingAndRunsOut(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	if err := w.RequestLink(ctx, "stranger@elsewhere.example", "10.0.0.1", ForLogin, i18n.RU); err != nil {
		t.Fatalf("an unknown address must get the same answer: %v", err)
	}
	if len(w.letters) != 0 {
		t.Fatal("a stranger was sent a letter")
	}
	if err := w.RequestLink(ctx, "not an address", "10.0.0.1", ForLogin, i18n.RU); !fault.Is(err, fault.Invalid) {
		t.Fatalf("not an address: %v", err)
	}
	for range linksPerEmail + 2 {
		if err := w.RequestLink(ctx, staffMail, "10.0.0.1", ForLogin, i18n.RU); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.letters) != linksPerEmail {
		t.Fatalf("%d letters to one address in a row", len(w.letters))
	}
	w.clock.Advance(LinkLife + time.Second)
	if _, _, err := w.LoginByLink(ctx, w.secretOf(t)); !errors.Is(err, errLink) {
		t.Fatalf("an old link: %v", err)
	}
	for range linksPerHost {
		w.RequestLink(ctx, "x"+newSecret()[:8]+"@elsewhere.example", "10.0.0.2", ForLogin, i18n.RU)
	}
	if err := w.RequestLink(ctx, staffMail, "10.0.0.2", ForLogin, i18n.RU); !errors.Is(err, errTooMany) {
		t.Fatalf("a host that asks for many: %v", err)
	}
}

func TestOneOfManyUsersOfALinkWins(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	if err := w.RequestLink(ctx, staffMail, "10.0.0.1", ForLogin, i18n.RU); err != nil {
		t.Fatal(err)
	}
	secret := w.secretOf(t)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = w.LoginByLink(ctx, secret) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if all, _ := w.List(ctx); won != 1 || len(all) != 1 {
		t.Fatalf("%d won, %d accounts", won, len(all))
	}
}

func TestResetEndsOtherSessions(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	a := w.first(t)
	old, _, err := w.Login(ctx, a.Email, "тоғыз қырлы сөз", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RequestLink(ctx, staffMail, "10.0.0.1", ForReset, i18n.RU); err != nil || len(w.letters) != 0 {
		t.Fatal("there is no password to reset for who has no account")
	}
	if err := w.RequestLink(ctx, a.Email, "10.0.0.1", ForReset, i18n.EN); err != nil {
		t.Fatal(err)
	}
	secret := w.secretOf(t)
	if _, _, err := w.ResetPassword(ctx, secret, "short"); !errors.Is(err, errShort) {
		t.Fatal(err)
	}
	if _, _, err := w.ResetPassword(ctx, secret, "aruzhan2026"); !errors.Is(err, errGuessable) {
		t.Fatalf("a password made of the address: %v", err)
	}
	if _, _, err := w.ResetPassword(ctx, secret, "басқа ұзын сөз"); err != nil {
		t.Fatalf("a refused password must leave the link good: %v", err)
	}
	if _, ok, _ := w.Session(ctx, old); ok {
		t.Fatal("the old session lives")
	}
	if _, _, err := w.Login(ctx, a.Email, "басқа ұзын сөз", "10.0.0.1"); err != nil {
		t.Fatal(err)
	}
}

func TestAccountsAreChangedByRule(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	admin := w.first(t)
	if err := w.Update(ctx, admin, admin.ID, Change{Name: admin.Name, Role: Faculty}); !errors.Is(err, errLast) {
		t.Fatalf("the last administrator: %v", err)
	}
	head, err := w.Create(ctx, admin, NewAccount{Email: staffMail, Name: "Сагитова Меруерт", Role: HeadOfUnit, Faculty: "ФЕН", Department: "химия"})
	if err != nil || head.StaffID == nil {
		t.Fatalf("%+v %v", head, err)
	}
	if !head.SeesUnit("ФЕН", "химия") || head.SeesUnit("ФЕН", "физика") || head.SeesUnit("ФИТ", "химия") || head.Can(SeeAll) {
		t.Fatal("a head of a department sees that department and nothing else")
	}
	if _, err := w.Create(ctx, admin, NewAccount{Email: staffMail, Name: "Другая", Role: Faculty}); !errors.Is(err, errTaken) {
		t.Fatal(err)
	}
	if _, err := w.Create(ctx, admin, NewAccount{Email: "h@karatal.example", Name: "Глава", Role: HeadOfUnit}); !errors.Is(err, errUnit) {
		t.Fatal(err)
	}
	if err := w.RequestLink(ctx, staffMail, "10.0.0.1", ForLogin, i18n.RU); err != nil {
		t.Fatal(err)
	}
	session, _, err := w.LoginByLink(ctx, w.secretOf(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Update(ctx, admin, head.ID, Change{Name: head.Name, Role: Faculty, Disabled: true}); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := w.Session(ctx, session); ok {
		t.Fatal("a disabled account is still in")
	}
	if err := w.RequestLink(ctx, staffMail, "10.0.0.3", ForLogin, i18n.RU); err != nil || len(w.letters) != 1 {
		t.Fatal("a disabled account was sent a link")
	}
}

func TestRolesTable(t *testing.T) {
	for action, roles := range may {
		if !Can(Administrator, action) {
			t.Errorf("%s is closed to the administrator", action)
		}
		if Can("nobody", action) || len(roles) == 0 {
			t.Errorf("%s is open to nobody in particular", action)
		}
	}
	for _, a := range []Action{SeeAll, Review, MakeReports, ChangeAccounts, RevealIIN, SeeUnit, SeeRating} {
		if Can(Faculty, a) {
			t.Errorf("faculty can %s", a)
		}
	}
	if Can(Administrator, "launch_rockets") {
		t.Error("an unknown action is open")
	}
}

func TestChangePassword(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	a := w.first(t)
	keep, _, _ := w.Login(ctx, a.Email, "тоғыз қырлы сөз", "h")
	other, _, _ := w.Login(ctx, a.Email, "тоғыз қырлы сөз", "h")
	if err := w.ChangePassword(ctx, a, "not it", "жаңа ұзын құпия", keep); !errors.Is(err, errOld) {
		t.Fatal(err)
	}
	if err := w.ChangePassword(ctx, a, "тоғыз қырлы сөз", "жаңа ұзын құпия", keep); err != nil {
		t.Fatal(err)
	}
	_, kept, _ := w.Session(ctx, keep)
	_, gone, _ := w.Session(ctx, other)
	if !kept || gone {
		t.Fatal("one's own session stays, others end")
	}
}
