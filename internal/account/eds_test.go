package account

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"kualik/internal/blob"
	"kualik/internal/i18n"
	"kualik/internal/person"
	"kualik/internal/postgres"
	"kualik/internal/secret"
	"kualik/internal/signing"
)

// number makes a personal number that is right in form and belongs to nobody.
func number(t *testing.T, eleven string) string {
	t.Helper()
	k := person.ControlDigit(eleven)
	if k < 0 {
		t.Fatalf("%s has no control digit", eleven)
	}
	return eleven + string(rune('0'+k))
}

// edsWorld is a world with an administrator, in which keys open accounts.
type edsWorld struct {
	*world
	admin    Account
	staffIIN string // of the member of staff
	known    bool   // the directory knows that number
	registry registryFunc
}

type registryFunc func(ctx context.Context, iin string) (PersonRecord, error)

func (f registryFunc) Lookup(ctx context.Context, iin string) (PersonRecord, error) {
	return f(ctx, iin)
}

func newEDSWorld(t *testing.T) *edsWorld {
	t.Helper()
	w := &edsWorld{world: newWorld(t), known: true, staffIIN: number(t, "79031540997")}
	keeper, err := secret.New(bytes.Repeat([]byte{9}, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w.keeper = keeper
	if w.blobs, err = blob.Open(context.Background(), "", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	w.staffByIIN = func(_ context.Context, hash []byte) (Staff, bool, error) {
		if w.known && bytes.Equal(hash, keeper.Hash(person.HashLabel, w.staffIIN)) {
			return Staff{ID: w.staff, Name: "Сагитова Меруерт", Email: staffMail, Faculty: "ФЕН", Department: "химия"}, true, nil
		}
		return Staff{}, false, nil
	}
	w.persons = registryFunc(func(ctx context.Context, iin string) (PersonRecord, error) { return w.registry(ctx, iin) })
	w.admin = w.first(t)
	return w
}

func (w *edsWorld) identity(iin string) signing.Identity {
	return signing.Identity{IIN: iin, Surname: "ЕСЕНОВ", GivenName: "ДАНИЯР", Patronymic: "МАРАТҰЛЫ", Name: "ЕСЕНОВ ДАНИЯР МАРАТҰЛЫ",
		Email: "D.Esenov@example.kz", Roles: []string{"individual"}, Algorithm: "gost2015-512", KeyUsage: "auth", Serial: "1a2b",
		NotAfter: w.clock.Now().AddDate(0, 6, 0), Revocation: signing.Revocation{State: "good", Source: "ocsp", CheckedAt: w.clock.Now()}}
}

func TestKeyFindsItsAccountByTheNumberAlone(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	id := w.identity(number(t, "88120130991"))
	id.Name, id.Email = w.admin.Name, w.admin.Email // the same name and address as somebody else's
	session, a, first, err := w.LoginByEDS(ctx, id)
	if err != nil || !first || a.ID == w.admin.ID || a.Role != Author || a.StaffID != nil || a.Email != "" || !a.HasEDS {
		t.Fatalf("a stranger with an administrator's name and address: %+v first %v, %v", a, first, err)
	}
	if s, ok, err := w.Session(ctx, session); err != nil || !ok || s.Means != ByEDS || !s.MayFile() {
		t.Fatalf("session %+v %v %v", s, ok, err)
	}
	_, again, first, err := w.LoginByEDS(ctx, id)
	if err != nil || first || again.ID != a.ID {
		t.Fatalf("the second time: %v first %v, %v", again.ID, first, err)
	}
	if iin, err := w.IIN(ctx, a.ID); err != nil || iin != id.IIN {
		t.Fatalf("the number %q: %v", iin, err)
	}
	if b, ok, err := w.ByIIN(ctx, id.IIN); err != nil || !ok || b.ID != a.ID {
		t.Fatalf("found by number: %v %v", ok, err)
	}
}

func TestKeyOfStaffOpensTheirAccount(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	if err := w.RequestLink(ctx, staffMail, "10.0.0.1", ForLogin, i18n.RU); err != nil {
		t.Fatal(err)
	}
	_, linked, err := w.LoginByLink(ctx, w.secretOf(t))
	if err != nil {
		t.Fatal(err)
	}
	_, a, first, err := w.LoginByEDS(ctx, w.identity(w.staffIIN))
	if err != nil || !first || a.ID != linked.ID || a.Role != Faculty || a.Name != linked.Name {
		t.Fatalf("the account made by link: %+v first %v, %v", a, first, err)
	}
}

func TestKeyOfStaffMakesAnAccountOfStaff(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	_, a, first, err := w.LoginByEDS(ctx, w.identity(w.staffIIN))
	if err != nil || !first || a.Role != Faculty || a.StaffID == nil || *a.StaffID != w.staff || a.Email != staffMail || a.Name != "Сагитова Меруерт" {
		t.Fatalf("%+v first %v, %v", a, first, err)
	}
	// A link to the directory's address leads to the same account.
	if err := w.RequestLink(ctx, "second@karatal.example", "10.0.0.1", ForLogin, i18n.RU); err != nil {
		t.Fatal(err)
	}
	session, b, err := w.LoginByLink(ctx, w.secretOf(t))
	if err != nil || b.ID != a.ID {
		t.Fatalf("by link: %v %v", b.ID, err)
	}
	if s, _, _ := w.Session(ctx, session); s.Means != ByLink || s.MayFile() || !s.Can(File) {
		t.Fatalf("whoever comes by link only looks: %+v", s)
	}
	admin, _, err := w.Login(ctx, w.admin.Email, "тоғыз қырлы сөз", "h")
	if s, _, _ := w.Session(ctx, admin); err != nil || s.Means != ByPassword || s.MayFile() {
		t.Fatalf("whoever comes by password only looks: %+v %v", s, err)
	}
}

func TestAuthorWhomTheDirectoryTookInIsStaff(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	w.known = false
	_, a, _, err := w.LoginByEDS(ctx, w.identity(w.staffIIN))
	if err != nil || a.Role != Author {
		t.Fatal(a, err)
	}
	w.known = true
	_, b, first, err := w.LoginByEDS(ctx, w.identity(w.staffIIN))
	if err != nil || first || b.ID != a.ID || b.Role != Faculty || b.StaffID == nil {
		t.Fatalf("%+v first %v, %v", b, first, err)
	}
}

func TestKeyOfADisabledAccountIsRefused(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	id := w.identity(number(t, "88120130991"))
	_, a, _, err := w.LoginByEDS(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	close := func(a Account) {
		if err := w.Update(ctx, w.admin, a.ID, Change{Name: a.Name, Role: a.Role, Disabled: true}); err != nil {
			t.Fatal(err)
		}
	}
	close(a)
	if _, _, _, err := w.LoginByEDS(ctx, id); !errors.Is(err, errDisabled) {
		t.Fatalf("a disabled author: %v", err)
	}
	staff, err := w.Create(ctx, w.admin, NewAccount{Email: staffMail, Name: "Сагитова Меруерт", Role: Faculty})
	if err != nil {
		t.Fatal(err)
	}
	close(staff)
	if _, _, _, err := w.LoginByEDS(ctx, w.identity(w.staffIIN)); !errors.Is(err, errDisabled) {
		t.Fatalf("a disabled member of staff, who would get a second account: %v", err)
	}
}

func TestNoKeyIsFirstInAnInstallation(t *testing.T) {
	w := newEDSWorld(t)
	if _, err := w.pool.Exec(context.Background(), `DELETE FROM session; DELETE FROM account`); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.LoginByEDS(context.Background(), w.identity(w.staffIIN)); !errors.Is(err, errNotReady) {
		t.Fatalf("before the administrator: %v", err)
	}
	if need, err := w.NeedsFirstRun(context.Background()); err != nil || !need {
		t.Fatal("the first run is still to come")
	}
}

func TestOneKeyAtOnceMakesOneAccount(t *testing.T) {
	for name, iin := range map[string]string{"stranger": number(t, "88120130991"), "staff": number(t, "79031540997")} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newEDSWorld(t), context.Background()
			var wg sync.WaitGroup
			errs, firsts, ids := make([]error, 8), make([]bool, 8), make([]Account, 8)
			for i := range errs {
				wg.Go(func() { _, ids[i], firsts[i], errs[i] = w.LoginByEDS(ctx, w.identity(iin)) })
			}
			wg.Wait()
			made := 0
			for i := range errs {
				if errs[i] != nil || ids[i].ID != ids[0].ID {
					t.Errorf("%v %v", ids[i].ID, errs[i])
				}
				if firsts[i] {
					made++
				}
			}
			if all, _ := w.List(ctx); made != 1 || len(all) != 2 {
				t.Errorf("%d were first, %d accounts", made, len(all))
			}
		})
	}
}

func TestKeyIsJoinedToWhoeverIsLoggedIn(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	session, a, first, err := w.JoinEDS(ctx, w.admin, w.identity(number(t, "88120130991")))
	if err != nil || !first || a.ID != w.admin.ID || a.Role != Administrator {
		t.Fatalf("%+v first %v, %v", a, first, err)
	}
	if s, ok, _ := w.Session(ctx, session); !ok || !s.MayFile() || s.Name != w.admin.Name {
		t.Fatalf("session %+v", s)
	}
	if _, _, first, err = w.JoinEDS(ctx, a, w.identity(number(t, "88120130991"))); err != nil || first {
		t.Fatalf("the same key again: %v %v", first, err)
	}
	if _, _, _, err := w.JoinEDS(ctx, a, w.identity(number(t, "90120130994"))); !errors.Is(err, errOtherEDS) {
		t.Fatalf("a second key of another person: %v", err)
	}
	other, err := w.Create(ctx, w.admin, NewAccount{Email: "office@karatal.example", Name: "Отдел", Role: ResearchOffice})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.JoinEDS(ctx, other, w.identity(number(t, "88120130991"))); !errors.Is(err, errEDSTaken) {
		t.Fatalf("a key that opens another account: %v", err)
	}
	staff, err := w.Create(ctx, w.admin, NewAccount{Email: staffMail, Name: "Сагитова Меруерт", Role: Faculty})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.pool.Exec(ctx, `UPDATE staff SET iin_hash = $1, iin_sealed = '\x00' WHERE id = $2`, w.iinHash(w.staffIIN), w.staff); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.JoinEDS(ctx, staff, w.identity(number(t, "90120130994"))); !errors.Is(err, errOtherEDS) {
		t.Fatalf("a key of somebody else than the directory says: %v", err)
	}
}

// No column of any table holds a personal number in the clear.
func TestPersonalNumbersLieSealed(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	iin, head := number(t, "88120130991"), number(t, "70020230995")
	_, a, _, err := w.LoginByEDS(ctx, w.identity(iin))
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Profile(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	p.HeadName, p.HeadIIN = "Оспанова Гүлнар", head
	if p, err = w.SaveProfile(ctx, a, p); err != nil || p.HeadIIN != head || p.IIN != iin {
		t.Fatalf("%+v %v", p, err)
	}
	w.registry = func(context.Context, string) (PersonRecord, error) { return PersonRecord{Surname: "Есенов"}, nil }
	if _, err := w.Refresh(ctx, a, true); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"account", "profile", "session", "audit", "registry_lookup"} {
		if text := wholeTable(t, w.pool, table); strings.Contains(text, iin) || strings.Contains(text, head) || len(text) == 0 {
			t.Errorf("%s holds a number in the clear, or nothing: %d letters", table, len(text))
		}
	}
}

func wholeTable(t *testing.T, db postgres.DB, table string) (text string) {
	t.Helper()
	err := db.QueryRow(context.Background(), `SELECT coalesce(string_agg(x::text, ' '), '') FROM `+table+` x`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestActionsOfFiling(t *testing.T) {
	for _, r := range Roles {
		if !Can(r, File) || !Can(r, SeeOwn) {
			t.Errorf("%s cannot file", r)
		}
	}
	for _, a := range []Action{SeeFilings, DecideFiling, SeePayments, Refund, ChangeFees} {
		if Can(Author, a) || Can(Faculty, a) || Can(HeadOfUnit, a) || !Can(ResearchOffice, a) {
			t.Errorf("%s is open to the wrong ones", a)
		}
	}
	if Can(Author, Upload) || Can(Author, SeeRating) {
		t.Error("an author from outside sees the university's pages")
	}
	if !slices.Contains(Roles, Author) {
		t.Error("authors are no role")
	}
}
