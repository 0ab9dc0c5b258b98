package app_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/smtp"
	"net/url"
	"strings"
	"testing"
	"time"

	gomail "github.com/emersion/go-message/mail"
	"github.com/stretchr/testify/require"

	"kualik/config"
	"kualik/internal/app"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/demo/mailserver"
	"kualik/internal/demo/paper"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/registry"
	"kualik/internal/reply"
	"kualik/internal/sheet"
)

const office = "certificates@koktobe.example"

// post is a mail server with the mailbox of an installation, and a sink for whatever it writes.
func post(t *testing.T) *mailserver.Server {
	s, err := mailserver.Start(t.Context(), mailserver.Options{Dir: t.TempDir(), IMAPAddr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0",
		Users: map[string]string{office: "box"}, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// open is an installation that polls the mailbox and sends by the server.
func open(t *testing.T, s *mailserver.Server, change func(*config.Config)) *app.App {
	cfg := config.Defaults()
	cfg.DataDir, cfg.DatabaseURL, cfg.Lang = t.TempDir(), config.Secret(pgtest.URL(t)), "ru"
	cfg.MailboxURL, cfg.SMTPURL, cfg.MailFrom = config.Secret(s.MailboxURL(office, "INBOX")), config.Secret(s.SMTPURL()), office
	cfg.University = "Қаратал университеті"
	if change != nil {
		change(&cfg)
	}
	a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler), app.Options{Workers: 2})
	require.NoError(t, err)
	t.Cleanup(func() { a.Close(t.Context()) })
	_, err = a.ImportStaff(t.Context(), strings.NewReader(`staff_id,surname,given_name,patronymic,emails,faculty,department
1,Сагитова,Меруерт,Талгатовна,meruert@koktobe.example,Естественные науки,Химия
2,Нурбаева,Лаура,Сериковна,laura@koktobe.example,Естественные науки,Биология
`), sheet.Options{})
	require.NoError(t, err)
	return a
}

// wrapped is base64 in lines that a mail server takes.
func wrapped(data []byte) string {
	var b strings.Builder
	for rest := base64.StdEncoding.EncodeToString(data); rest != ""; {
		n := min(76, len(rest))
		b.WriteString(rest[:n] + "\r\n")
		rest = rest[n:]
	}
	return b.String()
}

// forwarded is a letter with a certificate.
func forwarded(t *testing.T, from, to, number, words string) []byte {
	t.Helper()
	pdf, err := paper.Certificate(paper.Subject{KindTextKK: "ғылыми туынды", Fields: certificate.Fields{Number: number, RegisteredOn: "2025-06-16", CreatedOn: "2025-01-10",
		Kind: "scientific_work", KindText: "произведение науки", Title: "Органикалық химия: зертханалық практикум", Authors: []string{"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА", "НУРБАЕВА ЛАУРА СЕРИКОВНА"}}},
		paper.Variant{NoCode: true})
	require.NoError(t, err)
	return []byte(fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: Fwd: certificate\r\nMessage-ID: <%s@home.example>\r\nDate: Mon, 16 Jun 2025 10:00:00 +0500\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--b\r\nContent-Type: application/pdf\r\n"+
		"Content-Disposition: attachment; filename=kualik.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n", from, to, number, words, wrapped(pdf)))
}

