package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"kualik/internal/i18n"
)

// surfer is a person's browser without scripts; what eds.js would do, it does.
type surfer struct {
	s      *season
	who    citizen
	client *http.Client
	door   int // of the program's addresses, the one that answered last
	token  string
}

func (s *season) surfer(who citizen) *surfer {
	jar, _ := cookiejar.New(nil) // its only error is that of a list that it is not given
	return &surfer{s: s, who: who, client: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a page, read to its end.
type answer struct {
	status int
	body   string
	to     string // Location
}

// errCut says that no answer came: whether what was asked for was done is not known.
var errCut = errors.New("the connection was cut")

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (b *surfer) get(phase, path string) (answer, error) {
	return b.send(phase, "GET", path, nil, "")
}

func (b *surfer) post(phase, path string, form url.Values) (answer, error) {
	sent := url.Values{"csrf": {b.token}}
	for name, values := range form {
		sent[name] = values
	}
	return b.send(phase, "POST", path, []byte(sent.Encode()), "application/x-www-form-urlencoded")
}

// upload sends a form with a file; the token and the fields stand before it.
func (b *surfer) upload(path, name string, data []byte, fields ...string) (answer, error) {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	list := append([]string{"csrf", b.token}, fields...)
	for i := 0; i+1 < len(list); i += 2 {
		if err := m.WriteField(list[i], list[i+1]); err != nil {
			return answer{}, err
		}
	}
	w, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err = errors.Join(err, m.Close()); err != nil {
		return answer{}, err
	}
	return b.send(preparing, "POST", path, body.Bytes(), m.FormDataContentType())
}

// send asks one of the program's doors. An answer that says that the program is out of order is none.
func (b *surfer) send(phase, method, path string, body []byte, kind string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(b.s.ctx, method, b.s.doors[b.door]+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept-Language", "en")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	defer b.s.enter(phase)()
	res, err := b.client.Do(req)
	if err != nil {
		b.door = (b.door + 1) % len(b.s.doors)
		return answer{}, fmt.Errorf("%w: %s %s: %v", errCut, method, phase, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %s %s: %v", errCut, method, phase, err)
	}
	if m := csrfField.FindSubmatch(text); m != nil {
		b.token = string(m[1])
	}
	if res.StatusCode >= 500 {
		b.s.outOfOrder(fmt.Sprintf("%s %s: %d %s", method, path, res.StatusCode, plain(string(text))))
		return answer{}, fmt.Errorf("%w: %s %s: %d", errCut, method, phase, res.StatusCode)
	}
	return answer{status: res.StatusCode, body: string(text), to: res.Header.Get("Location")}, nil
}

// patiently does something until an answer comes: after a cut one waits until the program answers again.
func (b *surfer) patiently(do func() error) error {
	for {
		err := do()
		if !errors.Is(err, errCut) {
			return err
		}
		if err := b.wait(); err != nil {
			return err
		}
	}
}

// wait returns when a door opens again.
func (b *surfer) wait() error {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		for door, base := range b.s.doors {
			if up(b.s.ctx, base) {
				b.door = door
				return nil
			}
		}
		select {
		case <-b.s.ctx.Done():
			return b.s.ctx.Err()
		case <-look.C:
		}
	}
}

func up(ctx context.Context, base string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", base+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// logIn opens a session with the person's key, and completes the profile the first time.
func (b *surfer) logIn() error {
	if err := b.patiently(b.enter); err != nil {
		return err
	}
	return b.patiently(b.profile)
}

func (b *surfer) enter() error {
	if _, err := b.get(preparing, "/login"); err != nil {
		return err
	}
	r, err := b.send(preparing, "POST", "/login/eds/challenge", nil, "application/x-www-form-urlencoded", "X-CSRF-Token", b.token)
	if err != nil {
		return err
	}
	var c struct{ ID, Content string }
	if err := json.Unmarshal([]byte(r.body), &c); err != nil {
		return fmt.Errorf("no challenge: %d %s", r.status, plain(r.body))
	}
	content, err := base64.StdEncoding.DecodeString(c.Content)
	if err != nil {
		return err
	}
	cms, err := b.s.out.Sign(b.who.iin, "AUTH-"+b.who.algorithm, content, false)
	if err != nil {
		return err
	}
	r, err = b.post(preparing, "/login/eds", url.Values{"challenge": {c.ID}, "cms": {base64.StdEncoding.EncodeToString(cms)}, "next": {"/cabinet"}})
	if err == nil && r.status != http.StatusSeeOther {
		err = fmt.Errorf("log-in of %s: %d %s", b.who.name, r.status, plain(r.body))
	}
	return err
}

func (b *surfer) profile() error {
	page, err := b.get(preparing, "/profile")
	if err != nil {
		return err
	}
	form := fieldsOf(page.body, "/profile")
	for name, value := range map[string]string{"country": "KZ", "region": "Жетісу, Қаратал", "postcode": "041000", "address": "Достық көшесі, 14",
		"phone": "+7 700 000 14 08", "email": b.who.email} {
		if form.Get(name) == "" {
			form.Set(name, value)
		}
	}
	r, err := b.post(preparing, "/profile", form)
	if err == nil && r.status != http.StatusSeeOther && r.status != http.StatusConflict { // another browser of the same person
		err = fmt.Errorf("profile of %s: %d %s", b.who.name, r.status, plain(r.body))
	}
	return err
}

var (
	fieldTag  = regexp.MustCompile(`(?s)<(input)\b([^>]*)>|<(textarea|select)\b([^>]*)>(.*?)</(?:textarea|select)>`)
	fieldAttr = regexp.MustCompile(`\b(name|value|type)="([^"]*)"`)
	chosen    = regexp.MustCompile(`(?s)<option value="([^"]*)"[^>]*selected`)
	tag       = regexp.MustCompile(`(?s)<(?:script|style|nav|head)\b.*?</(?:script|style|nav|head)>|<[^>]*>`)
)

// fieldsOf are the fields of the form that posts to an address, as a browser sends them, but for the token.
func fieldsOf(page, action string) url.Values {
	form := url.Values{}
	_, rest, ok := strings.Cut(page, `action="`+action+`"`)
	if !ok {
		return form
	}
	body, _, _ := strings.Cut(rest, "</form>")
	for _, m := range fieldTag.FindAllStringSubmatch(body, -1) {
		kind, attributes, inner := m[1]+m[3], m[2]+m[4], m[5]
		a := map[string]string{}
		for _, x := range fieldAttr.FindAllStringSubmatch(attributes, -1) {
			a[x[1]] = html.UnescapeString(x[2])
		}
		switch {
		case a["name"] == "" || a["name"] == "csrf" || a["type"] == "file":
		case kind == "select":
			if c := chosen.FindStringSubmatch(inner); c != nil {
				form.Set(a["name"], html.UnescapeString(c[1]))
			}
		case a["type"] == "checkbox" || a["type"] == "radio":
			if strings.Contains(attributes, " checked") {
				form.Set(a["name"], a["value"])
			}
		case kind == "textarea":
			form.Set(a["name"], html.UnescapeString(inner))
		default:
			form.Set(a["name"], a["value"])
		}
	}
	return form
}

// plain is what one reads on a page.
func plain(page string) string {
	if _, main, ok := strings.Cut(page, "<main"); ok {
		page = "<main" + main
	}
	text := strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(page, " "))), " ")
	return text[:min(len(text), 1500)]
}

// says tells whether a page has a sentence.
func says(page, key string) bool {
	return strings.Contains(html.UnescapeString(page), i18n.T(i18n.EN, key))
}
