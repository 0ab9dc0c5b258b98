package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kualik/internal/account"
	"kualik/internal/i18n"
	"kualik/internal/sheet"
)

// The main forms work without JavaScript: a browser that knows none fills in what the page's HTML asks for,
// and nothing else.

func TestTheMainFormsWorkWithoutJavaScript(t *testing.T) {
	in := newInstallation(t, "ru", func(in *installation, settings map[string]string) {
		settings["KUALIK_MAILBOX_URL"] = in.mail.MailboxURL(mailboxUser, "INBOX")
	})
	in.furnish()
	b := newPlainBrowser(t, in.url)

	b.get("/review") // leads to the log-in, and after it back
	b.submit("/login", map[string]string{"email": adminMail, "password": "not it"})
	if b.status != http.StatusUnauthorized && b.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password is answered with %d", b.status)
	}
	b.submit("/login", map[string]string{"email": adminMail, "password": adminPass})
	if !strings.HasPrefix(b.path, "/review") {
		t.Fatalf("the log-in leads to %s, not to where one was going", b.path)
	}

	id := in.certificate(twice)
	b.get("/review/" + id)
	b.submit("/review/"+id+"/accept", nil)
	if got := one[string](in, `SELECT application_decision FROM certificate WHERE id = $1`, id); got != "confirmed" {
		t.Errorf("after the decision the application is %q, wanted confirmed", got)
	}
	b.submit("/review/undo", nil)
	if got := one[string](in, `SELECT application_decision FROM certificate WHERE id = $1`, id); got != "review" {
		t.Errorf("after the undoing the application is %q, wanted review", got)
	}

	b.get("/upload")
	b.send("/upload", filepath.Join(in.dir, posted.number+".pdf"))
	in.settled(8)
	b.get(b.path)
	if want := "/certificates/" + in.certificate(posted); !b.links(want) {
		t.Errorf("the page about the upload does not link to %s", want)
	}

	b.get("/rating/rules")
	b.submit("/rating/rules", map[string]string{"points": "12", "do": "save"})
	if got := one[string](in, `SELECT rules->>'points' FROM rule_set ORDER BY version DESC LIMIT 1`); got != "12" {
		t.Errorf("the newest rules give %s points, wanted 12", got)
	}
	b.get("/reports")
	b.submit("/reports", map[string]string{"period": in.year.String()})
	b.get("/reports/" + one[string](in, `SELECT id::text FROM report ORDER BY created_at DESC LIMIT 1`) + "/file")
	if points := pointsOf(t, b.body); points["101"] != 18 {
		t.Errorf("the workbook gives %v points, wanted 18", points["101"])
	}

	b.get("/settings/me")
	b.submit("/logout", nil)
	if b.get("/certificates"); !strings.HasPrefix(b.path, "/login") {
		t.Errorf("after the log-out %s can be read", b.path)
	}
}

// furnish brings an installation to where the office has set it up and the first mails are read.
func (in *installation) furnish() {
	in.t.Helper()
	ctx := context.Background()
	err := in.app.AddAccount(ctx, account.NewAccount{Email: adminMail, Name: "Аружан Иманова", Password: adminPass, Role: account.Administrator, Lang: i18n.RU})
	if err != nil {
		in.t.Fatal(err)
	}
	for file, take := range map[string]func(context.Context, io.Reader, sheet.Options) (*sheet.Report, error){
		"staff.csv": in.app.ImportStaff, "applications.csv": in.app.ImportApplications} {
		f, err := os.Open(filepath.Join(in.dir, file))
		if err != nil {
			in.t.Fatal(err)
		}
		report, err := take(ctx, f, sheet.Options{Lang: i18n.RU})
		f.Close()
		if err != nil || len(report.Refused) > 0 {
			in.t.Fatalf("importing %s: %v %v", file, err, report)
		}
	}
	in.settled(7)
	if _, err := in.app.Registry.Rematch(ctx, nil); err != nil { // the mails may have been quicker than the files
		in.t.Fatal(err)
	}
}

// plainBrowser knows HTML, forms and cookies.
type plainBrowser struct {
	t      *testing.T
	base   string
	client *http.Client

	path   string // where the last answer came from
	status int
	body   []byte
	page   *html.Node
}

func newPlainBrowser(t *testing.T, base string) *plainBrowser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &plainBrowser{t: t, base: base, client: &http.Client{Jar: jar, Timeout: patience}}
}

func (b *plainBrowser) get(path string) {
	b.t.Helper()
	b.take(b.client.Get(b.base + path))
}

func (b *plainBrowser) take(r *http.Response, err error) {
	b.t.Helper()
	if err == nil {
		b.body, err = io.ReadAll(r.Body)
		r.Body.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.status, b.path = r.StatusCode, r.Request.URL.RequestURI()
	if b.page, err = html.Parse(bytes.NewReader(b.body)); err != nil {
		b.t.Fatal(err)
	}
}

// submit sends a form of the page with the values that stand in it and those given.
func (b *plainBrowser) submit(action string, values map[string]string) {
	b.t.Helper()
	address, form := b.form(action)
	for name, value := range values {
		form.Set(name, value)
	}
	b.take(b.client.PostForm(b.base+address, form))
}

// send sends a form with a file.
func (b *plainBrowser) send(action, file string) {
	b.t.Helper()
	address, form := b.form(action)
	b.upload(address, form, file)
}

// form finds the form that posts to an address and reads its fields as they stand.
func (b *plainBrowser) form(action string) (address string, values url.Values) {
	b.t.Helper()
	for n := range b.page.Descendants() {
		if n.Data != "form" || attribute(n, "method") != "post" {
			continue
		}
		if a := attribute(n, "action"); a == action || strings.HasPrefix(a, action+"?") {
			return a, fieldsOf(n)
		}
	}
	b.t.Fatalf("%s (%d) has no form that posts to %s", b.path, b.status, action)
	return "", nil
}

func fieldsOf(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attribute(n, "name")
		if name == "" || has(n, "disabled") {
			continue
		}
		kind := attribute(n, "type")
		switch {
		case n.Data == "select":
			values.Set(name, chosen(n))
		case n.Data == "textarea":
			values.Set(name, content(n))
		case n.Data != "input" || kind == "file" || kind == "submit" || (kind == "radio" || kind == "checkbox") && !has(n, "checked"):
		default:
			values.Add(name, attribute(n, "value"))
		}
	}
	return values
}

// chosen is the value of a list: of its option that is selected, else of the first.
func chosen(list *html.Node) string {
	first, any := "", false
	for n := range list.Descendants() {
		if n.Data != "option" {
			continue
		}
		value := attribute(n, "value")
		if has(n, "selected") {
			return value
		}
		if !any {
			first, any = value, true
		}
	}
	return first
}

func content(n *html.Node) (text string) {
	for c := range n.ChildNodes() {
		text += c.Data
	}
	return text
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// links tells whether the page has a link to an address.
func (b *plainBrowser) links(href string) bool {
	for n := range b.page.Descendants() {
		if n.Data == "a" && attribute(n, "href") == href {
			return true
		}
	}
	return false
}
