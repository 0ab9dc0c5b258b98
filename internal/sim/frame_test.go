package sim

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What NCALayer and its kin answered at once to mistaken requests, as recorded by others: the old module with
// code 500, the new one with the words of its JSON library.
func TestRepliesThatNeedNobody(t *testing.T) {
	for name, c := range map[string]struct{ frame, reply string }{
		"no tokens":            {`{"module":"kz.gov.pki.knca.commonUtils","method":"getActiveTokens"}`, `{"responseObject":[],"code":"200"}`},
		"language":             {`{"module":"kz.gov.pki.knca.commonUtils","method":"changeLocale","args":["kz"]}`, `{"code":"200"}`},
		"language, mistaken":   {`{"module":"kz.gov.pki.knca.commonUtils","method":"changeLocale","args":[2]}`, `{"code":"500","message":"java.lang.IllegalArgumentException: argument type mismatch. Method: changeLocale"}`},
		"key, null":            {`{"module":"kz.gov.pki.knca.commonUtils","method":"getKeyInfo","args":[null]}`, `{"code":"500","message":"java.lang.IllegalArgumentException: argument type mismatch. Method: getKeyInfo"}`},
		"signature, number":    {`{"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64","args":["AKKaztokenStore",123,"MTEK",false]}`, `{"code":"500","message":"java.lang.IllegalArgumentException: argument type mismatch. Method: createCAdESFromBase64"}`},
		"empty digest":         {`{"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64Hash","args":["AKKaztokenStore","123",""]}`, `{"code":"500"}`},
		"mistaken signing":     {`{"module":"kz.gov.pki.knca.basics","method":"sign","args":{"allowedStorages":null,"format":"cms","data":"MTEK","signingParams":555,"signerParams":{"extKeyUsageOids":[]},"locale":"ru"}}`, `{"code":"INVOCATION_ERROR","details":"org.json.JSONException: JSONObject[\"signingParams\"] is not a JSONObject.","message":"An invoked method threw an exception.","status":false}`},
		"usages are mandatory": {`{"module":"kz.gov.pki.knca.basics","method":"sign","args":{"format":"cms","data":"MTEK","signingParams":{},"signerParams":{}}}`, `{"code":"INVOCATION_ERROR","details":"org.json.JSONException: JSONObject[\"extKeyUsageOids\"] is not a JSONArray.","message":"An invoked method threw an exception.","status":false}`},
		"another vendor":       {`{"module":"kz.digiflow.mobile.extensions","method":"getVersion"}`, `{"code":"500","message":"Module not found: kz.digiflow.mobile.extensions"}`},
		"settings":             {`{"module":"kz.gov.pki.ncalayerservices.accessory","method":"showSettings"}`, `{"status":true,"body":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			a, reply := parse([]byte(c.frame))
			require.Nil(t, a)
			require.JSONEq(t, c.reply, string(reply))
		})
	}
	for name, frame := range map[string]string{"no JSON": `{`, "a number": `7`, "no module": `{}`, "no method": `{"module":"kz.gov.pki.knca.basics"}`,
		"XML": `{"module":"kz.gov.pki.knca.basics","method":"sign","args":{"format":"xml","data":"<a/>","signingParams":{},"signerParams":{"extKeyUsageOids":[]}}}`} {
		t.Run(name, func(t *testing.T) {
			a, reply := parse([]byte(frame))
			require.Nil(t, a)
			var m map[string]any
			require.NoError(t, json.Unmarshal(reply, &m))
			require.Equal(t, false, m["status"])
		})
	}
}

func basicsFrame(data, signing, signer string) string {
	return `{"module":"kz.gov.pki.knca.basics","method":"sign","args":{"allowedStorages":null,"format":"cms","data":` + data + `,"signingParams":` + signing + `,"signerParams":` + signer + `,"locale":"ru"}}`
}

func TestWhatIsAsked(t *testing.T) {
	one := func(s ...string) [][]byte {
		var list [][]byte
		for _, x := range s {
			list = append(list, []byte(x))
		}
		return list
	}
	for name, c := range map[string]struct {
		frame string
		want  asked
	}{
		"text as it stands": {basicsFrame(`"MTEK"`, `{}`, `{"extKeyUsageOids":[]}`),
			asked{basics: true, data: one("MTEK"), texts: []string{"MTEK"}, wish: wish{ekus: []string{}}, locale: "ru"}},
		"decoded, detached": {basicsFrame(`"MTEK"`, `{"decode":true,"encapsulate":false,"digested":false,"tsaProfile":{}}`, `{"extKeyUsageOids":["1.3.6.1.5.5.7.3.4"],"iin":"790412399011"}`),
			asked{basics: true, data: one("11\n"), texts: []string{"MTEK"}, detached: true, wish: wish{ekus: []string{ekuSign}, iin: "790412399011"}, locale: "ru"}},
		"booleans as text": {basicsFrame(`["MTEK","MTI="]`, `{"decode":"true","encapsulate":"false","outputCert":"true"}`, `{"extKeyUsageOids":[],"bin":"","chain":null}`),
			asked{basics: true, data: one("11\n", "12"), texts: []string{"MTEK", "MTI="}, list: true, detached: true, outputCert: true, wish: wish{ekus: []string{}}, locale: "ru"}},
		"old, to sign": {`{"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64","args":["PKCS12","SIGNATURE","MTEK",true]}`,
			asked{data: one("11\n"), texts: []string{"MTEK"}, wish: wish{ekus: []string{ekuSign}}}},
		"old, to log in": {`{"module":"kz.gov.pki.knca.commonUtils","method":"createCMSSignatureFromBase64","args":["PKCS12","AUTHENTICATION","MTEK",false]}`,
			asked{data: one("11\n"), texts: []string{"MTEK"}, detached: true, wish: wish{ekus: []string{ekuAuth}}}},
		"old, a key": {`{"module":"kz.gov.pki.knca.commonUtils","method":"getKeyInfo","args":["PKCS12"]}`, asked{act: actKeyInfo}},
	} {
		t.Run(name, func(t *testing.T) {
			a, reply := parse([]byte(c.frame))
			require.Empty(t, string(reply))
			require.Equal(t, c.want, *a)
		})
	}
}

func TestTokensOnly(t *testing.T) {
	frame := strings.Replace(basicsFrame(`"MTEK"`, `{}`, `{"extKeyUsageOids":[]}`), `"allowedStorages":null`, `"allowedStorages":["AKKaztokenStore"]`, 1)
	a, _ := parse([]byte(frame))
	require.True(t, a.wish.noFiles)
	a, _ = parse([]byte(strings.Replace(frame, `"AKKaztokenStore"`, `"AKKaztokenStore","PKCS12"`, 1)))
	require.False(t, a.wish.noFiles)
}

func TestShapesOfReplies(t *testing.T) {
	der := [][]byte{{0x30, 0x00}, {0x30, 0x01}}
	b64 := base64.StdEncoding.EncodeToString(der[0])
	require.JSONEq(t, `{"code":"200","responseObject":"`+b64+`"}`, string((&asked{}).done(der[:1], nil)))
	require.JSONEq(t, `{"status":true,"body":{"result":"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n"}}`, string((&asked{basics: true}).done(der[:1], nil)))
	require.JSONEq(t, `{"status":true,"body":{"result":["-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n","-----BEGIN CMS-----\nMAE=\n-----END CMS-----\n"]}}`,
		string((&asked{basics: true, list: true}).done(der, nil)))
	require.JSONEq(t, `{"status":true,"body":{"result":{"signatures":"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n","certificate":"-----BEGIN CERTIFICATE-----\nMAE=\n-----END CERTIFICATE-----\n"}}}`,
		string((&asked{basics: true, outputCert: true}).done(der[:1], der[1])))
	require.JSONEq(t, `{"status":true,"body":{}}`, string((&asked{basics: true}).cancelled()))
	require.JSONEq(t, `{"code":"500","message":"action.canceled"}`, string((&asked{}).cancelled()))
}

// Whatever a page sends, there is either somebody to ask or one JSON object to answer with.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{basicsFrame(`"MTEK"`, `{"decode":true}`, `{"extKeyUsageOids":[]}`), basicsFrame(`["MTEK"]`, `{}`, `{"extKeyUsageOids":null}`),
		`{"module":"kz.gov.pki.knca.commonUtils","method":"createCAdESFromBase64","args":["PKCS12","SIGNATURE","MTEK",true]}`,
		`{"module":"kz.gov.pki.knca.commonUtils","method":"getKeyInfo","args":[null]}`, `{"module":"kz.gov.pki.knca.basics","method":"sign","args":7}`, `[]`, `"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, reply := parse(data)
		if a == nil {
			var m map[string]any
			if err := json.Unmarshal(reply, &m); err != nil || len(m) == 0 {
				t.Fatalf("reply %q: %v", reply, err)
			}
			return
		}
		if a.act == actSign && (len(a.data) == 0 || len(a.data) != len(a.texts) || !a.list && len(a.data) != 1) {
			t.Fatalf("asked to sign %d data in %d texts", len(a.data), len(a.texts))
		}
		if !json.Valid(a.cancelled()) || !json.Valid(a.failed("\xff\"")) {
			t.Fatal("replies are JSON")
		}
	})
}
