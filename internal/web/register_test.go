package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/issuing"
	"kualik/internal/jobs"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
)

// sealed is a test authority and the seal of an institution.
var sealed = sync.OnceValues(func() (*pki.Trust, *pades.Seal) {
	from := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	ca, err := issue.NewAuthority(rand.Reader, issue.RSA, "КО TEST", from)
	must(err)
	id, err := ca.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: "«Қаратал университеті» КеАҚ", BIN: "990240000016"}, issue.Sign, from, from.AddDate(1, 0, 0))
	must(err)
	seal, err := pades.OpenSeal(id.Marshal(), "")
	must(err)
	return pki.NewTrust(ca.Certificate), seal
})

func wireRegister(d *Deps, store blob.Store) {
	trust, seal := sealed()
	d.Register = Register{Trust: trust, Keeps: true, Issuing: issuing.New(issuing.Options{Pool: d.Pool, Clock: d.Clock, Zone: d.Zone, Blobs: store,
		Log: slog.New(slog.DiscardHandler), Seal: seal, Office: "Қаратал университеті", PublicURL: d.PublicURL})}
}

// register is a world with a register of its own.
type register struct{ *world }

func newRegister(t testing.TB) *register {
	r := &register{newWorld(t, func(d *Deps) {
		store, err := blob.Open(context.Background(), "", t.TempDir())
		must(err)
		wireRegister(d, store)
	})}
	r.admin()
	return r
}

var tirkeushi = audit.Actor{ID: "x", Name: "Гүлнар Тіркеушіқызы"}

// in does a deed of the desk and seals what it left.
func inRegister(t testing.TB, d Deps, do func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error)) uuid.UUID {
	t.Helper()
	var id uuid.UUID
	must(pgx.BeginFunc(context.Background(), d.Pool, func(tx pgx.Tx) (err error) {
		id, err = do(context.Background(), tx)
		return err
	}))
	must(d.Issuing.Work(context.Background(), jobs.Job[issuing.SealArgs]{Args: issuing.SealArgs{ID: id}}))
	return id
}

func (r *register) issue(title string, created clock.Day, names ...string) issuing.Entry {
	w := issuing.Work{FilingID: clock.NewID(), Title: title, Kind: "scientific_work", CreatedOn: created}
	for _, n := range names {
		n, hidden := strings.CutPrefix(n, "-")
		w.Authors = append(w.Authors, issuing.Author{Name: n, Hidden: hidden})
	}
	return r.entry(inRegister(r.t, r.deps, func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
		e, err := r.deps.Issuing.Prepare(ctx, tx, tirkeushi, w)
		return e.ID, err
	}))
}

func (r *register) entry(id uuid.UUID) issuing.Entry {
	e, err := r.deps.Issuing.Get(context.Background(), r.deps.Pool, id)
	must(err)
	return e
}

func (r *register) correct(e issuing.Entry, title string) issuing.Entry {
	return r.entry(inRegister(r.t, r.deps, func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
		n, err := r.deps.Issuing.Correct(ctx, tx, tirkeushi, e.ID, issuing.Correction{Cause: issuing.TechnicalError, Reason: "пропущена буква", Title: title, Kind: e.Kind,
			CreatedOn: e.CreatedOn, Authors: e.Authors})
		return n.ID, err
	}))
}

func (r *register) file(e issuing.Entry) []byte {
	_, pdf, err := r.deps.Issuing.PDF(context.Background(), e.ID)
	must(err)
	return pdf
}

