package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/blob"
	"kualik/internal/directory"
	"kualik/internal/doctext"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/pki"
	"kualik/internal/secret"
	"kualik/internal/signing"
	"kualik/internal/sim"
	"kualik/internal/sim/epay"
	"kualik/internal/workday"
)

// filings is a world in which applications are filed: real services, with the simulator as their outside.
type filings struct {
	*world
	out    *sim.Sim
	bank   *epay.Bank
	sent   []notify.Letter
	checks []filing.CheckArgs
	sealed bool   // there is a register of the own
	pages  string // what the reader of documents finds in every file
}

// People of the simulator: the one who files, and two more authors.
const (
	filerIIN  = salem          // ОМАРБАЕВ САНЖАР
	secondIIN = "880607499047" // ВЕТРОВА ИРИНА ПЕТРОВНА, keys of RSA only
	thirdIIN  = "790412399011" // ҚАЛДЫБАЕВ ЕРЖАН МҰРАТҰЛЫ
)

// lettersKept is the outgoing mail of the test.
type lettersKept struct{ f *filings }

func (l lettersKept) Queue(_ context.Context, _ pgx.Tx, n notify.Letter) error {
	l.f.sent = append(l.f.sent, n)
	return nil
}

// pagesOf reads a document as the pages that the test gave it.
type textReader struct{ f *filings }

func (r textReader) Read(_ context.Context, _ string, _ []byte, _ doctext.ReadOptions) (doctext.Result, error) {
	file := doctext.File{Type: "application/pdf"}
	for i, text := range strings.Split(r.f.pages, "\f") {
		file.Pages = append(file.Pages, doctext.Page{Number: i + 1, Text: text, Source: doctext.TextLayer})
	}
	return doctext.Result{Files: []doctext.File{file}}, nil
}

// queued keeps the checks of documents, which a real installation does in the background.
type queued struct{ f *filings }

func (q queued) Insert(_ context.Context, _ pgx.Tx, a jobs.Args, _ jobs.Options) error {
	if c, ok := a.(filing.CheckArgs); ok {
		q.f.checks = append(q.f.checks, c)
	}
	return nil
}

func newFilings(t testing.TB, change ...func(*filing.Options)) *filings {
	t.Helper()
	f := &filings{pages: "Органикалық химия: зертханалық практикум\nОқу құралы"}
	f.world = newWorld(t, func(d *Deps) { f.wireFiling(t, d, change...) })
	f.admin()
	return f
}

