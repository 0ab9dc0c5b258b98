package main

import (
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/document"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
)

func TestVerifyFile(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	ca, err := issue.NewAuthority(rand.Reader, issue.RSA, "ҰКО TEST", now)
	require.NoError(t, err)
	id, err := ca.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: "«Қаратал университеті» КеАҚ", BIN: "990240000016"}, issue.Sign,
		now.Add(-time.Hour), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	seal, err := pades.OpenSeal(id.Marshal(), "")
	require.NoError(t, err)
	plain, err := document.Certificate(document.CertificateData{Number: 14, RegisteredOn: "2026-09-16", Authors: []string{"САГИТОВА МЕРУЕРТ"}, Kind: "scientific_work", Title: "Химия",
		CreatedOn: "2026-09-02", URL: "https://kualik.karatal.example/r/7f3kmq2zx8ac", MadeAt: now, Version: 1})
	require.NoError(t, err)
	pdf, err := seal.Sign(plain, now)
	require.NoError(t, err)
	trust := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(trust, "ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate}), 0o600))
	h := noHouse(t)
	verify := func(pdf []byte, args ...string) (status int, v fileVerdict) {
		t.Helper()
		status, out, errs := h.try(append([]string{"verify", "--json", file(t, "c.pdf", pdf)}, args...)...)
		require.NotEqual(t, exitUsage, status, errs)
		require.Equal(t, 1, strings.Count(out, "\n"), "one object, one line")
		require.NoError(t, json.Unmarshal([]byte(out), &v))
		return status, v
	}
	status, v := verify(pdf, "--trust", trust)
	require.Equal(t, exitDone, status)
	require.True(t, v.Valid && v.Signatures[0].Valid && v.Signatures[0].Whole && v.Signatures[0].Bound)
	s := v.Signatures[0]
	require.Equal(t, []string{"", "«Қаратал университеті» КеАҚ", "990240000016", "rsa-sha256", "trusted", "ETSI.CAdES.detached", now.Format(time.RFC3339)},
		[]string{v.Reason, s.Organisation, s.BIN, s.Algorithm, s.Chain, s.SubFilter, s.SigningTime})
	require.Equal(t, len(pdf), s.Covered)

	for what, c := range map[string]struct {
		pdf  []byte
		args []string
	}{
		"digest_mismatch": {changedAt(pdf, 5000), nil}, "appended": {append(pdf[:len(pdf):len(pdf)], "\n% more"...), nil}, "no_signature": {plain, nil}, "not_pdf": {[]byte("a letter"), nil},
		"untrusted": {pdf, []string{"--trust", t.TempDir()}}, "expired": {pdf, []string{"--at", now.AddDate(3, 0, 0).Format(time.RFC3339)}},
	} {
		status, v := verify(c.pdf, append([]string{"--trust", trust}, c.args...)...)
		require.Equal(t, exitError, status, what)
		require.Equal(t, what, v.Reason)
		for lang, words := range map[string]string{"en": "does not verify", "ru": "не прошёл проверку", "kk": "тексерістен өтпеді"} {
			h.env["KUALIK_LANG"] = lang
			status, out, _ := h.try(append([]string{"verify", file(t, "c.pdf", c.pdf), "--trust", trust}, c.args...)...)
			require.Equal(t, exitError, status)
			require.Contains(t, out, words)
			require.NotContains(t, out, "issuing.")
			require.NotContains(t, out, "signature.reason")
		}
	}
	for lang, words := range map[string]string{"en": "Covers the whole file", "ru": "Охватывает весь файл", "kk": "Бүкіл файлды қамтиды"} {
		h.env["KUALIK_LANG"] = lang
		_, out, _ := h.try("verify", file(t, "c.pdf", pdf), "--trust", trust)
		require.Contains(t, out, words)
	}
	for _, args := range [][]string{{}, {"a.pdf", "b.pdf"}, {file(t, "c.pdf", pdf), "--at", "soon"}, {file(t, "c.pdf", pdf), "--trust", "/nowhere"}} {
		status, _, _ := h.try(append([]string{"verify"}, args...)...)
		require.Equal(t, exitUsage, status, args)
	}
	status, _, errs := h.try("verify", filepath.Join(t.TempDir(), "nothing.pdf"), "--trust", trust)
	require.Equal(t, exitError, status)
	require.Contains(t, errs, "nothing.pdf")
}

// changedAt is the file with one byte another.
func changedAt(pdf []byte, i int) []byte {
	out := append([]byte(nil), pdf...)
	out[i] ^= 1
	return out
}
