package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"kualik/internal/i18n"
)

// leaves are all commands, "import staff" and the like.
func leaves(t *testing.T) (list [][]string) {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, helpTexts(i18n.EN))
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		var path []string
		for n := leaf; n.Parent != nil; n = n.Parent {
			path = append([]string{n.Name}, path...)
		}
		list = append(list, path)
	}
	return list
}

func TestHelpInThreeLanguages(t *testing.T) {
	about := map[string]bool{}
	for _, lang := range []string{"kk", "ru", "en"} {
		h := noHouse(t)
		h.env["KUALIK_LANG"] = lang
		status, out, errs := h.try("--help")
		l, _ := i18n.Parse(lang)
		if status != exitDone || errs != "" || !strings.Contains(out, strings.Fields(i18n.T(l, "cli.about"))[0]) {
			t.Errorf("%s: status %d, %q\n%s", lang, status, errs, out)
		}
		about[out] = true
		for _, command := range leaves(t) {
			status, out, errs := h.try(append(command, "--help")...)
			if status != exitDone || errs != "" || strings.Contains(out, "${") || strings.Contains(out, "cli.") {
				t.Errorf("%s %v: status %d, %q\n%s", lang, command, status, errs, out)
			}
		}
	}
	if len(about) != 3 {
		t.Errorf("%d different texts in three languages", len(about))
	}
	if n := len(leaves(t)); n < 20 {
		t.Errorf("only %d commands were looked at", n)
	}
}

func TestWrongUsageIsStatusTwo(t *testing.T) {
	h := noHouse(t)
	for _, args := range [][]string{
		{"fly"}, {"import"}, {"import", "staff"}, {"import", "staff", "a", "b"}, {"extract"}, {"extract", "--xml", "a"},
		{"poll"}, {"export", "certificates", "--format", "pdf"}, {"report", "rating", "--out", "a.xlsx"}, {"serve", "--role", "king"},
		{"report", "rating", "--period", "2025", "--out", "a.xlsx", "--lang", "tlh"}, {"report", "rating", "--period", "2025", "--out", "a.xlsx", "--snapshot", "7"},
		{"account", "add", "--email", "a@b.example", "--name", "A", "--role", "emperor"},
	} {
		status, out, errs := h.try(args...)
		if status != exitUsage || out != "" || errs == "" {
			t.Errorf("kualik %v: status %d, stdout %q, stderr %q", args, status, out, errs)
		}
	}
	if status, out, _ := h.try(); status != exitDone || out == "" {
		t.Errorf("kualik alone: status %d, %q; it should show what there is", status, out)
	}
}

func TestWrongPeriodIsStatusTwo(t *testing.T) {
	h := newHouse(t)
	for _, period := range []string{"nonsense", "2025-2027", "2025-02-30..2025-03-01", "2025-03-01..2025-02-01"} {
		status, out, errs := h.try("report", "rating", "--period", period, "--out", t.TempDir()+"/a.xlsx")
		if status != exitUsage || out != "" || errs == "" {
			t.Errorf("%s: status %d, stdout %q, stderr %q", period, status, out, errs)
		}
	}
}

func TestSettingsAreCheckedAllAtOnce(t *testing.T) {
	h := noHouse(t)
	wrong := map[string]string{"KUALIK_MODE": "test", "KUALIK_LISTEN": "8080", "KUALIK_PUBLIC_URL": "kualik", "KUALIK_POLL_EVERY": "often",
		"KUALIK_SECRET_KEY": "c2hvcnQ=", "KUALIK_TIME_ZONE": "Asia/Atlantis", "KUALIK_WORKERS": "0", "KUALIK_DATABASE_URL": "mysql://x"}
	for k, v := range wrong {
		h.env[k] = v
	}
	status, out, errs := h.try("export", "mail")
	if status != exitUsage || out != "" {
		t.Errorf("status %d, stdout %q", status, out)
	}
	for k := range wrong {
		if !strings.Contains(errs, k) {
			t.Errorf("nothing is said about %s:\n%s", k, errs)
		}
	}
	h = noHouse(t)
	h.env["KUALIK_CONFIG"] = file(t, "kualik.yaml", []byte("listn: 127.0.0.1:1\n"))
	if status, _, errs := h.try("export", "mail"); status != exitUsage || !strings.Contains(errs, "listn") {
		t.Errorf("a setting that there is not: status %d, %q", status, errs)
	}
	h.env["KUALIK_CONFIG"] = "/does/not/exist.yaml"
	if status, _, errs := h.try("export", "mail"); status != exitUsage || !strings.Contains(errs, "exist.yaml") {
		t.Errorf("settings that are not there: status %d, %q", status, errs)
	}
	h = noHouse(t)
	h.env["KUALIK_DATABASE_URL_FILE"] = "/does/not/exist"
	if status, _, errs := h.try("export", "mail"); status != exitUsage || !strings.Contains(errs, "KUALIK_DATABASE_URL_FILE") {
		t.Errorf("a setting's file that is not there: status %d, %q", status, errs)
	}
}

func TestWhatCannotBeDoneIsStatusOne(t *testing.T) {
	h := noHouse(t)
	h.env["KUALIK_DATABASE_URL"] = "postgres://nobody:secret-word@127.0.0.1:1/nothing?connect_timeout=2"
	status, out, errs := h.try("export", "mail")
	if status != exitError || out != "" || errs == "" || strings.Contains(errs, "secret-word") {
		t.Errorf("no database: status %d, stdout %q, stderr %q", status, out, errs)
	}
	if status, _, errs := noHouse(t).try("import", "staff", "/does/not/exist.csv"); status != exitError || !strings.Contains(errs, "exist.csv") {
		t.Errorf("no file: status %d, %q", status, errs)
	}
	h = newHouse(t)
	if status, _, _ := h.try("poll", "--once"); status != exitError {
		t.Errorf("no mailbox: status %d", status)
	}
	h.env["KUALIK_MAILBOX_URL"] = "imap://office:secret-word@127.0.0.1:1/INBOX?tls=none"
	if status, out, errs := h.try("poll", "--once"); status != exitError || out != "" || !strings.Contains(errs, "127.0.0.1") || strings.Contains(errs, "secret-word") {
		t.Errorf("a mailbox that does not answer: status %d, stdout %q, stderr %q", status, out, errs)
	}
	dir := t.TempDir()
	if status, _, errs := h.try("ingest", dir+"/nothing.eml"); status != exitError || !strings.Contains(errs, "nothing.eml") {
		t.Errorf("a mail that is not there: status %d, %q", status, errs)
	}
}
