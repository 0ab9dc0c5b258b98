package signing

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
)

func trustOf(ders ...[]byte) *pki.Trust { return pki.NewTrust(ders...) }

var statement = []byte("%PDF-1.7\nӨтініш\n%%EOF\n")

func (w *world) keep(g Signed, kind string) (e Evidence) {
	w.t.Helper()
	err := pgx.BeginFunc(context.Background(), w.pool, func(tx pgx.Tx) (err error) {
		e, err = w.Keep(context.Background(), tx, g, kind, subject)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

var subject = clock.NewID()

func TestDocumentIsSignedByItsParticipant(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	for name, message := range map[string][]byte{
		"detached": armoured(w.cms(w.sign, statement, true)), "with the same document in it": bare(w.cms(w.sign, statement, false)),
		"in pieces": w.cms(w.sign, statement, false, issue.InPieces()),
	} {
		g, err := w.VerifyDocument(ctx, Wanted{Content: statement, IIN: aliya.IIN}, message)
		if err != nil || g.Identity.IIN != aliya.IIN || g.ContentSHA256 != blob.Sum(statement) || g.Attached == (name == "detached") ||
			!g.ClaimedAt.Equal(begin) || !g.VerifiedAt.Equal(begin) || g.Identity.Revocation.State != "good" {
			t.Errorf("%s: %+v %v", name, g, err)
		}
	}
	if _, err := w.VerifyDocument(ctx, Wanted{Content: statement}, w.cms(w.sign, statement, true)); err != nil {
		t.Errorf("anybody's signature: %v", err)
	}
}

func TestBadSignaturesOfDocumentsAreRefused(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	changed := append(bytes.Clone(statement), ' ')
	expired := w.keyOf(w.ca.sub, aliya, issue.Sign, begin.AddDate(-1, 0, 0), begin.AddDate(0, 0, -1), issue.Profile{})
	for name, c := range map[string]struct {
		message []byte
		code    string
	}{
		"an AUTH key":                     {w.cms(w.auth, statement, true), "auth_key"},
		"another person":                  {w.cms(w.key(daulet, issue.Sign), statement, true), "other_person"},
		"another document":                {w.cms(w.sign, changed, true), "other_document"},
		"another document in the message": {w.cms(w.sign, changed, false), "other_document"},
		"the base64 of the document":      {w.cms(w.sign, bare(statement), true), "signed_base64"},
		"that base64 in the message":      {w.cms(w.sign, bare(statement), false), "signed_base64"},
		"an expired key":                  {w.cms(expired, statement, true), "expired"},
		"two signers":                     {w.cms(w.sign, statement, true, issue.With(w.key(daulet, issue.Sign))), "several_signers"},
		"no signed attributes":            {w.cms(w.sign, statement, true, issue.WithoutAttributes()), "malformed"},
		"nothing":                         {nil, "empty"},
		"a picture":                       {[]byte("\x89PNG\r\n"), "malformed"},
	} {
		_, err := w.VerifyDocument(ctx, Wanted{Content: statement, IIN: aliya.IIN}, c.message)
		wantCode(t, name, err, c.code)
	}
	var kept int
	if err := w.pool.QueryRow(ctx, `SELECT count(*) FROM signature`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d rows: %v", kept, err)
	}
}

func TestEvidenceProvesItselfWithoutTheNetwork(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	message := w.cms(w.sign, statement, true)
	g, err := w.VerifyDocument(ctx, Wanted{Content: statement, IIN: aliya.IIN}, armoured(message))
	if err != nil {
		t.Fatal(err)
	}
	e := w.keep(g, "filing")
	if again := w.keep(g, "filing"); again.ID != e.ID {
		t.Error("the same signature is kept twice")
	}
	if other := w.keep(g, "withdrawal"); other.ID == e.ID {
		t.Error("a signature for something else is another")
	}
	if list, err := w.EvidenceOf(ctx, "filing", subject); err != nil || len(list) != 1 || list[0].ID != e.ID || list[0].Name != g.Identity.Name {
		t.Fatalf("%+v %v", list, err)
	}
	if cms, err := w.CMS(ctx, e.ID); err != nil || !bytes.Equal(cms, message) {
		t.Fatalf("the message is not the one that was signed: %v", err)
	}
	// Years later: the authority is gone, the certificate has expired.
	w.ca.server.Close()
	w.clock.Advance(3 * 365 * 24 * time.Hour)
	v, err := w.Reverify(ctx, e.ID, statement)
	if err != nil || !v.Valid || v.Reason != "" || v.Revocation.State != "good" || !v.At.Equal(begin) {
		t.Fatalf("%+v %v", v, err)
	}
	if v, err = w.Reverify(ctx, e.ID, []byte("another document")); err != nil || v.Valid || v.Reason != "digest_mismatch" {
		t.Fatalf("%+v %v", v, err)
	}
	if _, err = w.Reverify(ctx, e.ID, nil); err == nil {
		t.Fatal("the document is not in the store, and yet it is good")
	}
	if _, err := w.o.Blobs.Put(ctx, bytes.NewReader(statement)); err != nil {
		t.Fatal(err)
	}
	if v, err = w.Reverify(ctx, e.ID, nil); err != nil || !v.Valid {
		t.Fatalf("with the document from the store: %+v %v", v, err)
	}
	_, err = w.Evidence(ctx, clock.NewID())
	wantCode(t, "no such signature", err, "no_evidence")
	for what, sql := range map[string]string{"the answer is another file": `UPDATE signature SET revocation_file = issuer_file`,
		"the certificate is another": `UPDATE signature SET certificate_sha256 = content_sha256`} {
		if _, err := w.pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
		if v, err = w.Reverify(ctx, e.ID, nil); err != nil || v.Valid || v.Reason != "evidence_changed" {
			t.Errorf("%s: %+v %v", what, v, err)
		}
	}
	w.o.Trust = pki.NewTrust()
	if v, err = w.Reverify(ctx, e.ID, nil); err != nil || v.Valid || v.Reason != "untrusted" {
		t.Fatalf("nobody is trusted any more: %+v %v", v, err)
	}
}

// What the sweep of the store is told to keep is all that the rows need.
func TestFilesOfEvidenceAreNamed(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	g, err := w.VerifyDocument(ctx, Wanted{Content: statement}, w.cms(w.sign, statement, true))
	if err != nil {
		t.Fatal(err)
	}
	w.keep(g, "filing")
	named := map[string]bool{}
	rows, _ := w.pool.Query(ctx, `SELECT sha256 FROM signing_file`)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, sha := range list {
		named[sha] = true
	}
	err = w.o.Blobs.Each(ctx, func(sha string, _ int64, _ time.Time) error {
		if !named[sha] {
			t.Errorf("file %s would be swept", sha)
		}
		return nil
	})
	if err != nil || len(named) != 4 {
		t.Errorf("%d files are named: %v", len(named), err)
	}
}

func TestEvidenceHidesPersonalNumbers(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	g, err := w.VerifyDocument(ctx, Wanted{Content: statement}, w.cms(w.sign, statement, false))
	if err != nil {
		t.Fatal(err)
	}
	w.keep(g, "filing")
	for _, table := range []string{"signature", "revocation", "challenge"} {
		var text string
		if err := w.pool.QueryRow(ctx, `SELECT coalesce(string_agg(x::text, ' '), '') FROM `+table+` x`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, aliya.IIN) {
			t.Errorf("%s holds a number in the clear", table)
		}
	}
	files := 0
	err = w.o.Blobs.Each(ctx, func(sha string, _ int64, _ time.Time) error {
		files++
		data, err := blob.ReadAll(ctx, w.o.Blobs, sha, largestKept)
		if bytes.Contains(data, []byte(aliya.IIN)) {
			t.Errorf("file %s holds a number in the clear", sha)
		}
		return err
	})
	if err != nil || files < 4 {
		t.Errorf("%d files: %v", files, err)
	}
}