func (f *filings) wireFiling(t testing.TB, d *Deps, change ...func(*filing.Options)) {
	ctx := context.Background()
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	must(err)
	store, err := blob.Open(ctx, "", t.TempDir())
	must(err)
	if f.bank, err = epay.New(epay.Options{Dir: t.TempDir(), Now: d.Clock.Now}); err != nil {
		t.Fatal(err)
	}
	f.out, err = sim.Start(ctx, sim.Options{Dir: authorityFolder(t), NCALayerAddr: "127.0.0.1:0", WebAddr: "127.0.0.1:0", BankAddr: "127.0.0.1:0", Bank: f.bank, Clock: d.Clock})
	must(err)
	t.Cleanup(func() { f.out.Close() })
	trust, err := pki.LoadTrust(f.out.TrustDir())
	must(err)
	d.Signing = signing.New(d.Pool, signing.Options{Clock: d.Clock, Keeper: keeper, Blobs: store, Trust: trust})
	staff := directory.NewStore(d.Pool, keeper, d.Clock)
	d.Accounts, err = account.New(d.Pool, account.Options{Clock: d.Clock, PasswordCost: cheap, PublicURL: d.PublicURL, Keeper: keeper, Blobs: store,
		Send:           func(_ context.Context, l account.Letter) error { f.letters = append(f.letters, l); return nil },
		FindStaff:      func(context.Context, string) (account.Staff, bool, error) { return account.Staff{}, false, nil },
		FindStaffByIIN: func(context.Context, []byte) (account.Staff, bool, error) { return account.Staff{}, false, nil }})
	must(err)
	urls := f.out.URLs()
	bank, err := payment.NewBank(payment.BankOptions{OAuthURL: urls.Bank + "/oauth2/token", APIURL: urls.Bank + "/api", PageURL: urls.Bank + "/payform/",
		ClientID: epay.ClientID, ClientSecret: epay.ClientSecret, Terminal: epay.Terminal, Clock: d.Clock})
	must(err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	d.Payments = payment.New(d.Pool, payment.Options{Clock: d.Clock, Zone: d.Zone, Keeper: keeper, Log: log, Bank: bank,
		CallbackURL: d.PublicURL + callbackPath,
		ReturnURL:   func(id uuid.UUID, paid bool) string { return d.PublicURL + paymentPath(id, "/return") }})
	o := filing.Options{Pool: d.Pool, Clock: d.Clock, Zone: d.Zone, Keeper: keeper, Blobs: store, Log: log, People: d.Accounts, Staff: staff,
		Applications: application.NewStore(d.Pool, keeper, d.Clock), Fees: d.Payments, Payments: d.Payments, Signatures: d.Signing, Reader: textReader{f},
		Workdays: workday.New(), Letters: lettersKept{f}, SignDays: 2, Order: filing.FilerFirst, Expiry: filing.ExpiryWait,
		Support: "support@kazpatent.kz 62-15-15", Name: "Қаратал университеті", PublicURL: d.PublicURL,
		Office: func(context.Context) []string { return []string{"office@karatal.example"} }, OfficeLang: i18n.RU, Jobs: queued{f}}
	o.OnSubmitted = func(ctx context.Context, tx pgx.Tx, x filing.Filing) error { return d.Cases.Submitted(ctx, tx, x) }
	o.OnWithdrawn = func(ctx context.Context, tx pgx.Tx, x filing.Filing) error { return d.Cases.Withdrawn(ctx, tx, x) }
	for _, c := range change {
		c(&o)
	}
	d.Filings = filing.New(o)
	f.wireOffice(d, store, keeper)
	wireRegister(d, store)
	d.Payments.OnLock(d.Filings.LockForPayment)
	d.Payments.OnPaid(d.Filings.Paid)
	d.Payments.OnRefundAsked(d.Filings.RefundAsked)
	d.SignExpiry = filing.ExpiryWait
	d.NCALayerURL, d.SupportEmail, d.SupportPhone = urls.NCALayer, "support@kazpatent.kz", "62-15-15"
	d.Render = func(_ context.Context, data []byte, page, _ int) ([]byte, error) {
		if page > 9 || !bytes.HasPrefix(data, []byte("%PDF")) {
			return nil, errors.New("no such page")
		}
		return picture, nil
	}
}

// enters is a browser of one of the simulator's people, logged in with EDS, with a whole profile.
func (f *filings) enters(iin string) *browser {
	f.t.Helper()
	b := f.browser()
	b.get("/login")
	if r := b.enterWith(f.out, iin, f.key(iin, "AUTH"), "/cabinet"); r.status != http.StatusSeeOther {
		f.t.Fatalf("log-in: %d\n%s", r.status, words(r.body))
	}
	page := b.get("/profile")
	form := formOf(page.body, "/profile")
	for name, value := range map[string]string{"country": "KZ", "region": "Жетісу, Қаратал", "postcode": "041000", "address": "Достық көшесі, 14",
		"phone": "+7 700 000 14 08", "email": "person" + iin[:6] + "@karatal.example"} {
		if form.Get(name) == "" {
			form.Set(name, value)
		}
	}
	if r := b.post("/profile", form); r.status != http.StatusSeeOther {
		f.t.Fatalf("profile: %d\n%s", r.status, words(r.body))
	}
	return b
}

func (f *filings) key(iin, use string) string {
	if iin == secondIIN {
		return use + "-RSA"
	}
	return use + "-GOST"
}

var (
	inputTag  = regexp.MustCompile(`(?s)<(input)\b([^>]*)>|<(textarea|select)\b([^>]*)>(.*?)</(?:textarea|select)>`)
	attrOf    = regexp.MustCompile(`\b(name|value|type)="([^"]*)"`)
	chosenOne = regexp.MustCompile(`(?s)<option value="([^"]*)"[^>]*selected`)
)

// formOf are the fields of the form that posts to an address, as a browser would send them.
func formOf(page, action string) url.Values {
	form := url.Values{}
	_, rest, ok := strings.Cut(page, `action="`+action+`"`)
	if !ok {
		return form
	}
	body, _, _ := strings.Cut(rest, "</form>")
	for _, m := range inputTag.FindAllStringSubmatch(body, -1) {
		tag, attributes, inner := m[1]+m[3], m[2]+m[4], m[5]
		a := map[string]string{}
		for _, x := range attrOf.FindAllStringSubmatch(attributes, -1) {
			a[x[1]] = unescape(x[2])
		}
		switch {
		case a["name"] == "" || a["name"] == "csrf" || a["type"] == "file":
		case tag == "select":
			if c := chosenOne.FindStringSubmatch(inner); c != nil {
				form.Set(a["name"], unescape(c[1]))
			}
		case a["type"] == "checkbox" || a["type"] == "radio":
			if strings.Contains(attributes, " checked") {
				form.Set(a["name"], a["value"])
			}
		case tag == "textarea":
			form.Set(a["name"], unescape(inner))
		default:
			form.Set(a["name"], a["value"])
		}
	}
	return form
}

func unescape(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#39;", "'", "&#43;", "+").Replace(s)
}

// begin begins an application in the cabinet and gives its address.
func (f *filings) begin(b *browser, role string) string {
	f.t.Helper()
	r := b.post("/filings/new", url.Values{"service": {"copyright_work"}, "role": {role}})
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.to(), "/filings/") {
		f.t.Fatalf("beginning: %d\n%s", r.status, words(r.body))
	}
	return r.to()
}

