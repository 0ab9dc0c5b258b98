package message

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The document that the mails of testdata carry.
var pdf = []byte("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

// show writes a message as its golden file has it.
func show(m Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "message-id: %s\nfrom: %s <%s>\n", m.MessageID, m.From.Name, m.From.Address)
	for _, a := range m.To {
		fmt.Fprintf(&b, "to: %s <%s>\n", a.Name, a.Address)
	}
	fmt.Fprintf(&b, "subject: %s\ndate: %s\nauto: %s\n", m.Subject, m.Date.Format("2006-01-02 15:04:05"), m.Auto)
	for _, l := range m.Links {
		fmt.Fprintf(&b, "link: %s\n", l)
	}
	for _, p := range m.Parts {
		what := fmt.Sprintf("%x", sha256.Sum256(p.Data))[:12]
		if bytes.Equal(bytes.TrimSpace(p.Data), bytes.TrimSpace(pdf)) {
			what = "the pdf"
		}
		fmt.Fprintf(&b, "part %s: %q %s", p.Path, p.Filename, p.DeclaredType)
		if p.Inline {
			b.WriteString(" inline")
		}
		if p.Decoration {
			b.WriteString(" decoration")
		}
		fmt.Fprintf(&b, " %d bytes, %s %s\n", p.Size, what, p.Reason)
	}
	fmt.Fprintf(&b, "\n%s\n", m.Text)
	return b.String()
}

func TestRead(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.eml")
	if len(files) < 30 {
		t.Fatalf("only %d mails in testdata", len(files))
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			before := bytes.Clone(raw)
			got := show(Read(raw))
			if !bytes.Equal(raw, before) {
				t.Error("the raw mail was changed")
			}
			golden := strings.TrimSuffix(f, ".eml") + ".golden"
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

func TestParseGivesTheReadersError(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := Parse(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	m, err := Parse(strings.NewReader("Subject: x\n\nbody"))
	if err != nil || m.Subject != "x" || m.Text != "body" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestManyPartsAreBounded(t *testing.T) {
	raw := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: application/pdf\n\n%PDF-\n", maxParts+500) + "--b--\n"
	m := Read([]byte(raw))
	last := m.Parts[len(m.Parts)-1]
	if len(m.Parts) > maxParts+1 || last.Reason != Limit {
		t.Errorf("%d parts, the last for the reason %q", len(m.Parts), last.Reason)
	}
}

func TestReadMbox(t *testing.T) {
	const day = "Sat Mar 23 11:56:34 2024"
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"two":              {"From a@b " + day + "\nSubject: 1\n\nx\n\nFrom c@d " + day + "\nSubject: 2\n\ny\n\n", []string{"Subject: 1\n\nx\n", "Subject: 2\n\ny\n"}},
		"quoting undone":   {"From a@b " + day + "\n\n>From here\n>>From there\n> From\n\n", []string{"\nFrom here\n>From there\n> From\n"}},
		"crlf untouched":   {"From a@b " + day + "\r\nS: 1\r\n\r\nx\r\n\r\nFrom c " + day + "\r\nS: 2\r\n\r\n\r\n", []string{"S: 1\r\n\r\nx\r\n", "S: 2\r\n\r\n"}},
		"no blank line":    {"From a@b " + day + "\nS: 1\n\nx\nFrom c@d " + day + "\nS: 2\n\ny", []string{"S: 1\n\nx\n", "S: 2\n\ny"}},
		"from in the text": {"From a@b " + day + "\nS: 1\n\nx\nFrom the author.\n", []string{"S: 1\n\nx\nFrom the author.\n"}},
		"nothing":          {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			if err := ReadMbox(strings.NewReader(c.in), func(b []byte) error { got = append(got, string(b)); return nil }); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if err := ReadMbox(strings.NewReader("Subject: no mbox\n"), func([]byte) error { return nil }); err == nil {
		t.Error("a file that is no mbox was taken")
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.eml")
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole(t, Read(raw), raw)
	})
}
