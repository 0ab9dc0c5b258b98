package sim

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki"
)

func TestLogInByBasics(t *testing.T) {
	s := start(t, nil)
	require.NoError(t, s.Choose(Choice{Person: ordinary, Sticky: true}))
	k := s.talk(t)
	k.say(basicsFrame(`"`+b64("challenge")+`"`, `{"decode":true,"encapsulate":true}`, authOnly))
	r := s.verify(t, results(t, k.hear())[0], nil)
	require.True(t, r.Valid, r.Reason)
	require.Equal(t, "challenge", string(r.Content))
	require.Len(t, r.Signers, 1)
	signer := r.Signers[0]
	require.Equal(t, []any{ordinary, "СЕРІКОВ", "АЗАМАТ", "НҰРЛАНҰЛЫ", "a.serikov@koktobe.example"},
		[]any{signer.IIN, signer.Surname, signer.GivenName, signer.Patronymic, signer.Email})
	require.Contains(t, strings.ToLower(signer.KeyUsage), "auth")
}

func TestDocumentsInBothModules(t *testing.T) {
	s := start(t, nil)
	k := s.talk(t)
	document := []byte("%PDF-1.7\n\x00\xff a statement")
	data := base64.StdEncoding.EncodeToString(document)
	basics := basicsFrame(`"`+data+`"`, `{"decode":true,"encapsulate":false}`, signOnly)
	common := `{"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64","args":["PKCS12","SIGNATURE","` + data + `",false]}`
	for name, c := range map[string]struct{ frame, person, key string }{
		"basics, GOST": {basics, ordinary, "SIGN-GOST"}, "basics, RSA": {basics, ordinary, "SIGN-RSA"}, "basics, only RSA": {basics, onlyRSA, ""},
		"commonUtils, GOST": {common, ordinary, "SIGN-GOST"}, "commonUtils, RSA": {common, ordinary, "SIGN-RSA"}, "head": {common, head, "SIGN-GOST-ORG"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, s.Choose(Choice{Person: c.person, Key: c.key, Sticky: true}))
			k.say(c.frame)
			cms := results(t, k.hear())[0]
			r := s.verify(t, cms, document)
			require.True(t, r.Valid, r.Reason)
			require.Equal(t, c.person, r.Signers[0].IIN)
			require.Contains(t, strings.ToLower(r.Signers[0].KeyUsage), "sign")
			if c.person == head {
				require.Equal(t, "990440000018", r.Signers[0].BIN)
			}
			require.False(t, s.verify(t, cms, []byte("another")).Valid)
		})
	}
}

func TestSeveralAtOnce(t *testing.T) {
	s := start(t, nil)
	require.NoError(t, s.Choose(Choice{Person: ordinary, Sticky: true}))
	k := s.talk(t)
	k.say(basicsFrame(`["`+b64("one")+`","`+b64("two")+`"]`, `{"decode":"true","encapsulate":"true","outputCert":false}`, signOnly))
	list := results(t, k.hear())
	require.Len(t, list, 2)
	for i, text := range []string{"one", "two"} {
		r := s.verify(t, list[i], nil)
		require.True(t, r.Valid, r.Reason)
		require.Equal(t, text, string(r.Content))
	}
}

func TestKeyInfo(t *testing.T) {
	s := start(t, nil)
	require.NoError(t, s.Choose(Choice{Person: ordinary, Key: "AUTH-GOST", Sticky: true}))
	k := s.talk(t)
	k.say(`{"module":"kz.gov.pki.knca.commonUtils","method":"getKeyInfo","args":["PKCS12"]}`)
	var m struct {
		Code           string
		ResponseObject map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(k.hear()), &m))
	require.Equal(t, "200", m.Code)
	require.Contains(t, m.ResponseObject["subjectDn"], "SERIALNUMBER=IIN"+ordinary)
	require.Equal(t, "СЕРІКОВ АЗАМАТ", m.ResponseObject["subjectCn"])
	block, _ := pem.Decode([]byte(m.ResponseObject["pem"]))
	c, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.Equal(t, m.ResponseObject["serialNumber"], c.SerialNumber.Text(16))
}

