package filing

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/doctext"
	"kualik/internal/document"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/person"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
	"kualik/internal/signing"
	"kualik/internal/workday"
)

// begin is a Wednesday, 11:41 in Almaty; the term of two working days ends on the Friday.
var begin = time.Date(2026, 9, 16, 6, 41, 0, 0, time.UTC)

var almaty = time.FixedZone("+05", 5*3600)

// human is an invented person with an account that was opened by EDS and a key for signing.
type human struct {
	issue.Person
	who Who
	key *issue.Identity
}

type world struct {
	*Service
	t        *testing.T
	clock    *clock.Manual
	pool     *pgxpool.Pool
	accounts *account.Service
	payments *payment.Service
	signing  *signing.Service
	apps     *application.Store
	faults   *faults
	ca       *issue.Authority
	people   map[string]*human
	office   Who
	pages    []string // text of every document that is read
}

var authority = sync.OnceValues(func() (*issue.Authority, error) {
	return issue.NewAuthority(rand.Reader, issue.GOST, "KUALIK TEST CA", begin.AddDate(-1, 0, 0))
})

func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, clock: clock.At(begin), pool: pgtest.New(t), people: map[string]*human{}, faults: &faults{}, pages: []string{"Жұмыс атауы\nПрактикум по алгебре"}}
	var err error
	w.ca, err = authority()
	require.NoError(t, err)
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	blobs, err := blob.Open(ctx, "", t.TempDir())
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	letters, err := notify.New(w.pool, blobs, w.clock, log, "", "")
	require.NoError(t, err)
	staff := directory.NewStore(w.pool, keeper, w.clock)
	w.apps = application.NewStore(w.pool, keeper, w.clock)
	w.accounts, err = account.New(w.pool, account.Options{Clock: w.clock, PasswordCost: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}, Keeper: keeper, Blobs: blobs,
		FindStaff:      func(context.Context, string) (account.Staff, bool, error) { return account.Staff{}, false, nil },
		FindStaffByIIN: func(context.Context, []byte) (account.Staff, bool, error) { return account.Staff{}, false, nil }})
	require.NoError(t, err)
	w.payments = payment.New(w.pool, payment.Options{Clock: w.clock, Zone: almaty, Keeper: keeper, Log: log})
	w.signing = signing.New(w.pool, signing.Options{Clock: w.clock, Keeper: keeper, Blobs: blobs, Trust: pki.NewTrust(w.ca.Certificate), Log: log, LoginWithSignKey: true})
	o := Options{Pool: w.pool, Clock: w.clock, Zone: almaty, Keeper: keeper, Blobs: faultyBlobs{blobs, w.faults}, Log: log, People: w.accounts, Staff: staff,
		Applications: faultyApplications{w.apps, w.faults}, Fees: w.payments, Payments: w.payments, Signatures: faultySignatures{w.signing, w.faults},
		Reader: reader{w}, Workdays: workday.New(), Letters: faultyLetters{letters, w.faults}, Papers: paper{}, SignDays: 2, Order: FilerFirst, Expiry: ExpiryWait,
		Support: "support@kazpatent.kz", Name: "Қаратал университеті", PublicURL: "https://kualik.example",
		Office: func(context.Context) []string { return []string{"office@karatal.example"} }, OfficeLang: i18n.RU}
	for _, c := range change {
		c(&o)
	}
	w.Service = New(o)
	w.payments.OnLock(w.LockForPayment)
	w.payments.OnPaid(w.Paid)
	w.payments.OnRefundAsked(w.RefundAsked)
	office := clock.NewID()
	_, err = w.pool.Exec(ctx, `INSERT INTO account (id, email, name, role, created_at) VALUES ($1, 'office@karatal.example', 'Отдел науки', 'research_office', $2)`, office, begin)
	require.NoError(t, err)
	w.office = Who{ID: office, Name: "Отдел науки", Role: account.ResearchOffice, Means: account.ByPassword, Lang: i18n.RU}
	return w
}

// human gives an invented person, who has logged in with EDS and filled in the profile.
func (w *world) human(name string) *human {
	w.t.Helper()
	if h, ok := w.people[name]; ok {
		return h
	}
	h := &human{Person: w.newPerson(name)}
	_, a, _, err := w.accounts.LoginByEDS(context.Background(), signing.Identity{IIN: h.IIN, Surname: h.Surname, GivenName: h.GivenName,
		Patronymic: h.Patronymic, Name: name, Email: h.Email})
	require.NoError(w.t, err)
	p, err := w.accounts.Profile(context.Background(), a.ID)
	require.NoError(w.t, err)
	p.Country, p.Region, p.Address, p.Postcode, p.Phone, p.Email = "KZ", "Жетісу, Каратал", "ул. Достык, 14", "041000", "+7 700 000 14 08", h.Email
	_, err = w.accounts.SaveProfile(context.Background(), a, p)
	require.NoError(w.t, err)
	h.who = Who{ID: a.ID, Name: name, Role: a.Role, Means: account.ByEDS, Lang: i18n.RU}
	w.people[name] = h
	return h
}

