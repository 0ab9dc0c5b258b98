package message

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// showReport writes a report as its golden file has it.
func showReport(r *DeliveryReport) string {
	if r == nil {
		return "no report\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "on: %s\n", r.OriginalMessageID)
	for _, d := range r.Recipients {
		fmt.Fprintf(&b, "%s: %s %s %q\n", d.Address, d.Action, d.Status, d.Diagnostic)
	}
	return b.String()
}

// Each file is a report as one mail server writes it, or what may be taken for one and is none.
func TestReports(t *testing.T) {
	files, _ := filepath.Glob("testdata/reports/*.eml")
	if len(files) < 20 {
		t.Fatalf("only %d reports in testdata", len(files))
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".eml")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			r := Read(raw).Report
			if (r == nil) != strings.HasPrefix(name, "not_") {
				t.Errorf("report: %v", r != nil)
			}
			got, golden := showReport(r), strings.TrimSuffix(f, ".eml")+".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestSigns(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		want   string // Auto, keyword, precedence, list, null sender, path
	}{
		"a person":              {"Return-Path: <a@b.kz>", "|||false|false|a@b.kz"},
		"no":                    {"AUTO-SUBMITTED: No", "|no||false|false|"},
		"odd case":              {"auto-SUBMITTED: Auto-Replied (vacation); owner-email=\"a@b.kz\"", "auto_reply|auto-replied||false|false|"},
		"comment first":         {"Auto-Submitted: (rejected by Eve) AUTO-GENERATED", "generated|auto-generated||false|false|"},
		"null":                  {"return-path:<>", "|||false|true|"},
		"null with a space":     {"Return-Path: < >", "|||false|true|"},
		"null by name":          {"Return-Path: <MAILER-DAEMON>", "|||false|true|"},
		"bare path":             {"Return-Path: A@B.kz", "|||false|false|a@b.kz"},
		"list":                  {"LIST-ID: staff <staff.b.kz>", "list|||true|false|"},
		"newsletter":            {"List-Unsubscribe: <mailto:x@y.kz>", "list|||true|false|"},
		"bulk":                  {"Precedence: BULK", "list||bulk|false|false|"},
		"old answering":         {"X-AutoReply: yes", "auto_reply|||false|false|"},
		"Russian out of office": {"Subject: =?utf-8?b?0JDQstGC0L7QvtGC0LLQtdGCOiDQsiDQvtGC0L/Rg9GB0LrQtQ==?=", "auto_reply|||false|false|"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Read([]byte("From: a@b.kz\n" + c.header + "\n\ntext\n"))
			s := m.Signs
			if got := fmt.Sprintf("%s|%s|%s|%v|%v|%s", m.Auto, s.AutoSubmitted, s.Precedence, s.List, m.NullSender, m.ReturnPath); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func FuzzReport(f *testing.F) {
	files, _ := filepath.Glob("testdata/reports/*.eml")
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := Read(raw).Report
		if r == nil {
			return
		}
		if len(r.Recipients) == 0 || len(r.Recipients) > maxRecipients {
			t.Errorf("%d recipients", len(r.Recipients))
		}
		for _, d := range r.Recipients {
			for _, s := range []string{d.Address, d.Action, d.Status, d.Diagnostic, r.OriginalMessageID} {
				if strings.ToValidUTF8(s, "") != s || strings.ContainsAny(s, "\x00\n") || len(s) > maxDiagnostic {
					t.Errorf("no good words: %q", s)
				}
			}
			if d.Action == "" {
				t.Error("no action")
			}
		}
	})
}
