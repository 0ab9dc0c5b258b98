package reply_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"mime"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/forward"
	"kualik/internal/i18n"
	"kualik/internal/intake"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/matching"
	"kualik/internal/message"
	"kualik/internal/notify"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/rating"
	"kualik/internal/registry"
	"kualik/internal/reply"
	"kualik/internal/review"
	"kualik/internal/secret"
)

var now = time.Date(2026, 9, 17, 9, 0, 0, 0, time.UTC)

// The people of the tests. Asqar has a namesake.
const (
	meruert = "Сагитова Меруерт Талгатовна"
	asqar   = "Куандыков Асқар Маратұлы"
	laura   = "Нұрбаева Лаура Серікқызы"
)

// reader answers by the file's content: "certificate 78498 Author; Author", "scan 78498", a reason, or "not_" and a label.
type reader struct{}

func (reader) Extract(_ context.Context, _ string, data []byte, ocr bool) (certificate.Extraction, error) {
	word, rest, _ := strings.Cut(string(data), " ")
	source := doctext.TextLayer
	switch word {
	case "scan":
		source = doctext.OCR
	case "certificate", "unsure":
	default:
		if label, ok := strings.CutPrefix(word, "not_"); ok {
			return certificate.Extraction{Verdict: certificate.NotCertificate, Label: label}, nil
		}
		return certificate.Extraction{Verdict: certificate.Unreadable, Reason: doctext.Reason(word)}, nil
	}
	number, names, _ := strings.Cut(rest, " ")
	var authors []string
	for _, n := range strings.Split(names, ";") {
		authors = append(authors, strings.ToUpper(strings.TrimSpace(n)))
	}
	confidence := map[certificate.Field]float64{}
	for _, f := range []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn, certificate.Kind, certificate.Title, certificate.Authors} {
		confidence[f] = 0.97
	}
	if word == "unsure" {
		confidence[certificate.Title] = 0.5
	}
	return certificate.Extraction{Verdict: certificate.IsCertificate, Certificates: []certificate.Reading{{Source: source, Confidence: confidence,
		Fields: certificate.Fields{Number: number, RegisteredOn: "2026-09-16", CreatedOn: "2026-01-10", Kind: "scientific_work",
			KindText: "произведение науки", Title: "Органикалық химия: зертханалық практикум " + number, Authors: authors}}}}, nil
}

type house struct {
	pool    *pgxpool.Pool
	clock   *clock.Manual
	in      *intake.Intake
	desk    *review.Desk
	reg     *registry.Registry
	letters *notify.Service
	reply   *reply.Service
	forward *forward.Service
	staff   map[string]uuid.UUID
	sent    int
}

func newHouse(t *testing.T) *house {
	h := &house{pool: pgtest.New(t), clock: clock.At(now), staff: map[string]uuid.UUID{}}
	log := slog.New(slog.DiscardHandler)
	var list []matching.Staff
	for i, s := range []struct{ name, email, department string }{
		{meruert, "meruert@karatal.example", "Химия"}, {asqar, "asqar@karatal.example", "Физика"},
		{asqar, "asqar2@karatal.example", "Математика"}, {laura, "laura@karatal.example", "Биология"},
		{"Тілеуов Ерлан Болатұлы", "chair@karatal.example", "Химия"}, {"Есенова Дана Болатқызы", "chair@karatal.example", "Химия"}} {
		id, w := clock.NewID(), strings.Fields(s.name)
		_, err := h.pool.Exec(t.Context(), `INSERT INTO staff (id, staff_id, surname, given_name, patronymic, emails, faculty, department, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, ARRAY[$6::text], 'Жаратылыстану', $7, $8, $8)`, id, fmt.Sprint("T", i), w[0], w[1], w[2], s.email, s.department, now)
		require.NoError(t, err)
		list = append(list, matching.Staff{ID: id.String(), StaffID: fmt.Sprint("T", i), Surname: w[0], GivenName: w[1], Patronymic: w[2], Department: s.department})
		if _, twice := h.staff[s.name]; !twice {
			h.staff[s.name] = id
		}
	}
	h.reg = registry.New(h.pool, registry.Sources{
		Staff:        func(context.Context, pgx.Tx, []string, []string) ([]matching.Staff, error) { return list, nil },
		Applications: func(context.Context, pgx.Tx, matching.Certificate) ([]matching.Application, error) { return nil, nil },
	}, h.clock, time.UTC, log)
	h.desk = review.New(h.pool, h.reg, h.clock)
	blobs, err := blob.Open(t.Context(), "", t.TempDir())
	require.NoError(t, err)
	book := jobs.NewBook()
	jobs.Add(book, time.Minute, func(context.Context, jobs.Job[intake.Take]) error { return nil })
	engine, err := jobs.New(h.pool, book, 0, log)
	require.NoError(t, err)
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	h.in = &intake.Intake{Pool: h.pool, Blobs: blobs, Reader: reader{}, Registry: h.reg, Jobs: engine, Clock: h.clock, Log: log, OCR: true}
	h.in.Inbox = mailbox.NewStore(h.pool, keeper, h.clock, h.in.Enqueue)
	h.letters, err = notify.New(h.pool, blobs, h.clock, log, "", "")
	require.NoError(t, err)
	h.letters.House = notify.House{LoopID: "kualik-test", Addresses: []string{"certificates@karatal.example"}}
	h.forward = forward.New(forward.Options{Base: "certificates@karatal.example", Clock: h.clock})
	h.reply = reply.New(reply.Options{Pool: h.pool, Clock: h.clock, Zone: time.FixedZone("+05", 5*3600), Log: log, Letters: h.letters, Forward: h.forward, Desk: h.desk,
		Rating: rating.New(h.pool, h.clock, time.UTC), PublicURL: "https://kualik.example/", Lang: i18n.RU, LinkDays: 7})
	return h
}