// newPerson invents one; the number keeps the rule of the control digit and has a serial that is not issued.
func (w *world) newPerson(name string) issue.Person {
	n := person.ParseName(name)
	p := issue.Person{Surname: n.Surname, GivenName: n.Given, Patronymic: n.Patronymic, Email: fmt.Sprintf("p%d@karatal.example", len(w.people)+1)}
	for serial := len(w.people); ; serial += 50 {
		eleven := fmt.Sprintf("8%d0%d15499%02d", serial%9, 1+serial%9, serial%100)
		if k := person.ControlDigit(eleven); k >= 0 {
			p.IIN = eleven + fmt.Sprint(k)
			return p
		}
	}
}

func (w *world) sign(h *human, content []byte) []byte {
	w.t.Helper()
	if h.key == nil {
		var err error
		h.key, err = w.ca.Issue(h.Person, issue.Sign, begin.AddDate(0, -6, 0), begin.AddDate(0, 6, 0))
		require.NoError(w.t, err)
	}
	cms, err := h.key.SignCMS(content, true, w.clock.Now())
	require.NoError(w.t, err)
	return cms
}

// entry is what somebody types about a person.
func entry(h *human, role Role) Entry {
	return Entry{Role: role, Type: Individual, Number: h.IIN, Name: h.Surname + " " + h.GivenName, Country: "KZ", City: "Каратал", Address: "ул. Абая, 1",
		Postcode: "041000", Phone: "+7 700 000 00 01", Email: h.Email}
}

// docx is a Word file by its content.
func docx(text string) []byte { return zipOf(map[string]string{"word/document.xml": text}) }

// complete fills a filing of a filer with other authors so that nothing is missing.
func (w *world) complete(filer *human, authors ...*human) uuid.UUID {
	w.t.Helper()
	ctx := context.Background()
	id, err := w.Create(ctx, filer.who, CopyrightWork, Author, false)
	require.NoError(w.t, err)
	for _, a := range authors {
		_, err := w.AddParticipant(ctx, filer.who, id, entry(a, Author))
		require.NoError(w.t, err)
	}
	w.fill(filer, id)
	return id
}

// fill gives a filing its data and documents.
func (w *world) fill(filer *human, id uuid.UUID) {
	w.t.Helper()
	ctx := context.Background()
	v := w.view(filer, id)
	data := v.Data
	data.Title, data.Kind, data.CreatedOn = "Практикум по алгебре", "scientific_work", "02.09.2026"
	_, err := w.Save(ctx, filer.who, id, v.Version, data)
	require.NoError(w.t, err)
	_, err = w.Attach(ctx, filer.who, id, Upload{Kind: WorkCopy, Filename: "Практикум.docx", Content: bytes.NewReader(docx("work")), Sheets: "12", Description: "учебник"})
	require.NoError(w.t, err)
	for _, p := range v.Participants {
		if p.Role == Author {
			w.identity(filer, id, p.ID)
		}
	}
}

func (w *world) identity(filer *human, id, participant uuid.UUID) {
	w.t.Helper()
	_, err := w.Attach(context.Background(), filer.who, id, Upload{Kind: IdentityCopy, Participant: participant, Filename: "id.pdf", Content: strings.NewReader("%PDF-1.4 " + participant.String())})
	require.NoError(w.t, err)
}

func (w *world) view(h *human, id uuid.UUID) *View {
	w.t.Helper()
	v, err := w.View(context.Background(), h.who, id)
	require.NoError(w.t, err)
	return v
}

func (w *world) form(h *human, id uuid.UUID) Statement {
	w.t.Helper()
	s, err := w.FormStatement(context.Background(), h.who, id)
	require.NoError(w.t, err)
	return s
}

// pay pays the invoice of a filing as a bank transfer that the office records.
func (w *world) pay(h *human, id uuid.UUID) {
	w.t.Helper()
	invoice, err := w.Invoice(context.Background(), h.who, id)
	require.NoError(w.t, err)
	_, err = w.payments.RecordTransfer(context.Background(), audit.System, invoice, "платёжное поручение 7")
	require.NoError(w.t, err)
}

