package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kualik/config"
	"kualik/internal/i18n"
	"kualik/internal/sim/epay"
)

// TestFilingWithoutScripts files an application with forms alone: an author for two authors. What a script
// would do, asking NCALayer for a signature, is done with the same keys by hand.
func TestFilingWithoutScripts(t *testing.T) {
	in, out := newFilingInstallation(t, i18n.RU, config.Recording)
	b := newPlainBrowser(t, in.url)
	b.enterWith(out, first)
	b.submit("/profile", map[string]string{"region": first.region, "postcode": first.postcode, "address": first.residence, "phone": first.phone})

	b.get("/filings/new?service=copyright_work")
	b.submit("/filings/new", nil)
	path := b.path
	id := strings.TrimPrefix(path, "/filings/")
	b.submit(path+"/save", map[string]string{"title": workTitle, "kind": "scientific_work", "created_on": "01.09.2026", "do": "save"})
	b.get(path + "/participants/new")
	b.submit(path+"/participants", map[string]string{"number": third.iin, "name": third.name(), "city": third.region, "address": third.residence,
		"postcode": third.postcode, "email": third.email})

	b.get(path + "/documents")
	b.attach(path, "work_copy", filepath.Join(in.dir, workWithISBN), map[string]string{"sheets": "2", "description": "Рукопись"})
	for _, p := range []somebody{first, third} {
		place := "identity_copy-" + one[string](in, `SELECT id::text FROM filing_participant WHERE filing_id = $1 AND name ILIKE $2`, id, p.name())
		b.attach(path, place, filepath.Join(in.dir, identityFile(p)), nil)
	}
	b.submit(path+"/form", nil)
	if state := one[string](in, `SELECT state FROM filing WHERE id = $1`, id); state != "draft" {
		t.Fatalf("with an ISBN in the work the application is %s", state)
	}
	b.get(path + "/documents")
	b.attach(path, "work_copy", filepath.Join(in.dir, workWithDate), map[string]string{"sheets": "2", "description": "Рукопись"})
	b.submit(path+"/form", nil)
	if state := one[string](in, `SELECT state FROM filing WHERE id = $1`, id); state != "formed" {
		t.Fatalf("the application is %s, wanted formed:\n%s", state, b.text())
	}

	b.submit(path+"/pay", nil)
	invoice := strings.TrimSuffix(b.path, "/pay")
	b.payAt(out, "5522042705066736")
	b.get(invoice + "/return")
	b.get(path + "/sign")
	b.sign(out, path, first)
	no := one[string](in, `SELECT incoming_no FROM filing WHERE id = $1`, id)
	if b.path != path+"/done" || no == "" || !strings.Contains(b.text(), no) {
		t.Fatalf("after the submission № %q, at %s:\n%s", no, b.path, b.text())
	}
	sum := sha256.Sum256(b.bytes(path + "/statement.pdf"))
	if stored := one[string](in, `SELECT sha256 FROM filing_statement WHERE filing_id = $1`, id); stored != hex.EncodeToString(sum[:]) {
		t.Error("the statement that is downloaded is not the one that is stored")
	}

	other := newPlainBrowser(t, in.url)
	other.enterWith(out, third)
	other.submit("/profile", map[string]string{"region": third.region, "postcode": third.postcode, "address": third.residence, "phone": third.phone})
	other.get(path + "/sign")
	other.sign(out, path, third)
	if state := one[string](in, `SELECT state FROM filing WHERE id = $1`, id); state != "signed" {
		t.Errorf("after the last signature the application is %s:\n%s", state, other.text())
	}
}