// fill types the data of a work.
func (f *filings) fill(b *browser, path string) {
	f.t.Helper()
	form := formOf(b.get(path).body, path+"/save")
	form.Set("title", "Органикалық химия: зертханалық практикум")
	form.Set("kind", "scientific_work")
	form.Set("created_on", "02.09.2026")
	form.Set("do", "save")
	if r := b.post(path+"/save", form); r.status != http.StatusSeeOther {
		f.t.Fatalf("saving: %d\n%s", r.status, words(r.body))
	}
}

// author is the form of an author.
func author(iin, name string) url.Values {
	return url.Values{"role": {"author"}, "type": {"individual"}, "number": {iin}, "name": {name}, "country": {"Республика Казахстан"},
		"city": {"Қаратал"}, "address": {"Абай көшесі, 1"}, "postcode": {"041000"}, "email": {"a" + iin[:6] + "@karatal.example"}}
}

func (f *filings) add(b *browser, path string, entry url.Values) {
	f.t.Helper()
	if r := b.post(path+"/participants", entry); r.status != http.StatusSeeOther {
		f.t.Fatalf("adding a participant: %d\n%s", r.status, words(r.body))
	}
}

var minimalPDF = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

// attach gives a file to an application.
func (b *browser) attach(path, kind, name string, data []byte, fields ...string) reply {
	b.w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	list := append([]string{"csrf", b.token, "kind", kind, "place", kind}, fields...)
	for i := 0; i+1 < len(list); i += 2 {
		must(m.WriteField(list[i], list[i+1]))
	}
	w, err := m.CreateFormFile("file", name)
	must(err)
	_, err = w.Write(data)
	must(err)
	must(m.Close())
	return b.send("POST", path+"/documents", &body, m.FormDataContentType())
}