// A person on the page: the text that is signed stands there, keys that the page would not take are set apart.
func TestChooserByHand(t *testing.T) {
	s := start(t, nil)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	idle := get(t, s, "/ncalayer?lang=en&said=done")
	require.Contains(t, idle, "No page waits")
	require.Contains(t, idle, `content="2; url=ncalayer"`)
	require.NotContains(t, get(t, s, "/ncalayer?q=%D0%9E%D0%9C"), "http-equiv", "not while somebody types")
	k := s.talk(t)
	k.say(basicsFrame(`"`+b64("kualik.example: log-in <1>")+`"`, `{"decode":true}`, authOnly))
	require.Eventually(t, func() bool { return s.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	page := get(t, s, "/ncalayer?lang=ru")
	require.Contains(t, page, "kualik.example: log-in &lt;1&gt;")
	require.Contains(t, page, "https://kualik.example")
	require.Contains(t, page, "пароль не спрашивается")
	require.NotContains(t, page, "http-equiv")
	before, after, found := strings.Cut(page, "<details>")
	require.True(t, found)
	require.Contains(t, before, `value="`+ordinary+` AUTH-GOST"`)
	require.NotContains(t, before, `value="`+ordinary+` SIGN-GOST"`)
	require.Contains(t, after, `value="`+ordinary+` SIGN-GOST"`)
	require.NotContains(t, before, `value="`+expired)
	require.NotContains(t, before, `value="`+revoked)

	id := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(page)[1]
	answer, err := client.PostForm(s.URLs().Web+"/choose", url.Values{"request": {id}, "choice": {ordinary + " AUTH-GOST"}})
	require.NoError(t, err)
	require.Equal(t, []any{http.StatusSeeOther, "ncalayer?said=done"}, []any{answer.StatusCode, answer.Header.Get("Location")})
	require.True(t, s.verify(t, results(t, k.hear())[0], nil).Valid)
	answer, err = client.PostForm(s.URLs().Web+"/choose", url.Values{"request": {id}, "choice": {ordinary + " AUTH-GOST"}})
	require.NoError(t, err)
	require.Equal(t, "ncalayer?said=gone", answer.Header.Get("Location"))
}

func TestDocumentIsShownBeforeItIsSigned(t *testing.T) {
	s := start(t, nil)
	k := s.talk(t)
	document := "%PDF-1.7\x00..."
	k.say(basicsFrame(`"`+b64(document)+`"`, `{"decode":true,"encapsulate":false}`, signOnly))
	require.Eventually(t, func() bool { return s.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	page := get(t, s, "/ncalayer?lang=kk")
	sum := sha256.Sum256([]byte(document))
	require.Contains(t, page, hex.EncodeToString(sum[:]))
	link := regexp.MustCompile(`href="(document[^"]+)"`).FindStringSubmatch(page)[1]
	require.Equal(t, document, get(t, s, "/"+strings.ReplaceAll(link, "&amp;", "&")))
	require.NoError(t, s.Choose(Choice{Cancel: true}))
	require.JSONEq(t, `{"body":{},"status":true}`, k.hear())
}

func TestAnswersOfAPersonAreInOrder(t *testing.T) {
	s := start(t, nil)
	k := s.talk(t)
	k.say(basicsFrame(`"MTEK"`, `{}`, signOnly))
	k.say(`{"module":"kz.gov.pki.knca.commonUtils","method":"getActiveTokens"}`)
	require.Eventually(t, func() bool { return s.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	post(t, s, "/choose", `{"cancel":true}`, http.StatusOK)
	require.JSONEq(t, `{"body":{},"status":true}`, k.hear())
	require.JSONEq(t, `{"code":"200","responseObject":[]}`, k.hear())
}

func TestNobodyAnswers(t *testing.T) {
	s := start(t, func(o *Options) { o.Patience = time.Millisecond })
	k := s.talk(t)
	k.say(basicsFrame(`"MTEK"`, `{}`, signOnly))
	require.JSONEq(t, `{"body":{},"status":true}`, k.hear())
	k.say(`{"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64","args":["PKCS12","SIGNATURE","MTEK",false]}`)
	require.JSONEq(t, `{"code":"500","message":"action.canceled"}`, k.hear())
}

func TestPageThatGoesAwayTakesItsRequestAlong(t *testing.T) {
	s := start(t, nil)
	k := s.talk(t)
	k.say(basicsFrame(`"MTEK"`, `{}`, signOnly))
	require.Eventually(t, func() bool { return s.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, k.c.CloseNow())
	require.Eventually(t, func() bool { return s.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	post(t, s, "/choose", `{"cancel":true}`, http.StatusNotFound)
}

func TestKeysThatAPageDoesNotAccept(t *testing.T) {
	s := start(t, nil)
	k := s.talk(t)
	for name, c := range map[string]struct {
		choice Choice
		signer string
		ok     bool
	}{
		"AUTH for a document":      {Choice{Person: ordinary, Key: "AUTH-GOST"}, signOnly, false},
		"AUTH all the same":        {Choice{Person: ordinary, Key: "AUTH-GOST", Any: true}, signOnly, true},
		"expired":                  {Choice{Person: expired}, signOnly, false},
		"expired all the same":     {Choice{Person: expired, Any: true}, signOnly, true},
		"revoked":                  {Choice{Person: revoked}, signOnly, false},
		"another's number":         {Choice{Person: ordinary}, `{"extKeyUsageOids":[],"iin":"` + head + `"}`, false},
		"the number that is asked": {Choice{Person: head}, `{"extKeyUsageOids":[],"iin":"` + head + `"}`, true},
		"no such key":              {Choice{Person: head, Key: "SIGN-RSA", Any: true}, signOnly, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.choice.Sticky = true
			require.NoError(t, s.Choose(c.choice))
			k.say(basicsFrame(`"MTEK"`, `{}`, c.signer))
			reply := k.hear()
			require.Equal(t, c.ok, strings.Contains(reply, "BEGIN CMS"), reply)
			if !c.ok {
				require.Contains(t, reply, "INVOCATION_ERROR")
			}
		})
	}
}

func TestFaultsOfNCALayer(t *testing.T) {
	s := start(t, nil)
	require.NoError(t, s.Choose(Choice{Person: ordinary, Sticky: true}))
	content := []byte("the statement")
	frame := basicsFrame(`"`+b64(string(content))+`"`, `{"decode":true,"encapsulate":false}`, signOnly)
	sign := func(t *testing.T, fault string) (string, pki.Result) {
		post(t, s, "/fault", `{"at":"ncalayer","kind":"`+fault+`","times":1}`, http.StatusOK)
		k := s.talk(t)
		k.say(frame)
		reply := k.hear()
		if !strings.Contains(reply, "BEGIN CMS") {
			return reply, pki.Result{}
		}
		return reply, s.verify(t, results(t, reply)[0], content)
	}
	reply, _ := sign(t, FaultCancel)
	require.JSONEq(t, `{"body":{},"status":true}`, reply)
	reply, _ = sign(t, FaultNoBasics)
	require.Contains(t, reply, "MODULE_NOT_FOUND")
	for _, fault := range []string{FaultGarbage, FaultWrongContent, FaultBase64Text, FaultNoAttributes} {
		_, r := sign(t, fault)
		require.False(t, r.Valid, fault)
	}
	_, r := sign(t, FaultOtherPerson)
	require.True(t, r.Valid, r.Reason)
	require.NotEqual(t, ordinary, r.Signers[0].IIN)
	_, r = sign(t, FaultAuthKey)
	require.Contains(t, strings.ToLower(r.Signers[0].KeyUsage), "auth")
	_, r = sign(t, FaultTwoSigners)
	require.Len(t, r.Signers, 2)
	_, r = sign(t, "")
	require.True(t, r.Valid, "the fault was for one answer")

	require.NoError(t, s.Fault(Fault{At: AtNCALayer, Kind: FaultDrop, Times: 1}))
	k := s.talk(t)
	k.say(frame)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _, err := k.c.Read(ctx)
	require.Error(t, err)
	require.NoError(t, ctx.Err())
	require.Error(t, s.Fault(Fault{At: AtNCALayer, Kind: "nonsense"}))
	require.Error(t, s.Fault(Fault{At: "nowhere", Kind: FaultDown}))
}