// mail is a letter to the mailbox. A file is a name and what the reader makes of it.
type mail struct {
	from, to, subject, text, header string
	files                           [][2]string
}

func (m mail) raw(n int) []byte {
	var b strings.Builder
	to := m.to
	if to == "" {
		to = "certificates@karatal.example"
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <m%d@mail.example>\r\nDate: Thu, 17 Sep 2026 13:00:00 +0500\r\n%s", m.from, to, mime.QEncoding.Encode("utf-8", m.subject), n, m.header)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + m.text + "\r\n")
	for _, f := range m.files {
		fmt.Fprintf(&b, "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
			strings.ReplaceAll(urlEscape(f[0]), "+", "%20"), base64.StdEncoding.EncodeToString([]byte(f[1])))
	}
	b.WriteString("--b--\r\n")
	return []byte(b.String())
}

func urlEscape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// take brings a letter through the flow up to its outcome.
func (h *house) take(t *testing.T, m mail) reply.Message {
	t.Helper()
	h.sent++
	raw := m.raw(h.sent)
	ref, err := h.in.Blobs.Put(t.Context(), bytes.NewReader(raw))
	require.NoError(t, err)
	rows, err := h.in.Inbox.Take(t.Context(), []mailbox.NewMessage{{Mailbox: "certificates@karatal.example@mail.example/INBOX", UID: uint32(h.sent), UIDValidity: 1,
		ReceivedAt: h.clock.Now(), SHA256: ref.SHA256, Size: ref.Size}})
	require.NoError(t, err)
	require.NoError(t, h.in.Work(t.Context(), jobs.Job[intake.Take]{Args: intake.Take{MessageID: rows[0].ID, OCR: true}, Attempt: 1}))
	out := reply.Message{ID: rows[0].ID, Mailbox: "certificates@karatal.example@mail.example/INBOX", ReceivedAt: h.clock.Now(), Mail: message.Read(raw)}
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT outcome, reason FROM message WHERE id = $1`, out.ID).Scan(&out.Outcome, &out.Reason))
	s := out.Mail.Signs
	out.Heard = notify.Heard{MessageID: out.Mail.MessageID, From: out.Mail.From.Address, AutoSubmitted: s.AutoSubmitted, Precedence: s.Precedence, List: s.List,
		Forged: strings.Contains(m.header, "dmarc=fail")}
	return out
}

// send is take, and the answer.
func (h *house) send(t *testing.T, m mail) reply.Message {
	t.Helper()
	out := h.take(t, m)
	require.NoError(t, h.reply.Answer(t.Context(), out))
	return out
}

// letter is one of the outbox.
type letter struct {
	Topic, Recipient, About, Lang, Subject, BodyText, State, Reason, Cap string
	Answer                                                               bool
}

// outbox are the letters of a topic, the oldest first; all when it is empty.
func (h *house) outbox(t *testing.T, topic string) []letter {
	t.Helper()
	rows, err := h.pool.Query(t.Context(), `SELECT topic, recipient, about, lang, subject, body_text, state, reason, cap, answer FROM letter WHERE $1 = '' OR topic = $1 ORDER BY id`, topic)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[letter])
	require.NoError(t, err)
	return list
}

// answer is the one answer that there is.
func (h *house) answer(t *testing.T) letter {
	t.Helper()
	list := h.outbox(t, reply.TopicAnswer)
	require.Len(t, list, 1)
	return list[0]
}

var linkInText = regexp.MustCompile(`https://kualik\.example/a/([A-Za-z0-9_-]{32})`)

// token is what stands in the link of a letter.
func (l letter) token(t *testing.T) string {
	t.Helper()
	m := linkInText.FindStringSubmatch(l.BodyText)
	require.NotNil(t, m, l.BodyText)
	return m[1]
}

func (h *house) look(t *testing.T, token string) reply.Link {
	t.Helper()
	l, err := h.reply.Look(t.Context(), token)
	require.NoError(t, err)
	return l
}

// the is the certificate with a number.
func (h *house) the(t *testing.T, number string) registry.Certificate {
	t.Helper()
	var id uuid.UUID
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT id FROM certificate WHERE number = $1 AND merged_into IS NULL ORDER BY id LIMIT 1`, number).Scan(&id))
	c, err := registry.Get(t.Context(), h.pool, id)
	require.NoError(t, err)
	return c
}

func (h *house) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, h.pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}