// enterWith logs in with a person's key for log-in: the challenge of the page is signed.
func (b *plainBrowser) enterWith(out outside, p somebody) {
	b.t.Helper()
	b.get("/login")
	_, form := b.form("/login/eds")
	response, err := b.client.PostForm(b.base+"/login/eds/challenge", url.Values{"csrf": form["csrf"]})
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	var challenge struct {
		ID      string `json:"id"`
		Content []byte `json:"content"`
	}
	if err := json.NewDecoder(response.Body).Decode(&challenge); err != nil {
		b.t.Fatalf("the challenge is not given: %d %v", response.StatusCode, err)
	}
	b.submit("/login/eds", map[string]string{"challenge": challenge.ID, "cms": b.cms(out, p, "AUTH", challenge.Content, false)})
	if !strings.HasPrefix(b.path, "/profile") {
		b.t.Fatalf("the first log-in of %s leads to %s:\n%s", p.name(), b.path, b.text())
	}
}

func (b *plainBrowser) cms(out outside, p somebody, use string, content []byte, detached bool) string {
	b.t.Helper()
	cms, err := out.Sign(p.iin, p.key(use), content, detached)
	if err != nil {
		b.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(cms)
}

// sign signs the stored statement on the page for it.
func (b *plainBrowser) sign(out outside, path string, p somebody) {
	b.t.Helper()
	content := b.bytes(path + "/statement.pdf")
	b.submit(path+"/sign", map[string]string{"cms": b.cms(out, p, "SIGN", content, true)})
}

// bytes are those of an address; the page that is open stays.
func (b *plainBrowser) bytes(path string) []byte {
	b.t.Helper()
	at, status, body, page := b.path, b.status, b.body, b.page
	b.get(path)
	if b.status != http.StatusOK {
		b.t.Fatalf("%s: %d", path, b.status)
	}
	data := b.body
	b.path, b.status, b.body, b.page = at, status, body, page
	return data
}

// attach sends the form of a place of the tab of documents.
func (b *plainBrowser) attach(path, place, file string, fields map[string]string) {
	b.t.Helper()
	for n := range b.page.Descendants() {
		if n.Data != "form" || attribute(n, "action") != path+"/documents" || fieldsOf(n).Get("place") != place {
			continue
		}
		values := fieldsOf(n)
		for name, value := range fields {
			values.Set(name, value)
		}
		b.upload(path+"/documents", values, file)
		if b.path != path+"/documents" || b.status != http.StatusOK {
			b.t.Fatalf("attaching %s: %d %s\n%s", file, b.status, b.path, b.text())
		}
		return
	}
	b.t.Fatalf("%s has no place for %s", b.path, place)
}

// upload sends a form with a file, which comes last.
func (b *plainBrowser) upload(action string, values url.Values, file string) {
	b.t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	w.WriteField("csrf", values.Get("csrf")) //nolint:errcheck // a Buffer takes everything
	for name, list := range values {
		for _, v := range list {
			if name != "csrf" { // stands first in every form
				w.WriteField(name, v) //nolint:errcheck
			}
		}
	}
	part, err := w.CreateFormFile("file", filepath.Base(file))
	if err != nil {
		b.t.Fatal(err)
	}
	part.Write(data) //nolint:errcheck
	w.Close()        //nolint:errcheck
	b.take(b.client.Post(b.base+action, w.FormDataContentType(), &body))
}

// payAt goes to the bank by the form of the page, pays there with a card and the code of its bank.
func (b *plainBrowser) payAt(out outside, card string) {
	b.t.Helper()
	_, form := b.form(out.URLs().Bank + "/payform/")
	bank := newPlainBrowser(b.t, out.URLs().Bank)
	bank.take(bank.client.PostForm(bank.base+"/payform/", form))
	bank.submit(bank.path, map[string]string{"name": "NURLAN SEITQALI", "number": card, "month": "01", "year": "2029", "cvv": "321"})
	bank.submit(bank.path, map[string]string{"code": epay.Code})
	if !strings.HasSuffix(bank.path, "/done") {
		b.t.Fatalf("the bank does not take the money: %s\n%s", bank.path, bank.text())
	}
}

// text is what the page says.
func (b *plainBrowser) text() string {
	var out strings.Builder
	for n := range b.page.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			out.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
