package epay

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stand is a bank with a shop that never answers.
type stand struct {
	t      *testing.T
	bank   *Bank
	server *httptest.Server
	now    time.Time
	http   *http.Client
}

func newStand(t *testing.T, o Options) *stand {
	s := &stand{t: t, now: time.Date(2026, 9, 14, 6, 0, 0, 0, time.UTC)}
	o.Now = func() time.Time { return s.now }
	var err error
	s.bank, err = New(o)
	require.NoError(t, err)
	s.server = httptest.NewServer(s.bank)
	t.Cleanup(s.server.Close)
	jar, _ := cookiejar.New(nil)
	s.http = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "shop.test" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return s
}

func (s *stand) post(path string, form url.Values) (int, string, string) {
	s.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = s.server.URL + path
	}
	res, err := s.http.PostForm(path, form)
	require.NoError(s.t, err)
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Request.URL.String(), string(body)
}

func (s *stand) token(number, amount string) (int, string) {
	s.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {ClientID}, "client_secret": {ClientSecret}, "terminal": {Terminal}}
	if number != "" {
		form["invoiceID"], form["amount"], form["currency"] = []string{number}, []string{amount}, []string{"KZT"}
	}
	code, _, body := s.post("/oauth2/token", form)
	var t struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(s.t, json.Unmarshal([]byte(body), &t))
	return code, t.AccessToken
}

func (s *stand) object(number, amount, token, language string) url.Values {
	text, err := json.Marshal(map[string]any{"invoiceId": number, "amount": json.Number(amount), "currency": "KZT", "terminal": Terminal, "language": language,
		"backLink": "http://shop.test/paid", "failureBackLink": "http://shop.test/failed", "auth": map[string]string{"access_token": token}})
	require.NoError(s.t, err)
	return url.Values{"payment": {string(text)}}
}

func card(number string) url.Values {
	return url.Values{"name": {"A B"}, "number": {number}, "month": {"12"}, "year": {"2028"}, "cvv": {"321"}, "email": {"a@example.kz"}}
}

func TestTokensAreBoundToInvoiceAndSum(t *testing.T) {
	s := newStand(t, Options{})
	code, key := s.token("100001", "7380.40")
	require.Equal(t, http.StatusOK, code)
	for name, object := range map[string]url.Values{
		"another sum":     s.object("100001", "1", key, "rus"),
		"another invoice": s.object("100002", "7380.4", key, "rus"),
		"no token":        s.object("100001", "7380.4", "guessed", "rus"),
	} {
		code, _, _ := s.post("/payform/", object)
		require.Equal(t, http.StatusForbidden, code, name)
	}
	code, _, _ = s.post("/payform/", s.object("100001", "7380.4", key, "rus"))
	require.Equal(t, http.StatusOK, code)
	code, _ = s.token("5100001", "100")
	require.Equal(t, http.StatusBadRequest, code, "the last six digits are taken")
	code, _ = s.token("12345", "100")
	require.Equal(t, http.StatusBadRequest, code, "too short")
	s.now = s.now.Add(SessionTime)
	code, _, _ = s.post("/payform/", s.object("100001", "7380.4", key, "rus"))
	require.Equal(t, http.StatusForbidden, code, "the token has run out")
}

func TestPageInThreeLanguages(t *testing.T) {
	s := newStand(t, Options{})
	for n, lang := range []string{"kaz", "rus", "eng"} {
		number := "20000" + string(rune('0'+n))
		_, key := s.token(number, "7380.40")
		_, _, page := s.post("/payform/", s.object(number, "7380.40", key, lang))
		code := language(lang)
		for _, k := range []string{"stand_in", "limits", "name", "card", "pay", "back"} {
			require.Contains(t, page, words[k][map[string]int{"kk": 0, "ru": 1, "en": 2}[code]], "%s %s", lang, k)
		}
		require.Contains(t, page, `lang="`+code+`"`)
		require.Contains(t, page, "7380.4 KZT")
	}
}

func TestFormProblemsCostNoAttempt(t *testing.T) {
	s := newStand(t, Options{})
	_, key := s.token("100001", "100")
	_, at, _ := s.post("/payform/", s.object("100001", "100", key, "eng"))
	for field, value := range map[string]string{"name": "", "number": "4405639704015097", "month": "13", "cvv": "1", "email": "nobody"} {
		form := card("4405639704015096")
		form.Set(field, value)
		code, _, page := s.post(at, form)
		require.Equal(t, http.StatusUnprocessableEntity, code, field)
		require.NotContains(t, page, "4405639704015096\"", "a card number is never sent back")
	}
	code, _, page := s.post(at, card("4405639704015096"))
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page, "The payment is accepted")
	require.Contains(t, page, "http://shop.test/paid")
	_, again, _ := s.post(at, card("4405639704015096"))
	require.True(t, strings.HasSuffix(again, "/done"), "paid once")
	require.Len(t, s.bank.orders["100001"].Attempts, 1)
}

func TestTwentyMinutes(t *testing.T) {
	s := newStand(t, Options{})
	_, key := s.token("100001", "100")
	_, at, page := s.post("/payform/", s.object("100001", "100", key, "eng"))
	require.Contains(t, page, "Left: 20 min, attempts: 3")
	s.now = s.now.Add(19*time.Minute + 30*time.Second)
	_, _, page = s.post(at, card("4003032704547597"))
	require.Contains(t, page, "Left: 1 min, attempts: 2")
	s.now = s.now.Add(30 * time.Second)
	code, _, page := s.post(at, card("4405639704015096"))
	require.Equal(t, http.StatusGone, code)
	require.Contains(t, page, "http://shop.test/failed")
}

func TestEveryCardDoesWhatItsWordsSay(t *testing.T) {
	for _, c := range Cards {
		s := newStand(t, Options{})
		_, key := s.token("100001", "100")
		_, at, _ := s.post("/payform/", s.object("100001", "100", key, "rus"))
		_, at, _ = s.post(at, card(c.Number))
		if strings.HasSuffix(at, "/3d") {
			s.post(at, url.Values{"code": {Code}})
		}
		want := map[outcome]int{noMoney: 484, isBlocked: 465, failsCode: 499, hasExpired: 485}[c.does]
		require.Equal(t, want, s.bank.orders["100001"].last().ReasonCode, c.Number)
		require.NotEqual(t, c.Does, say("ru", c.Does))
	}
}

func TestStateOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := newStand(t, Options{Dir: dir})
	s.post("/control", url.Values{"who": {"next"}, "fault": {"status_down", "no_such_fault"}})
	_, key := s.token("100001", "100")
	_, at, _ := s.post("/payform/", s.object("100001", "100", key, "rus"))
	s.post(at, card("4405639704015096"))

	next := newStand(t, Options{Dir: dir})
	require.Equal(t, "CHARGE", next.bank.orders["100001"].last().Status)
	require.Equal(t, map[Fault]bool{StatusDown: true}, next.bank.faults["100001"], "what waited for the next invoice is its own now")
	require.Contains(t, next.bank.tokens, key)
	res, err := http.Get(next.server.URL + "/control")
	require.NoError(t, err)
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	require.Contains(t, string(body), "440563...5096 CHARGE")
	require.Contains(t, string(body), "status_down")
	for _, f := range Faults {
		require.Contains(t, words, "fault_"+string(f))
	}
}
