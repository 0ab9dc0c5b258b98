package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func (s *Sim) lookUp(t *testing.T, iin, key string) (int, map[string]string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.URLs().Registry+"/persons/"+iin, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	var m map[string]string
	_ = json.NewDecoder(answer.Body).Decode(&m)
	return answer.StatusCode, m
}

func TestRegistryOfPersons(t *testing.T) {
	s := start(t, func(o *Options) {
		o.RegistryKey = "key"
		o.People = append(o.People, Person{IIN: "000101500015", Surname: "A", GivenName: "B", Country: "KZ", Region: "R", Postcode: "010000", Address: "S 1"})
	})
	status, m := s.lookUp(t, ordinary, "key")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, []string{"СЕРІКОВ", "АЗАМАТ", "НҰРЛАНҰЛЫ", "1985-01-01", "KZ"}, []string{m["surname"], m["given_name"], m["patronymic"], m["birth_date"], m["country"]})
	require.Regexp(t, `^\d{6}$`, m["postcode"])
	require.NotEmpty(t, m["region"])
	require.NotEmpty(t, m["address"])
	_, m = s.lookUp(t, "000101500015", "key")
	require.Equal(t, map[string]string{"surname": "A", "given_name": "B", "patronymic": "", "birth_date": "2000-01-01", "country": "KZ", "region": "R", "postcode": "010000", "address": "S 1"}, m)
	for name, c := range map[string]struct {
		iin, key string
		status   int
	}{"a stranger": {"000000000000", "key", 404}, "not listed": {"950130399053", "key", 404}, "wrong key": {ordinary, "yek", 401}, "no key": {ordinary, "", 401}} {
		status, _ = s.lookUp(t, c.iin, c.key)
		require.Equal(t, c.status, status, name)
	}
	for kind, want := range map[string]int{FaultDown: 503, FaultUnknown: 404, FaultForbidden: 401} {
		require.NoError(t, s.Fault(Fault{At: AtPersons, Kind: kind, Times: 1}))
		status, _ = s.lookUp(t, ordinary, "key")
		require.Equal(t, want, status, kind)
	}
	status, _ = s.lookUp(t, ordinary, "key")
	require.Equal(t, http.StatusOK, status)
}

func TestOverviewAndItsForms(t *testing.T) {
	s := start(t, nil)
	for _, l := range codes {
		page := get(t, s, "/?lang="+l)
		require.Contains(t, page, word(l, "standin"))
		require.Contains(t, page, `lang="`+l+`"`)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	send := func(path, form string) int {
		answer, err := client.Post(s.URLs().Web+path, "application/x-www-form-urlencoded", strings.NewReader(form))
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode
	}
	require.Equal(t, http.StatusSeeOther, send("/fault", "at=crl&kind=down&times=0"))
	require.Contains(t, get(t, s, "/state"), `"crl":{"at":"crl","kind":"down"}`)
	require.Equal(t, http.StatusSeeOther, send("/fault", "at=crl&kind="))
	require.Equal(t, http.StatusBadRequest, send("/fault", "at=crl&kind=nonsense"))
	require.Equal(t, http.StatusSeeOther, send("/revocation", "revoke="+ordinary))
	require.True(t, s.ring.revoked(ordinary))
	require.Equal(t, http.StatusSeeOther, send("/revocation", "restore="+ordinary))
	require.False(t, s.ring.revoked(ordinary))
	require.Equal(t, http.StatusSeeOther, send("/choose", "sticky=1&choice="+ordinary+"+"))
	require.Contains(t, get(t, s, "/ncalayer?lang=en"), "Requests are answered at once by")
	require.Equal(t, http.StatusSeeOther, send("/release", ""))
	require.NotContains(t, get(t, s, "/ncalayer?lang=en"), "Requests are answered at once by")
	post(t, s, "/choose", `{"person":"1"}`, http.StatusBadRequest)
	post(t, s, "/choose", `{`, http.StatusBadRequest)
}

// With many people the list is short: whoever signed last is first, the special ones are last.
func TestListOfPeople(t *testing.T) {
	s := start(t, func(o *Options) {
		for i := range 30 {
			o.People = append(o.People, Person{IIN: fmt.Sprintf("8501013%05d", i), Surname: fmt.Sprintf("АДАМ%02d", i), GivenName: "А"})
		}
	})
	rows := func(path string) []string {
		var list []string
		for _, m := range regexp.MustCompile(`<strong>([^<]+)</strong>[^<]*(?:<span class="chip">[^<]*</span>\s*)*<br>`).FindAllStringSubmatch(get(t, s, path), -1) {
			list = append(list, m[1])
		}
		return list
	}
	require.Len(t, rows("/ncalayer"), listed)
	require.Equal(t, "ТАСТАНОВ ДӘУРЕН ЕРЛАНҰЛЫ", rows("/ncalayer")[listed-1])
	require.Equal(t, []string{"АДАМ17 А"}, rows("/ncalayer?q=%D0%B0%D0%B4%D0%B0%D0%BC17"))
	require.Empty(t, rows("/ncalayer?q=nobody"))
	for _, iin := range []string{"850101300020", onlyRSA} {
		_, err := s.Sign(iin, map[bool]string{true: "SIGN-RSA", false: "SIGN-GOST"}[iin == onlyRSA], []byte("x"), true)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"ВЕТРОВА ИРИНА ПЕТРОВНА", "АДАМ20 А"}, rows("/ncalayer")[:2])
}

func TestLanguageIsRemembered(t *testing.T) {
	s := start(t, nil)
	answer, err := http.Get(s.URLs().Web + "/ncalayer?lang=ru")
	require.NoError(t, err)
	answer.Body.Close()
	request, err := http.NewRequest(http.MethodGet, s.URLs().Web+"/ncalayer", nil)
	require.NoError(t, err)
	request.AddCookie(answer.Cookies()[0])
	request.Header.Set("Accept-Language", "en-GB")
	require.Equal(t, "ru", lang(request))
	request.Header.Del("Cookie")
	require.Equal(t, "en", lang(request))
}

func TestEveryWordInThreeLanguages(t *testing.T) {
	for at, kinds := range faults {
		require.Contains(t, words, "part_"+at)
		for _, k := range kinds {
			require.Contains(t, words, "fault_"+k)
		}
	}
	used, err := files.ReadFile("page.html")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`\.T "([a-z_]+)"`).FindAllStringSubmatch(string(used), -1) {
		require.Contains(t, words, m[1])
	}
	for key, w := range words {
		for i, text := range w {
			require.NotEmpty(t, text, "%s in %s", key, codes[i])
		}
	}
}

func TestBankHasItsPort(t *testing.T) {
	s := start(t, func(o *Options) {
		o.BankAddr = "127.0.0.1:0"
		o.Bank = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.Path)) })
	})
	answer, err := http.Get(s.URLs().Bank + "/oauth2/token")
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, "/oauth2/token", string(body))
	require.Contains(t, get(t, s, "/?lang=en"), s.URLs().Bank)
	require.Empty(t, start(t, nil).URLs().Bank)
}