// files gives an application all its files: the work, and a copy of the identity document of each author.
func (f *filings) files(b *browser, path string) {
	f.t.Helper()
	work := append(bytes.Clone(minimalPDF), []byte("% "+path)...)
	if r := b.attach(path, "work_copy", "Практикум.pdf", work, "sheets", "195", "description", "Оқу құралы"); r.status != http.StatusSeeOther {
		f.t.Fatalf("the work: %d\n%s", r.status, words(r.body))
	}
	f.check()
	places := regexp.MustCompile(`name="participant" value="([^"]+)"`).FindAllStringSubmatch(b.get(path+"/documents").body, -1)
	for i, p := range places {
		copyOf := append(bytes.Clone(minimalPDF), fmt.Sprintf("%% identity %d %s", i, path)...)
		if r := b.attach(path, "identity_copy", "Удостоверение.pdf", copyOf, "participant", p[1]); r.status != http.StatusSeeOther {
			f.t.Fatalf("an identity copy: %d\n%s", r.status, words(r.body))
		}
	}
}

// check reads the documents that wait for it.
func (f *filings) check() {
	f.clock.Advance(10 * time.Second)
	for _, c := range f.checks {
		must(f.s.Filings.WorkCheck(context.Background(), jobs.Job[filing.CheckArgs]{Args: c}))
	}
	f.checks = nil
}

// formed is an application with three authors whose statement is formed.
func (f *filings) formed(b *browser) string {
	f.t.Helper()
	path := f.begin(b, "author")
	f.fill(b, path)
	f.add(b, path, author(secondIIN, "Ветрова Ирина Петровна"))
	f.add(b, path, author(thirdIIN, "Қалдыбаев Ержан Мұратұлы"))
	f.files(b, path)
	if r := b.post(path+"/form", nil); r.to() != path {
		f.t.Fatalf("forming: %d %s\n%s", r.status, r.to(), words(b.get(path+"?check=1").body))
	}
	return path
}

// paid is one that is paid, at the bank's own page.
func (f *filings) paid(b *browser) string {
	f.t.Helper()
	path := f.formed(b)
	r := b.post(path+"/pay", nil)
	if r.status != http.StatusSeeOther {
		f.t.Fatalf("paying: %d\n%s", r.status, words(r.body))
	}
	f.payAtBank(b, r.to(), "4405639704015096")
	b.get(strings.TrimSuffix(r.to(), "/pay") + "/return")
	return path
}

// submitted is one that has its number.
func (f *filings) submitted(b *browser) string {
	f.t.Helper()
	path := f.paid(b)
	if r := f.sign(b, path, filerIIN, f.key(filerIIN, "SIGN")); r.to() != path+"/done" {
		f.t.Fatalf("submitting: %d %s\n%s", r.status, r.to(), words(r.body))
	}
	return path
}

// sign signs the stored statement with a key, as eds.js does.
func (f *filings) sign(b *browser, path, iin, key string) reply {
	f.t.Helper()
	page := b.get(path + "/sign")
	form := formOf(page.body, path+"/sign")
	content := []byte(b.get(path + "/statement.pdf").body)
	cms, err := f.out.Sign(iin, key, content, true)
	must(err)
	form.Set("cms", base64.StdEncoding.EncodeToString(cms))
	return b.post(path+"/sign", form)
}

// payAtBank goes through the bank's page without scripts.
func (f *filings) payAtBank(b *browser, payPage, card string) {
	f.t.Helper()
	page := b.get(payPage).body
	m := regexp.MustCompile(`name="payment" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		f.t.Fatalf("no way to the bank: %s", words(page))
	}
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), f.deps.PublicURL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.PostForm(f.out.URLs().Bank+"/payform/", url.Values{"payment": {unescape(m[1])}})
	must(err)
	at := res.Request.URL
	res.Body.Close()
	form := url.Values{"name": {"SANZHAR OMARBAEV"}, "number": {card}, "month": {"01"}, "year": {"2029"}, "cvv": {"321"}, "email": {"a@karatal.example"}}
	if res, err = client.PostForm(at.String(), form); err != nil {
		f.t.Fatal(err)
	}
	res.Body.Close()
}

// idOf is the identifier in the address of a payment.
func idOf(path string) uuid.UUID {
	id, err := uuid.Parse(regexp.MustCompile(`[0-9a-f-]{36}`).FindString(path))
	must(err)
	return id
}