// Everybody sees the register, without a log-in; nobody sees who is not to be mentioned.
func TestPublicRegister(t *testing.T) {
	r := newRegister(t)
	const hidden = "Жасырынов Айдын Оразұлы"
	one := r.issue("Органикалық химия: зертханалық практикум", "2026-08-21", "САГИТОВА МЕРУЕРТ ТАЛГАТОВНА", "-"+hidden, "Нурбаева Лаура")
	two := r.issue("Информационная система «BilimHub»", "2026-05-02", "Куандыков Асқар Маратұлы")
	corrected := r.correct(one, "Органикалық химия: зертханалық практикум, 2-басылым")
	inRegister(t, r.deps, func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
		e, err := r.deps.Issuing.Annul(ctx, tx, tirkeushi, two.ID, "решение суда от 10.09.2026")
		return e.ID, err
	})
	extract := inRegister(t, r.deps, func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
		x, err := r.deps.Issuing.PrepareExtract(ctx, tx, tirkeushi, issuing.Petition{FilingID: clock.NewID(), Number: one.Number, Recipient: "Оспанов Дәулет", Lang: i18n.RU})
		return x.ID, err
	})
	var token string
	must(r.deps.Pool.QueryRow(context.Background(), `SELECT token FROM issuing_extract WHERE id = $1`, extract).Scan(&token))

	author := r.as(account.Faculty)
	for _, b := range []*browser{r.browser(), author} {
		for path, want := range map[string][]string{
			registerPath + "?lang=ru":            {"Всего 2, показано 2", "2-басылым", "BilimHub", "аннулировано", "действует", "/r/" + corrected.Token},
			registerPath + "?q=химия":            {"показано 1", "2-басылым"},
			registerPath + "?q=куандыков":        {"BilimHub"},
			registerPath + "?q=жасырынов":        {"показано 0"},
			registerPath + "?year=2026&page=1":   {"Год", "2-басылым"},
			registerPath + "?year=2025":          {"показано 0"},
			"/r/" + corrected.Token:              {"2-басылым", "действует", "Нурбаева Лаура", "исправлена техническая ошибка", "пропущена буква", "версия 1", corrected.SHA256},
			"/r/" + one.Token:                    {"заменено", "Версия 1 заменена 17.09.2026", "/r/" + corrected.Token, "Открыть действующую версию"},
			"/r/" + two.Token:                    {"аннулировано", "решение суда от 10.09.2026"},
			"/r/" + token:                        {"выписка № 2026-1", "2-басылым"},
			"/register/check":                    {"Проверить файл", `name="file"`},
			"/r/" + corrected.Token + "?lang=kk": {"Куәліктер тізілімі", "күшінде", "ғылыми туынды"},
			"/r/" + corrected.Token + "?lang=en": {"valid", "scientific work"},
			registerPath + "?q=оспанов&lang=ru":  {"показано 0"},
		} {
			got := b.get(path)
			if got.status != http.StatusOK || got.header.Get("X-Robots-Tag") != "noindex, nofollow" {
				t.Errorf("%s: %d %v", path, got.status, got.header)
			}
			has(t, got.body, want...)
			for _, secret := range []string{hidden, "Жасырынов", "Оспанов Дәулет", ">issuing."} {
				if strings.Contains(got.body, secret) {
					t.Errorf("%s shows %q", path, secret)
				}
			}
			b.get("/register?lang=ru")
		}
		for _, path := range []string{"/r/000000000000", "/r/x", "/r/" + strings.ToUpper(one.Token)} {
			if got := b.get(path); got.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, got.status)
			}
		}
	}
	if !strings.Contains(author.get(registerPath).body, `href="/register" aria-current="page"`) {
		t.Error("who is logged in has no line of the register in the side bar")
	}
	has(t, r.browser().get("/login?lang=ru").body, "/register/check")
}

func TestRegisterIsPaged(t *testing.T) {
	r := newRegister(t)
	ctx := context.Background()
	must(pgx.BeginFunc(ctx, r.deps.Pool, func(tx pgx.Tx) error { // not sealed, so written as if
		for i := range rowsPerPage + 3 {
			_, err := r.deps.Issuing.Prepare(ctx, tx, tirkeushi, issuing.Work{FilingID: clock.NewID(), Title: "Труд " + strconv.Itoa(i), CreatedOn: "2026-01-01", Authors: []issuing.Author{{Name: "Автор Анна"}}})
			must(err)
		}
		_, err := tx.Exec(ctx, `UPDATE issuing_entry SET state = 'valid', sealed_at = now(), sha256 = repeat('0', 64)`)
		return err
	}))
	b := r.browser()
	if got := b.get(registerPath); strings.Count(got.body, "data-href") != rowsPerPage || !strings.Contains(got.body, "page=2") {
		t.Errorf("%d rows on the first page", strings.Count(got.body, "data-href"))
	}
	if got := b.get(registerPath + "?page=2"); strings.Count(got.body, "data-href") != 3 {
		t.Errorf("%d rows on the second page", strings.Count(got.body, "data-href"))
	}
}

func TestFileIsCheckedOnAPage(t *testing.T) {
	r := newRegister(t)
	one := r.issue("Химия", "2026-08-21", "Нурбаева Лаура")
	other := r.issue("Физика", "2026-08-21", "Куандыков Асқар")
	pdf := r.file(one)
	b := r.browser()
	try := func(path string, content []byte) reply {
		t.Helper()
		b.get(path + "?lang=ru")
		body, kind := multipartOf(b.token, nil, "file", "certificate.pdf", content)
		return b.send("POST", path, body, kind)
	}
	changed := bytes.Clone(pdf)
	changed[4000] ^= 1
	own := "/r/" + one.Token
	for _, c := range []struct {
		path    string
		content []byte
		status  int
		want    []string
	}{
		{"/register/check", pdf, 200, []string{"Документ подлинный и действует", "Байты совпадают", "Подпись верна: «Қаратал университеті» КеАҚ", own, one.SHA256}},
		{own, pdf, 200, []string{"Документ подлинный и действует", "Химия"}},
		{"/r/" + other.Token, pdf, 200, []string{"Документ подлинный, но другой записи", own}},
		{"/register/check", changed, 200, []string{"Файл изменён", "отличается 1 байт", "4\u2009001", "Подпись не верна", own}},
		{own, append(bytes.Clone(pdf), "more"...), 200, []string{"в конец что-то дописано", "лишних 4 байта"}},
		{"/register/check", []byte("%PDF-1.4 of somebody else"), 200, []string{"Такого документа в реестре нет", "В файле нет подписи"}},
		{own, nil, 422, []string{"Файл не выбран", "Химия"}},
		{"/register/check", make([]byte, issuing.MaxPDF+1), 413, []string{"больше 20 МБ"}},
	} {
		got := try(c.path, c.content)
		if got.status != c.status {
			t.Errorf("%s, %d bytes: %d", c.path, len(c.content), got.status)
		}
		has(t, got.body, c.want...)
	}
	r.correct(one, "Химия (2)")
	has(t, try(own, pdf).body, "Документ подлинный, но заменён", "Эта версия записи № 1 заменена")
	inRegister(t, r.deps, func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
		e, err := r.deps.Issuing.Annul(ctx, tx, tirkeushi, other.ID, "суд")
		return e.ID, err
	})
	has(t, try(own, r.file(other)).body, "Документ подлинный, но аннулирован")

	body, kind := multipartOf("another token", nil, "file", "c.pdf", pdf)
	if got := b.send("POST", own, body, kind); got.status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", got.status)
	}
	if got := try("/r/000000000000", pdf); got.status != http.StatusNotFound {
		t.Errorf("a record that is not there: %d", got.status)
	}
}