// paid is a filing that is formed and paid.
func (w *world) paid(filer *human, authors ...*human) uuid.UUID {
	w.t.Helper()
	id := w.complete(filer, authors...)
	w.form(filer, id)
	w.pay(filer, id)
	require.Equal(w.t, Paid, w.view(filer, id).State)
	return id
}

func (w *world) content(h *human, id uuid.UUID) []byte {
	w.t.Helper()
	_, content, err := w.OpenStatement(context.Background(), h.who, id, uuid.Nil)
	require.NoError(w.t, err)
	return content
}

func (w *world) submit(h *human, id uuid.UUID) Receipted {
	w.t.Helper()
	r, err := w.Submit(context.Background(), h.who, id, w.sign(h, w.content(h, id)), "key")
	require.NoError(w.t, err)
	return r
}

// count is a figure of the database.
func (w *world) count(sql string, a ...any) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.pool.QueryRow(context.Background(), sql, a...).Scan(&n))
	return n
}

func (w *world) letters(topic string) int {
	return w.count(`SELECT count(*) FROM letter WHERE topic = $1`, "filing_"+topic)
}

// reader stands for the reading of files: every document has the world's pages.
type reader struct{ w *world }

func (r reader) Read(context.Context, string, []byte, doctext.ReadOptions) (doctext.Result, error) {
	f := doctext.File{Type: "application/pdf"}
	for i, text := range r.w.pages {
		f.Pages = append(f.Pages, doctext.Page{Number: i + 1, Text: text, Source: doctext.TextLayer})
	}
	return doctext.Result{Files: []doctext.File{f}}, nil
}

// paper stands for the drawing of papers, which package document's own tests look at: fonts take a while.
type paper struct{}

func (paper) Statement(d document.StatementData, l i18n.Lang) ([]byte, error) {
	return fmt.Appendf(nil, "%%PDF statement %s %+v", l, d), nil
}

func (paper) SubmissionReceipt(d document.SubmissionData, l i18n.Lang) ([]byte, error) {
	return fmt.Appendf(nil, "%%PDF receipt %s %+v", l, d), nil
}

// faults makes the nth call of what the filing leans on fail, before it is done or after.
type faults struct {
	mu     sync.Mutex
	calls  []string
	failAt int // 1: the first call; 0: none
	after  bool
}

var errBroken = errors.New("broken on purpose")

func (f *faults) around(name string, do func() error) error {
	f.mu.Lock()
	f.calls = append(f.calls, name)
	hit, after := f.failAt == len(f.calls), f.after
	f.mu.Unlock()
	if hit && !after {
		return errBroken
	}
	err := do()
	if hit {
		return errBroken
	}
	return err
}

func (f *faults) set(failAt int, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.failAt, f.after = nil, failAt, after
}

type faultySignatures struct {
	Signatures
	f *faults
}

func (s faultySignatures) VerifyDocument(ctx context.Context, w signing.Wanted, cms []byte) (g signing.Signed, err error) {
	err = s.f.around("verify", func() error { g, err = s.Signatures.VerifyDocument(ctx, w, cms); return err })
	return g, err
}

func (s faultySignatures) Keep(ctx context.Context, tx pgx.Tx, g signing.Signed, kind string, id uuid.UUID) (e signing.Evidence, err error) {
	err = s.f.around("keep", func() error { e, err = s.Signatures.Keep(ctx, tx, g, kind, id); return err })
	return e, err
}

type faultyLetters struct {
	Letters
	f *faults
}

func (s faultyLetters) Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error {
	return s.f.around("letter "+l.Topic, func() error { return s.Letters.Queue(ctx, tx, l) })
}

type faultyApplications struct {
	Applications
	f *faults
}

func (s faultyApplications) PutKualik(ctx context.Context, tx pgx.Tx, a application.Filed) error {
	return s.f.around("application", func() error { return s.Applications.PutKualik(ctx, tx, a) })
}

func (s faultyApplications) SetStatus(ctx context.Context, tx pgx.Tx, ref, status string, at time.Time) error {
	return s.f.around("status", func() error { return s.Applications.SetStatus(ctx, tx, ref, status, at) })
}

type faultyBlobs struct {
	blob.Store
	f *faults
}

func (s faultyBlobs) Put(ctx context.Context, r io.Reader) (ref blob.Ref, err error) {
	err = s.f.around("put", func() error { ref, err = s.Store.Put(ctx, r); return err })
	return ref, err
}

func zipOf(files map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		f, err := z.Create(name)
		if err != nil {
			panic(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
