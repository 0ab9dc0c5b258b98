package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/config"
	"kualik/internal/app"
	"kualik/internal/authenticity"
	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/intake"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
)

// What a document shows is found when it has come; what was found by nobody yet, or by other anchors, is found when
// somebody serves.
func TestDocumentsAreCheckedWhenTheyCome(t *testing.T) {
	root, err := issue.NewAuthority(rand.Reader, issue.RSA, "CHECKS TEST", time.Now().AddDate(0, 0, -1))
	require.NoError(t, err)
	id, err := root.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: "Тіркеуші", BIN: "990240000016"}, issue.Sign, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	require.NoError(t, err)
	seal, err := pades.OpenSeal(id.Marshal(), "")
	require.NoError(t, err)
	trusted := t.TempDir()
	pdf, err := paper.Certificate(paper.Subject{KindTextKK: "ғылыми туынды", Fields: certificate.Fields{Number: "78498", RegisteredOn: "2025-06-16", CreatedOn: "2025-01-10",
		Kind: "scientific_work", KindText: "произведение науки", Title: "Органикалық химия", Authors: []string{"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА"},
		VerificationURL: "https://copyright.kazpatent.kz/?!.iD=0aB3x"}}, paper.Variant{})
	require.NoError(t, err)
	sealed, err := seal.Sign(pdf, time.Now())
	require.NoError(t, err)
	more := append(bytes.Clone(sealed), "\n% more"...)

	a := open(t, post(t), func(c *config.Config) { c.Mode, c.TrustDir = config.Demo, trusted })
	upload := func(a *app.App, name string, data []byte) {
		t.Helper()
		_, err := a.Intake.Upload(t.Context(), intake.Upload{From: "meruert@koktobe.example", Filename: name, Data: data})
		require.NoError(t, err)
	}
	// serve works until the condition holds.
	serve := func(a *app.App, what string, until func() bool) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Serve(ctx, app.Roles{Worker: true}, nil) }()
		defer func() { stop(); require.NoError(t, <-ended) }()
		require.Eventually(t, until, time.Minute, 50*time.Millisecond, what)
	}
	found := func(a *app.App) (list []authenticity.Checked) {
		t.Helper()
		rows, err := a.Pool.Query(t.Context(), `SELECT DISTINCT document_sha256 FROM certificate UNION SELECT attachment_sha256 FROM receipt ORDER BY 1`)
		require.NoError(t, err)
		var sha string
		var all []string
		for rows.Next() {
			require.NoError(t, rows.Scan(&sha))
			all = append(all, sha)
		}
		require.NoError(t, rows.Err())
		for _, sha := range all {
			c, ok, err := authenticity.Find(t.Context(), a.Pool, sha)
			require.NoError(t, err)
			if ok && c.Version == authenticity.Version {
				list = append(list, c)
			}
		}
		return list
	}
	upload(a, "a.pdf", sealed)
	upload(a, "b.pdf", more)
	serve(a, "checks of what came", func() bool { return len(found(a)) == 2 })
	added := 0
	for _, c := range found(a) {
		require.Len(t, c.Files, 1)
		f := c.Files[0]
		require.Equal(t, []any{authenticity.Unknown, pki.Untrusted, true}, []any{f.Signatures[0].Worth, f.Signatures[0].Reason, f.Signatures[0].Intact})
		n, _ := f.Added()
		added += n
		require.Equal(t, []authenticity.Code{{Page: 1, Text: "https://copyright.kazpatent.kz/?!.iD=0aB3x"}}, f.Codes)
	}
	require.Equal(t, len("\n% more"), added)

	// A row that is lost, and an authority that becomes known.
	_, err = a.Pool.Exec(t.Context(), `DELETE FROM document_check WHERE sha256 = (SELECT min(sha256) FROM document_check)`)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(trusted, "root.cer"), root.Certificate, 0o600))
	cfg := a.Config
	again, err := app.Open(t.Context(), cfg, a.Log, app.Options{Workers: 2})
	require.NoError(t, err)
	defer again.Close(t.Context())
	serve(again, "checks by the anchors of today", func() bool {
		list := found(again)
		good := 0
		for _, c := range list {
			if c.Files[0].Signatures[0].Worth == authenticity.Good {
				good++
			}
		}
		return good == 2
	})
}