// The check is open to everybody, and so it has an end.
func TestChecksAreBounded(t *testing.T) {
	r := newRegister(t)
	b := r.browser()
	b.get("/register/check?lang=ru")
	post := func() reply {
		body, kind := multipartOf(b.token, nil, "file", "c.pdf", []byte("%PDF-"))
		return b.send("POST", "/register/check", body, kind)
	}
	for i := range checksPerHost {
		if got := post(); got.status != http.StatusOK {
			t.Fatalf("check %d: %d", i+1, got.status)
		}
	}
	got := post()
	if got.status != http.StatusTooManyRequests {
		t.Errorf("one check too many: %d", got.status)
	}
	has(t, got.body, "Слишком много проверок")
	r.clock.Advance(checksWithin + time.Second)
	if got := post(); got.status != http.StatusOK {
		t.Errorf("ten minutes later: %d", got.status)
	}

	l := newCheckLimit(r.clock.Now)
	for i := range checksAtOnce {
		if !l.begin("host " + strconv.Itoa(i)) {
			t.Fatalf("place %d is taken", i)
		}
	}
	if l.begin("another") {
		t.Error("more checks at once than there are places")
	}
	l.end()
	if !l.begin("another") {
		t.Error("a place that was given back is not free")
	}
}

// The certificate of an application is for those who see the application.
func TestCertificateOfAnApplication(t *testing.T) {
	f := newFilings(t)
	filer := f.enters(filerIIN)
	path := f.begin(filer, "author")
	id := uuid.MustParse(strings.TrimPrefix(path, "/filings/"))
	if got := filer.get(path + "/certificate.pdf"); got.status != http.StatusNotFound {
		t.Errorf("before there is one: %d", got.status)
	}
	inRegister(t, f.deps, func(ctx context.Context, tx pgx.Tx) (uuid.UUID, error) {
		e, err := f.deps.Issuing.Prepare(ctx, tx, tirkeushi, issuing.Work{FilingID: id, Title: "Химия", CreatedOn: "2026-01-01", Authors: []issuing.Author{{Name: "Автор Анна"}}})
		return e.ID, err
	})
	got := filer.get(path + "/certificate.pdf")
	if got.status != http.StatusOK || !strings.HasPrefix(got.body, "%PDF") || !strings.Contains(got.header.Get("Content-Disposition"), "kualik-1.pdf") {
		t.Errorf("the filer: %d %v", got.status, got.header)
	}
	if got := f.enters(thirdIIN).get(path + "/certificate.pdf"); got.status != http.StatusNotFound {
		t.Errorf("a stranger: %d", got.status)
	}
	if got := f.as(account.ResearchOffice).get(path + "/certificate.pdf"); got.status != http.StatusOK {
		t.Errorf("the office: %d", got.status)
	}
}

// Whom a later version hides no longer stands on the page of the one before.
func TestHiddenLaterIsHiddenBefore(t *testing.T) {
	first := issuing.Entry{Version: 1, SHA256: "a", Authors: []issuing.Author{{Name: "АВТОР АННА"}, {Name: "АВТОР БОЛАТ"}}}
	second := issuing.Entry{Version: 2, SHA256: "b", Authors: []issuing.Author{{Name: "Автор Анна", Hidden: true}, {Name: "Автор Болат"}}}
	if got := stillMentioned(first, []issuing.Entry{second, first}); len(got) != 1 || got[0] != "АВТОР БОЛАТ" {
		t.Errorf("the old version shows %q", got)
	}
	second.SHA256 = "" // not sealed yet: nothing holds of it
	if got := stillMentioned(first, []issuing.Entry{second, first}); len(got) != 2 {
		t.Errorf("before the new version is sealed the old one shows %q", got)
	}
}