// Within one poll a letter is answered: old ones are not, and nothing is said twice.
func TestAForwardedCertificateIsAnsweredWithinOnePoll(t *testing.T) {
	s := post(t)
	a := open(t, s, nil)
	require.NoError(t, s.Deliver(office, forwarded(t, "meruert@koktobe.example", office, "78497", "Прошу учесть"), time.Now().Add(-100*time.Hour)))
	staff, err := a.Staff.ByStaffID(t.Context(), "1")
	require.NoError(t, err)
	tagged, err := a.Forward.AddressOfStaff(t.Context(), a.Pool, staff.ID)
	require.NoError(t, err)
	require.Contains(t, tagged, "certificates+")
	// From home: the tag says who it may be, and proves nothing.
	require.NoError(t, smtp.SendMail(s.SMTPAddr(), nil, "m@home.example", []string{tagged}, forwarded(t, "m@home.example", tagged, "78498", "Сәлеметсіздер ме! Куәлікті жіберіп отырмын.")))

	poll, err := a.PollOnce(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, poll.Failed())
	require.Equal(t, []string{"laura@koktobe.example", "m@home.example"}, recipients(t, s), "the old letter is not answered; the colleague of the new one is told")
	got := letterTo(t, s, "m@home.example")
	for name, want := range map[string]string{"Auto-Submitted": "auto-replied", "In-Reply-To": "<78498@home.example>", "X-Auto-Response-Suppress": "All",
		"Reply-To": "<" + office + ">"} {
		require.Equal(t, want, got.header.Get(name), name)
	}
	require.NotEmpty(t, got.header.Get("X-Loop"))
	require.Contains(t, got.text, "Есептелді: Сагитова Меруерт Талгатовна, Нурбаева Лаура Сериковна", "in the language of the letter; nobody unknown is told where they work")
	require.Contains(t, got.text, office)
	require.NotContains(t, got.text, tagged, "the address of the tag's owner is not told to whoever used it")
	require.Contains(t, got.html, ">Растау немесе түзету</a>")

	_, token, found := strings.Cut(got.text, "/a/")
	require.True(t, found)
	token = strings.Fields(token)[0]
	require.Contains(t, got.html, `href="`+a.Config.PublicURL+"/a/"+url.PathEscape(token)+`"`)
	l, err := a.Replies.Look(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, []any{reply.Open, false, 1}, []any{l.State, l.Decides, l.Suggested})
	colleague := letterTo(t, s, "laura@koktobe.example")
	require.Equal(t, "auto-generated", colleague.header.Get("Auto-Submitted"))
	require.Contains(t, colleague.header.Get("Reply-To"), "<certificates+", "an answer with the file goes where certificates go, with the tag of who is written to")
	_, token, _ = strings.Cut(colleague.text, "/a/")
	token = strings.Fields(token)[0]
	l, err = a.Replies.Look(t.Context(), token)
	require.NoError(t, err)
	require.NoError(t, a.Replies.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: l.Seen}))
	c, err := registry.Get(t.Context(), a.Pool, l.Certificate.ID)
	require.NoError(t, err)
	require.Equal(t, []registry.Decision{registry.Auto, registry.DecisionConfirmed}, []registry.Decision{c.Authors[0].Decision, c.Authors[1].Decision})

	_, err = a.PollOnce(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, recipients(t, s), 2, "a second poll says nothing")
}

func TestAnswersCanBeSwitchedOff(t *testing.T) {
	s := post(t)
	a := open(t, s, func(c *config.Config) { c.Reply = false })
	require.NoError(t, smtp.SendMail(s.SMTPAddr(), nil, "m@home.example", []string{office}, forwarded(t, "m@home.example", office, "78498", "Прошу учесть")))
	_, err := a.PollOnce(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, recipients(t, s))
	list, err := registry.List(t.Context(), a.Pool, registry.Filter{}, registry.Page{Limit: 9})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func recipients(t *testing.T, s *mailserver.Server) (to []string) {
	t.Helper()
	list, err := s.Letters()
	require.NoError(t, err)
	for _, l := range list {
		to = append(to, l.To)
	}
	// The two go by jobs of their own: which comes first is nobody's business.
	if len(to) == 2 && to[0] > to[1] {
		to[0], to[1] = to[1], to[0]
	}
	return to
}

type sent struct {
	header     gomail.Header
	text, html string
}

// letterTo is the letter to an address as it arrived.
func letterTo(t *testing.T, s *mailserver.Server, to string) (out sent) {
	t.Helper()
	raw, err := s.LetterBytes(to + "/1")
	require.NoError(t, err)
	r, err := gomail.CreateReader(strings.NewReader(string(raw)))
	require.NoError(t, err)
	out.header = r.Header
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		body, err := io.ReadAll(p.Body)
		require.NoError(t, err)
		if h, ok := p.Header.(*gomail.InlineHeader); ok {
			if kind, _, _ := h.ContentType(); kind == "text/html" {
				out.html = string(body)
			} else {
				out.text = string(body)
			}
		}
	}
}
