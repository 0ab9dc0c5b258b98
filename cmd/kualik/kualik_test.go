package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kualik/internal/demo/mails"
	"kualik/internal/demo/paper"
	university "kualik/internal/demo/world"
	"kualik/internal/postgres/pgtest"
)

// house is an installation of a test: its settings, and a database of its own.
type house struct {
	t   *testing.T
	env map[string]string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{t, map[string]string{"KUALIK_LANG": "en", "KUALIK_DATA_DIR": t.TempDir(), "KUALIK_DATABASE_URL": pgtest.URL(t)}}
}

// noHouse is for commands that need no database.
func noHouse(t *testing.T) *house {
	return &house{t, map[string]string{"KUALIK_LANG": "en", "KUALIK_DATA_DIR": t.TempDir()}}
}

// try runs a command and gives its exit status and what it wrote.
func (h *house) try(args ...string) (status int, out, errs string) {
	h.t.Helper()
	var stdout, stderr bytes.Buffer
	w := &world{ctx: h.t.Context(), stdout: &stdout, stderr: &stderr, getenv: func(k string) string { return h.env[k] }}
	status = run(w, args)
	return status, stdout.String(), stderr.String()
}

// ok runs a command that must succeed and gives its standard output.
func (h *house) ok(args ...string) string {
	h.t.Helper()
	status, out, errs := h.try(args...)
	if status != exitDone {
		h.t.Fatalf("kualik %v: status %d\n%s", args, status, errs)
	}
	return out
}

// file writes a file of the test and gives its path.
func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// someWorld is a university; its day is past on every machine.
func someWorld() *university.World {
	return university.Generate(5, university.Usual("2025-06-30"))
}

// staffFile is the world's directory as a file.
func staffFile(t *testing.T, w *university.World) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.WriteStaff(&b); err != nil {
		t.Fatal(err)
	}
	return file(t, "staff.csv", b.Bytes())
}

func applicationsFile(t *testing.T, w *university.World) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.WriteApplications(&b); err != nil {
		t.Fatal(err)
	}
	return file(t, "applications.csv", b.Bytes())
}

// pdfs are the papers of the world's first n certificates of the present form, and these certificates.
func pdfs(t *testing.T, w *university.World, n int) (list []university.Certificate, data [][]byte) {
	t.Helper()
	for _, c := range w.Certificates {
		if len(list) == n {
			break
		}
		if c.OldForm || c.CreatedOn > c.RegisteredOn {
			continue
		}
		pdf, err := paper.Certificate(mails.Subject(c), mails.Variant(w.Seed, c))
		if err != nil {
			t.Fatal(err)
		}
		list, data = append(list, c), append(data, pdf)
	}
	return list, data
}

// letter is a message with a file.
func letter(i int, name string, data []byte) []byte {
	return []byte(fmt.Sprintf("From: a%d@koktobe.example\r\nTo: kualik@koktobe.example\r\nSubject: certificate\r\nDate: Mon, 30 Jun 2025 10:00:00 +0500\r\n"+
		"Message-ID: <cli.%d@koktobe.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain\r\n\r\nattached\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=%q\r\n"+
		"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n", i, i, name, base64.StdEncoding.EncodeToString(data)))
}

// postbag is a folder with a letter for each of n certificates.
func postbag(t *testing.T, w *university.World, n int) (string, []university.Certificate) {
	t.Helper()
	dir := t.TempDir()
	list, data := pdfs(t, w, n)
	for i, d := range data {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.eml", i)), letter(i, list[i].Number+".pdf", d), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, list
}
