package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/pki/issue"
)

// vectors are real messages of the NCA's test keys; the folder has the certificates of its test authorities.
var vectors = filepath.Join("..", "..", "internal", "pki", "testdata")

func verify(t *testing.T, h *house, args ...string) (status int, v verdict) {
	t.Helper()
	status, out, errs := h.try(append([]string{"signature", "verify", "--json"}, args...)...)
	require.NotEqual(t, exitUsage, status, errs)
	require.Equal(t, 1, strings.Count(out, "\n"), "one object, one line")
	require.NoError(t, json.Unmarshal([]byte(out), &v))
	return status, v
}

func TestSignatureVerifyRealMessages(t *testing.T) {
	h := noHouse(t)
	one := filepath.Join(vectors, "ncanode_attached_rsa_one_signer.cms.b64")
	status, v := verify(t, h, "--cms", one, "--trust", vectors, "--at", "2021-09-01T00:00:00Z")
	require.Equal(t, exitDone, status)
	require.Equal(t, verdict{Valid: true, ContentSHA256: "ecd71870d1963316a97e3ac3408c9835ad8cf0f3c1bc703527c30265534f75ae", Signers: []signerVerdict{{
		Valid: true, IIN: "123456789011", Name: "ТЕСТОВ ТЕСТ ТЕСТОВИЧ", Algorithm: "rsa-sha256", KeyUsage: "sign", Roles: []string{"individual"},
		Serial: "4279390a141f5353a62947b61ed65e81741467d1", NotBefore: "2021-01-18T13:09:14Z", NotAfter: "2022-01-18T13:09:14Z",
		Chain: "trusted", Revocation: "unknown", SigningTime: "2022-09-28T14:40:30Z"}}}, v)

	status, v = verify(t, h, "--cms", one, "--trust", vectors)
	require.Equal(t, exitError, status, "now is after its dates")
	require.Equal(t, "expired", v.Reason)

	status, v = verify(t, h, "--cms", filepath.Join(vectors, "ncanodego_GOSTKNCA_13a3741b52d7bf860aab199b56fad1f4652e357b.cms"), "--trust", vectors)
	require.Equal(t, exitError, status)
	require.Equal(t, "unsupported_algorithm", v.Reason)
	require.Equal(t, "1.2.398.3.10.1.1.1.2", v.Signers[0].Algorithm)

	status, v = verify(t, h, "--cms", filepath.Join(vectors, "MANIFEST.md"), "--trust", vectors)
	require.Equal(t, exitError, status)
	require.Equal(t, verdict{Reason: "malformed", Signers: []signerVerdict{}}, v)
}

func TestSignatureVerifyFilesOfEveryForm(t *testing.T) {
	now := time.Now()
	ca, err := issue.NewAuthority(rand.Reader, issue.GOST, "ҰКО TEST", now)
	require.NoError(t, err)
	id, err := ca.Issue(issue.Person{Surname: "САГИТОВА", GivenName: "МЕРУЕРТ", IIN: "850312499014"}, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	cms, err := id.SignCMS([]byte("Каталог"), true, now)
	require.NoError(t, err)
	trust := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(trust, "ca.txt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(trust, "readme"), []byte("not a certificate"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(trust, "folder"), 0o700))
	armour := string(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: cms}))
	h := noHouse(t)
	content := file(t, "work.txt", []byte("Каталог"))
	for name, form := range map[string]string{"der": string(cms), "base64": base64.StdEncoding.EncodeToString(cms), "pem": armour,
		"crlf": strings.ReplaceAll(armour, "\n", "\r\n"), "cr": strings.ReplaceAll(armour, "\n", "\r"), "one line": strings.ReplaceAll(armour, "\n", "")} {
		status, v := verify(t, h, "--cms", file(t, "s.cms", []byte(form)), "--data", content, "--trust", trust)
		require.Equal(t, exitDone, status, name)
		require.Equal(t, "gost2015-512", v.Signers[0].Algorithm, name)
	}
	signature := file(t, "s.cms", cms)
	status, v := verify(t, h, "--cms", signature, "--data", file(t, "other", []byte("каталог")), "--trust", trust)
	require.Equal(t, exitError, status)
	require.Equal(t, "digest_mismatch", v.Reason)
	status, v = verify(t, h, "--cms", signature, "--trust", trust)
	require.Equal(t, exitError, status)
	require.Equal(t, "no_content", v.Reason)
	require.Empty(t, v.ContentSHA256)

	// whom the settings trust: test certificates in the demonstration only
	h.env["KUALIK_TRUST_DIR"] = trust
	_, v = verify(t, h, "--cms", signature, "--data", content)
	require.Equal(t, "untrusted", v.Reason)
	h.env["KUALIK_MODE"] = "demo"
	status, _ = verify(t, h, "--cms", signature, "--data", content)
	require.Equal(t, exitDone, status)

	for lang, words := range map[string]string{"en": "The signature is valid", "ru": "Подпись верна", "kk": "Қолтаңба дұрыс"} {
		h.env["KUALIK_LANG"] = lang
		status, out, _ := h.try("signature", "verify", "--cms", signature, "--data", content)
		require.Equal(t, exitDone, status)
		require.Contains(t, out, words)
		require.Contains(t, out, "САГИТОВА МЕРУЕРТ")
		require.NotContains(t, out, "signature.")
	}
}

func TestSignatureVerifyWrongUsage(t *testing.T) {
	h := noHouse(t)
	one := filepath.Join(vectors, "ncanode_attached_rsa_one_signer.cms.b64")
	for _, args := range [][]string{{}, {"--cms", one, "--at", "yesterday"}, {"--cms", one, "--trust", filepath.Join(t.TempDir(), "nowhere")}} {
		status, out, errs := h.try(append([]string{"signature", "verify"}, args...)...)
		require.Equal(t, exitUsage, status)
		require.Empty(t, out)
		require.NotEmpty(t, errs)
	}
	status, out, errs := h.try("signature", "verify", "--cms", filepath.Join(t.TempDir(), "nothing.cms"), "--trust", vectors)
	require.Equal(t, exitError, status)
	require.Empty(t, out)
	require.Contains(t, errs, "nothing.cms")
}
